"""The command group: every failure becomes one message in the language asked for, and an exit code.

0 done, 1 the data could not be used, 2 wrong use, 130 interrupted. A fault of the program itself is told by its
place, never by an exception's own words: those may hold answers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from lhu_effect.errors import LhuError
from lhu_effect.i18n import LANGS, Lang, text
from lhu_effect.terminal import environment_lang, fail, program_fault, say, system_fault, wrong_use


class Program(click.Group):
    """A group whose every failure that the user can mend is one message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's own, but wrong use is told in the language asked for."""
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except click.UsageError as error:
            fail(wrong_use(error, command_lang()), 2, command_lang())
        except click.exceptions.Abort:
            say(text("cli.done.interrupted", command_lang()))
            sys.exit(130)
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except LhuError as error:
            fail(error.message(command_lang()), error.exit_code, command_lang())
        except MemoryError:
            fail(text("cli.errors.memory", command_lang()), 1, command_lang())
        except KeyboardInterrupt:
            say(text("cli.done.interrupted", command_lang()))
            sys.exit(130)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            fail(system_fault(error, command_lang()), 1, command_lang())
        except Exception as error:
            if os.environ.get("LHU_EFFECT_TRACEBACK"):
                raise
            fail(program_fault(error, command_lang()), 1, command_lang())

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def command_lang() -> Lang:
    """The language asked for on the command line, else the environment's: known even when parsing failed."""
    for argument, value in zip(sys.argv, sys.argv[1:], strict=False):
        if argument == "--lang" and value in LANGS:
            return "en" if value == "en" else "sv"
    return environment_lang()
