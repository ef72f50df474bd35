"""docs/layouts.md lists exactly the shapes that are tested, and rules that exist in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from lhu_effect.i18n import LANGS, room_texts
from tests.survey.test_contradictions import STOPS
from tests.survey.test_layouts import SHAPES

PAGE = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text("utf-8")


def names(section: str) -> list[str]:
    """Names in the first column of a section's table."""
    part = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    return [
        n
        for line in part.splitlines()
        if line.startswith("| `")
        for n in re.findall(r"`(\w+)`", line.split("|")[1])
    ]


def test_every_tested_shape_is_listed_and_no_other() -> None:
    assert names("Shapes") == [s.__name__ for s in SHAPES]


def test_every_rule_that_stops_is_listed_and_worded() -> None:
    listed = names("What stops, with the cell")
    assert set(STOPS) <= set(listed)
    for lang in LANGS:
        assert set(listed) <= set(room_texts("survey", lang)["errors"])


def test_both_languages_have_the_same_texts_and_holes() -> None:
    def holes(lang: str) -> dict[str, list[str]]:
        flat: dict[str, list[str]] = {}
        for group, texts in room_texts("survey", lang).items():  # type: ignore[arg-type]
            flat |= {
                f"{group}.{key}": sorted(set(re.findall(r"{(\w+)}", text))) for key, text in texts.items()
            }
        return flat

    assert holes("sv") == holes("en")
    issues = room_texts("survey", "sv")["issues"]
    assert set(issues) == set(room_texts("survey", "sv")["issue_labels"])
