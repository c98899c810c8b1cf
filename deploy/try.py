"""Try the alerts on this machine alone: `make try-monitor`.

It starts a backend that edgecheck itself plays, `edgecheck monitor`, Prometheus and Alertmanager,
all on loopback and in a temporary folder. Then the backend begins to refuse the secret: the alert
that names the cause is shown, and that it ends when the fault does.

The configuration is that of deploy/prometheus, with free ports and short waits.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
FAULT = "auth-secret-rejected"
# Debian's packages, and what else their programs are called.
PACKAGES = {
    "prometheus": ("prometheus",),
    "prometheus-alertmanager": ("prometheus-alertmanager", "alertmanager"),
}
LOOPBACK = "127.0.0.1"
# A busy machine may take long, a broken one must not take for ever.
PATIENCE = 120.0

_T = TypeVar("_T")


class Failed(Exception):
    """It cannot be shown; the text says why."""


def found() -> list[str]:
    """Return the paths of Prometheus and Alertmanager.

    Raises:
        Failed: one of them is not installed.
    """
    paths = {
        package: next(filter(None, map(shutil.which, names)), None)
        for package, names in PACKAGES.items()
    }
    missing = [package for package, path in paths.items() if path is None]
    if missing:
        raise Failed(
            f"This needs {' and '.join(missing)}. On Debian and Ubuntu: "
            f"apt-get install {' '.join(missing)}"
        )
    return [path for path in paths.values() if path is not None]


def free_port() -> int:
    """Return a port of loopback on which nothing listens, and which no client is given."""
    while True:
        # From 32768 on Linux gives ports to whoever connects (ip(7)), at any moment.
        port = secrets.choice(range(10_000, 32_768))
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind((LOOPBACK, port))
            return port


def configured(name: str, *changes: tuple[str, str]) -> str:
    """Return a configuration of deploy/prometheus with some texts replaced.

    Args:
        name: of the file.
        changes: each a text that has to be there, and what stands in its place.
    """
    text = (HERE / "prometheus" / name).read_text(encoding="utf-8")
    for old, new in changes:
        if old not in text:
            raise Failed(f"deploy/prometheus/{name} has no {old!r} any more")
        text = text.replace(old, new)
    return text


def ask(url: str) -> Any:
    """Ask a server on this machine for JSON; None while it does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def until(what: str, condition: Callable[[], _T]) -> _T:
    """Wait for something true, and return it.

    Raises:
        Failed: it did not come.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.2)
    raise Failed(f"Waited {PATIENCE:g} s in vain: {what}.")


class Programs:
    """Programs that run in the background, each with a file for what it says.

    Args:
        folder: for these files, and the programs' working directory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a program, in place of an earlier one of the name."""
        self.stop(name)
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def stop(self, name: str) -> None:
        """End a program, if it runs."""
        process = self._running.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self) -> None:
        """Raise `Failed` if one of them has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = (self.folder / f"{name}.log").read_text(errors="replace")
                raise Failed(f"{name} has ended ({process.returncode}):\n{log[-2000:]}")

    def close(self) -> None:
        """End all of them, the last one first."""
        for name in reversed(list(self._running)):
            self.stop(name)


@contextlib.contextmanager
def programs() -> Iterator[Programs]:
    """Give a place for programs in a temporary folder, and end them all."""
    with tempfile.TemporaryDirectory(prefix="edgecheck-try-") as name:
        running = Programs(Path(name))
        try:
            yield running
        finally:
            running.close()


class Stack:
    """Monitor, Prometheus and Alertmanager, with one agent.

    Args:
        running: where they are started.
        edgecheck: its path.
    """

    def __init__(self, running: Programs, edgecheck: str) -> None:
        self._running, self._edgecheck = running, edgecheck
        self._prometheus, self._alertmanager = found()
        names = ("backend", "monitor", "prometheus", "alertmanager")
        self._ports = {name: free_port() for name in names}

    def url(self, name: str) -> str:
        """Return where a program serves."""
        return f"http://{LOOPBACK}:{self._ports[name]}"

    def start(self) -> None:
        """Start everything, the agent healthy, and wait until Prometheus has seen that."""
        self._write()
        self.begin(None)
        run, at = self._running.start, f"{LOOPBACK}:{{}}".format
        run(
            "monitor",
            *(self._edgecheck, "monitor", "agents", "--until", "session", "--every", "1"),
            *("--listen", at(self._ports["monitor"])),
        )
        run(
            "alertmanager",
            *(self._alertmanager, "--config.file=alertmanager.yml", "--storage.path=alerts"),
            *(
                f"--web.listen-address={at(self._ports['alertmanager'])}",
                "--cluster.listen-address=",
            ),
        )
        run(
            "prometheus",
            *(self._prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=series"),
            f"--web.listen-address={at(self._ports['prometheus'])}",
        )
        self._wait("Prometheus has scraped a healthy agent", self.is_healthy)

    def begin(self, fault: str | None) -> None:
        """Start the backend anew, with a fault or without."""
        more = ("--fault", fault) if fault is not None else ()
        self._running.start(
            "backend",
            *(self._edgecheck, "simulate", "--env-file", "agents/berlin-1.env"),
            *("--port", str(self._ports["backend"]), *more),
        )

    def is_healthy(self) -> bool:
        """Whether Prometheus knows the agent, and it is healthy."""
        return self.value('edgecheck_up{agent="edge_1"}') == 1

    def value(self, query: str) -> float | None:
        """Ask Prometheus for one number."""
        answer = ask(f"{self.url('prometheus')}/api/v1/query?query={urllib.request.quote(query)}")
        result = answer["data"]["result"] if answer else []
        return float(result[0]["value"][1]) if result else None

    def alerts(self) -> list[dict[str, Any]]:
        """Return what Alertmanager has about the agent now."""
        alerts = ask(f"{self.url('alertmanager')}/api/v2/alerts?active=true") or []
        name = "EdgecheckAgentUnhealthy"
        return [each for each in alerts if each["labels"]["alertname"] == name]

    def alert(self, code: str) -> dict[str, Any]:
        """Wait until the alert about a cause fires, and return it."""

        def of_the_cause() -> list[dict[str, Any]]:
            return [each for each in self.alerts() if each["labels"]["code"] == code]

        return self._wait(f"an alert about {code}", of_the_cause)[0]

    def end(self) -> None:
        """Wait until no alert is left and Prometheus sees a healthy agent."""
        self._wait("a healthy agent", self.is_healthy)
        self._wait("the end of the alert", lambda: not self.alerts())

    def _wait(self, what: str, condition: Callable[[], _T]) -> _T:
        def checked() -> _T:
            self._running.check()
            return condition()

        return until(what, checked)

    def _write(self) -> None:
        """Write the agent's settings, and the configuration of the programs."""
        folder = self._running.folder
        (folder / "agents").mkdir()
        env_file = folder / "agents" / "berlin-1.env"
        env_file.touch(0o600)
        env_file.write_text(
            f"BACKEND_URL=ws://{LOOPBACK}:{self._ports['backend']}\n"
            f"EDGE_SECRET={secrets.token_hex(16)}\nEDGE_AGENT_ID=edge_1\n"
        )
        (folder / "prometheus.yml").write_text(
            configured(
                "prometheus.yml",
                ("30s", "1s"),
                (f"{LOOPBACK}:9787", f"{LOOPBACK}:{self._ports['monitor']}"),
                (f"{LOOPBACK}:9093", f"{LOOPBACK}:{self._ports['alertmanager']}"),
            )
        )
        (folder / "rules.yml").write_text(configured("rules.yml", ("for: 3m", "for: 2s")))
        (folder / "alertmanager.yml").write_text(
            configured("alertmanager.yml", ("group_wait: 30s", "group_wait: 1s"))
        )


def shown(alert: dict[str, Any]) -> Iterator[str]:
    """Give the lines about an alert."""
    labels, words = alert["labels"], alert["annotations"]
    yield f"  {labels['alertname']} ({labels['severity']})"
    yield f"  {words['summary']}"
    yield f"  cause        {labels['code']}, at the stage {labels['stage']}"
    yield f"  next step    {labels['side']}: {words['next_step'].strip()}"
    yield f"  to do        {words['command']}"


def show(stack: Stack, *, once: bool) -> None:
    """Bring everything up, and show the alert and its end."""
    stack.start()
    say("Everything runs:")
    for name, what in (
        ("monitor", "how the agents are"),
        ("prometheus", "/alerts has the alerts, /graph the metrics"),
        ("alertmanager", "what people are told"),
    ):
        say(f"  {name:<13}{stack.url(name)}/  ({what})")
    say(f"\nThe backend begins to refuse the secret ({FAULT}). The alert:")
    stack.begin(FAULT)
    for line in shown(stack.alert(FAULT)):
        say(line)
    if not once:
        say("\nLook around; Enter ends the fault.")
        with contextlib.suppress(EOFError):
            input()
    stack.begin(None)
    stack.end()
    say("\nThe fault has ended, and so has the alert.")
    if not once:
        say("Ctrl-C ends everything.")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


def say(line: str) -> None:
    """Write a line at once."""
    print(line, flush=True)


def main() -> int:
    """Try it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--once", action="store_true", help="end after the alert has ended")
    once = parser.parse_args().once or not sys.stdin.isatty()
    own = Path(sys.executable).with_name("edgecheck")
    edgecheck = str(own) if os.access(own, os.X_OK) else shutil.which("edgecheck")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if edgecheck is None:
            raise Failed("edgecheck is not installed.")
        with programs() as running:
            show(Stack(running, edgecheck), once=once)
    except Failed as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
