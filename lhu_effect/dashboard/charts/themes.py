"""The composites of an answer: one row per theme on an index where 100 is what was to be expected."""

from __future__ import annotations

import math

from lhu_effect import i18n
from lhu_effect.dashboard.chart_data import Pick, both, column, words
from lhu_effect.dashboard.model import Cell, DashboardData, Table, ThemeAnswer
from lhu_effect.dashboard.scene import Axis, Dot, Hatch, Label, Mark, Panel, Rule, Scene, Span, Spot, near
from lhu_effect.i18n import Lang, Text

FIRM = ("better", "worse", "same")
Themes = tuple[ThemeAnswer, ...]


def view(data: DashboardData, pick: Pick) -> Themes | None:
    """The composites of `pick`'s answer; None without any."""
    return next((a.themes for a in data.answers if a.id == pick.answer), ()) or None


def scene(view: Themes, lang: Lang, *, narrow: bool = False) -> Scene:
    """Intervals of the index; lower is a lower share than expected of what is not wanted."""
    width = 358.0 if narrow else 720.0
    left, right, top, row = (10.0, 14.0, 34.0, 78.0) if narrow else (150.0, 190.0, 34.0, 44.0)
    most = _most(view)
    marks: list[Mark] = [
        Label(0.0, 0.0, "◄ " + i18n.text("charts.axis.better", lang), "fg", 13, "start", dy=-16, bold=True),
        Label(100.0, 0.0, i18n.text("charts.axis.as_expected", lang), "mut", 13, dy=-16),
        Label(most, 0.0, i18n.text("charts.axis.worse", lang) + " ►", "fg", 13, "end", dy=-16, bold=True),
    ]
    spots = []
    for number, said in enumerate(view):
        y = number + (0.76 if narrow else 0.5)
        reach = 0.2 if narrow else 0.3
        marks += [Rule(100.0, y - reach, 100.0, y + reach, "fg", 1.5), *_row(said, y, most)]
        marks.append(
            Label(
                0.0,
                number + 0.5,
                said.label.to(lang),
                "fg",
                14,
                "start",
                dx=-left + 10,
                dy=-25 if narrow else 0,
                bold=True,
            )
        )
        role = "na" if said.verdict == "not_comparable" else said.verdict
        word = said.word.to(lang)
        if narrow:
            marks.append(Label(0.0, number + 0.5, word, role, 13, "start", dx=-left + 10, dy=-7, bold=True))
        else:
            marks.append(Label(most, number + 0.5, word, role, 13, "start", dx=12, bold=True))
        spots.append(Spot(_middle(said, most), y, said_at(said, lang)))
    inside = max(1, len(view)) * row
    panel = Panel(
        left,
        top,
        width - left - right,
        inside,
        Axis(0.0, most, tuple((float(v), str(v)) for v in range(0, int(most) + 1, 50))),
        Axis(0.0, float(max(1, len(view))), down=True),
        tuple(marks),
        tuple(spots),
    )
    desc = i18n.text("charts.themes.desc", lang)
    return Scene("themes", width, top + inside + 34, i18n.text("charts.themes.title", lang), desc, (panel,))


def table(view: Themes) -> Table:
    """Theme, verdict, index with its interval (100 = as expected)."""
    columns = (
        column("theme", number=False),
        column("verdict", number=False),
        column("index"),
        column("low"),
        column("high"),
    )
    rows = tuple((words(t.label), words(t.word), _cell(t.index), _cell(t.low), _cell(t.high)) for t in view)
    return Table("themes", both("charts.themes.desc"), columns, rows)


def said_at(said: ThemeAnswer, lang: Lang) -> str:
    """What is read out: interval rounded outwards, never the point."""
    label, word = said.label.to(lang), said.word.to(lang).lower()
    if said.low is None or said.high is None:
        return i18n.text("charts.themes.spot_none", lang, label=label, word=word)
    low, high = str(math.floor(said.low)), str(math.ceil(said.high))
    return i18n.text("charts.themes.spot", lang, label=label, word=word, low=low, high=high)


def _row(said: ThemeAnswer, y: float, most: float) -> list[Mark]:
    if said.verdict == "not_comparable" or said.low is None or said.high is None:
        return []
    x0, x1 = min(said.low, most), min(said.high, most)
    firm = said.verdict in FIRM and said.index is not None
    marks: list[Mark] = [Span(x0, y, x1, y, f"{said.verdict}-bar") if firm else Hatch(x0, y, x1, y)]
    if said.high > most:
        marks.append(Dot(most, y, "triangle-right", 13, said.verdict if firm else "hl", rim=False))
    if firm and said.index is not None:
        marks.append(Dot(min(said.index, most), y, "circle", 14, said.verdict))
    return marks


def _most(view: Themes) -> float:
    highs = [t.high for t in view if t.high is not None and math.isfinite(t.high)]
    return 300.0 if max(highs, default=0.0) > 200 else 200.0


def _middle(said: ThemeAnswer, most: float) -> float:
    if said.low is None or said.high is None:
        return 100.0
    return near((min(said.low, most) + min(said.high, most)) / 2, 6)


def _cell(index: float | None) -> Cell:
    if index is None:
        return words(Text("", ""))
    shown = str(round(index))
    return Cell(Text(shown, shown), index)
