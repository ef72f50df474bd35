"""Published cells as a long table: one row per cell, as a semicolon CSV with decimal comma or as a one-sheet workbook."""

from __future__ import annotations

import csv
import io

import polars as pl

from lhu_effect.definitions.model import Registry
from lhu_effect.writers.published import (
    SEXES,
    Rules,
    footnotes,
    grade_label,
    ordered,
    place_labels,
    publish,
    questions,
)
from lhu_effect.writers.workbook import Sheet, Value, neutral, workbook_bytes

COLUMNS = ("År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "Andel (%)", "Antal svar")


def long_rows(frame: pl.DataFrame, registry: Registry, rules: Rules) -> list[list[Value]]:
    """The rows under COLUMNS, sorted by year, question, place, grade and sex."""
    cells = publish(frame, rules)
    asked = questions(registry, [str(k[5]) for k in cells])
    keys = ordered(registry, [(str(k[1]), str(k[2]), str(k[3]), str(k[4])) for k in cells])
    return [
        [
            year,
            *place_labels(registry, key[0], key[1]),
            grade_label(key[2]),
            SEXES[key[3]],
            label,
            cells[year, *key, id_].percent,
            cells[year, *key, id_].n,
        ]
        for year in sorted({int(str(k[0])) for k in cells})
        for id_, label in asked.items()
        for key in keys
        if (year, *key, id_) in cells
    ]


def long_csv(frame: pl.DataFrame, registry: Registry, rules: Rules | None = None) -> bytes:
    """Cells (KEY, n, k) as `;` CSV, decimal comma, UTF-8 with byte order mark, as Swedish spreadsheets write it."""
    rules = rules or Rules(decimals=1)
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in long_rows(frame, registry, rules):
        table.writerow([_swedish(v, rules.decimals) for v in row])
    return out.getvalue().encode("utf-8-sig")


def long_workbook(
    frame: pl.DataFrame, registry: Registry, rules: Rules | None = None, *, title: str, synthetic: bool
) -> bytes:
    """The same table as a workbook of two sheets: the table and what the marks mean."""
    rules = rules or Rules(decimals=1)
    rows = long_rows(frame, registry, rules)
    number = "0." + "0" * rules.decimals if rules.decimals else "0"
    table = Sheet(
        "Data",
        [list(COLUMNS), *rows],
        header=(1,),
        formats={"G": number, "H": "0"},
        widths={"B": 20, "C": 20, "D": 16, "F": 50},
        freeze="A2",
        filter=f"A1:H{len(rows) + 1}",
    )
    notes = Sheet("Förklaring", [[title], *([n] for n in footnotes(rules, synthetic))], widths={"A": 80})
    return workbook_bytes([table, notes], title=title)


def _swedish(value: Value, decimals: int) -> str:
    if isinstance(value, float):
        return f"{value:.{decimals}f}".replace(".", ",")
    if isinstance(value, str):
        return value if value in SEXES.values() else neutral(value)
    return "" if value is None else str(value)
