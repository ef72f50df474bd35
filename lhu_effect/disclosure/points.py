"""Feasible points: whole numbers that fit everything shown, far enough apart to prove counts safe.

Turns the programme of a batch of cells into the counts that no two points found tell apart, and remembers the
least and most seen of each. Proves only safety: what stays in doubt is settled by programmes in `attack`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lhu_effect.disclosure.bounds import REST, Bools, Ints, K, N
from lhu_effect.disclosure.programme import Floats, Knowledge, Programme, is_whole, programme

WIDTH = 5  # a hidden count must have at least this many possible whole values
_ROUNDS = 10
_FEW = 3
_REACH = 8  # how far one step may take a count: without it few counts take all the room there is


@dataclass(frozen=True, eq=False)
class Seen:
    """Least and most n, k and n-k (rows) of cells (columns) over the feasible points so far; filled in place."""

    least: Floats
    most: Floats

    @staticmethod
    def of(size: int) -> Seen:
        """Nothing seen yet of `size` cells."""
        return Seen(np.full((3, size), np.inf), np.full((3, size), -np.inf))

    def narrow(self) -> Bools:
        """Which counts have not been seen WIDTH values apart."""
        return np.asarray(self.most - self.least + 1 < WIDTH)

    def wide(self, count: int, at: int) -> bool:
        """Whether one count has been seen WIDTH values apart."""
        return bool(self.most[count, at] - self.least[count, at] + 1 >= WIDTH)

    def end(self, count: int, at: int, way: int) -> float:
        """The least (way 1) or most (way -1) seen of one count; infinite when nothing was."""
        return float((self.least if way > 0 else self.most)[count, at])

    def take(self, at: Ints, labels: Ints, x: Floats) -> None:
        """Note the point x of the cells `at`; it counts only for components in which it is whole throughout.

        labels: component of each cell of `at`.
        """
        k, rest = np.split(x, 2)
        broken = np.bincount(labels, weights=~(is_whole(k) & is_whole(rest)))
        whole = broken[labels] == 0
        seen = np.rint(np.stack([k + rest, k, rest]))[:, whole]
        self.least[:, at[whole]] = np.minimum(self.least[:, at[whole]], seen)
        self.most[:, at[whole]] = np.maximum(self.most[:, at[whole]], seen)


def push_apart(known: Knowledge, batch: Ints, labels: Ints, mine: Bools) -> tuple[Bools, Seen]:
    """Which counts (3, cells) of the cells `mine` no two points prove safe, and what was seen of all.

    The first point keeps every count off its lower end; from there all counts in doubt are pushed up or down at
    once, by signs drawn with a fixed seed and fitted to the sums (what goes up here comes down there), and back.
    Components with few doubts are dropped (a programme for each is cheaper). labels: component of each cell of `batch`.
    """
    seen = Seen.of(len(batch))
    doubtful = np.repeat(mine[None, :], 3, axis=0)
    if not _many(doubtful, labels).any():
        return doubtful, seen
    part = programme(known, batch)
    base = _off_the_ground(part)
    if base is None:
        return doubtful, seen
    every = np.arange(len(batch))
    seen.take(every, labels, base)
    near = _within_reach(part, np.rint(base))
    draw = np.random.default_rng(0)
    for _ in range(_ROUNDS):
        many = _many(doubtful, labels)
        if not many.any():
            break
        push = _push(part, doubtful & many, draw)
        for way in (1.0, -1.0):
            x = near.solve(way * push)
            x = part.solve(way * push) if x is None else x
            if x is None:
                return doubtful, seen
            seen.take(every, labels, x)
        doubtful &= seen.narrow()
    return doubtful, seen


def _many(doubtful: Bools, labels: Ints) -> Bools:
    """Which cells are of components that hold more than _FEW doubtful counts."""
    counts = np.bincount(labels, weights=doubtful.sum(axis=0))
    return np.asarray(counts[labels] > _FEW)


def _off_the_ground(part: Programme) -> Floats | None:
    """A point with as many counts as can be WIDTH - 1 above their lower ends."""
    from scipy.sparse import csr_matrix, hstack

    span = part.high - part.low
    step = np.minimum(span, WIDTH - 1)
    twice = replace(
        part,
        equal=csr_matrix(hstack([part.equal, part.equal])),
        at_most=csr_matrix(hstack([part.at_most, part.at_most])),
        low=np.concatenate([part.low, np.zeros(len(span))]),
        high=np.concatenate([part.low + step, span - step]),
    )
    x = twice.solve(np.concatenate([-np.ones(len(span)), np.zeros(len(span))]))
    return None if x is None else x[: len(span)] + x[len(span) :]


def _push(part: Programme, doubtful: Bools, draw: np.random.Generator) -> Floats:
    """A direction for k and n-k of every cell in doubt: signs of random numbers that the sums leave at nought."""
    from scipy.sparse.linalg import lsmr

    only_n = doubtful[N] & ~doubtful[K] & ~doubtful[REST]
    asked = np.concatenate([doubtful[K] | only_n, doubtful[REST] | only_n])
    drawn = np.where(asked, draw.normal(size=len(asked)), 0.0)
    if len(part.right):
        drawn -= part.equal.T @ lsmr(part.equal.T, drawn, atol=1e-4, btol=1e-4, maxiter=60)[0]
    return np.where(asked, np.sign(drawn), 0.0)


def _within_reach(part: Programme, start: Floats) -> Programme:
    return replace(part, low=np.maximum(part.low, start - _REACH), high=np.minimum(part.high, start + _REACH))
