"""Data that our simulator does not make: does the default cover there, does it cry wolf?

    python tests/benchmarks/other_worlds.py --seeds 200 --doc docs/method.md   # the table there

A second generator that shares nothing with `lhu_effect.simulate`: beta-binomial classes of twenty, one municipality
and its comparisons, six questions (three of drugs, three of safety), no effect. Each world bends one thing. Families
are tested as under `headline = "both"`. Seeds are 1..N and all worlds are printed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.multiplicity import split_between
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Floats]
YEARS = (2011.0, 2014, 2017, 2020, 2023)
SIZES = (720.0, 1850, 980, 720, 290, 190, 230, 210, 160)
SHARES = (0.06, 0.2, 0.25, 0.93, 0.75, 0.7)
PHI0 = (1.4, 1.4, 1.4, 1.7, 1.7, 1.7)
THEMES = (((0, 1, 2), False), ((3, 4, 5), True))
PRIMARY = (0, 2, 4)
CLASS = 20


@dataclass(frozen=True)
class World:
    """What is bent. Standard deviations in log-odds; the municipality is unit 0 of sizes.

    tau: own swings, of all or by unit. groups: unit -> group whose swings (group_sd) are shared. add: a common
    path on the share scale, total over the waves. extra: more log-odds, units x waves. missing: share of comparison
    cells that do not exist; own_gap: the municipality's missing wave. parallel: whether trends are parallel at all.
    """

    what: str
    years: tuple[float, ...] = YEARS
    sizes: tuple[float, ...] = SIZES
    share: float | None = None
    tau: float | tuple[float, ...] = 0.12
    rho: float = 0.0
    shape: Callable[[np.random.Generator, tuple[int, int]], Floats] = lambda r, s: r.standard_normal(s)
    shared: float = 0.0
    groups: tuple[int, ...] = ()
    group_sd: float = 0.15
    unit_sd: float = 0.2
    levels: tuple[float, ...] = ()
    common_sd: float = 0.12
    add: float = 0.0
    icc: float = 0.02
    extra: Draw | None = None
    missing: float = 0.0
    own_gap: int | None = None
    parallel: bool = field(default=True, kw_only=True)


def outlier(size: float, unit: int) -> Draw:
    """One comparison unit jumps in the last wave, up or down."""

    def drawn(rng: np.random.Generator, units: int, waves: int) -> Floats:
        made = np.zeros((units, waves))
        made[unit, -1] = size * rng.choice([-1, 1])
        return made

    return drawn


def moved(rng: np.random.Generator, units: int, waves: int) -> Floats:
    """A school with another level goes from the municipality to its neighbour before the last wave."""
    made = np.zeros((units, waves))
    made[0, -1], made[2, -1] = -0.1, 0.07
    return made


def drift(rng: np.random.Generator, units: int, waves: int) -> Floats:
    """Every unit has a slope of its own."""
    return np.asarray(rng.normal(0, 0.08, units)[:, None] * (np.arange(waves) - waves / 2))


OTHERS = np.array(SIZES[1:])
WORLDS = (
    World("swings that last (rho .5)", rho=0.5),
    World("swings .2 that last (rho .9)", rho=0.9, tau=0.2),
    World("no swings", tau=0.0),
    World("one comparison jumps by .8 in the last wave", extra=outlier(0.8, 3)),
    World("the largest comparison jumps by .8", extra=outlier(0.8, 1)),
    World("comparisons 20 times as large", sizes=(720, *(OTHERS * 20))),
    World("comparisons 20 times as small", sizes=(720, *np.maximum(OTHERS / 20, 14))),
    World("one comparison of 20,000 pupils", sizes=(720, 20000, *SIZES[2:])),
    World("two waves before", years=(2017, 2020, 2023)),
    World("waves in 2008, 2010, 2017, 2020, 2021; rho .6", years=(2008, 2010, 2017, 2020, 2021), rho=0.6),
    World("30 % of comparison cells missing", missing=0.3),
    World("30 % missing, and the municipality's own 2017", missing=0.3, own_gap=2),
    World("share 1 %", share=0.01),
    World("share 60 %", share=0.6),
    World("share 97 %", share=0.97),
    World("smaller municipalities swing more (.10-.30)", tau=(0.12, 0.08, 0.1, 0.12, 0.2, 0.3, 0.25, 0.25, 0.3)),
    World("skewed swings (exponential, .15)", tau=0.15, shape=lambda r, s: r.exponential(1, s) - 1),
    World("swings .15 of t with 3 df", tau=0.15, shape=lambda r, s: r.standard_t(3, s) / math.sqrt(3)),
    World("two groups of units share swings .15", groups=(0, 0, 0, 0, 0, 1, 1, 1, 1)),
    World("classmates far more alike (icc .1)", icc=0.1),
    World("the same swings in every question", shared=0.95, tau=0.15),
    World("two comparisons", sizes=SIZES[:3]),
    World("twenty comparisons", sizes=(720, *np.tile(OTHERS, 3)[:20])),
    World("a municipality of 40 pupils", sizes=(40, *SIZES[1:])),
    World("the municipality swings .08, the others .25", tau=(0.08, *[0.25] * 8)),
    World("the municipality swings .25, the others .08", tau=(0.25, *[0.08] * 8), parallel=False),
    World("it alone is not in the others' group (swings .15)", groups=(0, *[1] * 8), parallel=False),
    World("a path of +6 points where levels are far apart", add=0.06, unit_sd=0.0, common_sd=0.0,
          levels=(0.0, *np.linspace(-1, 1, 8)), parallel=False),
    World("a school (a fifth of pupils, level +.5) moved away", extra=moved, parallel=False),
    World("units drift apart (.08 a wave)", extra=drift, parallel=False),
)  # fmt: skip


def logit(p: float) -> float:
    """ln(p / (1 - p))."""
    return math.log(p / (1 - p))


def expit(x: Floats) -> Floats:
    """1 / (1 + e^-x)."""
    return np.asarray(1 / (1 + np.exp(-x)))


def swings(rng: np.random.Generator, w: World) -> Floats:
    """Own swings of every unit and wave: AR(1) in three-year steps, and those of its group."""
    fresh = w.shape(rng, (len(w.sizes), len(w.years)))
    path = fresh.copy()
    for t in range(1, len(w.years)):
        q = w.rho ** ((w.years[t] - w.years[t - 1]) / 3) if w.rho else 0.0
        path[:, t] = q * path[:, t - 1] + math.sqrt(1 - q * q) * fresh[:, t]
    made = np.broadcast_to(np.array(w.tau), (len(w.sizes),))[:, None] * path
    if w.groups:
        of_group = w.group_sd * rng.standard_normal((max(w.groups) + 1, len(w.years)))
        made = made + of_group[list(w.groups)]
    return np.asarray(made)


def counts(rng: np.random.Generator, p: Floats, n: Floats, icc: float) -> Floats:
    """Beta-binomial classes of about twenty."""
    k = np.zeros(p.shape)
    for at in np.ndindex(p.shape):
        pupils = int(n[at])
        classes = max(1, pupils // CLASS)
        size = np.full(classes, pupils // classes)
        size[: pupils % classes] += 1
        a, b = p[at] * (1 - icc) / icc, (1 - p[at]) * (1 - icc) / icc
        k[at] = rng.binomial(size, rng.beta(a, b, classes)).sum()
    return k


def survey(w: World, seed: int) -> list[tuple[Floats, Floats]]:
    """k and n, units x waves, of the six questions; NaN where a cell is missing."""
    rng = np.random.default_rng([seed, 77])
    units, waves = len(w.sizes), len(w.years)
    general = swings(rng, w) if w.shared else np.zeros((units, waves))
    made = []
    for share in SHARES:
        base = logit(w.share or share)
        level = w.unit_sd * rng.standard_normal(units) + np.array(w.levels or [0.0] * units)
        common = w.common_sd * rng.standard_normal(waves)
        own = math.sqrt(1 - w.shared) * swings(rng, w) + math.sqrt(w.shared) * general
        eta = base + level[:, None] + common + own
        if w.add:
            p = np.clip(expit(base + level)[:, None] + w.add * np.linspace(0, 1, waves), 0.005, 0.995)
            eta = np.log(p / (1 - p)) + own
        if w.extra:
            eta = eta + w.extra(rng, units, waves)
        n = np.maximum(rng.poisson(np.array(w.sizes)[:, None] * np.ones(waves)), 12).astype(float)
        k = counts(rng, expit(eta), n, w.icc)
        if w.missing:
            gone = rng.random(k.shape) < w.missing
            gone[0], gone[1:4, -1] = False, False
            k[gone] = n[gone] = np.nan
        if w.own_gap is not None:
            k[0, w.own_gap] = n[0, w.own_gap] = np.nan
        made.append((k, n))
    return made


def problems(
    w: World, data: Sequence[tuple[Floats, Floats]]
) -> tuple[list[Problem], list[theme.ThemeProblem]]:
    """The six questions and the two composites; the last wave is the target."""
    years, last = np.array(w.years), len(w.years) - 1
    singles, themes = [], []
    for (k, n), phi0 in zip(data, PHI0, strict=True):
        fit = np.isfinite(k)
        fit[0, last] = False
        singles.append(Problem(k, k, n, years, fit, (0, last), phi0))
    for members, higher in THEMES:
        k, n = (np.stack([data[i][x] for i in members]) for x in (0, 1))
        fit = np.isfinite(k).all(0)
        fit[0, last] = False
        asked = theme.ThemeProblem(k, k, n, years, fit, 0, (last,), PHI0[members[0]], (higher,) * 3)
        themes.append(asked)
    return singles, themes


@dataclass(frozen=True)
class Line:
    """Rates with Monte Carlo errors over seeds; NaN where there was no answer."""

    what: str
    coverage: tuple[float, float]
    lowest: tuple[float, float]
    composites: tuple[float, float]
    family: tuple[float, float]
    parallel: bool

    def wrong(self) -> list[str]:
        """What method.md 10 asks for and this world does not hold to, allowing two errors."""
        low = 0.93 if self.parallel else 0.90
        out = [
            f"{name} {_said(x)}" for name in ("coverage", "lowest", "composites")
            if (x := getattr(self, name))[0] + 2 * x[1] < low
        ]  # fmt: skip
        return out + ([f"family {_said(self.family)}"] if self.family[0] - 2 * self.family[1] > 0.05 else [])


def run(w: World, seeds: int) -> Line:
    """All seeds of one world."""
    drawn = [problems(w, survey(w, seed)) for seed in range(1, seeds + 1)]
    solved = noise_floor.estimate_many([p for single, _ in drawn for p in single])
    whole = theme.estimate_many([t for _, themes in drawn for t in themes])
    p, hit = _numbers(solved, seeds, len(SHARES))
    p_theme, hit_theme = _numbers(whole, seeds, len(THEMES))
    claims = [
        float(any((x <= 0.05).any() for x in split_between(a, b[list(PRIMARY)])))
        for a, b in zip(p_theme, p, strict=True)
    ]
    per_question = hit.mean(0)
    low = float(per_question.min())
    return Line(
        w.what, _rate(hit.mean(1)), (low, math.sqrt(low * (1 - low) / seeds)), _rate(_mean(hit_theme)),
        _rate(np.array(claims)), w.parallel,
    )  # fmt: skip


def _numbers(
    answers: Sequence[noise_floor.NoiseFloor | theme.Theme | Refused], seeds: int, each: int
) -> tuple[Floats, Floats]:
    """p-values and whether the interval holds 0, seeds x questions; NaN where refused."""
    p = [math.nan if isinstance(a, Refused) else a.p_value for a in answers]
    hit = [
        math.nan
        if isinstance(a, Refused)
        else float(a.intervals[0.95].logit_low <= 0 <= a.intervals[0.95].logit_high)
        for a in answers
    ]
    return np.array(p).reshape(seeds, each), np.array(hit).reshape(seeds, each)


def _mean(hits: Floats) -> Floats:
    return np.array([row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else np.nan for row in hits])


def _rate(per_seed: Floats) -> tuple[float, float]:
    x = per_seed[~np.isnan(per_seed)]
    return (float(x.mean()), float(x.std(ddof=1)) / math.sqrt(len(x))) if len(x) > 1 else (math.nan, math.nan)


def _said(x: tuple[float, float]) -> str:
    return "–" if math.isnan(x[0]) else f"{100 * x[0]:.1f} ± {100 * x[1]:.1f}"


def table(lines: Sequence[Line], seeds: int) -> str:
    """Markdown; worlds where the comparison is not parallel, or not alike, stand apart."""
    rows = [("world", "coverage", "lowest question", "composites", "any claim in the family"), ("---",) * 5]
    for parallel in (True, False):
        if not parallel:
            rows.append(("**the municipality is not like its comparisons**", "", "", "", ""))
        rows += [
            (x.what, _said(x.coverage), _said(x.lowest), _said(x.composites), _said(x.family))
            for x in lines if x.parallel == parallel
        ]  # fmt: skip
    wrong = [f"Does not hold: {x.what}: {', '.join(x.wrong())}." for x in lines if x.wrong()]
    body = "\n".join(f"| {' | '.join(r)} |" for r in rows)
    return f"Seeds 1-{seeds}. Per cent ± Monte Carlo error.\n\n{body}\n\n" + "\n".join(wrong)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, put it into a page when asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--doc", type=Path)
    options = parser.parse_args(argv)
    lines = []
    for w in WORLDS:
        lines.append(run(w, options.seeds))
        print(w.what, _said(lines[-1].coverage), file=sys.stderr, flush=True)
    said = table(lines, options.seeds)
    print(said)
    if options.doc:
        head, rest = options.doc.read_text(encoding="utf-8").split("<!-- other worlds -->\n", 1)
        tail = rest.split("<!-- /other worlds -->", 1)[1]
        marked = f"{head}<!-- other worlds -->\n{said}\n<!-- /other worlds -->{tail}"
        options.doc.write_text(marked, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
