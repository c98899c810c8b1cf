"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from .doctor import doctor
from .explain import explain
from .listen import listen
from .ping import ping
from .repl import repl
from .simulate import simulate
from .version import version_text

# Plain help: it starts in half the time, and what is copied from it holds no frame.
app = typer.Typer(name="edgecheck", rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=False)
app.command()(doctor)
app.command()(explain)
app.command()(ping)
app.command()(repl)
app.command()(listen)
app.command()(simulate)

_FIRST_STEPS = f"""\
edgecheck {__version__}: why an edge agent's WebSocket does not connect, and what to do about it.

Start in the folder with your .env file:
  edgecheck doctor

To see it work without any backend:
  edgecheck doctor --demo

To look up an error from a log:
  edgecheck explain 4001
  edgecheck explain "Missing Authorization header"

All commands: edgecheck --help"""


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="With --version: those of Python, websockets and OpenSSL, too.")] = False,
) -> int:
    """Tell why an edge agent's WebSocket does not connect, and what to do about it.

    \b
    Examples:
      edgecheck doctor
      edgecheck explain 4001
    """
    if version:
        print(version_text(verbose=verbose))
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(_FIRST_STEPS)
    return 0
