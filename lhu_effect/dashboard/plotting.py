"""`lhu.plot`: one chart of the page as a plotly figure, for notebooks and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lhu_effect.dashboard import charts, plotly_figure
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.other_sources import present_other
from lhu_effect.dashboard.presenting import present
from lhu_effect.dashboard.theme import MODES
from lhu_effect.errors import UsageError, known_lang, nearest
from lhu_effect.i18n import Lang

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from lhu_effect.dashboard.model import Answer, DashboardData
    from lhu_effect.dashboard.model_other import OtherFigure
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.effects.model import Effects
    from lhu_effect.study.model import Study
    from lhu_effect.survey.cube import Cube
    from lhu_effect.survey.series import SeriesSet


def plot(
    effects: Effects,
    kind: str = "forest",
    *,
    study: Study | None = None,
    cells: Cube | MaskedCube | None = None,
    other: SeriesSet | None = None,
    promise: str | None = None,
    indicator: str | None = None,
    district: str = "all",
    grade: str | None = None,
    sex: str = "all",
    compare: bool = True,
    lang: Lang = "sv",
    mode: str = "light",
) -> Figure:
    """A chart of `effects` as the page draws it.

    kind: the name of a chart in CHARTS (forest, themes, trend, event, districts, levels, detectable, matrix,
    timeline, other). study: whose names are used, default that of the effects. cells: what the levels are drawn
    from (trend, districts, levels): a Cube or MaskedCube, tabulated here if it is raw. other: `survey.other`, for
    the chart of another source, whose measure `indicator` names (default the first). promise: default the latest
    with an answer; indicator: the first primary; grade: the promise's stratum. mode: light, dark or print colours.

    ``lhu.plot(effects, "event", indicator="narcotics_ever").show(config=lhu_effect.dashboard.plotly_figure.CONFIG)``

    Raises UsageError for an unknown kind, promise, indicator, district, grade, sex or mode, and when `cells` are
    needed and missing.

    >>> import lhu_effect as lhu
    >>> study = lhu.open_study()
    >>> effects = lhu.estimate_effects(lhu.read_survey(study).cube, study, with_checks=False)
    >>> type(plot(effects, "forest", study=study)).__name__
    'Figure'
    """
    known_lang(lang)
    if mode not in MODES:
        raise UsageError("charts.unknown_choice", axis="mode", found=mode, known=nearest(mode, MODES))
    asked = next((c for c in charts.CHARTS if c.name == kind), None)
    if asked is None:
        known = nearest(kind, [c.name for c in charts.CHARTS], most=len(charts.CHARTS))
        raise UsageError("charts.unknown_kind", found=kind, known=known)
    if asked.from_cells and cells is None:
        raise UsageError("charts.needs_cells", kind=kind)
    if kind == "other":
        return _drawn(asked, _other_view(other, indicator), lang, mode)
    data = _data(effects, study, cells, lang)
    answer = _answer(data, promise)
    chosen = indicator or _first(answer)
    if chosen not in {d.indicator for d in data.definitions}:
        known = nearest(chosen, [d.indicator for d in data.definitions])
        raise UsageError("charts.unknown_indicator", found=chosen, known=known)
    _check_choices(effects, data, {"district": district, "grade": grade, "sex": sex})
    pick = Pick(chosen, grade or answer.stratum, district, sex, answer.id, compare)
    view = asked.view(data, pick)
    if view is None:
        raise UsageError("charts.nothing", kind=kind, promise=answer.id)
    return _drawn(asked, view, lang, mode)


def _check_choices(effects: Effects, data: DashboardData, chosen: Mapping[str, str | None]) -> None:
    """Raise UsageError for a district, grade or sex that neither effects nor cells have."""
    options = {"district": data.units, "grade": data.groups, "sex": data.sexes}
    for axis, found in chosen.items():
        there = {*effects.rows[axis].unique(), *(o.id for o in options[axis])}
        if found is not None and found not in there:
            known = nearest(found, sorted(there))
            raise UsageError("charts.unknown_choice", axis=axis, found=found, known=known)


def _other_view(other: SeriesSet | None, measure: str | None) -> OtherFigure:
    """The figure of a measure of another source. Raises UsageError when there is none."""
    panel = present_other(other)
    figures = [f for b in panel.blocks for f in b.figures] if panel else []
    if not figures:
        raise UsageError("charts.needs_other")
    named = {f.measure: f for f in reversed(figures)}
    if measure is not None and measure not in named:
        raise UsageError("charts.unknown_indicator", found=measure, known=nearest(measure, reversed(named)))
    return figures[0] if measure is None else named[measure]


def _drawn(asked: charts.Chart, view: Any, lang: Lang, mode: str) -> Figure:
    """A view as a plotly figure of its own, its finding above it."""
    scene = asked.scene(view, lang)
    made = plotly_figure.figure(scene, lang, mode)
    from plotly.graph_objects import Figure

    title = {
        "text": plotly_figure.said(asked.heading(view, lang) or scene.title),
        "x": 0,
        "xref": "paper",
    }
    made["layout"]["title"] = title | {
        "font": {"size": 17},
        "yref": "container",
        "y": 1,
        "yanchor": "top",
        "pad": {"t": 12},
    }
    made["layout"]["margin"]["t"] += 34
    made["layout"]["height"] += 34
    made["layout"]["width"] = scene.width
    drawn = Figure(made)
    drawn.layout.template = None  # Figure() puts the default template in the place of none
    return drawn


def _data(
    effects: Effects, study: Study | None, cells: Cube | MaskedCube | None, lang: Lang
) -> DashboardData:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.survey import tabulate
    from lhu_effect.survey.cube import as_cube, empty_frame
    from lhu_effect.survey.model import Survey

    asked = study or effects.study or _study_of(effects)
    shown = as_cube(empty_frame()) if cells is None else cells
    if cells is not None and not isinstance(shown, MaskedCube):
        strata = {s.id for s in asked.strata if len(s.grades) > 1}
        if strata and not strata & set(shown.frame["grade"]):
            shown = tabulate(shown, asked)
    return present(effects, shown, asked, Survey(as_cube(empty_frame())), internal=True, lang=lang)


def _study_of(effects: Effects) -> Study:
    from lhu_effect.study import load_study, study_for

    own = effects.rows["municipality"][0] if effects.rows.height else ""
    packaged = load_study(None)
    return packaged if own in ("", packaged.municipality) else study_for(own)


def _answer(data: DashboardData, promise: str | None) -> Answer:
    for answer in data.answers:
        if promise is None or promise == answer.id or promise in answer.promises:
            return answer
    known = nearest(promise or "", [p for a in data.answers for p in a.promises])
    raise UsageError("charts.unknown_promise", found=promise or "", known=known)


def _first(answer: Answer) -> str:
    rows = [r for g in (answer.forest.groups if answer.forest else ()) for r in g.rows]
    primary = [r for r in rows if r.role == "primary"] or rows
    return primary[0].indicator if primary else ""
