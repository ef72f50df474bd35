"""Whether the figures of a column are per cents (12) or shares (0.12): decided per column, refused when mixed.

A cell that carries its own sign (12 %, or 0.12 shown as 12 %) is what it says. Plain numbers are judged
together: by their size, by the headings, by the other columns of the table and the file. 0.4 % never
becomes 40 %: a column of plain numbers up to 1 is a column of shares only when something says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from lhu_effect.survey.counts import MOST_DECIMALS, decimals_of

Unit = Literal["percent", "fraction"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a column. said: the unit its own cell says, or "". shown: decimals its number format shows."""

    value: float
    said: str
    cell: str
    shown: int = 0

    @property
    def written(self) -> str:
        """The number in plain digits, noise of binary floats taken off."""
        return _written(self.value)

    @property
    def decimals(self) -> int:
        """Decimals of the number as written, trailing zero left out."""
        written = self.written
        return decimals_of(written.rstrip("0").rstrip(".") if "." in written else written)


@lru_cache(maxsize=100_000)
def _written(value: float) -> str:
    exact = Decimal(repr(value))
    if decimals_of(str(exact)) > MOST_DECIMALS:
        exact = round(exact, MOST_DECIMALS).normalize()
    return f"{exact:f}"


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two figures of one column that cannot both be meant alike."""

    one: Figure
    other: Figure


def unit_of(figures: Sequence[Figure], per_cent: bool, beside: Unit | None) -> Unit | Mixed | None:
    """The unit of a column's plain figures, two that contradict each other, or None when nothing decides.

    per_cent: "%" or "procent" stands over the column. beside: what the table's or file's other columns are.
    """
    signed = {f.said: f for f in figures if f.said and f.value != 0}
    plain = [f for f in figures if not f.said and f.value != 0]
    if not plain:
        return "fraction" if "fraction" in signed and "percent" not in signed else "percent"
    if "fraction" in signed:
        return Mixed(signed["fraction"], plain[0])
    small = [f for f in plain if f.value < 1]
    large = [f for f in plain if f.value > 1]
    if small and ("percent" in signed and not per_cent and not large):
        return Mixed(signed["percent"], small[0])
    if large:
        finest = max(f.decimals for f in large)
        odd = [f for f in small if f.decimals >= finest + 2]
        return Mixed(large[0], odd[0]) if odd else "percent"
    if per_cent:
        return "percent"
    if beside is not None:
        return beside
    return "fraction" if any(f.decimals >= 2 for f in small) else None


def as_percent(figure: Figure, unit: Unit) -> str:
    """The figure as a per cent in plain digits, its own sign first.

    >>> as_percent(Figure(0.422, "", "A1"), "fraction")
    '42.200'
    """
    meant = figure.said or unit
    exact = Decimal(figure.written)
    return f"{exact * 100 if meant == 'fraction' else exact:f}"


def percent_decimals(figures: Sequence[Figure], unit: Unit) -> int:
    """Decimals to which the column's per cents are rounded: the most that any of them shows."""
    return max(
        (max(f.decimals, f.shown) - (2 if (f.said or unit) == "fraction" else 0) for f in figures), default=0
    )
