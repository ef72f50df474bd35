"""Workbooks into grids: as openpyxl sees them, and whole where openpyxl cannot."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.survey import cells
from lhu_effect.survey.grid import Grid, Grids
from lhu_effect.survey.grids import read_grids
from tests.survey.xlsx_parts import formats, parts, sheet, text_cell, write

NOON = datetime.fromisoformat("2020-03-06 12:30")


def made(tmp_path: Path, *sheets: str, **more: object) -> Grids:
    return read_grids(write(tmp_path / "a.xlsx", parts(*sheets, **more)))  # type: ignore[arg-type]


def rules(read: Grids) -> list[str]:
    return [issue.rule for issue in read.issues]


def written(path: Path, fill: object) -> Grid:
    book = openpyxl.Workbook()
    fill(book.active)  # type: ignore[operator]
    book.save(path)
    return read_grids(path).grids[0]


def test_values_formats_and_addresses_as_written_by_openpyxl(tmp_path: Path) -> None:
    def fill(ws: object) -> None:
        ws["B2"] = "Åk 9"  # type: ignore[index]
        ws["C2"] = 0.12  # type: ignore[index]
        ws["C2"].number_format = "0%"  # type: ignore[index]
        ws["D2"] = 12  # type: ignore[index]
        ws["D2"].number_format = '0" %"'  # type: ignore[index]
        ws["E2"] = date(2020, 3, 6)  # type: ignore[index]
        ws["F2"] = True  # type: ignore[index]
        ws["G2"] = "#N/A"  # type: ignore[index]
        ws["H2"] = NOON  # type: ignore[index]
        ws["A5"] = "   "  # type: ignore[index]

    grid = written(tmp_path / "a.xlsx", fill)
    assert [(r, c, x.value) for r, c, x in grid.cells()] == [
        (2, 2, "Åk 9"),
        (2, 3, 0.12),
        (2, 4, 12),
        (2, 5, date(2020, 3, 6)),
        (2, 6, True),
        (2, 7, None),
        (2, 8, NOON),
    ]
    units = [cells.parse(x).unit for _, c, x in grid.cells() if c in (3, 4)]
    assert units == ["fraction", "percent"]
    assert grid.cell(2, 7).error  # type: ignore[union-attr]
    assert grid.cells_in == 7


scalar = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 6)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(
        lambda t: t.strip() and not t.startswith(("=", "#")) and "_x" not in t
    ),
    st.booleans(),
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 12)), scalar, min_size=1, max_size=40))
def test_any_table_reads_as_openpyxl_reads_it(tmp_path_factory: pytest.TempPathFactory, table: dict) -> None:  # type: ignore[type-arg]
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    book = openpyxl.Workbook()
    for (row, col), value in table.items():
        book.active.cell(row, col, value)
    book.save(path)
    seen = {(r, c): x.value for r, c, x in read_grids(path).grids[0].cells()}
    again = openpyxl.load_workbook(path, data_only=True).active
    told = {k: c.value for k, c in again._cells.items() if c.value is not None and str(c.value).strip()}
    assert seen == {k: v.date() if isinstance(v, datetime) else v for k, v in told.items()}


def test_merged_heading_is_seen_in_every_column_but_counted_once(tmp_path: Path) -> None:
    def fill(ws: object) -> None:
        ws["B1"] = "2017"  # type: ignore[index]
        ws.merge_cells("B1:D1")  # type: ignore[attr-defined]
        ws["B2"] = 1  # type: ignore[index]

    grid = written(tmp_path / "a.xlsx", fill)
    assert [grid.text(1, c) for c in range(1, 6)] == ["", "2017", "2017", "2017", ""]
    assert grid.at(1, 3).merged_from == "B1"  # type: ignore[union-attr]
    assert grid.cells_in == 2


def test_overlapping_merges_keep_the_first(tmp_path: Path) -> None:
    merges = (
        '<mergeCells><mergeCell ref="A1:C2"/><mergeCell ref="B1:D1"/><mergeCell ref="E1:F1"/></mergeCells>'
    )
    body = sheet(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="E1"><v>3</v></c></row>'
        '<row r="2"><c r="G2"><v>4</v></c></row>',
        merges,
    )
    grid = made(tmp_path, body).grids[0]
    assert [grid.text(1, c) for c in range(1, 8)] == ["1", "1", "1", "", "3", "3", ""]
    assert [grid.text(2, c) for c in range(1, 8)] == ["1", "1", "1", "", "", "", "4"]


def test_hidden_rows_columns_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    body = sheet(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row r="2" hidden="1"><c r="A2"><v>3</v></c></row>',
        head='<cols><col min="2" max="16384" hidden="1"/></cols>',
    )
    read = made(tmp_path, body, sheet("<row><c><v>9</v></c></row>"), states=("visible", "veryHidden"))
    assert [(c.value, c.hidden) for _, _, c in read.grids[0].cells()] == [(1, False), (2, True), (3, True)]
    assert read.grids[1].hidden
    assert [(i.rule, i.facts["count"]) for i in read.issues] == [
        ("files.hidden_cells", 2),
        ("files.hidden_sheet", 1),
    ]


def test_formula_has_its_cached_value_and_never_a_made_up_zero(tmp_path: Path) -> None:
    read = made(
        tmp_path,
        sheet(
            '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>SUM(A1)</f></c>'
            '<c r="C1"><f>A1*2</f><v></v></c><c r="D1" t="str"><f>""</f><v></v></c></row>'
        ),
    )
    grid = read.grids[0]
    assert (grid.cell(1, 1).value, grid.cell(1, 1).formula) == (2, True)  # type: ignore[union-attr]
    for col in (2, 3):
        never = grid.cell(1, col)
        assert never is not None
        assert (never.value, never.error) == (None, True)
    assert grid.cell(1, 4) is None
    never_calculated = next(i for i in read.issues if i.rule == "files.not_calculated")
    assert (never_calculated.cell, never_calculated.facts["count"]) == ("B1", 2)


def test_cells_and_rows_without_addresses_count_on(tmp_path: Path) -> None:
    read = made(tmp_path, sheet("<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"))
    assert [(r, c, x.value) for r, c, x in read.grids[0].cells()] == [(1, 1, 1), (1, 2, 2), (3, 1, 3)]


def test_dimension_is_never_trusted(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 404))
    assert made(tmp_path, sheet(rows, head='<dimension ref="A1:A2"/>')).grids[0].n_rows == 403


def test_rich_text_phonetics_and_escapes(tmp_path: Path) -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><r><t>Trygg</t></r><r><t xml:space='preserve'> i skolan</t></r><rPh><t>x</t></rPh></si>"
        "<si><t>rad_x000D_bruten</t></si></sst>"
    )
    body = sheet('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>')
    grid = made(tmp_path, body, strings=strings).grids[0]
    assert [c.value for _, _, c in grid.cells()] == ["Trygg i skolan", "rad\rbruten"]


def test_strict_and_prefixed_workbooks_read_the_same(tmp_path: Path) -> None:
    strict = sheet('<row r="1"><c r="A1"><v>5</v></c></row>').replace(
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    prefixed = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    for body in (strict, prefixed):
        assert made(tmp_path, body).grids[0].cell(1, 1).value == 5  # type: ignore[union-attr]


def test_year_shown_as_a_date_is_still_that_year(tmp_path: Path) -> None:
    body = sheet('<row r="1"><c r="A1" s="1"><v>2017</v></c><c r="B1" s="1"><v>42736</v></c></row>')
    grid = made(tmp_path, body, styles=formats("yyyy\\-mm\\-dd")).grids[0]
    assert [cells.year_of(c) for _, _, c in grid.cells()] == [2017, 2017]


def test_chart_sheets_are_no_tables(tmp_path: Path) -> None:
    book = parts(sheet("<row><c><v>1</v></c></row>"), sheet(""))
    book["xl/_rels/workbook.xml.rels"] = book["xl/_rels/workbook.xml.rels"].replace(
        'worksheet" Target="worksheets/sheet2', 'chartsheet" Target="chartsheets/sheet2'
    )
    assert len(read_grids(write(tmp_path / "a.xlsx", book)).grids) == 1


def test_text_with_only_blanks_is_nothing(tmp_path: Path) -> None:
    assert (
        made(tmp_path, sheet(f"<row>{text_cell('A1', ' &#160; ')}{text_cell('B1', 'x')}</row>"))
        .grids[0]
        .cells_in
        == 1
    )


def test_quiet_file_has_no_issues(tmp_path: Path) -> None:
    assert rules(made(tmp_path, sheet("<row><c><v>1</v></c></row>"))) == []
