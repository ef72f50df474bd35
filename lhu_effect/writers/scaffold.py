"""A new study folder: a commented study.toml from the packaged registers, and a workbook to fill in.

Returns names and bytes. Promises and places only: no numbers of pupils are invented here.
"""

from __future__ import annotations

from importlib import resources

from lhu_effect.definitions import load_registry
from lhu_effect.errors import StudyError, UsageError
from lhu_effect.study.load import STUDY_FILE, packaged_study, parse_study, study_for
from lhu_effect.study.model import Promise, Study
from lhu_effect.writers.template import template_workbook

TEMPLATE_FILE = "mall.xlsx"
INVENTED = "\n# --- Andra källor"
README_FILE = "OM_MAPPEN.txt"


def new_study_files(source: str = "strangnas") -> dict[str, bytes]:
    """The files of a new study folder, by name.

    source: "strangnas" for the packaged study's promises in full, or a municipality (code or name) whose promises
    the exposure register knows. Raises UsageError for anything else.
    """
    packaged = parse_study(packaged_study())
    if source.casefold() in (packaged.id, packaged.municipality, "strängnäs"):
        text = _packaged_text()
    else:
        text = _text_for(_study_of(source))
    study = parse_study(text.encode())
    return {
        STUDY_FILE: text.encode(),
        TEMPLATE_FILE: template_workbook(study),
        README_FILE: _part("OM_MAPPEN.txt")
        .format(study=STUDY_FILE, template=TEMPLATE_FILE)
        .encode("utf-8-sig"),
    }


def _study_of(source: str) -> Study:
    try:
        found = study_for(source) if source.strip() else None
    except StudyError:
        found = None
    if found is None:
        raise UsageError("writers.unknown_source", found=source)
    return found


def _packaged_text() -> str:
    """The packaged study under a heading of its own: its first and last parts speak of invented files."""
    _, rest = packaged_study().decode().split("\n\n", 1)
    return f"{_part('study_head.toml')}\n{rest.split(INVENTED)[0]}"


def _text_for(study: Study) -> str:
    place = load_registry().places[study.municipality]
    head = _part("study_new.toml").format(
        id=study.id, code=place.code, name=place.name, title_sv=study.title.sv, title_en=study.title.en
    )
    promises = "\n".join(_promise(p) for p in study.promises) or _part("promise_example.toml")
    return f"{_part('study_head.toml')}\n{head}\n{promises}"


def _promise(p: Promise) -> str:
    """A promise of the register, to be completed."""
    end = f"end = {p.end.isoformat()}\n" if p.end else ""
    themes = ", ".join(_quoted(t) for t in p.themes)
    return (
        f"[[promise]]\nid = {_quoted(p.id)}\n"
        f"title = {{ sv = {_quoted(p.title.sv)}, en = {_quoted(p.title.en or p.title.sv)} }}\n"
        f"start = {p.start.isoformat()}\n{end}"
        f"themes = [{themes}]\nprimary = []          # två till fyra mått, utsedda innan svaren lästs\n"
        f"source = {_quoted(p.source)}\n"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _part(name: str) -> str:
    return (resources.files(__package__) / "parts" / name).read_text(encoding="utf-8")
