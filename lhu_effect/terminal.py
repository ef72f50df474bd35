"""What is said on the terminal: messages, progress and tables, with nothing in them that could steer it."""

from __future__ import annotations

import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from lhu_effect.i18n import Lang, has_text, plain, text

if TYPE_CHECKING:
    from lhu_effect.survey.model import Survey

MOST_ALIKE = 8  # of one rule on one sheet: the report has them all


def environment_lang() -> Lang:
    """Swedish, unless LHU_EFFECT_LANG asks for English."""
    return "en" if os.environ.get("LHU_EFFECT_LANG", "").lower().startswith("en") else "sv"


def said(key: str, **holes: object) -> str:
    """The text cli.<key> in the language the command was asked for."""
    return text(f"cli.{key}", asked_lang(), **holes)


def asked_lang() -> Lang:
    """The command's --lang, else the environment's language."""
    context = click.get_current_context(silent=True)
    chosen: Lang | None = context.params.get("lang") if context else None
    return chosen or environment_lang()


def fail(message: str, code: int, lang: Lang) -> None:
    """One message, then out."""
    say(text("cli.errors.error", lang, message=message))
    sys.exit(code)


def wrong_use(error: click.UsageError, lang: Lang) -> str:
    """What was wrong on the command line and where help is, in words; click's own English only where it is unknown."""
    parameter = getattr(error, "param", None)
    name = getattr(error, "option_name", "") or getattr(error, "command_name", "")
    if parameter is not None:
        shown = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
        name = name or shown
    near = list(getattr(error, "possibilities", None) or ())
    match error:
        case click.NoSuchOption():
            key = "no_option"
        case click.MissingParameter():
            key = "missing"
        case click.BadOptionUsage():
            key = "no_value"
        case click.BadParameter():
            key = "bad_value"
            near = list(getattr(getattr(parameter, "type", None), "choices", ()))
        case _ if "unexpected extra" in error.message:
            key = "too_many"
        case _:
            key = "no_command" if name else "other"
    help_at = f"{error.ctx.command_path} --help" if error.ctx else "lhu-effect --help"
    said = text(f"cli.usage.{key}", lang, name=name or error.format_message())
    closest = text("cli.usage.closest", lang, closest=", ".join(map(str, near))) if near else ""
    return " ".join(filter(None, (said, closest, text("cli.usage.help", lang, command=help_at))))


def system_fault(error: OSError, lang: Lang) -> str:
    """What the system refused: the file and its own reason."""
    named = os.path.basename(os.fspath(error.filename)) if error.filename else "lhu-effect"
    return text("cli.errors.system", lang, file=named, why=error.strerror or type(error).__name__)


def program_fault(error: Exception, lang: Lang) -> str:
    """Where the program failed, never with what: an exception's own words may hold answers."""
    last = traceback.extract_tb(error.__traceback__)
    ours = [f for f in last if "lhu_effect" in f.filename] or last
    place = f"{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else "?"
    return text("cli.errors.fault", lang, kind=type(error).__name__, place=place)


def say(message: str) -> None:
    """Print to stderr without anything that could steer the terminal."""
    click.echo(plain(message), err=True)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Steps on stderr when it is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda step: status.update(said(f"progress.{step}"))


def tell_set_aside(survey: Survey) -> None:
    """One line that counts what was set aside; silence when nothing was."""
    from lhu_effect.survey import issue_label

    counted = Counter(i.rule for i in survey.found if i.severity == "warning")
    lang = asked_lang()
    if counted:
        say(
            said(
                "done.set_aside",
                what=", ".join(f"{issue_label(rule, lang)} ({n})" for rule, n in sorted(counted.items())),
            )
        )


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table on stdout: ruled on a terminal, tab-separated when piped."""
    if not sys.stdout.isatty():
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(plain(c).replace("\t", " ").replace("\n", " ") for c in row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(plain(c)) for c in row))
    Console().print(table)


def show_survey(survey: Survey, lang: Lang) -> None:
    from lhu_effect.survey import issue_message

    rows = [
        _sheet_row(file, sheet, lang) for file in survey.report.get("files", []) for sheet in file["sheets"]
    ]
    heads = ("file", "layout", "sheet", "cells", "used", "rejected", "ignored", "axes")
    if rows:
        table(said("check.title"), [said(f"check.{c}") for c in heads], rows)
    unmapped = [
        [_named("axes", u["kind"], lang), u["text"], str(u["closest"] or ""), str(u["count"])]
        for u in survey.report.get("unmapped", [])
    ]
    if unmapped:
        click.echo()
        table(
            said("check.unmapped"),
            [said(f"check.{c}") for c in ("kind", "found", "closest", "count")],
            unmapped,
        )
    click.echo()
    if not survey.found:
        click.echo(said("check.nothing"))
        return
    told = Counter[tuple[str, str, str]]()
    for severity in ("error", "warning", "note"):
        for issue in survey.found:
            alike = (issue.rule, issue.file, issue.sheet)
            told[alike] += issue.severity == severity
            if issue.severity == severity and told[alike] <= MOST_ALIKE:
                click.echo(plain(f"{said(f'check.severity_{severity}')}: {issue_message(issue, lang)}"))
    if more := sum(n - MOST_ALIKE for n in told.values() if n > MOST_ALIKE):
        click.echo(said("check.more_alike", count=more, most=MOST_ALIKE))


def _sheet_row(file: dict[str, Any], sheet: dict[str, Any], lang: Lang) -> list[str]:
    axes = "; ".join(
        f"{_named('axes', axis, lang)} {_some(ranges)}" for axis, ranges in sheet["axes"].items()
    )
    counts = [
        sheet["cells_in"],
        sheet["cells_used"],
        len(sheet["cells_rejected"]),
        sum(i["count"] for i in sheet["cells_ignored"]),
    ]
    layout = " + ".join(_named("layouts", name, lang) for name in file["layout"].split("+"))
    return [file["file"], layout, sheet["sheet"], *(str(c) for c in counts), axes]


def _named(group: str, key: str, lang: Lang) -> str:
    """What an axis or layout is called; its id where it has no name (a variable of pupils' records)."""
    known = f"survey.{group}.{key}"
    return text(known, lang) if has_text(known, lang) else key


def _some(ranges: list[str], most: int = 4) -> str:
    return ", ".join(ranges[:most]) + (f" … (+{len(ranges) - most})" if len(ranges) > most else "")
