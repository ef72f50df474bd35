"""All measures of one answer on a common, symmetrical axis "åt önskat håll": right is the wanted direction.

A firm verdict has an 8 px interval with a 14 px dot; unsure has a 14 px hatched bar without a dot; a measure
that cannot be compared has no line. The margin zone stands only in rows whose verdict is "same". An interval
that leaves the axis ends in an arrow.
"""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard import svg, theme
from lhu_effect.dashboard.chart_data import Pick, outwards
from lhu_effect.dashboard.model import DashboardData, Forest, MeasureRow, Table
from lhu_effect.dashboard.scene import (
    Axis,
    Band,
    Dot,
    Hatch,
    Label,
    Mark,
    Panel,
    Rule,
    Scene,
    Span,
    Spot,
    fit,
    near,
)
from lhu_effect.i18n import Lang

FIRM = ("better", "worse", "same")


def view(data: DashboardData, pick: Pick) -> Forest | None:
    """The measures of `pick`'s answer."""
    return next((a.forest for a in data.answers if a.id == pick.answer), None)


def scene(view: Forest, lang: Lang, *, narrow: bool = False) -> Scene:
    """Rows in the order given, a heading line for each group; the names above the bars where it is narrow."""
    width = 358.0 if narrow else 920.0
    left, right = (16.0, 16.0) if narrow else (320.0, 212.0)
    names = [fit(row.label.to(lang), 44 if narrow else 40, 2) for group in view.groups for row in group.rows]
    row_height = 38.0 if not narrow else 66.0 if all(len(n) == 1 for n in names) else 82.0
    places: list[tuple[float, MeasureRow | str]] = []
    at = 0.0
    for group in view.groups:
        places.append((at, group.label.to(lang)))
        places += [(at + 1.0 + number, row) for number, row in enumerate(group.rows)]
        at += 1.0 + len(group.rows)
    top, bottom = 34.0, 34.0
    inside = max(1.0, at) * row_height
    marks: list[Mark] = [_direction(view.domain, lang, "worse"), _direction(view.domain, lang, "better")]
    spots = []
    for place, what in places:
        middle = place + 0.5
        if isinstance(what, str):
            marks += _group_head(what, middle, view.domain, left)
            continue
        y = near(place + 1 - 18 / row_height, 6) if narrow else middle
        marks += _names(what, middle, view.domain, left, lang, row_height if narrow else 0.0)
        marks += row_marks(what, y, view.domain, 0.17 if narrow else 0.3)
        spots.append(Spot(_spot_x(what, view.domain), y, said_at(what, lang)))
    panel = Panel(
        left,
        top,
        width - left - right,
        inside,
        Axis(-view.domain, view.domain, ticks(view, lang)),
        Axis(0.0, max(1.0, at), down=True),
        tuple(marks),
        tuple(spots),
    )
    count = sum(len(group.rows) for group in view.groups)
    return Scene(
        "forest",
        width,
        top + inside + bottom,
        view.title.to(lang),
        i18n.text("charts.forest.desc", lang, count=count),
        (panel,),
    )


def table(view: Forest) -> Table:
    """The table `present` made: raw signs, as in the effects table."""
    return view.table


def ticks(view: Forest, lang: Lang) -> tuple[tuple[float, str], ...]:
    """Signed points towards what is wanted."""
    return tuple(
        (v, ("+" if v > 0 else "") + i18n.number(round(v * 100), lang))
        for v in view.ticks
        if abs(v) <= view.domain
    )


def row_svg(
    row: MeasureRow, domain: float, lang: Lang, uid: str, *, view_ticks: tuple[float, ...] = ()
) -> str:
    """One row's bar without words, for the list of measures; "" for a measure that cannot be compared."""
    if row.verdict == "not_comparable":
        return ""
    panel = Panel(6.0, 0.0, 372.0, 36.0, Axis(-domain, domain), Axis(0.0, 1.0, down=True), ())
    grid: list[Mark] = [Rule(v, 0.06, v, 0.94, "line") for v in view_ticks if v and abs(v) <= domain]
    marks = (*grid, *row_marks(row, 0.5, domain, 0.5))
    return svg.bare(
        Scene("row", 384.0, 36.0, "", "", (_with(panel, marks),)),
        uid,
    )


def axis_svg(view: Forest, lang: Lang, uid: str) -> str:
    """The axis above the list: direction words and signed points, no marks."""
    marks: list[Mark] = [
        Label(-view.domain, 0.25, "◄ " + i18n.text("charts.axis.worse", lang), "fg", 13, "start", bold=True),
        Label(view.domain, 0.25, i18n.text("charts.axis.better", lang) + " ►", "fg", 13, "end", bold=True),
        *(Label(v, 0.75, said, "mut", 13) for v, said in ticks(view, lang)),
    ]
    panel = Panel(
        6.0, 0.0, 372.0, 40.0, Axis(-view.domain, view.domain), Axis(0.0, 1.0, down=True), tuple(marks)
    )
    return svg.bare(Scene("row", 384.0, 40.0, "", "", (panel,)), uid)


def row_marks(row: MeasureRow, y: float, domain: float, half: float) -> list[Mark]:
    """Zero line, zone (only "same"), interval, dot or hatch, arrows; nothing for not_comparable."""
    if row.verdict == "not_comparable":
        return []
    low, high = ends(row)
    marks: list[Mark] = []
    if row.verdict == "same" and row.zone is not None:
        zone = min(row.zone, domain)
        marks.append(Band(-zone, zone, y - half, y + half, "zone"))
    marks.append(Rule(0.0, y - half, 0.0, y + half, "fg", 1.5))
    if low is None and high is None:
        return marks
    x0 = -domain if low is None else min(max(low, -domain), domain)
    x1 = domain if high is None else max(min(high, domain), -domain)
    firm = row.verdict in FIRM and row.estimate is not None
    marks.append(Span(x0, y, x1, y, f"{row.verdict}-bar") if firm else Hatch(x0, y, x1, y))
    role = row.verdict if firm else "hl"
    if low is None or low < -domain:
        marks.append(Dot(-domain, y, "triangle-left", 13, role, rim=False))
    if high is None or high > domain:
        marks.append(Dot(domain, y, "triangle-right", 13, role, rim=False))
    if firm and row.estimate is not None and abs(row.estimate) <= domain:
        marks.append(Dot(row.wanted * row.estimate, y, "circle", 14, row.verdict))
    return marks


def ends(row: MeasureRow) -> tuple[float | None, float | None]:
    """The interval towards what is wanted."""
    if row.wanted > 0:
        return row.low, row.high
    return (None if row.high is None else -row.high), (None if row.low is None else -row.low)


def said_at(row: MeasureRow, lang: Lang) -> str:
    """What is read out at one row; no point estimate."""
    low, high = ends(row)
    label, word = row.label.to(lang), row.word.to(lang).lower()
    if row.verdict == "not_comparable" or (low is None and high is None):
        return i18n.text("charts.forest.spot_none", lang, label=label, word=word)
    said = outwards(-1.0 if low is None else low, 1.0 if high is None else high, lang, signed=True)
    none = i18n.text("charts.forest.unbounded", lang)
    return i18n.text(
        "charts.forest.spot",
        lang,
        label=label,
        word=word,
        low=none if low is None else said[0],
        high=none if high is None else said[1],
    )


def _with(panel: Panel, marks: tuple[Mark, ...]) -> Panel:
    return Panel(panel.left, panel.top, panel.width, panel.height, panel.x, panel.y, marks)


def _spot_x(row: MeasureRow, domain: float) -> float:
    low, high = ends(row)
    if row.verdict == "not_comparable" or (low is None and high is None):
        return 0.0
    x0 = -domain if low is None else min(max(low, -domain), domain)
    x1 = domain if high is None else max(min(high, domain), -domain)
    return near((x0 + x1) / 2, 6)


def _direction(domain: float, lang: Lang, which: str) -> Label:
    said = i18n.text(f"charts.axis.{which}", lang)
    if which == "worse":
        return Label(-domain, 0.0, "◄ " + said, "fg", 13, "start", dy=-16, bold=True)
    return Label(domain, 0.0, said + " ►", "fg", 13, "end", dy=-16, bold=True)


def _group_head(said: str, middle: float, domain: float, left: float) -> list[Mark]:
    return [
        Label(-domain, middle, said, "fg", 15, "start", dx=-left + 10, bold=True),
        Rule(None, middle + 0.42, domain, middle + 0.42, "fg", 1.5),
    ]


def _names(row: MeasureRow, middle: float, domain: float, left: float, lang: Lang, tall: float) -> list[Mark]:
    """Name and verdict: beside the bar, or above it in a row `tall` pixels high (0: not so)."""
    lines = fit(row.label.to(lang), 44 if tall else 40, 2)
    start = 12 - tall / 2 if tall else -17.0 * (len(lines) - 1) / 2
    marks: list[Mark] = [
        Label(-domain, middle, line, "fg", 13 if tall else 14, "start", dx=-left + 10, dy=start + 17 * number)
        for number, line in enumerate(lines)
    ]
    role = "na" if row.verdict == "not_comparable" else row.verdict
    said = f"{ICONS[row.verdict]}  {row.word.to(lang)}"
    if tall:
        dy = start + 17 * len(lines)
        marks.append(Label(-domain, middle, said, role, 12, "start", dx=-left + 10, dy=dy))
    else:
        marks.append(Label(domain, middle, said, role, 13, "start", dx=12, bold=True))
    return marks


ICONS = {"better": "▲", "worse": "▼", "same": "=", "unsure": "?", "not_comparable": "–"}
assert set(theme.SYMBOLS) == set(FIRM)
