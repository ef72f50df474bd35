"""What else a page says about its cells: effects, chart series, event studies, and anything it should not carry.

Turns a read page into (cell, what, where) wherever a number stands that belongs to a hidden cell, or where
something stands that cannot be read. Each reader below looks at one part of the page's JSON; `_carriers`
looks at the page's text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from lhu_effect.disclosure.published import Json, Published
from lhu_effect.disclosure.repeated import (
    Found,
    Key,
    Known,
    check_findings,
    power_findings,
    repeated_findings,
    theme_findings,
)
from lhu_effect.disclosure.series import series_findings
from lhu_effect.disclosure.structure import CELL, UNBOUNDED

_AFTER = (
    "n_after",
    "share_after",
    "counterfactual",
    "estimate",
    "conf_low",
    "conf_high",
    "conf90_low",
    "conf90_high",
)
_AFTER_TOO = (
    *("logit_low", "logit_high", "p_value", "p_adjusted", "margin"),
    *("detectable_decrease", "detectable_increase"),
)
_BEFORE = ("n_before", "share_before")
_CHANGE = (
    "change",
    "change_low",
    "change_high",
    "change90_low",
    "change90_high",
    "change_p_value",
    "change_p_adjusted",
)
_SLACK = 1e-5  # shares are written with six decimals


_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def page_findings(published: Published, html: str) -> list[Found]:
    """(cell, what, where) for every number of a hidden cell on the page and everything that cannot be read back."""
    if not published.data:
        return []
    try:
        return _page_findings(published, html)
    except _UNREADABLE:  # data in a shape that no reader here knows: it cannot be vouched for
        return [("page", "unread", "json")]


def _page_findings(published: Published, html: str) -> list[Found]:
    shown = _Shown(published.cells, published.structure.home)
    rows = _effect_rows(published.data.get("effects"))
    if rows is None:
        return [("effects", "unread", "effects")]
    found = [found for row in rows for found in effect_findings(row, shown)]
    charts = published.data.get("charts")
    if isinstance(charts, dict):
        unread = list(_unknown_shape(charts))
        found += unread or [*_series(charts, shown), *_events(charts, shown)]
        found += series_findings(charts.get("other"), published.minimum)
        found += repeated_findings(Known(published.cells, rows, charts), charts, html)
    elif charts is not None:
        found.append(("charts", "unread", "charts"))
    found += _carriers(html, published.data)
    return found


def row_findings(rows: Iterable[Mapping[str, Json]], cells: pl.DataFrame, home: str) -> list[Found]:
    """(cell, what, where) for every number of a hidden cell in an exported table, told by its columns.

    rows: of an effects table, its checks, or a power table. cells: as published.
    """
    shown = _Shown(cells, home)
    told = list(rows)
    if told and "check" in told[0]:
        return list(check_findings(told, shown.by_key))
    if told and "variant" in told[0]:
        return list(power_findings(told, shown.by_key, home, Known(cells, (), {})))
    return [found for row in told for found in effect_findings(row, shown)]


class _Shown:
    """The cells of a page by key: bounds of n and k where shown, None where hidden."""

    def __init__(self, cells: pl.DataFrame, home: str) -> None:
        ends = (
            pl.coalesce("n_low", "n").fill_null(0).alias("n_low"),
            pl.coalesce("n_high", "n").fill_null(UNBOUNDED).alias("n_high"),
            pl.coalesce("k_low", "k").alias("k_low"),
            pl.coalesce("k_high", "k").alias("k_high"),
        )
        rows = cells.select(*CELL, "status", *ends).iter_rows()
        self.by_key: dict[Key, tuple[int, int, int, int] | None] = {
            row[:6]: row[7:] if row[6] == "observed" else None for row in rows
        }
        self.home = home

    def wrong(self, key: Key, n: Json, share: Json) -> bool:
        """Whether n or share is told of a hidden or unknown cell, or is not what the cell shows."""
        if n is None and share is None:
            return False
        if "+" in key[2]:  # several districts together: all must be shown
            return any(self.by_key.get((*key[:2], d, *key[3:])) is None for d in key[2].split("+"))
        ends = self.by_key.get(key)
        if ends is None:
            return True
        n_low, n_high, k_low, k_high = ends
        if isinstance(n, int | float) and not n_low <= n <= n_high:
            return True
        low, high = k_low / max(n_high, 1) - _SLACK, k_high / max(n_low, 1) + _SLACK
        return isinstance(share, int | float) and not low <= share <= high


def _effect_rows(effects: Json) -> list[dict[str, Json]] | None:
    """Rows of the page's effects table by column; None when there is something else in its place."""
    if effects is None:
        return []
    columns, rows = (
        (effects.get("columns"), effects.get("rows")) if isinstance(effects, dict) else (None, None)
    )
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    names = [str(c) for c in columns]
    return [dict(zip(names, values if isinstance(values, list) else [], strict=False)) for values in rows]


def effect_findings(row: Mapping[str, Json], shown: _Shown) -> Iterator[Found]:
    """What one row of the effects table says of hidden cells: a hidden after or before wave leaves no number."""
    indicator = str(row.get("indicator"))
    if indicator.startswith("theme:"):
        yield from theme_findings(row, shown.by_key)
        return
    place = [str(row.get(c)) for c in ("municipality", "district", "grade", "sex")]
    before = str(row.get("before_years") or "").split()
    after = row.get("after_year")
    ends: list[tuple[Json, str, str, tuple[str, ...]]] = [
        (after, "n_after", "share_after", _AFTER + _AFTER_TOO + _CHANGE)
    ]
    ends += [(int(before[-1]), "n_before", "share_before", _BEFORE + _CHANGE)] if before else []
    for year, n, share, dependent in ends:
        if not isinstance(year, int):
            continue
        key: Key = (year, place[0], place[1], place[2], place[3], indicator)
        hidden = key in shown.by_key and shown.by_key[key] is None
        told = [c for c in dependent if row.get(c) is not None]
        if shown.wrong(key, row.get(n), row.get(share)) or (hidden and told):
            yield (" ".join(str(v) for v in key), "shown", "effects")


def _series(charts: Mapping[str, Json], shown: _Shown) -> Iterator[Found]:
    """Chart levels: per indicator|unit|group|sex one [n, share, low, high, ...] per wave."""
    years, series = _years(charts), charts.get("series")
    for name, levels in series.items() if isinstance(series, dict) else ():
        indicator, unit, group, sex = name.split("|")
        if unit == "comparison":
            continue
        for year, level in zip(years, levels if isinstance(levels, list) else [], strict=False):
            if not isinstance(level, list) or len(level) < 4:
                yield (name, "unread", "charts.series")
                continue
            key: Key = (year, shown.home, unit, group, sex, indicator)
            hidden = shown.by_key.get(key) is None
            if shown.wrong(key, level[0], level[1]) or (hidden and any(v is not None for v in level[:4])):
                yield (" ".join(str(v) for v in key), "shown", "charts.series")


def _events(charts: Mapping[str, Json], shown: _Shown) -> Iterator[Found]:
    """Event studies: per answer and indicator|unit|stratum points [wave, exposure, verdict, estimate, low, high, ...].

    wave: number of the wave in `waves`.
    """
    years = _years(charts)
    for points_of in _values(charts.get("events")):
        for name, points in points_of.items() if isinstance(points_of, dict) else ():
            indicator, unit, stratum = name.split("|")
            for point in points if isinstance(points, list) else ():
                if not isinstance(point, list) or not isinstance(point[0], int):
                    yield (name, "unread", "charts.events")
                    continue
                key: Key = (years[point[0]], shown.home, unit, stratum, "all", indicator)
                hidden = key in shown.by_key and shown.by_key[key] is None
                if hidden and any(v is not None for v in point[3:6]):
                    yield (" ".join(str(v) for v in key), "shown", "charts.events")


def _years(charts: Mapping[str, Json]) -> list[int]:
    waves = charts.get("waves")
    return [int(str(w[0])) for w in waves if isinstance(w, list)] if isinstance(waves, list) else []


def _values(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else []


def _unknown_shape(charts: Mapping[str, Json]) -> Iterator[Found]:
    """Chart data in another shape than the readers here know: what cannot be read cannot be vouched for."""
    series, events = charts.get("series"), charts.get("events")
    if not (isinstance(charts.get("waves"), list) and isinstance(series, dict) and isinstance(events, dict)):
        yield ("charts", "unread", "charts")
        return
    for name, levels in series.items():
        if name.count("|") != 3 or not isinstance(levels, list) or len(levels) != len(_years(charts)):
            yield (name, "unread", "charts.series")
    for name, points_of in events.items():
        keyed = isinstance(points_of, dict) and all(k.count("|") == 2 for k in points_of)
        if not keyed or not all(isinstance(p, list) for p in _values(points_of)):
            yield (name, "unread", "charts.events")


_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{120,}={0,2}")
_KNOWN_IDS = ("lhu-data", "lhu-plotly")
_PACKED = re.compile(r'"(?:bdata|_inputArray)"')


def _carriers(html: str, data: Mapping[str, Json]) -> Iterator[Found]:
    """Things in which a number could hide from this audit: packed arrays, further data blocks, comments, base64."""
    for attributes, _ in _SCRIPT.findall(html):
        known = any(f'id="{i}"' in attributes for i in _KNOWN_IDS)
        if "type=" in attributes and "javascript" not in attributes and not known:
            yield ("script", "unread", "html")
    text = _SCRIPT.sub("", html)
    if "<!--" in text:
        yield ("comment", "unread", "html")
    if any(_is_data(blob) for blob in _BASE64.findall(text)):
        yield ("base64", "unread", "html")
    words = list(_strings(data))
    if any(_is_data(s) for s in words):
        yield ("base64", "unread", "json")
    if any(_PACKED.fullmatch(f'"{s}"') for s in words):
        yield ("packed array", "unread", "json")


def _is_data(blob: str) -> bool:
    """Whether a text is base64 of something (not a word that happens to be long)."""
    if len(blob) < 120 or not _BASE64.fullmatch(blob):
        return False
    try:
        base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _strings(value: Json | Mapping[str, Json]) -> Iterator[str]:
    """Every text in the data, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _strings(inner)
