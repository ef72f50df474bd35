"""MaskedCube: cells of which every number may be seen by anyone.

The type is the promise: its constructor refuses a frame in which a masked row carries any number, or a
visible row breaks the primary rule. Whatever is computed from it can be published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from lhu_effect.disclosure.primary import at_least_floor, too_small
from lhu_effect.disclosure.structure import Structure
from lhu_effect.study.model import Minimum
from lhu_effect.survey.cube import CUBE_SCHEMA, KEY

NUMBERS: tuple[str, ...] = ("n", "n_low", "n_high", "k", "k_low", "k_high", "percent")
PLACES: tuple[str, ...] = ("file", "sheet", "cell")
PUBLIC_FLAGS: tuple[str, ...] = ("geography", "n_bounded", "pooled", "summed")


@dataclass(frozen=True, slots=True)
class Hidden:
    """One line of the private log: a cell that is hidden, why, and which hidden cell it protects.

    why: incoming (the source hid it), small (primary rule), changed (the difference from an earlier version is
    small), coarsened (shown pooled instead), linked (another answer to the same question is hidden), protects
    (`protects` would follow by adding and subtracting), attack (`protects` could be narrowed otherwise).
    cost: as in `cost`; 0 where there was no choice. No counts.
    """

    cell: str
    why: str
    protects: str = ""
    cost: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class MaskedCube:
    """Publishable cells. frame: columns of the Cube, sorted and unique on KEY.

    A row is visible (status observed; n, k or their bounds), masked (every number null: not even a bound,
    so nothing in it can depend on what it hides), missing or not_asked (no numbers). file, sheet and cell are
    null everywhere. No rows of schools or organisers.
    minimum: the rule every visible row keeps. structure: which cells add up, for whoever attacks it.
    log: private, for the analyst; it holds no counts, but tells small cells from their protectors, which the
    page must not.
    Raises ValueError when a row holds what it must not: that is a fault in the program, never in data.
    """

    frame: pl.DataFrame
    minimum: Minimum = Minimum()
    log: tuple[Hidden, ...] = field(default=())
    structure: Structure = field(default_factory=Structure)

    def __post_init__(self) -> None:
        f = self.frame
        if f.schema != pl.Schema(CUBE_SCHEMA):
            raise ValueError(f"columns of a cube expected, got {f.schema}")
        if not f.filter(pl.col("school").is_not_null() | pl.col("organiser")).is_empty():
            raise ValueError("rows of schools or organisers cannot be published")
        if f.select(KEY).is_duplicated().any():
            raise ValueError("two rows of one cell")
        if _holds_any(f, PLACES):
            raise ValueError("places in source files cannot be published")
        if _holds_any(f.filter(pl.col("status") != "observed"), NUMBERS):
            raise ValueError("a row that is not observed carries a number")
        if (
            f.filter(pl.col("status") == "observed")
            .select(too_small(at_least_floor(self.minimum)).any())
            .item()
        ):
            raise ValueError("a visible row breaks the primary rule")

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        shown = self.frame.filter(pl.col("status") == "observed").height
        hidden = self.frame.filter(pl.col("status") == "masked").height
        return f"MaskedCube({shown} shown, {hidden} hidden)"


def _holds_any(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    return any(frame[c].null_count() < frame.height for c in columns)


def without_numbers(frame: pl.DataFrame, hidden: pl.Expr) -> pl.DataFrame:
    """`frame` as it may be shown: rows where `hidden` lose every number, all rows lose their source.

    Hidden rows keep only flags that say how the cell is made, never what was found in it: `n_bounded` tells that
    the source gives no base, for this cell whatever it holds.
    """
    observed = (pl.col("status") == "observed") & ~pl.col("hidden")
    bounded = (pl.col("status") == "masked") & ~pl.col("hidden")
    public = (
        pl.col("flags").str.split(" ").list.set_intersection(list(PUBLIC_FLAGS)).list.sort().list.join(" ")
    )
    marked = frame.with_columns(hidden.alias("hidden"))
    shown = marked.with_columns(
        *(pl.when(observed | bounded).then(pl.col(c)).alias(c) for c in NUMBERS),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in PLACES),
        pl.when("hidden")
        .then(pl.lit("masked"))
        .when(bounded)
        .then(pl.lit("observed"))
        .otherwise("status")
        .alias("status"),
        pl.when("hidden").then(public).otherwise("flags").alias("flags"),
    )
    return shown.select(list(CUBE_SCHEMA))
