"""School-clustered difference-in-differences from counts per school: linear or logit, CR1, CR2 or CR3.

The standard regression by its name (method.md section 5). Exact from (n, k): the pupil-row fit gives the
same digits. Few schools: CR2 with Satterthwaite's degrees of freedom, never CR1 with a normal p. Schools
cluster pupils, not municipalities: with one promise municipality its own shock is not in these errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhu_effect.effects import clustered
from lhu_effect.effects.clustered import Fit, Vcov, WildBootstrap
from lhu_effect.effects.named import Labels, Named, Scale, SchoolCells
from lhu_effect.effects.noise import Array
from lhu_effect.effects.refused import Refused

NAME = "school_cr2"
LEVELS = (0.95, 0.90)
Link = Literal["linear", "logit"]


@dataclass(frozen=True)
class Clustered:
    """One coefficient: linear a difference of shares 0-1, logit a log odds ratio.

    df: Satterthwaite for CR2 and CR3, clusters - 1 for CR1. treated_clusters: schools in the promise units.
    unheard: schools whose errors cannot be seen (leverage one); above 0 the interval is too narrow, whatever
    its df.
    """

    estimate: float
    std_error: float
    df: float
    p_value: float
    intervals: Mapping[float, tuple[float, float]]
    clusters: int
    treated_clusters: int
    unheard: int
    link: Link
    vcov: Vcov
    pupils: int


def estimate(
    k: ArrayLike,
    n: ArrayLike,
    school: Labels,
    unit: Labels,
    year: Labels,
    exposed: ArrayLike,
    *,
    link: Link = "linear",
    vcov: Vcov = "CR2",
    extra: Labels | None = None,
    levels: Sequence[float] = LEVELS,
) -> Clustered | Refused:
    """y = unit + year + extra + effect * exposed. One element per cell (school, wave, and what else is split).

    k of n pupils say yes. exposed: true in after waves of promise units. extra: one more set of dummies
    (grade), or None. Use school ids as `unit` for school fixed effects. CR3 is refused where a school has
    leverage one.

    >>> made = estimate([30, 20, 40, 41, 22, 25], [100] * 6, list("aabbcc"), list("aabbcc"),
    ...                 [1, 2] * 3, [0, 1, 0, 0, 0, 0])
    >>> made.clusters, round(made.estimate, 3)
    (3, -0.12)
    """
    from scipy.special import stdtr, stdtrit

    made = design(k, n, school, unit, year, exposed, extra)
    if isinstance(made, Refused):
        return made
    fit = _fit(made, link)
    if fit is None:
        return Refused("separation", {"schools": made.clusters})
    variance = fit.variance(0, vcov)
    if not np.isfinite(variance) or variance <= 0:
        return Refused("leverage", {"schools": made.clusters})
    df = float(fit.clusters - 1) if vcov in ("CR0", "CR1") else fit.satterthwaite(0, vcov)
    effect, error = float(fit.beta[0]), float(np.sqrt(variance))
    half = {level: float(stdtrit(df, (1 + level) / 2)) * error for level in levels}
    return Clustered(
        estimate=effect,
        std_error=error,
        df=df,
        p_value=float(2 * stdtr(df, -abs(effect) / error)),
        intervals={level: (effect - x, effect + x) for level, x in half.items()},
        clusters=fit.clusters,
        treated_clusters=made.treated_clusters,
        unheard=len(fit.unheard(0)),
        link=link,
        vcov=vcov,
        pupils=int(made.n.sum()),
    )


def wild_bootstrap(
    k: ArrayLike,
    n: ArrayLike,
    school: Labels,
    unit: Labels,
    year: Labels,
    exposed: ArrayLike,
    *,
    extra: Labels | None = None,
    level: float = 0.95,
) -> WildBootstrap | Refused:
    """Restricted wild cluster bootstrap of the linear fit; arguments as `estimate`."""
    made = design(k, n, school, unit, year, exposed, extra)
    if isinstance(made, Refused):
        return made
    return clustered.wild_bootstrap(made.k / made.n, made.X, made.n, made.cluster, 0, level)


def _named(cells: SchoolCells, levels: Sequence[float], link: Link, vcov: Vcov) -> Named | Refused:
    args = (cells.k, cells.n, cells.school, cells.unit, cells.year, cells.exposed)
    made = estimate(*args, link=link, vcov=vcov, extra=cells.extra, levels=levels)
    if isinstance(made, Refused):
        return made
    scale: Scale = "share" if link == "linear" else "log_odds"
    note = "one_exposed_cluster" if made.treated_clusters == 1 or made.unheard else ""
    return Named(made.estimate, made.intervals, made.p_value, scale, made.std_error, made.df, note)


def linear_cr2(cells: SchoolCells, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """Linear, CR2 with Satterthwaite's degrees of freedom."""
    return _named(cells, levels, "linear", "CR2")


def linear_cr1(cells: SchoolCells, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """Linear, CR1 with clusters - 1 degrees of freedom: what most packages print."""
    return _named(cells, levels, "linear", "CR1")


def linear_cr3(cells: SchoolCells, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """Linear, CR3 (jackknife); refused where a school has leverage one."""
    return _named(cells, levels, "linear", "CR3")


def logit_cr2(cells: SchoolCells, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """Logit, CR2 with Satterthwaite's degrees of freedom."""
    return _named(cells, levels, "logit", "CR2")


def wild(cells: SchoolCells, levels: Sequence[float] = LEVELS) -> Named | Refused:
    """Linear, p and intervals of the restricted wild cluster bootstrap."""
    args = (cells.k, cells.n, cells.school, cells.unit, cells.year, cells.exposed)
    point = estimate(*args, vcov="CR1", extra=cells.extra, levels=levels)
    if isinstance(point, Refused):
        return point
    ends, p_value = {}, 1.0
    for level in levels:
        made = wild_bootstrap(*args, extra=cells.extra, level=level)
        if isinstance(made, Refused):
            return made
        ends[level], p_value = (made.low, made.high), made.p_value
    note = "one_exposed_cluster" if point.treated_clusters == 1 else ""
    return Named(point.estimate, ends, p_value, "share", note=note)


@dataclass(frozen=True, eq=False)
class Design:
    """Cells with answers: k, n (cells,), X (cells, K) with the effect first, cluster (cells,)."""

    k: Array
    n: Array
    X: Array
    cluster: clustered.Index
    clusters: int
    treated_clusters: int


def design(
    k: ArrayLike,
    n: ArrayLike,
    school: Labels,
    unit: Labels,
    year: Labels,
    exposed: ArrayLike,
    extra: Labels | None = None,
) -> Design | Refused:
    """Dummies without those that add nothing; refused where the effect cannot be told from them."""
    counts, base = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    on = np.asarray(exposed, dtype=np.float64)
    seen = np.isfinite(counts) & (np.nan_to_num(base) > 0)
    parts = (unit, year, *([extra] if extra is not None else []))
    cluster, *dummies = (np.unique(_labels(part)[seen], return_inverse=True)[1] for part in (school, *parts))
    schools = int(cluster.max(initial=-1)) + 1
    if schools < 2:
        return Refused("too_few", {"schools": schools, "limit": 2})
    columns = [on[seen], *(np.eye(int(d.max()) + 1)[d].T for d in dummies)]
    X = np.vstack(columns).T
    kept = clustered.independent(X, range(1, X.shape[1]))
    if 0 not in kept:
        return Refused("no_comparison")
    order = [0, *(j for j in kept if j != 0)]
    treated = len(np.unique(cluster[on[seen] > 0]))
    return Design(counts[seen], base[seen], X[:, order], cluster, schools, treated)


def _labels(part: Labels) -> NDArray[np.generic]:
    """Labels that sort: whole numbers as they are, anything else as text."""
    given = np.asarray(part)
    return given if given.dtype.kind in "iu" else given.astype(str)


def _fit(made: Design, link: Link) -> Fit | None:
    if link == "linear":
        return clustered.least_squares(made.k / made.n, made.X, made.n, made.cluster)
    return clustered.logistic(made.k, made.n, made.X, made.cluster)
