"""Which comparison municipalities may stand for "what would have happened anyway", per theme and window.

Reads the register of other municipalities' own promises (method.md section 1): a promise of their own
on the theme inside the window contaminates; what is unknown counts as no and is shown by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lhu_effect.definitions.model import Exposure, Wave
from lhu_effect.study.model import Study

Known = Literal["yes", "partly", "no", "unknown", "not_found"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One comparison municipality in one window: its exposure, whether it is used, and the entries behind.

    exposed not_found: the register holds nothing for that time. entries: those that decided.
    """

    municipality: str
    exposed: Known
    used: bool
    entries: tuple[Exposure, ...] = ()

    @property
    def contaminated(self) -> bool:
        """Whether it had a promise of its own on the theme."""
        return self.exposed in ("yes", "partly")


@dataclass(frozen=True, slots=True)
class Window:
    """From the end of the last before wave's fieldwork to the start of the target's; widest where unknown."""

    opens: date
    closes: date

    @classmethod
    def between(cls, before: Wave, target: Wave) -> Window:
        """The window between two waves."""
        opens = before.field_end or before.field_start or date(before.year, 1, 1)
        return cls(opens, target.field_start or target.field_end or date(target.year, 12, 31))

    def overlaps(self, entry: Exposure) -> bool:
        """Whether the entry's dates touch the window; no end is open, no start is undated (False)."""
        if entry.start is None:
            return False
        return entry.start <= self.closes and (entry.end is None or entry.end >= self.opens)


def candidates(study: Study, codes: Sequence[str]) -> tuple[str, ...]:
    """The comparison municipalities among `codes`: the study's list, or all but its own; never a county."""
    wanted = study.comparison
    chosen = codes if tuple(wanted) == ("all",) else wanted
    return tuple(sorted({c for c in chosen if c in codes and c != study.municipality and len(c) == 4}))


def standings(study: Study, theme: str, window: Window, codes: Sequence[str]) -> tuple[Standing, ...]:
    """Each municipality's standing for `theme` in `window`, in order of code."""
    return tuple(_standing(study, theme, window, code) for code in sorted(codes))


def _standing(study: Study, theme: str, window: Window, code: str) -> Standing:
    own = tuple(e for e in study.exposures if e.municipality == code)
    exposed, entries = _exposed(theme, window, own)
    used = exposed not in ("yes", "partly") or study.contaminated == "flag"
    return Standing(code, exposed, used, entries)


def _exposed(theme: str, window: Window, own: tuple[Exposure, ...]) -> tuple[Known, tuple[Exposure, ...]]:
    inside = tuple(e for e in own if window.overlaps(e))
    for level in ("yes", "partly"):
        hits = tuple(e for e in inside if e.exposed == level and theme in e.themes)
        if hits:
            return ("yes" if level == "yes" else "partly"), hits
    undated = tuple(e for e in own if e.start is None)
    doubtful = tuple(e for e in (*inside, *undated) if _in_doubt(e, theme))
    if doubtful:
        return "unknown", doubtful
    known = tuple(e for e in (*inside, *undated) if _tells_of_none(e, theme))
    return ("no", known) if known else ("not_found", ())


def _in_doubt(entry: Exposure, theme: str) -> bool:
    """An entry that might be about the theme: themes unseen, or no date to place it by."""
    if entry.exposed == "unknown":
        return not entry.themes or theme in entry.themes
    return entry.exposed in ("yes", "partly") and (
        not entry.themes or (entry.start is None and theme in entry.themes)
    )


def _tells_of_none(entry: Exposure, theme: str) -> bool:
    """A `no` for the theme, or a promise that was seen and names other themes only."""
    if entry.exposed == "no":
        return not entry.themes or theme in entry.themes
    return entry.exposed in ("yes", "partly") and entry.start is not None and bool(entry.themes)
