"""What leaves the house: nothing small, nothing that gives something small away, and nothing that depends on it.

One test per way to leak that lives in the cells themselves; each fails when its guard is taken out
(tests/benchmarks/mutants.py tries it). The ways that live on the page are in test_audit.py and test_page.py.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from lhu_effect.definitions.model import Indicator
from lhu_effect.disclosure import MaskedCube, kept, mask, public_totals, reader_summary
from lhu_effect.disclosure.attack import feasible, weak_spots
from lhu_effect.disclosure.earlier import ENDS, Earlier
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.disclosure.structure import CELL, Structure
from lhu_effect.i18n import LANGS, Text
from lhu_effect.study.model import Enrolment, PooledDistrict, Stratum, Study
from lhu_effect.survey.cube import Cube, as_cube
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parent))
import census

NESTED = (("ever", None), ("year", "ever"), ("month", "year"), ("safe", None))
PLAIN = (("a", None),)
FLAT = census.study(PLAIN, strata=(Stratum("ak9", ("ak9",)),), pooled=())
YOUNG_FIRST = ("small", "incoming", "coarsened", "linked", "protects")


def shown(masked: MaskedCube, **ids) -> bool:
    rows = masked.frame.filter(*(pl.col(c) == v for c, v in ids.items()))
    assert rows.height == 1, rows
    return rows["status"].item() == "observed"


def protected(*rows: dict, study: Study = FLAT) -> MaskedCube:
    return mask(tabulate(as_cube(census.cells(*rows)), study), study)


def safe(masked: MaskedCube, study: Study = FLAT) -> bool:
    return not weak_spots(masked.frame, masked.structure, study.minimum)


DISTRICT_ROWS = (
    {"n": 400, "k": 60},
    {"district": "strangnas", "n": 250, "k": 38},
    {"district": "mariefred", "n": 100, "k": 15},
    {"district": "aker", "n": 30, "k": 5},
    {"district": "stallarholmen", "n": 20, "k": 2},
)


def test_a_margin_minus_its_siblings():
    masked = protected(*DISTRICT_ROWS)
    assert not shown(masked, district="stallarholmen")
    assert shown(masked, district="all")
    assert not shown(masked, district="aker")
    assert shown(masked, district="mariefred")
    assert safe(masked)


def test_a_grade_minus_its_sex_slices():
    masked = protected(
        {"n": 200, "k": 30}, {"sex": "girl", "n": 95, "k": 27}, {"sex": "boy", "n": 105, "k": 3}
    )
    assert not shown(masked, sex="boy")
    assert not shown(masked, sex="girl")


def test_an_unlisted_sex():
    """400 answers, 198 girls and 195 boys: the 7 others must not be worked out by subtraction."""
    masked = protected(
        {"n": 400, "k": 60}, {"sex": "girl", "n": 198, "k": 30}, {"sex": "boy", "n": 195, "k": 28}
    )
    assert shown(masked, sex="all")
    assert shown(masked, sex="girl") != shown(masked, sex="boy")
    assert safe(masked)


def test_no_unlisted_sex_no_loss():
    masked = protected(
        {"n": 393, "k": 58}, {"sex": "girl", "n": 198, "k": 30}, {"sex": "boy", "n": 195, "k": 28}
    )
    assert masked.frame["status"].to_list() == ["observed"] * 3


def test_pupils_of_no_listed_district():
    rows = [dict(r) for r in DISTRICT_ROWS[:4]]
    masked = protected(*rows, study=FLAT)
    assert not all(shown(masked, district=r.get("district", "all")) for r in rows)
    assert safe(masked)


def answers_to_one_question() -> Study:
    made = {
        i: Indicator(i, Text(i), "safety", "higher", "now", question="Hur trygg?", base="alla", answers=(i,))
        for i in ("safe", "neither", "unsafe")
    }
    return replace(FLAT, registry=replace(FLAT.registry, indicators=made))


def test_answer_options_and_complements_are_hidden_together():
    """safe + neither + unsafe = everyone: with n and two of them the third is known."""
    study = answers_to_one_question()
    rows = [{"indicator": i, "n": 100, "k": k} for i, k in (("safe", 80), ("neither", 17), ("unsafe", 3))]
    masked = protected(*rows, study=study)
    assert masked.frame["status"].to_list() == ["masked"] * 3
    assert {h.why for h in masked.log} == {"small", "linked"}


def test_nested_items_squeeze_each_other():
    """8 this month and 10 ever: this year's count, hidden to protect a small district, would be 8, 9 or 10."""
    study = census.study(NESTED, strata=(), pooled=())
    rows = []
    for indicator, north, small in (("ever", 10, 9), ("year", 9, 2), ("month", 8, 7)):
        rows += [
            {"indicator": indicator, "n": 200, "k": north + small + 20},
            {"indicator": indicator, "district": "strangnas", "n": 100, "k": 20},
            {"indicator": indicator, "district": "mariefred", "n": 60, "k": north},
            {"indicator": indicator, "district": "aker", "n": 40, "k": small},
        ]
    masked = protected(*rows, study=study)
    assert not shown(masked, district="aker", indicator="year")
    assert safe(masked, study)
    hidden = masked.frame.filter(pl.col("status") == "masked", pl.col("indicator") != "year")
    assert hidden.height > 0


def test_n_beside_a_rounded_per_cent():
    """12 of 240 shown as 5 per cent: 11, 12 or 13 fit, so the hidden rest of 15..17 in all is 2..6."""
    rounded = {"k": None, "k_low": 15, "k_high": 17, "n": 320, "percent": 5.0}
    town = {"district": "strangnas", "n": 240, "k": None, "k_low": 11, "k_high": 13, "percent": 5.0}
    masked = protected(
        rounded, town, {"district": "mariefred", "n": 50, "k": 2}, {"district": "aker", "n": 30, "k": 1}
    )
    assert not shown(masked, district="mariefred")
    assert safe(masked)
    k = feasible(masked.frame, masked.structure).filter(pl.col("district") == "aker")
    assert (k["k_high"] - k["k_low"]).item() >= 4


def test_two_small_neighbours_that_are_small_together():
    """1 + 2 = 3 of 60: each is 0..3, four values; a third neighbour has to go."""
    rows = [
        {"n": 300, "k": 63},
        {"district": "strangnas", "n": 140, "k": 40},
        {"district": "mariefred", "n": 100, "k": 20},
        {"district": "aker", "n": 30, "k": 1},
        {"district": "stallarholmen", "n": 30, "k": 2},
    ]
    masked = protected(*rows)
    assert not shown(masked, district="mariefred")
    assert shown(masked, district="strangnas")
    assert [h.why for h in masked.log] == ["small", "small", "attack"]


def test_a_pooled_district_beside_its_parts():
    study = replace(FLAT, pooled=(PooledDistrict("pair", Text("pair"), ("mariefred", "stallarholmen")),))
    masked = protected(*DISTRICT_ROWS, study=study)
    assert not shown(masked, district="stallarholmen")
    assert safe(masked, study)
    assert shown(masked, district="pair") or not shown(masked, district="mariefred")


def test_a_pool_with_a_district_that_the_registers_know_to_be_empty():
    """The register has no pupils in Stallarholmen, the extract has: the pool must not be Mariefred's own number."""
    pool = PooledDistrict("pair", Text("pair"), ("mariefred", "stallarholmen"))
    none = tuple(Enrolment(2020, "0486", d, "ak9", n) for d, n in (("mariefred", 110), ("stallarholmen", 0)))
    study = replace(FLAT, pooled=(pool,), enrolment=none)
    table = tabulate(as_cube(census.cells(*DISTRICT_ROWS)), study)
    row = table.frame.filter(pl.col("district") == "pair").row(0, named=True)
    assert (row["n"], row["k"]) == (120, 17)
    masked = mask(table, study)
    hidden = masked.frame.filter(pl.col("status") == "masked")["district"]
    assert not ("mariefred" in hidden and shown(masked, district="pair") and row["n"] == 100)
    assert safe(masked, study)


def test_a_stratum_minus_its_grade():
    study = replace(FLAT, strata=(Stratum("ak9_gy2", ("ak9", "gy2")),))
    masked = protected({"n": 60, "k": 3}, {"grade": "gy2", "n": 90, "k": 12}, study=study)
    assert shown(masked, grade="ak9_gy2")
    assert not shown(masked, grade="gy2")


def test_what_the_source_hid_is_hidden_with_its_neighbours():
    rows = [dict(r) for r in DISTRICT_ROWS]
    rows[4] |= {"k": None, "k_low": 0, "k_high": 4, "status": "masked"}
    masked = protected(*rows)
    assert {h.why for h in masked.log} == {"incoming", "protects"}
    assert not shown(masked, district="aker")


def test_a_sum_with_hidden_parts_may_show_its_bounds():
    """30 of 200 (shown), <5 of 60 and <5 of 50: 30..38 of 310 says no more of the hidden parts than the source did."""
    study = replace(FLAT, strata=(Stratum("all_three", ("ak7", "ak9", "gy2")),))
    hidden = {"k": None, "k_low": 0, "k_high": 4, "status": "masked"}
    rows = (
        {"grade": "ak7", "n": 60} | hidden,
        {"grade": "ak9", "n": 200, "k": 30},
        {"grade": "gy2", "n": 50} | hidden,
    )
    masked = protected(*rows, study=study)
    row = masked.frame.filter(pl.col("grade") == "all_three").row(0, named=True)
    assert (row["status"], row["n"], row["k"], row["k_low"], row["k_high"]) == ("observed", 310, None, 30, 38)
    assert "part_masked" in row["flags"]
    assert safe(masked, study)


def test_a_sum_of_one_hidden_part_and_its_protector_is_hidden():
    """<5 of 60 and 12 of 90, which protects it: 12..16 of 150 would tell the 12, and with it 60 and 0..4."""
    study = replace(FLAT, strata=(Stratum("ak9_gy2", ("ak9", "gy2")),))
    hidden = {"n": 60, "k": None, "k_low": 0, "k_high": 4, "status": "masked"}
    masked = protected(hidden, {"grade": "gy2", "n": 90, "k": 12}, study=study)
    assert not shown(masked, grade="ak9_gy2")


def test_bounds_of_a_sum_do_not_tell_a_second_hidden_part():
    """3 of 70 (small), 12 of 90 (shown) and <5 of 60: 15..19 less 12 less 0..4 would be 3 to the number."""
    study = replace(FLAT, strata=(Stratum("all_three", ("ak7", "ak9", "gy2")),))
    hidden = {"n": 60, "k": None, "k_low": 0, "k_high": 4, "status": "masked"}
    rows = ({"grade": "ak7", "n": 70, "k": 3}, {"grade": "ak9", "n": 90, "k": 12}, hidden | {"grade": "gy2"})
    masked = protected(*rows, study=study)
    assert shown(masked, grade="ak9")
    assert not shown(masked, grade="all_three")


def test_other_and_undisclosed_are_pooled_before_anything_is_hidden():
    rows = [
        {"n": 600, "k": 120},
        {"sex": "girl", "n": 280, "k": 50},
        {"sex": "boy", "n": 280, "k": 50},
        {"sex": "other", "n": 22, "k": 16},
        {"sex": "undisclosed", "n": 18, "k": 4},
    ]
    masked = protected(*rows)
    assert masked.frame.filter(pl.col("sex") == "undisclosed").is_empty()
    row = masked.frame.filter(pl.col("sex") == "other").row(0, named=True)
    assert (row["n"], row["k"], row["flags"]) == (40, 20, "pooled")
    assert masked.frame["status"].to_list() == ["observed"] * 4
    assert [h.why for h in masked.log] == ["coarsened"] * 2


def test_districts_outside_the_town_are_shown_together_where_none_can_be_alone():
    rows = [
        {"n": 400, "k": 60},
        {"district": "strangnas", "n": 300, "k": 46},
        {"district": "mariefred", "n": 40, "k": 4},
        {"district": "aker", "n": 30, "k": 4},
        {"district": "stallarholmen", "n": 30, "k": 6},
    ]
    study = replace(FLAT, enrolment=(Enrolment(2020, "0486", "strangnas", "ak9", 310),))
    masked = protected(*rows, study=study)
    pooled = masked.frame.filter(pl.col("district") == "other_districts")
    if shown(masked, district="stallarholmen"):
        assert pooled.is_empty()
    rows[4] |= {"k": 4}
    rows[1] |= {"k": 48}
    masked = protected(*rows, study=study)
    row = masked.frame.filter(pl.col("district") == "other_districts").row(0, named=True)
    assert (row["status"], row["n"], row["k"], row["flags"]) == ("observed", 100, 12, "pooled")
    assert safe(masked, study)


def test_districts_outside_the_town_are_not_shown_together_where_one_came_hidden():
    """4, 4 and <5 of 100 would be shown as 8-12: less the 0-4 of the mask, that is 8 to the number."""
    rows = [
        {"n": 400, "k": 58},
        {"district": "strangnas", "n": 300, "k": 48},
        {"district": "mariefred", "n": 40, "k": 4},
        {"district": "aker", "n": 30, "k": 4},
        {"district": "stallarholmen", "n": 30, "k": None, "k_low": 0, "k_high": 4, "status": "masked"},
    ]
    study = replace(FLAT, enrolment=(Enrolment(2020, "0486", "strangnas", "ak9", 310),))
    masked = protected(*rows, study=study)
    assert shown(masked, district="all")
    assert shown(masked, district="strangnas")
    assert "other_districts" not in masked.frame["district"].to_list()


def test_the_study_may_raise_the_rule():
    from lhu_effect.study.model import Minimum

    study = replace(FLAT, minimum=Minimum(n=50, k=10))
    masked = protected(*DISTRICT_ROWS, study=study)
    assert not shown(masked, district="aker")
    assert masked.minimum == Minimum(50, 10)


def test_everything_masked_is_a_cube_too():
    masked = protected({"n": 9, "k": 3}, {"sex": "girl", "n": 5, "k": 1}, {"sex": "boy", "n": 4, "k": 2})
    assert masked.frame["status"].to_list() == ["masked"] * 3
    assert len(protected({"n": None, "k": None, "status": "missing"})) == 1


@pytest.fixture(
    scope="module", params=[(False, "listed"), (True, "listed"), (True, "unlisted"), (False, "none")]
)
def whole_study(request) -> tuple[Study, Cube, MaskedCube]:
    rounded, third = request.param
    study = census.study(NESTED)
    made = census.census(3, NESTED, (2017, 2020), ("0428", "0482", "0486"), rounded=rounded, third=third)
    table = tabulate(made, study)
    return study, table, mask(table, study)


def test_nobody_recovers_anything(whole_study):
    study, _, masked = whole_study
    assert weak_spots(masked.frame, masked.structure, study.minimum) == []


def test_primary_alone_would_have_been_recovered(whole_study):
    study, table, masked = whole_study
    from lhu_effect.disclosure.masked import without_numbers

    naive = MaskedCube(without_numbers(table.frame, must_hide(study.minimum)), study.minimum)
    assert len({w.cell for w in weak_spots(naive.frame, masked.structure, study.minimum)}) > 20


def test_most_of_what_may_be_shown_is_shown(whole_study):
    study, table, masked = whole_study
    counted = kept(table, masked, study)
    assert counted["shown"].sum() >= 0.6 * counted["passing"].sum()
    assert set(counted["level"]) == {"whole", "sex", "district", "comparison"}


def test_hiding_is_the_same_whatever_the_order_of_rows(whole_study):
    study, table, masked = whole_study
    shuffled = as_cube(table.frame.sample(fraction=1.0, shuffle=True, seed=5))
    again = mask(shuffled, study)
    assert again.frame.equals(masked.frame)
    assert again.log == masked.log


def test_masking_a_masked_cube_hides_no_more(whole_study):
    """Where every part is listed. (That a part is unlisted cannot be seen once its siblings are hidden.)"""
    study, _, masked = whole_study
    again = mask(Cube(masked.frame), study)
    if masked.structure.open:
        assert (again.frame["status"] == "observed").sum() <= (masked.frame["status"] == "observed").sum()
    else:
        assert again.frame.equals(masked.frame)


def test_the_log_tells_why_and_holds_no_counts(whole_study):
    _, _, masked = whole_study
    hidden = masked.frame.filter(pl.col("status") == "masked").height
    told = {h.cell for h in masked.log if h.why != "coarsened"}
    assert len(told) == hidden
    assert all(h.protects for h in masked.log if h.why in ("protects", "attack"))
    names = {" ".join(str(v) for v in row) for row in masked.frame.select(CELL).iter_rows()}
    assert {h.cell for h in masked.log} <= names


def test_the_reader_is_told_in_both_languages(whole_study):
    _, _, masked = whole_study
    for lang in LANGS:
        assert len(reader_summary(masked, lang)) >= 2
    assert reader_summary(protected({"n": 100, "k": 20}), "sv") == ()


def _base(seed: int, third: str) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = census._municipality(random, 2020, "0486", NESTED, third, 0.8)
    return pl.DataFrame(rows, schema_overrides={"k": pl.Int64})


def _publish(base: pl.DataFrame, study: Study) -> Cube:
    return tabulate(as_cube(census._publish(base, rounded=False)), study)


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(0, 10_000), st.sampled_from(["listed", "none"]), st.data())
def test_inputs_that_differ_only_in_what_must_be_hidden_give_the_same_cube(seed, third, data):
    """Pupils' answers are moved between groups as long as only cells hidden by rule or structure change.

    (Cells hidden in the attack step were looked at while they were still to be shown.)
    """
    study = census.study(NESTED)
    base = _base(seed, third)
    table = _publish(base, study)
    masked = mask(table, study)
    early = {h.cell for h in masked.log if h.why in YOUNG_FIRST}
    may_change = pl.Series(
        [" ".join(str(v) for v in row) in early for row in table.frame.select(CELL).iter_rows()]
    )
    twin = base
    pairs = _pairs(base, table.frame.filter(may_change))
    for a, b in data.draw(st.lists(st.sampled_from(pairs), min_size=20, max_size=40)) if pairs else ():
        candidate = _move(twin, a, b)
        if candidate is None:
            continue
        other = _publish(candidate, study).frame
        same = (other["k"].eq_missing(table.frame["k"])) & (other["n"].eq_missing(table.frame["n"]))
        rule = other.select(must_hide(study.minimum)).to_series()
        if (same | may_change).all() and (
            rule == table.frame.select(must_hide(study.minimum)).to_series()
        ).all():
            twin = candidate
    event(f"differs: {not twin.equals(base)}")
    again = mask(_publish(twin, study), study)
    assert again.frame.equals(masked.frame)
    assert again.log == masked.log
    assert repr(again) == repr(masked)


def _pairs(base: pl.DataFrame, hidden: pl.DataFrame) -> list[tuple[int, int]]:
    """Groups of one grade and indicator between which an answer can move without a shown cell changing."""
    cells = set(hidden.select("district", "grade", "sex", "indicator").iter_rows())
    rows = list(base.select("district", "grade", "sex", "indicator").iter_rows())

    def free(i: int, j: int) -> bool:
        (d, g, s, ind), (e, h, t, other) = rows[i], rows[j]
        margins = {(x, g, "all", ind) for x in (d, e) if d != e} | {
            ("all", g, x, ind) for x in (s, t) if s != t
        }
        return (g, ind) == (h, other) and margins <= cells and bool(margins)

    return [(i, j) for i in range(len(rows)) for j in range(len(rows)) if i != j and free(i, j)]


def _move(base: pl.DataFrame, a: int, b: int) -> pl.DataFrame | None:
    """One yes moves from group a to group b of the same indicator, if both can take it and nesting holds."""
    one, other = base.row(a, named=True), base.row(b, named=True)
    if a == b or one["indicator"] != other["indicator"] or one["k"] == 0 or other["k"] == other["n"]:
        return None
    k = base["k"].to_list()
    k[a], k[b] = k[a] - 1, k[b] + 1
    moved = base.with_columns(pl.Series("k", k))
    keys = ["district", "grade", "sex"]
    wide = moved.pivot(on="indicator", index=keys, values="k")
    if not wide.select(
        ((pl.col("month") <= pl.col("year")) & (pl.col("year") <= pl.col("ever"))).all()
    ).item():
        return None
    return moved


def test_the_region_s_own_table_is_taken_into_account(tmp_path: Path):
    """The county's total is public elsewhere: with it one hidden municipality would follow from the others."""
    study = census.study(PLAIN, strata=(), pooled=())
    codes = sorted(census.SIZES)
    rows = [{"municipality": c, "n": 100, "k": 20} for c in codes]
    rows[0] |= {"k": 2}
    county = census.cells({"municipality": "04", "n": 900, "k": 162})
    path = tmp_path / "region.csv"
    county.drop("school", "organiser").write_csv(path)
    table = tabulate(as_cube(census.cells(*rows)), study)
    assert mask(table, study).frame.filter(pl.col("status") == "masked").height == 1
    both = mask(table, study, previous=path)
    assert both.frame.filter(pl.col("status") == "masked").height == 2


def test_an_earlier_version_cannot_be_unpublished_but_is_not_built_upon(tmp_path: Path):
    """Åker was shown before: hiding it now protects nobody, so another neighbour is hidden instead."""
    path = tmp_path / "old.csv"
    old = census.cells({"district": "aker", "n": 30, "k": 5})
    old.drop("school", "organiser").write_csv(path)
    table = tabulate(as_cube(census.cells(*DISTRICT_ROWS)), FLAT)
    masked = mask(table, FLAT, previous=path)
    assert shown(masked, district="aker")
    assert not shown(masked, district="mariefred")


def test_a_small_difference_from_an_earlier_version_is_hidden(tmp_path: Path):
    """Three late answers, one of them yes: old and new side by side would show who came late."""
    path = tmp_path / "old.csv"
    census.cells({"n": 397, "k": 59}).drop("school", "organiser").write_csv(path)
    masked = protected_with({"n": 400, "k": 60}, path)
    assert not shown(masked, district="all")
    assert {h.why for h in masked.log} == {"changed"}
    assert shown(protected_with({"n": 397, "k": 59}, path), district="all")
    assert shown(protected_with({"n": 450, "k": 70}, path), district="all")


def test_all_earlier_versions_are_known_together(tmp_path: Path):
    """One version showed Åker, another Mariefred: only together do they give Stallarholmen away."""
    county = {"municipality": "0486"}
    paths = []
    for number, row in enumerate(
        ({"district": "aker", "n": 30, "k": 5}, {"district": "mariefred", "n": 100, "k": 15})
    ):
        paths.append(tmp_path / f"old{number}.csv")
        census.cells(county | row).drop("school", "organiser").write_csv(paths[-1])
    table = tabulate(as_cube(census.cells(*DISTRICT_ROWS)), FLAT)
    one = mask(table, FLAT, previous=paths[0])
    assert shown(one, district="strangnas")
    both = mask(table, FLAT, previous=paths)
    assert shown(both, district="mariefred")
    assert not shown(both, district="strangnas")
    changed = tabulate(as_cube(census.cells(*DISTRICT_ROWS[:1])), FLAT)
    census.cells({"n": 398, "k": 59}).drop("school", "organiser").write_csv(paths[0])
    census.cells({"n": 400, "k": 60}).drop("school", "organiser").write_csv(paths[1])
    assert shown(mask(changed, FLAT, previous=paths[1]), district="all")
    assert not shown(mask(changed, FLAT, previous=paths), district="all")


def test_two_versions_tell_more_than_each_of_them():
    """Three districts hidden; one version showed one of them, another the next: together they give the third away."""
    hidden = [{"district": d, "status": "masked"} for d in ("mariefred", "aker", "stallarholmen")]
    now = census.cells({"n": 400, "k": 60}, {"district": "strangnas", "n": 250, "k": 38}, *hidden)
    told = [
        census.cells(
            {"district": d, "n": n, "k": k, "n_low": n, "n_high": n, "k_low": k, "k_high": k}
        ).select(*CELL, *ENDS)
        for d, n, k in (("mariefred", 100, 15), ("aker", 30, 5))
    ]
    weak = [
        {
            cells["district"][w.cell]
            for cells, guarded in Earlier(tuple(known)).seen_with(now)
            for w in weak_spots(cells, Structure(), FLAT.minimum, guarded)
        }
        for known in (told[:1], told[1:], told)
    ]
    assert weak == [set(), set(), {"stallarholmen"}]


def test_the_region_s_rows_of_the_extract_itself_are_known(tmp_path: Path):
    """The extract has the county's own row, a stratum over two grades too: nothing hidden follows from it."""
    study = census.study(PLAIN, strata=(Stratum("ak9_gy2", ("ak9", "gy2")),), pooled=())
    codes = sorted(census.SIZES)
    rows = [{"municipality": c, "grade": g, "n": 100, "k": 20} for c in codes for g in ("ak9", "gy2")]
    rows[0] |= {"k": 2}
    county = [{"municipality": "04", "grade": "ak9", "n": 900, "k": 162}]
    county += [{"municipality": "04", "grade": "gy2", "n": 900, "k": 180}]
    cube = as_cube(census.cells(*rows, *county))
    totals = public_totals(cube, study)
    assert sorted(totals.select("grade", "n_low", "k_low").iter_rows()) == [
        ("ak9", 900, 162),
        ("ak9_gy2", 1800, 342),
        ("gy2", 900, 180),
    ]
    table = tabulate(cube, study)
    alone = mask(table, study)
    knowing = mask(table, study, totals=totals)
    assert weak_with(alone, totals, study)
    assert not weak_with(knowing, totals, study)
    hidden = knowing.frame.filter(pl.col("status") == "masked", pl.col("grade") == "ak9")
    assert hidden["municipality"].n_unique() >= 2


def weak_with(masked: MaskedCube, totals: pl.DataFrame, study: Study) -> list:
    """What an attacker who has the region's rows too can narrow."""
    views = Earlier(totals=totals).seen_with(masked.frame)
    return [
        w for cells, guarded in views for w in weak_spots(cells, masked.structure, study.minimum, guarded)
    ]


def protected_with(row: dict, path: Path) -> MaskedCube:
    return mask(tabulate(as_cube(census.cells(row)), FLAT), FLAT, previous=path)


def test_the_structure_of_a_study_names_everything_that_adds_up():
    structure = Structure.of(census.study(NESTED))
    assert structure.strata == {"ak9_gy2": ("ak9", "gy2")}
    assert structure.pools["mari_stal"] == ("mariefred", "stallarholmen")
    assert structure.pools["other_districts"] == ("mariefred", "aker", "stallarholmen")
    assert structure.nested == (("year", "ever"), ("month", "year"))
    assert structure.families == ()
    assert Structure.of(answers_to_one_question()).families == (("safe", "neither", "unsafe"),)
