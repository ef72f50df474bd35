"""How long the estimators take, and that cost grows linearly in units and in indicators.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tests/benchmarks/effects.py [--quick] [--plot FILE.html]

Prints seconds of one core (so that other programs on the machine change little) for a municipality's whole
study, for 290 municipalities each as promise unit in turn (two processes, wall clock too), and for growing
numbers of units and indicators. Quick: two indicators in the national run.
"""

from __future__ import annotations

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from lhu_effect.effects.detectable import detectable_many
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

YEARS = np.array([2008.0, 2011, 2014, 2017, 2020, 2023])


def table(units: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts and bases of one indicator: sizes log-normal, shares with own levels and between-wave noise."""
    rng = np.random.default_rng(seed)
    n = np.round(np.exp(rng.normal(5.8, 0.9, (units, 1))) * rng.uniform(0.9, 1.1, (units, 6))) + 20
    log_odds = -2.2 + rng.normal(0, 0.3, (units, 1)) + rng.normal(0, 0.15, (units, 6)) + rng.normal(0, 0.1, 6)
    return rng.binomial(n.astype(int), 1 / (1 + np.exp(-log_odds))).astype(float), n


def problems(units: int, indicators: int, targets: int, regions: int = 1) -> list[Problem]:
    """`targets` units of every indicator as promise unit in turn: before 2017 and earlier, after 2023."""
    made = []
    labels = tuple(str(d % regions) for d in range(units)) if regions > 1 else None
    for i in range(indicators):
        k, n = table(units, i)
        for d in range(targets):
            fit = np.ones(k.shape, dtype=bool)
            fit[d, 4:] = False
            made.append(Problem(k, k, n, YEARS, fit, (d, 5), 1.4, regions=labels))
    return made


def municipality() -> None:
    """20 indicators x 6 units x 4 strata, every wave in turn as target, with detectable effects."""
    asked = []
    for i in range(20 * 6 * 4):
        k, n = table(9, i)
        for target in (5, 4, 3, 2, 1):
            fit = np.ones(k.shape, dtype=bool)
            fit[0, min(target, 4) :] = False
            if target < 4:
                fit[:, target + 1 :] = False
            asked.append(Problem(k, k, n, YEARS, fit, (0, target), 1.4))
    start = time.process_time()
    made = noise_floor.estimate_many(asked)
    solved = time.process_time()
    found = [r for r in made if not isinstance(r, Refused)]
    detectable_many([r.posterior for r in found[::5]], [r.n for r in found[::5]])
    power = time.process_time()
    print(
        f"one municipality: {len(asked)} effects {solved - start:.2f} s of one core "
        f"({(solved - start) / len(asked) * 1e3:.2f} ms each), "
        f"{len(found[::5])} detectable effects {power - solved:.2f} s"
    )


def themes() -> None:
    """6 questions together, 6 units x 4 strata x 5 waves x 2 themes."""
    asked = []
    for i in range(240):
        tables = [table(9, 1000 * i + j) for j in range(6)]
        k, n = (np.stack([t[x] for t in tables]) for x in (0, 1))
        fit = np.ones((9, 6), dtype=bool)
        fit[0, 4:] = False
        asked.append(theme.ThemeProblem(k, k, n, YEARS, fit, 0, (5,), 1.4, (False,) * 6))
    start = time.process_time()
    theme.estimate_many(asked)
    took = time.process_time() - start
    print(f"composites: {len(asked)} in {took:.2f} s ({took / len(asked) * 1e3:.2f} ms each)")


def share_of_nation(part: tuple[int, int, int]) -> tuple[int, float, float]:
    """Indicators start..stop of the national run: effects solved, peak memory in MB, seconds of a core."""
    start, stop, regions = part
    solved = 0
    for i in range(start, stop):
        k, n = table(290, i)
        labels = tuple(str(d % regions) for d in range(290)) if regions > 1 else None
        asked = []
        for d in range(290):
            fit = np.ones(k.shape, dtype=bool)
            fit[d, 4:] = False
            asked.append(Problem(k, k, n, YEARS, fit, (d, 5), 1.4, regions=labels))
        solved += len(noise_floor.estimate_many(asked))
    return solved, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()


def nation(indicators: int, regions: int) -> None:
    """Every municipality of 290 as promise unit in turn, on two processes."""
    half = max(indicators // 2, 1)
    parts = [(0, half, regions), (half, indicators, regions)]
    start = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(share_of_nation, parts))
    took = time.perf_counter() - start
    solved = sum(d[0] for d in done)
    print(
        f"290 municipalities in turn, {indicators} indicators, {regions} region(s): {solved} effects {took:.1f} s "
        f"({sum(d[2] for d in done) / solved * 1e3:.1f} ms of one core each), peak {sum(d[1] for d in done):.0f} MB"
    )


def growth(plot: str | None) -> None:
    """Seconds for 24 effects with growing units, and with growing indicators at 40 units."""
    series: dict[str, list[tuple[int, float]]] = {"units": [], "indicators": []}
    for units in (10, 20, 40, 80, 160, 290, 580):
        series["units"].append((units, best(problems(units, 1, 8))))
    for indicators in (1, 2, 4, 8, 16, 32):
        series["indicators"].append((indicators, best(problems(40, indicators, 4))))
    for name, points in series.items():
        x, y = (np.array(v, dtype=float) for v in zip(*points, strict=True))
        slope, base = np.polyfit(x, y, 1)
        fit = 1 - ((y - base - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        print(f"growth in {name}: {slope * 1e3:.3f} ms each, straight line explains {fit:.4f}")
        for a, b in points:
            print(f"  {a:>5} {b * 1e3:>8.1f} ms {'#' * round(60 * b / y.max())}")
    if plot is not None:
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots

        figure = make_subplots(1, 2, subplot_titles=[f"seconds by {name}" for name in series])
        for column, points in enumerate(series.values(), start=1):
            figure.add_trace(go.Scatter(x=[p[0] for p in points], y=[p[1] for p in points]), 1, column)
        figure.write_html(plot, include_plotlyjs=True)


def best(asked: list[Problem], times: int = 3) -> float:
    """The fastest of some runs."""
    took = []
    for _ in range(times):
        start = time.process_time()
        noise_floor.estimate_many(asked)
        took.append(time.process_time() - start)
    return min(took)


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--plot")
    options = parser.parse_args()
    noise_floor.estimate_many(problems(9, 1, 1))
    municipality()
    themes()
    growth(options.plot)
    indicators = 2 if options.quick else 20
    nation(indicators, 1)
    nation(indicators, 21)


if __name__ == "__main__":
    main()
