"""Every fact of every facts.json under ../shared/data/real is met, and every file there that is no survey is refused

with the right reason. Facts about cells are met in `test_real_cells.py`; here the rest, and the proof that none is left.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from lhu_effect.errors import InputError
from lhu_effect.survey import Survey, read_survey
from lhu_effect.survey.grid import Grid
from lhu_effect.survey.grids import read_grids
from tests.survey.by_hand import home

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "real"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="no folder shared/data/real beside the checkout")

FACTS: list[dict[str, Any]] = [
    fact
    for path in sorted(REAL.glob("*/facts.json"))
    for fact in json.loads(path.read_text(encoding="utf-8"))["facts"]
]


@cache
def grids(file: str) -> tuple[Grid, ...]:
    return read_grids(REAL / file).grids


def sheet(file: str, name: str | None) -> Grid:
    return next(g for g in grids(file) if g.sheet == (name or ""))


def table(file: str, heading: int = 1) -> list[dict[str, str]]:
    """Rows of a table with its headings in row `heading`, as texts."""
    grid = sheet(file, None)
    names = [grid.text(heading, c) for c in range(1, grid.n_cols + 1)]
    rows = range(heading + 1, grid.n_rows + 1)
    return [{n: grid.text(r, c) for c, n in enumerate(names, 1)} for r in rows]


# ---- what each kind of fact asks, answered from our own reading ------------------------------------------


def deso_rows(file: str, name: str | None) -> object:
    grid = sheet(file, name)
    return sum(grid.text(r, 1).startswith("0486") for r in range(1, grid.n_rows + 1))


def defect(file: str, _: str | None) -> object:
    """The package that openpyxl cannot open: every sheet of it is read whole all the same."""
    with pytest.raises(KeyError):
        openpyxl.load_workbook(REAL / file)
    return all(grid.n_rows > 1 for grid in grids(file))


def siris(file: str) -> tuple[Grid, list[str], list[int]]:
    grid = sheet(file, None)
    names = [grid.text(6, c) for c in range(1, grid.n_cols + 1)]
    code = names.index("Kommun-kod") + 1
    return grid, names, [r for r in range(7, grid.n_rows + 1) if grid.text(r, code)]


def siris_form(file: str, _: str | None) -> object:
    told = read_grids(REAL / file).facts
    heading = next(r for r in range(1, 20) if sheet(file, None).text(r, 1) == "Skola")
    encoding = {"utf-8-sig": "utf-8 with BOM"}[told["encoding"]]
    return [encoding, told["delimiter"], heading, told["trailing_delimiter"] == "yes"]


def siris_notes(file: str, _: str | None) -> object:
    grid, _, data = siris(file)
    notes = [r for r in range(data[-1] + 1, grid.n_rows + 1) if grid.text(r, 1)]
    return [len(notes), grid.text(notes[0], 1)]


def siris_own(file: str) -> tuple[Grid, list[str], list[int]]:
    grid, names, data = siris(file)
    return grid, names, [r for r in data if grid.text(r, names.index("Kommun-kod") + 1) == "0486"]


def school(name: str, columns: tuple[str, ...]) -> Callable[[str, str | None], object]:
    def read(file: str, _: str | None) -> object:
        grid, names, own = siris_own(file)
        row = next(r for r in own if any(grid.text(r, c).startswith(name) for c in range(1, 8)))
        found = [grid.text(row, names.index(c) + 1) for c in columns]
        return found if len(found) > 1 else found[0]

    return read


def marks(file: str, _: str | None) -> object:
    texts = [cell.text for _, _, cell in sheet(file, None).cells()]
    return [texts.count(".."), texts.count(".")]


def towns(file: str, _: str | None) -> object:
    rows = table(file)
    return [len(rows), next(list(r.values()) for r in rows if r["municipality_code"] == "0486")]


def shapes_of_towns(file: str, _: str | None) -> object:
    rows = table(file)
    own = next(r["kommun"] for r in rows if r["kommun_kod"] == "0486")
    return [len(rows), list(rows[0]), own]


def small_areas(file: str, _: str | None) -> object:
    own = [r for r in table(file) if r["municipality_code"] == "0486"]
    return [len({r["deso"] for r in own}), len({r["regso_code"] for r in own})]


def area_codes(file: str, _: str | None) -> object:
    names = {r["regso_name"]: r["regso_code"] for r in table(file) if r["municipality_code"] == "0486"}
    return [names[n] for n in ("Mariefred", "Stallarholmen", "Åkers styckebruk")]


def kpi_titles(file: str, _: str | None) -> object:
    wanted = next(f["expected"] for f in FACTS if f["file"] == file and "titles" in f["selector"])
    return {r["id"]: r["title"] for r in table(file) if r["id"] in wanted}


def shape(file: str, _: str | None) -> object:
    if "yrbs" in file:  # records: read by a codebook (test_real_cells); as a table it is refused for its size
        frame = pl.scan_parquet(REAL / file)
        return [frame.select(pl.len()).collect().item(), len(frame.collect_schema())]
    return [len(table(file)), len(table(file)[0])]


def by_column(column: str) -> Callable[[str, str | None], object]:
    def read(file: str, _: str | None) -> object:
        values = [r[column] for r in table(file)]
        return {v: values.count(v) for v in sorted(set(values))}

    return read


def flen_row(file: str, _: str | None) -> object:
    grid = sheet(file, None)
    names = [grid.text(1, c) for c in range(1, grid.n_cols + 1)]
    row = next(
        r
        for r in range(2, grid.n_rows + 1)
        if (grid.text(r, 1), grid.text(r, len(names))) == ("Flen", "Åk 8")
    )
    wanted = next(f["expected"] for f in FACTS if f["file"] == file and f["selector"].startswith("Flen"))
    cells = {n: grid.cell(row, c) for c, n in enumerate(names, 1)}
    return {n: (cell.value if cell else None) for n, cell in cells.items() if n in wanted}


@cache
def school_survey(file: str) -> Survey:
    return read_survey(home("0482"), [REAL / file])


def flen_share(file: str, _: str | None) -> object:
    frame = school_survey(file).cube.filter(municipality="0482").frame
    row = frame.filter(pl.col("school").is_null() & (pl.col("sex") == "all")).row(0, named=True)
    return round(row["k"] / row["n"], 5)


def counted(variable: str, codes: int) -> Callable[[str, str | None], object]:
    def read(file: str, _: str | None) -> object:
        from lhu_effect.study.model import CodebookEntry, Study
        from lhu_effect.survey.microdata_files import read_microdata

        book = (CodebookEntry("unsafe", 2019, variable, yes=("1",), no=("2",)),)
        read = read_microdata(REAL / file, Study("0486", home().registry, codebook=book)).counted
        row = read.cube.frame.row(0, named=True)
        return [row["k"], row["n"] - row["k"], read.rows - row["n"]][:codes]

    return read


ASKED: dict[str, Callable[[str, str | None], object]] = {
    "number of Strängnäs (0486": deso_rows,
    "encoding / delimiter": siris_form,
    "school year in preamble": lambda file, _: sheet(file, None).text(4, 1),
    "number of data rows": lambda file, _: len(siris(file)[2]),
    "non-blank free-text footnote": siris_notes,
    "number of Strängnäs schools": lambda file, _: len(siris_own(file)[2]),
    "Mariefreds skola": school("Mariefreds skola", ("Elever, årskurs 7", "Elever, årskurs 9")),
    "Stallarholmsskolan": school("Stallarholmsskolan", ("Elever, årskurs 7", "Elever, årskurs 9")),
    "Åkerskolan": school("Åkerskolan", ("Elever, årskurs 7", "Elever, årskurs 9")),
    "Europaskolan Rogge": school("Europaskolan Rogge", ("Andel (%) flickor, årskurs 1-9",)),
    "Kommun-kod must be text": school("Mariefreds skola", ("Kommun-kod",)),
    "count of '..'": marks,
    "rows / 0486 row": towns,
    "rows / columns / 0486": shapes_of_towns,
    "number of DeSO / RegSO": small_areas,
    "RegSO code of": area_codes,
    "titles of drug/safety": kpi_titles,
    "shape": shape,
    "rows by type": by_column("type"),
    "rows per Årskurs": by_column("Årskurs"),
    "0486": lambda file, _: next(list(r.values()) for r in table(file) if r["id"] == "0486"),
    "Flen Åk 8 row": flen_row,
    "derived: Flens kommun": flen_share,
    "QN15": counted("QN15", 3),
    "QN47": counted("QN47", 2),
}
OTHERS = [f for f in FACTS if not f.get("cell")]


@pytest.mark.parametrize(
    "fact", OTHERS, ids=lambda f: f"{f['file'].split('/')[1][:25]}: {f['selector'][:30]}"
)
def test_every_other_fact_is_met(fact: dict[str, Any]) -> None:
    if fact["selector"] == "workbook defect":
        assert defect(fact["file"], None) is True
        return
    ask = next(ask for start, ask in ASKED.items() if fact["selector"].startswith(start))
    assert ask(fact["file"], fact["sheet"]) == fact["expected"]


def test_all_files_with_facts_are_here_and_no_fact_is_left_out() -> None:
    with_cell = [f for f in FACTS if f.get("cell")]
    assert len(with_cell) + len(OTHERS) == len(FACTS)
    assert len(OTHERS) >= 35
    assert {f["file"].split("/")[0] for f in FACTS} == {p.parent.name for p in REAL.glob("*/facts.json")}


# ---- files that are no extract of a pupil survey: refused, with the reason that is right ----------------

TOPICS = {
    "fohm_deso": "vaccinationstäckning",
    "siris_csv": "antal inskrivna elever",
    "skolverket_xlsx": "betyg och prov",
    "geo": "en förteckning över områden",
}
NOT_SURVEYS = sorted(
    p for folder in TOPICS for p in REAL.glob(f"{folder}/*") if p.suffix in (".xlsx", ".csv", ".parquet")
)


@pytest.mark.parametrize("path", NOT_SURVEYS, ids=lambda p: p.name[-30:])
def test_what_is_about_something_else_says_what_it_is_about(path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_survey(home(), [path])
    assert refused.value.rule == "survey.other_topic"
    said = refused.value.message("sv")
    assert said.startswith(path.name)
    assert TOPICS[path.parent.name] in said


@pytest.mark.parametrize(
    ("file", "rule", "said"),
    [
        ("kolada/2023-03-28_KOLADA_KPI_list.parquet", "survey.other_topic", "en förteckning över nyckeltal"),
        ("kolada/2023-03-28_KOLADA_Municipality_list.parquet", "survey.other_topic", "en förteckning över områden"),
        ("skolenkaten/SkolinspektionensIndex.xls", "files.xls", "spara den som Excel-arbetsbok (.xlsx)"),
        ("skolenkaten/SItryggNöjd.parquet", "survey.unknown_layout", "det framgår inte vilken uppgift som är fråga"),
        ("yrbs/raw_yrbs_2019.parquet", "files.too_many_cells", "kodbok i study.toml"),
        ("reference/DaytonSurvey.csv", "survey.unknown_layout", "ingen känd fråga"),
        ("reference/kielmc.csv", "survey.unknown_layout", "ingen känd fråga"),
        ("reference/organ_donations.csv", "survey.unknown_layout", "ingen känd fråga"),
        ("reference/yrbs2019_national_reference.csv", "survey.unknown_layout", "ingen känd fråga"),
    ],
)  # fmt: skip
def test_what_is_no_extract_says_why(file: str, rule: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        read_survey(home(), [REAL / file])
    assert refused.value.rule == rule
    assert said in refused.value.message("sv")


def test_every_real_file_is_tried_here_or_read_as_a_survey() -> None:
    tried = {p.name for p in NOT_SURVEYS} | {
        "2023-03-28_KOLADA_KPI_list.parquet", "2023-03-28_KOLADA_Municipality_list.parquet",
        "SkolinspektionensIndex.xls", "SItryggNöjd.parquet", "raw_yrbs_2019.parquet", "DaytonSurvey.csv", "kielmc.csv",
        "organ_donations.csv", "yrbs2019_national_reference.csv", "excelrapport-elever-grundskola-ak-8-2022.xlsx",
    }  # fmt: skip
    assert {p.name for p in REAL.glob("*/*") if p.suffix != ".json"} == tried


def test_many_questions_the_study_does_not_ask_are_one_warning_that_says_what_is_used() -> None:
    survey = school_survey("skolenkaten/excelrapport-elever-grundskola-ak-8-2022.xlsx")
    unknown = [i for i in survey.found if "unknown_label" in i.rule]
    together = [i for i in unknown if i.rule == "files.unknown_labels"]
    assert (len(together), len(unknown)) == (1, 2)  # the other is a municipality spelled wrong: Grum
    assert together[0].facts["count"] == 29
    assert "Känner du dig trygg i skolan?" in str(together[0].facts["used"])
    listed = [u for u in survey.report["unmapped"] if u["kind"] == "indicator"]
    assert len(listed) == 29
