"""The backend's address: its parts, and the endpoint that follows from it (pure).

Reading never raises: an address that cannot be used is a value too, and the lint's rules for
addresses say what is wrong with it.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import quote, unquote

from ..backend.profile import Profile
from ..frozen import dataclass
from ..late import compiled
from .credentials import is_credential, masked_link, userinfo_of

DEFAULT_PORTS = {"ws": 80, "wss": 443}

# RFC 3986, appendix B. Without its colon it is not a scheme.
_SCHEME = compiled(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(/*)")
# RFC 952, RFC 1123, and the underscore, which occurs in real names. The lengths 63 and 253 follow
# from RFC 1035, section 2.3.4.
_LABEL = compiled(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True)
class BackendUrl:
    """The parts of an address, as far as they can be told apart.

    Args:
        text: the address as configured.
        scheme: in lower case; empty if there is none.
        slashes: how many follow the scheme's colon, or begin the text.
        credentials: ``user:password`` before the host; never shown.
        host: without brackets, in lower case; IDNA-encoded if it is not ASCII.
        port: None if there is none; -1 if it is not a valid port.
        path: with its leading slash; may be empty.
        query, fragment: without ``?`` and ``#``; None if there is none.
        host_valid: the host is an IP address, or a name that can exist.
    """

    text: str
    scheme: str
    slashes: int
    credentials: str | None
    host: str
    port: int | None
    path: str
    query: str | None
    fragment: str | None
    host_valid: bool

    @property
    def masked(self) -> str:
        """The address without its credentials, or without what may be one if it is malformed."""
        _, _, rest = _split_scheme(self.text)
        start = self.text[: len(self.text) - len(rest)]
        if self.credentials is not None and rest.startswith(f"{self.credentials}@"):
            hidden = self.credentials
        elif self.slashes == 2 and self.port != -1:
            hidden = userinfo_of(rest)
        else:
            hidden = rest.rpartition("@")[0]
        if hidden:
            user, colon, _ = hidden.partition(":")
            rest = rest[len(hidden) + 1 :]
            start += f"{user}:***@" if colon and not is_credential(user) else "***@"
        return start + masked_link(rest)

    def has_endpoint(self, profile: Profile) -> bool:
        """Tell whether the path already ends in the endpoint's."""
        return without_endpoint(self.path, profile) != self.path.rstrip("/")


# Each rule of the lint takes the same address apart.
@lru_cache(maxsize=64)
def parse(text: str) -> BackendUrl:
    """Take an address apart, even a malformed one. Never raises."""
    scheme, slashes, rest = _split_scheme(text)
    if scheme and not slashes:
        # `host:8000/path` and `localhost:8000` begin with a host; `wss:host` begins with a scheme.
        after = rest.split("/", 1)[0]
        if after.isdigit() or "." in scheme:
            scheme, rest = "", text
    rest, hash_mark, fragment = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    credentials: str | None = None
    if "@" in authority:
        credentials, _, authority = authority.rpartition("@")
    host, port = _split_port(authority)
    host, valid = _normal_host(host)
    return BackendUrl(
        text=text,
        scheme=scheme.lower(),
        slashes=slashes,
        credentials=credentials,
        host=host,
        port=port,
        path=slash + path,
        query=query if question_mark else None,
        fragment=fragment if hash_mark else None,
        host_valid=valid,
    )


def is_backend(text: str) -> bool:
    """Tell whether a text is an address with a scheme that a backend may have, and a host."""
    parts = parse(text)
    return parts.scheme in (*DEFAULT_PORTS, "http", "https") and bool(parts.host)


def _split_scheme(text: str) -> tuple[str, int, str]:
    match = _SCHEME.match(text)
    scheme, slashes = (match[1] or "", match[2]) if match else ("", "")
    return scheme, len(slashes), text[match.end() if match else 0 :]


def _split_port(authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, bracket, tail = authority[1:].partition("]")
        if not bracket:
            return authority, None  # never closed, therefore not a host
        colon, digits = tail[:1], tail[1:]
        if tail and colon != ":":
            return f"[{authority}", None  # something is between ] and the port
        host = host or "[]"
    else:
        host, colon, digits = authority.partition(":")
    if not colon or not digits:
        return host, None
    if not (
        digits.isascii() and digits.isdigit() and len(digits) <= 5 and 1 <= int(digits) <= 65535
    ):
        return host, -1
    return host, int(digits)


def _normal_host(host: str) -> tuple[str, bool]:
    bare = host.lower()
    if is_address(bare):
        return bare, True
    if not bare.isascii():
        try:
            bare = bare.encode("idna").decode("ascii")
        except UnicodeError:
            return bare, False
    labels = bare.removesuffix(".").split(".")
    valid = len(bare) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    # A name whose last label is a number is an IPv4 address, and this one is not valid (WHATWG URL,
    # "ends in a number").
    return bare, valid and not labels[-1].isdigit()


@lru_cache(maxsize=64)
def is_address(host: str) -> bool:
    """Tell whether a host is an IPv4 or IPv6 address, not a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: localhost (RFC 6761, section 6.3) or its address."""
    if host == "localhost" or host.rstrip(".").endswith(".localhost"):
        return True
    return is_address(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback


@dataclass(frozen=True)
class Endpoint:
    """Where the opening handshake goes.

    Args:
        secure: ``wss``, not ``ws``.
        host, port: of the backend.
        resource: path and query of the request line, agent id included.
    """

    secure: bool
    host: str
    port: int
    resource: str

    @property
    def authority(self) -> str:
        """Host and port as in an address: without the port if it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def scheme(self) -> str:
        """``wss`` or ``ws``."""
        return "wss" if self.secure else "ws"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.resource}"


def without_endpoint(path: str, profile: Profile, agent_id: str = "") -> str:
    """Return a path without the slashes at its end and, before them, the endpoint's path.

    Args:
        path: of an address.
        profile: names the endpoint's path.
        agent_id: stands in that path, if the profile says so; empty if it is not known.
    """
    own = _with_id(profile.path, agent_id) if agent_id else profile.path
    return path.rstrip("/").removesuffix(own.rstrip("/"))


def _with_id(text: str, agent_id: str) -> str:
    """Fill in the agent id, percent-encoded, so that it stays one part of a path or query."""
    return text.replace("{agent_id}", _part(agent_id))


def _part(text: str) -> str:
    """Encode all that could end a segment of a path, or a name or value of a query."""
    return quote(text, safe="", errors="surrogatepass")


def endpoint(backend: BackendUrl, agent_id: str, profile: Profile) -> Endpoint | None:
    """Return where to connect; None if no client could use the address as it is.

    Args:
        backend: the address.
        agent_id: for the path and the query; empty if there is none. Without an id, the parameters
            with an id are left out.
        profile: names the path to append, and the parameters of the query.
    """
    if (
        backend.scheme not in DEFAULT_PORTS
        or backend.slashes != 2
        or not backend.host_valid
        or backend.port == -1
    ):
        return None
    if profile.path:
        base = without_endpoint(backend.path, profile, agent_id)
        path = base + _with_id(profile.path, agent_id)
    else:
        path = backend.path  # the address is used as it is given
    own = [
        f"{_part(name)}={_part(value.replace('{agent_id}', agent_id))}"
        for name, value in profile.request.query
        if agent_id or "{agent_id}" not in value
    ]
    query = "&".join([*filter(None, [_quoted(backend.query or "")]), *own])
    # A request target is never empty (RFC 9112, section 3.2.1).
    resource = _quoted(path) or "/"
    return Endpoint(
        secure=backend.scheme == "wss",
        host=backend.host,
        port=backend.port or DEFAULT_PORTS[backend.scheme],
        resource=f"{resource}?{query}" if query else resource,
    )


def _quoted(text: str) -> str:
    """Encode what RFC 3986 forbids in a path or query; what is encoded already stays."""
    return quote(text, safe="/%:@!$&'()*+,;=~-._?", errors="surrogatepass")


def password_of(credentials: str | None) -> str:
    """Return the password in ``user:password``, decoded; empty if there is none."""
    return unquote((credentials or "").partition(":")[2])
