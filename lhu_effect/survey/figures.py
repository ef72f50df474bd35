"""The numbers of observations, once it is decided for each column what its plain figures mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from lhu_effect.survey.grid import address
from lhu_effect.survey.model import Issue
from lhu_effect.survey.tidy import Observation
from lhu_effect.survey.units import Figure, Mixed, Unit, as_percent, percent_decimals, unit_of

Column = tuple[int, int]


class Read:
    """Figures of a survey's observations. odd: columns whose unit could not be decided, with their observations."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self.units: dict[Column, Unit] = {}
        self.rounded: dict[tuple[Column, int], int] = {}
        self.odd: list[tuple[Issue, tuple[Observation, ...]]] = []
        self._figures: dict[int, Figure] = {}
        self._decide(observations)

    def _decide(self, observations: Sequence[Observation]) -> None:
        columns: dict[Column, list[Observation]] = {}
        for o in observations:
            if o.measure == "percent" and o.parsed.value is not None:
                columns.setdefault(_column(o), []).append(o)
        undecided = self._by_themselves(columns)
        for column in undecided:
            found = columns[column]
            unit = self._beside(column, found, columns) or self._by_counts(found, observations)
            if unit is None:
                facts: dict[str, object] = {"text": found[0].cell.text.strip(), "count": len(found)}
                self._odd("unit_unknown", found[0], found, facts)
            else:
                self.units[column] = unit
        for column, found in columns.items():
            self._round(column, found)

    def _by_themselves(self, columns: dict[Column, list[Observation]]) -> list[Column]:
        undecided = []
        for column, found in columns.items():
            per_cent = found[0].column.per_cent or found[0].table.per_cent
            unit = unit_of([self.figure(o) for o in found], per_cent, None)
            if isinstance(unit, Mixed):
                where = next(o for o in found if address(*o.at) == unit.other.cell)
                facts: dict[str, object] = {
                    "one": unit.one.written,
                    "at": unit.one.cell,
                    "other": unit.other.written,
                }
                self._odd("mixed_units", where, found, facts)
            elif unit is None:
                undecided.append(column)
            else:
                self.units[column] = unit
        return undecided

    def _beside(
        self, column: Column, found: Sequence[Observation], columns: dict[Column, list[Observation]]
    ) -> Unit | None:
        """The unit of the other columns of the table, else of the file, when they agree."""
        table, file = found[0].table, found[0].table.grid.file
        for same in (lambda o: o.table is table, lambda o: o.table.grid.file == file):
            units = {self.units[c] for c, fs in columns.items() if c in self.units and same(fs[0])}
            if len(units) == 1:
                return units.pop()
        return None

    def _by_counts(self, found: Sequence[Observation], observations: Iterable[Observation]) -> Unit | None:
        """The unit that makes per cent = count / base, where both are published."""
        wanted = {o.key for o in found}
        counts = {
            (o.key, o.answer): o.parsed.value
            for o in observations
            if o.measure == "count" and o.key in wanted
        }
        bases = {o.key: o.parsed.value for o in observations if o.measure == "base"}
        for o in found:
            k, n = counts.get((o.key, o.answer)), bases.get(o.key)
            if k and n and o.parsed.value:
                return (
                    "fraction"
                    if abs(o.parsed.value - k / n) < abs(o.parsed.value - 100 * k / n)
                    else "percent"
                )
        return None

    def _round(self, column: Column, found: Sequence[Observation]) -> None:
        unit = self.units.get(column)
        if unit is None:
            return
        by_year: dict[int, list[Figure]] = {}
        for o in found:
            by_year.setdefault(o.key.year, []).append(self.figure(o))
        for year, figures in by_year.items():
            self.rounded[column, year] = max(0, percent_decimals(figures, unit))

    def _odd(self, rule: str, o: Observation, found: Sequence[Observation], facts: dict[str, object]) -> None:
        issue = Issue(f"survey.{rule}", "error", o.table.grid.file, o.table.grid.sheet, address(*o.at), facts)
        self.odd.append((issue, tuple(found)))

    def figure(self, o: Observation) -> Figure:
        """The observation's number with what its own cell says of its unit."""
        if id(o) not in self._figures:
            assert o.parsed.value is not None
            self._figures[id(o)] = Figure(o.parsed.value, o.parsed.unit, address(*o.at), _shown_decimals(o))
        return self._figures[id(o)]

    def decided(self, o: Observation) -> bool:
        """Whether the observation's number can be read."""
        return o.measure != "percent" or o.parsed.value is None or _column(o) in self.units

    def percent(self, o: Observation) -> str | None:
        """The per cent (0-100) in plain digits, None when the cell holds no number."""
        unit = self.units.get(_column(o))
        return as_percent(self.figure(o), unit) if o.parsed.value is not None and unit else None

    def decimals(self, o: Observation) -> int:
        """Decimals of the column's per cents in that wave."""
        return self.rounded.get((_column(o), o.key.year), 0)

    def number(self, o: Observation) -> str | None:
        """The figure as a per cent or count in plain digits."""
        if o.parsed.value is None:
            return None
        if o.measure == "percent":
            shown = self.percent(o)
            return None if shown is None else f"{Decimal(shown).normalize():f}"
        return f"{Decimal(self.figure(o).written).normalize():f}"

    def whole(self, o: Observation | None) -> int | None:
        """The count or base, None when the cell holds no number."""
        return None if o is None or o.parsed.value is None else int(o.parsed.value)

    def overlap(self, one: Observation, other: Observation) -> bool:
        """Whether two per cents may be the same figure rounded differently."""
        a, b = self.percent(one), self.percent(other)
        if a is None or b is None:
            return False
        half = sum(Decimal(5).scaleb(-self.decimals(o) - 1) for o in (one, other))
        return self.decimals(one) != self.decimals(other) and abs(Decimal(a) - Decimal(b)) <= half

    def address(self, o: Observation, seen_from: Observation | None = None) -> str:
        """Address of the observation's cell, with sheet and file where they are others than `seen_from`'s."""
        here = address(*o.at)
        grid = o.table.grid
        if seen_from is None or grid is seen_from.table.grid:
            return here
        where = grid.sheet if grid.file == seen_from.table.grid.file else f"{grid.file} {grid.sheet}".strip()
        return f"{where}!{here}"


def _column(o: Observation) -> Column:
    return id(o.table), o.at[1]


def _shown_decimals(o: Observation) -> int:
    """Decimals as shown: trailing zeros of a text, or those of a number format (in the number's own scale)."""
    if isinstance(o.cell.value, str):
        digits = o.parsed.text.rstrip("% ").replace(",", ".")
        return len(digits.rpartition(".")[2]) if "." in digits and digits.rpartition(".")[2].isdigit() else 0
    code = o.cell.number_format.split(";")[0]
    after = code.partition(".")[2] if "." in code else ""
    shown = len(after) - len(after.lstrip("0"))
    return shown + 2 if o.cell.percent_format and (shown or "0%" in code) else shown
