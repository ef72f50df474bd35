"""One heading (or title, sheet name, file name) into what it says: members of axes, a measure, and a rest.

"Flickor 2020", "Andel (%) åk 9", "Har du använt narkotika? Ja, antal" each say several things at once.
What is left over when years, grades, sexes, places, measures and filling words are taken away must be
nothing, else the text is not understood and its rest is handed back whole: "har INTE använt" is no alias.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lhu_effect.survey.labels import GYMNASIUM, Labels
from lhu_effect.survey.spellings import as_written
from lhu_effect.survey.words import fold, words

Id = str | int


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says. members: axis -> id. total: it says "the whole" without saying of which axis.

    measure: percent, count, base, mean ... or "". per_cent: a per cent sign or the word stands in it.
    rest: what is not understood, "" when everything is. several: axes of which it names more than one.
    """

    members: dict[str, Id] = field(default_factory=dict)
    total: bool = False
    measure: str = ""
    per_cent: bool = False
    rest: str = ""
    several: frozenset[str] = frozenset()


_PROSE = 300  # signs: longer texts are no headings or labels


class Reader:
    """Reads headings for one study; remembers what it has read."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._seen: dict[str, Said] = {}

    def __call__(self, text: str) -> Said:
        """What a heading says."""
        if text not in self._seen:
            self._seen[text] = self._read(text)
        return self._seen[text]

    def _read(self, text: str) -> Said:
        """The text as it stands, else without the marks of footnotes and "därav" ("Använt narkotika1, åk 9")."""
        if text.strip() in ("±", "+/-", "+-"):
            return Said(measure="interval")
        said = self._read_as_is(_INTERVAL.sub(" ", text) if _INTERVAL.sub("", text).strip(" ()") else text)
        bare = UNDER.sub("", _NOTE.sub("", text)) if said.rest else text
        again = self._read_as_is(bare) if bare != text else said
        return said if again.rest else again

    def _read_as_is(self, text: str) -> Said:
        per_cent = "%" in text or "procent" in fold(text).split()
        whole = self._whole(text)
        if whole is not None:
            return Said(whole.members, whole.total, whole.measure, per_cent)
        if len(text) > _PROSE:
            return Said(per_cent=per_cent, rest=" ".join(text.split()))
        found, left = self._indicator_inside(text)
        members, several, measure, total, rest = self._take(left, found)
        if rest and found:  # the alias was only a part of something else
            members, several, measure, total, rest = self._take(text, {})
        unknown = " ".join(text.split()) if rest else ""
        return Said(members, total, measure, per_cent, unknown, several)

    def _whole(self, text: str) -> Said | None:
        """A text that is one member, total or measure and nothing else."""
        labels = self.labels
        if indicator := labels.indicator(text):
            return Said({"indicator": indicator}, measure=_measure_inside(text))
        if (year := labels.year(text)) is not None:
            return Said({"year": year})
        if measure := labels.measure(text):
            return Said(measure=measure)
        if fold(text) in words().totals:
            return Said(total=True)
        if sex := labels.sex(text):
            return Said({"sex": sex}) if sex != "all" or "kon" in fold(text) else Said(total=True)
        if grade := labels.grade(text):
            return Said({"grade": grade})
        if spot := labels.place(text, "place"):
            return Said({"place": text.strip()}) if spot.code or spot.district else None
        return None

    def _indicator_inside(self, text: str) -> tuple[dict[str, Id], str]:
        """The longest indicator spelling standing inside the text, and the text without it."""
        folded = f" {fold(text)} "
        best = ""
        for spelling in self.labels.indicator_spellings:
            if len(spelling) > len(best) and f" {spelling} " in folded and " " in spelling:
                best = spelling
        if not best:
            return {}, text
        found = self.labels.indicator(best)
        return ({"indicator": found}, folded.replace(f" {best} ", " ", 1)) if found else ({}, text)

    def _take(self, text: str, found: dict[str, Id]) -> tuple[dict[str, Id], frozenset[str], str, bool, str]:
        """Members, measure and total taken out of `text`; the rest."""
        members: dict[str, list[Id]] = {axis: [id_] for axis, id_ in found.items()}
        left, years = _years(text, self.labels)
        left, grades = _grades(left)
        members["year"] = list(years)
        members["grade"] = list(grades)
        measure, total = "", False
        rest: list[str] = []
        tokens = left.split()
        at = 0
        while at < len(tokens):
            taken = self._phrase(tokens, at)
            if taken is None:
                rest.append(tokens[at])
                at += 1
                continue
            size, axis, id_ = taken
            at += size
            if axis == "measure":
                measure = _stronger(measure, str(id_))
            elif axis == "total":
                total = True
            elif axis:
                members.setdefault(axis, []).append(as_written(str(id_), text) if axis == "place" else id_)
        one = {a: ids[0] for a, ids in members.items() if len(set(ids)) == 1}
        many = frozenset(a for a, ids in members.items() if len(set(ids)) > 1)
        return one, many, measure, total, " ".join(rest)

    def _phrase(self, tokens: list[str], at: int) -> tuple[int, str, Id] | None:
        """The longest known phrase that begins at a token: (tokens, axis or "", id)."""
        for size in range(min(6, len(tokens) - at), 0, -1):
            phrase = " ".join(tokens[at : at + size])
            measure = words().measures.get(phrase)
            if measure == "invited" and tokens[at + size : at + size + 1] == ["som"]:
                measure = (
                    "count" if tokens[at] == "antal" else ""
                )  # "Antal elever som ...", "Elever i åk 9 som ..."
            if (
                measure
                and (len(phrase) > 1 or len(tokens) <= 3)
                and not (phrase == "elever" and len(tokens) > 1)
            ):
                return size, "measure", measure
            if phrase in words().totals or phrase in words().district_totals:
                return size, "total", ""
            sex = words().sexes.get(phrase)
            if sex and len(phrase) > 2:
                return (size, "sex", sex) if sex != "all" else (size, "total", "")
            if (
                len(phrase) > 2
                and "%" not in phrase
                and not phrase.isdigit()
                and self.labels.place(phrase, "place")
            ):
                return size, "place", phrase
            if phrase in words().fillers:
                return size, "", ""
        numbered = at == 0 or tokens[at - 1] in _NUMBERED
        return (1, "", "") if numbered and re.fullmatch(r"\d{1,3}[a-z]?", tokens[at]) else None


_NOTE = re.compile(r"(?<=[^\W\d_]{3})[1-9](?=[,.;:)]|\s|$)|[¹²³⁴-⁹]|(?<=[\w)%])\*+(?=\s|$)")
UNDER = re.compile(r"^(?:där\s?av|var\s?av|of which|av vilka|av dessa)\s*:?\s+", re.IGNORECASE)
_INTERVAL = re.compile(
    r"\(?(?:(?:med|och) )?95\s*%?\s*-?\s*(?:igt |iga )?(?:konfidensintervall|ki|ci)\b\)?", re.IGNORECASE
)
_NUMBERED = frozenset(("tabell", "fraga", "diagram", "figur", "bilaga", "blad", "nr"))
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_TERM = re.compile(r"\b[vh]t[ -]?(\d\d)\b", re.IGNORECASE)  # "VT20"
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_SCHOOL_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)/(\d\d(?:\d\d)?)(?!\d)")
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(?:[-–—+&]|till|och)\s*((?:19|20)\d\d)(?!\d)")
_GRADE = re.compile(
    r"(?<![a-z0-9])(?:ak|arskurs|arsk|klass|grade)(?:erna|er)? ?([5789](?:(?: och| samt| till)? [5789](?![0-9]))*)(?![0-9])"
)
_GY = re.compile(
    rf"(?<![a-z0-9])(?:(?:{GYMNASIUM}) ?(?:ak|ar|arskurs)? ?([123])"
    rf"|(?:ar|ak|arskurs) ?([123]) (?:pa |i )?(?:{GYMNASIUM}))(?![0-9])"
)
_STRENGTH = (
    "",
    "value",
    "percent",
    "count",
    "invited",
    "base",
    "mean",
    "response_rate",
    "interval",
    "difference",
)


def _stronger(one: str, other: str) -> str:
    return max(one, other, key=_STRENGTH.index)


def _years(text: str, labels: Labels) -> tuple[str, list[int]]:
    """Years taken out of a text (dates of a delivery are no years); a span counts as both its ends."""
    left = _DATE.sub(" ", text)
    found: list[int] = []
    for m in _SCHOOL_YEAR.finditer(left):
        year = labels.year(m[0])
        found += [year] if year else [int(m[1]), int(m[1]) + 1]
    left = _SCHOOL_YEAR.sub(" ", left)
    found += [int(m) for m in _YEAR.findall(left)]
    found += [2000 + int(m) for m in _TERM.findall(left)]
    return _TERM.sub(" ", _YEAR.sub(" ", _SPAN.sub(" ", left))), found


def years_in(text: str) -> list[int]:
    """Years that a text names; dates are none.

    >>> years_in("Liv & hälsa ung 2020, sammanställd 2021-09-03")
    [2020]
    """
    return [int(m) for m in _YEAR.findall(_DATE.sub(" ", text))]


def _grades(text: str) -> tuple[str, list[str]]:
    """Grades taken out of a text; what is left is folded."""
    folded = fold(text)
    found = ["gy" + (m[1] or m[2]) for m in _GY.finditer(folded)]
    folded = _GY.sub(" ", folded)
    found += ["ak" + digit for m in _GRADE.findall(folded) for digit in re.findall("[5789]", m)]
    return _GRADE.sub(" ", folded), found


def _measure_inside(text: str) -> str:
    """The measure that stands in a text which is an indicator's spelling ("Andel som använt narkotika")."""
    first = fold(text).split(" ")[0]
    return "percent" if first in ("andel", "%", "procent") or "%" in text else ""


def read_title(text: str, labels: Labels, read: Reader) -> Said:
    """What a title, sheet or file name says: members even when the rest is prose.

    Only one year, one grade, one municipality counts; two are none. An indicator or a sex must leave no rest.
    """
    said = read(text)
    if not said.rest:
        return said
    left, years = _years(text, labels)
    _, grades = _grades(left)
    members: dict[str, Id] = {}
    if len(set(years)) == 1:
        members["year"] = years[0]
    if len(set(grades)) == 1:
        members["grade"] = grades[0]
    if code := labels.municipality_in(left):
        members["municipality"] = code
    return Said(members, per_cent=said.per_cent, measure="", rest=said.rest, several=said.several)


Origin = Literal["column", "row", "heading", "group", "sheet", "title", "contents", "file", "default"]
