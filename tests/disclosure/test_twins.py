"""Families of inputs that differ only in numbers that must be hidden: the same bytes in the page and in every export.

Each family is a small town's extract and its twin, in which answers were moved between two hidden cells so that every
shown sum stays. That they differ, and only where the first one hides, is checked before anything is compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lhu_effect import pipeline
from lhu_effect.dashboard import export
from lhu_effect.disclosure.structure import CELL
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parent))
from town import HEAD, OTHERS, STUDY, TOWN, extract, write_study

Cells = dict[tuple[int, str, str, str, str], tuple[int | str, int]]
YEARS = (2017, 2020, 2023)
EVER = "Använt narkotika någon gång"
YEAR = "Använt narkotika senaste 12 månaderna"
MONTH = "Använt narkotika senaste 30 dagarna"
SMALL = {2017: 4, 2020: 4, 2023: 3}
ALL = "Totalt"


def town(questions: dict[str, float], aker: int = 5) -> Cells:
    """k of n of a town whose smallest district has `aker` yes-answers more than it may show."""
    made: Cells = {}
    for year in YEARS:
        for question, share in questions.items():
            parts = {d: (round(n * share) + year % 4, n) for d, n in TOWN.items()}
            parts["Åker"] = (SMALL[year] + aker, parts["Åker"][1])
            k, n = (sum(p[i] for p in parts.values()) for i in (0, 1))
            for d, part in (*parts.items(), (ALL, (k, n))):
                made[year, "Strängnäs", d, ALL, question] = part
            made[year, "Strängnäs", ALL, "Flickor", question] = (k // 2, n // 2)
            made[year, "Strängnäs", ALL, "Pojkar", question] = (k - k // 2, n - n // 2)
            for place, n in OTHERS.items():
                made[year, place, ALL, ALL, question] = (round(n * share) + year % 7, n)
    return made


def move(cells: Cells, take: tuple[str, str, str], give: tuple[str, str, str], count: int) -> None:
    """`count` yes-answers of one group become another's, in every wave and question."""
    for year, *_, question in [key for key in cells if key[1:4] == take]:
        for group, sign in ((take, -1), (give, 1)):
            k, n = cells[year, *group, question]
            cells[year, *group, question] = (int(k) + sign * count, n)


def put(cells: Cells, group: tuple[str, str, str], k: int | str | None, n: int | None = None) -> None:
    for year, *_, question in [key for key in cells if key[1:4] == group]:
        old = cells[year, *group, question]
        cells[year, *group, question] = (old[0] if k is None else k, old[1] if n is None else n)


def district(twin: bool) -> Cells:
    """Åker has four yes-answers; the twin's go to Mariefred."""
    made = town({EVER: 0.10}, 0)
    if twin:
        move(made, ("Strängnäs", "Åker", ALL), ("Strängnäs", "Mariefred", ALL), 2)
    return made


def sexes(twin: bool) -> Cells:
    """Three girls said yes; the twin has one, and two boys more."""
    made = town({EVER: 0.10})
    for year in YEARS:
        k, n = made[year, "Strängnäs", ALL, ALL, EVER]
        girls = 1 if twin else 3
        made[year, "Strängnäs", ALL, "Flickor", EVER] = (girls, n // 2)
        made[year, "Strängnäs", ALL, "Pojkar", EVER] = (int(k) - girls, n - n // 2)
    return made


def unlisted(twin: bool) -> Cells:
    """Twelve pupils are neither girls nor boys in any row; three of them said yes, in the twin two."""
    made = town({EVER: 0.10})
    for year in YEARS:
        k, n = made[year, "Strängnäs", ALL, ALL, EVER]
        girls, others = int(k) // 2, 2 if twin else 3
        made[year, "Strängnäs", ALL, "Flickor", EVER] = (girls, 180)
        made[year, "Strängnäs", ALL, "Pojkar", EVER] = (int(k) - girls - others, n - 180 - 12)
    return made


def nested(twin: bool) -> Cells:
    """Ever, in twelve months, in thirty days: the last is small in Åker."""
    made = town({EVER: 0.14, YEAR: 0.10, MONTH: 0.07})
    for year in YEARS:
        for question, k in ((EVER, 6), (YEAR, 5), (MONTH, 3)):
            old = int(made[year, "Strängnäs", "Åker", ALL, question][0])
            moved = old - k + (twin and question == MONTH)
            made[year, "Strängnäs", "Åker", ALL, question] = (old - moved, 31)
            k_other, n_other = made[year, "Strängnäs", "Mariefred", ALL, question]
            made[year, "Strängnäs", "Mariefred", ALL, question] = (int(k_other) + moved, n_other)
    return made


def incoming(twin: bool) -> Cells:
    """The source hid Åker ("<5"); Mariefred beside it is hidden too, whatever it holds."""
    made = town({EVER: 0.10}, 0)
    if twin:
        move(made, ("Strängnäs", "Åker", ALL), ("Strängnäs", "Mariefred", ALL), 2)
    put(made, ("Strängnäs", "Åker", ALL), "<5")
    return made


SORMLAND = ("Vingåker", "Gnesta", "Nyköping", "Oxelösund", "Flen", "Katrineholm", "Eskilstuna", "Trosa")


def region(twin: bool) -> Cells:
    """The county's own row: with all municipalities but one it would give Gnesta back."""
    made = town({EVER: 0.10})
    for year in YEARS:
        for place in ("Vingåker", "Oxelösund", "Eskilstuna"):
            made[year, place, ALL, ALL, EVER] = (20 + year % 5, 180)
        made[year, "Gnesta", ALL, ALL, EVER] = (3, 150)
        every = [made[year, place, ALL, ALL, EVER] for place in (*SORMLAND, "Strängnäs")]
        made[year, "Södermanlands län", ALL, ALL, EVER] = (
            sum(int(k) for k, _ in every),
            sum(n for _, n in every),
        )
    if twin:
        move(made, ("Gnesta", ALL, ALL), (BESIDE_GNESTA, ALL, ALL), 1)
    return made


BESIDE_GNESTA = "Vingåker"  # the cheapest to hide with Gnesta: fewest pupils enrolled of those that have rows

FAMILIES: dict[str, Callable[[bool], Cells]] = {
    f.__name__: f for f in (district, sexes, unlisted, nested, incoming, region)
}


def text_of(cells: Cells) -> str:
    rows = [f"{y};{p};{d};Åk 9;{s};{q};{k};{n}" for (y, p, d, s, q), (k, n) in cells.items()]
    return "\n".join([HEAD, *rows]) + "\n"


def published(
    folder: Path, text: str, previous: tuple[Path, ...] = ()
) -> tuple[pipeline.Analysis, dict[str, bytes]]:
    """The analysis and everything it can leave the house as: name -> bytes."""
    named = STUDY.replace(
        '"offered_narcotics_12_months"', '"narcotics_12_months"' if YEAR in text else '"cannabis_ever"'
    )
    study = write_study(folder, text, named)
    found = pipeline.find_inputs([study])
    one = pipeline.analyse(found, previous=previous)
    files = {f"page.{lang}.html": pipeline.page(one, lang=lang).encode() for lang in ("sv", "en")}
    for suffix in ("csv", "xlsx", "json", "parquet"):
        files |= export.effect_files(one.effects, one.study, one.survey, suffix, stem="effects")
        pipeline.gate_files(one, files) if False else None
    files |= pipeline.bundle_files(one, "sv")
    for suffix in ("csv", "html"):
        files[f"power.{suffix}"] = pipeline.power_file(found, suffix, "sv", previous)[0]
    return one, files


def compared(one: pipeline.Analysis, twin: pipeline.Analysis) -> pl.DataFrame:
    """The cells in which two inputs differ."""
    a, b = (tabulate(x.survey.cube, x.study).frame.sort(CELL) for x in (one, twin))
    assert a.select(CELL).equals(b.select(CELL))
    return a.filter(~a["k"].eq_missing(b["k"]) | ~a["n"].eq_missing(b["n"])).select(CELL)


@pytest.mark.parametrize("family", FAMILIES)
def test_twins_give_the_same_bytes_everywhere(family: str, tmp_path: Path):
    one, files = published(tmp_path / "a", text_of(FAMILIES[family](False)))
    twin, others = published(tmp_path / "b", text_of(FAMILIES[family](True)))
    differs = compared(one, twin)
    assert differs.height >= len(YEARS)
    assert set(one.shown.frame.join(differs, on=CELL)["status"]) == {"masked"}
    assert one.shown.frame.equals(twin.shown.frame)
    assert {name for name in files | others if files.get(name) != others.get(name)} == set()


def test_twins_give_the_same_bytes_beside_an_earlier_page(tmp_path: Path):
    old = tmp_path / "old.html"
    first = pipeline.analyse(pipeline.find_inputs([write_study(tmp_path / "old", extract())]))
    old.write_text(pipeline.page(first), "utf-8")
    one, files = published(tmp_path / "a", extract(), (old,))
    twin, others = published(tmp_path / "b", extract(moved=2), (old,))
    assert compared(one, twin).height >= 3
    assert {name for name in files | others if files.get(name) != others.get(name)} == set()
