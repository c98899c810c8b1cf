"""The door through which text from the network becomes a fact."""

from __future__ import annotations

from ..facts.text import escape
from ..settings.secret import Secret, cut_out, pieces_of


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
            limit: keep at most so many characters of the input.
        """
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        if self._secret is not None:
            text = self._secret.cut_out_of(text)
        return escape(cut_out(text, self._pieces), limit)

    def own(self, text: str) -> str:
        """Return text of the person's own as it may be kept: only the whole secret is cut out, since a short run is chance there."""
        return escape(self._secret.cut_whole_out_of(text) if self._secret is not None else text)
