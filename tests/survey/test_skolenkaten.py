"""The real Skolenkäten 2022 workbook, and somebody else's import of it, when ../shared is beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.errors import InputError
from lhu_effect.survey import Survey
from lhu_effect.survey.cells import parse
from lhu_effect.survey.context import legend_marks
from lhu_effect.survey.grid import Grids, address
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.sheets import FileReader
from lhu_effect.survey.tables import CellParser, Record, records
from tests.survey.by_hand import home, read, workbook

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "real" / "skolenkaten"
BOOK = FOLDER / "excelrapport-elever-grundskola-ak-8-2022.xlsx"
needs_real_data = pytest.mark.skipif(not BOOK.is_file(), reason="../shared/data is not beside the checkout")


@pytest.fixture(scope="module")
def survey() -> Survey:
    """Read for Flen, one of its organisers."""
    return read(BOOK, study=home("0482"))


@pytest.fixture(scope="module")
def grids() -> Grids:
    """The sheets as they are."""
    return read_grids(BOOK)


@pytest.fixture(scope="module")
def by_cell(grids: Grids) -> dict[str, Record]:
    """Records of the main sheet by address."""
    study = home("0482")
    table, layout = FileReader(study, Labels(study.registry)).tables(grids)[0].tables[0]
    marks = legend_marks(grids.grids)
    assert layout == "skolenkaten"
    return {r.cell: r for r in records(table, CellParser(lambda c: parse(c, marks)))}


@needs_real_data
def test_every_fact_of_a_cell_is_met(by_cell: dict[str, Record], grids: Grids) -> None:
    facts = [f for f in json.loads((FOLDER / "facts.json").read_text())["facts"] if f.get("cell")]
    sheet = grids.grids[0]
    for fact in facts:
        if fact["cell"] in ("A1", "E4"):
            continue  # title and an empty cell: not values
        expected, record = fact["expected"], by_cell[fact["cell"]]
        assert record.parsed.value == expected or record.parsed.text == expected, fact["selector"]
    assert sheet.text(1, 1).startswith("Skolenkäten 2022")
    assert len(facts) > 15


@needs_real_data
def test_the_answers_stand_under_their_question(by_cell: dict[str, Record]) -> None:
    record = by_cell["KS4"]
    assert record.labels["answer"] == "Till stor del"
    assert record.labels["indicator"] == "Känner du dig trygg i skolan?"
    assert record.measure == "count"
    assert record.parsed.value == 17578


@needs_real_data
def test_a_mask_has_the_bounds_of_the_legend_and_zero_stays_zero(by_cell: dict[str, Record]) -> None:
    hidden = by_cell["KW339"].parsed
    assert (hidden.nothing, hidden.low, hidden.high) == ("masked", 1, 9)
    assert by_cell["KY341"].parsed.value == 0


@needs_real_data
def test_safe_in_school_is_both_positive_answers_of_all_answers(survey: Survey) -> None:
    flen = survey.cube.filter(municipality="0482").frame.filter(pl.col("school").is_null())
    row = flen.row(0, named=True)
    assert (row["n"], row["k"], row["organiser"], row["flags"]) == (83, 33 + 28, True, "organiser")
    assert row["k"] / row["n"] == pytest.approx(0.73494, abs=5e-6)
    assert (row["sheet"], row["cell"]) == ("Resultat elever åk 8 2022", "KQ27")


@needs_real_data
def test_the_nation_has_its_sexes(survey: Survey) -> None:
    nation = survey.cube.filter(municipality="00").frame
    found = {r["sex"]: (r["n"], r["k"]) for r in nation.iter_rows(named=True)}
    assert found["all"] == (45843, 19352 + 17578)
    assert found["girl"] == (21201, 6688 + 9408)
    assert found["other"] == (1078, 277 + 298)
    assert set(found) == {"all", "girl", "boy", "other", "undisclosed"}


@needs_real_data
def test_a_masked_answer_is_bounded_by_what_the_others_leave(survey: Survey) -> None:
    """Mimerskolan: 33, **, *, 0, 0 of 54: the second answer is 10-19, and 45-53 are left for both."""
    row = survey.cube.frame.filter(pl.col("school") == "10023937").row(0, named=True)
    assert (row["status"], row["n"], row["k"], row["k_low"], row["k_high"]) == ("masked", 54, None, 45, 52)


@needs_real_data
def test_somebody_elses_import_agrees(survey: Survey) -> None:
    """SItryggNöjd.parquet: the same workbook at municipality level, imported by others."""
    theirs = pl.read_parquet(FOLDER / "SItryggNöjd.parquet").filter(pl.col("Årskurs") == "Åk 8")
    labels = Labels(home().registry)
    ours = {r["municipality"]: r for r in survey.cube.frame.filter("organiser").iter_rows(named=True)}
    compared = 0
    for row in theirs.iter_rows(named=True):
        spot = labels.place(row["Kommun"], "municipality")
        assert spot is not None, row["Kommun"]
        mine = ours[spot.code]
        assert mine["n"] == row["AntalN"]
        if row["trygghet_helt"] is not None and row["trygghet_stor"] is not None:
            assert mine["k"] == row["trygghet_helt"] + row["trygghet_stor"], row["Kommun"]
            compared += 1
    assert compared > 100


@needs_real_data
def test_every_cell_is_accounted_for(survey: Survey, grids: Grids) -> None:
    sheets = survey.report["files"][0]["sheets"]
    for grid, sheet in zip(grids.grids, sheets, strict=True):
        ignored = sum(i["count"] for i in sheet["cells_ignored"])
        assert grid.cells_in == sheet["cells_used"] + len(sheet["cells_rejected"]) + ignored


def like_it(path: Path, title: str, question: str = "Känner du dig trygg i skolan?") -> Path:
    """A small workbook of the same family, columns in another order."""
    rows = [
        [title, None, None, None, None, None, question, None, None, None, None],
        ["Skolenhet", "Skolenhetskod", "Kommun", "Huvudman", "Orgnummer", "Antal",
         "Helt och hållet", None, "Till stor del", None, "Inte alls"],
        [None, None, None, None, None, None, "Antal", "Andel", "Antal", "Andel", "Antal"],
        [None, None, None, "Samtliga deltagande skolor", None, 100, 50, 0.5, 30, 0.3, 20],
        [None, None, None, "Flens kommun", 2120000332, 30, 20, 0.667, "*", "-", "*"],
        ["Någon skola", "12345678", "Flen", "Flens kommun", 2120000332, 20, 15, 0.75, 5, 0.25, 0],
    ]  # fmt: skip
    notes = [["* = 1–9 svarande, ** = 10–19 svarande"]]
    merges = ["G1:K1", "G2:H2", "I2:J2"]
    return workbook(path, {"Förklaring": notes, "Resultat": rows}, merges)


@pytest.mark.parametrize(
    ("title", "year", "grade"),
    [
        ("Skolenkäten 2020 - Elever årskurs 5", 2020, "ak5"),
        ("Skolenkäten hösten 2023 – Elever gymnasieskola år 2", 2023, "gy2"),
        ("Skolenkäten 2024 - Elever åk 8", 2024, "ak8"),
    ],
)
def test_other_years_grades_and_column_orders(tmp_path: Path, title: str, year: int, grade: str) -> None:
    survey = read(like_it(tmp_path / "a.xlsx", title), study=home("0482"))
    rows = {(r["municipality"], r["school"]): r for r in survey.cube.frame.iter_rows(named=True)}
    assert {(r["year"], r["grade"]) for r in rows.values()} == {(year, grade)}
    assert rows["00", None]["k"] == 80
    assert (rows["0482", None]["k_low"], rows["0482", None]["k_high"]) == (21, 29)
    assert rows["0482", "12345678"]["k"] == 20


@pytest.mark.parametrize("who", ["Vårdnadshavare grundskola", "Pedagogisk personal"])
def test_answers_of_others_than_pupils_are_refused(tmp_path: Path, who: str) -> None:
    path = like_it(tmp_path / "a.xlsx", f"Skolenkäten 2022 - {who}")
    with pytest.raises(InputError, match="not by pupils"):
        read(path, study=home("0482"))


def test_addresses_are_those_of_the_spreadsheet() -> None:
    assert address(27, 303) == "KQ27"
