"""The part of the settings that one connection needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import __version__
from ..backend.profile import Profile
from ..settings.model import Connection, Settings
from ..settings.proxy import Proxy, proxy_of
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
        origin: to send, for an experiment; None sends none.
        subprotocols: to offer, for an experiment.
    """

    endpoint: Endpoint
    agent_id: str
    secret: Secret | None
    proxy: Proxy | None
    connection: Connection
    clean: Cleaner
    profile: Profile
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()

    def request_fields(self) -> list[tuple[str, str]]:
        """Return the fields that the protocol adds to the opening handshake.

        This is where the secret is revealed.
        """
        fields = [
            (self.profile.agent_field, self.agent_id),
            ("User-Agent", f"edgecheck/{__version__}"),
        ]
        if self.origin is not None:
            fields.append(("Origin", self.origin))
        if self.secret is not None:
            fields.insert(0, ("Authorization", f"Bearer {self.secret.reveal()}"))
        return fields

    def with_secret(self, secret: Secret | None) -> Opening:
        """Return the same handshake with another secret."""
        return replace(self, secret=secret)

    def with_origin(self) -> Opening:
        """Return the same handshake with an Origin of the backend's own host (RFC 6454)."""
        scheme = "https" if self.endpoint.secure else "http"
        return replace(self, origin=f"{scheme}://{self.endpoint.authority}")

    def with_subprotocols(self, subprotocols: tuple[str, ...]) -> Opening:
        """Return the same handshake with subprotocols to choose from (RFC 6455, section 1.9)."""
        return replace(self, subprotocols=subprotocols)


def opening_of(settings: Settings) -> Opening:
    """Return the handshake for settings with which a request can be written."""
    endpoint = settings.endpoint
    assert endpoint is not None
    assert settings.agent_id is not None
    assert settings.secret is not None
    proxy = proxy_of(settings.connection.proxy)
    url = settings.url
    passwords = [proxy.password if proxy else "", password_of(url.credentials if url else None)]
    return Opening(
        endpoint=endpoint,
        agent_id=settings.agent_id.text,
        secret=settings.secret.secret,
        proxy=proxy,
        connection=settings.connection,
        clean=Cleaner(settings.secret.secret, *filter(None, passwords)),
        profile=settings.profile,
    )
