"""Audit and gate: a finished page or export is read back and attacked, as a stranger would.

`audit` takes any page or table, `gate` is the audit a build runs on its own page before anything is written.
A finding names a cell and the interval its hidden count can be narrowed to; the gate's message names cells
only, since messages end up in logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lhu_effect.disclosure.attack import weak_spots
from lhu_effect.disclosure.earlier import Earlier, Paths, read_earlier
from lhu_effect.disclosure.masked import MaskedCube
from lhu_effect.disclosure.page import page_findings, row_findings
from lhu_effect.disclosure.primary import at_least_floor, too_small
from lhu_effect.disclosure.published import (
    COLUMNS,
    Json,
    Published,
    block,
    from_block,
    page_text,
    read_page,
    read_published,
)
from lhu_effect.disclosure.repeated import bundle_findings
from lhu_effect.disclosure.structure import CELL, Structure
from lhu_effect.errors import DisclosureError, InputError
from lhu_effect.study.model import Minimum, Study


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that gives a hidden number away.

    cell: `2020 0486 aker ak9 all narcotics_ever` (+ the sum an unlisted part belongs to). what: n, k or n-k that
    can be narrowed to low..high; `small` (shown though too small); `shown` (a number of a hidden cell stands at
    `where`); `unread` (something that cannot be read back). low, high: None where nothing was narrowed.
    """

    cell: str
    what: str
    low: int | None = None
    high: int | None = None
    where: str = "cells"


def audit(source: Path | bytes, previous: Paths = None, study: Study | None = None) -> list[Finding]:
    """Everything hidden that a stranger can work out from a built page (path or bytes) or an exported table.

    previous: earlier publications the stranger has kept, oldest first. study: what ties the cells of a table (a
    page carries that itself); default the packaged study. Sorted; empty: nothing found.
    Raises InputError when the file holds no cells in a form this program knows.
    """
    if isinstance(source, bytes):
        text = source.decode("utf-8", errors="replace")
        return _all_findings(read_page(text), read_earlier(previous), text)
    if source.suffix.lower() in (".html", ".htm"):
        text = page_text(source)
        return _all_findings(read_page(text, source.name), read_earlier(previous), text)
    published = _with_structure(read_published(source), study)
    return _sensitive(_all_findings(published, read_earlier(previous), ""), at_least_floor(published.minimum))


def _sensitive(found: list[Finding], rule: Minimum) -> list[Finding]:
    """A table does not mark why a number is absent: what is worked out to be nobody, or large enough, is no finding."""
    least = {"n": rule.n, "k": rule.k, "n-k": rule.k}
    by_cell: dict[str, dict[str, Finding]] = {}
    for f in found:
        by_cell.setdefault(f.cell, {})[f.what] = f

    def harmless(cell: str) -> bool:
        known = by_cell[cell]
        if "n" in known and known["n"].high == 0:
            return True
        return all((f.low or 0) >= least.get(f.what, f.low or 0) for f in known.values() if f.what != "small")

    return [f for f in found if f.what == "small" or not harmless(f.cell)]


def gate(
    html: str,
    study: Study,
    previous: Paths = None,
    totals: pl.DataFrame | None = None,
    *,
    attacked: MaskedCube | None = None,
) -> None:
    """Raise DisclosureError when the finished page `html` would give a hidden number away.

    previous, totals: as in `mask`. attacked: what `mask` made with the same two; where the page, read back, holds
    those cells and no others, the programmes that `mask` has just solved on them are not solved a second time.
    A page whose cells cannot be read back is refused too: what cannot be checked does not leave.
    """
    try:
        published = read_page(html)
    except InputError as error:
        raise DisclosureError("disclosure.not_readable") from error
    rule = Minimum(max(study.minimum.n, published.minimum.n), max(study.minimum.k, published.minimum.k))
    checked = Published(published.cells, published.structure, rule, published.data)
    thorough = attacked is None or not _same_cells(checked, attacked)
    findings = _all_findings(checked, read_earlier(previous, totals), html, thorough=thorough)
    if findings:
        cells = sorted({f.cell for f in findings})
        raise DisclosureError("disclosure.leaks", count=len(findings), cells="; ".join(cells[:3]))


def _same_cells(published: Published, attacked: MaskedCube) -> bool:
    """Whether an attacker reads from the page just what he would read from `attacked`."""
    told = from_block(block(attacked))
    return (
        published.cells.select(COLUMNS).equals(told.cells.select(COLUMNS))
        and published.structure == told.structure
        and published.minimum == told.minimum
    )


def gate_table(rows: Iterable[Mapping[str, Json]], masked: MaskedCube) -> None:
    """Raise DisclosureError when rows of a table, as read back from a file, tell of a hidden cell.

    rows: of effects, their checks, or a power table, told by its columns. masked: what may be shown; `mask` has
    attacked it, so a table that says no more passes.
    """
    _refuse(row_findings(rows, masked.frame, masked.structure.home))


def gate_bundle(files: Mapping[str, str], indicator: str, masked: MaskedCube) -> None:
    """Raise DisclosureError when a replication bundle holds counts that are no shown cell's."""
    _refuse(list(bundle_findings(files, indicator, masked.frame)))


def _refuse(found: Sequence[tuple[str, str, str]]) -> None:
    if found:
        cells = sorted({cell for cell, _, _ in found})
        raise DisclosureError("disclosure.leaks", count=len(found), cells="; ".join(cells[:3]))


def _with_structure(found: Published, study: Study | None) -> Published:
    from lhu_effect.study import load_study

    known = study or load_study(None)
    return Published(found.cells, Structure.of(known), known.minimum, found.data)


def _all_findings(
    published: Published, earlier: Earlier, html: str, *, thorough: bool = True
) -> list[Finding]:
    found = _too_small(published.cells, published.minimum)
    found += _narrowed(published, earlier, thorough)
    found += _changed(published, earlier)
    found += [Finding(cell, what, where=where) for cell, what, where in page_findings(published, html)]
    return sorted(set(found), key=lambda f: (f.cell, f.what, f.where))


def _too_small(cells: pl.DataFrame, minimum: Minimum) -> list[Finding]:
    shown = cells.filter(pl.col("status") == "observed", too_small(minimum))
    return [Finding(label(row), "small") for row in shown.select(CELL).iter_rows()]


def _narrowed(published: Published, earlier: Earlier, thorough: bool) -> list[Finding]:
    """What can be narrowed by somebody new, or who has earlier versions and the region's table (told anyway: excepted).

    thorough False: by boxes alone (`weak_spots`).
    """
    cells, rule = published.cells, published.minimum
    found = []
    for view, guarded in earlier.views(cells):
        weak = weak_spots(view, published.structure, rule, guarded, thorough=thorough)
        anyway = earlier.told_anyway(cells, published.structure, rule, weak)
        names = [label(row) for row in view.select(CELL).iter_rows()]
        found += [
            Finding(
                f"{names[w.cell]}{f' ({w.axis}: unlisted)' if w.axis else ''}",
                w.count,
                w.low,
                w.high,
                "cells" if view is cells else "previous",
            )
            for w in weak
            if w not in anyway
        ]
    return found


def _changed(published: Published, earlier: Earlier) -> list[Finding]:
    """Small differences between this and an earlier version."""
    now = published.cells.filter(pl.col("status") == "observed")
    changed = now.filter(pl.Series(earlier.changed_a_little(now, published.minimum)))
    return [Finding(label(row), "small", where="previous") for row in changed.select(CELL).iter_rows()]


def label(row: Sequence[object]) -> str:
    """`2020 0486 aker ak9 all narcotics_ever`."""
    return " ".join(str(v) for v in row)
