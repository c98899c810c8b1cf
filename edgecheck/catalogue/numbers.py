"""Statuses, close codes and verify codes that entries claim and their rules look for (pure)."""

from __future__ import annotations

from ..facts import failure
from .condition import OnClose, OnStatus, OnVerifyCode

NOT_YET_VALID, EXPIRED = OnVerifyCode(*failure.NOT_YET_VALID), OnVerifyCode(*failure.EXPIRED)
SELF_SIGNED = OnVerifyCode(*failure.SELF_SIGNED)
UNKNOWN_ISSUER = OnVerifyCode(*failure.UNKNOWN_ISSUER)
# openssl-verification-options(1), X509_V_ERR_*.
HOSTNAME = OnVerifyCode(62, 63, 64)

# RFC 9110, section 15.3.
SUCCESSES = OnStatus(*range(200, 300))
# RFC 9110, section 15.4: the redirects whose Location names another address for the same request.
REDIRECTS = OnStatus(301, 302, 303, 307, 308)

# IANA, WebSocket Close Code Number Registry; by convention 44xx is HTTP 4xx.
UNAUTHORIZED_CLOSES, FORBIDDEN_CLOSES = OnClose(3000, 4401), OnClose(3003, 4403)
NOT_FOUND_CLOSE, RATE_LIMITED_CLOSE = OnClose(4404), OnClose(4429)
# RFC 6455, section 7.4.1, and the same registry.
TOO_BIG_CLOSE, BAD_GATEWAY_CLOSE = OnClose(1009), OnClose(1014)
