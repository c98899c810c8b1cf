"""The target of a connection, as far as the settings say it."""

from __future__ import annotations

from ..backend.profile import Profile
from ..escapes import escape
from ..facts import Facts, Stage, Target
from ..frozen import replace
from ..settings.credentials import SHORTEST, credentials_in, is_random
from ..settings.model import Settings
from ..settings.pieces import MASK
from ..settings.proxy import proxy_of
from .clock import Clock
from .run_id import new_run_id

# In place of a value that holds a credential.
_HIDDEN = "***"


def initial_facts(settings: Settings, clock: Clock) -> Facts:
    """Return what is known before anything is sent: the target, escaped and without its secrets."""
    known = settings.once(_known)
    return replace(known, started_at=clock.started_at, run_id=new_run_id())


def _known(settings: Settings) -> Facts:
    """Return what the settings alone say."""
    secret = settings.secret.secret if settings.secret else None

    def shown(text: str | None) -> str | None:
        if text is None:
            return None
        for credential in settings.credentials:
            text = credential.cut_whole_out_of(text)
        return escape(text)

    def of_host(host: str) -> str | None:
        # A slash in a credential ends what is taken for the host.
        whole = (one.reveal().lower() for one in settings.credentials)
        return MASK if len(host) >= SHORTEST and any(host in one for one in whole) else shown(host)

    url, endpoint = settings.url, settings.endpoint
    way = settings.connection.way
    until, has_request = settings.connection.until, settings.connection.sends_request
    proxy = proxy_of(settings.connection.proxy)
    target = Target(
        url=shown(
            endpoint.url
            if endpoint and url and url.credentials is None and has_request
            else url.masked
            if url
            else None
        ),
        host=of_host(url.host) if url and url.host else None,
        port=endpoint.port if endpoint else None,
        agent_id=shown(settings.sent_id) if settings.sent_id or settings.agent_id else None,
        secret_fingerprint=secret.fingerprint if secret else None,
        proxy=shown(proxy.masked) if proxy else None,
        connect_to=shown(str(way.connect_to)) if way.connect_to else None,
        unix_socket=shown(str(way.unix_socket)) if way.unix_socket else None,
        interface=shown(way.interface.text) if way.interface else None,
        options=tuple(_option(words, settings) for words in settings.words),
    )
    return Facts(
        target=target,
        until=Stage(until.value) if until else None,
        profile=_with_shown_name(settings.profile),
    )


def _with_shown_name(profile: Profile) -> Profile:
    return replace(profile, name="hidden") if credentials_in(profile.name) else profile


def _option(words: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Return an option with its value, escaped; a value that holds a credential is left out."""
    name, *value = words
    return (name, *(_value(name, text, settings) for text in value))


def _value(name: str, text: str, settings: Settings) -> str:
    of_address = name == "--url" and settings.url is not None and settings.url.masked != text
    of_proxy = name == "--proxy" and "@" in text
    hides = (one.cut_whole_out_of(text) != text for one in settings.credentials)
    # The secret itself, in place of the name of its file.
    by_mistake = is_random(text)
    if not (of_address or of_proxy or by_mistake or any(hides)):
        return escape(text)
    field, colon, _ = text.partition(":")
    return f"{escape(field)}: {_HIDDEN}" if name == "-H" and colon else _HIDDEN
