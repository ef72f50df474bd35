"""An .xlsx workbook into grids: its sheets in order, their number formats and shared strings.

Only the parts that hold cells are opened: drawings, tables, printer settings, links and macros are
never looked at, so a package that lacks one of them (and which other readers cannot open) reads as well
as any. The cells themselves are read by `sheet_xml`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from lhu_effect.errors import InputError
from lhu_effect.survey.grid import Grid, Grids
from lhu_effect.survey.model import Issue
from lhu_effect.survey.preflight import FLAT, TABLE, Limits, Package, open_package
from lhu_effect.survey.sheet_xml import Format, SheetCells, SheetReader, budget_of
from lhu_effect.survey.strings_xml import StringReader

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_SMALL_PART = 5_000_000


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    hidden: bool


def read_workbook(path: Path, *, name: str | None = None, limits: Limits = TABLE) -> Grids:
    """All sheets of the workbook at `path`.

    name: how messages call the file (default: its name). Raises InputError for anything unsafe, damaged
    or too large; hidden parts, formulas and formulas never calculated come back as issues.
    """
    name = name or path.name
    with open_package(path, name, limits) as package:
        book = _xml(package, _workbook_part(package), name)
        targets = _relations(package, _workbook_part(package), name)
        strings = _strings(package, targets, name, limits)
        formats = _formats(package, targets, name)
        budget = budget_of(limits)
        epoch_1904 = any(e.get("date1904") in ("1", "true") for e in _each(book, "workbookPr"))
        grids: list[Grid] = []
        issues: list[Issue] = []
        for entry in _sheets(book, targets, package, name):
            reader = SheetReader(
                name,
                entry.name,
                strings,
                formats,
                limits=limits,
                budget=budget,
                sheet_hidden=entry.hidden,
                epoch_1904=epoch_1904,
            )
            found = reader.read(package.chunks(entry.part), entry.part)
            grids.append(_grid(name, entry, found))
            issues.extend(_issues(name, entry, found))
    if not grids:
        raise InputError("files.no_sheets", file=name)
    return Grids(name, "xlsx", tuple(grids), tuple(issues))


def first_rows(path: Path, rows: int, *, name: str | None = None) -> dict[str, list[list[str]]]:
    """Sheet name -> the texts of its first `rows` rows, without reading the rest.

    For a look at the headings of a sheet that may be far larger than a table.
    """
    name = name or path.name
    with open_package(path, name, FLAT) as package:
        book = _xml(package, _workbook_part(package), name)
        targets = _relations(package, _workbook_part(package), name)
        strings = _strings(package, targets, name, FLAT)
        found = {}
        for entry in _sheets(book, targets, package, name):
            reader = SheetReader(name, entry.name, strings, (), limits=FLAT, budget=budget_of(FLAT))
            seen = reader.peek(package.chunks(entry.part), entry.part, rows)
            found[entry.name] = [[c.text.strip() if c else "" for c in line] for line in seen.rows[:rows]]
        return found


def _grid(name: str, entry: SheetEntry, found: SheetCells) -> Grid:
    rows = [tuple(line) for line in found.rows]
    return Grid(
        name,
        entry.name,
        tuple(rows),
        merges=tuple(found.merges),
        hidden=entry.hidden,
        hidden_rows=frozenset(found.hidden_rows),
        hidden_cols=frozenset(c for a, b in found.hidden_cols for c in range(a, b + 1)),
    )


def _issues(name: str, entry: SheetEntry, found: SheetCells) -> Iterable[Issue]:
    hidden = sum(c is not None and c.hidden for line in found.rows for c in line)
    if entry.hidden and hidden:
        yield Issue("files.hidden_sheet", "warning", name, entry.name, facts={"count": hidden})
    elif hidden:
        yield Issue("files.hidden_cells", "warning", name, entry.name, facts={"count": hidden})
    if found.uncalculated:
        facts = {"count": len(found.uncalculated), "cells": ", ".join(found.uncalculated[:5])}
        yield Issue("files.not_calculated", "warning", name, entry.name, found.uncalculated[0], facts)
    if (calculated := found.formulas - len(found.uncalculated)) > 0:
        yield Issue("files.formulas", "note", name, entry.name, facts={"count": calculated})


def _workbook_part(package: Package) -> str:
    """The part that lists the sheets: xl/workbook.xml unless the package says otherwise."""
    if "xl/workbook.xml" in package.names:
        return "xl/workbook.xml"
    return next((n for n in package.names if n.endswith("/workbook.xml")), "xl/workbook.xml")


def _sheets(
    book: Element, targets: dict[str, tuple[str, str]], package: Package, name: str
) -> Iterable[SheetEntry]:
    seen: set[str] = set()
    for sheet in _each(book, "sheet"):
        title = sheet.get("name", "")
        relation = sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or ""
        kind, part = targets.get(relation, ("", ""))
        if kind and kind != "worksheet":
            continue  # a chart or macro sheet: no cells
        if part not in package.names:
            raise InputError("files.lost_sheet", file=name, sheet=title)
        if part in seen:
            raise InputError("files.damaged", file=name, part=part)
        seen.add(part)
        yield SheetEntry(title, part, sheet.get("state", "visible") != "visible")


def _relations(package: Package, part: str, name: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (kind, part name) of `part`."""
    folder, base = posixpath.split(part)
    rels = f"{folder}/_rels/{base}.rels"
    if rels not in package.names:
        raise InputError("files.damaged", file=name, part=rels)
    found = {}
    for relation in _each(_xml(package, rels, name), "Relationship"):
        target = relation.get("Target", "")
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[relation.get("Id", "")] = (relation.get("Type", "").rsplit("/", 1)[-1], full)
    return found


def _strings(package: Package, targets: dict[str, tuple[str, str]], name: str, limits: Limits) -> list[str]:
    part = _part_of_kind(targets, "sharedStrings", "xl/sharedStrings.xml")
    if part not in package.names:
        return []
    return StringReader(name, limits).read(package.chunks(part), part)


def _formats(package: Package, targets: dict[str, tuple[str, str]], name: str) -> list[Format]:
    """Number format per cell style index."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    part = _part_of_kind(targets, "styles", "xl/styles.xml")
    if part not in package.names:
        return []
    styles = _xml(package, part, name)
    codes = dict(BUILTIN_FORMATS)
    for own in _each(styles, "numFmt"):
        if own.get("numFmtId", "").isdecimal():
            codes[int(own.get("numFmtId", "0"))] = own.get("formatCode", "General")
    made = {i: Format(code, _is_date(i, code)) for i, code in codes.items()}
    ids = [x.get("numFmtId", "0") for group in _each(styles, "cellXfs") for x in _each(group, "xf")]
    return [made.get(int(i) if i.isdecimal() else 0, Format()) for i in ids]


def _is_date(number: int, code: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return 14 <= number <= 22 or 27 <= number <= 36 or 45 <= number <= 47 or bool(is_date_format(code))


def _part_of_kind(targets: dict[str, tuple[str, str]], kind: str, usual: str) -> str:
    return next((part for k, part in targets.values() if k == kind), usual)


def _each(element: Element, local: str) -> Iterable[Element]:
    """Descendants with that local name, whatever the namespace."""
    return (e for e in element.iter() if e.tag == local or e.tag.endswith("}" + local))


def _xml(package: Package, part: str, name: str) -> Element:
    """A small part as a tree; document type declarations are refused."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if part not in package.names:
        raise InputError("files.damaged", file=name, part=part)
    taken: list[bytes] = []
    size = 0
    for chunk in package.chunks(part):
        size += len(chunk)
        if size > _SMALL_PART:
            raise InputError("files.damaged", file=name, part=part)
        taken.append(chunk)
    try:
        tree: Element = fromstring(b"".join(taken), forbid_dtd=True)
    except DefusedXmlException as error:
        raise InputError("files.doctype", file=name, part=part) from error
    except (ParseError, ValueError, LookupError) as error:
        raise InputError("files.damaged", file=name, part=part) from error
    return tree
