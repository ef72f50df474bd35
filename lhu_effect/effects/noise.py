"""The noise floor as a model: smoothed shares, the grid over its unknown sizes, and their priors.

Symbols are those of method.md 2: tau the between-wave floor, rho its memory, omega a unit's own slope,
phi the design effect. The sums over the grid are made in `elimination`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]

TAU: tuple[float, ...] = (0.0, 0.07, 0.14, 0.22, 0.33, 0.55, 0.9)
PHI: tuple[float, ...] = (1.0, 1.4, 1.9, 2.6)
RHO: tuple[float, ...] = (0.0, 0.6)
OMEGA: tuple[float, ...] = (0.0, 0.03, 0.06, 0.1)
OMEGA_R: tuple[float, ...] = (0.0, 0.05, 0.1, 0.18, 0.3)
TAU_SCALE = 0.2
OMEGA_SCALE = 0.04
OMEGA_R_SCALE = 0.1
PHI_SPREAD = 0.35
MIN_FIT_N = 5
YEARS_A_STEP = 3.0


@dataclass(frozen=True, eq=False)
class Shapes:
    """The (tau, rho) pairs, rho by rho (tau = 0 only with rho = 0), the omegas and the omega_r. All 1-d."""

    tau: Array
    rho: Array
    omega: Array
    omega_r: Array

    def log_prior(self, tau_scale: Array) -> Array:
        """Half-t priors (4 df), grid widths and the half for each rho. tau_scale (N,) -> (N, S, W, Z)."""
        tau_grid = np.unique(self.tau)
        width = np.gradient(tau_grid)[np.searchsorted(tau_grid, self.tau)]
        tau = _log_half_t(self.tau, tau_scale[:, None]) + np.log(width)
        tau = tau + np.where(self.tau > 0, np.log(1 / len(RHO)), 0.0)
        omega = _log_half_t(self.omega, OMEGA_SCALE) + np.log(np.gradient(self.omega))
        return np.asarray(tau[:, :, None, None] + omega[:, None] + self._log_prior_regions())

    def _log_prior_regions(self) -> Array:
        if len(self.omega_r) == 1:
            return np.zeros(1)
        return _log_half_t(self.omega_r, OMEGA_R_SCALE) + np.log(np.gradient(self.omega_r))


def _shapes(omega_r: tuple[float, ...]) -> Shapes:
    return Shapes(
        tau=np.array([t for r in RHO for t in TAU if t > 0 or r == 0]),
        rho=np.array([r for r in RHO for t in TAU if t > 0 or r == 0]),
        omega=np.array(OMEGA),
        omega_r=np.array(omega_r),
    )


def _log_half_t(x: Array, scale: Array | float) -> Array:
    return np.asarray(-2.5 * np.log1p((x / scale) ** 2 / 4))


SHAPES = _shapes((0.0,))
REGIONAL = _shapes(OMEGA_R)


def log_prior_phi(phi0: Array) -> Array:
    """ln prior of the grid PHI around each phi0. (B,) -> (B, P)."""
    ln_phi = np.log(PHI)
    return np.asarray(
        -0.5 * ((ln_phi - np.log(phi0)[:, None]) / PHI_SPREAD) ** 2 + np.log(np.gradient(ln_phi))
    )


def normalised(log_w: Array) -> Array:
    """Weights that sum to 1 over all axes but the first."""
    axes = tuple(range(1, log_w.ndim))
    w = np.exp(log_w - log_w.max(axes, keepdims=True))
    return np.asarray(w / w.sum(axes, keepdims=True))


def usable(k: Array, n: Array, fit: Flags) -> Flags:
    """FIT cells that can be used: counted, and n at least 5."""
    return fit & np.isfinite(k) & (np.nan_to_num(n) >= MIN_FIT_N)


def smoothed_logit(k: Array, n: Array, fit: Flags) -> Array:
    """Step 1: logit p~ of every cell, for variances only. k, n, fit: (..., units, waves), NaN where absent."""
    kf, nf = np.where(fit, k, 0.0), np.where(fit, n, 0.0)
    p_bar = _share(kf.sum((-2, -1), keepdims=True), nf.sum((-2, -1), keepdims=True))
    p_t = _share(kf.sum(-2, keepdims=True), nf.sum(-2, keepdims=True))
    p_d = (kf.sum(-1, keepdims=True) + 20 * p_bar) / (nf.sum(-1, keepdims=True) + 20)
    known = fit.any(-2, keepdims=True)
    return np.asarray(logit(p_d) + np.where(known, logit(p_t) - logit(p_bar), 0.0))


def _share(k: Array, n: Array) -> Array:
    return (k + 0.5) / (n + 1)


def logit(p: Array) -> Array:
    """ln(p / (1 - p))."""
    return np.asarray(np.log(p) - np.log1p(-p))


def expit(x: Array) -> Array:
    """1 / (1 + e^-x), without overflow."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, e) / (1 + e))


def spread(logit_p: Array) -> Array:
    """p (1 - p) from logit p."""
    return expit(logit_p) * expit(-logit_p)


def empirical_logit(k: Array, n: Array) -> Array:
    """Step 2: y = ln((k + .5) / (n - k + .5))."""
    return np.asarray(np.log((k + 0.5) / (n - k + 0.5)))


def rounding_variance(k_low: Array, k_high: Array, n: Array, logit_p: Array) -> Array:
    """Section 6: variance on the logit scale of a count known only as k_low..k_high (0 where known)."""
    counted = np.where(n > 0, n, np.nan)
    return np.asarray(((k_high - k_low + 1) ** 2 - 1) / 12 / (counted * spread(logit_p)) ** 2)
