"""mask: a tabulated Cube -> the MaskedCube that may be published.

Hides what is too small, coarsens, hides neighbours by structure alone, then attacks the result and hides
more until the attacker gets nowhere. Every step is deterministic and told in the private log.

What leaves depends only on which cells are too small and on the numbers that the structural step leaves
visible: never on the number of a cell that the rule or the structure hides. The attack step looks only at
what would be published; a number it then hides has had its say in being hidden, and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from lhu_effect.disclosure.attack import Spot, Weak, situation, weak_in, weak_spots
from lhu_effect.disclosure.bounds import Bools, Ints, small_unlisted
from lhu_effect.disclosure.coarsen import other_districts, pool_third_sexes
from lhu_effect.disclosure.earlier import Earlier, Paths, read_earlier
from lhu_effect.disclosure.masked import Hidden, MaskedCube, without_numbers
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.disclosure.structure import CELL, Structure, Ties, find_open
from lhu_effect.disclosure.systems import Picked, Systems
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import KEY, Cube


@dataclass(frozen=True, eq=False)
class Draft:
    """Cells on their way to publication: all numbers still there, and which rows will be hidden."""

    frame: pl.DataFrame
    hidden: Bools
    structure: Structure
    log: tuple[Hidden, ...] = ()

    def hide(self, rows: list[int], lines: list[Hidden]) -> Draft:
        """The draft with `rows` hidden too."""
        hidden = self.hidden.copy()
        hidden[rows] = True
        return replace(self, hidden=hidden, log=(*self.log, *lines))

    def hide_picked(self, picked: list[Picked], why: str, systems: Systems) -> Draft:
        """The draft with what was picked hidden, and told."""
        lines = [Hidden(systems.label(p.row), why, systems.label(p.protects), p.cost) for p in picked]
        return self.hide([p.row for p in picked], lines)

    def shown(self) -> pl.DataFrame:
        """What would be published now."""
        return without_numbers(self.frame, pl.lit(pl.Series(self.hidden)))


def mask(table: Cube, study: Study, previous: Paths = None, totals: pl.DataFrame | None = None) -> MaskedCube:
    """What may be shown of `table` (from `survey.tabulate`), proven against an attacker who knows the rules.

    previous: earlier published pages or CSV files, oldest first, whose numbers everybody has. totals: what the
    extracts tell of whole regions (`public_totals`), likewise. Deterministic; the rows of `table` that are not
    shown stay as masked rows without numbers, except rows that were pooled away.
    """
    earlier = read_earlier(previous, totals)
    draft = _by_rule(table.frame, study, earlier)
    draft = _linked(draft)
    draft = _by_structure(draft, study, earlier)
    draft = _with_other_districts(draft, study)
    draft = _by_attack(draft, study, earlier)
    return MaskedCube(draft.shown(), study.minimum, draft.log, draft.structure)


def _by_rule(frame: pl.DataFrame, study: Study, earlier: Earlier) -> Draft:
    """Other and undisclosed pooled; then hidden what is too small, came hidden, or differs a little from before."""
    frame, gone = pool_third_sexes(frame, study.minimum)
    small = frame.select(must_hide(study.minimum)).to_series().to_numpy()
    changed = earlier.changed_a_little(frame, study.minimum)
    incoming = (frame["status"] == "masked").to_numpy()
    why = np.where(small & incoming, "incoming", np.where(small, "small", "changed"))
    rows = np.flatnonzero(small | changed).tolist()
    log = [Hidden(_label(row), "coarsened") for row in gone.select(CELL).iter_rows()]
    log += [
        Hidden(_label(row), reason)
        for row, reason in zip(frame[rows].select(CELL).iter_rows(), why[rows].tolist(), strict=True)
    ]
    return Draft(frame, np.asarray(small | changed), find_open(frame, Structure.of(study)), tuple(log))


def _label(row: tuple[object, ...]) -> str:
    return " ".join(str(v) for v in row)


def _linked(draft: Draft) -> Draft:
    """Where an answer is hidden, every other answer to the same question is, in that cell."""
    family = {i: f[0] for f in draft.structure.families for i in f}
    if not family:
        return draft
    marked = draft.frame.select(*CELL, "status").with_row_index("row")
    marked = marked.with_columns(
        pl.Series("hidden", draft.hidden), pl.col("indicator").replace(family).alias("family")
    ).filter(pl.col("indicator").is_in(list(family)))
    touched = pl.col("hidden").any().over([*(c for c in CELL if c != "indicator"), "family"])
    more = marked.filter(touched, ~pl.col("hidden"), pl.col("status") == "observed")
    return draft.hide(
        more["row"].to_list(), [Hidden(_label(r), "linked") for r in more.select(CELL).iter_rows()]
    )


def _by_structure(draft: Draft, study: Study, earlier: Earlier) -> Draft:
    """Neighbours hidden so that nothing follows by adding and subtracting."""
    systems = Systems.of(draft.frame, draft.structure, study, earlier)
    unlisted = small_unlisted(draft.frame, systems.ties, study.minimum)
    return draft.hide_picked(systems.close(draft.hidden, draft.hidden, unlisted), "protects", systems)


def _with_other_districts(draft: Draft, study: Study) -> Draft:
    """The kommundelar outside the town shown together where none can be shown alone.

    Not where one of them came hidden: the bounds of their sum would tell the others (see `_told_by_bounds`).
    """
    marked = draft.frame.with_columns(pl.Series("hidden", draft.hidden))
    extra = other_districts(marked, study).filter(~must_hide(study.minimum), pl.col("status") == "observed")
    if extra.is_empty():
        return draft
    every = pl.concat([marked, extra.with_columns(pl.lit(False).alias("hidden"))]).sort(KEY)
    return replace(draft, frame=every.drop("hidden"), hidden=every["hidden"].to_numpy())


def _by_attack(draft: Draft, study: Study, earlier: Earlier) -> Draft:
    """More hidden until no attacker, with or without the earlier publication, can narrow anything."""
    systems = Systems.of(draft.frame, draft.structure, study, earlier)
    unlisted = small_unlisted(draft.frame, systems.ties, study.minimum)
    small = draft.hidden
    draft, _ = _without_bounds_that_tell(draft, systems, small, unlisted)
    rows = np.arange(draft.frame.height, dtype=np.int64)
    while True:  # what follows from each sum by itself: many neighbours go before the programmes start
        weak = _by_sums(draft, study, earlier, rows, systems)
        draft, picked = _hide_for(weak, draft, systems, small, unlisted)
        if not picked:
            break
        rows = _around(draft.frame, picked, earlier)
    attackers = _Attackers(study, earlier)
    changed: list[int] | None = None
    while True:
        spots = attackers.find(draft, changed)
        weak = sorted({_numbered(w, systems) for w in spots})
        draft, changed = _hide_for(weak, draft, systems, small, unlisted)
        if not changed:
            return draft


def _hide_for(
    weak: list[int], draft: Draft, systems: Systems, small: Bools, unlisted: frozenset[int]
) -> tuple[Draft, list[int]]:
    """The draft with neighbours of what is weak hidden, theirs too, and which rows that were."""
    picked = systems.widen(weak, draft.hidden)
    if not picked:
        return draft, []
    draft = draft.hide_picked(picked, "attack", systems)
    more = systems.close(draft.hidden, small, unlisted, among=[p.row for p in picked])
    draft = draft.hide_picked(more, "attack", systems)
    draft, told = _without_bounds_that_tell(draft, systems, small, unlisted)
    return draft, [*(p.row for p in (*picked, *more)), *told]


def _without_bounds_that_tell(
    draft: Draft, systems: Systems, small: Bools, unlisted: frozenset[int]
) -> tuple[Draft, list[int]]:
    """The draft with every sum hidden that `_told_by_bounds` finds, its neighbours too, and which rows that were."""
    rows: list[int] = []
    while True:
        told = _told_by_bounds(draft, systems)
        if told:
            draft = draft.hide(told, [Hidden(systems.label(row), "attack") for row in told])
            more = systems.close(draft.hidden, small, unlisted, among=told)
            draft = draft.hide_picked(more, "attack", systems)
            rows += [*told, *(p.row for p in more)]
        else:
            return draft, rows


def _told_by_bounds(draft: Draft, systems: Systems) -> list[int]:
    """Shown sums of which one part came hidden and another is hidden here.

    Such a sum is shown with bounds: what the second part holds, plus the bounds of the mask. Everybody knows those,
    so the bounds would tell the second part to the number. Looks at no count.
    """
    sum_of_masked = (pl.col("status") == "masked") & pl.col("flags").str.split(" ").list.contains(
        "part_masked"
    )
    marked = draft.frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("cell"),
        sum_of_masked.alias("bounded"),
        ((pl.col("status") == "observed") | sum_of_masked).alias("counted"),
        pl.Series("hidden", draft.hidden),
    )
    shown = marked.filter("bounded", ~pl.col("hidden")).select("cell")
    silent = marked.filter("counted", "hidden").select("cell")
    sums = systems.ties.sums
    totals = sums.filter(~pl.col("part")).join(shown, on="cell", how="semi")
    parts = sums.filter("part").join(silent, on="cell", how="semi")
    return totals.join(parts, on="sum", how="semi")["cell"].unique().sort().to_list()


def _around(frame: pl.DataFrame, rows: list[int], earlier: Earlier) -> Ints:
    """All rows of the waves and municipalities of `rows`; of the whole wave where a region's total ties them."""
    tied = ["year"] if earlier.regional() else ["year", "municipality"]
    places = frame[rows].select(tied).unique()
    near = frame.select(tied).with_row_index("row").join(places, on=tied, how="semi")
    return near["row"].sort().to_numpy().astype(np.int64)


def _numbered(spot: Weak, systems: Systems) -> int:
    """The row, or the number of the unlisted part, as in `systems`."""
    return spot.cell if spot.axis == "" else systems.unlisted(spot.cell, spot.axis)


def _by_sums(draft: Draft, study: Study, earlier: Earlier, rows: Ints, systems: Systems) -> list[int]:
    """Rows and unlisted parts among `rows` that each sum by itself gives away to somebody."""
    found: set[int] = set()
    for cells, guarded in earlier.views(draft.shown()[rows]):
        for spot in weak_spots(cells, draft.structure, study.minimum, guarded, thorough=False):
            if spot.cell < len(rows):  # else a part beside a cell that only the earlier version showed
                found.add(_numbered(replace(spot, cell=int(rows[spot.cell])), systems))
    return sorted(found)


class _Attackers:
    """Everybody who attacks a draft, and what was found out about it: hiding more makes no count easier to find."""

    def __init__(self, study: Study, earlier: Earlier) -> None:
        self.study, self.earlier = study, earlier
        self.weak: set[Spot] = set()
        self.untrue: dict[int, frozenset[int]] = {}
        self.told: dict[Weak, bool] = {}
        self.ties: dict[int, Ties] = {}

    def find(self, draft: Draft, changed: list[int] | None) -> set[Weak]:
        """What can be narrowed, but for what the region's own table tells anyway.

        changed: rows hidden since the last time. What was safe then is safe now, unless other sums than then
        contradict each other, or it is an unlisted part that was then known to be large.
        """
        shown, minimum = draft.shown(), self.study.minimum
        asked = None if changed is None else self.weak | {(row, "") for row in changed}
        near = None if changed is None else np.asarray(changed, np.int64)
        found: set[Weak] = set()
        for number, (cells, guarded) in enumerate(self.earlier.views(shown)):
            here = situation(cells, draft.structure, guarded, self.ties.get(number))
            self.ties[number] = here.ties
            as_then = self.untrue.get(number) == here.boxes.contradicts
            self.untrue[number] = here.boxes.contradicts
            weak = weak_in(here, minimum, asked=asked if as_then else None, near=near)
            found |= {w for w in weak if w.cell < shown.height}
        new = found - set(self.told)
        told = self.earlier.told_anyway(shown, draft.structure, minimum, new)
        self.told |= {w: w in told for w in new}
        self.weak = {(w.cell, w.axis) for w in found if not self.told[w]}
        return {w for w in found if not self.told[w]}
