"""The options of `edgecheck monitor`, which what it runs reads too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..frozen import dataclass
from ..settings.choices import Until

if TYPE_CHECKING:
    import typer

    from .option_types import ProfileName

# Prometheus scrapes about as often.
EVERY_SECONDS = 60.0
# More often would be load, and no sooner knowledge.
SHORTEST, LONGEST = 1.0, 86_400.0
# Two thousand agents a minute need twenty of these if all are healthy, and more if many are silent.
JOBS, MOST_JOBS = 100, 10_000
LISTEN = "127.0.0.1:9787"


@dataclass(frozen=True)
class WatchOptions:
    """Which agents, and how often."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help="Folders, .env files, patterns, or inventories (.toml, .jsonl).",
            show_default=False,
        ),
    ] = None
    every: Annotated[
        float,
        typer.Option("--every", metavar="SECONDS", help="Time between two checks of one agent."),
    ] = EVERY_SECONDS
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", help="How many checks run at the same time.")
    ] = JOBS
    until: Annotated[
        Until | None,
        typer.Option(
            "--until",
            help="Stop after this stage; tls unless the profile says that nobody is disturbed.",
        ),
    ] = None
    profile: ProfileName = None
    on_change: Annotated[
        str | None,
        typer.Option(
            "--on-change",
            metavar="'PROGRAM ARGS'",
            help="Run this program for each change, with JSON on standard input.",
        ),
    ] = None
    demo: Annotated[
        int | None,
        typer.Option(
            "--demo", metavar="N", help="Watch N agents that edgecheck itself plays, some faulty."
        ),
    ] = None
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each change as JSON, one object a line.")
    ] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not write changes to standard error.")
    ] = False


@dataclass(frozen=True)
class ServeOptions:
    """Where to serve, and for whom."""

    listen: Annotated[
        str,
        typer.Option(
            "--listen", metavar="HOST:PORT", help="Address to serve at; port 0 takes a free one."
        ),
    ] = LISTEN
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="PATH",
            help="File with the token that readers must send, as Bearer or as Basic's password.",
        ),
    ] = None
    serve_cert: Annotated[
        Path | None,
        typer.Option(
            "--serve-cert", metavar="PATH", help="PEM file of the certificate to serve HTTPS with."
        ),
    ] = None
    serve_key: Annotated[
        Path | None,
        typer.Option(
            "--serve-key", metavar="PATH", help="PEM file of its key, if not in the same file."
        ),
    ] = None
    client_ca: Annotated[
        Path | None,
        typer.Option(
            "--client-ca",
            metavar="PATH",
            help="PEM file of authorities; readers must show a certificate of theirs.",
        ),
    ] = None
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="Further name of this machine, as a reverse proxy sends it; can be repeated.",
        ),
    ] = None
    allow_anyone: Annotated[
        bool,
        typer.Option(
            "--allow-anyone", help="Serve other machines without a token or a client certificate."
        ),
    ] = False
