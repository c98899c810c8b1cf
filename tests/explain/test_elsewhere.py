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
        "Error: connect ECONNREFUSED ::1:6379",
        "connect ETIMEDOUT db.example.com:3306",
        "dial tcp [fd00::7]:5432: connect: connection refused",
        "dial tcp 10.0.0.3:27017: i/o timeout",
        "fatal: could not read Username for 'https://git.example.com': Connection refused",
        "fatal: Could not read from remote repository. Connection reset by peer",
        "fatal: Authentication failed for 'https://git.example.com/edge-backend.git/' HTTP 401",
        "fatal: unable to access 'https://git.example.com/edge-agent.git/': Could not resolve host",
        'Get "s3://bucket/key": unsupported protocol scheme "s3"',
        "could not connect to the printer: No route to host",
        "Failed to connect to database: Network is unreachable",
        "Failed to connect to the camera: Connection refused",
        'error: unsupported protocol scheme "hdfs"',
        "open gs://models/a.bin: unsupported scheme: gs",
        "hci0: Connection timed out",
        "pika.adapters.utils.io_services_utils - Socket failed to connect; error=111",
        "celery.app.trace: Task app.sync[1] raised unexpected: ConnectionRefusedError(111)",
        "Elasticsearch.Net.ElasticsearchClientException: Connection refused",
        "could not connect to server smtp.gmail.com: Connection timed out",
        "ldap.example.com: Connection timed out",
        "imap.example.com:993: Connection refused",
        "kafka.errors.NoBrokersAvailable: Connection refused",
        "redis.asyncio.connection: Error 111 connecting: Connection refused",
        "getaddrinfo ENOTFOUND redis",
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
        (
            "java.net.ConnectException: Connection refused\n at acme.Client.run(Client.java:1521)",
            "tcp-refused",
        ),
        (
            "SSLHandshakeException: PKIX path building failed (at SSLSocketImpl.java:1433)",
            "tls-unknown-issuer",
        ),
        ("client.go:2379: dial tcp 10.0.0.1:443: connect: connection refused", "tcp-refused"),
        (
            "conn.py:1433: ConnectionResetError: [Errno 104] Connection reset by peer",
            "tcp-reset",
        ),
        ("connect ECONNREFUSED 2001:db8:0:9200::1:443", "tcp-refused"),
        (
            "read tcp 10.0.0.2:9092->10.0.0.9:443: read: connection reset by peer",
            "session-dropped",
        ),
        ("Error: connect ECONNREFUSED 10.0.0.5:9092", "tcp-refused"),
        (
            "at Socket.connect (net.js:3306) Error: connect ETIMEDOUT 10.0.0.4:443",
            "tcp-timeout",
        ),
        ("write tcp 10.0.0.2:6379->10.0.0.9:8443: write: broken pipe", "session-dropped"),
        (
            "agent.rb:5432: getaddrinfo: Name or service not known (SocketError)",
            "dns-not-found",
        ),
        ("connect EHOSTUNREACH fd00:0:0:5432::7:443", "tcp-unreachable"),
        ("main.cpp:11211: certificate has expired", "tls-certificate-expired"),
        (
            "fatal: could not read from websocket: connection reset by peer",
            "session-dropped",
        ),
        (
            "FATAL: could not read frame header from wss://edge.example.com/edge/ws: EOF",
            "upgrade-closed",
        ),
        (
            "FATAL: authentication failed for wss://edge.example.com/edge/ws: HTTP 401",
            "auth-secret-rejected",
        ),
        (
            "fatal: could not read the server's answer: HTTP 502 Bad Gateway",
            "upgrade-bad-gateway",
        ),
        (
            "fatal: remote error on the websocket: closed with code 1008",
            "auth-secret-rejected",
        ),
        (
            "Cannot connect edge to controller: dial tcp 10.0.0.5:443: connect: no route to host",
            "tcp-unreachable",
        ),
        ("connecting to device backend: connect EHOSTUNREACH 10.0.0.5:443", "tcp-unreachable"),
        ("connect to device-gateway failed: Network is unreachable", "tcp-unreachable"),
        (
            "eth0 02:42:ac:11:00:02 wss://edge.example.com/edge/ws: Network is unreachable",
            "tcp-unreachable",
        ),
        (
            "failed to connect to the ingress controller wss://edge.example.com: No route to host",
            "tcp-unreachable",
        ),
        ('unsupported URL scheme: "ftp" in BACKEND_URL', "url-scheme-unknown"),
        ('unsupported protocol scheme "git+wss" in BACKEND_URL', "url-scheme-unknown"),
        ("wlan0 02:42:ac:11:00:02: connect: Network is unreachable", "tcp-unreachable"),
        ("connect to sensor-hub.example.com: No route to host", "tcp-unreachable"),
        ("camera-agent: connect EHOSTUNREACH 10.0.0.5:443", "tcp-unreachable"),
        ('BACKEND_URL: unsupported scheme "ssh"', "url-scheme-unknown"),
        ("connection to the database-gateway: websocket: No route to host", "tcp-unreachable"),
        ("GET https://redis.example.com/ws: connection refused", "tcp-refused"),
        ("dial tcp kafka.example.com:443: connect: connection refused", "tcp-refused"),
        ("ssh.example.com:8443: Connection reset by peer", "tcp-reset"),
        ("Error: getaddrinfo ENOTFOUND kafka.example.com", "dns-not-found"),
        ("dial tcp: lookup redis.example.com: no such host", "dns-not-found"),
    ],
)
def test_what_only_resembles_it_keeps_its_answer(line: str, code: str) -> None:
    """What a program printed looks like a call, and a host may be named after a service."""
    assert find(line, PROBLEMS)[0].problem.code == code
