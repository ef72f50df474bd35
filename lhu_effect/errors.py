"""The error tree: one base, one class per kind of remedy.

An error names a rule and carries the facts; its words stand in ``texts/<lang>/<room>.toml`` under
``errors``, so ``InputError("survey.k_exceeds_n", ...)`` reads ``survey.errors.k_exceeds_n``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

from lhu_effect import i18n


class LhuError(Exception):
    """Base of all errors a user can mend. `str(error)` is English; `message("sv")` is Swedish.

    rule: dotted name, first part the room. file, sheet, cell: where (relative file name), or None.
    line, column: in a text file, from 1, when known (set afterwards by whoever knows).
    facts: what was found and what would have been right; each fills a hole of the text.

    >>> import lhu_effect as lhu
    >>> try:
    ...     lhu.read_survey("nowhere.csv")
    ... except lhu.LhuError as error:
    ...     error.rule.split(".")[0] != "", error.message("sv") != error.message("en")
    (True, True)
    """

    exit_code = 1

    def __init__(
        self,
        rule: str,
        /,
        *,
        file: str | None = None,
        sheet: str | None = None,
        cell: str | None = None,
        **facts: object,
    ) -> None:
        super().__init__(rule)
        self.rule = rule
        self.file = file
        self.sheet = sheet
        self.cell = cell
        self.facts = facts
        self.line: int | None = None
        self.column: int | None = None

    def message(self, lang: i18n.Lang = "en") -> str:
        """One message: where, what was found, what would be right."""
        room, name = self.rule.split(".", 1)
        facts = {k: v.to(lang) if isinstance(v, i18n.Text) else v for k, v in self.facts.items()}
        said = i18n.text(f"{room}.errors.{name}", lang, **facts)
        return f"{where(self.file, self.sheet, self.cell, lang, self.line, self.column)}{said}"

    def __str__(self) -> str:
        return self.message("en")


class UsageError(LhuError):
    """Wrong use: a call or option that cannot be meant. Exit code 2."""

    exit_code = 2


class StudyError(LhuError):
    """study.toml (or a Study built in code) contradicts itself or names what does not exist."""


class DefinitionError(LhuError):
    """The packaged registers are wrong: a fault in the package, found by its own checks."""


class InputError(LhuError):
    """An extract cannot be used: unreadable, contradictory, or nothing usable in it."""


class UnknownLayoutError(InputError):
    """No reader recognised the file; `facts["reasons"]` has each reader's reason."""


class EstimationError(LhuError):
    """An estimator was asked for what it cannot give (a refusal inside a run is a row, not an error)."""


class DisclosureError(LhuError):
    """The finished page or export would let someone work out a hidden number."""


class OutputError(LhuError):
    """The result could not be written; what was there before is whole."""


class ForeignOutputError(UsageError):
    """The output file exists and was not written by this program."""


def nearest(name: object, known: Iterable[object], most: int = 8) -> str:
    """Names that there are, the likeliest meant first; "…" where more than `most` are left out.

    >>> nearest("narkotics_ever", ["alcohol_ever", "narcotics_ever"])
    'narcotics_ever, alcohol_ever'
    """
    names = list(dict.fromkeys(map(str, known)))
    close = get_close_matches(str(name), names, n=3, cutoff=0.4)
    order = [*close, *(x for x in names if x not in close)]
    return ", ".join(order[:most]) + (" …" if len(order) > most else "") or "–"


def nearest_keys(key: Sequence[object], known: Iterable[Sequence[str]], most: int = 3) -> str:
    """Keys that there are, the most alike part by part first; an id among ids joined by "+" is alike.

    >>> nearest_keys(("2020", "narkotics"), [("2017", "narcotics"), ("2020+2021", "narcotics")], most=1)
    '2020+2021, narcotics'
    """

    def alike(given: str, name: str) -> float:
        return 1.0 if given in (name, *name.split("+")) else SequenceMatcher(None, given, name).ratio()

    parts = [str(part) for part in key]
    order = sorted(dict.fromkeys(map(tuple, known)), key=lambda k: -sum(map(alike, parts, k)))
    return "; ".join(", ".join(k) for k in order[:most]) or "–"


def known_lang(lang: str) -> None:
    """Raise UsageError for a language there are no texts in."""
    if lang not in i18n.LANGS:
        raise UsageError("dashboard.unknown_lang", found=lang, known=", ".join(i18n.LANGS))


def where(
    file: str | None,
    sheet: str | None,
    cell: str | None,
    lang: i18n.Lang,
    line: int | None = None,
    column: int | None = None,
) -> str:
    """`fil.xlsx, blad "Åk 9", cell D14: ` or `study.toml, rad 14: `, or nothing when no place is known."""
    parts = [file] if file else []
    if sheet:
        parts.append(f"blad ”{sheet}”" if lang == "sv" else f"sheet “{sheet}”")
    if cell:
        parts.append(f"cell {cell}")
    if line:
        parts.append(f"rad {line}" if lang == "sv" else f"line {line}")
    if line and column:
        parts.append(f"kolumn {column}" if lang == "sv" else f"column {column}")
    return f"{', '.join(parts)}: " if parts else ""
