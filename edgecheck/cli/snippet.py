"""`edgecheck snippet`: a client to begin with, in the language that somebody writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import CannotGoOn, NoColor, UsageError

# Each is a file of `edgecheck/snippets/`, by name and ending.
SNIPPETS = {
    "python": (".py", "Python, websockets 14 or newer"),
    "python-legacy": (".py", "Python, websockets 10 to 13"),
    "python-websocket-client": (".py", "Python, websocket-client, no asyncio"),
    "python-aiohttp": (".py", "Python, aiohttp"),
    "node": (".mjs", "Node.js, ws"),
    "go": (".go", "Go, github.com/coder/websocket"),
    "websocat": (".sh", "a ping by hand, websocat"),
    "wscat": (".sh", "a ping by hand, wscat"),
    "curl": (".sh", "the opening handshake alone, curl"),
    "browser": (".md", "why a browser cannot, and what can"),
}
# For whoever deploys it, too: it holds no secret.
_MODE = 0o644


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a snippet."""
    return [(name, words) for name, (_, words) in SNIPPETS.items() if name.startswith(incomplete)]


def snippet(
    language: Annotated[
        str | None,
        typer.Argument(
            metavar="LANGUAGE",
            show_default=False,
            autocompletion=complete,
            help="What it is written in. Nothing: a list.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite that file.")] = False,
    no_color: NoColor = False,
) -> int:
    """Print a client that works with your settings.

    It takes BACKEND_URL, EDGE_SECRET and EDGE_AGENT_ID from the environment. In Python, Node.js and
    Go it keeps the connection: keepalive, reconnection, acks.

    \b
    Examples:
      edgecheck snippet
      edgecheck snippet python --output edge_client.py
    """
    if language is None:
        if output is not None:
            raise UsageError(
                "--output goes with a language: edgecheck snippet python --output FILE. All: "
                "edgecheck snippet"
            )
        return _list(no_color=no_color)
    text = text_of(language)
    if output is None:
        if force:
            raise UsageError(
                f"--force goes with --output: edgecheck snippet {language} --output FILE --force"
            )
        from .console.output import standard_output

        standard_output(no_color=True).print_plain(text.rstrip("\n"))
    else:
        _write(output, text, force=force)
    return 0


def text_of(language: str) -> str:
    """Return a snippet. Raises `UsageError` where there is none for that language."""
    from importlib.resources import files

    from ..render.words import did_you_mean

    if language not in SNIPPETS:
        hint = did_you_mean(language, SNIPPETS) or " All: edgecheck snippet"
        raise UsageError(f"There is no snippet for {language[:80]!r}.{hint}")
    return (files("edgecheck") / "snippets" / f"{language}{SNIPPETS[language][0]}").read_text(
        encoding="utf-8"
    )


def _list(*, no_color: bool) -> int:
    from rich.text import Text

    from .console.output import standard_output

    width = max(map(len, SNIPPETS))
    standard_output(no_color=no_color).print(
        Text.assemble((f"edgecheck snippet {name:<{width}}", "cyan"), f"  {words}")
        for name, (_, words) in SNIPPETS.items()
    )
    return 0


def _write(path: Path, text: str, *, force: bool) -> None:
    from ..files import replace
    from .console.output import say

    if path.is_file() and not force:
        raise UsageError(f"{path} is there already. To overwrite it: --force")
    try:
        replace(path, text.encode(), mode=None if path.exists() else _MODE)
    except OSError as error:
        raise CannotGoOn(f"{path} cannot be written: {error.strerror}") from None
    say(f"Written to {path}. Its first lines say what it needs and how to run it.")
