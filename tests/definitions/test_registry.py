"""The packaged registers hold what the contract names, and the checks find what they are for."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from lhu_effect import i18n
from lhu_effect.definitions import load_registry, look_up, spelling_index
from lhu_effect.definitions.check import check_registry, district_spellings, indicator_spellings
from lhu_effect.definitions.fields import Fields, parse_toml
from lhu_effect.definitions.load import read_indicator, read_wave
from lhu_effect.definitions.model import GRADES, SEXES, THEMES, Registry
from lhu_effect.errors import DefinitionError, StudyError

SHARED = Path(__file__).parents[3] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no folder `shared` beside the checkout")

LOWER = {
    "drugs": "narcotics_ever narcotics_12_months narcotics_30_days cannabis_ever "
    "offered_narcotics_12_months easy_to_get_narcotics doping_ever",
    "alcohol_tobacco": "heavy_episodic_drinking_monthly drunk_30_days smoking_or_snus_daily",
    "victimisation": "threatened_12_months violence_12_months robbed_12_months",
}
HIGHER = {
    "safety": "safe_in_school safe_way_to_school safe_neighbourhood_evening safe_centre_evening safe_online"
}


def test_every_indicator_of_the_contract_is_there_with_its_direction() -> None:
    have = load_registry().indicators
    for better, themes in (("lower", LOWER), ("higher", HIGHER)):
        for theme, ids in themes.items():
            for id_ in ids.split():
                assert (have[id_].theme, have[id_].better, have[id_].kind) == (theme, better, "outcome")


def test_only_known_process_measures_are_no_outcomes() -> None:
    assert [i.id for i in load_registry().indicators.values() if i.kind == "process"] == [
        "reports_of_concern_known"
    ]


def test_phi0_is_the_methods() -> None:
    assert {t.id: t.phi0 for t in load_registry().themes.values()} == {
        "drugs": 1.4,
        "alcohol_tobacco": 1.4,
        "safety": 1.7,
        "victimisation": 1.7,
        "other": 1.7,
    }


def test_every_text_of_the_registry_is_in_both_languages() -> None:
    r = load_registry()
    texts = [t.label for t in r.themes.values()]
    for i in r.indicators.values():
        assert i.subject is not None, i.id
        texts += [i.label, i.subject, *(v.note for v in i.versions if v.note)]
    for entry in (*r.waves.values(), *r.schools.values(), *r.exposures):
        if entry.note:
            texts.append(entry.note)
    texts += [e.title for e in r.exposures]
    assert [t.sv for t in texts if not t.en] == []


@pytest.mark.parametrize("lang", i18n.LANGS)
def test_every_id_has_a_name(lang: i18n.Lang) -> None:
    for kind, ids in (("grade", GRADES), ("sex", SEXES), ("look_back", ("lifetime", "now"))):
        for id_ in ids:
            assert i18n.has_text(f"definitions.{kind}.{id_}", lang)


def test_both_languages_have_the_same_keys_and_holes() -> None:
    import string

    def flat(table: dict[str, object], path: str = "") -> dict[str, set[str | None]]:
        found: dict[str, set[str | None]] = {}
        for key, value in table.items():
            if isinstance(value, dict):
                found |= flat(value, f"{path}{key}.")
            else:
                found[path + key] = {name for _, name, _, _ in string.Formatter().parse(str(value)) if name}
        return found

    for room in ("definitions", "study", "writers", "simulate"):
        assert flat(i18n.room_texts(room, "sv")) == flat(i18n.room_texts(room, "en")), room


@pytest.mark.parametrize(
    ("label", "id_"),
    [
        ("ANVÄNT NARKOTIKA NÅGON GÅNG", "narcotics_ever"),
        ("Anvant narkotika nagon gang", "narcotics_ever"),
        ("narkotika_nagon_gang", "narcotics_ever"),
        ("Har du någon gång använt narkotika?", "narcotics_ever"),
        ("Trygg i bostadsområdet – kvällstid", "safe_neighbourhood_evening"),
        ("Använt narkotika, senaste 12 månaderna", "narcotics_12_months"),
        ("Hur mår du?", None),
    ],
)
def test_spellings_of_indicators(label: str, id_: str | None) -> None:
    index = spelling_index(
        (s, i.id) for i in load_registry().indicators.values() for s in indicator_spellings(i)
    )
    assert look_up(label, index) == id_


def test_spellings_of_districts() -> None:
    index = spelling_index(
        (s, d.id) for d in load_registry().places["0486"].districts for s in district_spellings(d)
    )
    for label in ("Åkers styckebruk", "aker", "ÅKER", "Åkers\u00a0styckebruk"):
        assert look_up(label, index) == "aker"
    assert look_up("Strängnäs tätort", index) == look_up("strangnas", index) == "strangnas"


def test_a_name_that_is_two_places_without_its_accents_is_no_name() -> None:
    r = load_registry()
    index = spelling_index((s, p.code) for p in r.places.values() for s in (p.name, *p.aliases))
    assert look_up("Håbo", index) == "0305"
    assert look_up("Habo", index) == "0643"
    assert look_up("HABO KOMMUN", index) == "0643"


def test_all_municipalities_have_names() -> None:
    codes = [p.code for p in load_registry().places.values() if p.kind == "municipality"]
    assert len(codes) == 290


@needs_shared
def test_municipality_names_are_those_of_statistics_sweden() -> None:
    with (SHARED / "data/real/geo/municipalities.csv").open(encoding="utf-8") as file:
        rows = {r["municipality_code"]: r["municipality_name_short"] for r in csv.DictReader(file)}
    have = {p.code: p.name for p in load_registry().places.values() if p.kind == "municipality"}
    assert have == rows


@needs_shared
def test_enrolment_is_the_official_count() -> None:
    with (SHARED / "data/domain/school_enrolment_sormland_2010_2024.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counted: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in rows:
        for grade in ("ak7", "ak9"):
            value = row[f"pupils_{grade}"]
            counted[int(row["spring_year"]), row["municipality_code"], grade] += (
                int(value) if value.isdigit() else 0
            )
    ours = [e for e in load_registry().enrolment if e.district == "all" and not e.estimated]
    assert len(ours) == 9 * 5 * 2
    assert all(counted[e.wave, e.municipality, e.grade] == e.pupils for e in ours)


@pytest.mark.parametrize(
    ("wave", "district", "grade", "pupils"),
    [  # the table of enrolment by kommundel (official statistics), five of its cells
        (2011, "strangnas", "ak7", 214),
        (2017, "mariefred", "ak9", 81),
        (2020, "stallarholmen", "ak9", 0),
        (2020, "mariefred", "ak7", 147),
        (2023, "aker", "ak9", 60),
    ],
)
def test_enrolment_by_district(wave: int, district: str, grade: str, pupils: int) -> None:
    found = [
        e.pupils
        for e in load_registry().enrolment
        if (e.wave, e.municipality, e.district, e.grade) == (wave, "0486", district, grade)
    ]
    assert found == [pupils]


@needs_shared
def test_each_promise_of_the_list_is_in_the_exposure_register() -> None:
    with (SHARED / "data/domain/promises_sormland.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    r = load_registry()
    by_name = {p.name: p.code for p in r.places.values()}
    said = {"yes": "yes", "partly": "partly", "no": "no"}
    for row in rows:
        for theme, column in (("drugs", "targets_youth_drugs"), ("safety", "targets_safety")):
            answer = said.get(row[column].split(" (")[0], "unknown")
            if row["municipality"] == "Nyköping" and row["promise_years"] == "2018-2019":
                answer = "partly"  # "yes (district)": a part of the municipality
            entries = [
                e
                for e in r.exposures
                if e.municipality == by_name[row["municipality"]]
                and e.exposed == answer
                and (theme in e.themes or answer == "unknown")
                and (e.start is None or str(e.start.year) == row["promise_years"][:4])
            ]
            assert entries, (row["municipality"], row["promise_years"], theme, answer)


def test_schools_name_where_the_pupils_went() -> None:
    schools = load_registry().schools
    assert schools["42957784"].closed == 2018
    assert schools[schools["42957784"].merged_into or ""].district == "mariefred"
    assert schools[schools["14184478"].merged_into or ""].names[0] == "Paulinska skolan"


def _broken(**changes: object) -> Registry:
    return replace(load_registry(), **changes)  # type: ignore[arg-type]


def test_checks_name_what_is_wrong() -> None:
    r = load_registry()
    ever = r.indicators["narcotics_ever"]
    cases = {
        "definitions.unknown_indicator_near": {"nested_in": "narcotics_evr"},
        "definitions.nested_cycle": {"nested_in": "narcotics_30_days"},
        "definitions.bad_id": {"id": "narcotics ever"},
        "definitions.two_meanings": {"aliases": ("Trygg i skolan",)},
    }
    for rule, change in cases.items():
        with pytest.raises(DefinitionError) as caught:
            check_registry(
                _broken(indicators={**r.indicators, "narcotics_ever": replace(ever, **change)}),  # type: ignore[arg-type]
                DefinitionError,
                "x",
            )
        assert caught.value.rule == rule
        assert caught.value.message("sv") != caught.value.message("en")


def _read(toml: str) -> Fields:
    return Fields(parse_toml(toml.encode(), "x.toml", StudyError), "[[x]]", "x.toml", StudyError)


@pytest.mark.parametrize(
    ("toml", "rule"),
    [
        ("yaer = 2020", "definitions.missing_key"),
        ("year = 2020\nfield_stat = 2020-01-01", "definitions.unknown_key_near"),
        ("year = '2020'", "definitions.want_whole"),
        ("year = true", "definitions.want_whole"),
        ("year = 20", "definitions.out_of_range"),
        ("year = 2020\nfield_start = '2020-01-01'", "definitions.want_date"),
        ("year = 2020\nassumed = 1", "definitions.want_flag"),
        ("year = 2020\nnote = 3", "definitions.want_both"),
    ],
)
def test_a_wave_read_strictly(toml: str, rule: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_wave(_read(toml))
    assert caught.value.rule == rule
    assert caught.value.file == "x.toml"
    assert all(caught.value.message(lang) for lang in i18n.LANGS)


def test_unknown_key_names_the_closest_known() -> None:
    with pytest.raises(StudyError, match="field_start"):
        read_wave(_read("year = 2020\nfield_strat = 2020-01-01"))


def test_toml_faults_name_the_line() -> None:
    with pytest.raises(StudyError, match="line 2"):
        _read("year = 2020\nfield = = 3")
    with pytest.raises(StudyError, match="UTF-8"):
        parse_toml("år = 1".encode("cp1252"), "x.toml", StudyError)


def test_a_study_adds_spellings_to_a_packaged_indicator() -> None:
    known = load_registry().indicators["narcotics_ever"]
    made = read_indicator(_read('id = "narcotics_ever"\naliases = ["f46"]'), known)
    assert replace(made, aliases=known.aliases) == known
    assert made.aliases == (*known.aliases, "f46")
    assert set(THEMES) == set(load_registry().themes)
