"""The import report of contract.md: per sheet what its cells became, as plain dicts. Private.

Cells in = used + rejected + ignored is asserted here for every sheet, on every run. Text of rejected cells
has personal numbers blotted out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lhu_effect import i18n
from lhu_effect.survey.cells import mask_personal
from lhu_effect.survey.fates import Fates
from lhu_effect.survey.grid import Grid, address, cell_range
from lhu_effect.survey.issues import stuck_message
from lhu_effect.survey.microdata_files import ReadRecords
from lhu_effect.survey.rows import Stuck
from lhu_effect.survey.tables import At

Closest = Callable[[str, str], str]


def sheet_report(grid: Grid, fates: Fates, closest: Closest, lang: i18n.Lang) -> dict[str, Any]:
    """One sheet: axes and measures with their cells, counts, rejected cells and ignored ranges.

    closest(axis, text): the known label most like an unknown one. lang: of the messages.
    """
    cells = {(r, c): cell for r, c, cell in grid.cells()}
    used = {at: what for at, what in fates.used.items() if at in cells}
    rejected = {at: s for at, s in fates.rejected.items() if at in cells and at not in used}
    ignored = {
        at: fates.ignored.get(at, "outside_tables") for at in cells if at not in used and at not in rejected
    }
    assert len(cells) == len(used) + len(rejected) + len(ignored), grid.sheet
    return {
        "sheet": grid.sheet,
        "axes": {axis: [_range(x) for x in ranges] for axis, ranges in _by_value(used)},
        "cells_in": len(cells),
        "cells_used": len(used),
        "cells_masked": [_range(x) for x in boxes(sorted(fates.masked & set(used)))],
        "cells_rejected": [
            _rejected(at, cells[at].text, s, closest, lang) for at, s in sorted(rejected.items())
        ],
        "cells_ignored": [
            {"range": _range(box), "count": sum(at in ignored for at in _inside(box, cells)), "why": why}
            for why, boxes in _by_value(ignored)
            for box in boxes
        ],
    }


def _rejected(at: At, text: str, stuck: Stuck, closest: Closest, lang: i18n.Lang) -> dict[str, str]:
    near = closest(stuck.axis, stuck.text) if stuck.rule == "unknown_label" else ""
    return {
        "cell": address(*at),
        "text": mask_personal(text),
        "rule": stuck.rule,
        "message": stuck_message(stuck, near, lang),
        "axis": stuck.axis,
        "about": mask_personal(stuck.text),
        "closest": near,
    }


def records_report(file: str, read: ReadRecords) -> dict[str, Any]:
    """A file of records: values counted per column; the range of an ignored column is its name."""
    used = {f.name: f.values or 0 for f in read.fates if f.used}
    ignored = [{"range": f.name, "count": f.values or 0, "why": f.why} for f in read.fates if not f.used]
    total = sum(used.values())
    return {
        "file": file,
        "layout": "microdata",
        "sheets": [
            {
                "sheet": read.sheet,
                "axes": {name: [name] for name in used},
                "cells_in": total + sum(int(str(i["count"])) for i in ignored),
                "cells_used": total,
                "cells_rejected": [],
                "cells_ignored": ignored,
            }
        ],
    }


def totals(sheets: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Sums over sheets, as in the contract."""
    made = {"cells_in": 0, "cells_used": 0, "cells_rejected": 0, "cells_ignored": 0}
    for s in sheets:
        made["cells_in"] += s["cells_in"]
        made["cells_used"] += s["cells_used"]
        made["cells_rejected"] += len(s["cells_rejected"])
        made["cells_ignored"] += sum(i["count"] for i in s["cells_ignored"])
    assert made["cells_in"] == made["cells_used"] + made["cells_rejected"] + made["cells_ignored"]
    return made


Box = tuple[int, int, int, int]


def _by_value(cells: Mapping[At, str]) -> list[tuple[str, list[Box]]]:
    """Cells grouped by what became of them, each group as few rectangles (top, left, bottom, right).

    A cell that became several things ("grade+year") is in each of their groups.
    """
    grouped: dict[str, list[At]] = {}
    for at in sorted(cells):
        for one in cells[at].split("+"):
            grouped.setdefault(one, []).append(at)
    return [(value, boxes(ats)) for value, ats in sorted(grouped.items())]


def boxes(ats: Sequence[At]) -> list[Box]:
    """Sorted cells as rectangles: runs along a row, then equal runs below each other joined."""
    open_runs: dict[tuple[int, int], Box] = {}
    done: list[Box] = []
    for row, left, right in _runs(ats):
        above = open_runs.get((left, right))
        if above is not None and above[2] == row - 1:
            open_runs[left, right] = (above[0], left, row, right)
        else:
            if above is not None:
                done.append(above)
            open_runs[left, right] = (row, left, row, right)
    return sorted([*done, *open_runs.values()])


def _runs(ats: Sequence[At]) -> list[tuple[int, int, int]]:
    made: list[tuple[int, int, int]] = []
    for row, col in ats:
        if made and made[-1][0] == row and made[-1][2] == col - 1:
            made[-1] = (row, made[-1][1], col)
        else:
            made.append((row, col, col))
    return made


def box_of(text: str) -> Box | None:
    """`D14:F20` or `D14` as rows and columns; None for a range that is no spreadsheet address."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    first, last = column_number(left), column_number(right or left)
    return int(top), first, int(bottom or top), last


_RANGE = re.compile(r"([A-Z]{1,3})([0-9]+)(?::([A-Z]{1,3})([0-9]+))?")


def column_number(letters: str) -> int:
    """`AA` as 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _range(box: Box) -> str:
    return cell_range(*box)


def _inside(box: Box, cells: Mapping[At, object]) -> Iterable[At]:
    top, left, bottom, right = box
    return ((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1) if (r, c) in cells)
