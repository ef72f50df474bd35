"""Numbers that repeat others: forests, themes, tables on the page, checks, power tables, replication bundles.

Each planted number belongs to a hidden cell (Åker, 31 answers); each test also shows that the untouched file passes.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lhu_effect import pipeline
from lhu_effect.dashboard import export
from lhu_effect.disclosure import MaskedCube, audit, gate_bundle, gate_table
from lhu_effect.disclosure.page import page_findings
from lhu_effect.disclosure.published import Published, read_page
from lhu_effect.effects import power
from lhu_effect.errors import DisclosureError

sys.path.insert(0, str(Path(__file__).parent))
from town import STUDY, extract, write_study

THEME = STUDY.replace(
    "primary_named_on",
    'theme_indicators = { drugs = ["narcotics_ever", "offered_narcotics_12_months"] }\nheadline = "both"\nprimary_named_on',
)
QUESTION = "narcotics_ever"
LEAK = 3 / 31  # Åker 2023


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Analysis:
    folder = write_study(tmp_path_factory.mktemp("repeated") / "study", extract(), THEME)
    return pipeline.analyse(pipeline.find_inputs([folder]))


@pytest.fixture(scope="module")
def html(analysis: pipeline.Analysis) -> str:
    return pipeline.page(analysis)


@pytest.fixture(scope="module")
def read(html: str) -> Published:
    return read_page(html)


def findings(read: Published, change: Callable[[Any], None], html: str = "") -> set[tuple[str, str]]:
    """(what, where) found in the page's text and in its data after a change."""
    data = copy.deepcopy(dict(read.data))
    change(data)
    return {(what, where) for _, what, where in page_findings(replace(read, data=data), html)}


def answer(data: Any) -> Any:
    return next(iter(data["charts"]["answers"].values()))


def forest_row(data: Any) -> None:
    answer(data)["forest"]["groups"][0][1][0][3] = LEAK


def forest_table(data: Any) -> None:
    row = next(r for r in answer(data)["forest"]["table"]["rows"] if any(isinstance(c, dict) for c in r))
    next(c for c in row if isinstance(c, dict))["v"] = round(LEAK, 6)


def theme_row(data: Any) -> None:
    answer(data)["themes"][0][3] = 87.654321


def smallest_change(data: Any) -> None:
    next(iter(data["charts"]["detectable"].values()))[0][1] = LEAK


def smallest_change_table(data: Any) -> None:
    table = next(iter(data["charts"]["tables"].values()))
    table["rows"][0][1] = {"t": "9,7", "v": LEAK}


def theme_effect(data: Any) -> None:
    """Åker's composite: a row of the effects table that stands on hidden cells only."""
    effects = data["effects"]
    at = {c: i for i, c in enumerate(effects["columns"])}
    row = next(
        r for r in effects["rows"] if r[at["indicator"]] == "theme:drugs" and r[at["district"]] == "aker"
    )
    assert row[at["index"]] is None
    row[at["index"]] = 91.2


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (forest_row, "charts.answers"),
        (forest_table, "charts.answers"),
        (theme_row, "charts.answers"),
        (smallest_change, "charts.detectable"),
        (smallest_change_table, "charts.tables"),
        (theme_effect, "effects"),
    ],
)
def test_a_number_that_repeats_nothing_shown_is_found(
    read: Published, change: Callable[[Any], None], where: str
):
    assert findings(read, lambda _: None) == set()
    assert findings(read, change) == {("shown", where)}


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (f'<table><tr><td data-v="{LEAK!r}">9,7</td></tr></table>', "shown"),
        ('<table><tr><td data-v="31">31</td></tr></table>', "shown"),
        ("<table><tr><td>10 % (31)</td></tr></table>", "shown"),
        ("<table><tr><td>10 % (1\u00a0031)</td></tr></table>", "shown"),
        ('<table><tr><td data-v="many">31</td></tr></table>', "unread"),
    ],
)
def test_a_number_in_a_table_of_the_page_s_text_is_found(read: Published, html: str, what: str, found: str):
    assert findings(read, lambda _: None, html.replace("</main>", what + "</main>")) == {(found, "html")}


def test_data_in_odd_shapes_are_unread_never_an_error(read: Published):
    """Every part of the page's charts and effects in turn becomes something else."""
    for path in _paths(read.data, 4):
        for odd in (None, [], {}, "x", -1, [[]], {"x": [None]}, [["a", 1, "b", True]]):

            def change(data: Any, path: tuple[Any, ...] = path, odd: Any = odd) -> None:
                for key in path[:-1]:
                    data = data[key]
                data[path[-1]] = odd

            found = findings(read, change)
            assert all(what in ("shown", "unread", "small", "sums") for what, _ in found)


def _paths(value: Any, depth: int, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Places in the data that the audit reads, the first two of each list."""
    if path and path[0] not in ("charts", "effects"):
        return
    if path[:2] in {("charts", "texts"), ("charts", "paint"), ("charts", "labels"), ("charts", "verdicts")}:
        return
    if path:
        yield path
    if depth:
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value[:2])
            if isinstance(value, list)
            else ()
        )
        for key, inner in items:
            yield from _paths(inner, depth - 1, (*path, key))


def masked(analysis: pipeline.Analysis) -> MaskedCube:
    assert isinstance(analysis.shown, MaskedCube)
    return analysis.shown


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "parquet"])
@pytest.mark.parametrize(
    ("check", "variant", "key"),
    [
        ("honest_bounds", "1", {"district": "aker"}),
        ("event_study", "2020", {"district": "aker", "after_year": 2026}),
        ("coverage", "2020", {"district": "aker", "after_year": 2026}),
        ("sexes", "girl", {"indicator": "hidden_for_girls"}),
        ("grades", "ak9", {"district": "aker", "grade": "other"}),
    ],
)
def test_checks_that_tell_of_a_hidden_cell_are_not_written(
    analysis, suffix: str, check: str, variant: str, key: dict
):
    one = replace(analysis, shown=without_girls(masked(analysis)))
    row = dict.fromkeys(one.effects.checks.columns) | {
        "promise": "2020", "indicator": QUESTION, "municipality": "0486", "district": "all", "grade": "ak9",
        "sex": "all", "after_year": 2023, "check": check, "variant": variant, "value": 0.1, "note": "",
    } | key  # fmt: skip
    if key.get("indicator"):
        row["indicator"] = QUESTION
    leaky = pl.concat([one.effects.checks, pl.DataFrame([row], schema=one.effects.checks.schema)])
    with pytest.raises(DisclosureError):
        pipeline.gate_files(one, files_of(one, leaky, suffix))
    silent = leaky.with_columns(
        pl.lit(None, dtype=pl.Float64).alias(c) for c in ("value", "low", "high", "p_value")
    )
    pipeline.gate_files(one, files_of(one, silent, suffix))


def files_of(one: pipeline.Analysis, checks: pl.DataFrame, suffix: str) -> dict[str, bytes]:
    effects = replace(one.effects, checks=checks)
    return export.effect_files(effects, one.study, one.survey, suffix, stem="effects")


def without_girls(m: MaskedCube) -> MaskedCube:
    """The same cells, girls of 2023 hidden."""
    gone = (pl.col("sex") == "girl") & (pl.col("year") == 2023)
    numbers = ("n", "n_low", "n_high", "k", "k_low", "k_high", "percent")
    frame = m.frame.with_columns(
        *(pl.when(gone).then(None).otherwise(c).alias(c) for c in numbers),
        pl.when(gone).then(pl.lit("masked")).otherwise("status").alias("status"),
    )
    return replace(m, frame=frame)


@pytest.mark.parametrize(
    "change",
    [{"district": "aker"}, {"n_after": 31}, {"share": LEAK}, {"variant": "more_waves", "district": "aker"}],
)
def test_a_power_table_that_tells_of_a_hidden_cell_is_not_written(analysis, change: dict):
    table = power(analysis.study, analysis.shown)
    gate_table(table.iter_rows(named=True), masked(analysis))
    row = next(r for r in table.iter_rows(named=True) if r["variant"] == "as_planned")
    with pytest.raises(DisclosureError):
        gate_table([row | change], masked(analysis))


def test_a_replication_bundle_that_tells_of_a_hidden_cell_is_not_written(analysis):
    bundles = pipeline.bundle_files(analysis, "en")
    cells = bundles[f"2020_{QUESTION}/cells.csv"].decode()
    gate_bundle({"cells.csv": cells}, QUESTION, masked(analysis))
    for row in (
        "Strängnäs aker,1,2023,3,3,31,1,0",
        "Strängnäs,1,2023,43,43,372,0,1",
        "Strängnäs aker+mariefred,1,2023,14,14,131,1,0",
    ):
        with pytest.raises(DisclosureError):
            gate_bundle({"cells.csv": f"{cells}{row}\n"}, QUESTION, masked(analysis))


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "parquet"])
def test_every_effects_file_can_be_audited_and_is_clean(analysis, suffix: str, tmp_path: Path):
    for name, content in files_of(analysis, analysis.effects.checks, suffix).items():
        if "_checks" not in name:
            (tmp_path / name).write_bytes(content)
            assert audit(tmp_path / name, study=analysis.study) == []


def test_a_leaky_json_of_effects_is_found(analysis, tmp_path: Path):
    """Two siblings shown beside the whole: the third follows."""
    path = tmp_path / "effects.json"
    path.write_bytes(files_of(analysis, analysis.effects.checks, "json")["effects.json"])
    held = json.loads(path.read_text("utf-8"))
    for row in held["effects"]:
        if row["district"] == "mariefred" and row["after_year"] == 2023 and row["indicator"] == QUESTION:
            row |= {"n_after": 100, "share_after": 0.13}
    path.write_text(json.dumps(held), "utf-8")
    found = {(f.cell, f.what, f.low) for f in audit(path, study=analysis.study)}
    assert (f"2023 0486 aker ak9 all {QUESTION}", "n", 31) in found
