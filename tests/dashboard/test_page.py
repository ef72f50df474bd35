"""The page as text: policy, escaping, what is and is not in it, for good studies and bad ones."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from lhu_effect.dashboard import present, render
from lhu_effect.definitions.model import District, Indicator
from lhu_effect.disclosure.published import page_data
from lhu_effect.effects.model import EFFECT_SCHEMA, Effects
from lhu_effect.i18n import Lang, Text
from lhu_effect.survey.cube import Cube
from tests.dashboard import fixtures, other_sample
from tests.dashboard.fixtures import Made

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnol\u0000\u2028"


def build(made: Made, lang: Lang = "sv", *, internal: bool = False) -> str:
    other = made.survey.other
    data = present(
        made.effects, made.cube, made.study, made.survey, internal=internal, lang=lang, other=other
    )
    return render(data)


def other_sources() -> Made:
    made = fixtures.make()
    return replace(made, survey=replace(made.survey, other=other_sample.shown()))


def hostile() -> Made:
    """Markup, bidi and very long names wherever a name can come from."""
    study = fixtures.small_study(("narcotics_12_months", "safe_in_school"))
    label = Text(EVIL + " andel")
    bad = Indicator(
        "x_y", label, "drugs", "lower", "now", question=EVIL, answers=(EVIL,), base=EVIL, source=EVIL
    )
    long_one = replace(
        bad, id="long", label=Text("Långtordutanblanksteg" * 20, "Averylongwordwithoutblanks" * 20)
    )
    study = fixtures.with_indicators(study, {"x_y": bad, "long": long_one})
    promise = fixtures.promise_2020()
    commitments = tuple(
        replace(c, text=Text(EVIL), source="javascript:alert(1)", why=Text(EVIL)) for c in promise.commitments
    )
    study = replace(
        study, title=Text(EVIL), promises=(replace(promise, title=Text(EVIL), commitments=commitments),)
    )
    return fixtures.make({}, study=study)


def many() -> Made:
    """40 indicators and 30 districts."""
    study = fixtures.small_study()
    registry = study.registry
    kinds = list(registry.indicators.values())
    more = {
        f"more_{n}": replace(kinds[n % len(kinds)], id=f"more_{n}", label=Text(f"Mått {n}", f"Measure {n}"))
        for n in range(40 - len(kinds))
    }
    home = registry.places[fixtures.OWN]
    extra = tuple(District(f"del_{n}", f"Kommundel {n}", fixtures.OWN) for n in range(26))
    places = {**registry.places, fixtures.OWN: replace(home, districts=(*home.districts, *extra))}
    study = replace(
        study, registry=replace(registry, indicators={**registry.indicators, **more}, places=places)
    )
    made = fixtures.make(study=study)
    grown = [made.cube.frame] + [
        made.cube.frame.filter(pl.col("district") == "mariefred").with_columns(pl.lit(d.id).alias("district"))
        for d in extra
    ]
    return replace(made, cube=Cube(pl.concat(grown)))


def without_commitments() -> Made:
    study = fixtures.small_study()
    return fixtures.make(
        study=replace(study, promises=tuple(replace(p, commitments=()) for p in study.promises))
    )


def one_wave() -> Made:
    """One wave only: nothing to compare, no rows."""
    study = fixtures.small_study()
    cube = fixtures.cells(study, {}, years=(2020,))
    empty = pl.DataFrame(schema=EFFECT_SCHEMA)
    made = fixtures.make(study=study)
    return replace(made, cube=cube, effects=Effects(empty, made.effects.checks, masked=True))


def all_masked() -> Made:
    made = fixtures.make({}, rest="not_comparable", themes=[])
    hidden = made.cube.frame.with_columns(
        pl.lit("masked").alias("status"),
        *(pl.lit(None, dtype=pl.Int64).alias(c) for c in ("n", "n_low", "n_high", "k", "k_low", "k_high")),
    )
    rows = made.effects.rows.with_columns(
        pl.lit("masked").alias("reason"),
        *(pl.lit(None, dtype=t).alias(c) for c, t in EFFECT_SCHEMA.items() if t in (pl.Float64,)),
        *(pl.lit(None, dtype=pl.Int64).alias(c) for c in ("n_before", "n_after")),
    )
    return replace(made, cube=Cube(hidden), effects=Effects(rows, made.effects.checks, masked=True))


def without_n() -> Made:
    """Per cents without counts: levels shown, nothing judged."""
    made = fixtures.make({}, rest="not_comparable", themes=[])
    bare = made.cube.frame.with_columns(
        (pl.col("k") / pl.col("n") * 100).round(0).alias("percent"),
        pl.lit(None, dtype=pl.Int64).alias("n"),
        pl.lit(None, dtype=pl.Int64).alias("k"),
    )
    rows = made.effects.rows.with_columns(pl.lit("n_missing").alias("reason"))
    return replace(made, cube=Cube(bare), effects=Effects(rows, made.effects.checks, masked=True))


def no_promises() -> Made:
    made = one_wave()
    return replace(made, study=replace(made.study, promises=()))


def untranslated() -> Made:
    """A study whose owner wrote Swedish only: the English page shows those texts, marked as Swedish."""
    study = fixtures.small_study()

    def bare(text: Text | None) -> Text | None:
        return text and Text(text.sv, None)

    promises = tuple(
        replace(
            p,
            title=bare(p.title),
            note=bare(p.note),
            expected=bare(p.expected),
            commitments=tuple(
                replace(c, text=bare(c.text), result=bare(c.result), why=bare(c.why)) for c in p.commitments
            ),
        )
        for p in study.promises
    )
    return fixtures.make(study=replace(study, promises=promises))


PAGES: dict[str, Callable[[], Made]] = {
    "mixed": fixtures.make,
    "unsure": lambda: fixtures.make({}),
    "better": lambda: fixtures.make({}, rest="better"),
    "worse": lambda: fixtures.make({}, rest="worse"),
    "same": lambda: fixtures.make({}, rest="same"),
    "changes": lambda: fixtures.make(kind="change"),
    "masked": all_masked,
    "without n": without_n,
    "one wave": one_wave,
    "no promises": no_promises,
    "no commitments": without_commitments,
    "hostile": hostile,
    "untranslated": untranslated,
    "real": lambda: fixtures.make(synthetic=False),
    "other sources": other_sources,
}


@cache
def page_of(name: str, lang: Lang = "sv") -> str:
    return build(made_of(name), lang)


@cache
def made_of(name: str) -> Made:
    return {**PAGES, "many": many}[name]()


@pytest.mark.parametrize("name", PAGES)
def test_policy_names_exactly_the_scripts_and_styles_of_the_page(name: str) -> None:
    page = page_of(name)
    policy = entities.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])  # type: ignore[index]
    assert page.index("Content-Security-Policy") < min(page.index("<script"), page.index("<style"))
    assert "unsafe" not in policy
    for directive in ("default-src 'none'", "connect-src 'none'", "base-uri 'none'", "form-action 'none'"):
        assert directive in policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(scripts) == 3
    assert len(styles) == 1
    for text in (*scripts, *styles):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("name", PAGES)
def test_no_style_attribute_no_handler_no_address_is_loaded(name: str) -> None:
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page_of(name), flags=re.DOTALL)
    assert not re.search(r"<[^>]*\sstyle=", page)
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert not re.search(r"<[^>]*\s(src|srcset|data|poster|action)=[\"']?(http|//)", page)
    assert not re.search(r'href="(?!#|https?://)', page)
    assert str(Path(__file__).parents[2]) not in page
    assert "sha256" not in re.sub(r"<meta[^>]*>", "", page)


def test_the_same_study_gives_the_same_bytes() -> None:
    assert build(fixtures.make()) == page_of("mixed")


def test_markup_and_controls_in_names_stay_text() -> None:
    page = page_of("hostile")
    outside = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert "<img src=x" not in page
    assert "alert(1)</script>" not in page
    assert page.count("</script>") == page.count("<script")
    assert "javascript:" not in re.sub(r">[^<]*<", "><", outside)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u0000]", page)
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_its_question_place_and_caution(name: str, lang: Lang) -> None:
    page = page_of(name, lang)
    told = visible(page)
    if name == "no promises":
        assert ("Hur säkert är det här?" if lang == "sv" else "How sure is this?") in told
        return
    assert ("Vad ändrades efter" if lang == "sv" else "What changed after") in told
    if name not in ("one wave",):
        caution = (
            "bevisar inte att löftet var orsaken"
            if lang == "sv"
            else "does not prove that the promise was the cause"
        )
        assert caution in told
        assert "Strängnäs" in told


def test_a_missing_translation_is_shown_in_swedish_and_marked() -> None:
    page = page_of("hostile", "en")
    assert re.search(r'lang="sv"[^>]*>[^<]*andel', page)


def test_synthetic_and_internal_pages_say_so_in_every_section() -> None:
    page = build(fixtures.make(), internal=True)
    sections = re.findall(r"<section id=.*?</section>|<footer>.*?</footer>", page, re.DOTALL)
    assert len(sections) >= 8
    for part in [s for s in sections if 'id="tillganglighet"' not in s]:
        assert "Syntetiska data – inga riktiga elever" in part
        assert "Internt – får inte spridas" in part
    assert "Syntetiska" not in visible(page_of("real"))


def test_effects_from_unmasked_numbers_are_refused() -> None:
    made = fixtures.make()
    private = replace(made, effects=Effects(made.effects.rows, made.effects.checks, masked=False))
    with pytest.raises(ValueError, match="MaskedCube"):
        build(private)
    assert build(private, internal=True)


def test_an_unsure_row_holds_no_estimate_outside_the_table() -> None:
    """Every unsure row's estimate is set to a number that nothing else on the page shows."""
    calm = [fixtures.theme_row(t, "unsure", 87.0, 104.0, 131.5) for t in ("drugs", "safety")]
    made = fixtures.make({}, themes=calm)
    odd = made.effects.rows.with_columns(
        pl.lit(0.03777).alias("estimate"), pl.lit(0.03888).alias("change"), pl.lit(137.77).alias("index")
    )
    data = present(Effects(odd, made.effects.checks, masked=True), made.cube, made.study, made.survey)
    page = render(data)
    outside = re.sub(r"<table.*?</table>|<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    assert "3,8" in "".join(re.findall(r"<table.*?</table>", page, re.DOTALL))
    for told in ("3,8", "3.8", "3,9", "137", "138"):
        assert told not in re.sub(r"<[^>]+>", " ", outside), told
    assert all(p.estimate is None for e in data.events for p in e.points)
    assert all(m.estimate is None for x in data.answers for m in x.squares)


def test_numbers_of_the_first_screen_come_from_the_effects_table() -> None:
    """The reading test of the whole first section: nothing is stated that rows, counts or dates do not hold."""
    for name in ("mixed", "unsure", "better", "worse", "same", "changes"):
        made, page = made_of(name), page_of(name)
        first = page[
            page.index('<article class="ans"') : page.index(
                '<article class="ans"', page.index('<article class="ans"') + 9
            )
        ]
        told = visible(first)
        rows = made.effects.rows
        kept = {
            "9",
            "7",
            "100",
            "2",
            "95",
            "12",
            "30",
            "10",
        }  # the worked example, per cent of the interval, labels
        for column in ("n_before", "n_after", "after_year"):
            kept |= {str(v) for v in rows[column].drop_nulls()}
        for column in ("index", "index_low", "index_high"):
            kept |= {str(int(v) + d) for v in rows[column].drop_nulls() for d in (0, 1)}
        for column in ("detectable_decrease", "detectable_increase"):
            kept |= {str(int(abs(v) * 100)) for v in rows[column].drop_nulls()}
        total = rows.filter(pl.col("exposure") == "after", pl.col("district") == "all").height
        kept |= {str(n) for n in range(total + 1)} | {
            "2014",
            "2017",
            "2020",
            "2021",
            "2022",
            "2023",
            "6",
            "8",
            "20",
        }
        numbers = set(re.findall(r"\d+", told.replace("\u00a0", "")))
        assert numbers <= kept, (name, sorted(numbers - kept))


def test_the_lead_begins_with_the_largest_group() -> None:
    said = {
        "mixed": "För 12 av 18 mått är det för osäkert för att säga",
        "unsure": "För alla 18 mått är det för osäkert för att säga",
        "better": "För alla 18 mått är utvecklingen tydligt bättre",
        "worse": "För alla 18 mått är utvecklingen tydligt sämre",
        "same": "För alla 18 mått är läget i stort sett oförändrat",
        "masked": "För alla 18 mått går det inte att jämföra före och efter. Talet visas inte, av hänsyn till elevernas",
    }
    for name, lead in said.items():
        assert lead in visible(page_of(name)), name


def test_forty_measures_and_thirty_districts_fit() -> None:
    page = page_of("many")
    assert page.count('<li class="r ') == 40
    assert "Kommundel 25" in visible(page)
    assert len(page) < 3_500_000


def test_the_data_block_holds_what_the_exports_hold() -> None:
    made, data = made_of("mixed"), page_data(page_of("mixed"))
    table = data["effects"]
    assert table["columns"] == list(EFFECT_SCHEMA)  # type: ignore[call-overload, index]
    assert len(table["rows"]) == made.effects.rows.height  # type: ignore[call-overload, index, arg-type]
    assert json.dumps(data)


def visible(page: str) -> str:
    """Words of a page without scripts, styles and tags, blanks collapsed."""
    bare = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", "", bare)).replace("\u2060", "").split())
