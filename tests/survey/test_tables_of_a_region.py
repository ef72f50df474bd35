"""Tables as a region might make them, crooked in ways the other files do not have; and what must not be read as results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey import invented
from tests.survey.invented import (
    ASKED,
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


def of_district(titles: list[list[str]], at: Path, d: str) -> list[Path]:
    return made(
        at,
        {
            "Data": [
                *titles,
                ["År", "Andel (%)", "Antal svar"],
                *([y, share(y, d), base(y, d)] for y in YEARS),
            ]
        },
    )


@sent(keys(YEARS, PLACES, s=("girl", "boy")))
def utf16_tabs_years_over_sexes(at: Path) -> list[Path]:
    rows = [
        [ASKED + ", årskurs 9, andel i procent"],
        ["Kommundel", *(x for y in YEARS for x in (y, "", "", ""))],
        ["", *["Flickor", "n", "Pojkar", "n"] * 3],
    ]
    for d in PLACES:
        rows.append(
            [
                PLACE[d],
                *(
                    x
                    for y in YEARS
                    for s in ("girl", "boy")
                    for x in (comma(share(y, d, s=s)), base(y, d, s=s))
                ),
            ]
        )
    p = at / "a.txt"
    p.write_bytes("\r\n".join("\t".join(map(str, r)) for r in rows).encode("utf-16"))
    return [p]


@sent(set(), "unknown_layout")
def typo_in_question(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                ["Använt narkotikka nån gång, åk 9 2020"],
                ["Kommundel", "Andel (%)", "Antal svar"],
                *([PLACE[d], share(2020, d), base(2020, d)] for d in PLACES),
            ]
        },
    )


@sent(keys((2020,), ("all",), g=("ak7", "ak9", "gy2"), s=("girl", "boy", "all")))
def combined_row_labels(at: Path) -> list[Path]:
    lab = {
        ("ak7", "girl"): "Åk 7 flickor",
        ("ak7", "boy"): "Åk 7 pojkar",
        ("ak7", "all"): "Åk 7 totalt",
        ("ak9", "girl"): "Flickor i åk 9",
        ("ak9", "boy"): "Pojkar i åk 9",
        ("ak9", "all"): "Samtliga i åk 9",
        ("gy2", "girl"): "Gy 2 – flickor",
        ("gy2", "boy"): "Gy 2 – pojkar",
        ("gy2", "all"): "Gy 2 – totalt",
    }
    return made(
        at,
        {
            "T": [
                [ASKED + " 2020, Strängnäs"],
                ["Grupp", "Andel (%)", "Antal svar"],
                *([l, share(2020, g=g, s=s), base(2020, g=g, s=s)] for (g, s), l in lab.items()),
            ]
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy", "all"), i=tuple(QUESTIONS)))
def f_p_tot_with_question_groups(at: Path) -> list[Path]:
    rows = [["Årskurs 9, 2020"], ["", "F", "", "P", "", "Tot", ""], ["", *["Bas", "%"] * 3]]
    for i, q in QUESTIONS.items():
        rows += [[q]] + [
            [
                PLACE[d],
                *(
                    x
                    for s in ("girl", "boy", "all")
                    for x in (base(2020, d, s=s, i=i), share(2020, d, s=s, i=i))
                ),
            ]
            for d in PLACES
        ]
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def footnote_marks_on_years_and_places(at: Path) -> list[Path]:
    rows = [
        [ASKED + " åk 9, andel (%)"],
        ["Kommundel", "2014", "2017¹", "2020*", "n 2014", "n 2017¹", "n 2020*"],
    ]
    for d in PLACES:
        rows.append(
            [
                PLACE[d] + (" 1)" if d == "mariefred" else ""),
                *(share(y, d) for y in YEARS),
                *(base(y, d) for y in YEARS),
            ]
        )
    rows += [
        [],
        ["¹ Ny webbenkät."],
        ["* Genomförd under pandemin."],
        ["1) Skolan i Mariefred tar emot elever från Stallarholmen."],
    ]
    return made(at, {"T": rows})


MASKED = keys((2020,), PLACES)


@sent(MASKED, bases=True)
def reversed_legend(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Andel (%)", "Antal svar"]]
    for d in PLACES:
        rows.append([PLACE[d], "-" if d == "aker" else share(2020, d), base(2020, d)])
    rows += [[], ["- = färre än 10 elever har svarat ja; .. = uppgift saknas"]]
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def change_and_rank_columns(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9"],
                [
                    "Kommundel",
                    *(x for y in YEARS for x in (f"{y} %", f"{y} n")),
                    "Förändring 2017-2020",
                    "Signifikant förändring",
                    "Rang",
                ],
                *(
                    [
                        PLACE[d],
                        *(x for y in YEARS for x in (share(y, d), base(y, d))),
                        round(share(2020, d) - share(2017, d), 1),
                        "nej",
                        3,
                    ]
                    for d in PLACES
                ),
            ]
        },
    )


@sent(keys((2020,), ("all",), s=("girl", "boy", "all")))
def spss_crosstab(at: Path) -> list[Path]:
    n = [base(2020, s=s) for s in ("girl", "boy", "all")]
    k = [count(2020, s=s) for s in ("girl", "boy", "all")]
    rows = [
        [f"{ASKED} * Kön Korstabell, Strängnäs åk 9 2020"],
        ["", "", "", "Kön", "", "Totalt"],
        ["", "", "", "Flicka", "Pojke", ""],
        [ASKED, "Ja", "Antal", *k],
        ["", "", "% inom Kön", *(f"{100 * a / b:.1f}%".replace(".", ",") for a, b in zip(k, n, strict=True))],
        ["", "Nej", "Antal", *(b - a for a, b in zip(k, n, strict=True))],
        [
            "",
            "",
            "% inom Kön",
            *(f"{100 * (b - a) / b:.1f}%".replace(".", ",") for a, b in zip(k, n, strict=True)),
        ],
        ["Totalt", "", "Antal", *n],
        ["", "", "% inom Kön", "100,0%", "100,0%", "100,0%"],
    ]
    return made(at, {"T": rows})


@sent(keys(YEARS, PLACES))
def ghost_columns_and_rows(at: Path) -> list[Path]:
    rows = [
        ["", ASKED + ", åk 9"],
        [],
        ["", "Kommundel", "", *(x for y in YEARS for x in (y, "", "", ""))],
        ["", "", "", *["Andel", "", "Antal svar", ""] * 3],
        [],
    ]
    for d in PLACES:
        rows += [["", PLACE[d], "", *(x for y in YEARS for x in (share(y, d), "", base(y, d), ""))], []]
    return made(at, {"T": rows})


@sent(keys(YEARS, ("mariefred", "aker", "strangnas")))
def a_file_per_district(at: Path) -> list[Path]:
    out = []
    for d, nm in (
        ("mariefred", "LHU Mariefred"),
        ("aker", "LHU Åker"),
        ("strangnas", "LHU Strängnäs tätort"),
    ):
        out += made(
            at / f"{nm}.xlsx",
            {
                str(y): [
                    ["Årskurs 9"],
                    ["Fråga", "Andel (%)", "Antal svar"],
                    [ASKED, share(y, d), base(y, d)],
                ]
                for y in YEARS
            },
        )
    return out


@sent(keys(YEARS, PLACES))
def header_repeated_page_breaks(at: Path) -> list[Path]:
    h = ["År", "Kommundel", "Årskurs", "Fråga", "Andel (%)", "Antal svar"]
    rows = [h]
    for y in YEARS:
        rows += [[y, PLACE[d], "Åk 9", ASKED, share(y, d), base(y, d)] for d in PLACES] + [h]
    return made(at, {"T": rows[:-1]})


@sent(keys((2020,), PLACES))
def enrolled_and_response_beside(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "Antal elever", "Antal svar", "Svarsfrekvens (%)", "Andel ja (%)"],
                *(
                    [
                        PLACE[d],
                        base(2020, d) + 20,
                        base(2020, d),
                        round(100 * base(2020, d) / (base(2020, d) + 20), 1),
                        share(2020, d),
                    ]
                    for d in PLACES
                ),
            ]
        },
    )


@sent(
    set(),
    "unknown_label",
    "nothing_for_municipality",
    "missing_axis",
    "not_a_survey_table",
    "unknown_layout",
    bases=False,
)
def response_rate_sheet_in_narcotics_file(at: Path) -> list[Path]:
    return made(
        at / f"{ASKED} åk 9.xlsx",
        {
            "Svarsfrekvens": [
                ["Svarsfrekvens 2020"],
                ["Kommun", "Procent"],
                *([TOWN[m], 80 + j] for j, m in enumerate(TOWNS)),
            ]
        },
    )


@sent(keys((2020,), m=TOWNS, i=("narcotics_ever", "safe_in_school")), "unknown_label", bases=True)
def share_of_girls_column(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                ["Åk 9 2020"],
                ["Kommun", "Antal svar", "Andel flickor (%)", ASKED + " (%)", "Trygg i skolan (%)"],
                *(
                    [TOWN[m], base(2020, m=m), 49.1, share(2020, m=m), share(2020, m=m, i="safe_in_school")]
                    for m in TOWNS
                ),
            ]
        },
    )


@sent(keys(YEARS, m=TOWNS), "missing_axis", "unknown_label", bases=True)
def all_years_column(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9"],
                ["Kommun", *(x for y in YEARS for x in (y, None)), "Samtliga år", None],
                [None, *["%", "n"] * 4],
                *(
                    [TOWN[m], *(x for y in YEARS for x in (share(y, m=m), base(y, m=m))), 50.5, 999]
                    for m in TOWNS
                ),
            ]
        },
    )


@sent(keys((2020,), m=TOWNS), bases=False)
def percent_with_interval_text_columns(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommun", "Andel", "95 % KI", ""],
                *([TOWN[m], share(2020, m=m), share(2020, m=m) - 2, share(2020, m=m) + 2] for m in TOWNS),
            ]
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def darav_columns(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "Totalt", "", "därav flickor", "", "därav pojkar", ""],
                ["", *["%", "n"] * 3],
                *(
                    [
                        PLACE[d],
                        *(
                            x
                            for s in ("all", "girl", "boy")
                            for x in (share(2020, d, s=s), base(2020, d, s=s))
                        ),
                    ]
                    for d in PLACES
                ),
            ]
        },
    )


@sent(keys(YEARS, ("mariefred",)))
def title_names_district(at: Path) -> list[Path]:
    return of_district([[f"{ASKED}, Mariefred, årskurs 9"]], at, "mariefred")


@sent(keys(YEARS, ("mariefred",)))
def title_names_both(at: Path) -> list[Path]:
    return of_district([["Strängnäs kommun, Mariefred"], [f"{ASKED}, årskurs 9"]], at, "mariefred")


@sent(set(), "unclear_place", "nothing_for_municipality")
def title_prose_names_district(at: Path) -> list[Path]:
    return of_district([["Ungdomars narkotikavanor i Mariefred"], [f"{ASKED}, årskurs 9"]], at, "mariefred")


@sent(keys(YEARS, ("all",)))
def title_prose_verb_aker(at: Path) -> list[Path]:
    return of_district(
        [["Gäller även elever som åker buss till skolan"], [f"{ASKED}, Strängnäs kommun, årskurs 9"]],
        at,
        "all",
    )


@sent(keys(YEARS, ("stallarholmen",)))
def sheet_names_district_with_more(at: Path) -> list[Path]:
    return made(
        at,
        {
            "Enkät Stallarholmen (ny)": [
                [f"{ASKED}, årskurs 9"],
                ["År", "Andel (%)", "Antal svar"],
                *([y, share(y, "stallarholmen"), base(y, "stallarholmen")] for y in YEARS),
            ]
        },
    )


@sent(keys(YEARS, ("aker",)))
def file_names_district(at: Path) -> list[Path]:
    return made(
        at / "lhu_aker_ak9_slutlig_v2.xlsx",
        {
            "Data": [
                [ASKED],
                ["År", "Andel (%)", "Antal svar"],
                *([y, share(y, "aker"), base(y, "aker")] for y in YEARS),
            ]
        },
    )


@sent(keys(YEARS, m=TOWNS))
def file_names_district_but_rows_municipalities(at: Path) -> list[Path]:
    return made(
        at / "lhu utom Mariefred.xlsx",
        {
            "Data": [
                [ASKED + " åk 9"],
                ["År", "Kommun", "Andel (%)", "Antal svar"],
                *([y, TOWN[m], share(y, m=m), base(y, m=m)] for y in YEARS for m in TOWNS),
            ]
        },
    )


@sent(keys(YEARS, PLACES))
def n_before_percent_each_year(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9"],
                ["Kommundel", *(x for y in YEARS for x in ("n", y))],
                *([PLACE[d], *(x for y in YEARS for x in (base(y, d), share(y, d)))] for d in PLACES),
            ]
        },
    )


@sent(keys(YEARS, PLACES))
def year_then_n_repeated(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9, andel (%)"],
                ["Kommundel", *(x for y in YEARS for x in (y, "n"))],
                *([PLACE[d], *(x for y in YEARS for x in (share(y, d), base(y, d)))] for d in PLACES),
            ]
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def total_n_first_then_sexes_n(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "Alla", "Antal svar", "Flickor", "Antal svar", "Pojkar", "Antal svar"],
                *(
                    [
                        PLACE[d],
                        *(
                            x
                            for s in ("all", "girl", "boy")
                            for x in (share(2020, d, s=s), base(2020, d, s=s))
                        ),
                    ]
                    for d in PLACES
                ),
            ]
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy", "all")))
def k_m_headings(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "K", "M", "Totalt", "n K", "n M", "n Totalt"],
                *(
                    [
                        PLACE[d],
                        *(share(2020, d, s=s) for s in ("girl", "boy", "all")),
                        *(base(2020, d, s=s) for s in ("girl", "boy", "all")),
                    ]
                    for d in PLACES
                ),
            ]
        },
    )


@sent(
    set(),
    "unknown_measure",
    "nothing_for_municipality",
    "unit_unknown",
    "percent_out_of_range",
    "mixed_units",
    "unknown_label",
    "missing_axis",
    "unknown_layout",
)
def promille_values(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9, promille"],
                ["Kommundel", *YEARS],
                *([PLACE[d], *(round(share(y, d) * 10) for y in YEARS)] for d in PLACES),
            ]
        },
    )


@sent(
    set(),
    "unknown_measure",
    "nothing_for_municipality",
    "unknown_label",
    "missing_axis",
    "unknown_layout",
    "duplicate_conflict",
)
def indexed_values(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9, index (2014 = 100)"],
                ["Kommundel", *YEARS],
                *([PLACE[d], 100.0, 98.5, 103.2] for d in PLACES),
            ]
        },
    )


@sent(
    set(),
    "unknown_measure",
    "nothing_for_municipality",
    "unknown_label",
    "missing_axis",
    "unknown_layout",
    "duplicate_conflict",
)
def per_1000(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                ["Anmälda narkotikabrott per 1 000 invånare, Strängnäs"],
                ["Kommundel", *YEARS],
                *([PLACE[d], 10.1, 9.5, 10.2] for d in PLACES),
            ]
        },
    )


@sent(
    set(),
    "unknown_measure",
    "nothing_for_municipality",
    "unknown_label",
    "missing_axis",
    "unknown_layout",
    "duplicate_conflict",
    "not_a_survey_table",
)
def change_sheet_title(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Förändring i procentenheter sedan 2017"],
                ["Kommun", "Flickor", "Pojkar"],
                *([TOWN[m], 1.2, -0.5] for m in TOWNS),
            ]
        },
    )


@sent(keys((2017, 2020), PLACES), "not_a_survey_table")
def change_table_below(at: Path) -> list[Path]:
    rows = [
        [ASKED + " åk 9"],
        ["Kommundel", "2017", "", "2020", ""],
        ["", *["%", "n"] * 2],
        *([PLACE[d], *(x for y in (2017, 2020) for x in (share(y, d), base(y, d)))] for d in PLACES),
        [],
        ["Förändring 2017–2020, procentenheter"],
        ["Kommundel", "Flickor", "Pojkar"],
        *([PLACE[d], 1.5, -2.5] for d in PLACES),
    ]
    return made(at, {"T": rows})


@sent(keys((2020,), PLACES))
def last_wave_in_brackets(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "Andel (%)", "Antal svar", "Andel föregående mätning (2017)"],
                *([PLACE[d], share(2020, d), base(2020, d), share(2017, d)] for d in PLACES),
            ]
        },
    )


@sent(keys((2020,), PLACES) | keys((2020,), m=("04",)), "duplicate", bases=False)
def comparison_columns_rest_of_county(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020, andel (%)"],
                ["Kommundel", "Andel", "Länet"],
                *([PLACE[d], share(2020, d), share(2020, m="04")] for d in PLACES),
            ]
        },
    )


@sent(keys((2020,), g=("ak7", "ak9")), "unknown_label")
def gy_spellings(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " 2020, Strängnäs kommun"],
                ["Årskurs", "Andel (%)", "Antal svar"],
                ["Grundskolan åk 7", share(2020, g="ak7"), base(2020, g="ak7")],
                ["Grundskolan åk 9", share(2020), base(2020)],
                [
                    "Gymnasiet årskurs 2 (inkl. introduktionsprogram)",
                    share(2020, g="gy2"),
                    base(2020, g="gy2"),
                ],
            ]
        },
    )


@sent(keys((2020,), PLACES, s=("girl", "boy")), "unknown_label")
def third_gender_unknown_word(at: Path) -> list[Path]:
    rows = [[ASKED + " åk 9 2020"], ["Kommundel", "Kön", "Andel (%)", "Antal svar"]]
    for d in PLACES:
        for s in ("girl", "boy"):
            rows.append([PLACE[d], SEX[s], share(2020, d, s=s), base(2020, d, s=s)])
        rows.append([PLACE[d], "Xyz-kön", 33.3, 3])
    return made(at, {"T": rows})


@sent(set(), "unknown_layout")
def count_over_base_fraction(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9 2020"],
                ["Kommundel", "Antal ja/antal svar"],
                *([PLACE[d], f"{count(2020, d)}/{base(2020, d)}"] for d in PLACES),
            ]
        },
    )


@sent(keys(YEARS, PLACES))
def years_short(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " åk 9"],
                ["Kommundel", *(x for y in YEARS for x in (f"VT{y % 100} %", f"VT{y % 100} n"))],
                *([PLACE[d], *(x for y in YEARS for x in (share(y, d), base(y, d)))] for d in PLACES),
            ]
        },
    )


@sent(keys((2020,), ("all",), i=("narcotics_ever", "narcotics_12_months")[:1]), "unknown_label")
def lookalike_question(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                ["Strängnäs åk 9 2020"],
                ["Fråga", "Andel (%)", "Antal svar"],
                [ASKED, share(2020), base(2020)],
                ["Blivit erbjuden narkotika någon gång av vän", 12.5, base(2020)],
                ["Kompis har använt narkotika någon gång", 30.5, base(2020)],
                ["Har inte använt narkotika någon gång", round(100 - share(2020), 1), base(2020)],
            ]
        },
    )


@sent(keys((2020,), PLACES, g=("ak7", "ak9")))
def grade_word_over_bare_numbers(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " 2020, andel (%) och antal svar"],
                ["Kommundel", "Årskurs", None, "Antal svar, årskurs", None],
                [None, 7, 9, 7, 9],
                *(
                    [
                        PLACE[d],
                        *(share(2020, d, g=g) for g in ("ak7", "ak9")),
                        *(base(2020, d, g=g) for g in ("ak7", "ak9")),
                    ]
                    for d in PLACES
                ),
            ]
        },
        ["B2:C2", "D2:E2"],
    )


@sent(keys((2020,), PLACES, g=("ak7", "ak9")), bases=False)
def grade_word_over_bare_numbers_text(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " 2020, andel (%)"],
                ["Kommundel", "Årskurs", None],
                [None, "7", "9"],
                *([PLACE[d], *(share(2020, d, g=g) for g in ("ak7", "ak9"))] for d in PLACES),
            ]
        },
        ["B2:C2"],
    )


@sent(keys((2020,), ("all",), g=("ak7", "ak9")))
def title_two_grades_rows_grades(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                [ASKED + " i årskurs 7 och 9, 2020"],
                ["Årskurs", "Andel (%)", "Antal svar"],
                *([{"ak7": 7, "ak9": 9}[g], share(2020, g=g), base(2020, g=g)] for g in ("ak7", "ak9")),
            ]
        },
    )


@sent(keys(YEARS, PLACES))
def changes_over_time_title_levels(at: Path) -> list[Path]:
    return made(
        at,
        {
            "T": [
                ["Förändring över tid i kommunens delar"],
                [ASKED + " åk 9"],
                ["Kommundel", *(x for y in YEARS for x in (y, "n"))],
                *([PLACE[d], *(x for y in YEARS for x in (share(y, d), base(y, d)))] for d in PLACES),
            ]
        },
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.write.__name__)
def test_tables_as_a_region_makes_them(tmp_path: Path, table: Sent) -> None:
    assert invented.faults(table, tmp_path) == []
