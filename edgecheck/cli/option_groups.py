"""The options of every command that connects, in groups; `options` puts them together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..frozen import dataclass
from ..settings.choices import DEFAULT_TIMEOUT, Family
from ..settings.model import BACKEND_URL, EDGE_AGENT_ID

if TYPE_CHECKING:
    import typer

    from .option_types import (
        AllowPlaintext,
        AsJson,
        EnvFile,
        NoColor,
        ProfileName,
        Quiet,
        ReaderNames,
        SecretFile,
    )


@dataclass(frozen=True)
class TargetOptions:
    """What to connect to, and as whom."""

    address: Annotated[
        str | None,
        typer.Argument(
            metavar="ADDRESS",
            help="Backend's address, the same as --url; a host alone is short for wss://HOST.",
            show_default=False,
        ),
    ] = None
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help=f"Backend's address; otherwise {BACKEND_URL}."),
    ] = None
    secret_file: SecretFile = None
    agent_id: Annotated[
        str | None,
        typer.Option("--agent-id", metavar="ID", help=f"Agent's id; otherwise {EDGE_AGENT_ID}."),
    ] = None
    env_file: EnvFile = None
    profile: ProfileName = None
    reader: ReaderNames = None


@dataclass(frozen=True)
class ConnectionOptions:
    """How to connect."""

    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", help="Limit of each stage, at most 300."),
    ] = DEFAULT_TIMEOUT
    proxy: Annotated[
        str | None,
        typer.Option(
            "--proxy", metavar="URL", help="Proxy to use; otherwise HTTPS_PROXY or ALL_PROXY."
        ),
    ] = None
    no_proxy: Annotated[
        bool,
        typer.Option("--no-proxy", help="Connect directly, even if the environment sets a proxy."),
    ] = False
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca-file",
            metavar="PATH",
            help="PEM file of trusted certificates, instead of the operating system's.",
        ),
    ] = None
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure",
            help="Do not check the certificate: others on the way can read the secret.",
        ),
    ] = False
    ipv4: Annotated[bool, typer.Option("-4", help="Use only IPv4.")] = False
    ipv6: Annotated[bool, typer.Option("-6", help="Use only IPv6.")] = False
    allow_plaintext: AllowPlaintext = False

    @property
    def family(self) -> Family:
        """Which addresses to use."""
        return Family.IPV4 if self.ipv4 else Family.IPV6 if self.ipv6 else Family.ANY


@dataclass(frozen=True)
class RequestOptions:
    """What the person's own client adds to the request."""

    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            "-H",
            metavar="HEADER",
            help=(
                "'Name: value' to send, or @FILE with one in each line; can be given several times."
            ),
        ),
    ] = None
    subprotocol: Annotated[
        list[str] | None,
        typer.Option(
            "--subprotocol",
            metavar="NAME",
            help="Subprotocol to offer; can be given several times, the preferred one first.",
        ),
    ] = None
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="ORIGIN", help="Origin to send, as a browser does."),
    ] = None


@dataclass(frozen=True)
class WayOptions:
    """How the connection differs from the ordinary one."""

    cert: Annotated[
        Path | None,
        typer.Option("--cert", metavar="PATH", help="PEM file of the client's certificate."),
    ] = None
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="PATH", help="PEM file of its key, if it is not in the same file."
        ),
    ] = None
    key_password_file: Annotated[
        str | None,
        typer.Option(
            "--key-password-file",
            metavar="PATH",
            help="File with the password of an encrypted key; otherwise the terminal is asked.",
        ),
    ] = None
    connect_to: Annotated[
        str | None,
        typer.Option(
            "--connect-to",
            metavar="HOST[:PORT]",
            help="Connect there instead; the backend's name stays in TLS and in the request.",
        ),
    ] = None
    unix_socket: Annotated[
        Path | None,
        typer.Option("--unix-socket", metavar="PATH", help="Connect to this Unix socket instead."),
    ] = None
    interface: Annotated[
        str | None,
        typer.Option(
            "--interface",
            metavar="NAME",
            help="Network interface to go out through, or one of this machine's addresses.",
        ),
    ] = None


@dataclass(frozen=True)
class OutputOptions:
    """How to show the result."""

    as_json: AsJson = False
    quiet: Quiet = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also print everything that was seen.")
    ] = False
    no_color: NoColor = False
