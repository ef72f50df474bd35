"""Where in study.toml a fault stands: the line of every key and value, and the one that an error is about.

tomllib tells positions of broken syntax only. This scan of a text that tomllib has accepted remembers on which
line each table, key and list item begins; an error names its table and key in words, and these are followed there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from lhu_effect.errors import LhuError

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\n]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_IDS = ("id", "year", "number", "text", "wave", "indicator", "variable", "district")
_NOT_FOUND = ("place", "allowed", "known", "closest", "why", "low", "high", "key")


def scan(text: str) -> dict[Path, int]:
    """Path of every table, key and list item -> line, from 1. The text must be TOML.

    >>> scan('[a]\\nb = [1,\\n 2]\\n[[c.d]]\\ne = {f = 1}')[("c", "d", 0, "e", "f")]
    5
    """
    return _Scan(text.replace("\r\n", "\n")).lines


class _Scan:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text.lstrip("\ufeff"), 0
        self.lines: dict[Path, int] = {}
        self._starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        self._items: dict[Path, int] = {}
        table: Path = ()
        while self._skip():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self) -> bool:
        """Past blanks and comments; whether anything is left."""
        if m := _BLANK.match(self.text, self.at):
            self.at = m.end()
        return self.at < len(self.text)

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, bisect_right(self._starts, self.at))

    def _header(self) -> Path:
        twice = self.text.startswith("[[", self.at)
        here, self.at = self.at, self.at + 1 + twice
        keys = self._keys()
        self._skip()
        end, self.at = self.at + 1 + twice, here
        path: Path = ()
        for i, key in enumerate(keys):
            path = (*path, key)
            self._note(path)
            if twice and i == len(keys) - 1:
                self._items[path] = self._items.get(path, -1) + 1
            if path in self._items:
                path = (*path, self._items[path])
                self._note(path)
        self.at = end
        return path

    def _keys(self) -> list[str]:
        """A dotted key."""
        found = []
        while self._skip():
            sign = self.text[self.at]
            if sign in "\"'":
                found.append(self._string())
            elif m := _BARE.match(self.text, self.at):
                found.append(m[0])
                self.at = m.end()
            self._skip()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return found

    def _pair(self, table: Path) -> None:
        here = self.at
        keys = self._keys()
        end, self.at = self.at, here
        path = table
        for key in keys:
            path = (*path, key)
            self._note(path)
        self.at = end + 1  # past "="
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip()
        sign = self.text[self.at]
        if sign in "\"'":
            self._string()
        elif sign in "[{":
            self.at += 1
            self._inside(path, "]" if sign == "[" else "}")
        elif m := _PLAIN.match(self.text, self.at):
            self.at = m.end()

    def _inside(self, path: Path, end: str) -> None:
        """The items of a list or the pairs of an inline table."""
        number = 0
        while self._skip() and self.text[self.at] != end:
            if self.text[self.at] == ",":
                self.at += 1
                continue
            if end == "}":
                self._pair(path)
            else:
                self._note((*path, number))
                self._value((*path, number))
                number += 1
        self.at += 1

    def _string(self) -> str:
        """A string of any of the four kinds; its text as written."""
        sign = self.text[self.at]
        quote = sign * 3 if self.text.startswith(sign * 3, self.at) else sign
        begin = at = self.at + len(quote)
        while at < len(self.text) and not self.text.startswith(quote, at):
            at += 2 if sign == '"' and self.text[at] == "\\" else 1
        self.at = at + len(quote)
        while len(quote) == 3 and self.text.startswith(sign, self.at):
            self.at += 1
        return self.text[begin:at]


def with_line(fault: LhuError, text: str, data: Mapping[str, object]) -> LhuError:
    """`fault` with the line it is about, as far as its place, key and values tell."""
    lines = scan(text)
    path = _path_of(str(fault.facts.get("place", "")), data)
    fault.line = _best(path, fault, data, lines)
    return fault


def with_position(fault: LhuError, text: str) -> LhuError:
    """A fault of syntax with line and column taken out of tomllib's own words."""
    why = str(fault.facts.get("why", ""))
    if m := _AT.search(why):
        end = text.count("\n") + 1
        fault.line, fault.column = (int(m[1]), int(m[2])) if m[1] else (end, None)
        fault.facts["why"] = why[: m.start()]
    return fault


def _best(path: Path, fault: LhuError, data: object, lines: Mapping[Path, int]) -> int | None:
    key = str(fault.facts.get("key", ""))
    if key and (line := lines.get((*path, *key.split(".")))):
        return line
    said = {str(v) for k, v in fault.facts.items() if k not in _NOT_FOUND and isinstance(v, str | int)}
    hits = [p for p, value in _values(_at(data, path), path) if str(value) in said and p in lines]
    if hits:
        return lines[hits[-1] if fault.rule.endswith(("twice", "repeated")) else hits[0]]
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _values(node: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _values(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _values(value, (*path, number))
    else:
        yield path, node


def _at(node: object, path: Path) -> object:
    for step in path:
        if isinstance(node, dict):
            node = node.get(str(step))
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
    return node


def _path_of(place: str, data: object) -> Path:
    """The table that an error's place names: `[study].minimum`, `[[promise]] 2020, [[commitment]] 3`."""
    path: Path = ()
    for part in re.split(r",\s+", place):
        named = re.match(r"(\[{1,2})([\w.-]+)\]{1,2}\.?\s*(.*)", part)
        keys = named[2].split(".") if named else []
        rest = named[3] if named else part
        if named and named[1] == "[[":
            found = _list_named(data, path, keys[-1])
            path = found if found is not None else path
        else:
            path = (*path, *keys)
        path = _into(data, path, rest)
    return path


def _list_named(data: object, under: Path, name: str) -> Path | None:
    """The list of tables called `name`, the nearest one under `under`."""
    found = [(*under, *p) for p in _lists(_at(data, under), ()) if p[-1] == name]
    found += [p for p in _lists(data, ()) if p[-1] == name]
    return found[0] if found else None


def _lists(node: object, path: Path) -> Iterator[Path]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, list):
                yield (*path, key)
            yield from _lists(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _lists(value, (*path, number))


def _into(data: object, path: Path, rest: str) -> Path:
    """Down the words that follow a table's name: the number or id of an item, and keys."""
    words = rest.split()
    node = _at(data, path)
    if isinstance(node, list) and words:
        number, used = _item(node, words)
        if number is not None:
            path, words = (*path, number), words[used:]
    for word in words:
        for key in word.split("."):
            node = _at(data, path)
            if isinstance(node, dict) and key in node:
                path = (*path, key)
            elif isinstance(node, list) and (number := _item(node, [key])[0]) is not None:
                path = (*path, number)
    return path


def _item(items: Sequence[object], words: Sequence[str]) -> tuple[int | None, int]:
    """(which item, how many words name it): its number with its id after it, its id, or its number alone."""
    ids = [
        {str(item[k]) for k in _IDS if k in item}
        | {
            f"{item.get('indicator')} {item.get('wave')}",
            f"{item.get('district', 'all')} {item.get('grade')}",
        }
        if isinstance(item, dict)
        else {str(item)}
        for item in items
    ]
    first = int(words[0]) - 1 if words[0].isdigit() and len(words[0]) < 6 else -1
    for used in range(len(words), 0, -1):
        name = " ".join(words[:used])
        if 0 <= first < len(items) and used > 1 and " ".join(words[1:used]) in ids[first]:
            return first, used
        hits = [n for n, own in enumerate(ids) if name in own]
        if hits:
            return hits[-1], used
    return (first, 1) if 0 <= first < len(items) else (None, 0)
