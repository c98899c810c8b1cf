"""auth: does the backend know us?

The backend closes with 4001 where the Authorization header is missing or malformed, and with 1008
where the token is not its own. Both come after the socket opened; a refusal before that reaches the
client as a bare HTTP status.
"""

from __future__ import annotations

import re

from ..facts import Answer, ExperimentName, Facts, Stage
from ..facts.answers import answer_of
from ..settings.model import EDGE_SECRET
from ..terms import Confidence, Severity, Side
from .problem import OnClose, Problem, Rule, Sighting, Simulated

_MISSING = re.compile(
    r"(?:missing|lacks|without|absent|\bno)\b[^.;]{0,40}\bauthorization\b|\bauthorization\b[^.;]{0,20}\b(?:header|field)\b[^.;]{0,20}"
    r"\b(?:missing|absent|required|not "
    r"(?:found|given|present|provided|received|sent|set))\b|\bauthorization (?:is )?missing\b",
    re.IGNORECASE,
)
# "Missing or invalid Authorization header" says nothing about which.
_OR_MALFORMED = re.compile(r"malformed|invalid|wrong|incorrect|unsupported", re.IGNORECASE)
_CHALLENGE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)")
_REALM = re.compile(r'realm="([^"]*)"', re.IGNORECASE)


def _answer(facts: Facts) -> Answer | None:
    """The backend's refusal; None where it did not refuse."""
    answer = answer_of(facts)
    refused = answer.close_code is not None or (
        answer.status is not None and not answer.accepted and not answer.failed
    )
    return answer if refused else None


def _differs(facts: Facts, name: ExperimentName) -> bool | None:
    """Whether the changed request was answered otherwise; None where it was not made."""
    answer, changed = _answer(facts), facts.experiment(name)
    return None if answer is None or changed is None else not changed.answer.same_as(answer)


def _gives_another_reason(facts: Facts, changed: Answer) -> bool:
    """Whether a refusal was given in other words; one with a digit in it may be the request's own."""
    ours, other = (
        re.sub(r"\S*\d\S*", "", answer.reason).split() for answer in (answer_of(facts), changed)
    )
    return bool(ours and other) and ours != other


def _hidden(facts: Facts) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what to do first where the environment's secret hides another one in the file, and what that is filled with."""
    other = facts.config.shadowed.get(EDGE_SECRET) if facts.config else None
    if other is not None:
        remedy = (
            "Look again without the variable, which an earlier export left: it was sent, and "
            "{other} holds another secret.\n$ unset EDGE_SECRET"
        )
        return {"other": other}, (remedy,)
    return {}, ()


def _stripped(facts: Facts) -> Sighting | None:
    answer = _answer(facts)
    if answer is None or (answer.status not in (400, 401, 403) and answer.close_code is None):
        return None
    if not _MISSING.search(answer.reason) or _OR_MALFORMED.search(answer.reason):
        return None
    # Any secret that is sent in a good header gets another answer than none: then the header does
    # arrive.
    if (
        _differs(facts, ExperimentName.WRONG_SECRET)
        and _differs(facts, ExperimentName.WITHOUT_CREDENTIALS) is False
    ):
        return Sighting(confidence=Confidence.POSSIBLE, alternatives=("auth-header-rejected",))
    return Sighting(confidence=Confidence.LIKELY)


def _closed_as(facts: Facts, problem: str) -> Sighting | None:
    meanings = facts.profile.closes.items()
    return OnClose(*(code for code, meaning in meanings if meaning == problem)).see(facts)


def _header_rejected(facts: Facts) -> Sighting | None:
    sighting = _closed_as(facts, "auth-header-rejected")
    if sighting is None:
        return None
    if _differs(facts, ExperimentName.WRONG_SECRET):
        # A random secret in the same header is not called malformed: it is this secret's own form.
        return Sighting(
            side=Side.CLIENT,
            remedies=(
                (
                    "Compare the form of the secret in {secret_where} with the backend's: a random "
                    "one was not called malformed, this one was."
                ),
            ),
        )
    return Sighting(confidence=Confidence.LIKELY, alternatives=("auth-header-stripped",))


def _secret_rejected(facts: Facts) -> Sighting | None:
    sighting = _closed_as(facts, "auth-secret-rejected")
    if sighting is None:
        return None
    hidden, forget = _hidden(facts)
    changed = facts.experiment(ExperimentName.WRONG_SECRET)
    if changed is not None and (
        _differs(facts, ExperimentName.WRONG_SECRET) or _gives_another_reason(facts, changed.answer)
    ):
        return Sighting(
            values=hidden,
            confidence=Confidence.POSSIBLE,
            remedies=(
                *forget,
                (
                    "Check the agent id in {agent_where}: it is {agent_id}. A random secret is "
                    "answered otherwise, so the secret may be the right one, and the id is what is "
                    "refused."
                ),
                (
                    "Tell the backend's people that a random secret is answered otherwise, and ask "
                    "whether the agent id is registered."
                ),
            ),
        )
    without = _differs(facts, ExperimentName.WITHOUT_CREDENTIALS)
    # A random secret fares the same, and none at all does not: the header is read, and what stands
    # in it is refused.
    certain = without is True and _differs(facts, ExperimentName.WRONG_SECRET) is False
    return Sighting(
        values=hidden,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        remedies=forget,
    )


def _unauthorized(facts: Facts) -> Sighting | None:
    if OnClose(3000).see(facts):
        return Sighting(
            values={"what it did": "closed with 3000 (unauthorized)", "challenge": "none"},
            confidence=_credentials_matter(facts),
        )
    answer = _answer(facts)
    if answer is None or answer.status != 401:
        return None
    assert facts.upgrade is not None
    assert facts.upgrade.response is not None
    challenge = (facts.upgrade.response.field("www-authenticate") or "")[:100]
    values = {"what it did": "answered HTTP 401", "challenge": challenge or "none"}
    remedies: tuple[str, ...] = ()
    if challenge:
        scheme = _CHALLENGE.match(challenge)
        realm = _REALM.search(challenge)
        if scheme and scheme[1].lower() != "bearer":
            named = f" for the realm {realm[1]}" if realm else ""
            remedies = (
                (
                    f"Ask the backend's people who wants {scheme[1]} "
                    f"credentials{named.replace('{', '{{').replace('}', '}}')}: edge agents send a "
                    "Bearer token, so this comes from a proxy or gateway before the backend."
                ),
            )
    return Sighting(values=values, remedies=remedies, confidence=_credentials_matter(facts))


def _credentials_matter(facts: Facts) -> Confidence:
    """How sure it is that the credentials are what is refused: a random secret fares the same, or otherwise, or was not tried."""
    return (
        Confidence.POSSIBLE if _differs(facts, ExperimentName.WRONG_SECRET) else Confidence.LIKELY
    )


def _forbidden(facts: Facts) -> Sighting | None:
    if OnClose(3003).see(facts):
        return Sighting(
            values={"what it did": "closed with 3003 (forbidden)"},
            confidence=_credentials_matter(facts),
        )
    answer = _answer(facts)
    if answer is None or answer.status != 403:
        return None
    matters = _differs(facts, ExperimentName.WRONG_SECRET) or _differs(
        facts, ExperimentName.WITHOUT_CREDENTIALS
    )
    return Sighting(
        values={"what it did": "answered HTTP 403 before the socket opened"},
        confidence=Confidence.LIKELY if matters else Confidence.POSSIBLE,
        alternatives=(
            "auth-secret-rejected",
            "auth-header-rejected",
            "upgrade-not-found",
            "upgrade-blocked",
        ),
    )


_COMPARE = (
    "Compare fingerprints. Yours is {fingerprint}; the backend's people run, with their own "
    'variable: `printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12`. '
    "Different digits: different secrets."
)
_COPY = (
    "Copy the secret again from where it is kept (on the hosting platform: the service's variable "
    "EDGE_SECRET) into {secret_where}, without quotes, spaces or a line end: "
    "`EDGE_SECRET=…`."
)

PROBLEMS = (
    Problem(
        code="auth-header-rejected",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title=(
            "The backend calls the Authorization header missing or malformed: closed with "
            "{close code}"
        ),
        cause="The socket opened, and the backend closed it with 4001: by its reading there is no "
        "header `Authorization: Bearer <secret>`. edgecheck sends one of that form: where "
        "it is refused too, something on the way changed it, or the "
        "backend reads the header otherwise than its guide says.",
        remedies=(
            (
                "Check that the secret in {secret_where} is the bare value: it must not begin with "
                "`Bearer `, which is added by the client, and must not be in quotes."
            ),
            (
                "Tell the backend's people that `Authorization: Bearer …` was sent, and ask what "
                "their log shows as received."
            ),
            "Ask whoever keeps the proxy or CDN on the way whether it changes Authorization.",
        ),
        when=Rule(_header_rejected),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "4001",
            "invalid authorization header",
            "malformed authorization",
            "missing or invalid authorization header",
        ),
        source="the backend's guide, close code 4001",
    ),
    Problem(
        code="auth-header-stripped",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The Authorization header does not arrive: the backend says that it is missing",
        cause="edgecheck sends `Authorization: Bearer <secret>`: where the backend tells it, too, "
        "that there was none, a reverse proxy, gateway or CDN on the way removes the "
        "header, or uses it for "
        "itself.",
        remedies=(
            (
                "Tell whoever keeps the proxy to pass the header on. nginx: `proxy_set_header "
                "Authorization $http_authorization;`; Apache: `CGIPassAuth On`."
            ),
            (
                "Switch off access control of the hosting platform or CDN for /edge/ws, if it "
                "consumes Authorization itself."
            ),
            (
                "Ask the backend's people which header their code reads, and whether it arrives "
                "when "
                "the proxy is bypassed."
            ),
        ),
        when=Rule(_stripped),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
            "4001",
        ),
    ),
    Problem(
        code="auth-secret-rejected",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The backend does not accept this secret: closed with {close code}",
        cause="The header arrived and is well formed, and the token in it is not the backend's. "
        "The secret here and the one in the backend's environment differ: an old one, one "
        "of another "
        "environment, or one that was changed on one side only.",
        remedies=(
            (
                "Check that EDGE_SECRET is the one of this backend and environment (production, "
                "staging): it was read from {secret_where}."
            ),
            _COMPARE,
            _COPY,
            (
                "Ask the backend's people to restart or redeploy it, if they changed the "
                "variable: a "
                "running process keeps the old value."
            ),
        ),
        when=Rule(_secret_rejected),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "1008",
            "policy violation",
            "token verification failed",
            "invalid token",
            "invalid secret",
        ),
        source="the backend's guide, close code 1008; RFC 6455, section 7.4.1",
    ),
    Problem(
        code="auth-unauthorized",
        stage=Stage.AUTH,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Not authorized: {server} {what it did}",
        cause="Whoever answered does not accept the credentials. It may be the backend, which "
        "refuses before it opens the socket, or a gateway with a log-in of its own. "
        "WWW-Authenticate "
        "({challenge}) says what it wants.",
        remedies=(
            _COMPARE,
            _COPY,
            (
                "Ask the backend's people who answers 401 for /edge/ws: the application, or "
                "something "
                "before it."
            ),
        ),
        when=Rule(_unauthorized),
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
        cause="An ASGI server (uvicorn, hypercorn) turns every close before accept, whatever its "
        "code, into a bare 403, and an unknown WebSocket path as well: the 4001 or 1008 in "
        "the backend's "
        "log never reaches the client. So the secret, the header, the agent id or the path is "
        "refused, and the backend's log knows which.",
        remedies=(
            (
                "Ask the backend's people for their log line at this moment: a 4001 there means "
                "the "
                "header, a 1008 the secret, neither of them the path."
            ),
            _COMPARE,
            (
                "Compare BACKEND_URL in {url_where} with the address that they gave; the request "
                "went "
                "to {url}. A slash, a letter's case or a prefix more is another path."
            ),
            _COPY,
        ),
        when=Rule(_forbidden),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
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
