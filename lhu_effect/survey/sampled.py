"""Records of a sample survey into the sums that design-based inference needs, inside the engine that holds them.

One row per stratum, primary sampling unit and group: how many answered, and weighted sums of yes, of
answers and of both squared. Variances follow from these (`effects.sample_design`); no row leaves its engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from lhu_effect.errors import InputError
from lhu_effect.survey import codes
from lhu_effect.survey.microdata import collect, columns_of, in_engine, unknown_values

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

SUMS = ("rows", "answered", "wy", "wa", "wwy", "wwa")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that describe a sample, by the field's names. ids: primary sampling units; "" where rows are."""

    weights: str
    strata: str = ""
    ids: str = ""
    fpc: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def sample_sums(frame: IntoFrame, asked: codes.Definition, columns: Columns) -> pl.DataFrame:
    """Columns `stratum`, `psu`, columns.by, SUMS and fpc1_low, fpc1_high ... ; sorted.

    rows: sampled rows; wy, wa: sums of weights of yes and of answers; wwy, wwa: of their squares.
    Raises InputError naming column, value and count for columns that do not exist, answers that no code
    names, and weights or population sizes that are missing or not above zero.
    """
    rows = in_engine(frame)
    schema = rows.collect_schema()
    _require(columns, asked, schema.names())
    found = columns_of(rows, (asked,), schema, {})
    made = codes.counted(asked, found, "")
    w = nw.col(columns.weights).cast(nw.Float64)
    numbers = {"w": w, **{f"fpc{i}": nw.col(c).cast(nw.Float64) for i, c in enumerate(columns.fpc, 1)}}
    keys = {"stratum": columns.strata, "psu": columns.ids, **{c: c for c in columns.by}}
    keyed = [(nw.col(c) if c else nw.lit(0)).alias(name) for name, c in keys.items()]
    flags = {"yes": made.yes, "answered": made.answered, "unknown": made.unknown}
    table = rows.select(
        *keyed,
        *(e.alias(n) for n, e in numbers.items()),
        *(e.cast(nw.Int64).alias(n) for n, e in flags.items()),
    )
    table = table.with_columns(
        (nw.col("w") * nw.col("yes")).alias("wy"),
        (nw.col("w") * nw.col("answered")).alias("wa"),
        (nw.col("w") * nw.col("w") * nw.col("yes")).alias("wwy"),
        (nw.col("w") * nw.col("w") * nw.col("answered")).alias("wwa"),
        *(
            (~(nw.col(n) > 0) | nw.col(n).is_nan()).fill_null(True).cast(nw.Int64).alias(f"bad_{n}")
            for n in numbers
        ),
    )
    summed = ("answered", "unknown", "wy", "wa", "wwy", "wwa", *(f"bad_{n}" for n in numbers))
    ends = [f(f"fpc{i}") for i in range(1, len(columns.fpc) + 1) for f in (_low, _high)]
    small = collect(
        table.group_by(*keys).agg(nw.len().alias("rows"), *(nw.col(c).sum().alias(c) for c in summed), *ends)
    )
    _check(small, numbers, columns)
    if unknown := int(small["unknown"].sum()):
        values = codes.show_values(
            unknown_values(rows, found[asked.variable], {*asked.yes, *asked.no, *asked.missing})
        )
        raise InputError("files.unknown_code", column=asked.variable, count=unknown, values=values)
    counts = pl.col("rows", "answered").cast(pl.Int64)
    return (
        small.with_columns(counts)
        .drop("unknown", *(f"bad_{n}" for n in numbers))
        .sort(list(keys), maintain_order=True)
    )


def _low(name: str) -> nw.Expr:
    return nw.col(name).min().alias(f"{name}_low")


def _high(name: str) -> nw.Expr:
    return nw.col(name).max().alias(f"{name}_high")


def _require(columns: Columns, asked: codes.Definition, names: Sequence[str]) -> None:
    roles = {
        "weights": columns.weights,
        "strata": columns.strata,
        "ids": columns.ids,
        "variable": asked.variable,
    }
    roles |= {f"fpc {i}": c for i, c in enumerate(columns.fpc, 1)} | {
        f"by {i}": c for i, c in enumerate(columns.by, 1)
    }
    for role, column in roles.items():
        if column and column not in names:
            near = get_close_matches(column, names, 1)
            error = InputError("files.unknown_key_column")
            error.facts = {"column": column, "role": role, "closest": near[0] if near else "–"}
            raise error


def _check(small: pl.DataFrame, numbers: dict[str, nw.Expr], columns: Columns) -> None:
    named = dict(zip(numbers, (columns.weights, *columns.fpc), strict=True))
    for name, column in named.items():
        if bad := int(small[f"bad_{name}"].sum()):
            raise InputError("files.bad_weight", column=column, count=bad)
