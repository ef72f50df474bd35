"""Design-based shares: R survey's numbers for its published examples, YRBS 2019's, the same from every engine."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lhu_effect.effects.sample_design import SampleShares, sample_shares
from lhu_effect.errors import EstimationError, InputError

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "sample_design.json").read_text("utf-8"))
REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "real"
LABELS = {
    "apistrat": ["stype", "by", "w", "fpc1", "yes", "no"],
    "apiclus1": ["dnum", "by", "w", "fpc1", "yes", "no"],
    "apiclus2": ["dnum", "by", "w", "fpc1", "fpc2", "yes", "no"],
}
DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "apistrat": ("apistrat", {"strata": "stype", "fpc": "fpc1"}),
    "apiclus1": ("apiclus1", {"ids": "dnum", "fpc": "fpc1"}),
    "apiclus2": ("apiclus2", {"ids": "dnum", "fpc": ["fpc1", "fpc2"]}),
    "apiclus2_with_replacement": ("apiclus2", {"ids": "dnum"}),
}


def records(name: str) -> pl.DataFrame:
    """One row per school again: as many yes (2) and no (1) as the cells say."""
    table = pl.DataFrame(REFERENCE["cells"][name], schema=LABELS[name], orient="row")
    numbers = [c for c in table.columns if c not in ("stype", "by")]
    cells = table.with_columns(pl.col(numbers).cast(pl.Float64))
    said = [
        cells.with_columns(F1=pl.lit(code), times=pl.col(c).cast(pl.Int64))
        for c, code in (("yes", 2), ("no", 1))
    ]
    return pl.concat(said).select(pl.all().repeat_by("times").explode()).drop("yes", "no", "times")


def shares(frame: Any, **design: Any) -> SampleShares:
    return sample_shares(frame, "F1", yes=[2], no=[1], weights="w", **design)


@pytest.mark.parametrize("name", DESIGNS)
def test_agrees_with_r_survey(name: str) -> None:
    data, design = DESIGNS[name]
    expected, frame = REFERENCE[name], records(data)
    made = shares(frame, **design).rows.row(0, named=True)
    got = [made[c] for c in ("share", "std_error", "conf_low", "conf_high", "df")]
    assert got == pytest.approx([expected[c] for c in ("share", "se", "low", "high", "df")], rel=1e-9)
    moved = shares(frame, **design, by="by").difference(expected["first"], expected["second"])
    assert moved.estimate == pytest.approx(expected["difference"], rel=1e-9)
    assert moved.std_error == pytest.approx(expected["difference_se"], rel=1e-9)


TOY = pl.DataFrame(
    {
        "h": [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3],
        "u": [1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6],
        "w": [2.0, 3, 1, 4, 2, 2, 5, 1, 3, 2, 4],
        "F1": [2, 1, 1, 2, 2, 2, 1, 1, 2, 2, 1],
    }
)


@pytest.mark.parametrize("how", ["remove", "adjust"])
def test_a_stratum_with_one_unit_as_r_survey_does(how: Any) -> None:
    made = shares(TOY, strata="h", ids="u", single_psu=how).rows.row(0, named=True)
    expected = REFERENCE[f"toy_{how}"]
    assert (made["share"], made["std_error"]) == pytest.approx((expected["share"], expected["se"]), rel=1e-9)
    assert (made["conf_low"], made["conf_high"], made["df"]) == pytest.approx(
        (expected["low"], expected["high"], expected["df"]), rel=1e-9
    )


def test_a_stratum_with_one_unit_stops_and_says_what_to_do() -> None:
    with pytest.raises(EstimationError) as refused:
        shares(TOY, strata="h", ids="u")
    assert refused.value.facts == {"count": 1, "strata": "3"}
    assert "single_psu" in refused.value.message("en")


def to_duckdb(frame: pl.DataFrame) -> Any:
    return pytest.importorskip("duckdb").connect().from_arrow(frame.to_arrow())


ENGINES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars lazy": lambda f: f.lazy(),
    "pandas": lambda f: f.to_pandas(),
    "pyarrow": lambda f: f.to_arrow(),
    "duckdb": to_duckdb,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_shares(engine: str) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = records("apiclus2")
    design = DESIGNS["apiclus2"][1]
    one, other = (shares(f, **design, by="by").rows for f in (frame, ENGINES[engine](frame)))
    assert other["by", "n", "df"].equals(one["by", "n", "df"])
    for column in ("share", "std_error", "conf_low", "conf_high"):
        assert other[column].to_list() == pytest.approx(one[column].to_list(), rel=1e-12)


REMOVED = {"ids": "u", "strata": "h", "fpc": "N", "single_psu": "remove"}
NEW_CODE = {"column": "F1", "count": 11, "values": "”3” (11)"}


@pytest.mark.parametrize(
    ("frame", "design", "rule", "facts"),
    [
        (TOY.rename({"u": "psu"}), {"ids": "u"}, "files.unknown_key_column", {"column": "u", "role": "ids"}),
        (TOY.with_columns(w=pl.lit(0.0)), {"ids": "u"}, "files.bad_weight", {"column": "w", "count": 11}),
        (TOY.with_columns(F1=pl.lit(3)), {"ids": "u"}, "files.unknown_code", NEW_CODE),
        (TOY.with_columns(F1=pl.lit(None, dtype=pl.Int64)), {"ids": "u"}, "effects.no_answers", {"variable": "F1"}),
        (TOY.with_columns(N=pl.col("u") + 10), REMOVED, "effects.bad_fpc", {"column": "N", "stratum": "1"}),
        (TOY.with_columns(N=2), REMOVED, "effects.bad_fpc", {"stratum": "2", "sampled": 3}),
        (TOY, {"ids": "u", "single_psu": "average"}, "effects.unknown_single_psu", {"name": "average"}),
    ],
)  # fmt: skip
def test_bad_samples_name_column_value_and_count(
    frame: pl.DataFrame, design: dict[str, Any], rule: str, facts: dict[str, Any]
) -> None:
    with pytest.raises((InputError, EstimationError)) as refused:
        shares(frame, **design)
    assert refused.value.rule == rule
    assert {k: refused.value.facts[k] for k in facts} == facts
    assert refused.value.message("sv") != refused.value.message("en")


def test_an_unknown_group_lists_those_there_are() -> None:
    with pytest.raises(EstimationError, match="E; H; M"):
        shares(records("apiclus1"), ids="dnum", by="by").difference("E", "X")


@pytest.mark.skipif(not REAL.exists(), reason="no folder shared beside the checkout")
def test_yrbs_2019_shares_and_intervals() -> None:
    frame = pl.read_parquet(REAL / "yrbs" / "raw_yrbs_2019.parquet")
    with (REAL / "reference" / "yrbs2019_national_reference.csv").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["group"] in ("total", "female", "male")]
    design = {"weights": "weight", "strata": "stratum", "ids": "psu"}
    for row in rows:
        asked = frame.with_columns(pl.col(row["var"]).alias("F1"))
        made = sample_shares(
            asked, "F1", yes=[1], no=[2], **design, by=() if row["group"] == "total" else "Q2"
        ).rows
        sex = {"female": 1, "male": 2}.get(row["group"])
        found = (made if sex is None else made.filter(pl.col("Q2") == sex)).row(0, named=True)
        columns = {"share": "p_weighted", "std_error": "se", "conf_low": "ci_lo_logit", "conf_high": "ci_hi_logit",
                   "wald_low": "ci_lo_wald", "wald_high": "ci_hi_wald"}  # fmt: skip
        assert found["n"] == int(row["n_unweighted"])
        got = [found[c] for c in columns]
        assert got == pytest.approx([float(row[c]) for c in columns.values()], abs=1e-8), (
            row["var"],
            row["group"],
        )
    assert len(rows) >= 24
