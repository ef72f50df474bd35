"""What is asked of the data: one question per period, indicator, unit, stratum and wave.

Made from the study's texts and from which cells exist, never from their values, so that what is asked
(and in which family it is tested) cannot depend on the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.definitions.model import Indicator
from lhu_effect.effects.cells import ABSENT, MISSING, NOT_ASKED, Cells, unit_of
from lhu_effect.effects.exposure import Answer, Kind
from lhu_effect.effects.periods import Period, periods, theme_periods
from lhu_effect.study.model import Study


@dataclass(frozen=True, slots=True)
class Question:
    """One row to be answered.

    indicator: id, or "theme:<id>"; members: the indicators behind it. stratum: where this is judged for the
    unit when `judged`. year None: no wave lies after the promise. headline: the period's whole coverage.
    first: the first after wave.
    """

    period: Period
    indicator: str
    members: tuple[str, ...]
    stratum: str
    district: str
    year: int | None
    kind: Kind
    headline: bool
    judged: bool
    first: bool

    @property
    def is_theme(self) -> bool:
        """Whether this is a theme's composite."""
        return self.indicator.startswith("theme:")

    @property
    def theme(self) -> str:
        """The theme asked about."""
        return self.period.theme

    @property
    def primary(self) -> bool:
        """Whether it was named as the measure beforehand."""
        if self.is_theme:
            return self.period.headline != "indicators"
        return self.indicator in self.period.primary


@dataclass(frozen=True, slots=True)
class Waves:
    """Waves chosen by hand instead of by dates: years before and after; empty: as the dates say."""

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    def of(self, period: Period) -> Period:
        """The period with these waves; a wave named as before or after is that, others keep their kind.

        Where one side is named, waves of that kind by date that are not named take no part.
        """
        if not self.before and not self.after:
            return period
        kept = {
            y: a
            for y, a in period.answers.items()
            if not ((a.kind == "before" and self.before) or (a.kind == "after" and self.after))
        }
        known = period.answers
        kept |= {y: Answer("before", "chosen", known[y].flags) for y in self.before if y in known}
        kept |= {y: Answer("after", "chosen", known[y].flags) for y in self.after if y in known}
        return replace(period, answers=dict(sorted(kept.items())))


def all_questions(study: Study, cells: Cells, waves: Waves = Waves()) -> tuple[Question, ...]:
    """Every question of the study, in order of indicator register, period, unit, stratum, wave; themes last."""
    known = study.registry.indicators
    present = [i for i in cells.indicators() if i in known]
    order = {i: place for place, i in enumerate(known)}
    asked: list[Question] = []
    for indicator in sorted(present, key=order.__getitem__):
        for period in periods(study, known[indicator], _years(study, cells)):
            asked += _of(study, cells, waves.of(period), indicator, (indicator,))
    for theme in study.registry.themes:
        for period, members in _composites(study, cells, theme, [known[i] for i in present]):
            asked += _of_theme(study, cells, waves.of(period), members)
    return tuple(asked)


def headline_unit(period: Period, study: Study) -> str:
    """The unit that is everything the period's promises cover."""
    covered = period.districts
    return covered[0] if len(covered) == 1 else unit_of(covered, study)


def judged_stratum(study: Study, cells: Cells, indicators: Sequence[str], district: str) -> str | None:
    """The first stratum all of whose grades the unit has; None where it has no data at all."""
    row = cells.row(study.municipality, district)
    for stratum in study.strata:
        blocks = [cells.block(i, stratum.id) for i in indicators]
        if any(b is not None and b.seen[row].any() for b in blocks):
            return stratum.id
    return None


def _years(study: Study, cells: Cells) -> tuple[int, ...]:
    """The survey's waves: those in the table, and later ones the study names."""
    first = min(cells.years, default=0)
    return tuple(sorted({*cells.years, *(w.year for w in study.waves if w.year > first)}))


def _units(study: Study, cells: Cells, period: Period) -> Iterator[str]:
    """The headline unit, then every district it covers, then pooled ids inside it."""
    whole = headline_unit(period, study)
    covered = set(period.districts)
    parts = {p.id: set(p.districts) for p in study.pooled}
    for district in cells.districts:
        if district == "all" or "+" in district:
            inside = district == whole
        else:
            inside = "all" in covered or parts.get(district, {district}) <= covered
        if district == whole or inside:
            yield district


def _of(
    study: Study, cells: Cells, period: Period, indicator: str, members: tuple[str, ...]
) -> Iterator[Question]:
    whole = headline_unit(period, study)
    after = period.years("after")
    for district in _units(study, cells, period):
        judged = judged_stratum(study, cells, members, district)
        row = cells.row(study.municipality, district)
        for stratum in study.strata:
            block = cells.block(indicator, stratum.id)
            exists = block is not None and bool(block.seen[row].any())
            if not exists and not (district == whole and judged is None and stratum == study.strata[0]):
                continue
            for year, answer in sorted(period.answers.items()):
                if answer.kind != "after" and not _has(cells, indicator, stratum.id, row, year):
                    continue
                yield Question(
                    period=period,
                    indicator=indicator,
                    members=members,
                    stratum=stratum.id,
                    district=district,
                    year=year,
                    kind=answer.kind,
                    headline=district == whole,
                    judged=stratum.id == (judged or study.strata[0].id),
                    first=bool(after) and year == after[0],
                )
            if not after:
                is_judged = stratum.id == (judged or study.strata[0].id)
                yield Question(
                    period, indicator, members, stratum.id, district, None, "after", district == whole,
                    is_judged, True,
                )  # fmt: skip


def _has(cells: Cells, indicator: str, stratum: str, row: int, year: int) -> bool:
    block = cells.block(indicator, stratum)
    if block is None or year not in cells.years:
        return False
    return bool(block.status[row, cells.years.index(year)] not in (ABSENT, MISSING, NOT_ASKED))


def _composites(
    study: Study, cells: Cells, theme: str, present: Sequence[Indicator]
) -> Iterator[tuple[Period, tuple[str, ...]]]:
    """The theme's periods with the indicators their promises named, those in the table."""
    here = {i.id: i for i in present}
    named = dict.fromkeys(i for p in study.promises for i in p.theme_indicators.get(theme, ()))
    for period in theme_periods(study, theme, [here[i] for i in named if i in here], _years(study, cells)):
        own = dict.fromkeys(i for p in period.promises for i in p.theme_indicators.get(theme, ()))
        members = tuple(i for i in own if i in here)
        if len(members) >= 2:
            yield period, members


def _of_theme(study: Study, cells: Cells, period: Period, members: tuple[str, ...]) -> Iterator[Question]:
    """One question per unit and stratum: all after waves together, carried under the last of them."""
    whole = headline_unit(period, study)
    after = [y for y in period.years("after") if y in cells.years]
    for district in _units(study, cells, period):
        judged = judged_stratum(study, cells, members, district)
        row = cells.row(study.municipality, district)
        for stratum in study.strata:
            blocks = [cells.block(i, stratum.id) for i in members]
            if not any(b is not None and np.any(b.seen[row]) for b in blocks):
                continue
            yield Question(
                period=period,
                indicator=f"theme:{period.theme}",
                members=members,
                stratum=stratum.id,
                district=district,
                year=after[-1] if after else None,
                kind="after",
                headline=district == whole,
                judged=stratum.id == judged,
                first=True,
            )
