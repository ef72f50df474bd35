"""Published cells as a wide workbook: a contents sheet and one sheet per question, years across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lhu_effect.definitions.model import Registry
from lhu_effect.writers.published import (
    NO_CELL,
    SEXES,
    Printed,
    Rules,
    footnotes,
    grade_label,
    ordered,
    place_labels,
    publish,
    questions,
)
from lhu_effect.writers.workbook import Sheet, Value, workbook_bytes

LABELS = ("Kommun", "Kommundel", "Årskurs", "Kön")
FIRST_ROW = 7


def wide_workbook(
    frame: pl.DataFrame, registry: Registry, rules: Rules | None = None, *, title: str, synthetic: bool
) -> bytes:
    """Cells (KEY, n, k) as the workbook an authority would send. title: of the contents sheet."""
    rules = rules or Rules()
    cells = publish(frame, rules)
    asked = questions(registry, [str(k[5]) for k in cells])
    codes = {id_: f"F{i:02d}" for i, id_ in enumerate(asked, start=1)}
    contents = _contents(title, {codes[i]: label for i, label in asked.items()}, rules, synthetic)
    sheets = [
        _question(
            registry, id_, codes[id_], {k: v for k, v in cells.items() if k[5] == id_}, rules, synthetic
        )
        for id_ in asked
    ]
    return workbook_bytes([contents, *sheets], title=title)


def _contents(title: str, asked: Mapping[str, str], rules: Rules, synthetic: bool) -> Sheet:
    rows: list[list[Value]] = [[title], [], ["Blad", "Fråga"]]
    rows += [[code, label] for code, label in asked.items()]
    rows += [[], *_notes(footnotes(rules, synthetic))]
    return Sheet("Innehåll", rows, header=(1, 3), widths={"A": 12, "B": 70})


def _question(
    registry: Registry,
    id_: str,
    code: str,
    cells: Mapping[tuple[object, ...], Printed],
    rules: Rules,
    synthetic: bool,
) -> Sheet:
    indicator = registry.indicators[id_]
    years = sorted({int(str(k[0])) for k in cells})
    per_year = ["Andel (%)"] if rules.only_percent else ["Andel (%)", "Antal svar"]
    head: list[list[Value]] = [
        [indicator.label.sv],
        [f"Fråga: {indicator.question}" if indicator.question else None],
        ["Syntetiska data – inga riktiga elever" if synthetic else None],
        [],
        [*LABELS, *(v for y in years for v in (y, *[None] * (len(per_year) - 1)))],
        [*[None] * len(LABELS), *per_year * len(years)],
    ]
    keys = ordered(registry, [(str(k[1]), str(k[2]), str(k[3]), str(k[4])) for k in cells])
    body = [_row(registry, key, years, id_, cells, rules) for key in keys]
    notes = _notes([*footnotes(rules, synthetic), *_breaks(registry, id_, years)])
    number = "0" if not rules.decimals else "0." + "0" * rules.decimals
    columns = [_letter(len(LABELS) + 1 + i) for i in range(len(years) * len(per_year))]
    return Sheet(
        code,
        [*head, *body, [], *notes],
        header=(1, 5, 6),
        merges=[f"{columns[i]}5:{columns[i + 1]}5" for i in range(0, len(columns), 2)]
        if len(per_year) == 2
        else (),
        formats={c: number if i % len(per_year) == 0 else "0" for i, c in enumerate(columns)},
        widths={"A": 20, "B": 20, "C": 16, "D": 10},
        freeze=f"E{FIRST_ROW}",
    )


def _notes(said: Sequence[str]) -> list[list[Value]]:
    return [[note] for note in said]


def _row(
    registry: Registry,
    key: tuple[str, str, str, str],
    years: list[int],
    id_: str,
    cells: Mapping[tuple[object, ...], Printed],
    rules: Rules,
) -> list[Value]:
    municipality, district, grade, sex = key
    row: list[Value] = [*place_labels(registry, municipality, district), grade_label(grade), SEXES[sex]]
    for year in years:
        cell = cells.get((year, *key, id_))
        row.append(cell.percent if cell else NO_CELL)
        if not rules.only_percent:
            row.append(cell.n if cell else NO_CELL)
    return row


def _breaks(registry: Registry, id_: str, years: list[int]) -> list[str]:
    """A footnote where the wording changed between years on the sheet."""
    indicator = registry.indicators[id_]
    versions = [indicator.version_of(y) for y in years]
    changed = [y for before, now, y in zip(versions, versions[1:], years[1:], strict=False) if before != now]
    return [f"Frågans lydelse ändrades {year}: jämför inte med tidigare år." for year in changed]


def _letter(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
