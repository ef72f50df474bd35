"""Tables and effects as files people open elsewhere: CSV, Excel, Parquet, JSON, the same numbers as on the page.

Every file says when its numbers are invented or private, texts can never become formulas, workbooks have a
sheet on method and sources, and the same input gives the same bytes. The page's own downloads
(templates/charts/6_files.js) hold the same rows as `table_csv` and `table_xlsx`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lhu_effect import i18n
from lhu_effect.dashboard.model import Cell, Column, DashboardData, Table
from lhu_effect.errors import UsageError
from lhu_effect.i18n import Lang, Text
from lhu_effect.writers.workbook import Sheet, Value, neutral, printable, workbook_bytes

if TYPE_CHECKING:
    import polars as pl

    from lhu_effect.effects.model import Effects
    from lhu_effect.study.model import Study
    from lhu_effect.survey.model import Survey

FORMATS = ("csv", "parquet", "xlsx", "json")


@dataclass(frozen=True, slots=True)
class About:
    """What every file says of its numbers."""

    study: str
    title: Text
    version: str
    synthetic: bool
    internal: bool
    sources: tuple[str, ...]

    @classmethod
    def page(cls, data: DashboardData) -> About:
        """Of the numbers on a page."""
        sources = tuple(", ".join(x for x in (s.producer, s.received) if x) for s in data.sources)
        return cls(data.study, data.title, data.version, data.synthetic, data.internal, sources)

    def marks(self, lang: Lang) -> tuple[str, ...]:
        """The warnings that must follow the numbers."""
        names = [name for name in ("synthetic", "internal") if getattr(self, name)]
        return tuple(i18n.text(f"charts.export.{name}", lang) for name in names)


def table_csv(table: Table, about: About, lang: Lang) -> bytes:
    """A page table as CSV: UTF-8 with mark, comma, point, header first; shares as per cent.

    A last column carries the warning when the numbers are invented or private.
    """
    mark = ". ".join(about.marks(lang))
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    head = [neutral(c.title.to(lang)) for c in table.columns]
    rows.writerow([*head, i18n.text("charts.export.about", lang)] if mark else head)
    for row in table.rows:
        cells = [exported(cell, col, lang) for cell, col in zip(row, table.columns, strict=True)]
        shown = [neutral(printable(v)) if isinstance(v, str) else v for v in cells]
        rows.writerow([*shown, mark] if mark else shown)
    return out.getvalue().encode("utf-8-sig")


def table_xlsx(table: Table, about: About, lang: Lang) -> bytes:
    """A page table as a workbook: figures as numbers with formats, and a sheet on method and sources."""
    head: list[Value] = [c.title.to(lang) for c in table.columns]
    rows: list[list[Value]] = [
        [exported(cell, col, lang) for cell, col in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    caption = table.caption.to(lang)
    letters = [_letter(i) for i in range(len(head))]
    formats = {
        x: "0.0" if col.share else "#,##0"
        for x, col in zip(letters, table.columns, strict=True)
        if col.number
    }
    data = Sheet(
        i18n.text("charts.export.data", lang),
        [head, *rows],
        header=(1,),
        formats=formats,
        widths={x: _width([head, *rows], i) for i, x in enumerate(letters)},
        freeze="A2",
    )
    return workbook_bytes([data, _about_sheet(about, caption, lang)], title=caption)


def exported(cell: Cell, column: Column, lang: Lang) -> str | int | float:
    """A cell's number as files hold it (per cent for shares, four decimals), or its text."""
    if cell.value is None:
        return cell.text.to(lang)
    scale = 1e4 if column.share else 1e6
    value = math.floor(cell.value * 1e6 + 0.5) / scale
    return int(value) if value == int(value) else value


def effect_files(
    effects: Effects,
    study: Study,
    survey: Survey,
    suffix: str,
    *,
    stem: str,
    lang: Lang = "sv",
) -> dict[str, bytes]:
    """The effects table and its checks as files: name -> content.

    csv, parquet: two files, `stem.csv` and `stem_checks.csv`. xlsx: sheets for both and one on method and
    sources. json: keys `effects`, `checks`, `about`. Unbounded ends are inf in CSV, null with the flag
    `unbounded` elsewhere. Raises UsageError for another format.
    """
    kind = suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError("writers.unknown_format", found=suffix, known=", ".join(FORMATS))
    about = _about(effects, study, survey)
    rows, checks = _marked(effects.rows, about), effects.checks
    if kind == "json":
        return {f"{stem}.json": _json(_finite(rows), checks, about, lang)}
    if kind == "xlsx":
        return {f"{stem}.xlsx": _workbook(_finite(rows), checks, about, lang)}
    from lhu_effect.writers import table_bytes

    first = rows if kind == "csv" else _finite(rows)
    return {f"{stem}.{kind}": table_bytes(first, kind), f"{stem}_checks.{kind}": table_bytes(checks, kind)}


def _about(effects: Effects, study: Study, survey: Survey) -> About:
    from lhu_effect import __version__

    sources = tuple(", ".join(x for x in (s.producer, s.received) if x) or s.layout for s in survey.sources)
    return About(
        study.id,
        study.title,
        __version__,
        survey.synthetic,
        not effects.masked,
        tuple(dict.fromkeys(sources)),
    )


def _marked(rows: pl.DataFrame, about: About) -> pl.DataFrame:
    """Rows whose flags say that the numbers are invented (`synthetic`) or private (`internal`)."""
    import polars as pl

    more = [name for name in ("internal", "synthetic") if getattr(about, name)]
    if not more:
        return rows
    flags = pl.col("flags").str.split(" ").list.concat(pl.lit(more, dtype=pl.List(pl.String)))
    joined = flags.list.unique().list.sort().list.join(" ").str.strip_chars(" ")
    return rows.with_columns(joined.alias("flags"))


def _finite(rows: pl.DataFrame) -> pl.DataFrame:
    """Infinite ends as null with the flag `unbounded`."""
    import polars as pl

    floats = [c for c, t in rows.schema.items() if t == pl.Float64]
    infinite = pl.any_horizontal(pl.col(c).is_infinite().fill_null(False) for c in floats)
    flagged = pl.col("flags").str.split(" ").list.concat(pl.lit(["unbounded"], dtype=pl.List(pl.String)))
    joined = flagged.list.unique().list.sort().list.join(" ").str.strip_chars(" ")
    return rows.with_columns(
        pl.when(infinite).then(joined).otherwise(pl.col("flags")).alias("flags")
    ).with_columns(pl.when(pl.col(c).is_infinite()).then(None).otherwise(pl.col(c)).alias(c) for c in floats)


def _json(rows: pl.DataFrame, checks: pl.DataFrame, about: About, lang: Lang) -> bytes:
    whole = {
        "about": {
            "program": "lhu_effect",
            "study": about.study,
            "title": about.title.to(lang),
            "version": about.version,
            "synthetic": about.synthetic,
            "internal": about.internal,
            "notes": list(about.marks(lang)),
            "sources": list(about.sources),
        },
        "effects": [_plain(row) for row in rows.iter_rows(named=True)],
        "checks": [_plain(row) for row in checks.iter_rows(named=True)],
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def _workbook(rows: pl.DataFrame, checks: pl.DataFrame, about: About, lang: Lang) -> bytes:
    title = i18n.text("charts.export.effects", lang)
    sheets = [
        _frame_sheet(title, rows),
        _frame_sheet(i18n.text("charts.export.checks", lang), checks),
        _about_sheet(about, title, lang),
    ]
    return workbook_bytes(sheets, title=title)


def _frame_sheet(name: str, frame: pl.DataFrame) -> Sheet:
    import polars as pl

    head: list[Value] = list(frame.columns)
    rows: list[list[Value]] = [[_cell(v) for v in row] for row in frame.iter_rows()]
    letters = {c: _letter(i) for i, c in enumerate(frame.columns)}
    formats = {letters[c]: "0.0000" for c, t in frame.schema.items() if t == pl.Float64}
    widths = {letters[c]: _width([head, *rows[:200]], i) for i, c in enumerate(frame.columns)}
    return Sheet(
        name,
        [head, *rows],
        header=(1,),
        formats=formats,
        widths=widths,
        freeze="C2",
        filter=f"A1:{_letter(len(head) - 1)}{len(rows) + 1}",
    )


def _about_sheet(about: About, caption: str, lang: Lang) -> Sheet:
    def say(key: str) -> str:
        return i18n.text(f"charts.export.{key}", lang)

    said = [
        *(("", mark) for mark in about.marks(lang)),
        (say("table"), caption),
        (say("study"), about.title.to(lang)),
        (say("method"), say("how")),
        ("", say("cause")),
        ("", say("hidden")),
        *((say("source"), source) for source in about.sources),
        (say("version"), about.version),
    ]
    return Sheet(say("about"), said, widths={"A": 18, "B": 100})


def _cell(value: object) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _width(rows: list[list[Value]], column: int) -> float:
    longest = max((len(str(row[column])) for row in rows if row[column] is not None), default=8)
    return float(min(60, max(9, longest + 2)))


def _letter(index: int) -> str:
    """Column letter of a 0-based index.

    >>> _letter(0), _letter(27)
    ('A', 'AB')
    """
    return (_letter(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)
