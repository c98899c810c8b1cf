"""auth: does the backend know us?

A backend that opens the socket first closes it with a close code that the profile lists: one for a
header that is missing or malformed, one for a wrong secret. A refusal before that
reaches the client as a bare HTTP status.
"""

from __future__ import annotations

from functools import partial

from ..facts import Stage
from ..facts.reasons import Topic
from ..terms import Confidence, Severity, Side
from . import numbers, steps
from .condition import AnyOf, OnStatus, Rule
from .problem import Problem, Simulated
from .rules import auth as rules
from .rules import reasons

PROBLEMS = (
    Problem(
        code="auth-header-rejected",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title=("The backend calls {credential_place} missing or malformed: {refusal}"),
        cause=(
            "The socket opened, and the backend refused it: it did not find {credential}. "
            "edgecheck sends that. If it is refused too, something on the way changed it, or the "
            "backend expects another form than its guide says."
        ),
        remedies=(
            steps.ASK_WHAT_ARRIVED,
            steps.BARE_VALUE,
            (
                "Ask the administrators of the proxy or CDN on the way whether it changes "
                "{credential_place}."
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
        source="the backend's guide, {header_closing}",
    ),
    Problem(
        code="auth-header-stripped",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The secret does not arrive: the backend says that {credential_place} is missing",
        cause=(
            "edgecheck sends {credential}. If the backend tells it, too, that this is missing, a "
            "reverse proxy, gateway or CDN on the way removes it, or uses it for itself."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to pass {credential_place} on. nginx passes "
                "all fields on, unless `proxy_set_header` empties one; Apache keeps Authorization "
                "to itself without `CGIPassAuth On`."
            ),
            (
                "Switch off the access control of the hosting platform or CDN for {endpoint}, if "
                "it uses {credential_place} for itself."
            ),
            (
                "Ask the backend's team where their code reads the secret, and whether it arrives "
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
            "The credentials arrived and are well formed, but the secret is not the backend's. The "
            "secret here and the one in the backend's environment differ: one of them is old, "
            "belongs to another environment, or was changed on one side only."
        ),
        remedies=(
            steps.RIGHT_SECRET,
            steps.COMPARE_SECRETS,
            steps.COPY_SECRET,
            (
                "Ask the backend's team to restart or redeploy it, if they changed the variable: a "
                "running process keeps the old value."
            ),
        ),
        when=AnyOf(Rule(partial(reasons.said, Topic.EXPIRED)), Rule(rules.secret_rejected)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "session-closed-unknown",
            "session-closed-normally",
            "session-closed-without-code",
            "session-going-away",
            "auth-unauthorized",
            "auth-header-rejected",
        ),
        keywords=(
            "{secret_close}",
            "policy violation",
            "token verification failed",
            "invalid token",
            "invalid secret",
        ),
        source="the backend's guide, {secret_closing}; RFC 6455, section 7.4.1",
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
            steps.COMPARE_SECRETS,
            steps.COPY_SECRET,
            (
                "Ask the backend's team what answers 401 for {endpoint}: the application, or "
                "something in front of it."
            ),
        ),
        when=Rule(
            rules.unauthorized,
            claims=(OnStatus(401), numbers.UNAUTHORIZED_CLOSES),
            fills=("what it did", "challenge"),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("401", "3000", "4401", "unauthorized", "not authenticated", "www-authenticate"),
        source="RFC 9110, section 15.5.2",
        general=True,
    ),
    Problem(
        code="auth-forbidden",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Refused: the backend {what it did}",
        cause=(
            "The backend refuses the secret, {credential_place}, the agent id or the path, and its "
            "log shows which. An ASGI server (uvicorn, hypercorn) turns every close before accept "
            "into a bare HTTP 403, whatever its code, and an unknown WebSocket path too. The close "
            "code in its log never reaches the client."
        ),
        remedies=(
            (
                "Ask the backend's team for their log line at this moment: {header_closing} means "
                "{credential_place}, {secret_closing} the secret. With neither of them, it is the "
                "path."
            ),
            steps.COMPARE_SECRETS,
            (
                "Compare {url_name} in {url_where} with the address that they gave you; the "
                "request went to {url}. One more slash or prefix, or a capital letter, makes "
                "another path."
            ),
            steps.COPY_SECRET,
        ),
        when=Rule(
            rules.forbidden,
            claims=(OnStatus(403), numbers.FORBIDDEN_CLOSES),
            fills=("what it did",),
        ),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=(
            "auth-secret-rejected",
            "auth-header-rejected",
            "upgrade-not-found",
            "upgrade-origin-required",
            "upgrade-blocked",
        ),
        keywords=(
            "403",
            "3003",
            "4403",
            "forbidden",
            "server rejected websocket connection: http 403",
            "unexpected server response: 403",
        ),
        source="ASGI specification, WebSocket close before accept",
        general=True,
    ),
    Problem(
        code="auth-basic-in-front",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="A log-in before the backend wants {scheme of it} credentials{realm}: {server}",
        cause=(
            "A reverse proxy or gateway in front of the backend has a log-in of its own. A request "
            "has one Authorization field, and the agent needs it for its Bearer secret. So the "
            "proxy refuses the secret, and the backend never sees it."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to switch the log-in off for {endpoint}; the "
                "backend checks the secret itself. nginx: `auth_basic off;` in its location."
            ),
            "Ask the backend's team for an address that does not lead through this log-in.",
        ),
        when=Rule(rules.basic_in_front, fills=("scheme of it", "realm")),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("auth-unauthorized", "upgrade-blocked", "upgrade-login-required"),
        keywords=("www-authenticate: basic", "401 authorization required", "auth_basic"),
        source="RFC 9110, section 11.6.2; RFC 7617",
    ),
    Problem(
        code="auth-taken-by-platform",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{platform} takes the secret for a token of its own: HTTP {status}",
        cause=(
            "The hosting platform checks the Authorization field before it lets a request through, "
            "and expects one of the tokens that it has issued. The agent's secret is not one of "
            "them, so the backend never sees the request."
        ),
        remedies=(
            (
                "Ask the owner of the service to let {endpoint} through without the platform's own "
                "check; the backend checks the secret itself."
            ),
            "Ask the backend's team for an address that is not behind this check.",
        ),
        when=Rule(rules.taken_by_platform, fills=("platform",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-refused-regardless",
            "auth-unauthorized",
            "auth-forbidden",
            "upgrade-blocked",
            "upgrade-login-required",
        ),
        keywords=(
            "x-amzn-errortype",
            "the access token could not be verified",
            "invalid iap credentials",
            "missing authentication token",
        ),
        source="Cloud Run, Authentication; API Gateway, Gateway responses",
    ),
    Problem(
        code="auth-inconsistent",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The same request gets different answers: {first}, then {second}",
        cause=(
            "Several backends share this name, and not all of them have the same secret or "
            "release. Which one answers is chance, so a client works now and then. Nothing on this "
            "machine causes that."
        ),
        remedies=(
            (
                "Tell the backend's team that the same request was answered with {first} and then "
                "with {second}. All replicas need the same {secret_name} and the same release."
            ),
            (
                "Ask them to redeploy or restart the replicas: one that runs on after a change "
                "keeps the old secret and the old routes."
            ),
            "Let the agent try again meanwhile: `edgecheck listen --keep-trying`.",
        ),
        when=Rule(rules.inconsistent, fills=("first", "second")),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "auth-header-rejected",
            "auth-header-stripped",
            "auth-secret-rejected",
            "auth-unauthorized",
            "auth-forbidden",
            "auth-basic-in-front",
            "auth-taken-by-platform",
            "upgrade-refused-regardless",
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-bad-request",
            "upgrade-blocked",
            "upgrade-server-error",
            "upgrade-method-not-allowed",
            "upgrade-not-websocket",
            "upgrade-origin-required",
            "upgrade-subprotocol-required",
            "upgrade-host-not-allowed",
            "upgrade-wsgi-server",
            "upgrade-bad-gateway",
            "upgrade-unavailable",
            "upgrade-unexpected-status",
            "session-closed-normally",
            "session-closed-unknown",
            "platform-app-missing",
            "platform-app-down",
        ),
        keywords=("every second", "load balancer", "replica", "sometimes 404"),
    ),
)
