"""Contradictions between cells of the cube: a total below its part, a unit that changed between waves.

Works on finished rows (columns of CUBE_SCHEMA); what one cell alone can contradict is found by `join`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import polars as pl

from lhu_effect.survey.model import Issue

Row = Mapping[str, object]
UNIT = ("year", "municipality", "district", "school", "grade", "sex", "indicator", "organiser")
FACTOR = 100.0


def contradictions(rows: Sequence[Row]) -> list[Issue]:
    """Every contradiction between rows, as errors, in the order of the rows."""
    by_key = {tuple(r[c] for c in UNIT): r for r in rows}
    found = [issue for r in rows for issue in _below_its_part(r, by_key)]
    return found + list(_unit_changes(rows))


def repeated(frame: pl.DataFrame) -> list[Issue]:
    """Rows of one key from different files (records beside a table): equal ones noted, others errors."""
    found = []
    for _, rows in frame.filter(pl.struct(UNIT).is_duplicated()).group_by(UNIT, maintain_order=True):
        first, *others = rows.to_dicts()
        for other in others:
            same = all(first[c] == other[c] for c in ("n", "k_low", "k_high", "status"))
            facts = {"text": _counts(other), "other_text": _counts(first)}
            issue = _issue("duplicate" if same else "duplicate_conflict", other, first, **facts)
            found.append(replace(issue, severity="warning") if same else issue)
    return found


def _counts(row: Row) -> str:
    return f"{row['k'] if row['k'] is not None else row['k_low']}/{row['n']}"


def _below_its_part(part: Row, by_key: Mapping[tuple[object, ...], Row]) -> Iterator[Issue]:
    """A municipality below one of its districts or schools; all sexes below one; all grades below one."""
    for axis in ("district", "sex", "grade"):
        if part[axis] == "all" or part["organiser"]:
            continue
        whole = {**part, axis: "all"}
        if axis == "district":
            whole["school"] = None
        total = by_key.get(tuple(whole[c] for c in UNIT))
        if total is None:
            continue
        for count in ("n", "k"):
            most, least = total[f"{count}_high"], part[f"{count}_low"]
            if isinstance(most, int) and isinstance(least, int) and most < least and total["n"] is not None:
                yield _issue("total_below_part", total, part, what=count, total=most, part=least)
                return


def _unit_changes(rows: Sequence[Row]) -> Iterator[Issue]:
    """Per cents of one unit's indicator that differ by a factor near 100 between two waves, in all its cells.

    One small cell may well go from 0.3 to 30 per cent; a whole indicator of a whole municipality does not.
    """
    series: dict[tuple[object, ...], dict[int, Row]] = {}
    for r in rows:
        if r["district"] == "all" and r["school"] is None and r["percent"]:
            key = tuple(r[c] for c in ("municipality", "grade", "sex", "indicator", "organiser"))
            year = r["year"]
            assert isinstance(year, int)
            series.setdefault(key, {})[year] = r
    for waves in series.values():
        years = sorted(waves)
        for before, after in pairwise(years):
            one, two = waves[before], waves[after]
            if _hundredfold(one["percent"], two["percent"]) and not _counted(one, two):
                yield _issue(
                    "unit_change", two, one, before=one["percent"], after=two["percent"], year=before
                )


def _hundredfold(one: object, two: object) -> bool:
    if not isinstance(one, float) or not isinstance(two, float) or not one or not two:
        return False
    ratio = max(one, two) / min(one, two)
    return FACTOR / 2 <= ratio <= FACTOR * 2


def _counted(one: Row, two: Row) -> bool:
    """Whether published counts stand behind both figures, so that the change is real."""
    return all(
        r["k"] is not None and r["n"] is not None and "rounded" not in str(r["flags"]) for r in (one, two)
    )


def _issue(rule: str, at: Row, other: Row, **facts: object) -> Issue:
    where = f"{other['file']} {other['sheet'] or ''} {other['cell'] or ''}".strip()
    return Issue(
        f"survey.{rule}",
        "error",
        str(at["file"]),
        str(at["sheet"] or ""),
        str(at["cell"] or ""),
        {**facts, "other": where},
    )
