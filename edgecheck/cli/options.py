"""The options that commands share, each declared once.

A command takes its options as frozen dataclasses, whose fields are annotated for Typer
(`option_types`); `signature` makes of them what Typer reads.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from ..dotenv.readers.reading import Reader
from ..frozen import dataclass, replace
from ..settings.request import NotValid, address_of
from .ends import UsageError
from .option_groups import (
    ConnectionOptions,
    OutputOptions,
    RequestOptions,
    TargetOptions,
    WayOptions,
)
from .process import Process

if TYPE_CHECKING:
    import typer

    from ..settings.sources import Options
    from .option_types import EnvFile, ProfileName, SecretFile


@dataclass(frozen=True)
class SecretSource:
    """Where the secret is, for a command that needs only the secret."""

    secret_file: SecretFile = None
    env_file: EnvFile = None
    profile: ProfileName = None


# More than five minutes for one stage is a mistyped number.
MAX_TIMEOUT = 300.0


def check_timeout(seconds: float) -> float:
    """Return the limit of a stage. Raises `UsageError` for a limit out of bounds."""
    if not 0 < seconds <= MAX_TIMEOUT:
        raise UsageError(
            f"--timeout must be more than 0 and at most {MAX_TIMEOUT:g} seconds, not {seconds:g}."
        )
    return seconds


def _as_typed(name: str) -> str:
    if len(name) <= 2:
        return f"-{name[1:]}"
    return name if name.isupper() else f"--{name.replace('_', '-')}"


def not_both(**given: object) -> None:
    """Raise `UsageError` if more than one of some options is given.

    Args:
        given: whether each option is given; ``no_proxy`` means ``--no-proxy``, and a name in
            capitals an argument.
    """
    names = [_as_typed(name) for name, value in given.items() if value]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} exclude each other.")


def readers_named(names: Iterable[str]) -> tuple[Reader, ...]:
    """Return the programs that `--reader` names. Raises `UsageError` for one that is not known."""
    from ..render.words import did_you_mean  # not needed for help

    known = [reader.value for reader in Reader]
    for name in names:
        if name not in known:
            raise UsageError(
                f"--reader {name}: no such program is known.{did_you_mean(name, known)} Known: "
                f"{', '.join(known)}."
            )
    return tuple(dict.fromkeys(Reader(name) for name in names))


@dataclass(frozen=True)
class Given:
    """The options of every command that connects, in the order of their help."""

    target: TargetOptions = TargetOptions()
    connection: ConnectionOptions = ConnectionOptions()
    request: RequestOptions = RequestOptions()
    way: WayOptions = WayOptions()
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="Use a backend that edgecheck itself starts, with its own settings."
        ),
    ] = False
    output: OutputOptions = OutputOptions()

    @functools.cached_property
    def options(self) -> Options:
        """How to connect, and to what, in the form that is needed to gather settings."""
        # Neither is needed for help.
        from ..settings.sources import Options
        from .words_in_use import words_in_use

        url = self._url
        return Options(
            url=url,
            agent_id=self.target.agent_id,
            secret_file=self.target.secret_file,
            env_file=self.target.env_file,
            proxy=self.connection.proxy,
            no_proxy=self.connection.no_proxy,
            ca_file=self.connection.ca_file,
            insecure=self.connection.insecure,
            family=self.connection.family,
            timeout=self.connection.timeout,
            allow_plaintext=self.connection.allow_plaintext,
            profile=self.target.profile,
            readers=readers_named(self.target.reader or ()),
            words=words_in_use(
                url, self.target, self.connection, self.request, self.way, demo=self.demo
            ),
        )

    @property
    def _url(self) -> str | None:
        """The backend's address, from the option or the argument."""
        if self.target.address is None:
            return self.target.url
        try:
            return address_of(self.target.address)
        except NotValid as error:
            raise UsageError(f"{error}.") from None

    @property
    def as_json(self) -> bool:
        """For scripts: only one document, or one object per line."""
        return self.output.as_json

    @property
    def quiet(self) -> bool:
        """The user wants to read only what is wrong."""
        return self.output.quiet

    @property
    def verbose(self) -> bool:
        """The user wants to read everything that was seen."""
        return self.output.verbose

    @property
    def no_color(self) -> bool:
        """The user wants no colours."""
        return self.output.no_color

    def check(self, process: Process) -> None:
        """Raise `UsageError` for options that exclude each other; warn of those that are risky."""
        not_both(quiet=self.quiet, verbose=self.verbose)
        not_both(proxy=self.connection.proxy, no_proxy=self.connection.no_proxy)
        if self.connection.ipv4 and self.connection.ipv6:
            raise UsageError("-4 and -6 exclude each other.")
        check_timeout(self.connection.timeout)
        if self.target.address is not None and self.target.url is not None:
            raise UsageError("The address and --url exclude each other.")
        self._check_way()
        self._read(process)
        if self.connection.insecure:
            process.say(
                "--insecure: the certificate is NOT checked. Others on the way can read the secret "
                "and pose as the backend."
            )
        if self.demo:
            self.needs_no_target("demo")

    def _check_way(self) -> None:
        """Raise `UsageError` for options on the way that exclude each other."""
        way, connection = self.way, self.connection
        not_both(unix_socket=way.unix_socket, connect_to=way.connect_to)
        not_both(unix_socket=way.unix_socket, interface=way.interface)
        not_both(unix_socket=way.unix_socket, proxy=connection.proxy)
        for name in ("ipv4", "ipv6"):
            if way.unix_socket is not None and getattr(connection, name):
                raise UsageError(f"--unix-socket and -{name[-1]} exclude each other.")
        for name in ("key", "key_password_file"):
            if getattr(way, name) is not None and way.cert is None:
                raise UsageError(f"--{name.replace('_', '-')} goes with --cert.")
        readers = [
            option
            for option, reads in (
                ("--secret-file -", self.target.secret_file == "-"),
                ("--header @-", "@-" in (self.request.header or ())),
                ("--key-password-file -", way.key_password_file == "-"),
            )
            if reads
        ]
        if len(readers) > 1 or (self.request.header or []).count("@-") > 1:
            raise UsageError(
                f"Standard input can be read only once: {' and '.join(readers)} exclude each other."
            )

    def _read(self, process: Process) -> None:
        """Read what the options on the request and its way name, once, before anything is sent."""
        if self.request == RequestOptions() and self.way == WayOptions():
            return
        from .request import read_request, read_way  # only with one of these options

        # What `options` then returns: only here there is a process to ask and to read from.
        self.__dict__["options"] = replace(
            self.options,
            request=read_request(process, self.request),
            way=read_way(process, self.way),
        )

    def needs_no_target(self, instead: str) -> None:
        """Raise `UsageError` for an option that says what to connect to.

        Args:
            instead: the other option, which has its own target.
        """
        for name in ("url", "secret_file", "agent_id", "env_file", "proxy", "ca_file"):
            not_both(**{instead: True, name: getattr(self.options, name)})
        for name in ("cert", "connect_to", "unix_socket", "interface"):
            not_both(**{instead: True, name: getattr(self.way, name)})
