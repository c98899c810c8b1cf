"""TLS contexts that many connections share: one for each file of trusted certificates.

To read the operating system's trust store takes longer than all the rest of a checkup, and its
certificates fill a megabyte. A context is used again as long as the files that it was made from
stay as they are. What is seen of one handshake does not mix with another's: `tls.Handshake.follow`.
"""

from __future__ import annotations

import errno
import os
import platform
import ssl
from pathlib import Path

from ..settings.model import Connection
from .tls import context_of

_KEPT_ELSEWHERE = platform.system() in ("Windows", "Darwin")

# What a context was made from: its file, and the state of the files at that time.
_State = tuple[tuple[str, int, int, int], ...]
_shared: dict[tuple[Path | None, bool], tuple[_State, ssl.SSLContext]] = {}
# Each agent of a fleet may have a file of its own; a context takes tens of kilobytes or more.
_MOST_SHARED = 64


def shared_context(ca_file: Path | None, insecure: bool) -> ssl.SSLContext:
    """Return a TLS context for a client, which must not be changed.

    Args:
        ca_file: trust only the certificates in this file; None uses the operating system's trust
            store.
        insecure: check nothing at all.

    Raises:
        TrustError: the file cannot be read, or holds no certificate.
        OSError: this process can open no more files, so that the system's cannot be read.
    """
    if ca_file is None and _KEPT_ELSEWHERE:
        return context_of(None, insecure)  # truststore verifies with the system, each time anew
    state = () if insecure else _state_of(ca_file)
    known = _shared.get((ca_file, insecure))
    if known is not None and known[0] == state:
        return known[1]
    made = context_of(ca_file, insecure) if ca_file or insecure else _of_the_system()
    if ca_file is None and not insecure and not made.cert_store_stats()["x509"]:
        # OpenSSL says nothing of files that it cannot open. A folder's certificates are read one by
        # one as they are needed, so that nothing is lost if its context is made anew.
        _check_files()
        return made
    if len(_shared) >= _MOST_SHARED:
        _shared.pop(next(iter(_shared)))
    _shared[ca_file, insecure] = state, made
    return made


def check_trust(connection: Connection) -> None:
    """Check that the file of trusted certificates can be used.

    Raises:
        TrustError: it cannot.
    """
    if connection.ca_file is not None:
        shared_context(connection.ca_file, connection.insecure)


def _of_the_system() -> ssl.SSLContext:
    """Return a context that trusts what truststore's own would, which reads it for each connection.

    On systems with files of certificates, it does nothing else (truststore._openssl).
    """
    from truststore import _openssl  # slow

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with _openssl._configure_context(context):  # noqa: SLF001
        return context


def _state_of(ca_file: Path | None) -> _State:
    """Return what tells whether the files have changed since; one that is missing has no state."""
    found = []
    for path in (ca_file,) if ca_file is not None else _system_files():
        try:
            state = os.stat(path)  # noqa: PTH116 quicker, and made for each connection
        except (OSError, ValueError):
            continue
        found.append((os.fspath(path), state.st_ino, state.st_size, state.st_mtime_ns))
    return tuple(found)


def _check_files() -> None:
    """Raise `OSError` if the system's files cannot be read for want of a file descriptor."""
    for path in _system_files():
        try:
            if os.path.isfile(path):  # noqa: PTH113 as `_state_of`
                os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                raise


def _system_files() -> tuple[str, ...]:
    from truststore import _openssl  # slow

    paths = ssl.get_default_verify_paths()
    own = (path for path in (paths.cafile, paths.capath) if path)
    return (*own, *_openssl._CA_FILE_CANDIDATES)  # noqa: SLF001
