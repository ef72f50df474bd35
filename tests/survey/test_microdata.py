"""Pupils' records into counts: equal to counting by hand, in every engine, from every file format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.definitions import load_registry
from lhu_effect.effects.proportions import class_effect
from lhu_effect.effects.schools import read_schools
from lhu_effect.errors import InputError, UsageError
from lhu_effect.study.model import CodebookEntry, Study
from lhu_effect.survey.cube import Cube
from lhu_effect.survey.microdata import Meaning, count, count_records
from lhu_effect.survey.microdata_files import looks_like_records, read_microdata

KEYS = {
    "year": "ar",
    "municipality": "kommun",
    "district": "del",
    "grade": "ak",
    "sex": "kon",
    "school": "skola",
}
BOOK = (
    CodebookEntry("narcotics_ever", 2020, "F46", yes=("2",), no=("1",), missing=("9",)),
    CodebookEntry("narcotics_ever", 2023, "F46", yes=("1",), no=("2",), missing=("9",)),
    CodebookEntry("narcotics_12_months", 2023, "F47", yes=("Ja",), no=("Nej",), missing=("Ej svar",)),
)


def a_study(book: tuple[CodebookEntry, ...] = BOOK, keys: dict[str, str] = KEYS) -> Study:
    return Study("0486", load_registry(), codebook=book, codebook_keys=keys)


def rows(*records: tuple[Any, ...]) -> pl.DataFrame:
    names = ["ar", "kommun", "del", "ak", "kon", "skola", "F46", "F47"]
    types = [pl.Int64, pl.String, pl.String, pl.String, pl.String, pl.String, pl.Int64, pl.String]
    return pl.DataFrame(list(records), schema=dict(zip(names, types, strict=True)), orient="row")


def cell(cube: Cube, **ids: Any) -> tuple[int | None, int | None, str]:
    wanted = {"district": "all", "sex": "all", "municipality": "0486", "school": None, **ids}
    found = cube.frame.filter(pl.col(c).eq_missing(pl.lit(v)) for c, v in wanted.items())
    assert found.height == 1, found
    n, k, status = found.select("n", "k", "status").row(0)
    return n, k, status


record = st.tuples(
    st.sampled_from([2020, 2023]),
    st.sampled_from(["Strängnäs", "0488", "Vingåker kommun"]),
    st.sampled_from(["Mariefred", "Åkers styckebruk", "Strängnäs", None]),
    st.sampled_from(["Åk 9", "Gy 2", "7"]),
    st.sampled_from(["Flicka", "kille", "Annan könsidentitet", None]),
    st.sampled_from(["Skola A", "Skola B", None]),
    st.sampled_from([1, 2, 9, None]),
    st.sampled_from(["Ja", "nej ", "Ej svar", None]),
)


def by_hand(records: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """(year, municipality, district, school, grade, sex, indicator) -> (k, n), the slow way."""
    codes = {"Strängnäs": "0486", "0488": "0488", "Vingåker kommun": "0428"}
    parts = {"Mariefred": "mariefred", "Åkers styckebruk": "aker", "Strängnäs": "strangnas"}
    grades = {"Åk 9": "ak9", "Gy 2": "gy2", "7": "ak7"}
    sexes = {"Flicka": "girl", "kille": "boy", "Annan könsidentitet": "other", None: "undisclosed"}
    yes: Counter[tuple[Any, ...]] = Counter()
    base: Counter[tuple[Any, ...]] = Counter()
    of_school: dict[tuple[Any, ...], set[str]] = {}
    for year, place, part, _, _, school, _, _ in records:
        if codes[place] == "0486" and part and school:
            of_school.setdefault((year, codes[place], school), set()).add(parts[part])
    for year, place, part, grade, sex, school, f46, f47 in records:
        code = codes[place]
        answers = {"narcotics_ever": {1: year == 2023, 2: year == 2020}.get(f46)}
        if year == 2023:
            answers["narcotics_12_months"] = {"Ja": True, "nej ": False}.get(f47)
        places: list[tuple[str, str | None]] = [("all", None)]
        if part and code == "0486":
            places.append((parts[part], None))
        if school:
            home = of_school.get((year, code, school), set())
            places.append((next(iter(home)) if len(home) == 1 else "all", school))
        for indicator, answer in answers.items():
            if answer is None:
                continue
            for district, at in places:
                for shown in ("all", sexes[sex]):
                    key = (year, code, district, at, grades[grade], shown, indicator)
                    base[key] += 1
                    yes[key] += answer
    return {key: (yes[key], n) for key, n in base.items()}


@settings(max_examples=30, deadline=None)
@given(st.lists(record, min_size=1, max_size=60))
def test_counts_are_those_made_by_hand(records: list[tuple[Any, ...]]) -> None:
    cube = count_records(rows(*records), a_study())
    shown = cube.frame.filter(pl.col("status") == "observed").select(
        "year", "municipality", "district", "school", "grade", "sex", "indicator", "k", "n"
    )
    assert {r[:7]: r[7:] for r in shown.rows()} == by_hand(records)
    assert cube.frame.select(
        pl.struct("year", "municipality", "district", "school", "grade", "sex", "indicator").is_unique().all()
    ).item()


def thousand(seed: int = 3) -> pl.DataFrame:
    import random

    pick = random.Random(seed)
    return rows(
        *[
            (
                pick.choice([2020, 2023]),
                pick.choice(["Strängnäs", "Trosa", "Gnesta"]),
                pick.choice(["Mariefred", "Åker", "Strängnäs", None]),
                pick.choice(["Åk 7", "Åk 9", "Gymnasiet år 2"]),
                pick.choice(["Flicka", "Pojke", "Annan", None]),
                pick.choice(["A", "B", "C", None]),
                pick.choice([1, 2, 2, 9, None]),
                pick.choice(["Ja", "Nej", "NEJ ", "Ej svar", None]),
            )
            for _ in range(1_500)
        ]
    )


def to_duckdb(frame: pl.DataFrame) -> Any:
    duckdb = pytest.importorskip("duckdb")
    return duckdb.from_arrow(
        frame.to_arrow()
    )  # the default connection: a relation of older versions dies with its own


ENGINES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars lazy": lambda f: f.lazy(),
    "pandas": lambda f: f.to_pandas(),
    "pandas nullable": lambda f: f.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": lambda f: f.to_arrow(),
    "duckdb": to_duckdb,
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weight", ["", "w"])
def test_every_engine_gives_the_same_cube(engine: str, weight: str) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = thousand().with_columns(w=pl.Series([1.0, 0.5, 2.25] * 500))
    study = a_study(keys={**KEYS, "weight": weight})
    assert count_records(ENGINES[engine](frame), study).frame.equals(count_records(frame, study).frame)


def test_row_order_and_cutting_change_nothing() -> None:
    frame = thousand()
    once = count_records(frame, a_study()).frame
    assert count_records(frame.sample(fraction=1, shuffle=True, seed=1), a_study()).frame.equals(once)
    assert count_records(frame.rechunk().reverse().lazy(), a_study()).frame.equals(once)


def test_item_silence_is_no_answer_and_a_question_nobody_got_is_not_asked() -> None:
    cube = count_records(
        rows(
            (2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, None),
            (2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 9, None),
            (2023, "Strängnäs", "Mariefred", "Åk 9", "Flicka", "B", None, None),
            (2023, "Strängnäs", "Åker", "Gy 2", "Flicka", "A", 2, "Ja"),
        ),
        a_study(),
    )
    assert cell(cube, indicator="narcotics_ever", grade="ak9") == (1, 1, "observed")
    assert cell(cube, indicator="narcotics_ever", grade="ak9", district="mariefred") == (
        None,
        None,
        "missing",
    )
    assert cell(cube, indicator="narcotics_12_months", grade="ak9") == (None, None, "not_asked")
    assert cell(cube, indicator="narcotics_12_months", grade="gy2") == (1, 1, "observed")


def test_an_indicator_without_entry_for_a_wave_was_not_asked_then() -> None:
    cube = count_records(rows((2020, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, "Ja")), a_study())
    assert cell(cube, indicator="narcotics_12_months", grade="ak9") == (None, None, "not_asked")


FILTERED = rows(
    *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, None)] * 6,  # never used: not asked on
    *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 2, "Ja")] * 2,
    *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 2, "Nej")] * 1,
    *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 2, None)] * 1,  # asked, silent
)


@pytest.mark.parametrize(
    ("no", "base", "expected"),
    [
        (("Nej",), "all", (3, 2)),
        (("Nej", "F46=1"), "all", (9, 2)),
        (("Nej",), "F46=2", (3, 2)),
        ((), "F46=2", (3, 2)),
        (("Nej", "F46!=2"), "all", (9, 2)),
    ],
)
def test_filter_question(no: tuple[str, ...], base: str, expected: tuple[int, int]) -> None:
    entry = CodebookEntry("narcotics_30_days", 2023, "F47", yes=("Ja",), no=no, base=base)
    read = count(FILTERED, a_study((entry,)))
    assert cell(read.cube, indicator="narcotics_30_days", grade="ak9")[:2] == expected
    suspicious = base == "all" and no == ("Nej",)
    assert [i.rule for i in read.issues] == (["files.filter_question"] if suspicious else [])


def recoded(f46: int) -> tuple[CodebookEntry, ...]:
    return (
        CodebookEntry("narcotics_ever", 2020, "F46", yes=("2",), no=("1",)),
        CodebookEntry("narcotics_ever", 2023, "F46", yes=("4",), no=(str(f46),)),
    )


@pytest.mark.parametrize("engine", ["polars lazy", "pandas", "duckdb"])
def test_answers_are_known_or_unknown_within_their_own_wave(engine: str) -> None:
    pupils = rows(
        *[(2020, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", code, None) for code in (1, 2, 2)],
        *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", code, None) for code in (3, 3, 4)],
    )
    cube = count_records(ENGINES[engine](pupils), a_study(recoded(3)))
    assert cell(cube, indicator="narcotics_ever", grade="ak9", year=2020) == (3, 2, "observed")
    assert cell(cube, indicator="narcotics_ever", grade="ak9", year=2023) == (3, 1, "observed")
    with pytest.raises(InputError) as refused:
        count_records(ENGINES[engine](pupils), a_study(recoded(5)))
    assert (refused.value.facts["wave"], refused.value.facts["count"]) == (2023, 2)


def test_value_labels_and_missing_values_of_the_file_are_used() -> None:
    frame = pl.DataFrame({"ak": [1.0, 1.0, 2.0, 1.0], "F46": [1.0, 2.0, 1.0, 99.0]})
    entry = CodebookEntry("narcotics_ever", 2023, "F46", yes=("Ja",), no=("Nej",))
    meanings = {
        "F46": Meaning({1.0: "Nej", 2.0: "Ja"}, missing=((90.0, 99.0),)),
        "ak": Meaning({1.0: "Årskurs 9", 2.0: "Gymnasiet år 2"}),
    }
    cube = count_records(frame, a_study((entry,), {"grade": "ak"}), meanings=meanings)
    assert cell(cube, indicator="narcotics_ever", grade="ak9") == (2, 1, "observed")
    assert cell(cube, indicator="narcotics_ever", grade="gy2") == (1, 0, "observed")


def test_weights_give_the_weighted_share_of_kishs_effective_number() -> None:
    frame = rows(
        *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, "Ja")] * 30,
        *[(2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 2, "Nej")] * 70,
    ).with_columns(w=pl.Series([3.0] * 30 + [1.0] * 70))
    cube = count_records(frame, a_study(keys={**KEYS, "weight": "w"}))
    row = cube.frame.filter(sex="all", district="all", indicator="narcotics_ever").filter(
        pl.col("school").is_null()
    )
    effective = (3 * 30 + 70) ** 2 / (9 * 30 + 70)
    assert row["n"].item() == round(effective)
    assert row["percent"].item() == pytest.approx(100 * 90 / 160)
    assert row["k"].item() == round(90 / 160 * round(effective))
    assert row["flags"].item() == "weighted"


ONE = (2023, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, "Ja")


def refusal(frame: pl.DataFrame, study: Study | None = None) -> InputError:
    with pytest.raises(InputError) as refused:
        count_records(frame, study or a_study(), file="elever.csv")
    assert refused.value.message("sv").startswith("elever.csv")
    assert refused.value.message("en").startswith("elever.csv")
    return refused.value


def changed(column: str, value: Any, times: int = 1) -> pl.DataFrame:
    bad = rows(ONE).with_columns(pl.lit(value).alias(column))
    return pl.concat([rows(*[ONE] * 10), *[bad] * times], how="vertical_relaxed")


@pytest.mark.parametrize(
    ("frame", "rule", "facts"),
    [
        (changed("F46", 3, 2), "unknown_answer", {"column": "F46", "count": 2, "values": "”3” (2)"}),
        (changed("F47", "Kanske", 3), "unknown_answer", {"column": "F47", "count": 3}),
        (changed("kommun", "Storstad", 4), "unknown_municipality", {"column": "kommun", "count": 4}),
        (changed("ak", "Lågstadiet"), "unknown_grade", {"column": "ak", "count": 1}),
        (changed("kon", "1", 2), "unknown_sex", {"column": "kon", "count": 2}),
        (changed("del", "Läggesta", 2), "unknown_districts", {"column": "del", "count": 2, "rows": 12}),
        (rows(ONE).rename({"F46": "F46b"}), "unknown_variable", {"column": "F46", "closest": "F46b"}),
        (rows(ONE).rename({"kon": "kön"}), "unknown_key_column", {"column": "kon", "closest": "kön"}),
        (rows(), "no_rows", {}),
        (rows(ONE).with_columns(F46=pl.concat_list(pl.col("F46"))), "not_codes", {"column": "F46"}),
    ],
)
def test_bad_records_name_column_value_and_count(
    frame: pl.DataFrame, rule: str, facts: dict[str, Any]
) -> None:
    error = refusal(frame)
    assert error.rule == f"files.{rule}"
    assert {k: error.facts[k] for k in facts} == facts


def test_one_unknown_district_among_many_is_said_and_still_counts_in_the_municipality() -> None:
    frame = pl.concat([rows(*[ONE] * 40), changed("del", "Läggesta")])
    read = count(frame, a_study())
    assert [(i.rule, i.facts["count"]) for i in read.issues] == [("files.unknown_districts", 1)]
    assert cell(read.cube, indicator="narcotics_ever", grade="ak9")[0] == 51
    assert cell(read.cube, indicator="narcotics_ever", grade="ak9", district="aker")[0] == 50


def test_a_misspelt_measure_in_the_codebook_is_refused_and_one_of_ones_own_is_counted() -> None:
    misspelt = refusal(thousand(), a_study((replace(BOOK[0], indicator="narkotics_ever"), *BOOK[1:])))
    assert misspelt.rule == "files.unknown_indicator"
    assert str(misspelt.facts["known"]).startswith("narcotics_ever")
    own = count_records(thousand(), a_study((replace(BOOK[0], indicator="school_meals"), *BOOK[1:])))
    known = count_records(thousand(), a_study())
    counts = [
        c.frame.filter(pl.col("indicator") == i, pl.col("year") == 2020).select("n", "k")
        for c, i in ((own, "school_meals"), (known, "narcotics_ever"))
    ]
    assert counts[0].height
    assert counts[0].equals(counts[1])


@pytest.mark.parametrize("weight", [0.0, -1.0, None, float("nan")])
def test_bad_weights(weight: float | None) -> None:
    frame = rows(ONE, ONE).with_columns(w=pl.Series([1.0, weight], dtype=pl.Float64))
    error = refusal(frame, a_study(keys={**KEYS, "weight": "w"}))
    assert (error.rule, error.facts) == ("files.bad_weight", {"column": "w", "count": 1})


def test_text_where_codes_are_numbers() -> None:
    entry = CodebookEntry("narcotics_ever", 2023, "F46", yes=("Ja",), no=("Nej",))
    error = refusal(rows(ONE), a_study((entry,)))
    assert (error.rule, error.facts) == ("files.code_not_number", {"column": "F46", "code": "Ja"})


def test_labels_beside_codes_do_no_harm_where_the_file_has_only_codes() -> None:
    entry = CodebookEntry("narcotics_ever", 2023, "F46", yes=("2", "Ja"), no=("1",), missing=("9", "Ej svar"))
    cube = count_records(rows(ONE, ONE), a_study((entry,)))
    assert cell(cube, indicator="narcotics_ever", grade="ak9") == (2, 0, "observed")
    silent = CodebookEntry("narcotics_ever", 2023, "F46", yes=("2",), no=("1",), missing=("Ej svar",))
    assert len(count_records(rows(ONE), a_study((silent,)))) == len(
        count_records(rows(ONE), a_study((entry,)))
    )


def test_no_personal_number_reaches_a_message() -> None:
    error = refusal(changed("F47", "0504121234 jag"))
    assert "0504121234" not in error.message("sv") + error.message("en")
    assert "••••" in error.message("sv")


@pytest.mark.parametrize(
    "replaced",
    [
        {"kommun": pl.lit(486), "ak": pl.lit(9)},
        {"kommun": pl.lit("0486"), "ak": pl.lit("9.0"), "ar": pl.lit("2023")},
        {"kommun": pl.lit("Strängnäs kommun"), "ar": pl.date(2023, 1, 1)},
        {"kommun": pl.lit(486.0), "ar": pl.lit(2023.0), "ak": pl.lit(9.0), "F46": pl.lit("1")},
        {"kommun": pl.lit("STRANGNAS"), "ak": pl.lit("Årskurs 9").cast(pl.Categorical)},
    ],
)
def test_keys_and_codes_may_be_numbers_texts_or_dates(replaced: dict[str, pl.Expr]) -> None:
    cube = count_records(rows(ONE, ONE).with_columns(**replaced), a_study())
    assert cell(cube, indicator="narcotics_ever", grade="ak9", year=2023) == (2, 2, "observed")


def test_blank_keys_are_said_and_left_out() -> None:
    frame = pl.concat([rows(*[ONE] * 3), rows((None, "Strängnäs", "Åker", "Åk 9", "Flicka", "A", 1, "Ja"))])
    read = count(frame, a_study())
    assert [(i.rule, i.facts["count"]) for i in read.issues] == [("files.blank_year", 1)]
    assert cell(read.cube, indicator="narcotics_ever", grade="ak9") == (3, 3, "observed")


def test_a_reader_that_is_not_installed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sav(thousand(), tmp_path / "a.sav")
    monkeypatch.setattr("lhu_effect.survey.limited.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'lhu-effect\[spss\]'"):
        read_microdata(tmp_path / "a.sav", a_study())


def test_waves_in_separate_files_need_only_their_own_variables() -> None:
    book = (*BOOK, CodebookEntry("drunk_30_days", 2017, "Q12", yes=("1",), no=("2",)))
    cube = count_records(rows(ONE), a_study(book))
    assert cell(cube, indicator="narcotics_ever", grade="ak9") == (1, 1, "observed")


def write_sav(frame: pl.DataFrame, path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    coded = frame.with_columns(
        F47=pl.col("F47")
        .str.strip_chars()
        .str.to_lowercase()
        .replace_strict({"ja": 1.0, "nej": 2.0, "ej svar": 8.0}, return_dtype=pl.Float64)
    )
    pyreadstat.write_sav(
        coded.to_pandas(),
        path,
        variable_value_labels={"F47": {1: "Ja", 2: "Nej", 8: "Ej svar"}},
        missing_ranges={"F46": [9], "F47": [{"lo": 8, "hi": 8}]},
    )


def write_dta(frame: pl.DataFrame, path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    coded = frame.with_columns(
        F47=pl.col("F47")
        .str.strip_chars()
        .str.to_lowercase()
        .replace_strict({"ja": 1.0, "nej": 2.0, "ej svar": 8.0}, return_dtype=pl.Float64)
    )
    pyreadstat.write_dta(
        coded.to_pandas(), path, variable_value_labels={"F47": {1: "Ja", 2: "Nej", 8: "Ej svar"}}, version=14
    )


def write_cp1252(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(frame.write_csv(separator=";").encode("cp1252"))


def write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(frame.columns)
    for row in frame.rows():
        book.active.append(row)
    book.save(path)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    "a.sav": write_sav,
    "a.dta": write_dta,
    "a.csv": lambda f, p: f.write_csv(p),
    "b.csv": write_cp1252,
    "a.parquet": lambda f, p: f.write_parquet(p),
    "a.xlsx": write_xlsx,
}


@pytest.mark.parametrize("file", WRITERS)
def test_every_file_format_gives_the_same_counts(tmp_path: Path, file: str) -> None:
    frame = thousand()
    path = tmp_path / file
    WRITERS[file](frame, path)
    assert looks_like_records(path, a_study())
    read = read_microdata(path, a_study())
    expected = count_records(frame, a_study(), file=file).frame
    assert read.counted.cube.frame.equals(expected)
    assert read.counted.rows == 1_500
    fates = {f.name: f for f in read.fates}
    assert set(fates) == set(frame.columns)
    assert all(f.used for f in read.fates)
    assert fates["kommun"].values == 1_500


@pytest.mark.parametrize("file", [f for f in WRITERS if not f.endswith(".csv")])
def test_truncated_and_broken_files_end_in_one_message(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    WRITERS[file](thousand(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        read_microdata(path, a_study())


def test_columns_outside_the_codebook_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows(ONE).with_columns(namn=pl.lit("Kim Andersson"), fritext=pl.lit("0504121234")).write_csv(path)
    read = read_microdata(path, a_study())
    assert [(f.name, f.values) for f in read.fates if not f.used] == [("namn", None), ("fritext", None)]


def test_tables_are_not_taken_for_records(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Kommun;Årskurs;Andel\nSträngnäs;9;12,5\n", encoding="utf-8")
    assert not looks_like_records(path, a_study())
    assert not looks_like_records(path, Study("0486", load_registry()))


def test_far_cell_in_records_is_refused_before_any_reader(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["ar", "kommun", "F46", "F47"])
    book.active["XFD9"] = 1
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError) as refused:
        read_microdata(tmp_path / "a.xlsx", a_study())
    assert (refused.value.rule, refused.value.cell) == ("files.far_cell", "XFD9")


CLASSES = {**KEYS, "class": "klass"}


def of_classes(seed: int = 0) -> pl.DataFrame:
    """Forty classes of two schools in two waves, with more alike within a class than chance."""
    rng = np.random.default_rng(seed)
    made = []
    for year in (2020, 2023):
        for school in ("A", "B"):
            for number in range(10):
                share = rng.beta(2, 8)
                for _ in range(rng.integers(12, 28)):
                    yes, no = (2, 1) if year == 2020 else (1, 2)
                    sex = str(rng.choice(["Flicka", "Pojke"]))
                    code = 9 if rng.random() < 0.1 else yes if rng.random() < share else no
                    made.append(
                        (year, "Strängnäs", "Mariefred", "Åk 9", sex, school, f"9{number}", code, None)
                    )
    names = ["ar", "kommun", "del", "ak", "kon", "skola", "klass", "F46", "F47"]
    return pl.DataFrame(made, schema=dict.fromkeys(names) | {"F47": pl.String}, orient="row")


def test_class_ids_give_pearsons_dispersion_of_a_binomial_model() -> None:
    """Against statsmodels: GLM(Binomial) of classes on wave, `pearson_chi2`, drawn to 1.4 with twenty degrees."""
    made = of_classes()
    cube = count_records(made, a_study(BOOK[:2], CLASSES))
    told = made.filter(pl.col("F46") != 9).with_columns(
        yes=pl.when(pl.col("ar") == 2020).then(pl.col("F46") == 2).otherwise(pl.col("F46") == 1)
    )
    by_class = told.group_by("ar", "skola", "klass").agg(pl.col("yes").sum(), pl.len().alias("n"))
    answers = np.column_stack([by_class["yes"], by_class["n"] - by_class["yes"]])
    waves = np.column_stack([by_class["ar"] == 2020, by_class["ar"] == 2023]).astype(float)
    fitted = sm.GLM(answers, waves, family=sm.families.Binomial()).fit()
    assert cube.classes is not None
    sums = [cube.classes[c].to_numpy().astype(float) for c in ("classes", "k", "n", "squares")]
    shown = class_effect(*sums, 1.4)
    assert shown == pytest.approx((fitted.pearson_chi2 + 20 * 1.4) / (fitted.df_resid + 20))
    assert shown > 1.4  # beta(2, 8): classmates are alike
    assert cube.classes["classes"].to_list() == [20, 20]


def test_estimates_of_records_with_classes_use_them() -> None:
    cube = count_records(of_classes(), a_study(BOOK[:2], CLASSES))
    study = a_study(BOOK[:2], CLASSES)
    with_classes = read_schools(cube, study, SimpleNamespace(years=(2020, 2023)))  # type: ignore[arg-type]
    assert with_classes is not None
    stratum = next(s.id for s in study.strata if s.grades == ("ak9",))
    without = replace(with_classes, classes=None)
    assert with_classes.phi0("narcotics_ever", stratum) != without.phi0("narcotics_ever", stratum)


def test_classes_are_unknown_without_schools_or_with_weights() -> None:
    made = of_classes()
    keys = {k: v for k, v in CLASSES.items() if k != "school"}
    counted = count(made, a_study(BOOK[:2], keys))
    assert counted.cube.classes is None
    assert [i.rule for i in counted.issues if i.severity == "note"] == ["files.class_not_used"]
    weighed = count(made.with_columns(w=pl.lit(1.0)), a_study(BOOK[:2], {**CLASSES, "weight": "w"}))
    assert weighed.cube.classes is None
    assert "files.class_not_used" in [i.rule for i in weighed.issues]


def test_counts_are_the_same_with_classes_and_nothing_is_told_of_one() -> None:
    made = of_classes()
    plain = count_records(made, a_study(BOOK[:2]))
    cube = count_records(made, a_study(BOOK[:2], CLASSES))
    assert cube.frame.equals(plain.frame)
    assert cube.classes is not None
    assert set(cube.classes.columns) == {
        "year",
        "municipality",
        "grade",
        "indicator",
        "classes",
        "n",
        "k",
        "squares",
    }
