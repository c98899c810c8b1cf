"""The results of a run, in a temporary file, so that memory does not grow with the fleet (I/O).

The file is a database of SQLite that has no name: only this user may read it (0600), and the system
removes it when the process ends, however it ends (sqlite.org/inmemorydb.html, "Temporary
Databases").
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, MutableSet
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..catalogue import PROBLEMS
from ..facts import Stage
from ..render.json import line as json_line
from ..render.words import shown
from ..report import Report
from ..terms import FIX, Severity, Side
from ..wording.units import counted, listed
from .check import Checked
from .line import line_of
from .outcome import Outcome, from_plain, to_plain
from .summary import (
    KINDS,
    NAMED,
    NOT_CHECKED,
    Cause,
    Change,
    cause_of,
    change_between,
    in_common,
    repairs,
    side_of,
)

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -1024;
CREATE TABLE agents (
    name TEXT PRIMARY KEY, cause TEXT, side TEXT, title TEXT, remedies TEXT, host TEXT,
    agent_id TEXT, repairs INTEGER, later TEXT, warned INTEGER, unfinished INTEGER, change TEXT,
    until TEXT, outcome TEXT, document TEXT
);
CREATE INDEX causes ON agents (cause, side);
CREATE TABLE warnings (code TEXT);
CREATE TABLE earlier (name TEXT PRIMARY KEY, cause TEXT, stage TEXT);
CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID;
"""
# A first remedy with this repairs a file of settings.
_REPAIR = f"$ {FIX}"
# Ids that several agents have: the rest is counted.
_MOST_NOTES = 10
# What differs in two titles of a cause differs in most of them.
_MOST_TITLES = 20


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent, as a report shows it.

    Args:
        outcome: of its check.
        document: the JSON object of its line.
        change: since the earlier run; empty if nothing changed.
    """

    outcome: Outcome
    document: dict[str, Any]
    change: str


class Results:
    """What is known of each agent that was checked.

    Args:
        database: of this run alone.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.compares = False

    def add(self, checked: Checked) -> str:
        """Keep a result, and return its line of JSON."""
        outcome, report = checked
        verdict = report.diagnosis.verdict if report is not None else None
        change = self._change(outcome)
        document = json_line(line_of(outcome, report, change if self.compares else None))
        self._database.execute(
            "INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                shown(outcome.target),
                cause_of(outcome),
                side_of(outcome).value,
                shown(outcome.title or outcome.error),  # SQLite takes no surrogates
                json.dumps(verdict.remedies if verdict is not None else ()),
                shown(outcome.host),
                shown(outcome.agent_id),
                outcome.target == outcome.source and _REPAIR in outcome.remedy,
                _fails_later(report),
                outcome.ok and any(name == "warning" for name, _ in outcome.findings),
                outcome.interrupted,
                change,
                outcome.until,
                json.dumps(to_plain(outcome)),
                document,
            ),
        )
        if outcome.ok and report is not None:
            codes = {finding.code for finding in report.diagnosis.warnings}
            self._database.executemany(
                "INSERT INTO warnings VALUES (?)", [(code,) for code in codes]
            )
        return document

    def remember(self, before: Iterable[tuple[str, str, str]]) -> None:
        """Keep an earlier run to compare with.

        Args:
            before: name, cause (empty for a healthy agent) and the cause's stage of each.
        """
        self.compares = True
        self._database.executemany("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?)", before)

    def _change(self, outcome: Outcome) -> str:
        if not self.compares:
            return ""
        found = self._one("SELECT cause, stage FROM earlier WHERE name = ?", outcome.target)
        if found is None:
            return "" if outcome.interrupted else "new"
        return change_between(found[0], found[1], outcome)

    def seen(self) -> MutableSet[str]:
        """Return a set of texts, in the same file."""
        return _Seen(self._database)

    def rows(self, *, only_problems: bool = False) -> Iterator[AgentRow]:
        """Yield the agents: first those with a problem, by cause, and each group by name."""
        found = self._database.execute(
            "SELECT outcome, document, change FROM agents WHERE ? = 0 OR cause <> '' OR unfinished "
            "ORDER BY cause = '', cause, side, name",
            (only_problems,),
        )
        for outcome, document, change in found:
            yield AgentRow(from_plain(json.loads(outcome)), json.loads(document), change)

    def counts(self) -> tuple[int, int, int, int]:
        """Return how many are healthy, have a problem, have only warnings, were interrupted."""
        found = self._one(
            "SELECT TOTAL(cause = '' AND NOT unfinished), TOTAL(cause <> ''), TOTAL(warned), "
            "TOTAL(unfinished) FROM agents"
        )
        assert found is not None
        healthy, problems, warned, unfinished = map(int, found)
        return healthy, problems, warned, unfinished

    def warnings(self) -> tuple[tuple[str, int], ...]:
        """Return the codes of the healthy agents' warnings, the most frequent first, counted."""
        found = self._database.execute(
            "SELECT code, COUNT(*) FROM warnings GROUP BY code ORDER BY COUNT(*) DESC, code"
        )
        return tuple((code, count) for code, count in found)

    def until(self) -> str:
        """Return the stage at which most of the healthy ones ended; empty for the pong."""
        found = self._one(
            "SELECT until FROM agents WHERE cause = '' AND NOT unfinished GROUP BY until "
            "ORDER BY until = '', COUNT(*) DESC"
        )
        return str(found[0]) if found is not None else ""

    def causes(self) -> Iterator[Cause]:
        """Yield the causes, the most frequent first."""
        groups = self._database.execute(
            "SELECT cause, side, COUNT(*), COUNT(DISTINCT remedies), "
            "MIN(repairs) FROM agents WHERE cause <> '' "
            "GROUP BY cause, side ORDER BY COUNT(*) DESC, cause"
        ).fetchall()
        for cause, side, *counts in groups:
            agents = self._database.execute(
                "SELECT name, remedies FROM agents WHERE cause = ? AND side = ? "
                "ORDER BY name LIMIT ?",
                (cause, side, NAMED),
            ).fetchall()
            titles = self._database.execute(
                "SELECT DISTINCT title FROM agents WHERE cause = ? AND side = ? ORDER BY title "
                "LIMIT ?",
                (cause, side, _MOST_TITLES),
            )
            yield _cause(cause, Side(side), agents, [title for (title,) in titles], *counts)

    def changes(self, *, whole: bool) -> tuple[Change, ...] | None:
        """Return what changed since the earlier run; None if there is none.

        Args:
            whole: this run came to its end, so that an agent that is missing is gone.
        """
        if not self.compares:
            return None
        found = []
        for kind in KINDS:
            if kind == "gone":
                query = (
                    "SELECT name, cause FROM earlier WHERE name NOT IN (SELECT name FROM agents)"
                )
                rows = self._database.execute(f"{query} AND ? ORDER BY name", (whole,))
            else:
                query = "SELECT name, cause FROM agents WHERE change = ? ORDER BY name"
                rows = self._database.execute(query, (kind,))
            names: list[str] = []
            count = 0
            for name, cause in rows:
                count += 1
                if count <= NAMED:
                    names.append(f"{name} ({cause})" if cause and kind != "gone" else name)
            if count:
                found.append(Change(kind, count, tuple(names)))
        return tuple(found)

    def shared_ids(self) -> Iterator[str]:
        """Yield a sentence for each agent id that several agents have at one host."""
        groups = self._database.execute(
            "SELECT agent_id, host, COUNT(*) FROM agents WHERE agent_id <> '' AND host <> '' "
            "GROUP BY agent_id, host HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, agent_id"
        ).fetchall()
        for agent_id, host, _ in groups[:_MOST_NOTES]:
            names = [
                name
                for (name,) in self._database.execute(
                    "SELECT name FROM agents WHERE agent_id = ? AND host = ? ORDER BY name",
                    (agent_id, host),
                )
            ]
            yield f"{agent_id} is the id of several agents at {host}: {listed(names, NAMED)}"
        if (more := len(groups) - _MOST_NOTES) > 0:
            yield f"and {more} more ids that several agents have"

    def failing_later(self) -> Iterator[str]:
        """Yield a sentence for each mistake of settings that this run ended too early to judge."""
        groups = self._database.execute(
            "SELECT later, COUNT(*) FROM agents WHERE later <> '' AND cause = '' GROUP BY later "
            "ORDER BY COUNT(*) DESC, later"
        ).fetchall()
        for code, count in groups[:_MOST_NOTES]:
            names = self._database.execute(
                "SELECT name FROM agents WHERE later = ? AND cause = '' ORDER BY name", (code,)
            )
            named = listed((name for (name,) in names), NAMED)
            agents = f"{counted(count, 'agent')} healthy so far"
            yield f"{agents}, but the settings have a mistake that matters later: {code}: {named}"

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return found


def _cause(
    code: str,
    side: Side,
    agents: list[tuple[str, str]],
    titles: list[str],
    count: int,
    cures: int,
    all_repaired: int,
) -> Cause:
    """Return a cause; where its agents' own texts differ, with words that fit all of them.

    Args:
        code: of the cause.
        side: who takes the next step.
        agents: the first ones: name, and the remedies as JSON.
        titles: the different ones.
        count: of the agents.
        cures: how many different ones they have.
        all_repaired: 1 if edgecheck can repair the file of each of them.
    """
    first, cure = agents[0]
    names = tuple(name for name, _ in agents)
    title = in_common(titles)
    if code == NOT_CHECKED:
        title = title if len(titles) == 1 else "The agent's entry cannot be used"
        steps = "Mend the entry; the line of each agent says what is wrong."
        return Cause(code, side, count, title, (steps,), names)
    remedies = tuple(json.loads(cure))
    if cures == 1 or count == 1:
        return Cause(code, side, count, title, remedies, names)
    if all_repaired:
        return Cause(code, side, count, title, (repairs(names, count),), names)
    return Cause(code, side, count, title, remedies, names, first)


def _fails_later(report: Report | None) -> str:
    """Return the first mistake of the settings that only a later stage needs; empty without one."""
    if report is None or report.facts.until is None:
        return ""
    for finding in report.diagnosis.findings:
        problem = PROBLEMS[finding.code]
        if (
            problem.stage is Stage.CONFIG
            and problem.severity is Severity.ERROR
            and finding.severity is Severity.INFO
        ):
            return finding.code
    return ""


class _Seen(MutableSet[str]):
    """A set of texts of which only short digests are kept."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __contains__(self, text: object) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE key = ?", (_digest(str(text)),))
        return found.fetchone() is not None

    def add(self, value: str) -> None:
        """Add a text."""
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (_digest(value),))

    def discard(self, value: str) -> None:
        """Remove a text."""
        self._database.execute("DELETE FROM seen WHERE key = ?", (_digest(value),))

    def clear(self) -> None:
        """Remove all texts."""
        self._database.execute("DELETE FROM seen")

    def __len__(self) -> int:
        return int(self._database.execute("SELECT COUNT(*) FROM seen").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        raise TypeError("only digests of the texts are kept")


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()


@contextmanager
def results() -> Iterator[Results]:
    """Provide an empty place for the results of one run."""
    database = sqlite3.connect("", isolation_level=None)
    try:
        database.executescript(_TABLES)
        yield Results(database)
    finally:
        database.close()
