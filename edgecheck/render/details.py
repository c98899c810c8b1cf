"""What was seen at each stage: the part of the screen that --verbose adds (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Attempt, Certificate, Facts, Failure, HttpResponse, SessionFacts
from ..wording.certificates import described
from ..wording.silence import again_in_words, picture, received
from ..wording.units import milliseconds
from .layout import labelled, line
from .styled import Text

_COLUMN = 12
# How many characters of a page are shown: its beginning is enough to recognise it.
_BODY = 400


def details(facts: Facts, width: int) -> list[Text]:
    """List what was seen at each stage that was reached."""
    parts = (
        ("config", _config(facts)),
        ("dns", _dns(facts)),
        ("tcp", _tcp(facts)),
        ("proxy", _proxy(facts)),
        ("tls", _tls(facts)),
        ("upgrade", _upgrade(facts)),
        ("session", _session(facts.session)),
        ("experiment", (f"{each.name.value}: {each.answer}" for each in facts.experiments)),
    )
    lines = [each for label, texts in parts for each in labelled(label, texts, width, _COLUMN)]
    return [line(("Seen in detail", "bold")), line(""), *lines, line("")] if lines else []


def _config(facts: Facts) -> Iterator[str]:
    if facts.config is not None:
        yield from (f"{name} from {origin}" for name, origin in facts.config.origins.items())


def _dns(facts: Facts) -> Iterator[str]:
    if facts.dns is None:
        return
    if facts.dns.literal:
        yield f"{facts.dns.host} is an address"
    else:
        yield from (f"{facts.dns.host} has {address}" for address in facts.dns.addresses)
    yield from _failure(facts.dns.failure)


def _tcp(facts: Facts) -> Iterator[str]:
    if facts.tcp is not None:
        yield from (_attempt(each, facts.tcp.port) for each in facts.tcp.attempts)
        if facts.tcp.kernel is not None and facts.tcp.kernel.sent:
            yield received(facts.tcp.kernel)
        yield from again_in_words(facts)
        if facts.tcp.path is not None:
            yield from picture(facts.tcp.path)


def _attempt(attempt: Attempt, port: int) -> str:
    failure = " ".join(_failure(attempt.failure))
    outcome = (
        "given up"
        if attempt.connected is None
        else "connected"
        if attempt.connected
        else failure or "failed"
    )
    place = f"{attempt.address} port {port}" if port else attempt.address
    return f"{place}: {outcome} after {milliseconds(attempt.duration_ms)}"


def _proxy(facts: Facts) -> Iterator[str]:
    if facts.proxy is not None:
        yield f"{facts.proxy.url} from {facts.proxy.origin}"
        yield from _answer(facts.proxy.response, facts.proxy.first_bytes, facts.proxy.failure)


def _tls(facts: Facts) -> Iterator[str]:
    if facts.tls is None:
        return
    agreed = " ".join(filter(None, (facts.tls.version, facts.tls.cipher)))
    yield f"server name {facts.tls.server_name}{', ' if agreed else ''}{agreed}"
    for number, certificate in enumerate(facts.tls.chain or ()):
        yield from _certificate(number, certificate)
    yield from _answer(None, facts.tls.first_bytes, facts.tls.failure)


def _certificate(number: int, certificate: Certificate) -> Iterator[str]:
    its = described(certificate)
    yield f"certificate {number}: {its.subject}"
    yield f"  issued by {its.issuer}"
    if its.ends:
        yield f"  valid from {its.begins} to {its.ends}"
    if its.names:
        yield f"  for {its.names}"
    if its.key:
        yield f"  key {its.key}"


def _upgrade(facts: Facts) -> Iterator[str]:
    if facts.upgrade is not None:
        yield from (f"> {each}" for each in facts.upgrade.request)
        yield from _answer(facts.upgrade.response, facts.upgrade.first_bytes, facts.upgrade.failure)


def _session(session: SessionFacts | None) -> Iterator[str]:
    if session is None:
        return
    yield from (f"< {message.kind.value}: {message.excerpt}" for message in session.messages)
    if session.close_code is not None:
        yield (
            f"closed by the {session.closed_by or 'network'}: {session.close_code} "
            f"{session.close_reason}"
        ).rstrip()
    if session.round_trip_ms is not None:
        yield f"ping answered after {milliseconds(session.round_trip_ms)}"
    yield from _failure(session.failure)


def _answer(
    response: HttpResponse | None, first_bytes: str, failure: Failure | None
) -> Iterator[str]:
    if response is not None:
        yield f"< {response.version} {response.status} {response.reason}".rstrip()
        yield from (f"< {name}: {value}" for name, value in response.fields)
        if response.body:
            yield f"< {response.body[:_BODY]}{'…' if len(response.body) > _BODY else ''}"
    if first_bytes:
        yield f"< {first_bytes}"
    yield from _failure(failure)


def _failure(failure: Failure | None) -> Iterator[str]:
    if failure is not None:
        exact = (
            failure.errno,
            failure.reason,
            failure.alert,
            f"verify code {failure.verify_code}" if failure.verify_code else None,
        )
        yield ", ".join(filter(None, (failure.kind.value, *exact, failure.message)))
