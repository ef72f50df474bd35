"""The time axis that trend, event study and small multiples share: waves, promise bands, broken lines."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from lhu_effect import i18n
from lhu_effect.dashboard import scene
from lhu_effect.dashboard.chart_data import at, band_at, wave_at
from lhu_effect.dashboard.model import Band, Level, UnitBreak, WaveView
from lhu_effect.dashboard.scene import near
from lhu_effect.i18n import Lang


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a line may not go on. kind: question or geography."""

    x: float
    kind: str


def span(waves: Sequence[WaveView], bands: Sequence[Band], pad: float) -> tuple[float, float]:
    """First and last year of the axis: every wave and every promise, with `pad` years around."""
    xs = [wave_at(w) for w in waves]
    xs += [at(b.start) for b in bands]
    xs += [at(b.end) for b in bands if b.end is not None]
    return near(min(xs) - pad, 4), near(max(xs) + pad, 4)


def band_marks(bands: Sequence[Band], last: float) -> list[scene.Mark]:
    """The promises' periods at their true dates."""
    return [scene.Band(*_inside(b, last), None, None, "band") for b in bands]


def band_edges(bands: Sequence[Band], last: float, top: float) -> list[scene.Mark]:
    """A thin line on top of each period, so that two that touch are two."""
    marks: list[scene.Mark] = []
    for band in bands:
        x0, x1 = _inside(band, last)
        marks.append(
            scene.Rule(near(x0 + 0.04, 4), top, near(max(x0 + 0.05, x1 - 0.04), 4), top, "band-line", 3)
        )
    return marks


def band_labels(
    bands: Sequence[Band], limits: tuple[float, float], top: float, px: float, room: float, lang: Lang
) -> list[scene.Mark]:
    """The name of each period above it, on the lowest of three levels where it touches no other; else moved aside.

    px: pixels a year; room: pixels from the start of the axis that a label may fill.
    """
    low, last = limits
    first = i18n.text("charts.band.legend", lang)
    marks: list[scene.Mark] = [scene.Label(low, top, first, "mut", 12, "start", dy=-13)]
    taken = [len(first) * LETTER, -1e9, -1e9]
    for band in sorted(bands, key=lambda b: (b.start, b.promise)):
        start, end = _inside(band, last)
        name = band_name(band)
        width = len(name) * LETTER
        left = min(((start + end) / 2 - low) * px - width / 2, room - width)
        level = next((n for n, end_of in enumerate(taken) if left >= end_of + 8), -1)
        if level < 0:
            level = taken.index(min(taken))
            left = max(left, min(taken[level] + 8, room - width))
        taken[level] = left + width
        at = scene.near(low + (left + width / 2) / px, 4)
        if at <= last:
            marks.append(scene.Label(at, top, name, dy=-13 - 15 * level))
        else:
            over = scene.near((at - last) * px, 1)
            marks.append(scene.Label(last, top, name, dx=over, dy=-13 - 15 * level))
    return marks


LETTER = 7.3
"""Pixels a letter of 13 px takes at the most, on the average (DejaVu Sans; other fonts are narrower)."""


def band_name(band: Band) -> str:
    """`2022–2023` for the promise 2022-2023."""
    return band.promise.replace("-", "–")


def breaks_of(levels: Sequence[Level], places: Sequence[UnitBreak], waves: Sequence[WaveView]) -> list[Break]:
    """Where the question's wording or the unit's schools changed between two waves."""
    xs = {w.year: wave_at(w) for w in waves}
    found = []
    asked = [v for v in levels if v.version is not None]
    for old, new in itertools.pairwise(asked):
        middle = near((xs[old.year] + xs[new.year]) / 2, 4)
        if old.version != new.version:
            found.append(Break(middle, "question"))
        elif any(old.year < p.from_year <= new.year for p in places):
            found.append(Break(middle, "geography"))
    return found


def line_through(
    levels: Sequence[Level], broken: Sequence[Break], waves: Sequence[WaveView], shift: float = 0.0
) -> tuple[tuple[float, ...], tuple[float | None, ...]]:
    """Points of a line with a gap at every break and every wave without a share."""
    xs: list[float] = []
    ys: list[float | None] = []
    place = {w.year: wave_at(w) for w in waves}
    for level in levels:
        x = near(place[level.year] + shift, 4)
        if xs and any(place_before < b.x < x for b in broken for place_before in [xs[-1]]):
            xs.append(x)
            ys.append(None)
        xs.append(x)
        ys.append(level.share)
    return tuple(xs), tuple(ys)


def _inside(band: Band, last: float) -> tuple[float, float]:
    start, end = band_at(band, last)
    return start, min(end, last)
