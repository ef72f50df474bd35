"""Whole numbers behind rounded per cents: which counts k (and bases n) a published figure allows.

Ends are computed in decimal arithmetic, never in floats (method.md, section 6). Half-up and half-even
rounding are both accepted, so a half unit belongs to the figure on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache

MOST_DECIMALS = 9
"""Beyond this a per cent is taken as unrounded (a float that was computed, not typed)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Inclusive bounds of a count; high None: no upper bound is known."""

    low: int
    high: int | None

    @property
    def only(self) -> int | None:
        """The count when only one is possible."""
        return self.low if self.low == self.high else None

    @property
    def possible(self) -> bool:
        """Whether any count is."""
        return self.high is None or self.low <= self.high

    def within(self, other: Bounds) -> Bounds:
        """Counts that both allow."""
        highs = [h for h in (self.high, other.high) if h is not None]
        return Bounds(max(self.low, other.low), min(highs) if highs else None)

    def plus(self, other: Bounds) -> Bounds:
        """Bounds of a sum."""
        high = None if self.high is None or other.high is None else self.high + other.high
        return Bounds(self.low + other.low, high)


@lru_cache(maxsize=200_000)
def k_range(percent: str, decimals: int, n: int) -> Bounds:
    """Counts of `n` that a per cent (as text, 0-100) with `decimals` decimals may stand for.

    An empty range (low above high) means no whole count fits.

    >>> k_range("12.3", 1, 81), k_range("12.3", 1, 83)
    (Bounds(low=10, high=10), Bounds(low=11, high=10))
    """
    low, high = _ends(percent, decimals)
    least = (low * n / 100).to_integral_value(ROUND_CEILING)
    most = (high * n / 100).to_integral_value(ROUND_FLOOR)
    return Bounds(max(0, int(least)), min(n, int(most)))


def k_bounds(percent: str, decimals: int, n: Bounds) -> Bounds:
    """Counts that a per cent allows when n is only bounded."""
    low, high = _ends(percent, decimals)
    least = max(0, int((low * n.low / 100).to_integral_value(ROUND_CEILING)))
    most = None if n.high is None else int((high * n.high / 100).to_integral_value(ROUND_FLOOR))
    return Bounds(least, most if most is None or n.high is None else min(most, n.high))


def n_range(percent: str, decimals: int, k: int) -> Bounds:
    """Bases for which k is a per cent of this size: what a count and a per cent say of an unpublished n.

    >>> n_range("12.5", 1, 5)
    Bounds(low=40, high=40)
    """
    low, high = _ends(percent, decimals)
    least = k if high <= 0 else max(k, int((100 * k / high).to_integral_value(ROUND_CEILING)))
    most = None if low <= 0 else int((100 * k / low).to_integral_value(ROUND_FLOOR))
    return Bounds(least, most)


@lru_cache(maxsize=100_000)
def smallest_n(percent: str, decimals: int) -> int:
    """The smallest base for which some whole count fits the per cent."""
    return next((n for n in range(1, 1001) if k_range(percent, decimals, n).possible), 1)


def _ends(percent: str, decimals: int) -> tuple[Decimal, Decimal]:
    exact = Decimal(percent)
    half = Decimal(5).scaleb(-min(decimals, MOST_DECIMALS) - 1)
    return max(Decimal(0), exact - half), min(Decimal(100), exact + half)


@lru_cache(maxsize=100_000)
def decimals_of(number: str) -> int:
    """Decimals written in a plain number.

    >>> decimals_of("12.30"), decimals_of("12"), decimals_of("1e-05")
    (2, 0, 5)
    """
    exponent = Decimal(number).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
