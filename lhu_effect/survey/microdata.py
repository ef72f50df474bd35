"""Pupils' rows and a codebook into a Cube: one grouped sum inside the engine that holds the rows.

Any frame narwhals knows will do. The rows never leave their engine: what comes back is one small table of
sums per combination of keys, and only that is labelled, checked and spread over the margins here. No
pupil's row is ever in a result, message or log; messages give column, value and count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import polars as pl

from lhu_effect.errors import InputError
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey import codes
from lhu_effect.survey.cells import fold
from lhu_effect.survey.cube import Cube, as_cube
from lhu_effect.survey.keys import name_keys
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.margins import spread
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
    number, k its share, percent the weighted share (flag `weighted`).

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
    rows = nw.from_native(cast(Any, frame))
    schema = rows.collect_schema()
    _require(roles, book, schema.names(), file)
    book = tuple(e for e in book if set(codes.variables(codes.definition(e))) <= set(schema.names()))
    made = tuple(dict.fromkeys(codes.definition(e) for e in book))
    columns = _columns(rows, made, schema, meanings or {})
    sums, total = _sums(rows, roles, [codes.counted(d, columns, file) for d in made])
    _check_weights(sums, roles, file)
    told = {role: dict((meanings or {}).get(c, Meaning()).labels) for role, c in roles.items()}
    named, issues = name_keys(sums, roles, told, study, labels or Labels(study.registry), book, file)
    _check_answers(rows, named, book, made, columns, roles, file)
    issues += _filtered(named, book, made, file)
    cube = as_cube(spread(named, book, made, study, file, weighted="weight" in roles))
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


def _columns(
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
    table = _collect(seen)
    if table.height > _MOST_VALUES:
        raise InputError("files.not_codes", column=name)
    return {str(v): n for v, n in sorted(table.rows(), key=str) if v is not None}


def _sums(rows: Any, roles: Mapping[str, str], made: Sequence[codes.Counted]) -> tuple[pl.DataFrame, int]:
    """One row per combination of raw keys: y0, b0, m0, a0 ... per definition, and `rows`.

    0/1 columns are computed first and then plainly summed: some engines ignore a condition inside a sum.
    """
    groups = {role: roles[role] for role in GROUPS if role in roles}
    weight = roles.get("weight")
    ones: dict[str, nw.Expr] = {}
    for i, c in enumerate(made):
        ones |= {f"y{i}": c.yes, f"b{i}": c.answered, f"m{i}": c.silent}
        if c.asked is not None:
            ones[f"a{i}"] = c.asked
    flags = [expr.cast(nw.Int64).alias(name) for name, expr in ones.items()]
    keyed = [nw.col(column).alias(role) for role, column in groups.items()]
    if weight:
        keyed.append(nw.col(weight).cast(nw.Float64).alias("w"))
    if not keyed:
        keyed.append(nw.lit(0).alias("whole"))
        groups = {"whole": "whole"}
    table = rows.select(*keyed, *flags)
    if weight:
        weighted = [(nw.col(n) * nw.col("w")).alias(f"w{n}") for n in ones if n[0] in "yb"]
        squared = [(nw.col(n) * nw.col("w") * nw.col("w")).alias(f"s{n}") for n in ones if n[0] == "b"]
        bad = (~(nw.col("w") > 0) | nw.col("w").is_nan()).fill_null(True).cast(nw.Int64).alias("bad_weight")
        table = table.with_columns(*weighted, *squared, bad)
        ones |= dict.fromkeys(
            [*(f"w{n}" for n in ones if n[0] in "yb"), *(f"s{n}" for n in ones if n[0] == "b")]
        )  # type: ignore[arg-type]
        ones["bad_weight"] = nw.lit(0)
    summed = table.group_by(*groups).agg(nw.len().alias("rows"), *(nw.col(n).sum().alias(n) for n in ones))
    small = _collect(summed)
    whole = [n for n in ("rows", *ones) if n[0] not in "ws" and n in small.columns]
    small = small.with_columns(pl.col(whole).cast(pl.Int64))
    small = small.with_columns(
        pl.lit(None, dtype=pl.String).alias(r) for r in GROUPS if r not in small.columns
    )
    return small, int(small["rows"].sum())


def _collect(lazy: Any) -> pl.DataFrame:
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


def _check_answers(
    rows: Any,
    named: pl.DataFrame,
    book: Sequence[CodebookEntry],
    made: Sequence[codes.Definition],
    columns: Mapping[str, codes.Column],
    roles: Mapping[str, str],
    file: str,
) -> None:
    """Answers in the rows that the codebook does not know stop the count: they are neither yes nor no."""
    for entry in book:
        i = made.index(codes.definition(entry))
        here = named.filter(pl.col("year") == entry.wave)
        asked = pl.col(f"a{i}") if f"a{i}" in named.columns else pl.col("rows")
        unknown = int(here.select((asked - pl.col(f"b{i}") - pl.col(f"m{i}")).sum()).item() or 0)
        if unknown:
            column = columns[entry.variable]
            known = {*entry.yes, *entry.no, *entry.missing}
            raise InputError(
                "files.unknown_answer",
                file=file or None,
                column=entry.variable,
                count=unknown,
                values=codes.show_values(_unknown_values(rows, column, known)),
                indicator=entry.indicator,
                wave=entry.wave,
            )


def _unknown_values(rows: Any, column: codes.Column, known: set[str]) -> list[tuple[object, int]]:
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
    return _collect(rows.select(name).group_by(name).agg(nw.len().alias("rows"))).rows()


def _filtered(
    named: pl.DataFrame, book: Sequence[CodebookEntry], made: Sequence[codes.Definition], file: str
) -> list[Issue]:
    """Questions so many left without an answer that they were probably asked of some only."""
    found = []
    for entry in book:
        i = made.index(codes.definition(entry))
        here = named.filter(pl.col("year") == entry.wave)
        rows, answered = int(here["rows"].sum()), int(here[f"b{i}"].sum())
        conditional = entry.base != "all" or any(codes.condition(c) for c in entry.no)
        if answered and not conditional and rows - answered > _FILTERED * rows:
            facts = {"column": entry.variable, "count": rows - answered, "rows": rows}
            facts |= {"indicator": entry.indicator, "wave": entry.wave}
            found.append(Issue("files.filter_question", "warning", file, "", entry.variable, facts))
    return found
