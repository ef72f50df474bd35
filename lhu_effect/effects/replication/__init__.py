"""Replication bundles: one estimate's cells, the question, the answer, and scripts that compute it again.

The scripts (the `.py.txt` and `.R` files beside this one) use statsmodels, clubSandwich or plain matrices and
know nothing of this package, so anyone can check a number without installing it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import metadata, resources

import numpy as np

from lhu_effect.effects.calibrated import calibration_table
from lhu_effect.effects.estimators import ESTIMATORS, theme
from lhu_effect.effects.named import Named, SchoolCells
from lhu_effect.effects.problem import Problem
from lhu_effect.effects.refused import Refused
from lhu_effect.i18n import Lang

LEVELS = (0.95, 0.90)
_FAMILY = {"noise_floor_did": "noise_floor", "aggregate_did": "aggregate", theme.NAME: "theme"}
_SCHOOLS = {
    "school_cr1": ("linear", "CR1"),
    "school_cr2": ("linear", "CR2"),
    "school_cr3": ("linear", "CR3"),
    "school_logit_cr2": ("logit", "CR2"),
}
REPLICABLE: tuple[str, ...] = (*_FAMILY, *_SCHOOLS)


def bundle(
    name: str,
    asked: Problem | SchoolCells | theme.ThemeProblem,
    units: Sequence[str] = (),
    *,
    indicators: Sequence[str] = (),
    levels: Sequence[float] = LEVELS,
    lang: Lang = "en",
    calibration: str | None = None,
) -> dict[str, str] | Refused:
    """The files of a bundle, by name. name: one of REPLICABLE; asked: as that estimator takes it.

    units: names of a Problem's rows; indicators: of a ThemeProblem's questions. calibration: a table for the method
    note, else where it stands. Refused where the estimator refuses, and where a mask hides the promise unit (its
    ends come from two fits).
    """
    made = _answer(name, asked, levels)
    if isinstance(made, Refused):
        return made
    if isinstance(asked, Problem | theme.ThemeProblem):
        rows = (
            _unit_cells(asked, units)
            if isinstance(asked, Problem)
            else _theme_cells(asked, units, indicators)
        )
        files = {"cells.csv": rows, "question.csv": _question(asked, levels)}
        family, options = _FAMILY[name], {}
    else:
        link, vcov = _SCHOOLS[name]
        family, options = "schools", {"link": link, "vcov": vcov}
        files = {"cells.csv": _school_cells(asked), "question.csv": _table(_pairs(levels, options))}
    files["expected.csv"] = _table([("name", "value"), *made])
    notes = tomllib.loads(_read("notes.toml"))
    for script in notes[family]["files"]:
        files[script] = _read(script + ".txt" if script.endswith(".py") else script)
    files["README.md"] = _readme(name, notes, family, options, lang, calibration)
    return files


def _answer(
    name: str, asked: Problem | SchoolCells | theme.ThemeProblem, levels: Sequence[float]
) -> list[tuple[str, str]] | Refused:
    """The package's own answer, number by number; refused where a mask hides the promise unit."""
    if isinstance(asked, theme.ThemeProblem):
        composite = theme.estimate(asked, levels)
        if isinstance(composite, Refused):
            return composite
        return Refused("masked") if composite.estimate is None else _composite(composite)
    made = next(e for e in ESTIMATORS if e.name == name).run(asked, levels)  # type: ignore[arg-type]
    if isinstance(made, Refused):
        return made
    if isinstance(asked, Problem) and asked.is_masked().any():
        return Refused("masked")
    return _expected(made, with_df=name != "noise_floor_did")


def _read(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _table(rows: Sequence[Sequence[object]]) -> str:
    return "".join(",".join(str(x) for x in row) + "\n" for row in rows)


def _number(x: float) -> str:
    return str(int(x)) if float(x).is_integer() else repr(float(x))


def _pairs(levels: Sequence[float], options: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("name", "value"), ("levels", " ".join(f"{x:g}" for x in levels)), *options.items()]


def _question(p: Problem | theme.ThemeProblem, levels: Sequence[float]) -> str:
    return _table(_pairs(levels, {"phi0": repr(p.phi0), "tau_scale": repr(p.tau_scale)}))


def _unit_cells(p: Problem, units: Sequence[str]) -> str:
    rows: list[Sequence[object]] = [("unit", "region", "year", "k_low", "k_high", "n", "fit", "target")]
    for d in p.rows:
        for t, year in enumerate(p.years):
            goal = (d, t) == p.target
            if not (p.cells[d, t] or goal or _counted(p, d, t)):
                continue
            name = _plain(units[d]) if units else f"unit{d}"
            region = _plain(p.regions[d]) if p.regions else "1"
            numbers = [_number(x[d, t]) for x in (p.k_low, p.k_high, p.n)]
            rows.append((name, region, _number(year), *numbers, int(p.cells[d, t]), int(goal)))
    return _table(rows)


def _theme_cells(p: theme.ThemeProblem, units: Sequence[str], indicators: Sequence[str]) -> str:
    """Every counted cell; fit: may be fitted, where every question used has an answer of five or more."""
    rows: list[Sequence[object]] = [
        ("indicator", "higher_is_better", "unit", "region", "year", "k_low", "k_high", "n", "fit", "target")
    ]
    order = [p.unit, *(d for d in range(p.n.shape[1]) if d != p.unit)]
    for i, d, t in ((i, d, t) for i in range(len(p.n)) for d in order for t in range(len(p.years))):
        numbers = [float(x[i, d, t]) for x in (p.k_low, p.k_high, p.n)]
        goal = d == p.unit and t in p.after
        if not np.isfinite(sum(numbers)) or not (p.fit[d, t] or goal):
            continue
        name = _plain(indicators[i]) if indicators else f"question{i}"
        unit = _plain(units[d]) if units else f"unit{d}"
        region = _plain(p.regions[d]) if p.regions else "1"
        where = (name, int(p.higher[i]), unit, region, _number(p.years[t]))
        rows.append((*where, *map(_number, numbers), int(p.fit[d, t]), int(goal)))
    return _table(rows)


def _counted(p: Problem, d: int, t: int) -> bool:
    return bool(np.isfinite(p.k_low[d, t] + p.k_high[d, t]) and np.nan_to_num(p.n[d, t]) > 0)


def _school_cells(c: SchoolCells) -> str:
    rows: list[Sequence[object]] = [("school", "unit", "year", "extra", "exposed", "k", "n")]
    of = c.rows
    extra = of.extra if of.extra is not None else [""] * len(of.school)
    for i, school in enumerate(of.school):
        if np.isfinite(c.k[i]) and np.nan_to_num(c.n[i]) > 0:
            labels = (_plain(school), _plain(of.unit[i]), of.year[i], _plain(extra[i]) or "all")
            rows.append((*labels, int(of.exposed[i]), _number(c.k[i]), _number(c.n[i])))
    return _table(rows)


def _plain(label: object) -> str:
    """A label that needs no quoting in a CSV."""
    return str(label).replace(",", " ").replace('"', "'").replace("\n", " ")


def _expected(made: Named, *, with_df: bool) -> list[tuple[str, str]]:
    out = [("estimate", made.estimate), ("p_value", made.p_value)]
    if with_df:
        out += [("std_error", made.std_error), ("df", made.df)]
    for level, (low, high) in made.intervals.items():
        out += [(f"low_{level:g}", low), (f"high_{level:g}", high)]
    return [(name, repr(float(value))) for name, value in out if value is not None]


def _composite(made: theme.Theme) -> list[tuple[str, str]]:
    out = [("estimate", made.estimate), ("index", made.index), ("p_value", made.p_value)]
    for level, x in made.intervals.items():
        out += [(f"low_{level:g}", x.logit_low), (f"high_{level:g}", x.logit_high)]
        out += [(f"index_low_{level:g}", x.index_low), (f"index_high_{level:g}", x.index_high)]
    return [(name, _r_number(value)) for name, value in out if value is not None]


def _r_number(x: float) -> str:
    """As Python and R both read it."""
    return repr(float(x)) if np.isfinite(x) else "Inf" if x > 0 else "-Inf"


def _readme(
    name: str, notes: Mapping[str, dict[str, dict[str, str]]], family: str, options: Mapping[str, str], lang: Lang,
    calibration: str | None,
) -> str:  # fmt: skip
    said = notes[family][lang]
    between = " och " if lang == "sv" else " and "
    return _read(f"README.{lang}.md").format(
        name=name,
        version=metadata.version("lhu-effect"),
        scripts=between.join(f"`{x}`" for x in notes[family]["files"]),
        method=said["method"].format(**options),
        caution=said["caution"],
        citation=notes[family]["citation"],
        calibration=calibration or f"{notes['calibration'][lang]}\n\n{calibration_table(lang)}",
    )
