"""Figures of other sources for the page's script: scenes drawn here, in both languages and widths, and what was shown.

They follow no filter, so the browser draws the same marks that the twin was drawn from and computes nothing.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lhu_effect.dashboard.charts import other
from lhu_effect.dashboard.model_other import OtherFigure, OtherSources
from lhu_effect.dashboard.payload import pair, table
from lhu_effect.dashboard.scene import Panel, Scene
from lhu_effect.i18n import LANGS, Lang


def other_payload(sources: OtherSources | None) -> dict[str, Any] | None:
    """figures by id (heading, table, scenes by language: wide, narrow) and `shown`, the values; None without sources."""
    if sources is None:
        return None
    figures = {f.id: _figure(f) for block in sources.blocks for f in block.figures}
    return {"figures": figures, "shown": dict(sources.published)}


def _figure(figure: OtherFigure) -> dict[str, Any]:
    return {
        "heading": pair(figure.heading),
        "table": table(figure.table),
        "scenes": {lang: _scenes(figure, lang) for lang in LANGS},
        "synthetic": int(figure.synthetic),
        "source": figure.producer,
    }


def _scenes(figure: OtherFigure, lang: Lang) -> list[dict[str, Any]]:
    return [scene_data(other.scene(figure, lang, narrow=narrow)) for narrow in (False, True)]


def scene_data(scene: Scene) -> dict[str, Any]:
    """A scene as the script holds one: marks named by `m`."""
    return {**asdict(scene), "panels": [_panel(p) for p in scene.panels]}


def _panel(panel: Panel) -> dict[str, Any]:
    marks = [{"m": type(mark).__name__.lower(), **asdict(mark)} for mark in panel.marks]
    return {**asdict(panel), "marks": marks}
