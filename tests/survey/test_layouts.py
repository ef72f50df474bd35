"""One set of cells in every honest shape: each shape reads back to the same cube, all cells accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from lhu_effect.survey import Survey
from tests.survey.by_hand import Cells, cells, csv, home, read, workbook

# (year, kommun, kommundel, årskurs, kön, fråga) -> (n, k); every share is a whole number of tenths of a per cent
TRUTH = {
    (2017, "Strängnäs", "Totalt", "Åk 9", "Flickor", "Använt narkotika någon gång"): (200, 21),
    (2017, "Strängnäs", "Totalt", "Åk 9", "Pojkar", "Använt narkotika någon gång"): (125, 12),
    (2017, "Strängnäs", "Mariefred", "Åk 9", "Flickor", "Använt narkotika någon gång"): (40, 5),
    (2017, "Strängnäs", "Mariefred", "Åk 9", "Pojkar", "Använt narkotika någon gång"): (40, 3),
    (2020, "Strängnäs", "Totalt", "Åk 9", "Flickor", "Använt narkotika någon gång"): (250, 36),
    (2020, "Strängnäs", "Totalt", "Åk 9", "Pojkar", "Använt narkotika någon gång"): (200, 15),
    (2020, "Strängnäs", "Mariefred", "Åk 9", "Flickor", "Använt narkotika någon gång"): (125, 11),
    (2020, "Strängnäs", "Mariefred", "Åk 9", "Pojkar", "Använt narkotika någon gång"): (40, 7),
}
IDS = {"Strängnäs": "0486", "Totalt": "all", "Mariefred": "mariefred", "Åk 9": "ak9", "Flickor": "girl",
       "Pojkar": "boy", "Använt narkotika någon gång": "narcotics_ever"}  # fmt: skip
WANTED: Cells = {(k[0], *(IDS[x] for x in k[1:])): v for k, v in TRUTH.items()}


def share(year: int, district: str, sex: str) -> float:
    n, k = TRUTH[year, "Strängnäs", district, "Åk 9", sex, "Använt narkotika någon gång"]
    return round(100 * k / n, 1)


def base(year: int, district: str, sex: str) -> int:
    return TRUTH[year, "Strängnäs", district, "Åk 9", sex, "Använt narkotika någon gång"][0]


QUESTION = "Använt narkotika någon gång"
DISTRICTS, SEXES, YEARS = ("Totalt", "Mariefred"), ("Flickor", "Pojkar"), (2017, 2020)
COMBINED = [(d, s) for d in DISTRICTS for s in SEXES]


def long_csv(at: Path) -> list[Path]:
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Indikator", "Antal svarande", "Andel (%)"]
    return [csv(at / "a.csv", [head, *([*k, n, round(100 * c / n, 1)] for k, (n, c) in TRUTH.items())])]


def long_csv_of_counts(at: Path) -> list[Path]:
    head = ["ar", "kommun", "kommundel", "arskurs", "kon", "fraga", "antal_svarande", "antal"]
    return [csv(at / "a.csv", [head, *([*k, n, c] for k, (n, c) in TRUTH.items())], ",", "utf-8")]


def long_workbook(at: Path) -> list[Path]:
    head = ["Mätår", "Kommun", "Kommundel", "Åk", "Kön", "Fråga", "n", "Procent"]
    rows = [[*k, n, round(100 * c / n, 1)] for k, (n, c) in TRUTH.items()]
    return [workbook(at / "a.xlsx", {"Data": [["Liv & hälsa ung, Strängnäs kommun"], [], head, *rows]})]


def measures_in_rows(at: Path) -> list[Path]:
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "Måttenhet", "Värde"]
    rows = []
    for key, (n, k) in TRUTH.items():
        rows += [[*key, "Andel (%)", round(100 * k / n, 1)], [*key, "Antal svarande", n]]
    return [csv(at / "a.csv", [head, *rows])]


def years_across(at: Path) -> list[Path]:
    head = [
        ["Kommundel", "Årskurs", "Kön", 2017, None, 2020, None],
        [None, None, None, "Andel", "n", "Andel", "n"],
    ]
    rows = [[d, "Åk 9", s, *(x for y in YEARS for x in (share(y, d, s), base(y, d, s)))] for d, s in COMBINED]
    return [workbook(at / "a.xlsx", {
        "Innehåll": [["Blad", "Fråga"], ["F12", "Har du någon gång använt narkotika?"]],
        "F12": [["Andel (%) av dem som svarat"], *head, *rows],
    })]  # fmt: skip


def years_and_sexes_across_merged(at: Path) -> list[Path]:
    head = [
        ["Område", "Årskurs", "2017", None, None, None, "2020", None, None, None],
        [None, None, "Flickor", None, "Pojkar", None, "Flickor", None, "Pojkar", None],
        [None, None, *(["Andel (%)", "Antal svarande"] * 4)],
    ]
    rows = [
        [d, "Åk 9", *(x for y in YEARS for s in SEXES for x in (share(y, d, s), base(y, d, s)))]
        for d in DISTRICTS
    ]
    merges = ["C3:F3", "G3:J3", "C4:D4", "E4:F4", "G4:H4", "I4:J4", "A3:A5", "B3:B5"]
    return [workbook(at / "a.xlsx", {"Tabell 1": [[QUESTION], [], *head, *rows]}, merges)]


def years_and_sexes_across_blank_forward(at: Path) -> list[Path]:
    head = [
        ["Område", "Årskurs", 2017, None, None, None, 2020, None, None, None],
        [None, None, "Flickor", None, "Pojkar", None, "Flickor", None, "Pojkar", None],
        [None, None, *(["%", "n"] * 4)],
    ]
    rows = [
        [d, "9", *(x for y in YEARS for s in SEXES for x in (share(y, d, s), base(y, d, s)))]
        for d in DISTRICTS
    ]
    return [csv(at / "a.csv", [[QUESTION], *head, *rows])]


def sexes_across_years_down(at: Path) -> list[Path]:
    head = ["År", "Kommundel", "Flickor andel (%)", "Flickor n", "Pojkar andel (%)", "Pojkar n"]
    rows = [
        [y, d, *(x for s in SEXES for x in (share(y, d, s), base(y, d, s)))] for y in YEARS for d in DISTRICTS
    ]
    return [workbook(at / "a.xlsx", {"Narkotika": [["Använt narkotika någon gång, åk 9"], head, *rows]})]


def answers_across(at: Path) -> list[Path]:
    head = [
        ["År", "Kommundel", "Årskurs", "Kön", "Har du någon gång använt narkotika?", None, None],
        [None, None, None, None, "Ja", "Nej", "Antal svarande"],
    ]
    rows = []
    for (y, _, d, g, s, _), (n, k) in TRUTH.items():
        rows.append([y, d, g, s, round(100 * k / n, 1), round(100 - 100 * k / n, 1), n])
    return [workbook(at / "a.xlsx", {"Blad1": [["Andel (%)"], *head, *rows]}, ["E2:G2"])]


def answers_down(at: Path) -> list[Path]:
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "Svarsalternativ", "Antal", "Bas"]
    rows = []
    for key, (n, k) in TRUTH.items():
        rows += [[*key, "Ja", k, n], [*key, "Nej", n - k, n]]
    return [csv(at / "a.csv", [head, *rows])]


def districts_across(at: Path) -> list[Path]:
    head = [["År", "Kön", "Totalt", None, "Mariefred", None], [None, None, "Andel", "n", "Andel", "n"]]
    rows = [
        [y, s, *(x for d in DISTRICTS for x in (share(y, d, s), base(y, d, s)))] for y in YEARS for s in SEXES
    ]
    title = ["Använt narkotika någon gång, årskurs 9, andel (%)"]
    return [workbook(at / "a.xlsx", {"Strängnäs kommun": [title, [], *head, *rows]}, ["C3:D3", "E3:F3"])]


def questions_across(at: Path) -> list[Path]:
    head = [
        ["År", "Kommundel", "Årskurs", "Kön", QUESTION, None, "Tycker om glass", None],
        [None, None, None, None, "Andel (%)", "n", "Andel (%)", "n"],
    ]
    rows = [[y, d, g, s, round(100 * k / n, 1), n, 91.5, 100] for (y, _, d, g, s, _), (n, k) in TRUTH.items()]
    return [workbook(at / "a.xlsx", {"Blad1": [*head, *rows]}, ["E1:F1", "G1:H1"])]


def a_sheet_per_year(at: Path) -> list[Path]:
    return [workbook(at / "a.xlsx", {
        str(y): [[QUESTION], ["Kommundel", "Årskurs", "Kön", "Andel (%)", "n"],
                 *([d, "Åk 9", s, share(y, d, s), base(y, d, s)] for d, s in COMBINED)]
        for y in YEARS
    })]  # fmt: skip


def a_sheet_per_district(at: Path) -> list[Path]:
    return [workbook(at / "a.xlsx", {
        ("Hela kommunen" if d == "Totalt" else d): [
            ["Har någon gång använt narkotika, åk 9"], ["Kön", 2017, 2020, "2017 n", "2020 n"],
            *([s, *(share(y, d, s) for y in YEARS), *(base(y, d, s) for y in YEARS)] for s in SEXES)]
        for d in DISTRICTS
    })]  # fmt: skip


def a_file_per_year(at: Path) -> list[Path]:
    made = []
    for y in YEARS:
        rows = [[d, "Åk 9", s, share(y, d, s), base(y, d, s)] for d, s in COMBINED]
        head = ["Kommundel", "Årskurs", "Kön", "Andel (%)", "Antal svarande"]
        made.append(workbook(at / f"LHU {y} Strängnäs.xlsx", {"Narkotika": [[QUESTION], head, *rows]}))
    return made


def several_tables_on_a_sheet(at: Path) -> list[Path]:
    rows: list[list[object]] = [["Liv & hälsa ung"], []]
    for y in YEARS:
        rows += [[f"Använt narkotika någon gång {y}"], ["Kommundel", "Årskurs", "Kön", "Andel (%)", "n"]]
        rows += [[d, "Åk 9", s, share(y, d, s), base(y, d, s)] for d, s in COMBINED]
        rows += [["Källa: Region Sörmland"], []]
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


def tables_without_blank_rows(at: Path) -> list[Path]:
    rows: list[list[object]] = []
    for y in YEARS:
        rows += [["Kommundel", "Årskurs", "Kön", f"{y} Andel (%)", f"{y} n"]]
        rows += [[d, "Åk 9", s, share(y, d, s), base(y, d, s)] for d, s in COMBINED]
    return [workbook(at / "a.xlsx", {QUESTION[:31]: rows})]


def group_rows(at: Path) -> list[Path]:
    rows: list[list[object]] = [["Använt narkotika någon gång, åk 9"], ["", 2017, None, 2020, None]]
    rows += [["", "Andel", "n", "Andel", "n"]]
    for d in DISTRICTS:
        rows += [["Hela kommunen" if d == "Totalt" else d]]
        rows += [[s, *(x for y in YEARS for x in (share(y, d, s), base(y, d, s)))] for s in SEXES]
    return [workbook(at / "a.xlsx", {"Blad1": rows}, ["B2:C2", "D2:E2"])]


def labels_not_repeated(at: Path) -> list[Path]:
    rows: list[list[object]] = [[QUESTION], ["År", "Kommundel", "Årskurs", "Kön", "Andel (%)", "n"]]
    for y in YEARS:
        for i, (d, s) in enumerate(COMBINED):
            rows.append(
                [y if i == 0 else None, d if i % 2 == 0 else None, "Åk 9", s, share(y, d, s), base(y, d, s)]
            )
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


def labels_merged(at: Path) -> list[Path]:
    rows: list[list[object]] = [[QUESTION], ["År", "Kommundel", "Årskurs", "Kön", "Andel (%)", "n"]]
    for y in YEARS:
        rows += [[y, d, "Åk 9", s, share(y, d, s), base(y, d, s)] for d, s in COMBINED]
    return [
        workbook(at / "a.xlsx", {"Blad1": rows}, ["A3:A6", "A7:A10", "B3:B4", "B5:B6", "B7:B8", "B9:B10"])
    ]


def per_cent_formats(at: Path) -> list[Path]:
    rows = [[*k, n, c / n] for k, (n, c) in TRUTH.items()]
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "n", "Andel"]
    formats = {f"H{r}": "0.0%" for r in range(2, 2 + len(rows))}
    return [workbook(at / "a.xlsx", {"Blad1": [head, *rows]}, formats=formats)]


def per_cent_signs(at: Path) -> list[Path]:
    rows = [[*k, n, f"{100 * c / n:.1f}".replace(".", ",") + " %"] for k, (n, c) in TRUTH.items()]
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "n", "Andel"]
    return [csv(at / "a.csv", [head, *rows], "\t", "utf-16")]


def shares_beside_counts(at: Path) -> list[Path]:
    rows = [[*k, n, c, c / n] for k, (n, c) in TRUTH.items()]
    head = ["År", "Kommun", "Kommundel", "Årskurs", "Kön", "Fråga", "n", "Antal", "Andel"]
    return [workbook(at / "a.xlsx", {"Blad1": [head, *rows]})]


def side_by_side(at: Path) -> list[Path]:
    left, right = YEARS
    head = [[left, None, None, None, None, right], [*(["Kommundel", "Kön", "Andel (%)", "n", None] * 2)][:-1]]
    rows = [
        [x for y in (left, right) for x in (d, s, share(y, d, s), base(y, d, s), None)][:-1]
        for d, s in COMBINED
    ]
    return [workbook(at / "a.xlsx", {"Blad1": [[f"{QUESTION}, åk 9"], [], *head, *rows]})]


def of_which_rows(at: Path) -> list[Path]:
    rows: list[list[object]] = [
        [f"{QUESTION}, åk 9"],
        ["", *(x for y in YEARS for x in (f"n {y}", f"Andel {y} (%)"))],
    ]
    for d in DISTRICTS:
        rows.append([d, *([".."] * 4)])
        rows += [
            [f"  därav {s.lower()}", *(x for y in YEARS for x in (base(y, d, s), share(y, d, s)))]
            for s in SEXES
        ]
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


def years_and_measures_in_row_labels(at: Path) -> list[Path]:
    rows: list[list[object]] = [
        [f"{QUESTION}, åk 9"],
        ["", *(d for d, _ in COMBINED)],
        ["", *(s for _, s in COMBINED)],
    ]
    for y in YEARS:
        rows.append([f"Andel {y} (%)", *(share(y, d, s) for d, s in COMBINED)])
        rows.append([f"Antal svar {y}", *(base(y, d, s) for d, s in COMBINED)])
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


def answers_down_without_a_heading(at: Path) -> list[Path]:
    rows: list[list[object]] = [["Liv & hälsa ung, åk 9. Antal"]]
    for d in DISTRICTS:
        for y in YEARS:
            rows += [[], [f"Kommundel: {d}"], ["År:", y], ["Har du någon gång använt narkotika?", *SEXES]]
            yes = {s: TRUTH[y, "Strängnäs", d, "Åk 9", s, QUESTION][1] for s in SEXES}
            rows.append(["Ja", *(yes[s] for s in SEXES)])
            rows.append(["Nej", *(base(y, d, s) - yes[s] for s in SEXES)])
            rows.append(["Summa", *(base(y, d, s) for s in SEXES)])
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


def two_figures_in_a_cell(at: Path) -> list[Path]:
    def cell(y: int, d: str, s: str) -> str:
        return f"{share(y, d, s):.1f} % (n={base(y, d, s)})".replace(".", ",")

    rows = [[d, s, *(cell(y, d, s) for y in YEARS)] for d, s in COMBINED]
    return [workbook(at / "a.xlsx", {"Blad1": [[f"{QUESTION}, åk 9"], ["Kommundel", "Kön", *YEARS], *rows]})]


def bases_in_headings(at: Path) -> list[Path]:
    rows: list[list[object]] = []
    for y in YEARS:
        for d in DISTRICTS:
            rows += [[f"År: {y}"], [f"Kommundel: {d}"], ["Årskurs: 9"]]
            rows += [["Fråga", *(f"{s} (n={base(y, d, s)})" for s in SEXES)]]
            rows += [[QUESTION, *(f"{share(y, d, s):.1f} %".replace(".", ",") for s in SEXES)], []]
    return [workbook(at / "a.xlsx", {"Blad1": rows})]


SHAPES: tuple[Callable[[Path], list[Path]], ...] = (
    long_csv,
    long_csv_of_counts,
    long_workbook,
    measures_in_rows,
    years_across,
    years_and_sexes_across_merged,
    years_and_sexes_across_blank_forward,
    sexes_across_years_down,
    answers_across,
    answers_down,
    districts_across,
    questions_across,
    a_sheet_per_year,
    a_sheet_per_district,
    a_file_per_year,
    several_tables_on_a_sheet,
    tables_without_blank_rows,
    group_rows,
    labels_not_repeated,
    labels_merged,
    per_cent_formats,
    per_cent_signs,
    shares_beside_counts,
    side_by_side,
    of_which_rows,
    years_and_measures_in_row_labels,
    answers_down_without_a_heading,
    two_figures_in_a_cell,
    bases_in_headings,
)


def asked_of(survey: Survey) -> Cells:
    """n and k of girls and boys: a shape may hold hidden totals beside them."""
    return {key: found for key, found in cells(survey, "n", "k").items() if key[4] != "all"}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.__name__)
def test_every_shape_reads_back_the_same(tmp_path: Path, shape: Callable[[Path], list[Path]]) -> None:
    survey = read(*shape(tmp_path))
    assert asked_of(survey) == WANTED
    assert set(survey.cube.frame.filter(pl.col("sex") != "all")["status"]) == {"observed"}
    assert [i.rule for i in survey.found] == (["survey.unknown_label"] if shape is questions_across else [])


def counts() -> st.SearchStrategy[dict[tuple[int, str, str, str, str, str], tuple[int, int]]]:
    """Any counts for the cells of TRUTH: the whole municipality never below one of its parts."""
    part = st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
    more = st.tuples(st.integers(0, 300), st.integers(0, 300))

    def made(
        drawn: list[tuple[tuple[int, int], tuple[int, int]]],
    ) -> dict[tuple[int, str, str, str, str, str], tuple[int, int]]:
        found = {}
        for (year, sex), ((n, k), (others, yes)) in zip(product(YEARS, SEXES), drawn, strict=True):
            found[year, "Strängnäs", "Mariefred", "Åk 9", sex, QUESTION] = (n, k)
            found[year, "Strängnäs", "Totalt", "Åk 9", sex, QUESTION] = (n + others, k + min(yes, others))
        return {key: found[key] for key in TRUTH}

    return st.lists(st.tuples(part, more), min_size=4, max_size=4).map(made)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.__name__)
@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(truth=counts())
def test_any_counts_in_any_shape_read_back_the_same(
    shape: Callable[[Path], list[Path]], truth: dict[tuple[int, str, str, str, str, str], tuple[int, int]]
) -> None:
    """n always; k too, unless whole per cents leave several counts: then it lies between the bounds."""
    if shape is a_sheet_per_district:  # it says "2017" only: nothing but decimals tells per cents from counts
        assume(all((100 * k / n) % 1 for n, k in truth.values()))
    with TemporaryDirectory() as folder, patch.dict(TRUTH, truth):
        survey = read(*shape(Path(folder)), study=replace(home(), enrolment=()))
    found = cells(survey, "n", "k", "k_low", "k_high", "flags")
    for key, (n, k) in truth.items():
        read_n, read_k, low, high, flags = found[key[0], *(IDS[x] for x in key[1:])]
        assert read_n == n
        assert read_k == k or (read_k is None and low <= k <= high and "rounded" in str(flags))
    assert {i.severity for i in survey.found} <= {"warning", "note"}
