"""Render: `DashboardData` -> one self-contained HTML page under a strict content security policy.

Puts the template, styles, scripts, chart twins and data together; every inline script and style is hashed.
Same data, same bytes.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from lhu_effect.dashboard import plotly_pack, svg, theme, words
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.charts import forest as forest_chart
from lhu_effect.dashboard.charts import timeline as timeline_chart
from lhu_effect.dashboard.figures import FigurePart, part, script
from lhu_effect.dashboard.model import COMPARISON, Answer, DashboardData, Forest, MeasureRow, Timeline
from lhu_effect.dashboard.payload import chart_payload, effect_payload
from lhu_effect.dashboard.saying import Saying
from lhu_effect.i18n import LANGS, Lang, Text

GENERATOR = "lhu_effect"


def render(data: DashboardData) -> str:
    """The page as text."""
    say = Saying(data.lang)
    styles = theme.css_tokens() + theme.css_roles() + _template("charts.css") + _template("page.css")
    scripts = [_bare(_template("early.js")), _bare(script()), _bare(_template("page.js"))]
    body = (
        _environment()
        .get_template("page.html.j2")
        .render(
            d=data,
            t=say,
            a=say.attr,
            ui=words.say,
            fig=lambda kind, answer="": _figure(kind, data, answer),
            bar=lambda row, forest: _bar(row, forest, data.lang),
            axis=lambda forest, uid: _both(
                lambda lang: forest_chart.axis_svg(forest, lang, f"{uid}-{lang}"), data.lang
            ),
            timeline=_timeline,
            hatch=Markup(svg.shared_pattern()),
            council=lambda answer: _council(answer, data),
            start=dict(data.start),
            title=page_title(data),
            has_comparison=any(s.unit == COMPARISON for s in data.series),
            styles=Markup(styles),
            scripts=[Markup(s) for s in scripts],
            csp=_policy(styles, scripts),
            plotly=Markup(plotly_pack.script_tag()),
            generator=f"{GENERATOR} {data.version}",
            payload=lambda: Markup(_json(_payload(data, say))),
        )
    )
    return str(body) + "\n"


def _payload(data: DashboardData, say: Saying) -> dict[str, Any]:
    start = dict(data.start)
    page = {
        "v": 1,
        "lang": data.lang,
        "others": say.others,
        "titles": {lang: page_title(data).to(lang) for lang in LANGS},
        "start": start,
        "choices": {
            "ind": [q.indicator for th in data.themes for q in data.definitions if q.theme == th.id],
            "kd": [u.id for u in data.units],
            "ak": [g.id for g in data.groups],
            "kon": [x.id for x in data.sexes],
        },
        "promises": [[p.id, p.title.sv, p.title.to("en"), p.answer] for p in data.promises],
        "answers": [[x.id, list(x.promises)] for x in data.answers],
        "roles": {x.id: {r.look: r.waves for r in data.roles if r.answer == x.id} for x in data.answers},
        "looks": {q.indicator: q.look for q in data.definitions},
        "grades": {g.id: [words.small(g.label).sv, words.small(g.label).to("en")] for g in data.groups},
        "commitments": [c.id for p in data.promises for c in p.commitments],
        "ui": {key: _spoken(key) for key in _UI},
    }
    kept = {"effects": _by_column(effect_payload(data)), "cells": _by_column(data.cells)}
    return {"page": page, "packed": _packed({"charts": chart_payload(data)}), "kept": _packed(kept)}


def _by_column(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table of rows column by column, which packs better; `disclosure.published` turns it back."""
    if not table.get("rows"):
        return table
    columns = [list(column) for column in zip(*table["rows"], strict=True)]
    return {**{k: v for k, v in table.items() if k != "rows"}, "by_column": columns}


def _packed(value: Mapping[str, Any]) -> str:
    """JSON, gzipped without a clock, as base64: what the browser unpacks before the first chart."""
    made = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(made.encode(), compresslevel=9, mtime=0)).decode("ascii")


_UI = (
    *("page.dark", "page.light", "page.other_language", "filter.nothing", "filter.no_sex", "filter.unknown"),
    *("filter.moved", "table.of"),
    *("districts.role", "districts.cell", "table.unit", "table.hidden", "table.caption_districts"),
    *("exposure.before", "exposure.during", "exposure.after"),
    *("why.masked", "why.missing", "why.not_asked", "why.geography", "why.few", "why.no_n", "why.apart"),
)
_HOLES = {
    name: f"{{{name}}}"
    for name in (
        "what",
        "shown",
        "caption",
        "unit",
        "wanted",
        "year",
        "role",
        "share",
        "n",
        "measure",
        "grades",
    )
}


def _spoken(key: str) -> list[str]:
    """A text for the page's script in both languages, its holes left open by name."""
    said = words.say(key, **_HOLES)
    return [said.sv, said.to("en")]


def page_title(data: DashboardData) -> Text:
    """Title of the document: the question, the place, and what is not real."""
    head = next(
        (h.title for x in data.answers[:1] for h in x.heads if h.promise == dict(data.start)["lofte"]), None
    )
    parts = [p for p in (head, data.title) if p is not None]
    parts += [words.say("page.synthetic")] if data.synthetic else []
    parts += [words.say("page.internal")] if data.internal else []
    return words.joined(parts, " – ")


DRAWN = ("other", "timeline", "matrix")
"""Charts that follow no answer."""


def _figure(kind: str, data: DashboardData, answer: str) -> FigurePart | None:
    start = dict(data.start)
    group = start["ak"]
    if kind == "districts":
        group = next((x.stratum for x in data.districts if x.indicator == start["ind"]), group)
    chosen = answer or (data.answers[0].id if data.answers else "")
    pick = Pick(start["ind"], group, start["kd"], start["kon"], chosen, start["cmp"] == "1")
    slug = chosen.replace("+", "_")
    uid = f"fig-{kind}" if kind in ("trend", "event", "districts") else f"fig-{kind}-{slug}"
    found = part(kind, data, data.lang, pick, uid=uid)
    if found and answer and kind not in DRAWN and answer != data.answers[0].id:
        found = replace(found, narrow=Markup(""))
    return _named(found) if found and kind == "forest" else found


def _bar(row: MeasureRow, forest: Forest, lang: Lang) -> Markup:
    return Markup(forest_chart.row_svg(row, forest.domain, lang, svg.SHARED, view_ticks=forest.ticks))


def _timeline(line: Timeline) -> Markup:
    """The line of time without words: they stand beside it, in both languages."""
    return Markup(svg.bare(timeline_chart.scene(line, "sv", narrow=True, legend=False), f"t-{line.id}"))


def _both(draw: Any, lang: Lang) -> Markup:
    """A drawing in the page's language, the other one waiting in a template beside it."""
    other = next(x for x in LANGS if x != lang)
    return Markup(
        f'<div class="twin" data-twin>{draw(lang)}</div><template data-lang="{other}">{draw(other)}</template>'
    )


def _council(answer: Answer, data: DashboardData) -> Markup:
    """The forest once more, for paper: a reference to the twin further down."""
    found = _figure("forest", data, answer.id)
    if found is None:
        return Markup("")
    size = found.wide.split('viewBox="', 1)[1].split('"', 1)[0]
    return Markup('<svg class="lhu-chart" viewBox="{}" aria-hidden="true"><use href="#{}-g"/></svg>').format(
        size, found.id
    )


def _named(found: FigurePart) -> FigurePart:
    """The figure with an id on its wide twin's drawing, so that the council sheet can show it again."""
    own, shared = f"url(#{found.id}-w-h)", f"url(#{svg.SHARED}-h)"
    head, rest = found.wide.replace(own, shared).split("</desc>", 1)
    body = rest.rsplit("</svg>", 1)[0]
    return replace(found, wide=Markup(f'{head}</desc><g id="{found.id}-g" class="again">{body}</g></svg>'))


def _policy(styles: str, scripts: list[str]) -> str:
    hashes = " ".join([*(plotly_pack.csp_hash_of(s) for s in scripts), plotly_pack.csp_hash()])
    return (
        f"default-src 'none'; script-src {hashes}; style-src {plotly_pack.csp_hash_of(styles)}; "
        "img-src data: blob:; font-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _json(value: object) -> str:
    """JSON that cannot end its element or a line: < > & and the two line separators escaped."""
    made = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        made = made.replace(mark, f"\\u{ord(mark):04x}")
    return made


def _bare(script: str) -> str:
    """A script without its indentation and lines that are comments: they are for who reads the source."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _template(name: str) -> str:
    return (resources.files("lhu_effect.dashboard") / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("lhu_effect.dashboard", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
