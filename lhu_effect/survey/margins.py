"""Sums per combination of keys spread over the margins of a Cube: places x sexes, per wave and indicator.

The municipality itself, each district and each school; each sex and all. A cell without any answer is
`not_asked` where nobody in that wave and grade answered, else `missing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey.codes import Definition, definition

_KEYS = ("year", "municipality", "district", "school", "grade", "sex")
_SUMS = ("k", "n", "rows", "wk", "wn", "s2")


def spread(
    named: pl.DataFrame,
    book: Sequence[CodebookEntry],
    made: Sequence[Definition],
    study: Study,
    file: str,
    *,
    weighted: bool = False,
) -> pl.DataFrame:
    """Cube rows (columns of CUBE_SCHEMA as far as known) from named sums. weighted: see `count_records`."""
    named = _one_district_a_school(named)
    years = set(named["year"].to_list())
    found = []
    for indicator in dict.fromkeys(e.indicator for e in book):
        waves = {e.wave: e for e in book if e.indicator == indicator}
        for year in sorted(years):
            entry = waves.get(year)
            sums = _sums_of(named, year, made.index(definition(entry)) if entry else None, weighted)
            rows = _cells(_margins(sums), weighted).with_columns(
                pl.lit(indicator).alias("indicator"), pl.lit(entry.variable if entry else None).alias("cell")
            )
            found.append(rows)
    return pl.concat(found).with_columns(file=pl.lit(file or None, dtype=pl.String))


def _one_district_a_school(named: pl.DataFrame) -> pl.DataFrame:
    """Adds `school_district`: the school's district, or "all" when its pupils are of several."""
    of_school = (
        named.filter(pl.col("school").is_not_null(), pl.col("district").is_not_null())
        .group_by("year", "municipality", "school", maintain_order=True)
        .agg(
            pl.when(pl.col("district").n_unique() == 1)
            .then(pl.col("district").first())
            .otherwise(pl.lit("all"))
            .alias("school_district")
        )
    )
    joined = named.join(of_school, on=["year", "municipality", "school"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("school_district").fill_null("all"))


def _sums_of(named: pl.DataFrame, year: int, i: int | None, weighted: bool) -> pl.DataFrame:
    """The sums of one definition in one wave; zeros when the indicator has no entry for the wave."""
    zero = pl.lit(0, dtype=pl.Int64)
    floats = pl.lit(0.0)
    has = i is not None
    return named.filter(pl.col("year") == year).select(
        *_KEYS,
        "school_district",
        "rows",
        (pl.col(f"y{i}") if has else zero).alias("k"),
        (pl.col(f"b{i}") if has else zero).alias("n"),
        (pl.col(f"wy{i}") if has and weighted else floats).alias("wk"),
        (pl.col(f"wb{i}") if has and weighted else floats).alias("wn"),
        (pl.col(f"sb{i}") if has and weighted else floats).alias("s2"),
    )


def _margins(sums: pl.DataFrame) -> pl.DataFrame:
    nobody = pl.lit(None, dtype=pl.String).alias("school")
    whole = sums.with_columns(nobody, pl.lit("all").alias("district"))
    district = sums.filter(pl.col("district").is_not_null()).with_columns(nobody)
    school = sums.filter(pl.col("school").is_not_null()).with_columns(
        pl.col("school_district").alias("district")
    )
    places = pl.concat([whole, district, school]).drop("school_district")
    everyone = places.with_columns(pl.lit("all").alias("sex"))
    by_sex = places.filter(pl.col("sex") != "all")
    return (
        pl.concat([everyone, by_sex])
        .group_by(_KEYS, maintain_order=True)
        .agg(pl.col(c).sum() for c in _SUMS)
        .with_columns(asked=pl.col("n").sum().over("year", "grade") > 0)
    )


def _cells(sums: pl.DataFrame, weighted: bool) -> pl.DataFrame:
    """Counts with status; weighted: Kish's effective n, and k as the weighted share of it."""
    answered = pl.col("n") > 0
    silent = pl.when(pl.col("asked")).then(pl.lit("missing")).otherwise(pl.lit("not_asked"))
    share = pl.col("wk") / pl.col("wn")
    n = (pl.col("wn") ** 2 / pl.col("s2")).round(0).cast(pl.Int64, strict=False) if weighted else pl.col("n")
    k = (share * (pl.col("wn") ** 2 / pl.col("s2")).round(0)).round(0).cast(pl.Int64, strict=False)
    counted = sums.select(
        *_KEYS,
        pl.when(answered).then(n).alias("n"),
        pl.when(answered).then(k if weighted else pl.col("k")).alias("k"),
        pl.when(answered & weighted).then((100 * share).round(9)).cast(pl.Float64).alias("percent"),
        pl.when(answered).then(pl.lit("observed")).otherwise(silent).alias("status"),
        pl.lit("weighted" if weighted else "").alias("flags"),
    )
    bounds = [pl.col(c).alias(f"{c}_{end}") for c in ("n", "k") for end in ("low", "high")]
    return counted.with_columns(bounds)
