"""plotly.js without the parts that our charts never use: maps, 3D, statistics traces and their libraries.

The bundle in the plotly package is made by esbuild: one statement per module, each after those it needs, and
last the module that registers every trace type with the core. Scatter belongs to the core, and scatter is all
our charts need: what stands between the core and that last module is left out, and nothing is registered.
That takes 4.8 MB to 1.1 MB and as much off the time before the first chart. A plotly.js version that the
browser tests have not drawn every chart with, or a bundle of another make, is left whole.
"""

from __future__ import annotations

import re

TESTED = ("4.1.1",)
"""Versions of plotly.js (not of the Python package) that the browser tests have drawn every chart with."""

_LAST = re.compile(
    r"var (?P<last>[\w$]+)=W\(\([\w$]+,(?P<module>[\w$]+)\)=>\{var (?P<plotly>[\w$]+)=(?P<core>[\w$]+)\(\);"
    r"(?P=plotly)\.register\(\[(?P<traces>[\w$(),]+)\]\);(?P=module)\.exports=(?P=plotly)\}\);return (?P=last)\(\);"
)


def version(source: str) -> str:
    """Version of plotly.js as its first lines say; "" when they do not."""
    found = re.search(r"plotly\.js v([\w.-]+)", source[:400])
    return found.group(1) if found else ""


def trimmed(source: str) -> str:
    """`source` with its core only; `source` itself for an untested version or an unknown make."""
    last = _LAST.search(source, source.rfind(".register([") - 200) if ".register([" in source else None
    if version(source) not in TESTED or last is None:
        return source
    name = re.escape(last["core"])
    core = re.search(
        rf'var {name}=W\(\([\w$]+,[\w$]+\)=>\{{"use strict";[\w$]+\.exports=[\w$]+\(\)\}}\);', source
    )
    if core is None:
        return source
    registering = last.group().replace(f"[{last['traces']}]", "[]")
    return source[: core.end()] + registering + source[last.end() :]
