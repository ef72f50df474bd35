"""The interval of an effect on the count scale: where the mixture of method.md 2.6 crosses its levels.

A mixture holds, per problem, weighted nodes of the target's counterfactual log-odds and dispersion. F falls
in theta, so Newton on the probit of F, kept inside a bracket, finds every end to machine precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import Array, Flags, expit

NODES = 7
LOST_WEIGHT = 1e-13
COARSE_LOST_WEIGHT = 1e-2
FAR = 300.0
MAX_STEPS = 200


@dataclass(frozen=True, eq=False)
class Mixture:
    """Nodes of the counterfactual: eta its log-odds, phi its dispersion, weight (sum 1). All (B, M).

    mean, variance, phi_mean (B,): of the whole mixture, no node left out.
    """

    eta: Array
    phi: Array
    weight: Array
    mean: Array
    variance: Array
    phi_mean: Array

    def pruned(self, lost: float) -> Mixture:
        """The heaviest nodes, so many that no problem loses more than `lost` of its weight."""
        order = np.argsort(-self.weight, axis=1)
        heavy = np.take_along_axis(self.weight, order, 1)
        keep = int((np.cumsum(heavy, axis=1) < 1 - lost).sum(1).max()) + 1
        order = order[:, :keep]
        eta, phi, weight = (np.take_along_axis(x, order, 1) for x in (self.eta, self.phi, self.weight))
        return Mixture(eta, phi, weight, self.mean, self.variance, self.phi_mean)


def mixture(weight: Array, c: Array, V: Array, phi: Array) -> Mixture:
    """Gauss-Hermite nodes (probabilists') of a mixture of normals. weight, c, V, phi: (B, G)."""
    x, om = np.polynomial.hermite_e.hermegauss(NODES)
    om = om / om.sum()
    size = len(weight), -1
    eta = (c[..., None] + np.sqrt(V)[..., None] * x).reshape(size)
    spread_phi = np.broadcast_to(phi[..., None], (*phi.shape, NODES)).reshape(size)
    mean = (weight * c).sum(1)
    variance = (weight * (V + (c - mean[:, None]) ** 2)).sum(1)
    whole = Mixture(
        eta, spread_phi, (weight[..., None] * om).reshape(size), mean, variance, (weight * phi).sum(1)
    )
    return whole.pruned(LOST_WEIGHT)


def cdf(mix: Mixture, k: Array, n: Array, theta: Array) -> Array:
    """F(theta) of step 6 for counts k (B, R), n (B,), theta (B, R)."""
    from scipy.special import ndtr

    p, q = _shares(mix, theta)
    n = n[:, None, None]
    u = (k[..., None] - n * p) / np.sqrt(mix.phi[:, None] * n * p * q)
    return np.asarray((mix.weight[:, None] * ndtr(u)).sum(-1))


def crossing(mix: Mixture, k: Array, n: Array, level: Array) -> Array:
    """theta with F(theta) = level. k, level: (B, R), n: (B,). k = 0 or k = n crosses only on one side:
    -inf where F stays below the level (k = 0), +inf where it stays above (k = n)."""
    from scipy.special import ndtri

    open_low = (k <= 0) & (level >= 0.5)
    open_high = (k >= n[:, None]) & (level <= 0.5)
    z = ndtri(level)
    y = np.log((k + 0.5) / (n[:, None] - k + 0.5))
    p = expit((y + mix.mean[:, None]) / 2)
    sd = np.sqrt(mix.variance[:, None] + mix.phi_mean[:, None] / (n[:, None] * p * (1 - p)))
    theta = y - mix.mean[:, None] - z * sd
    done = open_low | open_high
    rough = mix.pruned(COARSE_LOST_WEIGHT)
    theta = _newton(rough, k, n, z, theta, done, 1e-3)
    theta = _newton(mix, k, n, z, theta, done, 1e-12)
    return np.where(open_low, -np.inf, np.where(open_high, np.inf, theta))


def _shares(mix: Mixture, theta: Array) -> tuple[Array, Array]:
    x = np.clip(mix.eta[:, None] + theta[..., None], -FAR, FAR)
    e = np.exp(-np.abs(x))
    small = e / (1 + e)
    big = 1 / (1 + e)
    up = x >= 0
    return np.where(up, big, small), np.where(up, small, big)


def _probit_and_slope(mix: Mixture, k: Array, n: Array, theta: Array) -> tuple[Array, Array]:
    """probit F(theta) and its derivative; F's own: du/dtheta = -(k q + (n - k) p) / (2 sqrt(phi n p q))."""
    from scipy.special import ndtr, ndtri

    p, q = _shares(mix, theta)
    n, k = n[:, None, None], k[..., None]
    s = np.sqrt(mix.phi[:, None] * n * p * q)
    u = (k - n * p) / s
    F = (mix.weight[:, None] * ndtr(u)).sum(-1)
    fall = (mix.weight[:, None] * np.exp(-0.5 * u * u) * (k * q + (n - k) * p) / (2 * s)).sum(-1)
    probit = ndtri(np.clip(F, 0.0, 1.0))
    return probit, -fall * np.exp(0.5 * np.minimum(probit * probit, 1400.0))


def _newton(mix: Mixture, k: Array, n: Array, z: Array, theta: Array, done: Flags, near: float) -> Array:
    """Newton on probit F - z inside a bracket that every evaluation narrows; halves or strides where it must."""
    low, high = np.full(theta.shape, -np.inf), np.full(theta.shape, np.inf)
    stride = 1.0
    for _ in range(MAX_STEPS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            probit, slope = _probit_and_slope(mix, k, n, theta)
            step = -(probit - z) / slope
        above = probit > z
        low, high = np.where(above, theta, low), np.where(above, high, theta)
        tried = theta + step
        inside = np.isfinite(tried) & (tried >= low) & (tried <= high) & (np.abs(step) < 4)
        with np.errstate(invalid="ignore"):
            halved = 0.5 * (low + high)
        strode = theta + np.where(above, stride, -stride)
        new = np.where(inside, tried, np.where(np.isfinite(halved), halved, strode))
        moved = np.where(done, 0.0, np.abs(new - theta))
        theta = np.where(done, theta, new)
        if bool((moved <= near * (1 + np.abs(theta))).all()):
            return theta
        stride = min(2 * stride, 16.0)
    return theta


def share_difference(mix: Mixture, k: Array, n: Array, theta: Array) -> Array:
    """Step 7: the log-odds effect theta as a difference of shares. k, theta: (B, R), n: (B,)."""
    m, Vc, phi = mix.mean[:, None], mix.variance[:, None], mix.phi_mean[:, None]
    y1 = np.log((k + 0.5) / (n[:, None] - k + 0.5))
    finite = np.where(np.isfinite(theta), theta, 0.0)
    p = expit((y1 + m + finite) / 2)
    Vy = phi / (n[:, None] * np.maximum(p * (1 - p), 1e-6))
    cf = (m / Vc + (y1 - finite) / Vy) / (1 / Vc + 1 / Vy)
    shift = expit(cf + finite) - expit(cf)
    shift = np.where(theta == -np.inf, -expit(m), shift)
    return np.where(theta == np.inf, expit(-m), shift)
