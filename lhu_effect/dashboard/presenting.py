"""Present: effects, visible cells, study and survey -> `DashboardData`. Pure; the page is decided here.

Composes the rooms' parts (answers, promises, districts, sureness) and chooses what the page opens with.
Axis ranges, order and sentences come from visible values only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from lhu_effect.dashboard import districts, promises, sureness
from lhu_effect.dashboard.answers import all_shared, make_answers
from lhu_effect.dashboard.levels import (
    Cells,
    all_series,
    groups_of,
    present_indicators,
    read_cells,
    sexes_of,
    units_of,
)
from lhu_effect.dashboard.model import (
    Answer,
    CheckRow,
    DashboardData,
    DistrictTable,
    EffectRow,
    Kind,
    Option,
    Series,
    UnitBreak,
    Verdict,
    WaveView,
)
from lhu_effect.dashboard.other_sources import present_other
from lhu_effect.dashboard.rows import Row, rows_of
from lhu_effect.dashboard.sentences import unit_name
from lhu_effect.dashboard.words import capital, cleaned, plain, say
from lhu_effect.disclosure import MaskedCube, block
from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA, Effects
from lhu_effect.i18n import Lang
from lhu_effect.study.model import Study
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.model import Survey
from lhu_effect.survey.series import SeriesSet

SeriesKey = tuple[str, str, str, str]


def present(
    effects: Effects,
    masked: MaskedCube | Cube,
    study: Study,
    survey: Survey,
    *,
    internal: bool = False,
    lang: Lang = "sv",
    other: SeriesSet | None = None,
) -> DashboardData:
    """Everything the page shows, worded in both languages.

    masked: what may be seen; with internal=True the tabulated Cube. other: other sources, as they may be shown.
    lang: the language the page opens in.
    Raises ValueError when a page that is to be published is given effects from unmasked numbers.
    """
    if not internal and not effects.masked:
        raise ValueError(
            "a page for publication needs effects estimated from a MaskedCube (or internal=True)"
        )
    rows = tuple(rows_of(effects.rows))
    cells = read_cells(masked.frame, study)
    answers = make_answers(rows, study, cells)
    indicators = _in_view(cells, study, rows)
    waves = promises.wave_views(study, cells.years)
    units = tuple(Option(u, unit_name(u, study)) for u in units_of(cells, study))
    used = _used_comparisons(rows, indicators)
    series = all_series(cells, study, used)
    breaks = districts.unit_breaks(cells, study)
    kind: Kind = answers[0].kind if answers else "change"
    start = _start(answers, series, study, indicators)
    return DashboardData(
        study=study.id,
        title=cleaned(study.title) or plain(study.id),
        place=unit_name("all", study).to("sv"),
        lang=lang,
        version=_version(),
        synthetic=survey.synthetic,
        internal=internal,
        kind=kind,
        comparison_term=say("page.comparison"),
        comparison_names=tuple(_names(sureness.comparison_codes(rows), study)),
        comparison_notes=(),
        answers=answers,
        promises=promises.promise_views(study, answers, cells),
        definitions=sureness.definitions(study, indicators),
        themes=tuple(Option(t.id, t.label) for t in study.registry.themes.values()),
        units=units,
        groups=tuple(Option(g, capital(districts.stratum_name(g, study))) for g in groups_of(cells, study)),
        sexes=tuple(Option(s, say(f"sex.{s}")) for s in sexes_of(cells)),
        waves=waves,
        bands=promises.bands(study),
        series=series,
        events=districts.event_studies(rows, answers),
        judgements=districts.judgements(rows, answers, study),
        districts=_tables(series, study, answers, start, waves, units, breaks),
        matrix=districts.matrix(study, waves, indicators, all_shared(rows, answers, study)),
        detectable=sureness.detectable(rows, answers, study),
        effects=tuple(_effect_row(r) for r in rows),
        checks=tuple(_check_rows(effects)),
        breaks=breaks,
        blocks=sureness.blocks(study, survey, cells, rows, kind, answers, internal=internal),
        sources=sureness.source_views(survey),
        start=tuple(start.items()),
        masked_text=say("page.masked_meaning"),
        roles=districts.all_roles(answers, study, waves),
        cells=block(masked) if isinstance(masked, MaskedCube) and not internal else {},
        other=present_other(other),
    )


def _in_view(cells: Cells, study: Study, rows: Sequence[Row]) -> tuple[str, ...]:
    """Indicators with cells or rows, register order."""
    there = {*present_indicators(cells, study), *(r.indicator for r in rows)}
    return tuple(i for i in study.registry.indicators if i in there)


def _used_comparisons(rows: Sequence[Row], indicators: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The comparison municipalities of each indicator: those of its estimates, else any estimate's."""
    everyone = sureness.comparison_codes(rows)
    own = {i: {c for r in rows if r.indicator == i for c in r.comparison.split()} for i in indicators}
    return {i: tuple(sorted(own[i])) or everyone for i in indicators}


def _start(
    answers: Sequence[Answer], series: Sequence[Series], study: Study, indicators: Sequence[str]
) -> dict[str, str]:
    """What the page opens with: the first answer, its first clear primary measure, the whole municipality."""
    first = answers[0] if answers else None
    order: list[Verdict] = ["better", "worse", "same", "unsure", "not_comparable"]
    shown: Counter[str] = Counter()
    for s in series:
        shown[s.indicator] += sum(v.share is not None for v in s.levels)
    measures = [m for m in (first.squares if first else ()) if shown[m.indicator]]
    best = min(
        measures,
        key=lambda m: (m.role != "primary", order.index(m.verdict), -shown[m.indicator]),
        default=None,
    )
    fallback = next((i for i in indicators if shown[i]), indicators[0] if indicators else "")
    opened = max(first.promises, key=lambda p: (_told(p, study), _starts(p, study))) if first else ""
    return {
        "lofte": opened,
        "ind": best.indicator if best else fallback,
        "kd": "all",
        "ak": study.strata[0].id,
        "kon": "all",
        "cmp": "1" if any(s.unit == "comparison" for s in series) else "0",
    }


def _told(promise: str, study: Study) -> int:
    """How many of a promise's commitments have a measure: of promises with one answer, the page opens with the richest."""
    return next(sum(bool(c.indicators) for c in p.commitments) for p in study.promises if p.id == promise)


def _starts(promise: str, study: Study) -> int:
    return next(p.start.toordinal() for p in study.promises if p.id == promise)


def _tables(
    series: Sequence[Series],
    study: Study,
    answers: Sequence[Answer],
    start: dict[str, str],
    waves: Sequence[WaveView],
    units: Sequence[Option],
    breaks: Sequence[UnitBreak],
) -> tuple[DistrictTable, ...]:
    """The district x wave tables of every indicator, in the first stratum all of whose grades districts have."""
    by_key = {(s.indicator, s.unit, s.group, s.sex): s for s in series}
    local = [u.id for u in units if u.id != "all"]
    made = []
    for indicator in dict.fromkeys(s.indicator for s in series):
        group = _local_group(by_key, study, indicator, local)
        if group is not None:
            answer = answers[0] if answers else None
            made.append(
                districts.district_table(by_key, study, answer, indicator, group, waves, units, breaks)
            )
    return tuple(sorted(made, key=lambda t: t.indicator != start["ind"]))


def _local_group(
    by_key: Mapping[SeriesKey, Series], study: Study, indicator: str, local: Sequence[str]
) -> str | None:
    """The first stratum that most kommundelar have cells in; None when none has any."""
    counts = {g.id: sum((indicator, u, g.id, "all") in by_key for u in local) for g in study.strata}
    most = max(counts.values(), default=0)
    return next((g for g, n in counts.items() if n == most), None) if most else None


def _names(codes: Sequence[str], study: Study) -> list[str]:
    return [study.registry.places[c].name if c in study.registry.places else c for c in codes]


def _effect_row(row: Row) -> EffectRow:
    values = tuple(getattr(row, c) for c in EFFECT_SCHEMA)
    judged = row.judged
    firm = judged.verdict in ("better", "worse", "same") and "interval_only" not in row.marks
    return EffectRow(
        row.promise,
        row.indicator,
        row.role,
        row.district,
        row.grade,
        row.after_year,
        row.exposure,
        row.verdict,
        row.change_verdict,
        row.reason,
        tuple(row.flags.split()),
        firm,
        values,
    )


def _check_rows(effects: Effects) -> list[CheckRow]:
    names = [c for c in CHECK_SCHEMA if c not in ("municipality", "sex")]
    return [CheckRow(**{n: r[n] for n in names}) for r in effects.checks.iter_rows(named=True)]


def _version() -> str:
    try:
        return version("lhu-effect")
    except PackageNotFoundError:
        return "0"
