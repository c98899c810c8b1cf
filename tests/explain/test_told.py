"""A text with a product's own words or error code gets that product's cause and cure."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import Match, find
from edgecheck.explain.told import in_words_of_products


def explained(text: str) -> Match:
    """Return the best match, in the words of whoever wrote the text."""
    return in_words_of_products(text, find(text, PROBLEMS)[0], PROBLEMS)


@pytest.mark.parametrize(
    ("text", "code", "cure"),
    [
        ("Handshake status 403 Forbidden: error code: 1010", "upgrade-blocked", "User-Agent"),
        ("ERR_NGROK_3200", "platform-app-missing", "ngrok http PORT"),
        ('{"message":"no Route matched with those values"}', "upgrade-not-found", "Kong"),
        (
            "Unable to reach the origin service: dial tcp 10.0.0.3:80: connection refused",
            "upgrade-bad-gateway",
            "cloudflared",
        ),
        ("RBAC: access denied", "upgrade-blocked", "AuthorizationPolicy"),
        (
            "401 Access denied due to missing subscription key",
            "auth-taken-by-platform",
            "Ocp-Apim-Subscription-Key",
        ),
    ],
)
def test_words_of_a_product_get_its_cure(text: str, code: str, cure: str) -> None:
    """The first step is the product's, not that of the general entry."""
    problem = explained(text).problem

    assert problem.code == code
    assert any(cure in step for step in problem.remedies[:2])


@pytest.mark.parametrize(
    "text",
    [
        "4001",
        "upgrade-blocked",
        "Error: Unexpected server response: 403",
        "websockets.exceptions.InvalidStatus: server rejected WebSocket connection: HTTP 502",
        "received 1008 (policy violation) Token verification failed",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
    ],
)
def test_what_no_product_wrote_stays_as_it_was(text: str) -> None:
    """A number, a code, and the words of a library are no product's."""
    first = find(text, PROBLEMS)[0]

    assert in_words_of_products(text, first, PROBLEMS) is first
