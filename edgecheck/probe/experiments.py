"""After a refusal, repeat the request with one change each, to tell the causes apart.

There are at most `BUDGET` of them, chosen by what the evidence leaves open, and no secret is ever
guessed: the wrong secret is random, and the cleaned one is the user's own as the lint would repair
it. The first one changes nothing: if the same request gets another answer the second time, there
are several backends, and no further answer could be compared with the first.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping

from ..escapes import unescape
from ..facts import Experiment, ExperimentName, Facts, HttpResponse, Kind
from ..facts.answers import answer_of, wants_tls
from ..facts.reasons import PASSING, Topic, topic_in, topic_of
from ..facts.session import REFUSAL_CLOSES
from ..late import compiled
from ..settings.secret import Secret
from ..wire.opening import Opening

# A refused checkup opens at most five connections, its own included.
BUDGET = 4
# With these statuses a backend, rather than something on the way, may have refused the request.
_STATUSES = frozenset({400, 401, 403, 500})
# This is about the path, not about the credentials: only the same request again tells something,
# namely whether all replicas say so.
_ONLY_AGAIN = frozenset({404})
# The exception: Rails' Action Cable answers so to a request without an Origin that it allows.
_ACTION_CABLE = compiled(r"(?i)^page not found\s*$")
# With a policy violation (RFC 6455, section 7.4.1), servers refuse credentials and much else, which
# experiments tell apart. An agent does not end for it, unless the profile says what it refuses.
_CLOSE_CODES = REFUSAL_CLOSES | {1008}
# A server that closes with these did not read the secret: only another subprotocol or Origin can
# change its mind.
_COMPLAINTS = frozenset({1002, 1003, 1010})
_ABOUT_SUBPROTOCOL = compiled(r"(?i)sub-?protocol|sec-websocket-protocol|protocol is mandatory")
_NAMED = compiled(r"[a-z][\w]*(?:[-.][\w.-]+)+|[a-z]+[\d.]+[a-z0-9.]*")
# Subprotocols that are offered to a server that demands one and does not say which: the usual ones.
_USUAL = ("graphql-transport-ws", "mqtt", "ocpp1.6", "v12.stomp", "json", "chat")

Handshake = Callable[[Opening], Awaitable[Facts]]


def is_refusal(facts: Facts) -> bool:
    """Return whether the backend answered with a refusal that an experiment can explain."""
    return bool(_asked(facts))


def _asked(facts: Facts) -> frozenset[str]:
    """Return what is open after a refusal: ``again``, ``secret``, ``demand``."""
    session = facts.session
    if session is not None:
        failure = session.failure
        if topic_of(session.close_reason) in PASSING:
            return frozenset()  # a server that counts connections counts experiments, too
        if facts.meaning.startswith("auth-"):
            return frozenset({"again", "secret", "demand"})
        if facts.meaning or failure is None or failure.kind is not Kind.SESSION_CLOSED:
            return frozenset()
        if session.closed_by != "server" and session.closed_by is not None:
            return frozenset()
        if session.close_code in _CLOSE_CODES or topic_in(facts) is Topic.REFUSED:
            return frozenset({"again", "secret", "demand"})
        words = _ABOUT_SUBPROTOCOL.search(session.close_reason)
        return frozenset({"demand"}) if words and session.close_code in _COMPLAINTS else frozenset()
    response = facts.upgrade.response if facts.upgrade else None
    if response is None or wants_tls(response):
        # That says all, and each experiment would send the secret in the clear once more.
        return frozenset()
    if facts.meaning and not facts.meaning.startswith("auth-"):
        return frozenset()
    if facts.meaning or response.status in _STATUSES:
        return frozenset({"again", "secret", "demand"})
    if response.status not in _ONLY_AGAIN:
        return frozenset()
    origin = _ACTION_CABLE.match(unescape(response.body)) is not None
    return frozenset({"again", "demand"}) if origin else frozenset({"again"})


async def experiment(
    opening: Opening, cleaned: Secret | None, handshake: Handshake, facts: Facts
) -> tuple[Experiment, ...]:
    """Make the experiments; each is one handshake.

    Args:
        opening: the request that was refused.
        cleaned: the secret as the lint would repair it; None if there is nothing to repair.
        handshake: makes one handshake and returns what it saw.
        facts: of the refusal.
    """
    asked = _asked(facts)
    made: list[Experiment] = []

    async def make(changes: Mapping[ExperimentName, Opening]) -> None:
        seen = await asyncio.gather(*map(handshake, changes.values()))
        made.extend(_made(name, each) for name, each in zip(changes, seen, strict=True))

    if "again" in asked:
        await make({ExperimentName.AGAIN: opening})
        if not made[0].answer.same_as(answer_of(facts)):
            return tuple(made)
    if "secret" in asked and facts.profile.sends_secret:
        await make(_of_the_secret(opening, cleaned))
    if "demand" in asked and len(made) < BUDGET and _answer_never_changed(made, facts):
        await make(_of_the_request(opening, facts))
    return tuple(made)


def _made(name: ExperimentName, seen: Facts) -> Experiment:
    session = seen.session
    if session is None:
        return Experiment(name, answer_of(seen))
    return Experiment(name, answer_of(seen), session.commands, session.commands_seen)


def _of_the_secret(opening: Opening, cleaned: Secret | None) -> dict[ExperimentName, Opening]:
    changes = {
        ExperimentName.WITHOUT_CREDENTIALS: opening.with_secret(None),
        # Of the usual length, so that a backend that checks the length first does not reject it for
        # that.
        ExperimentName.WRONG_SECRET: opening.with_secret(Secret(secrets.token_hex(32))),
    }
    if cleaned is not None:
        changes[ExperimentName.CLEANED_SECRET] = opening.with_secret(cleaned)
    return changes


def _answer_never_changed(made: list[Experiment], facts: Facts) -> bool:
    """Tell whether no change so far has changed the answer."""
    return all(one.answer.same_as(answer_of(facts)) for one in made)


def _of_the_request(opening: Opening, facts: Facts) -> dict[ExperimentName, Opening]:
    """Return the one change of the request that the answer points to."""
    response = facts.upgrade.response if facts.upgrade else None
    words = _words(response, facts)
    bare_400 = response is not None and response.status == 400 and not response.body.strip()
    if facts.session is None and response is not None and response.status in (401, 500):
        return {}
    if _ABOUT_SUBPROTOCOL.search(words) or bare_400:
        named = tuple(dict.fromkeys(_NAMED.findall(words.lower().replace("sec-websocket", ""))))
        offered = named[:6] if _ABOUT_SUBPROTOCOL.search(words) and named else _USUAL
        return {ExperimentName.WITH_SUBPROTOCOL: opening.with_subprotocols(offered)}
    return {ExperimentName.WITH_ORIGIN: opening.with_origin()}


def _words(response: HttpResponse | None, facts: Facts) -> str:
    if facts.session is not None:
        return unescape(facts.session.close_reason)
    if response is None:
        return ""
    named = ", ".join(
        value for name, value in response.fields if name.lower() == "sec-websocket-protocol"
    )
    label = f" subprotocol {named}" if named else ""
    return unescape(f"{response.reason} {response.body[:2000]}{label}")
