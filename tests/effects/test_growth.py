"""Cost grows with units and indicators, not with their square: the page's points, and the drawing made of them."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import effects

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "method.md").read_text("utf-8")


def test_the_drawing_is_of_the_points_on_the_page() -> None:
    drawn = effects.drawn(effects.read(PAGE))
    assert (DOCS / "growth.svg").read_text("utf-8") == drawn
    assert len(drawn) < 6000


def test_the_points_lie_on_a_straight_line() -> None:
    """A square in either number would leave the line to explain under 97 % of these points."""
    found = effects.read(PAGE)
    assert set(found) == {"units", "indicators"}
    for points in found.values():
        slope, _, explained = effects.line(points)
        assert slope > 0
        assert explained > 0.97
        squares = [(x, float(x * x)) for x, _ in points]
        assert effects.line(squares)[2] < 0.97


def test_what_is_told_is_read_back() -> None:
    found = {"units": [(10, 12.0), (20, 21.5), (40, 40.1)], "indicators": [(1, 3.0), (2, 6.5)]}
    assert effects.read(f"x\n{effects.MARKS[0]}\n{effects.told(found)}\n{effects.MARKS[1]}\n") == found
