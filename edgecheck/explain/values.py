"""What a pasted text says of the connection, to fill it into the entry's texts (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..late import compiled
from ..wording.evidence import close_name
from .excerpt import Excerpt
from .masking import masked
from .sides import names_a_gateway
from .sign import Sign

_ADDRESS = (
    r"\b(?P<scheme>wss?|https?)://(?:[^\s/@'\"]*@)?(?P<host>[\w.-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?"
)
_NAME = r"\[?(?P<host>(?<=\[)[\da-f.]*:[\da-f.:]+|[\w.-]*[\w-])\]?"
_PORT = r"(?P<port>\d{1,5})"
# Where programs name the host that they could not reach.
_HOSTS = (
    # Java puts the address behind the name.
    rf"(?:refused: |timed out: |failed to connect to ){_NAME}/\[?[\da-f.:]+\]?:{_PORT}",
    (
        r"(?:\benotfound |\beai_again |\blookup |\bresolve host:? |host lookup: ['\"]?"
        r"|connect to host |\beconnrefused |\betimedout |\behostunreach |\beconnreset |dial tcp )"
        rf"{_NAME}(?:(?::| port ){_PORT})?"
    ),
    # Others than a name may follow: "the server".
    rf"\bconnect(?:ion)? to {_NAME}(?::| port ){_PORT}\b",
    r"\bfailed to connect to (?P<host>[\w-]+(?:\.[\w-]+)+)",
    # Python's asyncio, and urllib3.
    rf"connect call failed \(['\"](?P<host>[\w.:-]+)['\"], {_PORT}",
    rf"\bhost=['\"](?P<host>[\w.:-]+)['\"], port={_PORT}",
    # .NET, and PHP.
    rf"(?:refused|respond|known|reached?)\.? \({_NAME}:{_PORT}\)",
    rf"connect to (?:tcp|ssl|tls)://{_NAME}:{_PORT}",
    # Dart: its port is the client's own.
    rf"\baddress = {_NAME}, port = \d",
)
# What stands before the address of the server behind a gateway: it is none of the client's.
_BEHIND = compiled(r"(?:upstream|origin\w*|proxy_pass|target|backend)\W{0,3}$")
# How long that is at most.
_BEFORE = 24
# The host that a client asked a gateway for, as nginx names it.
_ASKED = r"\bhost: \"(?P<host>[\w.-]+)(?::(?P<port>\d{1,5}))?\""

# Of an address that names none (RFC 6455, section 3; RFC 9110, section 4.2).
_PORTS = {"ws": "80", "http": "80", "wss": "443", "https": "443"}

# No status and no close code is longer.
_DIGITS = 4


def values_in(excerpt: Excerpt, signs: Iterable[Sign]) -> dict[str, str]:
    """Return the names of templates that a text fills, such as ``host`` and ``status``.

    Args:
        excerpt: the text.
        signs: of it, the strongest first.
    """
    values: dict[str, str] = {}
    of_gateway = names_a_gateway(excerpt)
    if "://" in excerpt.lower and (match := _address_in(excerpt.lower)) is not None:
        values |= {name: value for name, value in match.groupdict().items() if value}
        values.setdefault("port", _PORTS[values["scheme"]])
        address = excerpt.shown[match.start() :].split(None, 1)[0]
        values["url"] = masked(address.rstrip("'\".,:;)]}>"))[0]
    elif match := _named_in(excerpt.lower, of_gateway=of_gateway):
        named = {name: value for name, value in match.groupdict().items() if value}
        # In the place of a host may stand what looks like a credential.
        values |= named if masked(excerpt.shown[slice(*match.span("host"))])[1] == 0 else {}
    for sign in signs:
        for name, value in sign.values:
            values.setdefault(name, value)
    if "status" in values:
        values |= {"server": "the server", "what it did": f"answered {values['status']}"}
    return values


def _named_in(text: str, *, of_gateway: bool) -> re.Match[str] | None:
    """Find the host that a program names outside of an address."""
    found = (re.search(form, text) for form in ((_ASKED,) if of_gateway else _HOSTS))
    return next((match for match in found if match is not None), None)


def _address_in(text: str) -> re.Match[str] | None:
    """Find the first address that is not that of a server behind a gateway."""
    for match in re.finditer(_ADDRESS, text):
        if _BEHIND.search(text[max(match.start() - _BEFORE, 0) : match.start()]) is None:
            return match
    return None


# What usually stands in the texts of an entry, where nothing here and nothing in the text says it.
# What is left, such as <host>, is for the reader to fill in.
USUAL = {
    **dict.fromkeys(("env_file", "file", "where", "place"), ".env"),
    **dict.fromkeys(("url_where", "secret_where", "agent_where"), ".env"),
    "fingerprint": "what `edgecheck secret fingerprint` shows",
    "http_url": "https://<host>",
    "server": "the server",
    "gateway": "the proxy or platform in front",
    "platform": "the hosting platform",
    "proxy_where": "HTTPS_PROXY",
}


def with_what_follows(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values, and what follows from the host: an address for curl, and whom to name.

    Args:
        values: by the names of templates.
    """
    host = values.get("host")
    if host is None:
        return dict(values)
    port = values.get("port", "")
    # A text often names the port alone: any other than these is rarely one of TLS.
    encrypted = values.get("scheme") or ("wss" if port in ("", "443", "8443") else "ws")
    scheme = "https" if encrypted in ("wss", "https") else "http"
    usual = port in ("", _PORTS[scheme])
    place = f"[{host.strip('[]')}]" if ":" in host else host
    http_url = f"{scheme}://{place}{'' if usual else f':{port}'}"
    return {"address": place, **values, "http_url": http_url}


def values_of_number(text: str) -> dict[str, str]:
    """Return the names of templates that a number alone fills: a status, or a close code.

    RFC 9110, section 15, and RFC 6455, section 7.4.2.
    """
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0
    if 100 <= number < 600:
        did = f"answered HTTP {number}"
        return {"status": text, "server": "the server", "what it did": did, "refusal": did}
    if 1000 <= number < 5000:
        did = f"closed with {number}"
        values = {"close code": text, "server": "the server", "what it did": did, "refusal": did}
        return {**values, "name": close_name(number)}
    return {}
