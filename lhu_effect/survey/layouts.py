"""What a layout is: a name and the reason why a table is not of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lhu_effect import i18n
from lhu_effect.survey.tables import Table
from lhu_effect.survey.words import fold, words


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a layout does not take a table. reason: text `survey.refusals.<reason>`; facts fill its holes."""

    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def message(self, lang: i18n.Lang) -> str:
        """The reason in words."""
        facts = dict(self.facts)
        if "axis" in facts:
            facts["axis"] = i18n.text(f"survey.axes.{facts['axis']}", lang)
        return i18n.text(f"survey.refusals.{self.reason}", lang, **facts)


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. refuses(table): None when the table is of this layout."""

    name: str
    refuses: Callable[[Table], Refusal | None]


def no_results(table: Table) -> Refusal | None:
    """A refusal when the titles over a table say that guardians or staff answered, or that its figures are no shares."""
    measured = table.context.get("measure")
    if measured is not None and not bases_only(table):
        return Refusal("other_figures", {"text": " ".join(measured.text.split())})
    for row in table.grid.rows[: table.header[1]]:
        for cell in row[:3]:
            if cell is None or cell.text.rstrip().endswith("?"):
                continue
            if any(word in words().others for word in fold(cell.text).split()):
                return Refusal("not_pupils", {"who": " ".join(cell.text.split())})
    return None


def bases_only(table: Table) -> bool:
    """Whether a table gives numbers of answers and nothing else: a sheet of bases needs no question."""
    return all((v.measure or table.measure) in ("base", "invited", "response_rate") for v in table.values)
