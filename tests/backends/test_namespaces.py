"""Causes that no server on loopback can show: resolvers, routes and distance.

They are tested in a network namespace.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import NotOnLoopback
from edgecheck.terms import Severity
from tests.backends.certificates import Authority
from tests.backends.conftest import Doctor, command_of, doctor_inside, tls_of
from tests.backends.namespace import RESOLVER, RESOLVER_SECONDS, Namespace, namespace
from tests.backends.servers import environment, is_served, python, serving
from tests.conftest import lacking
from tests.processes import started
from tests.timing import AMPLE_LIMIT, until

# In milliseconds. Less than the second after which TCP sends its first packet again.
ROUND_TRIP = 900
# The backend's port on every IPv4 address, its port on ::1 only, a port where nothing listens,
# and one that is taken and answers nothing.
PORT, PORT6, NOTHING, MUTE = 8443, 8446, 8444, 8445

# Names below .internal are private, and may lead to private addresses (ICANN, 2024); example.com is
# public.
NAMES = {
    "edge.internal": {"A": ["127.0.0.1"]},
    "edge.example.com": {"A": ["127.0.0.1"]},
    "zero.example.com": {"A": ["0.0.0.0"]},
    "private.example.com": {"A": ["10.9.9.9"]},
    "empty.internal": {},
    "only6.internal": {"AAAA": ["::1"]},
    "": {"NS": "SERVFAIL"},  # this resolver fails for the root, too
    "failing.internal": {"A": "SERVFAIL", "AAAA": "SERVFAIL"},
    "silent.internal": {"A": "SILENCE", "AAAA": "SILENCE"},
    "half-failing.internal": {"A": ["127.0.0.1"], "AAAA": "SERVFAIL"},
    "both.internal": {"A": ["127.0.0.1"], "AAAA": ["::1"]},
    "lost6.internal": {"A": ["127.0.0.1"], "AAAA": ["2001:db8::2"]},
    "unreachable6.internal": {"A": ["127.0.0.1"], "AAAA": ["2001:db8:9::9"]},
    "far.internal": {"A": ["10.9.0.2"]},
}
UNREACHABLE, PROHIBITED, LOST = "10.9.9.9", "10.9.9.10", "10.9.8.2"

# For each entry of the catalogue that needs a namespace, what causes it here: an address, and
# options.
CAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dns-not-found": ("wss://nowhere.agents-cloud.net", ()),
    "dns-name-local-only": ("wss://nowhere.internal", ()),
    "dns-failure": ("wss://failing.internal", ()),  # the root as well, see NAMES
    "dns-no-address": ("wss://empty.internal", ()),
    "dns-timeout": ("wss://silent.internal", ("--timeout", "0.5")),
    "dns-sinkhole": (f"wss://edge.example.com:{NOTHING}", ()),
    "tcp-unreachable": (f"wss://{UNREACHABLE}", ()),
    "tcp-blocked": (f"wss://{PROHIBITED}", ()),
    "tcp-family-broken": (f"wss://both.internal:{PORT}", ()),
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Namespace]:
    """A namespace with a resolver, uvicorn, routes that lead nowhere, and a lossy device."""
    folder = tmp_path_factory.mktemp("namespace")
    issued = authority.issue("namespace", names=tuple(filter(None, NAMES)))
    with namespace() as made:
        made.ip("route", "add", "unreachable", UNREACHABLE)
        made.ip("route", "add", "prohibit", PROHIBITED)
        # Nobody listens at the other end of this pair, and the neighbour's address is fixed, so
        # that nobody asks for it.
        made.ip("link", "add", "lost0", "type", "veth", "peer", "name", "lost1")
        for device in ("lost0", "lost1"):
            made.ip("link", "set", device, "up")
        made.ip("address", "add", "10.9.8.1/24", "dev", "lost0")
        made.ip("address", "add", "2001:db8::1/64", "dev", "lost0", "nodad")
        for neighbour in (LOST, "2001:db8::2"):
            made.ip(
                "neighbour",
                "add",
                neighbour,
                "lladdr",
                "02:00:00:00:00:02",
                "dev",
                "lost0",
                "nud",
                "permanent",
            )
        resolver = python("tests.backends.applications.resolver", RESOLVER, json.dumps(NAMES))
        tls = tls_of("uvicorn", issued)
        on4 = command_of("uvicorn", PORT, "--host", "0.0.0.0", *tls)
        on6 = command_of("uvicorn", PORT6, "--host", "::1", *tls)
        with (
            running(made, resolver, folder / "resolver.log"),
            serving(on4, PORT, folder / "on4.log", inside=made.inside),
            serving(on6, PORT6, folder / "on6.log", inside=made.inside),
        ):
            until(lambda: is_served(53, "udp", made.inside))
            yield made


@contextmanager
def running(network: Namespace, command: list[str], log: Path) -> Iterator[None]:
    """Run a program inside, while the test runs."""
    with (
        log.open("wb") as output,
        started(
            [*network.inside, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
            lasting=True,
            start_new_session=True,
        ) as process,
    ):
        yield
        assert process.poll() is None, log.read_text()


@pytest.fixture
def doctor(network: Namespace, tmp_path: Path, authority: Authority) -> Doctor:
    """Run the command line inside the namespace, with the test's own authority as trusted."""
    inside = doctor_inside(tmp_path, *network.inside)

    def examine(url: str, *arguments: object, **more: object) -> object:
        trusting = ("--ca-file", authority.ca_file)
        return inside(url, *trusting, *arguments, **more)  # type: ignore[arg-type]

    return examine  # type: ignore[return-value]


def test_every_entry_that_needs_a_namespace_has_a_cause_here() -> None:
    """No other entry has a cause here."""
    wanted = {
        code
        for code, problem in PROBLEMS.items()
        if isinstance(problem.reproduction, NotOnLoopback)
        and "network namespace" in problem.reproduction.reason
    }

    assert set(CAUSES) == wanted


@pytest.mark.parametrize("code", CAUSES)
def test_every_cause_gives_its_code(doctor: Doctor, code: str) -> None:
    """An error is the verdict; a warning is a finding of a healthy run."""
    url, options = CAUSES[code]
    found = doctor(url, *options)

    if PROBLEMS[code].severity is Severity.ERROR:
        found.assert_verdict(code)
        assert set(found.findings) <= set(found.verdict["alternatives"])  # its symptoms
    else:
        found.assert_healthy(**{code.replace("-", "_"): "warning"})


def test_a_name_that_resolves_is_healthy(doctor: Doctor) -> None:
    """The resolver of the namespace is asked, and there are no findings."""
    for name, port, address in (
        ("edge.internal", PORT, "127.0.0.1"),
        ("only6.internal", PORT6, "::1"),
    ):
        found = doctor(f"wss://{name}:{port}")

        found.assert_healthy()
        assert found.facts("dns")["addresses"] == [address]


@pytest.mark.parametrize(
    ("name", "option", "code"),
    [
        ("edge.internal", "-6", "dns-no-address"),
        ("only6.internal", "-4", "dns-no-address"),
        ("nowhere.agents-cloud.net", "-4", "dns-not-found"),
        ("failing.internal", "-6", "dns-failure"),
    ],
)
def test_one_family_is_asked_for(doctor: Doctor, name: str, option: str, code: str) -> None:
    """A name without an address of that family still exists."""
    doctor(f"wss://{name}:{PORT}", option).assert_verdict(code, "dns", "certain", "likely")


def test_a_silent_resolver_is_told_by_whoever_gives_up_first(doctor: Doctor) -> None:
    """After its own waiting time, glibc reports a temporary failure."""
    doctor("wss://silent.internal", "--timeout", RESOLVER_SECONDS / 6).assert_verdict(
        "dns-timeout", "dns", "likely"
    )
    doctor("wss://silent.internal", "--timeout", AMPLE_LIMIT).assert_verdict(
        "dns-failure", "dns", "likely"
    )


def test_half_an_answer_is_enough(doctor: Doctor) -> None:
    """The question for IPv6 fails, and the one for IPv4 does not."""
    doctor(f"wss://half-failing.internal:{PORT}").assert_healthy()


@pytest.mark.parametrize("name", ["edge.example.com", "zero.example.com"])
def test_a_public_name_that_leads_here_is_a_sinkhole_unless_it_works(
    doctor: Doctor, name: str
) -> None:
    """If it is refused, it is the verdict; if it is healthy, it is split horizon and a warning."""
    found = doctor(f"wss://{name}:{NOTHING}")
    found.assert_verdict("dns-sinkhole", "dns", "likely")
    assert "tcp-refused" in found.verdict["alternatives"]
    doctor(f"wss://{name}:{PORT}").assert_healthy(dns_sinkhole="warning")


def test_a_public_name_that_leads_to_a_private_address_is_a_sinkhole(doctor: Doctor) -> None:
    """The address cannot be reached from here."""
    found = doctor("wss://private.example.com")

    found.assert_verdict("dns-sinkhole", "dns", "likely")
    assert "tcp-unreachable" in found.verdict["alternatives"]


@pytest.mark.parametrize("address", [UNREACHABLE, "192.0.2.1", "[2001:db8:9::9]"])
def test_an_address_without_a_way_is_unreachable(doctor: Doctor, address: str) -> None:
    """One route says so, and for the other address there is none."""
    doctor(f"wss://{address}").assert_verdict("tcp-unreachable", "tcp", "likely")


def test_packets_that_vanish_are_a_timeout(doctor: Doctor) -> None:
    """The verdict comes after the limit of the stage, and not before."""
    found = doctor(f"wss://{LOST}", "--timeout", 1)

    found.assert_verdict("tcp-timeout", "tcp", "possible")  # no router is there to say a word
    assert found.facts("tcp")["attempts"][0]["duration_ms"] >= 1000


@pytest.mark.parametrize(
    ("name", "port", "address"),
    [
        ("both.internal", PORT, "127.0.0.1"),  # IPv6 is refused
        ("both.internal", PORT6, "::1"),  # IPv4 is refused, and was not needed
        ("lost6.internal", PORT, "127.0.0.1"),
    ],
)
def test_a_broken_family_costs_little_and_is_told(
    doctor: Doctor, name: str, port: int, address: str
) -> None:
    """Neither a refusal nor lost packets are waited for until the limit."""
    found = doctor(f"wss://{name}:{port}", "--timeout", AMPLE_LIMIT)

    found.assert_healthy(tcp_family_broken="warning")
    assert found.facts("tcp")["address"] == address
    assert found.report["total_ms"] < AMPLE_LIMIT * 1000 / 2


def test_a_machine_without_a_family_is_no_fault_of_the_name(doctor: Doctor) -> None:
    """On a machine without IPv6, no client tries the address that it cannot reach."""
    doctor(f"wss://unreachable6.internal:{PORT}").assert_healthy()


@contextmanager
def distance(network: Namespace, milliseconds: float, log: Path) -> Iterator[None]:
    """Put 10.9.0.2 at this distance; connections to it reach this end again."""
    try:
        network.ip("tuntap", "add", "dev", "far0", "mode", "tun")
    except AssertionError as error:
        lacking(f"no TUN device can be made here: {error}")
    try:
        network.ip("address", "add", "10.9.0.1/24", "dev", "far0")
        network.ip("link", "set", "far0", "up")
        link = [sys.executable, "-m", "tests.backends.applications.link", "far0", str(milliseconds)]
        with running(network, link, log):
            network.wait_for("LOWER_UP", "link", "show", "far0")
            yield
    finally:
        network.ip("tuntap", "del", "dev", "far0", "mode", "tun")


def test_a_healthy_run_over_tls_takes_four_round_trips(
    network: Namespace, doctor: Doctor, tmp_path: Path
) -> None:
    """TCP, TLS 1.3, upgrade and ping take one each, and the machine less than another one.

    A busy machine takes more now and then, and one round trip too many would be there each time.
    """
    spent: list[float] = []

    def is_quick() -> bool:
        found = doctor(f"wss://far.internal:{PORT}")
        found.assert_healthy()
        times = {stage["stage"]: stage["duration_ms"] for stage in found.report["stages"]}
        for stage in ("tcp", "tls", "upgrade", "session"):
            assert times[stage] >= ROUND_TRIP, "the way is not as long as it should be"
        spent.append((found.report["total_ms"] - times["dns"]) / ROUND_TRIP)
        return spent[-1] < 5

    with distance(network, ROUND_TRIP, tmp_path / "link.log"):
        until(is_quick, seen=lambda: spent)


def test_a_silence_that_is_far_away_is_not_sure(
    network: Namespace, doctor: Doctor, tmp_path: Path
) -> None:
    """Looks into it end before an answer can be back, so that a lost one is not told from none."""
    command = python("tests.backends.applications.mute", MUTE)
    with (
        distance(network, ROUND_TRIP, tmp_path / "link.log"),
        serving(command, MUTE, tmp_path / "mute.log", inside=network.inside),
    ):
        found = doctor(f"wss://far.internal:{MUTE}", "--timeout", 3)

    found.assert_verdict("tls-timeout", "tls", "possible")
    assert "tcp-stalled" in found.verdict["alternatives"]
