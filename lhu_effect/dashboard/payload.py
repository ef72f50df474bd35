"""What the page's script draws from: every label, level and difference once, in short arrays.

Both languages travel together. Shares keep six decimals. `chart_payload` feeds templates/charts/*.js;
`effect_payload` is the published effects table, for `lhu-effect diff` and `audit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lhu_effect import i18n
from lhu_effect.dashboard import theme
from lhu_effect.dashboard.chart_data import at, band_at, verdict_words, wave_at
from lhu_effect.dashboard.model import (
    COMPARISON,
    Answer,
    Band,
    DashboardData,
    Forest,
    Level,
    MeasureRow,
    Table,
)
from lhu_effect.effects.model import EFFECT_SCHEMA, VERDICTS
from lhu_effect.i18n import Text

EXPOSURES = ("before", "during", "after")
Pair = list[str] | str


def chart_payload(data: DashboardData) -> dict[str, Any]:
    """All charts of the page as JSON-ready values. Floats are shares 0-1; in `other` as their source published them."""
    from lhu_effect.dashboard.payload_drawn import drawn_payload
    from lhu_effect.dashboard.payload_other import other_payload

    return {
        "texts": {lang: _texts(lang) for lang in i18n.LANGS},
        "verdicts": {name: pair(word) for name, word in verdict_words()},
        "labels": _labels(data),
        "term": pair(data.comparison_term),
        "units": [unit.id for unit in data.units],
        "groups": [group.id for group in data.groups],
        "waves": [[w.year, wave_at(w), int(w.assumed)] for w in data.waves],
        "bands": [_band(b) for b in sorted(data.bands, key=lambda b: (b.start, b.promise))],
        "breaks": [[b.unit, b.from_year] for b in data.breaks],
        "series": {
            f"{s.indicator}|{s.unit}|{s.group}|{s.sex}": [_level(v) for v in s.levels] for s in data.series
        },
        "events": _events(data),
        "judged": _judged(data),
        "answers": {a.id: _answer(a) for a in data.answers},
        "detectable": {
            d.answer: [[r.indicator, six(r.decrease), six(r.increase)] for r in d.rows]
            for d in data.detectable
        },
        "tables": {d.answer: table(d.table) for d in data.detectable},
        "other": other_payload(data.other),
        "drawn": drawn_payload(data),
        "paint": dict(theme.LIGHT),
        "font": theme.FONT,
        "about": {
            "study": data.study,
            "title": pair(data.title),
            "version": data.version,
            "kind": data.kind,
            "synthetic": int(data.synthetic),
            "internal": int(data.internal),
            "sources": [", ".join(x for x in (s.producer, s.received) if x) for s in data.sources],
        },
    }


def effect_payload(data: DashboardData) -> dict[str, Any]:
    """The effects table: contract columns, one list per row, nulls as null, six decimals."""
    return {
        "columns": list(EFFECT_SCHEMA),
        "rows": [[six(v) if isinstance(v, float) else v for v in row.values] for row in data.effects],
    }


def pair(text: Text) -> Pair:
    """[Swedish, English], or one string where they are the same."""
    return text.sv if text.to("en") == text.sv else [text.sv, text.to("en")]


def six(value: float | None) -> float | None:
    """Six decimals; an infinite end is null (flag `unbounded` says so)."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    return round(value, 6)


def table(made: Table) -> dict[str, Any]:
    """A table that `present` made, both languages."""
    return {
        "id": made.id,
        "caption": pair(made.caption),
        "columns": [[pair(c.title), int(c.number), int(c.share)] for c in made.columns],
        "rows": [
            [pair(c.text) if c.value is None else {"t": pair(c.text), "v": six(c.value)} for c in row]
            for row in made.rows
        ],
    }


def _events(data: DashboardData) -> dict[str, dict[str, list[list[int | float | str | None]]]]:
    """Per answer and selection: [wave, exposure, verdict, estimate, low, high, why, fragile]; three numbers first."""
    waves = {w.year: n for n, w in enumerate(data.waves)}
    made: dict[str, dict[str, list[list[int | float | str | None]]]] = {}
    for study in data.events:
        made.setdefault(study.answer, {})[f"{study.indicator}|{study.unit}|{study.stratum}"] = [
            [
                waves[p.year],
                EXPOSURES.index(p.exposure),
                VERDICTS.index(p.verdict),
                six(p.estimate),
                six(p.low),
                six(p.high),
                *([p.why or None, 1] if p.fragile else [p.why] if p.why else []),
            ]
            for p in study.points
        ]
    return made


def _judged(data: DashboardData) -> dict[str, dict[str, int]]:
    made: dict[str, dict[str, int]] = {}
    for said in data.judgements:
        made.setdefault(said.answer, {})[f"{said.indicator}|{said.unit}|{said.stratum}"] = VERDICTS.index(
            said.verdict
        )
    return made


def _labels(data: DashboardData) -> dict[str, dict[str, Pair]]:
    indicators = {d.indicator: pair(d.label) for d in data.definitions}
    for row in _measures(data.answers):
        indicators[row.indicator] = pair(row.label)
    return {
        "ind": indicators,
        "unit": {o.id: pair(o.label) for o in data.units} | {COMPARISON: pair(data.comparison_term)},
        "group": {o.id: pair(o.label) for o in data.groups},
        "sex": {o.id: pair(o.label) for o in data.sexes},
    }


def _measures(answers: Iterable[Answer]) -> list[MeasureRow]:
    return [row for a in answers if a.forest for group in a.forest.groups for row in group.rows]


def _band(band: Band) -> list[str | float | int | None]:
    open_end = band.end is None
    start, end = band_at(band, 0.0)
    return [
        band.promise,
        start,
        None if open_end else end,
        int(open_end),
        None if band.end is None else at(band.end),
    ]


def _level(level: Level) -> list[int | float | str | None]:
    return [level.n, six(level.share), six(level.low), six(level.high), level.why, level.version]


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "promises": list(answer.promises),
        "kind": answer.kind,
        "stratum": answer.stratum,
        "before": answer.before_year,
        "after": answer.after_year,
        "forest": None if answer.forest is None else _forest(answer.forest),
        "themes": [[pair(t.label), t.verdict, six(t.index), six(t.low), six(t.high)] for t in answer.themes],
    }


def _forest(forest: Forest) -> dict[str, Any]:
    return {
        "title": pair(forest.title),
        "domain": six(forest.domain),
        "ticks": [six(v) for v in forest.ticks],
        "groups": [[pair(g.label), [_measure(r) for r in g.rows]] for g in forest.groups],
        "table": table(forest.table),
    }


def _measure(row: MeasureRow) -> list[str | int | float | None]:
    return [
        row.indicator,
        row.verdict,
        row.wanted,
        six(row.estimate),
        six(row.low),
        six(row.high),
        six(row.zone),
    ]


def _texts(lang: i18n.Lang) -> dict[str, str]:
    return _flat({k: v for k, v in i18n.room_texts("charts", lang).items() if k not in ("errors", "power")})


def _flat(texts: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in texts.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
