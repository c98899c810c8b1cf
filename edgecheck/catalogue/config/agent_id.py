"""`EDGE_AGENT_ID`: what can be wrong with the agent id."""

from __future__ import annotations

from ...facts import Stage
from ...lint.repair import Value
from ...lint.rules import agent_id, missing
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import Problem
from .shared import BACKEND_KNOWS, BLANK_INSIDE, env

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="agent-id-missing",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{agent_name} is {state}",
        cause=(
            "The backend registers each agent under its id. The client sends the id with its "
            "request, and sends nothing without it."
        ),
        remedies=(
            (
                "Ask the backend's team for this agent's id, and put it into {file}:\n"
                "    {agent_name}={agent_form}"
            ),
            (
                "Give it on the command line, to try it:\n"
                "$ edgecheck doctor --agent-id {agent_example}"
            ),
        ),
        when=Lint(missing.missing_rule("agent-id-missing", "agent_id"), fills=("state",)),
        reproduction=env(agent=""),
        keywords=("{agent_name}", "missing {agent_name}", "keyerror: '{agent_name}'"),
        left=BACKEND_KNOWS,
    ),
    Problem(
        code="agent-id-whitespace",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{agent_name} has {count} too many: {character}",
        cause=(
            "Blanks at the ends of the id are lost in a header, and kept in an address. So the "
            "backend sees two different ids, or one that it does not know."
        ),
        remedies=("Write it without blanks, in {place}:\n$ {set_it}",),
        when=Lint(agent_id.agent_id_whitespace, fills=("count", "character", "set_it")),
        reproduction=env(agent='{agent_name}="{agent_id} "\n'),
        source="RFC 9112, section 5.1",
        repair=Value(lambda text, settings: agent_id.cleaned(text)),
        left=BLANK_INSIDE,
    ),
    Problem(
        code="agent-id-malformed",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{agent_name} is `{given}`, which is not of the form {agent_form}",
        cause=(
            "Ids have the form {agent_form}, such as {agent_example}. The backend may not know "
            "another id. A character with a meaning in addresses, such as `&` or `#`, also makes "
            "an id in an address differ from one in a header."
        ),
        remedies=(
            (
                "Ask the backend's team for this agent's id, and put it into {place}:\n"
                "    {agent_name}={agent_form}"
            ),
        ),
        when=Lint(agent_id.agent_id_malformed, fills=("given",)),
        reproduction=env(agent="{agent_name}=agent-7\n"),
        explains=("auth-forbidden", "upgrade-refused-regardless", "upgrade-bad-request"),
        keywords=("invalid agent id", "unknown agent"),
        left=BACKEND_KNOWS,
    ),
)
