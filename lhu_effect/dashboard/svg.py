"""A scene as static SVG: the twin that stands in the page before, without and instead of plotly.

Text comes out escaped, nothing carries a style attribute. In the page marks have classes (`f-<role>`,
`s-<role>`: fill and stroke from the theme's custom properties), so that one drawing serves light, dark, print
and forced colours; a file for download has the colours written out (`paint`). Ids begin with `uid`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatch
from html import escape

from lhu_effect.dashboard.scene import (
    EDGE,
    Band,
    Dot,
    Hatch,
    Label,
    Panel,
    Path,
    Rule,
    Scene,
    Span,
    clean,
)

SHARED = "hatch"
_DASH = {"dash": ' stroke-dasharray="7 5"', "dot": ' stroke-dasharray="2 4"'}


class Pen:
    """How colours and ids are written: classes in the page, hex values in a file."""

    def __init__(self, uid: str, paint: Mapping[str, str] | None) -> None:
        self.uid = uid
        self.paint = paint

    def fill(self, role: str) -> str:
        return f' fill="{self.paint[role]}"' if self.paint else f' class="f-{role}"'

    def stroke(self, role: str) -> str:
        return f' fill="none" stroke="{self.paint[role]}"' if self.paint else f' class="s-{role}"'

    def ring(self, role: str, hollow: bool) -> str:
        """A filled mark with a rim of the background, or an empty one with a rim of its colour."""
        if self.paint:
            inside, rim = (
                (self.paint["bg"], self.paint[role]) if hollow else (self.paint[role], self.paint["bg"])
            )
            return f' fill="{inside}" stroke="{rim}" stroke-width="2"'
        return f' class="{"o" if hollow else "p"}-{role}"'


def draw(scene: Scene, uid: str, *, paint: Mapping[str, str] | None = None) -> str:
    """`scene` as an `<svg>` element with title and description; `paint` (theme.palette) for a file of its own."""
    pen = Pen(uid, paint)
    size = f'viewBox="0 0 {num(scene.width)} {num(scene.height)}"'
    alone = f' xmlns="http://www.w3.org/2000/svg" width="{num(scene.width)}" height="{num(scene.height)}"'
    font = (
        ' font-family="Segoe UI, Open Sans, Noto Sans, Helvetica, Arial, sans-serif"'
        if paint
        else f' class="lhu-chart k-{scene.kind}"'
    )
    ground = f'<rect width="100%" height="100%"{pen.fill("bg")}/>' if paint else ""
    body = "".join(_panel(panel, pen) for panel in scene.panels)
    return (
        f'<svg{alone if paint else ""}{font} {size} role="img" aria-labelledby="{uid}-t" aria-describedby="{uid}-d">'
        f'<title id="{uid}-t">{said(scene.title)}</title><desc id="{uid}-d">{said(scene.desc)}</desc>'
        f"{_pattern(pen) if _hatched(scene) else ''}{ground}{body}</svg>"
    )


def bare(scene: Scene, uid: str) -> str:
    """`scene` without name, for the eye only: the words stand beside it (hidden from screen readers).

    uid "hatch": the hatch is the page's shared pattern `hatch-h`, so that a list of rows carries it once.
    """
    pen = Pen(uid, None)
    body = "".join(_panel(panel, pen) for panel in scene.panels)
    pattern = _pattern(pen) if _hatched(scene) and uid != SHARED else ""
    size = f'viewBox="0 0 {num(scene.width)} {num(scene.height)}"'
    return f'<svg class="lhu-chart k-{scene.kind}" {size} aria-hidden="true">{pattern}{body}</svg>'


def shared_pattern() -> str:
    """The hatch that drawings with uid "hatch" refer to, as `<defs>` for one svg of the page."""
    return _pattern(Pen(SHARED, None))


def num(value: float) -> str:
    """A pixel value: at most one decimal.

    >>> num(12.04), num(3.25)
    ('12', '3.3')
    """
    tenths = math.floor(value * 10 + 0.5 + 1e-4)
    return str(tenths // 10) if tenths % 10 == 0 else str(tenths / 10)


def said(text: str) -> str:
    """`text` safe between tags and in attributes, without hidden characters."""
    return escape(clean(text), quote=True)


def _hatched(scene: Scene) -> bool:
    return any(isinstance(mark, Hatch) for panel in scene.panels for mark in panel.marks)


def _pattern(pen: Pen) -> str:
    line = f'stroke="{pen.paint["hl"]}"' if pen.paint else 'class="s-hl"'
    return (
        f'<defs><pattern id="{pen.uid}-h" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6"{pen.fill("hb")}/>'
        f'<path d="M1.5 0V6" {line} stroke-width="1.4"/></pattern></defs>'
    )


def _panel(panel: Panel, pen: Pen) -> str:
    behind = [m for m in panel.marks if isinstance(m, Band)]
    before = [m for m in panel.marks if not isinstance(m, Band)]
    return "".join(
        (
            *(_mark(mark, panel, pen) for mark in behind),
            *_axes(panel, pen),
            *(_mark(mark, panel, pen) for mark in before),
        )
    )


def _axes(panel: Panel, pen: Pen) -> list[str]:
    left, top, right, bottom = panel.left, panel.top, panel.left + panel.width, panel.top + panel.height
    parts = []
    for value, words in panel.x.ticks:
        at = panel.px(value)
        if panel.x.grid:
            parts.append(_line(at, top, at, bottom, "line", 1, "", pen))
        parts.append(_text(at, bottom + 16, words, "mut", 13, "middle", False, pen))
    for value, words in panel.y.ticks:
        at = panel.py(value)
        if panel.y.grid:
            parts.append(_line(left, at, right, at, "line", 1, "", pen))
        parts.append(_text(left - 8, at, words, "mut", 13, "end", False, pen))
    if panel.x.line:
        parts.append(_line(left, bottom, right, bottom, "fg", 1, "", pen))
    return parts


@singledispatch
def _mark(mark: object, panel: Panel, pen: Pen) -> str:
    raise TypeError(f"no drawing for {type(mark).__name__}")


@_mark.register
def _band(mark: Band, panel: Panel, pen: Pen) -> str:
    x0 = panel.left if mark.x0 is None else panel.px(mark.x0)
    x1 = panel.left + panel.width if mark.x1 is None else panel.px(mark.x1)
    ys = [
        panel.top if mark.y0 is None else panel.py(mark.y0),
        panel.top + panel.height if mark.y1 is None else panel.py(mark.y1),
    ]
    return (
        f'<rect x="{num(x0)}" y="{num(min(ys))}" width="{num(x1 - x0)}" height="{num(max(ys) - min(ys))}"'
        f"{pen.fill(mark.role)}/>"
    )


@_mark.register
def _rule(mark: Rule, panel: Panel, pen: Pen) -> str:
    x0 = EDGE if mark.x0 is None else panel.px(mark.x0)
    return _line(
        x0, panel.py(mark.y0), panel.px(mark.x1), panel.py(mark.y1), mark.role, mark.width, mark.dash, pen
    )


@_mark.register
def _path(mark: Path, panel: Panel, pen: Pen) -> str:
    runs: list[list[str]] = [[]]
    for x, y in zip(mark.xs, mark.ys, strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append(f"{num(panel.px(x))} {num(panel.py(y))}")
    d = "".join(f"M{'L'.join(run)}" for run in runs if len(run) > 1)
    if not d:
        return ""
    return (
        f'<path d="{d}"{pen.stroke(mark.role)} stroke-width="{num(mark.width)}"{_DASH.get(mark.dash, "")}/>'
    )


@_mark.register
def _span(mark: Span, panel: Panel, pen: Pen) -> str:
    ends = (panel.px(mark.x0), panel.py(mark.y0), panel.px(mark.x1), panel.py(mark.y1))
    return _line(*ends, mark.role, mark.width, "", pen)


@_mark.register
def _hatch(mark: Hatch, panel: Panel, pen: Pen) -> str:
    xs = sorted((panel.px(mark.x0), panel.px(mark.x1)))
    ys = sorted((panel.py(mark.y0), panel.py(mark.y1)))
    half = mark.width / 2
    if mark.y0 == mark.y1:
        box = (xs[0], ys[0] - half, xs[1] - xs[0], mark.width)
    else:
        box = (xs[0] - half, ys[0], mark.width, ys[1] - ys[0])
    x, y, width, height = (num(v) for v in box)
    rim = f'stroke="{pen.paint["hl"]}"' if pen.paint else 'class="hatch"'
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="url(#{pen.uid}-h)" {rim} '
        f'stroke-width="1.2" stroke-dasharray="4 3"/>'
    )


@_mark.register
def _dot(mark: Dot, panel: Panel, pen: Pen) -> str:
    x, y, r = panel.px(mark.x), panel.py(mark.y), mark.size / 2
    look = pen.ring(mark.role, mark.hollow) if mark.rim else pen.fill(mark.role)
    if mark.symbol == "circle":
        return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}"{look}/>'
    return f'<path d="{shape(mark.symbol, x, y, r)}"{look}/>'


def shape(symbol: str, x: float, y: float, r: float) -> str:
    """Path data of `symbol` with radius r around (x, y)."""
    if symbol == "half":
        return f"M{num(x)} {num(y - r)}A{num(r)} {num(r)} 0 0 1 {num(x)} {num(y + r)}Z"
    if symbol == "equals":
        bars = ((-0.75, -0.15), (0.15, 0.75))
        return "".join(
            f"M{num(x - r)} {num(y + a * r)}H{num(x + r)}V{num(y + b * r)}H{num(x - r)}Z" for a, b in bars
        )
    points = " ".join(f"{num(x + dx * r)} {num(y + dy * r)}" for dx, dy in _OUTLINES[symbol])
    return f"M{points}Z"


_OUTLINES: dict[str, tuple[tuple[float, float], ...]] = {
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "diamond": ((0, -1), (1, 0), (0, 1), (-1, 0)),
    "triangle-up": ((0, -1), (1, 0.8), (-1, 0.8)),
    "triangle-down": ((0, 1), (1, -0.8), (-1, -0.8)),
    "triangle-left": ((-1, 0), (0.8, -1), (0.8, 1)),
    "triangle-right": ((1, 0), (-0.8, -1), (-0.8, 1)),
    "cross": (
        (-0.9, -0.5),
        (-0.5, -0.9),
        (0, -0.35),
        (0.5, -0.9),
        (0.9, -0.5),
        (0.35, 0),
        (0.9, 0.5),
        (0.5, 0.9),
        (0, 0.35),
        (-0.5, 0.9),
        (-0.9, 0.5),
        (-0.35, 0),
    ),
}


@_mark.register
def _label(mark: Label, panel: Panel, pen: Pen) -> str:
    x, y = panel.px(mark.x) + mark.dx, panel.py(mark.y) + mark.dy
    return _text(x, y, mark.text, mark.role, mark.size, mark.anchor, mark.bold, pen)


def _text(x: float, y: float, words: str, role: str, size: int, anchor: str, bold: bool, pen: Pen) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{num(x)}" y="{num(y)}" dy=".35em" font-size="{size}" text-anchor="{anchor}"{weight}'
        f"{pen.fill(role)}>{said(words)}</text>"
    )


def _line(x0: float, y0: float, x1: float, y1: float, role: str, width: float, dash: str, pen: Pen) -> str:
    return (
        f'<path d="M{num(x0)} {num(y0)}L{num(x1)} {num(y1)}"{pen.stroke(role)} '
        f'stroke-width="{num(width)}"{_DASH.get(dash, "")}/>'
    )
