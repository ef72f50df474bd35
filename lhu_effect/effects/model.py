"""Effects: the result table of contract.md, and one row of it as a value."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

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


@dataclass(frozen=True, eq=False)
class Effects:
    """Estimates with verdicts. rows: EFFECT_SCHEMA, shares and differences 0-1. checks: CHECK_SCHEMA.

    masked: whether the numbers were estimated from what may be published; False: private, not for publication.
    """

    rows: pl.DataFrame
    checks: pl.DataFrame
    masked: bool
    level: float = 0.95
