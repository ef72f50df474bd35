"""A chart before it is drawn: marks in data coordinates, axes, and what a reader is told at each point.

Every chart makes a `Scene`; `svg.draw` turns it into a static twin, `plotly_figure.figure` into a plotly
figure, `templates/charts.js` does both in the browser from the same marks. A role is the name of a colour
token (theme.py) and a CSS class; sizes are pixels; coordinates are data. Knows no HTML and no plotly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Tick = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Axis:
    """lo < hi. down: values grow downwards (rows of a forest). line: the axis itself is drawn."""

    lo: float
    hi: float
    ticks: tuple[Tick, ...] = ()
    grid: bool = False
    line: bool = False
    down: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A filled rectangle behind the data. A None reaches the edge of the panel."""

    x0: float | None
    x1: float | None
    y0: float | None
    y1: float | None
    role: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line. dash: "", "dash" or "dot". x0 None: it begins at the left edge of the scene, not of the panel."""

    x0: float | None
    y0: float
    x1: float
    y1: float
    role: str
    width: float = 1.0
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points; None in ys breaks it."""

    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    role: str
    width: float = 3.0
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """An interval as a bar `width` pixels thick with flat ends."""

    x0: float
    y0: float
    x1: float
    y1: float
    role: str
    width: float = 8.0


@dataclass(frozen=True, slots=True)
class Hatch:
    """An interval too wide to judge: a hatched bar with a dashed outline, `width` pixels thick."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 14.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A point. symbol: circle, square, triangle-up, -down, -left, -right, diamond, equals, cross, half.

    hollow: a ring. rim: a filled point stands off from what it covers by a rim of the background.
    """

    x: float
    y: float
    symbol: str
    size: float
    role: str
    hollow: bool = False
    rim: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """Text at a data point, moved by (dx, dy) pixels, dy downwards; vertically centred there."""

    x: float
    y: float
    text: str
    role: str = "fg"
    size: int = 13
    anchor: str = "middle"
    dx: float = 0.0
    dy: float = 0.0
    bold: bool = False


Mark = Band | Rule | Path | Span | Hatch | Dot | Label


@dataclass(frozen=True, slots=True)
class Spot:
    """What the reader is told at a point: hover label, arrow keys, screen reader."""

    x: float
    y: float
    text: str


EDGE = 10.0
"""Pixels between the scene's left edge and what begins there."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One coordinate system inside the box (left, top, width, height) of the scene, in pixels."""

    left: float
    top: float
    width: float
    height: float
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    spots: tuple[Spot, ...] = ()

    def px(self, value: float) -> float:
        """Horizontal pixel of `value` in the scene."""
        return self.left + (value - self.x.lo) / (self.x.hi - self.x.lo) * self.width

    def py(self, value: float) -> float:
        """Vertical pixel of `value` in the scene."""
        part = (value - self.y.lo) / (self.y.hi - self.y.lo)
        return self.top + (part if self.y.down else 1 - part) * self.height


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole chart: width x height pixels, its name and description for those who do not see it."""

    kind: str
    width: float
    height: float
    title: str
    desc: str
    panels: tuple[Panel, ...]


def near(value: float, decimals: int) -> float:
    """`value` rounded half upwards, as the browser does it too (`round` goes to the even digit).

    >>> near(0.125, 2)
    0.13
    """
    scale = 10.0**decimals
    return math.floor(value * scale + 0.5) / scale


def nice_ceiling(
    value: float, steps: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
) -> float:
    """The smallest of `steps` that is at least `value` (the last one if none is)."""
    return next((s for s in steps if s >= value - 1e-12), steps[-1])


def wrap(text: str, limit: int) -> tuple[str, ...]:
    """Words of `text` in lines of at most `limit` characters; a longer word is cut.

    >>> wrap("Har använt narkotika någon gång", 18)
    ('Har använt', 'narkotika någon', 'gång')
    """
    lines: list[str] = []
    for word in text.split(" "):
        while len(word) > limit:
            lines.append(word[: limit - 1] + "-")
            word = word[limit - 1 :]
        if lines and not lines[-1].endswith("-") and len(lines[-1]) + 1 + len(word) <= limit:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return tuple(lines)


def fit(text: str, limit: int, most: int) -> tuple[str, ...]:
    """`wrap`, at most `most` lines; what does not fit ends in an ellipsis (the table has the whole name).

    >>> fit("Har använt narkotika någon gång", 18, 2)
    ('Har använt', 'narkotika någon…')
    """
    lines = wrap(text, limit)
    if len(lines) <= most:
        return lines
    return (*lines[: most - 1], lines[most - 1][: limit - 1] + "…")


def clean(text: str) -> str:
    """`text` without control and bidi characters, which can hide or reverse what a label says."""
    return "".join(c for c in text if (c.isprintable() and c not in _BIDI) or c in "\n\u00a0\u202f")


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
