"""A name that is not resolved: each of this machine's name servers says why.

The client of a routed network asks two servers at its provider, whose own rules of iptables prove
who was asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import NotOnLoopback
from tests.backends.certificates import Authority
from tests.backends.routed import RESOLVERS, SERVER, Routed, name_resolvers, routed
from tests.backends.servers import is_served, python
from tests.backends.test_namespaces import running
from tests.backends.test_silence import examine, readable
from tests.timing import until

FIRST, SECOND = RESOLVERS
HOST = "edge.agents-cloud.net"
FOUND = {"A": [SERVER]}
ONE = f"nameserver {FIRST}\noptions timeout:1 attempts:1\n"
BOTH = f"nameserver {FIRST}\nnameserver {SECOND}\noptions timeout:5 attempts:1\n"

# Less than the resolver waits for both addresses of a name, whatever the patience of the tests.
WITHIN = ("--timeout", "1.5")

# What the first server says of the names, what the host is, and the verdict: code and side.
STORIES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no such name": ({}, HOST, "dns-not-found", "client"),
    "a single label": ({}, "backend", "dns-name-local-only", "client"),
    "a name of Docker": ({}, "host.docker.internal", "dns-name-local-only", "client"),
    "an alias of nothing": (
        {HOST: {"CNAME": "gone.apps.example.net.", "code": "NXDOMAIN"}},
        HOST,
        "dns-alias-dangling",
        "backend",
    ),
    "a zone whose servers are gone": (
        {HOST: {"code": "SERVFAIL", "reason": 22}},
        HOST,
        "dns-zone-broken",
        "backend",
    ),
    "a resolver that waits for a zone": (
        {HOST: {"silent": True}},
        HOST,
        "dns-zone-broken",
        "backend",
    ),
    "a bogus signature with its reason": (
        {HOST: {"code": "SERVFAIL", "reason": 6}},
        HOST,
        "dns-dnssec-bogus",
        "backend",
    ),
    "a bogus signature without a reason": (
        {HOST: {"bogus": True, **FOUND}},
        HOST,
        "dns-dnssec-bogus",
        "backend",
    ),
    "a resolver that refuses all": ({"*": {"code": "REFUSED"}}, HOST, "dns-failure", "network"),
    "a resolver that fails for all": ({"*": {"code": "SERVFAIL"}}, HOST, "dns-failure", "network"),
    "a resolver that says nothing": (
        {"*": {"silent": True}},
        HOST,
        "dns-resolver-silent",
        "network",
    ),
    "a filter that says so": (
        {HOST: {"code": "NXDOMAIN", "reason": 15}},
        HOST,
        "dns-not-found",
        "network",
    ),
    "no address": ({HOST: {}}, HOST, "dns-no-address", "backend"),
    "aliases in a circle": (
        {HOST: {"CNAME": "b.agents-cloud.net.", "then": f"{HOST}."}},
        HOST,
        "dns-no-address",
        "backend",
    ),
    "silence about IPv6 alone": (
        {HOST: {**FOUND, "mute": "AAAA"}},
        HOST,
        "dns-timeout",
        "network",
    ),
    "an answer that is too long for UDP": (
        {HOST: {**FOUND, "cut": True}},
        HOST,
        "dns-failure",
        "network",
    ),
}


@pytest.fixture(scope="module")
def folder(authority: Authority) -> Iterator[Path]:
    """A folder that nobody may read, with the certificate that the probe trusts."""
    with readable(authority) as made:
        yield made


@pytest.fixture(scope="module")
def network() -> Iterator[Routed]:
    """The routed network; each test says which name servers its client has."""
    with routed() as made:
        yield made


@contextmanager
def answering(
    network: Routed,
    folder: Path,
    address: str,
    names: dict[str, Any],
) -> Iterator[None]:
    """Run a name server at the provider."""
    command = python("tests.backends.applications.name_server", address, json.dumps(names))
    log = folder / f"{address}.log"
    inside = network["provider"].inside
    with running(network["provider"], command, log):
        until(lambda: is_served(53, "udp", inside), seen=log.read_text)
        yield


@pytest.mark.parametrize("name", STORIES)
def test_each_failure_is_told_from_the_others(
    network: Routed,
    folder: Path,
    name: str,
) -> None:
    """Code and turn follow from what the server says; it alone is asked."""
    names, host, code, side = STORIES[name]
    name_resolvers(network, ONE)
    with (
        answering(network, folder, FIRST, names),
        network.rule("gateway", "FORWARD", "-p", "udp", "--dport", "53", "-d", FIRST) as asked,
        network.rule("gateway", "FORWARD", "-o", "to-provider", "!", "-d", FIRST) as others,
    ):
        found = examine(network, folder, f"wss://{host}:8443", *WITHIN)

        assert asked.packets > 0
        assert others.packets == 0
    assert found.code == code
    assert found.verdict["side"] == side
    assert found.facts("dns")["servers"][0]["address"] == FIRST


def test_every_entry_that_needs_name_servers_has_a_story_here() -> None:
    """No entry is only said to be caused here."""
    wanted = {
        code
        for code, problem in PROBLEMS.items()
        if isinstance(problem.reproduction, NotOnLoopback)
        and problem.reproduction.reason.startswith("name servers")
    }

    assert wanted == {code for _, _, code, _ in STORIES.values()} & wanted | {
        "dns-resolver-partly-silent"
    }


def test_one_of_two_servers_that_is_silent_is_named(
    network: Routed,
    folder: Path,
) -> None:
    """The look-up waits for the first until the limit, and the second has the address."""
    name_resolvers(network, BOTH)
    with ExitStack() as stack:
        stack.enter_context(answering(network, folder, SECOND, {HOST: FOUND}))
        dropped = stack.enter_context(
            network.rule("provider", "INPUT", "-p", "udp", "-d", FIRST, "-j", "DROP")
        )
        found = examine(network, folder, f"wss://{HOST}:8443", *WITHIN)

        assert dropped.packets > 0
    assert found.code == "dns-resolver-partly-silent"
    assert FIRST in found.verdict["title"]
    assert [one["code"] for one in found.facts("dns")["servers"]] == [None, "NOERROR"]


def test_a_silent_server_beside_a_name_that_does_not_exist_is_a_warning(
    network: Routed,
    folder: Path,
) -> None:
    """What the other says is the verdict."""
    name_resolvers(network, BOTH)
    with (
        answering(network, folder, SECOND, {}),
        network.rule("provider", "INPUT", "-p", "udp", "-d", FIRST, "-j", "DROP"),
    ):
        found = examine(network, folder, f"wss://{HOST}:8443", *WITHIN)

    assert found.code == "dns-not-found"
    assert found.findings["dns-resolver-partly-silent"] == "warning"


@pytest.mark.parametrize("files", range(12, 16))
def test_a_look_without_files_does_not_lose_the_verdict(
    network: Routed, folder: Path, files: int
) -> None:
    """Each question to a name server takes a file, and the verdict was known before."""
    name_resolvers(network, BOTH)
    with answering(network, folder, FIRST, {}), answering(network, folder, SECOND, {}):
        found = examine(network, folder, f"wss://{HOST}:8443", *WITHIN, files=files)

    assert found.code == "dns-not-found"


def test_a_late_answer_is_a_timeout(network: Routed, folder: Path) -> None:
    """The server answers after the limit of the stage, and before that of the look."""
    name_resolvers(network, f"nameserver {FIRST}\n")
    with answering(network, folder, FIRST, {HOST: {**FOUND, "seconds": 0.6}}):
        # On a busy machine the look may end before the server's answer, too: then once more.
        for _ in range(10):
            found = examine(network, folder, f"wss://{HOST}:8443", "--timeout", "0.3")
            assert found.code == "dns-timeout"
            if found.facts("dns")["servers"][0]["code"]:
                break

    assert found.facts("dns")["servers"][0]["code"] == "NOERROR"
