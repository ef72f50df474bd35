"""Labels to ids: what a year, grade, sex, place, question or answer is called, through the registry.

One `Labels` is made per study (registry, its own additions, its mapping file). Every method takes the
text as received and gives an id or None; nothing is guessed: a label that is only close is unknown, and
`closest` says what it may have been.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from lhu_effect.definitions.model import GRADES, SEXES, District, Registry, School
from lhu_effect.survey.cells import without_footnote
from lhu_effect.survey.spellings import PlaceNames, PlaceWords, place_names, place_words, with_letters
from lhu_effect.survey.words import fold, unscrambled, words

PlaceAxis = Literal["municipality", "district", "place", "county"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as a row names it. district "": not said by this label. code "": the label says only the district's total."""

    code: str
    district: str = ""


@dataclass(frozen=True, eq=False)
class Labels:
    """Spellings of one study. taught: kind -> folded text -> id, from its mapping file."""

    registry: Registry
    taught: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _near: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def year(self, text: str) -> int | None:
        """A wave's year: `2020`, `År 2020`, `VT 2020`, `mars 2020`, `vt-20`, a date; a school year gives the year in
        which a wave was. A day in 1905 (or 1909) is the number 2017 that somebody's spreadsheet shows as a date.

        None for pooled years (`2019+2020`, `2018-2020`) and anything else.
        """
        folded = fold(without_footnote(text)) if _NOTED_YEAR.search(text) else fold(text)
        if m := _YEAR.fullmatch(folded):
            return int(m[1])
        if m := _SHORT_YEAR.fullmatch(folded):
            return 2000 + int(m[1])
        if m := _DAY.fullmatch(text.strip()):
            return _of_day(int(m[1]), int(m[2]), int(m[3]))
        if "/" in text and (m := _SCHOOL_YEAR.fullmatch(folded)):
            return self._of_school_year(int(m[1]), m[2])
        return None

    def _of_school_year(self, start: int, end: str) -> int | None:
        if int(end) != (start + 1 if len(end) == 4 else (start + 1) % 100):
            return None
        waves = [y for y in (start, start + 1) if y in self.registry.waves]
        return waves[0] if len(waves) == 1 else None

    def grade(self, text: str, *, bare: bool = False) -> str | None:
        """`Åk 9`, `årskurs 9`, `Gy 2`, `Gymnasiet år 2`, `9:an`; with `bare` (a column of grades) also `9`."""
        folded = _SCHOOL.sub("", fold(self._taught("grade", text)))
        if folded in GRADES:
            return folded
        if folded in words().grade_totals or (bare and folded in words().totals):
            return "all"
        for pattern, stem in _GRADE_PATTERNS:
            if m := pattern.fullmatch(folded):
                return stem + m[1]
        if bare and (m := re.fullmatch(r"([5789])(?: an| e| 0)?", folded)):
            return "ak" + m[1]
        if folded in _GRADE_NAMES:
            return _GRADE_NAMES[folded]
        shorter = without_footnote(text)  # never a bare digit: "Åk 77" is no åk 7
        return self.grade(shorter, bare=bare) if shorter not in (text, text.rstrip()) and shorter else None

    def sex(self, text: str, *, bare: bool = False) -> str | None:
        """Flicka, pojke, kille, man, annan könsidentitet, totalt ...; with `bare` (a column of sexes) also `F`."""
        folded = fold(self._taught("sex", text))
        if folded in SEXES:
            return folded
        if len(folded) < 3 and not bare:
            return None
        if "/" in text:  # "flicka/kvinna"
            halves = {self.sex(half, bare=bare) for half in text.split("/")}
            if len(halves) == 1:
                return halves.pop()
        shorter = without_footnote(text)
        found = words().sexes.get(folded)
        return found or (self.sex(shorter, bare=bare) if shorter != text.rstrip() else None)

    def indicator(self, text: str) -> str | None:
        """An indicator by id, label, question or alias, a question number before it or "(%)" after it left out."""
        known = self._indicators
        return next((known[f] for f in _question_forms(text) if f in known), None)

    @cached_property
    def indicator_spellings(self) -> tuple[str, ...]:
        """Every folded spelling of every indicator, longest first."""
        return tuple(sorted(self._indicators, key=lambda s: (-len(s), s)))

    def answer_counts(self, indicator: str, answer: str) -> bool:
        """Whether `answer` is among those that make the indicator."""
        folded = fold(without_footnote(answer))
        listed = {fold(a) for a in self.registry.indicators[indicator].answers} or words().yes
        return folded in listed or fold(answer) in listed

    def all_answers(self, indicator: str, answers: Iterable[str]) -> bool:
        """Whether every answer that counts is among `answers`."""
        listed = {fold(a) for a in self.registry.indicators[indicator].answers} or words().yes
        given = {fold(a) for a in answers} | {fold(without_footnote(a)) for a in answers}
        return listed <= given or bool(listed & words().yes & given)

    @cached_property
    def counted_answers(self) -> frozenset[str]:
        """Folded answers that make some indicator."""
        return frozenset(fold(a) for i in self.registry.indicators.values() for a in i.answers) | words().yes

    def answer_known(self, indicator: str) -> str:
        """The answers that count, for a message."""
        return ", ".join(self.registry.indicators[indicator].answers) or "Ja"

    def place(self, text: str, axis: PlaceAxis, municipality: str = "", town: bool = False) -> Spot | None:
        """The place a label of a column of `axis` means.

        municipality: code of the row when another column or the context says it. town: in a column of
        mixed places, a name that is both a municipality's and its town's means the town (domain.md, Places).
        """
        if not self._place_words.may_be_in(text):
            return None
        text = unscrambled(text)
        for variant in dict.fromkeys((text, without_footnote(text))):
            spot = self._place(variant, axis, municipality, town)
            if spot is not None:
                return spot
            if m := _CODE_BESIDE.fullmatch(variant):  # "0486 Mariefred": the code must be the district's
                spot = self._place(m["name"], axis, municipality, town)
                if spot is not None and spot.code in (m["before"], m["after"]):
                    return spot
        return None

    @cached_property
    def _place_words(self) -> PlaceWords:
        known = words()
        names = {*self._municipalities.exact, *self._wide_places.exact, *self._districts}
        names |= {text for kind in self.taught.values() for text in kind}
        return place_words(names, known.totals | known.district_totals | known.nation)

    def _place(self, text: str, axis: PlaceAxis, municipality: str, town: bool) -> Spot | None:
        said = self._taught("district" if axis == "district" else "place", text)
        folded = fold(said)
        whole = folded in words().totals or folded in words().district_totals
        if axis == "municipality" and not whole:
            code = self._municipality(said) or self._wide(said)
            if code:
                return Spot(code, "" if self._kind(code) == "municipality" else "all")
        if whole:
            return Spot(municipality, "all") if axis != "municipality" or municipality else None
        prefers_town = axis == "district" or town
        district = self._district(folded, municipality)
        code = self._municipality(said)
        if district and (prefers_town or not code):
            return Spot(district.municipality, district.id)
        if code and (not municipality or municipality == code):
            return Spot(code, "all" if axis == "district" or self._kind(code) != "municipality" else "")
        wide = self._wide(said)
        if wide:
            return Spot(wide, "all")
        return Spot(district.municipality, district.id) if district else None

    def _kind(self, code: str) -> str:
        return self.registry.places[code].kind

    def is_town_too(self, text: str) -> bool:
        """Whether the label names both a municipality and one of its districts."""
        folded = fold(text)
        code = self._municipality(text)
        return bool(code) and self._district(folded, code) is not None

    def district_only(self, text: str) -> str | None:
        """Municipality code when the label names a district and no municipality."""
        said = self._taught("district", without_footnote(text))
        found = self._district(fold(said), "")
        return found.municipality if found and not self._municipality(said) else None

    def school(self, name: str, municipality: str = "") -> School | None:
        """A school by name (unique within the municipality) or code."""
        folded = fold(name)
        if folded in self._schools_by_code:
            return self._schools_by_code[folded]
        found = [s for s in self._schools_by_name.get(folded, ()) if municipality in ("", s.municipality)]
        return found[0] if len(found) == 1 else None

    def municipality_in(self, text: str) -> str | None:
        """Code of the one municipality a title or file name speaks of, None when there is none or several."""
        found = self._municipalities.inside(text)
        return found.pop() if len(found) == 1 else None

    def district_in(self, text: str, *, as_name: bool) -> str | None:
        """Name of the one kommundel a title, sheet or file name speaks of, None when there is none or several.

        as_name: only where it is written as a name ("i Åker", not "som åker buss").
        """
        folded = f" {fold(text)} "
        names = {fold(w) for w in _WORD.findall(text) if w[0].isupper()}
        found = {
            (d.municipality, d.id): d.name
            for name, districts in self._districts.items()
            if f" {name} " in folded
            and self.district_only(name)
            and not (as_name and name.split()[0] not in names)
            for d in districts
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def measure(self, text: str) -> str | None:
        """percent, count, base, mean, invited, response_rate, interval or value."""
        known = words().measures
        for form in (text, without_footnote(text), _NOTE_DIGIT.sub("", text.rstrip())):
            if found := known.get(fold(form)):
                return found
        if (m := _WITHIN.match(fold(text))) and self.heading(
            m[1]
        ) in _GROUPS:  # "% inom Kön", as SPSS writes it
            return "percent"
        if sign := _SIGN_AFTER.search(text):  # "Antal svar (n)", "Elever som svarat ja (k)"
            said = known.get(fold(text[: sign.start()]))
            return said if said and known.get(fold(sign[1])) == said else None
        return None

    def heading(self, text: str) -> str | None:
        """The axis of which a column headed like this holds labels ("Kommun", "Fråga (sv)", "skolenhet_namn")."""
        for form in dict.fromkeys((fold(text), fold(without_footnote(text)))):
            short = _HEADING_TAIL.sub("", form)
            found = words().headings.get(form) or words().headings.get(short)
            if found:
                return found
        return None

    def closest(self, axis: str, text: str) -> str:
        """The known label most like `text`, or "" when none is near."""
        if (axis, text) not in self._near:
            known = self._known(axis)
            near = difflib.get_close_matches(fold(text), known, n=1, cutoff=0.6)
            self._near[axis, text] = known[near[0]] if near else ""
        return self._near[axis, text]

    def _known(self, axis: str) -> dict[str, str]:
        if axis == "indicator":
            return {f: self.registry.indicators[i].label.sv for f, i in self._indicators.items()}
        if axis == "sex":
            return {w: w for w in words().sexes}
        if axis not in ("municipality", "district", "place", "school", "grade", "organiser"):
            return {}
        if axis == "grade":
            return {fold(g): g for g in ("Åk 5", "Åk 7", "Åk 8", "Åk 9", "Gy 1", "Gy 2", "Gy 3")}
        districts = {name: d.name for name, ds in self._districts.items() for d in ds}
        places = {fold(n): self.registry.places[code].name for n, code in self._municipalities.exact.items()}
        return places | districts if axis == "district" else districts | places

    def _taught(self, kind: str, text: str) -> str:
        """`text`, or what the mapping file or the one label that fits its lost letters says it is."""
        own = self.taught.get(kind, {}).get(fold(text)) or self.taught.get("", {}).get(fold(text))
        if own:
            return own
        if "?" not in text and "\ufffd" not in text:
            return text
        if kind not in ("district", "place"):
            return with_letters(text, self._known(kind), "[aou]")
        places = self.registry.places.values()
        named = [n for p in places for d in p.districts for n in (d.name, *d.aliases)]
        return with_letters(text, (*named, *self._municipalities.exact, *self._wide_places.exact))

    def _municipality(self, text: str) -> str:
        return self._municipalities.find(text)

    def _wide(self, text: str) -> str:
        return "00" if fold(text) in words().nation else self._wide_places.find(text)

    def _district(self, folded: str, municipality: str) -> District | None:
        found = [d for d in self._districts.get(folded, ()) if municipality in ("", d.municipality)]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _indicators(self) -> dict[str, str]:
        made: dict[str, str] = {}
        for i in self.registry.indicators.values():
            subject = [i.subject.sv, i.subject.en or ""] if i.subject else []
            for text in (i.id, i.label.sv, i.label.en or i.id, i.question, *i.aliases, *subject):
                for form in _question_forms(text):
                    made.setdefault(form, i.id)
        own = {f: i for kind in ("indicator", "") for f, i in self.taught.get(kind, {}).items()}
        return made | {f: i for f, i in own.items() if i in self.registry.indicators}

    @cached_property
    def _municipalities(self) -> PlaceNames:
        return place_names(self.registry.places.values(), "municipality")

    @cached_property
    def _wide_places(self) -> PlaceNames:
        return place_names(self.registry.places.values(), "wide")

    @cached_property
    def _districts(self) -> dict[str, tuple[District, ...]]:
        made: dict[str, tuple[District, ...]] = {}
        for place in self.registry.places.values():
            for d in place.districts:
                for name in dict.fromkeys(fold(n) for n in (d.id, d.name, *d.aliases)):
                    made[name] = (*made.get(name, ()), d)
        return made

    @cached_property
    def _schools_by_code(self) -> dict[str, School]:
        return {s.code: s for s in self.registry.schools.values()}

    @cached_property
    def _schools_by_name(self) -> dict[str, tuple[School, ...]]:
        made: dict[str, tuple[School, ...]] = {}
        for s in self.registry.schools.values():
            for name in dict.fromkeys(fold(n) for n in s.names):
                made[name] = (*made.get(name, ()), s)
        return made


def _of_day(year: int, month: int, day: int) -> int | None:
    """The year of a day, or the year whose number a spreadsheet shows as that day (both its calendars)."""
    try:
        seen = date(year, month, day)
    except ValueError:
        return None
    for first in (date(1899, 12, 30), date(1904, 1, 1)):
        if 1990 <= (seen - first).days <= 2100:
            return (seen - first).days
    return year if 1990 <= year <= 2100 else None


_WITHIN = re.compile(r"% (?:inom|within) (.+)")
_GROUPS = frozenset(("year", "municipality", "district", "place", "school", "grade", "sex"))
_WORD = re.compile(r"\w+")
_NOTE_DIGIT = re.compile(r"(?<=[^\W\d_]{2}|.[)%])[1-9]\)?$")  # "Antal svarande1", "Andel (%)3"
_SIGN_AFTER = re.compile(r"\s*[,(]\s*(n|k|%|antal|procent|andel)\s*\)?$", re.IGNORECASE)
_NOTED_YEAR = re.compile(r"\d{4}(?:\s*[*¹²³⁴-⁹)]|\s+\(?[0-9]{1,2}\))\s*$")
_MONTH = (
    r"jan(?:uari)?|feb(?:ruari)?|mars?|apr(?:il)?|maj|juni|aug(?:usti)?|sept?(?:ember)?|"
    r"okt(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_YEAR = re.compile(
    rf"(?:ar|lhu|vt|ht|varen|hosten|matar|omgang|vag|lhu ung|matningen|matning|{_MONTH})?\s*((?:19|20)\d\d)(?: 0)?"
)
_SHORT_YEAR = re.compile(r"(?:vt|ht|varen|hosten)\s?(\d\d)")
_DAY = re.compile(r"((?:19|20)\d\d)-(\d\d)-(\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_SCHOOL_YEAR = re.compile(r"(?:la|lasar(?:et)?|valt lasar)?\s*((?:19|20)\d\d)\s(\d\d|\d{4})")
GYMNASIUM = "gy|gym|gymn|gymnasiet|gymnasieskolan|gymnasieskola|gymnasium|gymnasiets|gymnasieskolans|gymnasieelever(?: i)?"
_GRADE_PATTERNS = (
    (re.compile(r"(?:elever(?: i)? )?(?:ak|arskurs|arsk|skolar|klass|grade|year|ar)\s?([5789])"), "ak"),
    (re.compile(r"(?:ak|arskurs) ([5789]) ?an"), "ak"),
    (re.compile(r"([5789])(?:e|an|th| e| an| th)? (?:ak|arskurs|klass|klassen|grade)"), "ak"),
    (re.compile(rf"(?:elever(?: i)? )?(?:{GYMNASIUM})\s?(?:ak|ar|arskurs|arsk|klass)?\s?([123])"), "gy"),
    (
        re.compile(rf"(?:elever(?: i)? )?(?:ak|ar|arskurs|arsk)\s?([123]) (?:pa |i |av )?(?:{GYMNASIUM})"),
        "gy",
    ),
    (re.compile(rf"([123]) (?:an )?(?:pa |i )?(?:{GYMNASIUM})"), "gy"),
)
_SCHOOL = re.compile(r"^(?:grundskolans?|grundskola) (?=\S)")
_GRADE_NAMES = {"femman": "ak5", "sjuan": "ak7", "attan": "ak8", "nian": "ak9"}
_CODE_BESIDE = re.compile(
    r"\s*(?:(?P<before>\d{4})[\s,;:–-]+)?(?P<name>[^\d\s].*?)(?:[\s,;]*\(?(?P<after>\d{4})\)?)?\s*"
)
_HEADING_TAIL = re.compile(r"(?: (?:sv|en|text|kod|id|namn|name|code))+$")
_NUMBER_BEFORE = re.compile(
    r"^(?:(?:fraga|f|q|nr|indikator|tabell|diagram)?\s?\d{1,3}\s?[a-z]?|[nu]\d{5})\s(?=\w{2})"  # also a KPI's id
)
_SHARE_BEFORE = re.compile(
    r"^(?:%|procent|andel)(?: %)? (?:(?:av )?(?:elever|ungdomar|svarande|elever och ungdomar) )?(?:som )?"
)
_SHARE_AFTER = re.compile(r" (?:andel|procent|%|andel %|andel i procent|i procent|andel ja|ja)$")


def _question_forms(text: str) -> list[str]:
    """The ways a question may be meant: as it stands, without its number, without "andel som" or "(%)" or "har"."""
    forms: list[str] = []
    for variant in (fold(text), fold(without_footnote(text))):
        unnumbered = _NUMBER_BEFORE.sub("", variant)
        for form in (variant, unnumbered, variant.replace("de senaste", "senaste")):
            bare = _SHARE_BEFORE.sub("", _SHARE_AFTER.sub("", form))
            forms += [
                form,
                _SHARE_AFTER.sub("", form),
                _SHARE_BEFORE.sub("", form),
                bare,
                bare.removeprefix("har "),
            ]
    return list(dict.fromkeys(f for f in forms if f))
