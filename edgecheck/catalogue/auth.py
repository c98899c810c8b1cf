"""auth: does the backend know us?

A backend that opens the socket first closes it with a close code that the profile lists: one for a
header that is missing or malformed, one for a wrong secret. A refusal before that
reaches the client as a bare HTTP status.
"""

from __future__ import annotations

from ..facts import Stage
from ..terms import Confidence, Severity, Side
from .condition import OnClose, OnStatus, Rule
from .problem import Problem, Simulated
from .rules import auth as rules

_COMPARE = (
    "Compare fingerprints. Yours is {fingerprint}. The backend's team runs, with their own "
    'variable: `printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12`. Different digits mean '
    "different secrets."
)
_COPY = (
    "Copy the secret again from where it is kept (on the hosting platform: the service's variable "
    "EDGE_SECRET) into {secret_where}, without quotes, spaces or a line end: `EDGE_SECRET=…`."
)

PROBLEMS = (
    Problem(
        code="auth-header-rejected",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title=("The backend calls the Authorization header missing or malformed: {refusal}"),
        cause=(
            "The socket opened, and the backend closed it with {header_close}: it found no header "
            "`Authorization: Bearer <secret>`. edgecheck sends a header of that form. If it is "
            "refused too, something on the way changed it, or the backend expects another form "
            "than its guide says."
        ),
        remedies=(
            (
                "Check that the secret in {secret_where} is the bare value: without quotes, and "
                "without `Bearer ` at its beginning, which the client adds."
            ),
            (
                "Tell the backend's team that `Authorization: Bearer …` was sent, and ask what "
                "their log shows as received."
            ),
            (
                "Ask the administrators of the proxy or CDN on the way whether it changes "
                "Authorization."
            ),
        ),
        when=Rule(rules.header_rejected),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("auth-header-stripped",),
        keywords=(
            "{header_close}",
            "invalid authorization header",
            "malformed authorization",
            "missing or invalid authorization header",
        ),
        source="the backend's guide, close code {header_close}",
    ),
    Problem(
        code="auth-header-stripped",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The Authorization header does not arrive: the backend says that it is missing",
        cause=(
            "edgecheck sends `Authorization: Bearer <secret>`. If the backend tells it, too, that "
            "the header is missing, a reverse proxy, gateway or CDN on the way removes the header, "
            "or uses it for itself."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to pass the header on. nginx: "
                "`proxy_set_header Authorization $http_authorization;`; Apache: `CGIPassAuth On`."
            ),
            (
                "Switch off the access control of the hosting platform or CDN for {endpoint}, if "
                "it uses Authorization for itself."
            ),
            (
                "Ask the backend's team which header their code reads, and whether it arrives "
                "without the proxy."
            ),
        ),
        when=Rule(rules.header_stripped),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("auth-header-rejected",),
        refines=(
            "auth-header-rejected",
            "auth-secret-rejected",
            "auth-unauthorized",
            "auth-forbidden",
            "upgrade-bad-request",
            "session-closed-unknown",
            "session-closed-normally",
        ),
        keywords=(
            "missing authorization header",
            "no authorization header",
            "authorization header is missing",
            "{header_close}",
        ),
    ),
    Problem(
        code="auth-secret-rejected",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The backend does not accept this secret: {refusal}",
        cause=(
            "The header arrived and is well formed, but the token in it is not the backend's. The "
            "secret here and the one in the backend's environment differ: one of them is old, "
            "belongs to another environment, or was changed on one side only."
        ),
        remedies=(
            (
                "Check that EDGE_SECRET is the one of this backend and environment (production, "
                "staging): it was read from {secret_where}."
            ),
            _COMPARE,
            _COPY,
            (
                "Ask the backend's team to restart or redeploy it, if they changed the variable: a "
                "running process keeps the old value."
            ),
        ),
        when=Rule(rules.secret_rejected),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "{secret_close}",
            "policy violation",
            "token verification failed",
            "invalid token",
            "invalid secret",
        ),
        source="the backend's guide, close code {secret_close}; RFC 6455, section 7.4.1",
    ),
    Problem(
        code="auth-unauthorized",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Not authorized: {server} {what it did}",
        cause=(
            "The server that answered does not accept the credentials. It may be the backend, "
            "which refuses before it opens the socket, or a gateway with a log-in of its own. "
            "WWW-Authenticate ({challenge}) says what it asks for."
        ),
        remedies=(
            _COMPARE,
            _COPY,
            (
                "Ask the backend's team what answers 401 for {endpoint}: the application, or "
                "something in front of it."
            ),
        ),
        when=Rule(
            rules.unauthorized,
            claims=(OnStatus(401), OnClose(3000)),
            fills=("what it did", "challenge"),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("401", "3000", "unauthorized", "not authenticated", "www-authenticate"),
        source="RFC 9110, section 15.5.2",
    ),
    Problem(
        code="auth-forbidden",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Refused: the backend {what it did}",
        cause=(
            "An ASGI server (uvicorn, hypercorn) turns every close before accept into a bare 403, "
            "whatever its code, and an unknown WebSocket path too. The {header_close} or "
            "{secret_close} in the backend's log never reaches the client. So the backend refuses "
            "the secret, the header, the agent id or the path, and its log shows which."
        ),
        remedies=(
            (
                "Ask the backend's team for their log line at this moment: {header_close} means "
                "the header, {secret_close} the secret. With neither of them, it is the path."
            ),
            _COMPARE,
            (
                "Compare BACKEND_URL in {url_where} with the address that they gave you; the "
                "request went to {url}. One more slash or prefix, or a capital letter, makes "
                "another path."
            ),
            _COPY,
        ),
        when=Rule(rules.forbidden, claims=(OnStatus(403), OnClose(3003)), fills=("what it did",)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=(
            "auth-secret-rejected",
            "auth-header-rejected",
            "upgrade-not-found",
            "upgrade-blocked",
        ),
        keywords=(
            "403",
            "3003",
            "forbidden",
            "server rejected websocket connection: http 403",
            "unexpected server response: 403",
        ),
        source="ASGI specification, WebSocket close before accept",
    ),
)
