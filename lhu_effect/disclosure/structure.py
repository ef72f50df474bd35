"""What everybody knows adds up: the sums and subsets that tie published cells to each other.

Turns a study (or the block a page carries) into a `Structure`, and a frame of cells with a Structure into
`Ties`: rows "this cell is the sum of those" and "this count lies within that one", by row number. Knows
nothing of what is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

CELL: tuple[str, ...] = ("year", "municipality", "district", "grade", "sex", "indicator")
OPEN_AXES: tuple[str, ...] = ("district", "sex", "grade")
OTHER_DISTRICTS = "other_districts"
UNBOUNDED = 10_000_000  # more pupils than there are; a box this wide is no box


@dataclass(frozen=True, slots=True)
class Structure:
    """Public facts about how cells hang together; no counts.

    strata, pools, regions: id -> its grades / districts / municipalities. nested: (subset, whole) indicators.
    families: indicators that are answers to one question put to the same pupils. open: (year, municipality,
    axis) where the published parts are known not to be everyone (an unlisted sex, pupils of no listed district).
    home: the municipality that the publication is about.
    """

    strata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nested: tuple[tuple[str, str], ...] = ()
    families: tuple[tuple[str, ...], ...] = ()
    open: tuple[tuple[int, str, str], ...] = ()
    home: str = ""

    @staticmethod
    def of(study: Study) -> Structure:
        """The structure of a study; `open` is found in the data (`find_open`)."""
        place = study.registry.places.get(study.municipality)
        districts = tuple(d.id for d in place.districts) if place else ()
        pools = {p.id: p.districts for p in study.pooled}
        if len(districts) > 2:
            pools[OTHER_DISTRICTS] = districts[1:]
        indicators = study.registry.indicators.values()
        asked: dict[tuple[str, str], list[str]] = {}
        for i in indicators:
            if any(c.isalnum() for c in i.question):
                asked.setdefault((i.question, i.base), []).append(i.id)
        return Structure(
            strata={s.id: s.grades for s in study.strata if s.grades != (s.id,)},
            pools=pools,
            regions=_regions(study),
            nested=tuple((i.id, whole) for i in indicators for whole in i.wholes),
            families=tuple(tuple(ids) for ids in asked.values() if len(ids) > 1),
            home=study.municipality,
        )


def _regions(study: Study) -> dict[str, tuple[str, ...]]:
    inside: dict[str, list[str]] = {}
    for place in study.registry.places.values():
        if place.kind == "municipality" and place.region:
            inside.setdefault(place.region, []).append(place.code)
    return {region: tuple(codes) for region, codes in inside.items()}


@dataclass(frozen=True, eq=False)
class Ties:
    """Sums and subsets over the rows of one frame of cells.

    sums: sum (number), axis, cell (row), part (False: the total, True: one of its parts). A row number past
    the frame's height is a part nobody publishes (see `phantoms`: cell, sum).
    within: inner, outer (rows): k of inner is at most k of outer.
    """

    sums: pl.DataFrame
    within: pl.DataFrame
    phantoms: pl.DataFrame


def tie(cells: pl.DataFrame, structure: Structure) -> Ties:
    """The ties among `cells` (columns CELL and status; one row each). Rows without numbers or mark tie nothing."""
    keyed = cells.select(*CELL, "status").with_row_index("cell")
    keyed = keyed.filter(pl.col("status").is_in(["observed", "masked"])).with_columns(
        pl.col("cell").cast(pl.Int64)
    )
    several = [s for s, grades in structure.strata.items() if len(grades) > 1]
    single = keyed.filter(~pl.col("grade").is_in(several))  # not every district has every grade of a stratum
    districts = _lines(
        single,
        "district",
        "district",
        pl.col("district") == "all",
        ~pl.col("district").is_in([*structure.pools, "all"]),
    )
    sexes = _lines(keyed, "sex", "sex", pl.col("sex") == "all", pl.col("sex") != "all")
    grades = _lines(
        keyed, "grade", "grade", pl.col("grade") == "all", ~pl.col("grade").is_in([*structure.strata, "all"])
    )
    pools = [
        _lines(single, "district", "pool", pl.col("district") == p, _is_in("district", ds))
        for p, ds in structure.pools.items()
    ]
    strata = [
        _whole(_lines(keyed, "grade", "stratum", pl.col("grade") == s, _is_in("grade", gs)), gs)
        for s, gs in structure.strata.items()
    ]
    regions = [
        _whole(
            _lines(
                keyed, "municipality", "region", pl.col("municipality") == r, _is_in("municipality", codes)
            ),
            codes,
        )
        for r, codes in structure.regions.items()
    ]
    sums = _number([districts, sexes, grades, *pools, *strata, *regions])
    sums, phantoms = _open_sums(sums, keyed, structure, cells.height)
    return Ties(sums, _subsets(keyed, structure), phantoms)


def _lines(keyed: pl.DataFrame, axis: str, name: str, total: pl.Expr, part: pl.Expr) -> pl.DataFrame:
    """Totals with their parts along `axis`: columns total, part (rows of the frame), axis."""
    rest = [c for c in CELL if c != axis]
    totals = keyed.filter(total).select(*rest, pl.col("cell").alias("total"))
    parts = keyed.filter(part).select(*rest, pl.col("cell").alias("part"))
    return totals.join(parts, on=rest, maintain_order="left").select(
        "total", "part", pl.lit(name).alias("axis")
    )


def _is_in(column: str, ids: Sequence[str]) -> pl.Expr:
    return pl.col(column).is_in(list(ids))


def _whole(lines: pl.DataFrame, parts: Sequence[str]) -> pl.DataFrame:
    """Only the totals of which every part is among the cells."""
    return lines.filter(pl.len().over("total") == len(set(parts)))


def _number(lines: list[pl.DataFrame]) -> pl.DataFrame:
    """Long form: one row per total and per part, sums numbered from 0."""
    every = pl.concat(lines)
    ids = every.select("total", "axis").unique(maintain_order=True).with_row_index("sum")
    ids = ids.with_columns(pl.col("sum").cast(pl.Int64))
    totals = ids.select("sum", "axis", pl.col("total").alias("cell"), pl.lit(False).alias("part"))
    parts = every.join(ids, on=["total", "axis"], maintain_order="left")
    parts = parts.select("sum", "axis", pl.col("part").alias("cell"), pl.lit(True).alias("part"))
    return pl.concat([totals, parts]).sort("sum", "part", "cell")


def _open_sums(
    sums: pl.DataFrame, keyed: pl.DataFrame, structure: Structure, height: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`sums` with an unpublished part added wherever the axis is known to be open."""
    known = pl.DataFrame(
        structure.open, schema={"year": pl.Int64, "municipality": pl.String, "axis": pl.String}, orient="row"
    )
    totals = sums.filter(~pl.col("part")).join(keyed, on="cell", maintain_order="left")
    opened = totals.join(known, on=["year", "municipality", "axis"], how="semi", maintain_order="left")
    phantoms = opened.select("sum", "axis").with_row_index("cell", offset=height)
    phantoms = phantoms.with_columns(pl.col("cell").cast(pl.Int64))
    extra = phantoms.select("sum", "axis", "cell", pl.lit(True).alias("part"))
    return pl.concat([sums, extra]).sort("sum", "part", "cell"), phantoms.select("cell", "sum")


def _subsets(keyed: pl.DataFrame, structure: Structure) -> pl.DataFrame:
    """inner, outer: the same cell of an indicator and of every one it is nested in, also where one between is absent."""
    pairs = pl.DataFrame(
        _closed(structure.nested), schema={"indicator": pl.String, "outer_indicator": pl.String}, orient="row"
    )
    rest = [c for c in CELL if c != "indicator"]
    inner = (
        keyed.join(pairs, on="indicator", maintain_order="left").rename({"cell": "inner"}).drop("indicator")
    )
    outer = keyed.rename({"cell": "outer", "indicator": "outer_indicator"})
    return inner.join(outer, on=[*rest, "outer_indicator"], maintain_order="left").select("inner", "outer")


def _closed(nested: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Every (part, whole) that follows from the pairs given: parts of parts are parts.

    >>> _closed((("month", "year"), ("year", "ever")))
    [('month', 'ever'), ('month', 'year'), ('year', 'ever')]
    """
    wholes: dict[str, set[str]] = {}
    for inner, outer in nested:
        wholes.setdefault(inner, set()).add(outer)
    while True:
        further = {i: set[str]().union(*(wholes.get(o, set()) for o in outs)) for i, outs in wholes.items()}
        if all(further[i] <= wholes[i] for i in wholes):
            return sorted((i, o) for i, outs in wholes.items() for o in outs - {i})
        wholes = {i: outs | further[i] for i, outs in wholes.items()}


def find_open(cells: pl.DataFrame, structure: Structure) -> Structure:
    """`structure` with the axes that the numbers show to be open: a total above the most its parts can be.

    cells: a tabulated cube with all its numbers. One open sum opens the axis for its year and municipality.
    """
    ties = tie(cells, structure)
    bounds = cells.select(
        pl.coalesce("n_low", "n").fill_null(0).alias("low"),
        pl.coalesce("n_high", "n").fill_null(UNBOUNDED).alias("high"),
    ).with_row_index("cell")
    valued = ties.sums.filter(pl.col("axis").is_in(OPEN_AXES)).join(
        bounds.with_columns(pl.col("cell").cast(pl.Int64)), on="cell", maintain_order="left"
    )
    gaps = valued.group_by("sum", maintain_order=True).agg(
        pl.col("axis").first(),
        pl.col("cell").filter(~pl.col("part")).first(),
        (pl.col("low").filter(~pl.col("part")).first() - pl.col("high").filter("part").sum()).alias("gap"),
    )
    found = gaps.filter(pl.col("gap") > 0)
    places = cells[found["cell"].to_list()].select("year", "municipality").with_columns(found["axis"])
    return replace(structure, open=tuple(places.unique().sort("year", "municipality", "axis").iter_rows()))
