"""The interval of an effect on the count scale: where the mixture of method.md 2.6 crosses its levels.

With p = expit(x) the argument (k - n p) / sqrt(phi n p q) of step 6 equals
(k e^(-x/2) - (n - k) e^(x/2)) / sqrt(phi n), so a node needs no exponential per theta, and F falls in theta.
Halley's steps on the probit of F, kept inside a bracket, finds every end to machine precision.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from lhu_effect.effects.noise import Array, Flags, expit

NODES = 7
NEAR = 3e-4
LEVEL_NEAR = 2e-3
BEND = 1e-3
EASY = 10
NEGLIGIBLE = 1e-16
FAR = 300.0
LOT = 8
MAX_STEPS = 200


@dataclass(frozen=True, eq=False)
class Mixture:
    """The target's log-odds without the promise: weighted nodes (B, M), for a target of n (B,) answers.

    less = e^(-eta/2) / sqrt(phi n), more = e^(eta/2) / sqrt(phi n) at log-odds eta and dispersion phi;
    weight: sum 1. mean, variance, phi_mean (B,): of the whole mixture.
    """

    less: Array
    more: Array
    weight: Array
    n: Array
    mean: Array
    variance: Array
    phi_mean: Array

    def part(self, at: slice) -> Mixture:
        """Some of the problems."""
        return Mixture(*(getattr(self, f.name)[at] for f in fields(self)))


@cache
def _gauss_hermite() -> tuple[Array, Array]:
    x, om = np.polynomial.hermite_e.hermegauss(NODES)
    return x, om / om.sum()


def mixture(weight: Array, c: Array, V: Array, phi: Array, n: Array) -> Mixture:
    """Gauss-Hermite nodes (probabilists') of a mixture of normals. weight, c, V, phi: (B, G); n: (B,)."""
    x, om = _gauss_hermite()
    mean = (weight * c).sum(1)
    variance = (weight * (V + (c - mean[:, None]) ** 2)).sum(1)
    phi_mean = (weight * phi).sum(1)
    telling = weight.max(0) > NEGLIGIBLE
    weight, c, V, phi = (array[:, telling] for array in (weight, c, V, phi))
    half = np.clip((c[..., None] + np.sqrt(V)[..., None] * x) / 2, -FAR, FAR)
    root = np.sqrt(phi * n[:, None])[..., None]
    return Mixture(
        less=(np.exp(-half) / root).reshape(len(n), -1),
        more=(np.exp(half) / root).reshape(len(n), -1),
        weight=(weight[..., None] * om).reshape(len(n), -1),
        n=n,
        mean=mean,
        variance=variance,
        phi_mean=phi_mean,
    )


def cdf(mix: Mixture, k: Array, theta: Array) -> Array:
    """F(theta) of step 6 for counts k and theta, both (B, R)."""
    from scipy.special import ndtr

    down, up = _parts(mix, k, theta)
    return np.asarray(_mean(mix, ndtr(down - up)))


def crossing(mix: Mixture, k: Array, level: Array) -> Array:
    """theta with F(theta) = level; k, level: (B, R). -inf where k = 0 keeps F below the level, +inf where
    k = n keeps it above, or where the crossing is beyond all sense (|theta| > 600)."""
    from scipy.special import ndtri

    n, m = mix.n[:, None], mix.mean[:, None]
    open_low, open_high = (k <= 0) & (level >= 0.5), (k >= n) & (level <= 0.5)
    z = ndtri(level)
    y = np.log((k + 0.5) / (n - k + 0.5))
    p = expit((y + m) / 2)
    theta = y - m - z * np.sqrt(mix.variance[:, None] + mix.phi_mean[:, None] / (n * p * (1 - p)))
    done = open_low | open_high
    for i in range(0, len(k), LOT):
        at = slice(i, i + LOT)
        theta[at] = _halley(mix.part(at), k[at], z[at], theta[at], done[at])
    open_low, open_high = open_low | (theta < -2 * FAR), open_high | (theta > 2 * FAR)
    return np.where(open_low, -np.inf, np.where(open_high, np.inf, theta))


def share_difference(mix: Mixture, k: Array, theta: Array) -> Array:
    """Step 7: the log-odds effect theta as a difference of shares; k, theta: (B, R)."""
    n, m, Vc, phi = (x[:, None] for x in (mix.n, mix.mean, mix.variance, mix.phi_mean))
    y1 = np.log((k + 0.5) / (n - k + 0.5))
    finite = np.where(np.isfinite(theta), theta, 0.0)
    p = expit((y1 + m + finite) / 2)
    Vy = phi / (n * np.maximum(p * (1 - p), 1e-6))
    cf = (m / Vc + (y1 - finite) / Vy) / (1 / Vc + 1 / Vy)
    shift = np.where(theta == -np.inf, -expit(m), expit(cf + finite) - expit(cf))
    return np.where(theta == np.inf, expit(-m), shift)


def _parts(mix: Mixture, k: Array, theta: Array) -> tuple[Array, Array]:
    """The two falling and rising parts of u at every node, (B, R, M)."""
    half = np.exp(np.clip(theta / 2, -FAR, FAR))
    down = (k / half)[..., None] * mix.less[:, None]
    return down, ((mix.n[:, None] - k) * half)[..., None] * mix.more[:, None]


def _mean(mix: Mixture, x: Array) -> Array:
    return np.asarray(np.matmul(x, mix.weight[..., None])[..., 0])


def _probit_and_slopes(mix: Mixture, k: Array, theta: Array) -> tuple[Array, Array, Array]:
    """probit F(theta) and its first two derivatives, from u' = -(down + up) / 2 and u'' = u / 4."""
    from scipy.special import ndtr, ndtri

    down, up = _parts(mix, k, theta)
    u = down - up
    fall = np.add(down, up, out=down)
    fall *= 0.5
    g = ndtri(np.minimum(_mean(mix, ndtr(u)), 1.0))
    density = np.exp(np.multiply(u, u, out=up) * -0.5)
    first = -_mean(mix, np.multiply(density, fall, out=up))
    np.multiply(fall, fall, out=fall)
    np.subtract(0.25, fall, out=fall)
    density *= u
    second = _mean(mix, np.multiply(density, fall, out=density))
    stretch = np.exp(0.5 * g * g)
    first = first * stretch
    return g, first, second * stretch + g * first**2


def _halley(mix: Mixture, k: Array, z: Array, theta: Array, done: Flags) -> Array:
    """Halley's steps on probit F - z inside a bracket that every evaluation narrows; halves or strides where
    it must. A step below NEAR leaves an error of the order of NEAR cubed.

    With very many answers F is a staircase of its nodes: a small step is believed only where F is close to
    its level and hardly bends in between, and after EASY steps the bracket is halved to the end.
    """
    low, high = np.full(theta.shape, -np.inf), np.full(theta.shape, np.inf)
    stride, settled = 1.0, done
    for count in range(MAX_STEPS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            g, first, second = _probit_and_slopes(mix, k, theta)
            tried = theta - 2 * (g - z) * first / (2 * first**2 - (g - z) * second)
            above = g > z
            low, high = np.where(above, theta, low), np.where(above, high, theta)
            halved = (low + high) / 2
            bend = np.abs((g - z) * second) / first**2
            smooth = (np.abs(tried - theta) < 4) & (tried >= low) & (tried <= high) & (count < EASY)
        strode = theta + np.where(above, stride, -stride)
        new = np.where(smooth, tried, np.where(np.isfinite(halved), halved, strode))
        moved = np.abs(new - theta)
        close = smooth & (np.abs(g - z) < LEVEL_NEAR) & (bend < BEND) & (moved <= NEAR * (1 + np.abs(theta)))
        small = close | (~smooth & (moved <= 1e-14 * (1 + np.abs(theta))))
        theta, settled = np.where(settled, theta, new), settled | small
        if settled.all():
            break
        stride = min(2 * stride, 16.0)
    return theta
