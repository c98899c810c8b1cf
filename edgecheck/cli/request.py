"""Read what the options say about the request and its way: files, a password, and what is valid.

It is imported only if one of these options is given.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ..settings.request import (
    ClientCertificate,
    HeaderField,
    Interface,
    NotValid,
    Request,
    Way,
    destination_of,
    header_field,
    header_file,
    interface_of,
    request_of,
)
from .ends import UsageError
from .option_groups import RequestOptions, WayOptions
from .process import Process

STANDARD_INPUT = "-"
# Servers refuse a request with a longer head.
_LARGEST_FILE = 64 << 10


def read_request(process: Process, given: RequestOptions) -> Request:
    """Return what is added to the opening handshake.

    Raises:
        UsageError: an option cannot be used, or a file cannot be read.
    """
    try:
        return request_of(
            _fields(process, given.header or ()), given.subprotocol or (), given.origin
        )
    except NotValid as error:
        raise UsageError(f"{error}.") from None


def _fields(process: Process, headers: Iterable[str]) -> Iterable[HeaderField]:
    for text in headers:
        if not text.startswith("@"):
            try:
                yield header_field(text)
            except NotValid as error:
                raise UsageError(f"--header: {error}.") from None
            continue
        name = text[1:]
        content = _content(process, "--header", name)
        try:
            yield from header_file(content, "standard input" if name == STANDARD_INPUT else name)
        except NotValid as error:
            raise UsageError(f"--header {text}: {error}.") from None


def _content(process: Process, option: str, name: str) -> bytes:
    """Read a file that an option names; ``-`` is standard input."""
    try:
        if name == STANDARD_INPUT:
            content = process.stdin.buffer.read(_LARGEST_FILE + 1)
        else:
            with (process.cwd / name).open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = error.strerror if isinstance(error, OSError) else "it is not a path"
        raise UsageError(f"{option} {name}: {why}.") from None
    if len(content) > _LARGEST_FILE:
        raise UsageError(f"{option} {name}: it is larger than {_LARGEST_FILE >> 10} KiB.")
    return content


def read_way(process: Process, given: WayOptions) -> Way:
    """Return how the connection differs from the ordinary one.

    Raises:
        UsageError: an option cannot be used, or what it names is not there.
    """
    try:
        connect_to = destination_of(given.connect_to) if given.connect_to is not None else None
    except NotValid as error:
        raise UsageError(f"--connect-to: {error}.") from None
    return Way(
        connect_to=connect_to,
        unix_socket=_unix_socket(process, given.unix_socket),
        interface=_interface(given.interface),
        certificate=_certificate(process, given),
    )


def _unix_socket(process: Process, path: Path | None) -> Path | None:
    if path is None:
        return None
    import socket  # slow, and the other options do without

    if not hasattr(socket, "AF_UNIX"):
        raise UsageError("--unix-socket: Python on this system has no Unix sockets.")
    absolute = process.cwd / path
    try:
        mode = absolute.stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a path"
        raise UsageError(f"--unix-socket {path}: {why}.") from None
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"--unix-socket {path}: it is not a socket.")
    if not os.access(absolute, os.W_OK):
        raise UsageError(f"--unix-socket {path}: this user may not write to it.")
    return absolute


def _interface(text: str | None) -> Interface | None:
    if text is None:
        return None
    from ..wire.interface import InterfaceError, check  # the system's sockets

    try:
        interface = interface_of(text)
        check(interface)
    except (NotValid, InterfaceError) as error:
        raise UsageError(f"--interface: {error}.") from None
    return interface


def _certificate(process: Process, given: WayOptions) -> ClientCertificate | None:
    if given.cert is None:
        return None
    from ..wire.client_certificate import CertificateError, read  # TLS

    def password() -> str:
        return _password(process, given)

    key = process.cwd / given.key if given.key is not None else None
    try:
        certificate = read(process.cwd / given.cert, key, password)
    except CertificateError as error:
        raise UsageError(f"--cert: {error}.") from None
    if certificate.outdated:
        date = getattr(certificate, certificate.outdated)
        when = "is not valid before" if certificate.outdated == "not_before" else "expired on"
        process.say(
            f"--cert: by this machine's clock, the client certificate {when} {date}. It is sent "
            "all the same."
        )
    return certificate


def _password(process: Process, given: WayOptions) -> str:
    """Return the password of an encrypted key, from its file or from the terminal."""
    if given.key_password_file is not None:
        content = _content(process, "--key-password-file", given.key_password_file)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError("--key-password-file: it is not UTF-8 text.") from None
        return text.removesuffix("\n").removesuffix("\r")
    if not process.stdin.isatty():
        raise UsageError(
            "--cert: the key is encrypted. Put its password into a file, and name that with "
            "--key-password-file."
        )
    import getpass  # most keys are not encrypted

    try:
        return getpass.getpass(f"Password of the key {given.key or given.cert}: ")
    except EOFError:
        raise UsageError("--cert: the key is encrypted, and no password was given.") from None
