"""`edgecheck explain`: what a problem is, and what to do about it. Opens no connection."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson, NoColor, UsageError


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete a code."""
    from ..backend.edge import EDGE
    from ..catalogue import PROBLEMS
    from ..terms import fill
    from ..wording.values import profile_values

    values = profile_values(EDGE)
    return [
        (code, fill(problem.title, values))
        for code, problem in PROBLEMS.items()
        if code.startswith(incomplete)
    ]


def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|NUMBER|TEXT",
            show_default=False,
            autocompletion=complete,
            help=(
                "A code, a close code, an HTTP status, a stage, or text from a log or an "
                "exception. Nothing: all problems."
            ),
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List all problems by stage.")] = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> int:
    """Say what a problem is and what to do about it.

    \b
    Examples:
      edgecheck explain 4001
      edgecheck explain "Missing Authorization header"
    """
    from ..catalogue import PROBLEMS
    from ..explain.find import find
    from ..render import entry
    from .console.output import standard_output

    query = " ".join(words or ()).strip()
    if listed and query:
        raise UsageError("--list takes no word: edgecheck explain --list")
    output = standard_output(no_color=no_color)
    chosen = [
        problem for problem in PROBLEMS.values() if not query or problem.stage_name == query.lower()
    ]
    if chosen:
        if as_json:
            from ..render import json

            output.print_plain(json.dumps([entry.row(problem) for problem in chosen]))
        else:
            output.print(entry.listing(chosen, output.width))
        return 0
    matches = find(query, PROBLEMS)
    if not matches:
        raise _unknown(query)
    first, *others = matches
    if as_json:
        from ..render import json

        also = [match.problem.code for match in others]
        output.print_plain(json.dumps({**entry.document(first.problem), "also": also}))
    elif first.exact or not others:
        output.print(
            entry.entry(first.problem, output.width, others=[match.problem for match in others])
        )
    else:
        output.print(entry.commands([match.problem for match in matches], output.width))
    return 0


def _unknown(query: str) -> UsageError:
    from ..catalogue import PROBLEMS
    from ..render.words import did_you_mean

    hint = did_you_mean(query, PROBLEMS) or " All problems: edgecheck explain"
    return UsageError(f"Nothing in the catalogue fits {query[:80]!r}.{hint}")
