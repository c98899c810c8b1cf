"""Credentials that somebody wrote into a profile itself, where only ``{secret}`` belongs (pure).

A profile is shared, shown and kept in version control. What a request and a greeting say besides
the secret is public: a version, a date, a tenant, the key that is made to be public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..backend.kinds import Mistake, joined
from ..backend.texts import text_of_octets
from ..late import compiled
from .credentials import (
    MARKED,
    credentials_in,
    is_credential,
    is_credential_name,
    is_harmless_name,
    is_uuid,
)

_EXPECTED = (
    "{secret} in place of what looks like a credential: a profile is shared, and the secret stands "
    "in the settings alone. A second credential is sent with -H @FILE"
)
_PATH = "request.path"
_IN_A_PATH = (
    "a path without what looks like a credential: a profile is shared, and paths are logged"
)
_IN_BYTES = (
    "bytes without what looks like a credential: a profile is shared, and nothing is filled in "
    "there"
)
_MARKED = compiled(MARKED)
# Stripe's publishable keys, and what others call so.
_PUBLIC = compiled(r"pk_(?:live|test)_\w+")
# After the name of an HTTP authentication scheme (RFC 9110, section 11.1).
_AFTER_SCHEME = compiled(r"(?i)(?:\A|[\"'\s:=])(?:bearer|basic|token|apikey)\s+\Z")
# The name that a value within a text is assigned to.
_NAME = compiled(r"([A-Za-z][\w.-]{0,80})[\"']?\s*[:=]\s*[\"']?\Z")
# Hashes of what is deployed, of a certificate, and ids of a trace (W3C Trace Context).
_OF_A_VERSION = compiled(
    r"(?i)build|commit|revision|release|digest|checksum|fingerprint|thumbprint|etag|trace"
)
_IDS = compiled(r"/[0-9a-fA-F-]{20,}(?:/|\Z)")
_PLACEHOLDER = compiled(r"\{[a-z_.]+\}")


def credentials_written(tree: Mapping[str, Any]) -> list[Mistake]:
    """Return the places of a file at which a credential is written out.

    Args:
        tree: the file's TOML, which may be wrong otherwise.
    """
    return [
        Mistake(place, _expected(place, sent))
        for place, name, sent in _sent(tree)
        if _has_credential(name, sent)
    ]


def _expected(place: str, sent: object) -> str:
    if isinstance(sent, dict):
        return _IN_BYTES
    return _IN_A_PATH if place == _PATH else _EXPECTED


def _sent(tree: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield what is sent: place, name of the field or parameter, text or bytes."""
    request, session = _table(tree.get("request")), _table(tree.get("session"))
    # Hexadecimal digits in a path are an id. Those of a key cannot be told from them.
    path = request.get("path", "")
    if isinstance(path, str):
        # Each segment by itself: a path has capitals, digits and slashes, as Base64 has.
        yield _PATH, "id" if _IDS.search(path) else "", path.replace("/", " ")
    yield "request.authorization", "", request.get("authorization", "")
    for key in ("headers", "query"):
        for name, value in _table(request.get(key)).items():
            yield joined(f"request.{key}", name), name, value
    for number, name in enumerate(_list(request.get("subprotocols"))):
        yield f"request.subprotocols[{number}]", "", name
    for number, step in enumerate(_list(session.get("greeting"))):
        for key in ("send", "without_secret"):
            yield f"session.greeting[{number}].{key}", "", _table(step).get(key, "")
    for number, answer in enumerate(_list(tree.get("refusal"))):
        yield f"refusal[{number}].body", "", _table(answer).get("body", "")


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _has_credential(name: str, value: object) -> bool:
    if isinstance(value, dict):
        value = _text_in(value.get("hex"))
    if not isinstance(value, str):
        return False
    text = _PLACEHOLDER.sub(" ", value)
    return any(_is_secret(found, name, text) for found in credentials_in(text))


def _text_in(digits: object) -> str:
    """Return bytes as a text, as far as they are one; nothing if they are written wrongly."""
    try:
        return text_of_octets(bytes.fromhex(digits)) if isinstance(digits, str) else ""
    except ValueError:
        return ""


def _is_secret(found: str, name: str, text: str) -> bool:
    """Tell whether what looks like a credential is one, by its form and by what it is called."""
    if _PUBLIC.fullmatch(found):
        return False
    if _MARKED.search(found):
        return True
    before = text[: text.find(found)]
    if _AFTER_SCHEME.search(before):
        return True
    named = _NAME.search(before)
    called = named[1] if named else name
    if is_harmless_name(called) or _OF_A_VERSION.search(called):
        return False
    if is_uuid(found):
        return is_credential_name(called)
    return is_credential(found) or re.search(r"[ -]", found) is not None
