"""Pupils' rows and a codebook into a Cube: one grouped sum inside the engine that holds the rows.

Any frame narwhals knows will do. The rows never leave their engine: what comes back is one small table of
sums per combination of keys, and only that is labelled, checked and spread over the margins here. No
pupil's row is ever in a result, message or log; messages give column, value and count.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import polars as pl

from lhu_effect.errors import InputError, UsageError, nearest
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey import codes
from lhu_effect.survey.cells import fold
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.keys import name_keys
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.margins import between_classes, spread
from lhu_effect.survey.model import Issue

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

ROLES: tuple[str, ...] = ("year", "municipality", "district", "grade", "sex", "school", "class", "weight")
GROUPS: tuple[str, ...] = ("year", "municipality", "district", "grade", "sex", "school")
_MOST_VALUES = 10_000
_FILTERED = 0.3


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a file says of one of its columns beside the values: labels, and values that are no answers."""

    labels: Mapping[str | float, str] = field(default_factory=dict)
    missing: tuple[tuple[float, float], ...] = ()
    missing_texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CountedRecords:
    """The cube, what was odd, and which columns were used (in the codebook's order)."""

    cube: Cube
    issues: tuple[Issue, ...]
    rows: int
    used: tuple[str, ...]


def count_records(
    frame: IntoFrame,
    study: Study,
    *,
    keys: Mapping[str, str] | None = None,
    codebook: Sequence[CodebookEntry] | None = None,
    meanings: Mapping[str, Meaning] | None = None,
    file: str = "",
) -> Cube:
    """Count pupils' rows into a Cube.

    frame: one row per pupil: polars (eager or lazy), pandas, pyarrow, DuckDB, PySpark, or anything else
    narwhals takes; the counting runs there. keys: role -> column (roles: year, municipality, district,
    grade, sex, school, class, weight), default `study.codebook_keys`. codebook: default
    `study.codebook`. meanings: labels and missing values per column, as a .sav file has them.

    The cube has rows for the municipality (`district` all), each district and each school, for each
    sex and `all`. n: those who answered; a blank or missing code is no answer, never "no". status
    not_asked: nobody in that grade and wave has an answer. With a weight column n is Kish's effective
    number, k its share, percent the weighted share (flag `weighted`). With columns for school and class, and no
    weights, `classes` says how answers vary between classes: estimates take their design effect from it.

    Raises InputError naming column, value and count for a column or code that does not exist, answers
    the codebook does not know, labels nobody knows, and weights that are not above zero.

    >>> import polars as pl
    >>> from lhu_effect.definitions import load_registry
    >>> from lhu_effect.study.model import CodebookEntry, Study
    >>> rows = pl.DataFrame({"ar": 2023, "arskurs": 9, "F46": [1, 2, 2, None]})
    >>> book = [CodebookEntry("narcotics_ever", 2023, "F46", yes=("2",), no=("1",))]
    >>> cube = count_records(rows, Study("0486", load_registry()), codebook=book,
    ...     keys={"year": "ar", "grade": "arskurs"})
    >>> cube.frame.select("grade", "sex", "n", "k").rows()
    [('ak9', 'all', 3, 2)]
    """
    return count(frame, study, keys=keys, codebook=codebook, meanings=meanings, file=file).cube


def count(
    frame: IntoFrame,
    study: Study,
    *,
    keys: Mapping[str, str] | None = None,
    codebook: Sequence[CodebookEntry] | None = None,
    meanings: Mapping[str, Meaning] | None = None,
    labels: Labels | None = None,
    file: str = "",
) -> CountedRecords:
    """As `count_records`, with what was odd on the way."""
    roles = {r: c for r, c in (study.codebook_keys if keys is None else keys).items() if c}
    book = tuple(study.codebook if codebook is None else codebook)
    if not book:
        raise InputError("files.no_codebook", file=file or None)
    rows = in_engine(frame)
    schema = rows.collect_schema()
    _require(roles, book, schema.names(), file)
    _require_indicators(book, study, file)
    book = tuple(e for e in book if set(codes.variables(codes.definition(e))) <= set(schema.names()))
    made = tuple(dict.fromkeys(codes.definition(e) for e in book))
    columns = columns_of(rows, made, schema, meanings or {})
    counted = [codes.counted(d, columns, file) for d in made]
    sums, total = _sums(rows, roles, counted)
    _check_weights(sums, roles, file)
    told = {role: dict((meanings or {}).get(c, Meaning()).labels) for role, c in roles.items()}
    named, issues = name_keys(sums, roles, told, study, labels or Labels(study.registry), book, file)
    if int(sums["unknown"].sum()):
        _stop_unknown(rows, book, made, counted, columns, roles, named, file)
    issues += [*_filtered(named, book, made, file), *_outside(named, roles, book, file)]
    cube = spread(named, book, made, file, weighted="weight" in roles)
    if "class" in _grouped_by(roles):
        cube = replace(cube, classes=between_classes(named, book, made))
    elif "class" in roles:
        issues.append(Issue("files.class_not_used", "note", file, "", "", {"column": roles["class"]}))
    used = (*dict.fromkeys([*roles.values(), *(v for d in made for v in codes.variables(d))]),)
    return CountedRecords(cube, tuple(issues), total, used)


def _require(
    roles: Mapping[str, str], book: Sequence[CodebookEntry], names: Sequence[str], file: str
) -> None:
    """Every role and key column exists, and at least the variables of one wave."""
    import difflib

    def fail(rule: str, name: str, **facts: str | int) -> None:
        near = difflib.get_close_matches(name, names, 1)
        error = InputError(f"files.{rule}", file=file or None)
        error.facts = {"column": name, "closest": near[0] if near else "–", **facts}
        raise error

    for role, column in roles.items():
        if role not in ROLES:
            raise InputError("files.unknown_role", file=file or None, role=role, known=", ".join(ROLES))
        if column not in names:
            fail("unknown_key_column", column, role=role)
    waves = {e.wave for e in book}
    for entry in book:
        for variable in codes.variables(codes.definition(entry)):
            whole_wave_absent = len(waves) > 1 and not any(
                e.variable in names for e in book if e.wave == entry.wave
            )
            if variable not in names and not whole_wave_absent:
                fail("unknown_variable", variable, indicator=entry.indicator, wave=entry.wave)
    if not any(e.variable in names for e in book):
        fail("unknown_variable", book[0].variable, indicator=book[0].indicator, wave=book[0].wave)


def _is_near(name: str, known: Iterable[str]) -> bool:
    return bool(get_close_matches(name, known, n=1, cutoff=0.75))


def _require_indicators(book: Sequence[CodebookEntry], study: Study, file: str) -> None:
    """An indicator that the study lacks is counted under its own id, unless it is likely a misspelt one."""
    known = study.registry.indicators
    unknown = next((e for e in book if e.indicator not in known and _is_near(e.indicator, known)), None)
    if unknown is not None:
        near = nearest(unknown.indicator, known)
        raise InputError("files.unknown_indicator", file=file or None, found=unknown.indicator, known=near)


def in_engine(frame: object) -> Any:
    """The frame as narwhals sees it. Raises UsageError for what is no table of an engine it knows."""
    try:
        return nw.from_native(cast(Any, frame))
    except TypeError as error:
        raise UsageError("files.no_frame", found=type(frame).__name__) from error


def columns_of(
    rows: Any, made: Sequence[codes.Definition], schema: Any, meanings: Mapping[str, Meaning]
) -> dict[str, codes.Column]:
    found = {}
    for name in dict.fromkeys(v for d in made for v in codes.variables(d)):
        kind = _kind(schema[name])
        floats = schema[name].is_float()
        meaning = meanings.get(name, Meaning())
        values = _values(rows, name) if kind == "text" else {}
        found[name] = codes.Column(
            name, kind, values, meaning.labels, meaning.missing, meaning.missing_texts, floats
        )
    return found


def _kind(dtype: Any) -> Any:
    if dtype.is_numeric():
        return "number"
    if dtype == nw.Boolean:
        return "boolean"
    return "text" if dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object) else "other"


def _values(rows: Any, name: str) -> dict[str, int]:
    """The different values of a text column and how many rows have each."""
    seen = rows.select(name).group_by(name).agg(nw.len().alias("rows"))
    table = collect(seen)
    if table.height > _MOST_VALUES:
        raise InputError("files.not_codes", column=name)
    return {str(v): n for v, n in sorted(table.rows(), key=str) if v is not None}


def _sums(rows: Any, roles: Mapping[str, str], made: Sequence[codes.Counted]) -> tuple[pl.DataFrame, int]:
    """One row per combination of raw keys: `rows`, `unknown`, and per definition i: y<i> (yes), b<i> (answered).

    With weights also wy<i>, wb<i> (weighted sums), sb<i> (sum of squared weights) and bad_weight.
    0/1 columns are computed first and then plainly summed: some engines ignore a condition inside a sum.
    """
    groups = {role: roles[role] for role in _grouped_by(roles)}
    keyed = [nw.col(column).alias(role) for role, column in groups.items()] or [nw.lit(0).alias("whole")]
    flags = {f"{sign}{i}": e for i, c in enumerate(made) for sign, e in (("y", c.yes), ("b", c.answered))}
    flags["unknown"] = functools.reduce(operator.or_, [c.unknown for c in made])
    whole = _summable(rows)
    weight = roles.get("weight")
    if weight:
        keyed.append(nw.col(weight).cast(nw.Float64).alias("w"))
    table = rows.select(*keyed, *(whole(e).alias(name) for name, e in flags.items()))
    summed = list(flags)
    if weight:
        more = _weighted([n for n in flags if n != "unknown"])
        table = table.with_columns(e.alias(name) for name, e in more.items())
        summed += more
    sums = table.group_by(*(groups or {"whole": ""})).agg(
        nw.len().alias("rows"), *(nw.col(n).sum().alias(n) for n in summed)
    )
    small = collect(sums)
    counts = [n for n in small.columns if n in flags or n in ("rows", "bad_weight")]
    absent = [pl.lit(None, dtype=pl.String).alias(r) for r in (*GROUPS, "class") if r not in small.columns]
    small = small.with_columns(pl.col(counts).cast(pl.Int64), *absent)
    return small, int(small["rows"].sum())


def _grouped_by(roles: Mapping[str, str]) -> list[str]:
    """The roles that rows are summed by: classes too where their schools are known and every pupil counts alike."""
    classes = ("class",) if "school" in roles and "weight" not in roles else ()
    return [role for role in (*GROUPS, *classes) if role in roles]


def _summable(rows: Any) -> Callable[[nw.Expr], nw.Expr]:
    """How this engine sums 0/1: polars counts booleans as they are, others want whole numbers."""
    if rows.implementation.is_polars():
        return lambda e: e
    return lambda e: e.cast(nw.Int64)


def _weighted(names: Sequence[str]) -> dict[str, nw.Expr]:
    w = nw.col("w")
    made = {f"w{n}": nw.col(n).cast(nw.Float64) * w for n in names}
    made |= {f"s{n}": nw.col(n).cast(nw.Float64) * w * w for n in names if n[0] == "b"}
    return made | {"bad_weight": (~(w > 0) | w.is_nan()).fill_null(True).cast(nw.Int64)}


def collect(lazy: Any) -> pl.DataFrame:
    """The small table, in polars, from whatever engine."""
    if isinstance(lazy, nw.LazyFrame):
        native = lazy.to_native()
        if isinstance(native, pl.LazyFrame):
            return native.collect(engine="streaming")
        lazy = lazy.collect()
    made: pl.DataFrame = lazy.to_polars()
    return made


def _check_weights(sums: pl.DataFrame, roles: Mapping[str, str], file: str) -> None:
    if "bad_weight" in sums.columns and (bad := int(sums["bad_weight"].sum())):
        raise InputError("files.bad_weight", file=file or None, column=roles["weight"], count=bad)


def _stop_unknown(
    rows: Any,
    book: Sequence[CodebookEntry],
    made: Sequence[codes.Definition],
    counted: Sequence[codes.Counted],
    columns: Mapping[str, codes.Column],
    roles: Mapping[str, str],
    named: pl.DataFrame,
    file: str,
) -> None:
    """Answers that no code of their own wave names stop the count: they are neither yes nor no.

    A second pass, by year only, taken when some definition met a value it does not know: in another
    wave that value may have its own code.
    """
    whole = _summable(rows)
    flags = [whole(c.unknown).alias(f"u{i}") for i, c in enumerate(counted)]
    year = [nw.col(roles["year"]).alias("raw_year")] if "year" in roles else [nw.lit(0).alias("raw_year")]
    sums = (
        rows.select(*year, *flags).group_by("raw_year").agg(nw.col(f"u{i}").sum() for i in range(len(made)))
    )
    wave_of = named.select("raw_year", "year").unique()
    if "year" not in roles:
        wave_of = wave_of.with_columns(raw_year=pl.lit(0))
    by_wave = collect(sums).join(wave_of, on="raw_year")
    for entry in book:
        i = made.index(codes.definition(entry))
        unknown = int(by_wave.filter(pl.col("year") == entry.wave)[f"u{i}"].cast(pl.Int64).sum())
        if unknown:
            column = columns[entry.variable]
            values = unknown_values(rows, column, {*entry.yes, *entry.no, *entry.missing})
            raise InputError(
                "files.unknown_answer",
                file=file or None,
                column=entry.variable,
                count=unknown,
                values=codes.show_values(values),
                indicator=entry.indicator,
                wave=entry.wave,
            )


def unknown_values(rows: Any, column: codes.Column, known: set[str]) -> list[tuple[object, int]]:
    """The values of the column that no code names, in the whole file."""
    seen = column.values.items() if column.kind == "text" else _number_counts(rows, column.name)
    folded = {fold(k) for k in known}
    numbers = {n for k in known if (n := codes.as_number(k)) is not None}
    return [
        (v, n)
        for v, n in seen
        if v is not None
        and fold(codes.said(v)) not in folded
        and codes.as_number(codes.said(v)) not in numbers
        and fold(column.labels.get(v, "–")) not in folded
    ]


def _number_counts(rows: Any, name: str) -> list[tuple[Any, int]]:
    return collect(rows.select(name).group_by(name).agg(nw.len().alias("rows"))).rows()


def _outside(
    named: pl.DataFrame, roles: Mapping[str, str], book: Sequence[CodebookEntry], file: str
) -> list[Issue]:
    """Waves that pupils answered in and the codebook has no question for: nobody in them is counted."""
    if "year" not in roles:
        return []
    column, waves = roles["year"], sorted({e.wave for e in book})
    totals = (
        named.filter(~pl.col("year").is_in(waves)).group_by("year").agg(pl.col("rows").sum()).sort("year")
    )
    told = {"column": column, "known": ", ".join(map(str, waves))}
    return [
        Issue("files.wave_not_in_codebook", "warning", file, "", column, told | {"year": year, "count": rows})
        for year, rows in totals.rows()
    ]


def _filtered(
    named: pl.DataFrame, book: Sequence[CodebookEntry], made: Sequence[codes.Definition], file: str
) -> list[Issue]:
    """Questions so many left without an answer that they were probably asked of some only."""
    found = []
    totals = named.group_by("year").agg(pl.col("rows").sum(), pl.col("^b[0-9]+$").sum())
    by_wave = {row["year"]: row for row in totals.rows(named=True)}
    for entry in book:
        here = by_wave.get(entry.wave, {})
        rows = here.get("rows", 0)
        answered = here.get(f"b{made.index(codes.definition(entry))}", 0)
        conditional = entry.base != "all" or any(codes.condition(c) for c in entry.no)
        if answered and not conditional and rows - answered > _FILTERED * rows:
            facts = {"column": entry.variable, "count": rows - answered, "rows": rows}
            facts |= {"indicator": entry.indicator, "wave": entry.wave}
            found.append(Issue("files.filter_question", "warning", file, "", entry.variable, facts))
    return found
