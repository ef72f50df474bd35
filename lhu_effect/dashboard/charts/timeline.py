"""A commitment in time: the promise's period, what was done and when, and the survey's fieldwork."""

from __future__ import annotations

from datetime import date

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick, at, band_at, both, column, words
from lhu_effect.dashboard.model import DashboardData, Table, Timeline, TimelineEvent
from lhu_effect.dashboard.scene import Axis, Band, Dot, Label, Mark, Panel, Rule, Scene, Span, Spot
from lhu_effect.i18n import Lang, Text

SYMBOLS = {"delivered": "circle", "partly": "half", "cancelled": "cross", "unknown": "square"}
SIDE = 20.0
NARROW = 358.0
_GAP, _LETTER = 18, 7.2  # beside a legend's marks and words; the width of one of its letters
"""Pixels beside the axis: half the name of a year on its first day (13 px letters), else the browser hides it."""
ROLES = {"delivered": "better", "partly": "better", "cancelled": "worse", "unknown": "na"}


def view(data: DashboardData, pick: Pick) -> Timeline | None:
    """The line of the promise whose id stands as the selection's answer, else the first dated commitment of an answer."""
    whole = next((p.timeline for p in data.promises if p.id == pick.answer and p.timeline), None)
    if whole is not None:
        return whole
    mine = next((a.promises for a in data.answers if a.id == pick.answer), ())
    dated = (c.timeline for p in data.promises if p.id in mine for c in p.commitments)
    return next((t for t in dated if t is not None), None)


def scene(view: Timeline, lang: Lang, *, narrow: bool = False, legend: bool = True) -> Scene:
    """One line of time with its years; the legend uses the marks it explains (legend=False: it stands beside)."""
    width = NARROW if narrow else 640.0
    low, high = at(view.start), at(view.end)
    years = range(int(low), int(high) + 1)
    step = 1 if len(years) <= (6 if narrow else 12) else 3
    ticks = tuple((float(y), str(y)) for y in years if low <= y <= high and (y - years[0]) % step == 0)
    band = band_at(view.band, high)
    first, last = max(low, band[0]), min(high, band[1])
    marks: list[Mark] = [Band(first, last, 0.15, 1.0, "band"), Rule(first, 1.0, last, 1.0, "band-line", 3)]
    marks += [
        Span(at(w.start), 0.12, max(at(w.end), at(w.start) + 0.05), 0.12, "hl", 6)
        for w in view.waves
        if w.start is not None and w.end is not None and at(w.start) >= low and at(w.end) <= high
    ]
    spots = []
    for event in view.events:
        role = ROLES[event.status]
        if event.status == "partly":
            marks.append(Dot(at(event.day), 0.58, "circle", 14, role, hollow=True))
        marks.append(Dot(at(event.day), 0.58, SYMBOLS[event.status], 14, role, rim=event.status != "partly"))
        spots.append(Spot(at(event.day), 0.58, said_at(event, lang)))
    spots += [
        Spot((at(w.start) + at(w.end)) / 2, 0.12, i18n.text("charts.timeline.spot_wave", lang, year=w.year))
        for w in view.waves
        if w.start is not None and w.end is not None and at(w.start) >= low and at(w.end) <= high
    ]
    spots.sort(key=lambda s: s.x)
    marks += _legend(view, low, lang, narrow) if legend else []
    rows = (3 if narrow else 1) if legend else -0.3
    panel = Panel(
        SIDE,
        6.0,
        width - 2 * SIDE,
        58.0,
        Axis(low - 0.02, high, ticks, line=True),
        Axis(0.0, 1.0),
        tuple(marks),
        tuple(spots),
    )
    title = i18n.text("charts.timeline.title", lang)
    return Scene("timeline", width, 96.0 + 20 * rows, title, view.summary.to(lang), (panel,))


def table(view: Timeline) -> Table:
    """Dated events with their status."""
    columns = (column("day", number=False), column("what", number=False), column("status", number=False))
    done = [
        (e.day, (words(_day(e.day)), words(e.what or e.label), words(both(f"charts.status.{e.status}"))))
        for e in view.events
    ]
    asked = [
        (
            w.start,
            (
                words(_days(w.start, w.end)),
                words(both("charts.timeline.spot_wave", year=w.year)),
                words(_NONE),
            ),
        )
        for w in view.waves
        if w.start is not None and w.end is not None
    ]
    band = view.band
    gone = [
        (
            band.start,
            (words(_days(band.start, band.end)), words(both("charts.timeline.promise")), words(_NONE)),
        )
    ]
    rows = tuple(row for _, row in sorted((*gone, *done, *asked), key=lambda r: r[0]))
    return Table(f"timeline-{view.id}", view.summary, columns, rows)


_NONE = Text("", "")


def _day(day: date) -> Text:
    return Text(day.isoformat(), day.isoformat())


def _days(start: date, end: date | None) -> Text:
    said = f"{start.isoformat()}\u2013{'' if end is None else end.isoformat()}"
    return Text(said, said)


def said_at(event: TimelineEvent, lang: Lang) -> str:
    """What is read out at one thing that was done."""
    status = i18n.text(f"charts.status.{event.status}", lang)
    what = event.label.to(lang) if event.what is None else event.what.to(lang)
    return f"{event.day.isoformat()}: {what} ({status})"


def _legend(view: Timeline, low: float, lang: Lang, narrow: bool) -> list[Mark]:
    """Marks with their words under the axis: only those that occur."""
    marks: list[Mark] = []
    items = [(SYMBOLS[s], ROLES[s], i18n.text(f"charts.status.{s}", lang)) for s in _statuses(view)]
    items.append(("bar", "hl", i18n.text("charts.timeline.fieldwork", lang)))
    items.append(("band", "band-line", i18n.text("charts.timeline.promise", lang)))
    x, y = 4.0, 40.0
    for symbol, role, said in items:
        wide = _GAP + _LETTER * len(said)
        if narrow and x > 4 and x + wide > NARROW - 2 * SIDE:
            x, y = 4.0, y + 20
        glyph = {"circle": "●", "half": "◐", "cross": "✕", "square": "■", "bar": "▬", "band": "▮"}[symbol]
        marks.append(Label(low, 0.0, glyph, role, 13, "start", dx=x, dy=y))
        marks.append(Label(low, 0.0, said, "mut", 13, "start", dx=x + _GAP, dy=y))
        x += wide + _GAP
        if narrow and x > 220:
            x, y = 4.0, y + 20
    return marks


def _statuses(view: Timeline) -> list[str]:
    found = {e.status for e in view.events}
    return [s for s in SYMBOLS if s in found]
