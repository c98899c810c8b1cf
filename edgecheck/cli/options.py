"""The options that commands share, each declared once: its name, its help and its default's meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Backend's address; otherwise BACKEND_URL.")]
SecretFile = Annotated[
    str | None,
    typer.Option("--secret-file", metavar="PATH", help="File with the secret, - for standard input; otherwise EDGE_SECRET."),
]
AgentId = Annotated[str | None, typer.Option("--agent-id", metavar="ID", help="Agent's id; otherwise EDGE_AGENT_ID.")]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", "-e", metavar="PATH", help="Settings file; otherwise the nearest .env, from this folder upwards."),
]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Limit of each stage, at most 300.")]
Proxy = Annotated[str | None, typer.Option("--proxy", metavar="URL", help="Proxy to use; otherwise HTTPS_PROXY and its like.")]
NoProxy = Annotated[bool, typer.Option("--no-proxy", help="Connect directly, whatever the environment says.")]
CaFile = Annotated[
    Path | None, typer.Option("--ca-file", metavar="PATH", help="PEM file of trusted certificates, in place of the operating system's.")
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Do not check the certificate: whoever is in between can read the secret.")]
Ipv4 = Annotated[bool, typer.Option("-4", help="Use IPv4 alone.")]
Ipv6 = Annotated[bool, typer.Option("-6", help="Use IPv6 alone.")]
AllowPlaintext = Annotated[bool, typer.Option("--allow-plaintext", help="Send the secret over ws:// to another machine all the same.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR and FORCE_COLOR are heeded too.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print all that was seen, too.")]

# More than five minutes for one stage is a mistyped number.
MAX_TIMEOUT = 300.0


class UsageError(Exception):
    """The command line asks for what cannot be; the text says what, and what would do. Exit code 2."""


def check_timeout(seconds: float) -> float:
    """Return the limit. Raises `UsageError` for one that is no use."""
    if not 0 < seconds <= MAX_TIMEOUT:
        raise UsageError(f"--timeout is in seconds, more than 0 and at most {MAX_TIMEOUT:g}; {seconds:g} is not.")
    return seconds


def not_both(**given: object) -> None:
    """Raise `UsageError` where more than one of some options is given; ``no_proxy`` stands for ``--no-proxy``."""
    names = [f"--{name.replace('_', '-')}" if len(name) > 2 else f"-{name[1:]}" for name, value in given.items() if value]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} exclude each other.")
