"""More tables as they are sent: blocks, titles, notes, exports of registers, and what is no answer of everyone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey import invented
from tests.survey.by_hand import csv
from tests.survey.invented import (
    ASKED,
    GRADE,
    OTHERS,
    PLACE,
    PLACES,
    QUESTIONS,
    SEX,
    TOWN,
    TOWNS,
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


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def sex_blocks_stacked_titles(at: Path) -> list[Path]:
    rows = []
    for s in ("girl", "boy"):
        rows += [[f"{ASKED}, {SEX[s].lower()} i åk 9, 2020"], ["Kommundel", "Andel (%)", "Antal svar"]]
        rows += [[PLACE[d], share(2020, d, s=s), base(2020, d, s=s)] for d in PLACES] + [[]]
    return made(at, {"T": rows})


@sent(keys((2020,), ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy", "all"), i=tuple(QUESTIONS)))
def one_table_per_question_on_sheet(at: Path) -> list[Path]:
    rows = [["Liv & hälsa ung 2020, Strängnäs kommun"], []]
    for i, q in QUESTIONS.items():
        rows += [[q], ["", "Flickor", None, "Pojkar", None, "Samtliga"], ["", *["Andel", "Antal svar"] * 3]]
        for g in GRADE:
            rows.append(
                [
                    {"ak7": "Åk 7", "ak9": "Åk 9", "gy2": "Gy åk 2"}[g],
                    *(
                        x
                        for s in ("girl", "boy", "all")
                        for x in (share(2020, g=g, s=s, i=i), base(2020, g=g, s=s, i=i))
                    ),
                ]
            )
        rows += [[]]
    return made(at, {"Resultat": rows})


@sent(keys((2020,), ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy", "all"), i=tuple(QUESTIONS)))
def one_table_per_question_no_blank_rows(at: Path) -> list[Path]:
    rows = [["Liv & hälsa ung 2020, Strängnäs kommun"]]
    for i, q in QUESTIONS.items():
        rows += [[q, "Flickor", None, "Pojkar", None, "Samtliga"], ["", *["%", "n"] * 3]]
        for g in GRADE:
            rows.append(
                [
                    {"ak7": "Åk 7", "ak9": "Åk 9", "gy2": "Gy åk 2"}[g],
                    *(
                        x
                        for s in ("girl", "boy", "all")
                        for x in (share(2020, g=g, s=s, i=i), base(2020, g=g, s=s, i=i))
                    ),
                ]
            )
    return made(at, {"Resultat": rows})


@sent(keys((2020,), m=TOWNS, i=tuple(QUESTIONS)))
def questions_as_group_rows_municipalities(at: Path) -> list[Path]:
    rows = [["Åk 9 2020"], ["", "Andel %", "Antal svar"]]
    for i, q in QUESTIONS.items():
        rows.append([q])
        rows += [[TOWN[m], share(2020, m=m, i=i), base(2020, m=m, i=i)] for m in TOWNS]
    return made(at, {"Resultat": rows})


@sent(keys((2020,), m=TOWNS, i=tuple(QUESTIONS)))
def questions_with_numbers(at: Path) -> list[Path]:
    rows = [["Åk 9 2020"], ["Fråga", *(x for m in TOWNS for x in (TOWN[m], None))], [None, *["%", "n"] * 5]]
    for j, (i, q) in enumerate(QUESTIONS.items(), 12):
        rows.append(
            [f"F{j}. {q}", *(x for m in TOWNS for x in (share(2020, m=m, i=i), base(2020, m=m, i=i)))]
        )
    return made(at, {"Resultat": rows})


@sent(keys(YEARS, PLACES))
def swedish_number_texts(at: Path) -> list[Path]:
    rows = [["År", "Kommundel", "Årskurs", "Fråga", "Antal svarande", "Andel"]]
    for y in YEARS:
        for d in PLACES:
            rows.append(
                [
                    str(y),
                    PLACE[d].upper(),
                    "årskurs 9",
                    ASKED,
                    f"{base(y, d)} st" if False else f"{base(y, d)}",
                    f"{share(y, d)}".replace(".", ",") + "%",
                ]
            )
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES))
def pct_zero_decimals_with_n(at: Path) -> list[Path]:
    rows = [["Åk 9 2020 " + ASKED], ["Kommundel", "Antal", "Andel (%)", "Antal svarande"]]
    for d in PLACES:
        rows.append([PLACE[d], count(2020, d), round(100 * count(2020, d) / base(2020, d)), base(2020, d)])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def totals_column_and_row(at: Path) -> list[Path]:
    rows = [["Åk 9 2020 " + ASKED + ", andel (%)"], ["", "Flickor", "Pojkar", "Totalt"]]
    for d in [*PLACES[1:], "all"]:
        rows.append(
            [PLACE[d] if d != "all" else "Totalt", *(share(2020, d, s=s) for s in ("girl", "boy", "all"))]
        )
    rows += [[], ["Åk 9 2020 antal svarande"], ["", "Flickor", "Pojkar", "Totalt"]]
    for d in [*PLACES[1:], "all"]:
        rows.append(
            [PLACE[d] if d != "all" else "Totalt", *(base(2020, d, s=s) for s in ("girl", "boy", "all"))]
        )
    return made(at, {"Data": rows})


def with_differences(at: Path, heading: str) -> list[Path]:
    rows = [[ASKED + ", åk 9, andel i procent"], ["Kommundel", "Kön", 2017, 2020, heading]]
    for d in PLACES:
        for s in ("girl", "boy"):
            old, new = share(2017, d, s=s), share(2020, d, s=s)
            rows.append([PLACE[d], SEX[s], old, new, round(new - old, 1)])
    return made(at, {"Data": rows})


@sent(keys((2017, 2020), PLACES, s=("girl", "boy")), bases=False)
def difference_column(at: Path) -> list[Path]:
    return with_differences(at, "Förändring")


@sent(keys((2017, 2020), PLACES, s=("girl", "boy")), bases=False)
def difference_column_with_years(at: Path) -> list[Path]:
    return with_differences(at, "Förändring 2017–2020")


@sent(keys((2020,), PLACES))
def where_each_row_was_found(at: Path) -> list[Path]:
    rows = [["source_url", "År", "Kommundel", "Årskurs", "Kön", "Fråga", "Andel (%)", "Antal svar"]]
    for i, d in enumerate(PLACES):
        found = f"https://example.org/tabell-{i % 2} (kopia av rapport.xlsx)"
        rows.append([found, 2020, PLACE[d], "Åk 9", "Alla", ASKED, share(2020, d), base(2020, d)])
    return made(at, {"Data": rows})


@sent(keys((2017, 2020), PLACES), bases=False)
def sex_difference_column(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, andel i procent"], ["Kommundel", 2017, 2020, "Diff flickor-pojkar 2020"]]
    for d in PLACES:
        rows.append([PLACE[d], share(2017, d), share(2020, d), 3.1])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES), bases=False)
def ci_columns(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020"], ["Kommundel", "Andel (%)", "95% KI nedre", "95% KI övre"]]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), max(0, share(2020, d) - 3), share(2020, d) + 3])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES), bases=False)
def ci_in_cell(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020. Andel (%) med 95 % konfidensintervall"], ["Kommundel", "2020"]]
    for d in PLACES:
        rows.append(
            [
                PLACE[d],
                f"{share(2020, d)} ({max(0, share(2020, d) - 3):.1f}–{share(2020, d) + 3:.1f})".replace(
                    ".", ","
                ),
            ]
        )
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES), bases=False)
def ci_pm(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020. Andel (%)"], ["Kommundel", "Andel", "±"]]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), 3.1])
    return made(at, {"Data": rows})


@sent(keys((2020,), m=("0486", "04", "00")), bases=False)
def compare_with_county_nation(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9, 2020. Andel (%)"],
        ["Strängnäs", "Länet", "Riket"],
        [share(2020), share(2020, m="04"), share(2020, m="00")],
    ]
    return made(at, {"Data": rows})


@sent(keys((2020,), m=("0486", "04"), i=tuple(QUESTIONS)), bases=False)
def questions_down_kommun_lan(at: Path) -> list[Path]:
    rows = [["Åk 9, 2020. Andel (%)"], ["Indikator", "Strängnäs kommun", "Södermanlands län"]]
    for i, q in QUESTIONS.items():
        rows.append([q, share(2020, i=i), share(2020, m="04", i=i)])
    return made(at, {"Data": rows})


@sent(keys((2020,), ("mariefred",), i=tuple(QUESTIONS)) | keys((2020,), i=tuple(QUESTIONS)), bases=False)
def questions_down_district_kommun(at: Path) -> list[Path]:
    rows = [["Åk 9, 2020. Andel (%)"], ["Indikator", "Mariefred", "Kommunen totalt"]]
    for i, q in QUESTIONS.items():
        rows.append([q, share(2020, "mariefred", i=i), share(2020, i=i)])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES, g=("ak7", "ak9")))
def sheet_per_grade(at: Path) -> list[Path]:
    return made(
        at,
        {
            n: [
                [ASKED + " 2020"],
                ["Kommundel", "Procent", "Bas"],
                *([PLACE[d], share(2020, d, g), base(2020, d, g)] for d in PLACES),
            ]
            for n, g in (("Åk7", "ak7"), ("Åk9", "ak9"))
        },
    )


@sent(keys((2020,), m=TOWNS, g=("ak7", "ak9")))
def sheet_per_municipality(at: Path) -> list[Path]:
    return made(
        at,
        {
            TOWN[m]: [
                [ASKED + " 2020"],
                ["Årskurs", "Procent", "Bas"],
                *([g[2:], share(2020, m=m, g=g), base(2020, m=m, g=g)] for g in ("ak7", "ak9")),
            ]
            for m in TOWNS
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def sex_in_sheet_names(at: Path) -> list[Path]:
    return made(
        at,
        {
            n: [
                [ASKED + " 2020 åk 9"],
                ["Kommundel", "Procent", "Bas"],
                *([PLACE[d], share(2020, d, s=s), base(2020, d, s=s)] for d in PLACES),
            ]
            for n, s in (("Tjejer", "girl"), ("Killar", "boy"))
        },
    )


@sent(keys((2020,), PLACES))
def narrow_title_multi_cells(at: Path) -> list[Path]:
    rows = [
        ["Tabell 12", None, "Narkotika"],
        [None, None, ASKED],
        ["År:", 2020],
        ["Årskurs:", "9"],
        [],
        ["Kommundel", None, "Andel (%)", "n"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], None, share(2020, d), base(2020, d)])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES))
def footnotes_after(at: Path) -> list[Path]:
    rows = [[ASKED + "1, åk 9, 2020"], ["Kommundel", "Andel (%)2", "n"]]
    for d in PLACES:
        rows.append([PLACE[d] + ("1" if d == "aker" else ""), share(2020, d), base(2020, d)])
    rows += [
        [],
        ["1) Fråga 14: har du någon gång använt narkotika?"],
        ["2) Andel av dem som svarat 2020"],
        ["Källa: Liv & hälsa ung 2017"],
    ]
    return made(at, {"Data": rows})


@sent(keys((2017, 2020), PLACES))
def years_desc_with_n_block(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9"],
        ["", "Andel (%)", None, "Antal svarande", None],
        ["Kommundel", 2020, 2017, 2020, 2017],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), share(2017, d), base(2020, d), base(2017, d)])
    return made(at, {"Data": rows}, ["B2:C2", "D2:E2"])


@sent(keys((2017, 2020), PLACES))
def n_sheet_same_layout_own_question(at: Path) -> list[Path]:
    a = [
        [ASKED + ", åk 9, andel (%)"],
        ["Kommundel", 2020, 2017],
        *([PLACE[d], share(2020, d), share(2017, d)] for d in PLACES),
    ]
    b = [
        [ASKED + ", åk 9, antal svar"],
        ["Kommundel", 2020, 2017],
        *([PLACE[d], base(2020, d), base(2017, d)] for d in PLACES),
    ]
    return made(at, {"Andel": a, "Bas": b})


@sent(keys((2020,), PLACES))
def n_table_below(at: Path) -> list[Path]:
    a = [
        [ASKED + ", åk 9, 2020"],
        ["", *(PLACE[d] for d in PLACES)],
        ["Andel", *(share(2020, d) for d in PLACES)],
        ["n", *(base(2020, d) for d in PLACES)],
    ]
    return made(at, {"Blad": a})


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def ja_rows_grouped_by_sex(at: Path) -> list[Path]:
    rows = [["Har du någon gång använt narkotika? Åk 9, 2020. Antal"], ["", *(PLACE[d] for d in PLACES)]]
    for s in ("girl", "boy"):
        rows += [
            [SEX[s]],
            ["Ja", *(count(2020, d, s=s) for d in PLACES)],
            ["Nej", *(base(2020, d, s=s) - count(2020, d, s=s) for d in PLACES)],
            ["Totalt", *(base(2020, d, s=s) for d in PLACES)],
        ]
    return made(at, {"Blad": rows})


@sent(keys((2020,), m=TOWNS), bases=False)
def kolada_wide(at: Path) -> list[Path]:
    rows = [
        ["Elever i åk 9 som använt narkotika någon gång, andel (%)"],
        ["Kommun", "Kommun-id", "2014", "2017", "2020"],
    ]
    for m in TOWNS:
        rows.append([TOWN[m], m, None, None, share(2020, m=m)])
    return made(at, {"Data": rows})


@sent(keys((2020,), m=TOWNS, s=("girl", "boy", "all")), bases=False)
def kolada_long(at: Path) -> list[Path]:
    rows = [["kpi", "kpi_title", "municipality", "municipality_id", "period", "gender", "value"]]
    for m in TOWNS:
        for s, t in (("girl", "K"), ("boy", "M"), ("all", "T")):
            rows.append(
                [
                    "U12345",
                    "Elever i åk 9 som använt narkotika någon gång, andel (%)",
                    TOWN[m],
                    m,
                    2020,
                    t,
                    share(2020, m=m, s=s),
                ]
            )
    return [csv(at / "kolada.csv", rows)]


@sent(keys((2020,), m=TOWNS, s=("girl", "boy", "all")), bases=False)
def kolada_long_sv(at: Path) -> list[Path]:
    rows = [["Nyckeltals-id", "Nyckeltal", "Kommun", "Kommun-id", "År", "Kön", "Värde"]]
    for m in TOWNS:
        for s, t in (("girl", "Kvinnor"), ("boy", "Män"), ("all", "Totalt")):
            rows.append(
                [
                    "U12345",
                    "Elever i åk 9 som använt narkotika någon gång, andel (%)",
                    TOWN[m],
                    int(m),
                    2020,
                    t,
                    share(2020, m=m, s=s),
                ]
            )
    return [csv(at / "kolada2.csv", rows)]


@sent(keys((2020,), m=TOWNS), bases=False)
def fohm_pxweb(at: Path) -> list[Path]:
    rows = [
        ["Andel (procent) efter region, kön, årskurs och år"],
        [],
        [None, None, None, "2020"],
        ["0486 Strängnäs", "Totalt", "Årskurs 9", share(2020)],
    ]
    for m in OTHERS:
        rows.append([f"{m} {TOWN[m]}", "Totalt", "Årskurs 9", share(2020, m=m)])
    rows.insert(0, [ASKED])
    return made(at, {"px": rows})


@sent(keys((2017, 2020), m=TOWNS, s=("girl", "boy")), bases=False)
def pxweb_blank_forward(at: Path) -> list[Path]:
    rows = [
        [ASKED + " efter region, årskurs, kön och år. Andel i procent"],
        [],
        [None, None, None, "2017", "2020"],
    ]
    for m in TOWNS:
        for j, s in enumerate(("girl", "boy")):
            rows.append(
                [
                    f"{m} {TOWN[m]}" if j == 0 else None,
                    "Årskurs 9" if j == 0 else None,
                    SEX[s].lower(),
                    share(2017, m=m, s=s),
                    share(2020, m=m, s=s),
                ]
            )
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES))
def merged_title_across(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9, 2020"],
        [],
        ["Kommundel", "Resultat"],
        [None, "Andel", "Antal"],
        [None, "%", "svarande"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), base(2020, d)])
    return made(at, {"px": rows}, ["A1:C1", "A3:A5", "B3:C3"])


@sent(keys((2020,), PLACES))
def units_row_below_header(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020"], [], ["Kommundel", "Andel", "Svarande"], [None, "(%)", "(antal)"]]
    for d in PLACES:
        rows.append([PLACE[d], share(2020, d), base(2020, d)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES))
def blank_rows_between_data(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020"], ["Kommundel", "Andel (%)", "n"], []]
    for d in PLACES:
        rows += [[PLACE[d], share(2020, d), base(2020, d)], []]
    return made(at, {"px": rows})


@sent(keys((2020,), s=("girl", "boy", "all")))
def sexes_in_heading_with_n(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", åk 9, 2020, andel (%)"],
        ["", *(f"{SEX[s]} (n={base(2020, s=s)})" for s in ("girl", "boy", "all"))],
        ["Hela kommunen", *(share(2020, s=s) for s in ("girl", "boy", "all"))],
    ]
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES))
def row_label_with_n(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020"], ["Kommundel", "Andel (%)"]]
    for d in PLACES:
        rows.append([f"{PLACE[d]} (n={base(2020, d)})", share(2020, d)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES))
def row_label_n_antal(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020"], ["Kommundel", "Andel (%)"]]
    for d in PLACES:
        rows.append([f"{PLACE[d]}, {base(2020, d)} svarande", share(2020, d)])
    return made(at, {"px": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9")))
def year_in_group_rows(at: Path) -> list[Path]:
    rows = [[ASKED], ["", "Andel (%)", "Antal svarande"]]
    for y in YEARS:
        rows.append([y])
        rows += [[GRADE[g], share(y, g=g), base(y, g=g)] for g in ("ak7", "ak9")]
    return made(at, {"px": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9")))
def year_in_group_rows_text(at: Path) -> list[Path]:
    rows = [[ASKED], ["", "Andel (%)", "Antal svarande"]]
    for y in YEARS:
        rows.append([f"Mätår {y}"])
        rows += [[GRADE[g], share(y, g=g), base(y, g=g)] for g in ("ak7", "ak9")]
    return made(at, {"px": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9")))
def grade_rows_then_years(at: Path) -> list[Path]:
    rows = [[ASKED], ["", "Andel (%)", "Antal svarande"]]
    for g in ("ak7", "ak9"):
        rows.append([GRADE[g]])
        rows += [[y, share(y, g=g), base(y, g=g)] for y in YEARS]
    return made(at, {"px": rows})


@sent(keys((2020,), m=TOWNS, g=("ak7", "ak9")))
def municipality_then_grades_totalt(at: Path) -> list[Path]:
    rows = [[ASKED + " 2020"], ["Kommun/årskurs", "Andel (%)", "Antal svarande"]]
    for m in TOWNS:
        for g in ("ak7", "ak9"):
            rows.append([f"{TOWN[m]}, {GRADE[g].lower()}", share(2020, m=m, g=g), base(2020, m=m, g=g)])
    return made(at, {"px": rows})


@sent(keys((2020,), ("strangnas", "mariefred"), s=("girl", "boy")))
def label_in_two_parts(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Grupp", "Andel (%)", "Antal svarande"]]
    for d in ("strangnas", "mariefred"):
        for s in ("girl", "boy"):
            rows.append([f"{SEX[s]} {PLACE[d]}", share(2020, d, s=s), base(2020, d, s=s)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, g=("ak9",)))
def long_extra_constant_columns(at: Path) -> list[Path]:
    rows = [
        [
            "Enkät",
            "Skolform",
            "År",
            "Kommun",
            "Kommundel",
            "Åk",
            "Kön",
            "Frågenr",
            "Fråga",
            "Svar",
            "Andel",
            "Antal svar",
        ]
    ]
    for d in PLACES:
        rows.append(
            [
                "LHU",
                "Grundskola",
                2020,
                "Strängnäs",
                PLACE[d],
                9,
                "Alla",
                14,
                "Har du någon gång använt narkotika?",
                "Ja",
                share(2020, d),
                base(2020, d),
            ]
        )
    return made(at, {"px": rows})


@sent(set(), "unknown_label", "nothing_for_municipality", "unknown_labels", bases=False)
def background_column_unknown(at: Path) -> list[Path]:
    rows = [["År", "Kommundel", "Åk", "Bakgrund", "Fråga", "Andel (%)", "Antal svar"]]
    for d in PLACES:
        rows.append([2020, PLACE[d], 9, "Utrikes född", ASKED, share(2020, d), base(2020, d)])
    return made(at, {"px": rows})


@sent(set(), "unknown_label", "nothing_for_municipality", "unknown_labels", "missing_axis")
def age_column(at: Path) -> list[Path]:
    rows = [["Region", "Ålder", "Kön", "År", "Använt narkotika någon gång, andel (%)"]]
    for m in TOWNS:
        rows.append([TOWN[m], "16-84 år", "Totalt", 2020, share(2020, m=m)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy", "all"), g=("ak7", "ak9")))
def four_header_rows(at: Path) -> list[Path]:
    rows = [
        ["Strängnäs"],
        [None, ASKED] + [None] * 11,
        [None, "Årskurs 7"] + [None] * 5 + ["Årskurs 9"],
        [None] + ["Flickor", None, "Pojkar", None, "Totalt", None] * 2,
        ["Kommundel"] + ["Andel 2020", "Antal svar 2020"] * 6,
    ]
    for d in PLACES:
        rows.append(
            [
                PLACE[d],
                *(
                    x
                    for g in ("ak7", "ak9")
                    for s in ("girl", "boy", "all")
                    for x in (share(2020, d, g, s), base(2020, d, g, s))
                ),
            ]
        )
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, i=tuple(QUESTIONS)))
def question_heads_with_newlines(at: Path) -> list[Path]:
    rows = [
        ["Åk 9\n2020"],
        [
            "Kommundel",
            *(
                x
                for q in QUESTIONS.values()
                for x in (q.replace(" ", "\n", 1) + "\nAndel (%)", q.replace(" ", "\n", 1) + "\nAntal svar")
            ),
        ],
    ]
    for d in PLACES:
        rows.append([PLACE[d], *(x for i in QUESTIONS for x in (share(2020, d, i=i), base(2020, d, i=i)))])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES))
def masked_mix(at: Path) -> list[Path]:
    rows = [["* = färre än 5 svar"], [ASKED + " åk 9 2020"], ["Kommundel", "Antal ja", "Antal svarande"]]
    for d in PLACES:
        rows.append([PLACE[d], count(2020, d) if count(2020, d) > 4 else "*", base(2020, d)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, g=("ak7", "ak9")))
def grade_super_groups_same_row(at: Path) -> list[Path]:
    rows = [[ASKED + " 2020"], ["Årskurs", "Kommundel", "Andel", "n"]]
    for g in ("ak7", "ak9"):
        for j, d in enumerate(PLACES):
            rows.append([g[2:] if j == 0 else None, PLACE[d], share(2020, d, g), base(2020, d, g)])
    return made(at, {"px": rows})


@sent(keys((2017, 2020), PLACES))
def csv_with_preamble(at: Path) -> list[Path]:
    rows = [
        ["Liv & hälsa ung"],
        [ASKED],
        ["Årskurs 9"],
        [],
        ["Kommundel", "2017 andel", "2017 n", "2020 andel", "2020 n"],
    ]
    for d in PLACES:
        rows.append([PLACE[d], share(2017, d), base(2017, d), share(2020, d), base(2020, d)])
    return [csv(at / "preamble.csv", rows, ";", "cp1252")]


@sent(set(), "unknown_layout", bases=False)
def negatively_asked(at: Path) -> list[Path]:
    rows = [["Andel elever i åk 9 som INTE känner sig trygga i skolan 2020 (%)"], ["Kommun", "Andel"]]
    for m in TOWNS:
        rows.append([TOWN[m], round(100 - share(2020, m=m, i="safe_in_school"), 1)])
    return made(at, {"px": rows})


@sent(set(), "unknown_layout", bases=False)
def negatively_asked2(at: Path) -> list[Path]:
    rows = [["Otrygg i skolan, åk 9 2020 (%)"], ["Kommun", "Andel"]]
    for m in TOWNS:
        rows.append([TOWN[m], round(100 - share(2020, m=m, i="safe_in_school"), 1)])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES), bases=False)
def share_of_share(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel", "Antal svarande"]]
    for d in PLACES:
        rows.append([PLACE[d], round(count(2020, d) / base(2020, d), 3), base(2020, d)])
    return made(at, {"px": rows})


@sent(keys((2020,), m=TOWNS), "missing_axis", bases=False)
def two_years_pooled_col(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9"], ["Kommun", "2020", "2017–2020"]]
    for m in TOWNS:
        rows.append([TOWN[m], share(2020, m=m), 50.5])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")), bases=False)
def sex_col_header_over_labels(at: Path) -> list[Path]:
    rows = [[ASKED + ", åk 9, 2020, andel (%)"], ["Kommundel", "Kön"], [None, "Flicka", "Pojke", "Totalt"]]
    for d in PLACES:
        rows.append([PLACE[d], *(share(2020, d, s=s) for s in ("girl", "boy", "all"))])
    return made(at, {"px": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def bars_chart_data(at: Path) -> list[Path]:
    rows = [
        [None, "Flickor", "Pojkar"],
        *([PLACE[d], share(2020, d, s="girl"), share(2020, d, s="boy")] for d in PLACES),
        [],
        ["Antal svar", None, None],
        *([PLACE[d], base(2020, d, s="girl"), base(2020, d, s="boy")] for d in PLACES),
    ]
    return made(at / f"{ASKED} åk 9 2020.xlsx", {"Diagram 1": rows})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.write.__name__)
def test_tables_as_they_are_sent(tmp_path: Path, table: Sent) -> None:
    assert invented.faults(table, tmp_path) == []
