"""Huge and endless input: bounded memory, bounded time, and a verdict all the same.

The bound of memory is absolute and depends on no machine's speed. Every program runs as a process
of its own, which is measured.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.backends.namespace import namespace
from tests.doctor import SECRET, bare_environ, in_thread
from tests.processes import started
from tests.raw_server import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    accept_of,
    close,
    frame,
    opening,
    saying,
    serving,
)
from tests.raw_server import text as message
from tests.timing import AMPLE_LIMIT, PATIENCE, STAGE_LIMIT, until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="what a process took is told in another unit"
)

# A checkup that meets nothing of the kind takes 40 MiB.
MOST_MIB = 200
GIB = 1 << 30
# What the buffers of both kernels and one read take.
READ_AHEAD = 32 << 20


@dataclass(frozen=True)
class Measured:
    """How a process ended, and the most memory that it had."""

    code: int
    stdout: bytes
    stderr: bytes
    mib: float

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        document = json.loads(self.stdout)
        assert isinstance(document, dict)
        return document


# What wait4(2) says of a process that the test suite started itself begins with the memory of the
# whole suite. So a small program starts it, and says what became of it.
_STARTER = """
import os, sys
told = int(sys.argv[1])
os.set_inheritable(told, False)
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
os.write(told, b"%d\\n" % process)
_, status, used = os.wait4(process, 0)
os.write(told, b"%d %d\\n" % (os.waitstatus_to_exitcode(status), used.ru_maxrss))
"""


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Measured]:
    """Run edgecheck in a process of its own, and measure it.

    With ``until_shown``, it is interrupted as soon as that stands in its standard output.
    """

    def measure(
        *arguments: str,
        stdin: str = os.devnull,
        until_shown: bytes = b"",
        inside: Sequence[str] = (),
        **environ: str,
    ) -> Measured:
        edgecheck = [*inside, sys.executable, "-W", "error", "-m", "edgecheck", *arguments]
        settings = {"EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1", **environ}
        read, write = os.pipe()
        with (
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            Path(stdin).open("rb") as source,
            os.fdopen(read) as told,
            started(
                [sys.executable, "-I", "-S", "-c", _STARTER, str(write), *edgecheck],
                stdin=source,
                stdout=out,
                stderr=err,
                pass_fds=(write,),
                cwd=tmp_path,
                env={**bare_environ(tmp_path), **settings},
            ) as starter,
        ):
            os.close(write)
            process = int(told.readline())
            try:
                if until_shown:
                    until(lambda: until_shown in _begun(out), process=starter)
                    os.kill(process, signal.SIGINT)
                starter.wait(PATIENCE)
            finally:
                if starter.poll() is None:
                    os.kill(process, signal.SIGKILL)
            code, kib = map(int, told.readline().split())
            out.seek(0)
            err.seek(0)
            return Measured(code, out.read(), err.read(), kib / 1024)

    return measure


def _begun(output: IO[bytes]) -> bytes:
    """Return what a process has written by now, or the first megabytes of it."""
    return os.pread(output.fileno(), 4 << 20, 0)


# --- a server that does not stop ------------------------------------------------------------------


@dataclass
class Flood:
    """A server that sends something again and again, until nobody takes it any more.

    Args:
        again: what is repeated.
        before: what is sent once, before that.
        accepts: the opening handshake is accepted first.
        at_most: bytes.
    """

    again: bytes = b""
    before: bytes = b""
    accepts: bool = False
    at_most: int = GIB
    port: int = 0
    sent: int = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[Flood]:
        """Serve in threads, as fast as the kernel takes it."""
        over = threading.Event()
        connections: list[socket.socket] = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]

            def accept() -> None:
                while not over.is_set():
                    with contextlib.suppress(OSError):
                        connections.append(server.accept()[0])
                        threading.Thread(
                            target=self._serve, args=(connections[-1],), daemon=True
                        ).start()

            thread = threading.Thread(target=accept, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                over.set()
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", self.port)).close()
                thread.join(PATIENCE)
                for connection in connections:
                    connection.close()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                data = connection.recv(65536)
                if not data:
                    return
                request += data
            connection.sendall((accept_of(request) if self.accepts else b"") + self.before)
            many = self.again * max(65536 // max(len(self.again), 1), 1)
            while many and self.sent < self.at_most:
                sent = connection.send(many)
                # A piece that went in part is no longer a piece.
                rest = sent % len(self.again)
                if rest:
                    connection.sendall(self.again[rest:])
                    sent += len(self.again) - rest
                self.sent += sent
            while connection.recv(65536):
                pass


OK = b"HTTP/1.1 200 OK\r\n"
DEEP = b"[" * 100_000 + b"]" * 100_000
DIGITS = b"9" * 1_000_000
COMMAND = b'{"type":"command","payload":{"command_id":"1","command_type":"x","payload":{"x":%s}}}'
# An array of empty arrays takes more memory for its length than anything else in JSON.
ARRAYS = b"[" + b",".join([b"[]"] * 300_000) + b"]"

ANSWERS = {
    "a body of 1 GiB": (
        Flood(b"x" * 1000, OK + b"Content-Length: %d\r\n\r\n" % GIB),
        "upgrade-not-websocket",
    ),
    "a body without end": (Flood(b"x" * 1000, b"HTTP/1.1 403 No\r\n\r\n"), "auth-forbidden"),
    "a body in tiny chunks": (
        Flood(b"1\r\nx\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        "upgrade-not-websocket",
    ),
    "an extension of a chunk": (
        Flood(b"x" * 1000, OK + b"Transfer-Encoding: chunked\r\n\r\n1;"),
        "upgrade-not-websocket",
    ),
    "a body that nests": (
        Flood(b"[" * 1000, b"HTTP/1.1 404 No\r\nContent-Type: application/json\r\n\r\n"),
        "upgrade-not-found",
    ),
    "a body that would inflate": (
        Flood(
            before=OK
            + b"Content-Encoding: gzip\r\nContent-Length: 40000\r\n\r\n"
            + zlib.compress(b"\0" * 40_000_000, wbits=31)[:40000]
        ),
        "upgrade-not-websocket",
    ),
    "a field without end": (Flood(b"x" * 1000, OK + b"X: "), "upgrade-not-websocket"),
    "a million fields": (Flood(b"X-A: b\r\n", OK, at_most=8_000_000), "upgrade-not-websocket"),
    "a reason without end": (Flood(b"x" * 1000, b"HTTP/1.1 200 "), None),
    "empty lines without end": (Flood(b"\r\n"), "upgrade-not-http"),
    "interim responses without end": (Flood(b"HTTP/1.1 102 Processing\r\n\r\n"), "upgrade-timeout"),
    "large interim responses without end": (
        Flood(b"HTTP/1.1 103 Early\r\n" + b"Link: x\r\n" * 1000 + b"\r\n"),
        "upgrade-timeout",
    ),
    "noise without end": (Flood(b"\0\xff"), "upgrade-not-http"),
}
# The limit of the stage ends it, or before that the one of answers that the server does not read.
UNANSWERED = ("pong-timeout", "session-protocol-error")
FRAMES = {
    "empty pings without end": (Flood(frame(PING), accepts=True), UNANSWERED),
    "full pings without end": (Flood(frame(PING, b"x" * 125), accepts=True), UNANSWERED),
    "control pongs without end": (Flood(frame(PONG), accepts=True), "pong-timeout"),
    "empty messages without end": (Flood(frame(TEXT), accepts=True), "pong-not-json"),
    "unknown messages without end": (Flood(message('{"type":"x"}'), accepts=True), None),
    "large messages without end": (
        Flood(message('{"type":"' + "x" * 1_000_000 + '"}'), accepts=True),
        None,
    ),
    "empty fragments without end": (
        Flood(frame(CONTINUATION, fin=False), frame(TEXT, fin=False), accepts=True),
        None,
    ),
    "a frame of 1 TiB": (
        Flood(b"x" * 1000, b"\x81\x7f" + (1 << 40).to_bytes(8), accepts=True),
        "session-message-too-big",
    ),
    "a frame that would inflate": (
        Flood(before=b"\xc1\x05" + b"x" * 5, accepts=True),
        "session-compressed-frames",
    ),
    "100,000 arrays, one in the other": (
        Flood(before=frame(TEXT, b'{"type":%s}' % DEEP), accepts=True),
        "pong-not-json",
    ),
    "100,000 objects, one in the other": (
        Flood(before=frame(TEXT, b'{"a":' * 100_000), accepts=True),
        "pong-not-json",
    ),
    "a number of a million digits": (
        Flood(before=frame(TEXT, b'{"type":"x","y":%s}' % DIGITS), accepts=True),
        "pong-not-json",
    ),
    "a command that nests": (
        Flood(before=frame(TEXT, COMMAND % (b"[" * 500 + b"]" * 500)), accepts=True),
        None,
    ),
    "300,000 arrays": (Flood(before=frame(TEXT, COMMAND % ARRAYS), accepts=True), "pong-timeout"),
    "a reason of 123 bytes": (
        Flood(before=close(4321, b"\xc3\xa9" * 61 + b"x"), accepts=True),
        "session-closed-unknown",
    ),
    "a reason of more": (
        Flood(before=close(4321, b"x" * 124), accepts=True),
        "session-protocol-error",
    ),
}


@pytest.mark.parametrize("name", ANSWERS | FRAMES)
def test_a_checkup_ends_whatever_does_not(name: str, measure: Callable[..., Measured]) -> None:
    """With a verdict, one document, little memory, and most of it unread."""
    template, verdict = (ANSWERS | FRAMES)[name]
    with replace(template).running() as server:
        done = measure(
            "doctor",
            "--json",
            "--no-experiments",
            "--timeout",
            str(STAGE_LIMIT),
            "--url",
            f"ws://127.0.0.1:{server.port}",
        )

    assert done.stderr == b""
    assert done.code == 1
    assert done.mib < MOST_MIB
    assert "error" not in done.document
    assert done.document["verdict"] is not None
    if verdict is not None:
        assert done.document["verdict"]["code"] in (
            (verdict,) if isinstance(verdict, str) else verdict
        )
    # The rest was never read. A stage reads on until its limit where it must: there the limit is
    # the bound.
    assert server.sent < READ_AHEAD or "end" in name


@pytest.mark.parametrize("again", [b"X-A: b\r\n", b"x" * 1000], ids=["fields", "one field"])
def test_a_proxy_that_never_ends_its_answer_is_left(
    again: bytes, measure: Callable[..., Measured]
) -> None:
    """Its head has a limit of size."""
    with Flood(again, OK + b"X: ").running() as proxy:
        url = ("--url", "ws://127.0.0.1:9", "--proxy", f"http://127.0.0.1:{proxy.port}")
        done = measure("doctor", "--json", "--timeout", str(STAGE_LIMIT), *url)

    assert done.document["verdict"]["code"] == "proxy-invalid-response"
    assert done.mib < MOST_MIB
    assert proxy.sent < READ_AHEAD


LIVE = {
    "ping": ("ping", "-c", "2", "-i", "0.1", "-W", "0.5"),
    "repl": ("repl", "-x", "ping", "-x", "wait pong 0.5"),
    "listen": ("listen",),
}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *(
            (command, name)
            for command in LIVE
            for name in ("full pings without end", "a frame of 1 TiB")
        ),
        ("ping", "empty pings without end"),
    ],
)
def test_a_live_connection_stays_small(
    command: str, name: str, measure: Callable[..., Measured]
) -> None:
    """It ends by itself, or, being told to stay, when it is told to end."""
    with replace(FRAMES[name][0]).running() as server:
        done = measure(
            *LIVE[command],
            "--timeout",
            str(STAGE_LIMIT),
            "--url",
            f"ws://127.0.0.1:{server.port}",
            # The connection has failed, and was examined; another would follow.
            until_shown=b"waiting" if command == "listen" else b"",
        )

    assert b"Traceback" not in done.stderr
    assert b"itself failed" not in done.stdout + done.stderr
    assert done.code in (0, 1)
    assert done.mib < MOST_MIB


@pytest.mark.parametrize(
    ("command", "inner"),
    [
        *((command, ARRAYS) for command in LIVE),
        ("listen", DIGITS),
        ("listen", b"1e999"),
        ("repl", b"[" * 90 + b"]" * 90),
    ],
    ids=[*LIVE, "digits", "infinite", "deep"],
)
def test_a_huge_command_is_taken_or_refused(
    command: str, inner: bytes, measure: Callable[..., Measured]
) -> None:
    """Parsed twice, shown, kept: within the bound."""
    with Flood(
        before=frame(BINARY, COMMAND % inner) + message('{"type":"pong"}') * 2 + close(1008),
        accepts=True,
    ).running() as server:
        done = measure(
            *LIVE[command],
            "--json",
            "--timeout",
            str(STAGE_LIMIT),
            "--url",
            f"ws://127.0.0.1:{server.port}",
        )

    assert b"Traceback" not in done.stderr
    assert b"itself failed" not in done.stdout + done.stderr
    assert all(json.loads(line)["event"] for line in done.stdout.splitlines())
    assert done.mib < MOST_MIB


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def hundred(tmp_path: Path) -> str:
    """A file of 100 MB that takes no room."""
    path = tmp_path / "hundred"
    with path.open("wb") as file:
        file.write(b"EDGE_SECRET=x\n")
        file.truncate(100_000_000)
    return str(path)


ENDLESS = ("/dev/zero", "{hundred}")


@pytest.mark.parametrize("file", ENDLESS)
@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        (("doctor", "--json", "--offline", "-e", "{}"), 1, "env-file-unreadable"),
        (("doctor", "--json", "--offline", "--secret-file", "{}"), 1, "secret-file-unreadable"),
        (("doctor", "--json", "--replay", "{}"), 2, None),
        (("doctor", "--json", "--ca-file", "{}", "--url", "wss://127.0.0.1:9"), 2, None),
        (("repl", "--demo", "--script", "{}"), 2, None),
        (("listen", "--demo", "--journal", "{}"), 1, None),
    ],
    ids=["env file", "secret", "report", "certificates", "script", "journal"],
)
def test_a_huge_file_is_not_read_whole(
    file: str,
    arguments: tuple[str, ...],
    code: int,
    verdict: str | None,
    hundred: str,
    measure: Callable[..., Measured],
) -> None:
    """Whatever it is named as, with a verdict or a sentence."""
    name = file.format(hundred=hundred)
    done = measure(*(word.replace("{}", name) for word in arguments))

    assert done.code == code
    assert done.mib < MOST_MIB
    assert b"Traceback" not in done.stderr
    if verdict is not None:
        found = [finding["code"] for finding in done.document["findings"]] + [
            done.document["verdict"]["code"]
        ]
        assert verdict in found
    else:
        assert done.stderr.startswith((b"edgecheck: --", b"edgecheck: the journal "))


@pytest.mark.parametrize(
    "arguments",
    [
        ("doctor", "--json", "--replay", "-"),
        ("doctor", "--json", "--offline", "--secret-file", "-"),
        ("repl", "--demo"),
        ("repl", "--demo", "--keep-going", "--json"),
    ],
    ids=["report", "secret", "lines", "more lines"],
)
def test_standard_input_without_end_ends(
    arguments: tuple[str, ...], measure: Callable[..., Measured]
) -> None:
    """Not even a line end comes."""
    endless = "--keep-going" in arguments
    done = measure(*arguments, stdin="/dev/zero", until_shown=b'"error"' if endless else b"")

    assert done.code in ((0, 1, 130) if endless else (1, 2))
    assert done.mib < MOST_MIB
    assert len(done.stdout) + len(done.stderr) < 1 << 20 or endless
    assert b"Traceback" not in done.stderr


REPORTS = {
    "nested": DEEP,
    "a number": DIGITS,
    "a number in it": b'{"schema":"edgecheck.report/1","stages":[],"total_ms":%s}' % DIGITS,
    "arrays": b'{"schema":"edgecheck.report/1","stages":%s}'
    % (b"[" + b",".join([b"[]"] * 690_000) + b"]"),
    "arrays in it": b'{"schema":"edgecheck.report/1","stages":[],"target":{"x":%s}}' % ARRAYS,
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_huge_report_is_refused_or_judged(
    name: str, tmp_path: Path, measure: Callable[..., Measured]
) -> None:
    """One that was forged to take memory takes little."""
    (tmp_path / "report.json").write_bytes(REPORTS[name])
    done = measure("doctor", "--json", "--replay", "report.json")

    assert done.code in (0, 2)
    assert done.mib < MOST_MIB
    assert done.document["schema"] == "edgecheck.report/1"


BOMB = "K0=xx\n" + "\n".join(f"K{i}=${{K{i - 1}}}${{K{i - 1}}}" for i in range(1, 60))
ENV_FILES = {
    "values that double": f"{BOMB}\nEDGE_SECRET=${{K59}}\nEDGE_AGENT_ID=$K59",
    "one that doubles itself": "A=xx\n" + "A=${A}${A}\n" * 60,
    "a large one, often": "A=" + "x" * 30_000 + "\n" + "B=${A}${A}\n" * 2000,
    "braces that are never closed": "EDGE_SECRET=" + "${" * 32_000,
    "quotes": 'EDGE_SECRET="' + "'" * 60_000,
    "lines": "EDGE_SECRET=x\n" * 4500,
}


@pytest.mark.parametrize("name", ENV_FILES)
def test_a_small_file_does_not_become_a_large_one(
    name: str, tmp_path: Path, measure: Callable[..., Measured]
) -> None:
    """Names in values, and whatever else grows as it is read; a shell's reading of it included."""
    (tmp_path / ".env").write_text(ENV_FILES[name])
    environ = dict.fromkeys(("EDGE_SECRET", "EDGE_AGENT_ID"), "")
    done = measure("doctor", "--json", "--offline", **environ)

    assert done.code == 1
    assert done.mib < MOST_MIB
    assert done.document["verdict"] is not None


# --- certificates, addresses ----------------------------------------------------------------------


def chain_of(length: int, folder: Path) -> tuple[Path, Path, Path]:
    """Make a chain in which each certificate issues the next.

    Return the files of the root, the chain and the key.
    """
    now = datetime.now(UTC)
    key = issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    made: list[x509.Certificate] = []
    for number in range(length):
        last = number == length - 1
        subject = (
            issuer
            if not made
            else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {number}")])
        )
        key = issuer_key if not made else ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=not last, path_length=None), critical=True)
        )
        if last:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
            )
        made.append(builder.sign(issuer_key, hashes.SHA256()))
        issuer, issuer_key = subject, key
    root, chain, key_file = folder / "root.pem", folder / "chain.pem", folder / "key.pem"
    root.write_bytes(made[0].public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        b"".join(each.public_bytes(serialization.Encoding.PEM) for each in reversed(made))
    )
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return root, chain, key_file


@pytest.mark.parametrize("length", [100, 400])
def test_a_long_chain_of_certificates_has_a_verdict(
    length: int, tmp_path: Path, measure: Callable[..., Measured]
) -> None:
    """A hundred are read, ten are kept; four hundred are more than OpenSSL reads."""
    import ssl

    root, chain, key = chain_of(length, tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with in_thread(lambda: serving(saying(OK + b"\r\n"), context=context)) as server:
        done = measure(
            *(
                "doctor",
                "--json",
                "--timeout",
                str(AMPLE_LIMIT),
                "--url",
                f"wss://localhost:{server.port}",
                "-4",
                "--ca-file",
                str(root),
            )
        )

    assert done.code == 1
    assert done.mib < MOST_MIB
    stages = {stage["stage"]: stage for stage in done.document["stages"]}
    assert done.document["verdict"]["stage"] in ("tls", "upgrade")
    assert len(stages["tls"]["facts"]["chain"] or ()) <= 10
    assert len(done.stdout) < 100_000


def test_a_name_with_thousands_of_addresses_has_a_verdict(
    measure: Callable[..., Measured], tmp_path: Path
) -> None:
    """A hundred are tried, and reported."""
    lines = [f"127.{a}.{b}.1 many.example" for a, b in itertools.product(range(1, 41), range(100))]
    with namespace() as network:
        (Path("/etc/netns") / network.name / "hosts").write_text("\n".join(lines) + "\n")
        done = measure(
            "doctor",
            "--json",
            "--allow-plaintext",
            "--timeout",
            str(AMPLE_LIMIT),
            "--url",
            "ws://many.example:9",
            inside=network.inside,
        )

    assert done.document["verdict"]["code"] == "tcp-refused"
    assert done.mib < MOST_MIB
    tcp = next(stage["facts"] for stage in done.document["stages"] if stage["stage"] == "tcp")
    assert len(tcp["attempts"]) == 100


def test_many_silent_addresses_take_the_limit_and_no_look_more(
    measure: Callable[..., Measured],
) -> None:
    """The look along the path to one of them would tell nothing of the others."""
    addresses = [f"10.99.1.{number}" for number in range(1, 21)]
    with namespace() as network:
        network.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
        network.ip("addr", "add", "10.99.0.1/16", "dev", "v0")
        for device in ("v1", "v0"):
            network.ip("link", "set", device, "up")
        for address in addresses:  # the frames go to nobody
            network.ip("neigh", "replace", address, "lladdr", "02:00:00:00:00:01", "dev", "v0")
        hosts = "".join(f"{address} many.example\n" for address in addresses)
        (Path("/etc/netns") / network.name / "hosts").write_text(hosts)
        done = measure(
            *("doctor", "--json", "--timeout", "3", "--url", "wss://many.example"),
            inside=network.inside,
        )

    assert done.document["verdict"]["code"] == "tcp-timeout"
    tcp = next(stage["facts"] for stage in done.document["stages"] if stage["stage"] == "tcp")
    assert len(tcp["attempts"]) > 8
    assert tcp["path"] is None
    assert "and 15 more" in " ".join(done.document["verdict"]["remedies"])


def test_a_peer_that_does_not_read_does_not_keep_a_command(
    measure: Callable[..., Measured],
) -> None:
    """The goodbye is written to nobody: it has a limit like all else."""
    with in_thread(lambda: serving(opening(hold=False))) as server:
        done = measure(
            "repl",
            "-x",
            f"raw {'x' * 100_000}",
            "-x",
            "close",
            "--timeout",
            str(STAGE_LIMIT),
            "--url",
            f"ws://127.0.0.1:{server.port}",
        )

    assert b"Traceback" not in done.stderr
    assert done.code in (0, 1)
