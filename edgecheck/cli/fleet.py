"""`edgecheck fleet`: check many agents, and say what is wrong with how many of them."""

from __future__ import annotations

from .ends import UsageError
from .fleet_options import MOST_DEMO, MOST_JOBS, FleetOptions
from .option_groups import ConnectionOptions
from .options import check_timeout, not_both
from .process import Process


def fleet(process: Process, wanted: FleetOptions, connection: ConnectionOptions) -> int:
    """Check many agents at once, and count the causes.

    It must not disconnect running agents: a backend that allows one connection for each agent id
    closes that of a running agent when a checkup connects with its id. So fleet stops after TLS,
    before it sends an agent id, unless --until session is given, or the profile says that several
    connections may share an id (shared = true) or names an id for checks (probe_id).

    The settings of each agent come from its own file or entry alone: BACKEND_URL, EDGE_SECRET and
    EDGE_AGENT_ID of the environment are not used, unless a file refers to a variable (${NAME}) or
    an entry names one (secret_env). Other variables, such as HTTPS_PROXY, count for all.

    Exit code: 0 all healthy, 1 any problem, 2 wrong usage, 130 interrupted, 143 ended by SIGTERM.

    \b
    Examples:
      edgecheck fleet agents/
      edgecheck fleet 'sites/*/.env' --until session --report fleet.html
      edgecheck fleet agents.toml --json --baseline yesterday.jsonl
      edgecheck fleet --demo 300
    """
    _check(wanted, connection)
    from .fleet_run import FleetRun  # the catalogue, which a help does without

    if connection.insecure:
        process.say(
            "--insecure: the certificates are NOT checked. Others on the way can read the secrets "
            "and pose as the backend."
        )
    return FleetRun(process, wanted, connection).run()


def _check(wanted: FleetOptions, connection: ConnectionOptions) -> None:
    """Raise `UsageError` for options that do not go together."""
    if wanted.demo is None and not wanted.paths:
        raise UsageError(
            "Name the agents: a folder, .env files or an inventory. For example: edgecheck fleet "
            "agents/ . To see it work: edgecheck fleet --demo 300"
        )
    if wanted.demo is not None and wanted.paths:
        raise UsageError("--demo has agents of its own: leave out the paths.")
    if wanted.demo is not None and not 1 <= wanted.demo <= MOST_DEMO:
        raise UsageError(f"--demo takes 1 to {MOST_DEMO} agents.")
    if wanted.seed is not None and wanted.demo is None:
        raise UsageError(
            f"--seed goes with --demo: edgecheck fleet --demo 300 --seed {wanted.seed}"
        )
    if not 1 <= wanted.jobs <= MOST_JOBS:
        raise UsageError(f"--jobs takes 1 to {MOST_JOBS}.")
    not_both(json=wanted.as_json, quiet=wanted.quiet)
    not_both(proxy=connection.proxy, no_proxy=connection.no_proxy)
    if wanted.demo is not None:
        not_both(demo=True, proxy=connection.proxy)
        not_both(demo=True, ca_file=connection.ca_file)
    if connection.ipv4 and connection.ipv6:
        raise UsageError("-4 and -6 exclude each other.")
    check_timeout(connection.timeout)
