"""Mutual TLS: what servers by other authors answer to a client's certificate, or to none."""

from __future__ import annotations

import asyncio
import os
import pty
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.backends.applications.behaviour import SECRET
from tests.backends.certificates import Authority, Issued
from tests.backends.conftest import Doctor, command_of, write_settings
from tests.backends.nginx import UPGRADE, nginx
from tests.backends.servers import free_port, serving
from tests.conftest import require_program
from tests.doctor import COMMAND, Setup, bare_environ, in_thread, run_here
from tests.processes import started
from tests.raw_server import request_of
from tests.raw_server import serving as raw_serving
from tests.timing import PATIENCE

PASSWORD = "Gm4-horse-battery"
# Of each server and version of TLS: how it says that it does not accept the certificate.
SERVERS = ("nginx TLSv1.2", "nginx TLSv1.3", "uvicorn TLSv1.2", "uvicorn TLSv1.3")


@dataclass(frozen=True)
class Site:
    """The servers, and certificates to show to them.

    Args:
        urls: by name.
        ca_file: that the servers' own certificates come from.
        clients: certificates for clients, by what is special about them.
    """

    urls: Mapping[str, str]
    ca_file: Path
    clients: Mapping[str, Issued]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Site]:
    """nginx and uvicorn, each with TLS 1.2 alone and with 1.3 alone."""
    folder = tmp_path_factory.mktemp("mutual")
    program = require_program("nginx")
    issued = authority.issue("mutual")
    with ExitStack() as stack:
        port = free_port()
        plain = stack.enter_context(
            serving(command_of("websockets", port), port, folder / "plain.log")
        )
        trust = (
            f"ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate {authority.ca_file};"
        )
        cases = {
            f"nginx {version}": (
                f"listen {{listen}} ssl; ssl_certificate {issued.chain}; ssl_certificate_key "
                f"{issued.key}; ssl_protocols {version}; {trust} location / {{ proxy_pass "
                f"http://127.0.0.1:{plain.port}; {UPGRADE} }}"
            )
            for version in ("TLSv1.2", "TLSv1.3")
        }
        urls = {
            name: server.url
            for name, server in stack.enter_context(nginx(program, folder, cases)).items()
        }
        for version in ("TLSv1.2", "TLSv1.3"):
            port = free_port()
            command = mutual(port, version, issued, authority)
            server = stack.enter_context(
                serving(command, port, folder / f"{version}.log", scheme="wss")
            )
            urls[f"uvicorn {version}"] = server.url
        yield Site(urls, authority.ca_file, clients(folder, authority))


def mutual(port: int, version: str, issued: Issued, authority: Authority) -> list[str]:
    """Return the command of a server in Python that demands a client certificate."""
    constant = f"ssl.TLSVersion.{version.replace('.', '_')}"
    program = f"""
import ssl, uvicorn
config = uvicorn.Config(
    "tests.backends.applications.asgi:app",
    port={port},
    ssl_certfile="{issued.chain}",
    ssl_keyfile="{issued.key}",
    ssl_ca_certs="{authority.ca_file}",
    ssl_cert_reqs=ssl.CERT_REQUIRED,
)
config.load()
config.ssl.minimum_version = config.ssl.maximum_version = {constant}
uvicorn.Server(config).run()
"""
    return [sys.executable, "-c", program]


def clients(folder: Path, authority: Authority) -> Mapping[str, Issued]:
    """Issue certificates for clients."""
    other = folder / "other"
    other.mkdir()
    right = authority.issue("client")
    key = serialization.load_pem_private_key(right.key.read_bytes(), None)
    encrypted = folder / "encrypted.key"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        )
    )
    both = folder / "both.pem"
    both.write_bytes(right.chain.read_bytes() + right.key.read_bytes())
    return {
        "right": right,
        "both in one file": Issued(both, both),
        "encrypted": Issued(right.chain, encrypted),
        "wrong issuer": Authority(other, "Other").issue("client"),
        "self-signed": authority.issue("self-signed client", self_signed=True),
        "expired": authority.issue("expired client", days=(-90, -1)),
        "not yet valid": authority.issue("early client", days=(1, 90)),
    }


def shown(site: Site, name: str) -> tuple[object, ...]:
    """Return the options that show a certificate."""
    issued = site.clients[name]
    return "--ca-file", site.ca_file, "--cert", issued.chain, "--key", issued.key


@pytest.mark.parametrize("server", SERVERS)
def test_the_right_certificate_opens_the_door(doctor: Doctor, site: Site, server: str) -> None:
    """And it is in the facts, without its key."""
    found = doctor(site.urls[server], *shown(site, "right"))

    found.assert_healthy()
    assert found.facts("tls")["client_certificate_sent"] is True
    assert found.facts("tls")["client_certificate"]["subject"] == "CN=127.0.0.1"


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("until", [None, "tls"])
def test_without_a_certificate_one_is_required(
    doctor: Doctor, site: Site, server: str, until: str | None
) -> None:
    """nginx says so with a page, after TLS has ended well: until then nothing is wrong."""
    more = ("--until", until) if until else ()
    found = doctor(site.urls[server], "--ca-file", site.ca_file, *more)
    if until and server.startswith("nginx"):
        assert found.exit_code == 0
        assert found.facts("tls")["client_certificate_requested"] is True
        return

    found.assert_verdict("tls-client-certificate-required", "tls")
    assert any("--cert" in remedy for remedy in found.verdict["remedies"])
    assert found.verdict["side"] == "client"


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("client", ["wrong issuer", "self-signed"])
def test_a_certificate_of_another_issuer_is_rejected(
    doctor: Doctor, site: Site, server: str, client: str
) -> None:
    """Whoever issued it is shown; nginx names whom it accepts, which makes it certain."""
    found = doctor(site.urls[server], *shown(site, client))

    found.assert_verdict("tls-client-certificate-rejected", "tls")
    assert any("issued by" in line for line in found.verdict["evidence"])
    if server.startswith("nginx"):
        assert found.verdict["confidence"] == "certain"
        assert "its issuer is not trusted there" in found.verdict["title"]
    else:
        assert found.verdict["confidence"] == "possible"
        assert "which authorities their server trusts" in found.verdict["remedies"][0]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("client", "code"),
    [("expired", "mtls-certificate-expired"), ("not yet valid", "mtls-certificate-not-yet-valid")],
)
def test_a_certificate_that_is_out_of_date_is_said_before_it_is_sent(
    doctor: Doctor, site: Site, server: str, client: str, code: str
) -> None:
    """It explains the refusal that follows."""
    until = () if server.startswith("nginx") else ("--until", "tls")
    for more in {(), until}:
        found = doctor(site.urls[server], *shown(site, client), *more)

        found.assert_verdict(code, "config")
        assert "tls-client-certificate-rejected" in found.verdict["alternatives"]


@pytest.mark.parametrize("server", ["uvicorn TLSv1.2", "uvicorn TLSv1.3"])
@pytest.mark.parametrize("client", ["wrong issuer", "right"])
def test_until_tls_waits_for_what_the_server_says(
    doctor: Doctor, site: Site, server: str, client: str
) -> None:
    """With TLS 1.3 it judges the certificate after the client's handshake has ended."""
    found = doctor(site.urls[server], *shown(site, client), "--until", "tls")

    if client == "right":
        assert found.exit_code == 0
        assert found.stages["tls"] == "pass"
    else:
        found.assert_verdict("tls-client-certificate-rejected", "tls")
    assert found.stages["upgrade"] == "skip"
    assert found.report["until"] == "tls"


def test_certificate_and_key_may_be_in_one_file(doctor: Doctor, site: Site) -> None:
    """Then there is no other option."""
    file = site.clients["both in one file"].chain

    doctor(site.urls[SERVERS[0]], "--ca-file", site.ca_file, "--cert", file).assert_healthy()


def test_an_encrypted_key_takes_its_password_from_a_file(
    doctor: Doctor, site: Site, tmp_path: Path
) -> None:
    """One line end at its end does not belong to it."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    more = ("--key-password-file", tmp_path / "password")
    found = doctor(site.urls[SERVERS[1]], *shown(site, "encrypted"), *more)

    found.assert_healthy()
    assert PASSWORD not in str(found.report)


def asked(folder: Path, url: str, options: tuple[object, ...], typed: str) -> tuple[int, str]:
    """Run doctor on a terminal, type a password, and return the exit code and what was shown."""
    write_settings(folder, url, "healthy", SECRET)
    ours, theirs = pty.openpty()
    screen = b""
    with started(
        [*COMMAND, *map(str, options)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**bare_environ(folder), "TERM": "dumb"},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            while b"Password of the key" not in screen:
                screen += os.read(ours, 4096)
            os.write(ours, f"{typed}\n".encode())
            while True:
                try:
                    screen += os.read(ours, 4096)
                except OSError:  # EIO: the process has ended
                    break
        finally:
            os.close(ours)
        return process.wait(PATIENCE), screen.decode()


def test_an_encrypted_key_asks_for_its_password_on_a_terminal(site: Site, tmp_path: Path) -> None:
    """It is not shown while it is typed, and neither is a wrong one."""
    options, url = shown(site, "encrypted"), site.urls[SERVERS[1]]
    code, screen = asked(tmp_path, url, options, PASSWORD)
    wrong, complaint = asked(tmp_path, url, options, PASSWORD[::-1])

    assert code == 0, screen
    assert "Healthy" in screen
    assert PASSWORD not in screen
    assert wrong == 2
    assert "the password does not open the key" in complaint
    assert PASSWORD[::-1] not in complaint


def refusal(folder: Path, *options: object) -> str:
    """Return what is said of options with which nothing is sent."""
    done = run_here(Setup(folder, {}), "wss://127.0.0.1:9", *map(str, options))

    assert done.code == 2
    assert done.stdout == ""
    return done.stderr


def test_what_cannot_be_used_is_said_before_anything_is_sent(site: Site, tmp_path: Path) -> None:
    """In each case in words of its own, with exit code 2."""
    right, other = site.clients["right"], site.clients["wrong issuer"]
    (tmp_path / "password").write_text("wrong")
    (tmp_path / "empty").write_text("")
    (tmp_path / "broken.key").write_text(right.key.read_text().replace("\nM", "\n*"))
    der = tmp_path / "client.der"
    own = x509.load_pem_x509_certificate(right.chain.read_bytes())
    der.write_bytes(own.public_bytes(serialization.Encoding.DER))
    encrypted = ("--cert", right.chain, "--key", site.clients["encrypted"].key)
    said = {
        "does not belong to the certificate": ("--cert", right.chain, "--key", other.key),
        "No such file": ("--cert", tmp_path / "missing"),
        "holds no certificate in PEM form": ("--cert", tmp_path / "empty"),
        "openssl x509 -inform der": ("--cert", der),
        "name its file with --key": ("--cert", right.chain),
        "holds no private key": ("--cert", right.chain, "--key", right.chain),
        "is damaged": ("--cert", right.chain, "--key", tmp_path / "broken.key"),
        "The key is encrypted": encrypted,
        "does not open the key": (*encrypted, "--key-password-file", tmp_path / "password"),
        "--key goes with --cert": ("--key", right.key),
    }

    for words, options in said.items():
        assert words.lower() in refusal(tmp_path, *options).lower(), options


def test_a_proxy_is_not_shown_the_certificate(doctor: Doctor, site: Site, tmp_path: Path) -> None:
    """It is for the backend alone, and would tell the proxy who the agent is."""
    shown_to_it: list[object] = []
    folder = tmp_path / "proxy"
    folder.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = Authority(folder)
    issued = authority.issue("proxy")
    context.load_cert_chain(issued.chain, issued.key)
    context.load_verify_locations(site.ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        shown_to_it.append(writer.get_extra_info("peercert"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    right = site.clients["right"]
    with in_thread(lambda: raw_serving(handle, context=context)) as proxy:
        found = doctor(
            *("wss://127.0.0.1:9", "--proxy", f"https://127.0.0.1:{proxy.port}"),
            *("--ca-file", authority.ca_file, "--cert", right.chain, "--key", right.key),
        )

    assert found.verdict["stage"] == "proxy"
    assert shown_to_it
    assert not any(shown_to_it)
