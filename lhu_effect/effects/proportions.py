"""Shares and their differences: Wilson's and Newcombe's limits at effective sizes, and design effects.

Own formulas (five lines) instead of statsmodels' (a second to import, one row at a time); tests hold them
to statsmodels and to the table of Newcombe (1998), Statistics in Medicine 17:873-890, method 10.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.noise import Array

PRIOR_DF = 20


def wilson(p: Array, n: Array, z: Array | float) -> tuple[Array, Array]:
    """Wilson's limits for a share p of n at normal quantile z, without continuity correction."""
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def newcombe(p1: Array, n1: Array, p0: Array, n0: Array, z: Array | float) -> tuple[Array, Array]:
    """Newcombe's hybrid-score limits for p1 - p0 at normal quantile z.

    >>> low, high = newcombe(np.array(56 / 70), np.array(70.0), np.array(48 / 80), np.array(80.0), 1.959964)
    >>> f"{low:.4f} {high:.4f}"
    '0.0524 0.3339'
    """
    l1, u1 = wilson(p1, n1, z)
    l0, u0 = wilson(p0, n0, z)
    d = p1 - p0
    return d - np.hypot(p1 - l1, u0 - p0), d + np.hypot(u1 - p1, p0 - l0)


def effective_n(
    n: Array, spread: Array, phi0: Array | float, tau2: Array | float, rounding: Array | float = 0
) -> Array:
    """n* = n / (phi0 + n p q tau^2 + rounding variance of k / (n p q)). spread: p q (method.md 3)."""
    return np.asarray(n / (phi0 + n * spread * tau2 + rounding / (n * spread)))


def design_effect(k: Array, n: Array, group: Sequence[object] | NDArray[np.intp], phi0: float) -> float:
    """Design effect from schools (or classes): pooled Pearson dispersion, shrunk to phi0 with 20 prior df.

    k, n: one value per school, wave and grade; group: which of them share one expected share (a wave and
    grade of one municipality). Groups with one school, or where all or none say yes, tell nothing. At least 1.
    """
    labels = group if isinstance(group, np.ndarray) else np.array([str(g) for g in group])
    _, at = np.unique(labels, return_inverse=True)
    counted = np.isfinite(k) & (np.nan_to_num(n) > 0)
    k, n, at = k[counted], n[counted], at[counted]
    size = int(at.max()) + 1 if len(at) else 0
    K, N, schools = (np.bincount(at, x, size) for x in (k, n, np.ones(len(k))))
    telling = (K > 0) & (K < N) & (schools > 1)
    use = telling[at]
    p = (K[at] / N[at])[use]
    chi2 = float(((k[use] - n[use] * p) ** 2 / (n[use] * p * (1 - p))).sum())
    return shrunk(chi2, float((schools[telling] - 1).sum()), phi0)


def class_effect(classes: Array, k: Array, n: Array, squares: Array, phi0: float) -> float | None:
    """As `design_effect`, from sums over the classes of each group: k, n and k * k / n. None where they tell nothing."""
    telling = (classes > 1) & (k > 0) & (k < n)
    if not telling.any():
        return None
    classes, k, n, squares = (x[telling] for x in (classes, k, n, squares))
    p = k / n
    chi2 = float(((squares - k * p) / (p * (1 - p))).sum())
    return shrunk(chi2, float((classes - 1).sum()), phi0)


def shrunk(chi2: float, df: float, phi0: float) -> float:
    """Pearson's dispersion drawn towards the design effect to expect. At least 1."""
    return max(1.0, (chi2 + PRIOR_DF * phi0) / (df + PRIOR_DF))
