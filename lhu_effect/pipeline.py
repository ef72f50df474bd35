"""The arrows composed: inputs -> study and survey -> table -> what may be shown -> effects -> page.

Functions take and return values; the only files touched are the ones the readers open. Printing, writing
and exit codes are the command line's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lhu_effect.errors import InputError, LhuError, UsageError
from lhu_effect.i18n import Lang, text
from lhu_effect.inputs import Inputs, find_inputs

if TYPE_CHECKING:
    from lhu_effect.disclosure import MaskedCube
    from lhu_effect.effects import Effects
    from lhu_effect.study.model import Study
    from lhu_effect.survey.cube import Cube
    from lhu_effect.survey.model import Survey
    from lhu_effect.survey.series import SeriesSet

Step = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything a page or an effects table is made from. shown: what may be seen (internal: unmasked).

    previous: what was published before, oldest first. other: other sources, as they may be shown.
    """

    study: Study
    survey: Survey
    shown: Cube | MaskedCube
    effects: Effects
    internal: bool
    previous: tuple[Path, ...] = ()
    other: SeriesSet | None = None


def read(inputs: Inputs, *, strict: bool = True) -> Survey:
    """The survey of the inputs; strict: the first thing that must stop a build is raised.

    The packaged study has no folder: its synthetic extracts are made anew (same seed, same bytes) and read.
    """
    from lhu_effect.study import load_study
    from lhu_effect.survey import read_survey, with_other_sources

    if inputs.files is None and inputs.study.folder is None:
        if inputs.study.id != load_study(None).id:  # a study made in code: its answers are nowhere
            raise InputError("survey.no_files")
        return _read_packaged(inputs.study, strict)
    survey = read_survey(inputs.study, inputs.files, strict=strict)
    return survey if inputs.files is not None else with_other_sources(survey, inputs.study, strict=strict)


def _read_packaged(study: Study, strict: bool) -> Survey:
    from tempfile import TemporaryDirectory

    from lhu_effect.simulate import demo_extracts, other_files
    from lhu_effect.survey import read_survey, with_other_sources

    with TemporaryDirectory() as made:
        folder = Path(made) / "extracts"
        folder.mkdir()
        for name, content in demo_extracts(study).items():
            (folder / name).write_bytes(content)
        for name, content in other_files(study, 1).items():
            (Path(made) / name).parent.mkdir(exist_ok=True)
            (Path(made) / name).write_bytes(content)
        there = replace(study, folder=Path(made), extracts=("extracts/",))
        return with_other_sources(read_survey(there, strict=strict), there, strict=strict)


def analyse(
    inputs: Inputs,
    *,
    internal: bool = False,
    previous: Sequence[Path] = (),
    estimator: str | None = None,
    step: Step = lambda _: None,
) -> Analysis:
    """Read, protect, estimate. internal: nothing is masked but what came masked."""
    from lhu_effect.disclosure.series import mask_series
    from lhu_effect.effects import estimate_effects
    from lhu_effect.survey import tabulate

    study = inputs.study
    step("read")
    survey = read(inputs)
    step("mask")
    shown = tabulate(survey.cube, study) if internal else _published(survey, study, previous)
    step("estimate")
    effects = estimate_effects(shown, study, estimator=estimator)
    other = survey.other if internal or survey.other is None else mask_series(survey.other, study)
    return Analysis(study, survey, shown, effects, internal, tuple(previous), other)


def page(analysis: Analysis, *, lang: Lang | None = None, step: Step = lambda _: None) -> str:
    """The self-contained page; what is published has been attacked before it is returned.

    Raises DisclosureError when the finished page would give a hidden number away.
    """
    from lhu_effect.dashboard import present, render
    from lhu_effect.disclosure import MaskedCube, gate, public_totals

    step("page")
    data = present(
        analysis.effects,
        analysis.shown,
        analysis.study,
        analysis.survey if analysis.internal else analysis.survey.without_numbers(),
        internal=analysis.internal,
        lang=lang or analysis.study.language,
        other=analysis.other,
    )
    html = render(data)
    if not analysis.internal:
        step("gate")
        totals = public_totals(analysis.survey.cube, analysis.study)
        attacked = analysis.shown if isinstance(analysis.shown, MaskedCube) else None
        gate(html, analysis.study, analysis.previous, totals, attacked=attacked)
    return html


def gate_files(analysis: Analysis, files: Mapping[str, bytes]) -> None:
    """Read effects and checks back out of finished files and raise DisclosureError if one tells of a hidden cell.

    files: name -> content, as `export.effect_files` makes them.
    """
    from tempfile import TemporaryDirectory

    from lhu_effect.dashboard.reading import checks_of, effects_of
    from lhu_effect.disclosure import MaskedCube, gate_table

    if not isinstance(analysis.shown, MaskedCube):
        return
    with TemporaryDirectory() as made:
        for name, content in files.items():
            path = Path(made) / name
            path.write_bytes(content)
            checks_alone = path.stem.endswith("_checks")
            both = path.suffix in (".json", ".xlsx")
            if not checks_alone:
                gate_table(effects_of(path).iter_rows(named=True), analysis.shown)
            if checks_alone or both:
                gate_table(checks_of(path).iter_rows(named=True), analysis.shown)


def open_study(folder: str | Path | None = None) -> Study:
    """The study in `folder` (with study.toml); without one the packaged study of Strängnäs.

    Raises StudyError when study.toml contradicts itself, naming the key.

    >>> open_study().municipality
    '0486'
    """
    from lhu_effect.study import load_study

    return load_study(None if folder is None else Path(folder))


def read_survey(
    source: Study | str | Path | Sequence[str | Path], *, municipality: str | None = None
) -> Survey:
    """The survey of a study, or of one or more extract files alone (unmasked: for your eyes, not for the page).

    Raises InputError for the first thing that makes the data unusable: file, sheet, cell, found, right.

    >>> import lhu_effect as lhu
    >>> survey = lhu.read_survey(lhu.open_study())
    >>> survey.synthetic, len(survey.cube) > 10_000
    (True, True)
    """
    from lhu_effect.study.model import Study

    if isinstance(source, Study):
        return read(Inputs(source, None))
    paths = [source] if isinstance(source, str | Path) else source
    return read(find_inputs([Path(p) for p in paths], municipality))


def build_dashboard(
    study: Study | None = None,
    *,
    out: str | Path,
    lang: Lang | None = None,
    internal: bool = False,
    previous: str | Path | Sequence[str | Path] = (),
    force: bool = False,
) -> Path:
    """Write the page of `study` (default: the packaged one) to `out` and return the path.

    previous: the pages or tables published before (oldest first), whose numbers everybody has.
    The same gate as the command line's: raises DisclosureError rather than write a page that leaks.

    >>> import lhu_effect as lhu, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = lhu.build_dashboard(lhu.open_study(), out=f"{folder}/page.html", internal=True)
    ...     page.read_text("utf-8").startswith("<!doctype html>")
    True
    """
    from lhu_effect.writers.files import write_whole

    inputs = Inputs(study or open_study(), None)
    earlier = [Path(p) for p in ([previous] if isinstance(previous, str | Path) else previous)]
    html = page(analyse(inputs, internal=internal, previous=earlier), lang=lang)
    write_whole(Path(out), html.encode("utf-8"), force=force)
    return Path(out)


def simulated_files(study: Study, seed: int, layout: str, settings: Mapping[str, Any]) -> dict[str, bytes]:
    """A study folder with invented extracts: relative name -> bytes (see `simulate.published_files`)."""
    from lhu_effect.simulate import published_files

    if not study.municipality:
        raise UsageError("cli.no_study")
    return published_files(study, seed, layout, **settings)


def new_study_files(source: str) -> dict[str, bytes]:
    """A new study's folder: relative name -> bytes (see `writers.scaffold`)."""
    from lhu_effect.writers.scaffold import new_study_files as files

    return files(source)


def power_file(inputs: Inputs, suffix: str, lang: Lang, previous: Sequence[Path] = ()) -> tuple[bytes, int]:
    """The power table of a study as a file's bytes, and its number of rows.

    Levels and answers come from what the study's extracts may show; without extracts from enrolment.
    """
    from lhu_effect.disclosure import gate_table
    from lhu_effect.effects import power
    from lhu_effect.writers import table_bytes

    study = inputs.study
    survey = read(inputs) if inputs.files or study.folder is None or _has_extracts(study) else None
    shown = None if survey is None else _published(survey, study, previous)
    table = power(study, shown)
    if shown is not None:
        gate_table(table.iter_rows(named=True), shown)
    if suffix == "html":
        from lhu_effect.dashboard.power_page import power_page

        synthetic = survey is not None and survey.synthetic
        return power_page(table, study, lang, synthetic=synthetic).encode("utf-8"), table.height
    return table_bytes(table, suffix), table.height


def _has_extracts(study: Study) -> bool:
    from lhu_effect.survey import extract_files

    try:
        return bool(extract_files(study))
    except InputError:
        return False


def _published(survey: Survey, study: Study, previous: Sequence[Path]) -> MaskedCube:
    from lhu_effect.disclosure import mask, public_totals
    from lhu_effect.survey import tabulate

    totals = public_totals(survey.cube, study)
    return mask(tabulate(survey.cube, study), study, previous=previous, totals=totals)


def bundle_files(analysis: Analysis, lang: Lang) -> dict[str, bytes]:
    """A replication bundle for every primary effect of the headline unit: relative name -> bytes.

    Each is a folder with cells, question, expected numbers and scripts in R and Python; one that cannot be
    replicated from what may be shown has none.
    """
    from lhu_effect.disclosure import MaskedCube, gate_bundle
    from lhu_effect.effects import replicate

    rows = analysis.effects.rows
    asked = rows.filter(rows["role"] == "primary", rows["exposure"] == "after", rows["district"] == "all")
    files: dict[str, bytes] = {}
    for promise, indicator in asked.select("promise", "indicator").unique(maintain_order=True).iter_rows():
        try:
            bundle = replicate(analysis.shown, analysis.study, promise, indicator, lang=lang)
        except LhuError:
            continue  # refused: the effects table has the reason
        if isinstance(analysis.shown, MaskedCube):
            gate_bundle(bundle, indicator, analysis.shown)
        files |= {f"{promise}_{indicator}/{name}": content.encode() for name, content in bundle.items()}
    return files


def differences(old: Path, new: Path, lang: Lang) -> list[list[str]]:
    """What differs between two effects tables or pages: row, column, old, new, why - in words.

    Raises InputError when a file holds no effects.
    """
    from lhu_effect.dashboard.reading import effects_of
    from lhu_effect.effects.diff import diff_effects

    found = diff_effects(effects_of(old), effects_of(new))
    return [[d.key, d.column, d.old, d.new, text(f"cli.why.{d.why}", lang)] for d in found]
