"""Skolenkäten (Skolinspektionen): questions over answers over Antal/Andel, a row per nation, organiser and school.

The respondents stand in the title only: answers of guardians or staff are no answers of pupils and are refused.
"""

from __future__ import annotations

from lhu_effect.survey.layouts import Refusal, no_results
from lhu_effect.survey.tables import Table

NAME = "skolenkaten"


def refuses(table: Table) -> Refusal | None:
    """Why this table is not one of Skolenkäten's pupil tables, or None when it is."""
    if asked := no_results(table):
        return asked
    axes = table.row_axes()
    if not {"organiser", "school"} <= axes and not {"organiser", "school_code"} <= axes:
        return Refusal("no_organiser")
    if not any("answer" in v.labels for v in table.values):
        return Refusal("nothing_across")
    if not any(x.id is not None for v in table.values for a, x in v.labels.items() if a == "indicator"):
        question = next(v.labels["indicator"].text for v in table.values if "indicator" in v.labels)
        return Refusal("no_known_question", {"text": question})
    return None if "year" in axes | set(table.context) else Refusal("no_axis", {"axis": "year"})
