"""study.toml -> Study: reads the file strictly, lays its own definitions over the packaged ones, has it checked.

Also the packaged study (Strängnäs) and the study of a lone extract, built from the registers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Literal, cast

from lhu_effect.definitions import load_registry, look_up, spelling_index
from lhu_effect.definitions.check import place_spellings
from lhu_effect.definitions.fields import Fields, parse_toml
from lhu_effect.definitions.load import read_wave
from lhu_effect.definitions.model import GRADES, Exposure, Registry, Wave
from lhu_effect.errors import StudyError, UsageError
from lhu_effect.i18n import LANGS, Lang, Text
from lhu_effect.study.check import check_study
from lhu_effect.study.codebook import read_codebook
from lhu_effect.study.lines import with_line, with_position
from lhu_effect.study.model import Margin, Mask, Minimum, PooledDistrict, Promise, Stratum, Study
from lhu_effect.study.overlay import read_enrolment, read_overlay
from lhu_effect.study.promises import read_promise
from lhu_effect.study.sources import read_sources

STUDY_FILE = "study.toml"
MARGINS = ("district*grade", "grade*sex", "district*sex", "district*grade*sex")


def load_study(path: Path | None = None) -> Study:
    """The study of a folder (or of the study.toml in it), or the packaged study when `path` is None.

    Raises UsageError when there is no such file, StudyError when it contradicts itself: one message that names
    the line, the table, the key, what was found and what would be right.

    >>> load_study().municipality
    '0486'
    """
    if path is None:
        return parse_study(packaged_study())
    file = path / STUDY_FILE if path.is_dir() else path
    if not file.is_file():
        raise UsageError("study.not_found", file=path.name, name=STUDY_FILE)
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise StudyError("study.unreadable", file=file.name, why=fault.strerror or "?") from None
    return parse_study(data, file.parent, file.name)


def packaged_study() -> bytes:
    """The study.toml of the packaged study; data/study.toml in the repository is the same file."""
    return (resources.files(__package__) / "strangnas.toml").read_bytes()


def parse_study(data: bytes, folder: Path | None = None, file: str = STUDY_FILE) -> Study:
    """The text of a study.toml as a checked Study. folder: what its paths are relative to."""
    text = data.decode("utf-8-sig", "replace")
    try:
        raw = parse_toml(data, file, StudyError)
    except StudyError as fault:
        raise with_position(fault, text) from None
    try:
        return _study_of(raw, folder, file)
    except StudyError as fault:
        raise with_line(fault, text, raw) from None


def _study_of(raw: Mapping[str, object], folder: Path | None, file: str) -> Study:
    """The tables of a study.toml as a checked Study."""
    f = Fields(raw, file, file, StudyError)
    head = _head(f)
    waves = _waves(f)
    registry = read_overlay(f, load_registry(), head.municipality, waves)
    codebook, keys = read_codebook(f.tables("codebook"))
    basis = head.district_basis
    study = replace(
        head,
        registry=registry,
        waves=waves,
        pooled=tuple(_pooled(t) for t in f.tables("pooled_district")),
        promises=tuple(read_promise(t) for t in f.tables("promise")),
        codebook=codebook,
        codebook_keys=keys,
        masks=tuple(_mask(t) for t in f.tables("mask")),
        enrolment=read_enrolment(f.tables("enrolment"), registry.enrolment, head.municipality, basis),
        folder=folder,
        sources=read_sources(f.tables("source")),
    )
    f.done()
    check_study(study, file)
    return study


def study_for(
    municipality: str, registry: Registry | None = None, *, comparison: Sequence[str] = ("all",)
) -> Study:
    """The study of a lone extract: promises from the packaged registers, comparison from what the files hold.

    For Strängnäs the packaged study without its extracts; for others the exposure register's promises, without
    commitments or measures named beforehand. municipality: a code, a name as in extracts, or "" while it is not
    known which one the files are about. Raises StudyError for a code or name that is no municipality.
    """
    if not municipality:
        known = registry or load_registry()
        return Study(municipality="", registry=known, id="files", enrolment=known.enrolment)
    packaged = load_study(None)
    municipality = _code_of(municipality, registry or packaged.registry)
    if municipality == packaged.municipality and registry is None:
        return replace(packaged, extracts=(), comparison=tuple(comparison))
    known = registry or load_registry()
    name = known.places[municipality].name if municipality in known.places else municipality
    study = Study(
        municipality=municipality,
        registry=known,
        id=f"kommun_{municipality}",
        title=Text(f"Medborgarlöften i {name}", f"Promises to citizens in {name}"),
        comparison=tuple(comparison),
        promises=_promises_of(municipality, known.exposures),
        enrolment=known.enrolment,
    )
    check_study(study)
    return study


def _code_of(municipality: str, registry: Registry) -> str:
    """The code of a municipality named by code or name; what is unknown is left for the check to refuse."""
    towns = (p for p in registry.places.values() if p.kind == "municipality")
    index = spelling_index((s, p.code) for p in towns for s in place_spellings(p))
    return look_up(municipality, index) or municipality


def _promises_of(municipality: str, exposures: Sequence[Exposure]) -> tuple[Promise, ...]:
    """The register's own promises of a municipality: one per period, its themes together."""
    periods: dict[str, Promise] = {}
    for e in exposures:
        if e.municipality != municipality or e.exposed not in ("yes", "partly") or e.start is None:
            continue
        last = (e.end or e.start).year
        id_ = str(e.start.year) if last == e.start.year else f"{e.start.year}-{last}"
        earlier = periods[id_].themes if id_ in periods else ()
        themes = tuple(dict.fromkeys((*earlier, *e.themes)))
        periods[id_] = Promise(id_, e.title, e.start, e.end, themes=themes, source=e.source)
    return tuple(periods.values())


def _head(whole: Fields) -> Study:
    """The [study] table; everything else is put in by the caller."""
    if not whole.has("study"):
        whole.fail("definitions.missing_key", key="[study]")
    f = whole.table("study")
    f.place = "[study]"
    minimum, margin = f.table("minimum"), f.table("margin")
    base = Study(f.text("municipality", empty=False), Registry(), enrolment=())
    made = replace(
        base,
        id=f.text("id", empty=False),
        title=f.both("title"),
        extracts=f.words("extracts", ("extracts/",)),
        language=cast(Lang, f.choice("language", LANGS, "sv")),
        district_basis=_basis(f, "district_basis"),
        comparison=f.words_or_one("comparison", ("all",)),
        contaminated=cast(
            Literal["exclude", "flag"], f.choice("contaminated", ("exclude", "flag"), "exclude")
        ),
        strata=tuple(_stratum(s) for s in f.tables("strata")) or base.strata,
        margins=f.words("margins", base.margins, among=MARGINS),
        minimum=Minimum(minimum.whole("n", 10, low=5), minimum.whole("k", 5, low=3)),
        mask_limit=f.whole("mask_limit", base.mask_limit, low=1, high=1000),
        item_response=f.number("item_response", base.item_response, low=0.05, high=1),
        mapping=f.text("mapping", ""),
        margin=_margin(margin),
        alpha=f.number("alpha", base.alpha, low=0.0001, high=0.5),
    )
    for inner in (minimum, f):
        inner.done()
    return made


def _margin(f: Fields) -> Margin:
    made = Margin(f.number("points", 1.0, low=0, high=50), f.number("share", 0.25, low=0, high=1))
    f.done()
    return made


def _basis(f: Fields, key: str) -> Literal["school", "home"]:
    return cast(Literal["school", "home"], f.choice(key, ("school", "home"), "school"))


def _stratum(f: Fields) -> Stratum:
    f.named(f.text("id", empty=False))
    made = Stratum(f.text("id"), f.words("grades", None, among=GRADES))
    f.done()
    return made


def _waves(f: Fields) -> tuple[Wave, ...]:
    made: dict[int, Wave] = {}
    for t in f.tables("wave"):
        wave = read_wave(t)
        if wave.year in made:
            t.fail("study.twice")
        made[wave.year] = wave
    return tuple(made[year] for year in sorted(made))


def _pooled(f: Fields) -> PooledDistrict:
    f.named(f.text("id", empty=False))
    made = PooledDistrict(
        id=f.text("id"),
        label=f.both("label"),
        districts=f.words("districts", None),
        basis=_basis(f, "basis"),
        grades=f.words("grades", among=GRADES),
        why=f.maybe_both("why"),
    )
    f.done()
    return made


def _mask(f: Fields) -> Mask:
    f.named(f.text("text", empty=False))
    made = Mask(f.text("text").strip(), f.whole("low"), f.whole("high"))
    f.done()
    return made
