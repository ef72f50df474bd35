"""Effects: the result tables of contract.md, and one row of them as a value.

Holds what was estimated and why each verdict was given; estimates nothing. Shares and differences 0-1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from lhu_effect.effects import shown
from lhu_effect.errors import EstimationError, nearest, nearest_keys
from lhu_effect.i18n import Lang

if TYPE_CHECKING:
    from pandas import DataFrame as PandasFrame

    from lhu_effect.study.model import Study

_TEXT = ("promise", "indicator", "role", "municipality", "district", "grade", "sex", "before_years")
EFFECT_SCHEMA: dict[str, pl.DataType] = {
    "promise": pl.String(),  # promise ids of the period, joined by "+"
    "indicator": pl.String(),  # or "theme:<theme>" for the composite
    "role": pl.String(),  # primary | exploratory
    "municipality": pl.String(),
    "district": pl.String(),
    "grade": pl.String(),  # stratum id
    "sex": pl.String(),
    "before_years": pl.String(),  # blank-separated
    "after_year": pl.Int64(),
    "exposure": pl.String(),  # before (placebo) | during | after
    "n_before": pl.Int64(),
    "n_after": pl.Int64(),
    "share_before": pl.Float64(),
    "share_after": pl.Float64(),
    "change": pl.Float64(),
    "change_low": pl.Float64(),
    "change_high": pl.Float64(),
    "change90_low": pl.Float64(),
    "change90_high": pl.Float64(),
    "change_p_value": pl.Float64(),
    "change_p_adjusted": pl.Float64(),
    "change_verdict": pl.String(),
    "counterfactual": pl.Float64(),
    "estimate": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf90_low": pl.Float64(),
    "conf90_high": pl.Float64(),
    "logit_low": pl.Float64(),
    "logit_high": pl.Float64(),
    "p_value": pl.Float64(),
    "p_adjusted": pl.Float64(),
    "index": pl.Float64(),
    "index_low": pl.Float64(),
    "index_high": pl.Float64(),
    "verdict": pl.String(),
    "reason": pl.String(),
    "margin": pl.Float64(),
    "detectable_decrease": pl.Float64(),
    "detectable_increase": pl.Float64(),
    "estimator": pl.String(),
    "comparison": pl.String(),  # codes used, blank-separated
    "flags": pl.String(),  # blank-separated
}

CHECK_SCHEMA: dict[str, pl.DataType] = {
    **{c: pl.String() for c in ("promise", "indicator", "municipality", "district", "grade", "sex")},
    "after_year": pl.Int64(),
    "check": pl.String(),
    "variant": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "p_value": pl.Float64(),
    "note": pl.String(),
}

VERDICTS: tuple[str, ...] = ("better", "worse", "same", "unsure", "not_comparable")


ROW_KEY: tuple[str, ...] = ("promise", "indicator", "district", "grade", "after_year", "exposure")

REASON_SCHEMA: dict[str, pl.DataType] = {
    **{c: pl.String() for c in ("promise", "indicator", "district", "grade")},
    "after_year": pl.Int64(),
    "exposure": pl.String(),
    "kind": pl.String(),  # effect | change
    "headline": pl.Boolean(),  # whether this kind is the one to lead with for the row
    "verdict": pl.String(),
    "rule": pl.String(),  # refused not_judged gate claimed equivalent interval_holds_zero adjusted_p floor
    "reason": pl.String(),
    "detail": pl.String(),  # refusal behind a placebo or during row, or what a refusal names; else ""
    "family": pl.String(),  # promise ids tested together
    "way": pl.String(),  # holm theme_first split benjamini_hochberg district, "" where not tested
    "family_size": pl.Int64(),
    "alpha": pl.Float64(),
    "p_value": pl.Float64(),
    "p_adjusted": pl.Float64(),
    "low": pl.Float64(),  # what the verdict was given on; log-odds for a theme
    "high": pl.Float64(),
    "low90": pl.Float64(),
    "high90": pl.Float64(),
    "margin_low": pl.Float64(),
    "margin_high": pl.Float64(),
    "better": pl.String(),
    "tau2": pl.Float64(),  # between-wave floor, posterior mean of tau^2; assumed where floor_assumed
    "floor_assumed": pl.Boolean(),
    "largest_floor": pl.Float64(),  # own swings (sd, log-odds) at which it is just clear; null: not even at 0
    "phi": pl.Float64(),  # design effect: posterior mean
    "after_years": pl.String(),  # every after wave that entered
    "weights": pl.String(),  # of a theme: indicator=weight, blank-separated
    "left_out": pl.String(),  # of a theme: indicators too rare to take part
}

STANDING_SCHEMA: dict[str, pl.DataType] = {
    "promise": pl.String(),
    "theme": pl.String(),
    "before_year": pl.Int64(),  # the window opens when this wave's fieldwork ends
    "after_year": pl.Int64(),
    "municipality": pl.String(),
    "exposed": pl.String(),  # yes partly no unknown not_found
    "used": pl.Boolean(),
    "sources": pl.String(),  # addresses of the register entries behind, blank-separated
}

EXPOSURE_SCHEMA: dict[str, pl.DataType] = {
    "promise": pl.String(),  # one promise
    "period": pl.String(),  # the period it shares
    "indicator": pl.String(),
    "theme": pl.String(),
    "year": pl.Int64(),
    "exposure": pl.String(),
    "rule": pl.String(),
    "flags": pl.String(),
    "otherwise": pl.String(),  # what another stated start would make of it: "februari 2020=during"
    "grades": pl.String(),  # school year the pupils were in when the promise began: "ak9=6 gy2=8"
}


@dataclass(frozen=True)
class Effect:
    """One row of the effects table: its columns are attributes (`effect.estimate`, None where null)."""

    row: Mapping[str, Any] = field(repr=False)
    masked: bool = True
    study: Study | None = field(default=None, compare=False)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["row"][name]
        except KeyError:
            known = nearest(name, self.__dict__["row"])
            raise AttributeError(f"an Effect has no {name!r}; columns, the closest first: {known}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.row]

    def __repr__(self) -> str:
        return shown.effect_line(self.row, self.masked)

    def _repr_html_(self, lang: Lang = "sv") -> str:
        """A small table for notebooks, with caption and row headings."""
        return shown.effect_table(self.row, self.masked, self.study, lang)


@dataclass(frozen=True, eq=False)
class Effects:
    """Estimates with verdicts. rows: EFFECT_SCHEMA, shares and differences 0-1. checks: CHECK_SCHEMA.

    masked: whether the numbers were estimated from what may be published; False: private, not for publication.
    level: of the conf columns. reasons: two lines a row (effect, change), why the verdict was given, with the
    numbers it was given on. standings: comparison municipalities per window. exposures: every promise x
    indicator x wave. without_measure: promises that no indicator in the survey is about. study: whose names
    `plot`, `explain` and notebooks use; None: the packaged one's.

    >>> import lhu_effect as lhu
    >>> study = lhu.open_study()
    >>> effects = lhu.estimate_effects(lhu.read_survey(study).cube, study, with_checks=False)
    >>> effects.rows["verdict"].is_in(VERDICTS).all(), effects.masked
    (True, False)
    >>> effects["2019", "narcotics_ever"]  # a promise without a measure
    Traceback (most recent call last):
    lhu_effect.errors.EstimationError: ...
    """

    rows: pl.DataFrame
    checks: pl.DataFrame
    masked: bool
    level: float = 0.95
    reasons: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REASON_SCHEMA))
    standings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STANDING_SCHEMA))
    exposures: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXPOSURE_SCHEMA))
    without_measure: tuple[str, ...] = ()
    study: Study | None = None

    def __len__(self) -> int:
        return self.rows.height

    def __getitem__(self, key: tuple[str, ...]) -> Effect:
        """One effect: ``effects[promise, indicator]``, or with a district and a stratum after that.

        promise: an id, or ids joined by "+". Without district and stratum: everything the promise covers,
        the stratum it is judged in, the first wave after. Raises EstimationError when there is none.
        """
        if not isinstance(key, tuple) or len(key) < 2:
            raise self._no_such(key if isinstance(key, tuple) else (key,))
        promise, indicator, *rest = map(str, key)
        mine = pl.col("promise").str.split("+").list.contains(promise) | (pl.col("promise") == promise)
        found = self.rows.filter(mine, pl.col("indicator") == indicator, pl.col("exposure") == "after")
        for column, wanted in zip(("district", "grade"), rest, strict=False):
            found = found.filter(pl.col(column) == wanted)
        if not rest and found.height:
            found = found.filter(pl.col("district") == found["district"][0])
        if not found.height:
            raise self._no_such(key)
        return Effect(found.row(0, named=True), self.masked, self.study)

    def why(self, effect: Effect, kind: str = "effect") -> Mapping[str, Any]:
        """The line of `reasons` behind an effect's verdict (kind "effect") or its change's ("change")."""
        same = [pl.col(c).eq_missing(pl.lit(effect.row[c])) for c in ROW_KEY]
        return self.reasons.filter(*same, pl.col("kind") == kind).row(0, named=True)

    def to_pandas(self) -> PandasFrame:
        """The rows as a pandas frame (needs pandas: the `spss` extra)."""
        import pandas as pd

        return pd.DataFrame(self.rows.to_dict(as_series=False))

    def to_excel(self, path: str) -> None:
        """Rows and checks as a workbook of two sheets. Numbers estimated unmasked are private."""
        from pathlib import Path

        from lhu_effect import writers
        from lhu_effect.writers.files import write_whole

        book = writers.tables_workbook({"effects": self.rows, "checks": self.checks})
        write_whole(Path(path), book, private=not self.masked)

    def __repr__(self) -> str:
        return shown.effects_line(self.rows, self.masked)

    def _repr_html_(self, lang: Lang = "sv") -> str:
        """The headline rows, for notebooks: a table with caption, column and row headings."""
        return shown.effects_table(self.rows, self.masked, self.study, lang)

    def _no_such(self, key: Sequence[object]) -> EstimationError:
        """The error for a key that nothing has, with the keys likeliest meant."""
        columns = ("promise", "indicator", "district", "grade")[: max(2, len(key))]
        after = self.rows.filter(pl.col("exposure") == "after")
        known = nearest_keys(key, after.select(columns).unique(maintain_order=True).rows())
        return EstimationError("effects.no_such_effect", key=", ".join(map(str, key)), known=known)
