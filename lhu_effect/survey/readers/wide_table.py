"""Wide table: years, sexes, grades, places, questions or answers stand side by side in the headings."""

from __future__ import annotations

from lhu_effect.survey.layouts import Refusal, bases_only, no_results
from lhu_effect.survey.tables import Table

NAME = "wide"


def refuses(table: Table) -> Refusal | None:
    """Why this table is not a wide one that can be read, or None when it is."""
    if asked := no_results(table):
        return asked
    across = {a for v in table.values for a in v.labels}
    known = {a for v in table.values for a, x in v.labels.items() if x.id is not None or a == "answer"}
    if not across:
        return Refusal("nothing_across")
    axes = table.row_axes() | set(table.context) | known
    if "indicator" not in axes and not bases_only(table):
        unknown = next((v.labels["indicator"].text for v in table.values if "indicator" in v.labels), "")
        return (
            Refusal("no_known_question", {"text": unknown})
            if unknown
            else Refusal("no_axis", {"axis": "indicator"})
        )
    if "year" not in axes:
        return Refusal("no_axis", {"axis": "year"})
    return None
