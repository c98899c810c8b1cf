"""`edgecheck explain`: what a problem is, and what to do about it. Opens no connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from ..render.words import did_you_mean
from .console.output import Output, standard_output
from .ends import OK, UsageError
from .process import Process

if TYPE_CHECKING:
    import typer

    from .option_types import AsJson, NoColor


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete a code."""
    from ..backend.builtin import EDGE
    from ..catalogue import PROBLEMS  # not needed for help
    from ..terms import fill
    from ..wording.values import profile_values

    values = profile_values(EDGE)
    return [
        (code, fill(problem.title, values))
        for code, problem in PROBLEMS.items()
        if code.startswith(incomplete)
    ]


@dataclass(frozen=True)
class ExplainOptions:
    """The words and the options of `explain`."""

    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|NUMBER|TEXT",
            show_default=False,
            autocompletion=complete,
            help=(
                "A code, a close code, an HTTP status, a stage, or text from a log or an "
                "exception. Without it: all problems."
            ),
        ),
    ] = None
    listed: Annotated[bool, typer.Option("--list", help="List all problems by stage.")] = False
    as_json: AsJson = False
    no_color: NoColor = False


def explain(process: Process, wanted: ExplainOptions) -> int:
    """Say what a problem is and what to do about it.

    \b
    Examples:
      edgecheck explain 4001
      edgecheck explain "Missing Authorization header"
    """
    # Not needed for help.
    from ..catalogue import PROBLEMS
    from ..explain.find import find
    from ..render import entry

    query = " ".join(wanted.words or ()).strip()
    if wanted.listed and query:
        raise UsageError("--list takes no word: edgecheck explain --list")
    output = standard_output(process, no_color=wanted.no_color)
    chosen = [
        problem for problem in PROBLEMS.values() if not query or problem.stage_name == query.lower()
    ]
    if chosen:
        if wanted.as_json:
            _print_json(output, [entry.row(problem) for problem in chosen])
        else:
            output.print(entry.listing(chosen, output.width))
        return OK
    matches = find(query, PROBLEMS)
    if not matches:
        hint = did_you_mean(query, PROBLEMS) or " All problems: edgecheck explain"
        raise UsageError(f"Nothing in the catalogue fits {query[:80]!r}.{hint}")
    first, *others = (match.problem for match in matches)
    if wanted.as_json:
        also = [problem.code for problem in others]
        _print_json(output, {**entry.document(first), "also": also})
    elif matches[0].exact or not others:
        output.print(entry.entry(first, output.width, others=others))
    else:
        output.print(entry.commands([first, *others], output.width))
    return OK


def _print_json(output: Output, document: object) -> None:
    from ..render import json  # knows the whole report, which text does without

    output.print_plain(json.dumps(document))
