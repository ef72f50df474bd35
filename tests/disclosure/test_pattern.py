"""Which neighbours are hidden: against tau-Argus, against algebra, and without looking at a count."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.disclosure.pattern import System, exposed, protectors

DISTRICTS, SEXES = ("north", "south", "west", "east"), ("girl", "boy", "other")


def two_way(districts=DISTRICTS, sexes=SEXES) -> tuple[tuple[tuple[str, str, str], ...], ...]:
    """All sums of a full table of districts by sexes, one grade."""
    rows = [((d, "ak9", "all"), *((d, "ak9", s) for s in sexes)) for d in ("all", *districts)]
    columns = [(("all", "ak9", s), *((d, "ak9", s) for d in districts)) for s in ("all", *sexes)]
    return (*rows, *columns)


def costs(lines, price=lambda name: 1) -> dict:
    return {name: price(name) for line in lines for name in line}


LINES = two_way()
NAMES = sorted({name for line in LINES for name in line})


def system(lines=LINES, small=(), unlisted=()) -> System:
    return System(lines, frozenset(small), frozenset(unlisted))


def test_one_hidden_cell_is_exposed_by_its_sums():
    hidden = frozenset({("north", "ak9", "girl")})
    assert exposed(system(), hidden) == [("north", "ak9", "girl")]


def test_four_corners_protect_each_other_and_three_do_not():
    corners = [(d, "ak9", s) for d in ("north", "south") for s in ("girl", "boy")]
    assert exposed(system(), frozenset(corners)) == []
    assert set(exposed(system(), frozenset(corners[:3]))) == set(corners[:3])


def test_a_sum_of_sums_is_seen_through():
    """north + south + west = all and pair = south + west: hiding south, west and north leaves north known."""
    names = [(d, "ak9", "all") for d in ("all", "north", "south", "west", "pair")]
    whole, north, south, west, pair = names
    lines = ((whole, north, south, west), (pair, south, west))
    assert exposed(system(lines), frozenset({north, south, west})) == [north]
    assert exposed(system(lines), frozenset({north, south, west, pair})) == []


def test_the_cheapest_set_is_chosen_with_all_that_it_drags_along():
    names = [(d, "ak9", "all") for d in ("all", "north", "south", "west", "pair")]
    whole, north, south, west, pair = names
    lines = ((whole, north, south, west), (pair, south, west))
    price = {whole: 100, north: 30, south: 10, west: 10, pair: 40}
    chosen = protectors(system(lines, small={west}), {west}, price)
    assert [c.cell for c in chosen] == [south]
    chosen = protectors(system(lines, small={west}), {west}, price | {south: 90})
    assert {c.cell for c in chosen} == {north, pair}
    assert all(c.protects in {west, north, pair} for c in chosen)


def test_ties_go_to_the_first_name():
    line = tuple((d, "ak9", "all") for d in ("west", "south", "north", "all"))
    assert [c.cell for c in protectors(system((line,)), {line[0]}, costs((line,)))] == [("all", "ak9", "all")]


def test_barred_cells_are_taken_last():
    line = tuple((d, "ak9", "all") for d in ("all", "north", "south", "west"))
    price = dict(zip(line, (100, 1, 2, 3), strict=True))
    first = protectors(system((line,)), {line[3]}, price)
    then = protectors(system((line,)), {line[3]}, price, frozenset({line[1]}))
    assert ([c.cell for c in first], [c.cell for c in then]) == ([line[1]], [line[2]])


def test_an_unlisted_part_is_protected_but_protects_no_small_cell():
    girl, boy, whole = (("all", "ak9", s) for s in ("girl", "boy", "all"))
    ghost = ("+", "sex", "all ak9 all")
    lines = ((whole, girl, boy, ghost),)
    price = {whole: 100, girl: 12, boy: 11}
    assert [c.cell for c in protectors(system(lines, (), {ghost}), (), price)] == [boy]
    both = protectors(system(lines, {girl}, {ghost}), {girl}, price)
    assert [c.cell for c in both] == [boy]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_nothing_hidden_is_left_exposed(hidden):
    chosen = protectors(system(small=hidden), hidden, costs(LINES))
    assert exposed(system(), frozenset(hidden) | {c.cell for c in chosen}) == []


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(NAMES), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_exposed_is_what_every_solution_agrees_on(hidden, seed):
    """Two random solutions of the sums differ in every hidden cell that is not exposed, and agree in the others."""
    matrix = np.array(
        [[(line[0] == name) - sum(p == name for p in line[1:]) for name in sorted(hidden)] for line in LINES],
        float,
    )
    random = np.random.default_rng(seed)
    start = random.normal(size=len(hidden))
    # the projection of a random vector on the solutions of matrix @ move = 0, by least squares
    move = start - np.linalg.lstsq(matrix, matrix @ start, rcond=None)[0]
    agree = {name for name, step in zip(sorted(hidden), move, strict=True) if abs(step) < 1e-9}
    assert set(exposed(system(), frozenset(hidden))) == agree


def argus():
    return pytest.importorskip(
        "pytauargus", reason="pytauargus (extra package, tests only) is not installed here"
    )


@pytest.mark.parametrize("seed", range(6))
def test_tau_argus_optimal_suppression_agrees(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its pattern has nothing exposed; without any one of its secondary cells something is; ours costs no less."""
    protect = argus().protect
    monkeypatch.chdir(tmp_path)  # it leaves log files where it runs
    random = np.random.default_rng(seed)
    counts = {
        (d, s): int(random.poisson(60 * w * p))
        for d, w in zip(DISTRICTS, (1, 0.5, 0.25, 0.15), strict=True)
        for s, p in zip(SEXES, (0.5, 0.45, 0.12), strict=True)
    }
    records = [{"district": d, "sex": s, "one": 1} for (d, s), c in counts.items() for _ in range(c)]
    rows = (
        protect(records, ["district", "sex"], "one", safety_rules="FREQ(5,10)", suppress="OPT(1)")
        .tables[0]
        .rows
    )
    state = {(_id(r["district"]), "ak9", _id(r["sex"])): (r["status"], r["freq"]) for r in rows}
    there = tuple(
        tuple(n for n in line if state.get(n, ("E", 0))[0] != "E")
        for line in LINES
        if state.get(line[0], ("E",))[0] != "E"
    )
    lines = tuple(line for line in there if len(line) > 1)
    primary = {n for n, (s, _) in state.items() if s == "U"}
    second = {n for n, (s, _) in state.items() if s == "M"}
    assert primary == {n for n, (s, c) in state.items() if s != "E" and c < 5}
    assert not set(exposed(system(lines), frozenset(primary | second))) & primary
    for one in second:
        assert set(exposed(system(lines), frozenset(primary | second - {one}))) & primary
    price = {n: c for n, (s, c) in state.items()}
    ours = {c.cell for c in protectors(system(lines, primary), primary, price)}
    assert not exposed(system(lines), frozenset(primary | ours))
    assert sum(price[n] for n in second) <= sum(price[n] for n in ours)


def _id(name: str) -> str:
    return "all" if name == "Total" else name.strip()


def test_every_pair_in_a_line_is_enough():
    line = tuple((d, "ak9", "all") for d in ("all", "north", "south", "west"))
    for pair in combinations(line, 2):
        assert exposed(system((line,)), frozenset(pair)) == []
