"""Who wrote an answer, and who passed it on: the table of products, read for every rule."""

from __future__ import annotations

import ipaddress
import re

from ...facts import Facts, HttpResponse
from ...facts.text import unescape
from ...terms import Side
from ..products import PRODUCTS, Cure, Product

# The page of a proxy is small, and says at its beginning what it is.
_PAGE = 16 * 1024
# With these statuses a proxy itself answers, if the content does not say otherwise.
_GATEWAY = frozenset({502, 503, 504})
# Programs that answer in an application's name, and are not between us and it.
_OWN_SERVERS = (
    r"(?i)uvicorn|hypercorn|daphne|gunicorn|granian|werkzeug|wsgiserver|waitress|cheroot|uwsgi|"
    r"tornadoserver|aiohttp|websockets/|autobahn|twisted|kestrel|jetty|undertow|tomcat|coyote|"
    r"mojolicious|puma|thin|cowboy|express|deno|bun"
)


def passed_on_by(response: HttpResponse) -> tuple[Product, ...]:
    """Return the products between the client and the application, as the fields name them."""
    found = [one for one in PRODUCTS if one.is_on_the_way and _has_field(one, response)]
    named = [one for one in found if one.name != "a proxy"]
    return tuple(named or found)


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
    if response.status in _GATEWAY and not _is_json(body):
        return next(iter(passed_on_by(response)), None)
    return None


def _has_field(product: Product, response: HttpResponse) -> bool:
    for name, value in product.fields:
        for key, seen in response.fields:
            ours = key.lower() == name or (name.endswith("-") and key.lower().startswith(name))
            if ours and (not value or re.search(value, seen, re.IGNORECASE)):
                return True
    return False


def _is_json(body: str) -> bool:
    return body.lstrip()[:1] in ("{", "[")


def server_of(response: HttpResponse) -> str:
    """Return the name of the application's own server; empty if the field names another program."""
    named = response.field("server") or ""
    return named if re.search(_OWN_SERVERS, named) else ""


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
    if response is None:
        return ()
    seen = [*passed_on_by(response)]
    author = author_of(response)
    if author is not None and author.is_on_the_way and author not in seen:
        seen.insert(0, author)
    return tuple(
        f"Ask the administrators of {one.name} to {one.cures[cure]}"
        + ("" if "\n" in one.cures[cure] else ".")
        for one in seen
        if cure in one.cures
    )
