"""A weighted share from a stratified cluster sample, with Taylor-linearised error and logit interval.

For surveys that carry weights, strata and primary sampling units (LHU asks everybody and needs none).
Agrees with R survey::svymean and svyciprop(method = "logit").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lhu_effect.effects.noise import Flags, expit, logit
from lhu_effect.errors import EstimationError


@dataclass(frozen=True)
class SampledShare:
    """share, std_error: 0-1. df: sampling units less strata, of those with
    answers. low, high: logit interval; wald: symmetric."""

    share: float
    std_error: float
    df: int
    low: float
    high: float
    wald: tuple[float, float]
    n: int


def weighted_share(
    yes: ArrayLike,
    answered: ArrayLike,
    weight: ArrayLike,
    stratum: Sequence[object],
    psu: Sequence[object],
    level: float = 0.95,
) -> SampledShare:
    """Share of yes among those who answered; one element per pupil of the whole sample (lists, arrays, columns).

    yes, answered: true or false; null or NaN is false. Raises EstimationError where nobody answered or a
    weight among them is not a positive number.

    Pupils outside the group asked about stay in with answered = False: the design is that of the whole sample.
    A stratum with one sampling unit adds no variance. psu ids need only be unique within their stratum.

    >>> made = weighted_share([1, 0, 0, 1], [1, 1, 1, 1], [10.0] * 4, ["a"] * 4, [1, 1, 2, 2])
    >>> made.share, made.df, made.n
    (0.5, 1, 4)
    """
    from scipy.stats import t as student

    says, asked = _flags(yes), _flags(answered)
    w = np.where(asked, np.asarray(weight, dtype=np.float64), 0.0)
    if not asked.any() or not (w[asked] > 0).all():
        raise EstimationError("effects.sample_weights", answered=int(asked.sum()))
    p = float((w * says).sum() / w.sum())
    _, h = np.unique(np.array([str(s) for s in stratum]), return_inverse=True)
    _, unit = np.unique(
        np.array([f"{s}\t{u}" for s, u in zip(stratum, psu, strict=True)]), return_inverse=True
    )
    total = np.bincount(unit, w * (says - p)) / w.sum()
    of = np.zeros(len(total), dtype=np.intp)
    of[unit] = h
    units = np.bincount(of).astype(float)
    left = total - (np.bincount(of, total) / units)[of]
    several = units > 1
    correction = np.where(several, units / np.maximum(units - 1, 1), 0.0)
    error = float(np.sqrt((correction[of] * left**2).sum()))
    seen = w > 0
    df = len(np.unique(unit[seen])) - len(np.unique(h[seen]))
    t = float(student.ppf((1 + level) / 2, df))
    half = t * error / (p * (1 - p)) if 0 < p < 1 else 0.0
    low, high = (float(expit(logit(np.array(p)) + s * half)) if 0 < p < 1 else p for s in (-1, 1))
    return SampledShare(p, error, df, low, high, (p - t * error, p + t * error), int(asked.sum()))


def _flags(given: ArrayLike) -> Flags:
    found = np.asarray(given)
    if found.dtype == object:
        return np.array([x is not None and x == 1 for x in found.tolist()])
    return np.asarray(np.nan_to_num(found.astype(np.float64)) == 1)
