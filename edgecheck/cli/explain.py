"""`edgecheck explain`: what a problem is, and what to do about it. Opens no connection."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from ..frozen import dataclass
from ..render.words import did_you_mean
from .console.output import Output, standard_output
from .ends import OK, CannotGoOn, UsageError
from .process import Process

if TYPE_CHECKING:
    import typer

    from ..backend.profile import Profile
    from ..explain.find import Match
    from .option_types import AsJson, NoColor, ProfileName

# More words than a person types to look something up: a line of a log.
_LINE = 5


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete a code."""
    from .names import codes  # the catalogue, which a help does without

    return [(code, title) for code, title in codes().items() if code.startswith(incomplete)]


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
                "exception; - reads a log. Without it: all problems."
            ),
        ),
    ] = None
    listed: Annotated[bool, typer.Option("--list", help="List all problems by stage.")] = False
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="FILE",
            show_default=False,
            help="Read a whole log and find its problems; - is standard input.",
        ),
    ] = None
    profile: ProfileName = None
    as_json: AsJson = False
    no_color: NoColor = False


def explain(process: Process, wanted: ExplainOptions) -> int:
    """Say what a problem is and what to do about it.

    \b
    Examples:
      edgecheck explain 4001
      edgecheck explain "Missing Authorization header"
      edgecheck explain "Error: Unexpected server response: 401"
      journalctl -u agent | edgecheck explain -
    """
    # Not needed for help.
    from ..catalogue import in_the_words_of
    from ..explain.find import find
    from ..render import entry
    from ..settings.sources import Options

    query = " ".join(wanted.words or ()).strip()
    if wanted.listed and query:
        raise UsageError("--list takes no word: edgecheck explain --list")
    profile = process.profile(Options(profile=wanted.profile))
    problems = in_the_words_of(profile, query)
    output = standard_output(process, no_color=wanted.no_color)
    if wanted.log is not None or query == "-":
        return _explain_log(process, output, query, wanted, profile)
    chosen = [
        problem for problem in problems.values() if not query or problem.stage_name == query.lower()
    ]
    if chosen:
        if wanted.as_json:
            _print_json(output, [entry.row(problem, profile) for problem in chosen])
        else:
            output.print(entry.listing(chosen, output.width, profile))
        return OK
    matches = find(query, problems, profile)
    if not matches:
        raise UsageError(_nothing_fits(query))
    _show(process, output, query, matches, wanted, profile)
    return OK


def _explain_log(
    process: Process, output: Output, query: str, wanted: ExplainOptions, profile: Profile
) -> int:
    """Explain a whole log."""
    from .explain_log import explain_log  # not needed for a code or a line

    if wanted.listed or (wanted.log is not None and query):
        raise UsageError("--log takes no other word: edgecheck explain --log FILE")
    return explain_log(
        process,
        output,
        wanted.log or "-",
        profile=profile,
        as_json=wanted.as_json,
        values=_settings_here(process, wanted, profile),
    )


def _nothing_fits(query: str) -> str:
    """Say that no entry fits, and what to do instead; nothing is guessed."""
    # Not needed where an entry fits.
    from ..catalogue import PROBLEMS
    from ..explain.masking import masked_query

    said = f"Nothing in the catalogue fits {masked_query(query)[:80]!r}."
    if len(query.split()) < _LINE:
        return said + (did_you_mean(query, PROBLEMS) or " All problems: edgecheck explain")
    return (
        f"{said} If the log has other lines around it, paste the one with the error itself. "
        "What happens now, and why, is shown by: edgecheck doctor"
    )


def _show(
    process: Process,
    output: Output,
    query: str,
    matches: list[Match],
    wanted: ExplainOptions,
    profile: Profile,
) -> None:
    """Print the best entry, with what is known, and name the others."""
    from ..catalogue import PROBLEMS
    from ..explain.told import in_words_of_products  # not needed for help
    from ..render import entry

    first, *others = matches
    first = in_words_of_products(query, first, PROBLEMS)
    others = [match for match in matches if match.problem.code != first.problem.code]
    values = _known(process, query, first, wanted, profile)
    if wanted.as_json:
        signs = {sign: None for match in matches for sign in match.signs}
        document = {
            **entry.document(first.problem, profile, values=values),
            "also": [match.problem.code for match in others],
            "exact": first.exact,
            "signs": [entry.sign_row(sign) for sign in signs],
            "scores": {match.problem.code: round(match.score, 1) for match in matches},
        }
        _print_json(output, document)
    elif first.exact or not others:
        output.print(
            entry.entry(
                first.problem,
                output.width,
                others=[match.problem for match in others],
                profile=profile,
                values=values,
                reason=entry.reason_of(first.signs),
            )
        )
    else:
        output.print(entry.commands([match.problem for match in matches], output.width, profile))


def _known(
    process: Process, query: str, match: Match, wanted: ExplainOptions, profile: Profile
) -> Mapping[str, str]:
    """Return what fills in the texts: what the settings here say, then what the text says."""
    # Not needed for help.
    from ..explain.values import USUAL, values_in, values_of_number, with_what_follows

    values = USUAL | _settings_here(process, wanted, profile) | values_of_number(query.strip())
    if match.signs:
        from ..explain.excerpt import Excerpt

        said = values_in(Excerpt.of(query), match.signs)
        # The port and the scheme of the settings belong to their host.
        if "host" in said and said["host"] != values.get("host"):
            theirs = ("host", "port", "scheme", "url")
            values = {name: value for name, value in values.items() if name not in theirs}
        values |= said
    return with_what_follows(values)


def _settings_here(process: Process, wanted: ExplainOptions, profile: Profile) -> dict[str, str]:
    """Return what the environment and the ``.env`` file here say of the backend."""
    try:
        folders = (process.cwd, *process.cwd.parents)
    except CannotGoOn:
        return {}  # the folder was deleted
    found = any(os.path.isfile(folder / ".env") for folder in folders)  # noqa: PTH113 quicker
    if not found and process.environ.keys().isdisjoint(profile.names):
        return {}
    from ..settings.sources import Options  # slow, and most people ask without a file

    settings = process.load(Options(profile=wanted.profile))
    url, agent_id = settings.url, settings.agent_id
    values: dict[str, Any] = {"env_file": ".env"}
    if url is not None and url.host_valid and url.credentials is None:
        values |= {"host": url.host, "scheme": url.scheme, "port": url.port}
        if settings.endpoint is not None:
            values |= {"url": settings.endpoint.url, "port": settings.endpoint.port}
    if agent_id is not None:
        values["agent_id"] = agent_id.text
    secret = settings.secret.secret if settings.secret else None
    for name, setting in (
        ("secret_where", settings.secret),
        ("url_where", settings.backend_url),
        ("agent_where", agent_id),
    ):
        values[name] = str(setting.origin) if setting is not None else None
    values["fingerprint"] = (secret.fingerprint or "").removeprefix("sha256:") if secret else None
    return {
        name: secret.cut_whole_out_of(str(value)) if secret else str(value)
        for name, value in values.items()
        if value
    }


def _print_json(output: Output, document: object) -> None:
    from ..render import json  # knows the whole report, which text does without

    output.print_plain(json.dumps(document))
