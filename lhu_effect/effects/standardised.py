"""Counts standardised for grade and sex: the same pupils' mix in every wave, as effective counts.

method.md section 7. The result goes where the crude counts went, so every estimator can be given it.
"""

from __future__ import annotations

import numpy as np

from lhu_effect.effects.noise import Array

Group = list[tuple[int, int]]


def effective_counts(k: Array, n: Array) -> tuple[Array, Array]:
    """k*, n* per unit and wave from k, n (units, waves, grades, sexes); NaN or n = 0: nobody answered.

    Weights w_s: each grade x sex's share of the unit's answers over all waves. p = sum w_s (k_s + .5 w_s) /
    (n_s + w_s), n* = p q / sum(w_s^2 p_s q_s / n_s) (the design effect cancels), k* = n* p. A stratum that is
    empty in a wave is merged with its neighbour there, the other sex first, then the next grade, never
    dropped; a wave without any answer is NaN. Strata the unit never had weigh nothing.
    """
    counted = np.isfinite(k) & (np.nan_to_num(n) > 0)
    k, n = np.where(counted, k, 0.0), np.where(counted, n, 0.0)
    out_k, out_n = np.full(k.shape[:2], np.nan), np.full(k.shape[:2], np.nan)
    for d in range(len(k)):
        total = n[d].sum(0)
        if total.sum() == 0:
            continue
        weight = total / total.sum()
        for t in range(k.shape[1]):
            if n[d, t].sum() > 0:
                out_k[d, t], out_n[d, t] = _one(k[d, t], n[d, t], weight)
    return out_k, out_n


def _one(k: Array, n: Array, weight: Array) -> tuple[float, float]:
    groups = merged(n, weight)
    K, N, w = (np.array([sum(x[s] for s in group) for group in groups]) for x in (k, n, weight))
    p_s = (K + 0.5 * w) / (N + w)
    p = float((w * p_s).sum())
    size = p * (1 - p) / float((w**2 * p_s * (1 - p_s) / N).sum())
    return size * p, size


def merged(n: Array, weight: Array) -> list[Group]:
    """Strata (grade, sex) that weigh something, in groups that each have answers. n, weight: (grades, sexes)."""
    by_grade: list[list[Group]] = []
    for g in range(n.shape[0]):
        strata = [(g, s) for s in range(n.shape[1]) if weight[g, s] > 0]
        if strata:
            empty = any(n[x] == 0 for x in strata)
            by_grade.append([strata] if empty else [[x] for x in strata])
    groups: list[Group] = []
    carried: Group = []
    for grade in by_grade:
        if all(n[x] == 0 for group in grade for x in group):
            carried += [x for group in grade for x in group]
            continue
        if carried:
            grade = [[*carried, *(x for group in grade for x in group)]]
            carried = []
        groups += grade
    if carried:
        last = groups[-1][0][0] if len(groups[-1]) == 1 else None
        tail = [group for group in groups if last is not None and group[0][0] == last] or [groups[-1]]
        groups = [group for group in groups if group not in tail]
        groups.append([x for group in tail for x in group] + carried)
    return groups
