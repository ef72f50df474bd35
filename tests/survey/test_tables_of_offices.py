"""Tables as schools' and regions' offices publish them: headings renamed, columns moved, years as school years, sheets of
drafts, marks and units wherever they fall. Each gives the numbers in it, or a sentence that names the cell.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from lhu_effect.errors import InputError
from tests.survey import invented
from tests.survey.by_hand import cells, csv, home, read, rules
from tests.survey.invented import (
    ASKED,
    GRADE,
    PLACE,
    PLACES,
    QUESTIONS,
    SEX,
    TOWN,
    TOWNS,
    YEARS,
    Sent,
    base,
    comma,
    count,
    keys,
    made,
    sender,
    share,
)

TABLES: list[Sent] = []
sent = sender(TABLES)
LONG = {2014: "lå 2013/14", 2017: "lå 2016/17", 2020: "lå 2019/20"}


def both(
    y: int, d: str = "all", g: str = "ak9", s: str = "all", i: str = "narcotics_ever", m: str = "0486"
) -> tuple[float, int]:
    return share(y, d, g, s, i, m), base(y, d, g, s, i, m)


def one_district_rows(d: str) -> list[object]:
    return [PLACE[d], *(x for y in YEARS for x in both(y, d))]


# ---- outlines: a label written once, over the rows it holds for ------------------------------------------


@sent(keys(YEARS, s=SEX) | keys(YEARS, ("mariefred",)) | keys(YEARS, m=("0480", "0488")))
def an_outline_with_one_group(at: Path) -> list[Path]:
    """Only the first label holds for several rows: its blanks are no totals of all grades."""

    def row(s: str, d: str = "all", m: str = "0486") -> list[object]:
        return [SEX[s], *(x for y in YEARS for x in both(y, d, s=s, m=m))]

    rows: list[list[object]] = [["Kommun", "Område", "Klass", "Kön", *(x for y in YEARS for x in (y, "n"))]]
    rows += [["Strängnäs", "Hela kn", "åk 9", *row("girl")]]
    rows += [[None, None, None, *row(s)] for s in ("boy", "all")]
    rows += [[None, "Mariefred", "åk 9", *row("all", "mariefred")]]
    rows += [[TOWN[m], "Totalt", "Nian", *row("all", m=m)] for m in ("0480", "0488")]
    return made(at, {"Blad1": [[ASKED + ", andel (%)"], *rows]})


# ---- school years, terms and dates as headings ---------------------------------------------------------


@sent(keys(YEARS, PLACES))
def school_years_across(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (LONG[y], "Antal svar"))]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def school_years_down(at: Path) -> list[Path]:
    rows = [["Läsår", "Kommundel", "Årskurs", "Fråga", "Andel (%)", "Antal svar"]]
    rows += [[LONG[y][3:], PLACE[d], "9", ASKED, *both(y, d)] for y in YEARS for d in PLACES]
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def terms_across(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (f"VT {y}", "Antal svar"))]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def terms_short(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (f"vt{y % 100:02d}", "n"))]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def spring_years_in_words(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (f"Våren {y}", "Antal svar"))]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def years_with_units_in_heading(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (f"{y} (%)", f"{y} (n)"))]
    return made(at, {"T": [[ASKED + ", åk 9"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def years_as_lhu_names(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for y in YEARS for x in (f"LHU {y}", "Antal svar"))]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *(one_district_rows(d) for d in PLACES)]})


@sent(keys(YEARS, PLACES))
def sheets_named_lhu_year(at: Path) -> list[Path]:
    return made(
        at,
        {
            f"LHU_{y}_åk9": [
                [ASKED],
                ["Kommundel", "Procent", "Antal svarande"],
                *([PLACE[d], *both(y, d)] for d in PLACES),
            ]
            for y in YEARS
        },
    )


@sent(keys((2020,), PLACES), "unknown_label")
def date_of_compilation_beside_year(at: Path) -> list[Path]:
    return made(
        at,
        {
            "Innehåll": [
                ["Liv & hälsa ung 2020"],
                ["Sammanställd per : 2021-09-03 10:00:47"],
                ["Blad", "Innehåll"],
                ["Per kommundel", ASKED],
            ],
            "Per kommundel": [
                [ASKED + ", åk 9 per kommundel, uttag 27/08"],
                ["Kommundel", "Andel %", "Antal svar"],
                *([PLACE[d], *both(2020, d)] for d in PLACES),
                ["-NA-", 12.5, 8],
            ],
        },
    )


# ---- families like the vaccination tables ---------------------------------------------------------------


@sent(keys((2020,), PLACES, s=("girl", "boy", "all"), i=("narcotics_ever",)))
def sheets_whole_and_by_sex(at: Path) -> list[Path]:
    title = ASKED + ", elever i årskurs 9 2020, "
    return made(
        at,
        {
            "Per kommundel": [
                [title + "per kommundel"],
                ["Kommundel", "Ja %", "Antal svar"],
                *([PLACE[d], *both(2020, d)] for d in PLACES),
            ],
            "Per kommundel och kön": [
                [title + "per kommundel och kön"],
                ["Kommundel", "Kön", "Ja %", "Antal svar"],
                *([PLACE[d], SEX[s], *both(2020, d, s=s)] for d in PLACES for s in ("girl", "boy")),
            ],
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy")))
def sexes_swapped_between_blocks(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"]]
    for d, order in zip(PLACES, [("girl", "boy"), ("boy", "girl")] * 3, strict=False):
        rows += [[PLACE[d]], ["", "Andel (%)", "Antal svar"]]
        rows += [[{"girl": "Tjejer", "boy": "Killar"}[s], *both(2020, d, s=s)] for s in order] + [[]]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def sexes_swapped_between_sheets(at: Path) -> list[Path]:
    def sheet(d: str, order: tuple[str, ...]) -> list[list[object]]:
        return [
            [ASKED + " åk 9 2020"],
            ["", *(SEX[s] for s in order)],
            ["Andel (%)", *(share(2020, d, s=s) for s in order)],
            ["Antal svar", *(base(2020, d, s=s) for s in order)],
        ]

    orders = [("girl", "boy", "all"), ("all", "boy", "girl"), ("boy", "all", "girl")] * 2
    return made(
        at,
        {
            PLACE[d] if d != "all" else "Hela kommunen": sheet(d, o)
            for d, o in zip(PLACES, orders, strict=False)
        },
    )


@sent(keys((2020,), PLACES, g=("ak7", "ak9")))
def columns_in_any_order(at: Path) -> list[Path]:
    rows = [["Antal svarande", "Andel i %", "Skolår", "Kommundel", "Mätår", "Fråga"]]
    for d in PLACES:
        for g, n in (("ak7", "7"), ("ak9", "9")):
            rows.append([base(2020, d, g), share(2020, d, g), f"årskurs {n}", PLACE[d], 2020, ASKED])
    return made(at, {"Data": rows})


@sent(keys((2020,), PLACES))
def bands_of_bases(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel (%)", "Antal svar", "Storleksklass"]]
    rows += [[PLACE[d], *both(2020, d), "50-99" if base(2020, d) < 100 else "100-"] for d in PLACES]
    return made(at, {"T": rows})


# ---- Skolverket's CSV: preambles, ghost columns, free text after ----------------------------------------


@sent(keys((2020,), m=TOWNS))
def agency_csv(at: Path) -> list[Path]:
    rows = [
        ["Liv och hälsa ung - " + ASKED],
        ["Årskurs 9"],
        ["Samtliga huvudmän"],
        ["Läsår", "2019/20"],
        [],
        ["Kommun", "Kommun-kod", "Antal svar", "Andel (%) ja", ""],
        *([TOWN[m], m, base(2020, m=m), comma(share(2020, m=m)), ""] for m in TOWNS),
        [],
        ["Uppgifter markerade med '..' har dolts av sekretesskäl.", "", "", "", ""],
        ["Källa: Regionen", "", "", "", ""],
    ]
    return [csv(at / "a.csv", rows)]


@sent(keys((2020,), m=TOWNS))
def agency_csv_quoted_names(at: Path) -> list[Path]:
    lines = [
        '"Mätning 2020";;;',
        '"Årskurs 9";;;',
        ";;;",
        '"Kommun";"Fråga";"Andel ja, procent";"Antal svar";',
    ]
    lines += [f'"{TOWN[m]} kommun";"{ASKED}";"{comma(share(2020, m=m))}";"{base(2020, m=m)}";' for m in TOWNS]
    path = at / "a.csv"
    path.write_bytes(("\r\n".join(lines) + "\r\n;;;;\r\n").encode("cp1252"))
    return [path]


@sent(keys((2020,), m=TOWNS))
def code_and_name_in_one(at: Path) -> list[Path]:
    rows = [["Region", "År", "Årskurs", "Fråga", "Andel (%)", "Antal svar"]]
    rows += [[f"{m} {TOWN[m]}", "2020", "Åk 9", ASKED, *both(2020, m=m)] for m in TOWNS]
    return made(at, {"T": rows})


@sent(keys(YEARS, m=TOWNS))
def codes_only(at: Path) -> list[Path]:
    rows = [["Kommunkod", "År", "Årskurs", "Fråga", "Andel (%)", "Antal svar"]]
    rows += [[int(m), y, 9, ASKED, *both(y, m=m)] for m in TOWNS for y in YEARS]
    return made(at, {"T": rows})


@sent(keys(YEARS, m=TOWNS))
def non_breaking_blanks_and_nfd(at: Path) -> list[Path]:
    rows = [
        [
            "Kommun\u00a0",
            "\u00c5rskurs".replace("\u00c5", "A\u030a"),
            "M\u00e4t\u00e5r",
            "Fr\u00e5ga",
            "Andel\u00a0(%)",
            "Antal\u202fsvar",
        ]
    ]
    for m in TOWNS:
        for y in YEARS:
            n = base(y, m=m)
            shown = f"{n // 1000}\u00a0{n % 1000:03d}" if n > 999 else str(n)
            row = [
                f"{TOWN[m]}\u00a0kommun ",
                "\u00c5k\u00a09",
                f"{y}\u00a0",
                ASKED + "\u200b",
                f"{comma(share(y, m=m))}\u00a0%",
                shown,
            ]
            rows.append([unicodedata.normalize("NFD", x) for x in row])
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def capitals_and_lost_rings(at: Path) -> list[Path]:
    plain = str.maketrans("ÅÄÖåäö", "AAOaao")
    rows = [["MATAR", "KOMMUNDEL", "ARSKURS", "FRAGA", "ANDEL_PROCENT", "ANTAL_SVAR"]]
    for y in YEARS:
        for d in PLACES:
            rows.append(
                [y, PLACE[d].translate(plain).upper(), "AK 9", ASKED.translate(plain).upper(), *both(y, d)]
            )
    return made(at, {"T": rows})


@sent(keys(YEARS, ("all",), s=("girl", "boy", "all")))
def pxweb_headings(at: Path) -> list[Path]:
    rows = [
        ["Andel elever efter region, årskurs, kön, fråga, tabellinnehåll och år"],
        [],
        ["", "", "", "", *(x for y in YEARS for x in (str(y), None))],
        ["", "", "", "", *["Andel i procent", "Antal svar"] * 3],
    ]
    for s, word in (("all", "båda könen"), ("girl", "flickor"), ("boy", "pojkar")):
        rows.append(["0486 Strängnäs", "årskurs 9", word, ASKED, *(x for y in YEARS for x in both(y, s=s))])
    rows += [[], ["Senaste uppdatering:"], ["20210312 09:30"], ["Källa:"], ["Region Sörmland"]]
    return made(at, {"Tabell": rows})


@sent(keys(YEARS, m=TOWNS, s=("girl", "boy", "all")))
def kolada_sheets(at: Path) -> list[Path]:
    sheets = {}
    for s, name in (("all", "Totalt"), ("girl", "Kvinnor"), ("boy", "Män")):
        head = ["Kommun", *(f"{y}" for y in YEARS)]
        sheets[name] = [
            [ASKED + ", elever i åk 9, andel (%)"],
            head,
            *([TOWN[m], *(share(y, m=m, s=s) for y in YEARS)] for m in TOWNS),
        ]
    return made(at, sheets)


TABLES[-1] = Sent(TABLES[-1].write, TABLES[-1].wanted, TABLES[-1].said | {"n_missing"}, False)


@sent(keys(YEARS, m=TOWNS))
def kpi_code_in_front(at: Path) -> list[Path]:
    rows = [["Nyckeltal", "Kommun", "År", "Kön", "Årskurs", "Värde", "Antal svar"]]
    rows += [
        [f"U79232 {ASKED}", TOWN[m], y, "Totalt", "Åk 9", share(y, m=m), base(y, m=m)]
        for m in TOWNS
        for y in YEARS
    ]
    return made(at, {"Data": rows})


# ---- totals and extra rows -------------------------------------------------------------------------------


@sent(keys((2020,), PLACES))
def total_twice(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel (%)", "Antal svar"], [PLACE["all"], *both(2020)]]
    rows += [*([PLACE[d], *both(2020, d)] for d in PLACES[1:]), ["Summa Strängnäs kommun", *both(2020)]]
    return made(at, {"T": rows})


TABLES[-1] = Sent(TABLES[-1].write, TABLES[-1].wanted, frozenset({"duplicate"}), True)


@sent(keys((2020,), PLACES))
def mean_of_schools_row(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel (%)", "Antal svar"]]
    rows += [*([PLACE[d], *both(2020, d)] for d in PLACES), ["Medelvärde", 9.9, 100], ["Median", 9.0, 90]]
    return made(at, {"T": rows})


TABLES[-1] = Sent(TABLES[-1].write, TABLES[-1].wanted, frozenset({"unknown_label"}), True)


@sent(keys((2020,), ("all",), s=("girl", "boy", "all")) | keys((2020,), m=("04", "00")))
def own_county_nation_rows(at: Path) -> list[Path]:
    rows = [[ASKED + " 2020 årskurs 9"], ["", "Procent", "Antal svar"], ["Strängnäs", *both(2020)]]
    rows += [["  - flickor", *both(2020, s="girl")], ["  - pojkar", *both(2020, s="boy")]]
    rows += [["Sörmland", *both(2020, m="04")], ["Riket", *both(2020, m="00")]]
    return made(at, {"T": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy", "all")))
def three_axes_stacked_over_years(at: Path) -> list[Path]:
    rows = [
        [ASKED + ". Strängnäs kommun. Procent"],
        ["", *(x for g in GRADE for x in (GRADE[g], None, None))],
    ]
    rows += [["År", *["F", "P", "Alla"] * 3]]
    for y in YEARS:
        rows.append([y, *(share(y, g=g, s=s) for g in GRADE for s in ("girl", "boy", "all"))])
    rows += [[], ["Antal svarande"], ["", *(x for g in GRADE for x in (GRADE[g], None, None))]]
    rows += [["År", *["F", "P", "Alla"] * 3]]
    for y in YEARS:
        rows.append([y, *(base(y, g=g, s=s) for g in GRADE for s in ("girl", "boy", "all"))])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES, i=tuple(QUESTIONS)))
def questions_across_with_codes(at: Path) -> list[Path]:
    head = ["Kommundel", *(x for j, q in enumerate(QUESTIONS.values(), 31) for x in (f"F{j} {q}", None))]
    rows = [["Årskurs 9, 2020"], head, ["", *["%", "Bas"] * 3]]
    rows += [[PLACE[d], *(x for i in QUESTIONS for x in both(2020, d, i=i))] for d in PLACES]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def yes_and_no_counts(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020, antal elever"], ["Kommundel", "Nej", "Ja", "Summa"]]
    rows += [[PLACE[d], base(2020, d) - count(2020, d), count(2020, d), base(2020, d)] for d in PLACES]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def no_answer_columns(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020, antal elever"], ["Kommundel", "Ja", "Nej", "Ej svar", "Totalt antal svar"]]
    rows += [[PLACE[d], count(2020, d), base(2020, d) - count(2020, d), 3, base(2020, d)] for d in PLACES]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def masks_of_all_kinds(at: Path) -> list[Path]:
    marks = {"all": None, "strangnas": None, "mariefred": "x", "aker": "..", "stallarholmen": ".."}
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Antal ja", "Andel (%)", "Antal svar"]]
    for d in PLACES:
        rows.append(
            [PLACE[d], marks[d] or count(2020, d), "x" if marks[d] else share(2020, d), base(2020, d)]
        )
    return made(at, {"T": [*rows, [], ["x, .. = uppgiften visas inte, färre än 15 svar"]]})


@sent(keys((2020,), PLACES))
def two_notes_and_a_legend_first(at: Path) -> list[Path]:
    rows = [
        ["Obs! Preliminära resultat, version 2"],
        ["Teckenförklaring: .. = färre än 5 svar, - = ej aktuellt"],
        [ASKED + "1) årskurs 9, 2020"],
        ["1) Omfattar alla sorters narkotika"],
        [],
        ["Kommundel2)", "Andel (%)3)", "Antal svar"],
        *([PLACE[d] + ("2)" if d == "aker" else ""), *both(2020, d)] for d in PLACES),
        ["2) Skolans läge"],
        ["3) Av dem som besvarat frågan"],
    ]
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def a_sheet_of_notes_and_a_chart_sheet(at: Path) -> list[Path]:
    return made(
        at,
        {
            "Läs mig": [["Tabellerna visar andelar."], ["Kontakt: statistik@example.org"], ["Version", 3]],
            "Diagramdata": [["Diagram 1"]],
            "Tabell 1": [
                [ASKED + ", åk 9"],
                ["Kommundel", *(x for y in YEARS for x in (y, "antal svar"))],
                *(one_district_rows(d) for d in PLACES),
            ],
        },
    )


@sent(keys((2020,), PLACES, g=("ak7", "ak9")))
def grades_side_by_side_merged_titles(at: Path) -> list[Path]:
    rows = [
        [ASKED + " 2020", None, None, None, None],
        ["Kommundel", "Årskurs 7", None, "Årskurs 9", None],
        [None, "Andel", "Bas", "Andel", "Bas"],
    ]
    rows += [
        [
            PLACE[d],
            f"{comma(share(2020, d, 'ak7'))} %",
            base(2020, d, "ak7"),
            f"{comma(share(2020, d))} %",
            base(2020, d),
        ]
        for d in PLACES
    ]
    return made(at, {"T": rows}, ["A1:E1", "A2:A3", "B2:C2", "D2:E2"])


@sent(keys((2020,), PLACES, g=("ak7", "ak9", "gy2")[:2], s=("girl", "boy")))
def group_and_sex_in_merged_labels(at: Path) -> list[Path]:
    rows = [[ASKED + " 2020"], ["Område", "Årskurs", "Kön", "Andel %", "Antal svar"]]
    merges, r = [], 3
    for d in PLACES:
        merges.append(f"A{r}:A{r + 3}")
        for g in ("ak7", "ak9"):
            merges.append(f"B{r}:B{r + 1}")
            for s in ("girl", "boy"):
                rows.append([PLACE[d], GRADE[g], SEX[s], *both(2020, d, g, s)])
                r += 1
    return made(at, {"T": rows}, merges)


@sent(keys((2020,), PLACES))
def percent_points_as_fractions_without_sign(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Antal ja", "Antal svar", "Andel"]]
    rows += [[PLACE[d], count(2020, d), base(2020, d), count(2020, d) / base(2020, d)] for d in PLACES]
    return made(at, {"T": rows})


@sent(keys((2020,), ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy")))
def sentence_labels(at: Path) -> list[Path]:
    word = {"ak7": "i årskurs 7", "ak9": "i årskurs 9", "gy2": "i gymnasiet år 2"}
    rows = [[ASKED + ", Strängnäs 2020"], ["", "Andel i procent", "Antal svarande"]]
    rows += [[f"{SEX[s]} {word[g]}", *both(2020, g=g, s=s)] for g in GRADE for s in ("girl", "boy")]
    return made(at, {"T": rows})


@sent(keys(YEARS, ("all",), s=("girl", "boy")))
def a_file_per_sex_and_year(at: Path) -> list[Path]:
    out = []
    for y in YEARS:
        for s, word in (("girl", "tjejer"), ("boy", "killar")):
            rows = [["Fråga", "Andel (%)", "Antal svar"], [ASKED, comma(share(y, s=s)), base(y, s=s)]]
            out.append(csv(at / f"Strängnäs åk 9 {word} {y}.csv", rows))
    return out


@sent(keys((2020,), PLACES))
def ranks_and_arrows(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Rang", "Kommundel", "Andel (%)", "Antal svar", "Trend"]]
    rows += [[j, PLACE[d], *both(2020, d), "↑"] for j, d in enumerate(PLACES, 1)]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def empty_first_column_and_rows(at: Path) -> list[Path]:
    rows = [
        [],
        [],
        [None, None, ASKED + " åk 9 2020"],
        [],
        [None, None, "Kommundel", None, "Andel (%)", None, "Antal svar"],
    ]
    rows += [[None, None, PLACE[d], None, share(2020, d), None, base(2020, d)] for d in PLACES]
    return made(at, {"T": rows})


@sent(keys(YEARS, m=tuple(TOWNS)))
def transposed_municipalities(at: Path) -> list[Path]:
    rows = [[ASKED + ", årskurs 9"], ["År", "Mått", *(TOWN[m] for m in TOWNS)]]
    for y in YEARS:
        rows.append([y, "Andel (%)", *(share(y, m=m) for m in TOWNS)])
        rows.append([None, "Antal svar", *(base(y, m=m) for m in TOWNS)])
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def answers_in_share_and_count_pairs(at: Path) -> list[Path]:
    rows = [
        [ASKED + " åk 9 2020"],
        ["Kommundel", "Ja", None, "Nej", None, "Totalt", None],
        [None, *["Antal", "Andel (%)"] * 3],
    ]
    for d in PLACES:
        n, k = base(2020, d), count(2020, d)
        rows.append([PLACE[d], k, share(2020, d), n - k, round(100 - share(2020, d), 1), n, 100])
    return made(at, {"T": rows}, ["B2:C2", "D2:E2", "F2:G2"])


@sent(keys((2017, 2020), PLACES))
def pooled_years_beside_single(at: Path) -> list[Path]:
    head = ["Kommundel", "2017", "n", "2020", "n", "2017+2020", "n"]
    rows = [[PLACE[d], *both(2017, d), *both(2020, d), 10.0, base(2017, d) + base(2020, d)] for d in PLACES]
    return made(at, {"T": [[ASKED + ", åk 9, andel (%)"], head, *rows]})


TABLES[-1] = Sent(TABLES[-1].write, TABLES[-1].wanted, frozenset({"missing_axis"}), True)


@sent(keys((2020,), m=TOWNS, s=("girl", "boy", "all")))
def sexes_as_m_and_k_in_rows(at: Path) -> list[Path]:
    rows = [["Kommun", "Kön", "År", "Årskurs", "Fråga", "%", "n"]]
    for m in TOWNS:
        for s, w in (("girl", "Kv"), ("boy", "M"), ("all", "Tot")):
            rows.append([TOWN[m] + " (kn)", w, "2020", "ÅK9", ASKED, *both(2020, m=m, s=s)])
    return made(at, {"T": rows})


@sent(keys((2020,), m=TOWNS))
def crime_office_style(at: Path) -> list[Path]:
    rows = [
        [
            f"Tabell 3A. {ASKED}. Andel (%) elever i årskurs 9 som uppger detta, efter kommun, enligt LHU 2020."
        ],
        [],
        ["Kommun", "Andel", "Antal svarande"],
        *([TOWN[m], *both(2020, m=m)] for m in TOWNS),
        ["Anm. Andelen avser de som besvarat frågan."],
    ]
    return made(at, {"3A": rows})


@sent(keys(YEARS, m=TOWNS))
def crime_office_years(at: Path) -> list[Path]:
    head = ["Kommun", *(str(y) for y in YEARS), *(f"Antal svarande {y}" for y in YEARS)]
    rows = [[f"Tabell 3B. {ASKED}, åk 9, andel (%)"], head]
    rows += [[TOWN[m], *(share(y, m=m) for y in YEARS), *(base(y, m=m) for y in YEARS)] for m in TOWNS]
    return made(at, {"3B": rows})


@sent(keys(YEARS, ("all",), g=("ak7", "ak9", "gy2")))
def grade_age_words(at: Path) -> list[Path]:
    word = {"ak7": "Skolår 7", "ak9": "Nian", "gy2": "Gymn. åk 2"}
    rows = [[ASKED + ", andel (%)"], ["", *(x for y in YEARS for x in (y, "n"))]]
    rows += [[word[g], *(x for y in YEARS for x in both(y, g=g))] for g in GRADE]
    return made(at, {"T": rows})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.write.__name__)
def test_tables_as_offices_publish_them(tmp_path: Path, table: Sent) -> None:
    assert invented.faults(table, tmp_path) == []


def test_a_small_district_s_interval_is_set_aside_and_its_base_kept(tmp_path: Path) -> None:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel (%)", "Antal svar"], ["Totalt", *both(2020)]]
    rows += [["Åker", "5-10", 40]]
    survey = read(*made(tmp_path, {"T": rows}))
    assert rules(survey)[0] == "not_a_number_interval"
    assert cells(survey, "status", "n", "k", "k_low") == {
        (2020, "0486", "all", "ak9", "all", "narcotics_ever"): ("observed", *truth_of("all")),
        (2020, "0486", "aker", "ak9", "all", "narcotics_ever"): ("missing", 40, None, None),
    }


def truth_of(d: str) -> tuple[int, int, int]:
    return base(2020, d), count(2020, d), count(2020, d)


def test_figures_that_a_title_says_are_of_those_asked_are_named_when_nothing_else_is_there(
    tmp_path: Path,
) -> None:
    rows = [[ASKED + " åk 9 2020, antal elever"], ["Kommundel", "2020"], ["Totalt", 140], ["Åker", 42]]
    paths = made(tmp_path, {"T": rows})
    with pytest.raises(InputError) as refused:
        read(*paths)
    assert refused.value.rule == "survey.nothing_for_municipality"
    assert "a.xlsx, blad T, cell B3 läses inte som svar (antal elever i gruppen" in refused.value.message(
        "sv"
    )
    assert "skriv ”Antal” över dem" in refused.value.message("sv")


@pytest.mark.parametrize(
    ("letters", "known"),
    [
        (("K", "M", "T"), {"girl", "boy", "all"}),
        (("F", "M", "T"), {"girl", "boy", "all"}),
        (("Kv", "M", "Tot"), {"girl", "boy", "all"}),
        (("T", "K"), set()),  # tjejer and killar, or totalt and kvinnor
        (("T",), set()),
    ],
)
def test_letters_for_sexes_are_read_only_where_they_can_mean_one_thing(
    tmp_path: Path, letters: tuple[str, ...], known: set[str]
) -> None:
    rows = [["År", "Kommun", "Årskurs", "Kön", "Fråga", "Andel (%)", "Antal svar"]]
    rows += [[2020, "Strängnäs", "Åk 9", x, ASKED, 10.0 + j, 200] for j, x in enumerate(letters)]
    rows += [[2020, "Flen", "Åk 9", "Totalt", ASKED, 10.0, 200]]
    survey = read(*made(tmp_path, {"T": rows}), study=home("0482"))
    assert {k[4] for k in cells(survey) if k[1] == "0486"} == known
    assert rules(survey).count("unknown_label") == (0 if known else len(letters))
