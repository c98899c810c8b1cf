"""What looks like a credential is replaced; the words around it stay."""

from __future__ import annotations

import pytest

from edgecheck.explain.masking import MASK, masked, masked_query

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc123def456", f"Authorization: Bearer {MASK}"),
        ("EDGE_SECRET=hunter2hunter2 next", f"EDGE_SECRET={MASK} next"),
        ('{"password": "correct horse"}', f'{{"password": "{MASK}"}}'),
        ("clientSecret=abcdefgh1 next", f"clientSecret={MASK} next"),
        ("x-api-key: abcdefgh1", f"x-api-key: {MASK}"),
        ("X-Amz-Signature=abcdefgh1&a=b", f"X-Amz-Signature={MASK}&a=b"),
        ("rnd_aB3dE5gH7jK9mN1pQ", MASK),
        ("wss://agent:pa55word@host/ws", f"wss://agent:{MASK}@host/ws"),
        ("?token=abcdef&x=1", f"?token={MASK}&x=1"),
        (f"got {JWT} from it", f"got {MASK} from it"),
        ("0123456789abcdef0123456789abcdef01234567 sent", f"{MASK} sent"),
        ("got xqzjvkwpbfhgmcxtqrzd back", f"got {MASK} back"),
        ("got x7q2z9j4v1k8w3p6b5f0 back", f"got {MASK} back"),
    ],
)
def test_a_credential_is_replaced(text: str, expected: str) -> None:
    """Wherever it stands."""
    assert masked(text) == (expected, 1)


def test_the_second_half_of_a_broken_credential_is_replaced() -> None:
    """A terminal breaks long words, and a copy of it has the line end."""
    text = "EDGE_SECRET=Kq7vT2mXw9Lb4RzN\n  c8Yd3HsGf6Jp1VaE\nEDGE_AGENT_ID=edge_1"

    assert masked(text) == (f"EDGE_SECRET={MASK}\n  {MASK}\nEDGE_AGENT_ID=edge_1", 2)
    assert masked("secret: hunter2x\nconnection\n") == (f"secret: {MASK}\nconnection\n", 1)
    assert masked("secret: hunter2x\nconnection closed") == (
        f"secret: {MASK}\nconnection closed",
        1,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auth_url=https://svc:pa55word@h/ x", f"auth_url=https://svc:{MASK}@h/ x"),
        ("authority: wss://agent:pa55word@h/ws", f"authority: wss://agent:{MASK}@h/ws"),
        ("auth.error: password=pa55word next", f"auth.error: password={MASK} next"),
        ("token_type:secret=pa55word", f"token_type:secret={MASK}"),
        (f"keycloak: {JWT}", f"keycloak: {MASK}"),
        ("key_id=AKIAABCDEFGHIJKLMNOP", f"key_id={MASK}"),
        ("s3-AKIAABCDEFGHIJKLMNOP", f"s3-{MASK}"),
        (f"GET /agents/{JWT}", f"GET /agents/{MASK}"),
        ("authtoken=pa55word", f"authtoken={MASK}"),
        ("public.secret=pa55word", f"public.secret={MASK}"),
        ("password: basic-pa55word", f"password: {MASK}"),
        ("pk-abcdefghijklmnopqrst", MASK),
        ("pass=correct-horse", f"pass={MASK}"),
    ],
)
def test_what_holds_no_credential_hides_none_behind_it(text: str, expected: str) -> None:
    """A name or a word that is refused is not the end of the search."""
    assert masked(text) == (expected, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid token",
        "token: expired",
        "missing bearer token",
        "auth: failed",
        "token_type=bearer x",
        "Authorization: Bearer",
        "missing query parameter token=",
        "Basic authentication required",
        "request 1a2b3c4d-1111-2222-3333-444455556666 ended",
        "wss://host:8443/edge/ws?edge_agent_id=edge_1",
    ],
)
def test_words_about_credentials_stay(text: str) -> None:
    """They are what the line says."""
    assert masked(text) == (text, 0)


def test_what_a_person_typed_is_masked_more_strictly() -> None:
    """Nobody types the ids and hashes of which logs are full."""
    digest = "3f9a1c5e7b2d4860af13c57e9b2d8640"

    assert masked(f"build {digest} failed") == (f"build {digest} failed", 0)
    assert digest not in masked_query(f"build {digest} failed")
    assert masked_query("build failed with 4001") == "build failed with 4001"
