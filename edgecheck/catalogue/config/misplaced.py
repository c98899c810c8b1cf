"""Values in the wrong place: two settings in one line, or the secret in another setting."""

from __future__ import annotations

from ...facts import Stage
from ...lint.repair import Text
from ...lint.rules import misplaced
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import Problem
from .shared import env

# What else the lint says of a value that holds two settings, or the wrong one.
_OF_A_VALUE = (
    "url-scheme-http",
    "url-scheme-missing",
    "url-scheme-unknown",
    "url-whitespace",
    "url-malformed",
    "url-has-path",
    "url-has-query",
    "url-has-credentials",
    "url-port-mismatch",
    "url-known-port",
    "agent-id-whitespace",
    "agent-id-malformed",
    "env-value-dialect",
    "env-line-invalid",
)
_MISSING = ("url-missing", "secret-missing", "agent-id-missing", "secret-weak")

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="env-line-merged",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{where} holds more than one setting: {lost} stands behind {first}",
        cause=(
            "The line end between two settings is lost, as an editor or `echo -n >>` can do. "
            "Programs read one setting a line, so that {first} gets a value that is too long, and "
            "{lost} is not set at all."
        ),
        remedies=("Begin a new line before {lost}, in line {line} of {file}.",),
        when=Lint(misplaced.line_merged, fills=("line", "first", "lost")),
        reproduction=env(
            secret="{secret_name}={secret}",  # noqa: S106 a template
            agent="{agent_name}={agent_id}\n",
        ),
        refines=(*_OF_A_VALUE, *_MISSING, "secret-inner-whitespace", "secret-misplaced"),
        explains=(*_MISSING, Stage.AUTH),
        keywords=("no newline at end of file",),
        repair=Text(misplaced.divided),
        left="A quote goes around more than one setting. Which part belongs to what is a guess.",
    ),
    Problem(
        code="secret-misplaced",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{setting} in {where} holds {what}",
        cause=(
            "The agent id and the address travel in the request line, which servers and proxies "
            "write into their logs. A secret there would be known to everybody who reads them, so "
            "edgecheck masks it and sends nothing with it."
        ),
        remedies=(
            "Put each value into the setting that it belongs to, in {file}.",
            (
                "Ask the backend's team for a new secret if a client has already connected with "
                "these settings: it stands in logs now."
            ),
        ),
        when=Lint(misplaced.secret_misplaced, fills=("what",)),
        reproduction=env(
            secret="{secret_name}={agent_id}\n",  # noqa: S106 a template
            agent="{agent_name}={secret}\n",
        ),
        refines=(*_OF_A_VALUE, *_MISSING),
        explains=(*_MISSING, Stage.AUTH),
        keywords=("token in url", "secret in url"),
        source="RFC 6750, section 5.3",
        repair=Text(misplaced.put_right),
        left="Which value belongs to which setting is a guess.",
    ),
)
