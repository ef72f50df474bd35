"""Other sources than the survey: which kinds are read, what each measures, and the names of known measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from lhu_effect.definitions.fields import Fields, parse_toml
from lhu_effect.definitions.labels import look_up, spelling_index
from lhu_effect.errors import DefinitionError
from lhu_effect.i18n import Text

FILE = "definitions/sources.toml"
Role = Literal["context", "process"]


@dataclass(frozen=True, slots=True)
class KnownMeasure:
    """A measure with a name in both languages. unit None: its kind's, or what the file says."""

    id: str
    label: Text
    unit: Text | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of other source. role process: what was done, never an outcome. unit None: the measure's own."""

    id: str
    title: Text
    role: Role
    what: Text
    read: Text
    unit: Text | None
    source: str
    measures: Mapping[str, KnownMeasure]

    def measure(self, text: str) -> KnownMeasure | None:
        """The known measure that `text` spells, or None.

        >>> source_kinds()["wastewater"].measure("KOKAIN").id
        'cocaine'
        """
        found = look_up(text, _spellings(self.id))
        return self.measures[found] if found else None


@cache
def source_kinds() -> Mapping[str, Kind]:
    """The kinds by id, in register order. Raises DefinitionError when the register is wrong."""
    data = (resources.files(__package__) / "sources.toml").read_bytes()
    whole = Fields(parse_toml(data, FILE, DefinitionError), FILE, FILE, DefinitionError)
    known = [_measure(f) for f in whole.tables("measure")]
    kinds = {k.id: k for k in (_kind(f, known) for f in whole.tables("kind"))}
    for kind, measure in known:
        if kind not in kinds:
            whole.fail("definitions.missing_key", key=f"[[kind]] {kind} ({measure.id})")
    whole.done()
    return kinds


@cache
def _spellings(kind: str) -> Mapping[str, str]:
    known = source_kinds()[kind].measures.values()
    return spelling_index((s, m.id) for m in known for s in (m.id, m.label.sv, m.label.to("en"), *m.aliases))


def _kind(f: Fields, known: list[tuple[str, KnownMeasure]]) -> Kind:
    id_ = f.text("id", empty=False)
    f.named(id_)
    made = Kind(
        id=id_,
        title=f.both("title"),
        role=cast(Role, f.choice("role", ("context", "process"))),
        what=f.both("what"),
        read=f.both("read"),
        unit=f.maybe_both("unit"),
        source=f.text("source", ""),
        measures={m.id: m for kind, m in known if kind == id_},
    )
    f.done()
    return made


def _measure(f: Fields) -> tuple[str, KnownMeasure]:
    f.named(f.text("id", empty=False))
    made = KnownMeasure(f.text("id"), f.both("label"), f.maybe_both("unit"), f.words("aliases"))
    kind = f.text("kind")
    f.done()
    return kind, made
