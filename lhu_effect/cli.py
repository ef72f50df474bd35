"""The command line: the only place that prints, writes files and exits.

Turns arguments into pipeline calls, results into files and messages, errors into one message and an exit
code (0 done, 1 the data could not be used, 2 wrong use). Heavy modules are imported when a command runs,
so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lhu_effect import __version__
from lhu_effect.i18n import LANGS, Lang, text
from lhu_effect.inputs import find_inputs
from lhu_effect.program import Program
from lhu_effect.targets import (
    check_estimator,
    check_folder,
    check_report,
    check_targets,
    json_bytes,
    must_exist,
    suffix_of,
    write,
    write_folder,
)
from lhu_effect.terminal import (
    environment_lang,
    progress,
    said,
    say,
    show_survey,
    table,
    tell_set_aside,
)

TABLE_FORMATS = ("csv", "parquet", "xlsx")
PAGES = ("html", "htm")
EFFECT_FORMATS = (*TABLE_FORMATS, "json")


def _option(*names: str, say: str, **more: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        *names, help=text(f"cli.option.{say}", environment_lang(), **more.pop("holes", {})), **more
    )


def _file_option(name: str, say: str, **more: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return _option(name, say=say, type=click.Path(path_type=Path), **more)


_INPUTS = click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
_LANG = _option("--lang", say="lang", type=click.Choice(LANGS))
_MUNICIPALITY = _option("--municipality", say="municipality", metavar="KOD")
_FORCE = _option("--force", say="force", is_flag=True)
_QUIET = _option("--quiet", say="quiet", is_flag=True)
_REPORT = _file_option("--report", "report")


def _about() -> str:
    from importlib.metadata import version

    shaping = ("polars", "numpy", "scipy", "statsmodels", "plotly", "openpyxl")
    python = ".".join(str(part) for part in sys.version_info[:3])
    others = [f"Python {python}", *(f"{name} {version(name)}" for name in shaping)]
    return f"lhu-effect {__version__} ({', '.join(others)})"


def _show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(_about())
        ctx.exit()


@click.group(cls=Program, help=text("cli.help.main", environment_lang()))
@_option("--version", say="version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _command(name: str, inputs: bool = True) -> Callable[[Callable[..., Any]], click.Command]:
    said = text(f"cli.help.{name}", environment_lang())
    more = f"\n\n{text('cli.help.inputs', environment_lang())}" if inputs else ""
    return main.command(name, help=said + more, short_help=said)


@_command("build")
@_INPUTS
@_file_option("--out", "out")
@_LANG
@_option("--internal", say="internal", is_flag=True)
@_file_option("--previous", "previous", multiple=True)
@_REPORT
@_MUNICIPALITY
@_FORCE
@_QUIET
def build(
    inputs: tuple[Path, ...],
    out: Path | None,
    lang: Lang | None,
    internal: bool,
    previous: tuple[Path, ...],
    report: Path | None,
    municipality: str | None,
    force: bool,
    quiet: bool,
) -> None:
    from lhu_effect import pipeline

    must_exist(*previous)
    with progress(quiet) as step:
        step("study")
        found = find_inputs(inputs, municipality)
        if out:
            suffix_of(out, PAGES)
        check_report(report)
        target = out or Path("dashboards") / f"{found.study.id}.html"
        check_targets(found, target, report, force=force)
        analysis = pipeline.analyse(found, internal=internal, previous=previous, step=step)
        html = pipeline.page(analysis, lang=lang, step=step)
        step("write")
        files = {target: html.encode("utf-8")}
        if report:
            files[report] = json_bytes(analysis.survey.report)
        write(files, force=force)
    tell_set_aside(analysis.survey)
    if internal:
        say(said("done.private", path=target.as_posix()))
    click.echo(said("done.build", path=target.as_posix()))


@_command("check")
@_INPUTS
@_REPORT
@_file_option("--html", "html")
@_LANG
@_MUNICIPALITY
@_FORCE
def check(
    inputs: tuple[Path, ...],
    report: Path | None,
    html: Path | None,
    lang: Lang | None,
    municipality: str | None,
    force: bool,
) -> None:
    from lhu_effect import pipeline

    check_report(report)
    if html:
        suffix_of(html, PAGES)
    found = find_inputs(inputs, municipality, whose=False)
    check_targets(found, report, html, force=force)
    survey = pipeline.read(found, strict=False)
    show_survey(survey, lang or found.study.language)
    files = {report: json_bytes(survey.report)} if report else {}
    if html:
        from lhu_effect.survey import report_page

        files[html] = report_page(survey, lang or found.study.language).encode("utf-8")
    write(files, force=force)
    stopping = [i for i in survey.found if i.severity == "error"]
    if stopping:
        sys.exit(1)


@_command("import")
@_INPUTS
@_file_option("--out", "out_table", required=True, holes={"formats": ", ".join(TABLE_FORMATS)})
@_REPORT
@_LANG
@_MUNICIPALITY
@_FORCE
def import_(
    inputs: tuple[Path, ...],
    out: Path,
    report: Path | None,
    lang: Lang | None,
    municipality: str | None,
    force: bool,
) -> None:
    from lhu_effect import pipeline
    from lhu_effect.writers import import_table

    suffix = suffix_of(out, TABLE_FORMATS)
    check_report(report)
    found = find_inputs(inputs, municipality, whose=False)
    check_targets(found, out, report, force=force)
    survey = pipeline.read(found)
    files = {out: import_table(survey.cube.frame, suffix)}
    if report:
        files[report] = json_bytes(survey.report)
    write(files, force=force)
    tell_set_aside(survey)
    say(said("done.private", path=out.as_posix()))
    click.echo(f"{said('done.written', path=out.as_posix())} ({said('done.rows', rows=len(survey.cube))})")


@_command("effects")
@_INPUTS
@_file_option("--out", "out_table", required=True, holes={"formats": ", ".join(EFFECT_FORMATS)})
@_option("--internal", say="internal", is_flag=True)
@_option("--estimator", say="estimator")
@_file_option("--bundle", "bundle")
@_file_option("--previous", "previous", multiple=True)
@_LANG
@_MUNICIPALITY
@_FORCE
@_QUIET
def effects(
    inputs: tuple[Path, ...],
    out: Path,
    internal: bool,
    estimator: str | None,
    bundle: Path | None,
    previous: tuple[Path, ...],
    lang: Lang | None,
    municipality: str | None,
    force: bool,
    quiet: bool,
) -> None:
    from lhu_effect import pipeline
    from lhu_effect.dashboard import export

    suffix = suffix_of(out, EFFECT_FORMATS)
    must_exist(*previous)
    if estimator is not None:
        check_estimator(estimator)
    if bundle:
        check_folder(bundle, force=force)
    with progress(quiet) as step:
        step("study")
        found = find_inputs(inputs, municipality)
        check_targets(found, out, force=force)
        analysis = pipeline.analyse(
            found, internal=internal, previous=previous, estimator=estimator, step=step
        )
        files = export.effect_files(
            analysis.effects,
            analysis.study,
            analysis.survey,
            suffix,
            stem=out.stem,
            lang=lang or found.study.language,
        )
        step("gate")
        pipeline.gate_files(analysis, files)
        bundles = pipeline.bundle_files(analysis, lang or found.study.language) if bundle else {}
        step("write")
        write({out.with_name(name): content for name, content in files.items()}, force=force)
        if bundle:
            write_folder(bundle, bundles, force=force)
    tell_set_aside(analysis.survey)
    if internal:
        say(said("done.private", path=out.as_posix()))
    rows = analysis.effects.rows.height
    click.echo(f"{said('done.written', path=out.as_posix())} ({said('done.rows', rows=rows)})")


@_command("power")
@_INPUTS
@_file_option("--out", "out_table", required=True, holes={"formats": ", ".join((*TABLE_FORMATS, "html"))})
@_file_option("--previous", "previous", multiple=True)
@_LANG
@_FORCE
def power(
    inputs: tuple[Path, ...], out: Path, previous: tuple[Path, ...], lang: Lang | None, force: bool
) -> None:
    from lhu_effect import pipeline

    suffix = suffix_of(out, (*TABLE_FORMATS, "html"))
    must_exist(*previous)
    found = find_inputs(inputs)
    check_targets(found, out, force=force)
    content, rows = pipeline.power_file(found, suffix, lang or found.study.language, previous)
    write({out: content}, force=force)
    click.echo(f"{said('done.written', path=out.as_posix())} ({said('done.rows', rows=rows)})")


@_command("simulate", inputs=False)
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[STUDY]")
@_file_option("--out", "out_folder", required=True)
@_option("--seed", say="seed", type=click.IntRange(min=0), default=1, show_default=True)
@_option("--odds-ratio", say="odds_ratio", type=click.FloatRange(min=0, min_open=True))
@_option(
    "--layout",
    say="layout",
    type=click.Choice(("wide", "long", "microdata")),
    default="wide",
    show_default=True,
)
@_option("--between-wave-sd", say="between_wave_sd", type=click.FloatRange(min=0))
@_option("--icc", say="icc", type=click.FloatRange(min=0, max=1, max_open=True))
@_LANG
@_FORCE
def simulate(
    inputs: tuple[Path, ...],
    out: Path,
    seed: int,
    odds_ratio: float | None,
    layout: str,
    between_wave_sd: float | None,
    icc: float | None,
    lang: Lang | None,
    force: bool,
) -> None:
    from lhu_effect import pipeline

    settings = {"odds_ratio": odds_ratio, "between_wave_sd": between_wave_sd, "icc": icc}
    check_folder(out, force=force)
    asked = {name: value for name, value in settings.items() if value is not None}
    found = find_inputs(inputs)
    write_folder(out, pipeline.simulated_files(found.study, seed, layout, asked), force=force)
    say(said("done.synthetic"))
    click.echo(said("done.written", path=out.as_posix()))


@_command("new", inputs=False)
@click.argument("folder", type=click.Path(path_type=Path))
@_option("--from", "source", say="from", default="strangnas", show_default=True)
@_LANG
@_FORCE
def new(folder: Path, source: str, lang: Lang | None, force: bool) -> None:
    from lhu_effect import pipeline

    check_folder(folder, force=force)
    write_folder(folder, pipeline.new_study_files(source), force=force)
    click.echo(said("done.written", path=folder.as_posix()))


@_command("audit", inputs=False)
@click.argument("page", type=click.Path(path_type=Path))
@_file_option("--previous", "previous", multiple=True)
@_LANG
def audit(page: Path, previous: tuple[Path, ...], lang: Lang | None) -> None:
    from lhu_effect.disclosure import audit as attack

    must_exist(page, *previous)
    findings = attack(page, previous=previous)
    if not findings:
        click.echo(said("done.clean", path=page.as_posix()))
        return
    columns = [said(f"audit.{c}") for c in ("cell", "what", "low", "high")]
    rows = [
        [f.cell, _what(f.what), *("" if x is None else str(x) for x in (f.low, f.high))] for f in findings
    ]
    table(said("audit.title"), columns, rows)
    sys.exit(1)


def _what(found: str) -> str:
    """What was found: a count by its letter, else in words."""
    return said(f"audit.found.{found.replace(' ', '_')}") if found not in ("n", "k", "n-k") else found


@_command("diff", inputs=False)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new_", metavar="NEW", type=click.Path(path_type=Path))
@_LANG
def diff(old: Path, new_: Path, lang: Lang | None) -> None:
    from lhu_effect import pipeline

    must_exist(old, new_)
    rows = pipeline.differences(old, new_, lang or environment_lang())
    if not rows:
        click.echo(said("diff.same"))
        return
    table(said("diff.title"), [said(f"diff.{c}") for c in ("row", "column", "old", "new", "why")], rows)
