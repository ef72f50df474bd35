"""A page with nothing but the charts, under the product's content security policy, for tests in a browser."""

from __future__ import annotations

import json

from lhu_effect.dashboard import figures, payload, plotly_pack, theme
from lhu_effect.dashboard.chart_data import Pick
from lhu_effect.dashboard.model import DashboardData
from lhu_effect.i18n import Lang, Text

BOOT = """
const faults = [];
addEventListener("securitypolicyviolation", (e) => faults.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
addEventListener("error", (e) => faults.push(e.message));
addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
const page = JSON.parse(document.getElementById("lhu-data").textContent);
lhuCharts.start({ data: page.charts, lang: page.lang });
"""
KINDS = ("forest", "themes", "trend", "event", "districts", "levels", "detectable")
CSS = (
    "body{margin:0 auto;padding:16px;background:var(--bg);color:var(--fg);font:17px/1.55 var(--font);"
    "max-width:60rem}.sc{overflow-x:auto}td,th{padding:.2rem .5rem;text-align:left}.n{text-align:right}"
)


def page(
    data: DashboardData, lang: Lang = "sv", kinds: tuple[str, ...] = KINDS, pick: Pick | None = None
) -> str:
    """The charts `kinds` as one HTML page."""
    import jinja2

    chosen = pick or Pick("narcotics_ever", "ak9", answer=data.answers[0].id)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lhu_effect.dashboard", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    macro = environment.from_string(
        '{% from "figure.html" import figure with context %}{% for f in parts %}{{ figure(f, t, none, ui) }}{% endfor %}'
    )
    parts = [figures.part(kind, data, lang, chosen) for kind in kinds]
    body = macro.render(d=data, parts=parts, t=lambda text: text.to(lang), ui=lambda key, **_: Text(key, key))
    styles = theme.css_tokens() + theme.css_roles() + CSS + _css()
    scripts = [figures.script(), BOOT]
    hashes = " ".join([*(plotly_pack.csp_hash_of(s) for s in scripts), plotly_pack.csp_hash()])
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src {plotly_pack.csp_hash_of(styles)}; "
        "img-src data: blob:; font-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    held = json.dumps({"lang": lang, "charts": payload.chart_payload(data)}, ensure_ascii=False)
    held = held.replace("<", "\\u003c")
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Diagram</title><style>{styles}</style></head><body><main><h1>Diagram</h1>{body}</main>"
        f'{plotly_pack.script_tag()}<script type="application/json" id="lhu-data">{held}</script>'
        + "".join(f"<script>{s}</script>" for s in scripts)
        + "</body></html>"
    )


def _css() -> str:
    from importlib import resources

    path = resources.files("lhu_effect.dashboard") / "templates" / "charts.css"
    return path.read_text(encoding="utf-8")
