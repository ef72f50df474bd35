"""Tables as municipalities and regions send them: rows, columns and cells that hold several things at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey import invented
from tests.survey.by_hand import workbook
from tests.survey.invented import (
    ASKED,
    GRADE,
    OTHERS,
    PLACE,
    PLACES,
    QUESTIONS,
    SEX,
    TOWN,
    YEARS,
    Sent,
    base,
    count,
    keys,
    made,
    sender,
    share,
)

TABLES: list[Sent] = []
sent = sender(TABLES)


@sent(keys((2017, 2020), PLACES))
def side_by_side_blank(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9"],
        [],
        ["2017", None, None, None, "2020"],
        ["Kommundel", "Andel (%)", "n", None, "Kommundel", "Andel (%)", "n"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2017, d), base(2017, d), None, PLACE[d], share(2020, d), base(2020, d)])
    return made(at, {"T": rows})


@sent(keys((2017, 2020), PLACES))
def side_by_side_noblank(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9"],
        [],
        ["2017", None, None, "2020"],
        ["Kommundel", "Andel (%)", "n", "Kommundel", "Andel (%)", "n"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2017, d), base(2017, d), PLACE[d], share(2020, d), base(2020, d)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def side_by_side_other_order(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9 2020"],
        [],
        ["Flickor", None, None, None, "Pojkar"],
        ["Kommundel", "Andel (%)", "n", None, "Kommundel", "Andel (%)", "n"],
    ]
    for d, e in zip(PLACES, reversed(PLACES), strict=True):
        rows.append(
            [
                PLACE[d],
                share(2020, d, s="girl"),
                base(2020, d, s="girl"),
                None,
                PLACE[e],
                share(2020, e, s="boy"),
                base(2020, e, s="boy"),
            ]
        )
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, i=("narcotics_ever", "safe_in_school")))
def side_by_side_questions_titles(at: Path) -> list[Path]:
    rows = [
        ["Åk 9 2020"],
        [],
        [ASKED, None, None, None, QUESTIONS["safe_in_school"]],
        ["Kommundel", "Andel (%)", "n", None, "Kommundel", "Andel (%)", "n"],
    ]
    for d in PLACES:
        rows.append(
            [
                PLACE[d],
                share(2020, d),
                base(2020, d),
                None,
                PLACE[d],
                share(2020, d, i="safe_in_school"),
                base(2020, d, i="safe_in_school"),
            ]
        )
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES) | keys((2020,), d=("all",), m=tuple(OTHERS)))
def side_by_side_different_lengths(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9 2020"], [], ["Kommundel", "Andel (%)", "n", None, "Kommun", "Andel (%)", "n"]]
    ms = list(OTHERS)
    for j, d in enumerate(PLACES):
        rows.append(
            [PLACE[d], share(2020, d), base(2020, d), None]
            + ([TOWN[ms[j]], share(2020, m=ms[j]), base(2020, m=ms[j])] if j < len(ms) else [])
        )
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("all", "girl", "boy")))
def darav(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9"], ["", "Antal svarande 2020", "Andel 2020 (%)"]]
    for d in PLACES:
        rows.append([PLACE[d], base(2020, d), share(2020, d)])
        rows.append(["  därav flickor", base(2020, d, s="girl"), share(2020, d, s="girl")])
        rows.append(["  därav pojkar", base(2020, d, s="boy"), share(2020, d, s="boy")])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("all", "girl", "boy")))
def varav_long(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9"], ["Kommundel", "Antal svarande 2020", "Andel 2020 (%)"]]
    for d in PLACES:
        rows.append([PLACE[d], base(2020, d), share(2020, d)])
        rows.append(["- varav flickor", base(2020, d, s="girl"), share(2020, d, s="girl")])
        rows.append(["- varav pojkar", base(2020, d, s="boy"), share(2020, d, s="boy")])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("all", "girl", "boy")))
def sex_rows_indented_nodarav(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9"], ["", "Antal svarande 2020", "Andel 2020 (%)"]]
    for d in PLACES:
        rows.append([PLACE[d], base(2020, d), share(2020, d)])
        rows.append(["   Flickor", base(2020, d, s="girl"), share(2020, d, s="girl")])
        rows.append(["   Pojkar", base(2020, d, s="boy"), share(2020, d, s="boy")])
    return made(at, {"T": rows})


@sent(keys((2020,), ("all", "mariefred"), g=("ak7", "ak9"), s=("all", "girl", "boy")))
def mixed_one_column(at: Path) -> list[Path]:
    rows = [[ASKED], ["", "n 2020", "Andel 2020 (%)"]]
    for d in ("all", "mariefred"):
        rows.append([{"all": "Hela kommunen"}.get(d, PLACE[d])])
        for g in ("ak7", "ak9"):
            rows.append(["  " + GRADE[g], base(2020, d, g), share(2020, d, g)])
            for s in ("girl", "boy"):
                rows.append(["    " + SEX[s], base(2020, d, g, s), share(2020, d, g, s)])
    return made(at, {"T": rows})


@sent(keys((2017, 2020), PLACES))
def pct_n_in_brackets(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, andel (%) och antal svarande (n)"], ["Kommundel", 2017, 2020]]
    for d in PLACES:
        rows.append(
            [PLACE[d], *(f"{share(y, d):.1f} ({base(y, d)})".replace(".", ",") for y in (2017, 2020))]
        )
    return made(at, {"T": rows})


@sent(keys((2017, 2020), PLACES))
def pct_n_in_brackets_head(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9"], ["Kommundel", "2017 % (n)", "2020 % (n)"]]
    for d in PLACES:
        rows.append(
            [PLACE[d], *(f"{share(y, d):.1f} % (n={base(y, d)})".replace(".", ",") for y in (2017, 2020))]
        )
    return made(at, {"T": rows})


@sent(keys((2017, 2020), PLACES), bases=False)
def pct_brackets_unsaid(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9"], ["Kommundel", "2017", "2020"]]
    for d in PLACES:
        rows.append(
            [PLACE[d], *(f"{share(y, d):.1f} ({count(y, d)})".replace(".", ",") for y in (2017, 2020))]
        )
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def answers_down_blank_heading(at: Path) -> list[Path]:
    rows = [
        ["Har du någon gång använt narkotika? Åk 9 2020. Andel i procent"],
        ["", *(PLACE[d] for d in PLACES)],
    ]
    rows.append(["Ja", *(share(2020, d) for d in PLACES)])
    rows.append(["Nej", *(round(100 - share(2020, d), 1) for d in PLACES)])
    rows.append(["Antal svar (n)", *(base(2020, d) for d in PLACES)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def answers_down_blank_counts(at: Path) -> list[Path]:
    rows = [["Har du någon gång använt narkotika? Åk 9 2020. Antal"], ["", *(PLACE[d] for d in PLACES)]]
    rows.append(["Ja", *(count(2020, d) for d in PLACES)])
    rows.append(["Nej", *(base(2020, d) - count(2020, d) for d in PLACES)])
    rows.append(["Totalt", *(base(2020, d) for d in PLACES)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("all", "girl", "boy")))
def answers_down_sexes_across(at: Path) -> list[Path]:
    rows = [["Har du någon gång använt narkotika? Åk 9 2020"]]
    for d in PLACES:
        rows += [
            [],
            [PLACE[d] if d != "all" else "Hela kommunen"],
            ["", "Flickor", None, "Pojkar", None, "Totalt", None],
            ["", "Antal", "Procent", "Antal", "Procent", "Antal", "Procent"],
        ]
        rows.append(
            ["Ja", *(x for s in ("girl", "boy", "all") for x in (count(2020, d, s=s), share(2020, d, s=s)))]
        )
        rows.append(
            [
                "Nej",
                *(
                    x
                    for s in ("girl", "boy", "all")
                    for x in (base(2020, d, s=s) - count(2020, d, s=s), round(100 - share(2020, d, s=s), 1))
                ),
            ]
        )
        rows.append(["Summa", *(x for s in ("girl", "boy", "all") for x in (base(2020, d, s=s), 100))])
    return made(at, {"T": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9", "gy2")))
def transposed_grades(at: Path) -> list[Path]:
    rows = [["Liv & hälsa ung. " + ASKED], ["Strängnäs kommun"], [], ["", *(GRADE[g] for g in GRADE)]]
    for y in YEARS:
        rows.append([f"Andel {y} (%)", *(share(y, g=g) for g in GRADE)])
        rows.append([f"Antal svar {y}", *(base(y, g=g) for g in GRADE)])
    return made(at, {"T": rows})


@sent(keys(YEARS, ("all",), s=("girl", "boy")))
def year_and_measure_rows(at: Path) -> list[Path]:
    rows = [[ASKED + ". Strängnäs kommun, åk 9"], ["År", "", "Flickor", "Pojkar"]]
    for y in YEARS:
        rows.append([y, "Andel (%)", share(y, s="girl"), share(y, s="boy")])
        rows.append([None, "Antal svar (n)", base(y, s="girl"), base(y, s="boy")])
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES, g=("ak7", "ak9"), i=tuple(QUESTIONS)))
def indicators_as_sheets_grade_blocks(at: Path) -> list[Path]:
    sheets = {}
    for i, q in QUESTIONS.items():
        rows = [
            [q],
            ["Andel i procent"],
            ["", *[x for y in YEARS for x in (y, None)]],
            ["", *["Andel", "Antal svar"] * 3],
        ]
        for g in ("ak7", "ak9"):
            rows.append([{"ak7": "Årskurs 7", "ak9": "Årskurs 9"}[g]])
            for d in PLACES:
                rows.append(
                    [
                        PLACE[d] if d != "all" else "Strängnäs kn",
                        *(x for y in YEARS for x in (share(y, d, g, i=i), base(y, d, g, i=i))),
                    ]
                )
        sheets[q[:31]] = rows
    return made(at, sheets)


@sent(keys((2020,), PLACES))
def kon_colon(at: Path) -> list[Path]:
    rows = [
        ["Indikator: " + ASKED],
        ["Årskurs: Åk 9"],
        ["Kön: Samtliga"],
        ["År: 2020"],
        [],
        ["Område", "Andel i procent", "Antal svar"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), base(2020, d)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("boy",)))
def kon_colon_boys(at: Path) -> list[Path]:
    rows = [
        ["Indikator: " + ASKED],
        ["Årskurs: Åk 9"],
        ["Kön: Pojkar"],
        ["År: 2020"],
        [],
        ["Område", "Andel i procent", "Antal svar"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d, s="boy"), base(2020, d, s="boy")])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("boy",)))
def kon_cells_beside(at: Path) -> list[Path]:
    rows = [
        ["Indikator", ASKED],
        ["Årskurs", "Åk 9"],
        ["Kön", "Pojkar"],
        ["År", 2020],
        [],
        ["Område", "Andel i procent", "Antal svar"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d, s="boy"), base(2020, d, s="boy")])
    return made(at, {"T": rows})


@sent(keys((2008, 2011, 2014, 2017, 2020, 2023), m=("0486", *OTHERS, "04")), bases=False)
def trend(at: Path) -> list[Path]:
    ys = (2008, 2011, 2014, 2017, 2020, 2023)
    rows = [
        ["Tabell 4. Andel (%) elever i årskurs 9 som använt narkotika någon gång 2008–2023"],
        ["Kommun", *ys],
    ]
    for m in ("0486", *OTHERS):
        rows.append([TOWN[m], *(share(y, m=m) for y in ys)])
    rows.append(["Länet", *(share(y, m="04") for y in ys)])
    return made(at, {"T": rows})


@sent(keys((2008, 2011), m=("0486", *OTHERS, "04"), s=("girl", "boy")), bases=False)
def trend_sex_blocks(at: Path) -> list[Path]:
    ys = (2008, 2011)
    rows = [["Andel (%) som använt narkotika någon gång, årskurs 9"], ["Kommun", *ys]]
    for s in ("girl", "boy"):
        rows.append([SEX[s]])
        for m in ("0486", *OTHERS):
            rows.append([TOWN[m], *(share(y, m=m, s=s) for y in ys)])
        rows.append(["Hela länet", *(share(y, m="04", s=s) for y in ys)])
    return made(at, {"T": rows})


@sent(keys((2020,), m=("0486", *OTHERS), s=("girl", "boy", "all")), bases=False)
def n_in_separate_sheet(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9 2020"], ["Kommun", "Flickor", "Pojkar", "Totalt"]]
    rn = [["Antal svarande, åk 9 2020"], ["Kommun", "Flickor", "Pojkar", "Totalt"]]
    for m in ("0486", *OTHERS):
        rows.append(
            [
                TOWN[m].rstrip("s") + "s kommun" if m != "0488" else "Trosa kommun",
                *(share(2020, m=m, s=s) for s in ("girl", "boy", "all")),
            ]
        )
        rn.append([TOWN[m], *(base(2020, m=m, s=s) for s in ("girl", "boy", "all"))])
    return made(at, {"Andel": rows, "Antal svar": rn})


@sent(keys(YEARS, m=("0486", *OTHERS)))
def municipalities_across_years_down(at: Path) -> list[Path]:
    ms = ("0486", *OTHERS)
    rows = [[ASKED + ", åk 9"], ["", *(TOWN[m] for m in ms)]]
    for y in YEARS:
        rows.append([f"{y} (%)", *(share(y, m=m) for m in ms)])
    for y in YEARS:
        rows.append([f"{y} (n)", *(base(y, m=m) for m in ms)])
    return made(at, {"T": rows})


@sent(keys((2017, 2020), PLACES, g=("ak7", "ak9")))
def two_col_merged(at: Path) -> list[Path]:
    rows = [
        ["Tabell 3. " + ASKED],
        ["Område", "Årskurs 7", None, None, None, "Årskurs 9"],
        [None, "2017", None, "2020", None, "2017", None, "2020"],
        [None, *["Andel %", "Antal"] * 4],
    ]
    for d in PLACES:
        rows.append(
            [
                PLACE[d],
                *(x for g in ("ak7", "ak9") for y in (2017, 2020) for x in (share(y, d, g), base(y, d, g))),
            ]
        )
    return made(at, {"T": rows}, ["B2:E2", "F2:I2", "B3:C3", "D3:E3", "F3:G3", "H3:I3"])


@sent(keys((2020,), PLACES))
def n_as_row(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9, 2020"],
        ["", *(PLACE[d] for d in PLACES)],
        ["Andel (%)", *(share(2020, d) for d in PLACES)],
        ["Antal svar (n)", *(base(2020, d) for d in PLACES)],
    ]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, i=tuple(QUESTIONS)))
def n_as_last_row_shared(at: Path) -> list[Path]:
    rows = [["Åk 9, 2020. Andel i procent"], ["Fråga", *(PLACE[d] for d in PLACES)]]
    for i, q in QUESTIONS.items():
        rows.append([q, *(share(2020, d, i=i) for d in PLACES)])
    rows.append(["Antal svarande", *(base(2020, d) for d in PLACES)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, i=tuple(QUESTIONS)))
def n_as_first_row_shared(at: Path) -> list[Path]:
    rows = [
        ["Åk 9, 2020. Andel i procent"],
        ["", *(PLACE[d] for d in PLACES)],
        ["Antal svar (n)", *(base(2020, d) for d in PLACES)],
    ]
    for i, q in QUESTIONS.items():
        rows.append([q, *(share(2020, d, i=i) for d in PLACES)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, i=tuple(QUESTIONS)))
def n_in_heading_text(at: Path) -> list[Path]:
    rows = [["Åk 9, 2020. Andel i procent"], ["", *(f"{PLACE[d]} (n={base(2020, d)})" for d in PLACES)]]
    for i, q in QUESTIONS.items():
        rows.append([q, *(share(2020, d, i=i) for d in PLACES)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def file_name_all(at: Path) -> list[Path]:
    rows = [["Kommundel", "Andel (%)", "Antal svarande"]] + [
        [PLACE[d], share(2020, d), base(2020, d)] for d in PLACES
    ]
    return [workbook(at / "LHU 2020 Strängnäs kommun åk 9 Använt narkotika någon gång.xlsx", {"Blad1": rows})]


@sent(keys(YEARS, ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy"), i=tuple(QUESTIONS)))
def orebro_style(at: Path) -> list[Path]:
    # Fråga | Kön | År across with grade super header
    rows = [
        ["Liv & hälsa ung – Strängnäs"],
        ["Fråga", "Kön"]
        + [
            x
            for g in GRADE
            for x in ([{"ak7": "Årskurs 7", "ak9": "Årskurs 9", "gy2": "Gymnasiet åk 2"}[g]] + [None] * 5)
        ],
        [None, None] + [x for g in GRADE for y in YEARS for x in (str(y), None)],
        [None, None] + ["%", "n"] * 9,
    ]
    for i, q in QUESTIONS.items():
        for j, s in enumerate(("girl", "boy")):
            rows.append(
                [q if j == 0 else None, {"girl": "Tjejer", "boy": "Killar"}[s]]
                + [x for g in GRADE for y in YEARS for x in (share(y, g=g, s=s, i=i), base(y, g=g, s=s, i=i))]
            )
    return made(at, {"T": rows})


@sent(keys((2020,), m=("0486", *OTHERS), s=("girl", "boy")), bases=False)
def kolada_like(at: Path) -> list[Path]:
    rows = [["", "", "2020", "2020"], ["Nyckeltal", "Kommun", "Kvinnor", "Män"]]
    for m in ("0486", *OTHERS):
        rows.append(
            [
                "Elever i åk 9 som använt narkotika någon gång, andel (%)",
                TOWN[m],
                share(2020, m=m, s="girl"),
                share(2020, m=m, s="boy"),
            ]
        )
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def long_with_totalt_sex_blank(at: Path) -> list[Path]:
    rows = [["År", "Kommundel", "Årskurs", "Kön", "Fråga", "n", "Andel (%)"]]
    for d in PLACES:
        for s in ("girl", "boy", "all"):
            rows.append(
                [
                    2020,
                    PLACE[d],
                    "9",
                    {"girl": "F", "boy": "P", "all": None}[s],
                    ASKED,
                    base(2020, d, s=s),
                    share(2020, d, s=s),
                ]
            )
    return made(at, {"T": rows})


@sent(keys((2017, 2020), m=("0486", *OTHERS)))
def kn_abbrev(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9"], ["", "2017", "2020", "n 2017", "n 2020"]]
    for m in ("0486", *OTHERS):
        rows.append(
            [
                {
                    "0486": "Strängnäs kn",
                    "0482": "Flens kn",
                    "0484": "Eskilstuna kn",
                    "0488": "Trosa kn",
                    "0480": "Nyköpings kn",
                }[m],
                share(2017, m=m),
                share(2020, m=m),
                base(2017, m=m),
                base(2020, m=m),
            ]
        )
    return made(at, {"T": rows})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.write.__name__)
def test_tables_as_they_are_sent(tmp_path: Path, table: Sent) -> None:
    assert invented.faults(table, tmp_path) == []
