"""The audit reads pages and tables back and finds every planted leak; the gate refuses them without repeating them."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.disclosure import MaskedCube, audit, block, gate, mask, public_totals
from lhu_effect.disclosure.attack import Weak
from lhu_effect.disclosure.earlier import Earlier
from lhu_effect.disclosure.published import COLUMNS, from_block, read_page
from lhu_effect.effects.model import EFFECT_SCHEMA
from lhu_effect.errors import DisclosureError, InputError
from lhu_effect.i18n import LANGS
from lhu_effect.study.model import Stratum
from lhu_effect.survey.cube import as_cube
from lhu_effect.survey.tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parent))
import census

STUDY = census.study((("a", None),), strata=(Stratum("ak9", ("ak9",)),), pooled=())
ROWS = (
    {"n": 400, "k": 60},
    {"district": "strangnas", "n": 250, "k": 38},
    {"district": "mariefred", "n": 100, "k": 15},
    {"district": "aker", "n": 30, "k": 5},
    {"district": "stallarholmen", "n": 20, "k": 2},
)
HIDDEN = "2020 0486 aker ak9 all a"


def masked() -> MaskedCube:
    return mask(tabulate(as_cube(census.cells(*ROWS)), STUDY), STUDY)


def page(extra: dict | None = None, cells: dict | None = None, body: str = "") -> str:
    data = {"cells": cells or block(masked())} | (extra or {})
    return f'<html><body>{body}<script type="application/json" id="lhu-data">{json.dumps(data)}</script></body></html>'


def found(html: str) -> set[tuple[str, str, str]]:
    return {(f.cell, f.what, f.where) for f in audit(html.encode())}


def unhide(cells: dict, district: str, **values) -> dict:
    """The block with a hidden row filled in, as a careless program would."""
    rows = [dict(zip(cells["columns"], r, strict=True)) for r in cells["rows"]]
    for row in rows:
        if row["district"] == district:
            row |= {"status": "observed"} | values
    return cells | {"rows": [[r[c] for c in cells["columns"]] for r in rows]}


def test_a_well_masked_page_passes_audit_and_gate():
    assert audit(page().encode()) == []
    gate(page(), STUDY)


def test_the_block_reads_back_as_it_was():
    m = masked()
    again = from_block(json.loads(json.dumps(block(m))))
    columns = list(COLUMNS[:7])
    assert again.cells.select(columns).equals(m.frame.select(columns))
    assert (again.structure, again.minimum) == (m.structure, m.minimum)
    numbers = ["n", "k", "n_low", "n_high", "k_low", "k_high"]
    assert again.cells.select("n", "k").equals(m.frame.select("n", "k"))
    assert set(again.cells.filter(pl.col("status") == "masked").select(numbers).row(0)) == {None}


def test_a_hidden_count_in_the_data_is_found_with_what_it_gives_away():
    leaky = unhide(block(masked()), "aker", n_low=30, n_high=30, k_low=5, k_high=5)
    findings = audit(page(cells=leaky).encode())
    assert {(f.cell, f.what, f.low, f.high) for f in findings} >= {
        ("2020 0486 stallarholmen ak9 all a", "k", 2, 2)
    }


def test_a_small_cell_that_is_shown_is_found():
    leaky = unhide(block(masked()), "stallarholmen", n_low=20, n_high=20, k_low=2, k_high=2)
    assert ("2020 0486 stallarholmen ak9 all a", "small", "cells") in found(page(cells=leaky))


def effect(**values) -> dict:
    row = (
        dict.fromkeys(EFFECT_SCHEMA)
        | {
            "indicator": "a",
            "municipality": "0486",
            "district": "aker",
            "grade": "ak9",
            "sex": "all",
            "before_years": "2017",
            "after_year": 2020,
        }
        | values
    )
    return {"effects": {"columns": list(EFFECT_SCHEMA), "rows": [[row[c] for c in EFFECT_SCHEMA]]}}


@pytest.mark.parametrize(
    "column",
    [
        "n_after",
        "share_after",
        "change",
        "change_low",
        "change90_high",
        "change_p_value",
        "counterfactual",
        "estimate",
        "conf_low",
        "conf90_high",
        "logit_low",
        "p_value",
        "p_adjusted",
        "margin",
    ],
)
def test_a_number_about_a_hidden_after_wave_is_found(column: str):
    assert (HIDDEN, "shown", "effects") in found(page(effect(**{column: 0.1})))
    assert found(page(effect(verdict="not_comparable", reason="masked", n_before=40, share_before=0.2))) == {
        ("2017 0486 aker ak9 all a", "shown", "effects")
    }


@pytest.mark.parametrize("column", ["n_before", "share_before", "change", "change_high"])
def test_a_number_about_a_hidden_before_wave_is_found(column: str):
    row = effect(**{column: 0.1}, before_years="2014 2020", after_year=2023)
    assert (HIDDEN, "shown", "effects") in found(page(row))


def test_an_effect_row_that_shows_another_count_than_the_cell_is_found():
    shown = {"district": "mariefred", "n_after": 100, "share_after": 0.15}
    assert found(page(effect(**shown, before_years=""))) == set()
    assert found(page(effect(**(shown | {"n_after": 99}), before_years=""))) != set()
    assert found(page(effect(**(shown | {"share_after": 0.16}), before_years=""))) != set()


def test_districts_taken_together_must_all_be_shown():
    both = effect(district="mariefred+aker", n_after=130, share_after=0.15, before_years="")
    assert found(page(both)) == {("2020 0486 mariefred+aker ak9 all a", "shown", "effects")}


def charts(levels: dict | None = None, events: dict | None = None) -> dict:
    return {"charts": {"waves": [[2020, 2020.1, 0]], "series": levels or {}, "events": events or {}}}


@pytest.mark.parametrize("level", [[30, 0.17, 0.1, 0.3], [None, 0.17, None, None], [None, None, 0.1, 0.3]])
def test_a_chart_point_of_a_hidden_cell_is_found(level: list):
    assert found(page(charts({"a|aker|ak9|all": [[*level, "", ""]]}))) == {(HIDDEN, "shown", "charts.series")}
    assert found(page(charts({"a|aker|ak9|all": [[None, None, None, None, "masked", ""]]}))) == set()
    assert found(page(charts({"a|mariefred|ak9|all": [[100, 0.15, 0.1, 0.2, "", ""]]}))) == set()


def test_an_event_study_point_of_a_hidden_cell_is_found():
    shown = charts(events={"2020": {"a|aker|ak9": [[0, 2, 3, None, -0.1, 0.2]]}})
    assert found(page(shown)) == {(HIDDEN, "shown", "charts.events")}
    assert (
        found(page(charts(events={"2020": {"a|aker|ak9": [[0, 2, 4, None, None, None, "masked"]]}}))) == set()
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"charts": [1]},
        {"charts": {"waves": [[2020, 2020.1, 0]], "series": {}}},
        {"charts": {"waves": [[2020, 2020.1, 0]], "series": {"a|aker": [[30, 0.1, 0, 0]]}, "events": {}}},
        {"charts": {"waves": [[2020, 2020.1, 0]], "series": {"a|aker|ak9|all": {"n": 30}}, "events": {}}},
        {"charts": {"waves": [[2020, 2020.1, 0]], "series": {}, "events": {"2020|a|aker|ak9": [[2020, 1]]}}},
        {"effects": {"columns": 3}},
    ],
)
def test_data_in_a_shape_the_audit_does_not_know_is_refused(odd: dict):
    """So that a change of the page's format cannot make the audit blind without anybody noticing."""
    assert {what for _, what, _ in found(page(odd))} == {"unread"}


@pytest.mark.parametrize(
    "body",
    [
        "<!-- n = 30 -->",
        '<script type="application/json" id="more">{"n":30}</script>',
        f'<img data-x="{"QUJD" * 40}">',
        f'<script type="text/plain" id="arrays">{"QUJD" * 40}</script>',
    ],
)
def test_what_cannot_be_read_back_is_refused(body: str):
    assert {what for _, what, _ in found(page(body=body))} == {"unread"}
    with pytest.raises(DisclosureError):
        gate(page(body=body), STUDY)


def test_packed_arrays_in_the_data_are_refused():
    assert found(page({"page": {"y": {"bdata": "AAAA"}}})) == {("packed array", "unread", "json")}
    assert found(page({"page": {"y": "QUJD" * 40}})) == {("base64", "unread", "json")}


def test_the_gate_refuses_without_repeating_the_number():
    leaky = unhide(block(masked()), "aker", n_low=31, n_high=31, k_low=6, k_high=6)
    with pytest.raises(DisclosureError) as error:
        gate(page(cells=leaky), STUDY)
    for lang in LANGS:
        said = error.value.message(lang)
        assert "aker" in said or "stallarholmen" in said
        assert not {"31", "6", "19", "1"} & set(re.findall(r"[0-9]+", said))


@pytest.mark.parametrize(
    "html", ["", "<html></html>", page(cells={"version": 99}), page(cells={"version": 1})]
)
def test_the_gate_refuses_a_page_that_carries_no_readable_cells(html: str):
    with pytest.raises(DisclosureError) as error:
        gate(html, STUDY)
    assert error.value.rule == "disclosure.not_readable"
    with pytest.raises(InputError):
        audit(html.encode())


def test_the_gate_keeps_the_study_s_own_rule_even_if_the_page_says_less():
    weak = block(masked()) | {"minimum": {"n": 1, "k": 0}}
    shown = unhide(weak, "aker", n_low=30, n_high=30, k_low=4, k_high=4)
    with pytest.raises(DisclosureError):
        gate(page(cells=shown), STUDY)


def test_a_page_beside_its_earlier_version(tmp_path: Path):
    """Åker was shown last year: with it Stallarholmen follows from this year's page."""
    old = tmp_path / "old.html"
    old.write_text(
        page(cells=unhide(block(masked()), "aker", n_low=30, n_high=30, k_low=5, k_high=5)), "utf-8"
    )
    new = tmp_path / "new.html"
    new.write_text(page(), "utf-8")
    assert audit(new) == []
    found_with = audit(new, previous=old)
    assert {(f.cell, f.what, f.low, f.high, f.where) for f in found_with} >= {
        ("2020 0486 stallarholmen ak9 all a", "k", 2, 2, "previous")
    }
    with pytest.raises(DisclosureError):
        gate(page(), STUDY, old)


def test_the_gate_knows_the_region_s_rows():
    """The county less the municipalities that are shown is the one that is hidden."""
    codes = sorted(census.SIZES)
    rows = [{"municipality": c, "n": 100, "k": 2 if c == codes[0] else 20} for c in codes]
    county = {"municipality": "04", "n": 100 * len(codes), "k": 20 * len(codes) - 18}
    cube = as_cube(census.cells(*rows, county))
    totals, table = public_totals(cube, STUDY), tabulate(cube, STUDY)
    alone = page(cells=block(mask(table, STUDY)))
    gate(alone, STUDY)
    with pytest.raises(DisclosureError):
        gate(alone, STUDY, totals=totals)
    gate(page(cells=block(mask(table, STUDY, totals=totals))), STUDY, totals=totals)


def test_a_page_of_just_what_was_attacked_is_not_attacked_twice(monkeypatch: pytest.MonkeyPatch):
    """Any other cell, tie or rule, and the programmes are solved again."""
    asked: list[bool] = []

    def told(*_: object, thorough: bool = True) -> list[Weak]:
        asked.append(thorough)
        return []

    monkeypatch.setattr(import_module("lhu_effect.disclosure.audit"), "weak_spots", told)
    same, one_more = block(masked()), unhide(block(masked()), "aker", n_low=30, n_high=30, k_low=5, k_high=5)
    untied = same | {"structure": same["structure"] | {"nested": [["a", "b"]]}}
    for cells in (same, one_more, untied, same | {"minimum": {"n": 30, "k": 6}}):
        gate(page(cells=cells), STUDY, attacked=masked())
    gate(page(cells=same), STUDY)
    assert asked == [False, True, True, True, True]


def test_what_the_region_s_rows_tell_is_no_excuse_for_telling_more():
    """3 of 900 in the county: 0-3 in every municipality is told without a page, exactly 2 in one is not."""
    codes = sorted(census.SIZES)
    rows = [{"municipality": c, "n": 100, "k": 2 if c == codes[0] else 0} for c in codes]
    cube = as_cube(census.cells(*rows, {"municipality": "04", "n": 100 * len(codes), "k": 3}))
    earlier = Earlier(totals=public_totals(cube, STUDY))
    masked = mask(tabulate(cube, STUDY), STUDY)
    asked = [Weak(0, "k", 0, 3), Weak(0, "k", 2, 2)]
    told = earlier.told_anyway(masked.frame, masked.structure, STUDY.minimum, asked)
    assert told == {Weak(0, "k", 0, 3)}


def test_an_import_table_is_audited_as_a_publication(tmp_path: Path):
    path = tmp_path / "cells.csv"
    as_cube(census.cells(*ROWS)).frame.drop("school", "organiser").write_csv(path)
    assert {f.what for f in audit(path, study=STUDY)} == {"small"}
    masked().frame.drop("school", "organiser").write_csv(path)
    assert audit(path, study=STUDY) == []


def test_an_effects_table_is_audited_as_a_publication(tmp_path: Path):
    path = tmp_path / "effects.csv"
    rows = [
        effect(district=d, n_after=n, share_after=None if k is None else k / n, before_years="")["effects"][
            "rows"
        ][0]
        for d, n, k in (("all", 400, 60), ("strangnas", 250, 38), ("mariefred", 100, 15), ("aker", 30, 5))
    ]
    rows.append(effect(district="stallarholmen", before_years="")["effects"]["rows"][0])
    pl.DataFrame(rows, schema=EFFECT_SCHEMA, orient="row").write_csv(path)
    assert {(f.cell, f.what, f.low) for f in audit(path, study=STUDY)} == {
        ("2020 0486 stallarholmen ak9 all a", "n", 20),
        ("2020 0486 stallarholmen ak9 all a", "k", 2),
        ("2020 0486 stallarholmen ak9 all a", "n-k", 18),
    }


def test_a_district_without_pupils_is_no_finding_in_an_effects_table(tmp_path: Path):
    path = tmp_path / "effects.csv"
    rows = [
        effect(district=d, n_after=n, share_after=None if k is None else k / n, before_years="")["effects"][
            "rows"
        ][0]
        for d, n, k in (
            ("all", 350, 53),
            ("strangnas", 250, 38),
            ("mariefred", 100, 15),
            ("aker", None, None),
        )
    ]
    pl.DataFrame(rows, schema=EFFECT_SCHEMA, orient="row").write_csv(path)
    assert audit(path, study=STUDY) == []


def test_something_else_is_refused_with_a_message(tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError) as error:
        audit(path)
    assert error.value.rule == "disclosure.no_cells"
    assert "lhu-effect" in error.value.message("sv")


def test_reading_a_page_that_is_not_ours_never_raises_anything_else():
    for data in ("null", "[]", '{"cells": 1}', '{"cells": {"version": 1, "rows": 3}}', "{"):
        html = f'<script type="application/json" id="lhu-data">{data}</script>'
        with pytest.raises(InputError):
            read_page(html)
