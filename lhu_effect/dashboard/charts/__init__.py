"""The charts of the page and of `lhu.plot`: one module each, view in, scene and table out.

CHARTS is the registry; a chart is added by one file and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lhu_effect.dashboard.charts import (
    detectable,
    districts,
    event,
    forest,
    levels,
    matrix,
    themes,
    timeline,
    trend,
)
from lhu_effect.dashboard.model import Table
from lhu_effect.dashboard.scene import Scene


@dataclass(frozen=True, slots=True)
class Chart:
    """scene(view, lang, narrow=False) draws; table(view) lists the same numbers. module docstring: what it shows."""

    name: str
    scene: Callable[..., Scene]
    table: Callable[..., Table]


CHARTS: tuple[Chart, ...] = (
    Chart(forest.NAME, forest.scene, forest.table),
    Chart(themes.NAME, themes.scene, themes.table),
    Chart(trend.NAME, trend.scene, trend.table),
    Chart(event.NAME, event.scene, event.table),
    Chart(districts.NAME, districts.scene, districts.table),
    Chart(levels.NAME, levels.scene, levels.table),
    Chart(detectable.NAME, detectable.scene, detectable.table),
    Chart(timeline.NAME, timeline.scene, timeline.table),
    Chart(matrix.NAME, matrix.scene, matrix.table),
)


def chart(name: str) -> Chart:
    """The chart called `name`. Raises KeyError naming those there are."""
    for known in CHARTS:
        if known.name == name:
            return known
    raise KeyError(f"no chart {name!r}; there are {', '.join(c.name for c in CHARTS)}")
