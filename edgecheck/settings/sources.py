"""Read the settings: from options, the process environment and a ``.env`` file (I/O).

Environment, working directory and standard input are arguments, so that a test can replace them.
Nothing here judges, and no mistake of a person raises: a file that cannot be read is a value too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from .. import files
from ..backend.profile import Profile
from ..dotenv.git import tracking
from ..dotenv.readers.reading import Reader, UsedReader, Winner
from ..dotenv.readers.table import PROGRAMS
from ..dotenv.text import MAX_BYTES, EnvFile, parse
from ..escapes import escape, is_plain, is_unsafe
from ..frozen import dataclass, field, replace
from . import known
from .arguments import masked_path
from .choices import DEFAULT_TIMEOUT, Family, Until
from .model import (
    EXAMPLES,
    MISNAMED,
    OTHERS,
    Connection,
    Origin,
    ProxySetting,
    SecretFile,
    SecretSetting,
    Setting,
    Settings,
    Source,
)
from .profiles import Chosen, chosen
from .profiles import looked_for as files_of_profile
from .request import Request, Way
from .secret import Secret
from .url import DEFAULT_PORTS, BackendUrl
from .url import parse as parse_url

ENV_FILE = ".env"
STANDARD_INPUT = "-"
# No server accepts a header field of this size: a larger file was named by mistake.
MAX_SECRET_BYTES = 64 << 10


@dataclass(frozen=True)
class Options:
    """The options of the command line; None means that an option was not given.

    Args:
        url: the backend's address.
        agent_id: the agent id.
        secret_file: path of a file that holds the secret; ``-`` for standard input.
        env_file: path of the ``.env`` file.
        proxy: address of a proxy; an empty one means a direct connection.
        no_proxy: connect directly, even if the environment names a proxy.
        ca_file: PEM file of certificates to trust.
        insecure: do not check the server's certificate.
        family: which addresses to use.
        timeout: limit of one stage, in seconds.
        allow_plaintext: send the secret over ``ws://`` to another machine.
        experiments: after a refusal, repeat the request with one change at a time.
        profile: name or file of the profile.
        looking: `Settings.looking`.
        until: the last stage of a checkup; None goes on to the pong.
        request: what is added to the opening handshake.
        way: how the connection differs from the ordinary one.
        path: if nothing answers, look how far packets get.
        readers: the programs that read the file, the first one of which is followed; empty to look
            for them.
        deep, kept: look for what fails only for others or later; see `settings.model.Connection`.
        words: the same as words of a command line, for the commands that are printed.
        given: `Settings.given`.
    """

    url: str | None = None
    agent_id: str | None = None
    secret_file: str | Path | None = None
    env_file: str | Path | None = None
    proxy: str | None = None
    no_proxy: bool = False
    ca_file: str | Path | None = None
    insecure: bool = False
    family: Family = Family.ANY
    timeout: float = DEFAULT_TIMEOUT
    allow_plaintext: bool = False
    experiments: bool = True
    profile: str | None = None
    looking: bool = False
    until: Until | None = None
    request: Request = field(default_factory=Request)
    way: Way = field(default_factory=Way)
    path: bool = True
    readers: tuple[Reader, ...] = ()
    deep: bool = False
    kept: float = 0.0
    words: tuple[tuple[str, ...], ...] = ()
    given: tuple[Secret, ...] = ()


# Returns the programs that read a file, which it gets with its absolute path.
FindReaders = Callable[[Path], tuple[UsedReader, ...]]


def load(
    options: Options,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    stdin: BinaryIO,
    profile: Profile | None = None,
    find_readers: FindReaders | None = None,
) -> Settings:
    """Read the settings. An option wins over the environment, which wins over the ``.env`` file.

    If one program is known to read the file, it decides: what it reads counts, and whether the file
    or the environment wins.

    Args:
        options: of the command line.
        environ: the process environment. A variable with an empty value counts as set.
        cwd: the working directory, absolute.
        stdin: read only for ``--secret-file -``.
        profile: describes the backend; None for the one in force here.
        find_readers: is asked who reads the file, unless an option says so; None to ask nobody.

    Raises:
        ProfileError: the profile in force cannot be used.
    """
    profile = profile or profile_in_force(options, environ=environ, cwd=cwd).profile
    secret = (
        _secret_from_file(str(options.secret_file), cwd, stdin)
        if options.secret_file is not None
        else None
    )
    path, env_file = _env_file(options, environ, cwd, profile)
    readers = tuple(UsedReader(reader, "--reader", named=True) for reader in options.readers)
    readers = readers or tuple(
        UsedReader(Reader(name), profile.origin or profile.name, named=True)
        for name in profile.readers
    )
    if find_readers and not readers and path and env_file is not None and env_file.is_read:
        readers = find_readers(path)
    if secret is not None or env_file is None or not env_file.is_read:
        return _gathered(options, environ, cwd, env_file, secret, profile, readers)
    others = options, cwd, profile, readers
    settings = known.settings_of(env_file, others, datetime.now(UTC))
    if settings is None:
        settings = _gathered(options, environ, cwd, env_file, secret, profile, readers)
        known.keep(settings, others)
    return settings


def with_content(
    settings: Settings, content: bytes, options: Options, *, environ: Mapping[str, str], cwd: Path
) -> Settings:
    """Return the settings that would result from another content of the ``.env`` file.

    It reads nothing.

    Args:
        settings: what `load` returned for the same options; they have a ``.env`` file.
        content: the other content.
        options: as for `load`.
        environ: as for `load`.
        cwd: as for `load`.
    """
    file = settings.env_file
    assert file is not None
    env_file = parse(
        content,
        environ,
        path=file.path,
        absolute=file.absolute,
        mode=file.mode,
        tracked=file.tracked,
    )
    secret = (settings.secret_file, settings.secret) if settings.secret_file is not None else None
    profile, readers = settings.profile, settings.readers
    options = replace(options, given=settings.given)
    return _gathered(options, environ, cwd, env_file, secret, profile, readers)


def _gathered(
    options: Options,
    environ: Mapping[str, str],
    cwd: Path,
    env_file: EnvFile | None,
    from_secret_file: tuple[SecretFile, SecretSetting | None] | None,
    profile: Profile,
    readers: tuple[UsedReader, ...],
) -> Settings:
    names = profile.variables
    places = _Places(environ, env_file, Settings(readers=readers).followed)
    backend_url = places.setting(names.url, "--url", options.url)
    agent_id = places.setting(names.agent_id, "--agent-id", options.agent_id)
    secret_file: SecretFile | None = None
    secret: SecretSetting | None = None
    if from_secret_file is not None:
        secret_file, secret = from_secret_file
    elif (plain := places.setting(names.secret)) is not None:
        secret = SecretSetting(Secret(plain.text), plain.origin)
    return Settings(
        backend_url=backend_url,
        secret=secret,
        agent_id=agent_id,
        env_file=env_file,
        env_file_named=options.env_file is not None,
        readers=readers,
        shadowed=tuple(places.shadowed(options, profile)),
        secret_file=secret_file,
        connection=Connection(
            timeout=options.timeout,
            proxy=_proxy(options, environ, parse_url(backend_url.text) if backend_url else None),
            ca_file=cwd / options.ca_file if options.ca_file is not None else None,
            insecure=options.insecure,
            family=options.family,
            allow_plaintext=options.allow_plaintext,
            experiments=options.experiments,
            until=options.until,
            request=options.request,
            way=options.way,
            path=options.path,
            deep=options.deep,
            kept=options.kept,
        ),
        beside=tuple(name for name in (*MISNAMED, *OTHERS, *EXAMPLES) if files.is_file(cwd / name))
        if env_file is None
        else (),
        folder=_shown(cwd),
        environment_names=tuple(sorted(environ)),
        profile=profile,
        looking=options.looking,
        words=options.words,
        given=options.given,
        read_at=datetime.now(UTC),
    )


@dataclass(frozen=True)
class _Places:
    """Where a setting can come from, apart from options."""

    environ: Mapping[str, str]
    env_file: EnvFile | None
    reader: Reader

    def setting(self, name: str, option: str = "", given: str | None = None) -> Setting | None:
        """Return a setting, from the place that wins."""
        if given is not None:
            return Setting(given, Origin(Source.OPTION, option))
        places = (self._from_environment(name), self._from_file(name))
        return next((setting for setting in self._in_order(*places) if setting is not None), None)

    def shadowed(self, options: Options, profile: Profile) -> list[tuple[str, Origin]]:
        """Return each setting that has two values, and the place of the one that is not used."""
        names = profile.variables
        given = {
            names.url: options.url,
            names.secret: options.secret_file,
            names.agent_id: options.agent_id,
        }
        found = []
        for name, option in given.items():
            places = (self._from_environment(name), self._from_file(name))
            used, other = self._in_order(*places)
            if option is None and used and other and used.text != other.text:
                found.append((name, other.origin))
        return found

    def _in_order(
        self, environment: Setting | None, file: Setting | None
    ) -> tuple[Setting | None, Setting | None]:
        file_wins = PROGRAMS[self.reader].wins is Winner.FILE
        return (file, environment) if file_wins else (environment, file)

    def _from_environment(self, name: str) -> Setting | None:
        text = self.environ.get(name)
        return None if text is None else Setting(text, Origin(Source.ENVIRONMENT, name))

    def _from_file(self, name: str) -> Setting | None:
        if self.env_file is None:
            return None
        lines = self.env_file.statements(name)
        if self.reader is Reader.PYTHON_DOTENV:
            # The last statement counts. If it has no `=`, the name is not set, whatever earlier
            # statements say (dotenv.main.DotEnv.dict).
            text = lines[-1].value if lines else None
        else:
            text = self.env_file.read_by(self.reader).value(name)
        if text is None:
            return None
        number = next((line.number for line in reversed(lines) if line.value == text), None)
        number = number or (lines[-1].number if lines else None)
        return Setting(text, Origin(Source.FILE, self.env_file.path, number))


# --- files ----------------------------------------------------------------------------------------


def looked_for(options: Options, cwd: Path) -> Iterator[Path]:
    """Yield the paths at which `load` looks for the ``.env`` file, in this order.

    It reads the first one that exists and is not a directory.
    """
    if options.env_file is not None:
        yield cwd / options.env_file
        return
    yield from map(Path, files.at_or_above(str(cwd), ENV_FILE))


def profile_in_force(options: Options, *, environ: Mapping[str, str], cwd: Path) -> Chosen:
    """Return the profile that describes the backend, and why it is this one.

    Args:
        options: as for `load`.
        environ: as for `load`.
        cwd: as for `load`.

    Raises:
        ProfileError: it cannot be used.
    """
    folder = _folder_of_file(options, cwd)
    return chosen(options.profile, environ=environ, cwd=cwd, folder=folder)


def profiles_looked_for(
    options: Options, *, environ: Mapping[str, str], cwd: Path
) -> tuple[Path, ...]:
    """Return the files that decide which profile is in force; the arguments are those of `load`."""
    folder = _folder_of_file(options, cwd)
    return files_of_profile(options.profile, environ=environ, cwd=cwd, folder=folder)


def _folder_of_file(options: Options, cwd: Path) -> Path | None:
    if options.env_file is not None:
        path = cwd / options.env_file
        return path.parent if files.is_file(path) else None
    for name in files.at_or_above(str(cwd), ENV_FILE):
        if files.is_file(name):
            folder = os.path.dirname(name)  # noqa: PTH120
            return cwd if folder == str(cwd) else Path(folder)
    return None


def _env_file(
    options: Options, environ: Mapping[str, str], cwd: Path, profile: Profile
) -> tuple[Path | None, EnvFile | None]:
    """Return the path of the file, and the file."""
    name = profile.variables.secret
    if options.env_file is not None:
        path = cwd / options.env_file
        return path, _read_env_file(path, _shown(options.env_file), environ, name)
    folder: EnvFile | None = None
    for place in files.at_or_above(str(cwd), ENV_FILE):
        if files.is_folder(place):
            # A virtual environment often has this name. Like python-dotenv, go on upwards.
            folder = folder or _read_env_file(place, _relative(place, cwd), environ, name)
        elif os.path.lexists(place):
            return Path(place), _read_env_file(place, _relative(place, cwd), environ, name)
    return None, folder


def _read_env_file(
    path: str | Path, shown: str, environ: Mapping[str, str], name_of_secret: str
) -> EnvFile:
    # Not resolve(), which follows a symbolic link: git tracks the link.
    absolute = os.path.abspath(path)  # noqa: PTH100
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
        # A pipe may never end, and a device does not; /dev/null does, and people name it to say
        # "no file".
        if not stat.S_ISREG(mode) and absolute != os.devnull:
            return EnvFile(
                shown,
                _shown(absolute),
                error="it is a directory" if stat.S_ISDIR(mode) else "it is not a regular file",
            )
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        # A secret after `-e` is not the name of a file.
        return EnvFile(_masked(shown), _masked(_shown(absolute)), missing=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        # A long token is too long for a name.
        return EnvFile(_masked(shown), _masked(_shown(absolute)), error=_words(error))
    if len(content) > MAX_BYTES:
        return EnvFile(
            shown,
            _shown(absolute),
            error=f"it is larger than {MAX_BYTES >> 10} KiB, which no settings file is",
        )
    permissions = files.permissions(path, mode) if os.name == "posix" else None
    # Whether git has the file matters only if the secret is in it.
    tracked = tracking(absolute, environ) if name_of_secret.encode() in content else None
    return known.file_of(
        content, environ, path=shown, absolute=_shown(absolute), mode=permissions, tracked=tracked
    )


def _secret_from_file(
    name: str, cwd: Path, stdin: BinaryIO
) -> tuple[SecretFile, SecretSetting | None]:
    shown = _shown(name)
    try:
        if name == STANDARD_INPUT:
            content = stdin.read(MAX_SECRET_BYTES + 1)
        else:
            # This may be a pipe: `--secret-file <(pass show edge)` keeps the secret off the disk.
            with (cwd / name).open("rb") as file:
                content = file.read(MAX_SECRET_BYTES + 1)
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return SecretFile(shown, f"it is not UTF-8 text (byte {error.start + 1})"), None
    except (OSError, ValueError) as error:
        return SecretFile(_masked(shown), _words(error)), None
    if len(content) > MAX_SECRET_BYTES:
        return SecretFile(
            shown, f"it is larger than {MAX_SECRET_BYTES >> 10} KiB, which no secret is"
        ), None
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not text:
        return SecretFile(shown, "it is empty"), None
    origin = Origin(Source.OPTION, "standard input" if name == STANDARD_INPUT else shown)
    return SecretFile(shown), SecretSetting(Secret(text), origin)


def _masked(path: str) -> str:
    return masked_path(path, os.path.lexists)


def _words(error: OSError | ValueError) -> str:
    return escape((isinstance(error, OSError) and error.strerror) or str(error))


def _relative(text: str, cwd: Path) -> str:
    """Return a path relative to the working directory if that is shorter."""
    start = os.path.join(cwd, "")  # noqa: PTH118
    if text.startswith(start):
        return _shown(text[len(start) :])
    return _shown(min(files.seen_from(cwd, text), text, key=len))


def _shown(path: str | Path) -> str:
    text = str(path)
    # Escaping doubles backslashes, of which a path on Windows has many: escape only if necessary.
    return escape(text) if not is_plain(text) and any(map(is_unsafe, text)) else text


# --- the proxy ---------------------------------------------------------------------------------


def _proxy(
    options: Options, environ: Mapping[str, str], url: BackendUrl | None
) -> ProxySetting | None:
    """Choose the proxy as the library websockets does (its documentation, topics/proxies)."""
    if options.no_proxy or options.way.unix_socket is not None:
        return None
    if options.proxy is not None:
        return (
            ProxySetting(options.proxy, Origin(Source.OPTION, "--proxy")) if options.proxy else None
        )
    secure = url is None or url.scheme not in ("ws", "http")
    for scheme in ("https", "all") if secure else ("https", "http", "all"):
        name = next(
            (name for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY") if name in environ),
            None,
        )
        # An empty variable means no proxy (urllib.request.getproxies_environment).
        if name is not None and environ[name]:
            return (
                None
                if _bypassed(environ, url)
                else ProxySetting(environ[name], Origin(Source.ENVIRONMENT, name))
            )
    return None


def _bypassed(environ: Mapping[str, str], url: BackendUrl | None) -> bool:
    exceptions = environ.get("no_proxy", environ.get("NO_PROXY", ""))
    if not exceptions or url is None or not url.host:
        return False
    # Not documented, but the rules that Python programs follow.
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

    port = url.port or DEFAULT_PORTS.get(url.scheme, 443)
    return bool(proxy_bypass_environment(f"{url.host}:{port}", {"no": exceptions}))
