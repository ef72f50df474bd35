"""A chart as it stands on the page: heading, static twins (wide and narrow), table, and what to redraw it by."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from markupsafe import Markup

from lhu_effect import i18n
from lhu_effect.dashboard import scene, svg
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.charts import chart
from lhu_effect.dashboard.model import DashboardData, Table
from lhu_effect.i18n import Lang, Text


@dataclass(frozen=True, slots=True)
class FigurePart:
    """Everything a `<figure>` needs. wide, narrow: SVG twins. params: the selection as JSON for charts.js.

    title names the chart, heading states its finding; how tells how to read it by keyboard.
    """

    id: str
    kind: str
    title: str
    heading: str
    how: str
    wide: Markup
    narrow: Markup
    table: Table
    params: str


def part(kind: str, data: DashboardData, lang: Lang, pick: Pick, *, uid: str = "") -> FigurePart | None:
    """The chart `kind` of `pick`; None when the page has nothing for it (no theme answers, no waves...)."""
    drawn = chart(kind)
    view = drawn.view(data, pick)
    if view is None:
        return None
    name = uid or f"fig-{kind}"
    wide, narrow = (drawn.scene(view, lang, narrow=n) for n in (False, True))
    return FigurePart(
        id=name,
        kind=kind,
        title=scene.clean(wide.title),
        how=i18n.text("charts.reader.how", lang),
        heading=scene.clean(drawn.heading(view, lang) or wide.title),
        wide=Markup(svg.draw(wide, f"{name}-w")),
        narrow=Markup(svg.draw(narrow, f"{name}-n")),
        table=_printable(drawn.table(view)),
        params=json.dumps(
            {
                "ind": pick.indicator,
                "unit": pick.unit,
                "group": pick.group,
                "sex": pick.sex,
                "answer": pick.answer,
                "cmp": int(pick.compare),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ),
    )


def _printable(table: Table) -> Table:
    """The table without control and bidi characters in any of its texts."""

    def text(value: Text) -> Text:
        return Text(scene.clean(value.sv), None if value.en is None else scene.clean(value.en))

    return replace(
        table,
        caption=text(table.caption),
        columns=tuple(replace(c, title=text(c.title)) for c in table.columns),
        rows=tuple(tuple(replace(c, text=text(c.text)) for c in row) for row in table.rows),
    )


@cache
def script() -> str:
    """The browser's side of the charts: templates/charts/*.js in order, as the one global `lhuCharts`."""
    folder = resources.files("lhu_effect.dashboard") / "templates" / "charts"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".js")), key=lambda f: f.name)
    body = "\n".join(f.read_text(encoding="utf-8").strip() for f in files)
    return f'"use strict";\nconst lhuCharts = (() => {{\n{body}\n}})();'
