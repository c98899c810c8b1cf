"""What `monitor` runs, from its options: sockets, targets, who may read, and where changes go."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from typing import TYPE_CHECKING, Any

from ..agent.handler import environment_for
from ..fleet.inventory import NoAgents
from ..fleet.target import Loader
from ..monitor.remembered import Remembered
from ..monitor.run import MonitorConfig, monitor, read_access
from ..monitor.serving import CannotServe, Files, ListenAddress, is_local, resolved, url_of
from ..monitor.systemd import handed_over
from ..monitor.targets import Fixed, Source, Targets
from ..render import json
from ..render.words import shown
from ..settings.choices import Until
from ..settings.model import EDGE_SECRET
from ..settings.sources import Options
from .ends import OK, UsageError
from .monitor_options import LISTEN, ServeOptions, WatchOptions
from .open_files import make_room
from .option_groups import ConnectionOptions
from .process import Process
from .stop import STOP

if TYPE_CHECKING:
    import socket


class Monitoring:
    """One run of `monitor`.

    Args:
        process: where it runs.
        wanted, serving, connection: its options, which go together.
    """

    def __init__(
        self,
        process: Process,
        wanted: WatchOptions,
        serving: ServeOptions,
        connection: ConnectionOptions,
    ) -> None:
        self._process, self._wanted, self._serving = process, wanted, serving
        self._connection = connection
        self._readers = Remembered(process.readers_of)
        self._unwritable: OSError | None = None

    def run(self, program: Sequence[str]) -> int:
        """Run until told to stop, and return the exit code.

        Args:
            program: to run for each change; empty for none.

        Raises:
            UsageError: an address, a file or a target cannot be used.
            OSError: standard output cannot be written.
        """
        STOP.install()
        try:
            with closing(self._run(program)) as whole:
                asyncio.run(whole)
        except (CannotServe, NoAgents) as error:
            raise UsageError(f"{error}".removesuffix(".") + ".") from None
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None  # after a second signal
        finally:
            STOP.release()
        if self._unwritable is not None:
            raise self._unwritable
        return OK

    async def _run(self, program: Sequence[str]) -> None:
        this = asyncio.current_task()
        assert this is not None
        stop = STOP.bind(this)
        make_room(self._wanted.jobs)
        async with AsyncExitStack() as stack:
            targets, loader = await self._targets(stack)
            sockets = [stack.enter_context(closing(each)) for each in self._sockets()]
            loopback = all(map(is_local, sockets))
            config = MonitorConfig(
                targets=targets,
                loader=loader,
                every=self._wanted.every,
                jobs=self._wanted.jobs,
                sockets=sockets,
                files=Files(
                    self._serving.serve_cert, self._serving.serve_key, self._serving.client_ca
                ),
                access=lambda: self._access(loopback=loopback),
                program=program,
                environ=self._process.environ,
                program_environ=self._without_secret(),
                forget=self._readers.forget,
                announce=lambda: self._announce(sockets),
                say=self._say,
                tell=self._teller(stop) if self._wanted.as_json else None,
            )
            await monitor(config, stop)

    # --- targets ---------------------------------------------------------------------------------

    async def _targets(self, stack: AsyncExitStack) -> tuple[Source, Loader]:
        """Return the agents and what reads their settings. Raises `NoAgents`."""
        options = Options(
            proxy=self._connection.proxy,
            no_proxy=self._connection.no_proxy,
            ca_file=self._connection.ca_file and self._process.cwd / self._connection.ca_file,
            insecure=self._connection.insecure,
            family=self._connection.family,
            timeout=self._connection.timeout,
            allow_plaintext=self._connection.allow_plaintext,
            given=self._process.given,
            profile=self._wanted.profile,
        )
        if self._wanted.demo is None:
            loader = Loader(
                options,
                environ=self._process.environ,
                find_readers=self._readers,
                until=self._wanted.until,
            )
            targets = Targets(self._wanted.paths or (), self._process.cwd)
            await targets.first()
            return targets, loader
        from ..fleet.demo import demo  # the simulator, which real agents do without

        profile = self._process.profile(options)
        played = await stack.enter_async_context(demo(self._wanted.demo, profile=profile))
        # No running agent is known to this backend, so nobody is disturbed.
        loader = Loader(options, environ={}, until=self._wanted.until or Until.SESSION)
        return Fixed(tuple(played.targets())), loader

    def _without_secret(self) -> dict[str, str]:
        """Return the environment for a program: ours, without the variable of the secret."""
        name = self._process.profile(Options(profile=self._wanted.profile)).variables.secret
        return environment_for(
            environment_for(self._process.environ, None, name), None, EDGE_SECRET
        )

    # --- the server ------------------------------------------------------------------------------

    def _sockets(self) -> list[socket.socket]:
        """Return the listening sockets. Raises `UsageError` and `CannotServe`."""
        given = handed_over(self._process.environ)
        if given:
            self._check_readers(
                all(map(is_local, given)), lambda: url_of(given[0], tls=False), given
            )
            return given
        host, port = _host_and_port(self._serving.listen)
        place: ListenAddress = resolved(host, port)
        self._check_readers(place.is_local, lambda: self._serving.listen)
        return [place.opened()]

    def _check_readers(
        self, local: bool, name: Callable[[], str], given: Sequence[socket.socket] = ()
    ) -> None:
        """Raise `UsageError` if everybody in the network could read."""
        serving = self._serving
        if local or serving.token_file or serving.client_ca or serving.allow_anyone:
            return
        where = name()
        for each in given:
            each.close()
        raise UsageError(
            f"{where} can be reached from other machines, and everybody there could read which "
            "agents you have and what is wrong with them. Give --token-file FILE, or --serve-cert "
            "with --client-ca for client certificates, or say --allow-anyone. For this machine "
            f"alone: --listen {LISTEN}"
        )

    def _access(self, *, loopback: bool) -> Any:
        serving = self._serving
        return read_access(
            serving.token_file and self._process.cwd / serving.token_file,
            loopback=loopback,
            hosts=serving.allow_host or (),
        )

    # --- what it says ----------------------------------------------------------------------------

    def _announce(self, sockets: Sequence[socket.socket]) -> None:
        serving = self._serving
        for each in sockets:
            self._process.say(f"Serving at {url_of(each, tls=serving.serve_cert is not None)}")
        open_to_others = not all(map(is_local, sockets))
        if serving.token_file is not None:
            if open_to_others and serving.serve_cert is None:
                self._process.say(
                    "The token crosses the network unencrypted: --serve-cert serves HTTPS."
                )
            with suppress(OSError):
                mode = (self._process.cwd / serving.token_file).stat().st_mode
                if mode & (stat.S_IRGRP | stat.S_IROTH):
                    self._process.say(
                        f"Other users of this machine can read the token. To keep it: chmod 600 "
                        f"{serving.token_file}"
                    )
        elif open_to_others and serving.allow_anyone:
            self._process.say("--allow-anyone: everybody who can connect can read everything.")
        if self._connection.insecure:
            self._process.say("--insecure: certificates of backends are NOT checked.")

    def _say(self, text: str) -> None:
        if not self._wanted.quiet:
            self._process.say(shown(text))

    def _teller(self, stop: asyncio.Event) -> Callable[[dict[str, Any]], None]:
        """Return what writes a change to standard output; if nobody reads it, the run ends."""

        def tell(changed: dict[str, Any]) -> None:
            try:
                print(
                    self._process.inert(json.line(changed)), file=self._process.stdout, flush=True
                )
            except OSError as error:
                self._unwritable = error
                stop.set()

        return tell


def _host_and_port(text: str) -> tuple[str, int]:
    """Return host and port of --listen; the host is empty for all addresses."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or (not bracketed and set(host) & set(":[]")):
        raise UsageError(f"--listen must be HOST:PORT, such as {LISTEN} or [::1]:9787, not {text}.")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"--listen must end in a port from 0 to 65535; {text} does not.")
    return host.removeprefix("[").removesuffix("]"), int(port)
