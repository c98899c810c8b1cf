"""The command line as Typer parses it. A command's module is imported when it is called."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer

from .. import __version__
from ..backend.builtin import EDGE
from .ends import OK, NotParsed, UsageError
from .option_types import with_values
from .process import Process
from .signature import typed
from .table import COMMANDS, Command
from .version import version_text

PROGRAM = "edgecheck"
# Every command takes both.
HELP = {"help_option_names": ["-h", "--help"]}


class _OneAgent(typer.core.TyperCommand):
    """A command for one agent: a second file of settings would silently replace the first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises:
            UsageError: ``--env-file`` is given more than once.
        """
        if sum(word.startswith("-") for word in args) > 1 and not ctx.resilient_parsing:
            *_, given = self.make_parser(ctx).parse_args(args=list(args))
            if sum(each.name == "env_file" for each in given) > 1:
                raise UsageError(
                    f"--env-file is given more than once, but {self.name} is about one agent. For "
                    "many agents: edgecheck fleet FILE FILE"
                )
        return super().parse_args(ctx, args)


@cache
def loaded(command: Command) -> Any:
    """Import a command, as Typer parses and calls it."""
    found = getattr(import_module(f"{__package__}.{command.module}"), command.name)
    if not isinstance(found, typer.Typer):
        function, found = typed(found), _typer(add_completion=False)
        found.command(command.name, cls=_OneAgent)(function)
    return typer.main.get_command(found)


def _first_steps() -> str:
    """Say how to begin."""
    # For example: the one for an Authorization header that is missing or malformed.
    seen_in_logs = EDGE.close_code("auth-header-rejected")
    return f"""\
edgecheck {__version__}: why an edge agent's WebSocket does not connect, and what to do about it.

1. Write the backend's address, its secret and your agent's id into .env:
     edgecheck init
2. Find out what is wrong, who has to act, and what to do, until it is green:
     edgecheck doctor
3. Take a client that connects with the same settings:
     edgecheck snippet

To see it work without any backend:  edgecheck doctor --demo
To look up an error from a log:      edgecheck explain {seen_in_logs}
To complete commands with Tab:       edgecheck --install-completion
All commands:                        edgecheck --help"""


def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="With --version: also those of Python, websockets and OpenSSL."
        ),
    ] = False,
) -> int:
    """Tell why an edge agent's WebSocket does not connect, and what to do about it.

    \b
    Examples:
      edgecheck doctor
      edgecheck explain "Missing Authorization header"
    """
    process: Process = context.obj
    if version:
        print(version_text(verbose=verbose), file=process.stdout)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(_first_steps(), file=process.stdout)
    return OK


class _Group(typer.core.TyperGroup):
    """The commands of the table: Typer lists and completes them from the table."""

    def __init__(self, **attributes: Any) -> None:
        listed = {
            command.name: typer.core.TyperCommand(
                command.name, help=command.help, rich_markup_mode=None
            )
            for command in COMMANDS.values()
        }
        super().__init__(**{**attributes, "commands": listed})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called, and import it."""
        name, listed, rest = super().resolve_command(ctx, args)
        command = None if listed is None else loaded(COMMANDS[args[0]])
        return name, command, with_values(rest)


def _typer(**settings: Any) -> typer.Typer:
    # Plain help: it starts in half the time, and copied text has no frame.
    return typer.Typer(
        rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=HELP, **settings
    )


def program() -> Any:
    """Return the whole command line as Typer parses it: a group of commands."""
    whole = _typer(name=PROGRAM, cls=_Group, invoke_without_command=True)
    whole.callback()(_start)
    return typer.main.get_command(whole)


def complete() -> None:
    """Answer the shell whose completion asks in the environment, and exit."""
    program().main(prog_name=PROGRAM)


def call(process: Process, arguments: Sequence[str]) -> int:
    """Parse a command line, do what it says, and return the exit code.

    Raises:
        NotParsed: it makes no sense.
    """
    try:
        # Not `main` of Typer's command: it turns KeyboardInterrupt and a closed pipe into its own
        # exit codes, without a message.
        with program().make_context(PROGRAM, list(arguments), obj=process) as context:
            return context.command.invoke(context) or OK
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as error:
        _suggest(error)
        screen = io.StringIO()
        error.show(screen)  # type: ignore[attr-defined]
        raise NotParsed(error.format_message(), screen.getvalue(), error.exit_code) from None


def _suggest(error: Exception) -> None:
    """Put what fits in place of what Typer suggests for an unknown option, of similar letters."""
    typed, context = getattr(error, "option_name", None), getattr(error, "ctx", None)
    if typed is None or context is None or not hasattr(error, "possibilities"):
        return
    from .suggestions import meant  # only after a mistake

    known = [name for one in context.command.get_params(context) for name in one.opts]
    error.possibilities = meant(typed, known)
