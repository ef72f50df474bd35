"""What follows at once from sums: boxes around every n, k and n-k, tightened until nothing moves.

Turns cells and their ties into `Boxes` (integer lower and upper ends). Valid for any attacker, but not the
tightest when sums share hidden cells: `attack` finishes the job with linear programs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from lhu_effect.disclosure.primary import at_least_floor
from lhu_effect.disclosure.structure import UNBOUNDED, Ties
from lhu_effect.study.model import Minimum

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
N, K, REST = 0, 1, 2  # rows of a box array: n, k, n-k
_ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Boxes:
    """low, high: arrays (3, cells): n, k and n-k of every cell and phantom; inclusive whole numbers.

    contradicts: numbers of the sums that cannot hold (their ends crossed); those were left out.
    """

    low: Ints
    high: Ints
    contradicts: frozenset[int] = frozenset()


def boxes_of(cells: pl.DataFrame, phantoms: int = 0) -> Boxes:
    """The boxes of published cells as they stand: exact or bounded when observed, open when masked."""
    counts = cells.select(
        pl.coalesce("n_low", "n").alias("n_low"),
        pl.coalesce("n_high", "n").alias("n_high"),
        pl.coalesce("k_low", "k").alias("k_low"),
        pl.coalesce("k_high", "k").alias("k_high"),
    )
    shown = (cells["status"] == "observed").to_numpy()
    low = np.zeros((3, cells.height + phantoms), np.int64)
    high = np.full_like(low, UNBOUNDED)
    for row, name in ((N, "n"), (K, "k")):
        low[row, : cells.height] = np.where(shown, counts[f"{name}_low"].fill_null(0).to_numpy(), 0)
        high[row, : cells.height] = np.where(
            shown, counts[f"{name}_high"].fill_null(UNBOUNDED).to_numpy(), UNBOUNDED
        )
    return Boxes(*_link(low, high))


def small_unlisted(cells: pl.DataFrame, ties: Ties, minimum: Minimum) -> frozenset[int]:
    """The phantoms that must not be found out: neither empty nor large enough to be shown.

    cells: with all their numbers (what came masked counts by its bounds).
    """
    if ties.phantoms.is_empty():
        return frozenset()
    open_eyes = cells.with_columns(pl.lit("observed").alias("status"))
    boxes = boxes_of(open_eyes, ties.phantoms.height)
    tied = tighten(boxes, ties)
    phantoms = ties.phantoms["cell"].to_list()
    return frozenset(p for p in phantoms if not is_harmless(tied.low[:, p], tied.high[:, p], minimum))


def is_harmless(low: Ints, high: Ints, minimum: Minimum) -> bool:
    """Whether an unlisted part is known to be empty or large enough. low, high: ends of its n, k, n-k."""
    rule = at_least_floor(minimum)
    return bool(high[N] == 0 or (low[N] >= rule.n and low[K] >= rule.k and low[REST] >= rule.k))


def _link(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """n = k + (n-k), in both directions."""
    low[N] = np.maximum(low[N], low[K] + low[REST])
    high[N] = np.minimum(high[N], high[K] + high[REST])
    for one, other in ((K, REST), (REST, K)):
        high[one] = np.minimum(high[one], high[N] - low[other])
        low[one] = np.maximum(low[one], low[N] - high[other])
    return low, high


def tighten(boxes: Boxes, ties: Ties) -> Boxes:
    """The boxes after every sum and subset has been used, over and over, until nothing moves.

    A sum that cannot hold (a total below its parts) is left out: it tells an attacker nothing true.
    """
    bad = _impossible(boxes, ties)
    while True:
        low, high, crossed = _propagate(boxes, ties, bad)
        if not crossed:
            return Boxes(low, high, frozenset(bad))
        bad |= crossed


@dataclass(frozen=True, eq=False)
class _Sums:
    """The sums as arrays: line i has total[i], number[i] and the cells where line == i, from start[i] on."""

    cell: Ints
    line: Ints
    start: Ints
    total: Ints
    number: Ints


def _arrays(ties: Ties, bad: set[int]) -> _Sums:
    sums = ties.sums.filter(~pl.col("sum").is_in(sorted(bad)))
    parts, totals = sums.filter("part"), sums.filter(~pl.col("part"))
    number = parts["sum"].to_numpy()
    start = np.flatnonzero(np.r_[True, number[1:] != number[:-1]]) if len(number) else np.zeros(0, np.int64)
    line = np.repeat(np.arange(len(start)), np.diff(np.r_[start, len(number)]))
    return _Sums(parts["cell"].to_numpy(), line, start, totals["cell"].to_numpy(), totals["sum"].to_numpy())


def _impossible(boxes: Boxes, ties: Ties) -> set[int]:
    """Sums that cannot hold whatever their cells are within their own boxes."""
    s = _arrays(ties, set())
    if not len(s.start):
        return set()
    below = boxes.high[:, s.total] < np.add.reduceat(boxes.low[:, s.cell], s.start, axis=1)
    above = boxes.low[:, s.total] > np.add.reduceat(boxes.high[:, s.cell], s.start, axis=1)
    return {int(i) for i in s.number[(below | above).any(axis=0)]}


def _propagate(boxes: Boxes, ties: Ties, bad: set[int]) -> tuple[Ints, Ints, set[int]]:
    low, high = boxes.low.copy(), boxes.high.copy()
    s = _arrays(ties, bad)
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        for row in (N, K, REST) if len(s.start) else ():
            _use_sums(low[row], high[row], s)
        low, high = _subsets(*_link(low, high), ties)
        crossed = np.asarray(low > high).any(axis=0)
        if crossed.any():
            return low, high, _blame(np.asarray(crossed), s)
        if np.array_equal(low, before[0]) and np.array_equal(high, before[1]):
            break
    return low, high, set()


def _use_sums(low: Ints, high: Ints, s: _Sums) -> None:
    """One pass over all sums for one count, in place: total from parts, then each part from the others."""
    sum_low, sum_high = np.add.reduceat(low[s.cell], s.start), np.add.reduceat(high[s.cell], s.start)
    others_low, others_high = sum_low[s.line] - low[s.cell], sum_high[s.line] - high[s.cell]
    np.maximum.at(low, s.total, sum_low)
    np.minimum.at(high, s.total, sum_high)
    np.minimum.at(high, s.cell, high[s.total[s.line]] - others_low)
    np.maximum.at(low, s.cell, low[s.total[s.line]] - others_high)


def _subsets(low: Ints, high: Ints, ties: Ties) -> tuple[Ints, Ints]:
    """k of an inner indicator is at most k of the outer one; never made to cross (bases may differ)."""
    inner, outer = ties.within["inner"].to_numpy(), ties.within["outer"].to_numpy()
    fits = low[K, inner] <= high[K, outer]
    inner, outer = inner[fits], outer[fits]
    np.minimum.at(high[K], inner, high[K, outer])
    np.maximum.at(low[K], outer, low[K, inner])
    return low, high


def _blame(crossed: npt.NDArray[np.bool_], s: _Sums) -> set[int]:
    """Every sum that touches a cell whose ends crossed."""
    touched = crossed[s.total]
    np.logical_or.at(touched, s.line, crossed[s.cell])
    return {int(i) for i in s.number[touched]}
