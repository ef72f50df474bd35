"""The typical smallest decrease of a theme, where some questions could never show any."""

import pytest

from lhu_effect.dashboard.power_page import _median


@pytest.mark.parametrize(
    ("decreases", "typical"),
    [
        ([0.05, 0.06, None], 0.06),
        ([0.05, None, None], None),
        ([0.04, 0.06], 0.05),
        ([0.04, None], None),
        ([], None),
    ],
)
def test_a_decrease_that_never_shows_is_larger_than_any(
    decreases: list[float | None], typical: float | None
) -> None:
    found = _median([{"detectable_decrease": d} for d in decreases])
    assert found == (None if typical is None else pytest.approx(typical))
