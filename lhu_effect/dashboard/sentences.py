"""Verdicts into sentences: what one row of the effects table lets a reader say, and no more.

Texts are templates in ``texts/<lang>/dashboard.toml`` keyed by verdict, kind and edge; numbers come from
the row, intervals rounded outwards. An unsure row never mentions its estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lhu_effect.dashboard import rounding
from lhu_effect.dashboard.model import Kind, Verdict
from lhu_effect.dashboard.rows import Judged, Row
from lhu_effect.dashboard.words import clean, cleaned, joined, knows, plain, say, say_or, small
from lhu_effect.effects.model import Effect
from lhu_effect.errors import UsageError, known_lang
from lhu_effect.i18n import LANGS, Lang, Text, has_text, text
from lhu_effect.study import study_for
from lhu_effect.study.model import Study

PRINTED_FLAGS: tuple[str, ...] = (
    "sluggish",
    "interval_only",
    "one_comparison",
    "few_comparisons",
    "n_bounded",
    "weighted",
    "coverage_moved",
    "cohort_missed",
    "masked_before",
    "older_before",
    "organiser",
    "floor_sensitive",
)
WEAKENING: tuple[str, ...] = (
    "later_promise",
    "earlier_promise",
    "contaminated",
    "unknown_exposure",
    "masked_comparison",
    "unbounded",
    "pooled",
    "rounded",
    "date_conflict",
    "assumed_dates",
    "unknown_dates",
)
"""Flags that weaken a comparison: beside the measure, or once over all measures where all of them carry it."""


def explain(row: Row | Mapping[str, Any] | object, study: Study | None = None, *, lang: Lang = "sv") -> str:
    """What one effect says, in words: the measure, its levels, the verdict and how sure it is.

    row: an effect (`effects["2020", "narcotics_ever"]`), a row of `effects.rows` as a dict, or a `Row`.
    study: whose names are used; default the study it was estimated for, else the packaged one or the register's.

    >>> import lhu_effect as lhu
    >>> study = lhu.open_study()
    >>> effects = lhu.estimate_effects(lhu.read_survey(study).cube, study, with_checks=False)
    >>> explain(effects["2020", "narcotics_12_months"], study, lang="en").split(":")[0]
    'Used narcotics in the last 12 months (Strängnäs municipality)'
    """
    known_lang(lang)
    r = as_row(row)
    study = study or (row.study if isinstance(row, Effect) else None) or study_for(r.municipality)
    if r.theme is not None:
        return joined(theme_sentences(r, theme_size(r, study))).to(lang)
    place = place_of(r, study)
    parts = [plain_label(r.indicator, study), verdict_word(r.judged.verdict)]
    head = f"{parts[0].to(lang)} ({place.to(lang)}): {small(parts[1]).to(lang)}."
    return " ".join([head, *(s.to(lang) for s in (*row_sentences(r, place), *flag_notes(r)))])


def as_row(row: Row | Mapping[str, Any] | object) -> Row:
    """A `Row` from whatever names one effect: a Row, a mapping, or an object with such attributes; else UsageError."""
    if isinstance(row, Row):
        return row
    names = Row.__dataclass_fields__
    given = row if isinstance(row, Mapping) else {name: getattr(row, name, None) for name in names}
    if not given.get("indicator"):
        raise UsageError("dashboard.no_effect", found=type(row).__name__)
    return Row.of(given)


def verdict_word(verdict: Verdict) -> Text:
    """`Tydligt bättre`."""
    return say(f"verdict.{verdict}")


def plain_label(indicator: str, study: Study) -> Text:
    """The indicator's label, or its id where the register has none."""
    known = study.registry.indicators.get(indicator)
    return (cleaned(known.label) if known else None) or plain(clean(indicator))


def place_of(row: Row, study: Study) -> Text:
    """The unit of a row as read: a kommundel, or the municipality."""
    return unit_name(row.district, study)


def _of_the_place(name: str) -> str:
    """The name before "kommun": Flens, Nyköpings, but Eskilstuna, Strängnäs."""
    return name if name[-1].casefold() in "aeiouyåäösxz" else f"{name}s"


def unit_name(unit: str, study: Study) -> Text:
    """`Mariefred`, `Mariefred och Stallarholmen`, or `Strängnäs kommun` for "all"."""
    home = study.registry.places.get(study.municipality)
    if unit == "all":
        if home is None:
            return plain(study.municipality)
        if home.kind != "municipality":
            return say("page.unit_whole_county", name=home.name)
        return say("page.unit_whole", name=Text(_of_the_place(home.name), home.name))
    if has_text(f"disclosure.units.{unit}"):
        return Text(*(text(f"disclosure.units.{unit}", lang) for lang in LANGS))
    pooled = next((p.label for p in study.pooled if p.id == unit), None)
    district = next((d.name for d in (home.districts if home else ()) if d.id == unit), unit)
    return cleaned(pooled) or plain(clean(district))


def row_sentences(row: Row, place: Text) -> tuple[Text, ...]:
    """What the row says: the interval in words, how it adds up, and what it is not."""
    judged, kind = row.judged, row.kind
    if judged.verdict == "not_comparable":
        return (reason_sentence(_why(row)),)
    if judged.verdict == "same":
        return (_same(judged, row, kind), *_without_comparison(row))
    if judged.verdict == "unsure":
        return _unsure(judged, row, kind)
    return (*_firm(judged, row, kind, place), *_without_comparison(row))


def _why(row: Row) -> str:
    """The reason that stands in the way; where only the change could be judged, a missing comparison is not it."""
    hidden = row.share_before is None or row.share_after is None
    return "masked" if row.kind == "change" and row.reason == "no_comparison" and hidden else row.reason


def reason_sentence(reason: str) -> Text:
    """Why something cannot be compared."""
    return say_or(f"reason.{reason}", "reason.unknown") if reason else say("reason.unknown")


def common_flags(rows: Sequence[Row]) -> tuple[str, ...]:
    """The weakening flags that every compared row carries: said once, over the measures."""
    compared = [set(r.marks) for r in rows if r.judged.verdict != "not_comparable"]
    return tuple(f for f in WEAKENING if len(compared) > 1 and all(f in marks for marks in compared))


def flag_notes(row: Row, said: Sequence[str] = ()) -> tuple[Text, ...]:
    """The flags a reader of this row needs, in a fixed order: none about an interval where none is shown.

    said: flags that stand over all measures already (`common_flags`).
    """
    beside = set(row.marks)
    if row.judged.verdict == "not_comparable":
        beside -= {*WEAKENING, "interval_only"}
    if "one_comparison" in beside:
        beside.discard("few_comparisons")
    beside -= set(said)
    return tuple(say(f"flag.{f}") for f in (*PRINTED_FLAGS, *WEAKENING) if f in beside)


def theme_size(row: Row, study: Study) -> int:
    """How many questions the composite of this row was named over (0: not said in the study)."""
    for promise in study.promises:
        asked = promise.theme_indicators.get(row.theme or "", ())
        if promise.id in row.promises and asked:
            return len(asked)
    return 0


def theme_sentences(row: Row, count: int) -> tuple[Text, ...]:
    """The composite in words: interval before point, what 100 is, and that no question is singled out."""
    said = theme_answer(row, count)
    if row.verdict == "not_comparable":
        return said
    return (*said, say("theme.expected"), say("theme.nothing_single"))


def theme_answer(row: Row, count: int) -> tuple[Text, ...]:
    """The composite's interval and verdict; what "expected" means is said once for all themes."""
    about = theme_about(row.theme or "")
    if row.verdict == "not_comparable":
        return (say("theme.refused"), reason_sentence(row.reason))
    if row.index_low is None or row.index_high is None:
        return (say("theme.open"),)
    low, high = rounding.down(_dec(row.index_low)), rounding.up(_dec(row.index_high))
    holes: dict[str, object] = {"count": _count(count), "theme": about, "low": low, "high": high}
    firm = row.verdict in ("better", "worse") and row.index is not None
    if firm:
        first = say("theme.range_most", index=rounding.near(_dec(row.index or 0.0)), **holes)
    else:
        first = say("theme.range", **holes)
    return (first, *_theme_verdict(row))


def theme_about(theme: str) -> Text:
    """`narkotika`, as it stands after "frågorna om"."""
    return say_or(f"theme.about.{theme}", "theme.about.other")


def _theme_verdict(row: Row) -> tuple[Text, ...]:
    named = {"better": "lower", "worse": "higher", "same": "same"}
    if row.verdict in named:
        return (say(f"theme.{named[row.verdict]}"),)
    low, high = row.index_low or 0.0, row.index_high or 0.0
    if low > 100 or high < 100:
        return (say("theme.unsure_one_sided"),)
    return (say("theme.unsure"),)


def _firm(judged: Judged, row: Row, kind: Kind, place: Text) -> tuple[Text, ...]:
    low, high = judged.low, judged.high
    direction = _direction(judged, row)
    if low is None or high is None:
        end = low if low is not None else high
        if end is None:
            return (say("sentence.unsure_open"), say("sentence.too_large"))
        near_end, _ = rounding.span(end, end)
        opened = f"{judged.verdict}_effect_open" if kind == "effect" else f"change_open_{direction}"
        return (say(f"sentence.{opened}", small=near_end), say("sentence.too_large"))
    closest, farthest = rounding.span(low, high)
    zero = closest.sv == "0"
    if kind == "effect":
        key = f"{judged.verdict}_effect" + ("_zero" if zero else "")
        first = (
            say(f"sentence.{key}", small=closest, large=farthest),
            say(f"sentence.{direction}_than_expected"),
        )
        return (*first, *_sum(row, place), say("sentence.too_large"))
    key = f"change_{direction}_zero" if zero else f"{judged.verdict}_change_{direction}"
    return (say(f"sentence.{key}", small=closest, large=farthest), say("sentence.too_large"))


def _direction(judged: Judged, row: Row) -> str:
    ends = [x for x in (judged.low, judged.high, judged.point) if x is not None]
    return "lower" if sum(ends) < 0 else "higher"


def _sum(row: Row, place: Text) -> tuple[Text, ...]:
    """The difference with its sum: own change, expected change, what is left, its uncertainty."""
    numbers = (
        row.share_before,
        row.share_after,
        row.counterfactual,
        row.estimate,
        row.conf_low,
        row.conf_high,
    )
    if any(x is None for x in numbers) or row.estimate is None:
        return ()
    before, after, expected, estimate, low, high = (float(x) for x in numbers if x is not None)
    own, wait, left = after - before, expected - before, estimate
    places = next((d for d in (0, 1) if _adds_up(own, wait, left, d)), 1)
    signed = [_signed(x, places) for x in (own, wait)]
    closest, farthest = rounding.span(low, high)
    said = say(
        "sentence.sum",
        own=signed[0],
        place=place,
        expected=signed[1],
        difference=rounding.figure(abs(rounding.near(rounding.points(left), places)), places),
        direction=say("sentence.lower" if left < 0 else "sentence.higher"),
        low=closest,
        high=farthest,
    )
    return (said,) if _adds_up(own, wait, left, places) else (said, say("sentence.sum_rounded"))


def _adds_up(own: float, wait: float, left: float, places: int) -> bool:
    a, b, c = (rounding.near(rounding.points(x), places) for x in (own, wait, left))
    return a - b == c


def _signed(share: float, places: int) -> Text:
    return rounding.figure(rounding.near(rounding.points(share), places), places, sign=True)


def _same(judged: Judged, row: Row, kind: Kind) -> Text:
    ends = [x for x in (judged.low90, judged.high90) if x is not None]
    most = rounding.ceiling(*ends) if len(ends) == 2 else rounding.ceiling(row.margin or 0.0)
    return say(f"sentence.same_{kind}", most=most)


def _unsure(judged: Judged, row: Row, kind: Kind) -> tuple[Text, ...]:
    low, high = judged.low, judged.high
    if low is None and high is None:
        return (say("sentence.unsure_open"),)
    if low is None or high is None:
        if low is not None and low < 0:
            return (say("sentence.unsure_open_up", low=rounding.reach(low)),)
        if high is not None and high > 0:
            return (say("sentence.unsure_open_down", high=rounding.reach(high)),)
        return (say("sentence.unsure_open"),)
    if low <= 0 <= high:
        return (say(f"sentence.unsure_{kind}", low=rounding.reach(low), high=rounding.reach(high)),)
    closest, farthest = rounding.span(low, high)
    side = "lower" if high < 0 else "higher"
    return (say(f"sentence.unsure_{kind}_{side}", small=closest, large=farthest), _not_enough(row, kind))


def _not_enough(row: Row, kind: Kind) -> Text:
    if row.reason in ("not_judged_alone", "gate_closed"):
        return say(f"reason.{row.reason}")
    return say("sentence.not_enough_floor" if kind == "change" else "sentence.not_enough_many")


def _without_comparison(row: Row) -> tuple[Text, ...]:
    return (say("sentence.no_comparison"),) if row.kind == "change" else ()


def _count(count: int) -> Text:
    return (
        say(f"theme.number.{count}") if knows(f"theme.number.{count}") else plain(str(count) if count else "")
    )


def _dec(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("1e-9"))
