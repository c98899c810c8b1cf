"""`edgecheck doctor --watch`: the loop of two windows, one that watches and one that edits."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from edgecheck.cli.lookout import SETTLE_SECONDS
from edgecheck.cli.watch import SPACING_SECONDS
from edgecheck.simulator import Backend
from tests.backends.servers import free_port
from tests.cli.conftest import COMMAND, Run
from tests.cli.test_screen import on_a_terminal
from tests.cli.test_screen import wait_for as wait_for_words
from tests.doctor import SECRET, simulated
from tests.processes import started
from tests.timing import PATIENCE, until

# What a refused checkup opens: its own connection, and one for each experiment.
MOST_CONNECTIONS = 5


class Watcher:
    """A `doctor --watch` that runs, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.shown = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.shown += line

    def wait_for(self, words: str, times: int = 1) -> None:
        """Wait until some words were shown."""
        until(
            lambda: self.shown.count(words) >= times,
            process=self.process,
            seen=lambda: self.shown,
        )

    def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


@contextmanager
def watching(
    folder: Path, environ: Mapping[str, str], *arguments: str, **streams: object
) -> Iterator[Watcher]:
    """Run `doctor --watch` in a folder."""
    command = [*COMMAND, "doctor", "--watch", *arguments]
    pipes = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        **streams,
    }
    with started(
        command, cwd=folder, env=dict(environ), text=True, encoding="utf-8", **pipes
    ) as process:
        yield Watcher(process)


@pytest.fixture
def log() -> list[str]:
    """What the backend says of itself."""
    return []


@pytest.fixture
def backend(log: list[str]) -> Iterator[Backend]:
    """A healthy backend."""
    with simulated(log=log.append) as backend:
        yield backend


def connections(log: list[str]) -> int:
    """Count the connections that a backend saw."""
    return sum(" accepted " in line for line in log)


def write(path: Path, text: str) -> None:
    """Write a settings file as its owner's alone, in place."""
    path.touch(0o600)
    path.write_text(text)


def wrong(backend: Backend) -> str:
    """Return settings whose secret has a word too many."""
    return backend.env_text.replace("EDGE_SECRET=", "EDGE_SECRET=Bearer ")


def in_place(path: Path, text: str) -> None:
    """Write as nano and a shell's redirection do."""
    path.write_text(text)


def by_rename(path: Path, text: str) -> None:
    """Write another file and rename it, as most editors and this program do."""
    other = path.with_name(f".{path.name}.swp")
    write(other, text)
    other.replace(path)


def by_backup(path: Path, text: str) -> None:
    """Move the old file away first, as vim does by default."""
    path.rename(path.with_name(f"{path.name}~"))
    write(path, text)


@pytest.mark.parametrize(
    ("edit", "more"),
    [
        (in_place, {}),
        (by_rename, {}),
        (by_backup, {}),
        (by_rename, {"WATCHFILES_FORCE_POLLING": "1"}),
    ],
    ids=["in place", "by rename", "by backup", "polling"],
)
def test_an_edit_turns_it_green(
    tmp_path: Path,
    environ: Mapping[str, str],
    backend: Backend,
    log: list[str],
    edit: Callable[[Path, str], None],
    more: Mapping[str, str],
) -> None:
    """However the editor writes: what was wrong is gone, and the exit code is 0.

    The backend saw two checkups.
    """
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, {**environ, **more}) as watcher:
        watcher.wait_for("explain secret-bearer-prefix")
        watcher.wait_for("edgecheck explain")
        edit(tmp_path / ".env", backend.env_text)

        assert watcher.ended() == 0
    assert ".env changed" in watcher.shown
    assert "secret-bearer-prefix → healthy" in watcher.shown
    assert "gone      EDGE_SECRET in .env:2 begins with" in watcher.shown
    assert "Healthy: " in watcher.shown
    assert watcher.shown.count("Next step: ") == 1
    assert connections(log) <= MOST_CONNECTIONS + 1
    assert SECRET not in watcher.shown


def test_a_file_that_goes_and_comes_again(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """Its absence is another verdict, told in full; its return ends that."""
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, environ) as watcher:
        watcher.wait_for("explain secret-bearer-prefix")
        (tmp_path / ".env").unlink()
        watcher.wait_for("explain env-file-missing")
        write(tmp_path / ".env", wrong(backend))
        watcher.wait_for("explain secret-bearer-prefix", 2)
        write(tmp_path / ".env", backend.env_text)

        assert watcher.ended() == 0
    assert ".env is gone" in watcher.shown
    assert ".env appeared" in watcher.shown
    assert watcher.shown.count("Next step: ") == 3


def test_a_profile_that_is_mended_turns_it_green(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """One that cannot be used in between is said, and waited for."""
    write(tmp_path / ".env", backend.env_text)
    profile = tmp_path / "edgecheck.toml"
    profile.write_text("[request]\npath = '/elsewhere'\n")
    with watching(tmp_path, environ) as watcher:
        watcher.wait_for("explain upgrade-refused-regardless")
        in_place(profile, "[request]\npath = 5\n")
        watcher.wait_for("edgecheck.toml: request.path: ")
        in_place(profile, "")

        assert watcher.ended() == 0
    assert "Healthy: " in watcher.shown


def test_a_file_that_is_not_there_yet(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """The nearest one is waited for, in this folder and above.

    A file that --env-file names is waited for even before its folder is there.
    """
    (tmp_path / "here").mkdir()
    with watching(tmp_path / "here", environ) as watcher:
        watcher.wait_for("explain env-file-missing")
        write(tmp_path / ".env", wrong(backend))
        watcher.wait_for("explain secret-bearer-prefix")
        write(tmp_path / "here" / ".env", backend.env_text)

        assert watcher.ended() == 0
    with watching(tmp_path, environ, "-e", "later/edge.env") as watcher:
        watcher.wait_for("explain env-file-missing")
        (tmp_path / "later").mkdir()
        write(tmp_path / "later" / "edge.env", backend.env_text)

        assert watcher.ended() == 0
    assert "later/edge.env appeared" in watcher.shown


def test_a_link_whose_target_changes(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """Both what it points at, and where it points to."""
    (tmp_path / "store").mkdir()
    write(tmp_path / "store" / "one", backend.env_text.replace("edge_1", "edge_2"))
    write(tmp_path / "store" / "two", backend.env_text)
    (tmp_path / ".env").symlink_to("store/one")
    with watching(tmp_path, environ) as watcher:
        watcher.wait_for("edgecheck explain")
        write(tmp_path / "store" / "one", backend.env_text.replace("edge_1", "edge_3"))
        watcher.wait_for("edge_2 → edge_3")
        (tmp_path / "new").symlink_to("store/two")
        (tmp_path / "new").replace(tmp_path / ".env")

        assert watcher.ended() == 0


def test_the_secret_of_a_file_of_its_own(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """It is watched as well; what comes from standard input is read once, and used each time."""
    settings = ("--url", backend.url, "--agent-id", "edge_1")
    write(tmp_path / "secret", "0123456789abcdef0123456789ABCDEF")
    with watching(tmp_path, environ, *settings, "--secret-file", "secret") as watcher:
        watcher.wait_for("explain auth-secret-rejected")
        write(tmp_path / "secret", SECRET)

        assert watcher.ended() == 0
    write(tmp_path / ".env", f"BACKEND_URL={backend.url}\nEDGE_AGENT_ID=edge_2\n")
    with watching(tmp_path, environ, "--secret-file", "-", stdin=subprocess.PIPE) as watcher:
        assert watcher.process.stdin is not None
        watcher.process.stdin.write(SECRET)
        watcher.process.stdin.close()
        watcher.wait_for("explain")
        write(tmp_path / ".env", f"BACKEND_URL={backend.url}\nEDGE_AGENT_ID=edge_1\n")

        assert watcher.ended() == 0


def test_quick_writes_are_no_hammering(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, log: list[str]
) -> None:
    """A file that is never the same for long is waited for.

    Then one checkup follows, however often it was written.
    """
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, environ) as watcher:
        watcher.wait_for("edgecheck explain")
        before, times = connections(log), [time.monotonic()]
        while times[-1] - times[0] < 8 * SETTLE_SECONDS:
            write(tmp_path / ".env", f"{wrong(backend)}# {len(times)}\n")
            time.sleep(SETTLE_SECONDS / 8)
            times.append(time.monotonic())
        write(tmp_path / ".env", backend.env_text)
        times.append(time.monotonic())
        assert watcher.ended() == 0
        rounds = 1 + (time.monotonic() - times[0]) / SPACING_SECONDS

    assert before <= MOST_CONNECTIONS
    assert connections(log) - before <= MOST_CONNECTIONS * rounds
    # Where the machine was too busy to write so often, the file was the same for long.
    if max(later - sooner for sooner, later in itertools.pairwise(times)) < SETTLE_SECONDS / 2:
        assert connections(log) == before + 1


def test_a_change_ends_a_wait_that_has_become_pointless(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """Nobody waits minutes for an address that is no longer the one."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        elsewhere = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        write(tmp_path / ".env", backend.env_text.replace(backend.url, elsewhere))
        with watching(tmp_path, environ, "--timeout", "300", "--verbose") as watcher:
            watcher.wait_for("✓ tcp")
            write(tmp_path / ".env", backend.env_text)

            assert watcher.ended() == 0
    assert "Next step: " not in watcher.shown


def test_a_backend_that_comes_up_is_noticed_with_every(
    tmp_path: Path, environ: Mapping[str, str], log: list[str]
) -> None:
    """Nothing changes in any file; rounds that see the same say nothing."""
    port = free_port()
    with ExitStack() as stack:
        with simulated("upgrade-unavailable", port=port, log=log.append) as backend:
            write(tmp_path / ".env", backend.env_text)
            watcher = stack.enter_context(watching(tmp_path, environ, "--every", "2"))
            until(lambda: connections(log) >= 4, process=watcher.process)
        with simulated(port=port):
            assert watcher.ended() == 0
    assert " → healthy" in watcher.shown
    # Healthy, and, where a round fell between the two backends, refused.
    assert watcher.shown.count("examined again") <= 2


def test_healthy_from_the_start_ends_at_once(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, log: list[str]
) -> None:
    """The report that doctor gives without it."""
    write(tmp_path / ".env", backend.env_text)
    with watching(tmp_path, environ) as watcher:
        assert watcher.ended() == 0

    assert ", session  " in watcher.shown
    assert "Healthy: " in watcher.shown
    assert connections(log) == 1


def test_strict_waits_for_the_warnings(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """A mode is a change, too, and so is what git ignores."""
    subprocess.run(
        ["git", "init", "--quiet", str(tmp_path)], check=True, env=dict(environ), timeout=PATIENCE
    )
    write(tmp_path / ".env", backend.env_text)
    (tmp_path / ".env").chmod(0o644)
    with watching(tmp_path, environ, "--strict") as watcher:
        watcher.wait_for("--strict counts 2 warnings")
        (tmp_path / ".env").chmod(0o600)
        watcher.wait_for("1 warning above, which --strict counts")
        (tmp_path / ".gitignore").write_text(".env\n")

        assert watcher.ended() == 0
    assert ".gitignore appeared" in watcher.shown


def test_offline_turns_green_when_the_settings_have_no_error(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, log: list[str]
) -> None:
    """And sends nothing."""
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, environ, "--offline") as watcher:
        watcher.wait_for("explain secret-bearer-prefix")
        write(tmp_path / ".env", backend.env_text)

        assert watcher.ended() == 0
    assert "Nothing was sent" in watcher.shown
    assert connections(log) == 0


def test_json_is_the_last_report_alone(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, log: list[str]
) -> None:
    """One document at the end, however that came, and nothing on standard error."""
    for end in ("green", signal.SIGINT, signal.SIGTERM):
        write(tmp_path / ".env", wrong(backend))
        log.clear()
        with watching(tmp_path, environ, "--json", "--every", "2") as watcher:
            # The first checkup is over when the second one comes.
            until(lambda: connections(log) > MOST_CONNECTIONS, process=watcher.process)
            if isinstance(end, str):
                write(tmp_path / ".env", backend.env_text)
            else:
                watcher.process.send_signal(end)
            code = watcher.ended()
        report = json.loads(watcher.shown)

        assert code == {"green": 0, signal.SIGINT: 130, signal.SIGTERM: 143}[end]
        assert report["ok"] is (end == "green")
        assert (report["verdict"] or {}).get("code") == (
            None if end == "green" else "secret-bearer-prefix"
        )


def test_quiet_shows_what_is_wrong_and_what_changed(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """No stages; silence for what is healthy from the start."""
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, environ, "--quiet") as watcher:
        watcher.wait_for("explain secret-bearer-prefix")
        write(tmp_path / ".env", backend.env_text)

        assert watcher.ended() == 0
    assert "✗ config " not in watcher.shown
    assert "secret-bearer-prefix → healthy" in watcher.shown
    with watching(tmp_path, environ, "--quiet") as watcher:
        assert watcher.ended() == 0
    assert watcher.shown == ""


def test_an_edit_that_helps_nothing_is_seen_all_the_same(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """The same verdict is not told twice in full, but the person sees that the edit was read."""
    write(tmp_path / ".env", wrong(backend))
    with watching(tmp_path, environ) as watcher:
        watcher.wait_for("edgecheck explain")
        write(tmp_path / ".env", wrong(backend) + "# a comment\n")
        watcher.wait_for("✗ Still: EDGE_SECRET in .env:2 begins with")
        watcher.process.send_signal(signal.SIGINT)

        assert watcher.ended() == 130
    assert watcher.shown.count("Next step: ") == 1
    assert watcher.shown.splitlines()[-1] == "Interrupted. Not healthy yet: secret-bearer-prefix."


@pytest.mark.parametrize("plain", [False, True], ids=["colours", "no-color"])
def test_a_terminal_shows_what_is_waited_for(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, plain: bool
) -> None:
    """The last line, written over where that can be; Ctrl-C leaves a last line of its own."""
    write(tmp_path / ".env", wrong(backend))
    with on_a_terminal(
        tmp_path, environ, "doctor", "--watch", *(["--no-color"] if plain else [])
    ) as (process, read):
        seen = wait_for_words(read, "waiting for .env to change; Ctrl-C ends")
        process.send_signal(signal.SIGINT)
        rest = wait_for_words(
            read,
            "Interrupted. Not healthy yet: secret-bearer-prefix.".replace(
                ". ", ". " if plain else ". \x1b[0m", 1
            ),
        )
        process.wait(PATIENCE)

    assert process.returncode == 130
    assert ("\x1b" in seen + rest) is not plain


def test_what_no_file_holds_is_looked_at_again_all_the_same(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The person reads how often, and that a variable exported later does not reach this run."""
    variables = {
        "BACKEND_URL": "ws://127.0.0.1:1",
        "EDGE_SECRET": SECRET,
        "EDGE_AGENT_ID": "edge_1",
    }
    with on_a_terminal(tmp_path, {**environ, **variables}, "doctor", "--watch") as (process, read):
        seen = wait_for_words(read, "no file has these settings")
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)

    assert "waiting 5 s, as no file" in seen
    assert "$EDGE_SECRET" in seen


@pytest.mark.parametrize(
    "arguments",
    [
        "--watch --demo",
        "--watch --replay x",
        "--every 5",
        "--watch --every 1",
        "--watch --every nan",
        "--watch --secret-file pipe",
    ],
)
def test_what_makes_no_sense_is_wrong_usage(tmp_path: Path, run: Run, arguments: str) -> None:
    """Exit code 2, before anything is examined."""
    os.mkfifo(tmp_path / "pipe")
    done = run("doctor", *arguments.split())

    assert done.returncode == 2, done.stderr
    assert done.stdout == ""


def test_a_report_is_rewritten_after_each_checkup(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """The file holds the last one; a workflow is told of that alone."""
    write(tmp_path / ".env", wrong(backend))
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    with watching(tmp_path, {**environ, **actions}, "--report", "report.json") as watcher:
        watcher.wait_for("Report: report.json")
        before = json.loads((tmp_path / "report.json").read_text())
        write(tmp_path / ".env", backend.env_text)
        assert watcher.ended() == 0
    after = json.loads((tmp_path / "report.json").read_text())

    assert before["verdict"]["code"] == "secret-bearer-prefix"
    assert after["ok"] is True
    assert "secret-bearer-prefix" not in (tmp_path / "summary").read_text()
    assert "::error" not in watcher.shown


def test_what_can_be_repaired_is_repaired_once_before(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend
) -> None:
    """Then the rest is waited for."""
    write(tmp_path / ".env", wrong(backend).replace("edge_1", "edge_2"))
    with watching(tmp_path, environ, "--fix", "--yes") as watcher:
        watcher.wait_for("edgecheck explain")
        text = (tmp_path / ".env").read_text()
        write(tmp_path / ".env", text.replace("edge_2", "edge_1"))

        assert watcher.ended() == 0
    assert "Bearer" not in text
    assert "secret-bearer-prefix → healthy" not in watcher.shown
