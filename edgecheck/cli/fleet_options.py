"""The options of `edgecheck fleet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..frozen import dataclass
from ..settings.choices import Until

if TYPE_CHECKING:
    import typer

    from .option_types import AsJson, NoColor, ProfileName, Quiet

# As many as `fleet.run` has; that module is slow to import, and a help does without.
JOBS, MOST_JOBS = 50, 2000
MOST_DEMO = 100_000


@dataclass(frozen=True)
class FleetOptions:
    """What to check, and how to show it."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help=(
                "Folders, .env files, patterns for them, or inventories (.toml, .jsonl); see "
                "docs/fleet.md."
            ),
            show_default=False,
        ),
    ] = None
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", help="Check this many agents at once.")
    ] = JOBS
    until: Annotated[
        Until | None,
        typer.Option(
            "--until",
            help="Last stage; otherwise tls, or session where that disturbs no running agent.",
        ),
    ] = None
    only_problems: Annotated[
        bool, typer.Option("--only-problems", help="Leave healthy agents out of lines and reports.")
    ] = False
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Say what changed since an earlier run; its --json or its JSON report.",
        ),
    ] = None
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a report: .html, .md, .json or .xml (JUnit); can be given several times.",
        ),
    ] = None
    demo: Annotated[
        int | None,
        typer.Option(
            "--demo",
            metavar="N",
            help="Check a fleet of N agents that edgecheck itself plays, some with a fault.",
        ),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="NUMBER", help="With --demo: draw the same faults again."),
    ] = None
    profile: ProfileName = None
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings, too.")] = False
    no_experiments: Annotated[
        bool, typer.Option("--no-experiments", help="After a refusal, send no more requests.")
    ] = False
    no_path: Annotated[
        bool,
        typer.Option("--no-path", help="If nothing answers, do not look how far packets get."),
    ] = False
    as_json: AsJson = False
    quiet: Quiet = False
    no_color: NoColor = False
