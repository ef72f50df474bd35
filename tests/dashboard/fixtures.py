"""Small studies made in code: cells, effects rows and promises with chosen verdicts, for the page's tests.

The numbers are invented and only have to agree with each other; estimates are set, not computed, so that
every verdict and edge case can be shown at will. Scenarios are looked at in the browser too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from lhu_effect.definitions import load_registry
from lhu_effect.definitions.model import Indicator, Registry, Wave
from lhu_effect.effects.model import CHECK_SCHEMA, EFFECT_SCHEMA, Effects
from lhu_effect.i18n import Text
from lhu_effect.study.model import (
    Commitment,
    DateConflict,
    PooledDistrict,
    Promise,
    Study,
)
from lhu_effect.survey.cube import Cube, as_cube, empty_frame
from lhu_effect.survey.model import Source, Survey

OWN = "0486"
OTHERS = ("0428", "0461", "0488")
DISTRICTS = ("strangnas", "mariefred", "aker", "stallarholmen")
YEARS = (2014, 2017, 2020, 2023)
PERIOD = "2020+2021"
SIZES = {
    "all": 740,
    "strangnas": 250,
    "mariefred": 120,
    "aker": 45,
    "stallarholmen": 38,
    "mariefred_stallarholmen": 158,
}
GROUPS = {"ak9_gy2": 1.0, "ak9": 0.55, "gy2": 0.45, "ak7": 0.6}
BASE = {"drugs": 0.09, "alcohol_tobacco": 0.22, "safety": 0.82, "victimisation": 0.12}
OUTCOMES = tuple(i.id for i in load_registry().indicators.values() if i.kind == "outcome")


@dataclass(frozen=True)
class Made:
    """What `present` takes."""

    effects: Effects
    cube: Cube
    study: Study
    survey: Survey


def small_study(indicators: Sequence[str] = OUTCOMES, **changes: object) -> Study:
    """Strängnäs with three promises: 2019 without measures, 2020 and 2021 that share a period."""
    registry = load_registry()
    kept = {i: registry.indicators[i] for i in indicators if i in registry.indicators}
    study = Study(
        municipality=OWN,
        registry=replace(registry, indicators=kept),
        id="provning",
        title=Text("Medborgarlöften i Strängnäs", "Citizen promises in Strängnäs"),
        comparison=OTHERS,
        waves=(
            Wave(2014),
            Wave(2017, date(2017, 2, 1), date(2017, 3, 31)),
            Wave(2020, date(2020, 1, 20), date(2020, 3, 6), assumed=True, mode="web"),
            Wave(2023, date(2023, 2, 1), date(2023, 3, 31)),
        ),
        pooled=(
            PooledDistrict(
                "mariefred_stallarholmen",
                Text("Mariefred och Stallarholmen", "Mariefred and Stallarholmen"),
                ("mariefred", "stallarholmen"),
                grades=("ak7", "ak9"),
                why=Text(
                    "Stallarholmsskolans årskurs 7–9 flyttade till Mariefred hösten 2018.",
                    "Years 7–9 of Stallarholmsskolan moved to Mariefred in autumn 2018.",
                ),
            ),
        ),
        promises=(promise_2019(), promise_2020(), promise_2021()),
    )
    return replace(study, **changes)  # type: ignore[arg-type]


def promise_2019() -> Promise:
    """A promise about burglary and traffic: no measure."""
    return Promise(
        "2019",
        Text("Medborgarlöftet 2019", "The citizen promise 2019"),
        date(2019, 2, 1),
        date(2019, 12, 31),
        themes=("other",),
        source="https://www.strangnas.se/2019",
    )


def promise_2020() -> Promise:
    """The promise of 2020 with four commitments, one of each status."""
    return Promise(
        "2020",
        Text("Medborgarlöftet 2020", "The citizen promise 2020"),
        date(2020, 3, 16),
        date(2020, 12, 31),
        themes=("drugs", "safety", "alcohol_tobacco", "victimisation"),
        primary=("narcotics_12_months", "safe_neighbourhood_evening"),
        headline="both",
        theme_indicators={
            "drugs": (
                "narcotics_12_months",
                "offered_narcotics_12_months",
                "easy_to_get_narcotics",
                "doping_ever",
            ),
            "safety": ("safe_in_school", "safe_way_to_school", "safe_neighbourhood_evening"),
        },
        primary_named_on=date(2026, 11, 22),
        primary_named_by="projektgruppen",
        expected=Text(
            "Mindre narkotika bland unga, och på sikt mindre annan brottslighet.",
            "Less drug use among the young, and in the longer run less other crime.",
        ),
        reported_by=Text("kommunens egen redovisning", "the municipality's own account"),
        source="https://www.strangnas.se/2020",
        date_conflicts=(DateConflict("signed", "februari 2020", "https://www.polisen.se/2020"),),
        commitments=(
            Commitment(
                1,
                Text(
                    "Polisinsatser mot narkotika bland unga",
                    "Police operations against drugs among the young",
                ),
                "delivered",
                result=Text("Två insatser gjordes.", "Two operations were made."),
                planned=2,
                delivered=2,
                dates=(date(2020, 5, 8), date(2020, 10, 2)),
                indicators=("narcotics_12_months", "offered_narcotics_12_months"),
                source="https://www.strangnas.se/resultat-2020",
            ),
            Commitment(
                2,
                Text("Narkotikasök med hund i skolor", "Narcotics searches with a dog in schools"),
                "partly",
                result=Text(
                    "Ett sök gjordes, på Paulinska skolan.", "One search was made, at Paulinska skolan."
                ),
                planned=2,
                delivered=1,
                districts=("strangnas",),
                dates=(date(2020, 11, 11),),
                target_ages=(15, 18),
                why=Text(
                    "Pandemin hindrade fler besök.",
                    "The pandemic prevented further visits.",
                ),
                indicators=("easy_to_get_narcotics", "offered_narcotics_12_months"),
                source="https://www.strangnas.se/resultat-2020",
            ),
            Commitment(
                3,
                Text("Temakväll i Strängnäs", "Theme evening in Strängnäs"),
                "cancelled",
                districts=("strangnas",),
                why=Text("Ställdes in på grund av pandemin.", "Cancelled because of the pandemic."),
                indicators=("safe_neighbourhood_evening",),
                source="https://www.strangnas.se/resultat-2020",
            ),
            Commitment(
                4,
                Text(
                    "Möten i lokala brottsförebyggande rådet",
                    "Meetings of the local crime-prevention council",
                ),
                "delivered",
                result=Text("Fyra möten i varje kommundel.", "Four meetings in every district."),
                source="https://www.strangnas.se/resultat-2020",
            ),
            Commitment(
                5,
                Text("Avloppsmätning av narkotika", "Wastewater measurement of narcotics"),
                "unknown",
                source="https://www.strangnas.se/resultat-2020",
            ),
        ),
    )


def promise_2021() -> Promise:
    """A promise whose commitments are not known, between the same two surveys as 2020."""
    return Promise(
        "2021",
        Text("Medborgarlöftet 2021", "The citizen promise 2021"),
        date(2021, 3, 11),
        date(2021, 12, 31),
        themes=("drugs", "safety", "alcohol_tobacco", "victimisation"),
        source="https://www.strangnas.se/2021",
    )


def share_of(study: Study, indicator: str, unit: str, year: int, after: float = 0.0) -> float:
    """An invented level, the same every time: theme base, a little by indicator and unit, moved in the last wave."""
    known = study.registry.indicators[indicator]
    place = list(study.registry.indicators).index(indicator)
    base = BASE.get(known.theme, 0.3) + 0.004 * (place % 5)
    drift = 0.004 * (YEARS.index(year) if year in YEARS else 0)
    unit_shift = 0.006 * (sum(map(ord, unit)) % 5 - 2)
    moved = after if year == YEARS[-1] and unit not in OTHERS else 0.0
    return min(0.97, max(0.03, base - drift + unit_shift + moved))


def cells(
    study: Study, moved: dict[str, float], *, years: Sequence[int] = YEARS, others: bool = True
) -> Cube:
    """Cells of all units, groups and sexes; the geography breaks in 2020, Åker's last wave is masked for drugs."""
    rows = []
    for indicator in study.registry.indicators:
        for year in years:
            for unit, size in SIZES.items():
                for group, part in GROUPS.items():
                    if "gy2" in group and unit != "all":
                        continue
                    sexes = (
                        {"all": 1.0, "girl": 0.49, "boy": 0.47, "other": 0.04}
                        if unit == "all"
                        else {"all": 1.0}
                    )
                    for sex, slice_ in sexes.items():
                        share = share_of(study, indicator, unit, year, moved.get(indicator, 0.0))
                        rows.append(
                            _cell(year, OWN, unit, group, sex, indicator, round(size * part * slice_), share)
                        )
            for code in OTHERS if others else ():
                for group, part in GROUPS.items():
                    share = share_of(study, indicator, code, year)
                    rows.append(_cell(year, code, "all", group, "all", indicator, round(300 * part), share))
    return as_cube(pl.DataFrame(rows))


def _cell(
    year: int, code: str, unit: str, group: str, sex: str, indicator: str, n: int, share: float
) -> dict[str, object]:
    k = round(n * share)
    broken = unit in ("mariefred", "stallarholmen") and "gy2" not in group
    gone = unit == "stallarholmen" and year >= 2020
    hidden = n < 10 or k < 5 or n - k < 5
    status = "missing" if gone else "masked" if hidden else "observed"
    seen = status == "observed"
    return {
        "year": year,
        "municipality": code,
        "district": unit,
        "school": None,
        "grade": group,
        "sex": sex,
        "indicator": indicator,
        "organiser": False,
        "n": n if seen else None,
        "n_low": n if seen else None,
        "n_high": n if seen else None,
        "k": k if seen else None,
        "k_low": k if seen else None,
        "k_high": k if seen else None,
        "percent": None,
        "status": status,
        "flags": "geography" if broken else "pooled" if unit == "mariefred_stallarholmen" else "",
    }


def effect_row(**values: object) -> dict[str, object]:
    """A row of the effects table: an unsure effect of narcotics unless told otherwise."""
    row: dict[str, object] = dict.fromkeys(EFFECT_SCHEMA)
    row |= {
        "promise": PERIOD,
        "indicator": "narcotics_12_months",
        "role": "exploratory",
        "municipality": OWN,
        "district": "all",
        "grade": "ak9_gy2",
        "sex": "all",
        "before_years": "2014 2017 2020",
        "after_year": 2023,
        "exposure": "after",
        "n_before": 740,
        "n_after": 740,
        "share_before": 0.092,
        "share_after": 0.071,
        "change": -0.021,
        "change_low": -0.061,
        "change_high": 0.019,
        "change90_low": -0.055,
        "change90_high": 0.013,
        "change_p_value": 0.3,
        "change_p_adjusted": 0.6,
        "change_verdict": "unsure",
        "counterfactual": 0.088,
        "estimate": -0.017,
        "conf_low": -0.0437,
        "conf_high": 0.0621,
        "conf90_low": -0.039,
        "conf90_high": 0.055,
        "logit_low": -0.7,
        "logit_high": 0.5,
        "p_value": 0.4,
        "p_adjusted": 0.8,
        "verdict": "unsure",
        "reason": "",
        "margin": 0.022,
        "detectable_decrease": 0.052,
        "detectable_increase": 0.064,
        "estimator": "noise_floor_did",
        "comparison": " ".join(OTHERS),
        "flags": "shared_period",
    }
    return row | values


def judged_row(
    verdict: str, study: Study, indicator: str, kind: str = "effect", **more: object
) -> dict[str, object]:
    """An effect row with that verdict (of that kind), estimates set to fit it."""
    known: Indicator = study.registry.indicators[indicator]
    wanted = 1 if known.better == "higher" else -1
    before = share_of(study, indicator, "all", 2020)
    numbers = {
        "better": (wanted * 0.064, wanted * 0.064 - 0.0481, wanted * 0.064 + 0.0467),
        "worse": (-wanted * 0.071, -wanted * 0.071 - 0.0552, -wanted * 0.071 + 0.0552),
        "same": (0.004, -0.0131, 0.0212),
        "unsure": (wanted * 0.0177, -0.0437, 0.0621),
        "not_comparable": (None, None, None),
    }[verdict]
    point, low, high = numbers
    blank = verdict == "not_comparable"
    prefix = {"effect": ("estimate", "conf", "conf90"), "change": ("change", "change", "change90")}[kind]
    row = effect_row(
        indicator=indicator,
        share_before=None if blank else before,
        share_after=None if blank else before + (point or 0.0) - 0.01,
        change=None if blank else (point or 0.0) - 0.01,
        change_low=None if blank else (point or 0.0) - 0.07,
        change_high=None if blank else (point or 0.0) + 0.05,
        counterfactual=None if blank else before - 0.01,
        verdict=verdict if kind == "effect" else "not_comparable",
        change_verdict=verdict if kind == "change" else "not_comparable" if blank else "unsure",
        reason=("question_changed" if blank else "") if kind == "effect" else "no_comparison",
        comparison=" ".join(OTHERS) if kind == "effect" else "",
        margin=0.03,
    )
    row |= {
        prefix[0]: point,
        f"{prefix[1]}_low": low,
        f"{prefix[1]}_high": high,
        f"{prefix[2]}_low": None if low is None else low * 0.84,
        f"{prefix[2]}_high": None if high is None else high * 0.84,
    }
    if kind == "change":
        row |= dict.fromkeys(
            ("estimate", "conf_low", "conf_high", "conf90_low", "conf90_high", "counterfactual")
        )
        if blank:
            row |= {"change_low": None, "change_high": None, "reason": "masked"}
    return row | more


def theme_row(
    theme: str, verdict: str, low: float, index: float, high: float, **more: object
) -> dict[str, object]:
    """A composite's row."""
    gone = dict.fromkeys(
        (
            "share_before",
            "share_after",
            "change",
            "change_low",
            "change_high",
            "change90_low",
            "change90_high",
        )
    )
    return (
        effect_row(indicator=f"theme:{theme}", role="primary", estimator="noise_floor_theme", **gone)
        | {"estimate": -0.3, "conf_low": -0.6, "conf_high": 0.1, "verdict": verdict}
        | {"index": index, "index_low": low, "index_high": high}
        | more
    )


MIXED = {
    "narcotics_12_months": "better",
    "narcotics_30_days": "not_comparable",
    "easy_to_get_narcotics": "same",
    "drunk_30_days": "same",
    "safe_neighbourhood_evening": "worse",
    "safe_online": "not_comparable",
}
PRIMARY = ("narcotics_12_months", "safe_neighbourhood_evening")


def make(
    verdicts: dict[str, str] | None = None,
    *,
    kind: str = "effect",
    rest: str = "unsure",
    study: Study | None = None,
    themes: Sequence[dict[str, object]] | None = None,
    synthetic: bool = True,
) -> Made:
    """A study with these verdicts, `rest` for the other indicators."""
    study = study or small_study()
    verdicts = MIXED if verdicts is None else verdicts
    rows = []
    for indicator in study.registry.indicators:
        verdict = verdicts.get(indicator, rest)
        role = "primary" if indicator in PRIMARY else "exploratory"
        rows.append(judged_row(verdict, study, indicator, kind, role=role))
        rows.extend(_other_rows(study, indicator, kind))
    if themes is None and kind == "effect":
        themes = [
            theme_row("drugs", "better", 58.2, 74.1, 92.8),
            theme_row("safety", "unsure", 87.0, 104.0, 131.5),
        ]
    frame = pl.DataFrame([*rows, *(themes or [])], schema=EFFECT_SCHEMA, infer_schema_length=None)
    moved = {i: -0.06 for i, v in verdicts.items() if v == "better"} | {
        i: -0.07 for i, v in verdicts.items() if v == "worse"
    }
    cube = cells(study, moved, others=kind == "effect")
    return Made(
        Effects(frame, pl.DataFrame(schema=CHECK_SCHEMA), masked=True), cube, study, survey(synthetic)
    )


def survey(synthetic: bool = True) -> Survey:
    """A survey that only carries its sources: the page takes its cells masked."""
    source = Source(
        "utdrag.xlsx",
        "wide",
        "lhu-effect simulate" if synthetic else "Region Sörmland",
        "2026-11-22",
        "",
        synthetic,
    )
    return Survey(Cube(empty_frame()), (source,))


def _other_rows(study: Study, indicator: str, kind: str) -> list[dict[str, object]]:
    """Placebo rows of earlier waves, and the districts' rows in åk 9."""
    if kind != "effect":
        return []
    placebo = [
        judged_row(
            "unsure",
            study,
            indicator,
            after_year=year,
            exposure="before",
            before_years=years,
            reason="placebo",
        )
        | {"verdict": "not_comparable"}
        for year, years in ((2017, "2014"), (2020, "2014 2017"))
    ]
    local = []
    for unit in (*DISTRICTS, "mariefred_stallarholmen"):
        broken = unit in ("mariefred", "stallarholmen")
        verdict = "not_comparable" if broken else "unsure"
        reason = "geography" if broken else "not_judged_alone"
        local.append(
            judged_row(
                verdict, study, indicator, district=unit, grade="ak9", reason=reason, n_after=SIZES[unit]
            )
        )
    return [*placebo, *local]


def with_indicators(study: Study, more: dict[str, Indicator]) -> Study:
    """The study with further indicators in its register."""
    registry: Registry = study.registry
    return replace(study, registry=replace(registry, indicators={**registry.indicators, **more}))
