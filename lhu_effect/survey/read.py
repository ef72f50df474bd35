"""Extracts to a Survey: every file read, its cells joined to a cube, contradictions found, all accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lhu_effect import i18n
from lhu_effect.errors import InputError
from lhu_effect.survey.cells import mask_personal
from lhu_effect.survey.checks import contradictions, repeated
from lhu_effect.survey.cube import CUBE_SCHEMA, KEY, Cube, as_cube
from lhu_effect.survey.extracts import Extract, Sidecar, list_extracts, read_sidecar
from lhu_effect.survey.fates import Fates
from lhu_effect.survey.figures import Read
from lhu_effect.survey.geography import changed_answers, geography_issues
from lhu_effect.survey.grid import address
from lhu_effect.survey.grids import read_grids
from lhu_effect.survey.hidden import without_disagreeing
from lhu_effect.survey.issues import issue_message
from lhu_effect.survey.join import Joiner
from lhu_effect.survey.labels import Labels
from lhu_effect.survey.mapping import read_mapping
from lhu_effect.survey.microdata_files import looks_like_records, read_microdata
from lhu_effect.survey.model import Issue, Source, Survey
from lhu_effect.survey.parts import Cell, Enrolled
from lhu_effect.survey.report import records_report, sheet_report, totals
from lhu_effect.survey.rows import Stuck
from lhu_effect.survey.schools import school_issues
from lhu_effect.survey.sheets import FileRead, FileReader
from lhu_effect.survey.tables import UNUSED_MEASURES
from lhu_effect.survey.tidy import Observation
from lhu_effect.survey.unknown import unknown_labels
from lhu_effect.survey.words import fold

if TYPE_CHECKING:
    from lhu_effect.study.model import Study


REASONS = frozenset(
    ("unknown_label", "unknown_labels", "unclear_part", "unclear_place", "missing_axis", "unknown_measure",
     "no_answer_counts", "answers_incomplete", "not_a_number_text", "not_a_number_date", "not_a_number_error",
     "not_a_number_interval")
)  # fmt: skip
_ONCE = frozenset(("survey.no_answer_counts", "survey.answers_incomplete", "survey.summed_whole"))


@dataclass(eq=False)
class _Reading:
    """The survey in the making."""

    study: Study
    labels: Labels
    strict: bool
    files: list[FileRead] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    classes: list[pl.DataFrame] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def odd(self, issue: Issue) -> None:
        """Takes up what was odd; strict: the first error stops."""
        if self.strict and issue.severity == "error":
            raise error_of(issue)
        self.issues.append(issue)


def read_survey(study: Study, files: Sequence[Path] | None = None, *, strict: bool = True) -> Survey:
    """Read extracts into a Survey.

    files: extracts or folders of them (default: the study's). strict: the first contradiction or unusable
    file raises InputError naming file, sheet, cell, what was found and what would be right; not strict:
    all of them are issues of severity error, and the rest is read. Unknown labels, refused tables beside
    read ones, equal duplicates and hidden cells are warnings either way.

    With `study.municipality` "" (lone files) no cell needs to be about the study's municipality.
    """
    extracts = list_extracts(study, files)
    if not extracts:
        raise InputError("survey.no_files")
    reading = _Reading(study, Labels(study.registry, read_mapping(study)), strict)
    reader = FileReader(study, reading.labels)
    for extract in extracts:
        _read_file(extract, reader, reading)
    _check_synthetic(reading)
    observations = without_disagreeing(reading.files, reading.odd)
    rows = _joined(observations, reading)
    frame = pl.concat([pl.DataFrame(rows, schema=CUBE_SCHEMA), *reading.frames])
    odd = [*repeated(frame), *contradictions(frame.to_dicts())]
    odd += geography_issues(frame, study, reading.labels) if study.municipality else []
    for issue in [*odd, *school_issues(observations, study), *changed_answers(_asked(observations))]:
        reading.odd(issue)
    cube = as_cube(frame.unique(list(KEY), keep="first", maintain_order=True))
    cube = replace(cube, classes=pl.concat(reading.classes) if reading.classes else None)
    _check_usable(cube, reading)
    return Survey(cube, tuple(reading.sources), tuple(reading.issues), _report(reading))


def _read_file(extract: Extract, reader: FileReader, reading: _Reading) -> None:
    try:
        sidecar = read_sidecar(extract)
        if looks_like_records(extract.path, reading.study):
            _take_records(extract, sidecar, reading)
            return
        read = reader.observe(read_grids(extract.path, name=extract.name))
    except InputError as fault:
        if reading.strict:
            raise
        reading.issues.append(issue_of(fault, extract.name))
        return
    reading.files.append(read)
    reading.sources.append(_source(read.file, read.layout, sidecar))
    for issue in [*read.issues, *unknown_labels(read, reading.labels)]:
        reading.odd(issue)


def _take_records(extract: Extract, sidecar: Sidecar, reading: _Reading) -> None:
    """A file of pupils' rows: already a cube when it comes."""
    read = read_microdata(extract.path, reading.study, labels=reading.labels, name=extract.name)
    reading.sources.append(_source(extract.name, "microdata", sidecar))
    for issue in read.counted.issues:
        reading.odd(issue)
    reading.frames.append(read.counted.cube.frame.with_columns(pl.lit(extract.name).alias("file")))
    if read.counted.cube.classes is not None:
        reading.classes.append(read.counted.cube.classes)
    reading.reports.append(records_report(extract.name, read))


def _source(file: str, layout: str, side: Sidecar) -> Source:
    return Source(file, layout, side.producer, side.received, side.terms, side.synthetic, side.seed)


def issue_of(fault: InputError, file: str) -> Issue:
    """An error as an issue of severity error."""
    return Issue(
        fault.rule, "error", fault.file or file, fault.sheet or "", fault.cell or "", dict(fault.facts)
    )


def error_of(issue: Issue) -> InputError:
    """An issue of severity error as the error it would be."""
    return InputError(
        issue.rule, file=issue.file or None, sheet=issue.sheet or None, cell=issue.cell or None, **issue.facts
    )


def _check_synthetic(reading: _Reading) -> None:
    """Invented numbers beside real ones: stop."""
    invented = next((s.file for s in reading.sources if s.synthetic), None)
    real = next((s.file for s in reading.sources if not s.synthetic), None)
    if invented is not None and real is not None:
        reading.odd(Issue("survey.mixed_synthetic", "error", real, "", "", {"synthetic": invented}))


def _joined(observations: Sequence[Observation], reading: _Reading) -> list[dict[str, object]]:
    """Cube rows of all observations."""
    figures = Read(observations)
    for issue, culprits in figures.odd:
        _reject(culprits, issue, reading)
        reading.odd(issue)
    known = [e for e in reading.study.enrolment if not e.estimated]
    at_home = reading.study.district_basis == "home"  # enrolment is counted where the school is
    pupils = {
        (e.wave, e.municipality, e.district, e.grade): e.pupils
        for e in known
        if e.district == "all" or not at_home
    }
    explained = {f.file: f.marks for f in reading.files}
    joiner = Joiner(figures, reading.labels, Enrolled(pupils), reading.study.item_response, explained)
    joined = joiner.join([o for o in observations if figures.decided(o)])
    told: set[tuple[str, str, str, str]] = set()
    for issue, culprits in joined.odd:
        if issue.severity == "error" or issue.rule in (
            "survey.no_answer_counts",
            "survey.answers_incomplete",
        ):
            _reject(culprits[:1], issue, reading)
        elif issue.rule == "survey.duplicate":
            _fates(reading, culprits[0]).used.pop(culprits[0].at, None)
            _fates(reading, culprits[0]).ignored[culprits[0].at] = "duplicate"
        if issue.rule not in _ONCE:
            reading.odd(issue)
            continue
        about = {
            k: v for k, v in issue.facts.items() if issue.rule != "survey.summed_whole" or k == "answers"
        }
        same = (issue.rule, issue.file, issue.sheet, str(sorted(about.items())))
        if same not in told:  # a sentence for each question, not for each row
            told.add(same)
            reading.odd(issue)
    return [_row(c, figures) for c in joined.cells]


def _asked(observations: Iterable[Observation]) -> Iterator[tuple[str, int, str, Issue]]:
    for o in observations:
        if o.answer and o.key.indicator:
            where = Issue("", "note", o.table.grid.file, o.table.grid.sheet, address(*o.at))
            yield o.key.indicator, o.key.year, fold(o.answer), where


def _fates(reading: _Reading, o: Observation) -> Fates:
    return next(s.fates for f in reading.files for s in f.sheets if s.grid is o.table.grid)


def _reject(culprits: Iterable[Observation], issue: Issue, reading: _Reading) -> None:
    for o in culprits:
        fates = _fates(reading, o)
        fates.used.pop(o.at, None)
        fates.rejected[o.at] = Stuck(issue.rule.removeprefix("survey."), o.measure, o.cell.text, o.at)


def _row(cell: Cell, figures: Read) -> dict[str, object]:
    key, first = cell.key, cell.made_of[0]
    known = cell.status in ("observed", "masked")
    return {
        "year": key.year,
        "municipality": key.municipality,
        "district": key.district,
        "school": key.school,
        "grade": key.grade,
        "sex": key.sex,
        "indicator": key.indicator,
        "organiser": key.organiser,
        "n": cell.n.only,
        "n_low": cell.n.low if known or cell.n_known else None,
        "n_high": cell.n.high,
        "k": cell.k.only if cell.k_known else None,
        "k_low": cell.k.low if known else None,
        "k_high": cell.k.high if known else None,
        "percent": cell.percent,
        "status": cell.status,
        "flags": " ".join(sorted(cell.flags)),
        "file": first.table.grid.file,
        "sheet": first.table.grid.sheet,
        "cell": figures.address(first),
    }


def _check_usable(cube: Cube, reading: _Reading) -> None:
    """Something must be left for the study's municipality, or for any when it is not known yet."""
    home = reading.study.municipality
    usable = cube.frame.filter(pl.col("status").is_in(["observed", "masked"]), ~pl.col("organiser"))
    if home:
        usable = usable.filter(pl.col("municipality") == home)
    if usable.is_empty() and not any(i.severity == "error" for i in reading.issues):
        name = reading.study.registry.places[home].name if home in reading.study.registry.places else home
        because = _first_reason(reading.issues) or _left_out(reading.files)
        if home:
            facts = {"municipality": name, "because": because}
            reading.odd(Issue("survey.nothing_for_municipality", "error", facts=facts))
        else:
            reading.odd(Issue("survey.nothing_usable", "error", facts={"because": because}))


def _first_reason(issues: Sequence[Issue]) -> i18n.Text | None:
    """The first warning that says why figures could not be used, as a sentence to add; None when none does."""
    first = next((i for i in issues if i.rule.split(".", 1)[1] in REASONS), None)
    if first is None:
        return None
    return i18n.Text(f" {issue_message(first, 'sv')}", f" {issue_message(first, 'en')}")


def _left_out(files: Iterable[FileRead]) -> i18n.Text:
    """The first figures that a heading or title says are no answers, as a sentence to add; empty when there are none."""
    for sheet in (s for f in files for s in f.sheets):
        for at in sorted(at for at, why in sheet.fates.ignored.items() if why in UNUSED_MEASURES):
            why = sheet.fates.ignored[at]
            where = {"file": sheet.grid.file, "sheet": sheet.grid.sheet or "–", "cell": address(*at)}
            said = (
                i18n.text(
                    "survey.labels.left_out", lang, **where, why=i18n.text(f"survey.ignored.{why}", lang)
                )
                for lang in i18n.LANGS
            )
            return i18n.Text(*(f" {text}" for text in said))
    return i18n.Text("", "")


def _report(reading: _Reading) -> dict[str, Any]:
    files = [
        {
            "file": f.file,
            "layout": f.layout,
            "sheets": [
                sheet_report(s.grid, s.fates, reading.labels.closest, reading.study.language)
                for s in f.sheets
            ],
        }
        for f in reading.files
    ] + reading.reports
    mapping = dict.fromkeys(m for f in reading.files for m in f.tidied.mapping)
    unmapped: dict[tuple[str, str], int] = {}
    for f in reading.files:
        for stuck, count in f.tidied.unknown.items():
            if stuck.rule == "unknown_label":
                unmapped[stuck.axis, stuck.text] = unmapped.get((stuck.axis, stuck.text), 0) + count
    return {
        "files": files,
        "mapping": [{"kind": k, "text": mask_personal(t), "id": i} for k, t, i in sorted(mapping)],
        "unmapped": [
            {"kind": k, "text": mask_personal(t), "closest": reading.labels.closest(k, t), "count": n}
            for (k, t), n in sorted(unmapped.items())
        ],
        "totals": totals(s for f in files for s in f["sheets"]),
    }
