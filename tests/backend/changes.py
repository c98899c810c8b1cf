"""Other backends: the built-in profile with one thing changed, or all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import (
    Authorization,
    Close,
    Pattern,
    Ping,
    Place,
    Profile,
    Variables,
)
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load
from tests.doctor import SECRET
from tests.timing import STAGE_LIMIT

# Where the values of a change stand in the profile.
PLACES = {
    "variables": "variables",
    "authorization": "request.authorization",
    "path": "request.path",
    "agent_parameter": "request.query",
    "agent_field": "request.headers",
    "agent_pattern": "agent_id.pattern",
    "agent_form": "agent_id.form",
    "agent_example": "agent_id.example",
    "ping": "session.ping",
    "pong": "session.pong",
    "keepalive": "session.keepalive",
    "closes": "close",
}
_FORMS: dict[str, Callable[[Any], object]] = {
    "request.query": lambda name: ((name, "{agent_id}"),),
    "request.headers": lambda name: ((name, "{agent_id}"),),
    "session.ping": lambda text: Ping(text=text),
    "session.pong": lambda text: Pattern(text=text),
    "close": lambda closes: tuple(Close(code, problem) for code, problem in closes.items()),
}


def changed(values: Mapping[str, Any], profile: Profile = EDGE) -> Profile:
    """Return a profile with other values, by the names of `PLACES`."""
    for name, value in values.items():
        place = PLACES.get(name, name)
        inner = _FORMS.get(place, lambda same: same)(value)
        part, _, key = place.partition(".")
        if key:
            inner = replace(getattr(profile, part), **{key: inner})
        profile = replace(profile, **{part: inner})
    return profile


HEADER, WRONG_SECRET = "auth-header-rejected", "auth-secret-rejected"


@dataclass(frozen=True)
class Change:
    """One thing that another backend does otherwise.

    Args:
        values: of the profile that are other ones.
        old: how texts that did not follow would be told, as a regular expression.
        refused: a client that takes the backend for the built-in one is not answered.
    """

    values: Mapping[str, Any]
    old: str
    refused: bool = True

    @property
    def profile(self) -> Profile:
        """The built-in profile, with the change."""
        return changed(self.values)


CHANGES = {
    "path": Change({"path": "/agents/socket"}, r"/edge/ws"),
    "parameter": Change({"agent_parameter": "station"}, r"edge_agent_id"),
    "field": Change({"agent_field": "X-Station"}, r"X-Edge-Agent-Id"),
    "agent id": Change(
        {
            "agent_pattern": "station-[0-9]{3}",
            "agent_form": "station-<three digits>",
            "agent_example": "station-123",
        },
        r"edge_(?=[<`\d])",
    ),
    "ping": Change({"ping": '{"op":"are you there"}'}, re.escape(EDGE.ping)),
    "pong": Change({"pong": '{"op":"here","well":true}'}, re.escape(EDGE.pong)),
    "bare words": Change({"ping": "ping", "pong": "pong"}, r'\{"type":"p[io]ng"\}'),
    "keepalive": Change({"keepalive": 17.5}, r"(?:every|if) 30 s\b", refused=False),
    "header's close code": Change(
        {"closes": {4401: HEADER, 1008: WRONG_SECRET}}, r"\b4001\b", refused=False
    ),
    "secret's close code": Change(
        {"closes": {4001: HEADER, 4403: WRONG_SECRET}}, r"\b1008\b", refused=False
    ),
    "names of the settings": Change(
        {"variables": Variables("ORDERS_URL", "ORDERS_TOKEN", "STATION")},
        r"BACKEND_URL|EDGE_SECRET|EDGE_AGENT_ID",
        refused=False,
    ),
    "name": Change({"name": "stations"}, r"\bedge backend\b", refused=False),
}
ALL = Change(
    {name: value for change in CHANGES.values() for name, value in change.values.items()}
    | {"closes": {4401: HEADER, 4403: WRONG_SECRET}},
    "|".join(change.old for change in CHANGES.values()),
)
# Faults of a backend's answer are about its header, and need a profile that has one.
OF_THE_SECRET = {
    place: Change({"authorization": Authorization(Place(kind), name)}, r"Authorization: Bearer")
    for place, kind, name in (
        ("field of another name", "header", "X-Api-Key"),
        ("basic", "basic", ""),
        ("query", "query", "token"),
        ("subprotocol", "subprotocol", ""),
    )
}
EVERY = {**CHANGES, **OF_THE_SECRET, "all": ALL}
every = pytest.mark.parametrize("change", EVERY.values(), ids=EVERY)


def settings_for(
    profile: Profile, url: str = "wss://h.example", agent_id: str = "", **options: Any
) -> Settings:
    """Return settings of a profile, good but for what is given; options are those of `Options`."""
    names = profile.variables
    environ = {
        names.url: url,
        names.secret: SECRET,
        names.agent_id: agent_id or profile.agent_id.example,
    }
    wanted = Options(**{"timeout": STAGE_LIMIT, **options})
    return load(wanted, environ=environ, cwd=Path("/"), stdin=io.BytesIO(), profile=profile)
