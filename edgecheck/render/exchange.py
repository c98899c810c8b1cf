"""What was sent and received, as lines of text for reports that are passed on (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, HttpResponse, SessionFacts
from ..frozen import dataclass
from ..wording.units import milliseconds

# How many characters of a page are shown; the JSON report has all that was kept.
_BODY = 2000


@dataclass(frozen=True)
class Exchange:
    """What one side sent.

    Args:
        title: what it is.
        lines: text from outside, which was escaped when it entered the facts.
    """

    title: str
    lines: tuple[str, ...]


def exchanges(facts: Facts) -> list[Exchange]:
    """Return all that was sent and received, in order; the facts do not hold the secret."""
    proxy, tls, upgrade = facts.proxy, facts.tls, facts.upgrade
    found = []
    if proxy is not None:
        found.append(
            Exchange("The proxy's answer", (*_response(proxy.response), *_first(proxy.first_bytes)))
        )
    if tls is not None:
        found.append(Exchange("What came in place of TLS", _first(tls.first_bytes)))
    if upgrade is not None:
        found.append(Exchange("Request", upgrade.request))
        found.append(
            Exchange("Response", (*_response(upgrade.response), *_first(upgrade.first_bytes)))
        )
    if facts.session is not None:
        found.append(Exchange("After the socket opened", tuple(_session(facts.session))))
    return [each for each in found if each.lines]


def _response(response: HttpResponse | None) -> tuple[str, ...]:
    if response is None:
        return ()
    head = [
        f"{response.version} {response.status} {response.reason}".rstrip(),
        *(f"{name}: {value}" for name, value in response.fields),
    ]
    if response.body:
        head += ["", response.body[:_BODY] + ("…" if len(response.body) > _BODY else "")]
    return tuple(head)


def _first(received: str) -> tuple[str, ...]:
    return (received,) if received else ()


def _session(session: SessionFacts) -> Iterator[str]:
    for message in session.messages:
        yield f"{message.kind.value}: {message.excerpt}" + (
            f" ({message.detail})" if message.detail else ""
        )
    if session.messages_seen > len(session.messages):
        yield f"and {session.messages_seen - len(session.messages)} more"
    if session.round_trip_ms is not None:
        yield f"the pong, after {milliseconds(session.round_trip_ms)}"
    if session.close_code is not None:
        yield (
            f"closed by the {session.closed_by or 'network'}: {session.close_code} "
            f"{session.close_reason}"
        ).rstrip()
