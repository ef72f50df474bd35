"""The region x wave term eliminated: Cov += omega_r^2 between units of one region in one wave.

method.md 2b, end: with several regions a shock shared by a region's units may not be taken for the promise's.
Each region's wave shocks are random effects u ~ N(0, omega_r^2 I); eliminating them leaves the wave terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import Array, Rows
from lhu_effect.effects.small_systems import cholesky, dot, forward, pairs, product, symmetric_inverse


@dataclass(frozen=True, eq=False)
class Regions:
    """What is left of (waves, y) for each omega_r, Z of them, and what predicts the targets' regions' shocks.

    gram: upper triangle (pairs, B, P, S, W, Z). log_det: (B, P, S, W, Z). root: Cholesky L of
    I + omega_r^2 A of each target's region, gain = L^-1 [A, r] column by column; entries (N, P, S, W, Z), both
    empty where there is no region term.
    """

    gram: Array
    log_det: Array
    root: list[list[Array]]
    gain: list[list[Array]]


def without_regions(gram: Array, omega_r: Array, region: Rows, fit: Rows) -> Regions:
    """gram: per region E'QE, upper triangle (pairs, R, B, P, S, W). region, fit: of each target, (N,)."""
    if not omega_r.any():
        total = gram.sum(1)[..., None]
        return Regions(total, np.zeros_like(total[0]), [], [])
    parts = [_at(gram, float(x) ** 2, region, fit) for x in omega_r]

    def over_z(entries: list[list[list[Array]]]) -> list[list[Array]]:
        return [
            [np.stack([e[i][j] for e in entries], axis=-1) for j in range(len(row))]
            for i, row in enumerate(entries[0])
        ]

    return Regions(
        np.stack([p.gram for p in parts], axis=-1),
        np.stack([p.log_det for p in parts], axis=-1),
        over_z([p.root for p in parts]),
        over_z([p.gain for p in parts]),
    )


def _at(gram: Array, w2: float, region: Rows, fit: Rows) -> Regions:
    """One omega_r: with N = I + omega_r^2 A a region leaves A N^-1 = (I - N^-1) / omega_r^2 of A, N^-1 r of r."""
    size = int((np.sqrt(8 * len(gram) + 1) - 1) / 2)
    T = size - 1
    place = {p: i for i, p in enumerate(pairs(size))}

    def root(of: Array) -> list[list[Array]]:
        return cholesky([[(s == t) + w2 * of[place[t, s]] for t in range(s + 1)] for s in range(T)])

    own = gram[:, region, fit]
    own_root = root(own)
    gain = [forward(own_root, [own[place[min(s, t), max(s, t)]] for s in range(T)]) for t in range(size)]
    if not w2:
        return Regions(gram.sum(1), np.zeros(gram.shape[2:]), own_root, gain)
    L = root(gram)
    inverse = symmetric_inverse(L)
    left = np.empty((len(gram), *gram.shape[2:]))
    for (s, t), i in place.items():
        if t < T:
            left[i] = ((s == t) - inverse[s, t]).sum(0) / w2
    r = [gram[place[t, T]] for t in range(T)]
    kept = [dot([inverse[min(s, t), max(s, t)] for t in range(T)], r) for s in range(T)]
    for s in range(T):
        left[place[s, T]] = kept[s].sum(0)
    left[place[T, T]] = (gram[place[T, T]] - w2 * dot(r, kept)).sum(0)
    log_det = 2 * np.log(product([L[t][t] for t in range(T)])).sum(0)
    return Regions(left, log_det, own_root, gain)
