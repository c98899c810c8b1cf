"""Run the most frequent command lines without Typer, if they have no option to parse.

Typer, and pydantic, which it imports to parse a command line, take as long as either of these
commands does (benchmarks/RESULTS.md, start-up). A test compares the answers with Typer's.
"""

from __future__ import annotations

from collections.abc import Sequence

from .ends import OK
from .process import Process

# The variable by which a shell's completion asks Typer.
COMPLETION = "_EDGECHECK_COMPLETE"


def shortcut(process: Process, arguments: Sequence[str]) -> int | None:
    """Run a command line that needs no parser; return its exit code, None for every other.

    Each import is late, so that a command imports only what it needs.
    """
    if arguments[:1] == ["--version"] and set(arguments[1:]) <= {"-v", "--verbose"}:
        # Scripts often ask only for the version.
        from .version import version_text

        print(version_text(verbose=len(arguments) > 1), file=process.stdout)
        return OK
    if COMPLETION in process.environ or any(word.startswith("-") for word in arguments):
        return None
    match arguments:
        case ["doctor"]:
            from .doctor import DoctorOptions, doctor
            from .options import Given

            return doctor(process, Given(), DoctorOptions())
        case ["doctor", address]:
            from .doctor import DoctorOptions, doctor
            from .options import Given, TargetOptions

            given = Given(TargetOptions(address))
            given.check(process)
            return doctor(process, given, DoctorOptions())
        case ["explain", *words]:
            from .explain import ExplainOptions, explain

            return explain(process, ExplainOptions(words))
    return None
