"""Files whose rows are pupils: refused before any of their texts can reach a message, a report or a page.

Told by personal numbers, by headings that only files of persons have, and by columns of people's names. What
is raised names the column and nothing that stands in it.
"""

from __future__ import annotations

import re
from collections import Counter

from lhu_effect.errors import InputError
from lhu_effect.survey.cells import mask_personal
from lhu_effect.survey.grid import Grid, column_letters
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.words import fold, words

_HEADING_ROWS = 50
_PERSONS = 3
_UNNAMED = 8  # people under a heading that does not say so
_PERSONAL_SIGNS = 10


def refuse_pupils(grid: Grid) -> None:
    """Raises InputError when a column holds personal numbers or has a heading that only files of persons have."""
    named: dict[int, str] = {}
    persons: Counter[int] = Counter()
    for row, col, cell in grid.cells():
        if not isinstance(cell.value, str | int | float):
            continue
        if row <= _HEADING_ROWS and fold(cell.text) in words().pupils:
            named[col] = cell.text.strip()
        elif len(cell.text) >= _PERSONAL_SIGNS and mask_personal(cell.text) != cell.text:
            persons[col] += 1
    if named or (persons and max(persons.values()) >= _PERSONS):
        raise _pupils(grid, next(iter(named), persons.most_common(1)[0][0] if persons else 1), named)


def refuse_names(grid: Grid, labels: Labels) -> None:
    """Raises InputError when a column holds the names of people: most of its texts, each on a row of its own."""
    for col in range(1, grid.n_cols + 1):
        cells = ((row, grid.cell(row, col)) for row in range(1, grid.n_rows + 1))
        found = [
            (row, cell.text.strip())
            for row, cell in cells
            if cell is not None and isinstance(cell.value, str)
        ]
        at = next(
            (i for i, (row, t) in enumerate(found) if row <= _HEADING_ROWS and fold(t) in words().names), None
        )
        if at is None and (
            len(found) <= _UNNAMED or labels.heading(found[0][1]) or fold(found[0][1]) in words().aside
        ):
            continue
        below = [t for _, t in found[(at if at is not None else 0) + 1 :]]
        people = [t for t in dict.fromkeys(below) if _is_name(t, at is not None, labels)]
        most = 0.6 * len(set(below)) if at is not None else 0.9 * len(below)
        if len(people) >= max(most, _PERSONS if at is not None else _UNNAMED):
            raise _pupils(grid, col, {col: found[at][1]} if at is not None else {})


def _pupils(grid: Grid, col: int, named: dict[int, str]) -> InputError:
    return InputError(
        "files.pupils", file=grid.file, sheet=grid.sheet or None, column=named.get(col) or column_letters(col)
    )


def _is_name(text: str, headed: bool, labels: Labels) -> bool:
    """Whether a text is written as a person's name is and is no place, school, question or other label."""
    if not _NAME.fullmatch(text) or _BODY.search(fold(text)) or (not headed and " " not in text):
        return False
    known = (labels.grade, labels.sex, labels.indicator, labels.measure, labels.school)
    return not (
        any(look(text) for look in known) or labels.place(text, "place") or fold(text) in words().totals
    )


_PART = r"[A-ZÅÄÖÉÜ\u00c0-\u024f][^\W\d_]*(?:['’.-][^\W\d_]+)*\.?"
_OF = r"(?:(?:von|van|de|da|del|af|al|el|bin) )?"
_NAME = re.compile(rf"{_OF}{_PART}(?:,? {_OF}{_PART}){{0,4}}")
_BODY = re.compile(
    r"skol|gymnasi|kommun|stad|\blan\b|region|riket|omrade|enhet|distrikt|\b(?:norra|sodra|ostra|vastra)\b"
)
