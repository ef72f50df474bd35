"""What reading gives: the cube, what was odd, and where every cell of every file went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from lhu_effect.survey.cube import Cube
from lhu_effect.survey.series import SeriesSet

Severity = Literal["note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that was odd in the data. rule: dotted name as in errors; its words are texts `survey.issues.<rule>`.

    severity error: `build` stops. warning: rows were set aside. note: read, but said.
    """

    rule: str
    severity: Severity
    file: str = ""
    sheet: str = ""
    cell: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One extract file and what its sidecar says. synthetic None cannot be: no sidecar means a real extract."""

    file: str
    layout: str
    producer: str = ""
    received: str = ""
    terms: str = ""
    synthetic: bool = False
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class Survey:
    """A read survey. cube: unmasked. report: the JSON report of contract.md as plain dicts (private).

    other: the study's other sources, None when it has none.
    issues: polars frame rule, severity, file, sheet, cell, message (English).
    """

    cube: Cube
    sources: tuple[Source, ...] = ()
    found: tuple[Issue, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    other: SeriesSet | None = None

    def __repr__(self) -> str:
        said = f"{len(self.sources)} files, {len(self.found)} issues{', synthetic' if self.synthetic else ''}"
        return f"Survey({said}, {self.cube!r})"

    def without_numbers(self) -> Survey:
        """The survey as something made for others may know it: its sources, and nothing of what they hold."""
        return Survey(Cube(self.cube.frame.clear()), self.sources)

    @property
    def synthetic(self) -> bool:
        """Whether the numbers are invented (mixing stops before this)."""
        return any(s.synthetic for s in self.sources)

    @property
    def issues(self) -> pl.DataFrame:
        """What was odd, one row each, in the order found."""
        rows = [(i.rule, i.severity, i.file, i.sheet, i.cell, dict(i.facts)) for i in self.found]
        return pl.DataFrame(
            [(*r[:5], ", ".join(f"{k}={v}" for k, v in r[5].items())) for r in rows],
            schema=dict.fromkeys(("rule", "severity", "file", "sheet", "cell", "facts"), pl.String),
            orient="row",
        )
