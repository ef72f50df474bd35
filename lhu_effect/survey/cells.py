"""One cell's text or value into what it says: a number, one of the nothings, an interval, or text.

Never guesses: "<15", "~100" and "60-70" are intervals, a mask is not 0, a date is not a number, and
whether 0.12 means 12 % is left to whoever sees the whole column (the cell only tells what its own sign
or number format says). Labels are normalised here too, so that all readers match them alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from lhu_effect.survey.grid import Cell, has_percent

Kind = Literal["number", "nothing", "interval", "text", "date", "error", "bool"]
Unit = Literal["", "percent", "fraction"]
Nothing = Literal["masked", "not_applicable", "no_answers", "not_asked", "school_absent", "district_absent"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one cell says. Zero is a number; the six other nothings have kind "nothing" and a name.

    value: set for numbers only, as written (12 for "12 %", 0.12 for 0.12 shown as 12 %). unit: "percent"
    when the cell itself has a per cent sign beside the value, "fraction" when Excel multiplies by 100
    to show it, "" when the cell does not say. low, high: inclusive bounds of a mask or an interval (in
    the cell's own unit), None where open or unknown. text: blanks around it taken off.
    """

    kind: Kind
    text: str
    value: float | None = None
    unit: Unit = ""
    nothing: Nothing | None = None
    low: float | None = None
    high: float | None = None


class Marked(Protocol):
    """A mark that hides counts: the study's `Mask` or a legend's `Mark`."""

    @property
    def text(self) -> str: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


_BLANKS = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, *range(9, 14)), " ")
_GONE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?"  # 1 234,5
    r"|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"  # 1.234,5  1,234.5
    r"|[0-9]+(?:[.,][0-9]+)?(?:[eE]-[0-9]{1,2})?)"  # 1234  12,5  1.2e-05
)
_NUM = r"([0-9]+(?:[.,][0-9]+)?)"
_UNDER = re.compile(rf"(?:<|färre än|mindre än|under|lägre än|fewer than|less than|below)\s*{_NUM}")
_AT_MOST = re.compile(rf"(?:≤|<=|högst|max|at most)\s*{_NUM}|{_NUM} eller (?:färre|mindre|lägre)")
_OVER = re.compile(rf"(?:>|fler än|mer än|över|more than|over|above)\s*{_NUM}")
_AT_LEAST = re.compile(rf"(?:≥|>=|minst|at least)\s*{_NUM}|{_NUM}\s*\+|{_NUM} eller (?:fler|mer|högre)")
_ABOUT = re.compile(rf"(?:~|≈|ca\.?|cirka|omkring|about|approx\.?)\s*{_NUM}")
_BETWEEN = re.compile(rf"{_NUM}\s*(?:-|till|to)\s*{_NUM}")
_LARGEST_MASK = 10
_TOO_LARGE = 1e15  # more digits than a spreadsheet keeps: a code or an error, never a count

_MASK_SIGNS = frozenset(
    {"*", "**", "***", "****", "..", "…", "...", "x", "xx", "•", "••", "•••", ":", "c", "(x)", "[c]"}
)
_NOTHINGS: dict[str, Nothing] = {
    ".": "not_applicable",
    "-": "not_applicable",
    "--": "not_applicable",
    **dict.fromkeys(
        (
            "ej aktuell",
            "ej aktuellt",
            "ej tillämplig",
            "ej tillämpligt",
            "ej relevant",
            "not applicable",
            "inte aktuellt",
            "[z]",
        ),
        "not_applicable",
    ),
    **dict.fromkeys(
        (
            "ej svar",
            "inga svar",
            "inget svar",
            "saknas",
            "uppgift saknas",
            "uppgifter saknas",
            "saknar svar",
            "bortfall",
            "n/a",
            "na",
            "nan",
            "null",
            "none",
            "missing",
            "no answers",
            "no answer",
            "#saknas",
        ),
        "no_answers",
    ),
    **dict.fromkeys(
        (
            "ej ställd",
            "ej ställt",
            "frågan ställdes ej",
            "frågan ställdes inte",
            "frågan ej ställd",
            "ställdes ej",
            "ställdes inte",
            "ej fråga",
            "ej med",
            "fanns ej med",
            "ingick ej",
            "ingick inte",
            "ej frågat",
            "not asked",
        ),
        "not_asked",
    ),
    **dict.fromkeys(
        (
            "deltog ej",
            "deltog inte",
            "ej deltagit",
            "deltar ej",
            "deltar inte",
            "skolan deltog ej",
            "skolan deltog inte",
            "ej deltagande",
            "did not take part",
            "did not participate",
        ),
        "school_absent",
    ),
    **dict.fromkeys(
        (
            "finns ej",
            "finns inte",
            "fanns ej",
            "fanns inte",
            "existerar ej",
            "ej aktuell indelning",
            "does not exist",
            "did not exist",
        ),
        "district_absent",
    ),
    **dict.fromkeys(
        (
            "sekretess",
            "prickad",
            "prickat",
            "prickas",
            "för få svar",
            "för få",
            "få svar",
            "visas inte",
            "visas ej",
            "redovisas ej",
            "redovisas inte",
            "maskad",
            "maskerad",
            "skyddad",
            "dold",
            "hidden",
            "visas inte (för få svar)",
            "suppressed",
            "masked",
            "too few",
            "too few answers",
        ),
        "masked",
    ),
}


def parse(cell: Cell, masks: Sequence[Marked] = (), mask_limit: int = 5) -> Parsed:
    """What `cell` says. masks: the study's (or a legend's) marks; mask_limit: see `parse_text`.

    >>> parse(Cell(0.12, "0.12", "0%")).unit
    'fraction'
    """
    if cell.error:
        return Parsed("error", cell.text.strip())
    if isinstance(cell.value, bool):
        return Parsed("bool", cell.text.strip())
    if isinstance(cell.value, int | float):
        if abs(cell.value) >= _TOO_LARGE:
            return Parsed("text", cell.text)
        return Parsed("number", cell.text, float(cell.value), _unit(cell.number_format))
    if isinstance(cell.value, str):
        return parse_text(cell.value, masks, mask_limit)
    return Parsed("date", cell.text.strip())


def parse_text(text: str, masks: Sequence[Marked] = (), mask_limit: int = 5) -> Parsed:
    """What a written value says.

    A mark of `masks` goes first; the usual marks (`*`, `..`, `x`, `••`) hide 0 to mask_limit - 1 when
    no mask says otherwise; "<5" hides 0 to 4.

    >>> parse_text("1\u00a0234,5").value, parse_text("12 %").unit, parse_text("60-70").kind
    (1234.5, 'percent', 'interval')
    >>> parse_text("..").nothing, parse_text("..").high, parse_text("<5").high
    ('masked', 4.0, 4.0)
    """
    shown = text.translate(_GONE).translate(_BLANKS).strip()
    for mask in masks:
        if shown == mask.text.translate(_BLANKS).strip():
            said_nothing: Nothing = getattr(mask, "nothing", "masked")
            return Parsed(
                "nothing", shown, nothing=said_nothing, low=_float(mask.low), high=_float(mask.high)
            )
    said = " ".join(shown.translate(_DASHES).casefold().split())
    if said in _MASK_SIGNS:
        return Parsed("nothing", shown, nothing="masked", low=0.0, high=float(mask_limit - 1))
    if (nothing := _NOTHINGS.get(unicodedata.normalize("NFC", said))) is not None:
        hidden = nothing == "masked"
        low, high = (0.0, float(mask_limit - 1)) if hidden else (None, None)
        return Parsed("nothing", shown, nothing=nothing, low=low, high=high)
    bare, unit = _without_percent(said)
    if (value := _number(bare)) is not None:
        return Parsed("number", shown, value, unit)
    return _interval(bare, shown, unit) or Parsed("text", shown)


def _float(bound: float | None) -> float | None:
    return None if bound is None else float(bound)


def _without_percent(said: str) -> tuple[str, Unit]:
    for sign in ("%", "procent", "percent", "per cent"):
        if said.endswith(sign):
            return said[: -len(sign)].rstrip(), "percent"
    return said, ""


def _number(said: str) -> float | None:
    if not _NUMBER.fullmatch(said):
        return None
    bare = said.replace(" ", "")
    if "," in bare and "." in bare:
        thousands = "." if bare.index(".") < bare.index(",") else ","
        bare = bare.replace(thousands, "")
    value = float(bare.replace(",", "."))
    return value if abs(value) < _TOO_LARGE else None


def _interval(said: str, shown: str, unit: Unit) -> Parsed | None:
    """ "<5" (a mask), "<15", "≥95", "~100", "60-70"; None when it is none of these."""

    def bound(match: re.Match[str]) -> float:
        return float(next(g for g in match.groups() if g is not None).replace(",", "."))

    if match := _BETWEEN.fullmatch(said.replace("%", "").strip()):
        low, high = (float(g.replace(",", ".")) for g in match.groups())
        return Parsed("interval", shown, unit=unit, low=low, high=high) if low <= high else None
    if match := _UNDER.fullmatch(said):
        limit = bound(match)
        top = limit - 1 if limit == int(limit) and not unit else limit
        if limit <= _LARGEST_MASK:
            return Parsed("nothing", shown, unit=unit, nothing="masked", low=0.0, high=top)
        return Parsed("interval", shown, unit=unit, low=0.0, high=top)
    if match := _AT_MOST.fullmatch(said):
        return Parsed("interval", shown, unit=unit, low=0.0, high=bound(match))
    if match := _OVER.fullmatch(said) or _AT_LEAST.fullmatch(said):
        return Parsed("interval", shown, unit=unit, low=bound(match))
    if _ABOUT.fullmatch(said):
        return Parsed("interval", shown, unit=unit)
    return None


def _unit(number_format: str) -> Unit:
    if has_percent(number_format):
        return "fraction"
    return "percent" if "%" in number_format else ""


def year_of(cell: Cell) -> int | None:
    """The year a heading cell means, or None: 2017, "2017", "2017.0", or a date someone made of it.

    A date is either a real one (its year) or the number 2017 shown as a day in 1905 (then 2017).
    """
    if isinstance(cell.value, bool) or cell.error:
        return None
    if isinstance(cell.value, date):
        serial = (date(cell.value.year, cell.value.month, cell.value.day) - date(1899, 12, 30)).days
        return _as_year(serial) or _as_year(cell.value.year)
    if isinstance(cell.value, int | float):
        return _as_year(cell.value)
    said = cell.text.translate(_BLANKS).strip()
    return _as_year(float(said)) if re.fullmatch(r"[0-9]{4}(\.0)?", said) else None


def _as_year(value: float) -> int | None:
    return int(value) if value == int(value) and 1990 <= value <= 2100 else None


def fold(label: str) -> str:
    """A label for comparing: NFC, small letters, one kind of blank and dash, nothing invisible.

    >>> fold("  Åk\u00a09 "), fold("A\u030aKER")
    ('åk 9', 'åker')
    """
    seen = unicodedata.normalize("NFC", label).translate(_GONE).translate(_BLANKS).translate(_DASHES)
    return unicodedata.normalize("NFC", " ".join(seen.casefold().split()))


def plain(label: str) -> str:
    """`fold` with å, ä, ö (and all accents) written without their marks.

    >>> plain("Strängnäs")
    'strangnas'
    """
    apart = unicodedata.normalize("NFD", fold(label).replace("ø", "o").replace("æ", "a"))
    return "".join(c for c in apart if not unicodedata.combining(c))


_FOOTNOTE = re.compile(
    r"(?:\s*(?:[¹²³⁰⁴-⁹]+|\[[0-9a-z]{1,2}\]|\*{1,3}|†|‡|\(?[0-9]{1,2}\))|(?<=[^\W\d_])[0-9]{1,2})$"
)


def without_footnote(label: str) -> str:
    """The label without a footnote sign at its end; itself when it has none.

    Try the whole label first: "Gy2" and "Åk9" also end so.

    >>> without_footnote("Föräldrarnas högsta utbildning2"), without_footnote("Trygg i skolan 1)")
    ('Föräldrarnas högsta utbildning', 'Trygg i skolan')
    """
    return _FOOTNOTE.sub("", label.translate(_GONE).rstrip()).rstrip()


_LOOKALIKES = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8", "Z": "2"}
)


def suggest_number(text: str) -> str | None:
    """What a mistyped number probably was ("1O,4" -> "10,4"), or None. Only ever said, never used."""
    guess = text.translate(_BLANKS).strip().translate(_LOOKALIKES)
    guess = re.sub(r"([.,])\1+", r"\1", guess.rstrip(".,;*)( ").lstrip("( "))
    if guess == text or not re.search("[0-9]", text):
        return None
    return guess if _number(_without_percent(guess)[0]) is not None else None


_PERSONAL = re.compile(
    r"(?<![0-9])(?:(?:19|20)?[0-9]{2}(?:0[0-9]|1[0-2])(?:[0-2][0-9]|3[01]|[6-9][0-9])[-+ \u2013]?[0-9]{4})(?![0-9])"
)


def mask_personal(text: str) -> str:
    """`text` with everything that looks like a personal number (personnummer) blotted out.

    >>> mask_personal("elev 20050412-1234")
    'elev ••••••••-••••'
    """
    return _PERSONAL.sub("••••••••-••••", text)
