"""Runs that go wrong, and files that mean harm: the old page or the new one, whole; one message; the right exit code.

Every run is the command line in a process of its own, on a small study. The long version of the killing
(50 moments) is tests/benchmarks/runs.py.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "disclosure"))
from town import STUDY, extract, write_study

OLD = '<!doctype html>\n<html><head><meta name="generator" content="lhu_effect 0"></head>old</html>\n'
COMMAND = [sys.executable, "-m", "lhu_effect"]


NO_CACHE = shutil.ignore_patterns("__pycache__")
WRONG_CLOCK = (
    "import time\nreal = time.time\ntime.time = lambda: real() + 3_000_000_000  # a century from now\n"
)


def environment(**more: str) -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()
        if k in ("PATH", "SYSTEMROOT", "HOME", "VIRTUAL_ENV", "PYTHONPATH")
    }
    here = str(Path(__file__).parents[1])
    return kept | {"PYTHONPATH": here, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"} | more


def run(*words: object, env: dict[str, str] | None = None, **more) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        env=env or environment(),
        capture_output=True,
        timeout=300,
        check=False,
        **more,
    )


def whole(path: Path) -> bool:
    """A finished page: begins, ends, and carries its data."""
    text = path.read_text("utf-8")
    return text.startswith("<!doctype html>") and text.endswith("</html>\n") and 'id="lhu-data"' in text


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".html")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("runs") / "study")


@pytest.fixture(scope="module")
def built(study: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("built") / "page.html"
    done = run("build", study, "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    return out.read_bytes()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A page that an earlier version of this program wrote."""
    path = tmp_path / "out" / "page.html"
    path.parent.mkdir()
    path.write_text(OLD, "utf-8")
    return path


def test_the_page_is_whole(built: bytes, tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_bytes(built)
    assert whole(path)


@pytest.mark.parametrize(
    "odd",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "TZ": "Pacific/Kiritimati"},
        {
            "PYTHONHASHSEED": "77",
            "LC_ALL": "sv_SE.ISO-8859-1",
            "TZ": "America/St_Johns",
            "POLARS_MAX_THREADS": "4",
        },
    ],
)
def test_the_same_bytes_whatever_the_surroundings(
    study: Path, built: bytes, tmp_path: Path, odd: dict[str, str]
):
    """Hash seed, locale, zone, threads, no home, another folder and checkout, a wrong clock, rows in another order."""
    checkout = tmp_path / "another checkout"
    shutil.copytree(Path(__file__).parents[1] / "lhu_effect", checkout / "lhu_effect", ignore=NO_CACHE)
    (checkout / "sitecustomize.py").write_text(WRONG_CLOCK, "utf-8")
    env = environment(**odd) | {"PYTHONPATH": str(checkout)}
    env.pop("HOME", None)
    head, *rows = extract().splitlines()
    other = write_study(tmp_path / "å ö" / "study", "\n".join([head, *reversed(rows)]) + "\n")
    done = run("build", other, "--out", tmp_path / "page.html", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert (tmp_path / "page.html").read_bytes() == built


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("seconds", [0.4, 2.0, 3.5])
def test_a_killed_run_leaves_the_old_page_or_the_new_one(study: Path, target: Path, seconds: float):
    going = subprocess.Popen(
        [*COMMAND, "build", str(study), "--out", str(target)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    going.kill()
    going.wait()
    assert target.read_text("utf-8") == OLD or whole(target)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C of another process needs a console on Windows")
@pytest.mark.parametrize("loaded", ["click.core", "lhu_effect.pipeline", "highspy"])
def test_ctrl_c_says_so_and_leaves_the_old_page(study: Path, target: Path, loaded: str):
    """Interrupted while the program loads, when the run begins, and in the midst of hiding.

    A shell says 130 both for that exit code and for a process that SIGINT ended: Python ends itself so when
    the key was pressed while it ran code from a string (dataclasses do).
    """
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "build", str(study), "--out", str(target)]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as going:
        assert going.stderr is not None
        reached = any(line.split(b"|")[-1].strip() == loaded.encode() for line in going.stderr)
        assert reached, f"{loaded} was never imported"
        going.send_signal(signal.SIGINT)
        said = going.stderr.read()
    assert going.returncode in (130, -signal.SIGINT)
    assert b"Traceback" not in said
    assert target.read_text("utf-8") == OLD
    assert leftovers(target.parent) == []


@pytest.mark.skipif(os.name == "nt", reason="no limit on file size there")
def test_a_full_disk_is_one_message_and_the_old_page(study: Path, target: Path):
    """The limit on file size stands in for a full disk: writing stops in the middle of the page."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run("build", study, "--out", target, preexec_fn=limit)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert target.name in done.stderr.decode()
    assert target.read_text("utf-8") == OLD
    assert leftovers(target.parent) == []


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere; no modes on Windows"
)
def test_a_read_only_folder_is_one_message(study: Path, target: Path):
    target.parent.chmod(0o500)
    try:
        done = run("build", study, "--out", target)
    finally:
        target.parent.chmod(0o700)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert target.read_text("utf-8") == OLD


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="a folder in which not even root may write")
def test_a_folder_in_which_nobody_may_write_is_one_message(study: Path):
    done = run("build", study, "--out", "/sys/page.html")
    assert done.returncode == 1
    assert done.stderr.decode().startswith("Fel: page.html: ")
    assert done.stderr.count(b"\n") == 1


def test_two_builds_of_one_target_leave_one_whole_page(study: Path, target: Path, built: bytes):
    both = [
        subprocess.Popen(
            [*COMMAND, "build", str(study), "--out", str(target)],
            env=environment(),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    for one in both:
        _, said = one.communicate(timeout=300)
        assert one.returncode == 0, said.decode()
    assert target.read_bytes() == built
    assert leftovers(target.parent) == []


def test_an_output_that_is_a_link_is_not_followed(study: Path, tmp_path: Path):
    real = tmp_path / "real.html"
    real.write_text(OLD, "utf-8")
    link = tmp_path / "link.html"
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("links cannot be made here")
    done = run("build", study, "--out", link)
    assert done.returncode in (1, 2)
    assert b"Traceback" not in done.stderr
    assert real.read_text("utf-8") == OLD


def test_a_file_that_is_not_ours_is_not_overwritten(study: Path, tmp_path: Path):
    precious = tmp_path / "thesis.html"
    precious.write_text("my thesis", "utf-8")
    done = run("build", study, "--out", precious)
    assert done.returncode == 2
    assert precious.read_text("utf-8") == "my thesis"


EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
BIDI, ESCAPE = "\u202egnp.exe\u2066", "\x1b[2J\x1b]0;owned\x07"


def test_hostile_texts_in_a_study_run_nothing(tmp_path: Path):
    """Markup, right-to-left tricks and escape codes in a title, a promise and a source."""
    texts = STUDY.replace('"Staden"', f'"{EVIL}{BIDI}"').replace('"Löftet 2020"', f'"{{{{7*7}}}} {EVIL}"')
    study = write_study(tmp_path / "study", study=texts.replace('"kommunen"', '"\\u001b[2Jkommunen"'))
    done = run("build", study, "--out", tmp_path / "page.html")
    assert done.returncode in (0, 1), done.stderr.decode("utf-8", "replace")
    assert b"\x1b[2J" not in done.stdout + done.stderr
    if done.returncode == 0:
        page = (tmp_path / "page.html").read_text("utf-8")
        text = re.sub(r"<script\b[^>]*>.*?</script>", "", page, flags=re.DOTALL)
        assert "<img src=x" not in text
        assert "alert(2)</script>" not in page
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", page)
        assert "{{7*7}}" in text or "49" not in re.findall(r"<h1.*?</h1>", text, flags=re.DOTALL)[0]


def test_hostile_labels_in_an_extract_reach_neither_terminal_nor_export(tmp_path: Path):
    """Unknown labels are named in messages and reports: without escape codes, markup or formulas."""
    evil = f"2020;Strängnäs;Totalt;Åk 9;Totalt;{ESCAPE}{EVIL};10;100"
    formula = '2020;=HYPERLINK("http://x");Totalt;Åk 9;Totalt;Använt narkotika någon gång;10;100'
    study = write_study(tmp_path / "study", extract() + evil + "\n" + formula + "\n")
    report = tmp_path / "report.html"
    checked = run("check", study, "--html", report)
    assert b"\x1b" not in checked.stdout + checked.stderr
    assert checked.returncode == 0, checked.stderr.decode("utf-8", "replace")
    assert EVIL not in report.read_text("utf-8")
    out = tmp_path / "cells.csv"
    assert run("import", study, "--out", out).returncode == 0
    cells = [c for line in out.read_text("utf-8").splitlines() for c in line.split(",")]
    assert not [c for c in cells if re.match(r'"?[=+@\t]', c)]


def test_hostile_texts_beside_an_extract_are_only_texts(tmp_path: Path):
    """A sidecar's producer and terms, and a mapping file whose spellings and ids are meant as code."""
    study = write_study(
        tmp_path / "study", study=STUDY.replace("[[wave]]", 'mapping = "map.toml"\n\n[[wave]]', 1)
    )
    sidecar = f'producer = "{EVIL}"\nterms = "\\u001b[2J=cmd|\\u202etxt"\nsource = "javascript:alert(3)"\n'
    (study / "answers.csv.toml").write_text(sidecar, "utf-8")
    (study / "map.toml").write_text(f'[district]\n"{EVIL}" = "mariefred"\n', "utf-8")
    for words in (["build", study, "--out", "page.html"], ["check", study, "--html", "report.html"]):
        done = run(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    for name in ("page.html", "report.html"):
        made = (tmp_path / name).read_text("utf-8")
        assert EVIL not in made
        assert name == "report.html" or "&lt;img src=x onerror" in made  # shown, as text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", made)
        assert not re.search(r"(?:href|src)\s*=\s*.?\s*javascript:", made, re.IGNORECASE)
    (study / "map.toml").write_text(f'[district]\n"Mfred" = "{EVIL}\\u001b[2J"\n', "utf-8")
    done = run("build", study, "--out", tmp_path / "other.html")
    assert done.returncode == 1
    assert b"map.toml" in done.stderr
    assert b"\x1b" not in done.stderr
    assert not (tmp_path / "other.html").exists()


def test_odd_file_names_are_only_names(tmp_path: Path):
    study = write_study(tmp_path / "a b; $(touch owned) 'ö")
    done = run("check", study, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert not (tmp_path / "owned").exists()
