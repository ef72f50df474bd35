"""Does the method keep its promises? Scenarios x seeds of surveys with a known truth, through the real verdicts.

    python tests/benchmarks/calibration.py --seeds 400 --doc docs/method.md --commit ID   # the table there
    python tests/benchmarks/calibration.py --seeds 200 --only planted   # the demo's planted effect
    python tests/benchmarks/calibration.py --seeds 400 --fresh --only large_floor   # its lowest, on seeds 401-800
    python tests/benchmarks/calibration.py --list

Seeds are 1..N, never chosen; every scenario is printed. The lowest of many intervals is chosen after the fact: --fresh
asks seeds N+1..2N of the same unit and question. Each seed's result is kept in --store (JSON lines), so a
stopped run goes on where it was; same seeds, same table. Two processes by default; start it under `nice`.

Per scenario and seed: pupils and their answers are drawn (lhu_effect.simulate), counted into the study's cells, and
asked every question of the promise through `effects.estimate.answer_all`: six indicators, both theme composites,
the municipality and its districts. Truth is the effect on the expected share of those enrolled, given the same
realised moves without the promise.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lhu_effect.definitions.model import Exposure, Wave
from lhu_effect.disclosure import mask
from lhu_effect.effects.answers import Change, Numbers
from lhu_effect.effects.cells import MASKED, OBSERVED, Block, Cells
from lhu_effect.effects.estimate import Answered, answer_all
from lhu_effect.effects.estimators import aggregate, theme
from lhu_effect.effects.noise import TAU_SCALE
from lhu_effect.effects.questions import Question, all_questions
from lhu_effect.i18n import Text
from lhu_effect.simulate import Settings
from lhu_effect.simulate.counts import Tables, cube_of
from lhu_effect.simulate.draw import Answers, Plan, Pupils
from lhu_effect.study import load_study
from lhu_effect.study.model import Promise, Study
from lhu_effect.survey.tabulate import tabulate

Floats = NDArray[np.float64]
Truths = dict[tuple[str, str, str, int], tuple[float, float]]
NOTE_FILE = Path(__file__).parents[2] / "lhu_effect" / "effects" / "replication" / "calibration.toml"
DRUGS = ("narcotics_12_months", "offered_narcotics_12_months", "easy_to_get_narcotics")
SAFETY = ("safe_in_school", "safe_neighbourhood_evening", "safe_centre_evening")
PRIMARY = ("narcotics_12_months", "easy_to_get_narcotics", "safe_neighbourhood_evening")
HEAD, PART = ("ak9_gy2", ("ak9", "gy2")), ("ak9", ("ak9",))


@dataclass(frozen=True)
class Scenario:
    """One world. comparison: how many comparison municipalities (None: all). floor: what the coverage must reach.

    publish: "exact", "rounded" (whole per cents), "masked" (counts under 5 hidden, the promise unit's target
    hidden) or "own" (what `disclosure.mask` lets through). kind: "" or what must be refused: "no_comparison",
    "during", "masked". promises: id, first and last day of each; empty: the one of 2020. far: how many
    comparison municipalities lie in another county. any_floor: own swings of every size that the method
    expects beforehand, another for each seed.
    """

    name: str
    what: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    odds_ratio: float = 1.0
    comparison: int | None = None
    years: tuple[int, ...] = (2011, 2014, 2017, 2020, 2023)
    publish: str = "exact"
    kind: str = ""
    floor: float = 0.93
    promises: tuple[tuple[str, date, date], ...] = ()
    far: int = 0
    any_floor: bool = False

    def __post_init__(self) -> None:
        assert self.publish in ("exact", "rounded", "masked", "own")


EARLY = ("2018", date(2017, 9, 1), date(2018, 12, 31))
LATE = ("2021", date(2021, 3, 11), date(2021, 12, 31))

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("base", "no effect, ordinary swings (.12, districts .08)"),
    Scenario("effect", "odds x 0.6 in every question", odds_ratio=0.6),
    Scenario("increase", "odds x 1.6 in every question", odds_ratio=1.6),
    Scenario("no_floor", "no swings of their own", {"between_wave_sd": 0.0, "district_sd": 0.0}),
    Scenario("large_floor", "swings .25", {"between_wave_sd": 0.25}),
    Scenario("persistent", "swings .15 that last (rho .6)", {"between_wave_sd": 0.15, "persistence": 0.6}),
    Scenario("heavy_tails", "swings of t with 3 df", {"tails_df": 3.0}),
    Scenario("common_shocks", "common swings .4", {"common_sd": 0.4}),
    Scenario("clustered", "classes more alike (icc .06)", {"icc": 0.06}),
    Scenario("rare", "rare answers (log-odds -1.5)", {"level_shift": -1.5}),
    Scenario("three_comparisons", "three comparison municipalities", comparison=3),
    Scenario("one_comparison", "one comparison municipality", comparison=1),
    Scenario("one_before", "one wave before", years=(2020, 2023)),
    Scenario("rounded", "published as whole per cents", publish="rounded"),
    Scenario("slopes", "districts and municipalities drift apart (.06)", {"slope_sd": 0.06}, floor=0.90),
    Scenario("composition", "higher-risk group 10 points larger after", {"composition_shift": 0.1}, floor=0.90),
    Scenario("selective", "non-response not at random (.2)", {"selective": -0.2}, floor=0.90),
    Scenario("effect_slopes", "odds x 0.6 and drift .06", {"slope_sd": 0.06}, odds_ratio=0.6, floor=0.90),
    Scenario("selective_strong", "non-response not at random (.6)", {"selective": -0.6}, floor=0.90),
    Scenario("own_masks", "only what our own disclosure control shows", publish="own"),
    Scenario("own_masks_rare", "the same with rare answers (log-odds -1)", {"level_shift": -1.0}, publish="own"),
    Scenario("two_after", "two waves after (safety has none before)", promises=(EARLY,)),
    Scenario("two_periods", "two promises in periods of their own, two families", promises=(EARLY, LATE)),
    Scenario("two_counties", "four of eight in another county, swings .2 by county", {"region_sd": 0.2}, far=4),
    Scenario(
        "unequal", "waves 3, 6 and 3 years apart, swings .15 that last",
        {"between_wave_sd": 0.15, "persistence": 0.6}, years=(2008, 2011, 2017, 2020, 2023),
    ),
    Scenario("stay_out", "one school in seven stayed out of 2020", {"school_participation": {2020: 0.85}}),
    Scenario("any_floor", "swings of every size the method expects", {"district_sd": 0.0}, any_floor=True),
    Scenario("alone", "no comparison municipality", {"common_sd": 0.0}, comparison=0, kind="no_comparison"),
    Scenario("during", "only waves during the promise", kind="during", odds_ratio=0.6),
    Scenario("masked", "the target is hidden, small counts too", publish="masked", kind="masked", odds_ratio=0.6),
)  # fmt: skip
PLANTED = Scenario("planted", "the demo: odds x 0.5 in easy_to_get_narcotics", odds_ratio=0.5)


class World:
    """A scenario made ready: study, plan, questions, and where every pupil is counted."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.planted = scenario.name == "planted"
        self.study = load_study(None) if self.planted else _study(scenario)
        effects = {"effect_in": ("all",)} if not self.planted else {}
        if scenario.kind == "during":
            effects["effect_years"] = (scenario.years[-1],)
        self.plan = Plan(
            self.study,
            Settings(odds_ratio=scenario.odds_ratio, years=scenario.years, **effects, **scenario.settings),
        )
        self.indicators = ("easy_to_get_narcotics",) if self.planted else (*DRUGS, *SAFETY)
        cells = self.plan.roster.cells
        own = self.study.municipality
        others = sorted({c[1] for c in cells} - {own})
        if scenario.comparison is not None:
            others = others[: scenario.comparison]
        self.comparison = tuple(others)
        self.districts = tuple(dict.fromkeys(c[2] for c in cells if c[1] == own and c[2] != "all"))
        self.pooled = {p.id: p.districts for p in self.study.pooled}
        self.units = (
            *((own, d) for d in ("all", *self.districts, *self.pooled)),
            *((code, "all") for code in self.comparison),
        )
        self.years = scenario.years
        self.at_unit = {u: i for i, u in enumerate(self.units)}
        self.asked = self._questions()
        self.cell = self.plan.roster.cell_of

    def _questions(self) -> tuple[Question, ...]:
        """The questions that are judged or gated; asked once, for they cannot depend on the numbers."""
        cells = self._cells({(i, s[0]): self._empty() for i in self.indicators for s in (HEAD, PART)})
        wanted = ("2020", "2021", "2022-2023") if self.planted else tuple(p.id for p in self.study.promises)
        asked = [
            q
            for q in all_questions(self.study, cells)
            if (q.kind == "after" or self.scenario.kind == "during") and q.period.promises[-1].id in wanted
        ]
        return tuple(q for q in asked if q.stratum == (HEAD[0] if q.district == "all" else PART[0]))

    def _empty(self) -> Block:
        """Cells that exist, with no numbers: districts lack gymnasium."""
        shape = (len(self.units), len(self.years))
        nothing = np.full(shape, np.nan)
        return Block(
            n=nothing, n_low=nothing, n_high=nothing, k_low=nothing, k_high=nothing, percent=nothing,
            status=np.full(shape, OBSERVED, dtype=np.int8), flags=np.full(shape, "", dtype=object),
        )  # fmt: skip

    def _cells(self, blocks: dict[tuple[str, str], Block]) -> Cells:
        return Cells(self.years, self.units, ("all", *self.districts, *self.pooled), self.comparison, blocks)

    @cache  # noqa: B019  one world per process
    def members(self, grades: tuple[str, ...]) -> NDArray[np.int64]:
        """Which cells of the roster add up to which unit and wave: (units x waves, cells), 0 or 1."""
        own, cells = self.study.municipality, self.plan.roster.cells
        made = np.zeros((len(self.units) * len(self.years), len(cells)), dtype=np.int64)
        for c, (year, code, district, grade) in enumerate(cells):
            parents = [
                (code, "all"),
                *((own, p) for p, parts in self.pooled.items() if code == own and district in parts),
            ]
            parents += [(code, district)] if district != "all" else []
            for unit in parents if grade in grades else ():
                if unit in self.at_unit:
                    made[self.at_unit[unit] * len(self.years) + self.years.index(year), c] = 1
        return made

    def summed(self, per_cell: Floats, grades: tuple[str, ...]) -> Floats:
        """A number per cell of the roster, added up: units x waves."""
        return (self.members(grades) @ per_cell).reshape(len(self.units), -1).astype(float)

    def counted(self, answers: Answers) -> tuple[Floats, Floats]:
        """k and n per cell of the roster."""
        size = len(self.plan.roster.cells)
        n = np.bincount(self.cell[answers.asked], minlength=size)
        return np.bincount(self.cell[answers.asked & answers.yes], minlength=size), n

    def truths(self, pupils: Pupils, made: Mapping[str, Answers]) -> Truths:
        """Expected share with and without the promise, of all enrolled: by indicator, unit, stratum and wave."""
        size = len(self.plan.roster.cells)
        enrolled = np.bincount(self.cell, minlength=size)
        out = {}
        for i in self.indicators:
            shares = [s[self.cell, pupils.sex, pupils.group] for s in (made[i].with_effect, made[i].without)]
            sums = [np.bincount(self.cell, weights=s, minlength=size) for s in shares]
            for stratum, grades in (HEAD, PART):
                with_it, without, everyone = (self.summed(x, grades) for x in (*sums, enrolled))
                for (code, district), row in self.at_unit.items():
                    for c, year in enumerate(self.years):
                        if code == self.study.municipality and everyone[row, c]:
                            of_all = everyone[row, c]
                            pair = float(with_it[row, c] / of_all), float(without[row, c] / of_all)
                            out[i, district, stratum, year] = pair
        return out

    def run(self, seed: int) -> dict[str, Any]:
        """One seed: every answer with its truth, as plain numbers."""
        plan = self._plan_of(seed)
        pupils = plan.pupils(seed)
        made: dict[str, Answers] = {}
        for i in self.indicators:
            plan.answers(i, seed, pupils, made)
        counts = {i: self.counted(made[i]) for i in self.indicators}
        blocks = {
            (i, stratum): _published(*(self.summed(x, grades) for x in counts[i]), self.scenario.publish)
            for i in self.indicators
            for stratum, grades in (HEAD, PART)
        }
        if self.scenario.publish == "own":
            blocks = self._as_shown(plan, pupils, made, blocks)
        cells = self._cells(blocks)
        answered = answer_all(self.study, cells, self.asked, 0.95, power=False)
        truths = self.truths(pupils, made)
        lines = [_line(a, truths, self.study, self.years) for a in answered]
        return {"seed": seed, "answers": lines, "others": self._others(cells, truths)}

    def _plan_of(self, seed: int) -> Plan:
        """The plan; with `any_floor` its own swings are drawn from the method's prior, half-t of scale .2."""
        if not self.scenario.any_floor:
            return self.plan
        drawn = abs(np.random.default_rng([seed, 5]).standard_t(4)) * TAU_SCALE
        plan = Plan(self.study, replace(self.plan.settings, between_wave_sd=min(float(drawn), 3.0)))
        plan.__dict__["roster"] = self.plan.roster
        return plan

    def _as_shown(
        self, plan: Plan, pupils: Pupils, made: Mapping[str, Answers], blocks: Mapping[tuple[str, str], Block]
    ) -> dict[tuple[str, str], Block]:
        """The blocks as the page would have them: every margin tabulated and masked, hidden cells without numbers."""
        tables = Tables(plan)
        cube = cube_of([tables.frame(i, made[i], pupils, schools=False) for i in self.indicators])
        frame = mask(tabulate(cube, self.study), self.study).frame
        gone = frame.filter(pl.col("status") == "masked", pl.col("sex") == "all")
        hidden: dict[tuple[str, str], list[tuple[int, int]]] = {}
        columns = gone.select("indicator", "grade", "municipality", "district", "year")
        for indicator, grade, code, district, year in columns.iter_rows():
            if (code, district) in self.at_unit:
                at = self.at_unit[code, district], self.years.index(year)
                hidden.setdefault((indicator, grade), []).append(at)
        return {key: _hidden(b, hidden.get(key, [])) for key, b in blocks.items()}

    def _others(
        self,
        cells: Cells,
        truths: Truths,
    ) -> list[dict[str, Any]]:
        """Cross-check and naive methods on the municipality's cells: [low, high] of the share difference."""
        if self.scenario.kind or self.scenario.publish == "own":
            return []
        out = []
        for i in self.indicators:
            block = cells.blocks[i, HEAD[0]]
            version = self.study.registry.indicators[i].version_of(self.years[-1])
            columns = [
                c
                for c, y in enumerate(self.years)
                if self.study.registry.indicators[i].version_of(y) == version
            ]
            rows = [0, *range(len(self.units) - len(self.comparison), len(self.units))]
            k, n = (
                (block.k_low[rows][:, columns] + block.k_high[rows][:, columns]) / 2,
                block.n[rows][:, columns],
            )
            share, without = truths[i, "all", HEAD[0], self.years[-1]]
            out.append({"indicator": i, "truth": share - without, **_naive(k, n)})
            parts = [self.at_unit[self.study.municipality, d] for d in self.districts]
            both = [*parts, *rows[1:]]
            made = aggregate.estimate(
                *(x[both][:, columns] for x in ((cells.blocks[i, PART[0]].k_low), cells.blocks[i, PART[0]].n)),
                np.arange(len(both)) < len(parts), list(range(len(columns) - 1)), [len(columns) - 1],
            )  # fmt: skip
            if isinstance(made, aggregate.Aggregate):
                aim = truths[i, "all", PART[0], self.years[-1]]
                out[-1] |= {"aggregate": list(made.intervals[0.95]), "aggregate_truth": aim[0] - aim[1]}
        return out


def _study(scenario: Scenario) -> Study:
    """The default study with the scenario's promises, comparison municipalities that never promised anything."""
    known = _over_counties(load_study(None), scenario.far)
    clean = tuple(
        Exposure(code, "no", date(2000, 1, 1), None, (), Text(""))
        for code in known.registry.places
        if len(code) == 4
    )
    given = ("2020", date(2020, 3, 16), date(2020, 12, 31))
    if scenario.kind == "during":
        given = ("2020", date(2022, 9, 1), date(2024, 12, 31))
    promises = tuple(
        Promise(
            name, Text(name), start, end, themes=("drugs", "safety"), primary=PRIMARY, headline="both",
            theme_indicators={"drugs": DRUGS, "safety": SAFETY}, primary_named_on=date(2010, 1, 1),
        )
        for name, start, end in scenario.promises or (given,)
    )  # fmt: skip
    had = {w.year: w for w in known.waves}
    waves = tuple(had.get(year) or Wave(year) for year in scenario.years)
    registry = replace(known.registry, exposures=clean)
    return replace(known, registry=registry, promises=promises, comparison=("all",), waves=waves)


def _over_counties(study: Study, far: int) -> Study:
    """The study with the last `far` of its comparison municipalities moved to another county."""
    others = sorted({e.municipality for e in study.enrolment} - {study.municipality})
    moved = {code: f"18{code[2:]}" for code in others[len(others) - far :]}
    places = dict(study.registry.places)
    places |= {new: replace(places[old], code=new, region="18") for old, new in moved.items()}
    enrolment = tuple(
        replace(e, municipality=moved.get(e.municipality, e.municipality)) for e in study.enrolment
    )
    return replace(study, registry=replace(study.registry, places=places), enrolment=enrolment)


def _hidden(block: Block, at: Sequence[tuple[int, int]]) -> Block:
    """The block with some cells hidden: no number left in them."""
    gone = np.zeros(block.n.shape, dtype=bool)
    gone[tuple(zip(*at, strict=True))] = bool(at)
    gone &= block.status == OBSERVED
    numbers = {x: np.where(gone, np.nan, getattr(block, x)) for x in ("n", "k_low", "k_high")}
    return replace(block, status=np.where(gone, MASKED, block.status).astype(np.int8), **numbers)


def _published(k: Floats, n: Floats, how: str) -> Block:
    """Counts as a block: exact, known only through whole per cents, or with small counts hidden."""
    there = n > 0
    k, n = np.where(there, k, np.nan), np.where(there, n, np.nan)
    low, high = k, k
    status = np.where(there, OBSERVED, 0).astype(np.int8)
    if how == "rounded":
        percent = np.floor(100 * k / n + 0.5)
        low = np.clip(np.ceil(n * (percent - 0.5) / 100), 0, n)
        high = np.clip(np.floor(n * (percent + 0.5) / 100), 0, n)
        low, high = np.minimum(low, k), np.maximum(high, k)
    if how == "masked":
        small = there & (np.minimum(k, n - k) < 5)
        low, high = np.where(small, 0, k), np.where(small, 4, k)
        status = np.where(small, MASKED, status).astype(np.int8)
        status[0, -1], low[0, -1], high[0, -1] = MASKED, 0.0, 4.0
    nothing = np.full(n.shape, np.nan)
    return Block(
        n=n, n_low=nothing, n_high=nothing, k_low=low, k_high=high, percent=nothing, status=status,
        flags=np.full(n.shape, "", dtype=object),
    )  # fmt: skip


def _line(a: Answered, truths: Truths, study: Study, years: tuple[int, ...]) -> dict[str, Any]:
    """One answer: what was claimed, and what was true."""
    q = a.question
    better = {i: study.registry.indicators[i].better for i in q.members}
    nothing = math.nan, math.nan
    after = [years[c] for c in a.design.after] or [q.year or years[-1]]
    out: dict[str, Any] = {
        "indicator": q.indicator, "district": q.district, "primary": q.primary, "year": q.year, "kind": q.kind,
        "verdict": a.effect_judged.verdict.name, "reason": a.effect_judged.verdict.reason,
        "change_verdict": a.change_judged.verdict.name if not q.is_theme else "",
        "better": better[q.members[0]], "family": a.effect_judged.family, "way": a.effect_judged.way,
    }  # fmt: skip
    if isinstance(a.effect, Numbers):
        share, without = truths.get((q.indicator, q.district, q.stratum, after[-1]), nothing)
        out |= {
            "truth": share - without, "theta": _logit(share) - _logit(without), "point": a.effect.point,
            "low": a.effect.span.low, "high": a.effect.span.high, "logit": list(a.effect.logit), "p": a.effect.p_value,
        }  # fmt: skip
    elif isinstance(a.effect, theme.Theme):
        wide = a.effect.intervals[max(a.effect.intervals)]
        used = [q.members[i] for i in a.effect.indicators_used]
        signs = [-1.0 if better[i] == "higher" else 1.0 for i in used]
        pairs = [[truths.get((i, q.district, q.stratum, y), nothing) for y in after] for i in used]
        moved = [
            s * float(np.mean([_logit(w) - _logit(o) for w, o in of_waves]))
            for of_waves, s in zip(pairs, signs, strict=True)
        ]
        out |= {
            "theta": float(np.dot(a.effect.weights, moved)), "logit": [wide.logit_low, wide.logit_high],
            "p": a.effect.p_value, "better": "lower", "point": a.effect.estimate,
        }  # fmt: skip
    if isinstance(a.change, Change):
        out["change"] = [a.change.span.low, a.change.span.high]
    return out


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _naive(k: Floats, n: Floats) -> dict[str, list[float]]:
    """What reports do: before/after, pooled difference-in-differences, regression with CR1 by municipality."""
    p = k / n
    var = p * (1 - p) / n
    change = p[0, -1] - p[0, -2]
    error = math.sqrt(var[0, -1] + var[0, -2])
    out = {"before_after": [change - 1.96 * error, change + 1.96 * error]}
    if len(k) < 2:
        return out
    pooled = k[1:].sum(0) / n[1:].sum(0)
    pooled_var = pooled * (1 - pooled) / n[1:].sum(0)
    did = change - (pooled[-1] - pooled[-2])
    error = math.sqrt(error**2 + pooled_var[-1] + pooled_var[-2])
    out["binomial_did"] = [did - 1.96 * error, did + 1.96 * error]
    if len(k) > 2:
        out["cr1_did"] = _cr1(p, n)
    return out


def _cr1(p: Floats, n: Floats) -> list[float]:
    """Weighted regression on unit and wave dummies, clustered by municipality, normal quantiles."""
    units, waves = p.shape
    d, t = (x.ravel() for x in np.indices(p.shape))
    seen = np.isfinite(p.ravel())
    X = np.column_stack(
        [np.eye(units)[d], np.eye(waves)[t][:, 1:], ((d == 0) & (t == waves - 1)).astype(float)]
    )[seen]
    y, w, g = p.ravel()[seen], n.ravel()[seen], d[seen]
    bread = np.linalg.pinv(X.T @ (w[:, None] * X))
    b = bread @ (X.T @ (w * y))
    e = w * (y - X @ b)
    scores = np.stack([X[g == u].T @ e[g == u] for u in range(units)])
    V = bread @ (scores.T @ scores) @ bread * units / (units - 1)
    reach = 1.96 * math.sqrt(max(V[-1, -1], 0.0))
    return [b[-1] - reach, b[-1] + reach]


# --- running


_WORLD: dict[str, World] = {}


def run_seed(name: str, seed: int) -> dict[str, Any]:
    """One seed of a scenario; the world is built once per process."""
    if name not in _WORLD:
        _WORLD.clear()
        _WORLD[name] = World(scenario_named(name))
    return _WORLD[name].run(seed)


def scenario_named(name: str) -> Scenario:
    """The scenario of that name."""
    return next(s for s in (*SCENARIOS, PLANTED) if s.name == name)


def results(name: str, seeds: int, store: Path | None, jobs: int = 1) -> list[dict[str, Any]]:
    """Every seed 1..seeds of a scenario, kept ones read, missing ones run."""
    kept = _kept(store / f"{name}.jsonl") if store else {}
    if store and kept:
        whole = "".join(json.dumps(kept[s]) + "\n" for s in sorted(kept))
        (store / f"{name}.jsonl").write_text(whole, encoding="utf-8")
    missing = [s for s in range(1, seeds + 1) if s not in kept]
    for made in _run(name, missing, jobs):
        kept[made["seed"]] = made
        if store:
            with (store / f"{name}.jsonl").open("a", encoding="utf-8") as out:
                out.write(json.dumps(made) + "\n")
    return [kept[s] for s in range(1, seeds + 1)]


def _kept(path: Path) -> dict[int, dict[str, Any]]:
    """Results of an earlier run; a last line cut short is run again."""
    kept = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            made = json.loads(line)
        except json.JSONDecodeError:
            continue
        kept[made["seed"]] = made
    return kept


def _run(name: str, seeds: Sequence[int], jobs: int) -> Iterator[dict[str, Any]]:
    if jobs == 1 or len(seeds) < 4:
        yield from (run_seed(name, s) for s in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_seed, [name] * len(seeds), seeds, chunksize=4)


# --- summing up


@dataclass(frozen=True)
class Rate:
    """A share of seeds with its Monte Carlo error; error NaN where nothing was counted."""

    value: float
    error: float
    count: int

    def __str__(self) -> str:
        return "–" if not self.count else f"{100 * self.value:.1f} ± {100 * self.error:.1f}"


def rate(per_seed: Iterable[float]) -> Rate:
    """Mean over seeds (one number a seed; NaN: nothing to count) and its standard error."""
    x = np.array([v for v in per_seed if not math.isnan(v)])
    if not len(x):
        return Rate(math.nan, math.nan, 0)
    error = float(x.std(ddof=1)) / math.sqrt(len(x)) if len(x) > 1 else math.nan
    return Rate(float(x.mean()), error, len(x))


def summary(scenario: Scenario, made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The table line of one scenario."""
    null, asked = scenario.odds_ratio == 1.0, not scenario.kind
    nothing = rate([])
    return {
        "coverage": _over(made, lambda r: map(_covers, _at(r, "all"))) if asked else nothing,
        "lowest": _lowest(made) if asked else nothing,
        "districts": _over(made, lambda r: (_covers(a) for a in r["answers"] if _is_part(a)))
        if asked
        else nothing,
        "composites": _over(made, lambda r: map(_covers, _themes(r))) if asked else nothing,
        "single_claim": _over(made, lambda r: map(_excludes, _at(r, "all"))) if null and asked else nothing,
        "family_claim": _over(made, lambda r: (float(any(map(_claims, f))) for f in _families(r))),
        "primary_claim": _over(
            made, lambda r: (float(any(_claims(a) for a in f if not _is_theme(a))) for f in _families(r))
        ),
        "test_claim": _over(made, lambda r: (float(_claims(a)) for a in r["answers"] if _is_tested(a)))
        if null and asked
        else nothing,
        "wrong": _over(made, lambda r: map(_wrong, r["answers"])),
        "refused": _over(made, lambda r: (float(a["verdict"] == "not_comparable") for a in _at(r, "all"))),
        "points": sum(a.get("point") is not None for r in made for a in _at(r, "all")),
        "changes": _over(made, lambda r: [float(any(map(_claims_change, _family(r))))]),
        "others": {m: _other(made, m) for m in METHODS},
        "wider": _mean(_widths(made)),
    }


METHODS = ("aggregate", "before_after", "binomial_did", "cr1_did")


def _over(made: Sequence[Mapping[str, Any]], values: Callable[[Mapping[str, Any]], Iterable[float]]) -> Rate:
    """Rate over seeds of each seed's mean."""
    return rate(_mean(values(r)) for r in made)


def _other(made: Sequence[Mapping[str, Any]], method: str) -> Rate:
    """Coverage of another method, of its own truth."""

    def hits(r: Mapping[str, Any]) -> Iterator[float]:
        return (_inside(o[method], o.get(f"{method}_truth", o["truth"])) for o in r["others"] if method in o)

    return _over(made, hits)


def _widths(made: Sequence[Mapping[str, Any]]) -> Iterator[float]:
    """The cross-check's width over the default's, question by question."""
    for r in made:
        default = {a["indicator"]: a["high"] - a["low"] for a in _at(r, "all") if "low" in a}
        for o in r["others"]:
            if "aggregate" in o and o["indicator"] in default:
                yield (o["aggregate"][1] - o["aggregate"][0]) / default[o["indicator"]]


def _themes(r: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The municipality's composites."""
    return [a for a in r["answers"] if a["district"] == "all" and a["indicator"].startswith("theme:")]


def _claims_change(a: Mapping[str, Any]) -> bool:
    return a["change_verdict"] in ("better", "worse")


def _at(r: Mapping[str, Any], district: str) -> list[dict[str, Any]]:
    """Single indicators of one unit."""
    return [a for a in r["answers"] if a["district"] == district and not a["indicator"].startswith("theme:")]


def _is_part(a: Mapping[str, Any]) -> bool:
    return a["district"] != "all" and not a["indicator"].startswith("theme:")


def _family(r: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is tested first: primaries and composites of the municipality."""
    return [a for a in r["answers"] if a["district"] == "all" and a["primary"]]


def _covers(a: Mapping[str, Any]) -> float:
    return _inside(a["logit"], a["theta"]) if "logit" in a and a["reason"] != "masked" else math.nan


def _inside(span: Sequence[float], truth: float) -> float:
    return float(span[0] <= truth <= span[1])


def _excludes(a: Mapping[str, Any]) -> float:
    return 1 - _inside(a["logit"], 0.0) if "logit" in a else math.nan


def _families(r: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """`_family` by family: promises in periods of their own are tested apart."""
    made: dict[str, list[dict[str, Any]]] = {}
    for a in _family(r):
        made.setdefault(a["family"], []).append(a)
    return list(made.values())


def _is_theme(a: Mapping[str, Any]) -> bool:
    return str(a["indicator"]).startswith("theme:")


def _is_tested(a: Mapping[str, Any]) -> bool:
    """Whether better or worse could be said of it: tests at the municipality that have an answer."""
    return a["district"] == "all" and bool(a["way"]) and a["verdict"] != "not_comparable"


def _claims(a: Mapping[str, Any]) -> bool:
    return a["verdict"] in ("better", "worse")


def _wrong(a: Mapping[str, Any]) -> float:
    """A verdict of better or worse where the truth has the other sign (or none)."""
    if "theta" not in a:
        return math.nan
    good = (a["theta"] < 0) == (a["better"] == "lower")
    return float(_claims(a) and abs(a["theta"]) > 1e-9 and (a["verdict"] == "better") != good)


def _mean(values: Iterable[float]) -> float:
    x = [v for v in values if not math.isnan(v)]
    return sum(x) / len(x) if x else math.nan


def _by_question(made: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Rate]:
    """Coverage of every unit and indicator that most seeds could answer."""
    hits: dict[tuple[str, str], list[float]] = {}
    for r in made:
        for a in r["answers"]:
            hits.setdefault((a["indicator"], a["district"]), []).append(_covers(a))
    rates = {key: rate(h) for key, h in hits.items()}
    most = max((x.count for x in rates.values()), default=0)
    return {key: r for key, r in rates.items() if r.count and r.count >= most / 2}


def _lowest(made: Sequence[Mapping[str, Any]]) -> Rate:
    """The worst coverage of any unit and indicator."""
    return min(_by_question(made).values(), key=lambda r: r.value, default=rate([]))


def fresh(name: str, made: Sequence[Mapping[str, Any]], seeds: int) -> str:
    """One line: the unit and question lowest in the first seeds, and what the rest say of it and of all."""
    first, rest = (_by_question(part) for part in (made[:seeds], made[seeds:]))
    at = min(first, key=lambda key: first[key].value)
    whole = _over(made[seeds:], lambda r: map(_covers, _at(r, "all")))
    return (
        f"{name}: {at[0]} in {at[1]} lowest in seeds 1-{seeds} ({first[at]}); in {seeds + 1}-{len(made)} "
        f"{rest[at]}. There the lowest of all is another, {_lowest(made[seeds:])}, and the municipality has {whole}."
    )


SV = {
    "base": "ingen effekt, vanliga svängningar (0,12, kommundelar 0,08)",
    "effect": "oddsen × 0,6 i alla frågor",
    "increase": "oddsen × 1,6 i alla frågor",
    "no_floor": "inga egna svängningar",
    "large_floor": "svängningar 0,25",
    "persistent": "svängningar 0,15 som håller i sig (rho 0,6)",
    "heavy_tails": "svängningar ur t med 3 frihetsgrader",
    "common_shocks": "gemensamma svängningar 0,4",
    "clustered": "klasskamrater mer lika (icc 0,06)",
    "rare": "ovanliga svar (log-odds -1,5)",
    "three_comparisons": "tre jämförelsekommuner",
    "one_comparison": "en jämförelsekommun",
    "one_before": "en mätning före",
    "rounded": "publicerat som hela procent",
    "slopes": "kommundelar och kommuner glider isär (0,06)",
    "composition": "gruppen med högre risk 10 procentenheter större efter",
    "selective": "bortfall som inte är slumpmässigt (0,2)",
    "effect_slopes": "oddsen × 0,6 och glidning 0,06",
    "selective_strong": "bortfall som inte är slumpmässigt (0,6)",
    "own_masks": "bara det som vår egen röjandekontroll visar",
    "own_masks_rare": "detsamma med ovanliga svar (log-odds -1)",
    "two_after": "två mätningar efter (trygghet saknar mätning före)",
    "two_periods": "två löften i var sin period, två familjer",
    "two_counties": "fyra av åtta i ett annat län, svängningar 0,2 per län",
    "unequal": "3, 6 och 3 år mellan mätningarna, svängningar 0,15 som håller i sig",
    "stay_out": "var sjunde skola deltog inte 2020",
    "any_floor": "svängningar av alla storlekar som metoden räknar med",
    "alone": "ingen jämförelsekommun",
    "during": "bara mätningar under löftet",
    "masked": "utfallet är dolt, små tal också",
}
CAPTION = (
    "Procent ± slumpfel, {seeds} simulerade undersökningar per rad (lhu_effect vid {commit}).",
    "Per cent ± Monte Carlo error, {seeds} simulated surveys a row (lhu_effect at {commit}).",
)
NOTE = {
    "coverage": ("täckning", "coverage"),
    "lowest": ("lägsta enhet × fråga", "lowest unit × question"),
    "composites": ("sammanvägt", "composites"),
    "test_claim": ("falska besked per test", "false claims per test"),
    "family_claim": ("något besked i familjen", "any claim in the family"),
    "wrong": ("fel riktning", "wrong direction"),
    "refused": ("avstått", "refused"),
}


def note_table(lines: Mapping[str, Mapping[str, Any]], seeds: int, commit: str) -> str:
    """The table that the replication note carries, as TOML: headings and scenarios in both languages."""
    rows = [
        {"scenario": f'{{ sv = "{SV[name]}", en = "{scenario_named(name).what}" }}'}
        | {c: f'"{s[c]}"' for c in NOTE}
        for name, s in lines.items()
    ]
    sv, en = (said.format(seeds=seeds, commit=commit) for said in CAPTION)
    headings = {"scenario": ("simulerad verklighet", "scenario")} | NOTE
    said = [f'caption = {{ sv = "{sv}", en = "{en}" }}', "", "[headings]"]
    said += [f'{c} = {{ sv = "{sv}", en = "{en}" }}' for c, (sv, en) in headings.items()]
    for row in rows:
        said += ["", "[[row]]", *(f"{key} = {value}" for key, value in row.items())]
    command = "python tests/benchmarks/calibration.py --seeds 400 --doc docs/method.md --commit ID"
    return "\n".join([f"# Made by {command}", *said, ""])


HEADINGS = (
    "scenario", "coverage", "lowest unit × question", "districts", "composites", "interval off 0 without effect",
    "claims per test without effect",
    "any claim, primaries", "any claim, primaries and themes", "wrong direction", "refused", "any change claim",
    "cross-check", "× width",
    "before/after", "binomial DiD", "CR1 DiD",
)  # fmt: skip


def table(lines: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown: every scenario, rates in per cent ± Monte Carlo error."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS)]
    for name, s in lines.items():
        o = s["others"]
        rows.append((
            scenario_named(name).what, str(s["coverage"]), str(s["lowest"]), str(s["districts"]), str(s["composites"]),
            str(s["single_claim"]), str(s["test_claim"]),
            str(s["primary_claim"]),
            str(s["family_claim"]), str(s["wrong"]), str(s["refused"]), str(s["changes"]),
            str(o["aggregate"]), "–" if math.isnan(s["wider"]) else f"{s['wider']:.2f}",
            str(o["before_after"]), str(o["binomial_did"]), str(o["cr1_did"]),
        ))  # fmt: skip
    return "\n".join(f"| {' | '.join(r)} |" for r in rows)


def failures(lines: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What method.md section 10 asks for and a scenario does not hold to, allowing two Monte Carlo errors."""
    out = []
    for name, s in lines.items():
        scenario = scenario_named(name)
        if scenario.kind:
            out += [f"{name}: {x}" for x in _refusal_failures(scenario, s)]
            continue
        for what in ("coverage", "lowest", "districts", "composites"):
            r = s[what]
            if r.count and r.value + 2 * r.error < scenario.floor:
                out.append(f"{name}: {what} {r} < {100 * scenario.floor:.0f}")
        if scenario.odds_ratio == 1.0 and scenario.floor >= 0.93:
            for what in ("test_claim", "primary_claim", "family_claim"):
                r = s[what]
                if r.count and r.value - 2 * r.error > 0.05:
                    out.append(f"{name}: {what} {r} > 5")
        if s["wrong"].value - 2 * s["wrong"].error > 0.01:
            out.append(f"{name}: wrong direction {s['wrong']} > 1")
    return out


def _refusal_failures(scenario: Scenario, s: Mapping[str, Any]) -> Iterator[str]:
    if scenario.kind == "masked":
        if s["points"]:
            yield f"{s['points']} points for a hidden target"
    elif s["refused"].value < 1:
        yield f"refused {s['refused']}, not 100"


def _made_with(seeds: int, commit: str) -> str:
    by = f" Made at commit {commit}." if commit else ""
    return f"Seeds 1-{seeds}.{by} Per cent ± Monte Carlo error."


def _judged(lines: Mapping[str, Mapping[str, Any]], wrong: Sequence[str]) -> str:
    """What does not hold; and, as a remark, where intervals alone leave out 0 more often than 5 in 100."""
    said = [f"Does not hold: {w}." for w in wrong] or ["Every line holds to what the method promises."]
    alone = [
        f"{name} {s['single_claim']}"
        for name, s in lines.items()
        if s["single_claim"].count and s["single_claim"].value - 2 * s["single_claim"].error > 0.05
    ]
    if alone:
        said.append(f"Intervals taken alone leave out 0 more often than 5 in 100: {', '.join(alone)}.")
    return " ".join(said)


def _into(doc: Path, said: str) -> None:
    """The table between the marks of a page; what stands around them stays."""
    first, last = "<!-- calibration -->", "<!-- /calibration -->"
    text = doc.read_text(encoding="utf-8")
    head, rest = text.split(first, 1)
    doc.write_text(f"{head}{first}\n{said}\n{last}{rest.split(last, 1)[1]}", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, tell what does not hold; exit 1 when something does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", nargs="*", help="names of scenarios")
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "lhu_effect_calibration")
    parser.add_argument("--doc", type=Path, help="put the table between this file's calibration marks")
    parser.add_argument("--commit", default="", help="what the table says it was made with")
    parser.add_argument(
        "--fresh", action="store_true", help="only: the lowest of seeds 1..N, on seeds N+1..2N"
    )
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(argv)
    chosen = [scenario_named(n) for n in options.only] if options.only else list(SCENARIOS)
    if options.list:
        print("\n".join(f"{s.name}: {s.what}" for s in (*SCENARIOS, PLANTED)))
        return 0
    options.store.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        for s in chosen:
            made = results(s.name, 2 * options.seeds, options.store, options.jobs)
            print(fresh(s.name, made, options.seeds), flush=True)
        return 0
    lines = {}
    for s in chosen:
        lines[s.name] = summary(s, results(s.name, options.seeds, options.store, options.jobs))
        print(f"{s.name}: coverage {lines[s.name]['coverage']}", file=sys.stderr, flush=True)
    wrong = failures(lines)
    text = "\n\n".join([_made_with(options.seeds, options.commit), table(lines), _judged(lines, wrong)])
    print(text)
    if options.doc:
        _into(options.doc, text)
        NOTE_FILE.write_text(note_table(lines, options.seeds, options.commit), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
