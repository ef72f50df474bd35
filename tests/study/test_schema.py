"""The published schema and the loader take the same keys and refuse the same shapes."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lhu_effect.errors import StudyError
from lhu_effect.study import packaged_study, parse_study
from lhu_effect.study.schema import study_schema

SCHEMA = study_schema()
EXAMPLE = Path(__file__).parents[3] / "shared" / "design" / "study.example.toml"
FULL = b"""
[study]
id = "s"
title = "T"
municipality = "0486"
extracts = ["extracts/"]
language = "sv"
district_basis = "school"
comparison = ["0428"]
contaminated = "flag"
strata = [{ id = "ak9", grades = ["ak9"] }]
margins = ["grade*sex"]
minimum = { n = 10, k = 5 }
mask_limit = 5
item_response = 0.9
mapping = "m.toml"
margin = { points = 1.0, share = 0.25 }
alpha = 0.05
[[wave]]
year = 2023
field_start = 2023-01-01
field_end = 2023-02-01
assumed = true
mode = "web"
note = "n"
source = "s"
[[district]]
id = "x"
name = "X"
aliases = ["Xx"]
[[pooled_district]]
id = "p"
label = { sv = "P", en = "P" }
districts = ["mariefred", "aker"]
basis = "school"
grades = ["ak9"]
why = "w"
[[indicator]]
id = "i"
label = "I i"
theme = "drugs"
better = "lower"
look_back = "now"
subject = "s"
question = "q"
answers = ["a"]
base = "b"
versions = [{ id = "v", waves = [2023], note = "n" }]
aliases = ["alias i"]
nested_in = "narcotics_ever"
nested_also = ["narcotics_12_months"]
grades = ["ak9"]
kind = "outcome"
source = "s"
[[codebook]]
indicator = "i"
wave = 2023
variable = "F"
yes = ["1"]
no = [2]
missing = ["9"]
base = "all"
[codebook.keys]
year = "a"
municipality = "b"
district = "c"
grade = "d"
sex = "e"
school = "f"
class = "g"
weight = "h"
[[mask]]
text = "*"
low = 1
high = 9
[[enrolment]]
wave = 2023
municipality = "0486"
district = "all"
grade = "ak9"
pupils = 500
source = "s"
estimated = true
[[promise]]
id = "2020"
title = "L"
start = 2020-01-01
end = 2020-12-31
districts = "all"
themes = ["drugs"]
primary = ["narcotics_ever", "doping_ever"]
headline = "both"
theme_indicators = { drugs = ["narcotics_ever", "doping_ever"] }
primary_named_on = 2019-01-01
primary_named_by = "x"
expected = "e"
reported_by = "r"
source = "s"
assumed_dates = true
note = "n"
[[promise.date_conflict]]
what = "w"
says = "s"
source = "s"
start = 2020-02-01
[[promise.commitment]]
number = 1
text = "t"
status = "partly"
result = "r"
planned = 2
delivered = 1
districts = ["aker"]
dates = [2020-05-05]
target_ages = [15, 18]
why = "w"
indicators = ["narcotics_ever"]
source = "s"
[[exposure]]
municipality = "0484"
exposed = "yes"
start = 2020-01-01
end = 2020-12-31
themes = ["drugs"]
title = "t"
source = "s"
note = "n"
[[source]]
id = "w"
kind = "wastewater"
files = ["other/w.csv"]
title = { sv = "A", en = "A" }
measures = [{ id = "Kokain", label = "K", unit = "mg", limit = 5.0 }]
places = ["0486"]
unit = "mg"
counts = "events"
producer = "p"
retrieved = 2026-01-01
terms = "t"
source = "s"
note = "n"
synthetic = true
"""


def _json(value: Any) -> Any:
    """TOML as JSON: dates become strings."""
    if isinstance(value, dict):
        return {k: _json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_json(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _valid(document: Any) -> bool:
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return bool(checker.is_valid(_json(document)))


def _loads(document: dict[str, Any]) -> bool:
    try:
        parse_study(_toml(document).encode())
    except StudyError:
        return False
    return True


def _toml(document: dict[str, Any]) -> str:
    """A document as TOML, written inline: enough for what the tests change."""
    return "\n".join(f"{key} = {_inline(value)}" for key, value in document.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value.isoformat() if isinstance(value, date) else repr(value)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


DOCUMENT = tomllib.loads(FULL.decode())
PATHS = list(_paths(DOCUMENT))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_packaged_study_and_the_example_follow_the_schema() -> None:
    assert _valid(tomllib.loads(packaged_study().decode()))
    if EXAMPLE.exists():
        assert _valid(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))


def test_a_study_with_every_key_is_taken_by_both() -> None:
    assert _valid(DOCUMENT)
    assert _loads(DOCUMENT)


def test_the_study_above_has_every_key_of_the_schema() -> None:
    for name, table in {**SCHEMA["$defs"], "": SCHEMA}.items():
        if name == "text":
            continue
        wanted = set(table["properties"])
        used = {
            key
            for path in PATHS
            if isinstance(_at(DOCUMENT, path), dict) and _kind(path) == name
            for key in _at(DOCUMENT, path)
        }
        assert wanted == used, name


def _kind(path: tuple[Any, ...]) -> str:
    """The table of the schema that a place in the document is."""
    names = [p for p in path if isinstance(p, str)]
    last = names[-1] if names else ""
    return {"strata": "stratum", "versions": "version", "measures": "source_measure"}.get(last, last)


@pytest.mark.parametrize("path", [p for p in PATHS if isinstance(_at(DOCUMENT, p), dict)], ids=str)
def test_an_unknown_key_is_refused_by_both(path: tuple[Any, ...]) -> None:
    if path and path[-1] == "theme_indicators":
        pytest.skip("its keys are themes")
    changed = copy.deepcopy(DOCUMENT)
    _at(changed, path)["zzz"] = "x"
    assert not _valid(changed)
    assert not _loads(changed)


@pytest.mark.parametrize("path", [p for p in PATHS if p], ids=str)
def test_a_value_of_another_kind_is_refused_by_both(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(DOCUMENT)
    holder = _at(changed, path[:-1])
    old = holder[path[-1]]
    holder[path[-1]] = 1.5 if isinstance(old, (str, bool, int, date)) else True
    if path[:1] == ("codebook",) and isinstance(path[-1], int) and len(path) == 4:
        pytest.skip("answer codes may be numbers")
    if path in ((("study", "margin", "points")), ("study", "margin", "share")):
        pytest.skip("a number already")
    assert not _valid(changed), path
    assert not _loads(changed), path


@pytest.mark.parametrize("path", [p for p in PATHS if p and isinstance(p[-1], str)], ids=str)
def test_a_key_left_out_is_missed_by_both_or_by_neither(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(DOCUMENT)
    del _at(changed, path[:-1])[path[-1]]
    if not _valid(changed):
        assert not _loads(changed), path
