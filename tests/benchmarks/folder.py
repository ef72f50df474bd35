"""A folder of published workbooks into one survey: seconds and peak memory.

    python tests/benchmarks/folder.py [--workbooks 200]

Each workbook has a contents sheet and six question sheets, three waves across, written to a temporary
folder first. Wanted: 200 workbooks in less than 20 s and 500 MB.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import openpyxl

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def make(folder: Path, count: int) -> None:
    """One workbook per municipality, the last one Strängnäs's."""
    from lhu_effect.definitions import load_registry

    registry = load_registry()
    questions = [i.label.sv for i in registry.indicators.values()][:6]
    others = [p for p in registry.places.values() if p.kind == "municipality" and p.code != "0486"]
    for place in [*others[: count - 1], registry.places["0486"]]:
        book = openpyxl.Workbook()
        book.active.title = "Innehåll"
        for row in [["Blad", "Fråga"], *([f"F{j}", q] for j, q in enumerate(questions))]:
            book.active.append(row)
        for j in range(len(questions)):
            sheet = book.create_sheet(f"F{j}")
            sheet.append(["Andel (%) som svarat ja"])
            sheet.append(["Kommun", "Årskurs", "Kön", "2017", None, "2020", None, "2023", None])
            sheet.append([None] * 3 + ["Andel (%)", "n"] * 3)
            for grade in ("Åk 7", "Åk 9", "Gy 2"):
                for sex in ("Flickor", "Pojkar", "Totalt"):
                    sheet.append([place.name, grade, sex, *([12.5, 40] * 3)])
        book.save(folder / f"{place.code}.xlsx")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=200)
    asked = parser.parse_args()
    from lhu_effect.study import study_for
    from lhu_effect.survey import read_survey

    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), asked.workbooks)
        began, computed = time.perf_counter(), time.process_time()
        survey = read_survey(study_for("0486"), [Path(folder)])
        took, cpu = time.perf_counter() - began, time.process_time() - computed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cells = survey.report["totals"]["cells_in"]
    print(f"{asked.workbooks} workbooks, {cells} cells: {took:.1f} s ({cpu:.1f} s computing), {peak} MB")


if __name__ == "__main__":
    main()
