"""A workbook has the same bytes on any day, no formula, no author, and nothing a spreadsheet would run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile

import pytest
from openpyxl import load_workbook

from lhu_effect.writers.workbook import Bounds, Choice, Sheet, neutral, workbook_bytes

NASTY = ("=1+1", "+46", "-1", "@x", "\tx", '=HYPERLINK("http://x")', "<script>", "a\x00b", "\u202egnp")
SHEET = Sheet(
    "Blad", [["Rubrik", "Tal"], *[[text, 1.5] for text in NASTY], [None, 3], [True, 2]], header=(1,)
)


def test_texts_stay_texts() -> None:
    book = load_workbook(io.BytesIO(workbook_bytes([SHEET])))
    column = [c for c in book["Blad"]["A"] if c.value is not None]
    assert [c.data_type for c in column[:-1]] == ["s"] * (len(NASTY) + 1)
    assert column[1].value == "=1+1"
    assert column[1].quotePrefix
    assert column[8].value == "ab"
    assert column[9].value == "gnp"
    raw = workbook_bytes([SHEET])
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        assert not any(b"<f>" in parts.read(n) for n in parts.namelist())


@pytest.mark.parametrize(("text", "plain"), [("=1", "'=1"), ("\t=1", "'\t=1"), ("a=1", "a=1"), ("", "")])
def test_neutral(text: str, plain: str) -> None:
    assert neutral(text) == plain


def test_no_author_clock_or_hidden_thing() -> None:
    raw = workbook_bytes([SHEET, Sheet("B", [["x"]])], title="T & <b>")
    book = load_workbook(io.BytesIO(raw))
    assert book.properties.title == "T & <b>"
    assert [s.sheet_state for s in book] == ["visible", "visible"]
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        assert {i.date_time for i in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"creator" not in parts.read("docProps/core.xml")
        assert b"openpyxl" not in b"".join(parts.read(n) for n in parts.namelist())
        assert not any("external" in n.casefold() or "vba" in n.casefold() for n in parts.namelist())


def test_same_bytes_in_another_process_zone_and_locale_with_lxml_and_without() -> None:
    """openpyxl writes with lxml where it is installed (here it is), unless OPENPYXL_LXML says no."""
    pytest.importorskip("lxml", reason="lxml comes with the development tools")
    program = (
        "import sys;from lhu_effect.writers.workbook import Sheet, workbook_bytes\n"
        "sys.stdout.buffer.write(workbook_bytes([Sheet('Blåd', [['å > é', 1.5], ['=x', None]], header=(1,))]))"
    )
    made = []
    for seed, zone, lxml in (("0", "UTC", "True"), ("7", "Pacific/Kiritimati", "False")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "OPENPYXL_LXML": lxml}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=True)
        made.append(done.stdout)
    assert made[0] == made[1]


def test_choices_and_bounds_are_kept() -> None:
    sheet = Sheet(
        "D", [["a", "b"]], checks=[Choice("A2:A9", '"x,y"', "Välj"), Bounds("B2:B9", 0, 100, whole=False)]
    )
    found = load_workbook(io.BytesIO(workbook_bytes([sheet])))["D"].data_validations.dataValidation
    assert [(v.type, str(v.sqref)) for v in found] == [("list", "A2:A9"), ("decimal", "B2:B9")]
    assert (found[1].formula1, found[1].formula2) == ("0", "100")
    assert found[0].prompt == "Välj"
