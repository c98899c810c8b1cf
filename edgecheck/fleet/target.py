"""One agent to check, and its settings (I/O)."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ..backend.profile import Profile
from ..dotenv.readers.reading import UsedReader
from ..settings.choices import Until
from ..settings.credentials import credentials_in
from ..settings.model import Origin, SecretSetting, Setting, Settings, Source
from ..settings.pieces import MASK
from ..settings.profiles import ProfileError, chosen
from ..settings.secret import Secret
from ..settings.sources import STANDARD_INPUT, Options, load, profile_in_force

if TYPE_CHECKING:
    from asyncio import Lock


class Unusable(ValueError):
    """An agent cannot be checked; the text says why, and holds nothing of a secret."""


# Slots, and not the project's own dataclass: an inventory may have a hundred thousand of them.
@dataclass(frozen=True, slots=True)
class Target:
    """One agent to check; its settings are read when it is its turn.

    Args:
        name: in the inventory; no other target of the inventory has it. Control characters are
            escaped.
        source: where it comes from: a file, or a file and a line of it.
        folder: absolute; relative paths of the entry begin here.
        env_file: path of its ``.env`` file; None if the entry says everything itself.
        url, agent_id, profile, ca_file, proxy: as the options of the same names; None if not given.
        secret_file: path of a file with its secret.
        secret_env: name of an environment variable with its secret.
        error: why the entry cannot be used; empty if it can.
        whole_file: it stands for a whole file or folder that cannot be read, and so for no agent.
    """

    name: str
    source: str
    folder: str
    env_file: str | None = None
    url: str | None = None
    agent_id: str | None = None
    profile: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None
    ca_file: str | None = None
    proxy: str | None = None
    error: str = ""
    whole_file: bool = False


# Returns the programs that read a file, which it gets with its absolute path.
FindReaders = Callable[[Path], tuple[UsedReader, ...]]


def last_stage(profile: Profile, wanted: Until | None) -> Until | None:
    """Return the last stage of a checkup that must disturb no running agent.

    A backend may keep one connection for each agent id: a checkup that goes on to the session
    closes the connection of the running agent. So it stops before the request is sent, unless it is
    told otherwise or the profile says that nobody is disturbed.

    Args:
        profile: of the backend.
        wanted: what the person says; None to decide by the profile.

    Returns:
        None for a checkup that goes on to the pong.
    """
    if wanted is not None:
        return None if wanted is Until.SESSION else wanted
    quiet = profile.agent_id.shared or profile.agent_id.probe_id
    return None if quiet else Until.TLS


class Loader:
    """Loads the settings of targets, each from its own place only.

    The variables of the process environment that are named like the settings (``BACKEND_URL``,
    ``EDGE_SECRET``, ``EDGE_AGENT_ID``, or as the profile names them) are left out: they are one
    agent's, and would win over the files of all. Other variables count as usual: a file may refer
    to them, and those of the proxy say how this machine gets out.

    Args:
        common: the options for all targets; what an entry says itself wins.
        environ: the process environment.
        find_readers: is asked which programs read a ``.env`` file; None to ask nobody.
        until: the last stage; None for the one that disturbs no running agent.
    """

    def __init__(
        self,
        common: Options,
        *,
        environ: Mapping[str, str],
        find_readers: FindReaders | None = None,
        until: Until | None = None,
    ) -> None:
        # To ask `os.environ` for all of it takes longer than to read a file.
        self._common, self._environ, self._until = common, dict(environ), until
        self._find_readers = find_readers
        # Those in use, which their waiters keep.
        self._turns: WeakValueDictionary[tuple[str, int, str], Lock] = WeakValueDictionary()

    def turn(self, settings: Settings) -> AbstractAsyncContextManager[object]:
        """Return what a checkup waits for, so that it does not close another one's connection.

        Checks that come with one id to one backend, such as all those with the id for looking, come
        one after the other, unless the profile says that several connections may share an id.
        """
        from asyncio import Lock  # the settings alone can be read without a loop

        endpoint, agent_id = settings.endpoint, settings.sent_id
        alone = settings.connection.sends_request and not settings.profile.agent_id.shared
        if not alone or endpoint is None or not agent_id:
            return nullcontext()
        key = (endpoint.host, endpoint.port, agent_id)
        lock = self._turns.get(key)
        if lock is None:
            lock = self._turns[key] = Lock()
        return lock

    def settings(self, target: Target) -> Settings:
        """Read the settings of a target.

        Raises:
            Unusable: they cannot be read at all. Mistakes in them do not raise.
        """
        if target.error:
            raise Unusable(target.error)
        folder = Path(target.folder)
        options = replace(
            self._common,
            url=target.url,
            agent_id=target.agent_id,
            env_file=os.devnull if target.env_file is None else target.env_file,
            secret_file=self._path(folder, target.secret_file),
            profile=target.profile if target.profile is not None else self._common.profile,
            looking=True,
        )
        if target.proxy is not None:
            options = replace(options, proxy=target.proxy, no_proxy=False)
        if target.ca_file is not None:
            options = replace(options, ca_file=self._path(folder, target.ca_file))
        self._refuse_pipes(secret_file=options.secret_file, ca_file=options.ca_file)
        profile = self._profile(target, options, folder)
        options = replace(options, until=last_stage(profile, self._until))
        own = profile.variables.all
        settings = load(
            options,
            environ={name: value for name, value in self._environ.items() if name not in own},
            cwd=folder,
            stdin=io.BytesIO(),
            profile=profile,
            find_readers=self._find_readers if target.env_file is not None else None,
        )
        return self._of_entry(settings, target)

    def _profile(self, target: Target, options: Options, folder: Path) -> Profile:
        try:
            if target.env_file is not None:
                return profile_in_force(options, environ=self._environ, cwd=folder).profile
            return chosen(options.profile, environ=self._environ, cwd=folder).profile
        except ProfileError as error:
            raise Unusable(str(error).replace("\n", "; ")) from None

    def _of_entry(self, settings: Settings, target: Target) -> Settings:
        """Name the place of what the entry itself says, and add the secret that it refers to."""
        place, _, line = target.source.rpartition(":")
        here = (
            Origin(Source.FILE, place, int(line))
            if place and line.isdecimal()
            else Origin(Source.FILE, target.source)
        )
        if target.url is not None:
            settings = replace(settings, backend_url=Setting(target.url, here))
        if target.agent_id is not None:
            settings = replace(settings, agent_id=Setting(target.agent_id, here))
        if target.secret_env is not None:
            value = self._environ.get(target.secret_env)
            if value is None:
                name = MASK if credentials_in(target.secret_env) else target.secret_env
                raise Unusable(f"secret_env: the variable {name} is not set")
            origin = Origin(Source.ENVIRONMENT, target.secret_env)
            settings = replace(settings, secret=SecretSetting(Secret(value), origin))
        if target.env_file is None:
            self._check_whole(settings)
            assert settings.env_file is not None  # the null device
            shown = target.source
            file = replace(settings.env_file, path=shown, absolute=shown, mode=None)
            settings = replace(settings, env_file=file)
        return settings

    @staticmethod
    def _check_whole(settings: Settings) -> None:
        """Raise `Unusable` if an entry without a file of settings lacks one that is needed."""
        names, profile = settings.names, settings.profile
        if not settings.connection.sends_request:
            return
        if profile.needs(names.secret) and settings.secret is None and not settings.secret_file:
            raise Unusable(f"neither secret_file nor secret_env is given, for {names.secret}")
        if profile.needs(names.agent_id) and settings.agent_id is None:
            raise Unusable(f"agent_id is not given, for {names.agent_id}")

    @staticmethod
    def _refuse_pipes(**files: str | Path | None) -> None:
        """Raise `Unusable` for a pipe or a device, which may never end.

        Settings are read in the loop of all checks, which a pipe without a writer would stop. The
        options of `doctor` may name a pipe, because it reads each once, and for one agent.
        """
        for key, path in files.items():
            if path is None:
                continue
            try:
                mode = os.stat(path).st_mode  # noqa: PTH116 a text or a path
            except (OSError, ValueError):
                continue  # whoever opens it says why it cannot
            if not stat.S_ISREG(mode):
                kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
                raise Unusable(f"{key}: it is {kind}")

    @staticmethod
    def _path(folder: Path, name: str | None) -> Path | None:
        if name is None:
            return None
        # Standard input can be read only once, and belongs to no agent.
        return folder / (f"./{name}" if name == STANDARD_INPUT else name)
