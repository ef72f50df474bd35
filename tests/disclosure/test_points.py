"""What the attacker saves itself: points instead of programmes, and what it found out carried from round to round."""

from __future__ import annotations

import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lhu_effect.disclosure import attack
from lhu_effect.disclosure.attack import Weak, situation, weak_in
from lhu_effect.disclosure.bounds import REST, K, N
from lhu_effect.disclosure.earlier import Earlier
from lhu_effect.disclosure.points import Seen, push_apart
from lhu_effect.disclosure.programme import Programme, programme
from lhu_effect.disclosure.protect import Draft, _Attackers
from lhu_effect.disclosure.structure import Structure
from lhu_effect.study.model import Minimum

sys.path.insert(0, str(Path(__file__).parent))
import census
from census import cells

LOOSE = Minimum(n=5, k=3)
STUDY = census.study((("a", None),), minimum=LOOSE)
OPEN = Structure(open=((2020, census.HOME, "sex"),))
PARTS = ("north", "south", "west", "east")
ONE = np.zeros(1, np.int64)


def masked(**ids) -> dict:
    return ids | {"status": "masked"}


@pytest.mark.parametrize(("apart", "safe"), [(3, False), (4, True)])
def test_points_prove_five_values_and_not_four(apart: int, safe: bool):
    """Whole numbers 4 apart have five values from end to end: 10, 11, 12, 13, 14."""
    seen = Seen.of(1)
    seen.take(ONE, ONE, np.asarray([10.0, 50.0]))
    seen.take(ONE, ONE, np.asarray([10.0 + apart, 50.0]))
    assert [bool(seen.wide(q, 0)) for q in (N, K, REST)] == [safe, safe, False]
    assert seen.narrow()[:, 0].tolist() == [not safe, not safe, True]


@pytest.mark.parametrize(("values", "weak"), [(4, True), (5, False)])
def test_four_possible_values_are_too_few_where_points_are_asked_first(values: int, weak: bool):
    """Four hidden parts of a total that is not exact: more counts in doubt than are left to programmes alone."""
    room = {"n": 60, "k": None, "k_low": values - 2, "k_high": values - 1}
    here = situation(cells(room, *(masked(district=d) for d in PARTS)), Structure())
    parts = np.arange(1, 5)
    labels = np.zeros(5, np.int64)
    doubtful, seen = push_apart(here.known, np.arange(5), labels, np.isin(np.arange(5), parts))
    assert (seen.most - seen.least)[K, parts].max() == values - 1  # the points go from end to end
    assert doubtful[K, parts].all() == weak
    found = {(w.cell, w.count, w.low, w.high) for w in weak_in(here, LOOSE)}
    assert found == ({(int(c), "k", 0, values - 1) for c in parts} if weak else set())


def test_a_point_that_is_not_whole_is_no_point():
    seen = Seen.of(3)
    at, labels = np.arange(3), np.asarray([0, 0, 1])
    seen.take(at, labels, np.asarray([1.0, 2.5, 3.0, 4.0, 5.5, 6.0]))
    assert np.isinf(seen.least[:, :2]).all()  # two cells of one component, one of them between two numbers
    assert seen.least[:, 2].tolist() == seen.most[:, 2].tolist() == [9.0, 3.0, 6.0]


@st.composite
def programmes(draw) -> Programme:
    """Up to four cells with small boxes, sums with whole coefficients that at least one whole point fits."""
    size = draw(st.integers(1, 3))
    width = 2 * size
    low = np.asarray(draw(st.lists(st.integers(0, 2), min_size=width, max_size=width)), float)
    high = low + np.asarray(draw(st.lists(st.integers(0, 3), min_size=width, max_size=width)), float)
    inside = np.asarray([draw(st.integers(int(a), int(b))) for a, b in zip(low, high, strict=True)])
    matrix = st.lists(st.lists(st.integers(-1, 2), min_size=width, max_size=width), max_size=2)
    equal, at_most = (np.asarray(draw(matrix), float).reshape(-1, width) for _ in range(2))
    from scipy.sparse import csr_matrix

    return Programme(
        np.arange(size),
        csr_matrix(equal),
        equal @ inside,
        csr_matrix(at_most),
        at_most @ inside + draw(st.integers(0, 1)),
        low,
        high,
    )


def every_point(part: Programme) -> np.ndarray:
    boxes = [range(int(a), int(b) + 1) for a, b in zip(part.low, part.high, strict=True)]
    points = np.asarray(list(product(*boxes)), float)
    fits = np.isclose(points @ part.equal.toarray().T, part.right).all(axis=1)
    fits &= (points @ part.at_most.toarray().T <= part.most + 1e-9).all(axis=1)
    return points[fits]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programmes(), st.data())
def test_an_end_is_the_same_whatever_was_seen_before_and_is_what_brute_force_says(part, data):
    """Ends asked in any order, one record of points for all: short cuts must change nothing."""
    points, size = every_point(part), len(part.cells)
    seen, every = Seen.of(size), np.arange(size)
    for x in data.draw(st.lists(st.sampled_from(points.tolist()), max_size=2)):
        seen.take(every, 0 * every, np.asarray(x))
    ks, rests = points[:, :size], points[:, size:]
    asked = list(product(every.tolist(), (N, K, REST), (1, -1)))
    for at, count, way in data.draw(st.permutations(asked)):
        values = (ks + rests, ks, rests)[count][:, at]
        assert attack._end(part, at, count, way, seen) == (values.min() if way > 0 else values.max())


def test_an_end_that_a_point_reaches_asks_no_programme(monkeypatch: pytest.MonkeyPatch):
    here = situation(cells({"n": 30, "k": 9}, *(masked(district=d) for d in PARTS[:2])), Structure())
    part, seen = programme(here.known, np.asarray([1, 2])), Seen.of(2)
    asked = []
    solve = Programme.solve
    monkeypatch.setattr(Programme, "solve", lambda *a, **b: asked.append(1) or solve(*a, **b))
    assert attack._end(part, 0, K, 1, seen) == 0
    assert len(asked) == 1
    assert attack._end(part, 1, K, -1, seen) == 9
    assert len(asked) == 1


def fresh(draft: Draft) -> set[Weak]:
    return _Attackers(STUDY, Earlier()).find(draft, None)


def draft(*rows: dict, structure: Structure = OPEN) -> Draft:
    frame = cells(*rows)
    return Draft(frame, (frame["status"] == "masked").to_numpy(), structure)


def row_of(one: Draft, **ids) -> int:
    (row,) = one.frame.with_row_index("row").filter(*(pl.col(c) == v for c, v in ids.items()))["row"]
    return row


def test_a_sum_that_stops_contradicting_others_is_heeded_in_the_next_round():
    """60 of a total of 50 is impossible, so the total tells nothing, until the part that is too large is hidden."""
    before = draft(
        {"n": 50, "k": 3},
        {"district": "north", "n": 60, "k": 3},
        masked(district="south"),
        masked(district="west"),
        structure=Structure(),
    )
    attackers = _Attackers(STUDY, Earlier())
    assert attackers.find(before, None) == set()
    row = row_of(before, district="north")
    after = attackers.find(before.hide([row], []), [row])
    assert {(w.cell, w.count, w.low, w.high) for w in after} == {(r, "k", 0, 3) for r in (1, 2, 3)}


def test_an_unlisted_part_known_to_be_large_is_asked_again_in_the_next_round():
    """Of 4 yes-answers 3 are of nobody listed: enough to be shown. With the boys hidden they are 0 to 3: too few."""
    before = draft(
        {"n": 60, "k": 4}, {"sex": "girl", "n": 20, "k": 1}, {"sex": "boy", "n": 25, "k": 0}, structure=OPEN
    )
    attackers = _Attackers(STUDY, Earlier())
    assert attackers.find(before, None) == set()
    row = row_of(before, sex="boy")
    after = attackers.find(before.hide([row], []), [row])
    assert Weak(row_of(before, sex="all"), "k", 0, 3, "sex") in after
    assert after == fresh(before.hide([row], []))


COUNTS = st.tuples(st.integers(0, 9), st.integers(0, 9))


@st.composite
def rounds(draw) -> tuple[Draft, list[list[int]]]:
    """Districts by sex with a sex that nobody lists, some margins a little wrong, and what is hidden when."""
    inner = {(d, s): draw(COUNTS) for d in PARTS[:3] for s in ("girl", "boy", "unlisted")}
    margins = {
        (d, s): [c for (a, b), c in inner.items() if d in ("all", a) and s in ("all", b)]
        for d in ("all", *PARTS[:3])
        for s in ("all", "girl", "boy")
    }
    rows = []
    for (district, sex), parts in margins.items():
        k, rest = (sum(p[i] for p in parts) + draw(st.sampled_from((0,) * 9 + (4,))) for i in (0, 1))
        rows.append({"district": district, "sex": sex, "n": k + rest, "k": k})
    order = draw(st.permutations(range(len(rows))))
    cuts = sorted(draw(st.lists(st.integers(1, 8), min_size=2, max_size=4, unique=True)))
    first = Draft(cells(*rows), np.isin(np.arange(len(rows)), order[: cuts[0]]), OPEN)
    return first, [list(order[a:b]) for a, b in pairwise(cuts)]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds())
def test_what_was_found_out_before_changes_no_later_finding(one):
    """An attacker who remembers finds, round after round, what one who starts anew does."""
    now, steps = one
    attackers = _Attackers(STUDY, Earlier())
    assert attackers.find(now, None) == fresh(now)
    for rows in steps:
        now = now.hide(rows, [])
        assert attackers.find(now, rows) == fresh(now)
