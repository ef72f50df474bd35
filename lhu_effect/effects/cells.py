"""A table of cells to arrays: one block of counts per indicator and stratum, units by waves.

Takes the frame of a tabulated Cube or a MaskedCube and keeps what effects need: sex all, no school rows,
the promise municipality's units and the comparison municipalities whole. Estimates nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.effects.noise import Array
from lhu_effect.study.model import Study

ABSENT, OBSERVED, MASKED, MISSING, NOT_ASKED = range(5)
_STATUS = {"observed": OBSERVED, "masked": MASKED, "missing": MISSING, "not_asked": NOT_ASKED}
CARRIED = ("summed", "pooled", "synthetic", "organiser", "coverage_moved")
_NUMBERS = ("n", "n_low", "n_high", "k_low", "k_high", "percent")

Unit = tuple[str, str]  # municipality, district


@dataclass(frozen=True, eq=False)
class Block:
    """Counts of one indicator in one stratum. All arrays units x waves, NaN where not known.

    k_low..k_high: the count's bounds, equal when it is known. n: answers; NaN with n_low..n_high when only
    bounded. percent: 0-100 as published. status: ABSENT, OBSERVED, MASKED, MISSING, NOT_ASKED.
    """

    n: Array
    n_low: Array
    n_high: Array
    k_low: Array
    k_high: Array
    percent: Array
    status: NDArray[np.int8]
    flags: NDArray[np.object_]

    @cached_property
    def contradictory(self) -> NDArray[np.bool_]:
        """Cells whose numbers cannot all be true: crossed bounds, more yes-answers than answers."""
        n_top = np.where(np.isnan(self.n), self.n_high, self.n)
        with np.errstate(invalid="ignore"):
            return np.asarray(
                (self.k_low > self.k_high)
                | (self.k_low < 0)
                | (self.k_low > n_top)
                | (self.n_low > self.n_high)
                | (self.percent < 0)
                | (self.percent > 100)
            )

    @cached_property
    def bounded_n(self) -> NDArray[np.bool_]:
        """Observed cells whose per cent is known and whose n only lies between bounds."""
        known = ~np.isnan(self.n_low) & ~np.isnan(self.n_high) & ~np.isnan(self.percent)
        return np.asarray((self.status == OBSERVED) & np.isnan(self.n) & known)

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Cells with an n and bounds for k, observed or masked."""
        seen = (self.status == OBSERVED) | (self.status == MASKED)
        return np.asarray(seen & ~np.isnan(self.n) & ~np.isnan(self.k_low) & ~np.isnan(self.k_high))

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Cells that exist in the table with an answer, shown or hidden."""
        return np.asarray((self.status == OBSERVED) | (self.status == MASKED))

    @cached_property
    def hidden(self) -> NDArray[np.bool_]:
        """Cells whose bounds come from a mask, their own or a part's."""
        parts = [["part_masked" in f for f in row] for row in self.flags.tolist()]
        return np.asarray((self.status == MASKED) | np.array(parts, dtype=bool).reshape(self.status.shape))

    @cached_property
    def unbased(self) -> NDArray[np.bool_]:
        """Cells that may not be shown because the source gives per cents without the number of answers."""
        no_base = [["n_bounded" in f for f in row] for row in self.flags.tolist()]
        flagged = np.array(no_base, dtype=bool).reshape(self.status.shape)
        return np.asarray((self.status == MASKED) & flagged & ~self.counted)

    def with_sum(self, rows: Sequence[int]) -> Block:
        """One more unit: the sum of `rows`, known only where every part is."""
        return Block(
            status=np.vstack([self.status, _worst(self.status[list(rows)])]),
            flags=np.vstack([self.flags, np.where((self.status[list(rows)] > ABSENT).all(0), "summed", "")]),
            percent=np.vstack([self.percent, np.full(self.percent.shape[1], np.nan)]),
            **{
                name: np.vstack([values, values[list(rows)].sum(0)])
                for name in ("n", "n_low", "n_high", "k_low", "k_high")
                for values in (getattr(self, name),)
            },
        )


@dataclass(frozen=True, eq=False)
class Cells:
    """All blocks of a study. years ascending; units: the promise municipality's first, then comparisons.

    districts: the promise municipality's units ("all", districts, pooled ids) in the study's order. asked:
    indicators of the table in grades outside every stratum too.
    """

    years: tuple[int, ...]
    units: tuple[Unit, ...]
    districts: tuple[str, ...]
    comparison: tuple[str, ...]
    blocks: dict[tuple[str, str], Block]
    asked: tuple[str, ...] = ()

    def block(self, indicator: str, stratum: str) -> Block | None:
        """Counts of one indicator in one stratum, None where the table has none."""
        return self.blocks.get((indicator, stratum))

    def row(self, municipality: str, district: str = "all") -> int:
        """The unit's place in every array."""
        return self.units.index((municipality, district))

    def indicators(self) -> tuple[str, ...]:
        """Indicators in the table, sorted."""
        return tuple(sorted({i for i, _ in self.blocks} | set(self.asked)))

    def regions(self, rows: Sequence[int]) -> tuple[str, ...] | None:
        """The county of each unit (first two digits of its code); None where all are of one."""
        counties = tuple(self.units[r][0][:2] for r in rows)
        return counties if len(set(counties)) > 1 else None


def read_cells(frame: pl.DataFrame, study: Study, comparison: Sequence[str]) -> Cells:
    """The cells of `frame` (CUBE_SCHEMA columns) that effects use. comparison: municipality codes."""
    strata = [s.id for s in study.strata]
    own = pl.col("municipality") == study.municipality
    compared = pl.col("municipality").is_in(list(comparison)) & (pl.col("district") == "all")
    used = frame.filter(
        pl.col("school").is_null(),
        ~pl.col("organiser"),
        pl.col("sex") == "all",
        pl.col("grade").is_in(strata),
        own | compared,
    )
    mine = frame.filter(own)
    years = tuple(sorted({*used["year"].to_list(), *mine["year"].to_list()}))
    districts = _districts(used.filter(own)["district"].unique().to_list(), study)
    units = (*((study.municipality, d) for d in districts), *((c, "all") for c in sorted(comparison)))
    asked = tuple(sorted(set(mine["indicator"].to_list())))
    cells = Cells(years, units, districts, tuple(sorted(comparison)), _blocks(used, years, units), asked)
    for parts in _covered_together(study, districts):
        cells = _summed(cells, study.municipality, parts)
    return cells


def unit_of(districts: Sequence[str], study: Study) -> str:
    """The id under which districts covered together are answered: the pooled id that is them, else "a+b"."""
    pooled = next((p.id for p in study.pooled if set(p.districts) == set(districts)), None)
    return pooled or "+".join(districts)


def _covered_together(study: Study, districts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Sets of districts that promises cover and that are no unit yet."""
    from lhu_effect.effects.periods import coverages

    return [c for c in coverages(study) if unit_of(c, study) not in districts and set(c) <= set(districts)]


def _summed(cells: Cells, municipality: str, parts: tuple[str, ...]) -> Cells:
    """`cells` with one unit more, the sum of `parts`, last in every array."""
    rows = [cells.row(municipality, d) for d in parts]
    return Cells(
        years=cells.years,
        units=(*cells.units, (municipality, "+".join(parts))),
        districts=(*cells.districts, "+".join(parts)),
        comparison=cells.comparison,
        blocks={key: block.with_sum(rows) for key, block in cells.blocks.items()},
        asked=cells.asked,
    )


def read_parts(frame: pl.DataFrame, study: Study, cells: Cells) -> dict[tuple[str, str, str], Block]:
    """Blocks by (indicator, grade, sex) of single grades and strata, on the units and waves of `cells`."""
    wanted = {g for s in study.strata for g in (*s.grades, s.id)}
    used = frame.filter(
        pl.col("school").is_null(),
        ~pl.col("organiser"),
        pl.col("grade").is_in(sorted(wanted)),
        pl.col("year").is_in(list(cells.years)),
    ).join(
        pl.DataFrame(list(cells.units), schema=["municipality", "district"], orient="row"),
        on=["municipality", "district"],
        how="semi",
    )
    found: dict[tuple[str, str, str], Block] = {}
    for key, part in used.sort("sex").group_by("sex", maintain_order=True):
        made = _blocks(part, cells.years, cells.units)
        found |= {(indicator, grade, str(key[0])): b for (indicator, grade), b in made.items()}
    return found


def _districts(found: list[str], study: Study) -> tuple[str, ...]:
    """`all` first, then districts in the register's order, pooled ids, others by name."""
    place = study.registry.places.get(study.municipality)
    known = ["all", *(d.id for d in place.districts if place)] if place else ["all"]
    known += [p.id for p in study.pooled]
    order = [d for d in known if d in found] + sorted(set(found) - set(known))
    return tuple(dict.fromkeys(["all", *order]))


def _blocks(
    used: pl.DataFrame, years: tuple[int, ...], units: tuple[Unit, ...]
) -> dict[tuple[str, str], Block]:
    """Every (indicator, grade) of `used` as a block, sorted; filled in one pass over the rows."""
    at_unit = {u: i for i, u in enumerate(units)}
    at_year = {y: t for t, y in enumerate(years)}
    keys = list(zip(used["indicator"].to_list(), used["grade"].to_list(), strict=True))
    at_key = {key: b for b, key in enumerate(sorted(set(keys)))}
    places = zip(used["municipality"].to_list(), used["district"].to_list(), strict=True)
    where = (
        np.array([at_key[key] for key in keys], dtype=np.intp),
        np.array([at_unit[u] for u in places], dtype=np.intp),
        np.array([at_year[y] for y in used["year"].to_list()], dtype=np.intp),
    )
    shape = (len(at_key), len(units), len(years))
    filled = {name: _filled(values, where, shape) for name, values in _numbers(used).items()}
    status = np.zeros(shape, dtype=np.int8)
    status[where] = [_STATUS[x] for x in used["status"].to_list()]
    flags = np.full(shape, "", dtype=object)
    flags[where] = used["flags"].fill_null("").to_list()
    return {
        key: Block(status=status[b], flags=flags[b], **{name: x[b] for name, x in filled.items()})
        for key, b in at_key.items()
    }


def _numbers(used: pl.DataFrame) -> dict[str, Array]:
    """The columns of counts as floats, NaN for null; bounds of k from k where it is known."""
    bounds = [pl.coalesce("k", c).alias(c) for c in ("k_low", "k_high")]
    wide = used.select(*(c for c in _NUMBERS if not c.startswith("k_")), *bounds)
    return {c: wide[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for c in _NUMBERS}


def _filled(values: Array, where: tuple[NDArray[np.intp], ...], shape: tuple[int, ...]) -> Array:
    out = np.full(shape, np.nan)
    out[where] = values
    return out


def _worst(status: NDArray[np.int8]) -> NDArray[np.int8]:
    """The status of a sum: absent or missing where a part is, masked where one is, else observed."""
    return np.where((status == ABSENT).any(0), ABSENT, status.max(0)).astype(np.int8)
