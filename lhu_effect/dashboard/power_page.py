"""Planning: what a survey could show, as one small page without scripts.

Turns the power table (`effects.power`) into words, two kinds of pictures (how large a change must be; what
more waves, comparison municipalities or pupils would do) and the whole table. No answers are in it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from lhu_effect import i18n
from lhu_effect.dashboard import svg, theme
from lhu_effect.dashboard.chart_data import half_up
from lhu_effect.dashboard.charts import detectable
from lhu_effect.dashboard.districts import stratum_name
from lhu_effect.dashboard.model import Detectable, DetectableRow, Table
from lhu_effect.dashboard.plotly_pack import csp_hash_of
from lhu_effect.dashboard.scene import Axis, Label, Mark, Panel, Scene, Span, nice_ceiling
from lhu_effect.dashboard.words import capital, promise_name
from lhu_effect.i18n import Lang, Text

if TYPE_CHECKING:
    import polars as pl

    from lhu_effect.study.model import Study

Row = dict[str, Any]
STEPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def power_page(table: pl.DataFrame, study: Study, lang: Lang = "sv", *, synthetic: bool = False) -> str:
    """One self-contained HTML page. table: POWER_SCHEMA. synthetic: its levels come from invented answers."""
    rows: list[Row] = list(table.iter_rows(named=True))
    whole = [r for r in rows if r["district"] == "all"]
    title = _say("title", lang, place=_place(study))
    parts = [f"<h1>{_safe(title)}</h1>"]
    if synthetic:
        parts.append(f'<p class="mark">{_safe(i18n.text("charts.export.synthetic", lang))}</p>')
    parts.append(f"<p>{_safe(_say('lead', lang))}</p>")
    for number, promise in enumerate(dict.fromkeys(r["promise"] for r in whole)):
        parts.append(_promise([r for r in whole if r["promise"] == promise], study, lang, number))
    parts += [f"<h2>{_safe(_say('table', lang))}</h2>", _table(rows, study, lang)]
    return _document(title, "\n".join(parts), lang)


def _promise(rows: Sequence[Row], study: Study, lang: Lang, number: int) -> str:
    planned = [r for r in rows if r["variant"] == "as_planned"]
    names = _promises(rows[0], lang)
    several = "s" if "+" in str(rows[0]["promise"]) else ""
    year = planned[0]["after_year"] if planned else rows[0]["after_year"]
    parts = [f"<h2>{_safe(_say(f'promise{several}', lang, promise=names, year=year))}</h2><ul>"]
    for ident in dict.fromkeys(r["theme"] for r in planned):
        said = _sentence([r for r in planned if r["theme"] == ident], _theme(study, ident, lang), lang)
        parts.append(f"<li>{_safe(said)}</li>")
    parts.append("</ul>")
    view = Detectable(
        names,
        Text(""),
        tuple(
            DetectableRow(
                r["indicator"],
                study.registry.indicators[r["indicator"]].label,
                r["share"],
                r["detectable_decrease"],
                r["detectable_increase"],
            )
            for r in planned
        ),
        Table("power", Text(""), (), ()),
    )
    parts.append(
        _figure(detectable.scene(view, lang), i18n.text("charts.detectable.desc", lang), f"d{number}")
    )
    parts.append(_figure(plans(rows, study, lang), _say("plans", lang), f"p{number}"))
    return "\n".join(parts)


def plans(rows: Sequence[Row], study: Study, lang: Lang) -> Scene:
    """A panel per theme, a bar per plan: the typical (median) smallest visible decrease, in points."""
    plan_of = {(r["variant"], r["amount"]): _plan(r, lang) for r in rows}
    themes = list(dict.fromkeys(r["theme"] for r in rows))
    typical = {
        (ident, key): _median([r for r in rows if r["theme"] == ident and (r["variant"], r["amount"]) == key])
        for ident in themes
        for key in plan_of
    }
    reach = nice_ceiling(max((v for v in typical.values() if v is not None), default=0.1) * 1.15, STEPS)
    height, left, top = 26.0 * len(plan_of), 250.0, 44.0
    panels = []
    for place, ident in enumerate(themes):
        marks: list[Mark] = [
            Label(0.0, 0.0, _theme(study, ident, lang), "fg", 14, "start", dy=-16, bold=True)
        ]
        for number, (key, name) in enumerate(plan_of.items()):
            y, value = number + 0.5, typical[ident, key]
            marks.append(Label(0.0, y, name, "fg", 13, "end", dx=-10))
            if value is None:
                marks.append(
                    Label(0.0, y, i18n.text("charts.detectable.never", lang), "mut", 13, "start", dx=6)
                )
                continue
            marks.append(Span(0.0, y, value, y, "hl" if number else "fg", 12))
            marks.append(
                Label(value, y, i18n.number(half_up(value * 100, 1), lang, 1), "fg", 13, "start", dx=6)
            )
        box_top = top + place * (height + 40)
        panels.append(
            Panel(
                left,
                box_top,
                440.0,
                height,
                Axis(0.0, reach),
                Axis(0.0, float(len(plan_of)), down=True),
                tuple(marks),
            )
        )
    total = top + len(themes) * (height + 40)
    return Scene("plans", 720.0, total, _say("plans", lang), _say("plans", lang), tuple(panels))


def _promises(row: Row, lang: Lang) -> str:
    """`2020, 2021 och 2022–2023`."""
    return i18n.join_words([promise_name(p) for p in str(row["promise"]).split("+")], lang)


def _median(rows: Sequence[Row]) -> float | None:
    """The typical smallest decrease; one that would never show is larger than any. None: the typical one never shows."""
    found = [math.inf if r["detectable_decrease"] is None else r["detectable_decrease"] for r in rows]
    middle = statistics.median(found) if found else math.inf
    return middle if math.isfinite(middle) else None


def _plan(row: Row, lang: Lang) -> str:
    amount = row["amount"]
    shown = "" if amount is None else i18n.number(amount, lang, 0 if float(amount).is_integer() else 1)
    one = "_one" if amount == 1 else ""
    return _say(f"variant.{row['variant']}{one}", lang, amount=shown)


def _sentence(rows: Sequence[Row], name: str, lang: Lang) -> str:
    seen = sorted(r["detectable_decrease"] for r in rows if r["detectable_decrease"] is not None)
    if not seen:
        return _say("theme_never", lang, theme=name)
    low, high = (i18n.number(half_up(v * 100), lang) for v in (seen[0], seen[-1]))
    key = "theme_one" if low == high else "theme_span"
    some = _say("some_never", lang) if len(seen) < len(rows) else ""
    return " ".join(x for x in (_say(key, lang, theme=name, low=low, high=high), some) if x)


def _table(rows: Sequence[Row], study: Study, lang: Lang) -> str:
    names = ("promise", "measure", "place", "grade", "plan", "n", "share", "decrease", "increase")
    head = "".join(f'<th scope="col">{_safe(_say(f"column.{c}", lang))}</th>' for c in names)
    kinds = [""] * 4 + [' class="n"'] * 4
    body = []
    for r in rows:
        label = study.registry.indicators[r["indicator"]].label.to(lang)
        cells = [
            label,
            _unit(study, r["district"], lang),
            capital(stratum_name(str(r["grade"]), study)).to(lang),
            _plan(r, lang),
            "" if r["n_after"] is None else i18n.number(r["n_after"], lang),
            *(_points(r[c], lang) for c in ("share", "detectable_decrease", "detectable_increase")),
        ]
        shown = "".join(f"<td{kind}>{_safe(c)}</td>" for kind, c in zip(kinds, cells, strict=True))
        body.append(f'<tr><th scope="row">{_safe(_promises(r, lang))}</th>{shown}</tr>')
    caption = _safe(_say("caption", lang))
    return (
        f'<div class="sc" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _points(share: float | None, lang: Lang) -> str:
    return "–" if share is None else i18n.number(half_up(share * 100, 1), lang, 1)


def _unit(study: Study, district: str, lang: Lang) -> str:
    pooled = next((p.label.to(lang) for p in study.pooled if p.id == district), None)
    own = study.registry.places.get(study.municipality)
    named = next((d.name for d in own.districts if d.id == district), None) if own else None
    return pooled or named or (_place(study) if district == "all" else district)


def _place(study: Study) -> str:
    own = study.registry.places.get(study.municipality)
    return own.name if own else study.municipality


def _theme(study: Study, ident: str, lang: Lang) -> str:
    known = study.registry.themes.get(ident)
    return known.label.to(lang) if known else ident


def _figure(scene: Scene, words: str, uid: str) -> str:
    return f"<figure><figcaption>{_safe(words)}</figcaption>{svg.draw(scene, uid)}</figure>"


def _say(key: str, lang: Lang, **holes: object) -> str:
    return i18n.text(f"charts.power.{key}", lang, **holes)


def _safe(words: str) -> str:
    return escape(words, quote=True)


def _document(title: str, body: str, lang: Lang) -> str:
    folder = resources.files("lhu_effect.dashboard") / "templates"
    style = (
        theme.css_tokens() + theme.css_roles() + (folder / "power.css").read_text(encoding="utf-8").strip()
    )
    policy = f"default-src 'none'; style-src {csp_hash_of(style)}; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="generator" content="lhu_effect">'
        f"<title>{_safe(title)}</title><style>{style}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )
