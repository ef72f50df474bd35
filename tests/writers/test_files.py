"""A file is written whole or not at all, and never over something that is not ours."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from lhu_effect import i18n
from lhu_effect.errors import ForeignOutputError, LhuError, OutputError, UsageError
from lhu_effect.writers.files import check_target, write_all, write_whole, wrote_it

PAGE = b"<!doctype html><meta name=generator content='lhu_effect 0.1.0'>"


def test_writes_in_a_new_folder_and_over_its_own_file(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b.html"
    write_whole(target, PAGE)
    write_whole(target, PAGE + b"new")
    assert target.read_bytes() == PAGE + b"new"
    assert os.listdir(target.parent) == ["b.html"]


def test_foreign_files_need_force(tmp_path: Path) -> None:
    target = tmp_path / "notes.html"
    target.write_bytes(b"my own notes")
    with pytest.raises(ForeignOutputError):
        write_whole(target, PAGE)
    assert target.read_bytes() == b"my own notes"
    write_whole(target, PAGE, force=True)
    assert target.read_bytes() == PAGE


def test_a_table_is_ours_by_its_heading(tmp_path: Path) -> None:
    target = tmp_path / "e.csv"
    target.write_bytes(b"promise,indicator\n2020,x\n")
    write_whole(target, b"promise,indicator\n2021,y\n")
    with pytest.raises(ForeignOutputError):
        write_whole(target, b"something,else\n1,2\n")


def test_a_workbook_is_ours_by_its_application(tmp_path: Path) -> None:
    def workbook(application: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as parts:
            parts.writestr("docProps/app.xml", b"<Application>" + application + b"</Application>")
        return out.getvalue()

    assert wrote_it(workbook(b"lhu_effect"))
    assert not wrote_it(workbook(b"Microsoft Excel"))
    assert not wrote_it(b"PK broken")


def test_links_folders_and_inputs_are_refused_even_with_force(tmp_path: Path) -> None:
    real = tmp_path / "real.html"
    real.write_bytes(PAGE)
    link = tmp_path / "link.html"
    link.symlink_to(real)
    for target, inputs in ((link, ()), (tmp_path, ()), (real, (tmp_path / "." / "real.html",))):
        with pytest.raises(UsageError) as caught:
            write_whole(target, b"x", force=True, inputs=inputs)
        assert caught.value.exit_code == 2
        assert all(caught.value.message(lang) for lang in i18n.LANGS)
    assert real.read_bytes() == PAGE


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError):
        write_whole(link, PAGE)
    assert not (tmp_path / "nowhere").exists()


def test_nothing_is_written_when_one_of_several_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"foreign")
    with pytest.raises(ForeignOutputError):
        write_all({tmp_path / "a.csv": b"year,n\n", tmp_path / "b.csv": b"year,n\n"})
    assert not (tmp_path / "a.csv").exists()


def test_a_full_disk_at_the_second_file_leaves_both_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    write_all({first: b"year\n1\n", second: b"year\n1\n"})
    calls = []

    def full_later(_: int) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_later)
    with pytest.raises(OutputError):
        write_all({first: b"year\n2\n", second: b"year\n2\n"})
    assert first.read_bytes() == second.read_bytes() == b"year\n1\n"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "b.csv"]


def test_a_failed_write_leaves_the_old_file_and_no_scraps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "p.html"
    write_whole(target, PAGE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_whole(target, PAGE + b"longer")
    assert target.read_bytes() == PAGE
    assert os.listdir(tmp_path) == ["p.html"]


def test_a_locked_target_says_close_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "p.html"
    write_whole(target, PAGE)

    def locked(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(OutputError) as caught:
        write_whole(target, PAGE + b"new")
    assert "stäng filen och försök igen" in caught.value.message("sv")
    assert os.listdir(tmp_path) == ["p.html"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(LhuError):
        write_whole(tmp_path / "a" / "b.html", PAGE)


def test_private_files_are_for_the_owner(tmp_path: Path) -> None:
    write_whole(tmp_path / "private.csv", b"year\n", private=True)
    assert stat.S_IMODE((tmp_path / "private.csv").stat().st_mode) == 0o600


def test_very_long_names(tmp_path: Path) -> None:
    name = "å" * 120 + ".html"
    write_whole(tmp_path / name, PAGE)
    assert (tmp_path / name).read_bytes() == PAGE
    with pytest.raises(OutputError):
        check_target(tmp_path / ("x" * 300), b"")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_killed_writer_leaves_old_or_new_whole(tmp_path: Path) -> None:
    target = tmp_path / "p.csv"
    old, new = b"head\n" + b"o" * 2_000_000, b"head\n" + b"n" * 2_000_000
    target.write_bytes(old)
    program = (
        "import sys;from pathlib import Path;from lhu_effect.writers.files import write_whole\n"
        "a=b'head\\n'+b'n'*2_000_000;b=b'head\\n'+b'o'*2_000_000;print('go',flush=True)\n"
        "while True:\n write_whole(Path(sys.argv[1]),a);write_whole(Path(sys.argv[1]),b)"
    )
    for moment in range(6):
        running = subprocess.Popen([sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE)
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(0.01 + 0.007 * moment)
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        assert target.read_bytes() in (old, new)
