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
from functools import cached_property
from typing import Literal

from lhu_effect.definitions.labels import look_up, spelling_index
from lhu_effect.definitions.model import GRADES, SEXES, District, Place, Registry, School
from lhu_effect.survey.cells import without_footnote
from lhu_effect.survey.words import fold, words

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
        """A wave's year: `2020`, `År 2020`, `VT 2020`, a date; a school year gives the year in which a wave was.

        None for pooled years (`2019+2020`, `2018-2020`) and anything else.
        """
        folded = fold(without_footnote(text)) if re.search(r"\d{4}\s*[*)¹²³]", text) else fold(text)
        if m := _YEAR.fullmatch(folded):
            return int(m[1])
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
        folded = fold(self._taught("grade", text))
        if folded in GRADES:
            return folded
        if folded in words().grade_totals or (bare and folded in words().totals):
            return "all"
        for pattern, stem in _GRADE_PATTERNS:
            if m := pattern.fullmatch(folded):
                return stem + m[1]
        if bare and (m := re.fullmatch(r"([5789])(?: an)?", folded)):
            return "ak" + m[1]
        if bare and folded in _GRADE_NAMES:
            return _GRADE_NAMES[folded]
        shorter = without_footnote(re.sub(r"(?<=[5789])\s?[1-9]\)?$", "", text.rstrip()))
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

    def answer_known(self, indicator: str) -> str:
        """The answers that count, for a message."""
        return ", ".join(self.registry.indicators[indicator].answers) or "Ja"

    def place(self, text: str, axis: PlaceAxis, municipality: str = "", town: bool = False) -> Spot | None:
        """The place a label of a column of `axis` means.

        municipality: code of the row when another column or the context says it. town: in a column of
        mixed places, a name that is both a municipality's and its town's means the town (domain.md, Places).
        """
        for variant in dict.fromkeys((text, without_footnote(text), _CODE_BESIDE.sub("", text))):
            spot = self._place(variant, axis, municipality, town)
            if spot is not None:
                return spot
        return None

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
        folded = f" {fold(text)} "
        found = {
            code
            for name, code in self._municipalities.items()
            if not name.isdigit() and len(name) > 2 and f" {name} " in folded
        }
        return found.pop() if len(found) == 1 else None

    def measure(self, text: str) -> str | None:
        """percent, count, base, mean, invited, response_rate, interval or value."""
        known = words().measures
        for form in (text, without_footnote(text), _NOTE_DIGIT.sub("", text.rstrip())):
            if found := known.get(fold(form)):
                return found
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
        places = {name: self.registry.places[code].name for name, code in self._municipalities.items()}
        return districts | places if axis == "district" else places | districts

    def _taught(self, kind: str, text: str) -> str:
        """`text`, or what the mapping file or the one label that fits its lost letters says it is."""
        own = self.taught.get(kind, {}).get(fold(text)) or self.taught.get("", {}).get(fold(text))
        if own:
            return own
        return self._with_lost_letters(kind, text) if _LOST.search(text) else text

    def _with_lost_letters(self, kind: str, text: str) -> str:
        """`Str?ngn?s`: the one known label that fits when each lost letter may be any."""
        folded = fold(_LOST.sub("\ufffd", text))
        pattern = re.compile(re.escape(folded).replace("\ufffd", "."))
        fits = sorted({fold(w) for w in self._known(kind) if pattern.fullmatch(fold(w))})
        return fits[0] if len(fits) == 1 else text

    def _municipality(self, text: str) -> str:
        return look_up(text, self._municipalities) or ""

    def _wide(self, text: str) -> str:
        return "00" if fold(text) in words().nation else look_up(text, self._wide_places) or ""

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
    def _municipalities(self) -> dict[str, str]:
        return _spellings(p for p in self.registry.places.values() if p.kind == "municipality")

    @cached_property
    def _wide_places(self) -> dict[str, str]:
        return _spellings(p for p in self.registry.places.values() if p.kind != "municipality")

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


def _spellings(places: Iterable[Place]) -> dict[str, str]:
    """Every way the places are written -> code. Two places that differ only by accents need them (Habo, Håbo)."""
    return spelling_index((name, p.code) for p in places for name in _names(p))


def _names(p: Place) -> list[str]:
    base = p.name.removesuffix(" kommun").removesuffix(" län")
    names = [p.name, *p.aliases, p.code]
    if p.kind == "municipality":
        genitive = base if base.endswith(("s", "x", "z")) else base + "s"
        names += [base, p.code.lstrip("0"), f"{base} kommun", f"{genitive} kommun", f"{genitive} stad"]
        names += [f"{p.code} {base}", f"{base} {p.code}", f"Kommunen {base}"]
        names += words().municipalities.get(p.code, [])
    if p.kind == "county":
        bare = base.removesuffix("s")
        names += [f"{base} län", f"{p.code} {base} län", f"Region {bare}", bare]
    return names


_NOTE_DIGIT = re.compile(r"(?<=[^\W\d_]{2}|.[)%])[1-9]\)?$")  # "Antal svarande1", "Andel (%)3"
_LOST = re.compile(r"(?<=\w)\?(?=\w)|\ufffd")
_YEAR = re.compile(
    r"(?:ar|lhu|vt|ht|varen|hosten|matar|omgang|vag|lhu ung)?\s*((?:19|20)\d\d)(?: 01 01(?: 00 00 00)?| 0)?"
)
_SCHOOL_YEAR = re.compile(r"(?:lasar(?:et)?|valt lasar)?\s*((?:19|20)\d\d)\s(\d\d|\d{4})")
GYMNASIUM = "gy|gym|gymn|gymnasiet|gymnasieskolan|gymnasieskola|gymnasium|gymnasiets|gymnasieskolans|gymnasieelever(?: i)?"
_GRADE_PATTERNS = (
    (re.compile(r"(?:elever(?: i)? )?(?:ak|arskurs|arsk|klass|grade|year|ar)\s?([5789])"), "ak"),
    (re.compile(r"([5789])(?:e|an| e| an)? (?:ak|arskurs|klass|klassen)"), "ak"),
    (re.compile(rf"(?:elever(?: i)? )?(?:{GYMNASIUM})\s?(?:ak|ar|arskurs|arsk|klass)?\s?([123])"), "gy"),
    (
        re.compile(rf"(?:elever(?: i)? )?(?:ak|ar|arskurs|arsk)\s?([123]) (?:pa |i |av )?(?:{GYMNASIUM})"),
        "gy",
    ),
    (re.compile(rf"([123]) (?:an )?(?:pa |i )?(?:{GYMNASIUM})"), "gy"),
)
_GRADE_NAMES = {"femman": "ak5", "sjuan": "ak7", "attan": "ak8", "nian": "ak9"}
_CODE_BESIDE = re.compile(r"^\s*\d{4}\s+|\s*\(\d{4}\)\s*$")
_HEADING_TAIL = re.compile(r"(?: (?:sv|en|text|kod|id|namn|name|code))+$")
_NUMBER_BEFORE = re.compile(r"^(?:fraga|f|q|nr|indikator|tabell|diagram)?\s?\d{1,3}\s?[a-z]?\s(?=\w{2})")
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
