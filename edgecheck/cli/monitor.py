"""`edgecheck monitor`: check many agents again and again, and serve their state."""

from __future__ import annotations

import shlex
import shutil

from .ends import UsageError
from .monitor_options import LONGEST, MOST_JOBS, SHORTEST, ServeOptions, WatchOptions
from .option_groups import ConnectionOptions
from .options import check_timeout, not_both
from .process import Process


def monitor(
    process: Process,
    wanted: WatchOptions,
    serving: ServeOptions,
    connection: ConnectionOptions,
) -> int:
    """Check many agents again and again, and serve their state.

    It serves a page for people at /, metrics for Prometheus at /metrics, a check of one agent at
    /probe?target=NAME, the list of agents for Prometheus' discovery at /targets, and /healthz.

    The checks end after TLS, because a backend that allows one connection for each agent id would
    close that of the running agent. --until session goes on to the pong; so does a profile with
    shared = true or a probe_id.

    Only this machine can read it, unless --listen says otherwise; then a token or client
    certificates are needed. The files are read again when they change, and by SIGHUP. Ctrl-C and
    SIGTERM end it.

    Exit code: 0 stopped, 2 wrong usage.

    \b
    Examples:
      edgecheck monitor /srv/agents
      edgecheck monitor agents.toml --every 300 --on-change ./alert.sh
      edgecheck monitor agents.toml --listen :9787 --token-file token
      edgecheck monitor --demo 30 --every 10
    """
    _check(wanted, serving, connection)
    program = _program(wanted.on_change)
    if wanted.demo is None and not wanted.paths:
        raise UsageError("Which agents? Name folders, .env files or an inventory, or use --demo 30")
    # The server is slow to import, and not needed for help.
    from .monitoring import Monitoring

    return Monitoring(process, wanted, serving, connection).run(program)


def _check(wanted: WatchOptions, serving: ServeOptions, connection: ConnectionOptions) -> None:
    """Raise `UsageError` for numbers out of bounds, and for options that exclude each other."""
    if not SHORTEST <= wanted.every <= LONGEST:
        raise UsageError(
            f"--every must be {SHORTEST:g} to {LONGEST:g} seconds, not {wanted.every:g}."
        )
    if not 1 <= wanted.jobs <= MOST_JOBS:
        raise UsageError(f"--jobs must be 1 to {MOST_JOBS}, not {wanted.jobs}.")
    if wanted.demo is not None and not 1 <= wanted.demo <= MOST_JOBS:
        raise UsageError(f"--demo takes 1 to {MOST_JOBS} agents, not {wanted.demo}.")
    not_both(demo=wanted.demo is not None, PATH=bool(wanted.paths))
    not_both(proxy=connection.proxy, no_proxy=connection.no_proxy)
    if connection.ipv4 and connection.ipv6:
        raise UsageError("-4 and -6 exclude each other.")
    check_timeout(connection.timeout)
    for name in ("serve_key", "client_ca"):
        if getattr(serving, name) is not None and serving.serve_cert is None:
            raise UsageError(f"--{name.replace('_', '-')} goes with --serve-cert.")


def _program(text: str | None) -> list[str]:
    """Split the command line of a program. Raises `UsageError` if it cannot be run."""
    if text is None:
        return []
    try:
        arguments = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--on-change cannot be read as a command line: {error}") from None
    if not arguments:
        raise UsageError("--on-change must name a program.")
    if shutil.which(arguments[0]) is None:
        raise UsageError(
            f"--on-change: the program {arguments[0]!r} was not found, or cannot be run."
        )
    return arguments
