"""Contexts of TLS that connections share."""

from __future__ import annotations

import contextlib
import platform
import ssl
from pathlib import Path

import pytest
from truststore import _openssl

from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import Served, make
from edgecheck.wire.tls import Handshake, TrustError, share
from edgecheck.wire.trust import shared_context
from tests.short_of_files import printed


def served(folder: Path, certificate: Certificate | None = None) -> Served:
    folder.mkdir()
    return make(certificate or Certificate(), "localhost", folder)


def ca_of(one: Served) -> Path:
    assert one.ca_file is not None
    return one.ca_file


class Pair:
    """Both ends of a handshake, without a network."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext) -> None:
        bios = [ssl.MemoryBIO() for _ in range(4)]
        self.seen = Handshake()
        self.client = client.wrap_bio(bios[0], bios[1], server_hostname="localhost")
        self.seen.follow(self.client)
        self.server = server.wrap_bio(bios[2], bios[3], server_side=True)
        self._bios = bios

    def step(self) -> None:
        """Let each end go on once."""
        for end, out, into in ((self.client, 1, 2), (self.server, 3, 0)):
            with contextlib.suppress(ssl.SSLError):  # it waits, or the strict server refuses
                end.do_handshake()
            self._bios[into].write(self._bios[out].read())


def test_handshakes_over_one_context_see_their_own_messages(tmp_path: Path) -> None:
    """Two servers, of which one demands a certificate, are met at the same time."""
    plain = served(tmp_path / "a")
    strict = served(tmp_path / "b", Certificate(wants_client=True))
    both = tmp_path / "both.pem"
    both.write_bytes(ca_of(plain).read_bytes() + ca_of(strict).read_bytes())
    context = shared_context(both, insecure=False)
    share(context)
    pairs = Pair(context, plain.context), Pair(context, strict.context)
    for _ in range(3):
        for pair in pairs:
            pair.step()
    first, second = (pair.seen for pair in pairs)

    assert (first.certificate_requested, second.certificate_requested) == (False, True)
    assert first.certificates
    assert second.certificates
    assert first.certificates != second.certificates


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """An authority that is replaced counts from the next connection on."""
    one, other = served(tmp_path / "a"), served(tmp_path / "b")
    file = tmp_path / "ca.pem"
    file.write_bytes(ca_of(one).read_bytes())
    first, again = shared_context(file, insecure=False), shared_context(file, insecure=False)
    file.write_bytes(ca_of(one).read_bytes() + ca_of(other).read_bytes())
    changed = shared_context(file, insecure=False)

    assert first is again
    assert len(first.get_ca_certs()) == 1
    assert len(changed.get_ca_certs()) == 2


def test_a_file_that_is_gone_is_an_error_again(tmp_path: Path) -> None:
    """What was read once does not hide it."""
    file = ca_of(served(tmp_path / "a"))
    shared_context(file, insecure=False)
    file.unlink()

    with pytest.raises(TrustError):
        shared_context(file, insecure=False)


def test_the_systems_store_is_read_once_and_checks_names() -> None:
    """The context is as strict as truststore's own."""
    context = shared_context(None, insecure=False)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert shared_context(None, insecure=False) is context
    assert shared_context(None, insecure=True) is not context


def test_a_system_store_named_by_the_environment_is_the_one_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL's own variable names another file of trusted certificates."""
    file = ca_of(served(tmp_path / "a"))
    before = shared_context(None, insecure=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))

    assert shared_context(None, insecure=False) is not before
    assert len(shared_context(None, insecure=False).get_ca_certs()) == 1


_STARVED = """
from edgecheck.wire.trust import shared_context

shared_context(None, insecure=True)
import truststore._openssl
for _ in range(2):
    try:
        with short():
            shared_context(None, insecure=False)
        print("no error")
    except OSError as error:
        print(os.strerror(error.errno))
print(len(shared_context(None, insecure=False).get_ca_certs()))
"""


@pytest.mark.skipif(platform.system() != "Linux", reason="another system keeps them elsewhere")
def test_a_system_store_that_no_file_is_left_to_read_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL says nothing of it; as soon as there are files again, the certificates count."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_of(served(tmp_path / "a"))))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))

    assert printed(_STARVED).splitlines() == ["Too many open files"] * 2 + ["1"]


def test_an_empty_system_store_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without a certificate is no limit of this machine, and may be filled."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    (tmp_path / "empty").touch()
    monkeypatch.setattr(_openssl, "_CA_FILE_CANDIDATES", [])

    first = shared_context(None, insecure=False)

    assert first.get_ca_certs() == []
    assert shared_context(None, insecure=False) is not first
