"""The raw keys of counted rows (year, place, grade, sex, school as the file writes them) into ids.

Works on the small table of sums, so every different value is looked up once. A value nobody knows is an
error when rows would be lost for it, a warning where they still count somewhere; both say how many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from lhu_effect.errors import InputError
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey.codes import said, show_values
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.model import Issue

_UNKNOWN = "?"
_FEW = 0.05


def name_keys(
    sums: pl.DataFrame,
    roles: Mapping[str, str],
    told: Mapping[str, Mapping[str | float, str]],
    study: Study,
    labels: Labels,
    book: Sequence[CodebookEntry],
    file: str,
) -> tuple[pl.DataFrame, list[Issue]]:
    """`sums` with ids in year, municipality, district, grade, sex, school; rows without a place in the cube left out.

    told: role -> value -> label, from the file. Blank sex is "undisclosed"; a blank district counts in
    the municipality only; rows without year, municipality or grade are set aside and counted.
    """
    namer = _Namer(sums, roles, told, labels, file)
    year = namer.years(book)
    municipality = namer.ids("municipality", namer.municipality, default=study.municipality)
    grade = namer.ids("grade", lambda text, _: labels.grade(text, bare=True), default="all")
    sex = namer.ids("sex", lambda text, _: labels.sex(text), default="all", blank="undisclosed")
    school = namer.ids("school", lambda text, _: _school(text, labels), default=None)
    raw = pl.col("year").alias("raw_year")
    placed = sums.with_columns(raw).with_columns(
        year=year, municipality=municipality, grade=grade, sex=sex, school=school
    )
    placed, issues = namer.districts(placed, study)
    for role in ("year", "municipality", "grade"):
        lost = int(placed.filter(pl.col(role).is_null())["rows"].sum())
        if lost:
            facts = {"column": roles.get(role, role), "count": lost}
            issues.append(Issue(f"files.blank_{role}", "warning", file, "", roles.get(role, ""), facts))
        placed = placed.filter(pl.col(role).is_not_null())
    if placed.is_empty():
        raise InputError("files.no_rows", file=file or None)
    return placed, issues


class _Namer:
    """Looks up the different values of each key column once."""

    def __init__(
        self,
        sums: pl.DataFrame,
        roles: Mapping[str, str],
        told: Mapping[str, Mapping[str | float, str]],
        labels: Labels,
        file: str,
    ) -> None:
        self._sums, self._roles, self._told = sums, roles, told
        self._labels, self._file = labels, file

    def text(self, role: str, value: object) -> str:
        """The value's label, else the value itself as text."""
        label = self._told.get(role, {}).get(value) if isinstance(value, str | float | int) else None
        return (label or said(value)).strip()

    def ids(
        self,
        role: str,
        look_up: Callable[[str, object], str | None],
        *,
        default: str | None,
        blank: str | None = None,
    ) -> pl.Series:
        """One id per row of the sums; null where the file has a blank. Unknown values raise."""
        values = self._sums[role]
        if role not in self._roles:
            return pl.Series(role, [default] * len(values), dtype=pl.String)
        found: dict[object, str | None] = {}
        for value in values.unique(maintain_order=True):
            text = self.text(role, value)
            found[value] = (look_up(text, value) or _UNKNOWN) if text else blank
        self._stop_unknown(role, found)
        return _mapped(values, found, pl.String())

    def municipality(self, text: str, value: object) -> str | None:
        """A municipality's code, from name, "0486" or 486."""
        padded = text.zfill(4) if text.isdecimal() and len(text) in (3, 4) else text
        spot = self._labels.place(padded, "municipality")
        return spot.code if spot and len(spot.code) == 4 else None

    def years(self, book: Sequence[CodebookEntry]) -> pl.Series:
        """The wave of each row; without a year column the codebook's only wave."""
        values = self._sums["year"]
        waves = sorted({e.wave for e in book})
        if "year" not in self._roles:
            if len(waves) > 1:
                raise InputError("files.no_year", file=self._file or None, waves=", ".join(map(str, waves)))
            return pl.Series("year", [waves[0]] * len(values), dtype=pl.Int64)
        found: dict[object, int | str | None] = {}
        for value in values.unique(maintain_order=True):
            if isinstance(value, date):
                found[value] = value.year
            else:
                text = self.text("year", value)
                found[value] = (self._labels.year(text) or _UNKNOWN) if text else None
        self._stop_unknown("year", found)
        return _mapped(values, found, pl.Int64())

    def districts(self, placed: pl.DataFrame, study: Study) -> tuple[pl.DataFrame, list[Issue]]:
        """District ids, where the municipality has registered districts; null elsewhere and where blank."""
        if "district" not in self._roles:
            return placed.with_columns(district=pl.lit(None, dtype=pl.String)), []
        places = self._labels.registry.places
        found: dict[tuple[object, object], str | None] = {}
        unknown: dict[str, int] = {}
        own = 0
        pairs = placed.group_by("district", "municipality", maintain_order=True).agg(pl.col("rows").sum())
        for value, code, rows in pairs.rows():
            text = self.text("district", value)
            known = text and code in places and places[code].districts
            spot = self._labels.place(text, "district", code) if known else None
            found[value, code] = spot.district if spot and spot.district != "all" else None
            if code == study.municipality:
                own += rows
                if known and spot is None:
                    unknown[text] = unknown.get(text, 0) + rows
        ids = pl.Series(
            "id", [found[v, c] for v, c in pairs.select("district", "municipality").rows()], dtype=pl.String
        )
        looked_up = pairs.select("district", "municipality", ids)
        joined = placed.join(
            looked_up, on=["district", "municipality"], how="left", nulls_equal=True, maintain_order="left"
        )
        made = joined.with_columns(district=pl.col("id")).drop("id")
        return made, self._unknown_districts(unknown, own)

    def _unknown_districts(self, unknown: Mapping[str, int], own: int) -> list[Issue]:
        """A few unknown districts are said; many mean that the column is not what the codebook says."""
        count = sum(unknown.values())
        column = self._roles["district"]
        closest = self._labels.closest("district", max(unknown, key=lambda k: unknown[k])) if unknown else ""
        facts: dict[str, Any] = {
            "column": column,
            "count": count,
            "rows": own,
            "values": show_values(unknown.items()),
            "closest": closest or "–",
        }
        if count > _FEW * own:
            raise InputError(self._rule("districts"), file=self._file or None, **facts)
        return [Issue("files.unknown_districts", "warning", self._file, "", column, facts)] if count else []

    def _rule(self, role: str) -> str:
        """The error for unknown labels: a file's are taught in a mapping file, a frame's are mended where it is made."""
        here = not self._file and role in ("municipality", "districts", "grade", "sex")
        return f"files.unknown_{role}{'_in_frame' if here else ''}"

    def _stop_unknown(self, role: str, found: Mapping[object, object]) -> None:
        lost = [v for v, made in found.items() if made == _UNKNOWN]
        if not lost:
            return
        counts = self._sums.group_by(role).agg(pl.col("rows").sum()).rows()
        values = [(self.text(role, v), n) for v, n in counts if v in lost]
        raise InputError(
            self._rule(role),
            file=self._file or None,
            column=self._roles[role],
            count=sum(n for _, n in values),
            values=show_values(values),
            closest=self._labels.closest(role, self.text(role, lost[0])) or "–",
        )


def _mapped(values: pl.Series, found: Mapping[object, object], dtype: pl.DataType) -> pl.Series:
    """Every value replaced by what it was found to be, nulls included."""
    old = values.unique(maintain_order=True)
    new = pl.Series("id", [found[v] for v in old], dtype=dtype)
    table = pl.DataFrame({"value": old, "id": new})
    seen = values.rename("value").to_frame()
    return seen.join(table, on="value", how="left", nulls_equal=True, maintain_order="left")["id"]


def _school(text: str, labels: Labels) -> str:
    found = labels.school(text)
    return found.code if found else text
