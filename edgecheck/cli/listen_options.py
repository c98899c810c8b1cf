"""The options of `listen`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..settings.choices import OnUnknown

# In seconds. A command should be quick; a program that takes longer probably hangs.
EXEC_SECONDS = 60.0
GRACE_SECONDS = 10.0


class Ack(StrEnum):
    """How commands are acked."""

    COMPLETED = "completed"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True)
class ListenOptions:
    """The options that only `listen` has."""

    ack: Annotated[Ack, typer.Option("--ack", help="How to ack each command.")] = Ack.COMPLETED
    program: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="'PROGRAM ARGS'",
            help="Run this program for each command, with its JSON on standard input.",
        ),
    ] = None
    exec_timeout: Annotated[
        float, typer.Option("--exec-timeout", metavar="SECONDS", help="Time limit of one run.")
    ] = EXEC_SECONDS
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", metavar="N", help="How many commands to handle at once; 1 keeps their order."
        ),
    ] = 1
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Remember handled commands in this file, even after a crash.",
        ),
    ] = None
    on_unknown: Annotated[
        OnUnknown,
        typer.Option(
            "--on-unknown",
            help=(
                "What to do with a command that began before a crash: retry, ack as failed, or ask."
            ),
        ),
    ] = OnUnknown.RETRY
    keepalive: Annotated[
        float | None,
        typer.Option(
            "--keepalive",
            metavar="SECONDS",
            help="Time from one keepalive ping to the next; the default is the profile's.",
        ),
    ] = None
    jitter: Annotated[
        bool,
        typer.Option(
            "--jitter/--no-jitter",
            help="Lengthen each wait before a new attempt at random, by up to 20 %.",
        ),
    ] = True
    keep_trying: Annotated[
        bool, typer.Option("--keep-trying", help="Try again every minute, even after a refusal.")
    ] = False
    grace: Annotated[
        float,
        typer.Option(
            "--grace", metavar="SECONDS", help="Time for running commands to finish at the end."
        ),
    ] = GRACE_SECONDS
