"""A bare "Antal" beside a per cent: count or base, as the figures show; refused when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhu_effect.errors import InputError
from tests.survey.by_hand import csv, read

HEAD = ["År", "Fråga", "Kön", "Andel (%)", "Antal"]
ASKED = "Använt narkotika någon gång"


def test_a_number_that_every_per_cent_is_a_whole_count_of_is_the_base(tmp_path: Path) -> None:
    rows = [
        [2017, ASKED, "Flickor", "12,5", 40],
        [2017, ASKED, "Pojkar", "10,9", 46],
        [2020, ASKED, "Flickor", "14,0", 57],
    ]
    frame = read(csv(tmp_path / "a.csv", [HEAD, *rows])).cube.frame
    assert sorted(frame["n"]) == [40, 46, 57]
    assert sorted(frame["k"]) == [5, 5, 8]


def test_a_number_that_the_per_cents_do_not_fit_is_the_count(tmp_path: Path) -> None:
    rows = [[2017, ASKED, "Flickor", "12,5", 25], [2020, ASKED, "Flickor", "14,3", 31]]
    frame = read(csv(tmp_path / "a.csv", [HEAD, *rows])).cube.frame
    assert sorted(frame["k"]) == [25, 31]
    assert sorted(frame["n"]) == [200, 217]  # the only bases of which these counts are these per cents


def test_whole_per_cents_of_large_numbers_say_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Antal svarande") as caught:
        read(csv(tmp_path / "a.csv", [HEAD, [2017, ASKED, "Totalt", "60", 130]]))
    assert caught.value.cell == "E2"


def test_more_pupils_than_there_are_shows_that_it_is_the_base(tmp_path: Path) -> None:
    head = ["År", "Årskurs", "Fråga", "Andel (%)", "Antal"]
    frame = read(csv(tmp_path / "a.csv", [head, [2017, "Åk 9", ASKED, "12", 380]])).cube.frame
    assert frame["n"].to_list() == [380]
