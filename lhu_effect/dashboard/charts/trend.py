"""Levels over time: one unit in solid black with whiskers, the comparison in dashed grey, from zero.

Promise periods stand at their true dates, fieldwork under the axis; lines break where the question or the
schools changed; a wave that may not be shown has its mark and its reason.
"""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard import timeaxis
from lhu_effect.dashboard.chart_data import (
    TrendView,
    both,
    capital,
    column,
    count_cell,
    outwards,
    per_cent,
    share_cell,
    wave_at,
    why_text,
    words,
)
from lhu_effect.dashboard.model import Level, Table, WaveView
from lhu_effect.dashboard.scene import (
    Axis,
    Dot,
    Label,
    Mark,
    Panel,
    Path,
    Scene,
    Span,
    Spot,
    fit,
    near,
    nice_ceiling,
)
from lhu_effect.i18n import Lang

MASK = "••"


def scene(view: TrendView, lang: Lang, *, narrow: bool = False) -> Scene:
    """The trend as marks. Axis from 0 to the next round value above the highest visible interval end."""
    width, height = (358.0, 320.0) if narrow else (720.0, 360.0)
    left, right, top, bottom = (48.0, 106.0, 52.0, 56.0) if narrow else (48.0, 180.0, 52.0, 56.0)
    low, high = timeaxis.span(view.waves, view.bands, 0.6)
    ceiling = _ceiling(view)
    px = (width - left - right) / (high - low)
    broken = timeaxis.breaks_of(view.levels, view.breaks, view.waves)
    marks: list[Mark] = [
        *timeaxis.band_marks(view.bands, high),
        *timeaxis.band_edges(view.bands, high, ceiling),
        *timeaxis.band_labels(view.bands, (low, high), ceiling, px, width - left - 8, lang),
        *_break_marks(broken, ceiling, lang),
        *_comparison(view, high - low),
        *_own(view, broken),
        *_fieldwork(view.waves),
        Label(low, 0.0, _fieldwork_legend(view.waves, lang), "mut", 12, "start", dx=-left + 4, dy=42),
        *_direct_labels(view, ceiling, high, height - top - bottom, lang, narrow),
    ]
    panel = Panel(
        left,
        top,
        width - left - right,
        height - top - bottom,
        Axis(low, high, tuple((wave_at(w), str(w.year)) for w in view.waves), line=True),
        Axis(0.0, ceiling, share_ticks(ceiling, lang), grid=True),
        tuple(marks),
        tuple(_spots(view, lang)),
    )
    return Scene("trend", width, height, title(view, lang), heading(view, lang), (panel,))


def title(view: TrendView, lang: Lang) -> str:
    """Name of the chart."""
    return i18n.text("charts.trend.title", lang, indicator=view.indicator.to(lang), unit=view.unit.to(lang))


def heading(view: TrendView, lang: Lang) -> str:
    """The finding: the last two visible levels of the unit, and of the comparison in the same years."""
    shown = [v for v in view.levels if v.share is not None][-2:]
    if not shown:
        return i18n.text("charts.trend.heading_none", lang, unit=view.unit.to(lang))
    own = i18n.text("charts.trend.heading", lang, unit=view.unit.to(lang), parts=_parts(shown, lang))
    years = {v.year for v in shown}
    other = [v for v in view.comparison if v.share is not None and v.year in years]
    if not other:
        return own + "."
    label = capital(view.comparison_label.to(lang))
    return (
        f"{own}. {i18n.text('charts.trend.heading_compare', lang, label=label, parts=_parts(other, lang))}."
    )


def table(view: TrendView) -> Table:
    """Every wave of the unit and of the comparison, shown or with its reason."""
    columns = (
        column("year", number=False),
        column("place", number=False),
        column("share", share=True),
        column("low", share=True),
        column("high", share=True),
        column("n"),
        column("note", number=False),
    )
    rows = []
    for unit, levels in ((view.unit, view.levels), (view.comparison_label, view.comparison)):
        for level in levels:
            note = words(why_text(level.why)) if level.share is None else words(both("charts.exposure.none"))
            rows.append(
                (
                    words(i18n.Text(str(level.year), str(level.year))),
                    words(unit),
                    share_cell(level.share),
                    share_cell(level.low),
                    share_cell(level.high),
                    count_cell(level.n),
                    note,
                )
            )
    holes = {
        lang: {
            "indicator": view.indicator.to(lang),
            "group": view.group.to(lang),
            "sex": view.sex.to(lang),
        }
        for lang in i18n.LANGS
    }
    caption = i18n.Text(*(i18n.text("charts.trend.caption", lang, **holes[lang]) for lang in i18n.LANGS))
    return Table("trend", caption, columns, tuple(rows))


def share_ticks(ceiling: float, lang: Lang) -> tuple[tuple[float, str], ...]:
    """Round per cents from 0 to the ceiling."""
    step = 5 if ceiling > 0.1 else 2
    step = 10 if ceiling > 0.2 else step
    step = 20 if ceiling > 0.5 else step
    step = 1 if ceiling <= 0.05 else step
    count = round(ceiling * 100)
    return tuple(
        (v / 100, i18n.text("charts.axis.percent", lang, value=v)) for v in range(0, count + 1, step)
    )


def _ceiling(view: TrendView) -> float:
    tops = [
        v.high if v.high is not None else v.share
        for v in (*view.levels, *view.comparison)
        if v.share is not None
    ]
    return nice_ceiling(max((t for t in tops if t is not None), default=0.1))


def _parts(levels: list[Level], lang: Lang) -> str:
    said = [
        i18n.text("charts.trend.heading_part", lang, percent=per_cent(v.share, lang), year=v.year)
        for v in levels
        if v.share is not None
    ]
    return i18n.join_words(said, lang)


def _own(view: TrendView, broken: list[timeaxis.Break]) -> list[Mark]:
    place = {w.year: wave_at(w) for w in view.waves}
    shown = [v for v in view.levels if v.share is not None]
    xs, ys = timeaxis.line_through(view.levels, broken, view.waves)
    marks: list[Mark] = [
        Span(place[v.year], v.low, place[v.year], v.high, "fg", 1.6)
        for v in shown
        if v.low is not None and v.high is not None
    ]
    marks.append(Path(xs, ys, "fg", 3))
    marks += [Dot(place[v.year], v.share, "circle", 11, "fg") for v in shown if v.share is not None]
    marks += [
        Label(place[v.year], 0.0, MASK, "mut", 14, dy=-12)
        for v in view.levels
        if v.share is None and v.why == "masked"
    ]
    return marks


def _comparison(view: TrendView, years: float) -> list[Mark]:
    shift = near(years * 0.012, 4)
    place = {w.year: near(wave_at(w) + shift, 4) for w in view.waves}
    shown = [v for v in view.comparison if v.share is not None]
    if not shown:
        return []
    broken = timeaxis.breaks_of(view.comparison, (), view.waves)
    xs, ys = timeaxis.line_through(view.comparison, broken, view.waves, shift)
    return [
        *(
            Span(place[v.year], v.low, place[v.year], v.high, "hl", 1.2)
            for v in shown
            if v.low is not None and v.high is not None
        ),
        Path(xs, ys, "hl", 2.4, "dash"),
        *(Dot(place[v.year], v.share, "square", 9, "hl") for v in shown if v.share is not None),
    ]


def _break_marks(broken: list[timeaxis.Break], ceiling: float, lang: Lang) -> list[Mark]:
    marks: list[Mark] = []
    for number, gap in enumerate(broken):
        said = i18n.text(f"charts.break.{gap.kind}", lang)
        marks.append(Path((gap.x, gap.x), (0.0, ceiling), "mut", 1.4, "dot"))
        marks.append(Label(gap.x, 0.0, said, "mut", 12, "middle", dy=-10 - 16 * (number % 2)))
    return marks


def _fieldwork(waves: tuple[WaveView, ...]) -> list[Mark]:
    return [Dot(wave_at(w), 0.0, "triangle-up", 11, "mut", hollow=w.assumed, rim=w.assumed) for w in waves]


def _fieldwork_legend(waves: tuple[WaveView, ...], lang: Lang) -> str:
    said = i18n.text("charts.axis.fieldwork", lang)
    if not any(w.assumed for w in waves):
        return said
    return f"{said}   {i18n.text('charts.axis.fieldwork_assumed', lang)}"


def _direct_labels(
    view: TrendView, ceiling: float, high: float, pixels: float, lang: Lang, narrow: bool
) -> list[Mark]:
    """The two names beside the lines' ends, pushed apart until they do not touch."""
    found = []
    for levels, name, role, bold in (
        (view.levels, view.unit, "fg", True),
        (view.comparison, both("charts.trend.compared") if narrow else view.comparison_label, "mut", False),
    ):
        last = next((v.share for v in reversed(levels) if v.share is not None), None)
        if last is not None:
            found.append((last, fit(name.to(lang), (12 if bold else 14) if narrow else 22, 3), role, bold))
    if not found:
        return []
    found.sort(key=lambda f: -f[0])
    marks: list[Mark] = []
    floor = -1e9
    for share, lines, role, bold in found:
        at = (1 - share / ceiling) * pixels
        start = max(at - 16 * (len(lines) - 1) / 2, floor)
        floor = start + 16 * len(lines) + 4
        for number, line in enumerate(lines):
            dy = near(start + 16 * number - pixels, 1)
            marks.append(Label(high, 0.0, line, role, 12 if narrow else 13, "start", dx=8, dy=dy, bold=bold))
    return marks


def _spots(view: TrendView, lang: Lang) -> list[Spot]:
    place = {w.year: wave_at(w) for w in view.waves}
    spots = []
    for unit, levels in ((view.unit, view.levels), (view.comparison_label, view.comparison)):
        for level in levels:
            spots.append(
                Spot(place[level.year], level.share or 0.0, _said(capital(unit.to(lang)), level, lang))
            )
    return spots


def _said(unit: str, level: Level, lang: Lang) -> str:
    if level.share is None:
        return i18n.text(
            "charts.trend.spot_none", lang, unit=unit, year=level.year, why=why_text(level.why).to(lang)
        )
    percent = per_cent(level.share, lang)
    if level.low is None or level.high is None or level.n is None:
        return i18n.text("charts.trend.spot_rounded", lang, unit=unit, year=level.year, percent=percent)
    low, high = outwards(level.low, level.high, lang)
    return i18n.text(
        "charts.trend.spot",
        lang,
        unit=unit,
        year=level.year,
        percent=percent,
        low=low,
        high=high,
        n=i18n.number(level.n, lang),
    )
