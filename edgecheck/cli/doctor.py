"""`edgecheck doctor`: find out what is wrong, who has to act, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ..frozen import dataclass
from ..settings.choices import Until
from .ends import UsageError
from .options import Given, not_both
from .process import Process

if TYPE_CHECKING:
    import typer

    from .option_types import Otlp


# A day. No idle limit is longer.
LONGEST_KEPT = 86_400.0


def complete_fault(incomplete: str) -> list[tuple[str, str]]:
    """Complete the code of a problem that `--demo` can show."""
    from .names import demonstrable  # the catalogue, which a help does without

    return [(code, title) for code, title in demonstrable().items() if code.startswith(incomplete)]


def _formats(incomplete: str) -> list[str]:
    """Complete the name of a format."""
    from ..render.formats import NAMES  # not needed for help

    return [name for name in NAMES if name.startswith(incomplete)]


@dataclass(frozen=True)
class DoctorOptions:
    """The options that only `doctor` has."""

    no_experiments: Annotated[
        bool, typer.Option("--no-experiments", help="After a refusal, send no more requests.")
    ] = False
    until: Annotated[
        Until | None,
        typer.Option(
            "--until",
            help="Stop after this stage; up to tls, neither secret nor agent id is needed.",
        ),
    ] = None
    no_path: Annotated[
        bool,
        typer.Option("--no-path", help="If nothing answers, do not look how far packets get."),
    ] = False
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="If all is well, also try a large TLS handshake and every address of the name.",
        ),
    ] = False
    kept: Annotated[
        float,
        typer.Option(
            "--for",
            metavar="SECONDS",
            help="With --deep: keep the connection open and idle, to find idle limits.",
        ),
    ] = 0.0
    offline: Annotated[
        bool, typer.Option("--offline", help="Judge only the settings; send nothing.")
    ] = False
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="FILE",
            help="Judge a report of --json again, offline; - for standard input.",
        ),
    ] = None
    fault: Annotated[
        str | None,
        typer.Option(
            "--fault",
            metavar="CODE",
            autocompletion=complete_fault,
            help="With --demo: fail as this problem does.",
        ),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings, too.")] = False
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Repair .env without guessing: show it, ask, keep the old file, check again.",
        ),
    ] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fix: do not ask.")] = False
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help=(
                "Write a report to send: .html, .md, .json or .xml (JUnit); - for standard output."
            ),
        ),
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Format of --report: html, md, json or junit; line alone prints one line.",
            autocompletion=_formats,
        ),
    ] = None
    otlp: Otlp = None
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again when .env changes, until all is well.")
    ] = False
    every: Annotated[
        float | None,
        typer.Option(
            "--every", metavar="SECONDS", help="With --watch: also check again this often."
        ),
    ] = None


def doctor(process: Process, given: Given, wanted: DoctorOptions) -> int:
    """Find out why the connection fails and what to do.

    It connects as the agent: a backend that allows one connection for each agent id closes that of
    a running agent. A command that arrives meanwhile is shown, and neither run nor acknowledged.
    --until tls stops before that, and --agent-id takes another id.

    Exit code: 0 healthy, 1 a problem, 2 wrong usage, 130 interrupted, 143 ended by SIGTERM.

    \b
    Examples:
      edgecheck doctor
      edgecheck doctor wss://backend.example.com --until tls
      edgecheck doctor -e /srv/agent/.env --report report.html
    """
    _check(given, wanted)
    if wanted.deep:
        process.say(_cost_of_depth(wanted.kept))
    from .examination import Examination  # the catalogue, which a help does without

    examination = Examination.of(
        process,
        given,
        reports=(wanted.report or (), wanted.form),
        otlp=wanted.otlp,
        strict=wanted.strict,
        experiments=not wanted.no_experiments,
        until=wanted.until,
        path=not wanted.no_path,
        deep=wanted.deep,
        kept=wanted.kept,
    )
    if wanted.replay is not None:
        return examination.replay(wanted.replay)
    if given.demo:
        return examination.demonstrate(wanted.fault)
    repaired = examination.repair(yes=wanted.yes) if wanted.fix else None
    if wanted.watch:
        return examination.watch(every=wanted.every, send=not wanted.offline)
    return examination.once(repaired, send=not wanted.offline)


def _cost_of_depth(kept: float) -> str:
    """Say what --deep costs, before it begins."""
    cost = (
        "--deep: if all is well, one more connection for a large TLS handshake and one for each "
        "other address of the name, all at once, 2 s at most; no credentials are sent."
    )
    if not kept:
        return cost
    return f"{cost} --for: the connection is kept open for {kept:g} s."


def _check(given: Given, wanted: DoctorOptions) -> None:
    """Raise `UsageError` for options that do not go together."""
    not_both(replay=wanted.replay is not None, offline=wanted.offline, demo=given.demo)
    not_both(until=wanted.until, offline=wanted.offline)
    not_both(until=wanted.until, replay=wanted.replay is not None)
    if wanted.fault is not None and not given.demo:
        raise UsageError(
            f"--fault goes with --demo: edgecheck doctor --demo --fault {wanted.fault}"
        )
    if wanted.kept and not wanted.deep:
        raise UsageError(f"--for goes with --deep: edgecheck doctor --deep --for {wanted.kept:g}")
    if not 0 <= wanted.kept <= LONGEST_KEPT:
        raise UsageError(f"--for takes 0 to {LONGEST_KEPT:g} seconds.")
    if wanted.every is not None and not wanted.watch:
        raise UsageError("--every goes with --watch.")
    for name, value in (("replay", wanted.replay is not None), ("demo", given.demo)):
        not_both(fix=wanted.fix, **{name: value})
        not_both(watch=wanted.watch, **{name: value})
    if wanted.fix and wanted.watch and given.target.secret_file == "-":
        raise UsageError(
            "--fix and --watch each read the secret, but standard input can be read only once: "
            "name a file with --secret-file."
        )
    if wanted.yes and not wanted.fix:
        raise UsageError("--yes goes with --fix: edgecheck doctor --fix --yes")
    if wanted.replay is not None:
        given.needs_no_target("replay")
