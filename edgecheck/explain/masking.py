"""Credentials in a text that somebody pastes: replaced, and counted (pure).

Which secret it is, nobody knows here, so what looks like one is taken for one: what stands behind
the name of a credential, a token of a known form, the password in an address. It is better to hide
an id that is none than to show a secret that is one.
"""

from __future__ import annotations

import re

MASK = "<secret>"

_NAMES = (
    r"(?:edge_)?secret|secret_?key|client_?secret|pass(?:word|wd)?|pwd|api[_-]?key|access[_-]?key"
    r"|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|token|jwt|private[_-]?key"
    r"|x-agent-secret|signature|x-amz-signature|x-amz-security-token"
)
_SECRETS = (
    r"(?P<before>\b(?:bearer|basic|digest|negotiate|ntlm)(?:\s+|%20))(?P<bearer>[A-Za-z0-9._~+/=%-]{6,})"
    r"|(?P<scheme>://[^\s/:@'\"]*:)(?P<password>[^\s/@'\"]+)(?=@)"
    rf"|(?P<name>\b(?:{_NAMES})[\"']?\s*(?:=|:|=>)\s*[\"']?)(?P<value>[^\s\"'&,;)}}\]]{{4,}})"
    r"|(?P<known>\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"
    r"|\bgh[opsu]_[A-Za-z0-9]{20,}|\bxox[abp]-[\w-]{10,}|\bA(?:KIA|SIA)[A-Z0-9]{16}"
    r"|\b[0-9a-fA-F]{40,}\b|\b(?=[\w+/-]*\d)(?=[\w+/-]*[A-Z])(?=[\w+/-]*[a-z])[\w+/-]{40,}={0,2})"
)
# Words that follow the name of a credential without being one.
_NO_SECRETS = frozenset(
    (
        "authentication",
        "authorization",
        "credentials",
        "expired",
        "header",
        "invalid",
        "malformed",
        "missing",
        "none",
        "null",
        "rejected",
        "required",
        "token",
        "undefined",
        "verification",
    )
)


def masked(text: str) -> tuple[str, int]:
    """Return a text without what looks like a credential, and how many were replaced."""
    count = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        before = match["before"] or match["scheme"] or match["name"] or ""
        value = match["bearer"] or match["password"] or match["value"] or match["known"]
        if value.lower().strip(".") in _NO_SECRETS or value == MASK:
            return match[0]
        count += 1
        return f"{before}{MASK}"

    return re.sub(_SECRETS, replaced, text, flags=re.IGNORECASE), count
