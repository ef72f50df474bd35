"""What a bare "Antal" beside a per cent counts: those who gave the answer, or all who answered.

Nothing in the word says. The figures do: if "Antal" is the base, every per cent must be a whole count of
it; if it is the count, count / per cent must be a possible base. Decided per column, refused when both fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from lhu_effect.survey.counts import k_range
from lhu_effect.survey.figures import Read
from lhu_effect.survey.grid import address
from lhu_effect.survey.model import Issue
from lhu_effect.survey.rows import Key
from lhu_effect.survey.tidy import Observation

LUCK = 0.01
"""A fit of all per cents is believed when chance alone would give it less often than this."""

Odd = list[tuple[Issue, tuple[Observation, ...]]]


def settle(
    observations: Sequence[Observation], read: Read, pupils: Mapping[Key, int | None], odd: Odd
) -> list[Observation]:
    """The observations, each bare count column made counts or bases. pupils: enrolled where known.

    A column that may be either is left out and said in `odd` (rule `count_or_base`, an error).
    """
    based = {_unit(o.key) for o in observations if o.measure == "base"}
    percents = {o.key: o for o in observations if o.measure == "percent" and not o.answer}
    bare: dict[tuple[int, int], list[Observation]] = {}
    for o in observations:
        if o.measure == "count" and not o.answer and o.key in percents and _unit(o.key) not in based:
            bare.setdefault((id(o.table), o.at[1]), []).append(o)
    changed: dict[int, Observation | None] = {}
    for found in bare.values():
        meant = _meaning(found, percents, read, pupils)
        if meant == "base":
            changed |= {id(o): replace(o, measure="base") for o in found}
        elif meant == "":
            changed |= {id(o): None for o in found}
            first = found[0]
            where = (first.table.grid.file, first.table.grid.sheet, address(*first.at))
            issue = Issue("survey.count_or_base", "error", *where, {"text": first.cell.text.strip()})
            odd.append((issue, tuple(found)))
    kept = (changed.get(id(o), o) for o in observations)
    return [o for o in kept if o is not None]


def _meaning(
    found: Sequence[Observation],
    percents: Mapping[Key, Observation],
    read: Read,
    pupils: Mapping[Key, int | None],
) -> str:
    pairs = [(o, percents[o.key], read.whole(o)) for o in found]
    told = [(o, p, n) for o, p, n in pairs if n is not None and read.percent(p) is not None]
    if not told:
        return "count"
    chances = []
    for _, p, n in told:
        shown, decimals = str(read.percent(p)), read.decimals(p)
        if not k_range(shown, decimals, n).possible:
            return "count"
        chances.append(min(1.0, (n + 1) / (100 * 10**decimals + 1)))
    if any(_too_many(o, p, n, read, pupils) for o, p, n in told) or prod(chances) < LUCK:
        return "base"
    return ""


def _too_many(o: Observation, p: Observation, k: int, read: Read, pupils: Mapping[Key, int | None]) -> bool:
    """Whether, were it the count, more pupils must have answered than there are."""
    share, enrolled = float(str(read.percent(p))), pupils.get(o.key)
    return enrolled is not None and share > 0 and 100 * k / share > 1.3 * enrolled


def _unit(key: Key) -> Key:
    return replace(key, indicator="")
