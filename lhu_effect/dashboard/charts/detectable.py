"""How large a difference must be to be seen: the grey field is what the survey cannot tell from chance."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick, half_up
from lhu_effect.dashboard.model import DashboardData, Detectable, DetectableRow, Table
from lhu_effect.dashboard.scene import (
    Axis,
    Dot,
    Label,
    Mark,
    Panel,
    Rule,
    Scene,
    Span,
    Spot,
    fit,
    nice_ceiling,
)
from lhu_effect.i18n import Lang

STEPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def view(data: DashboardData, pick: Pick) -> Detectable | None:
    """The smallest detectable differences of `pick`'s answer."""
    return next((d for d in data.detectable if d.answer == pick.answer), None)


def scene(view: Detectable, lang: Lang, *, narrow: bool = False) -> Scene:
    """One row per measure, fewer to the left and more to the right, in points."""
    width = 358.0 if narrow else 720.0
    left, right, top, row = (14.0, 14.0, 34.0, 46.0) if narrow else (300.0, 20.0, 34.0, 34.0)
    reach = _reach(view)
    marks: list[Mark] = [
        Label(-reach, 0.0, "◄ " + i18n.text("charts.axis.fewer", lang), "fg", 13, "start", dy=-16, bold=True),
        Label(reach, 0.0, i18n.text("charts.axis.more", lang) + " ►", "fg", 13, "end", dy=-16, bold=True),
    ]
    spots = []
    for number, said in enumerate(view.rows):
        y = number + (0.74 if narrow else 0.5)
        marks += _row(said, y, reach, lang)
        names = fit(said.label.to(lang), 46 if narrow else 40, 1 if narrow else 2)
        top_line = -10.0 if narrow else -7.5 * (len(names) - 1)
        for line, name in enumerate(names):
            place = Label(
                -reach, number + 0.5, name, "fg", 13, "start", dx=-left + 8, dy=top_line + 15 * line
            )
            marks.append(place)
        spots.append(Spot(0.0, y, said_at(said, lang)))
    rows = max(1, len(view.rows))
    marks.append(Rule(0.0, 0.0, 0.0, float(rows), "fg", 1.5))
    panel = Panel(
        left,
        top,
        width - left - right,
        rows * row,
        Axis(-reach, reach, _ticks(reach, lang), grid=not narrow),
        Axis(0.0, float(rows), down=True),
        tuple(marks),
        tuple(spots),
    )
    desc = i18n.text("charts.detectable.desc", lang)
    return Scene(
        "detectable", width, top + rows * row + 34, i18n.text("charts.detectable.title", lang), desc, (panel,)
    )


def table(view: Detectable) -> Table:
    """The table `present` made."""
    return view.table


def said_at(row: DetectableRow, lang: Lang) -> str:
    """What is read out: the smallest decrease and increase, in points."""
    return i18n.text(
        "charts.detectable.spot",
        lang,
        label=row.label.to(lang),
        decrease=_points(row.decrease, lang),
        increase=_points(row.increase, lang),
    )


def _points(value: float | None, lang: Lang) -> str:
    if value is None:
        return i18n.text("charts.detectable.never", lang)
    return i18n.number(half_up(abs(value) * 100, 0), lang)


def _row(row: DetectableRow, y: float, reach: float, lang: Lang) -> list[Mark]:
    x0 = -reach if row.decrease is None else max(-reach, -abs(row.decrease))
    x1 = reach if row.increase is None else min(reach, abs(row.increase))
    marks: list[Mark] = [Span(x0, y, x1, y, "zone", 16)]
    if row.decrease is not None and abs(row.decrease) <= reach:
        marks.append(Dot(x0, y, "triangle-left", 11, "fg", rim=False))
    if row.increase is not None and abs(row.increase) <= reach:
        marks.append(Dot(x1, y, "triangle-right", 11, "fg", rim=False))
    never = i18n.text("charts.detectable.never", lang)
    if row.decrease is None:
        marks.append(Label(-reach, y, never, "mut", 12, "start", dx=6))
    if row.increase is None:
        marks.append(Label(reach, y, never, "mut", 12, "end", dx=-6))
    return marks


def _reach(view: Detectable) -> float:
    ends = [abs(v) for row in view.rows for v in (row.decrease, row.increase) if v is not None]
    return nice_ceiling(max(ends, default=0.1) * 1.05, STEPS)


def _ticks(reach: float, lang: Lang) -> tuple[tuple[float, str], ...]:
    step = 1 if reach <= 0.05 else 5 if reach <= 0.2 else 10 if reach <= 0.4 else 20
    most = int(reach * 100 / step + 1e-9) * step
    return tuple(
        (v / 100, ("+" if v > 0 else "") + i18n.number(v, lang)) for v in range(-most, most + 1, step)
    )
