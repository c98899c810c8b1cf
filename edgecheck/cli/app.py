"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from .doctor import doctor
from .explain import explain
from .init import init
from .listen import listen
from .ping import ping
from .repl import repl
from .secret import commands as secret
from .simulate import simulate
from .snippet import snippet
from .version import version_text

# Plain help: it starts in half the time, and what is copied from it holds no frame.
app = typer.Typer(
    name="edgecheck", rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=False
)
app.command()(init)
app.command()(doctor)
app.command()(explain)
app.command()(ping)
app.command()(repl)
app.command()(listen)
app.command()(simulate)
app.command()(snippet)
app.add_typer(secret)

_FIRST_STEPS = f"""\
edgecheck {__version__}: why an edge agent's WebSocket does not connect, and what to do about it.

1. Write the backend's address, its secret and your agent's id into .env:
     edgecheck init
2. Find out what is wrong, whose turn it is, and what to do, until it is green:
     edgecheck doctor
3. Take a client that connects with the same settings:
     edgecheck snippet

To see it work without any backend:  edgecheck doctor --demo
To look up an error from a log:      edgecheck explain 4001
To have Tab complete all this:       edgecheck --install-completion
All commands:                        edgecheck --help"""


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="With --version: those of Python, websockets and OpenSSL, too."
        ),
    ] = False,
) -> int:
    """Tell why an edge agent's WebSocket does not connect, and what to do about it.

    \b
    Examples:
      edgecheck doctor
      edgecheck explain "Missing Authorization header"
    """
    if version:
        print(version_text(verbose=verbose))
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(_FIRST_STEPS)
    return 0
