"""Other sources on the page: under their own heading, in both languages, with what may not be told nowhere in the file."""

from __future__ import annotations

import pathlib
import re
from dataclasses import replace

import pytest

from lhu_effect.dashboard.charts import chart, other
from lhu_effect.dashboard.model_other import OtherSources
from lhu_effect.dashboard.other_sources import present_other
from lhu_effect.dashboard.scene import Dot, Label, Path, Span
from lhu_effect.disclosure.published import page_data
from lhu_effect.disclosure.series import mask_series, series_findings
from lhu_effect.i18n import LANGS
from lhu_effect.study import parse_study
from lhu_effect.survey import read_other_sources
from lhu_effect.survey.series import SeriesSet
from tests.dashboard import other_sample, test_page


@pytest.fixture(scope="module")
def panel() -> OtherSources:
    made = present_other(other_sample.shown())
    assert made is not None
    return made


def marks(panel: OtherSources, id_: str, kind: type, *, narrow: bool = False) -> list[list[object]]:
    figure = panel.figure(id_)
    assert figure is not None
    scene = other.scene(figure, "sv", narrow=narrow)
    return [[m for m in p.marks if isinstance(m, kind)] for p in scene.panels]


def test_no_sources_no_panel() -> None:
    assert present_other(None) is None
    assert present_other(SeriesSet()) is None
    assert '<section id="andra"' not in test_page.page_of("mixed")


def test_a_value_below_a_limit_is_an_open_mark_at_the_limit_and_lines_pass_it_by(panel: OtherSources) -> None:
    first, second = marks(panel, "wastewater-1", Dot)
    assert [(d.y, d.symbol, d.hollow) for d in first] == [  # type: ignore[attr-defined]
        (12.5, "square", False),
        (10.1, "circle", False),
        (11.1, "circle", False),
        (15.0, "square", False),
    ]
    assert [(d.y, d.hollow) for d in second] == [(8.5, True), (9.0, False)]  # type: ignore[attr-defined]
    lines = [m for own in marks(panel, "wastewater-1", Path) for m in own]
    assert [p.dash for p in lines] == ["", "dash"]  # type: ignore[attr-defined]
    hidden = [m for m in marks(panel, "wastewater-1", Label)[1] if m.text == "••"]  # type: ignore[attr-defined]
    assert len(hidden) == 1


def test_the_words_of_a_point_and_of_its_table(panel: OtherSources) -> None:
    figure = panel.figure("wastewater-2")
    assert figure is not None
    told = {p.said.sv for own in figure.panels for p in own.points}
    assert "Strängnäs tätort, 14\u00a0mars 2020: under 3,0 mg per 1 000 invånare och dygn" in told
    assert "Mariefred, 17\u00a0mars 2020: under mätgränsen" in told
    assert "Strängnäs tätort, 20\u00a0mars 2021: 7,5 mg per 1 000 invånare och dygn, helg" in told
    rows = [[cell.text.to("en") for cell in row] for row in figure.table.rows]
    assert rows[0] == [
        "Strängnäs tätort",
        "14\u00a0March 2020",
        "weekend",
        "below 3.0",
        "less than the limit of measurement",
    ]
    assert [c.value for row in figure.table.rows for c in row if c.value is not None] == [
        4.0,
        4.0,
        1.0,
        7.5,
        2.0,
    ]


def test_counts_are_bars_from_zero_and_a_small_month_makes_them_years(panel: OtherSources) -> None:
    (bars,) = marks(panel, "crime-1", Span)
    years = [sum(30 + m for m in range(1, 13)) + other_sample.SMALL - 32, sum(30 + m for m in range(1, 13))]
    assert [(b.y0, b.y1) for b in bars] == [(0.0, float(y)) for y in years]  # type: ignore[attr-defined]
    (months,) = marks(panel, "crime-2", Span)
    assert len(months) == 24


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("narrow", [False, True])
def test_every_figure_fits_its_scene_and_says_every_point(
    panel: OtherSources, lang: str, narrow: bool
) -> None:
    for block in panel.blocks:
        for figure in block.figures:
            scene = other.scene(figure, lang, narrow=narrow)  # type: ignore[arg-type]
            assert scene.title
            assert chart("other").heading(figure, lang)  # type: ignore[arg-type]
            assert sum(len(p.spots) for p in scene.panels) == sum(len(p.points) for p in figure.panels)
            for p in scene.panels:
                assert p.left + p.width <= scene.width
                assert p.top + p.height <= scene.height
                for m in p.marks:
                    if isinstance(m, Dot):
                        assert p.left - 1 <= p.px(m.x) <= p.left + p.width + 1
                        assert p.top - 1 <= p.py(m.y) <= p.top + p.height + 1


def section(page: str) -> str:
    return page[page.index('<section id="andra"') : page.index('<section id="sakerhet"')]


def test_the_section_names_whose_numbers_and_judges_nothing() -> None:
    said = re.sub(r"<svg.*?</svg>", "", section(test_page.page_of("other sources")), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", said)
    for words in (
        "Andra källor",
        "Polisen",
        "Kolada (RKA)",
        "CC BY 4.0",
        "Processmått",
        "1\u00a0november 2026",
    ):
        assert words in text, words
    for word in ("bättre", "sämre", "ökade", "minskade", "effekt", "jämförelsekommun"):
        assert word not in text.lower(), word
    assert text.count("Syntetiska data – källan är påhittad") == 1
    assert text.count("Källans egna tal") == 2


def test_nothing_else_on_the_page_changes() -> None:
    without, beside = test_page.page_of("mixed"), test_page.page_of("other sources")
    data = [page_data(p) for p in (without, beside)]
    assert data[0]["effects"] == data[1]["effects"]
    assert data[0]["cells"] == data[1]["cells"]
    charts = [{k: v for k, v in d["charts"].items() if k != "other"} for d in data]  # type: ignore[union-attr]
    assert charts[0] == charts[1]


def test_the_page_carries_what_was_shown_and_the_gate_refuses_the_rest() -> None:
    def found(page: str) -> list[str]:
        charts = page_data(page)["charts"]
        assert isinstance(charts, dict)
        return [what for _, what, _ in series_findings(charts["other"], other_sample.study().minimum)]

    assert found(test_page.page_of("other sources")) == []
    made = test_page.other_sources()
    leaking = replace(made, survey=replace(made.survey, other=other_sample.raw()))
    assert set(found(test_page.build(leaking))) == {"small"}


def test_a_hostile_name_in_another_source_is_only_a_name(tmp_path: pathlib.Path) -> None:
    """Markup, a turned reading direction and a formula in names of substances: shown as text, never carried out."""
    body = "Datum;Plats;Ämne;mg per 1000 invånare och dygn\n" + "".join(
        f"2020-03-14;Strängnäs;{name};5\n"
        for name in ("<script>alert(1)</script>", "Kok\u202eain", "=HYPERLINK(1)", "MDMA och annat " * 60)
    )
    (tmp_path / "w.csv").write_text(body, "utf-8")
    head = other_sample.STUDY[: other_sample.STUDY.index('id = "crime"')].rpartition("[[source]]")[0]
    study = parse_study(head.encode(), tmp_path)
    made = test_page.other_sources()
    shown = mask_series(read_other_sources(study), study)
    page = test_page.build(replace(made, survey=replace(made.survey, other=shown)))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in section(page)
    assert "<script>alert(1)" not in page
    assert "\u202e" not in page
    assert "=HYPERLINK(1)" in section(page)
