"""Settings in what a person pasted from a program, a manifest or a request (pure).

A manifest names the variables themselves. A program and a request have an address, a header field
and a parameter. What is found here only completes what was read otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..backend.profile import Place, Profile
from ..settings.credentials import is_random

# A value: in quotes, or one word. `$env:NAME = "…"`, `--env NAME=…`, `NAME: …`.
_VALUE = r"(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`|([^\s\"'`,;|<>{}]+))"
_ADDRESS = re.compile(r"(?i)\bwss?://[^\s\"'`<>)\]}]+")
_WEB_ADDRESS = re.compile(r"(?i)\bhttps?://[^\s\"'`<>)\]}]+")
_HOST_FIELD = re.compile(r"(?im)^host:[^\S\n]*([a-z0-9.-]+(?::\d+)?)[^\S\n]*$")
# A host's name in a sentence: two labels or more, the last one of letters.
_HOST = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?::\d{1,5})?(?![\w@/-])"
)
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_FILE = re.compile(
    r"\.(?:c?js|conf|csv|env|html?|ini|json|log|md|mjs|pem|py|sh|toml|ts|txt|ya?ml)$"
)
# In quotes that are closed again, so that it is whole; or a field on a line of its own.
_BEARER = re.compile(
    r"(?im)(?:([\"'`])[^\"'`\n]*?\bbearer[^\S\n]+([A-Za-z0-9._~+/-]{8,}=*)\1"
    r"|^[^\S\n]*authorization:[^\S\n]*bearer[^\S\n]+([A-Za-z0-9._~+/-]{8,}=*)[^\S\n]*$)"
)
_NUMBERED = re.compile(r"(?i)\bagent\s+(?:number|no\.?|nr\.?|id|#)\s*(\d{1,5})\b")


def settings_in_code(text: str, profile: Profile) -> Mapping[str, str]:
    """Return the settings that a program, a manifest or a request holds.

    Args:
        text: as pasted.
        profile: names the variables, and says in which fields the secret and the agent's id are.
    """
    names = profile.variables
    found = {name: value for name in names.all if (value := _named(text, name))}
    ways = (
        (names.url, _addresses(text)),
        (names.secret, _secrets(text, profile)),
        (names.agent_id, _ids(text, profile)),
    )
    for name, values in ways:
        distinct = set(values)
        if name not in found and len(distinct) == 1:
            found[name] = distinct.pop()
    if names.url not in found and any(map(is_random, _LONG.findall(text))):
        hosts = {one for one in _HOST.findall(text) if not _FILE.search(one)}
        if len(hosts) == 1:
            found[names.url] = hosts.pop()
    return found


def _named(text: str, name: str) -> str:
    """Return the value beside a variable's own name; empty without one, and for several."""
    beside = rf"(?<![A-Za-z0-9_]){re.escape(name)}[\"'`]?[^\S\n]*(?:=>|[=:→])[^\S\n]*{_VALUE}"
    # A container's variable in a manifest of Kubernetes.
    below = rf"\bname:[^\S\n]*{re.escape(name)}[^\S\n]*\n[^\S\n]*value:[^\S\n]*{_VALUE}"
    values = {
        next(filter(None, match.groups()), "").strip()
        for pattern in (beside, below)
        for match in re.finditer(pattern, text)
    }
    return values.pop() if len(values) == 1 else ""


def _addresses(text: str) -> Iterator[str]:
    found = _ADDRESS.findall(text) or _WEB_ADDRESS.findall(text) or _HOST_FIELD.findall(text)
    yield from (one.rstrip(".,;:") for one in found)


def _secrets(text: str, profile: Profile) -> Iterator[str]:
    authorization = profile.request.authorization
    if authorization.place is Place.BEARER:
        yield from (quoted or alone for _, quoted, alone in _BEARER.findall(text))
    elif authorization.place in (Place.HEADER, Place.QUERY):
        yield from _beside(text, authorization.name)
    # An export of Postman, and what is like it.
    for value in re.findall(r'"key"\s*:\s*"token"\s*,\s*"value"\s*:\s*"([^"]+)"', text):
        if is_random(value):
            yield value


def _ids(text: str, profile: Profile) -> Iterator[str]:
    for name in filter(None, (profile.agent_field, profile.agent_parameter)):
        yield from filter(profile.is_agent_id, _beside(text, name))
    form = re.fullmatch(r"([A-Za-z]+[_-])[0-9]+", profile.agent_id.example)
    if form is not None:
        meant = (f"{form[1]}{number}" for number in _NUMBERED.findall(text))
        yield from filter(profile.is_agent_id, meant)


def _beside(text: str, name: str) -> Iterator[str]:
    """Yield the values of a field or a parameter: `"X-Id": "1"`, `X-Id:1`, `?x_id=1`."""
    own = re.escape(name)
    for match in re.finditer(
        rf"(?i)(?<![\w-]){own}[\"'`]?\s*(?:[=:,]|=>)\s*(?:\"value\"\s*:\s*)?{_VALUE}", text
    ):
        yield re.split(r"[&#]", next(filter(None, match.groups()), ""))[0]
