"""Skolenkäten: shares per question for the schools that the municipality runs together, and for the whole country.

The workbook is read as any survey table; no school becomes a row. Sexes and independent schools are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import polars as pl

from lhu_effect.errors import InputError
from lhu_effect.i18n import Text, text
from lhu_effect.survey.read import error_of, read_survey
from lhu_effect.survey.series import Period, Row, Task

NOT_OURS = "survey.nothing_for_municipality"


def read(task: Task) -> Iterator[Row]:
    """One row a question, grade and place."""
    alone = replace(task.study, folder=None, extracts=(), municipality="", sources=())
    survey = read_survey(alone, [task.path], strict=False)
    for issue in survey.found:
        if issue.severity == "error" and issue.rule != NOT_OURS:
            fault = error_of(issue)
            raise InputError(fault.rule, file=task.name, sheet=fault.sheet, cell=fault.cell, **fault.facts)
    home = task.study.municipality
    own = (pl.col("municipality") == home) & pl.col("organiser")
    nation = pl.col("municipality") == "00"
    cells = survey.cube.frame.filter(
        pl.col("school").is_null(), pl.col("sex") == "all", pl.col("district") == "all", own | nation
    )
    for cell in cells.iter_rows(named=True):
        indicator = task.study.registry.indicators[cell["indicator"]]
        if task.wanted(indicator.id):
            yield _row(cell, indicator.label, task)


def _row(cell: dict[str, object], question: Text, task: Task) -> Row:
    """A cell as a share in per cent; where n or k is not exactly known nothing is shown."""
    year, n, k = int(str(cell["year"])), cell["n"], cell["k"]
    known = isinstance(n, int) and isinstance(k, int) and n > 0
    grade = Text(*(text(f"definitions.grade.{cell['grade']}", lang) for lang in ("sv", "en")))
    home = cell["municipality"] == task.study.municipality
    name = task.study.registry.places[task.study.municipality].name
    return Row(
        measure=f"{cell['indicator']} {cell['grade']}",
        place=str(cell["municipality"]),
        period=Period(date(year, 1, 1), date(year, 12, 31), "year"),
        status="observed" if known else "masked" if cell["status"] == "masked" else "missing",
        value=round(100 * k / n, 10) if isinstance(n, int) and isinstance(k, int) and n else None,
        n=n if isinstance(n, int) else None,
        k=k if isinstance(k, int) else None,
        label=Text(f"{question.sv}, {grade.sv}", f"{question.to('en')}, {grade.to('en')}"),
        place_name=Text(f"{name}, kommunens egna skolor", f"{name}, the municipality's own schools")
        if home
        else Text("Alla deltagande skolor i landet", "All schools in the country that took part"),
        sheet=str(cell["sheet"] or ""),
        cell=str(cell["cell"] or ""),
    )
