"""client: mistakes in the user's own program.

A checkup cannot see these; `explain` and a healthy run point to them.
"""

from __future__ import annotations

from ..terms import Severity, Side
from .condition import Unseen
from .problem import NotOnLoopback, Problem

_OWN_PROGRAM = NotOnLoopback("it happens in the user's own program, which edgecheck does not run")

PROBLEMS = (
    Problem(
        code="client-headers-not-sent",
        stage=None,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The client's library does not send its extra headers",
        cause=(
            'The backend logs "Missing Authorization header" or answers with {header_closing}, '
            "but accepts edgecheck with the same settings. So the header never leaves your "
            "program. Browsers cannot send one with a WebSocket, and each library has an option of "
            "its own for it."
        ),
        remedies=(
            (
                "Pass the headers with the option of your library. Python websockets 14 and later: "
                '`connect(url, additional_headers={{"Authorization": f"Bearer {{secret}}"}})`.'
            ),
            (
                "Python websockets before 14 (and its legacy client): `connect(url, "
                "extra_headers={{...}})`; websocket-client: `header=[...]`; aiohttp: "
                "`headers={{...}}`."
            ),
            (
                'Node\'s ws: `new WebSocket(url, {{ headers: {{ Authorization: "Bearer " + secret '
                "}} }})`. The browser's own WebSocket has no such option: use a program outside "
                "the browser."
            ),
            (
                "See what your program really sends: run `edgecheck simulate`, let the program "
                "connect to it, and read the simulator's log."
            ),
        ),
        when=Unseen(),
        reproduction=_OWN_PROGRAM,
        keywords=(
            "missing authorization header",
            "additional_headers",
            "extra_headers",
            "{header_close}",
        ),
        source='websockets, "Changelog", 14.0',
    ),
    Problem(
        code="client-keyword-renamed",
        stage=None,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Python websockets renamed extra_headers to additional_headers",
        cause=(
            "Release 14 of websockets made its new client the default, and there the option is "
            "called `additional_headers`. websockets passes the old name on to asyncio, whose "
            "error names `create_connection()` and not the reason. With release 13 and before it "
            "is the other way round."
        ),
        remedies=(
            "See which release is installed: `python -m pip show websockets`.",
            "Write `additional_headers=` with 14 and later, `extra_headers=` with 13 and before.",
            (
                "Require the release that your code is written for: `websockets>=14` in its "
                "dependencies."
            ),
        ),
        when=Unseen(),
        reproduction=_OWN_PROGRAM,
        keywords=(
            "extra_headers",
            "additional_headers",
            "got an unexpected keyword argument 'extra_headers'",
            "got an unexpected keyword argument 'additional_headers'",
            "create_connection() got an unexpected keyword argument",
        ),
        source='websockets, "Changelog", 14.0',
    ),
    Problem(
        code="client-retries-refusal",
        stage=None,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The client reconnects for ever after a refusal",
        cause=(
            "After 401, 403, {header_closing} or {secret_closing} nothing changes by itself. A "
            "client that tries again every few seconds fills the backend's log, and may be banned "
            "for it. Another attempt makes sense only after failures of the network, 1001, 1012, "
            "1013 and 5xx."
        ),
        remedies=(
            "Stop after a refusal, print the code and the reason, and end with an error.",
            (
                "Wait 1, 2, 4, 8, 16, 32, then 60 seconds between attempts after everything else, "
                "and start again at 1 after a success."
            ),
            "Obey Retry-After, if the answer has it.",
        ),
        when=Unseen(),
        reproduction=_OWN_PROGRAM,
        keywords=("reconnect", "retry", "backoff", "reconnecting"),
    ),
)
