"""The part of the settings that one connection needs."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import quote

from .. import __version__
from ..backend.messages import spoken_by
from ..backend.profile import Place, Profile, Send
from ..backend.texts import fill
from ..frozen import dataclass, kept, replace
from ..settings.choices import Family
from ..settings.model import Connection, Settings
from ..settings.pieces import MASK
from ..settings.proxy import Proxy, proxy_of
from ..settings.request import Destination, HeaderField
from ..settings.secret import Secret
from ..settings.url import Endpoint, password_of
from .clean import Cleaner

# What a subprotocol may consist of beside letters and digits: it is a token (RFC 6455, section 4.1;
# RFC 9110, section 5.6.2).
_TOKEN = "!#$&'*+-.^_`|~"


@dataclass(frozen=True)
class Field:
    """A header field of the opening handshake.

    Args:
        name, value: as sent.
        shown: the value as it may be shown, without the secret; None if it has no secret in it.
    """

    name: str
    value: str
    shown: str | None = None


@dataclass(frozen=True)
class Opening:
    """One handshake to make, and what is said after it.

    Args:
        endpoint: where to connect.
        agent_id: sent where the profile says; empty if there is none.
        secret: sent unchanged, where the profile says; None sends none.
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

    @property
    def destination(self) -> Destination:
        """Where the connection to the backend goes: its own host and port, or those given."""
        given, endpoint = self.connection.way.connect_to, self.endpoint
        if given is None:
            return Destination(endpoint.host, endpoint.port)
        return Destination(given.host, given.port or endpoint.port)

    @property
    def family(self) -> Family:
        """Which addresses to use; an interface given by its address has only one kind."""
        interface = self.connection.way.interface
        if interface is None or interface.address is None:
            return self.connection.family
        return Family.IPV6 if interface.address.version == 6 else Family.IPV4

    @property
    def _text(self) -> str:
        """The secret itself; empty without one."""
        return self.secret.reveal() if self.secret is not None else ""

    def _place(self, *places: Place) -> bool:
        """Tell whether there is a secret to send, and this is where it goes."""
        return self.secret is not None and self.profile.request.authorization.place in places

    def request_fields(self) -> list[Field]:
        """Return the fields that the profile adds to the opening handshake.

        This is one of the places where the secret is revealed.
        """
        fields = [
            Field(name, value.replace("{agent_id}", self.agent_id))
            for name, value in self.profile.request.headers
            if self.agent_id or "{agent_id}" not in value
        ]
        fields.append(Field("User-Agent", f"edgecheck/{__version__}"))
        if self._place(Place.BEARER):
            # RFC 6750, section 2.1
            own = Field("Authorization", f"Bearer {self._text}", f"Bearer {MASK}")
        elif self._place(Place.BASIC):
            # RFC 7617, section 2; its charset parameter has UTF-8 as its only value.
            pair = f"{self.agent_id}:{self._text}".encode("utf-8", "surrogatepass")
            coded = base64.b64encode(pair).decode("ascii")
            own = Field("Authorization", f"Basic {coded}", f"Basic {MASK}")
        elif self._place(Place.HEADER):
            where = self.profile.request.authorization
            before, after = (
                text.replace("{agent_id}", self.agent_id) for text in (where.before, where.after)
            )
            sent, shown = (f"{before}{text}{after}" for text in (self._text, MASK))
            own = Field(where.name, sent, shown)
        else:
            return fields
        return [own, *fields]

    @kept
    def target(self) -> tuple[str, str]:
        """The target of the request line, and the same as it may be shown."""
        resource = self.endpoint.resource
        shown = self.clean.own(resource)
        if not self._place(Place.QUERY):
            return resource, shown
        name = quote(self.profile.request.authorization.name, safe="")
        between = "&" if "?" in resource else "?"
        coded = quote(self._text, safe="", errors="surrogatepass")
        return f"{resource}{between}{name}={coded}", f"{shown}{between}{name}={MASK}"

    @kept
    def subprotocols(self) -> tuple[list[str], str]:
        """The subprotocols to offer, and the same in a line that may be shown."""
        offered = list(self.connection.request.subprotocols or self.profile.request.subprotocols)
        shown = [self.clean.own(each) for each in offered]
        if self._place(Place.SUBPROTOCOL):
            offered.append(quote(self._text, safe=_TOKEN, errors="surrogatepass"))
            shown.append(MASK)
        return offered, ", ".join(shown)

    def said(self, step: Send) -> str | None:
        """Return a message of the greeting, with the secret in it; None if none is sent.

        Without a secret, that is what the profile has in its place. A backend that needs one waits
        for the message, so that it gets it with nothing where the secret would stand.
        """
        if self.secret is None and "{secret}" in step.text and not self.profile.secret.required:
            return step.without_secret or None
        return fill(step.text, {"secret": self._text})

    @kept
    def own_fields(self) -> tuple[Field, ...]:
        """The fields of the profile, then those that the person gave, all as they may be shown.

        This is where credentials among the latter are revealed.
        """
        given = [
            Field(one.name, one.value.reveal(), _masked(one) if one.is_credential else None)
            for one in self.connection.request.fields
        ]
        return tuple(
            one if one.shown is not None else replace(one, shown=self.clean(one.value))
            for one in (*self.without_given(self.request_fields()), *given)
        )

    def without_given(self, fields: Iterable[Field]) -> list[Field]:
        """Return the fields whose names the person gave none of: a given one replaces others."""
        names = {one.name.lower() for one in self.connection.request.fields}
        if not names:
            return list(fields)
        return [one for one in fields if one.name.lower() not in names]

    def with_secret(self, secret: Secret | None) -> Opening:
        """Return the same handshake with another secret, and without a given field in its place."""
        connection = replace(self.connection, request=self.connection.request.without_own_secret())
        return replace(self, secret=secret, connection=connection)

    def with_origin(self) -> Opening:
        """Return the same handshake with an Origin of the backend's own host (RFC 6454)."""
        scheme = "https" if self.endpoint.secure else "http"
        return replace(self, origin=f"{scheme}://{self.endpoint.authority}")

    def with_subprotocols(self, subprotocols: tuple[str, ...]) -> Opening:
        """Return the same handshake with subprotocols to choose from (RFC 6455, section 1.9)."""
        request = replace(self.connection.request, subprotocols=subprotocols)
        return replace(self, connection=replace(self.connection, request=request))


def _masked(field: HeaderField) -> str:
    """Return the value of a credential as it may be shown: with the name of its scheme, if any."""
    scheme, blank, _ = field.value.reveal().partition(" ")
    known = blank and scheme.isalpha() and "authorization" in field.name.lower()
    return f"{scheme} {MASK}" if known else MASK


def opening_of(settings: Settings) -> Opening:
    """Return the handshake for settings with which a request can be written."""
    endpoint = settings.endpoint
    assert endpoint is not None
    agent_id = settings.sent_id
    secret = settings.secret.secret if settings.secret is not None else None
    proxy = proxy_of(settings.connection.proxy)
    url = settings.url
    passwords = [
        proxy.password if proxy else "",
        password_of(url.credentials if url else None),
        *(credential.reveal() for credential in settings.credentials),
        *settings.connection.request.revealing,
    ]
    return Opening(
        endpoint=endpoint,
        agent_id=agent_id,
        secret=secret or None,
        proxy=proxy,
        connection=settings.connection,
        clean=Cleaner(secret, *filter(None, passwords)),
        profile=spoken_by(settings.profile, agent_id),
    )
