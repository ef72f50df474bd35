"""The theme taken together: one composite log-odds effect over several indicators, shown as an index.

method.md section 2b, symbols as there. Rounded counts enter with their variance; a masked target refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.effects import composite, noise
from lhu_effect.effects.noise import TAU_SCALE, Array, Flags
from lhu_effect.effects.problem import reaches, region_rows
from lhu_effect.effects.refused import Refused

NAME = "noise_floor_theme"
LEVELS = (0.95, 0.90)
MIN_TARGET_N = 60
MIN_EXPECTED = 5
LOT = 16


@dataclass(frozen=True, eq=False)
class ThemeProblem:
    """Counts of a theme's indicators in one stratum.

    k_low, k_high, n: (indicators, units, waves), NaN where there is none. years: (waves,), ascending.
    fit: (units, waves), FIT cells of method.md 2. unit: the promise unit's row. after: every after wave's
    column. higher: per indicator, whether a higher share is better. masked: bounds that come from a mask.
    regions: of the units; with more than one the region x wave term is fitted.
    """

    k_low: Array
    k_high: Array
    n: Array
    years: Array
    fit: Flags
    unit: int
    after: tuple[int, ...]
    phi0: float
    higher: tuple[bool, ...]
    masked: Flags | None = None
    tau_scale: float = TAU_SCALE
    regions: tuple[str, ...] | None = None

    def oriented(self) -> ThemeProblem:
        """Up is worse for all: k <- n - k where higher is better."""
        flip = np.array(self.higher)[:, None, None]
        low = np.where(flip, self.n - self.k_high, self.k_low)
        high = np.where(flip, self.n - self.k_low, self.k_high)
        return replace(self, k_low=low, k_high=high, higher=(False,) * len(self.higher))


@dataclass(frozen=True)
class ThemeInterval:
    """One level's interval: of the log-odds effect (may be infinite) and of the index (100 = as expected)."""

    logit_low: float
    logit_high: float
    index_low: float
    index_high: float


@dataclass(frozen=True)
class Theme:
    """A composite effect. estimate: log-odds; index: 100 times observed over expected, summed over questions.

    Where a mask of the promise unit's before waves leaves only an interval, estimate and index are None.
    indicators_used, left_out: positions in the input, left_out with the smallest n p (1-p). weights: of the
    used indicators, sum 1. before: columns of the unit's FIT waves. comparisons: rows used.
    """

    estimate: float | None
    index: float | None
    intervals: Mapping[float, ThemeInterval]
    p_value: float
    counterfactual_logit: float
    counterfactual_var: float
    psi0: float
    psi_mean: float
    tau_mean: float
    tau2_mean: float
    omega_mean: float
    omega_r_mean: float
    indicators_used: tuple[int, ...]
    left_out: Mapping[int, float]
    weights: tuple[float, ...]
    cells_used: int
    n: int
    before: tuple[int, ...]
    comparisons: tuple[int, ...]


def estimate(problem: ThemeProblem, levels: Sequence[float] = LEVELS) -> Theme | Refused:
    """The composite effect over all after waves, or why there is none."""
    return estimate_many([problem], levels)[0]


def estimate_many(
    problems: Sequence[ThemeProblem], levels: Sequence[float] = LEVELS
) -> list[Theme | Refused]:
    """One result per problem, in their order."""
    ready = [_prepared(p.oriented()) for p in problems]
    out: dict[int, Theme | Refused] = {i: r for i, r in enumerate(ready) if isinstance(r, Refused)}
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, r in enumerate(ready):
        if isinstance(r, _Ready):
            groups.setdefault((r.asked.years.tobytes(), r.cells.shape, r.asked.regions), []).append(i)
    for rows in groups.values():
        for start in range(0, len(rows), LOT):
            lot = rows[start : start + LOT]
            asked = [r for r in (ready[i] for i in lot) if isinstance(r, _Ready)]
            out |= dict(zip(lot, _estimate(asked, levels), strict=True))
    return [out[i] for i in range(len(problems))]


@dataclass(frozen=True, eq=False)
class _Ready:
    """A question that can be answered: oriented counts, used indicators, FIT cells (units, waves)."""

    asked: ThemeProblem
    used: tuple[int, ...]
    left_out: dict[int, float]
    cells: Flags

    @property
    def rows(self) -> list[int]:
        return list(self.used)

    @property
    def masked(self) -> bool:
        p = self.asked
        return p.masked is not None and bool((p.masked[self.rows, p.unit] & self.cells[p.unit]).any())

    def moved(self, end: str) -> _Ready:
        """The promise unit's masked before cells at the bounds that give the effect's `end`."""
        p = self.asked
        own = np.zeros(p.n.shape, dtype=bool)
        if p.masked is not None:
            own[:, p.unit] = p.masked[:, p.unit] & self.cells[p.unit]
        to = p.k_high if end == "low" else p.k_low
        low, high = np.where(own, to, p.k_low), np.where(own, to, p.k_high)
        return replace(self, asked=replace(p, k_low=low, k_high=high))


def _prepared(asked: ThemeProblem) -> _Ready | Refused:
    refused = _target_refusal(asked)
    if refused is not None:
        return refused
    used, left_out, cells = _selection(asked)
    return _fit_refusal(asked, used, left_out, cells) or _Ready(asked, used, left_out, cells)


def _target_refusal(p: ThemeProblem) -> Refused | None:
    at = (slice(None), p.unit, list(p.after))
    counted = np.isfinite(p.k_low[at] + p.k_high[at] + p.n[at])
    hidden = np.zeros(counted.shape, dtype=bool) if p.masked is None else p.masked[at]
    for reason, bad in (("masked", hidden), ("missing", ~counted)):
        if bad.any():
            i, t = np.argwhere(bad)[0]
            return Refused(reason, {"indicator": int(i), "year": int(p.years[p.after[t]])})
    return None


def _cells(p: ThemeProblem, used: Sequence[int]) -> Flags:
    """FIT cells: every used indicator has k and n >= 5 there. (units, waves)"""
    k = (p.k_low + p.k_high) / 2
    return np.asarray(np.stack([noise.usable(k[i], p.n[i], p.fit) for i in used]).all(0))


def _selection(p: ThemeProblem) -> tuple[tuple[int, ...], dict[int, float], Flags]:
    """Step 3: leave out, all at once and again, indicators with n p~(1-p~) < 5 at a target."""
    used = tuple(range(len(p.n)))
    left_out: dict[int, float] = {}
    while True:
        cells, rows, after = _cells(p, used), list(used), list(p.after)
        logit_p = composite.smoothed_logits(((p.k_low + p.k_high) / 2)[rows], p.n[rows], cells)
        expected = p.n[rows, p.unit][:, after] * noise.spread(logit_p[:, p.unit, after])
        least = expected.min(1)
        rare = {i: float(x) for i, x in zip(used, least, strict=True) if x < MIN_EXPECTED}
        left_out |= rare
        used = tuple(i for i in used if i not in rare)
        if not rare or len(used) < 2:
            return used, left_out, cells


def _fit_refusal(
    p: ThemeProblem, used: Sequence[int], left_out: dict[int, float], cells: Flags
) -> Refused | None:
    if len(used) < 2:
        return Refused("too_few", {"indicators": len(used), "rare": len(left_out)})
    n = int(p.n[list(used), p.unit][:, list(p.after)].min())
    if n < MIN_TARGET_N:
        return Refused("too_few", {"n": n, "limit": MIN_TARGET_N})
    reason = _missing_link(p, cells)
    if reason is None:
        return None
    alone = [i for i in used if _missing_link(p, _cells(p, [j for j in used if j != i])) is None]
    return Refused(reason, {"indicator": alone[0]} if len(alone) == 1 else {})


def _missing_link(p: ThemeProblem, cells: Flags) -> str | None:
    if not np.delete(cells, p.unit, axis=0).any():
        return "no_comparison"
    if not cells[p.unit].any():
        return "no_before_wave"
    return None if all(reaches(cells, p.unit, t) for t in p.after) else "no_comparison"


def _estimate(ready: Sequence[_Ready], levels: Sequence[float]) -> list[Theme]:
    """Questions on the same years and number of units, answered together."""
    middle = _posterior(ready)
    variants = [middle]
    if any(r.masked for r in ready):
        variants += [_posterior([r.moved(end) for r in ready]) for end in ("low", "high")]
    zero = np.zeros((len(ready), 1))
    tried = [composite.ends(v, levels) for v in variants]
    indices = [
        (composite.index(v, low), composite.index(v, high))
        for v, (low, high) in zip(variants, tried, strict=True)
    ]
    at_zero = [v.cdf(zero)[:, 0] for v in variants]
    p_value = 2 * np.minimum(np.max(at_zero, axis=0), 1 - np.min(at_zero, axis=0))
    columns = {
        "four": np.stack(
            [
                np.min([low for low, _ in tried], axis=0),
                np.max([high for _, high in tried], axis=0),
                np.min([low for low, _ in indices], axis=0),
                np.max([high for _, high in indices], axis=0),
            ]
        ),
        "index": composite.index(middle, middle.point[:, None])[:, 0],
        "point": middle.point,
        "mean": middle.mean,
        "var": middle.var,
        "p_value": np.minimum(1.0, p_value),
    }
    return [_theme(i, r, middle, columns, levels) for i, r in enumerate(ready)]


def _posterior(ready: Sequence[_Ready]) -> composite.Posterior:
    made = [
        composite.compose(
            r.asked.k_low[r.rows],
            r.asked.k_high[r.rows],
            r.asked.n[r.rows],
            r.cells,
            r.asked.unit,
            r.asked.after,
            r.asked.phi0,
        )
        for r in ready
    ]
    return composite.posterior(
        made,
        [r.cells for r in ready],
        ready[0].asked.years,
        [r.asked.unit for r in ready],
        [r.asked.after for r in ready],
        [r.asked.tau_scale for r in ready],
        region_rows(ready[0].asked.regions),
    )


def _theme(
    i: int, ready: _Ready, post: composite.Posterior, columns: dict[str, Array], levels: Sequence[float]
) -> Theme:
    p, cells, hidden = ready.asked, ready.cells, ready.masked
    return Theme(
        estimate=None if hidden else float(columns["point"][i]),
        index=None if hidden else float(columns["index"][i]),
        intervals={x: ThemeInterval(*columns["four"][:, i, r].tolist()) for r, x in enumerate(levels)},
        p_value=float(columns["p_value"][i]),
        counterfactual_logit=float(columns["mean"][i]),
        counterfactual_var=float(columns["var"][i]),
        psi0=post.made[i].psi0,
        **{name: float(x[i]) for name, x in post.means.items()},
        indicators_used=ready.used,
        left_out=ready.left_out,
        weights=tuple(post.made[i].w.tolist()),
        cells_used=int(cells.sum()),
        n=int(p.n[ready.rows, p.unit][:, list(p.after)].min()),
        before=tuple(np.flatnonzero(cells[p.unit]).tolist()),
        comparisons=tuple(int(d) for d in np.flatnonzero(cells.any(1)) if d != p.unit),
    )
