"""The pages of the monitor, as an ASGI application (https://asgi.readthedocs.io, version 3).

Law: a response says nothing that `Access` did not allow, never runs a script, and no error of ours
ends a connection without an answer.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from ..frozen import dataclass
from ..render import html
from ..render import monitor as page
from .access import CHALLENGE, Access
from .metrics import Own, exposed
from .schedule import Schedule
from .targets import Source
from .view import view
from .watch import Watch

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Prometheus gives a scrape 10 s by default. A client that does not say gets as much.
_PROBE_SECONDS = 10.0
# The answer has to arrive before the scraper's own time is over (blackbox_exporter's
# --timeout-offset is 0.5). Of less than a second, half of it is for the check.
_MARGIN_SECONDS = 0.5
# Prometheus' longest scrape_timeout in practice; a mistyped number must not keep a check for hours.
_LONGEST_PROBE = 120.0
# The loop of checks looks around once a second. If it did not for so long, something hangs.
STUCK_SECONDS = 30.0
_LONGEST_QUERY = 4096

_FIELDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_TEXT, _HTML, _JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"
# For everything but our own page, whose policy names the hash of its style. The report's page has a
# policy of its own in its head, and both hold.
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_REPORT_POLICY = f"{_POLICY}; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Answer:
    """A response.

    Args:
        status: of HTTP.
        body: its content.
        kind: its Content-Type.
        policy: its Content-Security-Policy.
        fields: further header fields.
    """

    status: int
    body: bytes
    kind: str = _TEXT
    policy: str = _POLICY
    fields: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A request that is allowed.

    Args:
        path: decoded.
        query: the first value of each name.
        fields: header fields, names in lower case.
    """

    path: str
    query: Mapping[str, str]
    fields: Mapping[str, str]


def _words(status: int, text: str, *fields: tuple[bytes, bytes]) -> Answer:
    return Answer(status, f"{text}\n".encode(), fields=fields)


class Pages:
    """What can be asked for.

    Args:
        watch: the agents.
        schedule: their checks.
        targets: where they come from.
        access: who may ask.
        every: seconds between two checks of an agent.
        log: called with a line about an error of our own.
    """

    def __init__(
        self,
        watch: Watch,
        schedule: Schedule,
        targets: Source,
        *,
        access: Access,
        every: float,
        log: Callable[[str], None],
    ) -> None:
        self._watch, self._schedule, self._targets = watch, schedule, targets
        self.access, self._every, self._log = access, every, log
        self._pages = {
            "/": self._overview,
            "/report": self._report,
            "/metrics": self._metrics,
            "/probe": self._probe,
            "/targets": self._discovery,
            "/healthz": self._health,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI server asks."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answered(scope)
        except asyncio.CancelledError:
            raise
        # The text may hold anything; a reader gets a status.
        except Exception as error:  # noqa: BLE001
            self._log(f"{scope['path']!r} could not be answered ({type(error).__name__})")
            answer = _words(500, "edgecheck itself failed.")
        fields = [
            (b"content-type", answer.kind.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"content-security-policy", answer.policy.encode()),
            *_FIELDS,
            *answer.fields,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, scope: Scope) -> Answer:
        fields = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        path = scope["path"]
        refusal = self.access.refusal(path, fields)
        if refusal is not None:
            more = ((b"www-authenticate", CHALLENGE.encode()),) if refusal.status == 401 else ()
            return _words(refusal.status, refusal.words, *more)
        if scope["method"] not in ("GET", "HEAD"):
            return _words(405, "Only GET and HEAD.", (b"allow", b"GET, HEAD"))
        handler = self._pages.get(path)
        if handler is None:
            return _words(404, f"There are {', '.join(self._pages)}.")
        raw = scope["query_string"]
        if len(raw) > _LONGEST_QUERY:
            return _words(414, "The query is too long.")
        query = parse_qs(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=20)
        first = {name: values[0] for name, values in query.items()}
        return await handler(Asked(path, first, fields))

    async def _overview(self, asked: Asked) -> Answer:
        shown = view(
            self._watch.agents,
            time.time(),
            every=self._every,
            number=asked.query.get("page", ""),
            only=asked.query.get("only", ""),
            error=self._targets.error,
        )
        body, policy = await asyncio.to_thread(page.overview, shown)
        return Answer(200, body.encode(), _HTML, policy)

    async def _report(self, asked: Asked) -> Answer:
        agent = self._watch.agents.get(asked.query.get("target", ""))
        if agent is None:
            return _words(404, "No agent of this name is watched.")
        report = await asyncio.to_thread(lambda: agent.report)
        if report is None:
            why = agent.outcome.error if agent.outcome is not None else "It was not checked yet."
            return _words(404, f"There is no report. {why}")
        body = await asyncio.to_thread(html.report, report)
        return Answer(200, body.encode(), _HTML, _REPORT_POLICY)

    async def _metrics(self, asked: Asked) -> Answer:
        own = Own(
            targets=len(self._watch.agents),
            running=self._schedule.running,
            read=not self._targets.error,
        )
        agents = list(self._watch.agents.values())
        accept = asked.fields.get("accept", "")
        return Answer(200, *await asyncio.to_thread(exposed, accept, agents, own))

    async def _probe(self, asked: Asked) -> Answer:
        name = asked.query.get("target")
        if name is None:
            return _words(400, "Which agent? /probe?target=NAME; /targets lists the names.")
        if name not in self._watch.agents:
            return _words(404, "No agent of this name is watched; /targets lists the names.")
        await self._watch.check(name, probe_seconds(asked.fields))
        agent = self._watch.agents.get(name)
        accept = asked.fields.get("accept", "")
        return Answer(200, *exposed(accept, [agent] if agent is not None else []))

    async def _discovery(self, _: Asked) -> Answer:
        """List the agents as Prometheus' HTTP discovery reads them (http_sd)."""
        groups = [
            {
                "targets": [name],
                "labels": {
                    "__meta_edgecheck_agent": (agent.outcome and agent.outcome.agent_id) or "",
                    "__meta_edgecheck_host": (agent.outcome and agent.outcome.host) or "",
                    "__meta_edgecheck_source": agent.target.source,
                },
            }
            for name, agent in self._watch.agents.items()
        ]
        return Answer(200, json.dumps(groups).encode(), _JSON)

    async def _health(self, _: Asked) -> Answer:
        if self.is_stuck:
            return _words(503, "The checks have stopped.")
        return _words(200, "ok")

    @property
    def is_stuck(self) -> bool:
        """Whether the loop of checks has not gone on for a long time."""
        return time.monotonic() - self._schedule.ticked_at > STUCK_SECONDS


def probe_seconds(fields: Mapping[str, str]) -> float:
    """Return how long a check may take, so that the scraper still gets the answer.

    Args:
        fields: of its request, names in lower case.
    """
    try:
        given = float(fields.get("x-prometheus-scrape-timeout-seconds", ""))
    except ValueError:
        given = math.nan
    if not 0 < given < math.inf:
        given = _PROBE_SECONDS
    return min(_LONGEST_PROBE, max(given - _MARGIN_SECONDS, given / 2))
