"""Counts standardised for grade and sex: what the shares would be had the pupils been distributed the same.

method.md section 7. A unit's own weights over all its waves; where girls are not counted in every wave a
grade is taken whole, where a grade is not, the unit is (merged, never dropped). Passed on as effective
counts, so that the estimator needs to know nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lhu_effect.effects.cells import Block
from lhu_effect.effects.noise import Array, Flags

Parts = Mapping[tuple[str, str], Block]  # (grade, sex) -> counts


@dataclass(frozen=True, eq=False)
class Stratified:
    """Counts of one unit: k, n (strata, waves), NaN where a wave was not asked."""

    k: Array
    n: Array

    def standardised(self) -> tuple[Array, Array]:
        """k*, n* per wave: p = sum w (k + .5 w) / (n + w), var = sum w^2 p q / n; n* = p q / var, k* = n* p.

        The design effect multiplies var and n* alike and is left to the estimator.
        """
        w = np.nansum(self.n, axis=1, keepdims=True)
        w = w / w.sum()
        p_s = (self.k + 0.5 * w) / (self.n + w)
        p = (w * p_s).sum(0)
        var = (w**2 * p_s * (1 - p_s) / self.n).sum(0)
        n_star = p * (1 - p) / var
        return n_star * p, n_star


def stratify(parts: Parts, grades: Sequence[str], row: int, total: Block) -> Stratified | None:
    """The strata of one unit, girls and the others of each grade, merged where a wave lacks one.

    total: the unit's counts of all grades. None where no wave is counted.
    """
    waves = total.counted[row] & (np.nan_to_num(total.n[row]) > 0)
    if not waves.any():
        return None
    found: list[tuple[Array, Array]] = []
    for grade in grades:
        both = _whole(parts.get((grade, "all")), row, waves)
        if both is None:
            return Stratified(*_as_rows([_counts(total, row, waves)]))
        girls = _whole(parts.get((grade, "girl")), row, waves)
        rest = None if girls is None else (both[0] - girls[0], both[1] - girls[1])
        split = girls is not None and rest is not None and _proper(girls, waves) and _proper(rest, waves)
        found += [girls, rest] if split and girls is not None and rest is not None else [both]
    return Stratified(*_as_rows(found))


def _counts(block: Block, row: int, waves: Flags) -> tuple[Array, Array]:
    k = np.where(waves, (block.k_low[row] + block.k_high[row]) / 2, np.nan)
    return k, np.where(waves, block.n[row], np.nan)


def _whole(block: Block | None, row: int, waves: Flags) -> tuple[Array, Array] | None:
    """k and n of the unit, None unless every wave of the unit is counted exactly enough here."""
    if block is None or block.hidden[row][waves].any():
        return None
    if not (block.counted[row] & (np.nan_to_num(block.n[row]) > 0) | ~waves).all():
        return None
    return _counts(block, row, waves)


def _proper(counts: tuple[Array, Array], waves: Flags) -> bool:
    """A stratum with pupils in every wave and 0 <= k <= n."""
    k, n = counts[0][waves], counts[1][waves]
    return bool((n > 0).all() and (k >= 0).all() and (k <= n).all())


def _as_rows(found: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.stack([k for k, _ in found]), np.stack([n for _, n in found])
