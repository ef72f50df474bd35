"""Spellings: what makes two labels the same, and which known label an unknown one is closest to."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_NOT_A_WORD = re.compile(r"[\W_]+")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ODD = str.maketrans({"&": " och "} | dict.fromkeys(_UNSEEN, ""))


@lru_cache(maxsize=100_000)
def fold(label: str) -> str:
    """A spelling without case, punctuation, underscores or doubled blanks; å, ä and ö kept apart from a and o.

    >>> fold("  Åkers  STYCKEBRUK ")
    'åkers styckebruk'
    """
    composed = unicodedata.normalize("NFKC", label.translate(_ODD)).casefold()
    return _NOT_A_WORD.sub(" ", composed).strip()


@lru_cache(maxsize=100_000)
def bare(label: str) -> str:
    """As `fold`, and without accents: what is left of a label whose å, ä and ö were lost.

    >>> bare("Åkers styckebruk") == bare("akers_styckebruk")
    True
    """
    apart = unicodedata.normalize("NFKD", fold(label))
    return "".join(c for c in apart if not unicodedata.combining(c))


def spelling_index(spellings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(spelling, id) pairs as a look-up table: folded spellings, and bare ones that mean one thing only.

    Habo and Håbo are two municipalities: without accents neither is known.
    """
    pairs = list(spellings)
    exact = {fold(s): id_ for s, id_ in pairs}
    meanings: dict[str, set[str]] = {}
    for s, id_ in pairs:
        meanings.setdefault(bare(s), set()).add(id_)
    return {**{s: next(iter(ids)) for s, ids in meanings.items() if len(ids) == 1}, **exact}


def look_up(label: str, index: Mapping[str, str]) -> str | None:
    """The id that `label` means in a `spelling_index`, or None."""
    return index.get(fold(label)) or index.get(bare(label))


def closest(label: str, known: Iterable[str]) -> str | None:
    """The known spelling most like `label`, or None when none is near.

    >>> closest("Mariefrid", ["Strängnäs", "Mariefred"])
    'Mariefred'
    """
    by_form = {bare(k): k for k in known}
    near = difflib.get_close_matches(bare(label), list(by_form), n=1, cutoff=0.6)
    return by_form[near[0]] if near else None
