"""The text to send to whoever made the extract when counts or numbers of answers are missing."""

from __future__ import annotations

import polars as pl

from lhu_effect import i18n
from lhu_effect.survey.model import Survey


def request_text(survey: Survey, lang: i18n.Lang) -> str:
    """A ready letter asking for what is missing, "" when every figure has its number of answers.

    Names waves, grades and questions of the cells whose base is not published (flag `n_bounded`).
    """
    bounded = survey.cube.frame.filter(pl.col("flags").str.split(" ").list.contains("n_bounded"))
    if bounded.is_empty():
        return ""
    years = [str(y) for y in sorted(set(bounded["year"]))]
    grades = [_name("grade", g, lang) for g in sorted(set(bounded["grade"]))]
    files = sorted(set(bounded["file"]))
    return i18n.text(
        "survey.request.letter",
        lang,
        files=i18n.join_words(files, lang),
        years=i18n.join_words(years, lang),
        grades=i18n.join_words(grades, lang),
        questions=len(set(bounded["indicator"])),
        cells=i18n.number(bounded.height, lang),
    )


def _name(kind: str, id_: str, lang: i18n.Lang) -> str:
    key = f"definitions.{kind}.{id_}"
    return i18n.text(key, lang) if i18n.has_text(key, lang) else id_
