"""Colours and shapes of the page and its charts, in one place.

Tokens per mode (light, dark, print) become CSS custom properties (`css_tokens`) and, for plotly figures in
notebooks, plain hex values (`palette`). Forced colours map every token to a system colour. Verdicts have a
shape and a word as well as a colour; nothing here is red or green.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FONT = '"Segoe UI","Open Sans","Noto Sans",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif'

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#ffffff",
        "fg": "#1b1f24",
        "mut": "#4d5761",
        "line": "#c9d0d6",
        "soft": "#f3f5f7",
        "zone": "#e3e8ec",
        "acc": "#0b4f8a",
        "better": "#005a8c",
        "better-bg": "#e3f0f8",
        "better-bar": "#6f9fbd",
        "worse": "#a23b00",
        "worse-bg": "#fbeae0",
        "worse-bar": "#cc9374",
        "same": "#46515b",
        "same-bg": "#eceff2",
        "same-bar": "#959ca3",
        "unsure": "#5e5a66",
        "unsure-bg": "#ffffff",
        "na": "#5d6670",
        "band": "#fdf1c9",
        "band-line": "#b08a12",
        "hl": "#7d7887",
        "hb": "#f4f2f6",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#14181c",
        "fg": "#eef1f4",
        "mut": "#b4bec8",
        "line": "#3b444d",
        "soft": "#1d2329",
        "zone": "#2a323a",
        "acc": "#8cc4f0",
        "better": "#7cc3f2",
        "better-bg": "#12344a",
        "better-bar": "#4b7590",
        "worse": "#ff9f6b",
        "worse-bg": "#47230f",
        "worse-bar": "#99613f",
        "same": "#c3ccd5",
        "same-bg": "#2b333b",
        "same-bar": "#757c83",
        "unsure": "#cfc9d8",
        "unsure-bg": "#14181c",
        "na": "#b4bec8",
        "band": "#433c1c",
        "band-line": "#c9ab4e",
        "hl": "#a39dae",
        "hb": "#2a2731",
    }
)
PRINT: Mapping[str, str] = MappingProxyType(
    {**LIGHT, "mut": "#3d464f", "line": "#b4bcc4", "band": "#f6ecc6", "unsure-bg": "#ffffff"}
)
FORCED: Mapping[str, str] = MappingProxyType(
    {
        name: {"bg": "Canvas", "unsure-bg": "Canvas", "acc": "LinkText"}.get(name, "CanvasText")
        for name in LIGHT
    }
    | dict.fromkeys(("soft", "zone", "better-bg", "worse-bg", "same-bg", "hb"), "Canvas")
    | {"band": "Canvas", "line": "GrayText"}
)
MODES: Mapping[str, Mapping[str, str]] = MappingProxyType({"light": LIGHT, "dark": DARK, "print": PRINT})

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"better": "triangle-up", "worse": "triangle-down", "same": "equals"}
)
"""Marker of a verdict that may show a point. unsure and not_comparable have none."""


_DRAWN = ":is(.lhu-chart,.again)"
"""Drawings, and groups shown again by <use>: in there no rule sees the elements around the group."""


def palette(mode: str = "light") -> Mapping[str, str]:
    """Token -> hex for `mode` (light, dark or print). Raises KeyError for another mode."""
    return MODES[mode]


def css_tokens() -> str:
    """The custom properties: light, dark (by choice or by the system), print, forced colours.

    `data-theme="light"` and `"dark"` on the root element rule over the system's preference; paper and forced
    colours rule over both (`:root` thrice outweighs them).
    """
    return "\n".join(
        (
            f":root{{{_properties(LIGHT)};color-scheme:light;--font:{FONT}}}",
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{_properties(DARK)};color-scheme:dark}}}}",
            f":root[data-theme=dark]{{{_properties(DARK)};color-scheme:dark}}",
            f"@media print{{:root:root:root{{{_properties(PRINT)};color-scheme:light}}}}",
            f"@media (forced-colors:active){{:root:root:root{{{_properties(FORCED)}}}}}",
        )
    )


def css_roles() -> str:
    """Fill, stroke and marker classes of the SVG twins: `.f-x`, `.s-x`, `.p-x` (point), `.o-x` (ring) per token."""
    rules = []
    for name in LIGHT:
        value = f"var(--{name})"
        rules.append(f"{_DRAWN} .f-{name}{{fill:{value}}}{_DRAWN} .s-{name}{{stroke:{value};fill:none}}")
    for name in ("fg", "mut", "hl", "better", "worse", "same", "unsure", "na", "acc"):
        value = f"var(--{name})"
        rules.append(f"{_DRAWN} .p-{name}{{fill:{value};stroke:var(--bg);stroke-width:2}}")
        rules.append(f"{_DRAWN} .o-{name}{{fill:var(--bg);stroke:{value};stroke-width:2}}")
    return "\n".join(rules)


def _properties(tokens: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())
