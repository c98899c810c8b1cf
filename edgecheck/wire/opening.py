"""The part of the settings that one connection needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .. import __version__
from ..backend.profile import Profile
from ..settings.model import Connection, Family, Settings
from ..settings.proxy import Proxy, proxy_of
from ..settings.request import Place
from ..settings.secret import Secret
from ..settings.url import Endpoint, password_of
from .clean import Cleaner


@dataclass(frozen=True)
class Opening:
    """One handshake to make.

    Args:
        endpoint: where to connect.
        agent_id: sent in the query and in a header field.
        secret: sent unchanged; None sends no Authorization header.
        proxy: to connect through; None for a direct connection.
        connection: limits and choices.
        clean: for everything that is received.
        profile: how the backend expects to be addressed.
    """

    endpoint: Endpoint
    agent_id: str
    secret: Secret | None
    proxy: Proxy | None
    connection: Connection
    clean: Cleaner
    profile: Profile

    @property
    def place(self) -> Place:
        """Where the connection to the backend goes: its own host and port, or those given."""
        given, endpoint = self.connection.way.connect_to, self.endpoint
        if given is None:
            return Place(endpoint.host, endpoint.port)
        return Place(given.host, given.port or endpoint.port)

    @property
    def family(self) -> Family:
        """Which addresses to use; an interface given by its address has only one kind."""
        interface = self.connection.way.interface
        if interface is None or interface.address is None:
            return self.connection.family
        return Family.IPV6 if interface.address.version == 6 else Family.IPV4

    def request_fields(self) -> list[tuple[str, str]]:
        """Return the fields that the protocol adds to the opening handshake.

        This is where the secret is revealed.
        """
        fields = [
            (self.profile.agent_field, self.agent_id),
            ("User-Agent", f"edgecheck/{__version__}"),
        ]
        if self.secret is not None:
            fields.insert(0, ("Authorization", f"Bearer {self.secret.reveal()}"))
        return fields

    def with_given(self, fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the fields with those that the person gave, which replace others of their name.

        This is where credentials among them are revealed.
        """
        given = [(field.name, field.value.reveal()) for field in self.connection.request.fields]
        names = {name.lower() for name, _ in given}
        return [*(each for each in fields if each[0].lower() not in names), *given]

    def with_secret(self, secret: Secret | None) -> Opening:
        """Return the same handshake with another secret."""
        return replace(self, secret=secret)


def words(credential: Secret) -> Iterable[str]:
    """Return what to mask of a credential: all of it, without the name of a scheme before it."""
    scheme, blank, rest = credential.reveal().partition(" ")
    return (rest,) if blank and scheme.isalpha() else (credential.reveal(),)


def opening_of(settings: Settings) -> Opening:
    """Return the handshake for settings with which a request can be written."""
    endpoint = settings.endpoint
    assert endpoint is not None
    secret = settings.secret.secret if settings.secret is not None else None
    agent_id = settings.agent_id.text if settings.agent_id is not None else ""
    assert (secret is not None and agent_id) or not settings.connection.sends_request
    proxy = proxy_of(settings.connection.proxy)
    url = settings.url
    passwords = [proxy.password if proxy else "", password_of(url.credentials if url else None)]
    passwords += [word for each in settings.connection.request.credentials for word in words(each)]
    return Opening(
        endpoint=endpoint,
        agent_id=agent_id,
        secret=secret,
        proxy=proxy,
        connection=settings.connection,
        clean=Cleaner(secret, *filter(None, passwords)),
        profile=settings.profile,
    )
