"""Real files of authorities (../shared/data/real): every fact about a cell is met by the grids."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from lhu_effect.definitions import load_registry
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey import cells
from lhu_effect.survey.grid import Grid, Grids
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.legend import read_legend
from lhu_effect.survey.microdata_files import read_microdata
from lhu_effect.survey.sheet_xml import position

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "real"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="no folder shared/data/real beside the checkout")


def facts() -> list[dict[str, object]]:
    found = []
    for path in sorted(REAL.glob("*/facts.json")):
        found += json.loads(path.read_text(encoding="utf-8"))["facts"]
    return found


@cache
def grids(file: str) -> Grids:
    return read_grids(REAL / file)


def sheet(file: str, name: str) -> Grid:
    return next(g for g in grids(file).grids if g.sheet == name)


CELL_FACTS = [f for f in facts() if f.get("cell")] if REAL.exists() else []


@pytest.mark.parametrize("fact", CELL_FACTS, ids=lambda f: f"{f['file'].split('/')[1][:20]} {f['cell']}")
def test_cell_holds_what_the_fact_says(fact: dict[str, str]) -> None:
    place = position(fact["cell"])
    assert place
    cell = sheet(fact["file"], fact["sheet"]).cell(*place)
    assert (cell.value if cell else None) == fact["expected"]


def test_there_are_cell_facts_to_meet() -> None:
    assert len(CELL_FACTS) >= 40


@pytest.mark.parametrize("path", sorted(REAL.glob("fohm_deso/*.xlsx")), ids=lambda p: p.name[-15:])
def test_package_that_openpyxl_cannot_open_reads_whole(path: Path) -> None:
    area = next(g for g in read_grids(path).grids if g.sheet == "Per DeSO")
    assert sum(area.text(row, 1).startswith("0486") for row in range(1, area.n_rows + 1)) == 24
    interval = cells.parse(sheet(f"fohm_deso/{path.name}", "Per DeSO och ålderskategori").cell(19, 3))
    assert (interval.kind, interval.value) == ("interval", None)


SIRIS = sorted(REAL.glob("siris_csv/*.csv"))


@pytest.mark.parametrize("path", SIRIS, ids=lambda p: p.name[-20:-4])
def test_school_register_csv(path: Path) -> None:
    told = {f["selector"]: f["expected"] for f in facts() if f["file"] == f"siris_csv/{path.name}"}
    read = read_grids(path)
    grid = read.grids[0]
    header = [grid.text(6, col) for col in range(1, grid.n_cols + 1)]
    assert (read.facts["encoding"], read.facts["delimiter"]) == ("utf-8-sig", ";")
    assert read.facts["trailing_delimiter"] == "yes"
    assert grid.text(4, 1) == told["school year in preamble line 4"]
    code = header.index("Kommun-kod") + 1
    data = [row for row in range(7, grid.n_rows + 1) if grid.text(row, code)]
    assert len(data) == told["number of data rows"]
    ours = [row for row in data if grid.text(row, code) == "0486"]
    assert len(ours) == told["number of Strängnäs schools"]
    notes = [row for row in range(data[-1] + 1, grid.n_rows + 1) if grid.text(row, 1)]
    assert [len(notes), grid.text(notes[0], 1)] == next(
        v for k, v in told.items() if k.startswith("non-blank free-text")
    )
    marks = [cell.text for _, _, cell in grid.cells()]
    assert [marks.count(".."), marks.count(".")] == told["count of '..' fields / '.' fields"]
    for school in ("Mariefreds skola", "Stallarholmsskolan", "Åkerskolan"):
        row = next(r for r in ours if school in [grid.text(r, c) for c in range(1, 8)])
        seen = [grid.text(row, header.index(f"Elever, årskurs {g}") + 1) for g in (7, 9)]
        assert seen == told[f"{school} (0486): Elever årskurs 7 / 9, raw strings"]


def test_school_survey_marks_stay_apart() -> None:
    grid = sheet("skolenkaten/excelrapport-elever-grundskola-ak-8-2022.xlsx", "Resultat elever åk 8 2022")
    said = {
        name: cells.parse(grid.cell(*position(name)))  # type: ignore[arg-type, misc]
        for name in ("F5", "KW339", "KX339", "KY341", "H4")
    }
    assert said["KW339"].nothing == "masked"
    assert said["F5"].nothing == said["KX339"].nothing == "not_applicable"
    assert (said["KY341"].kind, said["KY341"].value) == ("number", 0.0)
    assert said["H4"].value == 0.794


def test_legend_says_what_the_stars_hide() -> None:
    legend = sheet("skolenkaten/excelrapport-elever-grundskola-ak-8-2022.xlsx", "Förklaring")
    marks = {m.text: m for row in (72, 74) for m in read_legend(legend.text(row, 1))}
    assert {k: (m.nothing, m.low, m.high) for k, m in marks.items()} == {
        "*": ("masked", 1, 9),
        "**": ("masked", 10, 19),
        "***": ("masked", 20, None),
        "-": ("masked", 0, None),
    }


def test_option_label_is_seen_through_its_merged_cell() -> None:
    grid = sheet("skolenkaten/excelrapport-elever-grundskola-ak-8-2022.xlsx", "Resultat elever åk 8 2022")
    row, col = position("KT2") or (0, 0)
    seen = grid.at(row, col)
    assert seen is not None
    assert (seen.text, seen.merged_from) == ("Till stor del", "KS2")
    assert grid.cell(row, col) is None


def table(file: str) -> list[dict[str, object]]:
    grid = grids(file).grids[0]
    names = [grid.text(1, c) for c in range(1, grid.n_cols + 1)]
    rows = range(2, grid.n_rows + 1)
    return [{n: (x := grid.cell(r, c)) and x.value for c, n in enumerate(names, 1)} for r in rows]


def wanted(file: str, start: str) -> object:
    return next(f["expected"] for f in facts() if f["file"] == file and str(f["selector"]).startswith(start))


def test_parquet_tables_read_as_their_facts_say() -> None:
    file = "kolada/2023-03-28_KOLADA_KPI_list.parquet"
    kpis = table(file)
    assert [len(kpis), len(kpis[0])] == wanted(file, "shape")
    titles = {str(row["id"]): row["title"] for row in kpis}
    told = wanted(file, "titles")
    assert isinstance(told, dict)
    assert {k: titles[k] for k in told} == told
    file = "skolenkaten/SItryggNöjd.parquet"
    flen = next(r for r in table(file) if r["Kommun"] == "Flen" and r["Årskurs"] == "Åk 8")
    told = wanted(file, "Flen")
    assert isinstance(told, dict)
    assert {k: flen[k] for k in told} == told


def test_records_of_the_american_survey_count_as_their_facts_say() -> None:
    book = tuple(
        CodebookEntry(i, 2019, v, yes=("1",), no=("2",))
        for i, v in (("unsafe", "QN15"), ("marijuana", "QN47"))
    )
    study = Study("0486", load_registry(), codebook=book)
    read = read_microdata(REAL / "yrbs" / "raw_yrbs_2019.parquet", study)
    assert [read.counted.rows, len(read.fates)] == wanted("yrbs/raw_yrbs_2019.parquet", "shape")
    counted = {r["indicator"]: (r["k"], r["n"] - r["k"]) for r in read.counted.cube.frame.rows(named=True)}
    unsafe = wanted("yrbs/raw_yrbs_2019.parquet", "QN15")
    assert isinstance(unsafe, list)
    assert [*counted["unsafe"], read.counted.rows - sum(counted["unsafe"])] == unsafe
    assert list(counted["marijuana"]) == wanted("yrbs/raw_yrbs_2019.parquet", "QN47")


def test_old_excel_file_says_what_to_save_it_as() -> None:
    with pytest.raises(Exception, match=r"\.xlsx") as refused:
        read_grids(REAL / "skolenkaten" / "SkolinspektionensIndex.xls")
    assert refused.value.rule == "files.xls"  # type: ignore[attr-defined]
    assert "spara den som Excel-arbetsbok (.xlsx)" in refused.value.message("sv")  # type: ignore[attr-defined]
