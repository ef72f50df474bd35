"""Made-up censuses for these tests: whole counts that add up, nested answers, as exact or rounded tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lhu_effect.definitions.model import District, Indicator, Place, Registry
from lhu_effect.i18n import Text
from lhu_effect.study.model import PooledDistrict, Stratum, Study
from lhu_effect.survey.cube import CUBE_SCHEMA, Cube, as_cube
from lhu_effect.survey.tabulate import tabulate

HOME = "0486"
DISTRICTS = {"strangnas": 0.58, "mariefred": 0.28, "aker": 0.09, "stallarholmen": 0.05}
SIZES = {
    "0428": 90,
    "0461": 150,
    "0480": 740,
    "0481": 115,
    "0482": 180,
    "0483": 440,
    "0484": 1380,
    HOME: 450,
    "0488": 185,
}
GRADES = {"ak7": 1.1, "ak9": 1.0, "gy2": 0.8}
SEXES = {"girl": 0.475, "boy": 0.48, "other": 0.045}


def study(indicators: Sequence[tuple[str, str | None]], **more) -> Study:
    """A study of 0486 with nested `indicators` (id, nested_in)."""
    made = {
        i: Indicator(
            i, Text(i, i), "drugs" if j % 2 else "safety", "lower", "lifetime", question=i, nested_in=outer
        )
        for j, (i, outer) in enumerate(indicators)
    }
    places = {
        code: Place(code, "municipality", code, region="04", districts=_districts(code))
        for code in sorted(SIZES)
    }
    settings = {
        "strata": (Stratum("ak9_gy2", ("ak9", "gy2")), *(Stratum(g, (g,)) for g in GRADES)),
        "pooled": (
            PooledDistrict(
                "mari_stal", Text("M och S"), ("mariefred", "stallarholmen"), grades=("ak7", "ak9")
            ),
        ),
    }
    return Study(HOME, Registry(indicators=made, places=places), **(settings | more))


def _districts(code: str) -> tuple[District, ...]:
    return tuple(District(d, d, HOME) for d in DISTRICTS) if code == HOME else ()


def census(
    seed: int,
    indicators: Sequence[tuple[str, str | None]],
    years: Sequence[int] = (2020,),
    municipalities: Sequence[str] = (HOME,),
    *,
    rounded: bool = False,
    third: str = "listed",
    size: float = 1.0,
) -> Cube:
    """Every margin of a random census. third: listed, unlisted or none. size: scales the number of pupils."""
    random = np.random.default_rng(seed)
    rows: list[dict] = []
    for year in years:
        for code in municipalities:
            rows += _municipality(random, year, code, indicators, third, size)
    frame = pl.DataFrame(rows, schema_overrides={"k": pl.Int64})
    return as_cube(_publish(frame, rounded))


def _municipality(random, year, code, indicators, third, size) -> list[dict]:
    rows = []
    districts = DISTRICTS if code == HOME else {"whole": 1.0}
    for district, share in districts.items():
        for grade, scale in GRADES.items():
            if code == HOME and grade == "gy2" and district != "strangnas":
                continue
            here = 1 / 0.58 if grade == "gy2" and code == HOME else 1
            for sex, part in SEXES.items():
                if sex == "other" and third == "none":
                    continue
                pupils = random.poisson(SIZES[code] * share * scale * here * part * 0.85 * size)
                counts: dict[str, tuple[int, int]] = {}
                for i, (indicator, outer) in enumerate(indicators):
                    n = random.binomial(pupils, 0.98)
                    level = (0.12, 0.8, 0.06, 0.3, 0.15)[i % 5]
                    k = random.binomial(n, level)
                    if outer:
                        n = counts[outer][0]
                        k = random.binomial(counts[outer][1], 0.6)
                    counts[indicator] = (n, k)
                    key = {
                        "year": year,
                        "municipality": code,
                        "district": district,
                        "grade": grade,
                        "sex": sex,
                    }
                    rows.append(key | {"indicator": indicator, "n": n, "k": k, "third": third})
    return rows


def _publish(frame: pl.DataFrame, rounded: bool) -> pl.DataFrame:
    keys = ["year", "municipality", "district", "grade", "sex", "indicator"]
    unlisted = (pl.col("third") == "unlisted") & (pl.col("sex") == "other")
    wholes = [
        frame.with_columns(pl.lit("all").alias("district"), sex=pl.col("sex")),
        frame.with_columns(pl.lit("all").alias("sex")),
        frame.with_columns(pl.lit("all").alias("district"), pl.lit("all").alias("sex")),
    ]
    slices = [wholes[0].filter(~unlisted), wholes[1].filter(pl.col("district") != "whole"), wholes[2]]
    summed = pl.concat(slices).group_by(keys, maintain_order=True).agg(pl.col("n").sum(), pl.col("k").sum())
    summed = summed.with_columns(pl.lit("observed").alias("status"))
    if not rounded:
        return summed
    share = (pl.when(pl.col("n") > 0).then(100 * pl.col("k") / pl.col("n")).otherwise(0)).round(0)
    low = ((share - 0.5) * pl.col("n") / 100).ceil().clip(0).cast(pl.Int64)
    high = pl.min_horizontal(((share + 0.5) * pl.col("n") / 100).floor().cast(pl.Int64), pl.col("n"))
    made = summed.with_columns(percent=share, k_low=low, k_high=high)
    return made.with_columns(k=pl.when(pl.col("k_low") == pl.col("k_high")).then("k_low"))


def table(cube: Cube, made: Study) -> Cube:
    return tabulate(cube, made)


def cells(*rows: dict) -> pl.DataFrame:
    """A frame of cells; what a row leaves out is the whole municipality in 2020."""
    base = {
        "year": 2020,
        "municipality": HOME,
        "district": "all",
        "grade": "ak9",
        "sex": "all",
        "indicator": "a",
    }
    made = [base | {"status": "observed"} | r for r in rows]
    return as_cube(pl.DataFrame(made, schema_overrides=CUBE_SCHEMA, infer_schema_length=None)).frame
