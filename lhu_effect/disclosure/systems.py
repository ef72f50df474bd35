"""The small systems of sums inside a table: one per wave, municipality and indicator.

Turns rows of a frame into `pattern.System`s and the pattern's answers back into rows. Unlisted parts are
numbered past the last row, as in `structure.Ties`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import polars as pl

from lhu_effect.disclosure import pattern
from lhu_effect.disclosure.bounds import Bools
from lhu_effect.disclosure.cost import cost_of
from lhu_effect.disclosure.earlier import Earlier
from lhu_effect.disclosure.pattern import Name, System
from lhu_effect.disclosure.structure import CELL, Structure, Ties, tie
from lhu_effect.study.model import Study

Place = tuple[int, str, str]  # year, municipality, indicator


@dataclass(frozen=True, slots=True)
class Picked:
    """A row to hide, the row (or unlisted part) it protects, and what it costs."""

    row: int
    protects: int
    cost: int


@dataclass(frozen=True, eq=False)
class Systems:
    """lines: per system its sums by name. rows, names: the two ways between (system, name) and row.

    barred: rows that are public already. abroad: rows of the same cell in all municipalities, by year, name
    and indicator, where a region's total for it is public.
    """

    ties: Ties
    lines: dict[Place, tuple[tuple[Name, ...], ...]]
    rows: dict[tuple[Place, Name], int]
    names: list[tuple[Place, Name]]
    height: int
    costs: Callable[[str], Callable[[Name], int]]
    barred: frozenset[int]
    abroad: dict[tuple[int, Name, str], list[int]]
    _seen: dict[object, tuple[pattern.Choice, ...]] = field(default_factory=dict)

    @staticmethod
    def of(frame: pl.DataFrame, structure: Structure, study: Study, earlier: Earlier) -> Systems:
        """The systems of a frame of cells. earlier: rows in it are public already, so hiding them helps little."""
        ties = tie(frame, structure)
        names: list[tuple[Place, Name]] = [
            ((year, code, indicator), (district, grade, sex))
            for year, code, district, grade, sex, indicator in frame.select(CELL).iter_rows()
        ]
        inside = ties.sums.filter(pl.col("axis") != "region")
        members: dict[int, list[int]] = {}
        for number, cell in inside.sort("sum", "part", "cell").select("sum", "cell").iter_rows():
            members.setdefault(number, []).append(cell)
        axis = dict(inside.select("sum", "axis").iter_rows())
        for _phantom, number in ties.phantoms.sort("cell").iter_rows():
            place, total = names[members[number][0]]
            names.append((place, ("+", axis[number], " ".join(total))))
        lines: dict[Place, list[tuple[Name, ...]]] = {}
        for cells in members.values():
            lines.setdefault(names[cells[0]][0], []).append(tuple(names[c][1] for c in cells))
        made = {c: cost_of(study, c) for c in frame["municipality"].unique().to_list()}
        return Systems(
            ties,
            {place: tuple(sorted(ls)) for place, ls in lines.items()},
            {key: row for row, key in enumerate(names)},
            names,
            frame.height,
            made.__getitem__,
            earlier.rows(frame),
            _abroad(names[: frame.height], earlier),
        )

    def close(
        self, hidden: Bools, small: Bools, unlisted: frozenset[int], among: Iterable[int] | None = None
    ) -> list[Picked]:
        """The rows to hide further so that nothing follows by adding and subtracting (`pattern.protectors`).

        hidden, small: true/false per row. unlisted: phantoms that must not be found out. among: only the
        systems of these rows.
        """
        covered: dict[Place, set[Name]] = {}
        for row in (*hidden.nonzero()[0].tolist(), *unlisted):
            place, name = self.names[row]
            covered.setdefault(place, set()).add(name)
        places = covered if among is None else {self.names[r][0]: None for r in among}
        return [p for place in sorted(places) for p in self._close_one(place, covered[place], small)]

    def _close_one(self, place: Place, covered: set[Name], small: Bools) -> list[Picked]:
        unlisted = frozenset(n for n in covered if n[0] == "+")
        lines = tuple(
            tuple(n for n in line if n[0] != "+" or n in unlisted) for line in self.lines.get(place, ())
        )
        hidden = frozenset(covered) - unlisted
        cost = self.costs(place[1])
        tiny = frozenset(n for n in hidden if small[self.rows[place, n]])
        barred = frozenset(n for line in lines for n in line if self.rows[place, n] in self.barred)
        key = (lines, hidden, tiny, unlisted, barred, cost)
        if key not in self._seen:
            listed = {n for line in lines for n in line if n[0] != "+"}
            self._seen[key] = pattern.protectors(
                System(lines, tiny, unlisted), hidden, {n: cost(n) for n in listed}, barred
            )
        return [
            Picked(self.rows[place, c.cell], self.rows[place, c.protects], cost(c.cell))
            for c in self._seen[key]
        ]

    def widen(self, weak: Iterable[int], hidden: Bools) -> list[Picked]:
        """For each system with weak cells the cheapest shown neighbour of the first that has any: in its sums or nested."""
        made: dict[int, Picked] = {}
        done: set[Place] = set()
        for cell in weak:
            place, name = self.names[cell]
            if place in done:
                continue
            options = [(self._cost(r), r) for r in self._neighbours(cell, place, name, hidden)]
            if options:
                done.add(place)
                price, row = min(options, key=lambda o: (o[1] in self.barred, o[0], self.names[o[1]]))
                made.setdefault(row, Picked(row, cell, price))
        return [made[r] for r in sorted(made)]

    def _neighbours(self, cell: int, place: Place, name: Name, hidden: Bools) -> list[int]:
        lines = self.lines.get(place, ())
        unseen = frozenset(n for line in lines for n in line if n[0] == "+" or hidden[self.rows[place, n]])
        near = [self.rows[place, n] for n in pattern.candidates(lines, name, unseen)]
        nested = self.ties.within.filter((pl.col("inner") == cell) | (pl.col("outer") == cell))
        near += [r for pair in nested.iter_rows() for r in pair if r != cell and not hidden[r]]
        year, _, indicator = place
        return near + [r for r in self.abroad.get((year, name, indicator), ()) if r != cell and not hidden[r]]

    def unlisted(self, total: int, axis: str) -> int:
        """The number of the unlisted part of the sum along `axis` that row `total` is the total of."""
        place, name = self.names[total]
        return self.rows[place, ("+", axis, " ".join(name))]

    def _cost(self, row: int) -> int:
        place, name = self.names[row]
        return self.costs(place[1])(name)

    def label(self, row: int) -> str:
        """`2020 0486 aker ak9 all narcotics_ever`, or what an unlisted part belongs to."""
        (year, code, indicator), name = self.names[row]
        return " ".join((str(year), code, *name, indicator))


def _abroad(names: list[tuple[Place, Name]], earlier: Earlier) -> dict[tuple[int, Name, str], list[int]]:
    totals = earlier.regional()
    found: dict[tuple[int, Name, str], list[int]] = {}
    for row, ((year, _, indicator), name) in enumerate(names) if totals else ():
        if (year, name, indicator) in totals:
            found.setdefault((year, name, indicator), []).append(row)
    return found
