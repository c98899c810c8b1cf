"""How a profile's file says where the secret goes, and what other words for that mean (pure)."""

from __future__ import annotations

import re

from .profile import Place

# RFC 9110, section 5.6.2: what the name of a field, a subprotocol and a parameter are made of.
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# What may stand before the secret in a field: a word, then a blank; or a text that ends with = or :
# (the name of a cookie, a parameter).
BEFORE, NAMED = TOKEN, r"[!-~](?:[ -~]*[!-~])?(?<=[=:])"
# The secret may also stand between two texts: Token token="{secret}".
BETWEEN = r"(?:(?!\{secret\})[ -~])*\{secret\}(?:(?!\{secret\})[ -~])*[!-~]"
# Fields of the opening handshake that the client writes itself (RFC 6455, section 4.1), and those
# that say where a message ends (RFC 9112, section 6).
_OWN_FIELDS = (
    "connection",
    "content-length",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
WORDS = tuple(place.value for place in Place if place not in (Place.HEADER, Place.QUERY))


def is_field(name: str) -> bool:
    """Tell whether a profile may name a field: the client does not write it itself."""
    lower = name.lower()
    return lower not in _OWN_FIELDS and not lower.startswith("sec-websocket-")


def is_authorization(value: str) -> bool:
    """Tell whether a value says where the secret goes."""
    kind, colon, name = value.partition(":")
    if not colon:
        return kind in WORDS
    name, blank, scheme = name.partition(" ")
    return re.fullmatch(TOKEN, name) is not None and (
        (kind == Place.QUERY and not blank)
        or (
            kind == Place.HEADER
            and is_field(name)
            and (not blank or re.fullmatch(f"{BEFORE}|{NAMED}|{BETWEEN}", scheme) is not None)
        )
    )


# What other tools and guides call a place that is named, and what they call one that is not.
_NAMED_PLACES = {
    "cookie": "header:Cookie {}=",
    "cookies": "header:Cookie {}=",
    "header": "header:{}",
    "headers": "header:{}",
    "field": "header:{}",
    "query": "query:{}",
    "querystring": "query:{}",
    "param": "query:{}",
    "parameter": "query:{}",
    "url": "query:{}",
    "authorization": "header:Authorization {}",
}
_OTHER_WORDS = {
    "token": "header:Authorization Token",
    "apikey": "header:X-Api-Key",
    "jwt": "bearer",
    "oauth": "bearer",
    "oauth2": "bearer",
    "password": "basic",
    "userinfo": "basic",
    "protocol": "subprotocol",
    "body": "message",
    "firstmessage": "message",
    "greeting": "message",
    "payload": "message",
    "no": "none",
    "nothing": "none",
}
_SECRET = r"[{<]\s*secret\s*[}>]"


def meant(value: str) -> str:
    """Return how a place of the secret is written here that is written in other words.

    Args:
        value: what is not a place in this form.

    Returns:
        Empty if nobody can tell.
    """
    text = re.sub(_SECRET, "", value).strip()
    first, *rest = re.split(r"[:=\s?&\"']+", text.strip(":=?&\"' ")) or [""]
    word, name = re.sub(r"[\W_]", "", first).lower(), rest[0] if rest else ""
    scheme = rest[1] if len(rest) > 1 else ""
    if text.startswith(("?", "&")):
        return f"query:{first}"
    if word + name.lower() in ("firstmessage", "nothing"):
        word += name.lower()
    if word in WORDS or (word == "authorization" and name.lower() in WORDS):
        return word if word in WORDS else name.lower()
    if word in _NAMED_PLACES:
        found = _NAMED_PLACES[word].format(name if re.fullmatch(TOKEN, name) else "NAME")
        whole = f"{found} {scheme}" if scheme and found == f"header:{name}" else found
        return whole if is_authorization(whole) else ""
    if word in _OTHER_WORDS:
        return _OTHER_WORDS[word]
    # What has a capital or a hyphen is a field rather than a misspelt word.
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", first) and (
        first != first.lower() or "-" in first
    ):
        whole = f"header:{first} {name}".rstrip()
        return whole if is_authorization(whole) else ""
    from difflib import get_close_matches  # needed only for a mistake

    return next(iter(get_close_matches(word, WORDS, n=1, cutoff=0.7)), "")
