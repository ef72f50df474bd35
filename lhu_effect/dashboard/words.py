"""Texts in both languages at once: a key and its holes into a `Text`, lists, dates, promise names.

The only place of the dashboard that asks `i18n` for a sentence. Holes may be `Text`s themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from lhu_effect.i18n import LANGS, Lang, Text, has_text, join_words, text

_MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_BIDI = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def say(key: str, /, **holes: object) -> Text:
    """The sentence `dashboard.<key>` in both languages.

    >>> say("verdict.better").en
    'Clearly better'
    """
    return Text(
        *(text(f"dashboard.{key}", lang, **{k: _in(v, lang) for k, v in holes.items()}) for lang in LANGS)
    )


def say_or(key: str, fallback: str, /, **holes: object) -> Text:
    """`say(key)`, or the fallback key where nobody has written that text (a new reason or flag)."""
    return say(key if has_text(f"dashboard.{key}") else fallback, **holes)


def knows(key: str) -> bool:
    """Whether `dashboard.<key>` is written."""
    return has_text(f"dashboard.{key}")


def plain(words: str) -> Text:
    """A name that is the same in both languages."""
    return Text(words, words)


def listed(words: Sequence[Text]) -> Text:
    """`a, b och c` / `a, b and c`."""
    return Text(*(join_words([w.to(lang) for w in words], lang) for lang in LANGS))


def joined(words: Sequence[Text], between: str = " ") -> Text:
    """The texts one after the other."""
    return Text(*(between.join(w.to(lang) for w in words) for lang in LANGS))


def dated(day: date) -> Text:
    """`16 mars 2020` / `16 March 2020`; day and month stay on one line (a no-break space)."""
    return Text(*(f"{day.day}\u00a0{month_of(day).to(lang)}" for lang in LANGS))


def month_of(day: date) -> Text:
    """`mars 2020` / `March 2020`."""
    return Text(*(f"{_MONTHS[lang].split()[day.month - 1]} {day.year}" for lang in LANGS))


def period_text(start: date, end: date | None) -> Text:
    """`16 mars–31 december 2020`, `1 december 2020–6 mars 2021`, or `från 1 januari 2022`.

    >>> period_text(date(2020, 1, 20), date(2020, 3, 6)).sv
    '20\xa0januari–6\xa0mars 2020'
    """
    if end is None:
        return say("promise.open_period", start=dated(start))
    first, last = dated(start), dated(end)
    if start.year == end.year:
        first = Text(*(first.to(lang).rsplit(" ", 1)[0] for lang in LANGS))
    return say("promise.period", start=first, end=last)


def capital(words: Text) -> Text:
    """The first letter large."""
    return Text(*(w[:1].upper() + w[1:] for w in (words.to(lang) for lang in LANGS)))


def small(words: Text) -> Text:
    """The first letter small, for use inside a sentence; an abbreviation keeps its capitals."""
    return Text(*(_small(words.to(lang)) for lang in LANGS))


def clean(words: str) -> str:
    """`words` without control and bidi characters, blanks collapsed."""
    kept = "".join(" " if c.isspace() else c for c in _BIDI.sub("", words))
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).split())


def cleaned(words: Text | None) -> Text | None:
    """`clean` in both languages; None stays None, and a missing translation stays missing."""
    return None if words is None else Text(clean(words.sv), None if words.en is None else clean(words.en))


def promise_name(promise: str) -> str:
    """The id as read: a hyphen between years is an en dash."""
    return re.sub(r"(?<=\d)-(?=\d)", "\u2013", promise)


def _small(words: str) -> str:
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _in(value: object, lang: Lang) -> object:
    return value.to(lang) if isinstance(value, Text) else value
