"""How common each thing is: share before (ring) and after (filled), the comparison in grey beneath."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import (
    LevelsRow,
    LevelsView,
    both,
    column,
    per_cent,
    share_cell,
    words,
)
from lhu_effect.dashboard.model import Level, Table
from lhu_effect.dashboard.scene import Axis, Dot, Label, Mark, Panel, Rule, Scene, Spot, fit, nice_ceiling
from lhu_effect.i18n import Lang


def scene(view: LevelsView, lang: Lang, *, narrow: bool = False) -> Scene:
    """One row per measure on an axis from 0 per cent."""
    width = 358.0 if narrow else 720.0
    left, right, top, row = (16.0, 22.0, 34.0, 52.0) if narrow else (300.0, 24.0, 34.0, 38.0)
    every = [v for r in view.rows for v in (r.before, r.after, r.comparison_before, r.comparison_after)]
    top_share = nice_ceiling(max((v.share for v in every if v and v.share is not None), default=0.1))
    marks: list[Mark] = []
    spots = []
    before = i18n.text("charts.levels.before", lang, year=view.before_year)
    after = i18n.text("charts.levels.after", lang, year=view.after_year)
    marks.append(Label(0.0, 0.0, f"○ {before}   ● {after}", "mut", 12, "start", dx=-left + 8, dy=-18))
    for number, said in enumerate(view.rows):
        y = number + (0.62 if narrow else 0.42)
        marks += _pair(said.comparison_before, said.comparison_after, y + 0.24, "hl", 8)
        marks += _pair(said.before, said.after, y, "fg", 12)
        names = fit(said.label.to(lang), 46 if narrow else 40, 1 if narrow else 2)
        for place, line in enumerate(names):
            marks.append(
                Label(
                    0.0,
                    number + 0.5,
                    line,
                    "fg",
                    13,
                    "start",
                    dx=-left + 8,
                    dy=-16.0 if narrow else 15.0 * place - 7.5 * (len(names) - 1),
                )
            )
        for level in (said.before, said.after):
            if level.share is not None:
                spots.append(Spot(level.share, y, said_at(said, level, lang)))
    rows = max(1, len(view.rows))
    panel = Panel(
        left,
        top,
        width - left - right,
        rows * row,
        Axis(0.0, top_share, _ticks(top_share, lang), grid=not narrow),
        Axis(0.0, float(rows), down=True),
        tuple(marks),
        tuple(spots),
    )
    desc = i18n.text("charts.levels.desc", lang, comparison=view.comparison_label.to(lang))
    return Scene(
        "levels", width, top + rows * row + 34, i18n.text("charts.levels.title", lang), desc, (panel,)
    )


def table(view: LevelsView) -> Table:
    """Four shares per measure."""
    columns = (
        column("measure", number=False),
        column("before", share=True),
        column("after", share=True),
        column("comparison_before", share=True),
        column("comparison_after", share=True),
    )
    rows = tuple(
        (
            words(r.label),
            share_cell(r.before.share),
            share_cell(r.after.share),
            share_cell(r.comparison_before.share if r.comparison_before else None),
            share_cell(r.comparison_after.share if r.comparison_after else None),
        )
        for r in view.rows
    )
    return Table("levels", both("charts.levels.title"), columns, rows)


def said_at(row: LevelsRow, level: Level, lang: Lang) -> str:
    """What is read out at one point."""
    percent = per_cent(level.share or 0.0, lang)
    return i18n.text(
        "charts.levels.spot_one", lang, label=row.label.to(lang), percent=percent, year=level.year
    )


def _pair(before: Level | None, after: Level | None, y: float, role: str, size: float) -> list[Mark]:
    b, a = (before.share if before else None), (after.share if after else None)
    marks: list[Mark] = []
    if b is not None and a is not None:
        marks.append(Rule(b, y, a, y, role, 2))
    if b is not None:
        marks.append(Dot(b, y, "circle", size, role, hollow=True))
    if a is not None:
        marks.append(Dot(a, y, "circle", size, role))
    return marks


def _ticks(ceiling: float, lang: Lang) -> tuple[tuple[float, str], ...]:
    step = (
        1
        if ceiling <= 0.05
        else 2
        if ceiling <= 0.1
        else 5
        if ceiling <= 0.2
        else 10
        if ceiling <= 0.5
        else 20
    )
    count = round(ceiling * 100)
    return tuple(
        (v / 100, i18n.text("charts.axis.percent", lang, value=v)) for v in range(0, count + 1, step)
    )
