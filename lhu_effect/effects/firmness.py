"""Which claims hang on how large the floor is taken to be: asked once more with a prior of tau half as wide again.

method.md 10 puts the result at tau scale .30 beside each headline effect; here the whole order of testing is run
at that scale, so that a claim is called sensitive when it would not have been made there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lhu_effect.effects.answers import Numbers, problem, theme_problem
from lhu_effect.effects.cells import Cells
from lhu_effect.effects.design import Design
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.families import Case, Judged, judge_all
from lhu_effect.effects.refused import Refused
from lhu_effect.study.model import Study

WIDE_TAU_SCALE = 0.30


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
