"""Sums per combination of keys spread over the margins of a Cube: places x sexes, per wave and indicator.

The municipality itself, each district and each school; each sex and all. A cell without any answer is
`not_asked` where nobody in that wave and grade answered, else `missing`. The places are sorted once and the
indicators laid out within each, so that hundreds of thousands of cells come out in a cube's order unsorted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl

from lhu_effect.study.model import CodebookEntry
from lhu_effect.survey.codes import Definition, definition
from lhu_effect.survey.cube import CLASS_SCHEMA, CUBE_SCHEMA, Cube

_KEYS = ("year", "municipality", "district", "school", "grade", "sex")


def spread(
    named: pl.DataFrame,
    book: Sequence[CodebookEntry],
    made: Sequence[Definition],
    file: str,
    *,
    weighted: bool = False,
) -> Cube:
    """The cube of named sums: every place and sex of the sums x every indicator of the book.

    weighted: n is Kish's effective number, k its share (see `count_records`).
    """
    places = _margins(_one_district_a_school(named)).sort(_KEYS, maintain_order=True)
    indicators = sorted({e.indicator for e in book})
    waves = [{e.wave: e for e in book if e.indicator == i} for i in indicators]

    def summed(sign: str) -> Callable[[CodebookEntry], pl.Expr]:
        return lambda e: pl.col(f"{sign}{made.index(definition(e))}")

    def asked(entry: CodebookEntry) -> pl.Expr:
        return summed("b")(entry).sum().over("year", "grade")

    variables = pl.Series(["", *dict.fromkeys(e.variable for e in book)])
    at = {name: i for i, name in enumerate(variables)}
    cell = _laid_out(places, waves, lambda e: pl.lit(at[e.variable]), 0)

    cells = places.select(_KEYS)[np.repeat(np.arange(places.height), len(indicators))].with_columns(
        pl.Series("indicator", indicators * places.height, dtype=pl.String),
        variables.replace("", None).gather(cell).alias("cell"),
        _laid_out(places, waves, asked, 0).alias("asked"),
        *(_laid_out(places, waves, summed(s), 0).alias(name) for name, s in _SUMS[weighted].items()),
    )
    return _cube(cells, file, weighted)


def between_classes(
    named: pl.DataFrame, book: Sequence[CodebookEntry], made: Sequence[Definition]
) -> pl.DataFrame:
    """Per wave, municipality, grade and indicator: how many classes answered, their sums and their sum of k * k / n.

    A class is known by its school and its name; pupils without either are in none.
    """
    wave = ("year", "municipality", "grade")
    named_class = pl.col("class").cast(pl.String).str.strip_chars() != ""
    told = named.filter(named_class, pl.col("school").is_not_null())
    of_class = told.group_by(*wave, "school", "class").agg(pl.col("^[yb][0-9]+$").sum())
    found = [pl.DataFrame(schema=CLASS_SCHEMA)]
    for entry in book:
        i = made.index(definition(entry))
        k, n = pl.col(f"y{i}"), pl.col(f"b{i}")
        asked = of_class.filter(pl.col("year") == entry.wave, n > 0)
        sums = asked.group_by(wave).agg(
            pl.len().cast(pl.Int64).alias("classes"),
            n.sum().alias("n"),
            k.sum().alias("k"),
            (k * k / n).sort().sum().alias("squares"),
        )
        found.append(sums.with_columns(indicator=pl.lit(entry.indicator)).select(list(CLASS_SCHEMA)))
    return pl.concat(found).sort("indicator", *wave)


_SUMS = {
    False: {"k": "y", "n": "b"},
    True: {"k": "y", "n": "b", "wk": "wy", "wn": "wb", "s2": "sb"},
}


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


def _laid_out(
    places: pl.DataFrame,
    waves: Sequence[Mapping[int, CodebookEntry]],
    value: Callable[[CodebookEntry], pl.Expr],
    silent: float,
) -> pl.Series:
    """One value per place and indicator, indicators innermost. silent: where the wave has no entry."""
    columns = []
    for i, of_wave in enumerate(waves):
        found = pl.lit(silent)
        for year, entry in of_wave.items():
            found = pl.when(pl.col("year") == year).then(value(entry)).otherwise(found)
        columns.append(found.alias(str(i)))
    return pl.Series(places.select(columns).to_numpy().ravel())


def _cube(sums: pl.DataFrame, file: str, weighted: bool) -> Cube:
    """Counts with status; weighted: Kish's effective n, and k as the weighted share of it."""
    answered = pl.col("n") > 0
    silent = pl.when(pl.col("asked") > 0).then(pl.lit("missing")).otherwise(pl.lit("not_asked"))
    n, k, percent = pl.col("n"), pl.col("k"), pl.lit(None, dtype=pl.Float64)
    if weighted:
        share, effective = pl.col("wk") / pl.col("wn"), (pl.col("wn") ** 2 / pl.col("s2")).round(0)
        n, k = (x.cast(pl.Int64, strict=False) for x in (effective, (share * effective).round(0)))
        percent = (100 * share).round(9)
    counted = sums.select(
        *_KEYS,
        "indicator",
        "cell",
        pl.when(answered).then(n).alias("n"),
        pl.when(answered).then(k).alias("k"),
        pl.when(answered).then(percent).alias("percent"),
        pl.when(answered).then(pl.lit("observed")).otherwise(silent).alias("status"),
        pl.lit("weighted" if weighted else "").alias("flags"),
        pl.lit(False).alias("organiser"),
        pl.lit(file or None, dtype=pl.String).alias("file"),
        pl.lit(None, dtype=pl.String).alias("sheet"),
    )
    bounds = [pl.col(c).alias(f"{c}_{end}") for c in ("n", "k") for end in ("low", "high")]
    return Cube(counted.with_columns(bounds).select(list(CUBE_SCHEMA)))
