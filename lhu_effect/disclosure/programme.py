"""Linear programmes of an attacker: counts that are still open, and everything known about them.

Turns boxes and ties into one `Programme` for a set of cells and solves it with HiGHS. Knows no
cells by name and decides nothing; `attack` asks the questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lhu_effect.disclosure.bounds import REST, Boxes, Ints, K, N

if TYPE_CHECKING:
    from highspy import Highs, HighsLp
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
_WHOLE = 1e-6
_PRIMAL = 4  # the solver's name of the primal simplex


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that is known, as arrays: per sum its total and parts, per subset its two cells, and the boxes.

    line, cell, sign: one entry per member of a sum (sign +1 the total, -1 a part). counted: shown cells whose
    k or n is not exact (of the others only sums and subsets tell). share: rows (cell, low,
    high): k lies between low and high times n, where a per cent was published without n.
    """

    boxes: Boxes
    line: Ints
    cell: Ints
    sign: Ints
    inner: Ints
    outer: Ints
    counted: Ints
    share_cell: Ints
    share_low: Floats
    share_high: Floats


@dataclass(frozen=True, eq=False)
class Programme:
    """Unknowns x = (k of each cell, n-k of each cell); equal.x = right; at_most.x <= most; low <= x <= high."""

    cells: Ints
    equal: csr_matrix
    right: Floats
    at_most: csr_matrix
    most: Floats
    low: Floats
    high: Floats

    def solve(self, objective: Floats, *, whole: bool = False) -> Floats | None:
        """The x that makes `objective` least, or None when nothing fits (the attacker is told untruths)."""
        from highspy import HighsModelStatus

        model = self._model
        every = np.arange(len(objective), dtype=np.int32)
        if whole:
            model = _quiet(self._as_lp())
            model.setOptionValue("mip_rel_gap", 0.0)
            model.changeColsIntegrality(len(every), every, np.ones(len(every), np.uint8))
        model.changeColsCost(len(every), every, np.asarray(objective, np.float64))
        model.run()
        if model.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        if not whole:  # the point found fits whatever is asked next: go on from there
            model.setOptionValue("simplex_strategy", _PRIMAL)
        return np.asarray(model.getSolution().col_value, np.float64)

    def limit(self, at: int, count: int, way: int) -> float:
        """The least (way 1) or most (way -1) that one count of a cell can be by its own bounds alone."""
        ends, size = (self.low if way > 0 else self.high), len(self.cells)
        return float((ends[at] + ends[at + size], ends[at], ends[at + size])[count])

    @cached_property
    def _model(self) -> Highs:
        """The programme as the solver holds it, with where it stopped the last time."""
        return _quiet(self._as_lp())

    def _as_lp(self) -> HighsLp:
        from highspy import HighsLp, MatrixFormat
        from scipy.sparse import vstack

        rows = vstack([self.equal, self.at_most], format="csr")
        lp = HighsLp()
        lp.num_col_, lp.num_row_ = len(self.low), rows.shape[0]
        lp.col_cost_ = np.zeros(len(self.low))
        lp.col_lower_, lp.col_upper_ = self.low, self.high
        lp.row_lower_ = np.concatenate([self.right, np.full(len(self.most), -np.inf)])
        lp.row_upper_ = np.concatenate([self.right, self.most])
        lp.a_matrix_.format_ = MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        return lp


def _quiet(lp: HighsLp) -> Highs:
    model = _silent_solver()()
    model.setOptionValue("threads", 1)
    model.passModel(lp)
    return model


@cache
def _silent_solver() -> type[Highs]:
    """The solver without its greeting, which the first one made otherwise writes on stdout, where results go."""
    from highspy import Highs

    class Silent(Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802
            self.silent()
            super().enableCallbacks()

    return Silent


def is_whole(x: Floats) -> npt.NDArray[np.bool_]:
    """Which entries are whole numbers, but for the solver's rounding."""
    return np.asarray(np.abs(x - np.rint(x)) < _WHOLE)


def inward(bound: float) -> int:
    """The least whole number that is not below `bound`, but for the solver's rounding."""
    return ceil(bound - _WHOLE)


def programme(known: Knowledge, cells: Ints) -> Programme:
    """The programme of `cells` (sorted): all sums and subsets that touch them, other cells at their known value."""
    from scipy.sparse import csr_matrix, vstack

    size, low, high = len(cells), known.boxes.low, known.boxes.high
    position = np.full(low.shape[1], -1, np.int64)
    position[cells] = np.arange(size)
    touched = np.unique(known.line[position[known.cell] >= 0])
    member = np.isin(known.line, touched)
    line, cell, sign = np.searchsorted(touched, known.line[member]), known.cell[member], known.sign[member]
    inside = position[cell] >= 0
    rows, columns = line[inside], position[cell[inside]]
    fixed = [
        -np.bincount(line[~inside], weights=(sign * low[q][cell])[~inside], minlength=len(touched))
        for q in (K, REST)
    ]
    block = csr_matrix((sign[inside], (rows, columns)), shape=(len(touched), size))
    none = csr_matrix((len(touched), size))
    equal = vstack([_beside(block, none), _beside(none, block)], format="csr")
    at_most, most = _inequalities(known, position, size)
    return Programme(
        cells,
        equal,
        np.concatenate(fixed),
        at_most,
        most,
        np.concatenate([low[K, cells], low[REST, cells]]).astype(np.float64),
        np.concatenate([high[K, cells], high[REST, cells]]).astype(np.float64),
    )


def _beside(left: csr_matrix, right: csr_matrix) -> csr_matrix:
    from scipy.sparse import csr_matrix, hstack

    return csr_matrix(hstack([left, right]))


def _inequalities(known: Knowledge, position: Ints, size: int) -> tuple[csr_matrix, Floats]:
    """n within its box; a subset's k at most the whole's; k within its share of n. Rows: a k + b rest <= c."""
    from scipy.sparse import csr_matrix

    low, high = known.boxes.low, known.boxes.high
    counted = known.counted[position[known.counted] >= 0]
    ks, rests = position[counted], position[counted] + size
    both = (position[known.inner] >= 0) & (position[known.outer] >= 0)
    shared = position[known.share_cell] >= 0
    s_low, s_high = known.share_low[shared], known.share_high[shared]
    s_ks, s_rests = position[known.share_cell[shared]], position[known.share_cell[shared]] + size
    one = np.ones(len(counted))
    pairs = np.ones(int(both.sum()))
    zeros = np.zeros(len(s_low))
    parts: list[tuple[Ints, Ints, Floats, Floats, Floats]] = [
        (ks, rests, one, one, high[N, counted].astype(np.float64)),
        (ks, rests, -one, -one, -low[N, counted].astype(np.float64)),
        (position[known.inner[both]], position[known.outer[both]], pairs, -pairs, 0 * pairs),
        (s_ks, s_rests, s_low - 1, s_low, zeros),
        (s_ks, s_rests, 1 - s_high, -s_high, zeros),
    ]
    first, second, a, b, most = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    rows = np.arange(len(most))
    matrix = csr_matrix(
        (np.concatenate([a, b]), (np.concatenate([rows, rows]), np.concatenate([first, second]))),
        shape=(len(most), 2 * size),
    )
    return matrix, most
