"""Reads [[promise]] tables with their commitments and date conflicts into frozen values. Checks stand in `check`."""

from __future__ import annotations

from typing import cast, get_args

from lhu_effect.definitions.fields import Fields
from lhu_effect.study.model import Commitment, CommitmentStatus, DateConflict, Headline, Promise


def read_promise(f: Fields) -> Promise:
    """One [[promise]]. `districts` is a list of ids or "all"."""
    f.named(f.text("id", empty=False))
    by_theme = f.table("theme_indicators")
    made = Promise(
        id=f.text("id"),
        title=f.both("title"),
        start=f.day("start"),
        end=f.maybe_day("end"),
        districts=f.words_or_one("districts", ("all",)),
        themes=f.words("themes"),
        primary=f.words("primary"),
        headline=cast(Headline, f.choice("headline", get_args(Headline), "indicators")),
        theme_indicators={theme: by_theme.words(theme) for theme in by_theme.names()},
        primary_named_on=f.maybe_day("primary_named_on"),
        primary_named_by=f.text("primary_named_by", ""),
        expected=f.maybe_both("expected"),
        reported_by=f.maybe_both("reported_by"),
        source=f.text("source", ""),
        assumed_dates=f.flag("assumed_dates"),
        date_conflicts=tuple(_date_conflict(t) for t in f.tables("date_conflict")),
        commitments=tuple(_commitment(t, f.place) for t in f.tables("commitment")),
        note=f.maybe_both("note"),
    )
    f.done()
    return made


def _commitment(f: Fields, promise: str) -> Commitment:
    f.place = f"{promise}, {f.place}"
    made = Commitment(
        number=f.whole("number", low=1, high=999),
        text=f.both("text"),
        status=cast(CommitmentStatus, f.choice("status", get_args(CommitmentStatus))),
        result=f.maybe_both("result"),
        planned=f.maybe_whole("planned"),
        delivered=f.maybe_whole("delivered"),
        districts=f.words_or_one("districts", ("all",)),
        dates=f.days("dates"),
        target_ages=f.wholes("target_ages"),
        why=f.maybe_both("why"),
        indicators=f.words("indicators"),
        source=f.text("source", ""),
    )
    f.done()
    return made


def _date_conflict(f: Fields) -> DateConflict:
    made = DateConflict(
        what=f.text("what", empty=False),
        says=f.text("says", empty=False),
        source=f.text("source", ""),
        start=f.maybe_day("start"),
    )
    f.done()
    return made
