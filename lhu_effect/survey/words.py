"""Words of tables: the vocabulary file and the folding under which two spellings are the same label.

Folding forgets what people and programs vary without meaning anything by it: case, accents (also
decomposed or lost), blanks, dashes, underscores, punctuation. It keeps digits and the per cent sign.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_APART = re.compile(r"[^0-9a-z%\ufffd<>*]+")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SPECIAL = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ł": "l", "ß": "ss"} | dict.fromkeys(_UNSEEN))


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """`text` as labels are compared.

    >>> fold("  ÅK 9 "), fold("narkotika_någon-gång?"), fold("Strängnäs")
    ('ak 9', 'narkotika nagon gang', 'strangnas')
    """
    flat = unicodedata.normalize("NFKD", unscrambled(text)).casefold().translate(_SPECIAL)
    bare = "".join(c for c in flat if not unicodedata.combining(c))
    return _APART.sub(" ", bare).strip()


def unscrambled(text: str) -> str:
    """UTF-8 that was read as cp1252 somewhere before us (`StrÃ¤ngnÃ¤s`), read rightly."""
    if not any(sign in text for sign in "ÃÂâ"):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


@dataclass(frozen=True, eq=False)
class Words:
    """The vocabulary, folded: word -> what it means."""

    headings: dict[str, str]
    measures: dict[str, str]
    sexes: dict[str, str]
    totals: frozenset[str]
    district_totals: frozenset[str]
    grade_totals: frozenset[str]
    nation: frozenset[str]
    fillers: frozenset[str]
    contents: frozenset[str]
    bases: frozenset[str]
    notes: frozenset[str]
    yes: frozenset[str]
    subtotal: frozenset[str]
    aside: frozenset[str]
    topics: dict[str, str]
    others: frozenset[str]
    pupils: frozenset[str]
    names: frozenset[str]
    municipalities: dict[str, list[str]]


@cache
def words() -> Words:
    """The packaged vocabulary."""
    raw = tomllib.loads((resources.files("lhu_effect.survey") / "vocabulary.toml").read_text("utf-8"))

    def meaning(table: dict[str, list[str]]) -> dict[str, str]:
        return {fold(word): name for name, spellings in table.items() for word in spellings}

    def every(name: str, key: str) -> frozenset[str]:
        return frozenset(fold(word) for word in raw[name][key])

    return Words(
        headings=meaning(raw["headings"]),
        measures=meaning(raw["measures"]),
        sexes=meaning(raw["sexes"]),
        totals=every("totals", "all"),
        district_totals=every("districts", "all"),
        grade_totals=every("grades", "all"),
        nation=every("nation", "names"),
        fillers=every("fillers", "words"),
        contents=every("contents", "names"),
        bases=every("bases", "names"),
        notes=every("notes", "names"),
        yes=every("questionnaire", "yes"),
        subtotal=every("subtotal", "words"),
        aside=every("aside", "headings"),
        topics=meaning(raw["topics"]),
        others=every("others", "words"),
        pupils=every("pupils", "headings"),
        names=every("names", "headings"),
        municipalities=raw["municipalities"],
    )
