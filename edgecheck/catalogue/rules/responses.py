"""The response that refused the opening handshake, and what its content is."""

from __future__ import annotations

import json
import re

from ...escapes import unescape
from ...facts import Facts, HttpResponse
from ..condition import OnStatus

_HTML = r"(?is)\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|body)\b"


def refusal(facts: Facts) -> HttpResponse | None:
    """Return the response that refused the upgrade; None if there was none."""
    seen = facts.upgrade
    return seen.response if seen is not None and OnStatus.number_in(facts) is not None else None


def body_of(response: HttpResponse) -> str:
    """Return the beginning of the content, as it was sent."""
    return unescape(response.body)


def said_by(response: HttpResponse) -> str:
    """Return all the words of a response: the reason phrase, and the content."""
    return f"{unescape(response.reason)}\n{body_of(response)}"


def is_bare(response: HttpResponse) -> bool:
    """Tell whether it has no content."""
    return not response.body.strip()


def json_of(response: HttpResponse) -> dict[str, object]:
    """Return the content as a JSON object; an empty one if it is something else."""
    try:
        value = json.loads(body_of(response))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_html(response: HttpResponse) -> bool:
    """Tell whether the content is a web page."""
    body = body_of(response)
    # The field alone is not enough: node's ws calls every refusal text/html, but sends one word
    # or JSON.
    named = "html" in (response.field("content-type") or "").lower() and body.lstrip().startswith(
        "<"
    )
    return named or re.match(_HTML, body) is not None


def begins_like_a_page(response: HttpResponse) -> bool:
    """Tell whether the content begins like a page."""
    return body_of(response).lstrip().startswith("<")
