"""Texts and numbers for people, in Swedish and English.

Turns a dotted key into the sentence of that name (``texts/<lang>/<room>.toml``: the first part of
the key is the room) and a number into the way it is written in that language. Holds no texts itself.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Lang = Literal["sv", "en"]
LANGS: tuple[Lang, ...] = ("sv", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Swedish and, where somebody has written it, in English.

    ``en`` is None when only Swedish exists: the reader then sees the Swedish text, marked as Swedish.

    >>> Text("Löftet", "The promise").to("en")
    'The promise'
    """

    sv: str
    en: str | None = None

    def to(self, lang: Lang) -> str:
        """The text in `lang`, else in Swedish."""
        return self.en if lang == "en" and self.en is not None else self.sv


@cache
def room_texts(room: str, lang: Lang) -> dict[str, Any]:
    """All texts of one room (one TOML file) as nested dicts."""
    path = resources.files("lhu_effect") / "texts" / lang / f"{room}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def has_text(key: str, lang: Lang = "sv") -> bool:
    """Whether `key` names a text."""
    try:
        return isinstance(_look_up(key, lang), str)
    except (KeyError, FileNotFoundError):
        return False


def text(key: str, lang: Lang, /, **holes: object) -> str:
    """The sentence named `key`, its holes filled.

    >>> text("survey.status.masked", "sv")
    'visas inte (för få svar)'

    Raises KeyError when no such text exists or a hole is left unfilled: that is a fault in the program.
    """
    found = _look_up(key, lang)
    if not isinstance(found, str):
        raise KeyError(f"{key} is a group of texts, not a text ({lang})")
    return found.format(**holes) if holes or "{" in found else found


def _look_up(key: str, lang: Lang) -> object:
    room, *path = key.split(".")
    found: Any = room_texts(room, lang)
    for part in path:
        found = found[part]
    return found


def number(value: float, lang: Lang, decimals: int = 0) -> str:
    """`value` as written in `lang`: decimal comma, no-break space, U+2212 for minus in Swedish.

    >>> number(-1234.5, "sv", 1)
    '\u22121\xa0234,5'
    """
    shown = f"{abs(value):,.{decimals}f}"
    minus = "\u2212" if value < 0 and any(c in "123456789" for c in shown) else ""
    if lang == "sv":
        shown = shown.replace(",", "\u00a0").replace(".", ",")
    return minus + shown


def plain(found: str) -> str:
    """`found` without control, bidi and other invisible format characters, which could rewrite what is shown.

    >>> plain("Åk 9\x1b[2J\u202e!")
    'Åk 9[2J!'
    """
    return "".join(c for c in found if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


def join_words(words: list[str] | tuple[str, ...], lang: Lang) -> str:
    """`a, b och c` / `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    last = "och" if lang == "sv" else "and"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
