"""study.toml is read strictly: what it says becomes the Study, what it cannot mean becomes one clear message."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from lhu_effect import i18n
from lhu_effect.errors import LhuError, StudyError, UsageError
from lhu_effect.study import check_study, load_study, packaged_study, parse_study, study_for
from lhu_effect.study.check import inside
from lhu_effect.study.model import Minimum, Study

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT.parent / "shared" / "design" / "study.example.toml"

HEAD = '[study]\nid = "s"\ntitle = "T"\nmunicipality = "0486"\n'
PROMISE = '[[promise]]\nid = "2020"\ntitle = "L"\nstart = 2020-03-16\nend = 2020-12-31\nthemes = ["drugs"]\n'
COMMITMENT = '[[promise.commitment]]\nnumber = 1\ntext = "x"\n'


def test_the_packaged_study_is_the_one_in_data() -> None:
    assert (ROOT / "data" / "study.toml").read_bytes() == packaged_study()


def test_the_packaged_study_holds_the_real_promises() -> None:
    study = load_study()
    assert [p.id for p in study.promises] == ["2017", "2019", "2020", "2021", "2022-2023"]
    promise = study.promises[2]
    assert (promise.start, promise.end) == (date(2020, 3, 16), date(2020, 12, 31))
    assert [c.says for c in promise.date_conflicts] == ["februari 2020", "16 mars 2020"]
    assert len(promise.commitments) == 12
    by_status = {s: [c.number for c in promise.commitments if c.status == s] for s in ("partly", "cancelled")}
    assert by_status == {"partly": [2, 3, 8], "cancelled": [11]}
    dog = promise.commitments[1]
    assert (dog.planned, dog.delivered, dog.districts) == (2, 1, ("strangnas",))
    # nine delivered are 8 of 12 with three halves: (8 + 3 * .5) / 12
    assert promise.dose == pytest.approx((8 + 1.5) / 12)


def test_every_text_of_the_packaged_study_is_in_both_languages() -> None:
    study = load_study()
    texts = [study.title]
    for p in study.promises:
        texts += [p.title, *(t for t in (p.expected, p.reported_by, p.note) if t)]
        for c in p.commitments:
            texts += [c.text, *(t for t in (c.result, c.why) if t)]
    texts += [t for w in study.waves for t in (w.note,) if t]
    texts += [t for d in study.pooled for t in (d.label, d.why) if t]
    assert [t.sv for t in texts if not t.en] == []


def test_every_promise_and_commitment_has_its_source() -> None:
    for p in load_study().promises:
        assert p.source.startswith("https://")
        assert all(c.source.startswith("https://") for c in p.commitments)


def test_the_exposure_register_agrees_with_the_study() -> None:
    study = load_study()
    for p in study.promises:
        if not p.themes:
            continue
        assert any(
            e.municipality == "0486" and e.exposed == "yes" and (e.start, e.end) == (p.start, p.end)
            for e in study.exposures
        ), p.id


def test_enrolment_of_the_register_reaches_the_study() -> None:
    have = {(e.wave, e.municipality, e.district, e.grade): e for e in load_study().enrolment}
    assert have[2023, "0486", "mariefred", "ak9"].pupils == 129
    assert have[2023, "0486", "all", "gy2"].estimated


@pytest.mark.skipif(not EXAMPLE.exists(), reason="no folder `shared` beside the checkout")
def test_the_example_of_the_design_reads() -> None:
    study = parse_study(EXAMPLE.read_bytes())
    assert study.comparison == ("0428", "0461", "0488")
    assert "narkotika_nagon_gang" in study.registry.indicators["narcotics_ever"].aliases
    assert study.registry.indicators["unsafe_neighbourhood_evening"].version_of(2017) is None
    assert study.codebook[0].yes == ("2",)
    assert study.codebook_keys["school"] == "skolenhetskod"
    assert study.wave(2020).assumed
    own = [e for e in study.enrolment if e.source == "https://…"]
    assert [(e.wave, e.district, e.pupils) for e in own] == [(2023, "mariefred", 129)]
    assert study.exposures[-1].source == "https://…"


def _fault(toml: str) -> StudyError:
    with pytest.raises(StudyError) as caught:
        parse_study(toml.encode())
    fault = caught.value
    assert fault.file == "study.toml"
    assert fault.exit_code == 1
    for lang in i18n.LANGS:
        assert "{" not in re.sub(r"\{ sv =.*?\}", "", fault.message(lang)), fault.message(lang)
    return fault


FAULTS = {  # what is written -> rule, and what the message must name
    'id = "s"': ("definitions.missing_key", "[study]"),
    HEAD.replace("0486", "9999"): ("definitions.unknown_place", "9999"),
    HEAD.replace('"s"', '"a b"'): ("definitions.bad_id", "a b"),
    HEAD + 'comparision = "all"': ("definitions.unknown_key_near", "comparison"),
    HEAD + "[[promises]]": ("definitions.unknown_key_near", "promise"),
    HEAD + 'comparison = ["0428", "0486"]': ("study.compares_itself", "0486"),
    HEAD + 'comparison = ["0428", "0428"]': ("definitions.repeated", "0428"),
    HEAD + 'comparison = ["428"]': ("definitions.unknown_place_near", "0428"),
    HEAD + "minimum = { n = 4 }": ("definitions.out_of_range", "n"),
    HEAD + "minimum = { n = 10, k = 2 }": ("definitions.out_of_range", "k"),
    HEAD + "mask_limit = 0": ("definitions.out_of_range", "mask_limit"),
    HEAD + "alpha = nan": ("definitions.want_number", "alpha"),
    HEAD + 'strata = [{ id = "ak9", grades = ["ak9", "gy2"] }]': ("study.stratum_is_grade", "ak9"),
    HEAD + 'strata = [{ id = "x", grades = ["ak10"] }]': ("definitions.not_a_choice", "ak10"),
    HEAD + 'margins = ["district*school"]': ("definitions.not_a_choice_near", "district*"),
    HEAD + 'extracts = ["../secret"]': ("study.path_outside", "../secret"),
    HEAD + 'extracts = ["/etc/passwd"]': ("study.path_outside", "/etc/passwd"),
    HEAD + "extracts = ['C:\\x']": ("study.path_outside", "C:"),
    HEAD + 'mapping = "a/../../b.toml"': ("study.path_outside", "b.toml"),
    HEAD + "[[wave]]\nyear = 2020\n[[wave]]\nyear = 2020": ("study.twice", "2020"),
    HEAD + "[[wave]]\nyear = 2020\nassumed = true": ("study.assumed_without", "2020"),
    HEAD + "[[wave]]\nyear = 2020\nfield_start = 2020-03-06\nfield_end = 2020-01-20": (
        "definitions.reversed_dates",
        "2020-01-20",
    ),
    HEAD + "[[wave]]\nyear = 2020\nfield_start = 2012-03-06": ("definitions.far_date", "2012-03-06"),
    HEAD + '[[pooled_district]]\nid = "x"\nlabel = "x"\ndistricts = ["mariefred", "stallarholm"]': (
        "definitions.unknown_district_near",
        "stallarholmen",
    ),
    HEAD + '[[pooled_district]]\nid = "aker"\nlabel = "x"\ndistricts = ["mariefred", "aker"]': (
        "study.pool_takes_id",
        "aker",
    ),
    HEAD + '[[pooled_district]]\nid = "x"\nlabel = "x"\ndistricts = ["mariefred"]': (
        "study.pool_of_one",
        "x",
    ),
    HEAD + '[[mask]]\ntext = "*"\nlow = 9\nhigh = 1': ("study.mask_reversed", "9"),
    HEAD + '[[mask]]\ntext = "5"\nlow = 0\nhigh = 4': ("study.mask_is_number", "5"),
    HEAD + PROMISE.replace("2020-12-31", "2019-12-31"): ("definitions.reversed_dates", "2019-12-31"),
    HEAD + PROMISE.replace('id = "2020"', 'id = "2020+2021"'): ("definitions.bad_id", "2020+2021"),
    HEAD + PROMISE + PROMISE: ("study.twice", "2020"),
    HEAD + PROMISE.replace('"drugs"', '"drug"'): ("definitions.unknown_theme_near", "drugs"),
    HEAD + PROMISE + 'primary = ["narcotics_evr", "doping_ever"]': (
        "definitions.unknown_indicator_near",
        "narcotics_ever",
    ),
    HEAD + PROMISE + 'primary = ["narcotics_ever"]': ("study.primary_count", "1"),
    HEAD + PROMISE + 'primary = ["narcotics_ever", "safe_in_school"]': (
        "study.primary_off_theme",
        "safe_in_school",
    ),
    HEAD + PROMISE.replace('"drugs"', '"other"') + 'primary = ["reports_of_concern_known", "x"]': (
        "study.process_as_outcome",
        "reports_of_concern_known",
    ),
    HEAD + PROMISE + 'theme_indicators = { drugs = ["narcotics_ever", "narcotics_30_days"] }': (
        "study.theme_with_subset",
        "narcotics_30_days",
    ),
    HEAD + PROMISE + 'theme_indicators = { safety = ["safe_in_school", "safe_online"] }': (
        "study.theme_not_promised",
        "safety",
    ),
    HEAD + PROMISE + 'theme_indicators = { drugs = ["narcotics_ever", "safe_online"] }': (
        "study.other_theme",
        "safe_online",
    ),
    HEAD + PROMISE + 'headline = "theme"': ("study.headline_without_theme", "theme"),
    HEAD + PROMISE + 'headline = "themes"': ("definitions.not_a_choice_near", "theme"),
    HEAD + PROMISE + 'districts = ["all", "aker"]': ("study.all_and_some", "all"),
    HEAD + PROMISE + 'districts = ["akre"]': ("definitions.unknown_district_near", "aker"),
    HEAD + PROMISE + COMMITMENT + 'status = "done"': ("definitions.not_a_choice", "done"),
    HEAD + PROMISE + COMMITMENT + 'status = "cancelled"\ndelivered = 1': (
        "study.cancelled_yet_delivered",
        "1",
    ),
    HEAD + PROMISE + COMMITMENT + 'status = "delivered"\nplanned = 2\ndelivered = 1': (
        "study.delivered_short",
        "2",
    ),
    HEAD + PROMISE + COMMITMENT + 'status = "unknown"\ntarget_ages = [18, 15]': ("study.bad_ages", "18"),
    HEAD + PROMISE + (COMMITMENT + 'status = "unknown"\n') * 2: ("study.twice", "1"),
    HEAD + PROMISE + COMMITMENT + 'status = "unknown"\nindicator = ["x"]': (
        "definitions.unknown_key_near",
        "indicators",
    ),
    HEAD + '[[exposure]]\nmunicipality = "0484"\nexposed = "yes"': ("definitions.exposed_without", "yes"),
    HEAD + '[[exposure]]\nmunicipality = "0484"\nexposed = "maybe"': ("definitions.not_a_choice", "maybe"),
    HEAD
    + '[[codebook]]\nindicator = "narcotics_ever"\nwave = 2023\nvariable = "F46"\nyes = [1]\nno = ["1"]': (
        "study.answer_twice",
        "1",
    ),
    HEAD + '[[enrolment]]\nwave = 2023\ndistrict = "mariefred"\ngrade = "ak9"\npupils = 9000': (
        "definitions.parts_exceed",
        "9",
    ),
    HEAD + "[[enrolment]]\nwave = 2023\ngrade = 'ak9'\npupils = -1": ("definitions.out_of_range", "-1"),
    HEAD + '[[indicator]]\nid = "new"\nlabel = "x"\ntheme = "drugs"\nbetter = "lower"': (
        "definitions.missing_key",
        "look_back",
    ),
    HEAD + '[[indicator]]\nid = "narcotics_ever"\naliases = ["Trygg i skolan"]': (
        "definitions.two_meanings",
        "Trygg i skolan",
    ),
    HEAD + '[[district]]\nid = "tostero"': ("definitions.missing_key", "name"),
    "[study\n": ("definitions.not_toml", "rad 1"),
}


@pytest.mark.parametrize("toml", list(FAULTS), ids=[r for r, _ in FAULTS.values()])
def test_what_cannot_be_meant_is_one_message(toml: str) -> None:
    rule, named = FAULTS[toml]
    fault = _fault(toml)
    assert fault.rule == rule, fault.message()
    assert named in fault.message("sv")


def test_defaults_are_those_of_the_format() -> None:
    study = parse_study(HEAD.encode())
    assert study.extracts == ("extracts/",)
    assert study.comparison == ("all",)
    assert study.minimum == Minimum(10, 5)
    assert [s.id for s in study.strata] == ["ak9_gy2", "ak9", "gy2", "ak7"]


def test_a_study_adds_a_district_and_spellings() -> None:
    toml = (
        HEAD
        + '[[district]]\nid = "tostero"\nname = "Tosterö"\n[[district]]\nid = "aker"\naliases = ["Bruket"]\n'
    )
    districts = {d.id: d for d in parse_study(toml.encode()).registry.places["0486"].districts}
    assert districts["tostero"].name == "Tosterö"
    assert "Bruket" in districts["aker"].aliases
    assert districts["aker"].name == "Åker"


def test_home_districts_have_no_school_enrolment() -> None:
    toml = (
        HEAD
        + 'district_basis = "home"\n[[enrolment]]\nwave = 2023\ndistrict = "aker"\ngrade = "ak9"\npupils = 50\n'
    )
    rows = [e for e in parse_study(toml.encode()).enrolment if e.municipality == "0486" and e.wave == 2023]
    assert {(e.district, e.grade) for e in rows if e.district != "all"} == {("aker", "ak9")}


def test_a_folder_without_a_study(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_study(tmp_path)
    assert caught.value.exit_code == 2
    (tmp_path / "study.toml").write_text(HEAD, encoding="utf-8")
    assert load_study(tmp_path).folder == tmp_path
    assert load_study(tmp_path / "study.toml").id == "s"


def test_windows_line_ends_and_a_byte_order_mark_read_alike(tmp_path: Path) -> None:
    plain = parse_study(packaged_study())
    assert parse_study(b"\xef\xbb\xbf" + packaged_study().replace(b"\n", b"\r\n")) == plain


def test_lone_extracts_get_the_registers_promises() -> None:
    assert [p.id for p in study_for("0484").promises] == ["2019", "2021", "2022-2023"]
    assert study_for("Vingåkers kommun").municipality == "0428"
    assert study_for("0488").promises == ()
    assert study_for("").municipality == ""
    own = study_for("0486", comparison=["0428"])
    assert (own.extracts, own.comparison, len(own.promises)) == ((), ("0428",), 5)
    with pytest.raises(StudyError):
        study_for("Narnia")


def test_a_study_made_in_code_is_checked() -> None:
    assert check_study(Study("0486")).enrolment == load_study().enrolment
    study = Study("0486", minimum=Minimum(3, 1))
    with pytest.raises(LhuError) as caught:
        check_study(study)
    assert caught.value.rule == "study.below_floor"


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("a.xlsx", True),
        ("extracts/", True),
        ("./a", True),
        ("", False),
        ("a\\..\\..\\b", False),
        ("//x/y", False),
    ],
)
def test_paths_stay_in_the_study(path: str, stays: bool) -> None:
    assert inside(path) is stays
