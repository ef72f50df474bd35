"""What changed between two effects tables: verdicts and numbers, and the likeliest reason why.

Two frames with the contract's columns in, a list of differences out. Reading files is the pipeline's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Literal

import polars as pl

DIFF_KEY = ("promise", "indicator", "municipality", "district", "grade", "sex", "after_year", "exposure")
SHOWN = ("verdict", "change_verdict", "reason", "estimate", "conf_low", "conf_high", "change", "change_low", "change_high",
         "index", "index_low", "index_high", "share_before", "share_after", "n_before", "n_after")  # fmt: skip
TOLERANCE = 1e-9  # two builds of the same input agree to the bit; exports may round at the 15th digit
_PRECISE = 10  # decimals that no rounding leaves
_ROUNDED = range(3, 9)  # decimals that a table with rounded numbers (a page) holds at most

Why = Literal["new_row", "gone_row", "new_masks", "new_data", "new_comparison", "new_method", "not_own"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. key: DIFF_KEY values joined by blanks; column "" for a whole row."""

    key: str
    column: str
    old: str
    new: str
    why: Why


def diff_effects(old: pl.DataFrame, new: pl.DataFrame) -> list[Difference]:
    """Every difference in SHOWN columns, in the order of the key; verdicts before numbers.

    old, new: effects tables (contract.md); unknown extra columns are ignored, missing ones count as null. Where one
    is rounded (a page) and the other is not, numbers are compared as the rounded one tells them.
    """
    before, now = _rows(old), _rows(new)
    near = _tolerance(_decimals(before), _decimals(now))
    found: list[Difference] = []
    for key in sorted(before.keys() | now.keys()):
        a, b = before.get(key), now.get(key)
        if a is None or b is None:
            found.append(_whole_row(key, a, b))
        else:
            why = _why(a, b, near)
            found += [
                Difference(key, c, _text(a.get(c)), _text(b.get(c)), why)
                for c in SHOWN
                if not _same(a.get(c), b.get(c), near)
            ]
    return found


def _rows(frame: pl.DataFrame) -> dict[str, Mapping[str, object]]:
    return {" ".join(_text(row.get(c)) for c in DIFF_KEY): row for row in frame.iter_rows(named=True)}


def _whole_row(key: str, old: Mapping[str, object] | None, new: Mapping[str, object] | None) -> Difference:
    verdicts = [_text(row.get("verdict")) if row else "" for row in (old, new)]
    return Difference(key, "", verdicts[0], verdicts[1], "gone_row" if new is None else "new_row")


def _why(a: Mapping[str, object], b: Mapping[str, object], near: float) -> Why:
    """The first that differs of: what is masked, the own counts, the comparison, the estimator; else it is not their own.

    not_own: the tables cannot tell counts of comparison municipalities or other waves from settings or a version.
    """
    if _masked(a) != _masked(b):
        return "new_masks"
    if not all(
        _same(a.get(c), b.get(c), near)
        for c in ("n_before", "n_after", "share_before", "share_after", "before_years")
    ):
        return "new_data"
    if a.get("comparison") != b.get("comparison"):
        return "new_comparison"
    return "new_method" if a.get("estimator") != b.get("estimator") else "not_own"


def _masked(row: Mapping[str, object]) -> tuple[bool, bool]:
    flags = str(row.get("flags") or "").split()
    return row.get("reason") == "masked", "masked_comparison" in flags


def _decimals(rows: Mapping[str, Mapping[str, object]]) -> int:
    """The most decimals that any number shown is written with."""
    numbers = (row.get(c) for row in rows.values() for c in SHOWN)
    told = (Decimal(repr(v)).as_tuple().exponent for v in numbers if isinstance(v, float) and isfinite(v))
    return max((-e for e in told if isinstance(e, int)), default=0)


def _tolerance(one: int, other: int) -> float:
    """How far apart numbers may be that are the same: half of the last decimal where one table is rounded."""
    few, many = sorted((one, other))
    return 0.5 * 0.1**few * (1 + 1e-6) + TOLERANCE if few in _ROUNDED and many >= _PRECISE else TOLERANCE


def _same(a: object, b: object, near: float) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= near or (a != a and b != b) or a == b
    return (a if a != "" else None) == (b if b != "" else None)


def _text(value: object) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
