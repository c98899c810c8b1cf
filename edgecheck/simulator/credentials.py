"""What a request shows of its client, and how a backend of the profile judges it."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.http11 import Request

from ..backend.profile import Place, Profile


@dataclass(frozen=True)
class Rejection:
    """Why a backend refuses a client.

    Args:
        problem: a code of the catalogue, for which the profile may have a close code.
        reason: in the backend's words.
    """

    problem: str
    reason: str


@dataclass(frozen=True)
class Known:
    """What the backend knows of its clients, which have one secret.

    Args:
        secret: the clients' secret.
        agent_ids: the clients' ids.
    """

    secret: str = field(repr=False)
    agent_ids: frozenset[str]

    def has_secret(self, token: str) -> bool:
        """Tell whether a token is the secret."""
        return hmac.compare_digest(_octets(token), _octets(self.secret))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_BAD_HEADER, _BAD_SECRET = "auth-header-rejected", "auth-secret-rejected"
# What the backend misses, or finds malformed, by where the profile has the secret.
_NAMES = {
    Place.BEARER: "Authorization header",
    Place.BASIC: "Authorization header",
    Place.HEADER: "{name} header",
    Place.QUERY: "parameter {name}",
    Place.SUBPROTOCOL: "token",
    Place.MESSAGE: "token",
}


class Reader:
    """Reads requests as a backend of the profile does.

    Args:
        profile: says where what stands.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile, self._place = profile, profile.request.authorization
        pattern = re.escape(profile.path).replace(r"\{agent_id\}", "([^/]+)")
        self._path = re.compile(pattern) if profile.path else re.compile("/.*")
        whole = re.escape(f"{self._place.before}\0{self._place.after}")
        whole = whole.replace(r"\{agent_id\}", "(?P<id>.+?)", 1).replace(r"\{agent_id\}", ".+?")
        self._field = re.compile(whole.replace("\0", "(?P<secret>.+)"), re.DOTALL)

    def has_path(self, request: Request) -> bool:
        """Tell whether the backend has an endpoint at the request's path."""
        return self._path.fullmatch(urlsplit(request.path).path) is not None

    def agent_ids(self, request: Request) -> list[str | None]:
        """Return the agent id at each place where the profile has it; None where it is missing."""
        parts = urlsplit(request.path)
        query = parse_qs(parts.query)
        found: list[str | None] = []
        if "{agent_id}" in self._profile.path:
            match = self._path.fullmatch(parts.path)
            found.append(unquote(match[1]) if match else None)
        if self._profile.agent_parameter:
            found.append(next(iter(query.get(self._profile.agent_parameter, ())), None))
        if self._profile.agent_field:
            values = request.headers.get_all(self._profile.agent_field)
            found.append(values[0] if len(values) == 1 else None)
        if self._place.place is Place.BASIC:
            found.append(self._pair(request)[0] or None)
        if "id" in self._field.groupindex:
            found += [match["id"] for match in self._fields(request)]
        return found

    def _fields(self, request: Request) -> list[re.Match[str]]:
        """Return the fields with the secret in them, as far as they have the profile's form."""
        values = request.headers.get_all(self._place.name)
        return [match for each in values if (match := self._field.fullmatch(each))]

    def lacks_parameter(self, request: Request) -> bool:
        """Tell whether the query lacks the agent id, without which the request is not valid."""
        name = self._profile.agent_parameter
        query = parse_qs(urlsplit(request.path).query)
        return bool(name) and self._profile.agent_id.required and name not in query

    def sent(self, request: Request) -> list[str]:
        """Return everything that a request may have its secret in."""
        return [
            *request.headers.get_all("Authorization"),
            *(self.tokens(request) if self._place.place is not Place.MESSAGE else ()),
        ]

    def tokens(self, request: Request, arriving: str | None = None) -> list[str]:
        """Return what stands where the profile has the secret, decoded.

        Args:
            request: as received.
            arriving: the Authorization field in place of the one that was sent.
        """
        place, name = self._place.place, self._place.name
        match place:
            case Place.BEARER:
                sent = next(iter(request.headers.get_all("Authorization")), "")
                scheme, _, token = (arriving if sent and arriving is not None else sent).partition(
                    " "
                )
                return [token] if scheme == "Bearer" and token else []
            case Place.BASIC:
                token = self._pair(request)[1]
                return [token] if token else []
            case Place.HEADER:
                return [match["secret"] for match in self._fields(request)]
            case Place.QUERY:
                return parse_qs(urlsplit(request.path).query).get(name, [])
            case Place.SUBPROTOCOL:
                offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
                own = self._profile.request.subprotocols
                return [unquote(each.strip()) for each in offered if each.strip() not in own]
            case _:
                return []

    def _pair(self, request: Request) -> tuple[str, str]:
        """Return user and password of Basic credentials (RFC 7617); empty without them."""
        field = next(iter(request.headers.get_all("Authorization")), "")
        scheme, _, coded = field.partition(" ")
        try:
            pair = base64.b64decode(coded, validate=True).decode() if scheme == "Basic" else ""
        except (binascii.Error, ValueError):
            return "", ""
        user, _, password = pair.partition(":")
        return user, password

    def refusal(self, request: Request, arriving: str | None, known: Known) -> Rejection | None:
        """Return why the backend refuses a request; None if it accepts it.

        Args:
            request: as received.
            arriving: the Authorization field that reaches the backend; None for the one sent.
            known: what the backend knows.
        """
        place = self._place.place
        name = _NAMES.get(place, "").format(name=self._place.name)
        if place not in (Place.NONE, Place.MESSAGE):
            if not any(self.sent(request)) or arriving == "":
                return Rejection(_BAD_HEADER, f"Missing {name}")
            tokens = self.tokens(request, arriving)
            if not tokens or (arriving is not None and place is not Place.BEARER):
                return Rejection(_BAD_HEADER, f"Invalid {name}")
            if not any(known.has_secret(token) for token in tokens):
                return Rejection(_BAD_SECRET, "Token verification failed")
        ids = self.agent_ids(request)
        if len(set(ids)) > 1:
            return Rejection(_BAD_SECRET, "Agent ids of header and query differ")
        # The id that the backend keeps for looking is known, too.
        probe_id = self._profile.agent_id.probe_id
        if ids and ids[0] not in known.agent_ids and (not probe_id or ids[0] != probe_id):
            return Rejection(_BAD_SECRET, "Unknown agent id")
        return None

    @property
    def missing(self) -> str:
        """What a client that did not send the secret has not sent."""
        return f"Missing {_NAMES.get(self._place.place, 'token').format(name=self._place.name)}"
