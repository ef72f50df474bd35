"""Labels as they are really written: every place in every dress, years that became dates, grades that are none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhu_effect.definitions import load_registry
from lhu_effect.definitions.labels import bare
from lhu_effect.definitions.model import District, Place
from lhu_effect.survey.headings import Reader
from lhu_effect.survey.labels import Labels, Spot
from tests.survey.by_hand import cells, csv, read, rules, workbook

REGISTRY = load_registry()
LABELS = Labels(REGISTRY)
TOWNS = [p for p in REGISTRY.places.values() if p.kind == "municipality"]
COUNTIES = [p for p in REGISTRY.places.values() if p.kind == "county"]
DISTRICTS = [d for p in REGISTRY.places.values() for d in p.districts]
NAMES = {bare(p.name): [q.code for q in TOWNS if bare(q.name) == bare(p.name)] for p in TOWNS}

AROUND = (
    "{0}", "{0} kommun", "{0}s kommun", "{0} kn", "{0} k:n", "{0} kommunen", "Kommun: {0}", "Kommunen {0}",
    "{0} (kommun)", "Hela {0} kommun", "{0} kommun totalt", "{0} totalt", "{0}s stad",
)  # fmt: skip
WITH_CODE = (
    "{1} {0}", "{0} ({1})", "{0} {1}", "{1}-{0}", "{0}, {1}", "{1}{0}", "{1}: {0} kommun", "{0} kommun ({1})",
    "{2} {0}", "{0} kn {1}",
)  # fmt: skip


def lose_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


def hyphenate(text: str) -> str:
    return text[:2] + "\u00ad" + text[2:]


def scramble(text: str) -> str:
    """Saved as UTF-8 and opened as Windows-1252 by somebody."""
    try:
        return unicodedata.normalize("NFC", text).encode().decode("cp1252")
    except UnicodeDecodeError:
        return text


DRESSES = (
    str, str.upper, str.lower, hyphenate,
    lambda t: unicodedata.normalize("NFD", t),
    lambda t: t.replace(" ", "\u00a0"),
    lambda t: t.replace(" ", "  "),
    lambda t: t.replace(" ", "\u2009"),
    lambda t: f" {t}\u200b ",
)  # fmt: skip

dressed = st.tuples(st.lists(st.sampled_from(DRESSES), max_size=3), st.sampled_from((str, scramble))).map(
    lambda t: [*t[0], t[1]]
)


def put_on(text: str, dresses: list) -> str:  # type: ignore[type-arg]
    for dress in dresses:
        text = dress(text)
    return text


def in_words(around: str, name: str) -> str:
    """The name in its words; a name that ends in s, x or z takes no s in the genitive: "Hofors stad"."""
    return (around.replace("{0}s ", "{0} ") if name[-1] in "sxz" else around).format(name)


@given(st.sampled_from(TOWNS), st.sampled_from(AROUND), dressed)
def test_a_municipality_in_any_dress_is_itself(place: Place, around: str, dresses: list) -> None:  # type: ignore[type-arg]
    said = put_on(in_words(around, place.name), dresses)
    for axis in ("municipality", "place"):
        spot = LABELS.place(said, axis)  # type: ignore[arg-type]
        if spot is not None and spot.district:  # "Strängnäs stad" in a mixed column may be the town
            assert (axis, spot.code) == ("place", place.code)
            continue
        assert spot == Spot(place.code), said


@given(st.sampled_from(TOWNS), st.sampled_from(WITH_CODE), dressed, st.booleans())
def test_with_its_code_beside_it_even_without_accents(
    place: Place, form: str, dresses: list, accents: bool  # type: ignore[type-arg]
) -> None:  # fmt: skip
    said = form.format(place.name, place.code, place.code.lstrip("0"))
    said = put_on(said if accents else lose_accents(said), dresses)
    assert LABELS.place(said, "municipality") == Spot(place.code), said


@given(st.sampled_from(TOWNS), st.sampled_from(TOWNS), st.sampled_from(WITH_CODE))
def test_a_name_beside_another_ones_code_is_nobody(one: Place, other: Place, form: str) -> None:
    said = form.format(one.name, other.code, other.code.lstrip("0"))
    spot = LABELS.place(said, "municipality")
    assert (spot is None) == (bare(one.name) != bare(other.name)), said


@given(st.sampled_from(TOWNS), st.sampled_from(AROUND))
def test_without_accents_it_is_itself_or_asked_about(place: Place, around: str) -> None:
    said = lose_accents(in_words(around, place.name))
    spot = LABELS.place(said, "municipality")
    if len(NAMES[bare(place.name)]) == 1:
        assert spot == Spot(place.code)
    elif spot is not None:  # the one whose name is written so: Habo
        assert REGISTRY.places[spot.code].name.split()[0] in said


@given(st.sampled_from([p for p in TOWNS if not p.name.isascii()]))
def test_letters_lost_to_question_marks_come_back(place: Place) -> None:
    for lost in ("?", "\ufffd", "??"):
        said = "".join(c if c.isascii() else lost for c in place.name)
        assert LABELS.place(said, "municipality") == Spot(place.code), said


@given(st.sampled_from(COUNTIES), st.sampled_from(("{0}", "{1} {0}", "{0} ({1})")), dressed)
def test_a_county_in_any_dress(place: Place, form: str, dresses: list) -> None:  # type: ignore[type-arg]
    spot = LABELS.place(put_on(form.format(place.name, place.code), dresses), "place")
    assert spot is not None
    assert (spot.code, spot.district) == (place.code, "all")


@given(st.sampled_from(DISTRICTS), st.integers(0, 20), st.booleans(), dressed)
def test_a_district_in_any_dress(district: District, alias: int, code: bool, dresses: list) -> None:  # type: ignore[type-arg]
    spelled = (district.name, *district.aliases)
    said = put_on(spelled[alias % len(spelled)], dresses)
    said = f"{district.municipality} {said}" if code and "Ã" not in said else said
    assert LABELS.place(said, "district", district.municipality) in (
        Spot(district.municipality, district.id),
        *([Spot(district.municipality, "all")] if code else []),  # "0486 Strängnäs" is the municipality
    ), said


def test_codes_that_contradict_and_years_beside_names_are_asked_about() -> None:
    for said in (
        "0480 Strängnäs",
        "0999 Strängnäs",
        "Strängnäs (2023)",
        "0480 Mariefred",
        "Mariefred (0428)",
    ):
        for axis in ("municipality", "place", "district"):
            assert LABELS.place(said, axis) is None, (said, axis)  # type: ignore[arg-type]
    assert LABELS.place("Kommun 12", "place") is None
    assert LABELS.closest("municipality", "Strängnäss") == "Strängnäs"


def test_habo_and_habo_stay_two_in_headings_and_titles() -> None:
    reader = Reader(LABELS)
    for said, code in (("Håbo 2020", "0305"), ("Habo 2020", "0643"), ("Håbo 2020 (%)", "0305")):
        place = str(reader(said).members["place"])
        assert LABELS.place(place, "place") == Spot(code)
    assert LABELS.municipality_in("Resultat för Håbo kommun") == "0305"
    assert LABELS.municipality_in("Resultat för Habo kommun") == "0643"


@pytest.mark.parametrize(
    "said", ["Åk 77", "Åk 99", "Åk 91", "Åk 9 2", "Åk 17", "åk79", "Gy 22", "Gy 4", "Åk 7-9", "99", "10"]
)
def test_what_is_no_grade_is_asked_about(said: str) -> None:
    assert LABELS.grade(said) is None
    assert LABELS.grade(said, bare=True) is None


@pytest.mark.parametrize(
    "said", ["Åk 9", "ÅK\u00a09", "A\u030ak 9", "9:an", "9.0", "åk 9:an", "Åk 9¹", "Åk 9 1)", "?k 9"]
)
def test_grade_nine(said: str) -> None:
    assert LABELS.grade(said, bare=True) == "ak9"


@pytest.mark.parametrize(
    ("said", "year"),
    [("2017", 2017), ("1905-07-09", 2017), ("1909-07-10", 2017), ("2017-03-01", 2017), ("2017-01-01 00:00:00", 2017),
     ("mars 2017", 2017), ("vt-17", 2017), ("Våren 2017", 2017), ("2017 1)", 2017), ("2017*", 2017), ("2016/17", 2017),
     ("2017-2020", None), ("2017-18", None), ("20171", None), ("1905-01-01", None), ("2017-13-01", None), ("17", None)],
)  # fmt: skip
def test_years(said: str, year: int | None) -> None:
    assert LABELS.year(said) == year


@pytest.mark.parametrize("stored", ["number", "date"])
@pytest.mark.parametrize("shape", ["column", "heading"])
def test_years_formatted_as_dates_in_excel(tmp_path, stored: str, shape: str) -> None:  # type: ignore[no-untyped-def]
    """2017 with the number format yyyy is stored as a day in 1905; 2017-01-01 shown as 2017 is a date."""
    from datetime import date

    years = {y: date(y, 1, 1) if stored == "date" else y for y in (2017, 2020)}
    if shape == "column":
        rows: list[list[object]] = [["Kommun", "År", "Årskurs", "Indikator", "Antal svar", "Andel (%)"]]
        rows += [["Gnesta kn", said, "Åk 9", "narcotics_ever", 200, 12.5] for said in years.values()]
        formats = {"B2": "yyyy", "B3": "yyyy"}
    else:
        rows = [
            ["Kommun", "Årskurs", "Indikator", *years.values()],
            ["0461 Gnesta", "Åk 9", "narcotics_ever", 12.5, 12.5],
        ]
        formats = {"D1": "yyyy", "E1": "yyyy"}
    book = workbook(tmp_path / "a.xlsx", {"Andel (%)": rows}, formats=formats)
    survey = read(book, strict=False)
    found = {(k[0], k[1]) for k in cells(survey, "percent")}
    assert found == {(2017, "0461"), (2020, "0461")}, rules(survey)


def test_places_of_a_file_that_were_written_in_many_ways(tmp_path) -> None:  # type: ignore[no-untyped-def]
    said = [
        "Gnesta kn",
        "0428 Vingåker",
        "Trosa (0488)",
        "STRÄNGNÄS KOMMUN",
        "Flens k:n",
        "Katrineholm\u00a0kommun",
    ]
    rows = [["År", "Kommun", "Årskurs", "Indikator", "Antal svar", "Andel (%)"]]
    rows += [[2023, name, "Åk 9", "narcotics_ever", 200, 12.5] for name in [*said, "0480 Oxelösund"]]  # type: ignore[list-item]
    survey = read(csv(tmp_path / "a.csv", rows))
    assert {k[1] for k in cells(survey, "n")} == {"0461", "0428", "0488", "0486", "0482", "0483"}
    assert "unknown_label" in rules(survey)
