"""One figure per key, measure and answer: equal ones counted once, contradictions said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lhu_effect.survey.figures import Read
from lhu_effect.survey.rows import Key
from lhu_effect.survey.tidy import Observation

Say = Callable[..., None]


def without_duplicates(observations: Sequence[Observation], read: Read, say: Say) -> list[Observation]:
    """The observations, of several about the same thing the one to keep.

    say(rule, severity, observation, other, **facts): told of equal ones (a repeated base is normal) and of
    contradictions.
    """
    kept: dict[tuple[Key, str, str, int], Observation] = {}
    for o in observations:
        table = id(o.table) if o.measure == "base" and not o.key.indicator else 0
        slot = (o.key, o.measure, o.answer, table)
        first = kept.get(slot)
        kept[slot] = o if first is None else _to_keep(first, o, read, say)
    return list(kept.values())


def _to_keep(first: Observation, other: Observation, read: Read, say: Say) -> Observation:
    if read.number(first) == read.number(other) and first.parsed.nothing == other.parsed.nothing:
        if first.measure != "base":
            say("duplicate", "warning", other, first, text=other.cell.text)
        return first
    if first.parsed.kind == "nothing" or other.parsed.kind == "nothing":
        return other if first.parsed.kind == "nothing" else first
    if first.measure == "percent" and read.overlap(first, other):
        return max(first, other, key=read.decimals)
    say("duplicate_conflict", "error", other, first, text=other.cell.text, other_text=first.cell.text)
    return first
