"""`EDGE_SECRET` that is a token with times of its own: a JWT (pure)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ...frozen import dataclass
from ...settings.credentials import token_parts
from ...settings.model import Settings
from ..defect import Defect
from ..finding import ERROR, WARNING, finding
from .secret import secret_shape

# Header, payload and signature (RFC 7515, section 3.1); an encrypted token has five, and no times
# that can be read.
_PARTS = 3
# More would not fit into a header, and is not decoded.
_LONGEST = 16 * 1024
# A token that ends within a day is worth a word today.
_SOON = timedelta(days=1)
# Clocks differ a little; a token that becomes valid within this time is not a defect.
_LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class TokenTimes:
    """The times in a token; nothing else of it is kept.

    Args:
        expires: when it ends (``exp``, RFC 7519, section 4.1.4).
        begins: before when it is not valid (``nbf``, section 4.1.5).
    """

    expires: datetime | None = None
    begins: datetime | None = None


def times_of(secret: str) -> TokenTimes | None:
    """Return the times of a JWT; None for any other secret."""
    parts = token_parts(secret) if len(secret) <= _LONGEST else None
    if parts is None or len(parts) != _PARTS:
        return None
    header, payload = map(_object, parts[:2])
    if header is None or payload is None or "alg" not in header:
        return None
    return TokenTimes(_moment(payload.get("exp")), _moment(payload.get("nbf")))


def _object(part: str) -> dict[str, object] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return None
    return value if isinstance(value, dict) else None


def _moment(seconds: object) -> datetime | None:
    """Return a NumericDate as a time; None if it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def expired(settings: Settings) -> Iterator[Defect]:
    """Yield a token that has ended, ends soon, or is not valid yet."""
    shape, now = secret_shape(settings), settings.read_at
    times = times_of(shape.clean) if shape is not None and now is not None else None
    if times is None or now is None:
        return
    clock = f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC"
    ends, begins = times.expires, times.begins
    if begins is not None and begins - now > _LEEWAY and (ends is None or ends > now):
        severity, state = ERROR, f"is not valid before {begins:%Y-%m-%d %H:%M} UTC"
        read = f"its `nbf` is {begins:%Y-%m-%d %H:%M} UTC"
    elif ends is not None and ends - now < _SOON:
        over = ends <= now
        severity = ERROR if over else WARNING
        state = f"{'expired on' if over else 'ends on'} {ends:%Y-%m-%d %H:%M} UTC"
        read = f"its `exp` is {ends:%Y-%m-%d %H:%M} UTC"
    else:
        return
    yield finding(
        "secret-expired",
        settings,
        severity,
        read,
        clock,
        setting=settings.names.secret,
        state=state,
    )
