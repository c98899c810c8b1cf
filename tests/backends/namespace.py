"""A network for tests: an `ip netns` namespace with its own resolver, routes and devices."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import lacking, require_program
from tests.timing import PATIENCE, until

RESOLVER = "127.0.0.53"
# How many seconds glibc waits, once. Without a search list it asks for no other names.
RESOLVER_SECONDS = 3
_FILES = {
    "resolv.conf": (
        f"nameserver {RESOLVER}\nsearch .\noptions timeout:{RESOLVER_SECONDS} attempts:1\n"
    ),
    "nsswitch.conf": "hosts: files dns\n",
    "hosts": "127.0.0.1 localhost\n",
}


@dataclass(frozen=True)
class Namespace:
    """A network namespace.

    Args:
        program: path of ip(8).
    """

    name: str
    program: str

    @property
    def inside(self) -> tuple[str, ...]:
        """The words that run a command inside."""
        return self.program, "netns", "exec", self.name

    def ip(self, *words: str) -> str:
        """Run ip(8) for the namespace, and return what it prints."""
        done = subprocess.run(
            [self.program, "-n", self.name, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
        return done.stdout

    def wait_for(self, wanted: str, *words: str) -> None:
        """Run ip(8) until it prints something."""
        until(lambda: wanted in self.ip(*words), seen=lambda: self.ip(*words))


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make a namespace with only a loopback device, and remove it with all that is in it.

    Skips the test if this machine cannot make one.
    """
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    made = Namespace(f"edgecheck-{os.getpid()}", require_program("ip"))
    done = subprocess.run(
        [made.program, "netns", "add", made.name],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode != 0:
        lacking(f"no network namespace can be made here: {done.stderr.strip()}")
    # ip-netns(8): for commands that run inside, files here replace those in /etc.
    files = Path("/etc/netns") / made.name
    try:
        files.mkdir(parents=True)
        for name, text in _FILES.items():
            (files / name).write_text(text)
        made.ip("link", "set", "lo", "up")
        yield made
    finally:
        subprocess.run([made.program, "netns", "del", made.name], check=False, timeout=PATIENCE)
        shutil.rmtree(files)
