"""What an extract's own legend says of its marks: "* = 1–9 svarande", "”-” betyder att ...".

A legend goes before every default: the same `*` hides 1 to 9 answers in one file and 0 to 4 in another.
Only sentences that name a mark and say what it means are used; everything else is left as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lhu_effect.survey.cells import Nothing, fold


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark and what it stands for. low, high: bounds of a hidden count, high None when open."""

    text: str
    nothing: Nothing = "masked"
    low: float | None = None
    high: float | None = None


_SIGN = r"[\"”“'»«]?(\*{1,4}|•{1,3}|\.{1,2}|…|-|–|—|[xX]|:)[\"”“'»«]?"
_AND = r"\s*(?:,|/|och|eller|resp\.?|and|or)\s*"
_SAYS = r"\s*(?:=|betyder(?: att)?|anger(?: att)?|står för(?: att)?|avser|means|stands for|:)\s*"
_ENTRY = re.compile(
    rf"(?:^|(?<=[\s,;(])){_SIGN}(?:{_AND}{_SIGN})?{_SAYS}(.+?)(?=$|[,;.]\s+[\"”“'»«]?(?:\*|•|\.|…|-|–|—|x\s)|\n)"
)
_COUNT = re.compile(
    r"(?:färre än|mindre än|under|fewer than|less than|<)\s*"
    r"(?P<under>[0-9]{1,4}|två|tre|fyra|fem|sex|sju|åtta|nio|tio|five|ten)"
    r"|(?P<low>[0-9]{1,6})\s*(?:-|till|to)\s*(?P<high>[0-9]{1,6})"
    r"|(?P<least>[0-9]{1,6}) eller (?:fler|flera|mer)|(?:minst|at least)\s*(?P<min>[0-9]{1,6})"
)
_WORDS = {
    "två": 2,
    "tre": 3,
    "fyra": 4,
    "fem": 5,
    "sex": 6,
    "sju": 7,
    "åtta": 8,
    "nio": 9,
    "tio": 10,
    "five": 5,
    "ten": 10,
}
_MEANINGS: tuple[tuple[str, Nothing], ...] = (
    (
        r"sekretess|maskera|prick|för få|inte uppfyller|ej uppfyller|visas inte|redovisas (?:inte|ej)|anonym|skydd"
        r"|suppress|too few|hidden",
        "masked",
    ),
    (r"deltog (?:ej|inte)|inte deltagit|ej deltagit|did not take part", "school_absent"),
    (r"ställdes (?:ej|inte)|ej ställd|inte ställts|not asked", "not_asked"),
    (r"inga svar|ej svar|uppgift(?:er)? saknas|saknas|ej tillgänglig|no answers|not available", "no_answers"),
    (
        r"ej aktuell|inte aktuell|ej tillämplig|inte tillämplig|kan (?:ej|inte) förekomma|finns inget|not applicable",
        "not_applicable",
    ),
)


def read_legend(text: str) -> tuple[Mark, ...]:
    """The marks that `text` (one cell or footnote) explains; () when it explains none.

    >>> [(m.text, m.low, m.high) for m in read_legend("* = 1–9 svarande, ** = 20 eller fler")]
    [('*', 1.0, 9.0), ('**', 20.0, None)]
    """
    found = []
    for match in _ENTRY.finditer(text.strip()):
        for sign in filter(None, (match[1], match[2])):
            mark = _mark(sign, fold(match[3]))
            if mark is not None:
                found.append(mark)
    return tuple(found)


def _mark(sign: str, said: str) -> Mark | None:
    if count := _COUNT.search(said):
        return Mark(sign, "masked", *_bounds(count))
    for pattern, nothing in _MEANINGS:
        if re.search(pattern, said):
            low: float | None = 0.0 if nothing == "masked" else None
            return Mark(sign, nothing, low, None)
    return None


def _bounds(count: re.Match[str]) -> tuple[float, float | None]:
    if under := count["under"]:
        return 0.0, float(_WORDS.get(under) or int(under)) - 1
    if count["low"]:
        return float(count["low"]), float(count["high"])
    return float(count["least"] or count["min"]), None
