"""Shares 0-1 into the few digits a reader gets: intervals outwards, levels as "of 100".

Returns texts in both languages. Nothing here decides what may be said.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from lhu_effect.i18n import LANGS, Text, number, text

_DUST = Decimal("1e-9")


def points(share: float) -> Decimal:
    """A share in percentage points, floating dust (below 1e-9) swept away."""
    return (Decimal(repr(float(share))) * 100).quantize(_DUST)


def down(value: Decimal, decimals: int = 0) -> Decimal:
    """Rounded towards minus infinity."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)


def up(value: Decimal, decimals: int = 0) -> Decimal:
    """Rounded towards plus infinity."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_CEILING)


def near(value: Decimal, decimals: int = 0) -> Decimal:
    """Rounded to the nearest, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def figure(value: Decimal | float | int, decimals: int = 0, *, sign: bool = False) -> Text:
    """A number as each language writes it; sign: a plus before what is above zero."""
    plus = "+" if sign and value > 0 else ""
    return Text(*(plus + number(float(value), lang, decimals) for lang in LANGS))


def span(low: float, high: float) -> tuple[Text, Text]:
    """Ends of an interval that does not hold 0, as magnitudes, smaller first, rounded outwards.

    The smaller end keeps one decimal below 1 (0.34 points is not nothing); it may still be 0.
    """
    ends = sorted((abs(points(low)), abs(points(high))))
    small = down(ends[0])
    if small == 0:
        return figure(down(ends[0], 1), 0 if down(ends[0], 1) == 0 else 1), figure(up(ends[1]))
    return figure(small), figure(up(ends[1]))


def reach(value: float) -> Text:
    """How far an end lies from 0, rounded outwards: whole points, at least 1."""
    return figure(max(Decimal(1), up(abs(points(value)))))


def ceiling(*values: float) -> Text:
    """The largest magnitude, rounded up: whole points from 3, one decimal below."""
    most = max(abs(points(v)) for v in values)
    places = 0 if most >= 3 else 1
    made = up(most, places)
    return figure(made, 0 if made == made.to_integral() else places)


def of_hundred(share: float) -> Text:
    """`9 av 100`; what rounds to 0 or 100 without being it says so."""
    value = points(share)
    if 0 < value < Decimal("0.5"):
        return _both("dashboard.level.under_one")
    if Decimal("99.5") <= value < 100:
        return _both("dashboard.level.over_99")
    return Text(*(text("dashboard.level.of_hundred", lang, k=_whole(value)) for lang in LANGS))


def of_hundred_bare(share: float) -> Text:
    """`9`, for a second number in a sentence that has said "av 100"."""
    return Text(_whole(points(share)), _whole(points(share)))


def percent(share: float, decimals: int = 0) -> Text:
    """`9 %` / `9%`."""
    shown = figure(near(points(share), decimals), decimals)
    return Text(f"{shown.sv}\u00a0%", f"{shown.en}%")


def _whole(value: Decimal) -> str:
    return str(near(value))


def _both(key: str) -> Text:
    return Text(*(text(key, lang) for lang in LANGS))
