"""The cells that page and effects may use, out of everything that was read.

Turns a Cube (any mix of districts, schools, grades, sexes) into the declared margins: for every
municipality whole x (grades and strata) x sexes, and for the promise municipality also its districts and
pooled districts x (grades and strata). Sums what the source did not publish, never a total onto its parts;
a published total always wins over the sum of its parts (they may differ by rounding). Masks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from lhu_effect.definitions.model import GRADES
from lhu_effect.survey.cube import CUBE_SCHEMA, KEY, Cube, as_cube, merge_flags

if TYPE_CHECKING:
    from lhu_effect.study.model import PooledDistrict, Study

COUNTS: tuple[str, ...] = ("n", "n_low", "n_high", "k", "k_low", "k_high")
_CELL = ["year", "municipality", "district", "grade", "sex", "indicator"]
_SEVERITY = {"observed": 0, "masked": 1, "missing": 2, "not_asked": 3}
_NAMES = {v: k for k, v in _SEVERITY.items()}


def tabulate(cube: Cube, study: Study) -> Cube:
    """The cells of `study` that may be used, one row each; `grade` also holds stratum ids.

    Rows of schools and organisers, other places than the study's and cells outside the margins are left
    out. `all` is the municipality's own published total; districts are summed only if every one that has
    pupils is observed; sexes only where there is no `all` and both girls and boys are there; a stratum and
    a pooled district only if every part is there. Flags: `summed` (no published total), `pooled` (districts
    counted together), `part_masked` (a masked sum some parts of which are known: bounds, no count),
    `geography` (a district whose border moved: compare its pooled id instead).

    Tabulating twice changes nothing. A sum with a masked part is masked with the parts' bounds added; with
    a missing part it is missing.

    >>> from lhu_effect.survey.cube import as_cube
    >>> import polars as pl
    >>> from lhu_effect.study.model import Study
    >>> from lhu_effect.definitions.model import Registry
    >>> two = pl.DataFrame({"year": 2020, "municipality": "0486", "district": "all", "grade": ["ak9", "gy2"],
    ...     "sex": "all", "indicator": "narcotics_ever", "n": [400, 300], "k": [40, 45], "status": "observed"})
    >>> tabulate(as_cube(two), Study("0486", Registry())).filter(grade="ak9_gy2").frame["k"].to_list()
    [85]
    """
    own = _own_cells(cube, study)
    own = _with_total(own, "sex", _both_sexes(own))
    whole = _whole(own, study)
    parts = own.filter(
        pl.col("district") != "all", pl.col("sex") == "all", pl.col("municipality") == study.municipality
    )
    parts = pl.concat([parts, *(_pooled(parts, p, study) for p in study.pooled)])
    cells = pl.concat([whole, parts])
    cells = pl.concat([cells, *(sum_grades(cells, s.id, s.grades) for s in study.strata)])
    return as_cube(_mark_geography(cells, study))


def _own_cells(cube: Cube, study: Study) -> pl.DataFrame:
    """Rows of whole places: no schools, no organisers, the study's municipalities; bounds filled from counts."""
    frame = cube.frame.filter(pl.col("school").is_null(), ~pl.col("organiser"))
    wanted = pl.col("municipality").str.len_chars() == 4
    if study.comparison != ("all",):
        wanted = wanted & pl.col("municipality").is_in([study.municipality, *study.comparison])
    bounds = [
        pl.coalesce(pl.col(f"{c}_{end}"), pl.col(c)).alias(f"{c}_{end}")
        for c in ("n", "k")
        for end in ("low", "high")
    ]
    return frame.filter(wanted).with_columns(bounds)


def _both_sexes(own: pl.DataFrame) -> pl.DataFrame:
    """Cells where girls and boys both are listed: only there do the sexes add up to everyone."""
    listed = own.filter(pl.col("sex").is_in(["girl", "boy"]))
    keys = [c for c in _CELL if c != "sex"]
    return listed.group_by(keys).agg(pl.col("sex").n_unique().alias("sexes")).filter(pl.col("sexes") == 2)


def _with_total(own: pl.DataFrame, axis: str, complete: pl.DataFrame) -> pl.DataFrame:
    """`own` with sums over `axis` where no usable total is published and `complete` says the parts are all."""
    rest = [c for c in _CELL if c != axis]
    usable = own.filter(pl.col(axis) == "all", pl.col("status") != "missing")
    parts = own.filter(pl.col(axis) != "all").join(usable, on=rest, how="anti")
    made = add_up(parts.join(complete, on=rest, how="semi"), rest, "summed")
    made = made.with_columns(pl.lit("all").alias(axis)).select(own.columns)
    empty = own.filter(pl.col(axis) == "all", pl.col("status") == "missing").join(made, on=rest, how="anti")
    return pl.concat([own.filter(pl.col(axis) != "all"), usable, empty, made])


def _whole(own: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Whole municipalities: the published total, else the sum of all districts if every one is observed."""
    districts = own.filter(pl.col("district") != "all")
    seen = districts.filter(pl.col("status") == "observed")
    registered = {p.code: tuple(d.id for d in p.districts) for p in study.registry.places.values()}
    expected = _expected(seen, registered, study)
    inside = _inside(districts, expected)
    totals = own.filter(pl.col("district") == "all")
    made = _with_total(pl.concat([totals, inside]), "district", _all_there(seen, expected))
    return made.filter(pl.col("district") == "all")


def _pooled(parts: pl.DataFrame, pool: PooledDistrict, study: Study) -> pl.DataFrame:
    """The districts of `pool` counted together; a published row of that id wins.

    Every district must be there, except one the registers know to have no pupils of that grade then.
    """
    keys = [c for c in _CELL if c != "district"]
    expected = _expected(parts, {study.municipality: pool.districts}, study)
    inside = _inside(parts.filter(pl.col("district").is_in(list(pool.districts))), expected)
    published = parts.filter(pl.col("district") == pool.id)
    inside = inside.join(_all_there(inside, expected), on=keys, how="semi").join(
        published, on=keys, how="anti"
    )
    return (
        add_up(inside, keys, "pooled").with_columns(pl.lit(pool.id).alias("district")).select(parts.columns)
    )


def _inside(districts: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """Rows that a sum of districts is made of: the expected ones, and any that has answers though none was expected.

    Registers may be wrong about who has pupils; a sum that left such a district out would be another district's
    own number.
    """
    answered = pl.col("status").is_in(["observed", "masked"])
    wanted = districts.join(expected, on=expected.columns, how="semi", maintain_order="left")
    further = districts.filter(answered).join(
        expected, on=expected.columns, how="anti", maintain_order="left"
    )
    places = expected.select("year", "municipality", "grade").unique()
    return pl.concat([wanted, further.join(places, on=places.columns, how="semi", maintain_order="left")])


def _expected(cells: pl.DataFrame, districts: Mapping[str, Sequence[str]], study: Study) -> pl.DataFrame:
    """Year x municipality x grade x district that must be there before a sum of `districts` is whole."""
    waves = cells.select("year", "municipality", "grade").unique().sort("year", "municipality", "grade")
    rows = [
        (year, code, grade, district)
        for year, code, grade in waves.iter_rows()
        for district in districts.get(code, ())
        if has_pupils(study, code, district, grade, year) is not False
    ]
    schema = {"year": pl.Int64, "municipality": pl.String, "grade": pl.String, "district": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _all_there(cells: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """The keys (without district) of the cells that every expected district has."""
    keys = [c for c in _CELL if c != "district"]
    found = cells.join(expected, on=expected.columns, how="semi").group_by(keys).agg(pl.len().alias("found"))
    place = ["year", "municipality", "grade"]
    needed = expected.group_by(place).agg(pl.len().alias("needed"))
    return found.join(needed, on=place).filter(pl.col("found") == pl.col("needed"))


def has_pupils(study: Study, municipality: str, district: str, grade: str, year: int) -> bool | None:
    """Whether a district had pupils of a grade in the spring of `year`; None when the registers do not say.

    Asked first: the enrolment; then the schools (`closed` and `opened` are autumns). Both know districts of
    schools, so neither says anything of home districts.
    """
    if study.district_basis == "home" and district != "all":
        return None
    for e in study.enrolment:
        if (e.wave, e.municipality, e.district, e.grade) == (year, municipality, district, grade):
            return e.pupils > 0
    schools = [
        s for s in study.registry.schools.values() if s.municipality == municipality and grade in s.grades
    ]
    if not schools:
        return None
    open_then = [
        s for s in schools if (s.opened is None or s.opened < year) and (s.closed is None or s.closed >= year)
    ]
    return any(s.district == district for s in open_then)


def sum_grades(cells: pl.DataFrame, name: str, grades: Sequence[str]) -> pl.DataFrame:
    """Cells of a stratum: the sum of its grades where each has a row; nothing where it is itself a grade id."""
    if name in GRADES:
        return cells.clear()
    keys = [c for c in _CELL if c != "grade"]
    made_before = cells.filter(pl.col("grade") == name)
    parts = cells.filter(pl.col("grade").is_in(list(grades))).join(made_before, on=keys, how="anti")
    complete = parts.group_by(keys).agg(pl.len().alias("found")).filter(pl.col("found") == len(set(grades)))
    made = add_up(parts.join(complete, on=keys, how="semi"), keys)
    return made.with_columns(pl.lit(name).alias("grade")).select(cells.columns)


def add_up(parts: pl.DataFrame, by: list[str], *flags: str) -> pl.DataFrame:
    """One row per `by`: counts and bounds added (null if any part's is), the worst status, flags joined.

    percent and cell are null, since no cell of a file holds the sum. A count that its bounds pin down is known.
    """
    worst = pl.col("status").replace_strict(_SEVERITY, return_dtype=pl.Int64).max()
    made = parts.group_by(by, maintain_order=True).agg(
        *(pl.when(pl.col(c).null_count() == 0).then(pl.col(c).sum()).alias(c) for c in COUNTS),
        worst.replace_strict(_NAMES, return_dtype=pl.String).alias("status"),
        merge_flags(*flags),
        pl.col("file").first(),
        pl.col("sheet").first(),
        pl.len().alias("parts"),
        pl.col("percent").first(),
        pl.col("cell").first(),
    )
    counted = pl.col("status").is_in(["observed", "masked"])
    summed = pl.col("parts") > 1
    made = made.with_columns(
        *(pl.when(counted).then(pl.col(c)).alias(c) for c in COUNTS),
        *(pl.when(~summed).then(pl.col(c)).alias(c) for c in ("percent", "cell")),
        pl.when(summed & (pl.col("status") == "masked"))
        .then(_add_flag("part_masked"))
        .otherwise(pl.col("flags"))
        .alias("flags"),
    )
    made = made.with_columns(
        *(
            pl.when(pl.col("status") == "observed")
            .then(pl.coalesce(pl.col(c), pl.when(pl.col(f"{c}_low") == pl.col(f"{c}_high")).then(f"{c}_low")))
            .otherwise(pl.col(c))
            .alias(c)
            for c in ("n", "k")
        )
    )
    gone = [pl.lit(None, dtype=t).alias(c) for c, t in CUBE_SCHEMA.items() if c not in made.columns]
    made = made.with_columns(gone).with_columns(pl.lit(False).alias("organiser"))
    return made.select(list(CUBE_SCHEMA))


def _add_flag(flag: str) -> pl.Expr:
    """The row's flags and `flag`, sorted, blank-separated, each once."""
    both = pl.concat_list(pl.col("flags").str.split(" "), pl.lit([flag], dtype=pl.List(pl.String)))
    return both.list.unique().list.sort().list.join(" ").str.strip_chars(" ")


def _mark_geography(cells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Flag `geography` on districts whose border moved, in the grades where it did (strata of them too)."""
    moved = pl.lit(False)
    for pool in study.pooled:
        if pool.basis != study.district_basis:
            continue
        grades = set(pool.grades)
        strata = {s.id for s in study.strata if grades & set(s.grades)}
        touched = pl.lit(True) if not grades else pl.col("grade").is_in(sorted(grades | strata))
        moved = moved | (pl.col("district").is_in(list(pool.districts)) & touched)
    own = pl.col("municipality") == study.municipality
    return cells.with_columns(
        pl.when(own & moved).then(_add_flag("geography")).otherwise(pl.col("flags")).alias("flags")
    )


assert set(_CELL) | {"school", "organiser"} == set(KEY)
