"""Replication bundles: the scripts, run on their own, give the package's numbers; a changed number fails."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lhu_effect.effects import replication
from lhu_effect.effects.estimators.theme import ThemeProblem
from lhu_effect.effects.named import SchoolCells, SchoolRows
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused

RNG = np.random.default_rng(12)
YEARS = np.array([2014.0, 2017, 2020, 2023])
NAMES = ("Strängnäs", "Eskilstuna", "Flen, landsbygd", "Gnesta", "Trosa")


def problem(regions: tuple[str, ...] | None = None) -> Problem:
    n = RNG.integers(150, 900, (5, 4)).astype(float)
    k = RNG.binomial(n.astype(int), 0.15).astype(float)
    fit = np.ones((5, 4), dtype=bool)
    fit[0, 3] = False
    k[4, 1] = np.nan
    return Problem(k, k + (n > 500), n, YEARS, fit, (0, 3), 1.4, regions=regions)


def schools() -> SchoolCells:
    units = ["own"] * 4 + ["m1"] * 4 + ["m2"] * 3
    rows = [
        (f"s{s}", u, year, g)
        for s, u in enumerate(units)
        for year in (2017, 2020, 2023)
        for g in ("ak7", "ak9")
    ]
    n = RNG.integers(4, 12, len(rows)).astype(float)
    names, of, when, grade = zip(*rows, strict=True)
    exposed = np.array([u == "own" and year == 2023 for _, u, year, _ in rows])
    k = RNG.binomial(n.astype(int), 0.3).astype(float)
    return SchoolCells(k, n, SchoolRows(names, of, when, exposed, grade))


def composite(regions: tuple[str, ...] | None = None) -> ThemeProblem:
    """Four questions, one turned round, one too rare; rounded counts, a hole, two waves after."""
    years = np.append(YEARS, 2026.0)
    n = RNG.integers(150, 900, (4, 5, 5)).astype(float)
    shares = np.array([0.15, 0.8, 0.002, 0.3])[:, None, None]
    k = RNG.binomial(n.astype(int), shares).astype(float)
    fit = np.ones((5, 5), dtype=bool)
    fit[0, 3:] = False
    k[1, 4, 1] = np.nan
    high = np.minimum(k + (n > 500), n)
    return ThemeProblem(k, high, n, years, fit, 0, (3, 4), 1.4, (False, True, False, False), regions=regions)


def asked_of(name: str, regions: tuple[str, ...] | None = None) -> Problem | SchoolCells | ThemeProblem:
    if name.startswith("school"):
        return schools()
    return composite(regions) if name == "noise_floor_theme" else problem(regions)


def written(folder: Path, name: str, regions: tuple[str, ...] | None = None) -> Path:
    asked = asked_of(name, regions)
    made = replication.bundle(name, asked, () if name.startswith("school") else NAMES)
    assert isinstance(made, dict)
    for file, text in made.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def run_here(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """The script's exit code, run as a program in this process (its imports are paid once)."""
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as done:
        runpy.run_path(script, run_name="__main__")
    return done.value.code


@pytest.mark.parametrize("name", replication.REPLICABLE)
def test_the_python_script_gives_the_same_numbers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path, name)
    script = next(folder.glob("*.py")).name
    assert run_here(folder, script, monkeypatch) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.count("lhu-effect") >= 4
    expected = folder / "expected.csv"
    first, *rest = expected.read_text(encoding="utf-8").splitlines()
    label, value = rest[0].split(",")
    expected.write_text("\n".join([first, f"{label},{float(value) + 1e-3}", *rest[1:]]), encoding="utf-8")
    assert run_here(folder, script, monkeypatch) == 1


@pytest.mark.parametrize(
    ("name", "script"), [("noise_floor_did", "noise_floor.py"), ("noise_floor_theme", "theme.py")]
)
def test_regions_are_carried(name: str, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, name, ("a", "a", "b", "b", "b"))
    assert run_here(folder, script, monkeypatch) == 0


def has_r(package: str = "stats") -> bool:
    if shutil.which("Rscript") is None:
        return False
    probe = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
    return subprocess.run(["Rscript", "-e", probe], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("name", replication.REPLICABLE)
def test_the_r_script_gives_the_same_numbers(name: str, tmp_path: Path) -> None:
    if not has_r("clubSandwich" if name.startswith("school") else "stats"):
        pytest.skip("no Rscript (or no clubSandwich) on this machine")
    folder = written(tmp_path, name, ("a", "a", "b", "b", "b") if name.startswith("noise_floor") else None)
    done = run(folder, "Rscript", next(folder.glob("*.R")).name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("name", replication.REPLICABLE)
def test_the_note_says_method_limits_calibration_and_citation(name: str, lang: str) -> None:
    made = replication.bundle(name, asked_of(name), lang=lang)
    assert isinstance(made, dict)
    note = made["README.md"]
    assert note.count("## ") == 4
    assert "{" not in note
    assert name in note


def test_what_is_refused_has_no_bundle() -> None:
    p = problem()
    alone = Problem(p.k_low[:1], p.k_high[:1], p.n[:1], p.years, p.fit[:1], p.target, p.phi0)
    assert replication.bundle("noise_floor_did", alone) == Refused("no_comparison")
    hidden = np.zeros(p.n.shape, dtype=bool)
    hidden[0, 3] = True
    masked = Problem(p.k_low, p.k_high, p.n, p.years, p.fit, p.target, p.phi0, hidden)
    assert replication.bundle("noise_floor_did", masked) == Refused("masked")
