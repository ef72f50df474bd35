"""Files made to hurt, and files that are not what they say: one clear refusal each, small and quick."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from lhu_effect.errors import InputError
from lhu_effect.survey import read_survey
from lhu_effect.survey.codes import show_values
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.preflight import Limits
from lhu_effect.survey.workbook import read_workbook
from tests.survey.by_hand import home
from tests.survey.xlsx_parts import MAIN, parts, sheet, text_cell, write

ONE = sheet('<row r="1"><c r="A1"><v>1</v></c></row>')


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        read_grids(path)
    for lang in ("sv", "en"):
        assert refused.value.message(lang).startswith(path.name)  # type: ignore[arg-type]
    return refused.value


@pytest.mark.parametrize(
    ("ref", "rule"),
    [
        ("XFD1048576", "far_cell"),
        ("A20001", "far_cell"),
        ("SG1", "far_cell"),
        ("ZZZ1", "far_cell"),
        ("A0", "far_cell"),
        ("A99999999", "bad_address"),
        ("1A", "bad_address"),
        ("", "bad_address"),
    ],
)
def test_cells_far_away_or_nowhere(tmp_path: Path, ref: str, rule: str) -> None:
    path = write(tmp_path / "a.xlsx", parts(sheet(f'<row r="1"><c r="{ref}"><v>1</v></c></row>')))
    error = refusal(path)
    assert (error.rule, error.sheet) == (f"files.{rule}", "Blad 1")


def test_a_cell_that_comes_twice(tmp_path: Path) -> None:
    body = sheet('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>')
    error = refusal(write(tmp_path / "a.xlsx", parts(body)))
    assert (error.rule, error.cell) == ("files.cell_twice", "A1")


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_document_types_and_entities_are_refused_in_every_part(tmp_path: Path, part: str) -> None:
    book = parts(ONE, strings=f'<sst xmlns="{MAIN}"/>', styles=f'<styleSheet xmlns="{MAIN}"/>')
    lol = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
    book[part] = lol + book[part]
    assert refusal(write(tmp_path / "a.xlsx", book)).rule == "files.doctype"


def test_zip_bomb_is_stopped_by_what_streams_out_not_by_what_is_declared(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", parts(sheet(" " * 30_000_000)))
    assert refusal(path).rule == "files.bomb"


def test_too_big_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", parts(sheet("<row/>" * 2_000)))
    with pytest.raises(InputError) as refused:
        read_workbook(path, limits=Limits(unpacked_bytes=5_000))
    assert refused.value.rule == "files.unpacks_too_big"


def test_too_many_cells_and_strings(tmp_path: Path) -> None:
    many = sheet("<row>" + "<c><v>1</v></c>" * 100 + "</row>")
    path = write(tmp_path / "a.xlsx", parts(many))
    for limits in (Limits(cells=99), Limits(slots=99)):
        with pytest.raises(InputError) as refused:
            read_workbook(path, limits=limits)
        assert refused.value.rule == "files.too_many_cells"
    strings = f'<sst xmlns="{MAIN}">' + "<si><t>ab</t></si>" * 100 + "</sst>"
    path = write(tmp_path / "b.xlsx", parts(ONE, strings=strings))
    with pytest.raises(InputError) as refused:
        read_workbook(path, limits=Limits(strings=99))
    assert refused.value.rule == "files.too_many_cells"


def test_merged_range_over_the_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    one = '<mergeCell ref="A1:XFD1048576"/>'
    grid = read_grids(
        write(
            tmp_path / "a.xlsx", parts(sheet("<row><c><v>1</v></c></row>", f"<mergeCells>{one}</mergeCells>"))
        )
    ).grids[0]
    assert grid.text(1, 400) == "1"
    many = sheet("<row><c><v>1</v></c></row>", f"<mergeCells>{one * 30}</mergeCells>")
    assert refusal(write(tmp_path / "b.xlsx", parts(many))).rule == "files.too_many_cells"


def test_endless_tag_and_endless_text(tmp_path: Path) -> None:
    tag = sheet(f'<row r="1" x="{"ab " * 2_000_000}"><c><v>1</v></c></row>')
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for name, body in parts(tag).items():
            package.writestr(name, body)
    assert refusal(path).rule == "files.endless_tag"
    long = sheet(f"<row>{text_cell('A1', 'x' * 200_000)}</row>")
    assert refusal(write(tmp_path / "b.xlsx", parts(long))).rule == "files.long_text"


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "C:/x.xml", "xl\\..\\x.xml"])
def test_part_names_with_tricks(tmp_path: Path, name: str) -> None:
    assert refusal(write(tmp_path / "a.xlsx", {**parts(ONE), name: "x"})).rule == "files.bad_part_name"


def test_duplicate_parts_even_in_other_letters(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {**parts(ONE), "XL/Worksheets/sheet1.xml": ONE})
    assert refusal(path).rule == "files.duplicate_part"


def test_too_many_parts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", parts(ONE) | {f"xl/x{i}.bin": "" for i in range(2_001)})
    assert refusal(path).rule == "files.too_many_parts"


def test_lost_sheet_and_lost_string(tmp_path: Path) -> None:
    book = parts(ONE)
    del book["xl/worksheets/sheet1.xml"]
    assert refusal(write(tmp_path / "a.xlsx", book)).rule == "files.lost_sheet"
    lost = parts(sheet('<row><c r="B7" t="s"><v>12</v></c></row>'))
    error = refusal(write(tmp_path / "b.xlsx", lost))
    assert (error.rule, error.cell) == ("files.lost_string", "B7")


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        (b"", "empty"),
        (b"\x00" * 500, "empty"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"{\\rtf1", "rtf"),
        (b"\x1f\x8b\x08", "archive"),
        (b"\x89PNG\r\n", "picture"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web_page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "xml"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "web_page"),
        (b'{"a": [1, 2]}', "json"),
        (bytes(range(1, 32)) * 20, "not_text"),
        (b"PAR1....", "records_damaged"),
        (b"$FL2@(#) SPSS DATA FILE", "records"),
        (b"<stata_dta><header>", "records"),
        (b"PK\x03\x04 not really", "truncated"),
    ],
)
def test_disguises(tmp_path: Path, head: bytes, rule: str) -> None:
    path = tmp_path / "uttag.xlsx"
    path.write_bytes(head)
    assert refusal(path).rule == f"files.{rule}"


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"xl/workbook.bin": b"x"}, "xlsb"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "ods"),
        ({"word/document.xml": b"x"}, "office_document"),
        ({"a.csv": b"x"}, "archive"),
    ],
)
def test_other_packages(tmp_path: Path, members: dict[str, bytes], rule: str) -> None:
    path = tmp_path / "uttag.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for name, body in members.items():
            package.writestr(name, body)
    assert refusal(path).rule == f"files.{rule}"


def test_password_protected_workbook_is_told_from_an_old_one(tmp_path: Path) -> None:
    import msoffcrypto
    from msoffcrypto.format.ooxml import OOXMLFile

    assert msoffcrypto
    plain = write(tmp_path / "plain.xlsx", parts(ONE)).read_bytes()
    locked = tmp_path / "locked.xlsx"
    with locked.open("wb") as out:
        OOXMLFile(io.BytesIO(plain)).encrypt("hemligt", out)
    error = refusal(locked)
    assert error.rule == "files.locked"
    assert "ta bort lösenordet" in error.message("sv")


def test_truncated_at_every_tenth_byte(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.xlsx", parts(ONE)).read_bytes()
    path = tmp_path / "b.xlsx"
    for end in range(10, len(whole), 10):
        path.write_bytes(whole[:end])
        assert refusal(path).rule in ("files.truncated", "files.damaged")


def test_excels_lock_file(tmp_path: Path) -> None:
    path = tmp_path / "~$uttag.xlsx"
    path.write_bytes(b"\x05owner")
    assert refusal(path).rule == "files.lock_file"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "saknas.xlsx").rule == "files.unreadable"
    (tmp_path / "mapp.xlsx").mkdir()
    assert refusal(tmp_path / "mapp.xlsx").rule == "files.unreadable"


@pytest.mark.parametrize(
    ("name", "body", "rule"),
    [
        ("a.url", b"[InternetShortcut]\r\nURL=https://example.org/a.xlsx\r\n", "link"),
        ("a.lnk", b"\x4c\x00\x00\x00\x01\x14\x02\x00" + b"\x00" * 60, "link"),
        ("a.gsheet", b'{"url": "https://docs.google.com/open?id=1"}', "link"),
        ("a.xls", b"\x09\x08\x10\x00\x00\x05\x05\x00" + b"\x00" * 99, "xls"),
        ("b.xls", b"\x09\x00\x04\x00\x02\x00\x10\x00" + b"\x00" * 99, "xls"),
        ("a.sas7bdat", b"\x00" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00" + b"\x01" * 99, "statistics"),
        ("a.rds", b"\x1f\x8b\x08\x00" + b"\x01" * 40, "statistics"),
        ("a.csv", b"\n\n ;;; \n;;;\n", "no_cells"),
        ("b.csv", b"", "empty"),
        ("a.xlsx", b"\x00" * 20_000, "empty"),  # a placeholder that was never fetched
    ],
)  # fmt: skip
def test_what_else_is_handed_over_as_a_table(tmp_path: Path, name: str, body: bytes, rule: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    assert refusal(path).rule == f"files.{rule}"


def test_a_workbook_without_a_filled_cell(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.xlsx", parts(sheet("")))).rule == "files.no_cells"


@pytest.mark.parametrize(
    ("mimetype", "rule"),
    [
        (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
        (b"application/vnd.oasis.opendocument.text", "office_document"),
    ],
)  # fmt: skip
def test_what_libreoffice_saves(tmp_path: Path, mimetype: bytes, rule: str) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", mimetype)
    assert refusal(path).rule == f"files.{rule}"


def test_a_folder_says_what_it_does_not_hold_and_a_zip_in_it_is_not_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "uttag.xlsx"
    folder.mkdir()
    (folder / "~$lock.xlsx").write_bytes(b"\x05Anna")
    (folder / "brev.docx").write_bytes(b"x")
    with pytest.raises(InputError) as refused:
        read_survey(home(), [folder])
    assert refused.value.rule == "files.folder_without_files"
    assert "uttag.xlsx" in refused.value.message("sv")
    with zipfile.ZipFile(folder / "tabeller.zip", "w") as package:
        package.writestr("a.xlsx", b"x")
    with pytest.raises(InputError) as refused:
        read_survey(home(), [folder])
    assert (refused.value.rule, refused.value.file) == ("files.archive", "tabeller.zip")


def test_a_file_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(path).rule == "files.unreadable"


@pytest.mark.parametrize("heading", ["Personnummer", "Uppgift", "Elev-id"])
@pytest.mark.parametrize("question", ["F46", "Använt narkotika någon gång"])
def test_a_file_of_pupils_is_never_read_as_a_table_and_nobody_in_it_is_named(
    tmp_path: Path, heading: str, question: str
) -> None:
    path = tmp_path / "elever.csv"
    lines = [f"År;Kommun;Kommundel;Årskurs;Kön;Klass;Namn;{heading};{question}"]
    lines += [
        f"2023;Strängnäs;Mariefred;9;Flicka;9A;Anna Andersson{n};200804{n}-12{n};1" for n in range(10, 28)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    error = refusal(path)
    assert error.rule == "files.pupils"
    survey = read_survey(home(), [path], strict=False)
    said = f"{error.message('sv')} {error.message('en')} {survey.report} {survey.issues}"
    assert "Andersson" not in said
    assert "200804" not in said
    assert len(survey.cube) == 0


PEOPLE = ("Anna Andersson", "Ali Hassan", "Bo Ek", "Cecilia von Platen", "Dag-Erik Öberg", "Eva Åkesson", "Fatima Al Sayed",
          "Gustav Lind", "Hanna Holm")  # fmt: skip


@pytest.mark.parametrize("heading", ["Namn", "Elev", "NAMN:", "Vem", ""])
@pytest.mark.parametrize("written", ["{first} {last}", "{last}, {first}"])
def test_a_list_of_names_is_refused_and_nobody_in_it_is_named(
    tmp_path: Path, heading: str, written: str
) -> None:
    path = tmp_path / "klass.csv"
    names = [written.format(first=first, last=last) for first, last in (p.split(" ", 1) for p in PEOPLE)]
    lines = [f"År;Kommundel;Årskurs;{heading};Använt narkotika någon gång"]
    path.write_text("\n".join(lines + [f"2020;Mariefred;9;{n};1" for n in names]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_survey(home(), [path])
    error = refused.value
    assert error.rule == "files.pupils"
    survey = read_survey(home(), [path], strict=False)
    said = f"{error.message('sv')} {error.message('en')} {survey.report} {survey.issues}"
    assert not [p for p in PEOPLE if p.split()[-1] in said]


def test_a_column_called_namn_may_hold_places_and_schools(tmp_path: Path) -> None:
    path = tmp_path / "kommuner.csv"
    rows = ["År;Årskurs;Namn;Använt narkotika någon gång (%)"]
    rows += [f"2020;9;{name};9,5" for name in ("Strängnäs", "Flen", "Trosa", "Nyköping")]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert len(read_survey(home(), [path]).cube) == 4


def test_names_in_a_column_of_the_codebook_are_not_shown() -> None:
    told = show_values([(name, 1) for name in PEOPLE])
    assert not [p for p in PEOPLE if p in told]
    assert show_values([("3", 1), ("8", 2)]) == "”8” (2), ”3” (1)"
