"""Which neighbours to hide, decided by how cells hang together and never by what they hold.

Turns a set of hidden cells in one small system of sums (one wave, municipality and indicator) into the
cheapest further cells such that no hidden cell follows from the shown ones by adding and subtracting. Since no
count is looked at, the choice says nothing about the counts it hides.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

_TRIES = 400

Name = tuple[str, str, str]  # district, grade, sex; ("+", axis, line) for a part nobody lists


@dataclass(frozen=True, slots=True)
class System:
    """Sums among cells: each line is a total and its parts. small: hidden by the primary rule or by the source.

    unlisted: parts that stand in a line but in no table, and must not be found out either.
    """

    lines: tuple[tuple[Name, ...], ...]
    small: frozenset[Name]
    unlisted: frozenset[Name]


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A cell hidden to protect another."""

    cell: Name
    protects: Name


def protectors(
    system: System, hidden: Iterable[Name], cost: Mapping[Name, int], barred: frozenset[Name] = frozenset()
) -> tuple[Choice, ...]:
    """The further cells to hide, in the order chosen.

    Exposed cells are taken one at a time, in order; for each the cheapest set of shown cells is sought that
    protects it and everything hidden for its sake (ties by name). barred: cells whose hiding protects little
    (already published elsewhere), taken only when nothing else is left.
    """
    prices = {name: price + (1_000_000 if name in barred else 0) for name, price in cost.items()}
    now = frozenset(hidden)
    made: list[Choice] = []
    beyond: set[Name] = set()
    while weak := [name for name in exposed(system, now) if name not in beyond]:
        chosen = _cheapest(system, now, weak[0], prices)
        made += chosen
        now |= {c.cell for c in chosen}
        if not chosen:
            beyond.add(weak[0])  # everything that hangs together with it is hidden already
    return tuple(made)


def _cheapest(
    system: System, hidden: frozenset[Name], target: Name, prices: Mapping[Name, int]
) -> tuple[Choice, ...]:
    """The cheapest cells that protect `target` and each other: sets are tried in order of cost."""
    queue: list[tuple[int, tuple[Name, ...], tuple[Choice, ...]]] = [(0, (), ())]
    seen: set[frozenset[Name]] = set()
    for _ in range(_TRIES):
        if not queue:
            return ()
        price, _, made = heapq.heappop(queue)
        added = frozenset(c.cell for c in made)
        if added in seen:
            continue
        seen.add(added)
        weak = [n for n in exposed(system, hidden | added) if n == target or n in added]
        if not weak:
            return made
        for cell in candidates(system.lines, weak[0], hidden | added | system.unlisted):
            more = (*made, Choice(cell, weak[0]))
            heapq.heappush(queue, (price + prices[cell], tuple(sorted(c.cell for c in more)), more))
    return min(queue)[2] if queue else ()  # a step in the right direction; what is still exposed comes next


def exposed(system: System, hidden: frozenset[Name]) -> list[Name]:
    """Hidden cells and unlisted parts that follow from the shown cells, sorted.

    Small cells must hold out even against somebody who knows every unlisted part.
    """
    everything = _determined(system.lines, hidden | system.unlisted)
    knowing = _determined(system.lines, hidden) & system.small if system.unlisted else set()
    return sorted(everything | knowing)


def _determined(lines: tuple[tuple[Name, ...], ...], unknown: frozenset[Name]) -> set[Name]:
    """The unknowns that all solutions of the sums agree on."""
    at, matrix = _matrix(lines)
    names = sorted(name for name in unknown if name in at)
    if not names:
        return set()
    columns = matrix[:, [at[name] for name in names]]
    _, scale, right = np.linalg.svd(columns[columns.any(axis=1)], full_matrices=True)
    rank = int((scale > 1e-9).sum())
    moves = np.abs(right[rank:]).sum(axis=0)
    return {name for name, move in zip(names, moves.tolist(), strict=True) if move < 1e-9}


@lru_cache(maxsize=4096)
def _matrix(lines: tuple[tuple[Name, ...], ...]) -> tuple[dict[Name, int], npt.NDArray[np.float64]]:
    """The sums as equations, total minus parts = 0: column of each name, and the matrix."""
    at = {name: i for i, name in enumerate(sorted({name for line in lines for name in line}))}
    matrix = np.zeros((len(lines), len(at)))
    for i, (total, *parts) in enumerate(lines):
        matrix[i, at[total]] += 1.0
        for part in parts:
            matrix[i, at[part]] -= 1.0
    return at, matrix


def candidates(lines: tuple[tuple[Name, ...], ...], target: Name, unseen: frozenset[Name]) -> list[Name]:
    """Shown cells in the sums of `target`, of its hidden neighbours, of theirs, and so on; sorted."""
    reached = {target}
    while True:
        near = {name for line in lines if reached & set(line) for name in line}
        grown = reached | (near & unseen)
        if grown == reached:
            return sorted(near - unseen - {target})
        reached = grown
