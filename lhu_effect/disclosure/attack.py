"""The attacker: how narrowly every hidden count can be worked out from everything shown.

Turns published cells and their structure into the feasible interval of each hidden n, k and n-k. Used by
`protect` while hiding, by `gate` on a finished page and by `audit` on any page or table. Knows only what
is published: the same code reads a page that somebody else made.

Three steps, each exact about what it claims: boxes (whatever is narrow there is narrow), points (two
feasible whole-number points five apart prove a count safe: `points`), then one linear or integer programme
per end for what neither settled.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl

from lhu_effect.disclosure.bounds import REST, Bools, Boxes, Ints, K, N, boxes_of, is_harmless, tighten
from lhu_effect.disclosure.points import WIDTH, Seen, push_apart
from lhu_effect.disclosure.programme import Knowledge, Programme, inward, programme
from lhu_effect.disclosure.structure import UNBOUNDED, Structure, Ties, tie
from lhu_effect.study.model import Minimum

COUNTS: tuple[str, ...] = ("n", "k", "n-k")
Spot: TypeAlias = tuple[int, str]
_CHUNK = 100  # cells of one batch programme
_THREADS = 2  # one in the solver while the other is in Python; more wait for the interpreter


@dataclass(frozen=True, slots=True)
class Weak:
    """A hidden count that can be narrowed to low..high.

    cell: row of the frame; for an unlisted part of a sum the row of its total, and axis says which sum.
    """

    cell: int
    count: str
    low: int
    high: int
    axis: str = ""


@dataclass(frozen=True, eq=False)
class Situation:
    """Everything an attacker starts from.

    labels: component of each cell. guarded: rows (and phantoms) whose counts must stay unknown.
    """

    cells: pl.DataFrame
    ties: Ties
    boxes: Boxes
    known: Knowledge
    labels: Ints
    guarded: Ints

    def weak(self, cell: int, count: int, low: int, high: int) -> Weak:
        """The finding about `cell`, an unlisted part named by its total and axis."""
        row, axis = self.spot(cell)
        return Weak(row, COUNTS[count], low, high, axis)

    def spot(self, cell: int) -> Spot:
        """Row and "" of a listed cell; of an unlisted part the row of its total and the axis of the sum."""
        return (cell, "") if self.listed(cell) else self._unlisted[cell]

    @cached_property
    def _unlisted(self) -> dict[int, Spot]:
        totals = self.ties.sums.filter(~pl.col("part")).select("sum", "axis", total="cell")
        named = self.ties.phantoms.join(totals.unique("sum", keep="first", maintain_order=True), on="sum")
        return {c: (t, a) for c, t, a in named.select("cell", "total", "axis").iter_rows()}

    def listed(self, cell: int) -> bool:
        """Whether `cell` is a row of the frame (else an unlisted part of a sum)."""
        return cell < self.cells.height


def situation(
    cells: pl.DataFrame, structure: Structure, guarded: pl.Series | None = None, ties: Ties | None = None
) -> Situation:
    """Boxes and ties of published `cells` (columns of a MaskedCube). guarded: true/false, default the masked rows.

    ties: of the same rows, where they are known already (hiding a row that is shown changes none).
    """
    ties = tie(cells, structure) if ties is None else ties
    raw = boxes_of(cells, ties.phantoms.height)
    boxes = tighten(raw, ties)
    chosen = cells["status"] == "masked" if guarded is None else guarded
    rows = np.flatnonzero(chosen.to_numpy())
    known = _knowledge(cells, ties, boxes)
    return Situation(
        cells,
        ties,
        boxes,
        known,
        _components(known),
        np.concatenate([rows, ties.phantoms["cell"].to_numpy()]).astype(np.int64),
    )


def _knowledge(cells: pl.DataFrame, ties: Ties, boxes: Boxes) -> Knowledge:
    sums = ties.sums.filter(~pl.col("sum").is_in(sorted(boxes.contradicts)))
    inner, outer = ties.within["inner"].to_numpy(), ties.within["outer"].to_numpy()
    fits = boxes.low[K, inner] <= boxes.high[K, outer]
    shown = np.flatnonzero((cells["status"] == "observed").to_numpy())
    inexact = (boxes.low[:, shown] < boxes.high[:, shown]).any(axis=0)
    shares = cells.with_row_index("row").filter(
        pl.col("status") == "observed", pl.col("n").is_null(), pl.col("percent").is_not_null()
    )
    half = shares["percent"].map_elements(_half_unit, return_dtype=pl.Float64).to_numpy()
    percent = shares["percent"].to_numpy()
    return Knowledge(
        boxes,
        sums["sum"].to_numpy(),
        sums["cell"].to_numpy(),
        np.where(sums["part"].to_numpy(), -1.0, 1.0),
        inner[fits],
        outer[fits],
        shown[inexact],
        shares["row"].to_numpy().astype(np.int64),
        np.maximum(percent - half, 0) / 100,
        np.minimum(percent + half, 100) / 100,
    )


def _half_unit(percent: float) -> float:
    """Half of the last decimal a per cent is written with."""
    decimals = len(repr(percent).partition(".")[2].rstrip("0"))
    return 0.5 * 0.1**decimals


def weak_spots(
    cells: pl.DataFrame,
    structure: Structure,
    minimum: Minimum,
    guarded: pl.Series | None = None,
    *,
    thorough: bool = True,
) -> list[Weak]:
    """Every hidden count with fewer than WIDTH possible values, sorted by cell and count.

    thorough False: only what boxes alone tell (quick; all of it is true, but not all there is). An unlisted part
    of a sum is not weak when it is known to be empty or large enough to be shown.
    """
    return weak_in(situation(cells, structure, guarded), minimum, thorough=thorough)


def weak_in(
    here: Situation,
    minimum: Minimum,
    *,
    thorough: bool = True,
    asked: Collection[Spot] | None = None,
    near: Ints | None = None,
) -> list[Weak]:
    """`weak_spots` of a situation that is made already.

    asked: only these cells and unlisted parts. near: then also every unlisted part that hangs together with
    these rows, and every one that boxes alone give away.
    """
    open_cells, weak = _by_boxes(here, minimum)
    if asked is not None:
        around = here.labels[np.zeros(0, np.int64) if near is None else near]
        tied = np.isin(here.labels[open_cells], around) & (open_cells >= here.cells.height)
        named = np.asarray([here.spot(c) in asked for c in open_cells.tolist()], np.bool_)
        open_cells = open_cells[tied | named]
        weak = [w for w in weak if (w.cell, w.axis) in asked or (w.axis and near is not None)]
    if thorough:
        with ThreadPoolExecutor(_THREADS) as threads:  # no batch knows of another
            for found in threads.map(
                lambda batch: _by_programmes(here, batch, open_cells, minimum), _batches(here, open_cells)
            ):
                weak += found
    return sorted(weak, key=lambda w: (w.cell, w.axis, COUNTS.index(w.count)))


def feasible(cells: pl.DataFrame, structure: Structure) -> pl.DataFrame:
    """The exact feasible interval of every masked cell: key columns, n_low, n_high, k_low, k_high, rest_low, rest_high.

    One or two programmes per end: for small tables and reports. Null upper end: unbounded.
    """
    here = situation(cells, structure)
    rows = [c for c in here.guarded.tolist() if here.listed(c)]
    ends: dict[str, list[int | None]] = {f"{q}_{e}": [] for q in ("n", "k", "rest") for e in ("low", "high")}
    for cell in rows:
        component = np.flatnonzero((here.labels == here.labels[cell]) & _loose(here.boxes))
        part = programme(here.known, component if len(component) else np.asarray([cell]))
        seen = Seen.of(len(part.cells))
        for count, name in ((N, "n"), (K, "k"), (REST, "rest")):
            low, high = _ends(part, cell, count, here.boxes, seen)
            ends[f"{name}_low"].append(low)
            ends[f"{name}_high"].append(None if high >= UNBOUNDED else high)
    keys = [
        c for c in ("year", "municipality", "district", "grade", "sex", "indicator") if c in cells.columns
    ]
    return cells[rows].select(keys).with_columns(pl.Series(n, v, dtype=pl.Int64) for n, v in ends.items())


def _by_boxes(here: Situation, minimum: Minimum) -> tuple[Ints, list[Weak]]:
    """Guarded cells whose boxes are wide (still to be tried), and the counts whose boxes are narrow."""
    low, high = here.boxes.low, here.boxes.high
    narrow = (high - low + 1 < WIDTH)[:, here.guarded]
    weak, still = [], []
    for i, cell in enumerate(here.guarded.tolist()):
        if not here.listed(cell) and is_harmless(low[:, cell], high[:, cell], minimum):
            continue
        if narrow[:, i].any():
            weak += [
                here.weak(cell, q, int(low[q, cell]), int(high[q, cell]))
                for q in (N, K, REST)
                if narrow[q, i]
            ]
        else:
            still.append(cell)
    return np.asarray(still, np.int64), weak


def _components(known: Knowledge) -> Ints:
    """The component of every cell: cells hang together through sums and subsets of counts that are not exact."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    loose = _loose(known.boxes)
    size = len(loose)
    member = loose[known.cell]
    lines = int(known.line.max()) + 1 if len(known.line) else 0
    pairs = loose[known.inner] & loose[known.outer]
    rows = np.concatenate([known.cell[member], known.inner[pairs]])
    columns = np.concatenate([known.line[member] + size, known.outer[pairs]])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size + lines, size + lines))
    return np.asarray(connected_components(graph, directed=False)[1][:size], np.int64)


def _loose(boxes: Boxes) -> Bools:
    """Which cells are not exactly known."""
    return np.asarray((boxes.low < boxes.high).any(axis=0), np.bool_)


def _batches(here: Situation, cells: Ints) -> list[Ints]:
    """Components that hold any of `cells`, several to a batch, those that boxes settle exactly left out."""
    if not len(cells):
        return []
    labels, loose = here.labels, _loose(here.boxes)
    wanted = np.setdiff1d(np.unique(labels[cells]), _settled(here, labels, loose))
    order = np.flatnonzero(np.isin(labels, wanted) & loose)
    order = order[np.argsort(labels[order], kind="stable")]
    sizes = np.unique(labels[order], return_counts=True)[1]
    batch = (np.cumsum(sizes) - sizes) // _CHUNK
    per_cell = np.repeat(batch, sizes)
    return [np.sort(order[per_cell == b]) for b in np.unique(per_cell)]


def _settled(here: Situation, labels: Ints, loose: Bools) -> Ints:
    """Components where boxes are the exact answer: sums hang together as a tree and all shown counts are exact."""
    known = here.known
    member = loose[known.cell]
    size = int(labels.max()) + 1
    cells = np.bincount(labels[loose], minlength=size)
    edges = np.bincount(labels[known.cell[member]], minlength=size)
    first = np.unique(known.line[member], return_index=True)[1]
    lines = np.bincount(labels[known.cell[member][first]], minlength=size)
    blurred = np.zeros(size, bool)
    blurred[labels[known.counted]] = True
    pairs = loose[known.inner] & loose[known.outer]
    blurred[labels[known.inner[pairs]]] = True
    return np.flatnonzero((edges == cells + lines - 1) & ~blurred)


def _by_programmes(here: Situation, batch: Ints, open_cells: Ints, minimum: Minimum) -> list[Weak]:
    """The weak counts among the guarded cells of one batch."""
    labels = here.labels[batch]
    doubtful, seen = push_apart(here.known, batch, labels, np.isin(batch, open_cells))
    weak = []
    for label in np.unique(labels[doubtful.any(axis=0)]).tolist():
        at = np.flatnonzero(labels == label)
        part = programme(here.known, batch[at])
        mine = Seen(seen.least[:, at], seen.most[:, at])
        harmless: dict[int, bool] = {}
        for i, q in zip(*_places(doubtful[:, at].T), strict=True):
            cell = int(batch[at][i])
            ends = _narrow_ends(part, int(i), int(q), mine)
            if ends is None:
                continue
            if cell not in harmless:
                harmless[cell] = not here.listed(cell) and _harmless(part, cell, here.boxes, minimum, mine)
            if not harmless[cell]:
                weak.append(here.weak(cell, int(q), *ends))
    return weak


def _narrow_ends(part: Programme, at: int, count: int, seen: Seen) -> tuple[int, int] | None:
    """The exact ends of one count, None as soon as points (kept in `seen` for the next) show that it is wide."""
    ends = []
    for way in (1, -1):
        if seen.wide(count, at):
            return None
        end = _end(part, at, count, way, seen)
        if end is None:
            return None  # the attacker is told untruths: boxes, which are wide, are all there is
        ends.append(end)
    return (ends[0], ends[1]) if ends[1] - ends[0] + 1 < WIDTH else None


def _harmless(part: Programme, cell: int, boxes: Boxes, minimum: Minimum, seen: Seen) -> bool:
    """Whether an unlisted part is shown, by its exact ends, to be empty or large enough."""
    ends = [_ends(part, cell, count, boxes, seen) for count in (N, K, REST)]
    low, high = (np.asarray(side, np.int64) for side in zip(*ends, strict=True))
    return is_harmless(low, high, minimum)


def _places(marks: Bools) -> tuple[Ints, Ints]:
    rows, columns = marks.nonzero()
    return rows.astype(np.int64), columns.astype(np.int64)


def _ends(part: Programme, cell: int, count: int, boxes: Boxes, seen: Seen) -> tuple[int, int]:
    """The least and most value of one count, which boxes alone tell of a cell outside the programme."""
    at = int(np.searchsorted(part.cells, cell))
    inside = at < len(part.cells) and part.cells[at] == cell
    low, high = (_end(part, at, count, way, seen) if inside else None for way in (1, -1))
    if low is None or high is None:
        return int(boxes.low[count, cell]), int(boxes.high[count, cell])
    return low, high


def _end(part: Programme, at: int, count: int, way: int, seen: Seen) -> int | None:
    """The least (way 1) or most (way -1) whole value of one count; None when nothing fits.

    Known without asking when a point of `seen` reaches the count's box; by linear programme, when its point is
    whole or a point seen reaches the next whole number inside its bound; by integer programme otherwise.
    """
    if (found := seen.end(count, at, way)) == part.limit(at, count, way):
        return int(found)
    size, every = len(part.cells), np.arange(len(part.cells))
    objective = np.zeros(2 * size)
    if count in (N, K):
        objective[at] = way
    if count in (N, REST):
        objective[at + size] = way
    x = part.solve(objective)
    if x is None:
        return None
    seen.take(every, 0 * every, x)
    if (found := seen.end(count, at, way)) == way * inward(float(objective @ x)):
        return int(found)
    x = part.solve(objective, whole=True)
    if x is None:
        return None
    seen.take(every, 0 * every, np.rint(x))
    return int(seen.end(count, at, way))
