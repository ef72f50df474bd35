"""How long hiding, attacking and auditing take, what stays visible, and how much memory it needs.

    python tests/benchmarks/disclosure.py           # the default study, and 20 indicators x 6 waves x 9 municipalities
    python tests/benchmarks/disclosure.py --page    # also builds the default page and audits it

Targets: default study < 10 s, the large one < 60 s, audit of a page < 60 s, all < 1 GB.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

import lhu_effect as lhu
from lhu_effect.disclosure import MaskedCube, audit, kept, mask, public_totals
from lhu_effect.disclosure.attack import weak_spots
from lhu_effect.disclosure.masked import without_numbers
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1] / "disclosure"))
import census

T = TypeVar("T")


def timed(what: str, work: Callable[[], T]) -> T:
    start, cpu = time.perf_counter(), time.process_time()
    made = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what:<60} {time.perf_counter() - start:7.2f} s   CPU {time.process_time() - cpu:7.2f} s   peak {peak:5.0f} MB"
    )
    return made


def run(name: str, cube: Cube, study: Study) -> None:
    """As `build` does it: the region's own rows in the extracts are known to everybody."""
    table, totals = tabulate(cube, study), public_totals(cube, study)
    print(f"\n{name}: {len(table)} cells")
    masked = timed("mask (primary, coarsening, structure, attack)", lambda: mask(table, study, totals=totals))
    weak = timed(
        "attack on the result (what the gate does)",
        lambda: weak_spots(masked.frame, masked.structure, study.minimum),
    )
    naive = MaskedCube(without_numbers(table.frame, must_hide(study.minimum)), study.minimum)
    before = {w.cell for w in weak_spots(naive.frame, masked.structure, study.minimum)}
    counted = kept(table, masked, study)
    share = counted["shown"].sum() / counted["passing"].sum()
    print(f"recoverable: {len(before)} cells with the primary rule alone, {len(weak)} counts after")
    print(
        f"visible: {counted['shown'].sum()} of {counted['passing'].sum()} cells that pass the rule ({share:.1%})"
    )
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True):
        print(counted)


def large() -> tuple[Cube, Study]:
    outer = [("a0", None), ("a1", "a0"), ("a2", "a1")]
    indicators = [*outer, *((f"b{i}", None) for i in range(17))]
    study = census.study(indicators)
    years = (2008, 2011, 2014, 2017, 2020, 2023)
    made = census.census(1, indicators, years, sorted(census.SIZES), rounded=True)
    return made, study


def main() -> None:
    study = lhu.open_study()
    cube = lhu.simulate(study, seed=1).cube
    run("Default study, simulated counts", cube, study)
    survey = lhu.read_survey(study)
    run("Default study, as published (rounded and masked)", survey.cube, study)
    run("20 indicators x 6 waves x 9 municipalities, rounded", *large())
    if "--page" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            timed("build the default page", lambda: lhu.build_dashboard(study, out=page))
            print(f"findings: {len(timed('audit of the page', lambda: audit(page)))}")


if __name__ == "__main__":
    main()
