"""Promises and waves: which wave lies before, during or after which promise. On the page an HTML table."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.model import DashboardData, Matrix, Table
from lhu_effect.dashboard.scene import Axis, Band, Dot, Label, Mark, Panel, Scene, Spot
from lhu_effect.i18n import Lang

SYMBOLS = {"before": "circle", "during": "diamond", "after": "square"}


def view(data: DashboardData, pick: Pick) -> Matrix:
    """All promises and waves, whatever is picked."""
    return data.matrix


def scene(view: Matrix, lang: Lang, *, narrow: bool = False) -> Scene:
    """A cell per promise and wave with shape and word."""
    width = 358.0 if narrow else 720.0
    left, top, row = (86.0, 30.0, 44.0) if narrow else (180.0, 30.0, 40.0)
    columns, rows = max(1, len(view.waves)), max(1, len(view.promises))
    marks: list[Mark] = [
        Label(i + 0.5, 0.0, str(w.year), "fg", 13, dy=-14, bold=True) for i, w in enumerate(view.waves)
    ]
    spots = []
    for j, (promise, cells) in enumerate(zip(view.promises, view.cells, strict=True)):
        marks.append(Label(0.0, j + 0.5, promise.label.to(lang), "fg", 13, "start", dx=-left + 4))
        for i, cell in enumerate(cells):
            if cell.exposure in SYMBOLS:
                marks.append(
                    Band(
                        i + 0.04,
                        i + 0.96,
                        j + 0.08,
                        j + 0.92,
                        "band" if cell.exposure == "during" else "soft",
                    )
                )
                marks.append(
                    Dot(i + 0.5, j + 0.34, SYMBOLS[cell.exposure], 11, "fg", cell.exposure == "before")
                )
            marks.append(Label(i + 0.5, j + 0.68, cell.word.to(lang) or "–", "mut", 12))
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
