"""One row of the effects table as a typed value, and what the page reads out of it.

Turns a polars row (columns of `EFFECT_SCHEMA`) into `Row`; decides which of the two answers, effect or
change, is the headline. Words and rounding live in `sentences` and `rounding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import polars as pl

from lhu_effect.dashboard.model import Exposure, Kind, Verdict
from lhu_effect.effects.model import EFFECT_SCHEMA

THEME_PREFIX = "theme:"


@dataclass(frozen=True, slots=True)
class Row:
    """Contract columns; shares and differences 0-1; None where the table is null."""

    promise: str
    indicator: str
    role: str
    municipality: str
    district: str
    grade: str
    sex: str
    before_years: str
    after_year: int | None
    exposure: Exposure
    n_before: int | None
    n_after: int | None
    share_before: float | None
    share_after: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    change90_low: float | None
    change90_high: float | None
    change_p_value: float | None
    change_p_adjusted: float | None
    change_verdict: Verdict
    counterfactual: float | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    conf90_low: float | None
    conf90_high: float | None
    logit_low: float | None
    logit_high: float | None
    p_value: float | None
    p_adjusted: float | None
    index: float | None
    index_low: float | None
    index_high: float | None
    verdict: Verdict
    reason: str
    margin: float | None
    detectable_decrease: float | None
    detectable_increase: float | None
    estimator: str
    comparison: str
    flags: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Row:
        """A row from its columns: text that is null reads as "", a verdict that is null as not_comparable."""
        filled = {f.name: values.get(f.name) for f in fields(cls)}
        for name in filled:
            if filled[name] is None and EFFECT_SCHEMA[name] == pl.String:
                filled[name] = "not_comparable" if name.endswith("verdict") else ""
        return cls(**cast(dict[str, Any], filled))

    @property
    def promises(self) -> tuple[str, ...]:
        """Promise ids of the period."""
        return tuple(self.promise.split("+"))

    @property
    def marks(self) -> frozenset[str]:
        """The flags as a set."""
        return frozenset(self.flags.split())

    @property
    def theme(self) -> str | None:
        """Theme id when this is a composite, else None."""
        return self.indicator.removeprefix(THEME_PREFIX) if self.indicator.startswith(THEME_PREFIX) else None

    @property
    def before_year(self) -> int | None:
        """The last before wave: the one whose level is shown."""
        years = [int(y) for y in self.before_years.split()]
        return max(years) if years else None

    @property
    def kind(self) -> Kind:
        """Which answer is the headline: the effect where one could be estimated on enough comparisons."""
        few = self.marks & {"few_comparisons", "one_comparison"}
        without = self.reason == "no_comparison" or not self.comparison
        if self.theme is None and (without or few):
            return "change"
        return "effect"

    @property
    def judged(self) -> Judged:
        """Verdict, point and intervals of the headline's kind."""
        if self.kind == "change":
            return Judged(
                self.change_verdict,
                self.change,
                self.change_low,
                self.change_high,
                self.change90_low,
                self.change90_high,
                self.change_p_adjusted,
            )
        return Judged(
            self.verdict,
            self.estimate,
            self.conf_low,
            self.conf_high,
            self.conf90_low,
            self.conf90_high,
            self.p_adjusted,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the numbers behind it."""

    verdict: Verdict
    point: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p_adjusted: float | None


def rows_of(frame: pl.DataFrame) -> Iterator[Row]:
    """Every row of an effects frame, in its order."""
    return (Row.of(values) for values in frame.iter_rows(named=True))
