"""Any counts, published in any layout by any rules, read back as counts that contain them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lhu_effect.definitions import load_registry
from lhu_effect.study import load_study
from lhu_effect.survey import read_survey
from lhu_effect.writers.long import long_csv, long_workbook
from lhu_effect.writers.published import Rules
from lhu_effect.writers.wide import wide_workbook

KEY = ["year", "municipality", "district", "grade", "sex", "indicator"]
REGISTRY = load_registry()
PLACES = [("0486", d) for d in ("all", "strangnas", "mariefred", "aker", "stallarholmen")] + [
    (m, "all") for m in ("0480", "0484", "0488")
]
IDS = ("narcotics_ever", "narcotics_12_months", "safe_centre_evening", "robbed_12_months")


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """Cells with one key each; districts and sexes add up to at most their whole."""
    years = draw(
        st.lists(st.sampled_from([2011, 2014, 2017, 2020, 2023]), min_size=1, max_size=3, unique=True)
    )
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True))
    rows = []
    for year in years:
        for id_ in ids:
            for grade in draw(
                st.lists(st.sampled_from(["ak7", "ak9", "gy2"]), min_size=1, max_size=2, unique=True)
            ):
                for place, sexes in _places(draw).items():
                    whole = (sum(n for n, _ in sexes.values()), sum(k for _, k in sexes.values()))
                    for sex, cell in {**sexes, "all": whole}.items():
                        rows.append((year, *place, grade, sex, id_, *cell))
    made = pl.DataFrame(rows, schema=[*KEY, "n", "k"], orient="row")
    return made.filter(pl.col("n") > 0)


def _places(draw: st.DrawFn) -> dict[tuple[str, str], dict[str, tuple[int, int]]]:
    """n and k by place and sex; the municipality is the sum of its districts."""
    cells = {place: {"girl": _cell(draw, 1), "boy": _cell(draw)} for place in PLACES[1:]}
    districts = [cells[place] for place in PLACES[1:5]]
    cells[PLACES[0]] = {
        sex: (sum(d[sex][0] for d in districts), sum(d[sex][1] for d in districts)) for sex in ("girl", "boy")
    }
    return cells


def _cell(draw: st.DrawFn, least: int = 0) -> tuple[int, int]:
    n = draw(st.integers(least, 400))
    return n, draw(st.integers(0, n))


RULES = st.builds(
    Rules,
    decimals=st.integers(0, 2),
    hide_below=st.sampled_from([1, 5, 10]),
    mark=st.sampled_from(["..", "*"]),
)
LAYOUTS = st.sampled_from(["wide", "long_csv", "long_xlsx"])


def _write(frame: pl.DataFrame, layout: str, rules: Rules, folder: Path) -> Path:
    if layout == "long_csv":
        path, data = folder / "e.csv", long_csv(frame, REGISTRY, rules)
    elif layout == "long_xlsx":
        path, data = folder / "e.xlsx", long_workbook(frame, REGISTRY, rules, title="T", synthetic=True)
    else:
        path, data = folder / "e.xlsx", wide_workbook(frame, REGISTRY, rules, title="T", synthetic=True)
    path.write_bytes(data)
    return path


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=(Phase.generate,),
)
@given(frames(), LAYOUTS, RULES)
def test_what_is_published_reads_back(frame: pl.DataFrame, layout: str, rules: Rules) -> None:
    with TemporaryDirectory() as folder:
        study = replace(
            load_study(), masks=(), mask_limit=rules.hide_below, enrolment=(), district_basis="home"
        )
        survey = read_survey(study, [_write(frame, layout, rules, Path(folder))])
    both = frame.join(survey.cube.frame, on=KEY, suffix="_read", how="left")
    assert both["status"].null_count() == 0, both.filter(pl.col("status").is_null())
    inside = (pl.col("k_low") <= pl.col("k")) & (pl.col("k") <= pl.col("k_high"))
    assert both.filter(~inside).is_empty(), both.filter(~inside)
    shown = both.filter(pl.col("status") == "observed")
    assert (shown["n_read"] == shown["n"]).all()
    hidden = both.filter((pl.col("n") < rules.hide_below) | (pl.col("k") < rules.hide_below))
    assert set(hidden["status"]) <= {"masked"}
    assert shown.height + hidden.height == both.height
