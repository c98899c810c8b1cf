"""`edgecheck snippet`: a client to begin with, in the user's language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..backend.builtin import EDGE
from ..backend.profile import Place, Profile
from ..files import is_file, is_there, replace
from ..render.words import did_you_mean
from .console.output import standard_output
from .ends import OK, CannotGoOn, UsageError
from .process import Process

if TYPE_CHECKING:
    import typer

    from .option_types import NoColor, ProfileName

_FOLDER = Path(__file__).parents[1] / "snippets"
# Each is a file in this folder: name and ending.
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
# Tools that send fields and messages, and know nothing else of a backend.
_BY_HAND = ("websocat", "wscat")
# Others may read it, such as the user that deploys it: it has no secret.
_MODE = 0o644


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a snippet."""
    return [(name, words) for name, (_, words) in SNIPPETS.items() if name.startswith(incomplete)]


@dataclass(frozen=True)
class SnippetOptions:
    """The word and the options of `snippet`."""

    language: Annotated[
        str | None,
        typer.Argument(
            metavar="LANGUAGE",
            show_default=False,
            autocompletion=complete,
            help="Its language or tool. Without it: a list.",
        ),
    ] = None
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file.")
    ] = None
    profile: ProfileName = None
    force: Annotated[bool, typer.Option("--force", help="Overwrite that file.")] = False
    no_color: NoColor = False


def snippet(process: Process, wanted: SnippetOptions) -> int:
    """Print a client that works with your settings.

    It speaks to the backend of the profile, and takes the settings from the environment. In
    Python, Node.js and Go it keeps the connection: keepalive, reconnection, acks.

    \b
    Examples:
      edgecheck snippet
      edgecheck snippet python --output edge_client.py
    """
    language, output = wanted.language, wanted.output
    if language is None:
        if output is not None:
            raise UsageError(
                "--output goes with a language: edgecheck snippet python --output FILE. All: "
                "edgecheck snippet"
            )
        return _list(process, no_color=wanted.no_color)
    from ..settings.model import credentials_of  # not needed for a list
    from ..settings.sources import Options

    profile = process.profile(Options(profile=wanted.profile))
    text = text_of(language, profile)
    if output is not None:
        _write(process, output, text, force=wanted.force)
    elif wanted.force:
        raise UsageError(
            f"--force goes with --output: edgecheck snippet {language} --output FILE --force"
        )
    else:
        # A file has what works; a screen is seen by others.
        for credential in credentials_of(profile):
            text = credential.cut_whole_out_of(text)
        standard_output(process, no_color=True).print_plain(text.rstrip("\n"))
    return OK


def text_of(language: str, profile: Profile = EDGE) -> str:
    """Return a snippet for a profile. Raises `UsageError` for a language that has none."""
    if language not in SNIPPETS:
        hint = did_you_mean(language, SNIPPETS) or " All: edgecheck snippet"
        raise UsageError(f"There is no snippet for {language[:80]!r}.{hint}")
    if language in _BY_HAND and not _can_be_typed(profile):
        raise UsageError(
            f"{language} cannot do what this backend wants first. By hand: edgecheck repl"
        )
    if not (profile.says_text or language.startswith("python")):
        raise UsageError(
            "This backend's messages are bytes that are not text. A client that sends them: "
            "edgecheck snippet python"
        )
    file = f"{language}{SNIPPETS[language][0]}"
    if profile == EDGE:
        return (_FOLDER / file).read_text(encoding="utf-8")
    from ..render.client import client  # slow to import

    return client(file, profile, snippet=language)


def _can_be_typed(profile: Profile) -> bool:
    """Tell whether a ping needs nothing but fields and one message."""
    place = profile.request.authorization.place
    plain = place in (Place.BEARER, Place.HEADER, Place.NONE)
    talk = profile.session
    return plain and not (talk.greeting or talk.binary) and bool(profile.ping)


def _list(process: Process, *, no_color: bool) -> int:
    from ..render.layout import line  # not needed for help

    width = max(map(len, SNIPPETS))
    standard_output(process, no_color=no_color).print(
        line((f"edgecheck snippet {name:<{width}}", "cyan"), f"  {words}")
        for name, (_, words) in SNIPPETS.items()
    )
    return OK


def _write(process: Process, name: Path, text: str, *, force: bool) -> None:
    path = process.cwd / name
    if is_file(path) and not force:
        raise UsageError(f"{name} already exists. To overwrite it: --force")
    try:
        replace(path, text.encode(), mode=None if is_there(path) else _MODE)
    except OSError as error:
        raise CannotGoOn(f"{name} cannot be written: {error.strerror}") from None
    process.say(f"Written to {name}. Its first lines say what it needs and how to run it.")
