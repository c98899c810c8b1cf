"""The door through which text from the network becomes a fact."""

from __future__ import annotations

from ..facts.text import escape
from ..settings.secret import Secret, cut_out, pieces_of

# The longest piece that is looked for, six characters of seven each in an escape, has 42: one
# across a cut is found with so many more.
_ACROSS = 48


class Cleaner:
    """Cut secrets out of text from the network, then escape it.

    Args:
        secret: the edge secret, or None.
        passwords: of proxies and addresses.
    """

    def __init__(self, secret: Secret | None, *passwords: str) -> None:
        self._secret = secret
        self._pieces = frozenset().union(*map(pieces_of, passwords)) if passwords else frozenset()

    def __call__(self, text: str | bytes, limit: int | None = None) -> str:
        """Return the text as it may be kept.

        Args:
            limit: keep at most so many characters of the input; it bounds the cost, too.
        """
        if limit is not None:
            # No character of UTF-8 has more than four bytes.
            reach = (limit + _ACROSS) * (4 if isinstance(text, bytes) else 1)
            cut, text = len(text) > reach, text[:reach]
        else:
            cut = False
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        if self._secret is not None:
            text = self._secret.cut_out_of(text)
        shown = escape(cut_out(text, self._pieces), limit)
        return f"{shown}…" if cut and not shown.endswith("…") else shown

    def own(self, text: str) -> str:
        """Return text of the person's own as it may be kept: only the whole secret is cut out, since a short run is chance there."""
        return escape(self._secret.cut_whole_out_of(text) if self._secret is not None else text)
