"""The import report as one private page: every sheet as a map of what its cells became, and why.

Made from the JSON report and the issues only, so it shows no figure of any table: cells appear by their
address and fate, rejected ones with their text. One file, no network, readable without scripts.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from importlib import resources
from typing import Any

from lhu_effect import i18n
from lhu_effect.survey.grid import cell_range, column_letters
from lhu_effect.survey.issues import issue_message, stuck_message
from lhu_effect.survey.model import Survey
from lhu_effect.survey.report import Box, box_of
from lhu_effect.survey.request import request_text
from lhu_effect.survey.rows import Stuck

MOST_SQUARES = 20_000
MOST_RANGES = 60
MOST_ROWS = 400
MOST_LETTERS = 18
_FATES = ("used", "masked", "rejected", "ignored")


def report_page(survey: Survey, lang: i18n.Lang) -> str:
    """The page as HTML. Private: it names cells of unpublished tables."""
    t = _Words(lang)
    style, script = _asset("report_page.css"), _asset("report_page.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{t('title')}</title><style>{style}</style></head><body><main>",
        f'<h1>{t("title")}</h1><p class="private"><strong>{t("private")}</strong></p>',
        _totals(survey.report["totals"], t),
        _issues(survey, t),
        _request(survey, t),
        *(_file(f, number, t) for number, f in enumerate(survey.report["files"])),
        _mapping(survey.report, t),
        f'</main><p id="why" role="status" hidden>{t("click")}</p><script>{script}</script></body></html>',
    ]
    return "\n".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class _Words:
    """Texts of the page in one language, escaped."""

    lang: i18n.Lang

    def __call__(self, key: str, **holes: object) -> str:
        return escape(i18n.text(f"survey.page.{key}", self.lang, **holes))

    def axis(self, axis: str) -> str:
        """What a used cell is."""
        known = i18n.has_text(f"survey.axes.{axis}", self.lang)
        return escape(i18n.text(f"survey.axes.{axis}", self.lang) if known else axis)

    def why(self, why: str) -> str:
        """Why a cell is ignored."""
        known = i18n.has_text(f"survey.ignored.{why}", self.lang)
        return escape(i18n.text(f"survey.ignored.{why}", self.lang) if known else why)


def _asset(name: str) -> str:
    return (resources.files("lhu_effect.survey") / "assets" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _totals(totals: Mapping[str, int], t: _Words) -> str:
    shown = {k: i18n.number(v, t.lang) for k, v in totals.items()}
    return f"<p>{t('totals', **shown)}</p>"


def _issues(survey: Survey, t: _Words) -> str:
    items = [
        f'<li class="{i.severity}"><strong>{t("severity_" + i.severity)}</strong> '
        f"{escape(issue_message(i, t.lang))}</li>"
        for severity in ("error", "warning", "note")
        for i in survey.found
        if i.severity == severity
    ]
    body = f"<ul>{''.join(items)}</ul>" if items else f"<p>{t('no_issues')}</p>"
    return f"<section><h2>{t('issues')}</h2>{body}</section>"


def _request(survey: Survey, t: _Words) -> str:
    said = request_text(survey, t.lang)
    if not said:
        return ""
    intro = f"<h2>{t('request')}</h2><p>{t('request_intro')}</p>"
    return f'<section>{intro}<pre tabindex="0">{escape(said)}</pre></section>'


def _file(file: Mapping[str, Any], number: int, t: _Words) -> str:
    layout = "+".join(
        i18n.text(f"survey.layouts.{name}", t.lang) for name in file["layout"].split("+") if name
    )
    few = sum(1 for s in file["sheets"] if s["cells_used"]) <= SHOWN_AT_ONCE
    sheets = "".join(_sheet(s, f"{number}-{i}", t, few) for i, s in enumerate(file["sheets"]))
    return f"<section><h2>{escape(file['file'])}</h2><p>{t('layout', layout=layout)}</p>{sheets}</section>"


SHOWN_AT_ONCE = 3
"""Of a file with more sheets than this only those with cells that could not be used stand open."""


def _sheet(sheet: Mapping[str, Any], key: str, t: _Words, few: bool) -> str:
    rejected = len(sheet["cells_rejected"])
    ignored = sum(i["count"] for i in sheet["cells_ignored"])
    counts = {"in_": sheet["cells_in"], "used": sheet["cells_used"], "rejected": rejected, "ignored": ignored}
    shown = {k: i18n.number(v, t.lang) for k, v in counts.items()}
    name = escape(sheet["sheet"]) or t("the_table")
    open_ = " open" if sheet["cells_used"] and (few or rejected) else ""
    return (
        f"<details{open_}><summary><h3>{name}</h3> {t('sheet_counts', **shown)}</summary>"
        f"{_map(sheet, t)}{_axes(sheet, t)}{_rejected(sheet, t)}{_ignored(sheet, t)}</details>"
    )


def _axes(sheet: Mapping[str, Any], t: _Words) -> str:
    rows = [(t.axis(axis), escape(_some(ranges))) for axis, ranges in sheet["axes"].items()]
    return _table(t("axes"), (t("became"), t("cells")), rows)


def _rejected(sheet: Mapping[str, Any], t: _Words) -> str:
    rows = [
        (escape(r["cell"]), escape(r["text"]), _rejection(r, t)) for r in sheet["cells_rejected"][:MOST_ROWS]
    ]
    return _table(t("rejected"), (t("cell"), t("text"), t("why")), rows)


def _some(ranges: Sequence[str]) -> str:
    more = f" … (+{len(ranges) - MOST_RANGES})" if len(ranges) > MOST_RANGES else ""
    return ", ".join(ranges[:MOST_RANGES]) + more


def _rejection(rejected: Mapping[str, Any], t: _Words) -> str:
    stuck = Stuck(rejected["rule"], rejected["axis"], rejected["about"])
    return escape(stuck_message(stuck, rejected["closest"], t.lang))


def _ignored(sheet: Mapping[str, Any], t: _Words) -> str:
    counts: dict[str, int] = {}
    for i in sheet["cells_ignored"]:
        counts[i["why"]] = counts.get(i["why"], 0) + i["count"]
    return _table(
        t("ignored"), (t("why"), t("count")), [(t.why(w), i18n.number(n, t.lang)) for w, n in counts.items()]
    )


def _mapping(report: Mapping[str, Any], t: _Words) -> str:
    mapped = [(t.axis(m["kind"]), escape(m["text"]), escape(m["id"])) for m in report["mapping"]]
    unmapped = [
        (t.axis(u["kind"]), escape(u["text"]), escape(u["closest"] or "–"), i18n.number(u["count"], t.lang))
        for u in report["unmapped"]
    ]
    return (
        f"<section><h2>{t('mapping')}</h2>"
        + _table(t("unmapped"), (t("kind"), t("text"), t("closest"), t("count")), unmapped)
        + _table(t("mapped"), (t("kind"), t("text"), t("id")), mapped)
        + "</section>"
    )


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{table}</div>'


# --- the map: bands of rows and columns between which nothing changes


@dataclass(frozen=True, slots=True)
class _Patch:
    box: Box
    fate: str
    said: str


def _map(sheet: Mapping[str, Any], t: _Words) -> str:
    patches = _patches(sheet, t)
    if not patches:
        return ""
    rows = _bands((p.box[0], p.box[2]) for p in patches)
    cols = _bands((p.box[1], p.box[3]) for p in patches)
    cut = rows[: max(20, MOST_SQUARES // len(cols))]
    lookup = _painted(patches, cut, cols)
    first = min(lookup, default=None)
    head = "".join(f'<th scope="col">{_letters(c)}</th>' for c in cols)
    body = "".join(
        f'<tr><th scope="row">{_numbers(r)}</th>'
        + "".join(_cell(lookup.get((i, j)), r, c, stop=(i, j) == first) for j, c in enumerate(cols))
        + "</tr>"
        for i, r in enumerate(cut)
    )
    legend = "".join(f'<span class="key {f}">{t("fate_" + f)}</span> ' for f in _FATES)
    more = f"<p>{t('cut', shown=len(cut), all=len(rows))}</p>" if len(cut) < len(rows) else ""
    caption = f"<caption>{t('map')}</caption>"
    table = (
        f'<table role="grid">{caption}<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
    return f'<p class="legend">{legend}</p><div class="scroll map">{table}</div>{more}'


def _patches(sheet: Mapping[str, Any], t: _Words) -> list[_Patch]:
    became: dict[Box, list[str]] = {}
    for axis, ranges in sheet["axes"].items():
        for box in filter(None, map(box_of, ranges)):
            became.setdefault(box, []).append(t.axis(axis))
    made = [_Patch(box, "used", ", ".join(names)) for box, names in became.items()]
    made += [_Patch(b, "masked", t("is_masked")) for r in sheet.get("cells_masked", ()) if (b := box_of(r))]
    made += [
        _Patch(b, "ignored", t.why(i["why"])) for i in sheet["cells_ignored"] if (b := box_of(i["range"]))
    ]
    made += [
        _Patch(b, "rejected", _rejection(r, t)) for r in sheet["cells_rejected"] if (b := box_of(r["cell"]))
    ]
    return made


def _bands(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches between the starts and ends of all spans, those that no span covers left out."""
    spans = list(spans)
    edges = sorted({a for a, _ in spans} | {b + 1 for _, b in spans})
    covered = [0] * (len(edges) + 1)
    at = {edge: i for i, edge in enumerate(edges)}
    for a, b in spans:
        covered[at[a]] += 1
        covered[at[b + 1]] -= 1
    made, depth = [], 0
    for i, start in enumerate(edges[:-1]):
        depth += covered[i]
        if depth:
            made.append((start, edges[i + 1] - 1))
    return made


def _painted(
    patches: Iterable[_Patch], rows: Sequence[tuple[int, int]], cols: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], _Patch]:
    """Band cell -> its patch, later patches over earlier ones."""
    row_at = {start: i for i, (start, _) in enumerate(rows)}
    col_at = {start: j for j, (start, _) in enumerate(cols)}
    painted: dict[tuple[int, int], _Patch] = {}
    for p in patches:
        i = row_at.get(p.box[0])
        while i is not None and i < len(rows) and rows[i][1] <= p.box[2]:
            j = col_at[p.box[1]]
            while j < len(cols) and cols[j][1] <= p.box[3]:
                painted[i, j] = p
                j += 1
            i += 1
    return painted


def _cell(patch: _Patch | None, row: tuple[int, int], col: tuple[int, int], *, stop: bool) -> str:
    """One square. stop: the Tab key stops here; arrows go on."""
    if patch is None:
        return "<td></td>"
    said = unescape(patch.said)
    short = escape(said if len(said) <= MOST_LETTERS else said[:MOST_LETTERS].rstrip() + "…")
    at = cell_range(row[0], col[0], row[1], col[1])
    return f'<td class="{patch.fate}" tabindex="{0 if stop else -1}" data-at="{at}" title="{escape(said)}">{short}</td>'


def _letters(band: tuple[int, int]) -> str:
    first, last = column_letters(band[0]), column_letters(band[1])
    return first if first == last else f"{first}–{last}"


def _numbers(band: tuple[int, int]) -> str:
    return str(band[0]) if band[0] == band[1] else f"{band[0]}–{band[1]}"
