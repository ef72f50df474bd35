"""Charts as scenes: what they show and, above all, what they never show."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import fields, is_dataclass, replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhu_effect.dashboard import payload, plotly_figure, plotly_pack, plotly_trim, scene, svg, theme
from lhu_effect.dashboard.chart_data import Pick, TrendView, half_up, outwards, per_cent
from lhu_effect.dashboard.charts import CHARTS, chart, event, forest, timeline, trend
from lhu_effect.dashboard.model import COMPARISON, Level, MeasureRow
from lhu_effect.dashboard.scene import Band, Dot, Hatch, Label, Path, Scene, Span
from lhu_effect.i18n import LANGS, Lang, Text, room_texts
from tests.dashboard import chart_sample as sample

KINDS = ("forest", "themes", "trend", "event", "districts", "levels", "detectable", "matrix")
PICK = Pick("narcotics_ever", "ak9", answer=sample.ANSWER)


def drawn(kind: str, lang: Lang = "sv", pick: Pick = PICK, *, narrow: bool = False) -> Scene:
    view = chart(kind).view(sample.data(), pick)
    return chart(kind).scene(view, lang, narrow=narrow)


def marks(made: Scene, kind: type) -> list[object]:
    return [m for p in made.panels for m in p.marks if isinstance(m, kind)]


def words(made: Scene) -> str:
    return " | ".join(m.text for p in made.panels for m in p.marks if isinstance(m, Label))


def test_every_registered_chart_can_be_drawn() -> None:
    assert {c.name for c in CHARTS} == {*KINDS, "timeline", "other"}
    assert timeline.scene(sample.timeline(), "sv").panels


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_twins_are_well_formed_named_and_without_styles(kind: str, lang: Lang) -> None:
    for narrow in (False, True):
        made = drawn(kind, lang, narrow=narrow)
        text = svg.draw(made, "u")
        assert "style=" not in text
        root = ElementTree.fromstring(text)
        assert root.find("title").text  # type: ignore[union-attr]
        assert root.attrib["aria-labelledby"] == "u-t"
        ids = re.findall(r' id="([^"]+)"', text)
        assert all(i.startswith("u-") for i in ids)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_drawn_outside_its_scene(kind: str) -> None:
    for narrow in (False, True):
        made = drawn(kind, narrow=narrow)
        for panel in made.panels:
            for mark in panel.marks:
                for name in ("x", "x0", "x1"):
                    value = getattr(mark, name, None)
                    if isinstance(value, float):
                        assert -1 <= panel.px(value) <= made.width + 1, (kind, mark)
                for name in ("y", "y0", "y1"):
                    value = getattr(mark, name, None)
                    if isinstance(value, float):
                        assert -1 <= panel.py(value) <= made.height + 1, (kind, mark)


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_plain_lists_without_template_or_modebar(kind: str) -> None:
    made = plotly_figure.figure(drawn(kind), "sv")
    text = json.dumps(made, allow_nan=False)
    assert "bdata" not in text
    assert made["layout"]["template"] is None
    assert made["layout"]["separators"] == ", "
    assert plotly_figure.CONFIG["displayModeBar"] is False
    assert plotly_figure.CONFIG["plotlyServerURL"] == ""


def test_plotly_accepts_every_figure() -> None:
    import plotly.graph_objects as go

    for kind in KINDS:
        assert go.Figure(plotly_figure.figure(drawn(kind), "sv")).data is not None


def test_unsure_has_a_hatched_bar_and_no_dot_or_estimate() -> None:
    for row in sample.rows():
        made = forest.row_marks(row, 0.5, 0.15, 0.3)
        dots = [m for m in made if isinstance(m, Dot) and m.symbol == "circle"]
        hatches = [m for m in made if isinstance(m, Hatch)]
        if row.verdict == "unsure":
            assert len(hatches) == 1
            assert dots == []
            assert hatches[0].width == 14
        elif row.verdict == "not_comparable":
            assert made == []
        else:
            spans = [m for m in made if isinstance(m, Span)]
            assert [s.width for s in spans] == [8]
            assert [d.size for d in dots] == [14]
            assert dots[0].x == row.wanted * (row.estimate or 0)


def test_margin_zone_stands_only_behind_same() -> None:
    for row in sample.rows():
        zones = [m for m in forest.row_marks(row, 0.5, 0.15, 0.3) if isinstance(m, Band)]
        assert bool(zones) == (row.verdict == "same")


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow() -> None:
    rows = {r.indicator: r for r in sample.rows()}
    clipped = forest.row_marks(rows["easy_to_get_narcotics"], 0.5, 0.15, 0.3)
    assert [m.symbol for m in clipped if isinstance(m, Dot)] == ["triangle-right"]
    unbounded = forest.row_marks(rows["threatened_12_months"], 0.5, 0.15, 0.3)
    assert [m.symbol for m in unbounded if isinstance(m, Dot)] == ["triangle-right"]
    inside = forest.row_marks(rows["narcotics_ever"], 0.5, 0.15, 0.3)
    assert [m.symbol for m in inside if isinstance(m, Dot)] == ["circle"]


def test_coding_a_complement_turns_nothing_around() -> None:
    fewer_users = sample.rows()[0]
    more_abstainers = replace(
        fewer_users,
        wanted=1,
        estimate=-(fewer_users.estimate or 0),
        low=-(fewer_users.high or 0),
        high=-(fewer_users.low or 0),
    )
    assert forest.row_marks(fewer_users, 0.5, 0.15, 0.3) == forest.row_marks(more_abstainers, 0.5, 0.15, 0.3)


def test_forest_is_symmetric_and_keeps_the_order_given() -> None:
    made = drawn("forest")
    axis = made.panels[0].x
    assert axis.lo == -axis.hi
    said = words(made)
    labels = [r.label.sv for g in sample.forest().groups for r in g.rows]
    places = [said.index(label) for label in labels]
    assert places == sorted(places)


def test_event_study_has_no_reference_wave_and_points_only_for_claims() -> None:
    for indicator, verdict in (("narcotics_ever", "better"), ("easy_to_get_narcotics", "unsure")):
        made = drawn("event", pick=replace(PICK, indicator=indicator))
        dots = [m for m in marks(made, Dot) if m.symbol in theme.SYMBOLS.values()]  # type: ignore[attr-defined]
        assert len(dots) == (1 if verdict == "better" else 0)
        assert len(marks(made, Hatch)) == (3 if verdict == "better" else 4)
        assert "lägre andel än väntat" in words(made)
        assert "högre andel än väntat" in words(made)
        axis = made.panels[0].y
        assert axis.lo == -axis.hi


def test_event_marks_carry_the_shape_of_the_verdict() -> None:
    shapes = {}
    for indicator in ("narcotics_ever", "safe_neighbourhood_evening", "drunk_30_days"):
        view = chart("event").view(sample.data(), replace(PICK, indicator=indicator))
        after = view.points[-1]  # type: ignore[union-attr]
        made = event.scene(view, "sv")  # type: ignore[arg-type]
        shapes[after.verdict] = [m.symbol for m in marks(made, Dot) if m.role == after.verdict]  # type: ignore[attr-defined]
    assert shapes == {"better": ["triangle-up"], "worse": ["triangle-down"], "same": ["equals"]}


def test_trend_begins_at_zero_and_breaks_where_the_question_changed() -> None:
    made = drawn("trend", pick=replace(PICK, indicator="safe_in_school"))
    assert made.panels[0].y.lo == 0
    own = next(m for m in marks(made, Path) if m.role == "fg")  # type: ignore[attr-defined]
    assert None in own.ys  # type: ignore[attr-defined]
    assert "frågan ändrades" in words(made)
    whole = next(m for m in marks(drawn("trend"), Path) if m.role == "fg")  # type: ignore[attr-defined]
    assert None not in whole.ys  # type: ignore[attr-defined]


def test_trend_breaks_where_schools_moved_and_marks_what_is_hidden() -> None:
    moved = drawn("trend", pick=replace(PICK, unit="mariefred"))
    assert "skolor flyttades" in words(moved)
    hidden = drawn("trend", pick=replace(PICK, unit="aker"))
    assert "••" in words(hidden)
    assert any("visas inte (för få svar)" in s.text for s in hidden.panels[0].spots)


def test_promise_bands_stand_at_their_dates() -> None:
    bands = [m for m in marks(drawn("trend"), Band) if m.role == "band"]  # type: ignore[attr-defined]
    assert [round(b.x0, 2) for b in bands] == [2017.16, 2020.2, 2021.19, 2022.0]  # type: ignore[attr-defined]
    assert [round(b.x1, 2) for b in bands] == [2018.0, 2021.0, 2022.0, 2024.0]  # type: ignore[attr-defined]


def test_axes_depend_on_visible_numbers_only() -> None:
    """A hidden level leaves no trace: the view holds none, and the scene is the same whatever it was."""
    view = chart("trend").view(sample.data(), replace(PICK, unit="aker"))
    assert isinstance(view, TrendView)
    hidden = next(v for v in view.levels if v.why == "masked")
    assert (hidden.n, hidden.k, hidden.share, hidden.low, hidden.high) == (None,) * 5
    without = replace(view, levels=tuple(v for v in view.levels if v.why != "masked"))
    assert trend.scene(without, "sv").panels[0].y == trend.scene(view, "sv").panels[0].y


def test_small_multiples_keep_the_register_order_and_say_the_grades_when_they_differ() -> None:
    made = drawn("districts")
    assert len(made.panels) == len(sample.UNITS) - 1
    assert "årskurs 9" not in words(made)
    elsewhere = drawn("districts", pick=replace(PICK, group="ak7"))
    assert words(elsewhere).count("årskurs 9") == len(sample.UNITS) - 1


@pytest.mark.parametrize("kind", ["trend", "districts", "event"])
def test_table_holds_every_number_of_the_chart(kind: str) -> None:
    view = chart(kind).view(sample.data(), PICK)
    held = {c.value for row in chart(kind).table(view).rows for c in row if c.value is not None}
    numbers = {n for n in flat(view) if isinstance(n, float) and 0 < abs(n) < 1}
    assert numbers
    assert numbers <= held


def test_points_of_levels_and_themes_stand_in_their_tables() -> None:
    for kind in ("levels", "themes"):
        view = chart(kind).view(sample.data(), PICK)
        held = {c.value for row in chart(kind).table(view).rows for c in row if c.value is not None}
        dots = {m.x for m in marks(chart(kind).scene(view, "sv"), Dot)}  # type: ignore[attr-defined]
        assert dots
        assert dots <= held


def flat(value: object) -> list[object]:
    """Every level's and point's number in a view."""
    if isinstance(value, tuple | list):
        return [x for v in value for x in flat(v)]
    if is_dataclass(value) and not isinstance(value, Text):
        return [x for f in fields(value) for x in flat(getattr(value, f.name))]
    return [value]


def test_hostile_texts_are_escaped_and_stripped() -> None:
    data = sample.hostile()
    for kind in ("forest", "themes", "trend", "event", "districts", "levels", "detectable"):
        view = chart(kind).view(data, PICK)
        for lang in LANGS:
            made = chart(kind).scene(view, lang)
            text = svg.draw(made, "u")
            assert "<img" not in text
            assert "<script" not in text
            assert "\u202e" not in text
            ElementTree.fromstring(text)
            figure = json.dumps(plotly_figure.figure(made, lang), ensure_ascii=False)
            assert "<img" not in figure
            assert "<a " not in figure
            assert "\u202e" not in figure


def test_texts_of_both_languages_have_the_same_keys_and_holes() -> None:
    def holes(room: dict[str, object], path: str = "") -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, value in room.items():
            if isinstance(value, dict):
                found |= holes(value, f"{path}{name}.")
            else:
                found[path + name] = set(re.findall(r"\{(\w+)", str(value)))
        return found

    assert holes(room_texts("charts", "sv")) == holes(room_texts("charts", "en"))


def test_payload_holds_no_hidden_number_and_each_level_once() -> None:
    made = payload.chart_payload(sample.data())
    text = json.dumps(made, ensure_ascii=False, allow_nan=False)
    assert made["series"]["narcotics_ever|aker|ak9|all"][3] == [None, None, None, None, "masked", "v1"]
    assert text.count("Använt narkotika någon gång") == 2 + 2  # label, tables of forest and detectable
    assert COMPARISON in made["labels"]["unit"]


def test_plotly_is_packed_alike_every_time_and_unpacks_to_the_hashed_script() -> None:
    packed = base64.b64decode(plotly_pack.packed())
    assert packed[4:8] == b"\0\0\0\0"  # no time stamp
    assert gzip.decompress(packed).decode() == plotly_pack.source()
    assert plotly_pack.csp_hash() == plotly_pack.csp_hash_of(plotly_pack.source())
    assert "</script" not in plotly_pack.source()
    assert len(plotly_pack.packed()) < 700_000


def test_an_unknown_plotly_is_left_whole() -> None:
    from importlib import resources

    whole = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")
    other = whole.replace("plotly.js v", "plotly.js v999.", 1)
    assert plotly_trim.trimmed(other) is other
    assert plotly_trim.version(whole) in plotly_trim.TESTED
    assert plotly_trim.trimmed(whole).startswith(whole[:200])


def test_theme_tokens_are_the_same_in_every_mode() -> None:
    assert set(theme.LIGHT) == set(theme.DARK) == set(theme.PRINT) == set(theme.FORCED)
    assert theme.LIGHT["better"] == "#005a8c"
    assert theme.DARK["worse"] == "#ff9f6b"


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_words_have_contrast(mode: str) -> None:
    """WCAG 2.2 AA, 4.5:1, for every colour that carries words, on the page and on its own tint; bars 3:1."""
    paint = theme.palette(mode)
    for role in ("fg", "mut", "acc", "better", "worse", "same", "unsure", "na"):
        assert contrast(paint[role], paint["bg"]) >= 4.5, role
        assert contrast(paint[role], paint["soft"]) >= 4.5, role
    for role in ("better", "worse", "same"):
        assert contrast(paint[role], paint[f"{role}-bg"]) >= 4.5, role
    for role in ("fg", "mut"):
        assert contrast(paint[role], paint["band"]) >= 4.5, role
    for role in ("hl", "better", "worse", "same", "band-line"):
        assert contrast(paint[role], paint["bg"]) >= 3 or role == "band-line"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_intervals_are_rounded_outwards(one: float, other: float) -> None:
    low, high = sorted((one, other))
    said_low, said_high = (float(s.replace("−", "-")) for s in outwards(low, high, "en"))
    assert said_low <= low * 100 + 1e-6
    assert said_high >= high * 100 - 1e-6
    assert said_low > low * 100 - 1.000001
    assert said_high < high * 100 + 1.000001


@given(st.floats(0, 1))
def test_shares_are_said_to_the_nearest(share: float) -> None:
    assert abs(float(per_cent(share, "en", 1)) - share * 100) <= 0.05 + 1e-6
    assert half_up(-share) == -half_up(share)


@given(st.text(max_size=80), st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, limit: int) -> None:
    lines = scene.wrap(text, limit)
    assert all(len(line) <= limit for line in lines)
    assert "".join(lines).replace(" ", "").replace("-", "") == text.replace(" ", "").replace("-", "")


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["better", "worse", "same", "unsure", "not_comparable"]), max_size=40))
def test_any_number_of_measures_makes_a_forest(verdicts: list[str]) -> None:
    pattern = {r.verdict: r for r in sample.rows()}
    rows: tuple[MeasureRow, ...] = tuple(pattern[v] for v in verdicts)
    view = replace(sample.forest(), groups=(replace(sample.forest().groups[0], rows=rows),))
    for narrow in (False, True):
        made = forest.scene(view, "sv", narrow=narrow)
        assert len(made.panels[0].spots) == len(rows)
        ElementTree.fromstring(svg.draw(made, "u"))


def test_charts_with_nothing_to_show_say_so() -> None:
    empty = replace(PICK, unit="stallarholmen", group="ak7")
    made = drawn("trend", pick=empty)
    assert made.desc == "Stallarholmen: inga svar som kan visas"
    ElementTree.fromstring(svg.draw(made, "u"))
    assert drawn("event", pick=empty).desc.endswith("ingen mätning efter löftet kan jämföras.")
    masked = tuple(Level(y, why="masked") for y in sample.YEARS)
    view = chart("trend").view(sample.data(), PICK)
    hidden = replace(view, levels=masked, comparison=())  # type: ignore[type-var]
    assert words(trend.scene(hidden, "sv")).count("••") == len(masked)  # type: ignore[arg-type]


def test_a_weak_claim_is_weak_in_the_event_studys_heading_too() -> None:
    data = sample.data()
    known = chart("event")
    weak, firm = (
        known.heading(known.view(data, Pick(i, "ak9", answer=sample.ANSWER)), "sv")
        for i in ("narcotics_ever", "drunk_30_days")
    )
    assert "Beskedet är svagt" in weak
    assert "Beskedet är svagt" not in firm
