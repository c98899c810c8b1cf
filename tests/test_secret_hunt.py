"""The secret leaves at the door.

A marker is planted in every input, and looked for in every output, whole, in part and encoded.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import functools
import html
import json
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edgecheck.render import formats, github, trace
from edgecheck.render.first_screen import LINES
from edgecheck.report import report_in
from edgecheck.simulator import Backend
from edgecheck.simulator.names import FAULTS
from tests.doctor import SECRET, Outcome, Setup, in_thread, run, run_here, set_up, simulated
from tests.raw_server import (
    BINARY,
    Handler,
    accept_of,
    close,
    frame,
    opening,
    request_of,
    saying,
    serving,
    text,
)
from tests.timing import SHORT_LIMIT

FORMATS = {"text": (), "verbose": ("--verbose",), "json": ("--json",), "quiet": ("--quiet",)}
LIMIT = ("--timeout", str(SHORT_LIMIT))
# Every character here is another one in some encoding.
SPECIAL = 'Zq"7<&>+/%=\\~{x}^|`$#@!*(k)[w];:?,J'
PIECE = 8


@functools.cache
def traces(secret: str) -> frozenset[str]:
    """Return what must be found nowhere.

    It is every piece of eight characters of the secret and of what it becomes.
    """
    raw = secret.encode()
    whole = {
        secret,
        secret[::-1],
        quote(secret, safe=""),
        quote(secret, safe="").lower(),
        quote(secret, safe="/%:@!$&'()*+,;=~-._?"),
        "".join(f"%{byte:02X}" for byte in raw),
        "".join(f"%{byte:02x}" for byte in raw),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        "".join(f"\\u{byte:04x}" for byte in raw),
        "".join(f"\\\\u{byte:04x}" for byte in raw),
        "".join(f"\\\\\\\\u{byte:04x}" for byte in raw),
        raw.hex(),
        raw.hex().upper(),
        secret.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;"),
    }
    for alignment in range(3):
        # What stands before the secret decides how its characters fall into groups of three; the
        # group that it shares is dropped.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole.add(
                encode(b"\0" * alignment + raw)[4 if alignment else 0 :]
                .decode()
                .rstrip("=")[: -1 or None]
            )
    for alignment in range(5):
        encoded = base64.b32encode(b"\0" * alignment + raw).decode().rstrip("=")
        whole.add(encoded[8 if alignment else 0 : -1])
    for inner in range(3):
        once = base64.b64encode(b"\0" * inner + raw)[4 if inner else 0 :].rstrip(b"=")[:-1]
        for outer in range(3):
            twice = base64.b64encode(b"\0" * outer + once)[4 if outer else 0 :]
            whole.add(twice.decode().rstrip("=")[:-1])
    whole |= {"\0".join(secret), "\\x00".join(secret)}
    # As many characters of an encoding as stand for eight of the secret.
    sized = [(joined(form), max(PIECE, PIECE * len(form) // len(secret))) for form in whole]
    return frozenset(
        form[at : at + size] for form, size in sized for at in range(len(form) - size + 1)
    )


def joined(text: str) -> str:
    """Return a text without what may break a word, or join groups of its characters."""
    return re.sub(r"[\s-]+", "", text.lower())


def found(secret: str, output: str) -> list[str]:
    """Return the pieces of a secret in a text; neither a line break nor another case hides one."""
    text = joined(output)
    return sorted(piece for piece in traces(secret) if piece in text)


def assert_clean(outcome: Outcome, *secrets: str) -> None:
    """Neither stream holds a trace, nor does any report that is made of a document."""
    assert outcome.stdout or outcome.code == 0, outcome.stderr
    texts = [
        outcome.stdout,
        outcome.stderr,
        *(reports_of(outcome).values() if outcome.stdout.startswith("{") else ()),
    ]
    for secret in secrets or (SECRET,):
        assert [found(secret, text) for text in texts if found(secret, text)] == []


def reports_of(outcome: Outcome) -> dict[str, str]:
    """Make every report of a document that stands on standard output.

    Make what a workflow is told as well; of a document without a result, make none.
    """
    document = outcome.report
    if "error" in document:
        return {}
    report = report_in(document)
    return {
        **{form.name: form.render(report) for form in formats.FORMATS},
        "workflow": "\n".join(github.commands(report)),
        "trace": repr(trace.steps(report)),
    }


def test_the_hunt_finds_what_is_there() -> None:
    """A hunt that finds nothing proves nothing by itself."""
    for form in (
        SECRET,
        SECRET[3:11],
        SECRET[::-1],
        base64.b64encode(f"Bearer {SECRET}".encode()).decode(),
        base64.b64encode(f"x:{SECRET}".encode()).decode(),
        base64.b64encode(f"xy:{SECRET}".encode()).decode(),
        SECRET.encode().hex(),
        f"{SECRET[:4]}\n    {SECRET[4:]}",
        "".join(f"%{ord(character):02X}" for character in SECRET),
        "".join(f"\\u{ord(character):04x}" for character in SECRET),
        SECRET.upper(),
        base64.b64encode(base64.b64encode(f"Bearer {SECRET}".encode())).decode(),
        base64.b32encode(f"xyz{SECRET}".encode()).decode(),
        SECRET.encode("utf-16-le").decode(),
        "-".join(SECRET[place : place + 4] for place in range(0, len(SECRET), 4)),
    ):
        assert found(SECRET, f"before {form} after"), form
    for form in (SPECIAL, quote(SPECIAL), json.dumps(SPECIAL), json.dumps(json.dumps(SPECIAL))):
        assert found(SPECIAL, form), form
    assert found(SECRET, "Authorization: Bearer <secret>, sha256:1f2e3d4c5b6a") == []


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_no_fault_and_no_format_shows_it(tmp_path: Path, fault: str | None) -> None:
    """The person's own secret, with each of the simulator's failures, on both streams.

    Nor does the simulator's log.
    """
    log: list[str] = []
    with simulated(fault, log=log.append) as backend:
        setup = set_up(tmp_path, backend)
        outcomes = {name: run_here(setup, *LIMIT, *options) for name, options in FORMATS.items()}

    for outcome in outcomes.values():
        assert_clean(outcome)
    # The whole result is on one screen, at 24 lines with the prompt's.
    shown = outcomes["text"].stdout
    assert len(shown.splitlines()) <= LINES
    assert "Healthy" in shown or ("Next step: " in shown and "\n 1. " in shown)
    assert found(SECRET, "\n".join(log)) == []


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_the_reports_of_a_fault_hold_one_verdict_and_no_secret(
    tmp_path: Path, fault: str | None
) -> None:
    """The files as they are written, each with the code and the title."""
    names = [f"report{form.extension}" for form in formats.FORMATS]
    with simulated(fault) as backend:
        outcome = run_here(
            set_up(tmp_path, backend),
            *LIMIT,
            "--quiet",
            *(word for name in names for word in ("--report", name)),
        )
    written = {name: (tmp_path / name).read_text(encoding="utf-8") for name in names}
    verdict = json.loads(written["report.json"])["verdict"]

    assert [name for name, report in written.items() if found(SECRET, report)] == []
    assert (verdict is None) == (outcome.code == 0)
    if verdict is not None:
        # Of the title, code loses its backticks, and markup stands between words.
        plain = written | {
            "report.html": html.unescape(re.sub("<[^>]*>", "", written["report.html"]))
        }
        plain |= {
            "report.xml": html.unescape(written["report.xml"]),
            "report.json": verdict["title"],
        }
        title = re.sub(r"[`\s]", "", verdict["title"])
        assert [
            name for name, report in plain.items() if title not in re.sub(r"[`\s]", "", report)
        ] == []
        assert [name for name, report in written.items() if verdict["code"] not in report] == []


@pytest.mark.parametrize(
    "fault",
    [
        None,
        "auth-secret-rejected",
        "auth-unauthorized",
        "tls-unknown-issuer",
        "proxy-auth-required",
        "session-dropped",
    ],
)
def test_a_process_of_its_own_shows_it_nowhere(tmp_path: Path, fault: str | None) -> None:
    """What Python prints as it ends is on standard error as well."""
    with simulated(fault) as backend:
        assert_clean(run(set_up(tmp_path, backend), *LIMIT, "--verbose"))


# --- planted in the settings ----------------------------------------------------------------------

URL, AGENT = "BACKEND_URL={url}\n", "EDGE_AGENT_ID={agent_id}\n"
SETTINGS = {
    "good": URL + AGENT + "EDGE_SECRET={secret}\n",
    "leading blank": URL + AGENT + 'EDGE_SECRET=" {secret}"\n',
    "trailing blank": URL + AGENT + 'EDGE_SECRET="{secret} "\n',
    "quoted": URL + AGENT + "EDGE_SECRET=\"'{secret}'\"\n",
    "bearer": URL + AGENT + 'EDGE_SECRET="Bearer {secret}"\n',
    "line break": URL + AGENT + 'EDGE_SECRET="{secret}\n"\n',
    "broken over two lines": URL + AGENT + "EDGE_SECRET={secret}\n{secret}\n",
    "invisible character inside": URL + AGENT + "EDGE_SECRET={secret}\u200b{secret}\n",
    "not ASCII": URL + AGENT + "EDGE_SECRET={secret}é{secret}\n",
    "cut by a comment": URL + AGENT + "EDGE_SECRET=x #{secret}\n",
    "a dialect": URL + AGENT + "EDGE_SECRET={secret}#{secret}\n",
    "interpolated": URL + AGENT + "EDGE_SECRET=${{secret}}\n",
    "interpolated in part": URL + AGENT + "EDGE_SECRET={secret}${{secret}}\n",
    "no equals sign": URL + AGENT + "EDGE_SECRET {secret}\n",
    "a colon": URL + AGENT + "EDGE_SECRET: {secret}\n",
    "an unclosed quote": URL + AGENT + "EDGE_SECRET='{secret}\n",
    "something behind the quote": URL + AGENT + "EDGE_SECRET='{secret}'{secret}\n",
    "misspelt": URL + AGENT + "EDGE_SERCET={secret}\n",
    "in the name's place": URL + AGENT + "{secret}=EDGE_SECRET\n",
    "alone on a line": URL + AGENT + "{secret}\n",
    "in a comment": URL + AGENT + "# EDGE_SECRET={secret}\n",
    "twice, and different": URL + AGENT + "EDGE_SECRET={secret}1\nEDGE_SECRET={secret}2\n",
    "exported": URL + AGENT + "export EDGE_SECRET={secret}\nexport EDGE_SECRET\n",
    "in the URL's query": "BACKEND_URL={url}?token={secret}\n" + AGENT + "EDGE_SECRET={secret}\n",
    "in the URL's path": "BACKEND_URL={url}/{secret}\n" + AGENT + "EDGE_SECRET={secret}\n",
    "in the URL's fragment": "BACKEND_URL={url}#{secret}\n" + AGENT + "EDGE_SECRET={secret}\n",
    "as the URL": "BACKEND_URL={secret}\n" + AGENT + "EDGE_SECRET={secret}\n",
    "as the host": "BACKEND_URL=ws://{secret}.localhost:1\n" + AGENT + "EDGE_SECRET={secret}\n",
    "as the agent id": URL + "EDGE_AGENT_ID={secret}\nEDGE_SECRET={secret}\n",
    "as the URL's user": "BACKEND_URL=wss://{secret}@127.0.0.1:1\n"
    + AGENT
    + "EDGE_SECRET={secret}\n",
    "as the URL's password": "BACKEND_URL=wss://user:{secret}@127.0.0.1:1\n"
    + AGENT
    + "EDGE_SECRET={secret}\n",
}


def written(folder: Path, backend: Backend, content: str, secret: str = SECRET) -> Setup:
    """Write settings; no braces but those of the three names are touched."""
    setup = set_up(folder, backend)
    for name, value in (
        ("{url}", backend.url),
        ("{agent_id}", backend.agent_id),
        ("{secret}", secret),
    ):
        content = content.replace(name, value)
    (folder / ".env").write_text(content)
    return setup


@pytest.mark.parametrize("name", SETTINGS)
def test_no_place_in_the_settings_shows_it(tmp_path: Path, name: str) -> None:
    """Wherever a person may have pasted it: offline, and for real, with every format."""
    with simulated() as backend:
        setup = written(tmp_path, backend, SETTINGS[name])
        for options in (*FORMATS.values(), ("--offline",), ("--offline", "--json")):
            assert_clean(run_here(setup, *LIMIT, *options))


@pytest.mark.parametrize(
    "name",
    [
        "good",
        "quoted",
        "bearer",
        "in the URL's query",
        "in the URL's path",
        "as the agent id",
        "as the URL's password",
    ],
)
def test_a_secret_of_special_characters_is_not_shown_encoded(tmp_path: Path, name: str) -> None:
    """Each encoding changes another of its characters.

    One that a URL cannot hold as it is goes there encoded.
    """
    plain = name in ("good", "quoted", "bearer")
    secret = SPECIAL if plain else quote(SPECIAL, safe="")
    with simulated(secret=SPECIAL) as backend:
        content = (
            SETTINGS[name].replace("EDGE_SECRET={secret}", "").replace("{secret}", secret)
            if not plain
            else SETTINGS["good"].replace("EDGE_SECRET={secret}", "")
        )
        setup = written(tmp_path, backend, content)
        values = {"good": SPECIAL, "quoted": f"'{SPECIAL}'", "bearer": f"Bearer {SPECIAL}"}
        setup = Setup(setup.folder, {"EDGE_SECRET": values.get(name, SPECIAL)}, setup.arguments)
        for options in FORMATS.values():
            assert_clean(run_here(setup, *LIMIT, *options), SPECIAL)


@pytest.mark.parametrize("where", ["option", "environment", "URL of no kind", "malformed"])
@pytest.mark.parametrize(
    "fault", ["proxy-auth-required", "proxy-denied", "proxy-unreachable", "proxy-invalid-response"]
)
def test_the_proxys_password_is_shown_nowhere(tmp_path: Path, where: str, fault: str) -> None:
    """Masked wherever its address is shown, and in the Basic credentials that are made of it."""
    password = "Pw7xK2mQz9LtB4vR"
    with simulated(fault) as backend:
        assert backend.proxy is not None
        address = backend.proxy.replace("http://", f"http://user:{password}@")
        address = {
            "URL of no kind": address.replace("http", "gopher"),
            "malformed": address.replace("http://", "http:/"),
        }.get(where, address)
        setup = set_up(tmp_path, Backend(backend.url, backend.secret, backend.agent_id))
        given = ("--proxy", address) if where != "environment" else ()
        setup = Setup(setup.folder, {"HTTP_PROXY": address} if not given else {}, given)
        for options in FORMATS.values():
            outcome = run_here(setup, *LIMIT, *options)
            assert_clean(
                outcome, SECRET, password, base64.b64encode(f"user:{password}".encode()).decode()
            )
            assert outcome.code == 1


def test_the_urls_password_is_shown_nowhere(tmp_path: Path) -> None:
    """Another value than the secret, and none the less one."""
    password = "Pw7xK2mQz9LtB4vR"
    with simulated() as backend:
        for url in (
            f"ws://user:{password}@127.0.0.1:1",
            f"https://user:{password}@127.0.0.1",
            f"user:{password}@127.0.0.1",
            f"ws://u:{password}@[::1",
        ):
            setup = written(tmp_path, backend, SETTINGS["good"].replace("{url}", url))
            for options in FORMATS.values():
                assert_clean(run_here(setup, *LIMIT, *options), SECRET, password)


def test_a_secret_from_a_file_or_a_shadowed_one_is_shown_nowhere(tmp_path: Path) -> None:
    """Both values are secrets: the one that is used, and the other one."""
    other = "Wd5rG8nYc3JkS6hTq1ZbX9vM"
    with simulated("auth-secret-rejected") as backend:
        setup = set_up(tmp_path, backend)
        (tmp_path / "secret").write_text(f"{other}\n")
        for options in FORMATS.values():
            assert_clean(
                run_here(setup, "--secret-file", str(tmp_path / "secret"), *LIMIT, *options),
                SECRET,
                other,
            )
            assert_clean(
                run_here(Setup(setup.folder, {"EDGE_SECRET": other}), *LIMIT, *options),
                SECRET,
                other,
            )


def test_a_secret_given_where_none_belongs_is_shown_nowhere(tmp_path: Path) -> None:
    """Wrong usage quotes what was typed; no option takes a secret, so none is quoted."""
    with simulated() as backend:
        setup = set_up(tmp_path, backend)
        for options in FORMATS.values():
            outcome = run_here(setup, "--secret-file", "no-such-file", *options)
            assert_clean(outcome)
            assert outcome.code == 1


# --- echoed by whoever answers --------------------------------------------------------------------

VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "whole": lambda secret: secret,
    "its first eight characters": lambda secret: secret[:8],
    "its last eight characters": lambda secret: secret[-8:],
    "reversed": lambda secret: secret[::-1],
    "base64": base64.b64encode,
    "base64 of the field": lambda secret: base64.b64encode(b"Bearer " + secret),
    "base64 of a pair": lambda secret: base64.b64encode(b"user:" + secret),
    "base64 of a longer text": lambda secret: base64.b64encode(b"token=" + secret + b"&x"),
    "hexadecimal": binascii.hexlify,
    "percent-encoded": lambda secret: b"".join(b"%%%02X" % byte for byte in secret),
    "escaped for JSON": lambda secret: b"".join(b"\\u%04x" % byte for byte in secret),
    "UTF-16": lambda secret: secret.decode().encode("utf-16-le"),
    "base32": base64.b32encode,
    "twice in base64": lambda secret: base64.b64encode(base64.b64encode(b"Bearer " + secret)),
    "in groups": lambda secret: b"-".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
}


def wrapped(secret: bytes) -> bytes:
    """Return it among other words."""
    return b"before-" + secret + b"-after"


def response(status: bytes = b"403 Forbidden", fields: bytes = b"", body: bytes = b"") -> bytes:
    """Return a response."""
    return (
        b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


# What says it: the bytes of an answer to the request, or of the first ones after 101.
PLACES: dict[str, Callable[[bytes], Handler]] = {
    "reason phrase": lambda said: saying(response(b"403 " + said)),
    "field value": lambda said: saying(
        response(fields=b"X-Token: " + said + b"\r\nServer: " + said + b"\r\n")
    ),
    "field name": lambda said: saying(response(fields=b"X-" + said + b": 1\r\n")),
    "Location": lambda said: saying(
        response(b"302 Found", b"Location: https://other.example/?token=" + said + b"\r\n")
    ),
    "WWW-Authenticate": lambda said: saying(
        response(b"401 Unauthorized", b'WWW-Authenticate: Basic realm="' + said + b'"\r\n')
    ),
    "Retry-After": lambda said: saying(response(b"429 Slow", b"Retry-After: " + said + b"\r\n")),
    "body": lambda said: saying(response(body=b'{"detail":"bad token ' + said + b'"}')),
    "body of a page": lambda said: saying(
        response(b"200 OK", b"Content-Type: text/html\r\n", b"<html>" + said * 20 + b"</html>")
    ),
    "body in chunks": lambda said: saying(
        b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"3\r\n" + said[i : i + 3] + b"\r\n" for i in range(0, len(said) - 2, 3))
        + b"0\r\n\r\n"
    ),
    "banner": lambda said: saying(b"HELLO " + said + b"\r\n", first=True),
    "101 that is invalid": lambda said: saying(
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + said
        + b"\r\n\r\n"
    ),
    "extension": lambda said: saying_accepted(b"Sec-WebSocket-Extensions: " + said),
    "close reason": lambda said: opening(close(1008, said[:123])),
    "close reason of another code": lambda said: opening(close(4321, said[:123])),
    "message": lambda said: opening(text("x") + frame(BINARY, said)),
    "type of a message": lambda said: opening(frame(BINARY, b'{"type":"' + said + b'"}')),
    "type of a command": lambda said: opening(
        frame(
            BINARY,
            b'{"type":"command","payload":{"command_id":"1","command_type":"'
            + said
            + b'","payload":{}}}',
        ),
        text('{"type":"pong"}'),
    ),
}


def saying_accepted(field: bytes) -> Handler:
    """Return a handler that accepts, with one field more."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = accept_of(await request_of(reader))
        writer.write(head.removesuffix(b"\r\n") + field + b"\r\n\r\n")
        await writer.drain()
        await reader.read()

    return handle


def echoing(variant: str) -> bytes:
    """Return what a server says of the secret."""
    return wrapped(VARIANTS[variant](SECRET.encode()))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_echoes_it_does_not_make_us_show_it(
    tmp_path: Path, place: str, variant: str
) -> None:
    """Wherever the server says it, and however it is written."""
    # A place of hypertext or JSON may break a word; the variants are free of what would end them.
    with in_thread(lambda: serving(PLACES[place](echoing(variant)))) as server:
        setup = set_up(tmp_path, Backend(f"ws://127.0.0.1:{server.port}", SECRET, "edge_1"))
        # The document holds all that the screen can show.
        for options in FORMATS.values() if variant == "whole" else (FORMATS["json"],):
            outcome = run_here(setup, *LIMIT, *options)
            assert_clean(outcome)
            # Once in the request, which we sent, and again in what came back.
            assert options != FORMATS["json"] or outcome.stdout.count("<secret>") > 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_proxy_that_echoes_it_does_not_make_us_show_it(tmp_path: Path, variant: str) -> None:
    """A proxy that reads ws:// has seen it before."""
    said = echoing(variant)
    with in_thread(
        lambda: serving(
            saying(
                response(b"407 " + said, b"Proxy-Authenticate: Basic realm=" + said + b"\r\n", said)
            )
        )
    ) as proxy:
        setup = set_up(
            tmp_path,
            Backend("ws://127.0.0.1:1", SECRET, "edge_1", proxy=f"http://127.0.0.1:{proxy.port}"),
        )
        for options in (("--verbose",), ("--json",)):
            assert_clean(run_here(setup, *LIMIT, *options))
    with in_thread(lambda: serving(saying(b"HELLO " + said + b"\r\n", first=True))) as proxy:
        setup = set_up(
            tmp_path,
            Backend("ws://127.0.0.1:1", SECRET, "edge_1", proxy=f"http://127.0.0.1:{proxy.port}"),
        )
        for options in (("--verbose",), ("--json",)):
            assert_clean(run_here(setup, *LIMIT, *options))


def certificate_of(folder: Path, host: str, name: str) -> ssl.SSLContext:
    """Make a self-signed certificate for a host; its subject and issuer bear a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(f"{host[:60]}.example")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    "variant", ["whole", "its first eight characters", "reversed", "base64", "hexadecimal"]
)
def test_a_certificate_that_bears_it_does_not_make_us_show_it(tmp_path: Path, variant: str) -> None:
    """In its subject, its issuer and its names."""
    said = echoing(variant).decode()
    context = certificate_of(tmp_path, said, said)
    with in_thread(lambda: serving(saying(b""), context=context)) as server:
        setup = set_up(
            tmp_path / "work", Backend(f"wss://127.0.0.1:{server.port}", SECRET, "edge_1")
        )
        for options in (("--verbose",), ("--json",)):
            assert_clean(run_here(setup, *LIMIT, *options))


@pytest.mark.parametrize("variant", VARIANTS)
def test_plain_text_in_the_tls_handshake_does_not_make_us_show_it(
    tmp_path: Path, variant: str
) -> None:
    """The first bytes are kept, and cleaned."""
    said = echoing(variant)
    with in_thread(lambda: serving(saying(b"HELLO " + said, first=True))) as server:
        setup = set_up(tmp_path, Backend(f"wss://127.0.0.1:{server.port}", SECRET, "edge_1"))
        for options in (("--verbose",), ("--json",)):
            assert_clean(run_here(setup, *LIMIT, *options))


def test_a_secret_that_straddles_a_limit_is_not_shown_in_part(tmp_path: Path) -> None:
    """What is cut to a length is cleaned before it is cut."""

    def at_offset(offset: int) -> Iterator[Handler]:
        said = b"x" * offset + SECRET.encode()
        yield saying(
            response(
                b"403 " + said,
                b"X: " + b"x" * (800 + offset) + SECRET.encode() + b"\r\n",
                b"y" * (64 * 1024 - 300 + offset) + SECRET.encode(),
            )
        )
        yield saying(b"HELLO" + said, first=True)
        yield opening(text("x" * (offset - 10) + SECRET))

    for offset in (180, 196, 250):
        for handler in at_offset(offset):
            with in_thread(lambda handler=handler: serving(handler)) as server:
                setup = set_up(tmp_path, Backend(f"ws://127.0.0.1:{server.port}", SECRET, "edge_1"))
                assert_clean(run_here(setup, *LIMIT, "--json", "--no-experiments"))
