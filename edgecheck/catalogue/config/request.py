"""What the command line adds to the request and to the connection."""

from __future__ import annotations

from ...facts import Stage
from ...lint.rules import request
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import NotOnLoopback, Problem

_COMMAND_LINE = NotOnLoopback(
    "it is about the command line, and a demo has its own; a test gives the options"
)
_NOT_IN_THE_FILE = "It is on the command line, not in the settings file."
_REFUSALS = (
    "tls-client-certificate-rejected",
    "tls-client-certificate-required",
    "tls-handshake-rejected",
)

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="header-credential-exposed",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="A credential is on the command line: {names}",
        cause=(
            "It is sent as you wanted. While the command runs, every user of this machine can read "
            "it in the list of processes, and it stays in the shell's history."
        ),
        remedies=(
            (
                "Put the header into a file that only you can read, and name the file:\n"
                "$ edgecheck doctor -H @headers.txt"
            ),
            "Replace the credential, if others use this machine.",
        ),
        when=Lint(request.header_credential_exposed, fills=("names",)),
        reproduction=_COMMAND_LINE,
        left=_NOT_IN_THE_FILE,
    ),
    Problem(
        code="mtls-certificate-expired",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The client certificate in {cert_file} expired on {not_after}",
        cause=(
            "A server that checks it refuses it from that day on. It was not renewed, or this "
            "machine's clock is wrong."
        ),
        remedies=(
            "Get a new client certificate from the issuer of this one.",
            "Compare this machine's time with a clock: `date -u`.",
        ),
        when=Lint(
            request.client_certificate_rule("mtls-certificate-expired", "not_after"),
            fills=("cert_file", "not_after"),
        ),
        reproduction=_COMMAND_LINE,
        left=_NOT_IN_THE_FILE,
        explains=_REFUSALS,
    ),
    Problem(
        code="mtls-certificate-not-yet-valid",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The client certificate in {cert_file} is not valid before {not_before}",
        cause=(
            "A server that checks it refuses it until then. Nearly always this machine's clock is "
            "slow: the device was off for a long time, or has no battery for its clock."
        ),
        remedies=(
            "Compare this machine's time with a clock: `date -u`.",
            "Ask the issuer of the certificate, if the clock is right.",
        ),
        when=Lint(
            request.client_certificate_rule("mtls-certificate-not-yet-valid", "not_before"),
            fills=("cert_file", "not_before"),
        ),
        reproduction=_COMMAND_LINE,
        left=_NOT_IN_THE_FILE,
        explains=_REFUSALS,
    ),
)
