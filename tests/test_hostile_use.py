"""Wrong use, odd paths and crafted files: one message in either language, exit code 1 or 2, nothing written."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lhu_effect.cli import main
from lhu_effect.disclosure.published import page_data
from lhu_effect.errors import InputError

sys.path.insert(0, str(Path(__file__).parent / "disclosure"))
from town import write_study

LONG = "x" * 300
ODD_PATHS = (
    "nosuch",
    LONG,
    "a\nb",
    "\x1b[2J",
    "\u202eevil",
    "empty",
    "broken",
    "binary",
    "folder_toml",
    "zero.csv",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, and beside it what nobody should hand over."""
    root = tmp_path_factory.mktemp("use")
    write_study(root / "study")
    for name in ("empty", "broken", "binary", "folder_toml"):
        (root / name).mkdir()
    (root / "broken" / "study.toml").write_text("[[[", "utf-8")
    (root / "binary" / "study.toml").write_bytes(bytes(range(256)))
    (root / "folder_toml" / "study.toml").mkdir()
    for name in ("zero.csv", "zero.html", "zero.parquet", "zero.xlsx", "zero.json"):
        (root / name).write_bytes(b"")
    if os.name == "posix":
        (root / "loop1.html").symlink_to("loop2.html")
        (root / "loop2.html").symlink_to("loop1.html")
    return root


def told(place: Path, monkeypatch: pytest.MonkeyPatch, *words: str, codes: tuple[int, ...] = (1, 2)) -> str:
    """What is said in Swedish, after both languages were tried."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("LHU_EFFECT_TRACEBACK", "1")  # a fault of the program is a failure here, not a message
    before = sorted(p.name for p in place.iterdir())
    said = {}
    for lang in ("sv", "en"):
        monkeypatch.setenv("LHU_EFFECT_LANG", lang)
        done = CliRunner().invoke(main, list(words), prog_name="lhu-effect")
        assert isinstance(done.exception, SystemExit), (words, done.exception)
        assert done.exit_code in codes, (words, done.output)
        assert not {"\x1b", "\u202e"} & set(done.output)
        said[lang] = done.output
    assert said["sv"].startswith("Fel: ")
    assert said["en"].startswith("Error: ")
    assert sorted(p.name for p in place.iterdir()) == before
    return said["sv"]


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize(
    "command",
    [["build"], ["audit"], ["diff", "zero.html"], ["effects", "--out", "z.csv"], ["power", "--out", "z.csv"]],
    ids=lambda words: words[0],
)
def test_an_input_that_is_none(place: Path, monkeypatch, command: list[str], path: str):
    told(place, monkeypatch, *command, path)


@pytest.mark.parametrize("name", ["zero.csv", "zero.html", "zero.parquet", "zero.xlsx", "zero.json"])
def test_empty_files_are_no_publication(place: Path, monkeypatch, name: str):
    told(place, monkeypatch, "audit", name, codes=(1,))
    told(place, monkeypatch, "diff", name, name, codes=(1,))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["build", "study", "--out", "study"], "study"),
        (["build", "study", "--out", ""], ".html"),
        (["build", "study", "--out", "page.html..."], "page.html"),
        (["build", "study", "--out", "/dev/null"], ".html"),
        (["import", "study", "--out", "study/answers.csv"], "läses"),
        (["check", "study", "--report", "study/answers.csv"], ".json"),
        (["check", "study", "--report", "page.html"], ".json"),
        (["check", "study", "--html", "report.json"], ".html"),
        (["build", "study", "--municipality", "0180"], "0486"),
        (["build", "study", "--municipality", "\x1b[2J"], "0486"),
        (["build", "study/answers.csv", "--municipality", "04"], "registret"),
        (["effects", "study", "--out", "e.csv", "--estimator", "../x"], "noise_floor_did"),
        (["effects", "study", "--out", "e.csv", "--bundle", "study"], "inte tom"),
        (["simulate", "zero.csv", "--out", "s"], "study.toml"),
        (["simulate", "--out", "study"], "inte tom"),
        (["simulate", "--out", "s", "--odds-ratio", "nan"], "odds_ratio"),
        (["new", "study"], "inte tom"),
        (["new", "n", "--from", ""], "strangnas"),
        (["new", "n", "--from", "../../etc"], "strangnas"),
        (["audit"], "PAGE måste anges"),
        (["audit", "study"], "ingen fil"),
        (["audit", "zero.csv", "zero.csv"], "fler namn"),
        (["build", "--lang"], "--lang behöver ett värde"),
        (["build", "study", "--previous", "study"], "ingen fil"),
        (["build", "a", "b"], "a finns inte"),
    ],
)
def test_wrong_use_is_2(place: Path, monkeypatch, words: list[str], says: str):
    assert says in told(place, monkeypatch, *words, codes=(2,))


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("target", ["loop1.html", "new/../loop1.html"])
def test_a_target_that_is_a_link_in_a_circle(place: Path, monkeypatch, target: str):
    (place / "new").mkdir(exist_ok=True)
    assert "länk" in told(place, monkeypatch, "build", "study", "--out", target, codes=(2,))


def page(data: str) -> str:
    return f'<!doctype html><script type="application/json" id="lhu-data">{data}</script>'


def packed(raw: bytes) -> str:
    return page(json.dumps({"packed": base64.b64encode(gzip.compress(raw)).decode()}))


CRAFTED = {
    "deep": page("[" * 100_000),
    "deep objects": page('{"cells":' * 100_000),
    "deep, packed": packed(b"[" * 1_000_000),
    "bomb": packed(b" " * 70_000_000 + b"{}"),
    "many parts": packed(b'{"a":[' + b"[]," * 2_500_000 + b"[]]}"),
    "not gzip": page('{"packed": "QUJD"}'),
    "not base64": page('{"packed": "å"}'),
    "a huge number": page('{"cells": {"version": 1, "minimum": {"n": 1' + "0" * 4000 + '}}}'),
    "no object": page("NaN"),
}  # fmt: skip


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_page_is_refused_by_all_who_read_pages(place: Path, tmp_path: Path, monkeypatch, name: str):
    path = tmp_path / "crafted.html"
    path.write_text(CRAFTED[name], "utf-8")
    for words in (
        ["audit", str(path)],
        ["diff", str(path), str(path)],
        ["audit", "zero.html", "--previous", str(path)],
    ):
        told(place, monkeypatch, *words, codes=(1,))


def test_numbers_out_of_any_range_in_a_block_of_cells_are_refused(place: Path, tmp_path: Path, monkeypatch):
    """Whole numbers larger than any, texts for numbers, and a structure that ties what is not there."""
    from lhu_effect.disclosure.published import COLUMNS

    cell = [2020, "0486", "all", "ak9", "all", "a", "observed", 400, 400, 60, 60, None]
    tied = {
        "strata": {},
        "pools": {},
        "regions": {},
        "nested": [],
        "families": [],
        "open": [],
        "home": "0486",
    }
    for at, odd in ((7, 10**40), (7, "many"), (0, "x"), (9, -5), (9, 10**15), (6, "hidden"), (0, None)):
        rows = [[*cell[:at], odd, *cell[at + 1 :]]]
        block = {
            "version": 1,
            "minimum": {"n": 10, "k": 5},
            "structure": tied,
            "columns": list(COLUMNS),
            "rows": rows,
        }
        path = tmp_path / "crafted.html"
        path.write_text(page(json.dumps({"cells": block})), "utf-8")
        monkeypatch.setenv("LHU_EFFECT_TRACEBACK", "1")
        done = CliRunner().invoke(main, ["audit", str(path)])
        assert isinstance(done.exception, SystemExit | None.__class__), (odd, done.exception)


def test_a_fault_of_the_program_is_told_without_its_words(place: Path, monkeypatch):
    from lhu_effect import pipeline

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Åker 2023: 3 of 31")

    monkeypatch.setattr(pipeline, "read", broken)
    monkeypatch.delenv("LHU_EFFECT_TRACEBACK", raising=False)
    done = CliRunner().invoke(main, ["check", str(place / "study")])
    assert done.exit_code == 1
    assert "RuntimeError" in done.output
    assert "Åker" not in done.output
    assert "31" not in done.output.split("rad")[0].replace(":", " ").split()


def test_what_the_system_refuses_is_one_message(place: Path, monkeypatch):
    from lhu_effect import pipeline

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/home/somebody/answers.csv")

    monkeypatch.setattr(pipeline, "read", refused)
    done = CliRunner().invoke(main, ["check", str(place / "study")])
    assert (done.exit_code, done.output) == (1, "Fel: answers.csv: Permission denied.\n")


def test_a_page_that_unpacks_to_too_much_is_told_before_it_is_read():
    with pytest.raises((ValueError, InputError)):
        page_data(CRAFTED["bomb"])
