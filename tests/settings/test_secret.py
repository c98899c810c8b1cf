"""A value that cannot be shown by mistake."""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import json
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.settings.pieces import MASK
from edgecheck.settings.secret import Secret

TEXT = "3f9a1c5e7b2d4860af13c57e9b2d8640"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>20}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        "%s".__mod__,
    ],
)
def test_no_way_of_showing_it_shows_it(show) -> None:
    assert TEXT[:6] not in show(Secret(TEXT))


@pytest.mark.parametrize("copies", [pickle.dumps, copy.deepcopy, json.dumps])
def test_it_is_not_serialised(copies) -> None:
    with pytest.raises(TypeError):
        copies(Secret(TEXT))


def test_it_is_revealed_on_demand_and_compares_by_value() -> None:
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != TEXT
    assert hash(Secret(TEXT)) == hash(Secret(TEXT))
    assert not Secret("")
    assert len(Secret(TEXT)) == 32


def test_the_fingerprint_is_what_the_shell_command_gives() -> None:
    assert Secret(TEXT).fingerprint == f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize("weak", ["", "hunter2", "a" * 64, "ab" * 32, TEXT[:31]])
def test_a_weak_secret_has_no_fingerprint(weak: str) -> None:
    assert Secret(weak).is_weak
    assert Secret(weak).fingerprint is None


@pytest.mark.parametrize(
    "encoded",
    [
        TEXT,
        TEXT[5:12],
        TEXT[::-1],
        base64.b64encode(TEXT.encode()).decode(),
        base64.b64encode(f"x{TEXT}".encode()).decode()[4:],
        base64.b64encode(f"xy{TEXT}".encode()).decode()[4:],
        TEXT.encode().hex(),
    ],
)
def test_it_is_cut_out_of_a_text_whole_in_part_and_encoded(encoded: str) -> None:
    cut = Secret(TEXT).cut_out_of(f"before {encoded} after")

    assert cut.startswith("before <secret>")
    assert cut.endswith(" after")
    assert not any(encoded[i : i + 10] in cut for i in range(len(encoded) - 9))


@pytest.mark.parametrize(
    "encode", [lambda text: quote(text, safe=""), lambda text: json.dumps(text)[1:-1], html.escape]
)
def test_its_special_characters_do_not_hide_it(encode) -> None:
    text = 'aé"<&>/+%"é<&>"bcdef'

    assert Secret(text).cut_out_of(encode(text)).count(MASK) >= 1


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_makes_it_raise(secret: str, text: str) -> None:
    cut = Secret(secret).cut_out_of(text)

    assert len(secret.strip()) < 6 or secret.strip() not in cut


def test_a_name_of_ours_is_no_piece_of_a_secret() -> None:
    """It is masked only if it is a part of a longer piece of the secret."""
    secret = Secret("oldsecret-EDGE_SECRET-123")

    assert secret.cut_out_of("unset EDGE_SECRET", ["EDGE_SECRET"]) == "unset EDGE_SECRET"
    assert secret.cut_out_of("$EDGE_SECRET: oldsecret", ["EDGE_SECRET"]) == "$EDGE_SECRET: <secret>"
    for whole in ("oldsecret-EDGE_SECRET-123", "-EDGE_SECRET-", "xEDGE_SECRET-123", "EDGE_SECRET-"):
        assert "EDGE_SECRET" not in secret.cut_out_of(whole, ["EDGE_SECRET"])
    assert secret.cut_out_of("unset EDGE_SECRET") == "unset <secret>"


@pytest.mark.parametrize("form", [TEXT, TEXT.upper(), "abc%2Fdef"])
def test_the_whole_secret_is_cut_out_of_an_address(form: str) -> None:
    """Upper and lower case do not matter, and neither does percent-encoding."""
    secret = Secret("abc/def" if "%" in form else TEXT)

    assert secret.cut_whole_out_of(f"wss://{form}.example") == f"wss://{MASK}.example"


def test_a_secret_of_a_few_characters_is_not_cut_out_of_an_address() -> None:
    """It is there by chance."""
    assert Secret(" edge\n").cut_whole_out_of("wss://edge.example") == "wss://edge.example"
