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
from numpy.typing import ArrayLike

from lhu_effect.effects import clustered
from lhu_effect.effects.clustered import Fit, Vcov, WildBootstrap
from lhu_effect.effects.named import Named, Scale, SchoolCells, SchoolRows
from lhu_effect.effects.noise import Array
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.regressors import Labels, Regressors

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
    cells = _cells(k, n, school, unit, year, exposed, extra)
    return _estimate(cells, levels, link, vcov)


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
    made = _asked(_cells(k, n, school, unit, year, exposed, extra))
    if isinstance(made, Refused):
        return made
    return clustered.wild_bootstrap(made.k / made.n, made.n, made.of, 0, level)


def _cells(
    k: ArrayLike, n: ArrayLike, school: Labels, unit: Labels, year: Labels, exposed: ArrayLike, extra: Labels | None
) -> SchoolCells:  # fmt: skip
    counts, base = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return SchoolCells(counts, base, SchoolRows(school, unit, year, np.asarray(exposed), extra))


def _estimate(cells: SchoolCells, levels: Sequence[float], link: Link, vcov: Vcov) -> Clustered | Refused:
    from scipy.special import stdtr, stdtrit

    made = _asked(cells)
    if isinstance(made, Refused):
        return made
    schools = len(made.of.clusters)
    fit = _fit(made, link)
    if fit is None:
        return Refused("separation", {"schools": schools})
    variance = fit.variance(0, vcov)
    if not np.isfinite(variance) or variance <= 0:
        return Refused("leverage", {"schools": schools})
    df = float(schools - 1) if vcov in ("CR0", "CR1") else fit.satterthwaite(0, vcov)
    effect, error = float(fit.beta[0]), float(np.sqrt(variance))
    half = {level: float(stdtrit(df, (1 + level) / 2)) * error for level in levels}
    return Clustered(
        estimate=effect,
        std_error=error,
        df=df,
        p_value=float(2 * stdtr(df, -abs(effect) / error)),
        intervals={level: (effect - x, effect + x) for level, x in half.items()},
        clusters=schools,
        treated_clusters=made.of.exposed_clusters,
        unheard=len(fit.unheard(0)),
        link=link,
        vcov=vcov,
        pupils=int(made.n.sum()),
    )


def _named(cells: SchoolCells, levels: Sequence[float], link: Link, vcov: Vcov) -> Named | Refused:
    made = _estimate(cells, levels, link, vcov)
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
    made = _asked(cells)
    if isinstance(made, Refused):
        return made
    point = _estimate(cells, levels, "linear", "CR1")
    if isinstance(point, Refused):
        return point
    ends, p_value = {}, 1.0
    for level in levels:
        drawn = clustered.wild_bootstrap(made.k / made.n, made.n, made.of, 0, level)
        ends[level], p_value = (drawn.low, drawn.high), drawn.p_value
    note = "one_exposed_cluster" if point.treated_clusters == 1 else ""
    return Named(point.estimate, ends, p_value, "share", note=note)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Cells with answers: k of n (cells,) and the regressors they have."""

    k: Array
    n: Array
    of: Regressors


def _asked(cells: SchoolCells) -> _Asked | Refused:
    """Refused where fewer than two schools have answers or the dummies leave nothing of the effect."""
    seen = np.isfinite(cells.k) & (np.nan_to_num(cells.n) > 0)
    if not seen.all():
        cells = SchoolCells(cells.k[seen], cells.n[seen], cells.rows.where(seen))
    if cells.rows.schools < 2:
        return Refused("too_few", {"schools": cells.rows.schools, "limit": 2})
    found = cells.rows.regressors
    return Refused("no_comparison") if found is None else _Asked(cells.k, cells.n, found)


def _fit(made: _Asked, link: Link) -> Fit | None:
    if link == "linear":
        return clustered.least_squares(made.k / made.n, made.n, made.of)
    return clustered.logistic(made.k, made.n, made.of)
