"""A proxy's address (pure)."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from ..frozen import dataclass, field
from ..late import compiled
from .credentials import is_credential
from .model import ProxySetting
from .pieces import MASK

HTTP_SCHEMES = ("http", "https")
SOCKS_SCHEMES = ("socks5", "socks5h", "socks4", "socks4a")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080  # RFC 1928


# A slash, a question mark or a number sign ends the host (RFC 3986, section 3.2).
_UNENCODED = "its user name or password holds a character that has to be percent-encoded"
_NOT_UTF_8 = "its user name or password is not UTF-8"
_NOT_ASCII = "its user name or password is not ASCII, and python-socks sends no other"
_TOO_LONG = "its user name or password is longer than the 255 bytes that SOCKS5 takes"
_SOCKS_BYTES = 255  # RFC 1929, section 2


# How people call the file, or the program that makes it, beside NAME.pac.
_PAC_NAME = compiled(
    r"(?:\A|[/\\])(?:wpad(?:\.\w+)?|auto[-_]?proxy(?:\.\w+)?|proxy\.js"
    r"|(?:(?:\w+[-_])?(?:get|auto|proxy)?[-_]?pac)(?:[-_]file)?(?:\.\w+)?)\Z"
)


@dataclass(frozen=True)
class Proxy:
    """A proxy's address, taken apart.

    Args:
        problem: why it cannot be used; empty if it can.
        is_pac: it is the address or the path of a PAC file, a program that chooses a proxy.
        masked: the address as it may be shown.
    """

    origin: str
    masked: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    problem: str = ""
    is_pac: bool = False

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS rather than HTTP."""
        return self.scheme in SOCKS_SCHEMES


def proxy_of(setting: ProxySetting | None) -> Proxy | None:
    """Take a proxy setting apart; None if none is set. If it is not a URL, it has a `problem`."""
    if setting is None:
        return None
    text, origin = setting.text, str(setting.origin)
    if _is_pac(text):
        masked = _without_credentials(text)
        return Proxy(origin, masked, problem="it is a PAC file, not a proxy", is_pac=True)
    problem = ""
    try:
        parts = urlsplit(text)
        port = parts.port
        # What ends the host here is a part of the user or of the password.
        is_cut = "@" in f"{parts.path}{parts.query}{parts.fragment}"
    except ValueError as error:
        # Python quotes what is not a port: that may be a password, up to a slash in it.
        problem = _UNENCODED if "@" in text else str(error).partition(" as ")[0]
        return Proxy(origin, _without_credentials(text), problem=problem)
    if not parts.scheme or not text.lower().startswith(f"{parts.scheme}://"):
        return Proxy(
            origin, _without_credentials(text), problem="it has no scheme, such as http://"
        )
    if parts.scheme not in HTTP_SCHEMES + SOCKS_SCHEMES:
        problem = f"{parts.scheme}:// is not supported"
    elif not parts.hostname:
        problem = "it has no host"
    elif is_cut:
        problem = _UNENCODED
    elif parts.path not in ("", "/") or parts.query or parts.fragment:
        problem = "a path, a query or a fragment has no meaning for a proxy"
    elif port == 0:
        problem = "0 is not a port"
    else:
        problem = _why_unsendable(parts.scheme, parts.username or "", parts.password or "")
    host = MASK if is_cut else parts.hostname or ""
    port = port or _DEFAULT_PORTS.get(parts.scheme, _SOCKS_PORT)
    user = ""
    if parts.username or parts.password:
        # A platform's key may be the user, without a password.
        is_name = parts.password and not is_credential(unquote(parts.username or ""))
        user = f"{parts.username}:***@" if is_name else "***@"
    shown = f"[{host}]" if ":" in host else host
    return Proxy(
        origin=origin,
        masked=_without_credentials(text) if problem else f"{parts.scheme}://{user}{shown}:{port}",
        scheme=parts.scheme,
        host=host,
        port=port,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        problem=problem,
    )


def _why_unsendable(scheme: str, *credentials: str) -> str:
    """Say why a user name and a password cannot be sent; empty if they can."""
    sent = [unquote(each) for each in credentials]
    if scheme in SOCKS_SCHEMES:
        if not all(map(str.isascii, sent)):
            return _NOT_ASCII
        too_long = scheme.startswith("socks5") and max(map(len, sent)) > _SOCKS_BYTES
        return _TOO_LONG if too_long else ""
    # Python stands surrogates for the bytes of a variable that are no text.
    return _NOT_UTF_8 if any("\ud800" <= one <= "\udfff" for one in "".join(sent)) else ""


def _is_pac(text: str) -> bool:
    """Tell whether a setting names a PAC file, by its usual names, or holds one."""
    # Firefox and GNOME show `pac+https://`; Windows and macOS have the address alone.
    if text.lower().startswith(("pac+", "data:application/x-ns-proxy-autoconfig")):
        return True
    if "FindProxyForURL" in text:
        return True
    before = re.split(r"[?#]", text.strip(), maxsplit=1)[0].lower()
    path = re.split(r"[/\\]", before.partition("://")[2] or before, maxsplit=1)[1:]
    named = _PAC_NAME.search(path[0]) if path else before == "wpad.dat"
    return before.endswith(".pac") or bool(named)


def _without_credentials(text: str) -> str:
    before, at, after = text.rpartition("@")
    if not at:
        return text
    scheme, slashes, _ = before.partition("://")
    return f"{scheme}{slashes}***@{after}" if slashes else f"***@{after}"
