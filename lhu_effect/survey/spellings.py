"""How places are written: a municipality or county found in a label with what is put around its name.

Codes before or after it, "kommun", "kn", "k:n", "stad", "totalt", genitives, lost accents. A code beside a
name must be that name's own code: two that disagree are nobody's, and so is a name two places share
(Habo and Håbo without their accents) unless the code says which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lhu_effect.definitions.labels import bare, fold, look_up, spelling_index
from lhu_effect.definitions.model import Place
from lhu_effect.survey.words import fold as bare_of
from lhu_effect.survey.words import unscrambled, words

_FUSED = re.compile(r"^(\d{4})(?=[^\W\d_])|(?<=[^\W\d_])(\d{4})$")
_WHOLE = (("totalt",), ("total",), ("tot",), ("som", "helhet"))
_TOWN = (("kommunen",), ("kommun",), ("kommunkod",), ("kommuns",), ("kn",), ("k", "n"), ("kom",))
_LONGEST = 60
_DIGITS = re.compile(r"\d+")
_CODE = re.compile(r"(?:[a-z]+ ){0,2}\d{2,4}(?: [a-z]+){0,2}")
_COMMON = frozenset(
    ("kommun", "kommunen", "kommuns", "kommundel", "lan", "region", "regionen", "stad", "hela", "tatort", "omnejd",
     "med", "och", "i", "av", "st")
)  # fmt: skip
_LOST = re.compile(r"\ufffd{1,2}|(?<=[^\W\d_])\?{1,2}|\?{1,2}(?=[^\W\d_])")


@dataclass(frozen=True, eq=False)
class PlaceNames:
    """The names of one kind of places. exact: every full spelling -> code. meanings: bare name -> codes."""

    exact: Mapping[str, str]
    meanings: Mapping[str, frozenset[str]]
    towns: bool

    def find(self, text: str) -> str:
        """The code of the one place `text` means, else "".

        >>> from lhu_effect.definitions import load_registry
        >>> towns = place_names(load_registry().places.values(), "municipality")
        >>> towns.find("Flens k:n"), towns.find("Strangnas (0486)"), towns.find("0480 Strängnäs")
        ('0482', '0486', '')
        """
        if known := look_up(text, self.exact):
            return known
        said, written = self._without_code(_FUSED.sub(r" \g<0> ", fold(text)).split())
        core = _without(said, self.towns)
        name = " ".join(core)
        meant = self.meanings.get(bare(name), frozenset())
        if self.towns and len(core) < len(said):
            meant |= self.meanings.get(f"{bare(name)} kommun", frozenset())
        if written:
            code = written.zfill(4 if self.towns else 2)
            alone = self.towns and not core and len(written) == 4 and code in self.exact
            return code if code in meant or alone else ""
        return self.exact.get(name) or (next(iter(meant)) if len(meant) == 1 else "")

    def _without_code(self, said: list[str]) -> tuple[list[str], str]:
        """The words without a code at either end, and the code as it is written."""
        for at in (0, -1):
            if len(said) > 1 and re.fullmatch(r"\d{3,4}" if self.towns else r"\d{2}", said[at]):
                rest = said[1:] if at == 0 else said[:-1]
                return rest, said[at]
        return said, ""

    def inside(self, text: str) -> set[str]:
        """Codes of the places whose name stands somewhere in `text`."""
        seen = f" {fold(unscrambled(text))} "
        names = ((n, c) for n, c in self.exact.items() if len(n) > 2 and not n.isdigit())
        return {code for name, code in names if f" {name} " in seen}


def place_names(places: Iterable[Place], kind: str) -> PlaceNames:
    """The names of all places of `kind` ("municipality"), or of all wider ones ("wide")."""
    chosen = [p for p in places if (p.kind == "municipality") == (kind == "municipality")]
    pairs = [(name, p.code) for p in chosen for name in spellings(p)]
    meanings: dict[str, set[str]] = {}
    for name, code in pairs:
        meanings.setdefault(bare(name), set()).add(code)
    shared = {n: frozenset(c) for n, c in meanings.items()}
    return PlaceNames(spelling_index(pairs), shared, kind == "municipality")


@dataclass(frozen=True, eq=False)
class PlaceWords:
    """own: words that only names of places have. whole: names without such a word ("Hela kommunen")."""

    own: frozenset[str]
    whole: frozenset[str]

    def may_be_in(self, text: str) -> bool:
        """Whether `text` may name a place; prose is told apart before anything is looked up."""
        folded = bare_of(text)
        said = {*folded.split(), *_DIGITS.sub("", folded).split()}  # "Strängnäs1", "0486Strängnäs"
        lost = len(text) <= _LONGEST and ("?" in text or "\ufffd" in text)
        return lost or folded in self.whole or not self.own.isdisjoint(said) or bool(_CODE.fullmatch(folded))


def place_words(names: Iterable[str], totals: Iterable[str]) -> PlaceWords:
    """The words of all `names`; totals: what the whole of a municipality or country is called."""
    folded = {bare_of(n) for n in names}
    own = frozenset(word for n in folded for word in n.split()) - _COMMON
    return PlaceWords(own, frozenset(n for n in {*folded, *totals} if own.isdisjoint(n.split())))


def spellings(p: Place) -> list[str]:
    """Every way a place's name is written out whole."""
    base = p.name.removesuffix(" kommun").removesuffix(" län")
    names = [p.name, *p.aliases, p.code]
    if p.kind == "municipality":
        genitive = base if base.endswith(("s", "x", "z")) else base + "s"
        names += [base, p.code.lstrip("0"), f"{base} kommun", f"{genitive} kommun", f"{genitive} stad"]
        names += [f"{p.code} {base}", f"{base} {p.code}", f"Kommunen {base}"]
        names += words().municipalities.get(p.code, [])
    if p.kind == "county":
        bare_name = base.removesuffix("s")
        names += [f"{base} län", f"{p.code} {base} län", f"Region {bare_name}", bare_name]
    return names


def _without(said: list[str], towns: bool) -> list[str]:
    """The words without what is put around a name, as long as there is something to take away."""
    left = list(said)
    before = (("hela",), ("totalt",), ("summa",), *_TOWN) if towns else ()
    after = (*_WHOLE, ("stad",), *_TOWN) if towns else _WHOLE
    shorter = True
    while shorter:
        shorter = False
        for put in before:
            if tuple(left[: len(put)]) == put:
                left, shorter = left[len(put) :], True
        for put in after:
            if left and tuple(left[-len(put) :]) == put:
                left, shorter = left[: -len(put)], True
    return left


def with_letters(text: str, known: Iterable[str], letter: str = "[^\x00-\x7f]") -> str:
    """`Str?ngn?s` as the one known spelling that fits when each lost letter is an å, ä, ö or the like.

    letter: what a lost letter may be in `known`. `text` itself when nothing was lost, nothing fits, or
    several different spellings do.

    >>> with_letters("H?bo", ["Habo", "Håbo"])
    'Håbo'
    """
    lost = _LOST.sub("zqz", fold_keeping(text))
    if "zqz" not in lost or len(text) > _LONGEST:
        return text
    pattern = re.compile(re.escape(fold(lost)).replace("zqz", letter))
    fits = {fold(k): k for k in sorted(known) if pattern.fullmatch(fold(k))}
    return next(iter(fits.values())) if len(fits) == 1 else text


def fold_keeping(text: str) -> str:
    """`text` in small letters, its question marks and replacement signs kept."""
    return unicodedata.normalize("NFC", text).casefold()


def as_written(phrase: str, text: str) -> str:
    """A folded `phrase` as `text` writes it, so that letters folding forgets (Håbo, Habo) still tell."""
    said, size = text.split(), len(phrase.split())
    spans = (" ".join(said[at : at + n]) for n in range(1, size + 1) for at in range(len(said) - n + 1))
    return next((span for span in spans if bare_of(span) == phrase), phrase)
