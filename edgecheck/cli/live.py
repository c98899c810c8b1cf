"""What `ping`, `repl` and `listen` have in common: how they are told to connect, how they speak, and how they are stopped."""

from __future__ import annotations

import functools
import inspect
import io
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..settings.model import DEFAULT_TIMEOUT
from .options import (
    AgentId,
    AllowPlaintext,
    CaFile,
    EnvFile,
    Insecure,
    Ipv4,
    Ipv6,
    NoColor,
    NoProxy,
    Proxy,
    Quiet,
    SecretFile,
    Timeout,
    Url,
    UsageError,
    Verbose,
    check_timeout,
    not_both,
)

if TYPE_CHECKING:
    import asyncio

    from rich.text import Text

    from ..report import Report
    from ..settings.model import Settings
    from ..settings.sources import Options
    from .output import Output

    # Given the settings, it does what the command is for, and returns the exit code.
    Work = Callable[[Settings], Coroutine[None, None, int]]

Demo = Annotated[bool, typer.Option("--demo", help="Use a backend that edgecheck itself starts, with settings of its own.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
# How often the backend of --demo sends a command: often enough to see one soon, seldom enough to type between two.
DEMO_COMMAND_SECONDS = 3.0


class Reporter:
    """Tells a person or a script what happens, as it happens.

    Args:
        output: standard output.
        as_json: one JSON object a line, and nothing else.
        quiet, verbose: how much a person wants to read.
    """

    def __init__(self, output: Output, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self.as_json, self.quiet, self.verbose = as_json, quiet, verbose
        self._output = output

    @property
    def width(self) -> int:
        """Columns, as many as there are now."""
        from .output import standard_output

        return standard_output(no_color=True).width

    def event(self, name: str, *parts: str | tuple[str, str], **fields: object) -> None:
        """Tell one event.

        Args:
            name: for scripts.
            parts: the line for people, of plain and of (text, style) parts; none says nothing to them.
            fields: for scripts.
        """
        if self.as_json:
            self._output.print_plain(json_line(name, fields))
        elif parts:
            from ..render.layout import line

            self._output.print([line(*parts)])

    def lines(self, lines: Iterable[Text]) -> None:
        """Write lines for people."""
        if not self.as_json:
            self._output.print(lines)

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Show why there is no connection, or no more: what `doctor` shows.

        Args:
            report: of a checkup, or of an end.
            alone: leave out what else was noticed.
        """
        verdict = report.diagnosis.verdict
        if self.as_json:
            self._output.print_plain(json_line("verdict", {"verdict": asdict(verdict) if verdict else None}))
            return
        from ..render import text

        self._output.print(text.verdict(verdict, self.width) if alone and verdict else text.problems(report, self.width))


def json_line(name: str, fields: dict[str, Any]) -> str:
    """Write one event as one line of printable ASCII."""
    from ..probe.clock import now

    return json.dumps({"event": name, "at": now(), **fields}, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True)
class Live:
    """A command's common options, read.

    Args:
        options: how to connect.
        demo: connect to a backend of our own.
        reporter: where to tell of it.
        no_color: the person wants none.
    """

    options: Options
    demo: bool
    reporter: Reporter
    no_color: bool

    def reporter_now(self) -> Reporter:
        """Return a reporter for what standard output is now."""
        from .output import standard_output

        as_told = {"as_json": self.reporter.as_json, "quiet": self.reporter.quiet, "verbose": self.reporter.verbose}
        return Reporter(standard_output(no_color=self.no_color), **as_told)

    def run(self, work: Work, *, command_every: float | None = None, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> int:
        """Run a command's work to its end.

        Args:
            work: given the settings; returns the exit code.
            command_every: seconds between the commands of --demo's backend.
            loop: makes the event loop; None for asyncio's own.
        """
        import asyncio

        from ..probe.tls import TrustError

        async def everything() -> int:
            asyncio.get_running_loop().set_exception_handler(_ignore)
            async with self._settings(command_every) as settings:
                return await work(settings)

        try:
            with asyncio.Runner(loop_factory=loop) as runner:
                return runner.run(everything())
        except TrustError as error:
            raise UsageError(f"--ca-file: {error}") from None

    @asynccontextmanager
    async def _settings(self, command_every: float | None) -> AsyncIterator[Settings]:
        from ..settings.sources import load
        from ..simulator import Scenario, simulate

        if not self.demo:
            yield load(self.options, environ=os.environ, cwd=Path.cwd(), stdin=sys.stdin.buffer)
            return
        scenario = Scenario(secret=secrets.token_hex(16), command_every=command_every)
        with TemporaryDirectory(prefix="edgecheck-demo-") as name:
            async with simulate(scenario) as backend:
                file = Path(name) / ".env"
                file.touch(0o600)
                file.write_text(backend.env_text, encoding="utf-8")
                yield load(self.options, environ={}, cwd=Path(name), stdin=io.BytesIO())


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Drop what asyncio would log: behind a proxy that breaks its promise websockets leaves callbacks that fail, and says so itself."""


def _connecting_options(
    url: Url = None,
    secret_file: SecretFile = None,
    agent_id: AgentId = None,
    env_file: EnvFile = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    proxy: Proxy = None,
    no_proxy: NoProxy = False,
    ca_file: CaFile = None,
    insecure: Insecure = False,
    ipv4: Ipv4 = False,
    ipv6: Ipv6 = False,
    allow_plaintext: AllowPlaintext = False,
    demo: Demo = False,
    as_json: AsJsonLines = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColor = False,
) -> Live:
    from ..settings.model import Family
    from ..settings.sources import Options
    from .output import standard_output

    not_both(quiet=quiet, verbose=verbose)
    not_both(proxy=proxy, no_proxy=no_proxy)
    if ipv4 and ipv6:
        raise UsageError("-4 and -6 exclude each other.")
    if demo:
        for name, value in {"url": url, "secret_file": secret_file, "agent_id": agent_id, "env_file": env_file, "proxy": proxy}.items():
            not_both(**{"demo": True, name: value})
    options = Options(
        url=url,
        agent_id=agent_id,
        secret_file=secret_file,
        env_file=env_file,
        proxy=proxy,
        no_proxy=no_proxy,
        ca_file=ca_file,
        insecure=insecure,
        family=Family.IPV4 if ipv4 else Family.IPV6 if ipv6 else Family.ANY,
        timeout=check_timeout(timeout),
        allow_plaintext=allow_plaintext,
    )
    reporter = Reporter(standard_output(no_color=no_color), as_json=as_json, quiet=quiet, verbose=verbose)
    return Live(options, demo, reporter, no_color)


def connecting(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say how to connect.

    Args:
        command: its first parameter takes a `Live`; the others are options of its own, which come first in its help.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    common = list(inspect.signature(_connecting_options, eval_str=True).parameters.values())
    own_names = [parameter.name for parameter in own]

    @functools.wraps(command)
    def connected(**values: Any) -> int:
        mine = {name: values.pop(name) for name in own_names}
        return command(_connecting_options(**values), **mine)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *common)]
    connected.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    connected.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": int}
    return connected


@contextmanager
def stopping(*numbers: signal.Signals) -> Iterator[asyncio.Event]:
    """Give an event that is set by these signals, in place of what they do otherwise; a second SIGINT interrupts."""
    import asyncio

    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def note() -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number in numbers:
            with suppress(NotImplementedError, ValueError):
                loop.remove_signal_handler(number)
        if previous is not None:
            signal.signal(signal.SIGINT, previous)

    previous = signal.getsignal(signal.SIGINT)
    for number in numbers:
        try:
            loop.add_signal_handler(number, note)
        except NotImplementedError:  # on Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(note))
    try:
        yield stop
    finally:
        restore()
