"""Other sources as they may be shown: small counts of persons hidden, and nothing left to work them out from.

Counts of persons are shown at one place level and one time level only, so that no sum gives a hidden part away:
the whole municipality, months where every month passes, else years. Shares of pupils follow the study's rule. What
a source hid stays hidden; measurements and counts of events are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from lhu_effect.study.model import Minimum, Study
from lhu_effect.survey.series import SeriesSet, SourceInfo

COARSER = ("week", "month", "quarter", "year")
TOTAL = r"\b(total\w*|samtliga|alla|summa|sammanlagt|all)\b"
PARTS = {"month": 12, "quarter": 4}


def mask_series(series: SeriesSet, study: Study) -> SeriesSet:
    """`series` with what may not be shown hidden: status masked, no value, no n, no k.

    A pure function of each source alone. Hidden k never leave it: the shown set has no k at all.
    """
    frames = [_shown(series.frame.filter(pl.col("source") == s.id), s, study) for s in series.sources]
    empty = series.frame.clear()
    return SeriesSet(
        pl.concat([empty, *frames]).with_columns(pl.lit(None, pl.Int64).alias("k")), series.sources
    )


def counts_persons(info: SourceInfo) -> bool:
    """Whether a source's values are counts of people or of what was reported about them."""
    return info.kind == "activity" and info.counts == "persons"


def _shown(frame: pl.DataFrame, info: SourceInfo, study: Study) -> pl.DataFrame:
    if info.kind == "skolenkaten":
        return _hide(frame, ~_passes(study.minimum))
    if counts_persons(info):
        levels = _one_level(frame, study)
        return _totals_too(_hide(levels, pl.col("value") < study.minimum.k))
    return frame


def _passes(rule: Minimum) -> pl.Expr:
    n, k = pl.col("n"), pl.col("k")
    return ((n >= rule.n) & (k >= rule.k) & (n - k >= rule.k)).fill_null(False)


def _hide(frame: pl.DataFrame, when: pl.Expr) -> pl.DataFrame:
    """Hidden where `when`: one status for what the source and what we hid, so that nobody can tell them apart."""
    hidden = when & (pl.col("status") == "observed")
    return frame.with_columns(
        pl.when(hidden).then(None).otherwise("value").alias("value"),
        pl.when(hidden).then(None).otherwise("n").alias("n"),
        pl.when(hidden).then(pl.lit("masked")).otherwise("status").alias("status"),
    )


def _totals_too(frame: pl.DataFrame) -> pl.DataFrame:
    """A measure that is the sum of the others is hidden where one of those is: what is left would tell it."""
    total = pl.col("label_sv").str.to_lowercase().str.contains(TOTAL)
    beside = (pl.col("status") == "masked").any().over("place", "span", "start")
    return _hide(frame, total & beside)


def _one_level(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Per measure the whole municipality alone (or its parts, where only parts are told) at one level of time."""
    kept = []
    for (_, _), rows in frame.group_by("source", "measure", maintain_order=True):
        whole = rows.filter(pl.col("place") == study.municipality)
        kept.append(_one_time(whole if whole.height else rows, study.minimum))
    return pl.concat(kept) if kept else frame


def _one_time(rows: pl.DataFrame, rule: Minimum) -> pl.DataFrame:
    """The finest level of time whose every value passes; else the coarsest, years summed where none are told."""
    levels = [s for s in COARSER if (rows["span"] == s).any()]
    for level in levels:
        found = rows.filter(pl.col("span") == level)
        if _all_pass(found, rule):
            return found
    if not levels:
        return rows
    last = levels[-1]
    found = rows.filter(pl.col("span") == last)
    return _years(found, PARTS[last]) if last in PARTS else found


def _all_pass(rows: pl.DataFrame, rule: Minimum) -> bool:
    values = rows.filter(pl.col("status") == "observed")["value"]
    return bool((values >= rule.k).all()) and not (rows["status"] == "masked").any()


def _years(rows: pl.DataFrame, parts: int) -> pl.DataFrame:
    """Months or quarters summed to the years that have all of theirs; a year that lacks one is missing."""
    made = [_year(rows, place, year, parts) for place, year in _place_years(rows)]
    return pl.DataFrame(made, schema=rows.schema, orient="row") if made else rows.clear()


def _place_years(rows: pl.DataFrame) -> Iterator[tuple[str, int]]:
    keys = rows.select("place", pl.col("start").dt.year().alias("year")).unique(maintain_order=True)
    yield from keys.iter_rows()


def _year(rows: pl.DataFrame, place: str, year: int, parts: int) -> Mapping[str, object]:
    own = rows.filter(pl.col("place") == place, pl.col("start").dt.year() == year)
    known = own.filter(pl.col("status") == "observed")
    whole = known.height == parts
    hidden = (own["status"] == "masked").any()
    return own.row(0, named=True) | {
        "span": "year",
        "start": date(year, 1, 1),
        "end": date(year, 12, 31),
        "value": float(known["value"].sum()) if whole else None,
        "status": "observed" if whole else "masked" if hidden else "missing",
        "n": None,
    }


def series_findings(page: object, minimum: Minimum) -> Iterator[tuple[str, str, str]]:
    """(cell, what, where) for every number of another source on a page that the rule forbids: what the gate asks.

    page: `other` of a page's charts; its `shown` is what `series_block` wrote.
    """
    if page is None:
        return
    shown = page.get("shown") if isinstance(page, dict) else None
    sources = shown.get("sources") if isinstance(shown, dict) else None
    if not isinstance(sources, list):
        yield ("other", "unread", "other")
        return
    for source in sources:
        if not isinstance(source, dict) or not isinstance(source.get("rows"), list):
            yield ("other", "unread", "other")
            continue
        yield from _of_source(source, minimum)


def _of_source(source: Mapping[str, object], minimum: Minimum) -> Iterator[tuple[str, str, str]]:
    rows = source["rows"]
    levels: dict[tuple[str, str], set[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, list) or len(row) != len(BLOCK):
            yield (str(source.get("id")), "unread", "other")
            continue
        told = dict(zip(BLOCK, row, strict=True))
        cell = f"{source.get('id')} {told['measure']} {told['place']} {told['start']}"
        value, n = told["value"], told["n"]
        if told["status"] == "masked" and (value is not None or n is not None):
            yield (cell, "shown", "other")
        if source.get("counts") == "persons":
            levels.setdefault((str(told["measure"]), str(told["place"])), set()).add(str(told["span"]))
            if isinstance(value, int | float) and value < minimum.k:
                yield (cell, "small", "other")
        if source.get("counts") == "pupils" and isinstance(value, int | float):
            k = value / 100 * n if isinstance(n, int) else 0.0
            if not isinstance(n, int) or n < minimum.n or round(min(k, n - k)) < minimum.k:
                yield (cell, "small", "other")
    for (measure, place), spans in levels.items():
        if len(spans) > 1:
            yield (f"{source.get('id')} {measure} {place}", "sums", "other")


BLOCK = ("measure", "place", "span", "start", "part", "status", "value", "bound", "n")


def series_block(shown: SeriesSet) -> dict[str, object]:
    """The shown series as a page carries them, for `audit` and for other programs."""
    return {
        "sources": [
            {
                "id": s.id,
                "kind": s.kind,
                "counts": "persons" if counts_persons(s) else "pupils" if s.kind == "skolenkaten" else "",
                "rows": [
                    [v.isoformat() if isinstance(v, date) else v for v in row]
                    for row in shown.frame.filter(pl.col("source") == s.id).select(BLOCK).iter_rows()
                ],
            }
            for s in shown.sources
        ]
    }
