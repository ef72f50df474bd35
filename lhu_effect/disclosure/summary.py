"""What hiding cost: a private table for the analyst and sentences for the reader.

`kept` compares what was hidden with what had to be; it and the log are private (they tell small cells from
their protectors). `reader_summary` counts only what anybody can count on the page.
"""

from __future__ import annotations

import polars as pl

from lhu_effect import i18n
from lhu_effect.disclosure.masked import MaskedCube
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.disclosure.structure import CELL, OTHER_DISTRICTS
from lhu_effect.i18n import Lang
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube


def kept(table: Cube, masked: MaskedCube, study: Study) -> pl.DataFrame:
    """Per theme and level: cells, cells that pass the primary rule, and how many of those are still shown. Private.

    Columns theme, level (whole | sex | district | comparison), cells, passing, shown, share (0-1, null when none
    passes). Cells that were pooled away count as hidden, cells made by pooling do not count.
    """
    shown = masked.frame.filter(pl.col("status") == "observed").select(CELL).with_columns(shown=pl.lit(True))
    cells = table.frame.filter(pl.col("status").is_in(["observed", "masked"])).with_columns(
        passes=~must_hide(study.minimum)
    )
    marked = _with_level(cells.join(shown, on=list(CELL), how="left", maintain_order="left"), study)
    counted = marked.group_by("theme", "level", maintain_order=True).agg(
        cells=pl.len().cast(pl.Int64),
        passing=pl.col("passes").sum().cast(pl.Int64),
        shown=(pl.col("passes") & pl.col("shown").fill_null(False)).sum().cast(pl.Int64),
    )
    share = pl.when(pl.col("passing") > 0).then(pl.col("shown") / pl.col("passing")).alias("share")
    return counted.with_columns(share).sort("theme", "level")


def _with_level(cells: pl.DataFrame, study: Study) -> pl.DataFrame:
    theme = {i.id: i.theme for i in study.registry.indicators.values()}
    level = (
        pl.when(pl.col("municipality") != study.municipality)
        .then(pl.lit("comparison"))
        .when(pl.col("district") != "all")
        .then(pl.lit("district"))
        .when(pl.col("sex") != "all")
        .then(pl.lit("sex"))
        .otherwise(pl.lit("whole"))
    )
    return cells.with_columns(
        pl.col("indicator").replace_strict(theme, default="other", return_dtype=pl.String).alias("theme"),
        level.alias("level"),
    )


def reader_summary(masked: MaskedCube, lang: Lang) -> tuple[str, ...]:
    """Whole sentences for the page: why something is hidden, how much is shown, what was pooled."""
    status = masked.frame["status"]
    shown, hidden = int((status == "observed").sum()), int((status == "masked").sum())
    if not hidden:
        return ()
    mark = i18n.text("disclosure.mark", lang)
    total = i18n.number(shown + hidden, lang)
    said = [
        i18n.text("disclosure.reader.why", lang, n=masked.minimum.n, k=masked.minimum.k),
        i18n.text("disclosure.reader.shown", lang, shown=i18n.number(shown, lang), total=total, mark=mark),
    ]
    if not masked.frame.filter(pl.col("sex") == "other", pl.col("flags").str.contains("pooled")).is_empty():
        said.append(i18n.text("disclosure.reader.pooled_sexes", lang))
    if OTHER_DISTRICTS in masked.frame["district"]:
        said.append(i18n.text("disclosure.reader.pooled_districts", lang))
    return tuple(said)


def log_table(masked: MaskedCube, lang: Lang) -> pl.DataFrame:
    """The private log as a table: cell, why (in words), protects, cost. Holds no counts."""
    rows = [(h.cell, i18n.text(f"disclosure.why.{h.why}", lang), h.protects, h.cost) for h in masked.log]
    schema = {"cell": pl.String, "why": pl.String, "protects": pl.String, "cost": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
