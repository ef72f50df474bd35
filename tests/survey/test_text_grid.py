"""Delimited text into a grid, whatever its encoding, delimiter and habits."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lhu_effect.errors import InputError
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.text_grid import sniff_delimiter

TABLE = "Kommun;Åk;Andel\nSträngnäs;9;12,5\nVingåker;9;8,0\n"


def read(tmp_path: Path, raw: bytes) -> tuple[dict[str, str], list[list[str]]]:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    seen = read_grids(path)
    grid = seen.grids[0]
    table = [[grid.text(r, c) for c in range(1, grid.n_cols + 1)] for r in range(1, grid.n_rows + 1)]
    return seen.facts, table


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_endings(tmp_path: Path, encoding: str, ending: str) -> None:
    facts, table = read(tmp_path, TABLE.replace("\n", ending).encode(encoding))
    assert table[1] == ["Strängnäs", "9", "12,5"]
    assert facts["delimiter"] == ";"


@pytest.mark.parametrize("encoding", ["cp850", "mac-roman"])
def test_old_encodings_are_refused_not_read_wrong(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match="UTF-8") as refused:
        read(tmp_path, TABLE.encode(encoding))
    assert refused.value.facts["line"] == 1


def test_two_encodings_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, "Strängnäs;1\n".encode() + "Vingåker;2\n".encode("cp1252"))
    assert (refused.value.rule, refused.value.facts["line"]) == ("files.encoding", 2)


def test_twice_encoded_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Strängnäs;1\n".encode().decode("cp1252").encode())
    assert [i.rule for i in read_grids(path).issues] == ["files.twice_encoded"]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("kommun;andel\na;12,5\nb;13,0\nc;14,1\n", ";"),
        ("kommun\tandel\na\t12,5\nb\t13,0\n", "\t"),
        ("kommun,andel\na,12.5\nb,13.0\n", ","),
        ('kommun,andel\n"a;b",12.5\n"c;d",13.0\n', ","),
        ("a|b\n1|2\n", "|"),
        ("Rubrik, med komma\n\nkommun;andel, procent\na;12,5\nb;..\n", ";"),
        ("a;b;c\n1;2\n1;2;3\n1;2;3;\n1,5;2,5;3,5\n", ";"),
    ],
)
def test_delimiter(text: str, delimiter: str) -> None:
    assert sniff_delimiter(text) == delimiter


def test_excels_own_delimiter_line_keeps_the_row_numbers(tmp_path: Path) -> None:
    facts, table = read(tmp_path, b"sep=,\nkommun,andel\na,1\n")
    assert facts["delimiter"] == ","
    assert table == [["", ""], ["kommun", "andel"], ["a", "1"]]


def test_quotes_line_breaks_ragged_rows_and_codes(tmp_path: Path) -> None:
    _, table = read(tmp_path, b'"a ""b""";"rad\nbruten";="0486"\n1\n\n1;2;3;;;\n')
    assert table == [['a "b"', "rad\nbruten", '="0486"'], ["1", "", ""], ["", "", ""], ["1", "2", "3"]]
    grid = read_grids(tmp_path / "a.csv").grids[0]
    assert grid.cell(1, 3).value == "0486"  # type: ignore[union-attr]


def test_quote_that_is_never_closed_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, b'a;b\n1;2\n3;"4\n5;6\n7;8\n')
    assert (refused.value.rule, refused.value.facts["line"]) == ("files.open_quote", 3)


@pytest.mark.parametrize(
    "body", [b"\n" * 300_000, b";" * 600 + b"1\n", b"x;" * 25_000_000], ids=["rows", "cols", "size"]
)
def test_text_that_is_far_too_large_is_refused_soon(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, b"a;b\n" + body + b"1;2\n")
    assert refused.value.rule in ("files.too_many_cells", "files.too_big")


def test_zero_bytes_inside(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CSV"):
        read(tmp_path, b"a;b\n1;2\x003;4\n" * 5)


field = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=8)


@given(st.lists(st.lists(field, min_size=2, max_size=5), min_size=1, max_size=8), st.sampled_from(";\t|,"))
def test_any_table_reads_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], sep: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sep, quoting=csv.QUOTE_ALL).writerows(table)
    text = out.getvalue()
    assume(any(f.strip() for row in table for f in row))
    assume(all('="' not in f and not f.startswith(("{", "[", "<", "sep")) for row in table for f in row))
    path = tmp_path_factory.mktemp("t") / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    grid = read_grids(path).grids[0]
    if sniff_delimiter(text) == sep:
        seen = {(r, c): x.value for r, c, x in grid.cells()}
        told = {(r, c): f for r, row in enumerate(table, 1) for c, f in enumerate(row, 1) if f.strip()}
        assert seen == told
