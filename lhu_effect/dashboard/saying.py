"""Texts into HTML in the page's language, with the other language gathered for the toggle.

A text that differs between the languages carries a number; the page's script swaps all of them without a
reload. `**` marks what is strong. Nothing here chooses words.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from lhu_effect.i18n import LANGS, Lang, Text

_RANGE = re.compile(r"(?<=[\d\u2212+])\u2013(?=[\d\u2212+])")


def tied(words: str) -> str:
    """A word joiner after the dash of "58–93", so that a line never breaks inside a range."""
    return _RANGE.sub("\u2013\u2060", words)


class Saying:
    """Writes `Text`s for one page. `others` holds the other language's text by number (None: only Swedish)."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self.other: Lang = next(x for x in LANGS if x != lang)
        self.others: list[str | None] = []
        self._numbers: dict[tuple[str, str | None], int] = {}

    def __call__(self, words: Text | None) -> Markup:
        """`<span data-t="3">...</span>`, or the bare words where both languages say the same."""
        if words is None:
            return Markup("")
        here = words.to(self.lang)
        if here == self._there(words):
            return escape(tied(here))
        return Markup("<span {}>{}</span>").format(self.mark(words), self.rich(here))

    def mark(self, words: Text) -> Markup:
        """The attributes that let an element's text be swapped; `lang` where it is Swedish on an English page."""
        foreign = ' lang="sv"' if self.lang == "en" and words.en is None else ""
        strong = " data-rich" if "**" in words.sv else ""
        return Markup(f'data-t="{self._number(words)}"{strong}{foreign}')

    def attr(self, name: str, words: Text) -> Markup:
        """`aria-label="..." data-ta="aria-label:4"`."""
        if words.to(self.lang) == self._there(words):
            return Markup('{}="{}"').format(name, words.to(self.lang))
        return Markup('{}="{}" data-ta="{}:{}"').format(
            name, words.to(self.lang).replace("**", ""), name, self._number(words)
        )

    @staticmethod
    def rich(words: str) -> Markup:
        """`**strong**` as an element, everything else escaped."""
        parts = tied(words).split("**")
        if len(parts) % 2 == 0:
            return escape(tied(words))
        return Markup("").join(
            Markup("<strong>{}</strong>").format(p) if n % 2 else escape(p) for n, p in enumerate(parts)
        )

    def _there(self, words: Text) -> str | None:
        return words.sv if self.other == "sv" else words.en

    def _number(self, words: Text) -> int:
        key = (words.sv, words.en)
        if key not in self._numbers:
            self._numbers[key] = len(self.others)
            there = self._there(words)
            self.others.append(None if there is None else tied(there))
        return self._numbers[key]
