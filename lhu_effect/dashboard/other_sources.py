"""Series of other sources into the panel "Andra källor": blocks, figures and tables, nothing judged or compared.

Takes what may be shown (`disclosure.mask_series`) and words it; what the marks look like is the chart's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import at, column, count_cell
from lhu_effect.dashboard.chart_data import words as cell_of
from lhu_effect.dashboard.model import Cell, Table
from lhu_effect.dashboard.model_other import (
    OtherBlock,
    OtherFigure,
    OtherPanel,
    OtherPoint,
    OtherSources,
    Style,
)
from lhu_effect.dashboard.words import cleaned, dated, joined, month_of, plain, say
from lhu_effect.definitions.sources import Kind, source_kinds
from lhu_effect.disclosure.series import counts_persons, series_block
from lhu_effect.i18n import LANGS, Text
from lhu_effect.survey.series import SeriesSet, SourceInfo

MOST_PLACES = 6
LISTED = 3


def present_other(shown: SeriesSet | None) -> OtherSources | None:
    """The panel of the sources that have something to show; None when there is none."""
    if shown is None or not shown.sources:
        return None
    blocks = [_block(info, shown.frame.filter(pl.col("source") == info.id)) for info in shown.sources]
    return OtherSources(tuple(blocks), series_block(shown))


def _block(info: SourceInfo, rows: pl.DataFrame) -> OtherBlock:
    kind = source_kinds()[info.kind]
    paragraphs = [kind.what, kind.read]
    if counts_persons(info):
        paragraphs.append(say("other.persons"))
    if info.note is not None:
        paragraphs.append(info.note)
    return OtherBlock(
        id=info.id,
        title=cleaned(info.title) or info.title,
        role=say(f"other.role_{kind.role}"),
        paragraphs=tuple(cleaned(p) or p for p in paragraphs),
        facts=tuple(_facts(info)),
        figures=tuple(_figures(info, kind, rows)),
        synthetic=info.synthetic,
        mark=say("other.synthetic" if info.synthetic else "other.real"),
        address=info.address,
    )


def _facts(info: SourceInfo) -> list[Text]:
    producer = cleaned(plain(info.producer.rstrip(" ."))) if info.producer else say("other.unknown_producer")
    made = [say("other.producer", who=producer)]
    if info.retrieved:
        day = _day(info.retrieved)
        made.append(say("other.retrieved", day=dated(day) if day else plain(info.retrieved)))
    if info.terms:
        made.append(say("other.terms", terms=cleaned(plain(info.terms.rstrip(" .")))))
    return made


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _figures(info: SourceInfo, kind: Kind, rows: pl.DataFrame) -> list[OtherFigure]:
    years = (rows["start"].dt.year().min(), rows["end"].dt.year().max())
    made = []
    for number, (_, own) in enumerate(rows.group_by("measure", maintain_order=True), start=1):
        made.append(_figure(info, kind, own, f"{info.id}-{number}", years))
    return made


def _figure(
    info: SourceInfo, kind: Kind, rows: pl.DataFrame, id_: str, years: tuple[object, object]
) -> OtherFigure:
    head = rows.row(0, named=True)
    label, unit = Text(head["label_sv"], head["label_en"]), Text(head["unit_sv"], head["unit_en"])
    label, unit = cleaned(label) or label, cleaned(unit) or unit
    ordered = rows.sort("start", "part", maintain_order=True)
    groups = list(ordered.group_by("place", maintain_order=True))
    decimals = _decimals(ordered["value"].drop_nulls().to_list())
    panels = tuple(_panel(own, unit, decimals) for _, own in groups)[:MOST_PLACES]
    samples = kind.id == "wastewater"
    style: Style = "samples" if samples else "bars" if kind.role == "process" else "line"
    return OtherFigure(
        id=id_,
        source=info.id,
        label=label,
        unit=unit,
        style=style,
        panels=panels,
        heading=_heading(label, unit, ordered, decimals),
        first=int(str(years[0])),
        last=int(str(years[1])),
        table=_table(id_, label, unit, ordered, decimals, parts=samples),
        synthetic=info.synthetic,
        producer=info.producer,
        measure=head["measure"],
    )


def _decimals(values: Sequence[float]) -> int:
    """Decimals enough for every value as published, two at the most."""
    return next((d for d in (0, 1) if all(math.isclose(v, round(v, d), abs_tol=1e-9) for v in values)), 2)


def _panel(rows: pl.DataFrame, unit: Text, decimals: int) -> OtherPanel:
    lines = list(rows.iter_rows(named=True))
    place = Text(lines[0]["place_sv"], lines[0]["place_en"])
    return OtherPanel(cleaned(place) or place, tuple(_point(line, unit, decimals) for line in lines))


def _point(line: Mapping[str, object], unit: Text, decimals: int) -> OtherPoint:
    start, end = line["start"], line["end"]
    if not isinstance(start, date) or not isinstance(end, date):
        raise TypeError("a series has dates")
    value, bound = line["value"], line["bound"]
    said = say(
        "other.spot",
        place=cleaned(Text(str(line["place_sv"]), str(line["place_en"]))),
        when=when(start, end, str(line["span"])),
        what=shown_as(line, unit, decimals, with_unit=True),
    )
    return OtherPoint(
        x=round((at(start) + at(end)) / 2, 4),
        value=float(value) if isinstance(value, float) else None,
        bound=float(bound) if isinstance(bound, float) else None,
        status=str(line["status"]),
        part=str(line["part"]),
        said=said,
    )


def when(start: date, end: date, span: str) -> Text:
    """`2020`, `mars 2020`, `14 mars 2020`, `kvartal 1 2020`, `vecka 12 2020`."""
    if span == "year":
        return plain(str(start.year))
    if span == "day":
        return dated(start)
    if span == "month":
        return month_of(start)
    if span == "quarter":
        return say("other.quarter", number=(start.month + 2) // 3, year=start.year)
    iso = start.isocalendar()
    return say("other.week", number=iso.week, year=iso.year)


def shown_as(line: Mapping[str, object], unit: Text, decimals: int, *, with_unit: bool = False) -> Text:
    """A value in words: `12,5`, `under 8,5`, `under mätgränsen`, `visas inte (för få)`, `uppgift saknas`."""
    value, bound, status = line["value"], line["bound"], str(line["status"])
    number = value if isinstance(value, float) else bound if isinstance(bound, float) else None
    if status in ("below", "above"):
        if number is None:
            return say(f"other.{status}_unknown")
        digits = max(decimals, _decimals([number]))
        said = Text(*(i18n.number(number, lang, digits) for lang in LANGS))
        return say(f"other.{status}", limit=joined([said, unit]) if with_unit else said)
    if number is None:
        return say(f"other.{status}")
    said = Text(*(i18n.number(number, lang, decimals) for lang in LANGS))
    part = str(line["part"])
    said = joined([said, unit]) if with_unit else said
    return say(f"other.on_{part}", what=said) if with_unit and part else said


def _heading(label: Text, unit: Text, rows: pl.DataFrame, decimals: int) -> Text:
    """The latest value of each place, as a fact: never a direction."""
    last = [own.row(-1, named=True) for _, own in rows.group_by("place", maintain_order=True)]
    several = len(last) > 1
    said = []
    for line in last[:LISTED]:
        start, end = line["start"], line["end"]
        what = shown_as(line, unit, decimals)
        key = "other.latest_place" if several else "other.latest_one"
        name = cleaned(Text(line["place_sv"], line["place_en"]))
        said.append(say(key, place=name, what=what, when=when(start, end, line["span"])))
    listed = joined(said, "; ")
    more = len(last) - LISTED
    rest = say("other.more_places", count=more) if more > 0 else Text("", "")
    return say("other.heading", label=label, latest=listed, unit=unit, rest=rest)


def _table(id_: str, label: Text, unit: Text, rows: pl.DataFrame, decimals: int, *, parts: bool) -> Table:
    told_n = rows["n"].is_not_null().any()
    columns = [column("place", number=False), column("when", number=False)]
    columns += [column("part", number=False)] if parts else []
    columns += [column("value")] + ([column("n")] if told_n else []) + [column("note", number=False)]
    made = []
    for line in rows.iter_rows(named=True):
        cells = [
            cell_of(cleaned(Text(line["place_sv"], line["place_en"])) or Text("")),
            cell_of(when(line["start"], line["end"], line["span"])),
        ]
        if parts:
            cells.append(cell_of(say(f"other.part_{line['part']}") if line["part"] else Text("", "")))
        cells.append(_value_cell(line, unit, decimals))
        if told_n:
            cells.append(count_cell(line["n"]))
        plain_value = line["status"] == "observed"
        cells.append(cell_of(Text("", "") if plain_value else say(f"other.note_{line['status']}")))
        made.append(tuple(cells))
    caption = say("other.caption", label=label, unit=unit)
    return Table(f"other-{id_}", caption, tuple(columns), tuple(made))


def _value_cell(line: Mapping[str, object], unit: Text, decimals: int) -> Cell:
    value = line["value"]
    said = shown_as(line, unit, decimals)
    if isinstance(value, float):
        return Cell(said, int(value) if decimals == 0 else value)
    return Cell(said)
