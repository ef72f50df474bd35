"""One row or heading of a table to ids: which year, place, grade, sex, question its numbers are about.

A row's own labels go before those of the headings, and those before what stands around the table. What
cannot be resolved comes back as a `Stuck` with the label at fault; nothing is filled in by guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lhu_effect.survey.labels import Labels, PlaceAxis, Spot
from lhu_effect.survey.tables import At, Label, Table

Texts = Mapping[str, tuple[str, At | None]]


@dataclass(frozen=True, slots=True)
class Key:
    """Where a number belongs. indicator "": a number about the unit as such (its base)."""

    year: int
    municipality: str
    district: str
    school: str | None
    grade: str
    sex: str
    indicator: str
    organiser: bool


@dataclass(frozen=True, slots=True)
class Stuck:
    """A label that stopped a row or column. rule: unknown_label, several_years, missing_axis, outside ..."""

    rule: str
    axis: str
    text: str
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a row. used: cells whose labels said so."""

    municipality: str
    district: str
    school: str | None
    organiser: bool


class Resolver:
    """Resolves the labels of one table. home: municipality of the study, "" when not known yet."""

    def __init__(self, table: Table, labels: Labels, home: str) -> None:
        self.table = table
        self.labels = labels
        self.home = home
        self.noted: set[tuple[str, str]] = set()
        self._seen: dict[object, object] = {}
        self.towns = self._town_axes()
        self.several = len({r.texts["municipality"][0] for r in table.rows if "municipality" in r.texts}) > 1

    def _town_axes(self) -> bool:
        """Whether some label of a mixed column of places can only be a district: then a shared name is the town."""
        texts = {r.texts["place"][0] for r in self.table.rows if "place" in r.texts}
        texts |= {v.labels["place"].text for v in self.table.values if "place" in v.labels}
        texts |= set(self.table.sheets) if not texts else set()
        return any(self.labels.district_only(t) for t in sorted(texts) if t)

    def year(self, texts: Texts, over: Mapping[str, Label]) -> int | Stuck:
        """The wave."""
        text, at = texts.get("year", ("", None))
        if text:
            found = self._once("year", text)
            return found if isinstance(found, int) else Stuck("unknown_label", "year", text, at)
        label = over.get("year") or self.table.context.get("year")
        if label is None:
            return Stuck("missing_axis", "year", "", None)
        return label.id if isinstance(label.id, int) else Stuck("unknown_label", "year", label.text, label.at)

    def grade(self, texts: Texts, over: Mapping[str, Label]) -> str | Stuck:
        """The grade; all when nothing says."""
        text, at = texts.get("grade", ("", None))
        if text:
            found = self._once("grade", text)
            return found if isinstance(found, str) else Stuck("unknown_label", "grade", text, at)
        return self._member("grade", over)

    def sex(self, texts: Texts, over: Mapping[str, Label]) -> str | Stuck:
        """The sex; all when nothing says."""
        text, at = texts.get("sex", ("", None))
        if text:
            found = self._once("sex", text)
            return found if isinstance(found, str) else Stuck("unknown_label", "sex", text, at)
        return self._member("sex", over)

    def indicator(self, text: str) -> str | None:
        """The indicator a row's label means."""
        found = self._once("indicator", text)
        return found if isinstance(found, str) else None

    def _once(self, axis: str, text: str) -> object:
        """What a label of a column of `axis` means, looked up once."""
        memo = (axis, text)
        if memo not in self._seen:
            labels = self.labels
            self._seen[memo] = (
                labels.year(text) if axis == "year"
                else labels.grade(text, bare=True) if axis == "grade"
                else labels.sex(text, bare=True) if axis == "sex"
                else labels.indicator(text)
            )  # fmt: skip
        return self._seen[memo]

    def _member(self, axis: str, over: Mapping[str, Label]) -> str | Stuck:
        label = over.get(axis) or self.table.context.get(axis)
        if label is None:
            return "all"
        return str(label.id) if label.id is not None else Stuck("unknown_label", axis, label.text, label.at)

    def where(self, texts: Texts, over: Mapping[str, Label]) -> Where | Stuck:
        """The place, from all labels of places the row and its headings have."""
        code, district = "", ""
        text, at = texts.get("municipality", ("", None))
        if text:
            spot = self._spot(text, "municipality", "")
            if spot is None:
                return Stuck("unknown_label", "municipality", text, at)
            code, district = spot.code, spot.district
        for axis in ("place", "district"):
            text, at = texts.get(axis, ("", None))
            if not text and axis in over:
                text, at = over[axis].text, over[axis].at
            if not text and axis == "place" and self._place_around(texts, over):
                around = self.table.context["place"]
                if around.id is None:
                    return Stuck("unclear_place", "place", around.text, around.at)
                text, at = around.text, None
            if not text or (axis == "district" and "place" in over and self._is_wide(code)):
                continue  # "Länet" beside kommundelar: the county's figure, whatever the row
            spot = self._spot(text, axis, code or self._around())
            if spot is None:
                school = self.labels.school(text, code)
                if school is None:
                    return Stuck("unknown_label", axis, text, at)
                return Where(school.municipality, school.district or "all", school.code, False)
            if code and self._is_wide(spot.code):  # "Stockholms län" beside a municipality, or beside "länet"
                code = spot.code if self._is_wide(code) else code
                continue
            if code and spot.code and spot.code != code:
                return Stuck("unknown_label", axis, text, at)
            code, district = spot.code or code, spot.district or district
        return self._with_school(texts, code, district)

    def _is_wide(self, code: str) -> bool:
        """Whether a code is a county's or the nation's."""
        return (
            code in self.labels.registry.places and self.labels.registry.places[code].kind != "municipality"
        )

    def _place_around(self, texts: Texts, over: Mapping[str, Label]) -> bool:
        """Whether sheet name or title give the place: nothing in the rows or headings could."""
        own = {"place", "district", "school", "school_code", "organiser"}
        label = self.table.context.get("place")
        if label is not None and (label.id is None or (label.origin == "file" and self.several)):
            own.add(
                "municipality"
            )  # a kommundel in prose, or in a file's name, over a table of municipalities
        return label is not None and not own & (set(texts) | set(over))

    def _with_school(self, texts: Texts, code: str, district: str) -> Where | Stuck:
        number, name = texts.get("school_code", ("", None)), texts.get("school", ("", None))
        if number[0] or name[0]:
            known = self.labels.school(number[0]) if number[0] else self.labels.school(name[0], code)
            if known is not None:
                return Where(known.municipality, known.district or "all", known.code, False)
            if not number[0]:
                return Stuck("unknown_label", "school", *name)
            if not code:
                return Stuck("missing_axis", "municipality", *number)
            return Where(code, district or "all", number[0], False)
        text, at = texts.get("organiser", ("", None))
        if text and not texts.get("municipality", ("", None))[0] and not code:
            return self._organiser(text, at)
        code = code or self._around()
        if not code:
            return Stuck("missing_axis", "municipality", "", None)
        return Where(code, district or "all", None, False)

    def _organiser(self, text: str, at: At | None) -> Where | Stuck:
        spot = self._spot(text, "municipality", "")
        if spot is None or not spot.code:
            return Stuck("organiser_elsewhere", "organiser", text, at)
        kind = self.labels.registry.places[spot.code].kind
        return Where(spot.code, "all", None, kind == "municipality")

    def _around(self) -> str:
        """The municipality that titles, file name or the table's own districts name, else the study's."""
        label = self.table.context.get("municipality")
        if label is not None and isinstance(label.id, str):
            return label.id
        if "around" not in self._seen:
            label = self.table.context.get("place")
            spot = self.labels.place(label.text, "place") if label is not None else None
            self._seen["around"] = (spot.code if spot else "") or self._of_districts() or self.home
        return str(self._seen["around"])

    def _of_districts(self) -> str:
        texts = {r.texts[a][0] for r in self.table.rows for a in ("district", "place") if a in r.texts}
        texts |= {v.labels["place"].text for v in self.table.values if "place" in v.labels}
        found = {code for t in texts if t and (code := self.labels.district_only(t))}
        return found.pop() if len(found) == 1 else ""

    def _spot(self, text: str, axis: str, code: str) -> Spot | None:
        memo = (text, axis, code)
        if memo not in self._seen:
            self._seen[memo] = self._find_spot(text, axis, code)
        found = self._seen[memo]
        return found if isinstance(found, Spot) else None

    def _find_spot(self, text: str, axis: str, code: str) -> Spot | None:
        town = axis == "place" and self.towns
        kind: PlaceAxis = "place"
        if axis == "municipality":
            kind = "municipality"
        elif axis == "district":
            kind = "district"
        if axis == "place" and code and not self._names_code(text, code):
            # a mixed column: the municipality around it binds only its own parts and totals
            return self.labels.place(text, kind, "", town) or self.labels.place(text, kind, code, town)
        return self.labels.place(text, kind, code, town) or (
            self.labels.place(text, kind, "", town) if axis == "district" and code == self.home else None
        )

    def _names_code(self, text: str, code: str) -> bool:
        return self.labels.place(text, "place", code) is not None


def split_label(texts: Texts, axis: str, labels: Labels) -> dict[str, tuple[str, At | None]]:
    """`Samtliga deltagande skolor - Kvinna`: a label that holds two, as two (place and sex or grade).

    Returned only when the label as a whole is unknown and both halves are known.
    """
    text, at = texts[axis]
    head, dash, tail = text.rpartition(" - ")
    if not dash or labels.place(text, "municipality") is not None:
        return dict(texts)
    head, tail = head.strip(), tail.strip()
    if labels.place(head, "municipality") is None and axis != "organiser":
        return dict(texts)
    if labels.sex(tail) and not texts.get("sex", ("", None))[0]:
        return {**texts, axis: (head, at), "sex": (tail, at)}
    if labels.grade(tail) and not texts.get("grade", ("", None))[0]:
        return {**texts, axis: (head, at), "grade": (tail, at)}
    return dict(texts)
