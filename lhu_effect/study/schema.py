"""The published JSON schema of study.toml: shapes and names, for editors and other programs.

What a schema cannot say (that indicators exist, that dates run forwards) stays with `check`.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def study_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) as plain dicts; dates are strings in it, as in TOML turned into JSON."""
    text = (resources.files(__package__) / "study.schema.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text)
    return made
