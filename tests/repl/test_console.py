"""What the history of the prompt keeps."""

from __future__ import annotations

import pytest

from edgecheck.repl.console import looks_secret
from edgecheck.settings.secret import Secret

SECRET = Secret("6f1d0c2b9a8e7f3d-5c4b1a0e9d8f7c6b")
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"


@pytest.mark.parametrize(
    "line",
    [
        "send 6f1d0c2b9a8e7f3d-5c4b1a0e9d8f7c6b",
        "send 6f1d 0c2b 9a8e 7f3d 5c4b 1a0e 9d8f 7c6b",
        "send 6f1d:0c2b:9a8e:7f3d:5c4b:1a0e:9d8f:7c6b",
        f"send {TOKEN}",
        f'send {{"token": "{TOKEN}"}}',
    ],
)
def test_a_line_with_a_secret_is_not_kept(line: str) -> None:
    """Whole, in groups, and another credential than the secret."""
    assert looks_secret(line, SECRET)


@pytest.mark.parametrize(
    "line", ["ping", "ack cmd_17 failed", "wait pong 5", 'send {"type":"ping"}', "close 1000 bye"]
)
def test_an_ordinary_line_is_kept(line: str) -> None:
    """With a secret, and without one."""
    assert not looks_secret(line, SECRET)
    assert not looks_secret(line, None)
