"""One cell of another source into a value, a value below or above a limit, or one of the nothings. Never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from lhu_effect.errors import InputError
from lhu_effect.i18n import Text
from lhu_effect.survey.cells import fold, mask_personal, parse, parse_text, suggest_number
from lhu_effect.survey.grid import Cell
from lhu_effect.survey.series import Status

_NUM = r"([0-9][0-9\s]*(?:[.,][0-9]+)?)"
_LIMIT_WORDS = (
    r"(?:lod|loq|mdl|lld|mätgräns(?:en)?|detektionsgräns(?:en)?|kvantifieringsgräns(?:en)?|"
    r"rapporteringsgräns(?:en)?|bestämningsgräns(?:en)?|(?:detection|reporting|quantification) limit)"
)
_BELOW = re.compile(
    rf"(?:<|≤|<=|under|mindre än|lägre än|below|less than)\s*{_NUM}"
    rf"|(?:<|under|below)?\s*{_LIMIT_WORDS}\s*(?:[(=:<]?\s*{_NUM}\)?)?"
)
_NOT_FOUND = re.compile(
    rf"(?:ej|inte) (?:detekterad|detekterat|påvisad|påvisat|påvisbar|påvisbart|funnen|mätbar)(?:\s*\(?<?\s*{_NUM}\)?)?"
    r"|n\.?d\.?|not detected|bdl|blod"
)
_ABOVE = re.compile(rf"(?:>|≥|>=|över|mer än|above|more than)\s*{_NUM}")


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell says. bound: what "below" or "above" is below or above; None when nobody says."""

    status: Status
    value: float | None = None
    bound: float | None = None


def measured(cell: Cell, file: str, sheet: str, at: str, limit: float | None = None) -> Value:
    """A measured amount: a number, or less than a limit of measurement. limit: what the table or the study says it is.

    Raises InputError for text that is neither, an error of the spreadsheet, or an amount below zero.
    """
    said = fold(cell.text)
    if isinstance(cell.value, str):
        for pattern in (_BELOW, _NOT_FOUND):
            if found := pattern.fullmatch(said):
                told = next((g for g in found.groups() if g), None) if found.groups() else None
                return Value("below", None, _number(told) if told else limit)
        if found := _ABOVE.fullmatch(said):
            return Value("above", None, _number(found[1]))
        if said == "*":
            return Value("not_applicable")  # no dose is defined for the substance
    return _plain(cell, file, sheet, at)


def limited(text: str) -> bool:
    """Whether a text says "below (above) a limit".

    >>> limited("<LOD"), limited("ej påvisad"), limited("Kokain")
    (True, True, False)
    """
    said = fold(text)
    return any(pattern.fullmatch(said) for pattern in (_BELOW, _NOT_FOUND, _ABOVE))


def counted(cell: Cell, file: str, sheet: str, at: str) -> Value:
    """A count: a whole number, or a mark that hides a small one."""
    made = _plain(cell, file, sheet, at)
    if made.value is not None and made.value != int(made.value):
        _fail("source_not_whole", cell, file, sheet, at)
    return made


def published(cell: Cell, file: str, sheet: str, at: str, *, negative: bool = True) -> Value:
    """A published figure as it stands; `..` hidden by the source, `-` missing, `.` does not apply."""
    said = fold(cell.text)
    if said in ("-", "–"):
        return Value("missing")
    return _plain(cell, file, sheet, at, negative=negative)


def _plain(cell: Cell, file: str, sheet: str, at: str, *, negative: bool = False) -> Value:
    parsed = parse(cell)
    if parsed.kind == "number" and parsed.value is not None:
        value = parsed.value * (100 if parsed.unit == "fraction" else 1)
        if value < 0 and not negative:
            _fail("source_negative", cell, file, sheet, at)
        return Value("observed", round(value, 10))
    if parsed.kind == "nothing":
        if parsed.nothing == "masked":
            return Value("masked")
        if parsed.nothing == "not_applicable" and fold(cell.text) not in ("-", "–"):
            return Value("not_applicable")
        return Value("missing")
    return _fail("source_not_a_value", cell, file, sheet, at)


def _number(text: str) -> float | None:
    return parse_text(text).value


def _fail(rule: str, cell: Cell, file: str, sheet: str, at: str) -> NoReturn:
    shown = mask_personal(cell.text.strip())[:60]
    guess = suggest_number(cell.text)
    more = Text(f" Menades {guess}?", f" Was {guess} meant?") if guess else Text("", "")
    raise InputError(f"survey.{rule}", file=file, sheet=sheet or None, cell=at, found=shown, guess=more)
