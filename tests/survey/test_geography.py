"""Places over time: what is found when schools move, close or are counted by home."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lhu_effect.errors import InputError
from lhu_effect.study.model import PooledDistrict
from tests.survey.by_hand import csv, home, read, rules

HEAD = ["År", "Kommundel", "Årskurs", "Fråga", "Antal svarande", "Antal"]
ASKED = "Använt narkotika någon gång"


def rows(*found: tuple[int, str, str, int]) -> list[list[object]]:
    return [HEAD, *([year, district, grade, ASKED, n, n // 10] for year, district, grade, n in found)]


MOVED = rows(
    (2017, "Totalt", "Åk 9", 380), (2020, "Totalt", "Åk 9", 400),
    (2017, "Mariefred", "Åk 9", 75), (2020, "Mariefred", "Åk 9", 138),
    (2017, "Stallarholmen", "Åk 9", 45),
)  # fmt: skip


def test_a_district_that_jumps_and_one_that_vanishes_are_found_and_explained(tmp_path: Path) -> None:
    survey = read(csv(tmp_path / "a.csv", MOVED))
    broke = [i for i in survey.found if i.rule == "survey.geography_broke"]
    assert [(i.facts["district"], i.facts["n1"], i.facts["n2"]) for i in broke] == [
        ("Mariefred", 75, 138),
        ("Stallarholmen", 45, 0),
    ]
    assert broke[1].facts["why"] == "Stallarholmsskolan"


def test_what_the_study_pools_is_not_said_again(tmp_path: Path) -> None:
    pooled = PooledDistrict("both", home().title, ("mariefred", "stallarholmen"), grades=("ak7", "ak9"))
    survey = read(csv(tmp_path / "a.csv", MOVED), study=replace(home(), pooled=(pooled,)))
    assert rules(survey) == []


def test_gymnasium_outside_town_means_the_districts_of_the_homes(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", rows((2020, "Totalt", "Gy 2", 300), (2020, "Mariefred", "Gy 2", 60)))
    with pytest.raises(InputError, match="district_basis") as caught:
        read(path, study=replace(home(), district_basis="school"))
    assert caught.value.facts["district"] == "Mariefred"
    assert rules(read(path, study=replace(home(), district_basis="home"))) == []


def test_more_answers_than_pupils_is_said(tmp_path: Path) -> None:
    survey = read(csv(tmp_path / "a.csv", rows((2020, "Åker", "Åk 9", 90))))
    assert rules(survey) == ["more_answers_than_pupils"]
    assert survey.found[0].facts["pupils"] == 41


def test_changed_answers_are_said(tmp_path: Path) -> None:
    head = ["År", "Fråga", "Svarsalternativ", "Antal", "Bas"]
    asked = "Känner sig trygg i skolan"
    old = [[2017, asked, a, k, 100] for a, k in (("Mycket trygg", 50), ("Ganska trygg", 30), ("Otrygg", 20))]
    new = [
        [2020, asked, a, k, 100]
        for a, k in (("Helt och hållet", 50), ("Till stor del", 30), ("Inte alls", 20))
    ]
    survey = read(csv(tmp_path / "a.csv", [head, *old, *new]))
    assert rules(survey) == ["answers_changed"]
    assert survey.cube.frame["k"].to_list() == [80, 80]


def test_answers_after_a_school_closed_are_said(tmp_path: Path) -> None:
    closed = next(s for s in home().registry.schools.values() if s.closed and s.closed < 2020)
    head = ["År", "Kommun", "Skolenhetskod", "Fråga", "Antal svarande", "Antal"]
    table = [head, [2020, "Strängnäs", closed.code, ASKED, 50, 5], [2020, "Strängnäs", "", ASKED, 400, 50]]
    assert "school_closed" in rules(read(csv(tmp_path / "a.csv", table)))


def test_few_answers_among_many_pupils_are_said(tmp_path: Path) -> None:
    survey = read(csv(tmp_path / "a.csv", rows((2020, "Totalt", "Åk 9", 150))))
    assert rules(survey) == ["few_answers"]
    facts = survey.found[0].facts
    assert facts["share"] == round(100 * 150 / facts["pupils"])
    assert rules(read(csv(tmp_path / "b.csv", rows((2020, "Totalt", "Åk 9", 350))))) == []


def test_home_districts_are_not_bounded_by_the_pupils_of_their_schools(tmp_path: Path) -> None:
    head = ["År", "Kommundel", "Årskurs", "Fråga", "Andel (%)"]
    path = csv(tmp_path / "a.csv", [head, [2020, "Åker", "Åk 9", ASKED, 12.5]])
    for basis, most in (("school", 41), ("home", None)):
        found = read(path, study=replace(home(), district_basis=basis)).cube.frame
        assert found["n_high"].to_list() == [most]


SCHOOLS = ["År", "Kommun", "Skolenhetskod", "Skola", "Årskurs", "Fråga", "Antal svarande", "Antal"]


def of_schools(*found: tuple[int, str, str]) -> list[list[object]]:
    return [SCHOOLS, *([y, "Strängnäs", code, name, "Åk 9", ASKED, 60, 6] for y, code, name in found)]


@pytest.mark.parametrize(
    ("found", "rule", "severity"),
    [
        (((2011, "31980822", "Roggeskolan"), (2014, "31980822", "Europaskolan Rogge")), "school_renamed_known", "note"),
        (((2017, "21086074", "Paulinska skolan"), (2020, "21086074", "Nya skolan")), "school_renamed", "warning"),
        (((2017, "11111111", "Skogsskolan"), (2020, "11111111", "Ängsskolan")), "school_renamed", "warning"),
        (((2017, "11111111", "Skogsskolan"), (2020, "22222222", "Skogsskolan")), "school_recoded", "warning"),
        (((2017, "42957784", "Stallarholmsskolan"), (2020, "64620570", "Mariefreds skola")), "school_gone", "note"),
        (((2017, "42957784", "Stallarholmsskolan"), (2020, "42957784", "Stallarholmsskolan")), "school_closed", "warning"),
    ],
)  # fmt: skip
def test_schools_renamed_recoded_or_closed(
    tmp_path: Path, found: tuple[tuple[int, str, str], ...], rule: str, severity: str
) -> None:
    survey = read(csv(tmp_path / "a.csv", of_schools(*found)), study=home(""))
    own = read(csv(tmp_path / "a.csv", of_schools(*found)), strict=False)
    assert (rule, severity) in [(i.rule.removeprefix("survey."), i.severity) for i in own.found]
    assert rules(survey) == ([] if rule == "school_closed" else [rule])
