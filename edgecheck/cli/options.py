"""The options that commands share, each declared once: its name, its help and its default's meaning."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..settings.model import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from ..settings.sources import Options

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Backend's address; otherwise BACKEND_URL."),
]
SecretFile = Annotated[
    str | None,
    typer.Option(
        "--secret-file",
        metavar="PATH",
        help="File with the secret, - for standard input; otherwise EDGE_SECRET.",
    ),
]
AgentId = Annotated[
    str | None,
    typer.Option("--agent-id", metavar="ID", help="Agent's id; otherwise EDGE_AGENT_ID."),
]
EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        "-e",
        metavar="PATH",
        help="Settings file; otherwise the nearest .env, from this folder upwards.",
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="Limit of each stage, at most 300.")
]
Proxy = Annotated[
    str | None,
    typer.Option(
        "--proxy", metavar="URL", help="Proxy to use; otherwise HTTPS_PROXY and its like."
    ),
]
NoProxy = Annotated[
    bool, typer.Option("--no-proxy", help="Connect directly, whatever the environment says.")
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        "--ca-file",
        metavar="PATH",
        help="PEM file of trusted certificates, in place of the operating system's.",
    ),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure",
        help="Do not check the certificate: whoever is in between can read the secret.",
    ),
]
Ipv4 = Annotated[bool, typer.Option("-4", help="Use IPv4 alone.")]
Ipv6 = Annotated[bool, typer.Option("-6", help="Use IPv6 alone.")]
AllowPlaintext = Annotated[
    bool,
    typer.Option(
        "--allow-plaintext", help="Send the secret over ws:// to another machine all the same."
    ),
]
Demo = Annotated[
    bool,
    typer.Option(
        "--demo", help="Use a backend that edgecheck itself starts, with settings of its own."
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON: doctor one document, the others one object a line."),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="No colours; NO_COLOR and FORCE_COLOR are heeded too.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print all that was seen, too.")]

# More than five minutes for one stage is a mistyped number.
MAX_TIMEOUT = 300.0


class UsageError(Exception):
    """The command line asks for what cannot be; the text says what, and what would do.

    Exit code 2.
    """


class CannotGoOn(Exception):
    """Something outside of edgecheck keeps a command from going on; the text says what.

    Exit code 1.
    """


def check_timeout(seconds: float) -> float:
    """Return the limit. Raises `UsageError` for one that is no use."""
    if not 0 < seconds <= MAX_TIMEOUT:
        raise UsageError(
            f"--timeout is in seconds, more than 0 and at most {MAX_TIMEOUT:g}; {seconds:g} is not."
        )
    return seconds


def not_both(**given: object) -> None:
    """Raise `UsageError` where more than one of some options is given; ``no_proxy`` stands for ``--no-proxy``."""
    names = [
        f"--{name.replace('_', '-')}" if len(name) > 2 else f"-{name[1:]}"
        for name, value in given.items()
        if value
    ]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} exclude each other.")


@dataclass(frozen=True)
class Given:
    """What the options that every connecting command has say.

    Args:
        options: how to connect, and to what.
        demo: connect to a backend of our own.
        as_json: for scripts; one document or one object a line, and nothing else.
        quiet, verbose: how much a person wants to read.
        no_color: the person wants none.
    """

    options: Options
    demo: bool
    as_json: bool
    quiet: bool
    verbose: bool
    no_color: bool

    def needs_no_target(self, instead: str) -> None:
        """Raise `UsageError` where something says what to connect to, beside an option in whose place it cannot stand."""
        for name in ("url", "secret_file", "agent_id", "env_file", "proxy", "ca_file"):
            not_both(**{instead: True, name: getattr(self.options, name)})


def _given(
    url: Url = None,
    secret_file: SecretFile = None,
    agent_id: AgentId = None,
    env_file: EnvFile = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    proxy: Proxy = None,
    no_proxy: NoProxy = False,
    ca_file: CaFile = None,
    insecure: Insecure = False,
    ipv4: Ipv4 = False,
    ipv6: Ipv6 = False,
    allow_plaintext: AllowPlaintext = False,
    demo: Demo = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColor = False,
) -> Given:
    from ..settings.model import Family
    from ..settings.sources import Options

    not_both(quiet=quiet, verbose=verbose)
    not_both(proxy=proxy, no_proxy=no_proxy)
    if ipv4 and ipv6:
        raise UsageError("-4 and -6 exclude each other.")
    options = Options(
        url=url,
        agent_id=agent_id,
        secret_file=secret_file,
        env_file=env_file,
        proxy=proxy,
        no_proxy=no_proxy,
        ca_file=ca_file,
        insecure=insecure,
        family=Family.IPV4 if ipv4 else Family.IPV6 if ipv6 else Family.ANY,
        timeout=check_timeout(timeout),
        allow_plaintext=allow_plaintext,
    )
    if insecure:
        from .console.output import say

        say(
            "--insecure: the certificate is NOT checked. Whoever is in between can read the "
            "secret and pose as the backend."
        )
    given = Given(options, demo, as_json, quiet, verbose, no_color)
    if demo:
        given.needs_no_target("demo")
    return given


def connecting(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say how to connect.

    Args:
        command: its first parameter takes what they say; the others are options of its own, which
            come first in its help.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    common = list(inspect.signature(_given, eval_str=True).parameters.values())
    own_names = [parameter.name for parameter in own]

    @functools.wraps(command)
    def connected(**values: Any) -> int:
        mine = {name: values.pop(name) for name in own_names if name in values}
        return command(_given(**values), **mine)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *common)
    ]
    connected.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    connected.__annotations__ = {
        parameter.name: parameter.annotation for parameter in parameters
    } | {"return": int}
    return connected
