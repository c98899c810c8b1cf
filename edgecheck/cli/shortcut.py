"""Run the most frequent command lines without Typer, if they have no value of an option to parse.

Typer, and pydantic, which it imports to parse a command line, take as long as either of these
commands does (benchmarks/RESULTS.md, start-up). A test compares the answers with Typer's.
"""

from __future__ import annotations

from collections.abc import Sequence

from .completion import COMPLETION, completed
from .ends import OK
from .process import Process

# Flags of `doctor` that need no parser, each with the name of its value.
_FLAGS = {
    "--offline": "offline",
    "--json": "as_json",
    "--quiet": "quiet",
    "-q": "quiet",
    "--verbose": "verbose",
    "-v": "verbose",
}


def shortcut(process: Process, arguments: Sequence[str]) -> int | None:
    """Run a command line that needs no parser; return its exit code, None for every other.

    Each import is late, so that a command imports only what it needs.
    """
    if arguments[:1] == ["--version"] and set(arguments[1:]) <= {"-v", "--verbose"}:
        # Scripts often ask only for the version.
        from .version import version_text

        print(version_text(verbose=len(arguments) > 1), file=process.stdout)
        return OK
    if COMPLETION in process.environ:
        words = completed(process.environ)
        if words is None:
            return None
        print("\n".join(words), file=process.stdout)
        return OK
    command, rest = arguments[:1], arguments[1:]
    if command == ["doctor"]:
        flags = {_FLAGS[word] for word in rest if word in _FLAGS}
        addresses = [word for word in rest if word not in _FLAGS]
        if len(addresses) <= 1 and not any(word.startswith("-") for word in addresses):
            return _doctor(process, addresses, flags)
    if command == ["explain"] and not any(word.startswith("-") for word in rest):
        from .explain import ExplainOptions, explain

        return explain(process, ExplainOptions([*rest]))
    if command == ["snippet"] and len(rest) <= 1 and not any(word.startswith("-") for word in rest):
        from .snippet import SnippetOptions, snippet

        return snippet(process, SnippetOptions(rest[0] if rest else None))
    return None


def _doctor(process: Process, addresses: list[str], flags: set[str]) -> int:
    from .doctor import DoctorOptions, doctor
    from .option_groups import OutputOptions, TargetOptions
    from .options import Given

    target = TargetOptions(addresses[0]) if addresses else TargetOptions()
    output = OutputOptions(
        as_json="as_json" in flags, quiet="quiet" in flags, verbose="verbose" in flags
    )
    given = Given(target, output=output)
    given.check(process)
    return doctor(process, given, DoctorOptions(offline="offline" in flags))
