"""Hidden sheets: read like the others, but left out whole when a visible sheet says something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lhu_effect.survey.model import Issue
from lhu_effect.survey.sheets import FileRead
from lhu_effect.survey.tidy import Observation


def without_disagreeing(files: Sequence[FileRead], odd: Callable[[Issue], None]) -> list[Observation]:
    """All observations but those of hidden sheets that contradict a visible one."""
    everything = [o for f in files for o in f.tidied.observations]
    visible = {_slot(o): o for o in everything if not o.table.grid.hidden}
    left_out: dict[int, Observation] = {}
    for o in everything:
        seen = visible.get(_slot(o)) if o.table.grid.hidden else None
        if seen is not None and (seen.parsed.value, seen.parsed.nothing) != (
            o.parsed.value,
            o.parsed.nothing,
        ):
            left_out.setdefault(id(o.table.grid), o)
    for o in left_out.values():
        grid = o.table.grid
        seen = visible[_slot(o)]
        facts: dict[str, object] = {
            "text": o.cell.text,
            "seen": seen.cell.text,
            "other": seen.table.grid.sheet,
        }
        odd(Issue("survey.hidden_disagrees", "warning", grid.file, grid.sheet, "", facts))
        _ignore_all(files, o)
    return [o for o in everything if id(o.table.grid) not in left_out]


def _slot(o: Observation) -> tuple[object, str, str]:
    return o.key, o.measure, o.answer


def _ignore_all(files: Sequence[FileRead], o: Observation) -> None:
    for f in files:
        for s in f.sheets:
            if s.grid is o.table.grid:
                s.fates.used.clear()
                s.fates.rejected.clear()
                s.fates.ignored = {(r, c): "hidden_disagrees" for r, c, _ in s.grid.cells()}
