"""What is wrong between the values of a whole profile (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .example import example_of
from .form import SECRET
from .kinds import Mistake, shown
from .texts import COUNTER, REPEATED


def contradictions(tree: Mapping[str, Any]) -> list[Mistake]:
    """Return what is wrong between the values of a profile that are right one by one.

    Args:
        tree: the whole profile, with what it extends.
    """
    return [
        *_credentials(tree),
        *_agent_ids(tree),
        *_counters(tree),
        *_repeated(tree),
        *_commands(tree),
    ]


def _credentials(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    place = tree["request"]["authorization"]
    greeting = tree["session"].get("greeting", ())
    said = any(SECRET in step.get("send", "") for step in greeting)
    if place == "message" and not said:
        yield Mistake("session.greeting", f"a message to send with {SECRET}, as `message` says")
    if place == "none" and said:
        yield Mistake("request.authorization", 'message, because a greeting has "{secret}"')
    for key, kind in (("headers", "header"), ("query", "query")):
        for name, value in tree["request"][key].items():
            if SECRET in value:
                yield Mistake(
                    "request.authorization",
                    f"{kind}:{name}, because {key} has the secret there",
                    shown(place),
                )


def _agent_ids(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    agent = tree["agent_id"]
    pattern = agent["pattern"]
    for key in ("example", "probe_id"):
        if agent.get(key) and re.fullmatch(pattern, agent[key]) is None:
            yield Mistake(
                f"agent_id.{key}", "an agent id that the pattern matches", shown(agent[key])
            )
    if not agent.get("example") and not example_of(pattern):
        yield Mistake("agent_id.example", "an agent id, because none can be made from the pattern")


def _counters(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    ping, pong = tree["session"].get("ping", ""), tree["session"].get("pong", "")
    sent = ping.get("send", "") if isinstance(ping, dict) and "hex" not in ping else ping
    if COUNTER in pong and COUNTER not in sent:
        yield Mistake("session.ping", f"a text with {COUNTER}, which the pong has")


def _repeated(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    ping = tree["session"].get("ping", "")
    if isinstance(ping, dict):
        answer = ping.get("answer", "")
        for name in REPEATED.findall(answer) if isinstance(answer, str) else ():
            if lacking := _lacks_group(ping.get("expect"), name):
                yield Mistake("session.ping.answer", lacking, f"{{ping.{name}}}")


def _lacks_group(pattern: object, name: str) -> str:
    """Return what is expected in place of a name that no group of an expression has."""
    regex = pattern.get("regex", "") if isinstance(pattern, dict) else ""
    # In JSON, a name may be that of a member.
    groups = [] if re.search(r'"|\\[{\[]', regex) else list(re.compile(regex).groupindex)
    if not groups or name in groups:
        return ""
    return f"a named group of the regular expression: {', '.join(groups)}"


def _commands(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    commands = tree.get("commands")
    if isinstance(commands, dict):
        for key in ("id", "kind", "payload"):
            name = commands.get(key)
            if name and (lacking := _lacks_group(commands.get("match"), name)):
                yield Mistake(f"commands.{key}", lacking, shown(name))
        for key in ("match", "id", "ack"):
            if key not in commands:
                yield Mistake(f"commands.{key}", "this key is missing")
