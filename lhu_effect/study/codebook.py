"""Reads the [[codebook]] tables: which variable and answers of a microdata file make an indicator, per wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lhu_effect.definitions.fields import Fields
from lhu_effect.study.model import CodebookEntry

KEYS = ("year", "municipality", "district", "grade", "sex", "school", "class", "weight")


def read_codebook(tables: Sequence[Fields]) -> tuple[tuple[CodebookEntry, ...], Mapping[str, str]]:
    """The entries, and the columns of [codebook.keys] (TOML hangs that table under the entry above it)."""
    entries: dict[tuple[str, int], CodebookEntry] = {}
    keys: dict[str, str] = {}
    for f in tables:
        _read_keys(f, keys)
        entry = _read_entry(f)
        f.done()
        if (entry.indicator, entry.wave) in entries:
            f.fail("study.twice")
        entries[entry.indicator, entry.wave] = entry
    return tuple(entries.values()), keys


def _read_keys(f: Fields, keys: dict[str, str]) -> None:
    named = f.table("keys")
    for key in KEYS:
        column = named.text(key, "")
        if column and keys.setdefault(key, column) != column:
            f.fail("study.two_columns", key=key, first=keys[key], second=column)
    named.done()


def _read_entry(f: Fields) -> CodebookEntry:
    f.named(f"{f.text('indicator', empty=False)} {f.whole('wave', low=1990, high=2100)}")
    return CodebookEntry(
        indicator=f.text("indicator"),
        wave=f.whole("wave"),
        variable=f.text("variable", empty=False),
        yes=f.codes("yes", None),
        no=f.codes("no"),
        missing=f.codes("missing"),
        base=f.text("base", "all"),
    )
