"""The request that the person's own client would send, and the way that it takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgecheck.cli.table import COMMANDS
from tests.backends.certificates import Authority
from tests.cli.conftest import Run
from tests.doctor import SECRET, Outcome, Setup, in_thread, run_here, simulated
from tests.raw_server import CLOSE, TEXT, accept_of, frame_of, request_of, text
from tests.timing import SHORT_LIMIT
from tests.timing import until as wait_until

MARKER = "Zq7wX2pLm9Rt4VbN8cYd3HsGf6Jk1Ea5"
PONG = '{"type":"pong"}'


@dataclass
class Seen:
    """What a server saw.

    Args:
        url: its address.
        heads: of the requests.
        peers: addresses of the clients.
        names: that were asked for in TLS.
        connections: how many came; a request need not have followed.
        frames: opcode and payload of each frame of the clients.
    """

    url: str = ""
    heads: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0
    frames: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of the first request."""
        lines = self.heads[0].split("\r\n")[1:]
        return [
            (name, value) for name, _, value in (line.partition(": ") for line in lines if line)
        ]

    def values(self, name: str) -> list[str]:
        """Return the values of one field of the first request."""
        return [value for each, value in self.fields if each.lower() == name.lower()]


@contextlib.asynccontextmanager
async def server(
    *,
    host: str = "127.0.0.1",
    path: Path | None = None,
    context: ssl.SSLContext | None = None,
    subprotocol: str = "",
) -> AsyncIterator[Seen]:
    """Answer every ping, and keep what came."""
    seen = Seen()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        this = asyncio.current_task()
        assert this is not None
        tasks.add(this)
        ends = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*ends), contextlib.closing(writer):
            peer = writer.get_extra_info("peername")
            seen.peers.append(peer[0] if isinstance(peer, tuple) else peer)
            head = await request_of(reader)
            seen.heads.append(head.decode("latin-1"))
            chosen = f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()
            accepted = accept_of(head)
            writer.write(accepted[:-2] + chosen if subprotocol else accepted)
            while True:
                seen.frames.append(await frame_of(reader))
                if seen.frames[-1][0] == TEXT:
                    writer.write(text(PONG))
        # Without waiting for the client's end of TLS, which may never come.
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    if context is not None:
        context.sni_callback = lambda _, name, __: seen.names.append(name)
    running = (
        await asyncio.start_unix_server(handle, path, ssl=context)
        if path is not None
        else await asyncio.start_server(handle, host, 0, ssl=context)
    )
    if path is None:
        port = running.sockets[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        seen.url = f"{'wss' if context else 'ws'}://{shown}:{port}"
    try:
        yield seen
    finally:
        running.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await running.wait_closed()


def tls(authority: Authority, name: str) -> ssl.SSLContext:
    """Return the context of a server for one name."""
    issued = authority.issue(name, names=(name,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.chain, issued.key)
    return context


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A server on loopback."""
    with in_thread(server) as one:
        yield one


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority of its own."""
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


def doctor(folder: Path, *arguments: object) -> Outcome:
    """Examine with a good secret and agent id."""
    (folder / ".env").write_text(f"EDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n")
    (folder / ".env").chmod(0o600)
    return run_here(Setup(folder, {}), "--json", *map(str, arguments))


# --- the request ----------------------------------------------------------------------------------


def test_given_headers_are_sent_as_they_were_given(seen: Seen, tmp_path: Path) -> None:
    """In their order, twice where they were given twice; a field of ours is replaced."""
    given = ("-H", "X-Tenant: berlin", "-H", "X-Tag: a", "--header", "X-Tag:b", "-H", "X-Empty:")
    done = doctor(tmp_path, seen.url, *given, "-H", "user-agent: agent/7", "-H", "Host: edge.test")

    assert done.code == 0, done.report["verdict"]
    assert seen.values("X-Tenant") == ["berlin"]
    assert seen.values("X-Tag") == ["a", "b"]
    assert seen.values("X-Empty") == [""]
    assert seen.values("User-Agent") == ["agent/7"]
    assert seen.values("Host") == ["edge.test"]
    assert seen.values("Authorization") == [f"Bearer {SECRET}"]
    assert done.findings == []


def test_headers_can_come_from_a_file_or_from_standard_input(run: Run, seen: Seen) -> None:
    """There nobody else reads them, and nothing is said of it."""
    done = run(
        *("doctor", seen.url, "--json", "-H", "@-", "--agent-id", "edge_1"),
        stdin=f"X-Tenant: berlin\nX-Api-Key: {MARKER}\n",
        EDGE_SECRET=SECRET,
    )

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["findings"] == []
    assert seen.values("X-Api-Key") == [MARKER]
    assert MARKER[:6] not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "header",
    [
        f"Authorization: Bearer {MARKER}",
        f"Authorization: {MARKER}",
        f"Cookie: session={MARKER}",
        f"X-Api-Key: {MARKER}",
        f"CF-Access-Client-Secret: {MARKER}",
        f"X-Whatever: {MARKER}",
    ],
)
def test_a_credential_on_the_command_line_is_used_masked_and_noticed(
    seen: Seen, tmp_path: Path, header: str
) -> None:
    """As a warning: it works, and others can read it."""
    report = tmp_path / "report.html"
    done = doctor(tmp_path, seen.url, "-H", header, "--report", report)
    name, _, value = header.partition(": ")

    assert done.code == 0
    assert seen.values(name) == [value]
    assert [(one["code"], one["severity"]) for one in done.report["findings"]] == [
        ("header-credential-exposed", "warning")
    ]
    assert name in done.report["findings"][0]["title"]
    assert MARKER[:6] not in done.stdout + done.stderr + report.read_text()
    sent = next(stage for stage in done.report["stages"] if stage["stage"] == "upgrade")
    assert any(line.startswith(f"{name}: ") for line in sent["facts"]["request"])


def test_a_given_credential_that_a_server_repeats_is_masked_too(tmp_path: Path) -> None:
    """In a page, in a field, however it is encoded."""

    @contextlib.asynccontextmanager
    async def echoing() -> AsyncIterator[str]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            body = (await request_of(reader)) + MARKER.encode().hex().encode()
            head = f"HTTP/1.1 418 {MARKER}\r\nServer: {MARKER[4:]}\r\nContent-Length: {len(body)}"
            writer.write(head.encode() + b"\r\n\r\n" + body)
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as running:
            yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}"

    with in_thread(echoing) as url:
        done = doctor(tmp_path, url, "-H", f"Authorization: Token {MARKER}", "--verbose")

    assert done.verdict == "upgrade-unexpected-status"
    assert MARKER[:6] not in done.stdout
    assert MARKER.encode().hex()[:12] not in done.stdout


@pytest.mark.parametrize("command", ["ping", "repl"])
def test_the_live_commands_send_the_same_request(run: Run, seen: Seen, command: str) -> None:
    """Through one wire; a credential on the command line is noticed on standard error."""
    more = {"ping": ("-c", "1"), "repl": ("-x", "ping", "-x", "wait pong 9")}[command]
    options = ("-H", f"X-Api-Key: {MARKER}", "--origin", "https://app.test", "--subprotocol", "v2")
    done = run(command, seen.url, *options, *more, EDGE_SECRET=SECRET, EDGE_AGENT_ID="edge_1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert seen.values("X-Api-Key") == [MARKER]
    assert seen.values("Origin") == ["https://app.test"]
    assert seen.values("Sec-WebSocket-Protocol") == ["v2"]
    assert "a credential is on the command line (X-Api-Key)" in done.stderr
    assert MARKER[:6] not in done.stdout + done.stderr


def test_a_given_authorization_stands_in_for_the_secret(run: Run, seen: Seen) -> None:
    """Then EDGE_SECRET is not needed, and what is wrong with it is a note."""
    given = ("-H", f"Authorization: Basic {MARKER}")
    done = run("doctor", seen.url, *given, "--agent-id", "edge_1", "--json")
    report = json.loads(done.stdout)

    assert done.returncode == 0, report["verdict"]
    assert seen.values("Authorization") == [f"Basic {MARKER}"]
    assert {(one["code"], one["severity"]) for one in report["findings"]} == {
        ("header-credential-exposed", "warning"),
        ("env-file-missing", "info"),
        ("secret-missing", "info"),
    }
    sent = next(stage for stage in report["stages"] if stage["stage"] == "upgrade")
    assert "Authorization: Basic <secret>" in sent["facts"]["request"]


def test_the_experiments_change_a_given_authorization_too(tmp_path: Path) -> None:
    """Otherwise another secret would make no difference, whatever the backend thinks of it."""
    log: list[str] = []
    with simulated(log=log.append) as backend:
        done = doctor(tmp_path, backend.url, "-H", f"Authorization: Bearer {MARKER}")

    assert done.verdict == "auth-secret-rejected"
    outcomes = {one["name"]: one["outcome"][:11] for one in done.report["experiments"]}
    assert outcomes["without-credentials"] == "closed 4001"
    assert outcomes["wrong-secret"] == "closed 1008"


def test_subprotocols_are_offered_in_their_order(tmp_path: Path) -> None:
    """The server takes one; one that was not offered is no answer."""
    with in_thread(lambda: server(subprotocol="v1")) as one:
        offered = ("--subprotocol", "v2", "--subprotocol", "v1")
        taken = doctor(tmp_path, one.url, *offered)
        not_offered = doctor(tmp_path, one.url, "--subprotocol", "v2")

    assert one.values("Sec-WebSocket-Protocol") == ["v2, v1"]
    assert taken.code == 0
    assert not_offered.verdict == "upgrade-invalid-response"


@pytest.mark.parametrize(
    "options",
    [
        ("-H", f"Authorization {MARKER}"),
        ("-H", f"X-Key: {MARKER}\r\nX-Other: 1"),
        ("-H", f"X Key: {MARKER}"),
        ("-H", f"Upgrade: {MARKER}"),
        ("-H", "@no-such-file"),
        ("-H", "@-", "-H", "@-"),
        ("-H", "@-", "--secret-file", "-"),
        ("--origin", f"{MARKER}/path"),
        ("--origin", "https://a", "-H", "Origin: https://b"),
        ("--subprotocol", "a b"),
        ("--subprotocol", "a", "--subprotocol", "a"),
        ("--connect-to", "wss://10.0.0.1"),
        ("--connect-to", "10.0.0.1", "--unix-socket", "x"),
        ("--unix-socket", "no-such-socket"),
        ("--unix-socket", "."),
        ("--unix-socket", "x", "-4"),
        ("--interface", "no-such-device"),
        ("--interface", "203.0.113.7"),
        ("--interface", "a/b"),
        ("--key", "x"),
        ("--cert", "no-such-file"),
        ("--until", "auth"),
        ("--until", "tls", "--offline"),
        ("--url", "wss://b"),
        ("--demo",),
    ],
    ids=lambda options: " ".join(options)[:40],
)
def test_what_cannot_be_sent_is_wrong_usage(seen: Seen, tmp_path: Path, options: list[str]) -> None:
    """Exit code 2, nothing is sent, and the value is not repeated."""
    done = doctor(tmp_path, seen.url, *options)

    assert done.code == 2
    assert done.report["error"]
    assert MARKER[:6] not in done.stdout + done.stderr
    assert seen.connections == 0


# --- the way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_connect_to_leaves_the_name_and_its_checks(
    tmp_path: Path, authority: Authority, host: str
) -> None:
    """SNI, Host and certificate are those of the address; DNS is not asked for it."""
    with in_thread(lambda: server(host=host, context=tls(authority, "edge.example"))) as one:
        place = one.url.removeprefix("wss://")
        right = doctor(
            *(tmp_path, "wss://edge.example", "--connect-to", place),
            *("--ca-file", authority.ca_file),
        )
        wrong = doctor(
            *(tmp_path, "wss://other.example", "--connect-to", place),
            *("--ca-file", authority.ca_file),
        )

    assert right.code == 0, right.report["verdict"]
    assert one.names == ["edge.example", "other.example"]
    assert one.values("Host") == ["edge.example"]
    assert right.report["target"]["host"] == "edge.example"
    assert right.report["target"]["connect_to"] == place
    assert wrong.verdict == "tls-hostname-mismatch"


def test_connect_to_without_a_port_takes_the_address_own(seen: Seen, tmp_path: Path) -> None:
    """Only the host is another one."""
    port = seen.url.rpartition(":")[2]
    done = doctor(tmp_path, f"ws://127.0.0.2:{port}", "--connect-to", "127.0.0.1")

    assert done.code == 0, done.report["verdict"]
    assert seen.values("Host") == [f"127.0.0.2:{port}"]


def test_where_nothing_listens_it_is_the_place_that_is_named(tmp_path: Path) -> None:
    """Not the backend's name, at which nobody knocked."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
        done = doctor(tmp_path, "wss://edge.example", "--connect-to", place)

    assert done.verdict == "tcp-refused"
    assert (
        done.report["verdict"]["title"]
        == "127.0.0.1 refuses connections on port " + (place.rpartition(":")[2])
    )


def test_the_tunnel_of_a_proxy_leads_to_the_place(tmp_path: Path) -> None:
    """The proxy connects there in our place."""
    asked: list[bytes] = []

    @contextlib.asynccontextmanager
    async def proxy() -> AsyncIterator[str]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await request_of(reader))
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as running:
            yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"

    with in_thread(proxy) as url:
        doctor(tmp_path, "wss://edge.example", "--proxy", url, "--connect-to", "[2001:db8::7]:8443")

    assert asked[0].startswith(b"CONNECT [2001:db8::7]:8443 HTTP/1.1\r\nHost: [2001:db8::7]:8443\r")


def test_a_unix_socket_stands_in_for_the_address(tmp_path: Path, authority: Authority) -> None:
    """With TLS and its checks where the address says wss; neither DNS nor a proxy is used."""
    path = tmp_path / "edge.sock"
    with in_thread(lambda: server(path=path, context=tls(authority, "edge.example"))) as one:
        options = ("--unix-socket", path, "--ca-file", authority.ca_file)
        done = doctor(tmp_path, "wss://edge.example", *options)
        run_here(Setup(tmp_path, {"HTTPS_PROXY": "http://proxy.invalid:1"}), "--json")

    assert done.code == 0, done.report["verdict"]
    assert one.values("Host") == ["edge.example"]
    stages = {stage["stage"]: stage for stage in done.report["stages"]}
    assert (stages["dns"]["status"], stages["dns"]["summary"]) == (
        "skip",
        "not used by --unix-socket",
    )
    assert stages["tcp"]["summary"] == f"connected to {path}"
    assert done.report["target"]["unix_socket"] == str(path)


@pytest.mark.parametrize("command", [("ping", "-c", "1"), ("repl", "-x", "status")], ids=str)
def test_the_live_commands_take_the_same_way(run: Run, tmp_path: Path, command: list[str]) -> None:
    """A Unix socket has no port to show."""
    path = tmp_path / "edge.sock"
    with in_thread(lambda: server(path=path)):
        name, *more = command
        done = run(
            *(name, "ws://localhost", "--unix-socket", str(path), *more),
            EDGE_SECRET=SECRET,
            EDGE_AGENT_ID="edge_1",
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert str(path) in done.stdout


def test_a_socket_that_nobody_serves_is_refused(tmp_path: Path) -> None:
    """It is there, and its program has ended."""
    path = tmp_path / "old.sock"
    with socket.socket(socket.AF_UNIX) as once:
        once.bind(str(path))
    done = doctor(tmp_path, "ws://localhost", "--unix-socket", path)

    assert done.verdict == "tcp-unix-socket-unserved"
    assert str(path) in done.report["verdict"]["title"]


def test_a_socket_whose_server_is_silent_is_a_silence(tmp_path: Path) -> None:
    """There is no path to look along, and no account of TCP."""
    path = tmp_path / "silent.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        done = doctor(tmp_path, "ws://localhost", "--unix-socket", path, "--timeout", SHORT_LIMIT)

    assert done.verdict == "upgrade-timeout"


def test_an_interface_can_be_chosen_by_its_address(seen: Seen, tmp_path: Path) -> None:
    """All of 127.0.0.0/8 is this machine's."""
    done = doctor(tmp_path, seen.url, "--interface", "127.0.0.9")

    assert done.code == 0, done.report["verdict"]
    assert seen.peers == ["127.0.0.9"]
    assert done.report["target"]["interface"] == "127.0.0.9"


def test_an_interface_can_be_chosen_by_its_name(seen: Seen, tmp_path: Path) -> None:
    """Through another one than loopback nothing reaches loopback."""
    done = doctor(tmp_path, seen.url, "--interface", "lo")

    assert done.code == 0, done.report["verdict"]
    assert seen.peers == ["127.0.0.1"]


def test_an_address_of_an_interface_decides_the_family(tmp_path: Path) -> None:
    """A name is asked for the addresses that can be reached from there."""
    with in_thread(lambda: server(host="::1")) as one:
        port = one.url.rpartition(":")[2]
        done = doctor(tmp_path, f"ws://localhost:{port}", "--interface", "127.0.0.1")

    families = {stage["stage"]: stage["facts"] for stage in done.report["stages"]}
    assert families["dns"]["family"] == "ipv4"
    assert one.connections == 0


# --- until ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "passed"),
    [
        ("dns", {"dns"}),
        ("tcp", {"dns", "tcp"}),
        ("tls", {"dns", "tcp", "tls"}),
        ("upgrade", {"dns", "tcp", "tls", "upgrade"}),
        ("session", {"dns", "tcp", "tls", "upgrade", "auth", "session"}),
    ],
)
def test_until_is_the_last_stage(
    tmp_path: Path, authority: Authority, until: str, passed: set[str]
) -> None:
    """Later ones are skipped, with the reason, and the run is healthy."""
    # Where TLS is not begun, nothing waits for it: asyncio would forget that connection.
    context = tls(authority, "localhost") if until not in ("dns", "tcp") else None
    with in_thread(lambda: server(context=context)) as one:
        url = f"wss://localhost:{one.url.rpartition(':')[2]}"
        done = doctor(tmp_path, url, "--ca-file", authority.ca_file, "--until", until)
        if until in ("upgrade", "session"):
            wait_until(lambda: [opcode for opcode, _ in one.frames if opcode == CLOSE])
        elif until in ("tcp", "tls"):
            wait_until(lambda: one.connections)

    report = done.report
    assert done.code == 0, report["verdict"]
    assert report["ok"] is True
    assert report["until"] == until
    assert {one["stage"] for one in report["stages"] if one["status"] == "pass"} == {
        "config",
        *passed,
    }
    later = [one for one in report["stages"] if one["status"] == "skip" and one["stage"] != "proxy"]
    assert {one["summary"] for one in later} <= {f"not checked: --until {until}"}
    assert len(one.heads) == (1 if until in ("upgrade", "session") else 0)
    assert one.names == (["localhost"] if until in ("tls", "upgrade", "session") else [])
    pings = [frame for frame in one.frames if frame[0] == TEXT]
    assert len(pings) == (1 if until == "session" else 0)
    if until == "upgrade":
        assert [opcode for opcode, _ in one.frames] == [CLOSE]


@pytest.mark.parametrize("until", ["dns", "tcp", "tls"])
def test_the_network_is_judged_without_a_secret(
    run: Run, tmp_path: Path, authority: Authority, until: str
) -> None:
    """The ticket for a firewall: settings that are not needed are notes."""
    with in_thread(lambda: server(context=tls(authority, "localhost"))) as one:
        url = one.url.replace("127.0.0.1", "localhost")
        options = ("--ca-file", str(authority.ca_file), "--until", until)
        done = run("doctor", url, *options, "--json")
        said = run("doctor", url, *options)
        quiet = run("doctor", url, *options, "--quiet")
    report = json.loads(done.stdout)

    assert done.returncode == 0, report["verdict"]
    assert {(one["code"], one["severity"]) for one in report["findings"]} == {
        ("env-file-missing", "info"),
        ("secret-missing", "info"),
        ("agent-id-missing", "info"),
    }
    assert all(one["evidence"][-1] == f"not needed: --until {until}" for one in report["findings"])
    assert quiet.stdout == ""
    assert report["target"]["url"] == url
    assert f"Healthy as far as {until}: " in said.stdout
    assert f"Later stages were not checked, because of --until {until}." in said.stdout
    assert "snippet" not in said.stdout


@pytest.mark.parametrize("until", ["upgrade", "session"])
def test_a_request_needs_its_settings_whatever_the_last_stage_is(run: Run, until: str) -> None:
    """Without them it cannot be written."""
    done = run("doctor", "ws://localhost:9", "--until", until, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"]["stage"] == "config"


def test_until_tcp_ends_before_connect(tmp_path: Path) -> None:
    """A proxy is connected to, and asked nothing."""
    with in_thread(server) as one:
        proxy = one.url.replace("ws://", "http://")
        done = doctor(tmp_path, "wss://edge.example", "--proxy", proxy, "--until", "tcp")

    assert done.code == 0, done.report["verdict"]
    assert (one.connections, one.heads) == (1, [])
    summaries = {stage["stage"]: stage["summary"] for stage in done.report["stages"]}
    assert summaries["proxy"] == "not checked: --until tcp"


def test_a_failure_before_the_last_stage_is_the_verdict(tmp_path: Path) -> None:
    """`ok` judges what ran."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"wss://127.0.0.1:{probe.getsockname()[1]}"
        done = doctor(tmp_path, url, "--until", "tls")

    assert (done.verdict, done.code) == ("tcp-refused", 1)


def test_a_refusal_of_the_upgrade_is_seen_by_until_upgrade(tmp_path: Path) -> None:
    """The stage auth fails by it although it is a later one; the experiments send no ping."""
    with simulated("auth-unauthorized") as backend:
        done = doctor(tmp_path, backend.url, "--until", "upgrade")

    assert done.verdict == "auth-unauthorized"
    assert {one["name"] for one in done.report["experiments"]} >= {
        "without-credentials",
        "wrong-secret",
    }


def test_plain_text_to_another_machine_is_a_warning_while_nothing_is_sent(tmp_path: Path) -> None:
    """The secret stays here until the upgrade."""
    done = doctor(tmp_path, "ws://backend.invalid", "--connect-to", "127.0.0.1:9", "--until", "dns")

    assert done.code == 0
    assert done.findings == ["url-plaintext"]


def test_a_report_that_ended_early_can_be_judged_again(tmp_path: Path) -> None:
    """With the same end."""
    with in_thread(server) as one:
        done = doctor(tmp_path, one.url, "--until", "tcp")
    (tmp_path / "report.json").write_text(done.stdout)
    again = run_here(Setup(tmp_path, {}), "--json", "--replay", "report.json")

    assert again.report["until"] == "tcp"
    assert again.report["stages"] == done.report["stages"]


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS, "secret fingerprint"])
def test_h_is_help_everywhere(run: Run, command: str) -> None:
    """As `--help` is."""
    assert run(*command.split(), "-h").stdout == run(*command.split(), "--help").stdout


@pytest.mark.parametrize("options", [(), ("--json",), ("--timeout", "20")])
def test_the_address_may_be_an_argument(run: Run, options: tuple[str, ...]) -> None:
    """With Typer and past it."""
    done = run("doctor", "https://backend.example.com", *options, EDGE_SECRET=SECRET)

    assert done.returncode == 1
    assert "https://backend.example.com" in done.stdout


def test_the_options_are_the_same_for_every_connecting_command(run: Run) -> None:
    """They go through one wire."""
    shown = [run(command, "--help").stdout for command in ("doctor", "ping", "repl", "listen")]
    options = (
        *("-H, --header", "--subprotocol", "--origin", "--cert", "--key", "--key-password-file"),
        *("--connect-to", "--unix-socket", "--interface", "[ADDRESS]"),
    )

    assert all(option in each for each in shown for option in options)
    assert ["--until" in each for each in shown] == [True, False, False, False]
