"""The values that fill the templates of every entry (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..backend.profile import Place, Profile
from ..backend.texts import shown
from ..facts import Facts, HttpResponse, Instead, SessionFacts
from ..facts.reasons import complaint_in, says_nothing
from ..late import compiled
from .own_words import own_words

# How a connection without a close frame is told (RFC 6455, section 7.1.5).
_NO_CLOSE_FRAME = 1006
# How many characters of a text from the network a title has room for; the facts have all of it.
_SHOWN = 60
# The same of an address, which has a host, a path and an agent id; a heading has all of it.
_SHOWN_OF_URL = 200
# A placeholder of a keyword, or a doubled brace, which stands for one.
_HOLE = compiled(r"\{\{|\}\}|\{([a-z_]+)\}")


def profile_values(profile: Profile) -> dict[str, str]:
    """Return the names that every text may use, whatever was seen: what the profile says.

    ``url_name``, ``secret_name``, ``agent_name``: the variables; ``endpoint``: the path;
    ``agent_parameter``, ``agent_field``: where the id stands in the request; ``agent_form``,
    ``agent_example``: how it looks; ``ping``, ``pong``: the messages; ``keepalive``: seconds;
    ``header_close``, ``secret_close``: the close codes for a header that is missing or malformed,
    and for a secret that is not the backend's; ``header_closing``, ``secret_closing``: the same in
    words, also if there is no such code; ``credential``: what is sent with the secret in it;
    ``credential_place``: where that stands; ``settings_count``: how many settings there are;
    ``settings_to_write``: a line for each.
    """
    names = profile.variables
    credential, place = _credential(profile)
    closes = {
        "header_close": profile.close_code("auth-header-rejected"),
        "secret_close": profile.close_code("auth-secret-rejected"),
    }
    return {
        "url_name": names.url,
        "secret_name": names.secret,
        "agent_name": names.agent_id,
        "credential": credential,
        "credential_place": place,
        "header_closing": _closing(closes["header_close"], "the credentials"),
        "secret_closing": _closing(closes["secret_close"], "the secret"),
        "settings_count": ("one setting", "two settings", "three settings")[len(profile.names) - 1],
        "settings_to_write": "\n    ".join(_lines(profile)),
        "endpoint": profile.path or "/",
        "agent_parameter": profile.agent_parameter,
        "agent_field": profile.agent_field,
        "agent_form": profile.agent_id.form,
        "agent_example": profile.agent_id.example,
        "ping": shown(profile.ping),
        "pong": shown(profile.pong),
        "keepalive": f"{profile.session.keepalive:g}",
        **{name: str(code) for name, code in closes.items() if code is not None},
    }


def _credential(profile: Profile) -> tuple[str, str]:
    """Return what a client sends with the secret in it, and where that stands."""
    authorization = profile.request.authorization
    name = authorization.name
    match authorization.place:
        case Place.BEARER:
            return "`Authorization: Bearer <secret>`", "the Authorization header"
        case Place.BASIC:
            return "`Authorization: Basic <agent id and secret>`", "the Authorization header"
        case Place.HEADER:
            value = f"{authorization.before}<secret>{authorization.after}"
            value = value.replace("{agent_id}", "<agent id>")
            return f"`{name}: {value}`", f"the header {name}"
        case Place.QUERY:
            return f"`{name}=<secret>` in the address", f"the parameter `{name}` of the address"
        case Place.SUBPROTOCOL:
            return "the secret as a subprotocol", "the list of subprotocols"
        case Place.MESSAGE:
            return "a first message with the secret", "the first message"
        case _:
            return "no secret", "the request"


def _closing(code: int | None, what: str) -> str:
    return f"close code {code}" if code is not None else f"a refusal of {what}"


def _lines(profile: Profile) -> Iterator[str]:
    """Yield how each setting is written into a ``.env`` file."""
    names = profile.variables
    yield f"{names.url}=wss://<host>"
    if names.secret in profile.names:
        yield f"{names.secret}=<secret>"
    if names.agent_id in profile.names:
        yield f"{names.agent_id}={profile.agent_id.form}"


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


def _endpoint(facts: Facts) -> str:
    """Return the path that was asked for: the profile's, or what the address and the id make it."""
    path = facts.profile.path
    if path and "{" not in path:
        return path
    _, _, rest = (facts.target.url or "").partition("://")
    asked = f"/{rest.partition('?')[0].partition('/')[2]}"
    return asked if facts.target.url else path or "/"


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
        "url": _shortened(target.url),
        "scheme": target.url.partition("://")[0] if target.url and "://" in target.url else None,
        "host": target.host,
        "port": str(target.port) if target.port else None,
        "endpoint": _endpoint(facts),
        # Of a client without an id of its own.
        "agent_id": target.agent_id
        or (None if facts.profile.agent_id.required else "of this client"),
        "fingerprint": target.secret_fingerprint.removeprefix("sha256:")
        if target.secret_fingerprint
        else None,
        "env_file": (config.env_file if config else None) or ".env",
        "proxy": target.proxy,
    }
    values.update(_elsewhere(facts))
    if target.host and target.port:
        host = f"[{target.host}]" if ":" in target.host else target.host
        values["http_url"] = (
            f"{'http' if values['scheme'] == 'ws' else 'https'}://{host}:{target.port}"
        )
    origins, names = config.origins if config else {}, facts.profile.variables
    if names.secret in origins and target.secret_fingerprint is None:
        values["fingerprint"] = (
            "not shown (the secret is weak, and a short hash of it could be searched)"
        )
    for name, key in (
        ("secret_where", names.secret),
        ("url_where", names.url),
        ("agent_where", names.agent_id),
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
    values.update(_answers(facts))
    return {name: value for name, value in values.items() if value is not None}


def _answers(facts: Facts) -> dict[str, str | None]:
    """Return what the server answered, to the request and after it."""
    values: dict[str, str | None] = {}
    response = facts.upgrade.response if facts.upgrade else None
    if response is not None:
        values["status"] = status_line(response)
        values["server"] = (response.field("server") or "a server that does not name itself")[
            :_SHOWN
        ]
        if facts.listed_answer is not None:
            said = own_words(response)[:_SHOWN]
            values["refusal"] = f"HTTP {response.status}{f': {said}' if said else ''}"
            # Texts of what a close code means name it; here an answer says the same.
            values["close code"] = values["refusal"]
    session = facts.session
    if session is not None and session.close_code is not None:
        values["close code"] = f"{session.close_code} {session.close_reason}".rstrip()
    if session is not None:
        values["refusal"] = _refusal(facts, session)
    return values


def _elsewhere(facts: Facts) -> dict[str, str]:
    """Return the host and port that could not be reached, if they are not the backend's own."""
    target, failed = facts.target, facts.tcp or facts.dns
    if not (target.connect_to or target.unix_socket) or facts.target.proxy:
        return {}
    if failed is None or failed.failure is None:
        return {}
    port = {"port": str(facts.tcp.port)} if facts.tcp is not None and facts.tcp.port else {}
    return {"host": failed.host, **port}


def _refusal(facts: Facts, session: SessionFacts) -> str | None:
    """Say how an open socket was refused: by a close, or in place of a message of the greeting."""
    if session.close_code is not None and session.close_code != _NO_CLOSE_FRAME:
        said = complaint_in(facts) if says_nothing(session.close_reason) else ""
        after = f" after {said[:_SHOWN]}" if said else ""
        return f"closed with {session.close_code} {session.close_reason}".rstrip() + after
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


def _shortened(url: str | None) -> str | None:
    return url if url is None or len(url) <= _SHOWN_OF_URL else f"{url[: _SHOWN_OF_URL - 1]}…"


# A setting of the environment, whose place is its name.
_NAMED_TWICE = compiled(r"\b([A-Z][A-Z0-9_]*)(,? in )\$\1\b")
# A setting of the command line, whose name there is the option.
_SET_OPTION = compiled(r"\b(?:(S)|s)et `[A-Z][A-Z0-9_]*=([^`\s]+)`,? in (--[a-z-]+)")
_OF_OPTION = compiled(r"(?<![`\w])[A-Z][A-Z0-9_]*,? in (?=--(?:url|agent-id|secret-file)\b)")


def named_once(text: str) -> str:
    """Return a text that names a setting once, as it is set: in the environment, or by an option.

    ``NAME in $NAME`` becomes ``NAME in the environment``, ``NAME in --url`` becomes ``--url``, and
    ``Set `NAME=VALUE` in --url`` becomes ``Use `--url VALUE```.

    Args:
        text: whose values are filled in.
    """
    text = _NAMED_TWICE.sub(r"\1\2the environment", text)
    if " in --" not in text:
        return text
    text = _SET_OPTION.sub(
        lambda found: f"{'U' if found[1] else 'u'}se `{found[3]} {found[2]}`", text
    )
    return _OF_OPTION.sub("", text)
