"""Why a name has no address: what each name server said, and names that only some places know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.diagnose import diagnose
from edgecheck.diagnose.verdict import Verdict
from edgecheck.facts import Facts, Kind, NameServer
from edgecheck.terms import Confidence, Side
from tests.sights import failed

NOT_FOUND, FAILURE, TIMEOUT = Kind.DNS_NOT_FOUND, Kind.DNS_FAILURE, Kind.DNS_TIMEOUT
CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
CLIENT, NETWORK, BACKEND = Side.CLIENT, Side.NETWORK, Side.BACKEND
HOST = "edge.acme.io"


def server(code: str | None = None, **more: Any) -> NameServer:
    """Return what a name server said; it answers for the root as well, unless it is said."""
    return NameServer("192.168.1.1", code, **{"root_code": "NOERROR", **more})


def unknown(kind: Kind, *servers: NameServer, host: str = HOST, **dns: Any) -> Facts:
    """Return a checkup whose name was not resolved, and what the name servers said then."""
    facts = failed(kind)
    assert facts.dns is not None
    return replace(
        facts,
        target=replace(facts.target, url=f"wss://{host}/edge/ws", host=host),
        dns=replace(facts.dns, host=host, servers=servers, **dns),
    )


def verdict(facts: Facts) -> Verdict:
    """Return the verdict."""
    found = diagnose(facts).verdict
    assert found is not None
    return found


SILENT = server(root_code=None)
# Facts; code, side and confidence; words of the title, the first step or the evidence.
NAMES = {
    "an alias of nothing": (
        unknown(NOT_FOUND, server("NXDOMAIN", aliases=(HOST, "old.acme.io"))),
        ("dns-alias-dangling", BACKEND, CERTAIN),
        f"alias chain: {HOST} → old.acme.io",
    ),
    "an alias that another server knows": (
        unknown(
            NOT_FOUND,
            server("NXDOMAIN", aliases=(HOST, "old.acme.io")),
            server("NOERROR", addresses=("198.51.100.4",)),
        ),
        ("dns-not-found", NETWORK, LIKELY),
        "NOERROR: 198.51.100.4",
    ),
    "a wrong signature, in numbers": (
        unknown(FAILURE, server("SERVFAIL", reasons=("6 bogus",))),
        ("dns-dnssec-bogus", BACKEND, LIKELY),
        "its reason: 6 bogus",
    ),
    "a wrong signature, by another question": (
        unknown(FAILURE, server("SERVFAIL", unchecked_code="NOERROR")),
        ("dns-dnssec-bogus", BACKEND, LIKELY),
        "asked not to check the signatures, it answers",
    ),
    "a zone that fails": (
        unknown(FAILURE, server("SERVFAIL")),
        ("dns-zone-broken", BACKEND, LIKELY),
        "asked for the root's name servers: NOERROR",
    ),
    "a zone that is waited for": (
        unknown(TIMEOUT, server()),
        ("dns-zone-broken", BACKEND, POSSIBLE),
        "no answer, although it answers for others",
    ),
    "a resolver that fails for all names": (
        unknown(FAILURE, server("SERVFAIL", root_code="SERVFAIL")),
        ("dns-failure", NETWORK, LIKELY),
        "SERVFAIL",
    ),
    "no server answers": (
        unknown(TIMEOUT, SILENT),
        ("dns-resolver-silent", NETWORK, CERTAIN),
        "name server 192.168.1.1: no answer",
    ),
    "nothing listens": (
        unknown(TIMEOUT, replace(SILENT, address="127.0.0.53", refused=True)),
        ("dns-resolver-silent", CLIENT, CERTAIN),
        "name server 127.0.0.53: nothing listens there",
    ),
    "this machine keeps the question back": (
        unknown(TIMEOUT, replace(SILENT, kept_back=True)),
        ("dns-resolver-silent", CLIENT, CERTAIN),
        "this machine's own firewall does not let DNS out",
    ),
    "one of two is silent": (
        unknown(TIMEOUT, SILENT, server("NOERROR", addresses=("198.51.100.4",))),
        ("dns-resolver-partly-silent", NETWORK, CERTAIN),
        "name server 192.168.1.1: no answer",
    ),
    "the answer came late": (
        unknown(TIMEOUT, SILENT, late_ms=7200.0),
        ("dns-timeout", NETWORK, LIKELY),
        "The resolver answered for edge.acme.io only after 7.2 s",
    ),
    "the answer is too long": (
        unknown(TIMEOUT, server("NOERROR", truncated=True, over_tcp=False)),
        ("dns-timeout", NETWORK, LIKELY),
        "truncated); it does not answer over TCP",
    ),
    "one type is not answered": (
        unknown(TIMEOUT, server("NOERROR", addresses=("198.51.100.4",), unanswered=("AAAA",))),
        ("dns-timeout", NETWORK, POSSIBLE),
        "The resolver does not answer for edge.acme.io for IPv6",
    ),
    "nobody was asked": (unknown(TIMEOUT), ("dns-timeout", NETWORK, LIKELY), ""),
    "the name has no address": (
        unknown(NOT_FOUND, server("NOERROR")),
        ("dns-no-address", BACKEND, LIKELY),
        "name server 192.168.1.1: NOERROR",
    ),
    "the alias has no address": (
        unknown(NOT_FOUND, server("NOERROR", aliases=(HOST, "old.acme.io"))),
        ("dns-no-address", BACKEND, LIKELY),
        "alias chain",
    ),
    "the aliases go round": (
        unknown(NOT_FOUND, server("NOERROR", aliases=(HOST, "b.acme.io", "EDGE.acme.io"))),
        ("dns-no-address", BACKEND, LIKELY),
        "is an alias that leads back to itself",
    ),
    # --- names that only some places know ---
    "a service of a cluster": (
        unknown(NOT_FOUND, host="edge.prod.svc.cluster.local"),
        ("dns-name-local-only", CLIENT, LIKELY),
        "Run the agent in the cluster",
    ),
    "a service of a compose project": (
        unknown(NOT_FOUND, server("NXDOMAIN"), host="backend", search=("corp.acme.io",)),
        ("dns-name-local-only", CLIENT, LIKELY),
        "search domains: corp.acme.io",
    ),
    "a local name about which the servers fail": (
        unknown(FAILURE, server("SERVFAIL", root_code="SERVFAIL"), host="edge.acme.internal"),
        ("dns-failure", NETWORK, LIKELY),
        "SERVFAIL",
    ),
    "a public name": (
        unknown(NOT_FOUND, server("NXDOMAIN")),
        ("dns-not-found", CLIENT, LIKELY),
        "name server 192.168.1.1: NXDOMAIN",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_the_name_servers_say_is_judged(name: str) -> None:
    """Who has to act depends on which server failed, and how."""
    facts, (code, side, confidence), words = NAMES[name]
    found = verdict(facts)

    assert (found.code, found.side, found.confidence) == (code, side, confidence)
    assert any(words in line for line in (found.title, found.remedies[0], *found.evidence))


def test_an_address_that_is_none_leads_nowhere_private() -> None:
    """In a report that somebody wrote by hand."""
    facts = failed(Kind.TCP_TIMEOUT)
    assert facts.dns is not None
    here, by_hand = (
        verdict(replace(facts, dns=replace(facts.dns, host=HOST, addresses=(address,)))).code
        for address in ("10.0.0.1", "by hand")
    )

    assert (here, by_hand) == ("dns-sinkhole", "tcp-timeout")


def test_a_line_of_the_hosts_file_is_to_be_removed() -> None:
    """Where it leads a public name to this machine."""
    facts = failed(Kind.TCP_REFUSED)
    assert facts.dns is not None
    local = replace(facts.dns, host=HOST, addresses=("127.0.0.1",), hosts_line="/etc/hosts:3")
    found = verdict(replace(facts, dns=local))

    assert (found.code, found.side) == ("dns-sinkhole", CLIENT)
    assert found.remedies[0].endswith(
        "from line 3 of /etc/hosts, and look again: `edgecheck doctor`."
    )
