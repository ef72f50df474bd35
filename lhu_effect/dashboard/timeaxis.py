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
    """One label for each run of periods that lie close together.

    px: pixels a year; room: pixels from the start of the axis that a label may fill. Labels that would touch
    stand on two levels.
    """
    low, last = limits
    marks: list[scene.Mark] = []
    taken = -1e9
    for run in _runs(bands, last):
        said = _run_label(run, lang)
        width = len(said) * 6.9
        start, end = _inside(run[0], last)[0], _inside(run[-1], last)[1]
        middle = (start + end) / 2
        centre = (middle - low) * px
        fits = width / 2 <= centre <= room - width / 2
        left = centre - width / 2 if fits else room - width if centre > room / 2 else 0.0
        lifted = left < taken + 12
        taken = max(taken, left + width)
        dy = -32 if lifted else -13
        if fits:
            marks.append(scene.Label(near(middle, 4), top, said, dy=dy))
        elif centre > room / 2:
            marks.append(
                scene.Label(last, top, said, anchor="end", dx=near(room - (last - low) * px, 1), dy=dy)
            )
        else:
            marks.append(scene.Label(low, top, said, anchor="start", dy=dy))
    return marks


def _run_label(run: Sequence[Band], lang: Lang) -> str:
    ids = i18n.join_words([band_name(b) for b in run], lang)
    return i18n.text(f"charts.band.{'one' if len(run) == 1 else 'many'}", lang, ids=ids)


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


def _runs(bands: Sequence[Band], last: float) -> list[list[Band]]:
    runs: list[list[Band]] = []
    for band in sorted(bands, key=lambda b: (b.start, b.promise)):
        if runs and _inside(band, last)[0] - _inside(runs[-1][-1], last)[1] < 0.8:
            runs[-1].append(band)
        else:
            runs.append([band])
    return runs
