"""Long table: every axis has a column of its own, and the values stand in columns of one measure each."""

from __future__ import annotations

from lhu_effect.survey.layouts import Refusal, bases_only, no_results
from lhu_effect.survey.tables import Table

NAME = "long"
ACROSS = frozenset(("year", "sex", "grade", "place", "answer"))


def refuses(table: Table) -> Refusal | None:
    """Why this table is not a long one, or None when it is."""
    if asked := no_results(table):
        return asked
    if not table.labels or not any(c.axis for c in table.labels):
        return Refusal("no_label_column")
    across = sorted(
        {a for v in table.values for a in v.labels if a in ACROSS or (a == "indicator" and v.labels[a].id)}
    )
    if across:
        return Refusal("axis_across", {"axis": across[0]})
    if "indicator" not in table.row_axes() | set(table.context) and not bases_only(table):
        return Refusal("no_axis", {"axis": "indicator"})
    if "year" not in table.row_axes() and "year" not in table.context:
        return Refusal("no_axis", {"axis": "year"})
    return None
