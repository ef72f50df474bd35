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
    sums = _margins(_one_district_a_school(named))
    found = []
    by_year = {year: sums.filter(pl.col("year") == year) for year in sorted(set(sums["year"]))}
    for indicator in dict.fromkeys(e.indicator for e in book):
        waves = {e.wave: e for e in book if e.indicator == indicator}
        for year, here in by_year.items():
            entry = waves.get(year)
            found.append(_of_indicator(here, indicator, entry, made, weighted))
    return _cells(pl.concat(found), weighted).with_columns(file=pl.lit(file or None, dtype=pl.String))


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


def _margins(sums: pl.DataFrame) -> pl.DataFrame:
    """Every sum per place (whole, district, school) x sex (each, all), all definitions at once."""
    nobody = pl.lit(None, dtype=pl.String).alias("school")
    whole = sums.with_columns(nobody, pl.lit("all").alias("district"))
    district = sums.filter(pl.col("district").is_not_null()).with_columns(nobody)
    school = sums.filter(pl.col("school").is_not_null()).with_columns(
        pl.col("school_district").alias("district")
    )
    places = pl.concat([_summed(whole), _summed(district), _summed(school)])
    everyone = places.with_columns(pl.lit("all").alias("sex"))
    return pl.concat([_summed(everyone), places.filter(pl.col("sex") != "all")])


def _summed(sums: pl.DataFrame) -> pl.DataFrame:
    return sums.group_by(_KEYS, maintain_order=True).agg(pl.col("^(rows|w?y[0-9]+|[ws]?b[0-9]+)$").sum())


def _of_indicator(
    here: pl.DataFrame,
    indicator: str,
    entry: CodebookEntry | None,
    made: Sequence[Definition],
    weighted: bool,
) -> pl.DataFrame:
    """The sums of one indicator in one wave; zeros when it has no entry for the wave."""
    i = made.index(definition(entry)) if entry else None
    columns = {"k": f"y{i}", "n": f"b{i}"}
    if weighted:
        columns |= {"wk": f"wy{i}", "wn": f"wb{i}", "s2": f"sb{i}"}
    zero = [
        pl.lit(0 if c in "kn" else 0.0, dtype=pl.Int64 if c in "kn" else pl.Float64).alias(c) for c in columns
    ]
    sums = [pl.col(source).alias(c) for c, source in columns.items()] if entry else zero
    cell = pl.lit(entry.variable if entry else None, dtype=pl.String).alias("cell")
    return here.select(*_KEYS, *sums, pl.lit(indicator).alias("indicator"), cell)


def _cells(sums: pl.DataFrame, weighted: bool) -> pl.DataFrame:
    """Counts with status; weighted: Kish's effective n, and k as the weighted share of it."""
    answered = pl.col("n") > 0
    asked = pl.col("n").sum().over("indicator", "year", "grade") > 0
    silent = pl.when(asked).then(pl.lit("missing")).otherwise(pl.lit("not_asked"))
    share = pl.col("wk") / pl.col("wn") if weighted else pl.lit(None, dtype=pl.Float64)
    effective = (pl.col("wn") ** 2 / pl.col("s2")).round(0) if weighted else pl.lit(None, dtype=pl.Float64)
    counted = sums.select(
        *_KEYS,
        "indicator",
        "cell",
        pl.when(answered)
        .then(effective.cast(pl.Int64, strict=False) if weighted else pl.col("n"))
        .alias("n"),
        pl.when(answered)
        .then((share * effective).round(0).cast(pl.Int64, strict=False) if weighted else pl.col("k"))
        .alias("k"),
        pl.when(answered).then((100 * share).round(9)).alias("percent"),
        pl.when(answered).then(pl.lit("observed")).otherwise(silent).alias("status"),
        pl.lit("weighted" if weighted else "").alias("flags"),
    )
    bounds = [pl.col(c).alias(f"{c}_{end}") for c in ("n", "k") for end in ("low", "high")]
    return counted.with_columns(bounds)
