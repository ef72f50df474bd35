"""Promises and waves: which wave lies before, during or after which promise. On the page an HTML table."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.model import DashboardData, Matrix, Table
from lhu_effect.dashboard.scene import Axis, Band, Dot, Label, Mark, Panel, Scene, Spot, fit
from lhu_effect.i18n import Lang

SYMBOLS = {"before": "circle", "during": "diamond", "after": "square"}


def view(data: DashboardData, pick: Pick) -> Matrix:
    """All promises and waves, whatever is picked."""
    return data.matrix


def scene(view: Matrix, lang: Lang, *, narrow: bool = False) -> Scene:
    """A cell per promise and wave with shape and word; the promise's name above its cells where it is narrow."""
    width = 358.0 if narrow else 720.0
    left, top, row = (8.0, 30.0, 72.0) if narrow else (180.0, 30.0, 40.0)
    ceiling, shape, words = (0.32, 0.5, 0.72) if narrow else (0.08, 0.34, 0.68)
    columns, rows = max(1, len(view.waves)), max(1, len(view.promises))
    marks: list[Mark] = [
        Label(i + 0.5, 0.0, str(w.year), "fg", 13, dy=-14, bold=True) for i, w in enumerate(view.waves)
    ]
    spots = []
    for j, (promise, cells) in enumerate(zip(view.promises, view.cells, strict=True)):
        names = fit(promise.label.to(lang), 44 if narrow else 22, 1 if narrow else 2)
        for n, line in enumerate(names):
            dy = 13.0 if narrow else 17.0 * n - 8.5 * (len(names) - 1)
            marks.append(Label(0.0, j if narrow else j + 0.5, line, "fg", 13, "start", dx=-left + 4, dy=dy))
        for i, cell in enumerate(cells):
            if cell.exposure in SYMBOLS:
                marks.append(
                    Band(
                        i + 0.04,
                        i + 0.96,
                        j + ceiling,
                        j + 0.92,
                        "band" if cell.exposure == "during" else "soft",
                    )
                )
                marks.append(
                    Dot(i + 0.5, j + shape, SYMBOLS[cell.exposure], 11, "fg", cell.exposure == "before")
                )
            said_short = fit(cell.word.to(lang) or "–", max(6, int((width - left - 8) / columns / 7.2)), 2)
            for n, line in enumerate(said_short):
                marks.append(Label(i + 0.5, j + words, line, "mut", 12, dy=14.0 * n))
            said = f"{promise.label.to(lang)}, {view.waves[i].year}: {cell.word.to(lang)}"
            spots.append(Spot(i + 0.5, j + 0.5, f"{said}. {cell.note.to(lang)}" if cell.note else said))
    panel = Panel(
        left,
        top,
        width - left - 8,
        rows * row,
        Axis(0.0, float(columns)),
        Axis(0.0, float(rows), down=True),
        tuple(marks),
        tuple(spots),
    )
    title = i18n.text("charts.matrix.title", lang)
    return Scene(
        "matrix", width, top + rows * row + 10, title, " ".join(s.to(lang) for s in view.shared), (panel,)
    )


def table(view: Matrix) -> Table:
    """The table `present` made."""
    return view.table
