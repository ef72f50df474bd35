"""A scene as a plotly figure: plain dicts and lists, no template, no random ids, nothing opaque.

Every text is escaped, since plotly would turn `<a href>` in a label into a live link; the same dict is built
by templates/charts.js in the browser, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from lhu_effect.dashboard import theme
from lhu_effect.dashboard.scene import (
    EDGE,
    Axis,
    Band,
    Dot,
    Hatch,
    Label,
    Mark,
    Panel,
    Path,
    Rule,
    Scene,
    Span,
    clean,
    near,
)
from lhu_effect.i18n import Lang

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
}
"""What to pass as `config` when a figure is shown: no mode bar, nothing that sends data anywhere."""

_GLYPHS = {"equals": "=", "half": "◗"}
_SYMBOLS = {"cross": "x"}


def figure(scene: Scene, lang: Lang, mode: str = "light") -> dict[str, Any]:
    """`scene` as `{"data": [...], "layout": {...}}`."""
    paint = theme.palette(mode)
    left = min(p.left for p in scene.panels)
    right = max(p.left + p.width for p in scene.panels)
    top = min(p.top for p in scene.panels)
    bottom = max(p.top + p.height for p in scene.panels)
    layout: dict[str, Any] = {
        "template": None,
        "height": scene.height,
        "margin": {"l": left, "r": scene.width - right, "t": top, "b": scene.height - bottom, "pad": 0},
        "font": {"family": theme.FONT, "size": 13, "color": paint["fg"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": ", " if lang == "sv" else ".,",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverdistance": 24,
        "hoverlabel": {
            "bgcolor": paint["bg"],
            "bordercolor": paint["mut"],
            "align": "left",
            "font": {"family": theme.FONT, "size": 14, "color": paint["fg"]},
        },
        "shapes": [],
        "annotations": [],
    }
    data: list[dict[str, Any]] = []
    for number, panel in enumerate(scene.panels, start=1):
        tail = "" if number == 1 else str(number)
        layout[f"xaxis{tail}"] = _axis(
            panel.x, paint, _share(panel.left, panel.width, left, right), f"y{tail}", panel.x.line
        )
        low, high = _share(panel.top, panel.height, top, bottom)
        layout[f"yaxis{tail}"] = _axis(panel.y, paint, [1 - high, 1 - low], f"x{tail}", False)
        layout["shapes"] += [_shape(m, panel, tail, paint) for m in panel.marks if isinstance(m, Band | Rule)]
        layout["annotations"] += [_annotation(m, tail, paint) for m in panel.marks if isinstance(m, Label)]
        data += _traces(panel, tail, paint)
    return {"data": data, "layout": layout}


def said(text: str) -> str:
    """`text` for plotly: & < > escaped (not quotes), hidden characters dropped, line breaks as <br>."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("\n", "<br>")


def _share(start: float, length: float, low: float, high: float) -> list[float]:
    return [_round((start - low) / (high - low)), _round((start + length - low) / (high - low))]


def _round(value: float) -> float:
    return near(value, 6)


def _axis(
    axis: Axis, paint: Mapping[str, str], domain: list[float], anchor: str, line: bool
) -> dict[str, Any]:
    return {
        "range": [axis.hi, axis.lo] if axis.down else [axis.lo, axis.hi],
        "domain": domain,
        "anchor": anchor,
        "tickmode": "array",
        "tickvals": [value for value, _ in axis.ticks],
        "ticktext": [said(words) for _, words in axis.ticks],
        "tickfont": {"size": 13, "color": paint["mut"]},
        "ticks": "",
        "showgrid": axis.grid,
        "gridcolor": paint["line"],
        "gridwidth": 1,
        "zeroline": False,
        "showline": line,
        "linecolor": paint["fg"],
        "linewidth": 1,
        "fixedrange": True,
        "automargin": False,
    }


def _shape(mark: Band | Rule, panel: Panel, tail: str, paint: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(mark, Rule):
        return {
            "type": "line",
            "xref": "paper" if mark.x0 is None else f"x{tail}",
            "yref": f"y{tail}",
            "x0": _round((EDGE - panel.left) / panel.width) if mark.x0 is None else mark.x0,
            "x1": 1 if mark.x0 is None else mark.x1,
            "y0": mark.y0,
            "y1": mark.y1,
            "layer": "between",
            "line": {"color": paint[mark.role], "width": mark.width, "dash": mark.dash or "solid"},
        }
    whole_x, whole_y = mark.x0 is None or mark.x1 is None, mark.y0 is None or mark.y1 is None
    return {
        "type": "rect",
        "xref": f"x{tail} domain" if whole_x else f"x{tail}",
        "yref": f"y{tail} domain" if whole_y else f"y{tail}",
        "x0": 0 if whole_x else mark.x0,
        "x1": 1 if whole_x else mark.x1,
        "y0": 0 if whole_y else mark.y0,
        "y1": 1 if whole_y else mark.y1,
        "layer": "below",
        "fillcolor": paint[mark.role],
        "line": {"width": 0},
    }


def _annotation(mark: Label, tail: str, paint: Mapping[str, str]) -> dict[str, Any]:
    words = said(mark.text)
    return {
        "x": mark.x,
        "y": mark.y,
        "xref": f"x{tail}",
        "yref": f"y{tail}",
        "text": f"<b>{words}</b>" if mark.bold else words,
        "showarrow": False,
        "xanchor": {"start": "left", "middle": "center", "end": "right"}[mark.anchor],
        "yanchor": "middle",
        "xshift": mark.dx,
        "yshift": -mark.dy,
        "borderpad": 0,
        "font": {"size": mark.size, "color": paint[mark.role]},
    }


def _traces(panel: Panel, tail: str, paint: Mapping[str, str]) -> list[dict[str, Any]]:
    """Traces in the order of the marks; neighbours that look alike share one."""
    drawn = [m for m in panel.marks if isinstance(m, Path | Span | Hatch | Dot)]
    made = [_trace(list(alike), panel, paint) for _, alike in groupby(drawn, key=_look)]
    common = {"type": "scatter", "xaxis": f"x{tail}", "yaxis": f"y{tail}", "cliponaxis": False}
    traces = [{**common, "hoverinfo": "skip", **trace} for trace in made]
    if panel.spots:
        traces.append(
            {
                **common,
                "mode": "markers",
                "x": [s.x for s in panel.spots],
                "y": [s.y for s in panel.spots],
                "text": [said(s.text).replace(". ", ".<br>") for s in panel.spots],
                "hoverinfo": "text",
                "marker": {"size": 22, "opacity": 0, "color": paint["fg"]},
            }
        )
    return traces


def _look(mark: Mark) -> tuple[object, ...]:
    if isinstance(mark, Path):
        return ("path", mark.role, mark.width, mark.dash)
    if isinstance(mark, Span):
        return ("span", mark.role, mark.width)
    if isinstance(mark, Dot):
        return ("dot", mark.role, mark.hollow, mark.rim, _GLYPHS.get(mark.symbol, ""))
    return ("hatch",)


def _trace(alike: list[Any], panel: Panel, paint: Mapping[str, str]) -> dict[str, Any]:
    first = alike[0]
    if isinstance(first, Dot):
        return _dots(alike, paint)
    if isinstance(first, Hatch):
        return _hatches(alike, panel, paint)
    if isinstance(first, Span):
        xs, ys = _with_gaps([([m.x0, m.x1], [m.y0, m.y1]) for m in alike])
        line = {"color": paint[first.role], "width": first.width}
    else:
        xs, ys = _with_gaps([(list(m.xs), list(m.ys)) for m in alike])
        line = {"color": paint[first.role], "width": first.width, "dash": first.dash or "solid"}
    return {"mode": "lines", "x": xs, "y": ys, "line": line, "connectgaps": False}


def _dots(dots: list[Dot], paint: Mapping[str, str]) -> dict[str, Any]:
    first = dots[0]
    xs, ys = [d.x for d in dots], [d.y for d in dots]
    if first.symbol in _GLYPHS:
        font = {"size": first.size * 1.5, "color": paint[first.role], "weight": "bold"}
        return {"mode": "text", "x": xs, "y": ys, "text": [_GLYPHS[d.symbol] for d in dots], "textfont": font}
    inside, rim = ("bg", first.role) if first.hollow else (first.role, "bg")
    marker = {
        "symbol": [_SYMBOLS.get(d.symbol, d.symbol) for d in dots],
        "size": [d.size for d in dots],
        "opacity": 1,
        "color": paint[inside],
        "line": {"width": 2 if first.rim else 0, "color": paint[rim]},
    }
    return {"mode": "markers", "x": xs, "y": ys, "marker": marker}


def _hatches(bars: list[Hatch], panel: Panel, paint: Mapping[str, str]) -> dict[str, Any]:
    """Closed outlines with a hatched fill; thickness turned from pixels into data units."""
    per_x = (panel.x.hi - panel.x.lo) / panel.width
    per_y = (panel.y.hi - panel.y.lo) / panel.height
    outlines = []
    for bar in bars:
        flat = bar.y0 == bar.y1
        dx = 0.0 if flat else _round(bar.width / 2 * per_x)
        dy = _round(bar.width / 2 * per_y) if flat else 0.0
        x0, x1, y0, y1 = bar.x0 - dx, bar.x1 + dx, bar.y0 - dy, bar.y1 + dy
        outlines.append(([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]))
    xs, ys = _with_gaps(outlines)
    return {
        "mode": "lines",
        "x": xs,
        "y": ys,
        "fill": "toself",
        "fillcolor": paint["hb"],
        "fillpattern": {
            "shape": "/",
            "size": 6,
            "solidity": 0.22,
            "fgcolor": paint["hl"],
            "bgcolor": paint["hb"],
        },
        "line": {"color": paint["hl"], "width": 1.2, "dash": "4px,3px"},
    }


def _with_gaps(runs: list[tuple[list[Any], list[Any]]]) -> tuple[list[Any], list[Any]]:
    xs: list[Any] = []
    ys: list[Any] = []
    for run_x, run_y in runs:
        if xs:
            xs.append(None)
            ys.append(None)
        xs += run_x
        ys += run_y
    return xs, ys
