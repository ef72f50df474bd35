"""Places as other sources spell them: municipalities, counties, the nation, own kommundelar, or the file's own words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from lhu_effect.definitions import look_up, spelling_index
from lhu_effect.definitions.check import place_spellings
from lhu_effect.i18n import Text
from lhu_effect.study.model import Study

WHOLE = ("", "totalt", "total", "hela kommunen", "kommunen", "alla", "samtliga", "all")


class PlaceNames:
    """Spellings of one study's places."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.home = study.municipality
        places = study.registry.places
        self._codes = _index(
            tuple((s, p.code) for p in places.values() for s in _with_kommun(p.name, place_spellings(p)))
        )
        own = places[self.home].districts if self.home in places else ()
        self._districts = _index(tuple((s, d.id) for d in own for s in (d.id, d.name, *d.aliases)))

    def code(self, text: str) -> str | None:
        """The code of a municipality, county or the nation; None for anything else. `486` means 0486."""
        bare = text.strip()
        if bare.isdecimal():
            bare = bare.zfill(4) if len(bare) == 3 else bare.zfill(2) if len(bare) == 1 else bare
            return bare if bare in self.study.registry.places else None
        return look_up(bare, self._codes)

    def local(self, text: str, others: Iterable[str] = ()) -> str:
        """A place of a local table: a kommundel's id, a code, or the words themselves; the whole municipality is its code.

        A town with its municipality's name is the kommundel where `others` (the column's texts) name another kommundel.
        """
        bare = text.strip()
        if bare.casefold() in WHOLE:
            return self.home
        district, code = look_up(bare, self._districts), self.code(bare)
        if district and code == self.home:
            named = {d for o in others if (d := look_up(o, self._districts))}
            return district if len(named) > 1 else self.home
        return district or code or bare

    def name(self, place: str) -> Text:
        """How a place is called on the page."""
        places = self.study.registry.places
        if place in places:
            found = places[place]
            if found.kind == "municipality":
                return Text(f"{found.name} (hela kommunen)", f"{found.name} (whole municipality)")
            return Text(found.name, "Sweden" if found.kind == "nation" else found.name)
        own = places[self.home].districts if self.home in places else ()
        district = next((d.name for d in own if d.id == place), place)
        return Text(district, district)


@lru_cache(maxsize=16)
def _index(spellings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return spelling_index(spellings)


def _with_kommun(name: str, spellings: Iterable[str]) -> Iterable[str]:
    yield from spellings
    yield f"{name} kommun"
    yield f"{name}s kommun"
