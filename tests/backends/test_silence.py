"""Silence gets a cause: a routed network in which packets are dropped at every place.

Each story is caused by rules of iptables, whose own counters prove that it happened. The probe runs
as nobody.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import NotOnLoopback
from edgecheck.wire.machine import counters
from tests.backends.applications.behaviour import AGENTS, SECRET
from tests.backends.certificates import Authority
from tests.backends.conftest import Examination, command_of, examination, tls_of
from tests.backends.routed import (
    GATEWAY6,
    NOBODY_THERE,
    RESOLVERS,
    SERVER,
    SERVER6,
    Routed,
    Rule,
    exhausted_until,
    name_resolvers,
    routed,
    unprivileged,
)
from tests.backends.servers import Server, python, serving
from tests.doctor import COMMAND, bare_environ
from tests.processes import started
from tests.timing import PATIENCE, seconds, until

PORT, NOTHING, PLAIN, LATE_PORT, LARGE_PORT = 8443, 8444, 8080, 8081, 8082
LATE = Path(__file__).with_name("late_backend.py")
LARGE = Path(__file__).with_name("large_backend.py")
NAME, NAME6 = "edge.internal", "edge6.internal"
URL, PLAIN_URL = f"wss://{NAME}:{PORT}", f"ws://{NAME}:{PLAIN}"
# Most of what happens here is waiting for it. The looks' own limits are fixed.
LIMIT = seconds(1.5)
# A secret with which the request fills more than one packet.
LONG_SECRET = SECRET + "Zq7xV" * 260

TO = ("-p", "tcp", "--dport", str(PORT))
FROM = ("-p", "tcp", "--sport", str(PORT))
DROP = ("-j", "DROP")
RESET = ("-j", "REJECT", "--reject-with", "tcp-reset")
NO_WEB = ("-p", "tcp", "-m", "multiport", "!", "--dports", "80,443")
WITH_STATUS = ("-m", "string", "--algo", "bm", "--string", "101 Switching")
WITH_PONG = ("-m", "string", "--algo", "bm", "--string", '"pong"')
WITH_NAME = ("-m", "string", "--algo", "bm", "--string", NAME)


def larger(size: int) -> tuple[str, ...]:
    """Match packets of more bytes than these."""
    return "-m", "length", "--length", f"{size + 1}:"


@dataclass(frozen=True)
class Story:
    """What happens, and what it has to be called.

    Args:
        rules: of iptables, each the node and the words.
        code, side: of the verdict.
        url: of the backend.
        secret: of the agent.
        six: the rules are for IPv6.
        options: of the command line.
    """

    rules: tuple[tuple[str, ...], ...]
    code: str
    side: str
    url: str = URL
    secret: str = SECRET
    six: bool = False
    options: tuple[str, ...] = ()


STORIES = {
    "its own firewall lets nothing out": Story(
        (("client", "OUTPUT", *TO, *DROP),), "tcp-dropped-locally", "client"
    ),
    "its own firewall drops the answers": Story(
        (("client", "INPUT", *FROM, *DROP),), "tcp-dropped-locally", "client"
    ),
    "its own firewall refuses": Story(
        (("client", "OUTPUT", *TO, "-j", "REJECT"),), "tcp-blocked", "client"
    ),
    "the gateway drops the port": Story(
        (("gateway", "FORWARD", *TO, *DROP),), "tcp-dropped-locally", "network"
    ),
    "the gateway drops all": Story(
        (("gateway", "FORWARD", "-d", SERVER, *DROP),), "tcp-dropped-locally", "network"
    ),
    "the gateway refuses": Story(
        (("gateway", "FORWARD", *TO, "-j", "REJECT"),), "tcp-refused", "network"
    ),
    "its own firewall says that the host cannot be reached": Story(
        (("client", "OUTPUT", *TO, "-j", "REJECT", "--reject-with", "icmp-host-unreachable"),),
        "tcp-blocked",
        "client",
    ),
    "its own firewall resets": Story((("client", "OUTPUT", *TO, *RESET),), "tcp-blocked", "client"),
    "the gateway resets": Story((("gateway", "FORWARD", *TO, *RESET),), "tcp-refused", "network"),
    "the provider drops the port": Story(
        (("provider", "FORWARD", *TO, *DROP),), "tcp-dropped-on-path", "network"
    ),
    "the provider lets through the ports of the web alone": Story(
        (
            ("provider", "FORWARD", "-d", SERVER, "-p", "udp", *DROP),
            ("provider", "FORWARD", "-d", SERVER, *NO_WEB, *DROP),
        ),
        "tcp-dropped-on-path",
        "network",
    ),
    "the provider drops all": Story(
        (("provider", "FORWARD", "-d", SERVER, *DROP),), "tcp-dropped-on-path", "network"
    ),
    "the provider drops the port of IPv6": Story(
        (("provider", "FORWARD", *TO, *DROP),),
        "tcp-dropped-on-path",
        "network",
        url=f"wss://{NAME6}:{PORT}",
        six=True,
    ),
    "the edge drops the port": Story(
        (("edge", "FORWARD", *TO, *DROP),), "tcp-dropped-at-backend", "backend"
    ),
    "the edge drops all": Story(
        (("edge", "FORWARD", "-d", SERVER, *DROP),), "tcp-dropped-at-backend", "backend"
    ),
    "the host drops the port": Story(
        (("server", "INPUT", *TO, *DROP),), "tcp-dropped-at-backend", "backend"
    ),
    "the host drops all": Story(
        (("server", "INPUT", "-s", "0.0.0.0/0", *DROP),), "tcp-dropped-at-backend", "backend"
    ),
    "the edge says that it is prohibited": Story(
        (("edge", "FORWARD", *TO, "-j", "REJECT", "--reject-with", "icmp-admin-prohibited"),),
        "tcp-unreachable",
        "backend",
    ),
    "no router says a word": Story(
        (
            *((node, "OUTPUT", "-p", "icmp", *DROP) for node in ("gateway", "provider", "edge")),
            ("gateway", "FORWARD", "-d", SERVER, *DROP),
        ),
        "tcp-timeout",
        "network",
    ),
    "data is dropped after the handshake": Story(
        (("gateway", "FORWARD", *TO, *larger(60), *DROP),), "tcp-stalled", "network"
    ),
    "data is dropped after the handshake of IPv6": Story(
        (("gateway", "FORWARD", *TO, *larger(80), *DROP),),
        "tcp-stalled",
        "network",
        url=f"wss://{NAME6}:{PORT}",
        six=True,
    ),
    "what TLS answers is dropped on its way back": Story(
        (("provider", "FORWARD", *FROM, *larger(70), *DROP),), "tcp-stalled", "network"
    ),
    "the answer to the request is dropped on its way back": Story(
        (("gateway", "FORWARD", "-p", "tcp", "--sport", str(PLAIN), *WITH_STATUS, *DROP),),
        "tcp-stalled",
        "network",
        url=PLAIN_URL,
        options=("--allow-plaintext",),
    ),
    "the pong is dropped on its way back": Story(
        (("edge", "FORWARD", "-p", "tcp", "--sport", str(PLAIN), *WITH_PONG, *DROP),),
        "tcp-stalled",
        "network",
        url=PLAIN_URL,
        options=("--allow-plaintext",),
    ),
    "its own firewall drops the data that follows": Story(
        (("client", "OUTPUT", *TO, *larger(70), *DROP),), "tcp-stalled", "client"
    ),
    "the host says that there is no route": Story(
        (("server", "INPUT", *TO, "-j", "REJECT", "--reject-with", "icmp-net-unreachable"),),
        "tcp-unreachable",
        "backend",
    ),
    "the edge says over IPv6 that it is prohibited": Story(
        (("edge", "FORWARD", *TO, "-j", "REJECT", "--reject-with", "icmp6-adm-prohibited"),),
        "tcp-unreachable",
        "backend",
        url=f"wss://{NAME6}:{PORT}",
        six=True,
    ),
    "large packets to the backend vanish": Story(
        (("provider", "FORWARD", *TO, *larger(1280), *DROP),),
        "path-mtu-black-hole",
        "network",
        secret=LONG_SECRET,
    ),
    "large packets from the backend vanish": Story(
        (("provider", "FORWARD", *FROM, *larger(1000), *DROP),), "path-mtu-black-hole", "network"
    ),
    "large packets from the backend vanish over IPv6": Story(
        (("gateway", "FORWARD", *FROM, *larger(1000), *DROP),),
        "path-mtu-black-hole",
        "network",
        url=f"wss://{NAME6}:{PORT}",
        six=True,
    ),
    "the name is dropped": Story(
        (("provider", "FORWARD", *TO, *WITH_NAME, *DROP),), "tls-name-blocked", "network"
    ),
    "the name is reset": Story(
        (("provider", "FORWARD", *TO, *WITH_NAME, *RESET),),
        "tls-name-blocked",
        "network",
    ),
}


@contextmanager
def readable(authority: Authority) -> Iterator[Path]:
    """Make a folder that nobody may read, with the certificate that the probe trusts."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(0o755)
        (made / "root.pem").write_bytes(authority.ca_file.read_bytes())
        yield made


@pytest.fixture(scope="module")
def folder(authority: Authority) -> Iterator[Path]:
    """A folder that nobody may read, with the certificate that the probe trusts."""
    with readable(authority) as made:
        yield made


@pytest.fixture(scope="module")
def network() -> Iterator[Routed]:
    """The routed network, with the names in the client's hosts file."""
    with routed() as made:
        name_resolvers(
            made,
            "nameserver 198.51.100.1\n",
            f"127.0.0.1 localhost\n{SERVER} {NAME}\n{SERVER6} {NAME6}\n",
        )
        yield made


@pytest.fixture(scope="module")
def server(
    network: Routed, tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Server]:
    """uvicorn over TLS at the server, for IPv4 and IPv6, and without TLS on another port."""
    logs = tmp_path_factory.mktemp("silence")
    issued = authority.issue("silence", names=(NAME, NAME6, SERVER, NOBODY_THERE))
    inside = network["server"].inside
    with ExitStack() as stack:
        found = [
            stack.enter_context(
                serving(
                    command_of("uvicorn", port, "--host", host, *words),
                    port,
                    logs / f"{number}.log",
                    inside=inside,
                )
            )
            for number, (host, port, words) in enumerate(
                (
                    ("0.0.0.0", PORT, tls_of("uvicorn", issued)),
                    ("::", PORT, tls_of("uvicorn", issued)),
                    ("0.0.0.0", PLAIN, ()),
                )
            )
        ]
        yield found[0]


def examine(
    network: Routed,
    folder: Path,
    url: str = URL,
    *arguments: object,
    secret: str = SECRET,
    environ: Mapping[str, str] | None = None,
    files: int | None = None,
) -> Examination:
    """Run `doctor` at the client as nobody, who may open so many files."""
    limited = () if files is None else ("prlimit", f"--nofile={files}")
    given = ("--url", url, "-e", "/dev/null", "--ca-file", folder / "root.pem")
    words = ("--json", "--timeout", LIMIT, *given, *arguments)
    done = subprocess.run(
        [*limited, *unprivileged(network, *COMMAND, *map(str, words))],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **bare_environ(folder),
            "EDGE_SECRET": secret,
            "EDGE_AGENT_ID": AGENTS["healthy"],
            **(environ or {}),
        },
        timeout=PATIENCE,
        check=False,
    )
    return examination(done.returncode, done.stdout, done.stderr, secret)


@contextmanager
def told(network: Routed, story: Story) -> Iterator[list[Rule]]:
    """Make a story happen."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(network.rule(node, *words, six=story.six))
            for node, *words in story.rules
        ]


@pytest.mark.parametrize("name", STORIES)
def test_each_place_is_named(network: Routed, server: Server, folder: Path, name: str) -> None:
    """Code and turn are those of the story, which the counter of its rule proves.

    Packets leave for the backend alone: whoever answers from the way was not addressed.
    """
    story = STORIES[name]
    if story.side == "client" and counters(six=False) is None:
        pytest.skip("this kernel does not count the packets that leave it (Linux before 6.7)")
    with told(network, story) as rules, to_others(network) as others:
        found = examine(network, folder, story.url, *story.options, secret=story.secret)
        met = rules[-1].packets
        strays = [rule.packets for rule in others]

    assert met > 0
    assert strays == [0, 0]
    assert found.code == story.code
    assert found.verdict["side"] == story.side
    assert found.stages[found.verdict["stage"]] == "fail"


@contextmanager
def to_others(network: Routed) -> Iterator[tuple[Rule, Rule]]:
    """Count what leaves the client for anybody but the server; IPv6 finds neighbours by ICMP."""
    away = ("OUTPUT", "!", "-o", "lo", "!", "-d")
    with (
        network.rule("client", *away, SERVER, table="mangle") as four,
        network.rule(
            "client", *away, SERVER6, "!", "-p", "ipv6-icmp", six=True, table="mangle"
        ) as six,
    ):
        yield four, six


def test_a_look_without_files_does_not_lose_the_verdict(
    network: Routed, server: Server, folder: Path
) -> None:
    """Each packet along the path takes a file; what it would have shown stays open, no more."""
    with told(network, STORIES["the gateway drops the port"]):
        found = examine(network, folder, files=40)

    assert found.code == "tcp-timeout"


def test_routers_that_may_say_little_are_asked_again(
    network: Routed, server: Server, folder: Path
) -> None:
    """Linux's limit of ICMP errors is used up before the run, and no wrong turn is sure.

    The refusal is the edge's only word within a second; that it stands three hops away has to be
    asked a second later, and where that is not seen, the verdict is only possible.
    """
    story = STORIES["the edge says that it is prohibited"]
    with told(network, story) as rules, exhausted_until(network, rules[-1]):
        found = examine(network, folder)

    assert found.code == "tcp-unreachable"
    assert found.verdict["side"] == "backend" or found.verdict["confidence"] == "possible"


@pytest.mark.parametrize(
    ("place", "code", "side"),
    [
        (("server", "INPUT", *TO, *DROP), "tcp-dropped-at-backend", "backend"),
        (("client", "INPUT", *FROM, *DROP), "tcp-dropped-locally", "client"),
    ],
    ids=["the host drops", "its own firewall drops the answers as well"],
)
def test_a_firewall_here_that_lets_no_router_be_heard_is_not_the_cause(
    network: Routed,
    server: Server,
    folder: Path,
    place: tuple[str, ...],
    code: str,
    side: str,
) -> None:
    """What it drops of routers' words (ICMP) is told from what it drops of answers."""
    if counters(six=False) is None:
        pytest.skip("this kernel does not count the packets that leave it (Linux before 6.7)")
    with (
        network.rule("client", "INPUT", "-p", "icmp", *DROP) as words,
        network.rule(place[0], *place[1:]) as rule,
    ):
        found = examine(network, folder)
        met = words.packets, rule.packets

    assert all(met)
    assert found.code == code
    assert found.verdict["side"] == side


def test_every_entry_that_needs_routers_has_a_story_here() -> None:
    """No entry is only said to be caused here."""
    wanted = {
        code
        for code, problem in PROBLEMS.items()
        if isinstance(problem.reproduction, NotOnLoopback)
        and "routed network" in problem.reproduction.reason
    }

    elsewhere = {
        "tcp-packets-lost",
        "tls-large-hello-dropped",
        *(code for code in wanted if code.startswith("dns-")),
    }
    assert wanted <= {story.code for story in STORIES.values()} | elsewhere


def test_a_command_that_a_repeat_took_is_named(
    network: Routed, folder: Path, tmp_path: Path
) -> None:
    """The first request gets no answer, and the backend sends a command over each later one."""
    command = (sys.executable, LATE, LATE_PORT)
    inside = network["server"].inside
    with serving(command, LATE_PORT, tmp_path / "late.log", inside=inside) as backend:
        found = examine(
            network, folder, f"ws://{NAME}:{LATE_PORT}", "--allow-plaintext", "--profile", "edge"
        )
        until(lambda: "asked" in backend.said, seen=lambda: backend.said)

    took = [each for each in found.report["findings"] if each["code"] == "session-command-taken"]
    sent = {line.split()[1] for line in backend.said.splitlines() if line.startswith("sent ")}
    named = {line.rpartition(" ")[2] for line in took[0]["evidence"]} if took else set()
    assert sent
    assert named == sent


def test_ping_names_the_commands_that_its_looks_took(
    network: Routed, folder: Path, tmp_path: Path
) -> None:
    """Beside the verdict, for scripts."""
    command = (sys.executable, LATE, LATE_PORT)
    inside = network["server"].inside
    url = f"ws://{NAME}:{LATE_PORT}"
    words = ("-m", "edgecheck", "ping", "--json", "--timeout", str(LIMIT), "--allow-plaintext")
    with serving(command, LATE_PORT, tmp_path / "late.log", inside=inside) as backend:
        done = subprocess.run(
            unprivileged(network, sys.executable, *words, "--url", url, "-e", "/dev/null"),
            capture_output=True,
            text=True,
            cwd=folder,
            env={**bare_environ(folder), "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"},
            timeout=PATIENCE,
            check=False,
        )

    (told,) = (each for each in map(json.loads, done.stdout.splitlines()) if "verdict" in each)
    sent = {line.split()[1] for line in backend.said.splitlines() if line.startswith("sent ")}
    assert sent
    assert set(told["commands_taken"]) == sent


@pytest.mark.parametrize("url", [URL, f"wss://{NAME6}:{PORT}"])
def test_a_healthy_run_says_nothing_and_connects_once(
    network: Routed, server: Server, folder: Path, url: str
) -> None:
    """One SYN leaves, and no packet of another kind looks along the path."""
    six = "6" in url.partition(":8")[0]
    with (
        network.rule("gateway", "FORWARD", *TO, "--syn", six=six) as connections,
        network.rule("gateway", "FORWARD", "-p", "udp", six=six) as others,
    ):
        examine(network, folder, url).assert_healthy()

        assert connections.packets == 1
        assert others.packets == 0


def test_lost_packets_are_a_finding_and_no_verdict(
    network: Routed, server: Server, folder: Path
) -> None:
    """Whatever is sent has to be sent twice; the run is slow and healthy."""
    every = ("-m", "statistic", "--mode", "nth", "--every", "2", "--packet", "0", *DROP)
    with network.rule("gateway", "FORWARD", *TO, *larger(60), *every) as rule:
        found = examine(network, folder)
        met = rule.packets

    assert met > 0
    found.assert_healthy(tcp_packets_lost="info")
    assert found.facts("tcp")["kernel"]["retransmits"] >= 2


def test_a_large_handshake_is_tried_where_it_is_wanted(
    network: Routed, server: Server, folder: Path
) -> None:
    """Packets of more than 1200 bytes to the backend are dropped: a usual run sends none."""
    with network.rule("gateway", "FORWARD", *TO, *larger(1200), *DROP) as rule:
        examine(network, folder).assert_healthy()
        before = rule.packets
        examine(network, folder, URL, "--deep").assert_healthy(tls_large_hello_dropped="warning")

        assert before == 0
        assert rule.packets > 0


def test_deep_says_nothing_of_a_healthy_backend(
    network: Routed, server: Server, folder: Path
) -> None:
    """The large handshake is answered, and the connection is still open after a while."""
    examine(network, folder, URL, "--deep", "--for", seconds(0.5)).assert_healthy()


def test_a_backend_that_hangs_is_told_from_the_way(
    network: Routed, server: Server, folder: Path
) -> None:
    """A stopped process: its kernel accepts and acknowledges, and nothing answers."""
    os.killpg(server.process.pid, signal.SIGSTOP)
    try:
        found = examine(network, folder)
    finally:
        os.killpg(server.process.pid, signal.SIGCONT)

    found.assert_verdict("tls-timeout", "tls", "likely")
    assert found.verdict["side"] == "backend"
    assert any("were acknowledged" in line for line in found.verdict["evidence"])
    assert found.facts("tcp")["kernel"]["sent"] == found.facts("tcp")["kernel"]["acknowledged"]


@pytest.fixture
def mute(network: Routed, tmp_path: Path) -> Iterator[None]:
    """A program at the provider that takes connections and answers nothing."""
    command = python("tests.backends.applications.mute", NOTHING)
    inside = network["provider"].inside
    with serving(command, NOTHING, tmp_path / "mute.log", inside=inside):
        yield


def test_who_takes_connections_on_the_way_is_named(
    network: Routed, server: Server, folder: Path, mute: None
) -> None:
    """The provider opens every connection itself, and the backend never sees one."""
    taken = ("PREROUTING", "-i", "to-gateway", "-p", "tcp", "-j", "REDIRECT", "--to-ports", NOTHING)
    words = tuple(map(str, taken))
    with network.rule("provider", *words, table="nat"):
        found = examine(network, folder)

    found.assert_verdict("tls-timeout", "tls", "possible")
    assert found.verdict["side"] == "network"
    assert any(f"in the place of {SERVER}" in line for line in found.verdict["evidence"])


@pytest.mark.parametrize(
    ("scheme", "rules", "code", "side", "confidence"),
    [
        ("http", (), "proxy-timeout", "intermediary", "likely"),
        ("socks5h", (), "proxy-timeout", "intermediary", "likely"),
        (
            "http",
            (("gateway", "FORWARD", "-p", "tcp", "--dport", str(NOTHING), *DROP),),
            "proxy-unreachable",
            "network",
            "possible",
        ),
    ],
    ids=["it hangs", "it hangs at the greeting of SOCKS", "packets to it are dropped"],
)
def test_a_silent_proxy_is_no_fault_of_the_settings(
    network: Routed,
    folder: Path,
    mute: None,
    scheme: str,
    rules: tuple[tuple[str, ...], ...],
    code: str,
    side: str,
    confidence: str,
) -> None:
    """It is asked for itself as well, so that no exception for the host is thought of."""
    with told(network, Story(rules, code, side)):
        found = examine(
            network, folder, environ={"HTTPS_PROXY": f"{scheme}://{RESOLVERS[0]}:{NOTHING}"}
        )

    found.assert_verdict(code, "proxy", confidence)
    assert found.verdict["side"] == side


@pytest.mark.parametrize(
    ("rule", "code", "side", "confidence"),
    [
        pytest.param(
            ("gateway", "FORWARD", "-p", "tcp", "--sport", str(NOTHING), *larger(1000), *DROP),
            "path-mtu-black-hole",
            "network",
            ("likely", "certain"),
            id="from the proxy",
        ),
        pytest.param(
            ("gateway", "FORWARD", "-p", "tcp", "--dport", str(NOTHING), *larger(1280), *DROP),
            "path-mtu-black-hole",
            "network",
            ("likely", "certain"),
            id="to the proxy",
        ),
        pytest.param(
            ("edge", "FORWARD", *FROM, *larger(1000), *DROP),
            "tls-timeout",
            "intermediary",
            ("possible",),
            id="behind the proxy",
        ),
    ],
)
def test_what_is_lost_on_the_way_to_a_proxy_is_no_silence_of_its_own(
    network: Routed,
    server: Server,
    folder: Path,
    tmp_path: Path,
    rule: tuple[str, ...],
    code: str,
    side: str,
    confidence: tuple[str, ...],
) -> None:
    """The way to the proxy is looked at as one to a backend; the way behind it is not seen."""
    command = python("tests.backends.applications.connect_proxy", NOTHING, SERVER)
    inside = network["provider"].inside
    with (
        serving(command, NOTHING, tmp_path / "proxy.log", inside=inside),
        network.rule(rule[0], *rule[1:]) as lost,
    ):
        found = examine(
            network,
            folder,
            secret=LONG_SECRET,
            environ={"HTTPS_PROXY": f"http://{RESOLVERS[0]}:{NOTHING}"},
        )
        met = lost.packets

    assert met > 0
    assert found.code == code
    assert found.verdict["side"] == side
    assert found.verdict["confidence"] in confidence


@pytest.mark.parametrize(
    ("node", "code"), [("provider", "tcp-dropped-locally"), ("edge", "tcp-dropped-on-path")]
)
def test_a_router_that_drops_before_it_says_a_word_is_not_told_from_the_one_before(
    network: Routed, server: Server, folder: Path, node: str, code: str
) -> None:
    """Routers' own lists (ACL) drop what comes in, however far it may go."""
    with network.rule(node, "PREROUTING", *TO, *DROP, table="raw") as rule:
        found = examine(network, folder)
        met = rule.packets

    assert met > 0
    found.assert_verdict(code, "tcp", "possible")
    assert "or the next router does" in " ".join(found.verdict["evidence"])


@pytest.mark.parametrize(
    ("rule", "side", "words"),
    [
        (("provider", "FORWARD", *TO, *larger(60), *DROP), "network", "it opens"),
        (("provider", "FORWARD", *TO, *DROP), "network", "no answer"),
        (("client", "OUTPUT", *TO, *DROP), "client", "did not leave this machine"),
    ],
    ids=["forgotten", "cut", "closed here"],
)
def test_a_connection_that_is_cut_is_compared_with_a_new_one(
    network: Routed,
    server: Server,
    folder: Path,
    rule: tuple[str, ...],
    side: str,
    words: str,
) -> None:
    """The rule takes hold after the first pong."""
    command = (sys.executable, "-m", "edgecheck", "ping", "--json", "-c", "3", "-i", "3")
    given = ("-W", LIMIT, "--url", URL, "-e", "/dev/null", "--ca-file", folder / "root.pem")
    environ = {"EDGE_SECRET": SECRET, "EDGE_AGENT_ID": AGENTS["healthy"]}
    if side == "client" and counters(six=False) is None:
        pytest.skip("this kernel does not count the packets that leave it (Linux before 6.7)")
    with (
        ExitStack() as stack,
        started(
            unprivileged(network, *command, *map(str, given)),
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**bare_environ(folder), **environ},
        ) as process,
    ):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        next(line for line in lines if '"pong"' in line)
        stack.enter_context(network.rule(rule[0], *rule[1:]))
        events = list(map(json.loads, lines))

    verdict = next(each["verdict"] for each in events if isinstance(each.get("verdict"), dict))
    assert verdict["code"] == "tcp-stalled"
    assert verdict["side"] == side
    assert any(words in line for line in verdict["evidence"])


@pytest.mark.parametrize("family", ["-4", "-6"])
@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit"])
@pytest.mark.parametrize("what", ["route", "rule"])
def test_a_refusal_by_the_routing_of_this_machine_is_told_from_the_network(
    network: Routed, server: Server, folder: Path, what: str, kind: str, family: str
) -> None:
    """No packet leaves, and nobody else has said anything."""
    to, name = (SERVER, NAME) if family == "-4" else (SERVER6, NAME6)
    words = (kind, to) if what == "route" else ("to", to, kind)
    network["client"].ip(family, what, "add", *words)
    try:
        found = examine(network, folder, f"wss://{name}:{PORT}")
    finally:
        network["client"].ip(family, what, "del", *words)

    found.assert_verdict(
        "tcp-blocked" if kind == "prohibit" else "tcp-unreachable", "tcp", "likely"
    )
    assert found.verdict["side"] == "client"


def test_a_network_without_ipv6_is_no_fault_of_this_machine(
    network: Routed, server: Server, folder: Path
) -> None:
    """The rule is about packets with a mark, as Tailscale's is, and hides no route."""
    route = ("default", "via", GATEWAY6)
    rule = ("fwmark", "0x80000/0xff0000", "unreachable")
    network["client"].ip("-6", "route", "del", *route)
    network["client"].ip("-6", "rule", "add", *rule)
    try:
        found = examine(network, folder, f"wss://{NAME6}:{PORT}")
    finally:
        network["client"].ip("-6", "rule", "del", *rule)
        network["client"].ip("-6", "route", "add", *route)

    found.assert_verdict("tcp-unreachable", "tcp", "likely")
    assert found.verdict["side"] == "network"


@pytest.mark.parametrize(
    ("size", "words", "code"),
    [
        pytest.param(3000, larger(1300), "path-mtu-black-hole", id="its end arrives"),
        pytest.param(1370, larger(1300), "path-mtu-black-hole", id="one packet"),
        pytest.param(10, WITH_PONG, "tcp-stalled", id="a small one"),
    ],
)
def test_what_is_lost_inside_a_session_is_told_from_a_backend_that_hangs(
    network: Routed, folder: Path, tmp_path: Path, size: int, words: tuple[str, ...], code: str
) -> None:
    """A pong that is large is lost on its way back, or one that a filter knows."""
    command = (sys.executable, LARGE, LARGE_PORT, size)
    inside = network["server"].inside
    rule = ("FORWARD", "-p", "tcp", "--sport", str(LARGE_PORT), *words, *DROP)
    with (
        serving(command, LARGE_PORT, tmp_path / "large.log", inside=inside),
        network.rule("provider", *rule) as lost,
    ):
        found = examine(network, folder, f"ws://{NAME}:{LARGE_PORT}", "--allow-plaintext")
        met = lost.packets

    assert met > 0
    found.assert_verdict(code, "tcp", "likely")
    assert found.verdict["side"] == "network"


def test_a_host_that_is_gone_is_told_by_its_last_router(
    network: Routed, server: Server, folder: Path
) -> None:
    """The edge asks for it with ARP for three seconds, and then says so."""
    found = examine(network, folder, f"wss://{NOBODY_THERE}:{PORT}")

    assert found.code in ("tcp-unreachable", "tcp-dropped-at-backend")
    assert found.verdict["side"] == "backend"


def test_no_path_looks_at_nothing(network: Routed, server: Server, folder: Path) -> None:
    """With --no-path no other packet is sent."""
    story = STORIES["the provider drops the port"]
    with told(network, story), network.rule("gateway", "FORWARD", "-p", "udp") as others:
        found = examine(network, folder, URL, "--no-path")

        assert others.packets == 0
    found.assert_verdict("tcp-timeout", "tcp", "likely")
    assert found.facts("tcp")["path"] is None


def test_the_path_is_shown_with_its_routers(network: Routed, server: Server, folder: Path) -> None:
    """Gateway and provider answer for the port, the edge only for UDP."""
    with told(network, STORIES["the provider drops the port"]):
        path: dict[str, Any] = examine(network, folder).facts("tcp")["path"]

    assert [hop["distance"] for hop in path["hops"] if hop["tcp"]][-1] == 2
    assert path["port_answer"] is None
    assert json.dumps(path).count("198.51.100.1") >= 1
