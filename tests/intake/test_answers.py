"""What people paste where one setting is asked for."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.intake.answers import (
    agent_id_in,
    agent_id_meant,
    hidden_in,
    may_be_address,
    may_be_drawn,
    may_be_secret,
    read,
)
from edgecheck.settings.model import BACKEND_URL, EDGE_AGENT_ID, EDGE_SECRET

RANDOM = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
OTHER = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
ALL = {"BACKEND_URL": "https://edge.example", "EDGE_SECRET": "abc", "EDGE_AGENT_ID": "edge_7"}
# The settings in short, for tables.
URL, SECRET, ID = REQUIRED = EDGE.variables.all


@pytest.mark.parametrize(
    "text",
    [
        "BACKEND_URL=https://edge.example\nEDGE_SECRET=abc\nEDGE_AGENT_ID=edge_7\n",
        "BACKEND_URL=https://edge.example\r\nEDGE_SECRET=abc\r\nEDGE_AGENT_ID=edge_7",
        (
            "export BACKEND_URL='https://edge.example'\nexport EDGE_SECRET=\"abc\"\nEDGE_AGENT_ID "
            "= "
            "edge_7 # yours"
        ),
        (
            "Hi,\n\n- BACKEND_URL: https://edge.example\n- EDGE_SECRET: abc\n- EDGE_AGENT_ID: "
            "edge_7\n\nBye"
        ),
        "> EDGE_AGENT_ID=edge_7\n> EDGE_SECRET=abc\n> BACKEND_URL=https://edge.example",
        "```\nBACKEND_URL=https://edge.example\nEDGE_SECRET=abc\nEDGE_AGENT_ID=edge_7\n```",
        "BACKEND_URL=https://edge.example EDGE_SECRET=abc EDGE_AGENT_ID=edge_7",
        "my EDGE_AGENT_ID=edge_7 EDGE_SECRET = 'abc' BACKEND_URL=https://edge.example",
        (
            "# EDGE_SECRET=old\nBACKEND_URL=https://edge.example\nEDGE_SECRET=abc\n"
            "EDGE_AGENT_ID=edge_7"
        ),
        "Hello,\nhost: https://edge.example\nsecret: abc\nagent id: edge_7",
        "Hello, host: https://edge.example, secret: abc, agent id: edge_7.",
        "url = https://edge.example; token = abc; id = edge_7",
        "Agent ID:edge_7\nKey:`abc`\nAddress:<https://edge.example>",
        (
            "- **Backend:** `https://edge.example`\n- **Shared secret:** `abc`\n- **Agent ID**: "
            "`edge_7`"
        ),
        "Your secret:\n\nabc\n\nYour host:\nhttps://edge.example\n\nYour agent id:\nedge_7\n",
        '{"url": "https://edge.example", "secret": "abc", "agent_id": "edge_7"}',
        "Here is your token: abc\nThe backend is https://edge.example and you are edge_7.",
        "secret: abc\nhost: [the backend](https://edge.example)\nagent: edge_7",
        "secret: abc\nhost: https://edge.example\nwiki url: https://wiki.example\nagent id: edge_7",
    ],
)
@pytest.mark.parametrize("asked", REQUIRED)
def test_a_message_is_understood(text: str, asked: str) -> None:
    """As a settings file, a list, a reply, a code block or a sentence has it, at any question."""
    assert read(text, asked).values == ALL


@pytest.mark.parametrize(
    ("text", "values", "unclear"),
    [
        (
            f"edge.example\n{RANDOM}\nedge_7",
            {URL: "edge.example", SECRET: RANDOM, ID: "edge_7"},
            (),
        ),
        (
            f"| edge.example | {RANDOM} | edge_7 |",
            {URL: "edge.example", SECRET: RANDOM, ID: "edge_7"},
            (),
        ),
        (f"edge.example,{OTHER},edge_7", {URL: "edge.example", SECRET: OTHER, ID: "edge_7"}, ()),
        (
            f"You are edge_7, the secret is {RANDOM}. Use wss://edge.example.",
            {URL: "wss://edge.example", SECRET: RANDOM, ID: "edge_7"},
            (),
        ),
        # Two of a kind.
        ("wss://a.example wss://b.example edge_7", {ID: "edge_7"}, (URL,)),
        ("host: wss://a.example\nhost: wss://b.example", {}, (URL,)),
        (f"{RANDOM}\n{OTHER}\nedge_7", {ID: "edge_7"}, (SECRET,)),
        ("id: edge_7, edge_8", {}, (ID,)),
        ("edge_7 edge_8 wss://edge.example", {URL: "wss://edge.example"}, (ID,)),
        ("EDGE_SECRET=abc\nEDGE_SECRET=def", {}, (SECRET,)),
        (f"secret: below\n{RANDOM}", {}, (SECRET,)),
        (f"secret: {RANDOM} {OTHER}", {}, (SECRET,)),
        # One that may be more, or less, than the value.
        ("secret: abc def 123", {}, (SECRET,)),
        ("secret: abc123.", {}, (SECRET,)),
        ("wss://edge.example :8787", {}, (URL,)),
        (f"public key: {RANDOM}", {}, (SECRET,)),
        ("wiki: https://wiki.example", {}, (URL,)),
        # A host's form may be a secret's.
        ("edge.example\nedge_7", {ID: "edge_7"}, (URL,)),
        # Said, and not known by itself.
        (f"secret: see below\n{RANDOM}", {SECRET: RANDOM}, ()),
        ("Hello there", {}, ()),
    ],
)
def test_of_two_candidates_none_is_taken(
    text: str, values: dict[str, str], unclear: tuple[str, ...]
) -> None:
    """What is not certain is asked for."""
    message = read(text, BACKEND_URL)

    assert (message.values, message.unclear) == (values, unclear)


@pytest.mark.parametrize(
    ("asked", "text", "name"),
    [
        *(
            (name, text, name)
            for name in REQUIRED
            for text in (
                "",
                "abc",
                "  abc ",
                "EDGE_SECRETS=abc",
                "# EDGE_SECRET",
                "wss://edge.example?EDGE_SECRET=abc",
            )
        ),
        (URL, "backend:8000", URL),
        (URL, "host:8787/path", URL),
        (URL, "wss;//edge.example", URL),
        (URL, RANDOM, URL),
        (URL, "edge_7", ID),
        (ID, "edge_7", ID),
        (ID, " edge_7\n", ID),
        (SECRET, "edge_7", SECRET),
        (SECRET, f'  "Bearer {RANDOM}"  \r\n', SECRET),
        (SECRET, f"{RANDOM[:16]}\n{RANDOM[16:]}", SECRET),
        (SECRET, f"{RANDOM} {OTHER}", SECRET),
        (SECRET, "abc,def;ghi|jkl", SECRET),
    ],
)
def test_a_bare_value_is_the_answer_as_it_is(asked: str, text: str, name: str) -> None:
    """To the question for it, but for an agent id where the address is asked for.

    What is wrong with it is the lint's.
    """
    if text == "# EDGE_SECRET" and asked != SECRET:
        assert read(text, asked).values == {}
    else:
        assert read(text, asked).values == {name: text}


@pytest.mark.parametrize("value", ["a#b", "a${HOME}b", "a #b", "'abc", "a b", "abc\u200b"])
def test_a_value_that_a_loader_would_change_stays_whole(value: str) -> None:
    """What is meant stands there; the lint says what is wrong with it."""
    assert read(f"EDGE_SECRET={value}", EDGE_SECRET).values == {"EDGE_SECRET": value}


def test_an_agent_id_is_taken_out_of_what_is_around_it() -> None:
    """Quotes, backticks and a full stop."""
    for text in ("`edge_7`", '"edge_7".', "my id is edge_7", "(edge_7)"):
        assert read(text, EDGE_AGENT_ID).values == {EDGE_AGENT_ID: "edge_7"}


@given(
    st.one_of(
        st.text(max_size=200), st.text(alphabet="\"'`*_<>()[]{}|,;:= \n-#" + "ab7./", max_size=200)
    ),
    st.sampled_from(REQUIRED),
)
def test_nothing_that_is_pasted_raises(text: str, asked: str) -> None:
    """Whatever it is."""
    for pasted in (text, f"EDGE_SECRET={text}", f"host: {text}"):
        message = read(pasted, asked)
        assert message.values.keys() <= set(REQUIRED)
        assert not message.values.keys() & set(message.unclear)
        may_be_drawn(pasted, asked)
        agent_id_in(pasted)
        may_be_secret(pasted)
        hidden_in(pasted)


LABELS = {
    URL: [
        "host:",
        "Host: ",
        "url = ",
        "**Backend:** ",
        "- address: ",
        "BACKEND_URL=",
        "backend url:\n",
        "* Server => ",
    ],
    SECRET: [
        "secret:",
        "Secret: ",
        "token = ",
        "**Key:** ",
        "- shared secret: ",
        "EDGE_SECRET=",
        "your secret:\n",
        "* EDGE_SECRET = ",
    ],
    ID: [
        "agent id:",
        "ID: ",
        "agent_id = ",
        "**Agent ID:** ",
        "- id: ",
        "EDGE_AGENT_ID=",
        "your agent id:\n",
        "* Agent => ",
    ],
}
WRAPPED = st.sampled_from(["{}", "`{}`", '"{}"', "'{}'"])
PLAIN = st.text(string.ascii_letters + string.digits + "-_.~+/=!$%^&@", min_size=1, max_size=40)


@given(
    st.fixed_dictionaries(
        {name: st.tuples(st.sampled_from(labels), WRAPPED) for name, labels in LABELS.items()}
    ),
    st.permutations(REQUIRED),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.sampled_from(["", "Hello,\n", "Hi Ann, here you are.\n\n", "---\n"]),
    PLAIN.filter(lambda text: text[-1].isalnum() and text[0].isalnum()),
    st.sampled_from(REQUIRED),
)
def test_a_labelled_value_is_taken_whole(
    labels: dict[str, tuple[str, str]],
    order: list[str],
    between: str,
    before: str,
    secret: str,
    asked: str,
) -> None:
    """In any order, whatever the secret: never a part of it, and never another."""
    values = {URL: "wss://edge.example:8787", SECRET: secret, ID: "edge_7"}
    message = read(
        before
        + between.join(labels[name][0] + labels[name][1].format(values[name]) for name in order),
        asked,
    )

    assert message.values == values


@pytest.mark.parametrize(
    ("address", "agent_id"),
    [
        ("wss://edge.example/edge/ws?edge_agent_id=edge_7", "edge_7"),
        (" 'https://edge.example/edge/ws?a=b&edge_agent_id=edge_7#x' ", "edge_7"),
        ("edge.example/edge/ws?edge_agent_id=edge%5F7", "edge_7"),
        ("wss://edge.example/edge/ws", None),
        ("wss://edge.example/edge/ws?edge_agent_id=", None),
        (f"wss://edge.example/edge/ws?edge_agent_id={RANDOM}", None),
        ("", None),
    ],
)
def test_an_address_may_name_the_agent(address: str, agent_id: str | None) -> None:
    """As a log has it."""
    assert agent_id_in(address) == agent_id


@pytest.mark.parametrize(
    ("text", "agent_id"),
    [
        ("7", "edge_7"),
        (" 12 ", "edge_12"),
        ("edge-7", "edge_7"),
        ("Edge 7", "edge_7"),
        ("agent_7", "edge_7"),
        ("123456", None),
        ("x7", None),
        ("changeme", None),
    ],
)
def test_a_number_alone_says_which_agent_is_meant(text: str, agent_id: str | None) -> None:
    """A longer one may be anything, a secret too."""
    assert agent_id_meant(text) == agent_id


@pytest.mark.parametrize("text", [RANDOM, f'" {OTHER}" ', "q83vEjRWeJCrze8SNFZ4kA=="])
def test_what_looks_random_may_be_the_secret(text: str) -> None:
    """In hexadecimal digits, letters, or base64."""
    assert may_be_secret(text)
    assert not may_be_address(text)
    assert not any(may_be_drawn(text, asked) for asked in (BACKEND_URL, EDGE_AGENT_ID))


@pytest.mark.parametrize(
    "text",
    [
        "edge.example",
        "localhost:8787",
        "localhost",
        "backend:8000",
        "127.0.0.1",
        "127.0.0.1:8799/edge/ws",
        "[::1]",
        "[::1]:8787",
        "b\u00fccher.example",
        "backend-production-1a2b3c4d5e.up.railway.app",
        "wss://backend",
        "wss//edge.example",
        "wss;//edge.example",
        "wss:\\\\edge.example",
        "https:edge.example",
    ],
)
def test_an_address_is_known_by_its_scheme_dot_or_port(text: str) -> None:
    """It is drawn as it is pasted."""
    assert may_be_address(text)
    assert not may_be_secret(text)
    assert hidden_in(text) == ()
    assert may_be_drawn(text, BACKEND_URL)


@pytest.mark.parametrize(
    "text",
    [
        "backend",
        "a-host-of-words-without-a-dot",
        "hunter2",
        "p@ss:w0rd/x",
        "edge_7",
        f"{OTHER}.example",
        f"edge.example,{RANDOM}",
        f"wss://edge.example,{RANDOM}",
        f"wss://Hello,host:ws://127.0.0.1:8799secret:{RANDOM}",
    ],
)
def test_what_has_nothing_of_an_address_may_be_the_secret(text: str) -> None:
    """It is not drawn."""
    assert not may_be_address(text)
    assert not may_be_drawn(text, BACKEND_URL)


@pytest.mark.parametrize(
    "text",
    [
        f"wss://edge.example/{RANDOM}",
        f"wss://{OTHER}.example",
        f"wss://u:{RANDOM}@edge.example",
        f"wss://edge.example?t={RANDOM}",
    ],
)
def test_an_address_that_holds_a_token_is_not_drawn(text: str) -> None:
    """Wherever in it."""
    assert may_be_address(text)
    assert not may_be_drawn(text, BACKEND_URL)


def test_a_token_with_dots_is_not_drawn_as_an_address() -> None:
    """A JSON Web Token at the wrong question looks like a host."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"

    assert not may_be_drawn(token, BACKEND_URL)
