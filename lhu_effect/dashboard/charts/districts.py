"""Small multiples: every kommundel over time beside the comparison, all on one scale, in register order."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard import timeaxis
from lhu_effect.dashboard.chart_data import (
    DistrictPanel,
    DistrictsView,
    column,
    count_cell,
    outwards,
    per_cent,
    share_cell,
    wave_at,
    why_text,
    words,
)
from lhu_effect.dashboard.model import Level, Table
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
from lhu_effect.i18n import Lang, Text

ICONS = {"better": "▲", "worse": "▼", "same": "=", "unsure": "?", "not_comparable": "–"}


def scene(view: DistrictsView, lang: Lang, *, narrow: bool = False) -> Scene:
    """Panels in rows as even as three to five a row can be (two where it is narrow)."""
    columns = 2 if narrow else _columns(len(view.panels))
    width, gap, head, body, foot = (
        (358.0, 14.0, 92.0, 110.0, 30.0) if narrow else (920.0, 22.0, 78.0, 128.0, 30.0)
    )
    axis = 34.0
    each = (width - axis - gap * (columns - 1) - 10) / columns
    low, high = timeaxis.span(view.waves, view.bands, 1.0)
    ceiling = _ceiling(view)
    panels = []
    for number, unit in enumerate(view.panels):
        left = axis + (number % columns) * (each + gap)
        top = head + (number // columns) * (head + body + foot)
        panels.append(
            _panel(view, unit, (left, top, each, body), (low, high, ceiling), number % columns == 0, lang)
        )
    rows = max(1, -(-len(view.panels) // columns))
    desc = i18n.text(
        "charts.districts.desc", lang, count=len(view.panels), comparison=view.comparison_label.to(lang)
    )
    return Scene("districts", width, rows * (head + body + foot), title(view, lang), desc, tuple(panels))


def _columns(count: int) -> int:
    """Of five, four and three a row, what leaves the fewest gaps in the last; two for one or two."""
    return 2 if count < 3 else min((5, 4, 3), key=lambda c: (-count % c, -c))


def title(view: DistrictsView, lang: Lang) -> str:
    """Name of the chart."""
    return i18n.text("charts.districts.title", lang, indicator=view.indicator.to(lang))


def table(view: DistrictsView) -> Table:
    """Every unit and wave, shown or with its reason."""
    columns = (
        column("place", number=False),
        column("grade", number=False),
        column("year", number=False),
        column("share", share=True),
        column("low", share=True),
        column("high", share=True),
        column("n"),
        column("note", number=False),
    )
    rows = []
    for panel in view.panels:
        group = panel.group
        for unit, levels in ((panel.unit, panel.levels), (view.comparison_label, panel.comparison)):
            rows += [
                (
                    words(panel.unit if unit is panel.unit else _beside(unit, panel.unit)),
                    words(group),
                    words(Text(str(v.year), str(v.year))),
                    share_cell(v.share),
                    share_cell(v.low),
                    share_cell(v.high),
                    count_cell(v.n),
                    words(why_text(v.why)) if v.share is None else words(Text("", "")),
                )
                for v in levels
            ]
    caption = Text(
        *(
            i18n.text(
                "charts.districts.caption", lang, indicator=view.indicator.to(lang), group=view.group.to(lang)
            )
            for lang in i18n.LANGS
        )
    )
    return Table("districts", caption, columns, tuple(rows))


def mixed_groups(view: DistrictsView) -> bool:
    """Whether the panels are about different grades, so that each must say which."""
    return any(panel.group != view.group for panel in view.panels)


def _beside(comparison: Text, unit: Text) -> Text:
    """`jämförelsekommunerna (Åker)`: the comparison of a unit's own grades."""
    return Text(f"{comparison.sv} ({unit.sv})", f"{comparison.to('en')} ({unit.to('en')})")


def _panel(
    view: DistrictsView,
    unit: DistrictPanel,
    box: tuple[float, float, float, float],
    limits: tuple[float, float, float],
    first: bool,
    lang: Lang,
) -> Panel:
    low, high, ceiling = limits
    broken = timeaxis.breaks_of(unit.levels, unit.breaks, view.waves)
    place = {w.year: wave_at(w) for w in view.waves}
    marks: list[Mark] = [
        *timeaxis.band_marks(view.bands, high),
        *_line(unit.comparison, timeaxis.breaks_of(unit.comparison, (), view.waves), view, "hl", 1.8, "dash"),
        *(Path((b.x, b.x), (0.0, ceiling), "mut", 1.2, "dot") for b in broken),
        *(
            Span(place[v.year], v.low, place[v.year], v.high, "fg", 1.3)
            for v in unit.levels
            if v.low is not None and v.high is not None and v.share is not None
        ),
        *_line(unit.levels, broken, view, "fg", 2.2, ""),
        *(Dot(place[v.year], v.share, "circle", 8, "fg") for v in unit.levels if v.share is not None),
        *(
            Label(place[v.year], 0.0, "••" if v.why == "masked" else "–", "mut", 12, dy=-9)
            for v in unit.levels
            if v.share is None and v.why not in ("not_asked", "")
        ),
        *_heads(unit, mixed_groups(view), low, ceiling, lang, box[2]),
    ]
    if not any(v.share is not None for v in unit.levels):
        said = i18n.text("charts.districts.none", lang)
        marks.append(Label(near((low + high) / 2, 4), ceiling / 2, said, "mut", 13))
    shown = list(view.waves)
    ticks = tuple((wave_at(w), str(w.year)) for w in (shown[0], shown[-1])) if len(shown) > 1 else ()
    levels = (0.0, ceiling) if ceiling <= 0.05 else (0.0, ceiling / 2, ceiling)
    return Panel(
        *box,
        Axis(low, high, ticks or tuple((wave_at(w), str(w.year)) for w in shown), line=True),
        Axis(
            0.0,
            ceiling,
            tuple((v, f"{per_cent(v, lang)}" if first else "") for v in levels),
            grid=True,
        ),
        tuple(marks),
        tuple(Spot(place[v.year], v.share or 0.0, said_at(unit.unit, v, lang)) for v in unit.levels),
    )


def said_at(unit: Text, level: Level, lang: Lang) -> str:
    """What is read out at one wave of one unit."""
    if level.share is None:
        return i18n.text(
            "charts.trend.spot_none",
            lang,
            unit=unit.to(lang),
            year=level.year,
            why=why_text(level.why).to(lang),
        )
    percent = per_cent(level.share, lang)
    if level.low is None or level.high is None or level.n is None:
        return i18n.text(
            "charts.trend.spot_rounded", lang, unit=unit.to(lang), year=level.year, percent=percent
        )
    low, high = outwards(level.low, level.high, lang)
    n = i18n.number(level.n, lang)
    return i18n.text(
        "charts.trend.spot",
        lang,
        unit=unit.to(lang),
        year=level.year,
        percent=percent,
        low=low,
        high=high,
        n=n,
    )


def _heads(
    unit: DistrictPanel, mixed: bool, low: float, ceiling: float, lang: Lang, width: float
) -> list[Mark]:
    said = [(line, "fg", 14, True) for line in fit(unit.unit.to(lang), max(10, int(width / 8.6)), 2)]
    if mixed:
        said += [(line, "mut", 12, False) for line in fit(unit.group.to(lang), max(10, int(width / 6.4)), 1)]
    if unit.word:
        role = "na" if unit.verdict == "not_comparable" else unit.verdict
        word = f"{ICONS[unit.verdict]} {unit.word.to(lang)}"
        said += [(line, role, 12, False) for line in fit(word, max(10, int(width / 6.4)), 2)]
    top = -14.0 - 16 * (len(said) - 1)
    return [
        Label(low, ceiling, line, role, size, "start", dy=top + 16 * number, bold=bold)
        for number, (line, role, size, bold) in enumerate(said)
    ]


def _line(
    levels: tuple[Level, ...],
    broken: list[timeaxis.Break],
    view: DistrictsView,
    role: str,
    width: float,
    dash: str,
) -> list[Mark]:
    if not any(v.share is not None for v in levels):
        return []
    return [Path(*timeaxis.line_through(levels, broken, view.waves), role, width, dash)]


def _ceiling(view: DistrictsView) -> float:
    every = [v for p in view.panels for v in (*p.levels, *p.comparison)]
    tops = [v.high if v.high is not None else v.share for v in every if v.share is not None]
    return nice_ceiling(max((t for t in tops if t is not None), default=0.1))
