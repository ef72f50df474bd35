"""Each wave predicted in turn: differences from what was expected, before, during and after the promise.

There is no reference wave fixed at zero. The axis says lower and higher share, never better and worse; the
mark of an after wave carries its verdict's shape, so that direction and judgement are not confused. Waves
before and during have an interval and no verdict, hence no point.
"""

from __future__ import annotations

import math

from lhu_effect import i18n
from lhu_effect.dashboard import theme, timeaxis
from lhu_effect.dashboard.chart_data import (
    EventView,
    both,
    column,
    outwards,
    share_cell,
    wave_at,
    why_text,
    words,
)
from lhu_effect.dashboard.model import EventPoint, Table
from lhu_effect.dashboard.scene import (
    Axis,
    Dot,
    Hatch,
    Label,
    Mark,
    Panel,
    Rule,
    Scene,
    Span,
    Spot,
    near,
    nice_ceiling,
)
from lhu_effect.i18n import Lang

STEPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
FIRM = ("better", "worse", "same")


def scene(view: EventView, lang: Lang, *, narrow: bool = False) -> Scene:
    """The event study as marks, on an axis symmetrical round zero."""
    width, height = (358.0, 340.0) if narrow else (720.0, 360.0)
    left, right, top, bottom = (44.0, 12.0, 52.0, 56.0)
    low, high = timeaxis.span(view.waves, view.bands, 0.9)
    reach = _reach(view)
    px = (width - left - right) / (high - low)
    suffix = "_change" if view.kind == "change" else ""
    inside = height - top - bottom
    marks: list[Mark] = [
        *timeaxis.band_marks(view.bands, high),
        *timeaxis.band_edges(view.bands, high, reach),
        *timeaxis.band_labels(view.bands, (low, high), reach, px, width - left - right, lang),
        Rule(low, 0.0, high, 0.0, "fg", 1.5),
        Label(
            low, reach, "↑ " + i18n.text(f"charts.axis.higher{suffix}", lang), "mut", 12, "start", dx=4, dy=12
        ),
        Label(
            low,
            reach,
            "↓ " + i18n.text(f"charts.axis.lower{suffix}", lang),
            "mut",
            12,
            "start",
            dx=4,
            dy=inside - 12,
        ),
    ]
    place = {w.year: wave_at(w) for w in view.waves}
    for point in view.points:
        marks += _point(point, place[point.year], reach)
        said = i18n.text(f"charts.exposure.{point.exposure}", lang)
        marks.append(Label(place[point.year], reach, said, "mut", 12, dy=inside + 34))
    panel = Panel(
        left,
        top,
        width - left - right,
        inside,
        Axis(low, high, tuple((wave_at(w), str(w.year)) for w in view.waves)),
        Axis(-reach, reach, point_ticks(reach, lang), grid=True),
        tuple(marks),
        tuple(Spot(place[p.year], _middle(p, reach), said_at(view, p, lang)) for p in view.points),
    )
    return Scene("event", width, height, title(view, lang), heading(view, lang), (panel,))


def title(view: EventView, lang: Lang) -> str:
    """Name of the chart."""
    key = "charts.event.title_change" if view.kind == "change" else "charts.event.title"
    return i18n.text(key, lang, indicator=view.indicator.to(lang), unit=view.unit.to(lang))


def heading(view: EventView, lang: Lang) -> str:
    """The finding: verdict of the first after wave, with its interval where the verdict is a claim."""
    after = next((p for p in view.points if p.exposure == "after"), None)
    if after is None:
        return i18n.text("charts.event.heading_none", lang, unit=view.unit.to(lang))
    holes = {
        "unit": view.unit.to(lang),
        "year": after.year,
        "word": view.word(after.verdict).to(lang).lower(),
    }
    doubt = " " + i18n.text("charts.event.fragile", lang) if after.fragile else ""
    if after.verdict not in FIRM or after.low is None or after.high is None:
        return i18n.text("charts.event.heading", lang, **holes) + doubt
    low, high = outwards(after.low, after.high, lang, signed=True)
    return i18n.text("charts.event.heading_interval", lang, **holes, low=low, high=high) + doubt


def table(view: EventView) -> Table:
    """Every wave with estimate, interval, verdict or reason."""
    columns = (
        column("year", number=False),
        column("exposure", number=False),
        column("verdict", number=False),
        column("difference", share=True),
        column("low", share=True),
        column("high", share=True),
        column("note", number=False),
    )
    blank = both("charts.exposure.none")
    rows = tuple(
        (
            words(i18n.Text(str(p.year), str(p.year))),
            words(both(f"charts.exposure.{p.exposure}")),
            words(view.word(p.verdict) if p.exposure == "after" else blank),
            share_cell(p.estimate, signed=True),
            share_cell(p.low, signed=True),
            share_cell(p.high, signed=True),
            words(why_text(p.why) if p.why else blank),
        )
        for p in view.points
    )
    caption = i18n.Text(
        *(
            i18n.text(
                "charts.event.caption",
                lang,
                indicator=view.indicator.to(lang),
                unit=view.unit.to(lang),
                group=view.group.to(lang),
            )
            for lang in i18n.LANGS
        )
    )
    return Table("event", caption, columns, rows)


def point_ticks(reach: float, lang: Lang) -> tuple[tuple[float, str], ...]:
    """Signed whole points from -reach to +reach."""
    step = 1 if reach <= 0.02 else 5 if reach <= 0.15 else 10 if reach <= 0.4 else 20
    step = 2 if 0.02 < reach <= 0.05 else step
    most = math.floor(reach * 100 / step + 1e-9) * step
    return tuple(
        (v / 100, ("+" if v > 0 else "") + i18n.number(v, lang)) for v in range(-most, most + 1, step)
    )


def said_at(view: EventView, point: EventPoint, lang: Lang) -> str:
    """What is read out at one wave."""
    exposure = i18n.text(f"charts.exposure.{point.exposure}", lang)
    if point.low is None and point.high is None:
        why = (point.exposure == "after" and not point.why and view.word(point.verdict)) or why_text(
            point.why
        )
        return i18n.text(
            "charts.event.spot_none", lang, year=point.year, exposure=exposure, why=why.to(lang).lower()
        )
    low, high = said_ends(point.low, point.high, lang)
    holes = {"year": point.year, "exposure": exposure, "low": low, "high": high}
    if point.exposure != "after":
        return i18n.text("charts.event.spot_unjudged", lang, **holes)
    return i18n.text("charts.event.spot", lang, word=view.word(point.verdict).to(lang).lower(), **holes)


def said_ends(low: float | None, high: float | None, lang: Lang) -> tuple[str, str]:
    """Both ends in signed whole points, rounded outwards; an open end in words."""
    ends = outwards(low if low is not None else -1.0, high if high is not None else 1.0, lang, signed=True)
    none = i18n.text("charts.event.unbounded", lang)
    return (none if low is None else ends[0]), (none if high is None else ends[1])


def _reach(view: EventView) -> float:
    ends = [abs(v) for p in view.points for v in (p.low, p.high, p.estimate) if v is not None]
    return nice_ceiling(max(ends, default=0.1), STEPS)


def _middle(point: EventPoint, reach: float) -> float:
    low = -reach if point.low is None else max(-reach, point.low)
    high = reach if point.high is None else min(reach, point.high)
    if point.low is None and point.high is None:
        return 0.0
    return near((low + high) / 2, 6)


def _point(point: EventPoint, x: float, reach: float) -> list[Mark]:
    if point.low is None and point.high is None:
        return [Label(x, 0.0, "–", "na", 18, dy=-12)]
    low = -reach if point.low is None else max(-reach, point.low)
    high = reach if point.high is None else min(reach, point.high)
    arrows: list[Mark] = []
    if point.low is None:
        arrows.append(Dot(x, -reach, "triangle-down", 10, "hl"))
    if point.high is None:
        arrows.append(Dot(x, reach, "triangle-up", 10, "hl"))
    firm = point.exposure == "after" and point.verdict in FIRM and point.estimate is not None
    if not firm or point.estimate is None:
        return [Hatch(x, low, x, high), *arrows]
    return [
        Span(x, low, x, high, f"{point.verdict}-bar", 8),
        *arrows,
        Dot(x, point.estimate, theme.SYMBOLS[point.verdict], 16, point.verdict),
    ]
