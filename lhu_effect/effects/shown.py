"""Effects as a notebook shows them: one line of text, or a small accessible table that says who may see it.

Rows of the effects table in, words out; decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from lhu_effect.i18n import Lang, number, text

if TYPE_CHECKING:
    from lhu_effect.study.model import Study

MOST_ROWS = 60


def effect_line(r: Mapping[str, Any], masked: bool) -> str:
    """`repr` of one effect."""
    where = f"{r['promise']}, {r['indicator']}, {r['district']}, {r['grade']}, {r['before_years']} -> {r['after_year']}"
    said = r["verdict"] + (f" ({r['reason']})" if r["reason"] else "")
    return f"Effect({where}: {_span(r)}; {said}{'' if masked else '; unmasked, not for publication'})"


def effects_line(rows: pl.DataFrame, masked: bool) -> str:
    """`repr` of a table: how many rows of what, their verdicts, and whether they may be published."""
    after = rows.filter(pl.col("exposure") == "after")
    counted = Counter(after["verdict"].to_list())
    verdicts = ", ".join(f"{n} {v}" for v, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    kinds = f"{rows['indicator'].n_unique()} indicators, {rows['district'].n_unique()} units"
    whose = "masked" if masked else "unmasked, not for publication"
    return f"Effects({rows.height} rows: {kinds}; after: {verdicts or 'none'}; {whose})"


def effect_table(row: Mapping[str, Any], masked: bool, study: Study | None, lang: Lang) -> str:
    """One effect, a line per number."""
    lines = [(label, [value]) for label, value in _lines(row, lang)]
    measure = _measure(row["indicator"], study, lang)
    caption = text("effects.table.caption", lang, promise=row["promise"], indicator=measure)
    return _table(caption, masked, (), lines, lang)


def effects_table(rows: pl.DataFrame, masked: bool, study: Study | None, lang: Lang) -> str:
    """The headline rows: after waves, everything a promise covers, the stratum it is judged in."""
    after = rows.filter(pl.col("exposure") == "after")
    first = after.group_by("promise", "indicator", maintain_order=True).agg(
        pl.col("district", "grade").first()
    )
    top = after.join(
        first, on=["promise", "indicator", "district", "grade"], how="semi", maintain_order="left"
    )
    lines = []
    for r in top.head(MOST_ROWS).iter_rows(named=True):
        told = dict(_lines(r, lang))
        measure = _measure(r["indicator"], study, lang)
        named = text("effects.table.caption", lang, promise=r["promise"], indicator=measure)
        name = f"{named}, {r['after_year']}"
        lines.append((name, [told.get(text(f"effects.table.{c}", lang), "–") for c in _COLUMNS]))
    heads = [text("effects.table.measure", lang), *(text(f"effects.table.{c}", lang) for c in _COLUMNS)]
    caption = text("effects.table.headline", lang, shown=len(lines), rows=rows.height)
    return _table(caption, masked, heads, lines, lang)


_COLUMNS = ("before", "after", "change", "effect", "index", "verdict")


def _table(
    caption: str, masked: bool, heads: Sequence[str], lines: Sequence[tuple[str, Sequence[str]]], lang: Lang
) -> str:
    said = caption if masked else f"{caption}. {text('effects.flags.internal', lang)}"
    top = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td style="text-align:right">{escape(v)}</td>' for v in values)
        + "</tr>"
        for name, values in lines
    )
    head = f"<thead><tr>{top}</tr></thead>" if heads else ""
    return f'<table lang="{lang}"><caption>{escape(said)}</caption>{head}<tbody>{body}</tbody></table>'


def _measure(indicator: str, study: Study | None, lang: Lang) -> str:
    """The measure's name before its id, where the study is known."""
    known = study.registry.indicators.get(indicator) if study else None
    return f"{known.label.to(lang)} ({indicator})" if known else indicator


def _span(r: Mapping[str, Any]) -> str:
    """Numbers of a row for `repr`, in points of per cent, or as an index."""
    if r["index_low"] is not None:
        return f"index {r['index_low']:.0f} to {r['index_high']:.0f}"
    if r["conf_low"] is not None:
        return f"{100 * r['conf_low']:+.1f} to {100 * r['conf_high']:+.1f} points"
    if r["change_low"] is not None:
        return f"change {100 * r['change_low']:+.1f} to {100 * r['change_high']:+.1f} points"
    return "no estimate"


def _lines(r: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Label and value of each line of the small table; what is null is left out."""

    def points(name: str) -> str | None:
        return None if r[name] is None else number(100 * r[name], lang, 1)

    def span(name: str) -> str | None:
        ends = points(f"{name}_low"), points(f"{name}_high")
        return None if None in ends else text("effects.table.span", lang, low=ends[0], high=ends[1])

    values = {
        "before": points("share_before"),
        "after": points("share_after"),
        "change": span("change"),
        "effect": span("conf"),
        "index": None
        if r["index_low"] is None
        else text(
            "effects.table.span", lang, low=number(r["index_low"], lang), high=number(r["index_high"], lang)
        ),
        "verdict": text(f"effects.verdicts.{r['verdict']}", lang),
        "reason": text(f"effects.reasons.{r['reason']}", lang) if r["reason"] else None,
        "comparison": r["comparison"] or None,
        "estimator": r["estimator"],
    }
    return [(text(f"effects.table.{k}", lang), v) for k, v in values.items() if v is not None]
