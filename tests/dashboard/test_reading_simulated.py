"""The reading test over simulated studies: the first screen says what rows hold.

Alone, one wave, nearly all masked, one clear improvement and one clear worsening: counts, lead, named
measures and shares are held against the effects table of the same run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
import pytest

import lhu_effect as lhu
from lhu_effect.dashboard import present
from lhu_effect.dashboard.model import DashboardData
from lhu_effect.disclosure import mask
from lhu_effect.effects import estimate_effects
from lhu_effect.effects.model import Effects
from lhu_effect.simulate import simulate
from lhu_effect.survey import tabulate
from lhu_effect.survey.cube import Cube

FEW = ("narcotics_12_months", "easy_to_get_narcotics", "safe_in_school", "safe_centre_evening")
CALM = {"between_wave_sd": 0.03, "common_sd": 0.03, "district_sd": 0.02}


def _own(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("municipality") == "0486")


STUDIES: dict[str, tuple[dict[str, Any], Callable[[pl.DataFrame], pl.DataFrame] | None]] = {
    "alone": ({"seed": 1}, _own),
    "one wave": ({"seed": 7, "years": (2020,)}, None),
    "masked": ({"seed": 6, "response": 0.06, "response_by_year": {}}, None),
    "better": ({"seed": 4, "odds_ratio": 0.2, "effect_in": ("easy_to_get_narcotics",), **CALM}, None),
    "worse": ({"seed": 5, "odds_ratio": 4.0, "effect_in": ("easy_to_get_narcotics",), **CALM}, None),
}


@cache
def made(name: str) -> tuple[DashboardData, Effects]:
    settings, keep = STUDIES[name]
    study = lhu.open_study()
    if keep is not None:
        study = replace(study, comparison=())
    simulated = simulate(study, indicators=FEW, **settings)
    cube = simulated.cube if keep is None else Cube(keep(simulated.cube.frame))
    shown = mask(tabulate(cube, study), study)
    effects = estimate_effects(shown, study)
    return present(effects, shown, study, replace(simulated.survey, cube=cube)), effects


@pytest.mark.parametrize("name", STUDIES)
def test_counts_words_and_years_are_those_of_the_rows(name: str) -> None:
    data, effects = made(name)
    for answer in data.answers:
        column = "change_verdict" if answer.kind == "change" else "verdict"
        of = effects.rows.filter(
            pl.col("promise").str.split("+").list.contains(answer.promises[0]),
            pl.col("grade") == answer.stratum,
            pl.col("district") == "all",
        )
        for measure in answer.squares:
            rows = of.filter(pl.col("indicator") == measure.indicator)
            assert rows.height, (name, measure.indicator)
            assert measure.verdict in {*rows["verdict"], *rows[column]}, (name, measure.indicator)
            if measure.verdict in ("unsure", "not_comparable"):
                assert measure.estimate is None
        counted = Counter(m.verdict for m in answer.squares)
        assert {t.verdict: t.count for t in answer.tiles} == {
            t.verdict: counted[t.verdict] for t in answer.tiles
        }


@pytest.mark.parametrize("name", ["alone", "one wave", "masked"])
def test_where_nothing_is_clear_no_sentence_of_the_first_screen_says_that_anything_changed(name: str) -> None:
    data, _ = made(name)
    for answer in data.answers:
        if {m.verdict for m in answer.squares} & {"better", "worse"}:
            continue
        said = " ".join(s.sv for h in answer.heads for s in h.lead) + " ".join(s.sv for s in answer.council)
        for claim in ("Färre än", "Fler än", "tydligt bättre", "tydligt sämre"):
            assert claim not in said, (name, claim)


def test_one_wave_speaks_of_no_wave_that_is_not_there() -> None:
    data, _ = made("one wave")
    for answer in data.answers:
        told = " ".join(s.sv for s in (*answer.answered, *answer.reading, answer.detail, answer.quote))
        assert "2023" not in told
        assert "Vi visar ändringen" not in told


@pytest.mark.parametrize(
    ("name", "verdict", "words"), [("better", "better", "Färre"), ("worse", "worse", "Fler")]
)
def test_a_planted_change_is_named_in_its_own_direction(name: str, verdict: str, words: str) -> None:
    data, _ = made(name)
    first = data.answers[0]
    planted = next(m for m in first.squares if m.indicator == "easy_to_get_narcotics")
    assert planted.verdict == verdict
    assert any(words in s.sv for s in first.heads[0].lead)
    assert "bevisar inte att löftet var orsaken" in " ".join(s.sv for s in first.council)
