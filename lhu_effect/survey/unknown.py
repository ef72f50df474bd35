"""Labels nobody knows, as warnings: one each, or one for many of the same axis on a sheet.

A file that asks more than the study does gives one sentence that says what was not known and what was used,
instead of forty; every label stands in the report all the same. A figure that is text but looks like a mistyped
number is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lhu_effect import i18n
from lhu_effect.survey.cells import mask_personal, suggest_number
from lhu_effect.survey.grid import address
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.model import Issue
from lhu_effect.survey.rows import Stuck
from lhu_effect.survey.sheets import FileRead

Places = dict[tuple[str, str, str], tuple[str, str]]
FEW = 4  # unknown labels of an axis on a sheet that are told one by one


def unknown_labels(read: FileRead, labels: Labels) -> Iterable[Issue]:
    """What `read` could not place, in the order found."""
    places = _first_places(read)
    alike: dict[tuple[str, str], list[Stuck]] = {}
    for stuck in read.tidied.unknown:
        if stuck.rule == "unknown_label":
            alike.setdefault((_place(places, stuck)[0], stuck.axis), []).append(stuck)
    for stuck, count in read.tidied.unknown.items():
        sheet, _ = _place(places, stuck)
        many = alike[sheet, stuck.axis] if stuck.rule == "unknown_label" else []
        if len(many) <= FEW:
            yield _one(read, places, stuck, count, labels)
        elif stuck is many[0]:
            yield _together(read, places, many, labels)


def _one(read: FileRead, places: Places, stuck: Stuck, count: int, labels: Labels) -> Issue:
    sheet, at = _place(places, stuck)
    text = mask_personal(stuck.text.strip())
    if stuck.rule == "not_a_number_text" and (guess := suggest_number(stuck.text)):
        return Issue("survey.not_a_number", "error", read.file, sheet, at, {"text": text, "guess": guess})
    closest = labels.closest(stuck.axis, stuck.text) if stuck.rule == "unknown_label" else ""
    facts = {"axis": _axis(stuck.axis), "text": text, "closest": _nearest(closest), "count": count}
    return Issue(f"survey.{stuck.rule}", "warning", read.file, sheet, at, facts)


def _together(read: FileRead, places: Places, many: Sequence[Stuck], labels: Labels) -> Issue:
    sheet, at = _place(places, many[0])
    axis = many[0].axis
    known = sorted({mask_personal(text) for kind, text, _ in read.tidied.mapping if kind == axis})
    facts: dict[str, object] = {
        "axis": _axis(axis),
        "count": len(many),
        "numbers": sum(read.tidied.unknown[s] for s in many),
        "labels": _some([_with_closest(s, labels) for s in many]),
        "used": _some([f"”{text}”" for text in known]) or "–",
    }
    return Issue("files.unknown_labels", "warning", read.file, sheet, at, facts)


def _with_closest(stuck: Stuck, labels: Labels) -> str:
    text, near = mask_personal(stuck.text.strip()), labels.closest(stuck.axis, stuck.text)
    return f"”{text}” (≈ {near})" if near else f"”{text}”"


def _some(texts: Sequence[str], most: int = 3) -> str:
    return ", ".join(texts[:most]) + (" …" if len(texts) > most else "")


def _nearest(label: str) -> i18n.Text:
    return i18n.Text(
        *(i18n.text("survey.labels.nearest", lang, label=label) if label else "" for lang in i18n.LANGS)
    )


def _axis(axis: str) -> i18n.Text:
    key = f"survey.axes.{axis}"
    return i18n.Text(i18n.text(key, "sv"), i18n.text(key, "en"))


def _first_places(read: FileRead) -> Places:
    """Where each stuck label stands first."""
    found: Places = {}
    for sheet in read.sheets:
        for at, stuck in sheet.fates.rejected.items():
            key = (stuck.rule, stuck.axis, stuck.text)
            if key not in found:
                found[key] = sheet.grid.sheet, address(*(stuck.at or at))
    return found


def _place(places: Places, stuck: Stuck) -> tuple[str, str]:
    return places.get((stuck.rule, stuck.axis, stuck.text), ("", ""))
