"""The options of `ping`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(frozen=True)
class PingOptions:
    """The options that only `ping` has."""

    count: Annotated[
        int | None, typer.Option("--count", "-c", metavar="N", help="Stop after N pings.")
    ] = None
    interval: Annotated[
        float,
        typer.Option(
            "--interval",
            "-i",
            metavar="SECONDS",
            help="Time between two pings; the protocol's keepalive uses 30.",
        ),
    ] = 1.0
    wait: Annotated[
        float, typer.Option("--wait", "-W", metavar="SECONDS", help="How long a pong may take.")
    ] = 10.0
    deadline: Annotated[
        float | None,
        typer.Option("--deadline", "-w", metavar="SECONDS", help="Stop after this time."),
    ] = None
    control: Annotated[
        bool,
        typer.Option(
            "--control", help="Send WebSocket ping frames instead of the protocol's message."
        ),
    ] = False
    size: Annotated[
        int | None,
        typer.Option(
            "--size", metavar="BYTES", help="Pad each ping with blanks to this size, for limits."
        ),
    ] = None
