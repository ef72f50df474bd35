"""The charts of the page and of `lhu.plot`: one module each, view in, scene and table out.

CHARTS is the registry; a chart is added by one file and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lhu_effect.dashboard.chart_data import Pick, districts_view, event_view, levels_view, trend_view
from lhu_effect.dashboard.charts import (
    detectable,
    districts,
    event,
    forest,
    levels,
    matrix,
    other,
    themes,
    timeline,
    trend,
)
from lhu_effect.dashboard.model import DashboardData, Table
from lhu_effect.dashboard.scene import Scene
from lhu_effect.i18n import Lang

View = Callable[[DashboardData, Pick], Any]


def _no_heading(view: object, lang: Lang) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One kind of chart. What it shows is said where its module begins.

    view(data, pick) picks what is drawn out of the page's data, None when there is nothing. scene(view, lang,
    narrow=False) draws it; table(view) lists the same numbers; heading(view, lang) states the finding, "" for
    the scene's title. from_cells: drawn from levels, which `lhu.plot` must be given.
    """

    name: str
    view: View
    scene: Callable[..., Scene]
    table: Callable[..., Table]
    heading: Callable[[Any, Lang], str] = _no_heading
    from_cells: bool = False


CHARTS: tuple[Chart, ...] = (
    Chart("forest", forest.view, forest.scene, forest.table),
    Chart("themes", themes.view, themes.scene, themes.table),
    Chart("trend", trend_view, trend.scene, trend.table, trend.heading, from_cells=True),
    Chart("event", event_view, event.scene, event.table, event.heading),
    Chart("districts", districts_view, districts.scene, districts.table, from_cells=True),
    Chart("levels", levels_view, levels.scene, levels.table, from_cells=True),
    Chart("detectable", detectable.view, detectable.scene, detectable.table),
    Chart("timeline", timeline.view, timeline.scene, timeline.table),
    Chart("matrix", matrix.view, matrix.scene, matrix.table),
    Chart("other", other.view, other.scene, other.table, other.heading),
)


def chart(name: str) -> Chart:
    """The chart called `name`. Raises KeyError naming those there are."""
    for known in CHARTS:
        if known.name == name:
            return known
    raise KeyError(f"no chart {name!r}; there are {', '.join(c.name for c in CHARTS)}")
