"""Before/after: how much a share changed, with an interval that knows the noise floor. A change, no effect.

method.md section 3: Newcombe's interval at effective sizes, p by inverting it. All arguments may be arrays
(broadcast against each other), one element per question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhu_effect.effects.noise import Array
from lhu_effect.effects.proportions import effective_n, newcombe

NAME = "before_after"
LEVELS = (0.95, 0.90)
ASSUMED_TAU = 0.15
STRICT_TAU = 0.30
_Z_TOP = 38.0
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """Changes of shares, all arrays of the questions' shape. Shares and differences 0-1.

    change, share_before, share_after: from the mid values; NaN where a mask leaves only bounds.
    intervals: level -> (low, high). largest_floor: the largest tau at which the 95 % interval leaves 0 out;
    NaN where it does not even at tau = 0.
    """

    share_before: Array
    share_after: Array
    change: Array
    intervals: Mapping[float, tuple[Array, Array]]
    p_value: Array
    largest_floor: Array


@dataclass(frozen=True, eq=False)
class _End:
    """The question at the counts that give one end: shares p1, p0, bases, rounding variance of k0."""

    p1: Array
    n1: Array
    p0: Array
    n0: Array
    spread: Array
    rounding: Array

    def limits(self, z: Array | float, phi0: Array, tau2: Array) -> tuple[Array, Array]:
        after = effective_n(self.n1, self.spread, phi0, tau2)
        before = effective_n(self.n0, self.spread, phi0, tau2, self.rounding)
        return newcombe(self.p1, after, self.p0, before, z)


def estimate(
    k0_low: ArrayLike,
    k0_high: ArrayLike,
    n0: ArrayLike,
    k1_low: ArrayLike,
    k1_high: ArrayLike,
    n1: ArrayLike,
    phi0: ArrayLike,
    tau2: ArrayLike = ASSUMED_TAU**2,
    levels: Sequence[float] = LEVELS,
    masked: NDArray[np.bool_] | bool = False,
) -> BeforeAfter:
    """Change from wave 0 to wave 1. k_low = k_high where counted; `masked`: bounds come from a mask.

    A rounded or masked after count gives the lower end at its lower bound and the upper at its upper; a
    masked before count is moved the other way, a rounded one enters with its variance (method.md 6).

    >>> made = estimate(60, 60, 700, 38, 38, 690, phi0=1.4, tau2=0.0)
    >>> round(float(made.change), 3), round(float(made.p_value), 3)
    (-0.031, 0.061)
    """
    args = (k0_low, k0_high, n0, k1_low, k1_high, n1, phi0, tau2)
    k0l, k0h, b0, k1l, k1h, b1, phi, t2 = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in args))
    hidden = np.broadcast_to(masked, k0l.shape)
    mid0 = (k0l + k0h) / 2
    rounding = np.where(hidden, 0.0, ((k0h - k0l + 1) ** 2 - 1) / 12)
    spread = _spread(mid0, b0, (k1l + k1h) / 2, b1)
    low = _End(k1l / b1, b1, np.where(hidden, k0h, mid0) / b0, b0, spread, rounding)
    high = _End(k1h / b1, b1, np.where(hidden, k0l, mid0) / b0, b0, spread, rounding)
    known = np.where(hidden, np.nan, 1.0)
    before, after = mid0 / b0 * known, (k1l + k1h) / 2 / b1 * known
    return BeforeAfter(
        share_before=before,
        share_after=after,
        change=after - before,
        intervals={level: _interval(low, high, level, phi, t2) for level in levels},
        p_value=_p_value(low, high, phi, t2),
        largest_floor=_largest_floor(low, high, phi),
    )


def _spread(k0: Array, n0: Array, k1: Array, n1: Array) -> Array:
    p = (k1 + k0 + 1) / (n1 + n0 + 2)
    return np.asarray(p * (1 - p))


def _interval(low: _End, high: _End, level: float, phi: Array, tau2: Array) -> tuple[Array, Array]:
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    return low.limits(z, phi, tau2)[0], high.limits(z, phi, tau2)[1]


def _p_value(low: _End, high: _End, phi: Array, tau2: Array) -> Array:
    """The alpha at which the interval's end reaches 0; 1 where the bounds themselves straddle 0."""
    from scipy.special import ndtr

    up, down = low.p1 > low.p0, high.p1 < high.p0

    def excluded(z: Array) -> NDArray[np.bool_]:
        return np.where(up, low.limits(z, phi, tau2)[0] > 0, high.limits(z, phi, tau2)[1] < 0)

    z = _last_true(excluded, up.shape, _Z_TOP)
    return np.where(up | down, 2 * ndtr(-z), 1.0)


def _largest_floor(low: _End, high: _End, phi: Array) -> Array:
    from scipy.special import ndtri

    z = float(ndtri(0.975))

    def holds(tau: Array) -> NDArray[np.bool_]:
        return (low.limits(z, phi, tau**2)[0] > 0) | (high.limits(z, phi, tau**2)[1] < 0)

    zero = np.zeros(phi.shape)
    return np.where(holds(zero), _last_true(holds, zero.shape, 1e3), np.nan)


def _last_true(holds: Callable[[Array], NDArray[np.bool_]], shape: tuple[int, ...], top: float) -> Array:
    """Where `holds`, true at 0 and false from some x on, stops: by halving [0, top]."""
    below, above = np.zeros(shape), np.full(shape, top)
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        true = holds(middle)
        below, above = np.where(true, middle, below), np.where(true, above, middle)
    return below
