"""Statuses and verify codes that entries claim and their rules look for (pure)."""

from __future__ import annotations

from .condition import OnStatus, OnVerifyCode

# openssl-verification-options(1), X509_V_ERR_*.
NOT_YET_VALID, EXPIRED = OnVerifyCode(9), OnVerifyCode(10)
SELF_SIGNED = OnVerifyCode(18)
# The lack of an issuer of a certificate that was found in the store.
ISSUER_OF_TRUSTED = 2
UNKNOWN_ISSUER = OnVerifyCode(ISSUER_OF_TRUSTED, 19, 20, 21, 27)
HOSTNAME = OnVerifyCode(62, 63, 64)

# RFC 9110, section 15.3.
SUCCESSES = OnStatus(*range(200, 300))
# RFC 9110, section 15.4: the redirects whose Location names another address for the same request.
REDIRECTS = OnStatus(301, 302, 303, 307, 308)
