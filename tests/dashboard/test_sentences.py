"""The reading test: no sentence says what its row does not hold, in either language, for every verdict and edge."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import product

import pytest

from lhu_effect.dashboard import sentences
from lhu_effect.dashboard.rows import Row
from lhu_effect.dashboard.words import say
from lhu_effect.i18n import Text, room_texts
from lhu_effect.study import study_for
from tests.dashboard import fixtures

STUDY = fixtures.small_study()
PLACE = sentences.unit_name("all", STUDY)
INTERVALS = {
    "both ways": (-0.0437, 0.0621),
    "below": (-0.0812, -0.0123),
    "above": (0.0123, 0.0812),
    "just below": (-0.0612, -0.0034),
    "a hair above": (0.0002, 0.0612),
    "open below": (None, 0.0621),
    "open above": (-0.0437, None),
    "open": (None, None),
    "touching": (0.0, 0.0621),
}
FITTING = {
    "better": ("below", "above", "just below", "a hair above", "open below", "open above"),
    "worse": ("below", "above", "just below", "a hair above", "open below", "open above"),
    "same": ("both ways", "touching", "open"),
    "unsure": tuple(INTERVALS),
    "not_comparable": ("open",),
}
REASONS = ("", *room_texts("dashboard", "sv")["reason"], "a reason nobody has written yet")
FLAGS = ("", "interval_only", "sluggish few_comparisons", "one_comparison", "n_bounded rounded", "unheard_of")


def cases() -> Iterator[tuple[str, Row]]:
    for verdict, kind in product(FITTING, ("effect", "change")):
        for name in FITTING[verdict]:
            for reason in REASONS if verdict == "not_comparable" else ("", "not_judged_alone"):
                for flags in FLAGS:
                    yield (
                        f"{verdict} {kind} {name} {reason} {flags}",
                        _row(verdict, kind, name, reason, flags),
                    )


def _row(verdict: str, kind: str, name: str, reason: str, flags: str) -> Row:
    low, high = INTERVALS[name]
    point = 0.01777 if name in ("both ways", "touching", "open") else (0.0467 if "above" in name else -0.0467)
    blank = verdict == "not_comparable"
    columns = {
        "effect": ("estimate", "conf_low", "conf_high", "conf90_low", "conf90_high"),
        "change": ("change", "change_low", "change_high", "change90_low", "change90_high"),
    }
    narrow = (None if low is None else low * 0.8, None if high is None else high * 0.8)
    numbers = (None,) * 5 if blank else (point, low, high, *narrow)
    values = fixtures.effect_row(
        share_before=0.0911,
        share_after=0.0911 + point - 0.01,
        counterfactual=0.0811,
        verdict=verdict if kind == "effect" else "not_comparable",
        change_verdict=verdict if kind == "change" else "unsure",
        reason=reason or ("no_comparison" if kind == "change" else ""),
        comparison="" if kind == "change" else " ".join(fixtures.OTHERS),
        flags=flags,
    )
    if "comparison" in flags:  # the change leads: both answers carry the same numbers and verdict here
        values |= {"change_verdict": verdict} | dict(zip(columns["change"], numbers, strict=True))
    return Row.of(values | dict(zip(columns[kind], numbers, strict=True)))


ALL = dict(cases())


def spoken(row: Row) -> tuple[Text, ...]:
    return (*sentences.row_sentences(row, PLACE), *sentences.flag_notes(row))


def digits(said: str) -> set[str]:
    """Numbers in a text, without sign; "91" of "of 100" and the like included."""
    return {n.replace(",", ".") for n in re.findall(r"\d+(?:[.,]\d+)?", said.replace("\u00a0", ""))}


def held(row: Row) -> set[str]:
    """Every number a sentence about the row may hold: its values in points, rounded outwards, near or kept."""
    names = (
        *(
            "share_before",
            "share_after",
            "change",
            "change_low",
            "change_high",
            "change90_low",
            "change90_high",
        ),
        *("counterfactual", "estimate", "conf_low", "conf_high", "conf90_low", "conf90_high", "margin"),
    )
    values = [v for n in names if (v := getattr(row, n)) is not None]
    pairs = [(row.share_after, row.share_before), (row.counterfactual, row.share_before)]
    values += [a - b for a, b in pairs if a is not None and b is not None]
    found = set()
    for value in values:
        points = abs(round(value * 100, 9))
        for scaled, form in ((points, "{:.0f}"), (points * 10, "{:.1f}")):
            for rounded in (math.floor(scaled), math.ceil(scaled), math.floor(scaled + 0.5)):
                found.add(form.format(rounded if form == "{:.0f}" else rounded / 10))
    return found | {f.removesuffix(".0") for f in found} | {"1"} | {str(y) for y in (2020, 2023)}


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_number_in_a_sentence_comes_from_its_row(lang: str) -> None:
    for name, row in ALL.items():
        for said in spoken(row):
            allowed = held(row) | digits(PLACE.to(lang)) | ({"10"} if "coverage" in name else set())
            assert digits(said.to(lang)) <= allowed, (name, said.to(lang), sorted(allowed))


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_an_unsure_row_never_mentions_its_estimate(lang: str) -> None:
    unsure = {n: r for n, r in ALL.items() if r.judged.verdict == "unsure" and "both ways" in n}
    assert unsure
    for name, row in unsure.items():
        assert row.judged.point == pytest.approx(0.01777)
        told = " ".join(s.to(lang) for s in spoken(row))
        assert not digits(told) & {"2", "1.7", "1.8", "1.77", "1.78"}, (name, told)
        assert not re.search(r"tydlig|clear(?!ly|\s+answer)|bättre|sämre|better|worse", told), (name, told)


@pytest.mark.parametrize(("verdict", "wrong"), [("better", "worse"), ("worse", "better")])
def test_direction_words_follow_the_row(verdict: str, wrong: str) -> None:
    words = {"better": "bättre", "worse": "sämre"}
    for name, row in ALL.items():
        if row.judged.verdict != verdict or row.kind != "effect":
            continue
        told = " ".join(s.sv for s in spoken(row))
        assert words[verdict] in told, name
        assert words[wrong] not in told, name
        falls = (row.conf_low if row.conf_low is not None else row.conf_high) < 0  # type: ignore[operator]
        if row.conf_low is not None and row.conf_high is not None:
            assert ("lägre än" in told) == falls, (name, told)
            assert ("högre än" in told) == (not falls), (name, told)


def test_intervals_are_rounded_outwards() -> None:
    for row in ALL.values():
        judged = row.judged
        if judged.low is None or judged.high is None or judged.verdict not in ("better", "worse", "unsure"):
            continue
        first = sentences.row_sentences(row, PLACE)[0].sv
        said = sorted(float(n) for n in digits(first))
        ends = sorted((abs(judged.low) * 100, abs(judged.high) * 100))
        assert said[-1] >= ends[1] - 1e-6, first
        if judged.low > 0 or judged.high < 0:
            assert said[0] <= ends[0] + 1e-6 or len(said) == 1, first


def test_the_sum_adds_up_or_says_that_it_is_rounded() -> None:
    for row in ALL.values():
        told = [s.sv for s in sentences.row_sentences(row, PLACE)]
        sums = [s for s in told if "väntat" in s and "osäkerhet" in s]
        for said in sums:
            own, wait, left = re.match(
                r"([−+]?[\d,]+) i .*, väntat ([−+]?[\d,]+): ([\d,]+) procentenheter", said
            ).groups()  # type: ignore[union-attr]
            number = [float(x.replace("−", "-").replace(",", ".")) for x in (own, wait, left)]
            adds = math.isclose(abs(number[0] - number[1]), number[2], abs_tol=1e-9)
            assert adds or say("sentence.sum_rounded").sv in told


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_no_sentence_is_longer_than_twenty_words(lang: str) -> None:
    for name, row in ALL.items():
        for said in spoken(row):
            for one in re.split(r"(?<=[.?!])\s+", said.to(lang)):
                assert len(one.split()) <= 20, (name, one)


FORBIDDEN = r"signifikan|significan|p-värde|p-value|orsakade att|caused|ingen effekt|no effect|gav resultat"


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_no_text_of_the_page_claims_causes_or_speaks_of_significance(lang: str) -> None:
    for key, said in _flat(room_texts("dashboard", lang)):  # type: ignore[arg-type]
        allowed = key in ("council.cannot_cause",)
        assert allowed or not re.search(FORBIDDEN, said, re.IGNORECASE), key


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_texts_of_the_page_keep_to_twenty_words_a_sentence(lang: str) -> None:
    for key, said in _flat(room_texts("dashboard", lang)):  # type: ignore[arg-type]
        for one in re.split(r"(?<=[.?!])\s+", said):
            assert len(one.split()) <= 20, (key, one)


def test_both_languages_hold_the_same_texts_with_the_same_holes() -> None:
    swedish, english = (dict(_flat(room_texts("dashboard", lang))) for lang in ("sv", "en"))
    assert set(swedish) == set(english)
    for key, said in swedish.items():
        assert _holes(said) == _holes(english[key]), key
        assert said.count("**") % 2 == 0, key
        assert said.count("**") == english[key].count("**"), key


def test_theme_sentences_hold_the_index_only_when_it_is_a_claim() -> None:
    for verdict in ("better", "worse", "same", "unsure", "not_comparable"):
        values = fixtures.theme_row("drugs", verdict, 58.2, 74.1, 92.8, reason="masked")
        row = Row.of(values)
        for lang in ("sv", "en"):
            told = " ".join(s.to(lang) for s in sentences.theme_sentences(row, 4))
            assert ("74" in digits(told)) == (verdict in ("better", "worse")), told
            assert digits(told) <= {"58", "93", "74", "100", "4"}, told
            assert "procentenhet" not in told
            assert "percentage point" not in told


def test_explain_takes_a_dict_a_row_or_an_object() -> None:
    values = fixtures.judged_row("unsure", STUDY, "drunk_30_days")
    row = Row.of(values)
    said = sentences.explain(values, STUDY, lang="sv")
    assert said == sentences.explain(row, STUDY, lang="sv")
    assert said.startswith("Varit berusad senaste 30 dagarna (Strängnäs kommun): för osäkert för att säga.")
    assert sentences.explain(values, STUDY, lang="en").startswith(
        "Been drunk in the last 30 days (Strängnäs municipality)"
    )


def _flat(texts: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)


def _holes(said: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", said))


def test_municipalities_are_named_as_they_name_themselves() -> None:
    names = {"0482": "Flens kommun", "0484": "Eskilstuna kommun", "0486": "Strängnäs kommun"}
    for code, name in names.items():
        assert sentences.unit_name("all", study_for(code)).sv == name


def test_without_a_study_the_municipalitys_own_names_are_used() -> None:
    import lhu_effect as lhu

    values = fixtures.judged_row("unsure", STUDY, "drunk_30_days")
    assert lhu.explain(values, lang="sv") == sentences.explain(values, STUDY, lang="sv")
