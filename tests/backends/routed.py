"""A routed network for tests: client, gateway, provider, edge and server, a namespace each.

The gateway translates the client's IPv4 addresses (NAT). Rules of iptables make the stories, and
their counters tell whether the story happened.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backends.namespace import Namespace
from tests.conftest import lacking, require_program
from tests.processes import started
from tests.timing import PATIENCE

NODES = ("client", "gateway", "provider", "edge", "server")
CLIENT, GATEWAY = "192.168.77.2", "192.168.77.1"
PROVIDER, EDGE, SERVER = "198.51.100.1", "192.0.2.2", "203.0.113.10"
CLIENT6, GATEWAY6, SERVER6 = "2001:db8:77::2", "2001:db8:77::1", "2001:db8:3::10"
# Two resolvers, both at the provider.
RESOLVERS = ("198.51.100.1", "198.51.100.3")
# Another address on the server's own network, at which nobody is.
NOBODY_THERE = "203.0.113.77"

# Of each link: the nodes at its ends, and their addresses.
_LINKS = (
    ("client", CLIENT, CLIENT6, "gateway", GATEWAY, GATEWAY6),
    ("gateway", "198.51.100.2", "2001:db8:1::2", "provider", PROVIDER, "2001:db8:1::1"),
    ("provider", "192.0.2.1", "2001:db8:2::1", "edge", EDGE, "2001:db8:2::2"),
    ("edge", "203.0.113.1", "2001:db8:3::1", "server", SERVER, SERVER6),
)
_PACKETS = re.compile(r"^\[(\d+):\d+\] -A .*--comment (\S+)", re.MULTILINE)
# Who no privilege has: nobody, and the group of that name (setpriv takes numbers).
UNPRIVILEGED = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")


@dataclass(frozen=True)
class Routed:
    """The namespaces by their names in `NODES`."""

    nodes: dict[str, Namespace]

    def __getitem__(self, name: str) -> Namespace:
        return self.nodes[name]

    def run(self, node: str, *words: str) -> str:
        """Run a command in a node, and return what it prints."""
        done = subprocess.run(
            [*self[node].inside, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    @contextmanager
    def rule(
        self, node: str, *words: str, six: bool = False, table: str = "filter"
    ) -> Iterator[Rule]:
        """Add a rule of iptables for a while.

        Args:
            node: where.
            words: the rule, its chain first.
            six: for IPv6.
            table: of iptables.
        """
        program = "ip6tables" if six else "iptables"
        name = f"story-{_next_number()}"
        chain, *rest = words
        rule = ("-w", "-t", table, "-I", chain, *rest, "-m", "comment", "--comment", name)
        self.run(node, program, *rule)
        try:
            yield Rule(self, node, program, table, name)
        finally:
            self.run(node, program, *(word if word != "-I" else "-D" for word in rule))


@dataclass(frozen=True)
class Rule:
    """A rule of iptables, and how many packets it has met."""

    network: Routed
    node: str
    program: str
    table: str
    name: str

    @property
    def packets(self) -> int:
        """How many packets it has met so far."""
        shown = self.network.run(self.node, f"{self.program}-save", "-c", "-t", self.table)
        return sum(int(count) for count, name in _PACKETS.findall(shown) if name == self.name)


_numbers = iter(range(1_000_000))


def _next_number() -> int:
    return next(_numbers)


@contextmanager
def routed() -> Iterator[Routed]:
    """Make the network, and remove it with all that is in it.

    Skips the test if this machine cannot make one.
    """
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for program in ("iptables", "setpriv"):
        require_program(program)
    ip, run = require_program("ip"), f"edgecheck-{os.getpid()}"
    network = Routed({name: Namespace(f"{run}-{name}", ip) for name in NODES})
    with ExitStack() as stack:
        for node in network.nodes.values():
            _add(node)
            stack.callback(_remove, node)
        _connect(network)
        yield network


def _add(node: Namespace) -> None:
    done = subprocess.run(
        [node.program, "netns", "add", node.name],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode != 0:
        lacking(f"no network namespace can be made here: {done.stderr.strip()}")
    node.ip("link", "set", "lo", "up")


def _remove(node: Namespace) -> None:
    subprocess.run([node.program, "netns", "del", node.name], check=False, timeout=PATIENCE)
    shutil.rmtree(Path("/etc/netns") / node.name, ignore_errors=True)


def _connect(network: Routed) -> None:
    for near, near4, near6, far, far4, far6 in _LINKS:
        there, back = f"to-{far}", f"to-{near}"
        network[near].ip(
            "link", "add", there, "type", "veth", "peer", "name", back, "netns", network[far].name
        )
        for node, device, four, six in ((near, there, near4, near6), (far, back, far4, far6)):
            network[node].ip("address", "add", f"{four}/24", "dev", device)
            network[node].ip("address", "add", f"{six}/64", "dev", device, "nodad")
            network[node].ip("link", "set", device, "up")
    network["provider"].ip("address", "add", f"{RESOLVERS[1]}/24", "dev", "to-gateway")
    for name in ("gateway", "provider", "edge"):
        for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            network.run(name, "sysctl", "-qw", f"{key}=1")
    # One address gets six ICMP errors at once and one a second after that (icmp(7)): what a router
    # says in one test would depend on what the tests before it asked.
    for name in network.nodes:
        for key in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
            network.run(name, "sysctl", "-qw", f"{key}=0")
    _route(network)
    network.run(
        "gateway",
        "iptables",
        "-w",
        "-t",
        "nat",
        "-A",
        "POSTROUTING",
        "-o",
        "to-provider",
        "-j",
        "MASQUERADE",
    )


# Sends packets that each router has to drop, until it is ended.
_EXHAUST = """
import contextlib, itertools, socket, sys, time
for hops in itertools.cycle((1, 2, 3)):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
        sock.sendto(b"x", (sys.argv[1], 40000))
    time.sleep(0.005)
"""


@contextmanager
def exhausted_until(network: Routed, rule: Rule) -> Iterator[None]:
    """Limit what routers say, as Linux does, and use it up until a rule meets its first packet."""
    routers = ("gateway", "provider", "edge")
    for name in routers:
        network.run(name, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=1000")
    command = [*network["client"].inside, sys.executable, "-c", _EXHAUST, SERVER]
    over = threading.Event()
    with started(command) as process:

        def watch() -> None:
            while not rule.packets and not over.wait(0.01):
                pass
            process.kill()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join(PATIENCE)
            process.kill()
            for name in routers:
                network.run(name, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")


def _route(network: Routed) -> None:
    """Each node sends what it does not know towards the server, and what comes back, back."""
    towards = {near: (far4, far6) for near, _, _, _, far4, far6 in _LINKS}
    back = {far: (near4, near6) for _, near4, near6, far, _, _ in _LINKS}
    for name in ("client", "gateway", "provider"):
        four, six = towards[name]
        network[name].ip("route", "add", "default", "via", four)
        network[name].ip("-6", "route", "add", "default", "via", six)
    four, six = back["server"]
    # The server's gateway is the edge.
    network["server"].ip("route", "add", "default", "via", "203.0.113.1")
    network["server"].ip("-6", "route", "add", "default", "via", "2001:db8:3::1")
    network["edge"].ip("route", "add", "default", "via", "192.0.2.1")
    network["edge"].ip("-6", "route", "add", "default", "via", "2001:db8:2::1")
    network["provider"].ip("-6", "route", "add", "2001:db8:77::/64", "via", "2001:db8:1::2")


def name_resolvers(network: Routed, text: str, hosts: str = "127.0.0.1 localhost\n") -> None:
    """Write the client's resolv.conf(5) and hosts(5): see ip-netns(8)."""
    files = Path("/etc/netns") / network["client"].name
    files.mkdir(parents=True, exist_ok=True)
    (files / "resolv.conf").write_text(text)
    (files / "nsswitch.conf").write_text("hosts: files dns\n")
    (files / "hosts").write_text(hosts)


def unprivileged(network: Routed, *command: str | Path) -> Sequence[str]:
    """Return the command that runs another one at the client as nobody."""
    return (*network["client"].inside, *UNPRIVILEGED, *map(str, command))
