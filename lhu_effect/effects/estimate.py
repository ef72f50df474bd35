"""The arrows of this room composed: a table of cells and a study to the effects table with verdicts.

`estimate_effects` asks every question of the study, designs, solves and judges them; the rows, the reasons
and what they rest on are laid out by `layout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from lhu_effect.effects.answers import Change, Numbers, changes, detectables, solve, solve_themes
from lhu_effect.effects.by_name import solve_by
from lhu_effect.effects.cells import MASKED, Cells, read_cells
from lhu_effect.effects.checks import checks
from lhu_effect.effects.comparison import candidates
from lhu_effect.effects.design import Design, Designer
from lhu_effect.effects.detectable import Detectable
from lhu_effect.effects.estimators import ESTIMATORS, before_after, noise_floor, theme
from lhu_effect.effects.families import Case, Judged, judge_all
from lhu_effect.effects.firmness import floor_sensitive
from lhu_effect.effects.given import (
    check_estimator,
    check_level,
    check_table,
    check_waves,
    indicators_of,
    promise_of,
    years_of,
)
from lhu_effect.effects.layout import exposures, reasons, rows, standings
from lhu_effect.effects.model import Effects
from lhu_effect.effects.named import BySchools, ByUnits
from lhu_effect.effects.periods import without_measure
from lhu_effect.effects.questions import Question, Waves, all_questions
from lhu_effect.effects.refused import Refused
from lhu_effect.effects.schools import Schools, read_schools
from lhu_effect.effects.verdict import THEME_MARGIN, Evidence, share_margin
from lhu_effect.errors import EstimationError
from lhu_effect.study.check import check_study
from lhu_effect.study.model import Study

if TYPE_CHECKING:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey.cube import Cube

FEW = 3
NAN = float("nan")


@dataclass(frozen=True)
class Answered:
    """A question with everything that was found out about it."""

    question: Question
    design: Design
    effect: Numbers | theme.Theme | Refused
    change: Change | Refused
    flags: frozenset[str]
    effect_judged: Judged
    change_judged: Judged
    detectable: Detectable | None = None


def estimate_effects(
    table: Cube | MaskedCube,
    study: Study,
    *,
    estimator: str | None = None,
    before: Sequence[int] | int | None = None,
    after: Sequence[int] | int | None = None,
    promise: str | int | None = None,
    indicator: str | Sequence[str] | None = None,
    level: float | None = None,
    with_checks: bool = True,
) -> Effects:
    """Every effect and change of the study: promises x indicators x units x strata x waves, with verdicts.

    table: what may be published (a MaskedCube), or a Cube, raw or tabulated: then the numbers are private.
    level: of the conf columns, default 1 - the study's alpha. promise, indicator: keep only those rows;
    families and verdicts stay those of the whole study. before, after: waves to use instead of what the dates
    say. estimator: a name in ESTIMATORS instead of the default. with_checks False: leave the checks table empty.
    Raises EstimationError for an unknown promise, indicator, wave or estimator, and for a table that holds nothing
    of the study's municipality, ids that the study does not know, or a cell twice; StudyError for a study made in
    code that contradicts itself.

    >>> import lhu_effect as lhu
    >>> study = lhu.open_study()
    >>> cube = lhu.read_survey(study).cube
    >>> effects = estimate_effects(cube, study, indicator="narcotics_12_months", after=2023, with_checks=False)
    >>> one = effects["2020", "narcotics_12_months"]
    >>> one.conf_low < one.estimate < one.conf_high, one.estimator
    (True, 'noise_floor_did')
    """
    check_table(table, study)
    if study.folder is None:
        check_study(study, "")
    frame = tabulated(table, study)
    period = promise_of(promise, study)
    wanted = indicators_of(indicator, study, frame)
    check_estimator(estimator)
    chosen = Waves(years_of(before), years_of(after))
    check_waves(chosen.before, chosen.after, sorted(frame["year"].unique().to_list()))
    level = 1 - study.alpha if level is None else level
    check_level(level)
    cells = read_cells(frame, study, candidates(study, frame["municipality"].unique().to_list()))
    asked = all_questions(study, cells, chosen)
    schools = _schools(table, study, cells)
    answered = answer_all(study, cells, asked, level, schools, named(estimator, table, schools))
    kept = [a for a in answered if _wanted(a.question, period, wanted)]
    known = study.registry.indicators
    return Effects(
        rows=rows(kept, study, cells, estimator or noise_floor.NAME),
        checks=checks(kept if with_checks else [], study, cells, frame, level, schools),
        masked=_is_masked(table),
        level=level,
        reasons=reasons(kept, study, cells),
        standings=standings(kept, cells),
        exposures=exposures(kept, study),
        without_measure=without_measure(study, [known[i] for i in cells.indicators() if i in known]),
        study=study,
    )


def answer_all(
    study: Study,
    cells: Cells,
    asked: Sequence[Question],
    level: float,
    schools: Schools | None = None,
    by: ByUnits | BySchools | None = None,
    *,
    power: bool = True,
) -> list[Answered]:
    """Design, solve and judge the questions, in their order. by: another estimator than the default.

    A composite has no other estimator: it is left out where one is asked for. power False: no detectable
    effects.
    """
    asked = [q for q in asked if by is None or not q.is_theme]
    designer = Designer(study, cells, schools.phi0 if schools else lambda _, __: None)
    designs = [designer.design(q) for q in asked]
    single = [i for i, q in enumerate(asked) if not q.is_theme]
    themes = [i for i, q in enumerate(asked) if q.is_theme]
    some = [designs[i] for i in single]
    solved = solve(some, cells, level)
    changed = changes(some, solved, level)
    if by is not None:
        solved = [solve_by(by, d, cells, schools, level) for d in some]
    composites = solve_themes([designs[i] for i in themes], cells, study, level)
    effects: dict[int, Numbers | theme.Theme | Refused] = {
        **dict(zip(single, solved, strict=True)),
        **dict(zip(themes, composites, strict=True)),
    }
    moved = {**dict.fromkeys(themes, Refused("theme")), **dict(zip(single, changed, strict=True))}
    order = range(len(asked))
    answers = [effects[i] for i in order]
    return judged(study, designs, answers, [moved[i] for i in order], cells, power=power)


def judged(
    study: Study,
    designs: Sequence[Design],
    effects: Sequence[Numbers | theme.Theme | Refused],
    moved: Sequence[Change | Refused],
    cells: Cells,
    *,
    power: bool = True,
) -> list[Answered]:
    """Give every answer its verdicts, effects and changes apart."""
    flags = [_flags(d, e) for d, e in zip(designs, effects, strict=True)]
    of_effects = [
        effect_case(d, e, study, "few_comparisons" in f)
        for d, e, f in zip(designs, effects, flags, strict=True)
    ]
    of_changes = [change_case(d, c, study) for d, c in zip(designs, moved, strict=True)]
    alike = judge_all(of_effects, study.alpha, themes=True)
    alone = judge_all(of_changes, study.alpha, themes=False)
    for i in floor_sensitive(designs, effects, of_effects, alike, study, cells):
        flags[i] |= {"floor_sensitive"}
    visible = detectables(effects, [power and d.question.kind == "after" for d in designs])
    made = zip(designs, effects, moved, flags, alike, alone, visible, strict=True)
    return [Answered(d.question, d, e, c, f, je, jc, v) for d, e, c, f, je, jc, v in made]


def effect_case(d: Design, effect: Numbers | theme.Theme | Refused, study: Study, weak: bool) -> Case:
    """What an effect is judged on."""
    q = d.question
    refused = _refusal(d, effect)
    if isinstance(effect, Refused):
        return Case(q, _nothing(study, q, refused), NAN, weak)
    if isinstance(effect, theme.Theme):
        wide, at90 = (effect.intervals[k] for k in (max(effect.intervals), 0.90))
        e = Evidence(
            wide.logit_low,
            wide.logit_high,
            at90.logit_low,
            at90.logit_high,
            NAN,
            THEME_MARGIN,
            "lower",
            refused,
        )
        return Case(q, e, effect.p_value, weak)
    upper = None if effect.upper is None else _evidence(effect.upper, study, q, refused)
    upper = None if upper is None or effect.upper is None else replace(upper, p_adjusted=effect.upper.p_value)
    return Case(q, _evidence(effect, study, q, refused), effect.p_value, weak, upper)


def change_case(d: Design, change: Change | Refused, study: Study) -> Case:
    """What a change is judged on; an assumed floor must leave it clear at the strict floor too."""
    q = d.question
    refused = _refusal(d, change)
    if isinstance(change, Refused):
        return Case(q, _nothing(study, q, refused), NAN)
    e = _change_evidence(change, study, q, refused)
    upper = None
    if change.upper is not None:
        upper = replace(_change_evidence(change.upper, study, q, refused), p_adjusted=change.upper.p_value)
    return Case(q, e, change.p_value, upper=upper)


def _evidence(n: Numbers, study: Study, q: Question, refused: str) -> Evidence:
    m = share_margin(study.margin, n.counterfactual)
    s = n.span
    better = study.registry.indicators[q.indicator].better
    return Evidence(s.low, s.high, s.low90, s.high90, NAN, (-m, m), better, refused)


def _change_evidence(c: Change, study: Study, q: Question, refused: str) -> Evidence:
    m = share_margin(study.margin, c.share_before)
    s = c.span
    holds = not c.assumed or c.largest_floor >= before_after.STRICT_TAU
    better = study.registry.indicators[q.indicator].better
    return Evidence(s.low, s.high, s.low90, s.high90, NAN, (-m, m), better, refused, holds=holds)


def _nothing(study: Study, q: Question, refused: str) -> Evidence:
    known = study.registry.indicators.get(q.indicator)
    return Evidence(NAN, NAN, NAN, NAN, NAN, (NAN, NAN), known.better if known else "lower", refused)


def _refusal(d: Design, answer: Numbers | theme.Theme | Change | Refused) -> str:
    """The contract's reason for no verdict: what the wave is, then what the answer lacks."""
    q = d.question
    if q.kind != "after":
        return "placebo" if q.kind == "before" else "during"
    if isinstance(answer, Refused):
        return _theme_reason(d, answer) if d.blocks else _said_reason(answer)
    if d.block is not None and d.column is not None and d.block.status[d.row, d.column] == MASKED:
        return "masked"
    return ""


def _theme_reason(d: Design, refused: Refused) -> str:
    """A composite that lacks cells common to its indicators: masked where a mask is why, else as refused."""
    if refused.reason not in ("no_comparison", "no_before_wave") or not d.rows or not d.own:
        return _said_reason(refused)
    named = refused.facts.get("indicator")
    blocks = d.blocks if not isinstance(named, int) else (d.blocks[named],)
    if any(b.hidden[r, c] for b in blocks for r in (d.row, *d.rows) for c in d.others):
        return "masked"
    return "not_linked" if refused.reason == "no_comparison" else refused.reason


def _said_reason(refused: Refused) -> str:
    if refused.reason == "no_comparison" and "unlinked_year" in refused.facts:
        return "not_linked"
    return {"missing": "wave_missing"}.get(refused.reason, refused.reason)


def _flags(d: Design, effect: Numbers | theme.Theme | Refused) -> frozenset[str]:
    """The design's flags and those that the estimate adds."""
    raised = set(d.flags)
    if isinstance(effect, Refused):
        return frozenset(raised - {"masked_comparison", "unknown_exposure", "contaminated"})
    units = len(effect.rows) if isinstance(effect, Numbers) else len(effect.comparisons)
    raised |= {"few_comparisons"} if units < FEW else set()
    raised |= {"one_comparison"} if units == 1 else set()
    if isinstance(effect, Numbers) and effect.point is None:
        raised.add("interval_only")
    ends = effect.logit if isinstance(effect, Numbers) else _theme_ends(effect)
    if any(abs(x) == float("inf") for x in ends):
        raised.add("unbounded")
    return frozenset(raised)


def _theme_ends(effect: theme.Theme) -> tuple[float, float]:
    wide = effect.intervals[max(effect.intervals)]
    return wide.logit_low, wide.logit_high


def named(name: str | None, table: Cube | MaskedCube, schools: Schools | None) -> ByUnits | BySchools | None:
    """The estimator of that name, None for the default. Raises EstimationError where its data are lacking."""
    found = next((e for e in ESTIMATORS if e.name == name), None)
    if found is None or found.name == noise_floor.NAME:
        return None
    if isinstance(found, BySchools) and schools is None:
        raise EstimationError(
            "effects.needs_cube" if _is_masked(table) else "effects.needs_schools", name=name
        )
    return found


def _schools(table: Cube | MaskedCube, study: Study, cells: Cells) -> Schools | None:
    from lhu_effect.survey.cube import Cube

    return read_schools(table, study, cells) if isinstance(table, Cube) else None


def _wanted(q: Question, promise: str | None, indicators: Sequence[str] | None) -> bool:
    ids = {p.id for p in q.period.promises} | {q.period.id}
    return (promise is None or promise in ids) and (indicators is None or q.indicator in indicators)


def tabulated(table: Cube | MaskedCube, study: Study) -> pl.DataFrame:
    """The tabulated cells: a Cube that is not tabulated yet is."""
    from lhu_effect.survey.cube import Cube

    if isinstance(table, Cube) and not _tabulated(table, study):
        from lhu_effect.survey.tabulate import tabulate

        return tabulate(table, study).frame
    return table.frame


def _tabulated(table: Cube, study: Study) -> bool:
    """Whether the cube already holds the study's own strata or pooled districts."""
    from lhu_effect.definitions.model import GRADES

    made = {s.id for s in study.strata} - set(GRADES)
    pooled = {p.id for p in study.pooled}
    frame = table.frame
    return bool(frame["grade"].is_in(list(made)).any() or frame["district"].is_in(list(pooled)).any())


def _is_masked(table: Cube | MaskedCube) -> bool:
    from lhu_effect.survey.cube import Cube

    return not isinstance(table, Cube)
