"""Numbers that repeat others: rows of forests, themes, tables on the page, checks, power tables, replication bundles.

None of them has a cell of its own. Each reader below holds what it reads against the cells and effects that are
shown, and yields (cell, what, where) for a number that stands in neither, or that needs a hidden one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import polars as pl

from lhu_effect.disclosure.published import Json
from lhu_effect.disclosure.structure import CELL

Found: TypeAlias = tuple[str, str, str]
Row: TypeAlias = Mapping[str, Json]
Key: TypeAlias = tuple[int, str, str, str, str, str]
Ends: TypeAlias = tuple[int, int, int, int]
Shown: TypeAlias = Mapping[Key, Ends | None]
STEP = 1_000_000  # shares are written with six decimals
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL | re.IGNORECASE)
_DATA_V = re.compile(r'\bdata-v="([^"]*)"')
_LEVEL = re.compile(r">\s*(\d{1,3})\s*% \((\d[\d,\s]*)\)\s*<")


class Known:
    """Every number that the cells, the effects and the chart series of a page show, without sign."""

    def __init__(self, cells: pl.DataFrame, effects: Iterable[Row], charts: Mapping[str, Json]) -> None:
        self.of: dict[str, set[int]] = {}
        self.levels: set[tuple[int, int]] = set()
        shown = cells.filter(pl.col("status") == "observed")
        for row in shown.select("indicator", "n_low", "n_high", "k_low", "k_high").iter_rows():
            self._cell(*row)
        for effect in effects:
            self._add(str(effect.get("indicator")), effect.values())
        series = charts.get("series")
        for name, levels in series.items() if isinstance(series, dict) else ():
            for level in levels if isinstance(levels, list) else ():
                if isinstance(level, list):
                    self._add(name.split("|")[0], level)
                    self._level(level)
        self._other(charts.get("other"))
        self.all = frozenset().union(*self.of.values()) if self.of else frozenset()

    def _cell(self, indicator: str, n_low: int, n_high: int, k_low: int | None, k_high: int | None) -> None:
        self._add(indicator, (n_low, n_high))
        if n_low == n_high and n_low and k_low is not None and k_low == k_high:
            self._add(indicator, (k_low / n_low,))
            self._level([n_low, k_low / n_low])

    def _level(self, level: list[Json]) -> None:
        if len(level) > 1 and isinstance(level[0], int | float) and isinstance(level[1], int | float):
            self.levels |= {(int(level[0]), whole) for whole in _whole_per_cents(float(level[1]))}

    def _other(self, other: Json) -> None:
        """Numbers of other sources: `series_findings` has judged them."""
        numbers = list(_numbers(other.get("shown"))) if isinstance(other, dict) else []
        self._add("", [v / 100 for v in numbers])
        self._add("", numbers)

    def _add(self, indicator: str, values: Iterable[Json]) -> None:
        at = self.of.setdefault(indicator, set())
        at.update(_step(v) for v in values if _is_number(v))

    def has(self, value: float, indicator: str | None = None) -> bool:
        """Whether a number is one that is shown (of the indicator, or of any)."""
        known = self.all if indicator is None else self.of.get(indicator, frozenset())
        return any(_step(value) + d in known for d in (0, -1, 1))


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _step(value: Json) -> int:
    return round(abs(float(value)) * STEP)  # type: ignore[arg-type]


def _whole_per_cents(share: float) -> set[int]:
    """The whole per cents a share may be written as, however halves are rounded."""
    return {int(share * 100 + half) for half in (0.5 - 1e-9, 0.5 + 1e-9, 0.5 - 1e-4)}


def _numbers(value: Json) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif _is_number(value):
        yield float(value)  # type: ignore[arg-type]


def repeated_findings(known: Known, charts: Mapping[str, Json], html: str) -> Iterator[Found]:
    """(cell, what, where) for numbers in forests, themes, smallest changes and tables that nothing shown holds."""
    answers = charts.get("answers")
    for answer in answers.values() if isinstance(answers, dict) else ():
        if isinstance(answer, dict):
            yield from _forest(known, answer.get("forest"))
            yield from _themes(known, answer.get("themes"))
    detectable = charts.get("detectable")
    for rows in detectable.values() if isinstance(detectable, dict) else ():
        yield from _named_rows(known, rows, "charts.detectable")
    tables = charts.get("tables")
    for table in tables.values() if isinstance(tables, dict) else ():
        yield from _table(known, table, "charts.tables")
    yield from _static(known, html)


def _forest(known: Known, forest: Json) -> Iterator[Found]:
    if forest is None:
        return
    groups = forest.get("groups") if isinstance(forest, dict) else None
    if not isinstance(forest, dict) or not isinstance(groups, list):
        yield ("forest", "unread", "charts.answers")
        return
    for group in groups:
        rows = group[1] if isinstance(group, list) and len(group) == 2 else None
        yield from _named_rows(known, rows, "charts.answers", 3)
    yield from _table(known, forest.get("table"), "charts.answers")


def _named_rows(known: Known, rows: Json, where: str, first: int = 1) -> Iterator[Found]:
    """Rows that begin with an indicator and hold numbers from the place `first` on."""
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, list) or not row or not isinstance(row[0], str):
            yield (where, "unread", where)
        elif any(_is_number(v) and not known.has(float(v), row[0]) for v in row[first:]):  # type: ignore[arg-type]
            yield (row[0], "shown", where)


def _themes(known: Known, themes: Json) -> Iterator[Found]:
    for row in themes if isinstance(themes, list) else ():
        if not isinstance(row, list):
            yield ("theme", "unread", "charts.answers")
        elif any(_is_number(v) and not known.has(float(v)) for v in row[2:]):  # type: ignore[arg-type]
            yield ("theme", "shown", "charts.answers")


def _table(known: Known, table: Json, where: str) -> Iterator[Found]:
    rows = table.get("rows") if isinstance(table, dict) else None
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, list):
            yield (where, "unread", where)
            continue
        values = [cell.get("v") for cell in row if isinstance(cell, dict)]
        if any(_is_number(v) and not known.has(float(v)) for v in values):  # type: ignore[arg-type]
            yield (_first_text(row), "shown", where)


def _first_text(row: list[Json]) -> str:
    first = row[0][0] if isinstance(row[0], list) and row[0] else row[0]
    return str(first)[:80]


def _static(known: Known, html: str) -> Iterator[Found]:
    """Tables as they stand in the page's text: attributes with the number itself, and `12 % (371)` in cells."""
    body = _SCRIPT.sub("", html)
    for text in _DATA_V.findall(body):
        try:
            told = float(text)
        except ValueError:
            yield ("table", "unread", "html")
            continue
        if not known.has(told):
            yield ("table", "shown", "html")
    for share, n in _LEVEL.findall(body):
        if (int(re.sub(r"\D", "", n)), int(share)) not in known.levels:
            yield ("table", "shown", "html")


def theme_findings(row: Row, shown: Shown) -> Iterator[Found]:
    """A theme's composite has numbers only where at least two questions are shown, before and after.

    shown: cells by key (CELL), None where hidden. Its number of answers, the smallest over its waves, is that of a
    shown question.
    """
    place = [str(row.get(c)) for c in ("municipality", "district", "grade", "sex")]
    before = str(row.get("before_years") or "").split()
    numbers = ("index", "index_low", "index_high", "logit_low", "logit_high", "p_value", "p_adjusted")
    told = any(row.get(c) is not None for c in numbers)
    here = _questions(shown, place)
    for year, n in (
        (row.get("after_year"), row.get("n_after")),
        (before[-1] if before else None, row.get("n_before")),
    ):
        seen = [questions.get(int(str(year)), []) for questions in here] if year is not None else []
        few = told and any(len(questions) < 2 for questions in seen)
        known = len(here) > 1 or any(_holds(ends, n) for questions in here[0].values() for ends in questions)
        if few or (n is not None and not known):
            yield (f"{year} {' '.join(place)} {row.get('indicator')}", "shown", "effects")


def _questions(shown: Shown, place: list[str]) -> list[dict[int, list[Ends]]]:
    """What is shown of every question by wave, for each district of a place."""
    municipality, district, *rest = place
    found: dict[str, dict[int, list[Ends]]] = {part: {} for part in district.split("+")}
    for key, ends in shown.items():
        if ends is not None and key[1] == municipality and key[2] in found and list(key[3:5]) == rest:
            found[key[2]].setdefault(key[0], []).append(ends)
    return list(found.values())


def _holds(ends: Ends, n: Json) -> bool:
    return not isinstance(n, int | float) or ends[0] <= n <= ends[1]


def check_findings(rows: Iterable[Row], shown: Shown) -> Iterator[Found]:
    """(cell, what, where) for checks with numbers whose own cell is hidden: the wave, the grade or the sex they tell of."""
    for row in rows:
        if str(row.get("indicator")).startswith("theme:"):
            continue
        told = any(row.get(c) is not None for c in ("value", "low", "high", "p_value"))
        key = _checked(row)
        if told and key in shown and shown[key] is None:
            yield (" ".join(str(v) for v in key), "shown", "checks")


def _checked(row: Row) -> Key:
    """The cell a check tells of: its own wave, grade or sex where the variant names one."""
    year, municipality, district, grade, sex, indicator = (row.get(c) for c in ("after_year", *CELL[1:]))
    check, variant = row.get("check"), str(row.get("variant") or "")
    if check in ("event_study", "coverage") and variant.isdecimal():
        year = int(variant)
    elif check == "grades":
        grade = variant
    elif check == "sexes":
        sex = variant
    at = year if isinstance(year, int) else 0
    return at, str(municipality), str(district), str(grade), str(sex), str(indicator)


def power_findings(rows: Iterable[Row], shown: Shown, home: str, known: Known) -> Iterator[Found]:
    """(cell, what, where) for a power table's answers and levels that do not stand in a shown cell."""
    for row in rows:
        if row.get("basis") != "data":
            continue
        district, year = str(row.get("district")), row.get("after_year")
        place = (home, district, str(row.get("grade")), "all", str(row.get("indicator")))
        if "+" in district or not isinstance(year, int):
            continue
        ends, share = shown.get((year, *place)), row.get("share")
        other = ends is None or (row.get("variant") == "as_planned" and not _holds(ends, row.get("n_after")))
        if other or (isinstance(share, int | float) and not known.has(share, place[-1])):
            yield (" ".join(str(v) for v in (year, *place)), "shown", "power")


def bundle_findings(files: Mapping[str, str], indicator: str, cells: pl.DataFrame) -> Iterator[Found]:
    """(cell, what, where) for counts in a replication bundle that no shown cell of that wave holds.

    files: a bundle's files by name. cells: as published.
    """
    ends = [pl.coalesce(c, c[0]).alias(c) for c in ("k_low", "k_high", "n_low")]
    shown = cells.filter(pl.col("status") == "observed")
    by_indicator = {
        name: frame.rows()
        for (name,), frame in shown.select("indicator", "year", "district", "grade", *ends)
        .partition_by("indicator", as_dict=True, include_key=False)
        .items()
    }
    for told in csv.DictReader(io.StringIO(files["cells.csv"])):
        name = told.get("indicator", indicator)  # a theme's cells say which question they are of
        rows = by_indicator.get(name, [])
        counts = tuple(int(float(told[c])) for c in ("year", "k_low", "k_high", "n"))
        parts = told["unit"].rsplit(" ", 1)[-1].split("+")
        if counts not in ({(r[0], *r[3:]) for r in rows} if len(parts) == 1 else _sums(rows, parts)):
            yield (f"{counts[0]} {told['unit']} {name}", "shown", "bundle")


def _sums(rows: list[tuple[object, ...]], parts: list[str]) -> set[tuple[object, ...]]:
    """Counts of several districts taken together, where each of them is shown: (year, k_low, k_high, n)."""
    by_place: dict[tuple[object, object], dict[object, list[int]]] = {}
    for year, district, grade, *counts in rows:
        if district in parts:
            by_place.setdefault((year, grade), {})[district] = [int(str(c)) for c in counts]
    return {
        (year, *(sum(c) for c in zip(*found.values(), strict=True)))
        for (year, _), found in by_place.items()
        if len(found) == len(parts)
    }
