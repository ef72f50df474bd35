"""diff: names what differs between two effects tables and why."""

import polars as pl

from lhu_effect.effects.diff import diff_effects

ROW = {
    "promise": "2020", "indicator": "narcotics_ever", "municipality": "0486", "district": "all", "grade": "ak9",
    "sex": "all", "after_year": 2023, "exposure": "after", "verdict": "unsure", "estimate": -0.01, "conf_low": -0.05,
    "conf_high": 0.03, "n_before": 300, "n_after": 310, "share_before": 0.1, "share_after": 0.09, "reason": None,
    "comparison": "0480 0481", "estimator": "noise_floor_did", "flags": "",
}  # fmt: skip


def table(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{**ROW, **c} for c in changes], infer_schema_length=None)


def test_equal_tables_have_no_difference() -> None:
    assert diff_effects(table({}), table({})) == []


def test_a_new_verdict_stands_first_and_says_new_data_when_the_counts_moved() -> None:
    found = diff_effects(table({}), table({"verdict": "better", "n_after": 400, "share_after": 0.05}))
    assert [(d.column, d.old, d.new, d.why) for d in found] == [
        ("verdict", "unsure", "better", "new_data"),
        ("share_after", "0.09", "0.05", "new_data"),
        ("n_after", "310", "400", "new_data"),
    ]


def test_a_mask_a_comparison_and_a_method_are_told_apart() -> None:
    masked = diff_effects(table({}), table({"reason": "masked", "estimate": None}))
    fewer = diff_effects(table({}), table({"comparison": "0480", "conf_low": -0.06}))
    other = diff_effects(table({}), table({"estimator": "school_cr2", "conf_low": -0.06}))
    wider = diff_effects(table({}), table({"conf_low": -0.06}))  # another floor, or other counts elsewhere
    assert [{d.why for d in found} for found in (masked, fewer, other, wider)] == [
        {"new_masks"},
        {"new_comparison"},
        {"new_method"},
        {"not_own"},
    ]


def test_rows_that_came_and_went_are_named_once() -> None:
    found = diff_effects(table({}), table({"district": "aker"}))
    assert [(d.key.split()[3], d.why) for d in found] == [("aker", "new_row"), ("all", "gone_row")]


def test_null_and_blank_are_the_same_nothing() -> None:
    assert diff_effects(table({"reason": ""}), table({"reason": None})) == []


def test_rounding_is_no_difference_and_what_rounding_does_not_explain_is() -> None:
    """A page holds six decimals, a file all of them."""
    whole = {"estimate": -0.015383412345678, "share_after": 0.10781671159029649}
    page = {"estimate": -0.015383, "share_after": 0.107817}
    assert diff_effects(table(page), table(whole)) == diff_effects(table(whole), table(page)) == []
    moved = diff_effects(table(page), table({**whole, "estimate": -0.015384512345678}))
    assert [(d.column, d.why) for d in moved] == [("estimate", "not_own")]
    fewer = diff_effects(table(page), table({**whole, "n_after": 309}))
    assert [(d.column, d.why) for d in fewer] == [("n_after", "new_data")]


def test_two_tables_that_are_not_rounded_are_compared_to_the_last_decimals() -> None:
    moved = diff_effects(table({"estimate": -0.015383412345678}), table({"estimate": -0.015383512345678}))
    assert [d.column for d in moved] == ["estimate"]
    shared = diff_effects(table({"estimate": -0.5}), table({"estimate": -0.4833333333333333}))
    assert [d.column for d in shared] == ["estimate"]  # few decimals, but not so few in every number
