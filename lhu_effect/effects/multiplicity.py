"""Many tests at once: Holm, Benjamini-Hochberg, and the testing orders a promise's `headline` asks for.

p-values in, adjusted p-values out, so that every rule reads "adjusted p <= alpha". NaN: not tested.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lhu_effect.effects.noise import Array


def holm(p_values: ArrayLike) -> Array:
    """Holm's (1979) step-down adjustment. NaN stays NaN and is not counted in the family.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    out = np.full(p.shape, np.nan)
    out[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * steps))
    return out


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """Benjamini and Hochberg's (1995) q-values. NaN stays NaN and is not counted.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    ranks = np.arange(1, len(order) + 1)
    scaled = p[order] * len(order) / ranks
    out = np.full(p.shape, np.nan)
    out[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return out


def theme_first(composites: ArrayLike, primaries: ArrayLike, theme_of: ArrayLike) -> tuple[Array, Array]:
    """Order "theme": composites by Holm; a primary only where its own theme's composite claims.

    composites: a p-value per theme. primaries: a p-value per primary measure; theme_of: the place of its
    theme among the composites, -1 where that theme has none (then it is never reached). A primary's
    adjusted p-value is the larger of its own in Holm's order and its gate's: the smallest alpha at which
    both are passed.
    """
    gates = holm(composites)
    own = holm(primaries)
    at = np.asarray(theme_of, dtype=int)
    gate = np.where(at < 0, 1.0, np.append(np.where(np.isnan(gates), 1.0, gates), 1.0)[at])
    return gates, np.where(np.isnan(own), np.nan, np.maximum(own, gate))


def split_between(composites: ArrayLike, primaries: ArrayLike) -> tuple[Array, Array]:
    """Order "both": alpha/2 for the composites, alpha/2 for the primaries, each by Holm; a side that is
    claimed throughout hands its half to the other.

    An adjusted p-value is the smallest alpha at which the measure is claimed: twice Holm's, or Holm's
    alone once the whole other side is claimed at half that alpha.
    """
    c, p = holm(composites), holm(primaries)
    return _with_half_from(c, p), _with_half_from(p, c)


def _with_half_from(own: Array, other: Array) -> Array:
    whole = float(np.max(other)) if len(other) and not np.isnan(other).any() else 1.0
    handed = np.maximum(own, min(1.0, 2 * whole))
    return np.where(np.isnan(own), np.nan, np.minimum(np.minimum(1.0, 2 * own), handed))
