"""Charts that follow no filter - the matrix, a promise's line of time - for the page's script: drawn here, not there.

The browser gets the same scenes that the twins were drawn from, in both languages and widths, and their tables.
"""

from __future__ import annotations

from typing import Any

from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.charts import chart
from lhu_effect.dashboard.model import DashboardData
from lhu_effect.dashboard.payload import pair, table
from lhu_effect.dashboard.payload_other import scene_data
from lhu_effect.i18n import LANGS, Text


def drawn_payload(data: DashboardData) -> dict[str, dict[str, Any]]:
    """By kind of chart and promise ("" for all): heading, table, and scenes by language: wide, narrow."""
    lines = {p.id: _drawn("timeline", data, p.id) for p in data.promises if p.timeline}
    return {"timeline": lines, "matrix": {"": _drawn("matrix", data, "")} if data.matrix.promises else {}}


def _drawn(kind: str, data: DashboardData, answer: str) -> dict[str, Any]:
    known, pick = chart(kind), Pick("", "", "", "", answer)
    view = known.view(data, pick)
    said = {lang: known.heading(view, lang) or known.scene(view, lang, narrow=False).title for lang in LANGS}
    return {
        "heading": pair(Text(said["sv"], said["en"])),
        "table": table(known.table(view)),
        "scenes": {
            lang: [scene_data(known.scene(view, lang, narrow=narrow)) for narrow in (False, True)]
            for lang in LANGS
        },
    }
