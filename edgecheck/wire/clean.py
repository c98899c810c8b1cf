"""Clean text from the network, which is required before it becomes a fact."""

from __future__ import annotations

from collections.abc import Sequence

from ..escapes import escape, is_plain
from ..settings.credentials import masked_field
from ..settings.pieces import pieces_of
from ..settings.secret import Secret

# Between texts that are searched together: no text has it, and no form of a secret, as NUL is in
# UTF-16.
_APART = "\1" * 4
# The longest piece that is searched for has six characters; escaped, with seven characters each, it
# has 42. This many more characters are read, so that a piece is found even if the limit cuts it.
_ACROSS = 48


class Cleaner:
    """Cuts secrets out of text from the network, then escapes it.

    Args:
        secret: the edge secret, or None.
        passwords: of proxies and addresses, and what else looks like a credential.
    """

    def __init__(self, secret: Secret | None, *passwords: str) -> None:
        self._secret = secret
        self._credentials = [secret] if secret is not None else []
        self._credentials += map(Secret, passwords)
        # The secret's own pieces are cut out already.
        self._others = tuple(each for each in passwords if Secret(each) != secret)
        self._pieces = pieces_of(*self._others)

    def hide(self, *passwords: str) -> None:
        """Cut these out of every text from now on, too."""
        self._credentials += map(Secret, passwords)
        self._others = tuple(dict.fromkeys((*self._others, *passwords)))
        self._pieces = pieces_of(*self._others)

    def __call__(self, text: str | bytes, limit: int | None = None) -> str:
        """Return the text without secrets, escaped.

        Args:
            limit: keep at most this many characters of the input, which also limits the time that
                this takes; None keeps all.
        """
        if not text:
            return ""
        if limit is not None:
            # No character in UTF-8 has more than four bytes.
            reach = (limit + _ACROSS) * (4 if isinstance(text, bytes) else 1)
            cut, text = len(text) > reach, text[:reach]
        else:
            cut = False
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        if self._secret is not None:
            text = self._secret.cut_out_of(text)
        shown = escape(self._pieces.cut_out(text), limit)
        return f"{shown}…" if cut and not shown.endswith("…") else shown

    def need_nothing(self, texts: Sequence[str], limit: int | None = None) -> bool:
        """Tell whether each of some texts is shown as it is.

        To ask about all of them together takes little longer than to clean one.

        Args:
            limit: characters of each that are kept; None if all are.
        """
        together = "".join(texts)
        if not is_plain(together) or "\\" in together:
            return False
        if limit is not None and max(map(len, texts), default=0) > limit:
            return False
        # A piece that only two texts together hold is in neither, and a gap keeps them apart.
        apart = _APART.join(texts)
        return (
            self._secret is None or not self._secret.has_trace_in(apart)
        ) and not self._pieces.has_trace_in(apart)

    def field(self, name: bytes, value: bytes, limit: int) -> str:
        """Return the value of a header field, also without what is a credential by its name."""
        return masked_field(name.decode("latin-1"), self(value, limit))

    def own(self, text: str) -> str:
        """Return a text of the user's own, escaped, with every whole credential cut out.

        Shorter pieces of them are left in, because in such a text they are there by chance.
        """
        for credential in self._credentials:
            text = credential.cut_whole_out_of(text)
        return escape(text)
