"""The attacker against brute force: every whole-number table that fits what is shown, counted one by one."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.disclosure import attack
from lhu_effect.disclosure.attack import feasible, situation, weak_in, weak_spots
from lhu_effect.disclosure.masked import without_numbers
from lhu_effect.disclosure.primary import must_hide
from lhu_effect.disclosure.structure import Structure
from lhu_effect.study.model import Minimum
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parent))
import census
from census import cells

LOOSE = Minimum(n=5, k=3)
FLAT = Structure()
PARTS = ("north", "south", "west")


def masked(**ids) -> dict:
    return ids | {"status": "masked"}


def ends(frame: pl.DataFrame, structure: Structure = FLAT, **ids) -> tuple[int | None, ...]:
    found = feasible(frame, structure).filter(*(pl.col(c) == v for c, v in ids.items()))
    return found.select("n_low", "n_high", "k_low", "k_high", "rest_low", "rest_high").row(0)


def test_a_single_hidden_part_is_the_total_minus_the_others():
    shown = [
        {"n": 100, "k": 20},
        {"district": "north", "n": 70, "k": 12},
        {"district": "south", "n": 20, "k": 5},
    ]
    assert ends(cells(*shown, masked(district="west"))) == (10, 10, 3, 3, 7, 7)


def test_two_hidden_parts_share_what_is_left():
    shown = [{"n": 100, "k": 20}, {"district": "north", "n": 70, "k": 12}]
    table = cells(*shown, masked(district="south"), masked(district="west"))
    assert ends(table, district="west") == (0, 30, 0, 8, 0, 22)


def test_a_hidden_total_is_the_sum_of_its_parts():
    shown = [{"district": d, "n": n, "k": k} for d, n, k in (("north", 70, 12), ("south", 20, 5))]
    assert ends(cells(masked(), *shown)) == (90, 90, 17, 17, 73, 73)


def test_hiding_n_and_k_without_any_sum_leaves_nothing_to_attack():
    assert ends(cells(masked())) == (0, None, 0, None, 0, None)


def test_a_subset_bounds_its_whole_and_the_other_way_round():
    structure = Structure(nested=(("month", "year"),))
    table = cells({"indicator": "month", "n": 50, "k": 8}, masked(indicator="year"))
    assert ends(table, structure, indicator="year")[2] == 8
    table = cells({"indicator": "year", "n": 50, "k": 8}, masked(indicator="month"))
    assert ends(table, structure, indicator="month")[2:4] == (0, 8)


TREE = (("month", "year"), ("year", "ever"), ("kind", "ever"), ("kind_year", "kind"), ("kind_year", "year"))
ANSWERS = ("ever", "year", "month", "kind", "kind_year")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_answers_nested_in_several_others_bound_each_other_as_brute_force_says(data):
    """A part of two wholes, a whole of two parts, and a step between that was not asked: any of them hidden."""
    count = {}
    for answer in ANSWERS:
        most = min([7, *(count[o] for i, o in TREE if i == answer and o in count)])
        count[answer] = data.draw(st.integers(0, most))
    absent = data.draw(st.sets(st.sampled_from(ANSWERS), max_size=1))
    asked = [a for a in ANSWERS if a not in absent]
    hidden = data.draw(st.sets(st.sampled_from(asked), min_size=1))
    table = cells(
        *(masked(indicator=a) if a in hidden else {"indicator": a, "n": 7, "k": count[a]} for a in asked)
    )
    fits = [
        dict(zip(ANSWERS, ks, strict=True))
        for ks in product(range(8), repeat=len(ANSWERS))
        if all(k == count[a] for a, k in zip(ANSWERS, ks, strict=True) if a in asked and a not in hidden)
    ]
    fits = [f for f in fits if all(f[i] <= f[o] for i, o in TREE)]
    known = Structure(nested=TREE)
    for answer in sorted(hidden):
        k_low, k_high = ends(table, known, indicator=answer)[2:4]
        assert k_low == min(f[answer] for f in fits)
        assert min(k_high if k_high is not None else 7, 7) == max(f[answer] for f in fits)


def test_a_part_of_a_part_is_a_part_where_the_answer_between_was_not_asked():
    known = Structure(nested=(("month", "year"), ("year", "ever")))
    table = cells({"indicator": "month", "n": 50, "k": 8}, masked(indicator="ever"))
    assert ends(table, known, indicator="ever")[2] == 8


def test_rounded_per_cents_leave_room():
    rounded = {"n": 300, "k": None, "k_low": 59, "k_high": 61}
    exact = {"district": "north", "n": 200, "k": 40}
    table = cells(rounded, exact, masked(district="south"))
    assert ends(table) == (100, 100, 19, 21, 79, 81)


def test_a_per_cent_without_n_ties_k_to_n():
    """k is 10 per cent of n wherever n is: 80..120 answers, so 8..12, and the part hidden beside 5 of 40 follows."""
    no_n = {"n": None, "n_low": 80, "n_high": 120, "k": None, "k_low": 8, "k_high": 12, "percent": 10.0}
    n_low, n_high, k_low, k_high, *_ = ends(
        cells(no_n, {"district": "north", "n": 40, "k": 5}, masked(district="south"))
    )
    assert (n_low, n_high, k_low, k_high) == (40, 80, 3, 7)


def test_an_open_axis_has_a_part_that_nobody_lists():
    frame = cells({"n": 100, "k": 20}, {"sex": "girl", "n": 48, "k": 9}, {"sex": "boy", "n": 45, "k": 8})
    known = Structure(open=((2020, "0486", "sex"),))
    (n, k, rest) = weak_spots(frame, known, Minimum())
    assert [(w.count, w.low, w.high, w.axis) for w in (n, k, rest)] == [
        ("n", 7, 7, "sex"),
        ("k", 3, 3, "sex"),
        ("n-k", 4, 4, "sex"),
    ]
    assert weak_spots(frame, Structure(), LOOSE) == []


def test_asked_again_an_unlisted_part_that_boxes_give_away_is_found_though_it_was_safe_before():
    """It may have been known to be large until a neighbour was hidden, and so was not asked for by name."""
    frame = cells({"n": 100, "k": 20}, {"sex": "girl", "n": 48, "k": 9}, {"sex": "boy", "n": 45, "k": 8})
    here = situation(frame, Structure(open=((2020, "0486", "sex"),)))
    again = weak_in(here, Minimum(), asked=set(), near=np.zeros(1, np.int64))
    assert [(w.count, w.low, w.high, w.axis) for w in again] == [
        ("n", 7, 7, "sex"),
        ("k", 3, 3, "sex"),
        ("n-k", 4, 4, "sex"),
    ]


def test_an_unlisted_part_that_is_empty_or_large_is_no_finding():
    known = Structure(open=((2020, "0486", "sex"),))
    for n, k in ((93, 17), (153, 40)):
        frame = cells({"n": n, "k": k}, {"sex": "girl", "n": 48, "k": 9}, {"sex": "boy", "n": 45, "k": 8})
        assert weak_spots(frame, known, LOOSE) == []


def test_a_total_below_its_parts_tells_nothing():
    frame = cells({"n": 50, "k": 5}, {"district": "north", "n": 70, "k": 12}, masked(district="south"))
    assert weak_spots(frame, Structure(), LOOSE) == []


def test_strata_pools_and_regions_are_sums_too():
    strata = Structure(strata={"both": ("ak9", "gy2")})
    table = cells({"grade": "both", "n": 100, "k": 20}, {"n": 60, "k": 11}, masked(grade="gy2"))
    assert ends(table, strata)[:4] == (40, 40, 9, 9)
    pools = Structure(pools={"pair": ("north", "south")})
    table = cells(
        {"district": "pair", "n": 100, "k": 20},
        {"district": "north", "n": 60, "k": 11},
        masked(district="south"),
    )
    assert ends(table, pools)[:4] == (40, 40, 9, 9)
    regions = Structure(regions={"04": ("0486", "0488")})
    table = cells({"municipality": "04", "n": 100, "k": 20}, {"n": 60, "k": 11}, masked(municipality="0488"))
    assert ends(table, regions)[:4] == (40, 40, 9, 9)


def test_a_pool_is_not_counted_among_the_districts():
    pools = Structure(pools={"pair": ("north", "south")})
    shown = [
        {"n": 160, "k": 30},
        {"district": "pair", "n": 100, "k": 20},
        {"district": "west", "n": 60, "k": 10},
    ]
    table = cells(*shown, masked(district="north"), masked(district="south"))
    assert ends(table, pools, district="north") == (0, 100, 0, 20, 0, 80)


counts = st.tuples(st.integers(0, 6), st.integers(0, 6))


@st.composite
def small_tables(draw):
    """A whole of three districts by two sexes, some margins hidden, k perhaps known only within two."""
    inner = {(d, s): draw(counts) for d in PARTS for s in ("girl", "boy")}
    margins = {("all", "all"): list(inner.values())}
    margins |= {(d, "all"): [inner[d, s] for s in ("girl", "boy")] for d in PARTS}
    margins |= {("all", s): [inner[d, s] for d in PARTS] for s in ("girl", "boy")}
    hidden = draw(
        st.sets(st.sampled_from([m for m in margins if m != ("all", "all")]), min_size=1, max_size=4)
    )
    rows = []
    for (district, sex), parts in margins.items():
        k, rest = (sum(p[i] for p in parts) for i in (0, 1))
        row = {"district": district, "sex": sex, "n": k + rest, "k": k, "k_low": k, "k_high": k}
        if draw(st.booleans()):
            low, high = max(0, k - draw(st.integers(0, 1))), min(k + rest, k + draw(st.integers(0, 1)))
            row |= {"k": k if low == high else None, "k_low": low, "k_high": high}
        gone = masked(district=district, sex=sex)
        rows.append(gone if (district, sex) in hidden else row)
    return rows


def brute_force(rows: list[dict]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Least and most n, k, n-k of every hidden margin over all tables of whole numbers that fit."""
    known = {(r["district"], r["sex"]): r for r in rows if r.get("status") != "masked"}
    whole = known["all", "all"]
    best: dict[tuple[str, str], list[int]] = {}
    for k_all in range(whole["k_low"], whole["k_high"] + 1):
        splits = [
            list(_splits(names, k_all, whole["n"] - k_all, known))
            for names in ([(d, "all") for d in PARTS], [("all", s) for s in ("girl", "boy")])
        ]
        if all(splits):
            for split in (s for one in splits for s in one):
                for name, (k, rest) in split.items():
                    if name not in known:
                        now = best.setdefault(name, [10**9, -1, 10**9, -1, 10**9, -1])
                        for i, v in enumerate((k + rest, k, rest)):
                            now[2 * i], now[2 * i + 1] = min(now[2 * i], v), max(now[2 * i + 1], v)
    return {name: tuple(v) for name, v in best.items()}


def _splits(names, k_all, rest_all, known):
    choices = []
    for name in names[:-1]:
        if name in known:
            r = known[name]
            choices.append([(k, r["n"] - k) for k in range(r["k_low"], r["k_high"] + 1)])
        else:
            choices.append(list(product(range(k_all + 1), range(rest_all + 1))))
    for combined in product(*choices):
        k, rest = k_all - sum(c[0] for c in combined), rest_all - sum(c[1] for c in combined)
        last = known.get(names[-1])
        if k < 0 or rest < 0:
            continue
        if last and not (last["k_low"] <= k <= last["k_high"] and k + rest == last["n"]):
            continue
        yield dict(zip(names, (*combined, (k, rest)), strict=True))


@settings(max_examples=60, deadline=None)
@given(small_tables())
def test_the_attacker_finds_exactly_what_brute_force_finds(rows):
    frame = cells(*rows)
    expected = brute_force(rows)
    found = feasible(frame, Structure())
    columns = ["district", "sex", "n_low", "n_high", "k_low", "k_high", "rest_low", "rest_high"]
    assert {(r[0], r[1]): r[2:] for r in found.select(columns).iter_rows()} == expected
    weak = {
        (frame["district"][w.cell], frame["sex"][w.cell], w.count)
        for w in weak_spots(frame, Structure(), LOOSE)
    }
    narrow = {
        (*name, count)
        for name, v in expected.items()
        for i, count in enumerate(("n", "k", "n-k"))
        if v[2 * i + 1] - v[2 * i] + 1 < 5
    }
    assert weak == narrow


@pytest.mark.parametrize("gap", [4, 5])
def test_five_possible_values_are_enough_and_four_are_not(gap: int):
    shown = [{"n": 60, "k": 20 + gap - 1}, {"district": "north", "n": 30, "k": 20}]
    table = cells(*shown, masked(district="south"), masked(district="west"))
    assert bool(weak_spots(table, Structure(), LOOSE)) is (gap == 4)


def test_the_attacker_finds_the_same_in_whatever_batches_and_threads(monkeypatch: pytest.MonkeyPatch):
    """Three municipalities and two waves, small cells hidden and nothing else: much can be found, batch by batch."""
    answers = (("a", None), ("b", "a"))
    made = tabulate(census.census(3, answers, (2017, 2020), ("0428", "0482", "0486")), census.study(answers))
    minimum = Minimum()
    table = without_numbers(made.frame, must_hide(minimum))
    structure = Structure.of(census.study(answers))
    found = []
    for size, threads in ((10**6, 1), (1, 1), (1, 4), (40, 3)):
        monkeypatch.setattr(attack, "_CHUNK", size)
        monkeypatch.setattr(attack, "_THREADS", threads)
        found.append(weak_spots(table, structure, minimum))
    assert len(found[0]) > 20
    assert found[1:] == found[:1] * 3
