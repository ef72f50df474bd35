"""How long the estimators take, and that cost grows linearly in units and in indicators.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tests/benchmarks/effects.py [--quick] [--doc docs/method.md]

Prints seconds of one core (so that other programs on the machine change little) for a municipality's whole
study, for 290 municipalities each as promise unit in turn (two processes, wall clock too), and for growing
numbers of units and indicators. Quick: two indicators in the national run. --doc: put the growth between the page's
marks and draw it in growth.svg beside the page.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from lhu_effect.effects.detectable import detectable_many
from lhu_effect.effects.estimators import noise_floor, theme
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

Growth = Mapping[str, Sequence[tuple[int, float]]]
MARKS = "<!-- growth -->", "<!-- /growth -->"
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


def growth() -> Growth:
    """Milliseconds of one core for 8 effects with growing units, and for 4 effects an indicator at 40 units."""
    return {
        "units": [(n, best(problems(n, 1, 8))) for n in (10, 20, 40, 80, 160, 290, 580)],
        "indicators": [(n, best(problems(40, n, 4))) for n in (1, 2, 4, 8, 16, 32)],
    }


def line(points: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """Slope and start of the straight line through the points, and the share of variance that it explains."""
    x, y = (np.array(v, dtype=float) for v in zip(*points, strict=True))
    slope, base = np.polyfit(x, y, 1)
    return (
        float(slope),
        float(base),
        float(1 - ((y - base - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum()),
    )


def told(found: Growth) -> str:
    """The points as two Markdown tables, with the straight line's fit."""
    parts = []
    for name, points in found.items():
        slope, _, explained = line(points)
        parts.append(
            f"| {name} | {' | '.join(str(x) for x, _ in points)} |\n"
            f"{'| --- ' * (len(points) + 1)}|\n"
            f"| ms | {' | '.join(f'{y:.1f}' for _, y in points)} |\n\n"
            f"{slope:.3f} ms each; a straight line explains {100 * explained:.2f} %."
        )
    return "\n\n".join(parts)


def read(page: str) -> Growth:
    """The points that stand between the page's marks."""
    between = page.split(MARKS[0])[1].split(MARKS[1])[0]
    rows = [
        [c.strip() for c in r.strip("|").split("|")]
        for r in re.findall(r"^\| (?!---).*$", between, re.MULTILINE)
    ]
    return {
        head[0]: [(int(x), float(y)) for x, y in zip(head[1:], row[1:], strict=True)]
        for head, row in zip(rows[::2], rows[1::2], strict=True)
    }


def drawn(found: Growth) -> str:
    """Both growths as small plain SVG: points, and the straight line in grey. Same points, same bytes."""
    width, height, pad = 280, 160, 48
    parts = []
    for at, (name, points) in enumerate(found.items()):
        x0, y0, right = pad + at * (width + pad), 28, max(x for x, _ in points)
        top = max(y for _, y in points) * 1.08
        slope, base, _ = line(points)

        def spot(x: float, y: float, x0: int = x0, right: int = right, top: float = top, y0: int = y0) -> str:
            return f"{x0 + x / right * width:.1f} {y0 + height - y / top * height:.1f}"

        parts += [
            f'<path d="M{x0} {y0}V{y0 + height}H{x0 + width}" fill="none" stroke="#767676"/>',
            f'<path d="M{spot(0, max(base, 0.0))}L{spot(right, base + slope * right)}" stroke="#767676"/>',
            f'<text x="{x0}" y="{y0 - 10}">milliseconds of one core, up to {top:.0f}</text>',
            f'<text x="{x0 + width}" y="{y0 + height + 18}" text-anchor="end">{name}, up to {right}</text>',
        ]
        for x, y in points:
            cx, cy = spot(x, y).split()
            parts.append(
                f'<circle cx="{cx}" cy="{cy}" r="3.5"><title>{x} {name}: {y:.1f} ms</title></circle>'
            )
    size = f"0 0 {2 * (width + pad) + pad} {height + 60}"
    title = "Time by number of units and of indicators: points measured, grey the straight line"
    style = "<style>text{font:13px sans-serif}</style><rect width='100%' height='100%' fill='#fff'/>"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img"><title>{title}</title>{style}'
    )
    return f"{head}{''.join(parts)}</svg>\n"


def into(page: Path, found: Growth) -> None:
    """The tables between the page's marks, and growth.svg beside it drawn from what stands there."""
    head, rest = page.read_text(encoding="utf-8").split(MARKS[0], 1)
    said = f"{head}{MARKS[0]}\n{told(found)}\n{MARKS[1]}{rest.split(MARKS[1], 1)[1]}"
    page.write_text(said, encoding="utf-8")
    (page.parent / "growth.svg").write_text(drawn(read(said)), encoding="utf-8")


def best(asked: list[Problem], times: int = 3) -> float:
    """The fastest of some runs, in milliseconds."""
    took = []
    for _ in range(times):
        start = time.process_time()
        noise_floor.estimate_many(asked)
        took.append(time.process_time() - start)
    return 1e3 * min(took)


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--doc", type=Path)
    options = parser.parse_args()
    noise_floor.estimate_many(problems(9, 1, 1))
    municipality()
    themes()
    found = growth()
    print(told(found))
    if options.doc:
        into(options.doc, found)
    indicators = 2 if options.quick else 20
    nation(indicators, 1)
    nation(indicators, 21)


if __name__ == "__main__":
    main()
