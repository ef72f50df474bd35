"""What everybody already has: earlier publications, one or several, and the totals of regions.

Turns pages and tables published before, and the region's own rows of an extract, into facts an attacker
starts from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from lhu_effect.disclosure.attack import Weak, situation, weak_in
from lhu_effect.disclosure.bounds import Bools
from lhu_effect.disclosure.primary import too_small
from lhu_effect.disclosure.structure import CELL, Structure
from lhu_effect.study.model import Minimum, Study
from lhu_effect.survey.cube import CUBE_SCHEMA, Cube
from lhu_effect.survey.tabulate import sum_grades

ENDS: tuple[str, ...] = ("n_low", "n_high", "k_low", "k_high")
Paths = Path | Sequence[Path] | None


@dataclass(frozen=True, eq=False)
class Earlier:
    """versions: published cells of earlier versions, oldest first. totals: the region's own table (`public_totals`).

    Each: columns CELL and ENDS (whole numbers), unique on CELL.
    """

    versions: tuple[pl.DataFrame, ...] = ()
    totals: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={c: CUBE_SCHEMA[c] for c in (*CELL, *ENDS)})
    )

    @staticmethod
    def nothing() -> Earlier:
        """No earlier publication."""
        return Earlier()

    def is_empty(self) -> bool:
        """Whether nothing was published before."""
        return self.together().is_empty()

    def together(self) -> pl.DataFrame:
        """All versions and totals as one; where they differ (corrections) the latest given holds."""
        every = pl.concat([self.totals, *self.versions])
        return every.unique(CELL, keep="last", maintain_order=True)

    def rows(self, frame: pl.DataFrame) -> frozenset[int]:
        """The rows of `frame` that were shown before."""
        marked = frame.select(CELL).with_row_index("row").join(self.together(), on=CELL, how="semi")
        return frozenset(marked["row"].to_list())

    def regional(self) -> frozenset[tuple[int, tuple[str, str, str], str]]:
        """Year, (district, grade, sex) and indicator of every total of a region or the nation shown before."""
        wide = self.together().filter(pl.col("municipality").str.len_chars() < 4)
        return frozenset((y, (d, g, s), i) for y, _, d, g, s, i in wide.select(CELL).iter_rows())

    def changed_a_little(self, frame: pl.DataFrame, minimum: Minimum) -> Bools:
        """Rows whose counts differ from those of any version by a group too small to show (late answers, corrections).

        The difference between two versions is a cell of its own. Counts whose bounds overlap may be equal and
        do not count; where some counts rose and others fell, the largest movement is judged.
        """
        changed = np.zeros(frame.height, np.bool_)
        for version in self.versions:
            changed |= _changed_a_little(version, frame, minimum)
        return changed

    def seen_with(self, shown: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.Series]]:
        """`shown` as somebody sees it who kept an earlier version, and which rows must still stay unknown.

        One view per version, and one of everything together. Rows hidden now are taken at their earlier value;
        cells shown only before are added after the rows of `shown`.
        """
        single = [v for v in self.versions if not v.is_empty()]
        if len(single) == 1 and self.totals.is_empty():
            single = []
        return [_seen_with(v, shown) for v in (*single, self.together()) if not v.is_empty()]

    def views(self, shown: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.Series]]:
        """`seen_with`, and as a newcomer sees it who has nothing (totals alone only add to what is shown)."""
        views = self.seen_with(shown)
        return [(shown, shown["status"] == "masked"), *views] if self.versions or not views else views

    def told_anyway(
        self, shown: pl.DataFrame, structure: Structure, minimum: Minimum, asked: Iterable[Weak]
    ) -> frozenset[Weak]:
        """Which of `asked` (found among `shown`) the region's own table tells as narrowly without any of our cells.

        Nobody can take that back: hiding more would cost the reader and protect no one.
        """
        spots = {(w.cell, w.axis) for w in asked if w.cell < shown.height}
        if self.totals.is_empty() or not spots:
            return frozenset()
        silent = shown.with_columns(
            *(pl.lit(None, dtype=shown.schema[c]).alias(c) for c in (*ENDS, "n", "k", "percent")),
            pl.when(pl.col("status") == "observed")
            .then(pl.lit("masked"))
            .otherwise("status")
            .alias("status"),
        )
        cells, guarded = _seen_with(self.totals, silent)
        return frozenset(asked) & frozenset(
            weak_in(situation(cells, structure, guarded), minimum, asked=spots)
        )


def _changed_a_little(facts: pl.DataFrame, frame: pl.DataFrame, minimum: Minimum) -> Bools:
    old = facts.rename({c: f"old_{c}" for c in ENDS})
    both = frame.join(old, on=list(CELL), how="left", maintain_order="left")
    ends = {c: pl.coalesce(c, c[0]) for c in ENDS}
    moved = {
        q: pl.max_horizontal(
            ends[f"{q}_low"] - pl.col(f"old_{q}_high"),
            pl.col(f"old_{q}_low") - ends[f"{q}_high"],
            pl.lit(0),
        )
        for q in ("n", "k")
    }
    group = both.select(
        n=pl.max_horizontal(moved["n"], moved["k"]), k=moved["k"], percent=pl.lit(None, dtype=pl.Float64)
    ).with_columns(n_low=pl.col("n"), n_high=pl.col("n"), k_low=pl.col("k"), k_high=pl.col("k"))
    differs = (pl.col("n") > 0) & too_small(minimum)
    known = both["old_n_low"].is_not_null().to_numpy()
    return np.asarray(group.select(differs.fill_null(False)).to_series().to_numpy() & known)


def _seen_with(facts: pl.DataFrame, shown: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    old = facts.rename({c: f"old_{c}" for c in ENDS})
    both = shown.join(old, on=list(CELL), how="left", maintain_order="left")
    recalled = (pl.col("status") == "masked") & pl.col("old_n_low").is_not_null()
    both = both.with_columns(
        *(pl.when(recalled).then(f"old_{c}").otherwise(c).alias(c) for c in ENDS),
        pl.when(recalled).then(pl.lit("observed")).otherwise("status").alias("status"),
    ).select(shown.columns)
    only_then = facts.join(shown, on=list(CELL), how="anti", maintain_order="left")
    added = only_then.with_columns(pl.lit("observed").alias("status"), pl.lit(False).alias("organiser"))
    gone = [pl.lit(None, dtype=t).alias(c) for c, t in CUBE_SCHEMA.items() if c not in added.columns]
    every = pl.concat([both, added.with_columns(gone).select(shown.columns)])
    return every, every["status"] == "masked"


def read_earlier(previous: Paths, totals: pl.DataFrame | None = None) -> Earlier:
    """The cells that earlier pages or CSV files show, and what `totals` (from `public_totals`) tells.

    Raises InputError when a file holds no cells in a form this program knows.
    """
    paths = () if previous is None else (previous,) if isinstance(previous, Path) else previous
    versions = tuple(_facts_of(path) for path in paths)
    return Earlier(versions) if totals is None else Earlier(versions, totals)


def _facts_of(path: Path) -> pl.DataFrame:
    from lhu_effect.disclosure.published import read_published

    return _facts(read_published(path).cells)


def _facts(cells: pl.DataFrame) -> pl.DataFrame:
    ends = [pl.coalesce(c, c[0]).alias(c) for c in ENDS]
    facts = cells.filter(pl.col("status") == "observed").select(*CELL, *ends)
    whole = pl.all_horizontal(pl.col(c).is_not_null() for c in ENDS)
    return facts.filter(whole).unique(CELL, keep="first", maintain_order=True)


def public_totals(cube: Cube, study: Study) -> pl.DataFrame:
    """The rows of regions and the nation among the cells read: whoever publishes them tells everybody.

    Columns CELL and ENDS, strata summed like those of municipalities. An extract's own total of the region
    stands in the region's own table.
    """
    frame = cube.frame.filter(
        pl.col("municipality").str.len_chars() < 4,
        pl.col("school").is_null(),
        ~pl.col("organiser"),
        pl.col("status") == "observed",
    ).with_columns(pl.coalesce(c, c[0]).alias(c) for c in ENDS)
    strata = [sum_grades(frame, s.id, s.grades) for s in study.strata]
    return _facts(pl.concat([frame, *strata]))
