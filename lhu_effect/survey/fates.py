"""What became of the cells of a sheet, and how a label or figure at fault is written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lhu_effect.survey.rows import Stuck
from lhu_effect.survey.tables import At, DataRow, Table, ValueColumn


@dataclass(eq=False)
class Fates:
    """What became of the cells of one sheet. used: axis or measure. rejected: what stuck. ignored: why."""

    used: dict[At, str] = field(default_factory=dict)
    rejected: dict[At, Stuck] = field(default_factory=dict)
    ignored: dict[At, str] = field(default_factory=dict)
    masked: set[At] = field(default_factory=set)


def reject(at: At, stuck: Stuck, fates: Fates, unknown: Counter[Stuck]) -> None:
    if stuck.rule == "organiser_elsewhere":
        fates.ignored[at] = stuck.rule
        return
    if stuck.rule in ("unused_measure", "answers_total"):
        fates.ignored[at] = "mean" if stuck.rule == "unused_measure" else "not_needed"
        return
    fates.rejected[at] = stuck
    if stuck.at is not None and stuck.at not in fates.used:
        fates.rejected[stuck.at] = stuck
    unknown[Stuck(stuck.rule, stuck.axis, stuck.text)] += 1


def reject_row(
    row: DataRow,
    columns: Iterable[ValueColumn],
    table: Table,
    stuck: Stuck,
    fates: Fates,
    unknown: Counter[Stuck],
) -> None:
    for column in columns:
        if table.grid.cell(row.row, column.col) is not None:
            reject((row.row, column.col), stuck, fates, unknown)


def column_out(
    table: Table, column: ValueColumn, why: Stuck | str, fates: Fates, unknown: Counter[Stuck]
) -> None:
    """A column that is not read: its cells are ignored with the reason; the heading at fault is rejected."""
    rows = [r.row for r in table.rows if table.grid.cell(r.row, column.col) is not None]
    reason = why if isinstance(why, str) else f"under_{why.rule}"
    for row in rows:
        fates.ignored[row, column.col] = reason
    if isinstance(why, Stuck):
        if why.at is not None:
            fates.rejected.setdefault(why.at, why)
        unknown[Stuck(why.rule, why.axis, why.text)] += len(rows)
    for at in column.headings:
        if at not in fates.rejected:
            fates.ignored.setdefault(at, "heading" if isinstance(why, Stuck) else reason)
