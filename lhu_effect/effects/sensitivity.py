"""The same question asked a little differently: an effect's variants, all solved in one call.

Leaves out comparison units, waves or earlier promises, keeps contaminated units, and takes the floor and
the design effect smaller and larger (method.md sections 5 and 10). Says nothing about what the answers mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lhu_effect.effects.answers import problem, theme_problem
from lhu_effect.effects.cells import Cells
from lhu_effect.effects.comparison import Standing
from lhu_effect.effects.design import Design
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.periods import precedes
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.study.model import Study

TAU_SCALES = (0.10, 0.20, 0.30)
PHI0S = (1.0, 1.4, 2.0)


@dataclass(frozen=True)
class Variant:
    """One variant of an answer: which check it belongs to, its name there, and its problem (or why none)."""

    place: int
    check: str
    name: str
    asked: Problem | theme.ThemeProblem | Refused


@dataclass(frozen=True)
class Outcome:
    """A variant's numbers: shares 0-1, or an index for a theme; p_value and reason "" when it has an answer."""

    place: int
    check: str
    name: str
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    reason: str = ""
    logit: tuple[float, float, float] | None = None


def variants(place: int, d: Design, study: Study, cells: Cells) -> Iterator[Variant]:
    """Every variant of one design that has an answer. place: the caller's mark, kept in the outcome."""
    for check, name, other in _designs(d, study, cells):
        yield Variant(place, check, name, problem_of(other, study, cells))
    asked = problem_of(d, study, cells)
    if isinstance(asked, Refused):
        return
    for scale in TAU_SCALES:
        yield Variant(place, "floor_scale", f"{scale:.2f}", replace(asked, tau_scale=scale))
    for phi0 in PHI0S:
        yield Variant(place, "design_effect", f"{phi0:.1f}", replace(asked, phi0=phi0))


def placebos(place: int, d: Design, study: Study, cells: Cells) -> Iterator[Variant]:
    """A composite's event study: each before wave predicted from the waves before it, and the after waves."""
    for i, column in enumerate(d.own):
        earlier = replace(
            d, own=d.own[:i], after=(column,), column=column, others=tuple(c for c in d.others if c <= column)
        )
        asked = problem_of(earlier, study, cells) if i else Refused("no_before_wave")
        yield Variant(place, "event_study", str(cells.years[column]), asked)


def outcomes(asked: Sequence[Variant], level: float) -> list[Outcome]:
    """Every variant answered, in order."""
    single = [v for v in asked if isinstance(v.asked, Problem)]
    themes = [v for v in asked if isinstance(v.asked, theme.ThemeProblem)]
    levels = (level, 0.90) if level != 0.90 else (level,)
    made: dict[int, Outcome] = {}
    results = noise_floor.estimate_many([v.asked for v in single if isinstance(v.asked, Problem)], levels)
    for v, r in zip(single, results, strict=True):
        made[id(v)] = _refused(v, r) if isinstance(r, Refused) else _outcome(v, r, level)
    of_themes = theme.estimate_many(
        [v.asked for v in themes if isinstance(v.asked, theme.ThemeProblem)], levels
    )
    for v, t in zip(themes, of_themes, strict=True):
        made[id(v)] = _refused(v, t) if isinstance(t, Refused) else _theme_outcome(v, t, level)
    return [_refused(v, v.asked) if isinstance(v.asked, Refused) else made[id(v)] for v in asked]


def _designs(d: Design, study: Study, cells: Cells) -> Iterator[tuple[str, str, Design]]:
    for row in d.rows if len(d.rows) > 1 else ():
        rest = tuple(r for r in d.rows if r != row)
        yield "leave_one_out", cells.units[row][0], replace(d, rows=rest)
    for column in d.own:
        own = tuple(c for c in d.own if c != column)
        others = tuple(c for c in d.others if c != column)
        yield "without_wave", str(cells.years[column]), replace(d, own=own, others=others)
    period = d.question.period
    clean = tuple(c for c in d.own if not precedes(period, study.wave(cells.years[c])))
    if clean != d.own:
        name = " ".join(str(cells.years[c]) for c in d.own if c not in clean)
        yield "without_earlier_promise", name, replace(d, own=clean)
    excluded = [s for s in d.standings if s.contaminated]
    if excluded:
        yield "contaminated_kept", *_contaminated(d, excluded, study, cells)


def _contaminated(d: Design, excluded: Sequence[Standing], study: Study, cells: Cells) -> tuple[str, Design]:
    """With those units where they are left out by default, without them where they are kept."""
    codes = " ".join(s.municipality for s in excluded)
    rows = tuple(cells.row(s.municipality) for s in excluded)
    if study.contaminated == "exclude":
        return f"with {codes}", replace(d, rows=tuple(sorted({*d.rows, *rows})))
    return f"without {codes}", replace(d, rows=tuple(r for r in d.rows if r not in rows))


def problem_of(d: Design, study: Study, cells: Cells) -> Problem | theme.ThemeProblem | Refused:
    """The estimator's question of a design, at the fewest answers where n is only bounded."""
    if not d.own:
        return Refused("no_before_wave")
    if not d.rows:
        return Refused("no_comparison")
    if d.blocks:
        return theme_problem(d, cells, study)
    assert d.block is not None
    used = [(d.row, c) for c in (*d.own, d.column)] + [(r, c) for r in d.rows for c in d.others]
    end = "low" if any(d.block.bounded_n[at] for at in used) else ""
    return problem(d, cells, end)


def _outcome(v: Variant, r: noise_floor.NoiseFloor, level: float) -> Outcome:
    wide = r.intervals[level]
    return Outcome(v.place, v.check, v.name, r.estimate, wide.pp_low, wide.pp_high, r.p_value)


def _theme_outcome(v: Variant, r: theme.Theme, level: float) -> Outcome:
    wide = r.intervals[level]
    logit = None if r.estimate is None else (r.estimate, wide.logit_low, wide.logit_high)
    return Outcome(
        v.place, v.check, v.name, r.index, wide.index_low, wide.index_high, r.p_value, logit=logit
    )  # fmt: skip


def _refused(v: Variant, r: Refused) -> Outcome:
    reason = "not_linked" if "unlinked_year" in r.facts else r.reason
    return Outcome(v.place, v.check, v.name, None, None, None, None, reason)
