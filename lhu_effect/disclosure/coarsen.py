"""Coarser cells before hidden ones, in a declared order.

1. Other and undisclosed sex are shown together (as `other`, flag `pooled`) in the waves and indicators where
   either is too small somewhere. 2. Grades: single grades are hidden before the stratum they belong to (the
   costs in `cost` see to it). 3. Districts: where no kommundel but the town can be shown, the others are shown
   together (`other_districts`, flag `pooled`). Each yields cells that are then judged and attacked like any other.
"""

from __future__ import annotations

import polars as pl

from lhu_effect.disclosure.primary import must_hide
from lhu_effect.disclosure.structure import CELL, OTHER_DISTRICTS
from lhu_effect.study.model import Minimum, Study
from lhu_effect.survey.cube import KEY
from lhu_effect.survey.tabulate import add_up

_THIRD = ("other", "undisclosed")


def pool_third_sexes(frame: pl.DataFrame, minimum: Minimum) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`frame` with other and undisclosed counted together where either is too small, and the rows that went."""
    where = ["year", "municipality", "indicator"]
    third = frame.filter(pl.col("sex").is_in(_THIRD))
    needy = third.filter(must_hide(minimum)).select(where).unique()
    slices = ["district", "grade"]
    both = third.join(needy, on=where, how="semi", maintain_order="left")
    both = both.filter(pl.col("sex").n_unique().over([*where, *slices]) == 2)
    if both.is_empty():
        return frame, both
    keys = [c for c in CELL if c != "sex"]
    pooled = add_up(both, keys, "pooled").with_columns(pl.lit("other").alias("sex"))
    kept = frame.join(both, on=list(CELL), how="anti", maintain_order="left")
    return pl.concat([kept, pooled.select(frame.columns)]).sort(KEY), both


def other_districts(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Rows of all kommundelar but the town counted together, where the whole is the sum of its observed parts.

    frame: tabulated, with a true/false column `hidden`. Only for cells where at least two such districts are
    there, none of them is shown, and the town and the whole are.
    """
    place = study.registry.places.get(study.municipality)
    districts = [d.id for d in place.districts] if place else []
    if len(districts) < 3:
        return frame.drop("hidden").clear()
    town, others = districts[0], districts[1:]
    keys = [c for c in CELL if c != "district"]
    own = frame.filter(pl.col("municipality") == study.municipality, pl.col("sex") == "all")
    shown = pl.col("status").is_in(["observed"]) & ~pl.col("hidden")
    parts = own.filter(pl.col("district").is_in(others), pl.col("status").is_in(["observed", "masked"]))
    silent = parts.group_by(keys).agg(pl.len().alias("parts"), shown.any().alias("any"))
    silent = silent.filter(pl.col("parts") > 1, ~pl.col("any"))
    ends = (
        own.filter(shown, pl.col("district").is_in([town, "all"]))
        .group_by(keys)
        .len()
        .filter(pl.col("len") == 2)
    )
    parts = parts.join(silent, on=keys, how="semi", maintain_order="left")
    parts = parts.join(ends, on=keys, how="semi", maintain_order="left")
    summed = add_up(parts.drop("hidden"), keys, "pooled")
    return summed.with_columns(pl.lit(OTHER_DISTRICTS).alias("district")).select(frame.drop("hidden").columns)
