"""What an answer's own code or words decide by themselves (pure).

Products say in an error code, a field or a sentence why they refuse: Cloudflare's `error code:
1010`, ngrok's `ERR_NGROK_8012`, Envoy's `reset reason`, `Your IP address is not allowed`. A tell is
one such sign, with the cause that it names and the cure. Tables of tells stand beside this file;
`rules/told.py` reads them.
"""

from __future__ import annotations

import re
from functools import cache

from ...escapes import escape
from ...frozen import dataclass
from ...terms import Confidence, Side
from ..products import PRODUCTS, Product

# What a value in a text has room for.
_SHOWN = 90


@dataclass(frozen=True)
class Tell:
    """One sign in an answer that refused the handshake, and what it means.

    All that is given of ``statuses``, ``fields`` and ``page`` has to match.

    Args:
        code: of the entry that it decides.
        title, cause, steps: templates, in place of those of the entry. A named group of a pattern
            is a name for them (NAME_2 too, for NAME in another place), beside those of
            `wording.values`.
        page: a regular expression of the reason phrase and the content, in any case. Without one,
            that of the product.
        product: name of the `Product` that says so. Anybody may write a sentence, so it is certain
            only if the answer also shows the product by itself.
        fields: names of fields in lower case, each with a regular expression of its value.
        statuses: the HTTP statuses that it may have; none for any.
        side, confidence: replace those of the entry.
        alternatives: codes of other entries that remain possible.
        scheme: of the address that was asked for, where the sign means something for it alone.
        becomes: statuses, each with the code that it makes of ``code``.
        general: it is a way to put something that many programs have, so that it yields to every
            entry that knows more than a status.
    """

    code: str
    title: str
    cause: str
    steps: tuple[str, ...]
    page: str = ""
    product: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    statuses: tuple[int, ...] = ()
    side: Side | None = None
    confidence: Confidence = Confidence.LIKELY
    alternatives: tuple[str, ...] = ()
    scheme: str = ""
    becomes: tuple[tuple[int, str], ...] = ()
    general: bool = False

    @property
    def words(self) -> str:
        """The expression that a page has to match; empty if the fields alone decide."""
        if self.page or self.fields or not self.product:
            return self.page
        return product_of(self.product).page

    def code_for(self, status: int) -> str:
        """Return the entry that it decides in an answer with this status."""
        usual = _FOR_STATUS.get(status, {}).get(self.code, self.code)
        return dict(self.becomes).get(status, usual)


@cache
def product_of(name: str) -> Product:
    """Return a product by its name."""
    return next(one for one in PRODUCTS if one.name == name)


# A gateway's status has its own entry, whatever its words say about the backend; and what is not
# known, and answered 404, is not found.
_FOR_BACKEND = ("upgrade-bad-gateway", "upgrade-origin-tls", "upgrade-unavailable")
_FOR_STATUS: dict[int, dict[str, str]] = {
    404: {"auth-forbidden": "upgrade-not-found"},
    500: dict.fromkeys(_FOR_BACKEND, "upgrade-server-error"),
    502: dict.fromkeys(_FOR_BACKEND, "upgrade-bad-gateway"),
    503: dict.fromkeys(_FOR_BACKEND, "upgrade-unavailable"),
    504: dict.fromkeys(_FOR_BACKEND, "upgrade-gateway-timeout"),
}


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """Return the expression that a tell has for a page or a field."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def named_in(found: re.Match[str]) -> dict[str, str]:
    """Return the named groups, escaped; NAME_2 is another place for NAME in the same pattern."""
    # The words were unescaped to be read, and are still text from the network.
    return {
        name.removesuffix("_2"): escape(value, _SHOWN)
        for name, value in found.groupdict().items()
        if value
    }
