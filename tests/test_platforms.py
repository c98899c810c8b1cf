"""Nothing that Windows lacks is needed to import the package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.timing import PATIENCE

# Imports every module, and with them the libraries that look at the platform themselves; takes away
# what Windows has not (the library reference says "Availability: Unix" there), and imports every
# module of ours anew.
SCRIPT = """
import asyncio, importlib, os, pkgutil, select, signal, socket, sys

def walk():
    package = importlib.import_module("edgecheck")
    modules = pkgutil.walk_packages(package.__path__, "edgecheck.")
    names = [module.name for module in modules if not module.name.endswith("__main__")]
    for name in names:
        importlib.import_module(name)
    return names

walk()
for name in [name for name in sys.modules if name.partition(".")[0] == "edgecheck"]:
    del sys.modules[name]
for name in "fcntl grp posix pty pwd readline resource syslog termios tty".split():
    sys.modules[name] = None
for module, lacking in {
    os: "chown chroot ctermid fchmod fchown fork forkpty getegid geteuid getgid getgroups"
        " getloadavg getpgid getpgrp getpriority getresuid getsid getuid killpg lchown mkfifo mknod"
        " nice openpty pipe2 posix_spawn pread pwrite register_at_fork sched_getaffinity sendfile"
        " setegid seteuid setgid setpgid setsid setuid statvfs sync sysconf tcgetpgrp ttyname uname"
        " wait wait3 wait4 waitid O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC O_TMPFILE"
        " WNOHANG WIFEXITED",
    select: "epoll poll",
    signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1"
        " SIGUSR2 SIGWINCH alarm pthread_sigmask setitimer sigwait",
    socket: "AF_UNIX MSG_DONTWAIT SO_REUSEPORT TCP_USER_TIMEOUT sethostname",
}.items():
    for name in lacking.split():
        if hasattr(module, name):
            delattr(module, name)
del asyncio.SelectorEventLoop.add_signal_handler
print(len(walk()))
"""


def test_every_module_is_imported_without_what_unix_alone_has() -> None:
    """In a process of its own."""
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=PATIENCE
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX")
@pytest.mark.parametrize(
    ("files", "words"),
    [
        (5, "doctor --timeout 1 ws://127.0.0.1:9"),
        (5, "doctor --demo"),
        (5, "simulate --port 0"),
        (8, "doctor --demo"),
    ],
)
def test_without_files_there_is_a_word_and_no_traceback(
    tmp_path: Path, files: int, words: str
) -> None:
    """With five, asyncio makes half an event loop; with eight, none is left to accept another."""
    (tmp_path / ".env").write_text(f"EDGE_SECRET={'Kq7vT2mXw9Lb4RzN' * 2}\nEDGE_AGENT_ID=edge_1\n")
    limited = f'ulimit -n {files}; exec "$@"'
    outcome = subprocess.run(
        ["sh", "-c", limited, "sh", sys.executable, "-m", "edgecheck", *words.split()],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert outcome.returncode == 1
    # Either nothing can be examined, or a verdict says what it is that takes no connection.
    said = outcome.stdout + outcome.stderr
    assert "cannot open any more files" in said or "edgecheck explain" in said
    assert not [word for word in ("Traceback", "ignored", "Warning") if word in outcome.stderr]
