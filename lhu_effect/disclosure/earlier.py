"""What an earlier publication already told everybody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from lhu_effect.disclosure.bounds import Bools
from lhu_effect.disclosure.primary import too_small
from lhu_effect.disclosure.structure import CELL
from lhu_effect.study.model import Minimum
from lhu_effect.survey.cube import CUBE_SCHEMA

ENDS: tuple[str, ...] = ("n_low", "n_high", "k_low", "k_high")


@dataclass(frozen=True, eq=False)
class Earlier:
    """Published cells of an earlier version. facts: columns CELL and ENDS (whole numbers), unique on CELL."""

    facts: pl.DataFrame

    @staticmethod
    def nothing() -> Earlier:
        """No earlier publication."""
        return Earlier(pl.DataFrame(schema={c: CUBE_SCHEMA[c] for c in (*CELL, *ENDS)}))

    def is_empty(self) -> bool:
        """Whether nothing was published before."""
        return self.facts.is_empty()

    def rows(self, frame: pl.DataFrame) -> frozenset[int]:
        """The rows of `frame` that were shown before."""
        marked = frame.select(CELL).with_row_index("row").join(self.facts, on=CELL, how="semi")
        return frozenset(marked["row"].to_list())

    def regional(self) -> frozenset[tuple[int, tuple[str, str, str], str]]:
        """Year, (district, grade, sex) and indicator of every total of a region or the nation shown before."""
        wide = self.facts.filter(pl.col("municipality").str.len_chars() < 4)
        return frozenset((y, (d, g, s), i) for y, _, d, g, s, i in wide.select(CELL).iter_rows())

    def changed_a_little(self, frame: pl.DataFrame, minimum: Minimum) -> Bools:
        """Rows whose counts differ from those shown before by a group too small to show (late answers, corrections).

        The difference between the versions is a cell of its own. Counts whose bounds overlap may be equal and
        do not count; where some counts rose and others fell, the largest movement is judged.
        """
        old = self.facts.rename({c: f"old_{c}" for c in ENDS})
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

    def seen_with(self, shown: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """`shown` as somebody sees it who kept the earlier version, and which rows must still stay unknown.

        Rows hidden now are taken at their earlier value; cells shown only before are added.
        """
        old = self.facts.rename({c: f"old_{c}" for c in ENDS})
        both = shown.join(old, on=list(CELL), how="left", maintain_order="left")
        recalled = (pl.col("status") == "masked") & pl.col("old_n_low").is_not_null()
        both = both.with_columns(
            *(pl.when(recalled).then(f"old_{c}").otherwise(c).alias(c) for c in ENDS),
            pl.when(recalled).then(pl.lit("observed")).otherwise("status").alias("status"),
        ).select(shown.columns)
        only_then = self.facts.join(shown, on=list(CELL), how="anti", maintain_order="left")
        added = only_then.with_columns(pl.lit("observed").alias("status"), pl.lit(False).alias("organiser"))
        gone = [pl.lit(None, dtype=t).alias(c) for c, t in CUBE_SCHEMA.items() if c not in added.columns]
        every = pl.concat([both, added.with_columns(gone).select(shown.columns)])
        return every, every["status"] == "masked"


def read_earlier(path: Path) -> Earlier:
    """The cells that an earlier page or CSV shows.

    Raises InputError when the file holds no cells in a form this program knows.
    """
    from lhu_effect.disclosure.published import read_published

    shown = read_published(path).cells
    ends = [pl.coalesce(c, c[0]).alias(c) for c in ENDS]
    facts = shown.filter(pl.col("status") == "observed").select(*CELL, *ends)
    return Earlier(
        facts.filter(pl.all_horizontal(pl.col(c).is_not_null() for c in ENDS)).unique(CELL, keep="first")
    )
