"""A codebook's answers against one column's values: which values count, which do not, which are no answer.

Codes may be numbers, texts or value labels ("2", "Ja", "Ej svar"), and an answer may be a condition on
another variable ("F46=1": those never asked because they had said no). The result is a pair of plain
0/1 expressions per definition, the same for every engine that narwhals knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import narwhals as nw

from lhu_effect.errors import InputError
from lhu_effect.study.model import CodebookEntry
from lhu_effect.survey.cells import fold, mask_personal

Values = tuple[str, ...] | tuple[float, ...]
_CONDITION = re.compile(r"\s*([^=!<>]+?)\s*(!=|=)\s*(.+)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the engine holds it. values: all its different values with counts (text columns only).

    labels: value -> label, from the file. missing: values and ranges the file itself calls missing.
    """

    name: str
    kind: Literal["number", "text", "boolean", "other"]
    values: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str | float, str] = field(default_factory=dict)
    missing: tuple[tuple[float, float], ...] = ()
    missing_texts: tuple[str, ...] = ()
    floats: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """What makes an indicator, apart from the wave: waves with equal definitions are counted at once."""

    variable: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    missing: tuple[str, ...]
    base: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Boolean expressions of one definition, never null.

    unknown: belongs to the base and has a value that is neither an answer nor a missing code.
    """

    yes: nw.Expr
    answered: nw.Expr
    unknown: nw.Expr


def definition(entry: CodebookEntry) -> Definition:
    """The entry without its indicator and wave."""
    return Definition(entry.variable, entry.yes, entry.no, entry.missing, entry.base)


def variables(made: Definition) -> tuple[str, ...]:
    """All columns a definition looks at, its own first."""
    conditions = [c for code in (*made.yes, *made.no, *made.missing, made.base) if (c := condition(code))]
    return tuple(dict.fromkeys([made.variable, *(name for name, _, _ in conditions)]))


def condition(code: str) -> tuple[str, bool, tuple[str, ...]] | None:
    """`F46=1|2` as (variable, wanted, codes), `F46!=1` as (variable, unwanted, codes); None for a plain code."""
    match = _CONDITION.fullmatch(code)
    return (match[1], match[2] == "=", tuple(c.strip() for c in match[3].split("|"))) if match else None


def counted(made: Definition, columns: Mapping[str, Column], file: str) -> Counted:
    """The expressions of `made`. Raises InputError when a code can be no value of its column."""
    own = columns[made.variable]
    yes = _any_of(made.yes, own, columns, file)
    silent = nw.col(own.name).is_null() | _declared_missing(own)
    if made.missing:
        silent = silent | _any_of(made.missing, own, columns, file, must_be=False)
    answered = yes | _any_of(made.no, own, columns, file) if made.no else yes | ~silent
    unknown = ~(answered | silent)
    if made.base != "all":
        asked = _any_of((made.base,), own, columns, file)
        yes, answered, unknown = yes & asked, answered & asked, unknown & asked
    return Counted(yes, answered, unknown)


def _any_of(
    codes: tuple[str, ...], own: Column, columns: Mapping[str, Column], file: str, *, must_be: bool = True
) -> nw.Expr:
    """Whether any code or condition holds. must_be: at least one plain code can be a value of the column."""
    plain = tuple(c for c in codes if condition(c) is None)
    found = _holds(plain, own, file, must_be) if plain else None
    for code in codes:
        if (said := condition(code)) is not None:
            name, wanted, values = said
            other = columns[name]
            holds = _holds(values, other, file)
            holds = holds if wanted else ~holds & ~nw.col(other.name).is_null()
            found = holds if found is None else found | holds
    assert found is not None
    return found


def _holds(codes: tuple[str, ...], column: Column, file: str, must_be: bool = True) -> nw.Expr:
    """Whether the column holds one of `codes`, by value or by label."""
    values: list[str] | list[float]
    if column.kind == "number":
        values = [v for code in codes for v in _numbers(code, column)]
        if not values and must_be and not column.labels:
            raise InputError("files.code_not_number", file=file or None, column=column.name, code=codes[0])
    elif column.kind == "text":
        values = [v for code in codes for v in _texts(code, column)]
    else:
        raise InputError("files.not_codes", file=file or None, column=column.name)
    seen = nw.col(column.name)
    if not values:
        return nw.lit(False)
    holds = seen == values[0] if len(values) == 1 else seen.is_in(values)
    return holds.fill_null(False)


def _numbers(code: str, column: Column) -> list[float]:
    value = as_number(code)
    if value is not None:
        return [value]
    labelled = [k for k, label in column.labels.items() if fold(label) == fold(code)]
    return [float(k) for k in labelled if isinstance(k, int | float)]


def _texts(code: str, column: Column) -> list[str]:
    """Every value of the column that is `code`, however it was typed: "2", "2.0", " 2", "JA"."""
    wanted, number = fold(code), as_number(code)
    of_label = {fold(said(k)) for k, label in column.labels.items() if fold(label) == wanted}
    return [
        value
        for value in column.values
        if fold(value) == wanted
        or fold(value) in of_label
        or (as_number(value) is not None and said(as_number(value)) in of_label)
        or (number is not None and as_number(value) == number)
    ]


def _declared_missing(column: Column) -> nw.Expr:
    """What the file itself says is no answer (SPSS user missing values, Stata .a)."""
    seen = nw.col(column.name)
    found = nw.lit(False)
    if column.kind == "number":
        if column.floats:
            found = seen.is_nan().fill_null(False)
        for low, high in column.missing:
            inside = seen == low if low == high else (seen >= low) & (seen <= high)
            found = found | inside.fill_null(False)
    elif column.kind == "text":
        blank = [v for v in column.values if not v.strip()]
        said = [v for v in column.values if v.strip() in column.missing_texts]
        if blank or said:
            found = seen.is_in([*blank, *said]).fill_null(False)
    return found


def as_number(text: str) -> float | None:
    """ "2", "2.0", "2,0" as 2.0; None for anything else."""
    match = re.fullmatch(r"\s*(-?[0-9]+)(?:[.,]([0-9]+))?\s*", text)
    return float(f"{match[1]}.{match[2] or 0}") if match else None


def show_values(values: Iterable[tuple[object, int]], most: int = 5) -> str:
    """ "3" (17), "4" (2): values with counts for a message, never more than a few, never a personal number.

    Texts that are nearly as many as the pupils who have them are no codes but names or answers in own words: "••".
    """
    seen = sorted(((said(v), n) for v, n in values), key=lambda pair: (-pair[1], pair[0]))
    own = len(seen) > most and sum(n for _, n in seen) < 2 * len(seen)
    shown = ", ".join(
        f"”{'••' if own and as_number(v) is None else mask_personal(v)[:40]}” ({n})" for v, n in seen[:most]
    )
    return f"{shown} …" if len(seen) > most else shown


def said(value: object) -> str:
    """A value as its codebook would write it: 2 for 2.0, and for "2.0"."""
    if value is None or value != value:
        return ""
    return (
        re.sub(r"(?<=[0-9])\.0+$", "", str(value).strip()) if isinstance(value, str | float) else str(value)
    )
