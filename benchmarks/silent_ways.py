"""What `doctor` says of silent situations in a routed network, and when.

    python benchmarks/silent_ways.py [--only WORD] [--jobs 2]

As root on Linux. Each situation is made by rules of iptables and routes in network namespaces; the
probe runs as nobody, with ``--timeout 3``. Counted are the exact codes, the causes that are said
without `possible` and are wrong, the wrong turns, and the runs that come later than the limit of
their stage and two seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results import Row, record, show
from silent_blind import THIRD_SET
from silent_more import SECOND_SET
from silent_names import FIRST, SECOND
from silent_stories import FIRST_SET
from silent_words import NAME, NAME6, PLAIN, PORT, Story

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.backends.applications.behaviour import AGENTS, SECRET
from tests.backends.certificates import Authority, Issued
from tests.backends.conftest import command_of, tls_of
from tests.backends.routed import (
    NOBODY_THERE,
    SERVER,
    SERVER6,
    Routed,
    name_resolvers,
    routed,
    unprivileged,
)
from tests.backends.servers import Server, environment, python, serving
from tests.doctor import COMMAND, bare_environ

STORIES = (*FIRST_SET, *SECOND_SET, *THIRD_SET)
LIMIT, LATE = 3.0, 2.0
# Of thirty, 28.
SHARE = 28 / 30
NOTES = """\
Code, turn and certainty were written down before the first run; where no fact tells causes apart,
only `possible` is right, and all of their codes. Before anything was mended, the first set had 80
of 113 exact, 18 sure of a wrong cause and 21 wrong turns. Afterwards eight stories that did not
happen as written were repaired, and for two (a slow resolver, a gateway that forwards nothing) the
codes were added that nothing here tells apart. The third set is the part of three more batches that
differs from the others. Each was written blind, and run before what it showed was mended: of the
first, 53 of 60 were exact, 2 sure of a wrong cause and 4 wrong turns; of the second, 32 of 35, 1
and 2; of the third, 14 of 18, 1 and 3. Two of these 113 were judged too strictly, and
five did not happen as written: they were repaired. Other work on the machine makes all later than
it would be.
"""
_HOSTS = f"127.0.0.1 localhost\n{SERVER} {NAME}\n{SERVER6} {NAME6}\n"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """What was said of a story.

    Args:
        seconds: from the failed stage's beginning to the end of the run, less the stage's limit.
    """

    story: str
    code: str | None
    side: str | None
    confidence: str | None
    seconds: float
    alternatives: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def judged(story: Story, outcome: Outcome) -> dict[str, bool]:
    """Return what is right about an outcome."""
    exact = outcome.code in story.codes
    turn = outcome.code is None or outcome.side in story.sides
    possible = outcome.confidence == "possible"
    sure = outcome.code is not None and not possible
    false = sure and (not exact or story.undecided)
    if None in story.codes and outcome.code is None:
        turn = True
    return {
        "exact": exact and turn and not (story.undecided and sure),
        "not sure of a wrong cause": not false,
        "right turn": turn or (possible and story.undecided),
        "in time": outcome.code is None or outcome.seconds <= LATE,
    }


class Stage:
    """The network with its servers."""

    def __init__(
        self, network: Routed, folder: Path, servers: Sequence[Server], issued: Issued
    ) -> None:
        self._network, self._folder, self._servers = network, folder, servers
        self._issued = issued

    def play(self, story: Story) -> Outcome:
        """Make a story happen, and return what is said of it."""
        with ExitStack() as stack:
            network = self._network
            for node, *words in story.commands:
                network.run(node, *words)
            stack.callback(self._undo, story)
            if story.listener:
                stack.enter_context(self._listening(story.listener, story.at))
            self._resolve(story, stack)
            if not story.after:
                self._begin(story, stack)
            return self._examine(story, stack)

    def _begin(self, story: Story, stack: ExitStack) -> None:
        for node, *words in story.late:
            self._network.run(node, *words)
        for node, chain, *words in story.rules:
            table, _, name = chain.rpartition(":")
            rule = self._network.rule(node, name, *words, six=story.six, table=table or "filter")
            stack.enter_context(rule)
        if story.stopped:
            for server in self._servers:
                os.killpg(server.process.pid, signal.SIGSTOP)
                stack.callback(os.killpg, server.process.pid, signal.SIGCONT)

    def _undo(self, story: Story) -> None:
        for node, *words in story.undo:
            self._network.run(node, *words)
        # What one story taught the kernels must not help the next.
        for node in self._network.nodes.values():
            node.ip("neigh", "flush", "all")
            node.ip("route", "flush", "cache")
            node.ip("tcp_metrics", "flush", "all")

    @contextmanager
    def _listening(self, program: str, at: str) -> Iterator[None]:
        files = (self._issued.chain, self._issued.key)
        command = [*self._network[at].inside, sys.executable, "-c", program, *files]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield
        finally:
            process.kill()
            process.wait()

    def _resolve(self, story: Story, stack: ExitStack) -> None:
        name_resolvers(
            self._network, story.resolv_conf or f"nameserver {FIRST}\n", _HOSTS + story.hosts
        )
        for address, names in zip((FIRST, SECOND), story.resolvers, strict=False):
            command = python("tests.backends.applications.name_server", address, json.dumps(names))
            inside = self._network["provider"].inside
            process = subprocess.Popen([*inside, *command], env=environment())
            stack.callback(process.wait)
            stack.callback(process.kill)
            wanted = f"{address}:53 "
            while wanted not in self._network.run("provider", "ss", "-Hlun"):
                time.sleep(0.05)

    def _examine(self, story: Story, stack: ExitStack) -> Outcome:
        secret = SECRET + "Zq7xV" * 260 if story.long else SECRET
        given = ("--url", story.url, "-e", "/dev/null", "--ca-file", self._folder / "root.pem")
        words = (*given, "--json", "--timeout", f"{LIMIT:g}", *story.options)
        process = subprocess.Popen(
            [*unprivileged(self._network, *COMMAND[:-1], *story.arguments, *map(str, words))],
            stdin=subprocess.PIPE if story.lines else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env={
                **bare_environ(self._folder),
                "EDGE_SECRET": secret,
                "EDGE_AGENT_ID": AGENTS[story.agent],
                **dict(story.environ),
            },
        )
        if story.after:
            time.sleep(story.after)
            self._begin(story, stack)
        output = "".join(_until_told(process, story)) if story.ends else ""
        rest, errors = process.communicate(timeout=_PATIENCE)
        output += rest
        if "KEEP" in os.environ:
            Path(os.environ["KEEP"]).write_text(output)
        try:
            report = _report(output)
        except ValueError:
            return Outcome(story.name, f"CRASH {output[-300:]} {errors[-300:]}", None, None, 0.0)
        return _outcome(story, report)


def _until_told(process: subprocess.Popen[str], story: Story) -> Iterator[str]:
    """Yield what a live command prints until it says why it ended, and stop it then."""
    timers = [threading.Timer(story.ends, process.terminate)]
    timers += [threading.Timer(at, _type, (process, line)) for at, line in story.lines]
    for timer in timers:
        timer.start()
    assert process.stdout is not None
    for line in iter(process.stdout.readline, ""):
        yield line
        if isinstance(json.loads(line).get("verdict"), dict):
            break
    for timer in timers:
        timer.cancel()
        timer.join()
    process.terminate()


def _type(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _report(output: str) -> dict[str, Any]:
    """Read a report, or the verdict of a live command."""
    if not output.startswith('{"'):
        return dict(json.loads(output))
    events = list(map(json.loads, output.splitlines()))
    if len(events) == 1 and "verdict" in events[0]:
        return dict(events[0])
    told = (each.get("verdict") for each in events)
    verdict = next((each for each in told if isinstance(each, dict)), None)
    return {"verdict": verdict, "findings": [], "total_ms": 0.0}


def _begun(report: dict[str, Any]) -> float:
    """Return when the last stage began, in milliseconds from the run's beginning."""
    facts = [each["facts"] or {} for each in report.get("stages", ())]
    spans = [each["span"] for each in facts if each.get("span")]
    return float(max((span["started_ms"] for span in spans), default=0.0))


def _outcome(story: Story, report: dict[str, Any]) -> Outcome:
    verdict = report["verdict"] or {}
    return Outcome(
        story.name,
        verdict.get("code"),
        verdict.get("side"),
        verdict.get("confidence"),
        (report.get("total_ms", 0.0) - _begun(report)) / 1000 - LIMIT,
        tuple(verdict.get("alternatives", ())),
        tuple(finding["code"] for finding in report.get("findings", ())),
        tuple(verdict.get("evidence", ())),
    )


@contextmanager
def stage() -> Iterator[Stage]:
    """Make the network and its servers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = Authority(logs)
        (folder / "root.pem").write_bytes(authority.ca_file.read_bytes())
        names = (NAME, NAME6, SERVER, NOBODY_THERE, "edge.agents-cloud.net", "edge")
        # A chain of several packets, as most are.
        names += ("both.internal", *(f"host-{number}.agents-cloud.net" for number in range(90)))
        issued = authority.issue("silence", names=names)
        network = stack.enter_context(routed())
        inside = network["server"].inside
        servers = []
        for number, (host, port, tls) in enumerate(
            (("0.0.0.0", PORT, True), ("::", PORT, True), ("0.0.0.0", PLAIN, False))
        ):
            words = tls_of("uvicorn", issued) if tls else ()
            command = command_of("uvicorn", port, "--host", host, *words)
            servers.append(
                stack.enter_context(serving(command, port, logs / f"{number}.log", inside=inside))
            )
        yield Stage(network, folder, servers, issued)


def _worker(stories: Any, outcomes: Any) -> None:
    with stage() as here:
        while (number := stories.get()) is not None:
            try:
                outcomes.put((number, here.play(STORIES[number])))
            except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
                # The story could not be made.
                outcome = Outcome(STORIES[number].name, f"ERROR {error}", None, None, 0.0)
                outcomes.put((number, outcome))


def played(numbers: Sequence[int], jobs: int) -> dict[int, Outcome]:
    """Play stories in several networks at once."""
    stories: Any = multiprocessing.Queue()
    outcomes: Any = multiprocessing.Queue()
    for number in (*numbers, *[None] * jobs):
        stories.put(number)
    workers = [
        multiprocessing.Process(target=_worker, args=(stories, outcomes)) for _ in range(jobs)
    ]
    for worker in workers:
        worker.start()
    found = {}
    for _ in numbers:
        number, outcome = outcomes.get()
        found[number] = outcome
        verdicts = judged(STORIES[number], outcome)
        bad = [what for what, right in verdicts.items() if not right]
        print(
            f"{'ok ' if not bad else 'BAD'} {outcome.story}: {outcome.code} {outcome.side} "
            f"{outcome.confidence} {outcome.seconds:+.1f} s {'; '.join(bad)}"
            + (f" wanted {STORIES[number].codes} {STORIES[number].sides}" if bad else ""),
            flush=True,
        )
        if bad and os.environ.get("SHOW"):
            print("      ", outcome.alternatives, outcome.findings)
            for line in outcome.evidence:
                print("      ", line)
    for worker in workers:
        worker.join()
    return found


def rows_of(name: str, stories: Sequence[Story], found: dict[str, Outcome]) -> list[Row]:
    """Return the table's lines for a set of stories."""
    verdicts = [judged(story, found[story.name]) for story in stories if story.name in found]
    count = len(verdicts)
    rows = []
    for what in verdicts[0] if verdicts else ():
        right = sum(each[what] for each in verdicts)
        wanted = math.ceil(SHARE * count) if what == "exact" else count
        missed = [
            story.name
            for story in stories
            if story.name in found and not judged(story, found[story.name])[what]
        ]
        rows.append(
            Row(
                f"{name}: {what}",
                f"≥ {wanted} of {count}",
                f"{right} of {count}",
                right >= wanted,
                "; ".join(missed),
            )
        )
    return rows


def main() -> int:
    """Play the stories, and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="play the stories whose names have this in them")
    parser.add_argument("--set", default="all", choices=("first", "second", "third", "all"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--print", action="store_true", help="do not write RESULTS.md")
    given = parser.parse_args()
    sets = {"first": FIRST_SET, "second": SECOND_SET, "third": THIRD_SET, "all": STORIES}
    wanted = sets[given.set]
    numbers = [
        number
        for number, story in enumerate(STORIES)
        if story in wanted and given.only in story.name
    ]
    played_now = played(numbers, max(min(given.jobs, len(numbers)), 1))
    found = {outcome.story: outcome for outcome in played_now.values()}
    rows = [
        *rows_of("situations", FIRST_SET, found),
        *rows_of("situations thought of afterwards", SECOND_SET, found),
        *rows_of("situations of three more batches", THIRD_SET, found),
    ]
    if given.print or given.only or given.set != "all":
        print(show(rows))
        return 0
    load = f"load average {os.getloadavg()[0]:.0f}"
    return record("make bench-silence: silent situations", rows, f"{NOTES}At the end: {load}.")


if __name__ == "__main__":
    sys.exit(main())
