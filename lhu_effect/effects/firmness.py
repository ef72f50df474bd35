"""Which claims hang on how large the floor is taken to be: everybody's, and the municipality's own.

method.md 10 puts the result at tau scale .30 beside each headline effect; `floor_sensitive` runs the whole order of
testing at that scale. The model takes the municipality to swing like its comparisons; what the data can hardly tell
(a few own waves) is answered the other way round by `largest_own_floor`, as method.md 3 does for changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lhu_effect.effects import mixture
from lhu_effect.effects.answers import Numbers, problem, theme_problem
from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.families import Case, Judged, judge_all
from lhu_effect.effects.refused import Refused
from lhu_effect.study.model import Study

WIDE_TAU_SCALE = 0.30
TOP = 8.0
HALVINGS = 50


def floor_sensitive(
    designs: Sequence[Design],
    effects: Sequence[Numbers | theme.Theme | Refused],
    cases: Sequence[Case],
    judged: Sequence[Judged],
    study: Study,
    cells: Cells,
) -> frozenset[int]:
    """Places of the claims that would not be made were the municipalities' own swings larger.

    A claim can only be lost by its own p-value or a gate's, so only claims are solved again. Estimators without a
    floor (`fitted` None) keep their p-values.
    """
    claims = [i for i, j in enumerate(judged) if j.verdict.rule == "claimed"]
    wider = {i: _p_value(designs[i], effects[i], study, cells) for i in claims}
    again = [replace(c, p_value=max(c.p_value, wider[i])) if i in wider else c for i, c in enumerate(cases)]
    if not claims:
        return frozenset()
    alike = judge_all(again, study.alpha, themes=True)
    return frozenset(i for i in claims if alike[i].verdict.rule != "claimed")


def _p_value(design: Design, effect: Numbers | theme.Theme | Refused, study: Study, cells: Cells) -> float:
    """The p-value at the wide scale; the larger of both ends where n is only bounded; 0 where there is no floor."""
    if isinstance(effect, theme.Theme):
        wide = theme.estimate(replace(theme_problem(design, cells, study), tau_scale=WIDE_TAU_SCALE))
        return 0.0 if isinstance(wide, Refused) else wide.p_value
    if not isinstance(effect, Numbers) or effect.fitted is None:
        return 0.0
    ends = ("low", "high") if effect.upper is not None else ("",)
    problems = [replace(problem(design, cells, end), tau_scale=WIDE_TAU_SCALE) for end in ends]
    return max(r.p_value for r in noise_floor.estimate_many(problems) if not isinstance(r, Refused))


def largest_own_floor(design: Design, effect: Numbers, alpha: float) -> float:
    """The largest swings of the municipality's own (sd, log-odds) at which the interval still leaves out 0.

    Swings beyond those of the comparisons add d^2 (1 + 1/waves before) to the variance of the counterfactual: once in
    the target, and once in the mean of the waves before. NaN where the interval holds 0, or where there is no floor,
    no known n or a mask.
    """
    fitted = effect.fitted
    if fitted is None or effect.upper is not None or fitted.estimate is None:
        return math.nan
    assert design.block is not None
    at = design.row, design.column
    k = np.array([[design.block.k_low[at], design.block.k_high[at]]], dtype=float)
    post, waves = fitted.posterior, len(fitted.before)
    one = [x[None, :] for x in (post.weight, post.c, post.phi)]

    def clear(d: float) -> bool:
        V = post.V[None, :] + d**2 * (1 + 1 / waves)
        mix = mixture.mixture(one[0], one[1], V, one[2], np.array([float(fitted.n)]))
        low, high = mixture.cdf(mix, k, np.zeros((1, 2)))[0]
        return bool(low > 1 - alpha / 2 or high < alpha / 2)

    if not clear(0.0):
        return math.nan
    low, high = 0.0, TOP
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if clear(middle) else (low, middle)
    return math.sqrt(effect.tau2 + low**2)
