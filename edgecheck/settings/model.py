"""The settings, each with where it came from (pure)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ..backend.builtin import EDGE
from ..backend.profile import Profile, Variables
from ..dotenv.readers.reading import Reader, UsedReader
from ..dotenv.text import EnvFile, LineKind
from ..frozen import dataclass, field, kept, replace
from ..late import compiled
from .choices import DEFAULT_TIMEOUT, Family, Until
from .credentials import (
    SHORTEST,
    assigned_to_names_in,
    credentials_in,
    is_random,
    is_uuid,
    named_credentials_in,
    parameters_in,
)
from .pieces import longest_first
from .request import Request, Way
from .secret import Secret
from .url import BackendUrl, Endpoint, is_backend
from .url import endpoint as endpoint_of
from .url import parse as parse_url

# The names that the default profile gives to the settings. Code asks the profile in force.
BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID = EDGE.variables.all
# Names of files that hold settings but are not read: misnamed by an editor, meant for another
# program, or a template.
MISNAMED = (".env.txt", "env.txt", ".ENV", "env")
OTHERS = (".env.local", ".env.development", ".env.production")
EXAMPLES = (".env.example", ".env.sample", ".env.template", "env.example")

# Shorter names are not searched for the shape of a credential.
_LONG_NAME = 16
# Options with a host or a path, and what is between the words of these.
_PLACES = ("--origin", "--connect-to", "--unix-socket", "--proxy")
_WORDS = compiled(r"[./:@?=&\[\]]+")
# Where the value of a header field was pasted, the scheme stands before it (RFC 9110, 11.1).
_AFTER_SCHEME = compiled(r"(?i)\s*(?:bearer|basic)\s+(?P<rest>.*\S)")


# RFC 7519, section 3: the parts of a token have a dot between each two of them.
_DOTS_IN_TOKEN = 2


Judged = TypeVar("Judged")


class Source(StrEnum):
    """The kinds of places that a value can come from; the first one wins."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"


@dataclass(frozen=True)
class Origin:
    """Where one value came from.

    Args:
        source: option, environment or file.
        name: the option (``--url``), the variable, or the file's path as shown.
        line: 1-based line of the file; None for options and variables.
    """

    source: Source
    name: str
    line: int | None = None

    def __str__(self) -> str:
        if self.source is Source.ENVIRONMENT:
            return f"${self.name}"
        return self.name if self.line is None else f"{self.name}:{self.line}"

    @property
    def place(self) -> str:
        """The place of a value, beside its setting's name: a variable has that name too."""
        return "the environment" if self.source is Source.ENVIRONMENT else str(self)


@dataclass(frozen=True)
class Setting:
    """A value that is not the secret. It is not in the repr: an address may hold a password."""

    text: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True)
class SecretSetting:
    """The secret, and where it is set."""

    secret: Secret
    origin: Origin


@dataclass(frozen=True)
class SecretFile:
    """What ``--secret-file`` named.

    Args:
        name: the path as given; ``-`` for standard input.
        error: why it was not read, in the operating system's words; None if it was.
    """

    name: str
    error: str | None = None


@dataclass(frozen=True)
class ProxySetting:
    """The proxy to use.

    Args:
        text: as configured. It is not in the repr, because it may hold a password.
        origin: the option or the variable.
    """

    text: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True)
class Connection:
    """How to connect.

    Args:
        timeout: limit of one stage, in seconds.
        proxy: None for a direct connection.
        ca_file: PEM file of certificates to trust, in place of the operating system's.
        insecure: do not check the server's certificate.
        family: which addresses to use.
        allow_plaintext: send the secret over ``ws://`` to another machine.
        experiments: after a refusal, repeat the request with one change at a time.
        until: the last stage of a checkup; None goes on to the pong.
        request: what the person's own client adds to the opening handshake.
        way: how the connection differs from the ordinary one.
        path: if nothing answers, look how far packets get.
        deep: if all is well, look for what fails only for others or later.
        kept: seconds for which a healthy connection is kept open and idle.
    """

    timeout: float = DEFAULT_TIMEOUT
    proxy: ProxySetting | None = None
    ca_file: Path | None = None
    insecure: bool = False
    family: Family = Family.ANY
    allow_plaintext: bool = False
    experiments: bool = True
    path: bool = True
    deep: bool = False
    kept: float = 0.0
    until: Until | None = None
    request: Request = field(default_factory=Request)
    way: Way = field(default_factory=Way)

    @property
    def sends_request(self) -> bool:
        """Whether the opening handshake is sent, with the secret and the agent id in it."""
        return self.until is None or self.until.sends_request


def credentials_of(profile: Profile) -> tuple[Secret, ...]:
    """Return what somebody wrote into a profile and looks like a credential.

    A profile is shared with others; of the settings, only the names belong into it.
    """
    request = profile.request
    told = [f"{name}={value}" for name, value in (*request.query, *request.headers)]
    told += [profile.name, request.origin, *request.subprotocols, *profile.variables.all]
    found = dict.fromkeys(value for text in told for value in credentials_in(text))
    # `{agent_id}` stands for the id.
    return tuple(Secret(value) for value in found if "{" not in value)


@dataclass(frozen=True)
class Settings:
    """Everything that a checkup needs to know.

    Args:
        backend_url, secret, agent_id: None if not set anywhere. An empty value counts as set.
        env_file: the ``.env`` file and what each reader makes of it; None if none was found or
            named. A named file that does not exist is `EnvFile.missing`.
        env_file_named: ``--env-file`` named it, so that its absence is an error.
        readers: the programs that read the file here, as far as that is known.
        shadowed: settings that the process environment and the file set to different values, each
            with the place of the one that is not used.
        secret_file: what ``--secret-file`` named; None without that option.
        connection: how to connect.
        beside: if there is no ``.env`` file: files in the folder with similar names.
        folder: the working directory. The search for a ``.env`` file goes upwards from here.
        environment_names: the names in the process environment, without their values.
        profile: the protocol that the backend is expected to speak.
        looking: the connection is only for looking, so it uses the id that the backend keeps for
            that, if the profile names one and no option names another.
        read_at: when the settings were read; None if that does not matter.
        words: the options in use, as words of a command line.
        given: what looks like a credential in the words of the command line.
    """

    backend_url: Setting | None = None
    secret: SecretSetting | None = None
    agent_id: Setting | None = None
    env_file: EnvFile | None = None
    env_file_named: bool = False
    readers: tuple[UsedReader, ...] = ()
    shadowed: tuple[tuple[str, Origin], ...] = ()
    secret_file: SecretFile | None = None
    connection: Connection = Connection()
    beside: tuple[str, ...] = ()
    folder: str = "."
    environment_names: tuple[str, ...] = field(default=(), repr=False)
    profile: Profile = EDGE
    looking: bool = False
    read_at: datetime | None = field(default=None, compare=False)
    words: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    given: tuple[Secret, ...] = ()

    @kept
    def names(self) -> Variables:
        """The names of the settings."""
        return self.profile.variables

    @property
    def followed(self) -> Reader:
        """The reader whose reading counts: the first one named, or the only kind found."""
        kinds = dict.fromkeys(used.reader for used in self.readers)
        if kinds and (len(kinds) == 1 or self.readers[0].named):
            return next(iter(kinds))
        return Reader.PYTHON_DOTENV

    @kept
    def url(self) -> BackendUrl | None:
        """The backend's address, taken apart; None if it is not set."""
        return parse_url(self.backend_url.text) if self.backend_url else None

    @kept
    def credentials(self) -> tuple[Secret, ...]:
        """The secret, and everything else in the settings that looks like a credential.

        Whatever is shown of the settings goes without all of them.
        """
        own = self.secret.secret.reveal() if self.secret is not None else ""
        agent_id = self.agent_id.text if self.agent_id is not None else ""
        # A UUID beside a secret is an id.
        is_id = bool(own) and is_uuid(agent_id.strip())
        told = [] if is_id else [agent_id]
        proxy = self.connection.proxy
        told += [one.text for one in (self.backend_url, proxy) if one is not None]
        if self.env_file is not None:
            lines = [
                line
                for line in self.env_file.lines
                if line.kind is not LineKind.COMMENT
                and not (is_id and line.key == self.profile.variables.agent_id)
            ]
            told += [
                line.raw if line.kind is LineKind.ASSIGNMENT else f"{line.key or ''} {line.raw}"
                for line in lines
            ]
            # What looks like a name may be the second half of a line, up to the `=` of Base64.
            told += [line.key for line in lines if line.key and len(line.key) >= _LONG_NAME]
        found = {own} if len(own.strip()) >= SHORTEST else set()
        found.update(one.reveal() for one in (*credentials_of(self.profile), *self.given))
        found.update(value for text in told for value in credentials_in(text))
        found.update(self._assigned())
        # Where a host or a path belongs, nothing but the shape of a word tells.
        given = [value[0] for name, *value in self.words if name in _PLACES and value]
        found.update(filter(is_random, (word for text in given for word in _WORDS.split(text))))
        found.update(value for text in given for value in named_credentials_in(text))
        found.update(self._in_another_place())
        return tuple(map(Secret, longest_first(filter(None, found))))

    def _assigned(self) -> set[str]:
        """Return what the name of a credential before it tells, up to the end of its line."""
        values = [one.text for one in (self.backend_url, self.agent_id) if one is not None]
        lines = self.env_file.lines if self.env_file is not None else ()
        values += [line.raw for line in lines if line.kind is LineKind.ASSIGNMENT]
        found = {value for text in values for value in parameters_in(text)}
        found.update(match["rest"] for text in values if (match := _AFTER_SCHEME.match(text)))
        for line in lines:
            if line.kind is not LineKind.COMMENT:
                found.update(assigned_to_names_in(f"{line.key or ''}={line.raw}"))
        return {value for value in found if len(value) >= SHORTEST}

    def _in_another_place(self) -> set[str]:
        """Return the secret if it changed places with another setting, whatever its shape.

        Where the secret belongs there is the id or the address, and where that belongs, the secret.
        """
        if self.secret is None:
            return set()
        own = self.secret.secret.reveal().strip()
        given = {
            name: one.text.strip()
            for name, one in (
                (self.names.url, self.backend_url),
                (self.names.agent_id, self.agent_id),
            )
            if one is not None
        }
        if not (self.profile.is_agent_id(own) or is_backend(own)):
            return set()
        hidden = {
            name: text
            for name, text in given.items()
            if not (is_backend(text) or self.profile.is_agent_id(text))
        }
        # As it is written, before a program expands it.
        lines = self.env_file.lines if self.env_file is not None else ()
        raw = {line.raw.strip() for line in lines if line.key in hidden}
        return {*hidden.values(), *raw, *(one.strip("'\"") for one in raw)}

    @kept
    def _said(self) -> dict[Callable[[Settings], Any], Any]:
        """What functions said of these settings."""
        return {}

    def once(self, judge: Callable[[Settings], Judged]) -> Judged:
        """Return what a function says of these settings, which it is asked once."""
        if judge not in self._said:
            self._said[judge] = judge(self)
        said: Judged = self._said[judge]
        return said

    def read_again(self, at: datetime) -> Settings:
        """Return these settings, read once more and found to be the same.

        What follows from them is worked out once for all, whoever asks first, unless the time may
        count: a token expires.
        """
        other = replace(self, read_at=at)
        kept = ["names", "url", "credentials", "endpoint"]
        if self.secret is None or self.secret.secret.reveal().count(".") < _DOTS_IN_TOKEN:
            kept.append("_said")
        other.__dict__.update((name, getattr(self, name)) for name in kept)
        return other

    @property
    def sent_id(self) -> str:
        """The agent id of the connection; empty if there is none."""
        by_option = self.agent_id is not None and self.agent_id.origin.source is Source.OPTION
        if self.looking and self.profile.agent_id.probe_id and not by_option:
            return self.profile.agent_id.probe_id
        return self.agent_id.text if self.agent_id is not None else ""

    @kept
    def endpoint(self) -> Endpoint | None:
        """Where the opening handshake goes; None if the settings do not say."""
        needed = self.profile.agent_id.required or "{agent_id}" in self.profile.path
        needed = needed and self.connection.sends_request
        agent_id = self.sent_id
        if self.url is None or (needed and self.agent_id is None):
            return None
        return endpoint_of(self.url, agent_id, self.profile)
