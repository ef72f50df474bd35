"""Reads one TOML table strictly: every key is asked for by name and kind, and what was not asked for is an error.

Turns tables into plain typed values for the loaders of registers and studies; knows no meaning of any key.
Each error names the file, the table, the key, what was found and what would be right.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar

from lhu_effect.definitions.labels import closest
from lhu_effect.errors import LhuError
from lhu_effect.i18n import Text

T = TypeVar("T")
LARGEST = 5_000_000


def parse_toml(data: bytes, file: str, error: type[LhuError]) -> dict[str, Any]:
    """`data` as a dict. Raises `error` when it is not UTF-8, not TOML (with the line), or too large to be meant."""
    if len(data) > LARGEST:
        raise error("definitions.too_large", file=file, found=len(data) // 1000, limit=LARGEST // 1000)
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as fault:
        raise error("definitions.not_utf8", file=file, byte=fault.start) from None
    except RecursionError:
        raise error("definitions.not_toml", file=file, why="too many brackets within each other") from None
    except ValueError as fault:
        raise error("definitions.not_toml", file=file, why=str(fault)) from None


class Fields:
    """One table being read. place: how the table is named in messages ("[[wave]] 2020")."""

    def __init__(self, table: Mapping[str, object], place: str, file: str, error: type[LhuError]) -> None:
        self.place = place
        self.file = file
        self._table = table
        self._error = error
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key is written out."""
        self._asked.add(key)
        return key in self._table

    def named(self, name: object) -> Fields:
        """The same table under a better name, once its id is known."""
        self.place = f"{self.place} {name}"
        return self

    def fail(self, rule: str, /, **facts: Any) -> NoReturn:
        """Raise this table's error with the place filled in."""
        raise self._error(rule, file=self.file, place=self.place, **facts)

    def peek(self, key: str) -> object:
        """The value as written, unchecked; None when absent. For deciding how to read the table."""
        return self._table.get(key)

    def done(self) -> None:
        """Every key must have been asked for."""
        for key in sorted(set(self._table) - self._asked):
            near = closest(key, sorted(self._asked))
            if near:
                self.fail("definitions.unknown_key_near", key=key, closest=near)
            self.fail("definitions.unknown_key", key=key, allowed=", ".join(sorted(self._asked)))

    def text(self, key: str, default: str | None = None, *, empty: bool = True) -> str:
        """A string. default None: the key must be there. empty False: it must hold something."""
        found: str = self._one(key, str, "text", default)
        if not empty and not found.strip():
            self.fail("definitions.empty", key=key)
        return found

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        found: bool = self._one(key, bool, "flag", default)
        return found

    def whole(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10**9) -> int:
        """A whole number within low..high."""
        found: int = self._one(key, int, "whole", default)
        if isinstance(found, bool):
            self._wrong(key, found, "whole")
        self._within(key, found, low, high)
        return found

    def maybe_whole(self, key: str, *, low: int = 0, high: int = 10**9) -> int | None:
        """A whole number, or None when the key is absent."""
        return self.whole(key, low=low, high=high) if self.has(key) else None

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number within low..high."""
        found = self._one(key, (int, float), "number", default)
        if isinstance(found, bool) or found != found:
            self._wrong(key, found, "number")
        self._within(key, found, low, high)
        return float(found)

    def maybe_day(self, key: str) -> date | None:
        """A date, or None when the key is absent."""
        if not self.has(key):
            return None
        found = self._table[key]
        if isinstance(found, datetime) or not isinstance(found, date):
            self._wrong(key, found, "date")
        return found

    def day(self, key: str) -> date:
        """A date that must be there."""
        found = self.maybe_day(key)
        if found is None:
            self.fail("definitions.missing_key", key=key)
        return found

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        found = self.text(key, default)
        return self._member(key, found, allowed)

    def words(
        self, key: str, default: Sequence[str] | None = (), *, among: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """A list of strings without repeats, each from `among` when given."""
        found = self._one(key, list, "words", default)
        for word in found:
            if not isinstance(word, str):
                self._wrong(key, word, "words")
            if among is not None:
                self._member(key, word, among)
        twice = [w for i, w in enumerate(found) if w in list(found)[:i]]
        if twice:
            self.fail("definitions.repeated", key=key, value=twice[0])
        return tuple(found)

    def words_or_one(self, key: str, default: Sequence[str] | None) -> tuple[str, ...]:
        """A list of strings, or one string that stands for a list of one ("all")."""
        if isinstance(self.peek(key), str):
            return (self.text(key, empty=False),)
        return self.words(key, default)

    def codes(self, key: str, default: Sequence[str] | None = ()) -> tuple[str, ...]:
        """A list of answer codes, written as strings or numbers, as strings."""
        found = self._one(key, list, "words", default)
        for code in found:
            if isinstance(code, bool) or not isinstance(code, (str, int, float)):
                self._wrong(key, code, "words")
        return tuple(str(code) for code in found)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return self._list_of(key, int, "wholes")

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates."""
        return self._list_of(key, date, "days")

    def maybe_both(self, key: str) -> Text | None:
        """A text: a string (Swedish) or { sv = "...", en = "..." }; None when absent."""
        if not self.has(key):
            return None
        found = self._table[key]
        if isinstance(found, str):
            return Text(found)
        if not isinstance(found, dict):
            self._wrong(key, found, "both")
        inner = self.table(key)
        made = Text(inner.text("sv"), inner.text("en") if inner.has("en") else None)
        inner.done()
        return made

    def both(self, key: str, default: Text | None = None) -> Text:
        """As `maybe_both`, but it must be there or have a default."""
        found = self.maybe_both(key) or default
        if found is None:
            self.fail("definitions.missing_key", key=key)
        return found

    def table(self, key: str) -> Fields:
        """A table inside; empty when absent."""
        found = self._one(key, dict, "table", {})
        return Fields(found, f"{self.place}.{key}", self.file, self._error)

    def tables(self, key: str) -> list[Fields]:
        """A list of tables ([[key]]); empty when absent. Each is named by its number, counted from 1."""
        found = self._one(key, list, "tables", [])
        for item in found:
            if not isinstance(item, dict):
                self._wrong(key, item, "tables")
        return [
            Fields(item, f"[[{key}]] {i}", self.file, self._error) for i, item in enumerate(found, start=1)
        ]

    def names(self) -> tuple[str, ...]:
        """The keys as written, all of them counted as asked for (tables with free keys)."""
        self._asked.update(self._table)
        return tuple(self._table)

    def _one(self, key: str, kind: type[Any] | tuple[type[Any], ...], want: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self._table:
            if default is None:
                self.fail("definitions.missing_key", key=key)
            return default
        found = self._table[key]
        if not isinstance(found, kind):
            self._wrong(key, found, want)
        return found

    def _list_of(self, key: str, kind: type[T], want: str) -> tuple[T, ...]:
        found = self._one(key, list, want, [])
        for item in found:
            if not isinstance(item, kind) or isinstance(item, (bool, datetime)):
                self._wrong(key, item, want)
        return tuple(found)

    def _within(self, key: str, found: float, low: float, high: float) -> None:
        if not low <= found <= high:
            self.fail("definitions.out_of_range", key=key, found=found, low=low, high=high)

    def _member(self, key: str, found: str, allowed: Collection[str]) -> str:
        if found not in allowed:
            near = closest(found, allowed)
            if near:
                self.fail("definitions.not_a_choice_near", key=key, found=found, closest=near)
            listed = ", ".join(list(allowed)[:30])
            self.fail("definitions.not_a_choice", key=key, found=found, allowed=listed)
        return found

    def _wrong(self, key: str, found: object, want: str) -> NoReturn:
        self.fail(f"definitions.want_{want}", key=key, found=_shown(found))


def _shown(found: object) -> str:
    said = str(found)
    return said if len(said) <= 60 else f"{said[:57]}..."
