"""An error in study.toml names its line: of the key, of the value at fault, or of the table that lacks something."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from lhu_effect.errors import StudyError
from lhu_effect.study import packaged_study, parse_study
from lhu_effect.study.lines import scan

NESTED = """# a comment with [brackets] and "quotes"
"quoted key" = 'x # no comment'
dotted.key.deep = 1
[a]
text = \"\"\"
[[not.a.table]]
key = "no key" \\\"""
\"\"\"
plain = '''
[neither]
'''
list = [ # first
  { id = "one", grades = ["ak9", "gy2"] }, # second
  { id = "two", "odd.key" = [1,
    2] },
]
[[b]]
x = 2020-03-16
[[b.c]]
y = "a ] b"
[[b.c]]
y = 2
[b.d]
z = true
[[b]]
[[b.c]]
y = [[1, 2], [3]]
"""


def walk(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if path:
        yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from walk(value, (*path, key))


@pytest.mark.parametrize("text", [NESTED, packaged_study().decode()], ids=["nested", "packaged"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_and_item_has_its_line(text: str, newline: str) -> None:
    lines = scan(text.replace("\n", newline))
    known = dict(walk(tomllib.loads(text)))
    assert set(lines) == set(known)
    written = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in written[line - 1], (path, line)
        elif isinstance(known[path], str | int) and not isinstance(known[path], bool):
            assert str(known[path]) in written[line - 1]


def test_some_lines_of_the_nested_sample() -> None:
    lines = scan(NESTED)
    for path, start in (
        (("a", "list", 1, "odd.key", 1), "    2]"), (("b", 0, "c", 1, "y"), "y = 2"), (("b", 1, "c", 0, "y"), "y = [["),
        (("b", 1), "[[b]]"), (("b", 0, "d"), "[b.d]"), (("dotted", "key", "deep"), "dotted"),
    ):  # fmt: skip
        assert NESTED.split("\n")[lines[path] - 1].startswith(start)  # type: ignore[index]
    assert lines["b", 1] > lines["b", 0]


STUDY = """[study]
id = "s"
title = "T"
municipality = "0486"
minimum = { n = 10, k = 5 }
strata = [
  { id = "ak9", grades = ["ak9"] },
  { id = "gy2", grades = ["gy2"] },
]

[[wave]]
year = 2017
[[wave]]
year = 2020
note = "n"

[[mask]]
text = "*"
low = 1
high = 9

[[promise]]
id = "2020"
title = "Löftet"
start = 2020-03-16
end = 2020-12-31
themes = ["drugs"]
primary = ["narcotics_ever", "offered_narcotics_12_months"]
[[promise.commitment]]
number = 1
text = "a"
status = "delivered"
[[promise.commitment]]
number = 2
text = "b"
status = "partly"
"""


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ('municipality = "0486"', 'municipality = "9999"', "municipality"),
        ('title = "T"', 'titel = "T"', "[study]"),
        ("minimum = { n = 10, k = 5 }", "minimum = { n = 2, k = 5 }", "minimum"),
        ('grades = ["gy2"]', 'grades = ["gy9"]', '  { id = "gy2"'),
        ('note = "n"', 'notes = "n"', "notes"),
        ("year = 2020", "year = 2017", "[[wave]]"),
        ("low = 1\n", "low = 11\n", "[[mask]]"),
        ("high = 9", 'high = "nio"', "high"),
        ("end = 2020-12-31", "end = 2019-12-31", "[[promise]]"),
        ('"offered_narcotics_12_months"]', '"offerd_narcotics_12_months"]', "primary"),
        ('themes = ["drugs"]', 'themes = ["drogs"]', "themes"),
        ('status = "partly"', 'status = "halvt"', 'status = "halvt"'),
        ("number = 2", "number = 1", "[[promise.commitment]]"),
        ('text = "b"\n', "", "[[promise.commitment]]"),
    ],
)
def test_the_line_is_the_one_to_mend(old: str, new: str, at: str) -> None:
    broken = STUDY.replace(old, new, 1)
    with pytest.raises(StudyError) as fault:
        parse_study(broken.encode())
    line = fault.value.line
    assert line is not None, fault.value.message("sv")
    assert broken.split("\n")[line - 1].startswith(at), (line, fault.value.message("sv"))
    assert fault.value.message("sv").startswith(f"study.toml, rad {line}: ")
    assert fault.value.message("en").startswith(f"study.toml, line {line}: ")
    if at in ("[[promise.commitment]]", "[[wave]]"):  # the second of two
        assert line == max(n for n, text in enumerate(broken.split("\n"), 1) if text.startswith(at))


def test_broken_syntax_names_line_and_column() -> None:
    with pytest.raises(StudyError) as fault:
        parse_study(STUDY.replace('id = "2020"', "id = 2020x").encode())
    assert (fault.value.rule, fault.value.line, fault.value.column) == ("definitions.not_toml", 23, 10)
    assert fault.value.message("sv").startswith("study.toml, rad 23, kolumn 10: ")
    with pytest.raises(StudyError) as fault:
        parse_study((STUDY + 'x = """never').encode())
    assert fault.value.line == STUDY.count("\n") + 1
