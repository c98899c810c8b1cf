"""The options of a run as words of a command line, for the commands that it prints."""

from __future__ import annotations

from collections.abc import Iterator

from ..escapes import escape
from ..settings.choices import DEFAULT_TIMEOUT, Until
from ..settings.request import NotValid, header_field
from ..wording.commands import HIDDEN, Words
from .option_groups import ConnectionOptions, RequestOptions, TargetOptions, WayOptions


def words_in_use(
    url: str | None,
    target: TargetOptions,
    connection: ConnectionOptions,
    request: RequestOptions,
    way: WayOptions,
    *,
    demo: bool,
) -> Words:
    """Return what says the target and the way to it; how the result is shown is left out.

    Args:
        url: the backend's address, whether an option or an argument named it.
        target, connection, request, way: those that are not given, or have their default, are left
            out.
        demo: the backend is edgecheck's own.
    """
    return (
        *_target(target, url),
        *((("--demo",),) if demo else ()),
        *_connection(connection),
        *_request(request),
        *_way(way),
    )


def of_the_file(words: Words) -> Words:
    """Return the options that name the settings file and its reader, as a report has them."""
    return tuple(
        (name, *map(escape, value))
        for name, *value in words
        if name in ("-e", "--profile", "--reader", "--secret-file")
    )


def words_of_doctor(
    *, until: Until | None, experiments: bool, path: bool, deep: bool, kept: float
) -> Words:
    """Return what says how far and how deep `doctor` looks."""
    return (
        *((("--until", until.value),) if until else ()),
        *(() if experiments else (("--no-experiments",),)),
        *(() if path else (("--no-path",),)),
        *((("--deep",),) if deep else ()),
        *((("--for", f"{kept:g}"),) if kept else ()),
    )


def _target(target: TargetOptions, url: str | None) -> Iterator[tuple[str, ...]]:
    named = {
        "--url": url,
        "--agent-id": target.agent_id,
        "--secret-file": target.secret_file,
        "-e": target.env_file,
        "--profile": target.profile,
    }
    yield from ((name, str(value)) for name, value in named.items() if value is not None)
    yield from (("--reader", name) for name in target.reader or ())


def _connection(its: ConnectionOptions) -> Iterator[tuple[str, ...]]:
    if its.proxy is not None:
        yield ("--proxy", its.proxy)
    if its.no_proxy:
        yield ("--no-proxy",)
    if its.timeout != DEFAULT_TIMEOUT:
        yield ("--timeout", f"{its.timeout:g}")
    if its.ca_file is not None:
        yield ("--ca-file", str(its.ca_file))
    if its.insecure:
        yield ("--insecure",)
    if its.ipv4:
        yield ("-4",)
    if its.ipv6:
        yield ("-6",)
    if its.allow_plaintext:
        yield ("--allow-plaintext",)


def _request(its: RequestOptions) -> Iterator[tuple[str, ...]]:
    for text in its.header or ():
        yield ("-H", text if text.startswith("@") else _field(text))
    yield from (("--subprotocol", name) for name in its.subprotocol or ())
    if its.origin is not None:
        yield ("--origin", its.origin)


def _field(text: str) -> str:
    """Return a header field without its value if that looks like a credential."""
    try:
        field = header_field(text)
    except NotValid:
        return HIDDEN
    return f"{field.name}: {HIDDEN}" if field.is_credential else text


def _way(its: WayOptions) -> Iterator[tuple[str, ...]]:
    named = {
        "--cert": its.cert,
        "--key": its.key,
        "--key-password-file": its.key_password_file,
        "--connect-to": its.connect_to,
        "--unix-socket": its.unix_socket,
        "--interface": its.interface,
    }
    yield from ((name, str(value)) for name, value in named.items() if value is not None)
