"""How often the method is right on surveys whose truth is known, as a table for a method note.

The numbers and words are those of docs/method.md; `tests/benchmarks/calibration.py` writes both.
"""

from __future__ import annotations

import tomllib
from importlib import resources

from lhu_effect.i18n import Lang

FILE = "replication/calibration.toml"


def calibration_table(lang: Lang) -> str:
    """A caption and a Markdown table, one row per scenario, rates in per cent ± Monte Carlo error.

    >>> calibration_table("en").splitlines()[2].split(" | ")[:2]
    ['| scenario', 'coverage']
    """
    made = tomllib.loads((resources.files(__package__) / FILE).read_text(encoding="utf-8"))
    columns = list(made["headings"])
    head = [made["headings"][c][lang] for c in columns]
    rows = [[row["scenario"][lang], *(_number(row[c], lang) for c in columns[1:])] for row in made["row"]]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join([made["caption"][lang], "", *lines])


def _number(said: str, lang: Lang) -> str:
    return said.replace(".", ",") if lang == "sv" else said
