"""Two figures in one cell: "12,3 (45)", "12 % (n=45)", "45 (12 %)"; and a base in a label: "Flickor (n=123)".

Which of the two is the per cent must show: by a sign, by decimals, by "n =", or by the headings. A per
cent with its interval ("12,3 (10,1-14,5)") gives the per cent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lhu_effect.survey.words import fold


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of a cell as text. other: "" when there is none. means: base, count or "" (not said).

    sure: the cell itself shows which figure is the per cent.
    """

    percent: str
    other: str
    means: str = ""
    sure: bool = True


def count_then_percent(headings: Iterable[str]) -> bool:
    """Whether headings say that the count stands first: "Antal (%)", "n (andel)"."""
    return any(_COUNT_FIRST.search(fold_brackets(text)) for text in headings)


def fold_brackets(text: str) -> str:
    """A heading in small letters, its brackets kept."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=100_000)
def pair_of(text: str, count_first: bool = False) -> Pair | None:
    """The two figures of a cell, None when it does not hold two. count_first: headings say so.

    >>> pair_of("12,3 (45)"), pair_of("45 (12 %)").percent, pair_of("12,3 (10,1–14,5)").other
    (Pair(percent='12,3', other='45', means='', sure=True), '12 %', '')
    """
    if "(" not in text and "[" not in text and ";" not in text and "n" not in text:
        return None
    if m := _WITH_INTERVAL.fullmatch(text):
        low, shown, high = (float(m[g].replace(",", ".")) for g in ("low", "one", "high"))
        return Pair(f"{m['one']}{m['sign'] or ''}", "") if low <= shown <= high else None
    m = _PAIR.fullmatch(text)
    if m is None:
        return None
    one, two = m["one"], m["two"]
    if count_first and not m["sign"] and not m["n"] and "," not in one and "." not in one:
        return Pair(two, one, "count")
    means = "base" if m["n"] or fold(m["unit"] or "") in ("svar", "svarande") else ""
    if m["two_sign"]:
        return None if m["sign"] or m["n"] else Pair(f"{two} %", one, means)
    if "," in two or "." in two:
        return Pair(two, one, sure=False) if "," not in one and "." not in one and not m["sign"] else None
    sure = bool(m["sign"] or m["n"]) or "," in one or "." in one
    return Pair(f"{one} %" if m["sign"] else one, two, means, sure)


def meaning_of_brackets(texts: Iterable[str]) -> str:
    """What headings and titles say that a figure in brackets is: base, count or ""."""
    for text in texts:
        if _BASE.search(fold(text)) or _BASE_SIGN.search(text):
            return "base"
    return ""


def with_base(text: str) -> tuple[str, str]:
    """A label without the base it tells, and that base in digits; ("Flickor", "123") of "Flickor (n=123)".

    >>> with_base("Flickor (n = 1 023)"), with_base("Åk 9")
    (('Flickor', '1023'), ('Åk 9', ''))
    """
    m = _TOLD.search(text) if "n" in text or "N" in text or "svar" in text else None
    if m is None or not text[: m.start()].strip():
        return text, ""
    return text[: m.start()].rstrip(" ,;"), re.sub(r"\D", "", m["n"] or m["svar"])


_NUMBER = r"\d{1,3}(?:[ \u00a0]\d{3})+|\d+(?:[.,]\d+)?"
_PAIR = re.compile(
    rf"\s*(?P<one>{_NUMBER})\s*(?P<sign>%|procent)?\s*[;,]?\s*[(\[]?(?<=[\s(\[;])\s*(?P<n>[nN]\s*[=:]\s*)?(?P<two>{_NUMBER})\s*(?P<two_sign>%)?"
    r"\s*(?P<unit>st|svar|svarande|elever)?\s*[)\]]?\s*"
)
_COUNT_FIRST = re.compile(r"\b(?:antal|n|k)\s*[(,/]\s*(?:%|procent|andel)")
_END = r"\d+(?:[.,]\d+)?"
_WITH_INTERVAL = re.compile(
    rf"\s*(?P<one>{_END})\s*(?P<sign>%)?\s*[(\[]\s*(?P<low>{_END})\s*%?\s*[-–—;]\s*(?P<high>{_END})\s*%?\s*[)\]]\s*"
)
_TOLD = re.compile(
    r"\s*[,(\[]\s*(?:[nN]\s*[=:]\s*(?P<n>\d[\d \u00a0]*)|(?P<svar>\d[\d \u00a0]*)\s*(?:svar|svarande))\s*[)\]]?\s*$"
)
_BASE = re.compile(r"antal svar|svarande|\bn (?:inom|i) parentes|\bbas\b")
_BASE_SIGN = re.compile(r"\(\s*[nN]\s*\)|[%/]\s*\(?n\b")
