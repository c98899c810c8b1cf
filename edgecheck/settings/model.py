"""The settings, each with where it came from (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..backend.edge import EDGE
from ..backend.profile import Profile
from ..dotenv.text import EnvFile
from .secret import Secret
from .url import BackendUrl, Endpoint
from .url import endpoint as endpoint_of
from .url import parse as parse_url

BACKEND_URL = "BACKEND_URL"
EDGE_SECRET = "EDGE_SECRET"
EDGE_AGENT_ID = "EDGE_AGENT_ID"
REQUIRED = (BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID)
# Names under which settings wait to be named `.env`: as an editor saved them, as another program's
# own, as a template.
MISNAMED = (".env.txt", "env.txt", ".ENV", "env")
OTHERS = (".env.local", ".env.development", ".env.production")
EXAMPLES = (".env.example", ".env.sample", ".env.template", "env.example")


class Source(StrEnum):
    """The kinds of places that a value can come from, the strongest first."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"


@dataclass(frozen=True)
class Origin:
    """Where one value came from.

    Args:
        source: option, environment or file.
        name: the option (``--url``), the variable, or the file's path as shown.
        line: 1-based line of the file; None elsewhere.
    """

    source: Source
    name: str
    line: int | None = None

    def __str__(self) -> str:
        if self.source is Source.ENVIRONMENT:
            return f"${self.name}"
        return self.name if self.line is None else f"{self.name}:{self.line}"


@dataclass(frozen=True)
class Setting:
    """A value that is no secret.

    An address may hold a password all the same: it is not in the repr.
    """

    text: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True)
class SecretSetting:
    """The secret."""

    secret: Secret
    origin: Origin


@dataclass(frozen=True)
class SecretFile:
    """What ``--secret-file`` named.

    Args:
        name: the path as given; ``-`` for standard input.
        error: the operating system's words, or that it is empty; None where it was read.
    """

    name: str
    error: str | None = None


class Family(StrEnum):
    """Which addresses to use."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


@dataclass(frozen=True)
class ProxySetting:
    """The proxy to use.

    Args:
        text: as configured. May hold a password: masked in repr.
        origin: the option or the variable.
    """

    text: str = field(repr=False)
    origin: Origin


# Ten seconds a stage: three retransmissions of a SYN at 1, 3 and 7 s (RFC 6298) fit in, and a
# person still waits.
DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True)
class Connection:
    """How to connect.

    Args:
        timeout: limit of one stage, in seconds.
        proxy: None for a direct connection.
        ca_file: PEM file of trusted certificates, in place of the operating system's.
        insecure: do not check the server's certificate.
        family: which addresses to use.
        allow_plaintext: send the secret over ``ws://`` to another machine.
        experiments: after a refusal, try controlled changes of the request.
    """

    timeout: float = DEFAULT_TIMEOUT
    proxy: ProxySetting | None = None
    ca_file: Path | None = None
    insecure: bool = False
    family: Family = Family.ANY
    allow_plaintext: bool = False
    experiments: bool = True


@dataclass(frozen=True)
class Settings:
    """Everything that a checkup needs to know.

    Args:
        backend_url, secret, agent_id: None where not set anywhere. An empty value is a value.
        env_file: the ``.env`` file and what each loader reads in it; None where none was found or
            named. One that was named and is not there is `EnvFile.missing`.
        env_file_named: ``--env-file`` named it, so that its absence is an error.
        shadowed: for a setting taken from the process environment while the file holds another
            value: the file's origin.
        secret_file: what ``--secret-file`` named; None without that option.
        connection: how to connect.
        beside: where no file was found: files in that folder whose names are nearly its.
        folder: the working directory, from which a ``.env`` file is looked for upwards.
        environment_names: the names in the process environment, without their values.
        profile: what the backend is taken for.
    """

    backend_url: Setting | None = None
    secret: SecretSetting | None = None
    agent_id: Setting | None = None
    env_file: EnvFile | None = None
    env_file_named: bool = False
    shadowed: tuple[tuple[str, Origin], ...] = ()
    secret_file: SecretFile | None = None
    connection: Connection = Connection()
    beside: tuple[str, ...] = ()
    folder: str = "."
    environment_names: tuple[str, ...] = field(default=(), repr=False)
    profile: Profile = EDGE

    @property
    def url(self) -> BackendUrl | None:
        """The backend's address, taken apart; None where it is not set."""
        return parse_url(self.backend_url.text) if self.backend_url else None

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the opening handshake goes; None where the settings do not say."""
        if self.url is None or self.agent_id is None:
            return None
        return endpoint_of(self.url, self.agent_id.text, self.profile)
