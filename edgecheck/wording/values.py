"""The values that fill the templates of every entry (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..backend.profile import Profile
from ..facts import Facts, HttpResponse, Instead, SessionFacts
from ..settings.model import BACKEND_URL, EDGE_AGENT_ID, EDGE_SECRET

# How a connection without a close frame is told (RFC 6455, section 7.1.5).
_NO_CLOSE_FRAME = 1006
# How many characters of a text from the network a title has room for; the facts have all of it.
_SHOWN = 60
# A placeholder of a keyword, or a doubled brace, which stands for one.
_HOLE = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")


def profile_values(profile: Profile) -> dict[str, str]:
    """Return the names that every text may use, whatever was seen: what the profile says.

    ``endpoint``: the path; ``agent_parameter``, ``agent_field``: where the id stands in the
    request; ``agent_form``, ``agent_example``: how it looks; ``ping``, ``pong``: the messages;
    ``keepalive``: seconds; ``header_close``, ``secret_close``: the close codes for a header that
    is missing or malformed, and for a secret that is not the backend's.
    """
    closes = {
        "header_close": profile.close_code("auth-header-rejected"),
        "secret_close": profile.close_code("auth-secret-rejected"),
    }
    return {
        "endpoint": profile.path,
        "agent_parameter": profile.agent_parameter,
        "agent_field": profile.agent_field,
        "agent_form": profile.agent_id.form,
        "agent_example": profile.agent_id.example,
        "ping": profile.ping,
        "pong": profile.pong,
        "keepalive": f"{profile.session.keepalive:g}",
        **{name: str(code) for name, code in closes.items() if code is not None},
    }


def keywords_of(keywords: Iterable[str], values: Mapping[str, str]) -> Iterator[str]:
    """Yield an entry's keywords, filled in, in lower case.

    A brace that begins no placeholder stays, for logs are full of them. A keyword with something
    that this backend does not have, such as a close code of its own, is left out.

    Args:
        keywords: of the entry.
        values: what `profile_values` returned.
    """
    for keyword in keywords:
        # Looked at first, for `explain` fills hundreds, and few have a placeholder.
        if "{" not in keyword:
            yield keyword
        elif all(name in values for name in _HOLE.findall(keyword) if name):
            yield _HOLE.sub(
                lambda hole: values[hole[1]].lower() if hole[1] else hole[0][0], keyword
            )


def common_values(facts: Facts) -> dict[str, str]:
    """Return the values for templates. A name without a value is left out, and shows as ``<name>``.

    ``url``: the whole address; ``scheme``, ``host``, ``port``, ``agent_id``, ``fingerprint``;
    ``env_file``; ``secret_where``, ``url_where``, ``agent_where``: where the setting is;
    ``address``: the one that was connected to or tried; ``proxy``, ``proxy_where``,
    ``proxy_host``, ``proxy_port``, ``proxy_status``; ``http_url``: the backend's address for curl;
    ``status``: code and phrase; ``server``: its name as it says; ``close code``: with its reason;
    ``refusal``: how an open socket was refused.
    """
    target, config = facts.target, facts.config
    values: dict[str, str | None] = {
        **profile_values(facts.profile),
        "url": target.url,
        "scheme": target.url.partition("://")[0] if target.url and "://" in target.url else None,
        "host": target.host,
        "port": str(target.port) if target.port else None,
        "agent_id": target.agent_id,
        "fingerprint": target.secret_fingerprint.removeprefix("sha256:")
        if target.secret_fingerprint
        else None,
        "env_file": (config.env_file if config else None) or ".env",
        "proxy": target.proxy,
    }
    if target.host and target.port:
        host = f"[{target.host}]" if ":" in target.host else target.host
        values["http_url"] = (
            f"{'http' if values['scheme'] == 'ws' else 'https'}://{host}:{target.port}"
        )
    origins = config.origins if config else {}
    if EDGE_SECRET in origins and target.secret_fingerprint is None:
        values["fingerprint"] = (
            "not shown (the secret is weak, and a short hash of it could be searched)"
        )
    for name, key in (
        ("secret_where", EDGE_SECRET),
        ("url_where", BACKEND_URL),
        ("agent_where", EDGE_AGENT_ID),
    ):
        values[name] = origins.get(key) or key
    if facts.tcp is not None:
        tried = facts.tcp.address or next((attempt.address for attempt in facts.tcp.attempts), None)
        values["address"] = f"[{tried}]" if tried and ":" in tried else tried
    if facts.proxy is not None:
        values["proxy_where"] = facts.proxy.origin
        values["proxy_host"] = facts.proxy.host or None
        values["proxy_port"] = str(facts.proxy.port) if facts.proxy.port else None
        if facts.proxy.response is not None:
            values["proxy_status"] = status_line(facts.proxy.response)
    response = facts.upgrade.response if facts.upgrade else None
    if response is not None:
        values["status"] = status_line(response)
        values["server"] = (response.field("server") or "a server that does not name itself")[
            :_SHOWN
        ]
    session = facts.session
    if session is not None and session.close_code is not None:
        values["close code"] = f"{session.close_code} {session.close_reason}".rstrip()
    if session is not None:
        values["refusal"] = _refusal(session)
    return {name: value for name, value in values.items() if value is not None}


def _refusal(session: SessionFacts) -> str | None:
    """Say how an open socket was refused: by a close, or in place of a message of the greeting."""
    if session.close_code is not None and session.close_code != _NO_CLOSE_FRAME:
        return f"closed with {session.close_code} {session.close_reason}".rstrip()
    greeting = session.greeting
    match greeting.instead if greeting is not None else None:
        case Instead.MESSAGE if greeting is not None:
            return f"answered {greeting.received[:_SHOWN]}"
        case Instead.SILENCE:
            return "not answered"
        case Instead.END:
            return "cut off"
    return None


def status_line(response: HttpResponse) -> str:
    """Return status code and reason phrase."""
    return f"{response.status} {response.reason[:_SHOWN]}".rstrip()
