"""One measure of another source: a small line, bars or samples a place, each on the same scale from zero.

An open mark stands at a limit of measurement: the amount is less (or more) than that. Neither survey nor promise is here.
"""

from __future__ import annotations

import math

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.model import DashboardData, Table
from lhu_effect.dashboard.model_other import OtherFigure, OtherPanel, OtherPoint
from lhu_effect.dashboard.scene import Axis, Dot, Label, Mark, Panel, Path, Scene, Span, Spot, fit
from lhu_effect.i18n import Lang

HEAD, BODY, FOOT, GAP, LEFT = 44.0, 120.0, 34.0, 22.0, 50.0
SYMBOL = {"weekend": "square", "weekday": "circle", "": "circle"}


def view(data: DashboardData, pick: Pick) -> OtherFigure | None:
    """The figure whose id stands as the selection's answer; None when the page has no such source."""
    return data.other.figure(pick.answer) if data.other is not None else None


def scene(view: OtherFigure, lang: Lang, *, narrow: bool = False) -> Scene:
    """The places side by side (under each other where it is narrow)."""
    columns = 1 if narrow or len(view.panels) == 1 else 2
    width = 358.0 if narrow else 720.0
    each = (width - LEFT * columns - GAP * (columns - 1) - 10) / columns
    ceiling = _ceiling(view)
    panels = []
    for number, panel in enumerate(view.panels):
        left = LEFT + (number % columns) * (each + GAP + LEFT)
        top = HEAD + (number // columns) * (HEAD + BODY + FOOT)
        panels.append(_panel(view, panel, (left, top, each, BODY), ceiling, lang))
    rows = -(-len(view.panels) // columns)
    height = rows * (HEAD + BODY + FOOT)
    return Scene("other", width, height, title(view, lang), view.heading.to(lang), tuple(panels))


def title(view: OtherFigure, lang: Lang) -> str:
    """Name of the chart: measure and unit."""
    return i18n.text("charts.other.title", lang, label=view.label.to(lang), unit=view.unit.to(lang))


def heading(view: OtherFigure, lang: Lang) -> str:
    """The latest value of each place."""
    return view.heading.to(lang)


def table(view: OtherFigure) -> Table:
    """Every value of every place, with its reason where there is none."""
    return view.table


def _height(point: OtherPoint) -> float:
    return point.value if point.value is not None else point.bound or 0.0


def _ceiling(view: OtherFigure) -> float:
    top = max((_height(p) for panel in view.panels for p in panel.points), default=0.0)
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top))
    return next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * power >= top * (1 + 1e-9) or s == 10.0)


def _panel(
    view: OtherFigure,
    panel: OtherPanel,
    box: tuple[float, float, float, float],
    ceiling: float,
    lang: Lang,
) -> Panel:
    low, high = float(view.first), float(view.last + 1)
    marks: list[Mark] = [*_lines(view, panel), *(m for p in panel.points for m in _point(view, p))]
    names = fit(panel.place.to(lang), max(12, int(box[2] / 8)), 2)
    marks += [
        Label(low, ceiling, line, "fg", 13, "start", dy=-14.0 - 16 * (len(names) - 1 - n), bold=True)
        for n, line in enumerate(names)
    ]
    if panel is view.panels[0]:
        unit = fit(view.unit.to(lang), max(12, int((box[2] + LEFT) / 7)), 1)
        marks += [
            Label(low, ceiling, u, "mut", 12, "start", dx=-LEFT + 12, dy=-14.0 - 16 * len(names))
            for u in unit
        ]
    return Panel(
        *box,
        Axis(low, high, _years(view, box[2]), line=True),
        Axis(
            0.0,
            ceiling,
            tuple((v, _number(v, ceiling, lang)) for v in (0.0, ceiling / 2, ceiling)),
            grid=True,
        ),
        tuple(marks),
        tuple(Spot(p.x, _height(p), p.said.to(lang)) for p in panel.points),
    )


def _number(value: float, ceiling: float, lang: Lang) -> str:
    decimals = 0 if ceiling >= 4 or (ceiling / 2) % 1 == 0 else 1 if ceiling >= 0.4 else 2
    return i18n.number(value, lang, decimals)


def _years(view: OtherFigure, width: float) -> tuple[tuple[float, str], ...]:
    """A year in the middle of its days; as many as there is room for."""
    years = range(view.first, view.last + 1)
    step = max(1, math.ceil(len(years) * 46 / width))
    return tuple((y + 0.5, str(y)) for y in years if (view.last - y) % step == 0)


def _lines(view: OtherFigure, panel: OtherPanel) -> list[Mark]:
    """A line through what was observed, one each for weekdays and weekends; broken where nothing was."""
    if view.style == "bars":
        return []
    made: list[Mark] = []
    for part, dash in (("", ""), ("weekday", ""), ("weekend", "dash")):
        own = [p for p in panel.points if p.part == part]
        if sum(p.value is not None for p in own) > 1:
            made.append(Path(tuple(p.x for p in own), tuple(p.value for p in own), "hl", 1.6, dash))
    return made


def _point(view: OtherFigure, point: OtherPoint) -> list[Mark]:
    if point.status in ("below", "above"):
        return [Dot(point.x, point.bound or 0.0, SYMBOL[point.part], 10, "fg", hollow=True)]
    if point.value is None:
        return [Label(point.x, 0.0, "••" if point.status == "masked" else "–", "mut", 12, dy=-9)]
    if view.style == "bars":
        return [
            Span(point.x, 0.0, point.x, point.value, "hl", 7),
            Dot(point.x, point.value, "circle", 6, "fg"),
        ]
    return [Dot(point.x, point.value, SYMBOL[point.part], 9, "fg")]
