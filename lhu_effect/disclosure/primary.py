"""The primary rule: which cells are too small to show on their own.

Turns counts and bounds into a true/false column. What the neighbours of such a cell give away is
`secondary`'s matter.
"""

from __future__ import annotations

import polars as pl

from lhu_effect.study.model import Minimum

FLOOR = Minimum(n=5, k=3)


def at_least_floor(minimum: Minimum) -> Minimum:
    """The study's thresholds, never below the built-in floor (n 5, k 3)."""
    return Minimum(n=max(minimum.n, FLOOR.n), k=max(minimum.k, FLOOR.k))


def too_small(minimum: Minimum) -> pl.Expr:
    """Whether a cell must be hidden: n < n, k < k or n-k < k for any count within its bounds.

    Zeros are small. A cell without a known lower bound of n or without bounds of k is too small: nobody can
    show that it is not.
    """
    rule = at_least_floor(minimum)
    n_low = pl.coalesce("n_low", "n")
    k_low, k_high = pl.coalesce("k_low", "k"), pl.coalesce("k_high", "k")
    by_share = (n_low * (99.5 - pl.col("percent")) / 100).floor().cast(pl.Int64)
    n_unknown = pl.col("n").is_null() & pl.col("percent").is_not_null()
    others_low = pl.when(n_unknown).then(by_share).otherwise(n_low - k_high)
    fits = (n_low >= rule.n) & (k_low >= rule.k) & (others_low >= rule.k)
    return ~fits.fill_null(False)


def must_hide(minimum: Minimum) -> pl.Expr:
    """Whether a row of a tabulated cube is hidden by itself: it came masked, or it is observed and too small.

    A masked sum whose bounds are known (flag `part_masked`) is judged by its bounds like any other cell.
    """
    masked = pl.col("status") == "masked"
    bounded = masked & pl.col("flags").str.split(" ").list.contains("part_masked")
    counted = (pl.col("status") == "observed") | bounded
    return (masked & ~bounded) | (counted & too_small(minimum))
