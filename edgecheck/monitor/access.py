"""Who may read what the monitor shows (pure)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Mapping

from ..frozen import dataclass

# A browser asks for a name and a password; the password is the token, and any name will do.
CHALLENGE = 'Bearer realm="edgecheck", Basic realm="edgecheck", charset="UTF-8"'
# A probe of Kubernetes cannot send a header field. It learns only that the monitor runs.
OPEN_TO_ALL = frozenset({"/healthz"})


@dataclass(frozen=True)
class AccessDenied:
    """Why a request is not answered.

    Args:
        status: of HTTP.
        words: one sentence for people.
    """

    status: int
    words: str


@dataclass(frozen=True)
class Access:
    """The rules of one monitor.

    Args:
        token: what a request has to bring; None if it needs nothing.
        loopback: only this machine can connect. Then a page of the web could ask in a browser here,
            under a name of its own that it has pointed at this machine (DNS rebinding), so the name
            in the request has to be one of this machine.
        hosts: further names in lower case, as a reverse proxy sends them.
    """

    token: str | None = None
    loopback: bool = True
    hosts: tuple[str, ...] = ()

    def refusal(self, path: str, fields: Mapping[str, str]) -> AccessDenied | None:
        """Say why a request is refused; None if it is not.

        Args:
            path: of the request.
            fields: its header fields, names in lower case.
        """
        host = fields.get("host", "")
        if self.loopback and not self._is_ours(host):
            return AccessDenied(
                421,
                "The Host header does not name this machine. Behind a reverse proxy, name it with "
                "--allow-host.",
            )
        # A page of the web can also ask without another name: it sees no answer, but a check runs.
        if fields.get("sec-fetch-site", "none") == "cross-site" and path == "/probe":
            return AccessDenied(403, "Another site's page cannot ask for a check.")
        if path in OPEN_TO_ALL or self.token is None:
            return None
        if not _same(_credential(fields.get("authorization", "")), self.token):
            return AccessDenied(401, "The token is missing, or is not the one in --token-file.")
        return None

    def _is_ours(self, host: str) -> bool:
        name = host_name(host)
        return name in self.hosts or name == "localhost" or is_loopback(name)


def host_name(host: str) -> str:
    """Return the name of a Host field without its port, in lower case (RFC 9110, section 7.2)."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")


def is_loopback(address: str) -> bool:
    """Tell whether an address can be reached only from this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _credential(field: str) -> str:
    """Return the token in an Authorization field; empty if there is none."""
    scheme, _, value = field.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]


def _same(given: str, token: str) -> bool:
    """Compare in a time that says nothing about the token."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), token.encode("utf-8", "surrogatepass")
    )
