"""Options that several commands have, each declared once, as Typer parses them.

Typer is slow to import, and a command that is called past it (`shortcut`) needs nothing of it. So
modules with dataclasses of options import Typer and the names below for the type checker alone;
`signature` evaluates their annotations, with `NAMES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..backend.builtin import BUILT_IN
from ..dotenv.readers.reading import Reader
from ..settings.model import EDGE_SECRET


def with_values(arguments: Sequence[str]) -> list[str]:
    """Give `--otlp` an empty value where none follows: another option, an argument, or nothing."""
    given = list(arguments)
    options = given[: given.index("--")] if "--" in given else given
    for at, word in enumerate(options):
        following = options[at + 1] if at + 1 < len(options) else ""
        if word == "--otlp" and not following.startswith(("http://", "https://")):
            given[at] = "--otlp="
    return given


def complete_reader(incomplete: str) -> list[str]:
    """Complete the name of a program that reads .env files."""
    return [reader.value for reader in Reader if reader.startswith(incomplete)]


SecretFile = Annotated[
    str | None,
    typer.Option(
        "--secret-file",
        metavar="PATH",
        help=f"File with the secret, - for standard input; otherwise {EDGE_SECRET}.",
    ),
]
EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        "-e",
        metavar="PATH",
        help="Settings file; otherwise the nearest .env, from this folder upwards.",
    ),
]


def _complete_profile(incomplete: str) -> list[str]:
    """Complete the name of a built-in profile."""
    return [name for name in BUILT_IN if name.startswith(incomplete)]


ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME|FILE",
        autocompletion=_complete_profile,
        help="How the backend is spoken to; otherwise the nearest edgecheck.toml, or edge.",
    ),
]
AllowPlaintext = Annotated[
    bool,
    typer.Option("--allow-plaintext", help="Send the secret over ws:// even to another machine."),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON: doctor one document, the others one object per line."),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="No colours; NO_COLOR and FORCE_COLOR work, too.")
]
ReaderNames = Annotated[
    list[str] | None,
    typer.Option(
        "--reader",
        metavar="NAME",
        autocompletion=complete_reader,
        help="Program that reads .env here, such as systemd; otherwise edgecheck looks for it.",
    ),
]
# Typer knows no option whose value may be left out: `with_values` gives it an empty one.
Otlp = Annotated[
    str | None,
    typer.Option(
        "--otlp",
        metavar="[ENDPOINT]",
        help=(
            "Also send a trace to this collector, over OTLP/HTTP; otherwise to that of "
            "OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318."
        ),
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")]

# What the annotation of an option may name beside the names of its own module.
NAMES = {
    "typer": typer,
    "AllowPlaintext": AllowPlaintext,
    "AsJson": AsJson,
    "EnvFile": EnvFile,
    "NoColor": NoColor,
    "Otlp": Otlp,
    "ProfileName": ProfileName,
    "Quiet": Quiet,
    "ReaderNames": ReaderNames,
    "SecretFile": SecretFile,
}
