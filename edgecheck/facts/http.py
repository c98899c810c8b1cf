"""An HTTP response, from the backend or from anything on the way to it."""

from __future__ import annotations

from ..frozen import dataclass


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP/1.x response as received (RFC 9112), escaped, with secrets cut out.

    Args:
        version: ``HTTP/1.1`` or ``HTTP/1.0``.
        status: the status code.
        reason: the reason phrase.
        fields: the header fields in order, names as sent.
        body: as much of the content as was read.
        truncated: a part of head or body was not kept, or did not arrive in time.
    """

    version: str
    status: int
    reason: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    body: str = ""
    truncated: bool = False

    def field(self, name: str) -> str | None:
        """Return the first value of a field, whose name may be in any case; None if it has none."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key.lower() == wanted), None)

    def has(self, *names: str) -> bool:
        """Tell whether it has one of these fields, whose names may be in any case."""
        wanted = {name.lower() for name in names}
        return any(key.lower() in wanted for key, _ in self.fields)

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value of a field that may come more than once."""
        return tuple(value for key, value in self.fields if key.lower() == name.lower())
