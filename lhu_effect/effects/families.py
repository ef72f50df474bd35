"""Which tests belong together, who may be judged at all, and the verdict on every answer.

Families of method.md section 4 and the testing orders of section 2b: primaries first (Holm), districts
only inside a claimed measure, everything else exploratory (Benjamini-Hochberg) or an interval only.
Effects and changes are judged by the same code, apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lhu_effect.effects.multiplicity import benjamini_hochberg, holm, split_between, theme_first
from lhu_effect.effects.noise import Array
from lhu_effect.effects.periods import in_order
from lhu_effect.effects.questions import Question
from lhu_effect.effects.verdict import Evidence, Verdict, agreed, judge
from lhu_effect.study.model import Headline, Promise

Way = Literal["", "holm", "theme_first", "split", "benjamini_hochberg", "district"]


@dataclass(frozen=True)
class Case:
    """One answer before the family is known: its question, evidence (p_adjusted NaN) and raw p-value.

    weak: too few comparison units to carry a headline; then it is exploratory. upper: the evidence at the
    most answers, where n is only bounded, with that end's own p-value.
    """

    question: Question
    evidence: Evidence
    p_value: float
    weak: bool = False
    upper: Evidence | None = None


@dataclass(frozen=True)
class Judged:
    """A verdict with the family it was given in. way: how p was adjusted. size: tests in the family."""

    verdict: Verdict
    evidence: Evidence
    p_adjusted: float
    family: str
    way: Way
    size: int


def judge_all(cases: Sequence[Case], alpha: float, themes: bool) -> list[Judged]:
    """A verdict for every case. themes: composites take part (effects; there is no composite of changes)."""
    family = family_of([c.question for c in cases])
    out: list[Judged | None] = [None] * len(cases)
    for name in dict.fromkeys(family):
        members = [i for i in range(len(cases)) if family[i] == name]
        for i, judged in _judge_family(name, members, cases, alpha, themes):
            out[i] = judged
    return [j for j in out if j is not None]


def family_of(questions: Sequence[Question]) -> list[str]:
    """The family of each question: promises linked by shared periods are tested together, whatever the theme."""
    group: dict[str, set[str]] = {}
    promises: dict[str, Promise] = {}
    for q in questions:
        ids = {p.id for p in q.period.promises}
        promises |= {p.id: p for p in q.period.promises}
        joined = ids.union(*(group.get(i, set()) for i in ids))
        group.update(dict.fromkeys(joined, joined))
    name = {i: "+".join(p.id for p in in_order([promises[j] for j in g])) for i, g in group.items()}
    return [name[q.period.promises[0].id] for q in questions]


def _judge_family(
    name: str, members: list[int], cases: Sequence[Case], alpha: float, themes: bool
) -> list[tuple[int, Judged]]:
    top = [i for i in members if _at_headline(cases[i])]
    adjusted = _headline_adjusted(top, cases, themes, alpha)
    claimed: dict[tuple[str, str], float] = {}
    out: list[tuple[int, Judged]] = []
    for i in top:
        p, way, size, closed = adjusted[i]
        judged = _verdict(cases[i], p, closed, alpha, name, way, size)
        if judged.verdict.rule == "claimed" and cases[i].question.primary and not cases[i].weak:
            claimed[_measure(cases[i])] = judged.p_adjusted
        out.append((i, judged))
    for measure in dict.fromkeys(_measure(cases[i]) for i in members):
        inside = [i for i in members if _measure(cases[i]) == measure and i not in adjusted]
        out += _judge_inside(inside, cases, claimed.get(measure), alpha, name)
    return out


def _measure(case: Case) -> tuple[str, str]:
    """What a claim for the whole opens its districts for: this indicator in this period, in no other."""
    return case.question.period.id, case.question.indicator


def _at_headline(case: Case) -> bool:
    q = case.question
    return q.kind == "after" and q.headline and q.judged and q.first


def _headline_adjusted(
    top: list[int], cases: Sequence[Case], themes: bool, alpha: float
) -> dict[int, tuple[float, Way, int, str]]:
    """Adjusted p, way, family size and closing reason of every case at the headline unit.

    A composite with too few comparison units opens nothing and takes no share of alpha: like any effect of so
    few it is exploratory (method.md 1), but where composites are wanted it is tested, not just shown.
    """
    mode = _mode([cases[i].question for i in top]) if themes else "indicators"
    composites = [
        i for i in top if cases[i].question.is_theme and (mode == "indicators" or not cases[i].weak)
    ]
    primaries = [i for i in top if _is_primary(cases[i])]
    explored = [i for i in top if i not in composites and i not in primaries]
    out: dict[int, tuple[float, Way, int, str]] = {}
    q_values = benjamini_hochberg(_p(explored, cases))
    out |= {
        i: (float(q), "benjamini_hochberg", _tested(explored, cases), "")
        for i, q in zip(explored, q_values, strict=True)
    }
    if mode == "indicators" or not composites:
        out |= {i: (float("nan"), "", 0, "not_judged_alone") for i in composites}
        out |= _with(primaries, holm(_p(primaries, cases)), "holm", cases)
    elif mode == "both":
        for_themes, for_primaries = split_between(_p(composites, cases), _p(primaries, cases))
        out |= _with(composites, for_themes, "split", cases) | _with(primaries, for_primaries, "split", cases)
    else:
        out |= _theme_first(composites, primaries, cases, alpha)
    return out


def _theme_first(
    composites: list[int], primaries: list[int], cases: Sequence[Case], alpha: float
) -> dict[int, tuple[float, Way, int, str]]:
    at = [_gate_of(cases[i].question, composites, cases) for i in primaries]
    gates, own = theme_first(_p(composites, cases), _p(primaries, cases), at)
    made = _with(composites, gates, "holm", cases) | _with(primaries, own, "theme_first", cases)
    for i, t in zip(primaries, at, strict=True):
        p, way, size, _ = made[i]
        open_ = t >= 0 and gates[t] <= alpha
        made[i] = (p, way, size, "" if open_ else "gate_closed")
    return made


def _gate_of(q: Question, composites: list[int], cases: Sequence[Case]) -> int:
    """The place of the composite that must claim before `q` may: its theme's, of the promises it answers for.

    -1 where there is none; where there are several (periods of other waves), the one hardest to claim.
    """
    mine = {p.id for p in q.period.promises}
    p_values = np.nan_to_num(_p(composites, cases), nan=np.inf)
    of = [cases[i].question for i in composites]
    found = [j for j, c in enumerate(of) if c.theme == q.theme and mine & {p.id for p in c.period.promises}]
    return max(found, key=lambda j: float(p_values[j]), default=-1)


def _mode(questions: Sequence[Question]) -> Headline:
    """Which answer was wanted beforehand; periods of one family that differ are answered both ways."""
    wanted = {q.period.headline for q in questions}
    return wanted.pop() if len(wanted) == 1 else "both"


def _is_primary(case: Case) -> bool:
    return case.question.primary and not case.question.is_theme and not case.weak


def _p(members: list[int], cases: Sequence[Case]) -> Array:
    """Raw p-values; NaN where there is no answer to test."""
    return np.array([np.nan if cases[i].evidence.refused else cases[i].p_value for i in members], dtype=float)


def _tested(members: list[int], cases: Sequence[Case]) -> int:
    return int((~np.isnan(_p(members, cases))).sum())


def _with(
    members: list[int], adjusted: Array, way: Way, cases: Sequence[Case]
) -> dict[int, tuple[float, Way, int, str]]:
    size = _tested(members, cases)
    return {i: (float(p), way, size, "") for i, p in zip(members, adjusted, strict=True)}


def _judge_inside(
    inside: list[int], cases: Sequence[Case], claimed: float | None, alpha: float, name: str
) -> list[tuple[int, Judged]]:
    """Districts (Holm, only where the measure is claimed for the whole); the rest gets intervals only.

    claimed: the adjusted p-value of the claim for the whole, None without one; a district's is never smaller.
    """
    districts = [i for i in inside if _is_district(cases[i])] if claimed is not None else []
    own = np.maximum(holm(_p(districts, cases)), claimed or 0.0)
    adjusted = dict(zip(districts, own, strict=True))
    out = []
    for i in inside:
        p = float(adjusted.get(i, np.nan))
        if i in adjusted:
            judged = _verdict(cases[i], p, "", alpha, name, "district", _tested(districts, cases))
        else:
            judged = _verdict(cases[i], p, "not_judged_alone", alpha, name, "", 0)
        out.append((i, judged))
    return out


def _is_district(case: Case) -> bool:
    q = case.question
    return q.kind == "after" and not q.headline and q.judged and q.first


def _verdict(
    case: Case, p_adjusted: float, closed: str, alpha: float, family: str, way: Way, size: int
) -> Judged:
    evidence = replace(case.evidence, p_adjusted=p_adjusted, closed=closed)
    verdict = judge(evidence, alpha)
    if case.upper is not None and not evidence.refused:
        verdict = agreed(verdict, judge(replace(case.upper, closed=closed), alpha))
    return Judged(verdict, evidence, p_adjusted, family, way, size)
