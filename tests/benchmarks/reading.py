"""How fast files are read, against the fastest maintained reader of the same file in the same run.

    python tests/benchmarks/reading.py [--rows 300000] [--columns 40] [--workbooks 200]

Prints one line per file: seconds and computing seconds (the best of three, turn by turn), the rival's, both
ratios (on a busy machine only the second means anything), and peak memory of the process that read. The
files are made first, in a temporary folder. Rivals: fastexcel for records in a workbook, polars for csv and
Parquet, pyreadstat for .sav, openpyxl for published tables.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

GRADES = ["Åk 7", "Åk 9", "Gymnasiet år 2"]
PLACES = ["Strängnäs", "Trosa", "Gnesta", "Vingåker"]
KEYS = {
    "year": "ar",
    "municipality": "kommun",
    "district": "del",
    "grade": "ak",
    "sex": "kon",
    "school": "skola",
}


def make_records(folder: Path, rows: int, columns: int) -> None:
    """The same pupils as a.csv, a.parquet, a.sav and a.xlsx."""
    import numpy as np
    import polars as pl
    import pyreadstat

    rng = np.random.default_rng(1)
    made = {
        "ar": rng.choice([2017, 2020, 2023], rows),
        "kommun": rng.choice(PLACES, rows),
        "del": rng.choice(["Mariefred", "Åker", "Strängnäs"], rows),
        "ak": rng.choice(GRADES, rows),
        "kon": rng.choice(["Flicka", "Pojke", "Annan"], rows, p=[0.49, 0.49, 0.02]),
        "skola": rng.choice([f"Skola {i}" for i in range(40)], rows),
    }
    made |= {f"F{i}": rng.choice([1, 2, 9], rows, p=[0.8, 0.15, 0.05]) for i in range(columns - len(made))}
    frame = pl.DataFrame(made)
    frame.write_csv(folder / "a.csv", separator=";")
    frame.write_parquet(folder / "a.parquet")
    pyreadstat.write_sav(frame.to_pandas(), folder / "a.sav")
    write_flat_xlsx(frame.columns, frame.iter_rows(), folder / "a.xlsx")


def write_flat_xlsx(names: list[str], rows: object, path: Path) -> None:
    """A plain workbook with one heading row, written as a stream."""
    from lhu_effect.survey.grid import column_letters
    from tests.survey.xlsx_parts import MAIN, REL, parts, sheet

    letters = [column_letters(i + 1) for i in range(len(names))]
    strings: dict[str, int] = {}

    def cell(letter: str, number: int, value: object) -> str:
        if isinstance(value, str):
            at = strings.setdefault(value, len(strings))
            return f'<c r="{letter}{number}" t="s"><v>{at}</v></c>'
        return f'<c r="{letter}{number}"><v>{value}</v></c>'

    book = parts(sheet(""))
    link = f'<Relationship Id="rIdS" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    book["xl/_rels/workbook.xml.rels"] = book["xl/_rels/workbook.xml.rels"].replace("</Relationships>", link)
    del book["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, body in book.items():
            package.writestr(name, body)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            out.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for number, row in enumerate([names, *rows], 1):  # type: ignore[misc]
                line = "".join(cell(c, number, v) for c, v in zip(letters, row, strict=True))
                out.write(f'<row r="{number}">{line}</row>'.encode())
            out.write(b"</sheetData></worksheet>")
        listed = "".join(f"<si><t>{s}</t></si>" for s in strings)
        package.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{listed}</sst>')


def make_workbooks(folder: Path, count: int) -> None:
    """Published tables: a sheet per question, grades down, years and measures across."""
    import openpyxl

    pick = random.Random(1)
    for number in range(count):
        book = openpyxl.Workbook()
        for question in range(6):
            ws = book.create_sheet(f"Fråga {question}")
            ws.append([f"Fråga {question}: andel (%)"])
            ws.append([])
            ws.append(["Kommun", "Årskurs", "Kön", "2014", "2017", "2020", "2023"])
            for place in PLACES:
                for grade in GRADES:
                    for sex in ("Totalt", "Flicka", "Pojke"):
                        ws.append([place, grade, sex, *(round(pick.random() * 100, 1) for _ in range(4))])
        out = io.BytesIO()
        book.save(out)
        (folder / f"{number:03}.xlsx").write_bytes(out.getvalue())


# ---- one reading, in its own process so that its memory is its own ---------------------------------------


def read_ours(file: Path, columns: int) -> int:
    """Rows counted into a cube with a codebook over all columns."""
    from lhu_effect.definitions import load_registry
    from lhu_effect.study.model import CodebookEntry, Study
    from lhu_effect.survey.microdata_files import read_microdata

    known = [*load_registry().indicators, *(f"extra_{i}" for i in range(columns))]
    book = tuple(
        CodebookEntry(known[i], wave, f"F{i}", yes=("2",), no=("1",), missing=("9",))
        for i in range(columns - len(KEYS))
        for wave in (2017, 2020, 2023)
    )
    return read_microdata(
        file, Study("0486", load_registry(), codebook=book, codebook_keys=KEYS)
    ).counted.rows


def load_ours(file: Path, columns: int) -> int:
    """The file's columns as a frame, scan and child process included; nothing counted."""
    import polars as pl

    from lhu_effect.survey.microdata_files import load_records
    from lhu_effect.survey.preflight import file_kind

    wanted = [*KEYS.values(), *(f"F{i}" for i in range(columns - len(KEYS)))]
    frame = load_records(file, file_kind(file), wanted, file.name).frame
    return int(frame.lazy().select(pl.len()).collect().item())


def read_rival(file: Path, _columns: int) -> int:
    """The fastest maintained reader of this kind of file, every column, as it would be called with care."""
    import polars as pl

    if file.suffix == ".xlsx":
        import fastexcel

        return fastexcel.read_excel(file).load_sheet(0, schema_sample_rows=None).to_polars().height
    if file.suffix == ".csv":
        return pl.read_csv(file, separator=";").height
    if file.suffix == ".parquet":
        return pl.read_parquet(file).height
    import pyreadstat

    return len(pyreadstat.read_sav(str(file), user_missing=True)[0])


def tables_ours(folder: Path, _columns: int) -> int:
    """Every workbook through scan and reading into grids."""
    from lhu_effect.survey.grids import read_grids

    return sum(g.cells_in for p in sorted(folder.glob("*.xlsx")) for g in read_grids(p).grids)


def tables_survey(folder: Path, _columns: int) -> int:
    """Every workbook read as a survey of its own: layout, labels, cube, report."""
    from lhu_effect.definitions import load_registry
    from lhu_effect.study.model import Study
    from lhu_effect.survey import read_survey

    study = Study("0486", load_registry())
    return sum(len(read_survey(study, [p], strict=False).cube) for p in sorted(folder.glob("*.xlsx")))


def tables_rival(folder: Path, _columns: int) -> int:
    """openpyxl in normal mode: the only other reader that gives number formats, merges and hidden rows."""
    import openpyxl

    books = (openpyxl.load_workbook(p, data_only=True) for p in sorted(folder.glob("*.xlsx")))
    return sum(c.value is not None for book in books for ws in book for row in ws.iter_rows() for c in row)


TASKS: dict[str, Callable[[Path, int], int]] = {
    f.__name__: f for f in (read_ours, load_ours, read_rival, tables_ours, tables_survey, tables_rival)
}


def measure(task: str, file: Path, columns: int) -> dict[str, float]:
    """Seconds and peak memory (MB, children apart) of one task in a fresh process."""
    command = [sys.executable, __file__, "--task", task, str(file), "--columns", str(columns)]
    done = subprocess.run(command, check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run_task(task: str, file: Path, columns: int) -> None:
    """Do it once and print what it took."""
    began = time.perf_counter()
    count = TASKS[task](file, columns)
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own, child = (u.ru_maxrss / 1000 for u in used)
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    spent = {"s": time.perf_counter() - began, "cpu": cpu, "own": own, "child": child, "count": count}
    print(json.dumps(spent))


def compare(label: str, ours: str, rival: str, file: Path, columns: int, times: int = 3) -> None:
    """One printed line: the best of `times`, turn by turn, so that a busy machine hurts both alike."""
    us, them = [], []
    for _ in range(times):
        us.append(measure(ours, file, columns))
        them.append(measure(rival, file, columns))
    said = f"{label:22s}"
    for what in ("s", "cpu"):
        a, b = min(m[what] for m in us), min(m[what] for m in them)
        said += f" {a:7.2f} {what} {b:7.2f} {what} ratio {a / b:5.2f} "
    own, child = max(m["own"] for m in us), max(m["child"] for m in us)
    print(f"{said} {own:5.0f} MB, child {child:5.0f} MB", flush=True)


def main() -> None:
    """Make the files and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument("--workbooks", type=int, default=200)
    parser.add_argument("--task", nargs=2)
    asked = parser.parse_args()
    if asked.task and asked.task[0] == "make":
        make_records(Path(asked.task[1]), asked.rows, asked.columns)
        return
    if asked.task:
        run_task(asked.task[0], Path(asked.task[1]), asked.columns)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = ["--rows", str(asked.rows), "--columns", str(asked.columns)]
        subprocess.run([sys.executable, __file__, "--task", "make", name, *size], check=True)
        print(f"{asked.rows} rows x {asked.columns} columns: ours, rival")
        for kind in ("xlsx", "csv", "sav", "parquet"):
            compare(f"{kind}: to a frame", "load_ours", "read_rival", folder / f"a.{kind}", asked.columns)
            compare(f"{kind}: to a cube", "read_ours", "read_rival", folder / f"a.{kind}", asked.columns, 1)
        tables = folder / "tables"
        tables.mkdir()
        make_workbooks(tables, asked.workbooks)
        print(f"{asked.workbooks} published workbooks: ours, openpyxl")
        compare("tables: to grids", "tables_ours", "tables_rival", tables, 0)
        compare("tables: to surveys", "tables_survey", "tables_rival", tables, 0, 1)


if __name__ == "__main__":
    main()
