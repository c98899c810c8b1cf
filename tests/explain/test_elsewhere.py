"""Source code, lists of changes and other services: no line of them is about our connection."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find


@pytest.mark.parametrize(
    "line",
    [
        "except aiohttp.ServerDisconnectedError:",
        "} catch (SSLHandshakeException e) {",
        "func (e TLSHandshakeError) Error() string {",
        'logger.error("connection lost: %s", reason)',
        'throw new Error("Unexpected server response: 502");',
        "// the connection was closed before the handshake",
        "- Fixed: connection reset by peer while reading a message (#77)",
        "fix(ws): handle close code 1006",
        "Retryable errors: ConnectionReset, TokenExpired",
        "ERROR: Kafka connection lost",
        "mysql: [Errno 111] Connection refused",
        'FATAL: password authentication failed for user "app"',
        "failed to lock the queue; another channel was closed",
        "rpc error: code = Unavailable desc = connection closed",
        "ERROR 1045 (28000): Access denied for user 'app'@'10.0.0.3' (using password: YES)",
        "PermissionError: [Errno 13] Permission denied: '/var/lib/agent/state.json'",
        '{61, "ECONNREFUSED", "connection refused"},',
        "ws.on('error', (error) => {",
        "--pong-timeout SECONDS  how long to wait for a pong",
        "Raises ConnectionResetError when the connection is reset by peer.",
        "This might be an invalid hostname.",
        "Every message that arrives resets the ping timeout.",
        "The socket is closed if no pong arrives within the limit.",
        "✓ closes with 1008 when the secret is wrong (8 ms)",
        "status('502') // Bad Gateway",
        "npm ERR! network connect ECONNREFUSED 10.0.0.9:443",
        "fatal: unable to access 'https://git.example.com/': Could not resolve host",
        "| 1011 | internal error | unexpected condition |",
        "Error: connect ECONNREFUSED 127.0.0.1:6379",
        "dial tcp db:5432: connect: connection refused",
        "git@git.example.com: Permission denied (publickey).",
        "fatal: Authentication failed for 'https://git.example.com/agent.git/'",
        "no matching host key",
        "ValueError: unsupported scheme s3",
        "Error: publish to closed topic",
        "[bluez] Failed to reconnect to AA:BB:CC:DD:EE:FF",
        "error: got: 403 items from the queue",
        "Err:1 http://deb.example.org bookworm InRelease Temporary failure resolving 'example.org'",
        "pg_isready: could not connect to server: Connection refused",
        "error: dial unix /var/run/docker.sock: connect: permission denied",
    ],
)
def test_what_is_about_something_else_has_no_answer(line: str) -> None:
    """The words of a failure stand in it, and it did not happen to the connection."""
    assert not [match for match in find(line, PROBLEMS) if match.exact]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ConnectionResetError(104, 'Connection reset by peer')", "tcp-reset"),
        ("HTTPUpgradeError.notAnUpgrade(403)", "auth-forbidden"),
        ("getaddrinfo EAI_AGAIN chat-redis", "dns-failure"),
        ("raise BadStatusLine(line)", "upgrade-not-http"),
        ("redis adapter: websocket closed with code 1006", "session-dropped"),
        ("recv() failed (104: Connection reset by peer)", "tcp-reset"),
        ("connect EACCES 10.0.0.4:443", "tcp-blocked"),
        ("PermissionError: [Errno 13] Permission denied: '/srv/.env'", "env-file-unreadable"),
        ("Error: cannot send if the client is not connected", "session-dropped"),
        ("fixed header expected: Error: socket hang up", "upgrade-closed"),
        ("Nov 29 10:00:00 redis-01 agent[12]: [Errno 104] Connection reset by peer", "tcp-reset"),
        ("pi@mysql-box:~ $ certificate has expired", "tls-certificate-expired"),
        ("smtp-relay-agent[77]: connect ECONNREFUSED 10.1.2.3:443", "tcp-refused"),
        ("behind the ssh tunnel: Unexpected server response: 502", "upgrade-bad-gateway"),
        ("build agent: connection refused (os error 111)", "tcp-refused"),
        ("test: Error: connect ECONNREFUSED 10.0.0.4:443", "tcp-refused"),
        ("ci: websocket handshake failed: 502 Bad Gateway", "upgrade-bad-gateway"),
        ("throws Error: Unexpected server response: 401", "auth-unauthorized"),
        ("When I connect it raises ConnectionRefusedError.", "tcp-refused"),
        ("socket.gaierror(-2, 'Name or service not known')", "dns-not-found"),
        ("Transient error: connection refused, next attempt in 5 s", "tcp-refused"),
    ],
)
def test_what_only_resembles_it_keeps_its_answer(line: str, code: str) -> None:
    """What a program printed looks like a call, and a host may be named after a service."""
    assert find(line, PROBLEMS)[0].problem.code == code
