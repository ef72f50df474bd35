"""The region x wave term eliminated: Cov += omega_r^2 between units of one region in one wave.

method.md 2b, end: with several regions a shock shared by a region's units may not be taken for the promise's.
Each region's wave shocks are random effects u ~ N(0, omega_r^2 I); eliminating them leaves the wave terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.noise import Array, Rows
from lhu_effect.effects.small_systems import cholesky, forward, pairs, swept


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
    own = gram[:, region, fit]
    own_root = cholesky([[(s == t) + w2 * own[place[t, s]] for t in range(s + 1)] for s in range(T)])
    gain = [forward(own_root, [own[place[min(s, t), max(s, t)]] for s in range(T)]) for t in range(size)]
    if not w2:
        return Regions(gram.sum(1), np.zeros(gram.shape[2:]), own_root, gain)
    w = np.sqrt(w2)
    sized = {p: gram[i] * (1 if p[0] == T else w if p[1] == T else w2) for p, i in place.items()}
    for t in range(T):
        sized[t, t] += 1
    det = swept(sized, T)
    left = np.stack([sized[p].sum(0) for p in place])
    for (s, t), i in place.items():
        if t < T:
            left[i] = ((s == t) * gram.shape[1] + left[i]) / w2
        elif s < T:
            left[i] /= w
    return Regions(left, np.log(det).sum(0), own_root, gain)
