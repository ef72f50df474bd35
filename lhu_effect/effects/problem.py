"""One question for an estimator: counts by unit and wave, which cells may be fitted, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import TAU_SCALE, Array, Flags, usable
from lhu_effect.effects.refused import Refused

MIN_TARGET_N = 10
LOT_UNITS = 300
LOT_PROBLEMS = 48


@dataclass(frozen=True, eq=False)
class Problem:
    """Counts of one indicator in one stratum.

    k_low, k_high, n: (units, waves), NaN where there is none; k_low = k_high where the count is known, else
    the bounds that rounding or a mask left. years: (waves,), ascending. fit: FIT cells of method.md 2.
    target: (unit row, wave column), an after wave of the promise unit. phi0: design effect of classes.
    masked: cells whose bounds come from a mask, not from rounding (None: none). tau_scale: prior scale of tau.
    regions: of the units; with more than one the region x wave term is fitted (method.md 2b, end).
    """

    k_low: Array
    k_high: Array
    n: Array
    years: Array
    fit: Flags
    target: tuple[int, int]
    phi0: float
    masked: Flags | None = None
    tau_scale: float = TAU_SCALE
    regions: tuple[str, ...] | None = None

    @property
    def region_rows(self) -> NDArray[np.intp] | None:
        """The units' regions as 0..R-1; None where there is one region or none is named."""
        return region_rows(self.regions)

    @property
    def k(self) -> Array:
        """Mid values."""
        return (self.k_low + self.k_high) / 2

    @cached_property
    def cells(self) -> Flags:
        """The FIT cells that can be used."""
        return usable(self.k, self.n, self.fit)

    @cached_property
    def fit_key(self) -> bytes:
        """Equal for problems with equal FIT cells, of which one fit serves all."""
        cells = self.cells
        counts = np.stack([self.k_low, self.k_high, self.n])[:, cells]
        return np.array(cells.shape).tobytes() + np.packbits(cells).tobytes() + counts.tobytes()

    @property
    def rows(self) -> list[int]:
        """The promise unit first, then the comparison units that have FIT cells."""
        unit = self.target[0]
        return [unit, *(int(d) for d in np.flatnonzero(self.cells.any(axis=1)) if d != unit)]

    def is_masked(self) -> Flags:
        """Masked cells of the promise unit's row that matter here: its FIT cells and the target."""
        unit, wave = self.target
        if self.masked is None:
            return np.zeros(len(self.years), dtype=bool)
        asked = np.arange(len(self.years)) == wave
        return np.asarray(self.masked[unit] & (self.cells[unit] | asked))

    def refusal(self) -> Refused | None:
        """Why there is no estimate, or None (method.md 2, "Refuse")."""
        unit, wave = self.target
        n1 = self.n[unit, wave]
        if not np.isfinite(n1) or not np.isfinite(self.k_low[unit, wave] + self.k_high[unit, wave]):
            return Refused("masked" if self.masked is not None and self.masked[unit, wave] else "missing")
        if n1 < MIN_TARGET_N:
            return Refused("too_few", {"n": int(n1), "limit": MIN_TARGET_N})
        cells = self.cells
        others = np.delete(cells, unit, axis=0)
        if not others.any():
            return Refused("no_comparison")
        if not cells[unit].any():
            return Refused("no_before_wave")
        if not reaches(cells, unit, wave):
            return Refused("no_comparison", {"unlinked_year": int(self.years[wave])})
        return None

    def moved(self, end: str) -> Problem:
        """The promise unit's masked before cells at the bounds that move the effect to its `end`.

        "low": at their upper bounds; "high": at their lower. The target keeps its bounds.
        """
        unit, wave = self.target
        own = self.is_masked()
        before = own & (np.arange(len(own)) != wave)
        to = self.k_high if end == "low" else self.k_low
        k_low, k_high = self.k_low.copy(), self.k_high.copy()
        k_low[unit, before] = k_high[unit, before] = to[unit, before]
        return replace(self, k_low=k_low, k_high=k_high)


def region_rows(regions: tuple[str, ...] | None) -> NDArray[np.intp] | None:
    """Labels as 0..R-1 in sorted order; None where there are fewer than two."""
    if regions is None or len(set(regions)) < 2:
        return None
    names = sorted(set(regions))
    return np.array([names.index(r) for r in regions], dtype=np.intp)


def reaches(cells: Flags, unit: int, wave: int) -> bool:
    """Whether the target wave is linked to the unit's FIT waves through units seen in both."""
    seen = cells[unit].copy()
    while not seen[wave]:
        touching = cells[:, seen].any(axis=1)
        grown = seen | cells[touching].any(axis=0)
        if (grown == seen).all():
            return False
        seen = grown
    return True


def stack(problems: Sequence[Problem]) -> dict[str, Array]:
    """k_low, k_high, n and fit of problems on the same years as (B, D, T), short ones padded by empty units."""
    D = max(len(p.n) for p in problems)

    def padded(x: Array, fill: float) -> Array:
        return np.concatenate([x, np.full((D - len(x), x.shape[1]), fill)]) if len(x) < D else x

    return {
        name: np.stack([padded(np.asarray(getattr(p, name), dtype=float), fill) for p in problems])
        for name, fill in (("k_low", np.nan), ("k_high", np.nan), ("n", np.nan), ("cells", 0.0))
    }


def distinct_fits(problems: Sequence[Problem]) -> tuple[list[Problem], NDArray[np.intp]]:
    """Problems with different FIT cells, and for each problem which of them is its own."""
    first: dict[bytes, int] = {}
    which = np.array([first.setdefault(p.fit_key, len(first)) for p in problems], dtype=np.intp)
    rows = [int(np.flatnonzero(which == j)[0]) for j in range(len(first))]
    return [problems[i] for i in rows], which


def in_lots(problems: Sequence[Problem]) -> Iterator[list[int]]:
    """Indices of problems on the same years and regions, equal FIT cells together, in lots that fit a cache."""

    def kind(i: int) -> tuple[bytes, tuple[str, ...]]:
        return problems[i].years.tobytes(), problems[i].regions or ()

    lot: list[int] = []
    units, last = 0, b""
    for i in sorted(range(len(problems)), key=lambda i: (kind(i), problems[i].fit_key)):
        p = problems[i]
        new = len(p.n) if p.fit_key != last else 0
        if lot and (kind(lot[0]) != kind(i) or units + new > LOT_UNITS or len(lot) == LOT_PROBLEMS):
            yield lot
            lot, units, new = [], 0, len(p.n)
        lot.append(i)
        units, last = units + new, p.fit_key
    if lot:
        yield lot
