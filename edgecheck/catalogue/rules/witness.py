"""Who wrote an answer, and who passed it on: the table of products, read for every rule."""

from __future__ import annotations

import ipaddress
import re

from ...escapes import unescape
from ...facts import Facts, HttpResponse
from ...terms import Side
from ..products import PRODUCTS, Cure, Product

# The page of a proxy is small, and says at its beginning what it is.
_PAGE = 16 * 1024
# With these statuses a proxy itself answers, if the content does not say otherwise.
_GATEWAY = frozenset({502, 503, 504})
# What servers of applications call their Server field, in lower case or not: a proxy in Go, Apache
# or Squid writes every name in its own way, HAProxy and Envoy in lower case.
_LOWER_CASE = r"uvicorn|hypercorn|granian"
_UPPER_CASE = (
    r"gunicorn|werkzeug|wsgiserver|waitress|tornadoserver|.*aiohttp|.*websockets/|autobahn|twisted|"
    r"kestrel|mojolicious|daphne"
)


def passed_on_by(response: HttpResponse) -> tuple[Product, ...]:
    """Return the products between the client and the application, as the fields name them."""
    found = [one for one in PRODUCTS if one.is_on_the_way and _has_field(one, response)]
    named = [one for one in found if one.name != "a proxy"]
    if not found and _is_rewritten(response):
        return (PRODUCTS[-1],)
    return tuple(named or found)


def _is_rewritten(response: HttpResponse) -> bool:
    """Tell whether a name of a field is not spelt as the server that sent it spells it.

    Names of fields may be in any case (RFC 9110, section 5.1), and each program has its way. An
    open WebSocket says nothing: another library than the server's own may have written the answer.
    """
    if response.status == 101:
        return False
    for key, value in response.fields:
        if key.lower() == "server" and re.match(rf"(?i)(?:{_LOWER_CASE})", value):
            return key != "server"
        if key.lower() == "server" and re.match(rf"(?i)(?:{_UPPER_CASE})", value):
            return key != "Server"
    return False


def writes_bare(response: HttpResponse) -> Product | None:
    """Return the product whose own answer without content this may be.

    An application's answer that it passes on has a Content-Type, or a field of its own.
    """
    named = {key.lower() for key, _ in response.fields}
    own = {"server", "date", "connection", "content-length", "alt-svc", "retry-after"}
    if response.body.strip() or not named <= own or response.status < 400:
        return None
    return next((one for one in passed_on_by(response) if one.bare), None)


def author_of(response: HttpResponse) -> Product | None:
    """Return the product that wrote an answer by itself; None if an application may have."""
    body = unescape(response.body)[:_PAGE].lower()
    for one in PRODUCTS:
        if one.page and re.search(one.page, body):
            # Several products begin their one-line pages alike, so a field has the last word.
            others = passed_on_by(response)
            named = [other for other in others if other.name != "a proxy"]
            if not one.fields or not named or one in named:
                return one
            return next((other for other in named if other.role is one.role), one)
    signed = _signed_by(response)
    if signed is not None:
        return signed
    if response.status in _GATEWAY and not _is_json(body):
        return next(iter(passed_on_by(response)), None)
    return _TRAEFIK if _is_reason_alone(response, body) else None


def _signed_by(response: HttpResponse) -> Product | None:
    """Return the product whose Server field says that it wrote the answer by itself."""
    named = response.field("server") or ""
    for one in passed_on_by(response) if response.status >= 400 else ():
        own = [value for name, value in one.fields if name == "server"]
        if one.signs and any(re.search(value, named, re.IGNORECASE) for value in own):
            return one
    return None


_TRAEFIK = next(one for one in PRODUCTS if one.name == "Traefik")


def _is_reason_alone(response: HttpResponse, body: str) -> bool:
    """Tell whether the content is the status' own words, and nothing says what it is.

    Traefik answers so. Servers in Go and Node.js that answer with these words add a Content-Type,
    and Deno's spells its fields in lower case.
    """
    named = {key for key, _ in response.fields}
    reason = unescape(response.reason).lower()
    return (
        response.status >= 400
        and bool(reason)
        and body.strip() == reason
        and {"Date", "Content-Length"} <= named <= {"Date", "Content-Length", "Retry-After"}
    )


def name_of_server(facts: Facts) -> dict[str, str]:
    """Return what to call a server that does not name itself, if its page says what it is."""
    response = facts.upgrade.response if facts.upgrade is not None else None
    if response is None or response.has("server"):
        return {}
    author = author_of(response)
    return {"server": author.name} if author is not None and author is not PRODUCTS[-1] else {}


def shows(product: Product, response: HttpResponse) -> bool:
    """Tell whether a field or the page of an answer is one of a product."""
    body = unescape(response.body)[:_PAGE].lower()
    return _has_field(product, response) or bool(product.page and re.search(product.page, body))


def _has_field(product: Product, response: HttpResponse) -> bool:
    for name, value in product.fields:
        for key, seen in response.fields:
            ours = key.lower() == name or (name.endswith("-") and key.lower().startswith(name))
            if ours and (not value or re.search(value, seen, re.IGNORECASE)):
                return True
    return False


def _is_json(body: str) -> bool:
    return body.lstrip()[:1] in ("{", "[")


def is_local(facts: Facts) -> bool:
    """Tell whether the backend is this machine itself, reached without a proxy of ours."""
    if facts.proxy is not None or facts.target.proxy:
        return False
    address = (facts.tcp.address if facts.tcp else None) or facts.target.host or ""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def side_of_the_way(facts: Facts, response: HttpResponse | None) -> Side:
    """Return who has to act if something between client and application may be the cause.

    On this machine, with no trace of a proxy in the answer, nothing is in between.
    """
    seen = response is not None and bool(passed_on_by(response))
    return Side.BACKEND if is_local(facts) and not seen else Side.INTERMEDIARY


def cures(response: HttpResponse | None, cure: Cure) -> tuple[str, ...]:
    """Return what the products that were seen have to change, as remedies."""
    return tuple(
        f"Ask the administrators of {one.name} to {one.cures[cure]}"
        + ("" if "\n" in one.cures[cure] else ".")
        for one in _on_the_way(response)
        if cure in one.cures
    )


def fixed_limits(response: HttpResponse | None) -> str:
    """Return the limits of the products that were seen which no setting changes, as sentences."""
    fixed = (one.cures.get(Cure.FIXED_LIMIT) for one in _on_the_way(response))
    return " ".join(filter(None, fixed))


def _on_the_way(response: HttpResponse | None) -> list[Product]:
    if response is None:
        return []
    seen = [*passed_on_by(response)]
    author = author_of(response)
    if author is not None and author.is_on_the_way and author not in seen:
        seen.insert(0, author)
    return seen
