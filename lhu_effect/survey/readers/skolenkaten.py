"""Skolenkäten (Skolinspektionen): questions over answers over Antal/Andel, a row per nation, organiser and school.

The respondents stand in the title only: answers of guardians or staff are no answers of pupils and are refused.
"""

from __future__ import annotations

from lhu_effect.survey.layouts import Refusal
from lhu_effect.survey.tables import Table
from lhu_effect.survey.words import fold

NAME = "skolenkaten"
OTHERS = ("vardnadshavare", "foraldrar", "personal", "larare", "rektor")


def refuses(table: Table) -> Refusal | None:
    """Why this table is not one of Skolenkäten's pupil tables, or None when it is."""
    axes = table.row_axes()
    if not {"organiser", "school"} <= axes and not {"organiser", "school_code"} <= axes:
        return Refusal("no_organiser")
    if not any("answer" in v.labels for v in table.values):
        return Refusal("nothing_across")
    if respondents := others_asked(table):
        return Refusal("not_pupils", {"who": respondents})
    if not any(x.id is not None for v in table.values for a, x in v.labels.items() if a == "indicator"):
        asked = next(v.labels["indicator"].text for v in table.values if "indicator" in v.labels)
        return Refusal("no_known_question", {"text": asked})
    return None if "year" in axes | set(table.context) else Refusal("no_axis", {"axis": "year"})


def others_asked(table: Table) -> str:
    """The respondents that the titles over the table name, when they are not pupils."""
    for row in table.grid.rows[: table.header[1]]:
        for cell in row[:3]:
            if cell is not None and any(o in fold(cell.text) for o in OTHERS):
                return cell.text.strip()
    return ""
