"""plotly.js as it travels inside the page: once, gzipped, base64, unpacked in the browser when needed.

The unpacked text runs as an inline script whose hash stands in the page's CSP, so nothing else can run in its
place. Taken from the installed plotly package; the same bytes for the same version (gzip without a clock).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib import resources

from lhu_effect.dashboard.plotly_trim import trimmed

SCRIPT_ID = "lhu-plotly"


@cache
def source() -> str:
    """plotly.js of the installed package without what the charts never use (plotly_trim), as text."""
    path = resources.files("plotly") / "package_data" / "plotly.min.js"
    return trimmed(path.read_text(encoding="utf-8"))


@cache
def packed() -> str:
    """`source` gzipped (level 9, no time stamp) and base64-encoded."""
    return base64.b64encode(gzip.compress(source().encode(), compresslevel=9, mtime=0)).decode("ascii")


def script_tag() -> str:
    """The element that carries plotly; a browser takes it for text and runs nothing."""
    return f'<script type="text/plain" id="{SCRIPT_ID}" data-style-ids="{" ".join(style_ids())}">{packed()}</script>'


def csp_hash() -> str:
    """What `script-src` must hold for the unpacked script to run: `'sha256-...'`."""
    return csp_hash_of(source())


def csp_hash_of(script: str) -> str:
    """CSP source expression of an inline script or style.

    >>> csp_hash_of("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def style_ids() -> tuple[str, ...]:
    """Ids of the style elements plotly.js would add to the page, which a strict CSP forbids.

    It adds none when an element with that id is there already (`.no-inline-styles` for its own): the browser
    part makes empty ones, and charts.css has the few rules that our charts need.
    """
    bundled = re.findall(r'document\.getElementById\("([0-9a-f]{64})"\)', source())
    return ("plotly.js-style-global", *dict.fromkeys(bundled))
