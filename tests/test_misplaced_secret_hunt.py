"""A secret that somebody put into the wrong place leaves nowhere either.

Planted are a secret, a token, a password and a platform's key, in every layout that people have
made of the three settings; they are looked for in every output.
"""

from __future__ import annotations

import base64
import json
import string
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edgecheck.cli
from edgecheck.settings.arguments import credentials_in_argument
from edgecheck.settings.credentials import credentials_in, credentials_in_name
from tests.doctor import Setup, in_thread, run_here
from tests.raw_server import saying, serving
from tests.test_secret_hunt import assert_clean, found
from tests.timing import SHORT_LIMIT


def _part(text: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(text).encode()).decode().rstrip("=")


# What is planted. None of them is anybody's.
PLANTED = {
    "a random secret": "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE",
    "hexadecimal digits": "3f9a1c5e7b2d4860af13c57e9b2d8640",
    "small letters and digits": "k3v9x1t7m2q8z5w4r6n0b1c8d7f2g5h9",
    "a token": f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part({'sub': 'edge_1'})}.Zk3Qw8Vn5Tr1Yb",
    "a platform's key": "sk_live_" + "9Hn4Kd7Wq2Zx5Vb8Tm1",
}
# What stands for itself in the settings, but looks like something else in an argument: a path, a
# name that is too long for a file, an option.
IN_ARGUMENTS = PLANTED | {
    "base64 with slashes": "q8Zr+T3vX/1mKp0sW7eYb2NcD9fGh4JkL6oQuRtVwxA=",
    "a long token": f"{PLANTED['a token']}{'Zk3Qw8Vn5Tr1Yb9' * 20}",
    "letters alone": "qmzpxkvwjtbnrhdlcgfysaoeuiqmzpxkvw",
}
# Where it is put: the text of the file, with {s} for the secret.
LAYOUTS = {
    "in the agent id": "BACKEND_URL={url}\nEDGE_AGENT_ID={s}\n",
    "id and secret exchanged": "BACKEND_URL={url}\nEDGE_SECRET=edge_1\nEDGE_AGENT_ID={s}\n",
    "in an agent id that another line replaces": "EDGE_AGENT_ID={s}\nEDGE_AGENT_ID=edge_1\n",
    "in both": "BACKEND_URL={url}\nEDGE_SECRET={s}\nEDGE_AGENT_ID={s}\n",
    "address and secret exchanged": "BACKEND_URL={s}\nEDGE_SECRET={url}\nEDGE_AGENT_ID=edge_1\n",
    "a line end lost after the id": "BACKEND_URL={url}\nEDGE_AGENT_ID=edge_1EDGE_SECRET={s}\n",
    "a line end lost after the address": "BACKEND_URL={url}EDGE_SECRET={s}\nEDGE_AGENT_ID=edge_1\n",
    "a line end lost after the secret": "BACKEND_URL={url}\nEDGE_SECRET={s}EDGE_AGENT_ID=edge_1\n",
    "all in one line": "BACKEND_URL={url} EDGE_SECRET={s} EDGE_AGENT_ID=edge_1\n",
    "all in one line, with semicolons": "BACKEND_URL={url};EDGE_SECRET={s};EDGE_AGENT_ID=edge_1\n",
    "in the address' query": "BACKEND_URL={url}?secret={s}\nEDGE_AGENT_ID=edge_1\n",
    "as a parameter beside another": "BACKEND_URL={url}/?a=b&token={s}\nEDGE_AGENT_ID=edge_1\n",
    "also in the address": "BACKEND_URL={url}?token={s}\nEDGE_SECRET={s}\nEDGE_AGENT_ID=edge_1\n",
    "as the user of the address": "BACKEND_URL=ws://{s}@h.example\nEDGE_AGENT_ID=edge_1\n",
    "as its password": "BACKEND_URL=wss://u:{s}@h.example\nEDGE_AGENT_ID=edge_1\n",
    "under another name": "BACKEND_URL={url}\nEDGE_SECRETS={s}\nEDGE_AGENT_ID=edge_1\n",
    "on a line of its own": "BACKEND_URL={url}\nEDGE_SECRET=\n{s}\nEDGE_AGENT_ID=edge_1\n",
    "behind what an id begins with": "BACKEND_URL={url}\nEDGE_AGENT_ID=edge_{s}\n",
    "in the address' path": "BACKEND_URL={url}/{s}\nEDGE_AGENT_ID=edge_1\n",
    "in the address' fragment": "BACKEND_URL={url}#{s}\nEDGE_AGENT_ID=edge_1\n",
    "as a port": "BACKEND_URL={url}:{s}\nEDGE_AGENT_ID=edge_1\n",
    "within a quote that is open": 'BACKEND_URL="{url}\nEDGE_SECRET={s}\nEDGE_AGENT_ID=edge_1"\n',
    "as what another name stands for": "T={s}\nBACKEND_URL={url}/$T\nEDGE_AGENT_ID=${T}\n",
    "as a name": "BACKEND_URL={url}\nEDGE_AGENT_ID=edge_1\n{s}=EDGE_SECRET\n",
    "on a line that another one continues on": "EDGE_AGENT_ID=edge_1\\\n{s}=\n",
    "with the field's name": "BACKEND_URL={url}\nEDGE_SECRET=\nEDGE_AGENT_ID=Bearer {s}\n",
}
FORMATS = {
    "text": ("--verbose",),
    "json": ("--json",),
    "fix": ("--offline", "--fix", "--yes"),
}


def write(folder: Path, layout: str, secret: str, url: str = "ws://127.0.0.1:9") -> Setup:
    """Write a settings file of a layout."""
    path = folder / ".env"
    path.write_text(LAYOUTS[layout].replace("{url}", url).replace("{s}", secret))
    path.chmod(0o600)
    return Setup(folder, {})


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_output_shows_a_secret_in_the_wrong_place(
    tmp_path: Path, layout: str, planted: str
) -> None:
    """Neither a screen, nor a document, nor a report, nor the change that a repair would make."""
    secret = PLANTED[planted]
    setup = write(tmp_path, layout, secret)
    for options in FORMATS.values():
        assert_clean(run_here(setup, "--timeout", str(SHORT_LIMIT), *options), secret)


OTHERS = {
    "env": ("env", "--all"),
    "env --json": ("env", "--all", "--json"),
    "init": ("init", "--no-input"),
    "explain": ("explain",),
}


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_command_that_reads_the_file_shows_a_secret_in_the_wrong_place(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    layout: str,
    planted: str,
) -> None:
    """Nor does `explain`, if somebody pastes the file."""
    secret = PLANTED[planted]
    monkeypatch.chdir(tmp_path)
    for words in OTHERS.values():
        write(tmp_path, layout, secret)
        pasted = ((tmp_path / ".env").read_text(),) if words == ("explain",) else ()
        edgecheck.cli.run([*words, *pasted])

        shown = capsys.readouterr()
        assert found(secret, shown.out + shown.err) == [], words


# Nothing but a name or a place tells of these that they are secrets.
REMEMBERED = ("correct horse battery staple", "it's\"a\"S3cr`et'pw", "Tom&Jerry;S3c|ret<x>")
BY_PLACE = {
    "id, address and secret in turn": "BACKEND_URL=edge_1\nEDGE_SECRET={url}\nEDGE_AGENT_ID={s}\n",
    "and the other way round": "BACKEND_URL={s}\nEDGE_SECRET=edge_1\nEDGE_AGENT_ID={url}\n",
    "a line end lost after the id": "BACKEND_URL={url}\nEDGE_AGENT_ID=edge_1EDGE_SECRET={s}\n",
    "a line end lost after the address": "BACKEND_URL={url}EDGE_SECRET={s}\nEDGE_AGENT_ID=edge_1\n",
    "all in one line": "BACKEND_URL={url}, EDGE_SECRET={s}, EDGE_AGENT_ID=edge_1\n",
    "exported in one line": "export BACKEND_URL={url}; export EDGE_SECRET={s}; export X=edge_1\n",
    "in the address' query": "BACKEND_URL={url}/?a=b&secret={s}&c=d\nEDGE_AGENT_ID=edge_1\n",
    "in its fragment": "BACKEND_URL={url}/#token={s}\nEDGE_AGENT_ID=edge_1\n",
    "with the field's name": "BACKEND_URL={url}\nEDGE_AGENT_ID=Bearer {s}\n",
    "also in the address' path": "BACKEND_URL={url}/{s}\nEDGE_SECRET={s}\nEDGE_AGENT_ID=edge_1\n",
}


@pytest.mark.parametrize("secret", REMEMBERED)
@pytest.mark.parametrize("layout", BY_PLACE)
def test_no_output_shows_a_secret_that_only_its_place_tells(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    layout: str,
    secret: str,
) -> None:
    """Neither whole, nor what is behind a blank or a quote in it."""
    text = BY_PLACE[layout].replace("{url}", "ws://127.0.0.1:9").replace("{s}", secret)
    monkeypatch.chdir(tmp_path)
    for words in (
        ("doctor", "--offline", "--verbose"),
        ("doctor", "--offline", "--json"),
        ("doctor", *FORMATS["fix"]),
        ("env", "--all"),
        ("init", "--no-input"),
    ):
        (tmp_path / ".env").write_text(text)
        (tmp_path / ".env").chmod(0o600)
        edgecheck.cli.run(words)

        shown = capsys.readouterr()
        assert found(secret, shown.out + shown.err) == [], words


SLASHED = ("{s}", "wss://{s}", "wss://{s}:@h.example", "u:{s}@h.example", "wss://{s}.h.example")


@pytest.mark.parametrize("address", SLASHED)
def test_a_credential_with_slashes_is_not_shown_as_the_host(tmp_path: Path, address: str) -> None:
    """What is before its first slash is only a piece of it."""
    secret = IN_ARGUMENTS["base64 with slashes"]
    (tmp_path / ".env").write_text(
        f"BACKEND_URL={address.replace('{s}', secret)}\nEDGE_AGENT_ID=edge_1\n"
    )
    for options in FORMATS.values():
        assert_clean(run_here(Setup(tmp_path, {}), *options, "--offline"), secret)


@pytest.mark.parametrize("option", ["-e", "--ca-file", "--report", "--replay", "--secret-file"])
@pytest.mark.parametrize("planted", IN_ARGUMENTS)
def test_a_secret_in_place_of_a_file_is_not_shown(
    tmp_path: Path, option: str, planted: str
) -> None:
    """Somebody who types in a hurry gives it to the wrong option."""
    secret = IN_ARGUMENTS[planted]
    setup = write(tmp_path, "in both", "edge_1")
    for form, end in (((), ""), (("--json",), ""), ((), ".json"), (("--json",), ".pem")):
        outcome = run_here(setup, "--offline", option, f"{secret}{end}", *form)

        assert found(secret, outcome.stdout + outcome.stderr) == [], (form, end)


GENERATED = "p$w!Xq9#Lz&vT2*mK^rB(7)h"
# With characters that a shell, a path, JSON or Python writes in another way.
ASSIGNED = {
    "EDGE_SECRET={s}": 'it\'s "a" S3cr`et pw',
    "EDGE_AGENT_ID=edge_1EDGE_SECRET={s}": "correct horse battery",
    "API_KEY={s}": "пароль-日本-Zq9xé",
    "./EDGE_SECRET={s}": 'a\\nb\\tS3cr\\et"q',
    "wss://h.example/?token={s}": "+//+W6VNzecsKhqLeKvWoq4cITLBc6So6HcdVy1ils=",
    "wss://h.example/?access_token={s}&page=1": "p4ss#w0rd&Zq9",
    "wss://{s}@h.example": "+//+W6VNzecsKhq/LeKvWoq4cITLBc6So6HcdVy1ils=",
    "{s}": GENERATED,
    "wss://{s}@localhost": GENERATED,
}


@pytest.mark.parametrize("option", ["-e", "--ca-file", "--profile", "--reader", "--until", "--url"])
@pytest.mark.parametrize("word", ASSIGNED)
def test_an_assignment_in_place_of_an_option_is_not_shown(
    tmp_path: Path, option: str, word: str
) -> None:
    """The shell took its quotes away: what it left belongs to the value, however it is shown."""
    secret = ASSIGNED[word]
    setup = write(tmp_path, "in both", "edge_1")
    for form in ((), ("--json",)):
        outcome = run_here(setup, "--offline", option, word.replace("{s}", secret), *form)
        shown = [outcome.stdout, outcome.stderr]
        shown += [json.dumps(outcome.report, ensure_ascii=False)] if form else []

        assert [found(secret, text) for text in shown if found(secret, text)] == []


@pytest.mark.parametrize("planted", ["a random secret", "a platform's key"])
def test_a_credential_is_not_shown_as_a_part_of_the_host(tmp_path: Path, planted: str) -> None:
    """The names of deployments are random, too, but have no capitals."""
    secret = PLANTED[planted]
    (tmp_path / ".env").write_text(f"BACKEND_URL=wss://{secret}.h.example\nEDGE_AGENT_ID=edge_1\n")
    for options in FORMATS.values():
        assert_clean(run_here(Setup(tmp_path, {}), *options, "--offline"), secret)


PASSWORDS = ("p4ss/w0rd-Zq", "p4ss#w0rd-Zq", "p4ss?w0rd-Zq", "p4ss@w0rd-Zq", "12/34wörd-Zq")


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_with_a_character_that_ends_it_is_not_shown(
    tmp_path: Path, password: str
) -> None:
    """It is written as it is, or percent-encoded."""
    for form in (password, quote(password, safe="")):
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=wss://user:{form}@h.example\nEDGE_AGENT_ID=edge_1\n"
        )
        for options in FORMATS.values():
            assert_clean(run_here(Setup(tmp_path, {}), *options, "--offline"), password)


def test_credentials_of_a_server_are_not_shown(tmp_path: Path) -> None:
    """Cookies, passwords in links and fields that are named like one are masked by their names."""
    secret = PLANTED["a random secret"]
    fields = (
        f"Set-Cookie: session={secret}; Path=/",
        (
            f"Location: https://user:{secret}@h.example/?access_token={secret}&page=1"
            f"#id_token={secret}"
        ),
        f"X-Api-Key: {secret}",
    )
    answer = "\r\n".join(["HTTP/1.1 302 Found", *fields, "Content-Length: 0", "", ""]).encode()
    with in_thread(lambda: serving(saying(answer))) as server:
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=ws://127.0.0.1:{server.port}\nEDGE_SECRET={PLANTED['a token']}\n"
            "EDGE_AGENT_ID=edge_1\n"
        )
        for options in (("--verbose",), ("--json",)):
            outcome = run_here(Setup(tmp_path, {}), *options, "--no-experiments")
            assert_clean(outcome, secret)

            assert "page=1" in outcome.stdout


IN_THE_ENVIRONMENT = {
    "a proxy": {"HTTP_PROXY": "{s}"},
    "a proxy's user": {"HTTP_PROXY": "http://{s}@127.0.0.1:9"},
    "a proxy's user, without a scheme that it has": {"HTTP_PROXY": "wss://{s}@127.0.0.1:9"},
    "a proxy's password": {"HTTP_PROXY": "http://u:{s}@127.0.0.1:9"},
    "a proxy's port": {"HTTP_PROXY": "http://127.0.0.1:{s}"},
    "a proxy's path": {"HTTP_PROXY": "http://127.0.0.1:9/{s}"},
    "a proxy's PAC file": {"HTTP_PROXY": "http://127.0.0.1/proxy.pac?key={s}"},
    "hosts without a proxy": {"NO_PROXY": "{s}", "HTTP_PROXY": "http://127.0.0.1:9"},
    "the profile": {"EDGECHECK_PROFILE": "{s}"},
    "the profile's file": {"EDGECHECK_PROFILE": "./{s}"},
}


@pytest.mark.parametrize("planted", ["a random secret", "base64 with slashes"])
@pytest.mark.parametrize("place", IN_THE_ENVIRONMENT)
def test_a_secret_in_another_variable_is_not_shown(
    tmp_path: Path, place: str, planted: str
) -> None:
    """Neither is what a library says of an address that it cannot read."""
    secret = IN_ARGUMENTS[planted]
    setup = write(tmp_path, "in the agent id", PLANTED["a token"])
    environ = {
        name: value.replace("{s}", secret) for name, value in IN_THE_ENVIRONMENT[place].items()
    }
    for options in (("--verbose",), ("--json",)):
        outcome = run_here(Setup(setup.folder, environ), "--timeout", str(SHORT_LIMIT), *options)

        assert found(secret, outcome.stdout + outcome.stderr) == []


IN_A_PROFILE = {
    "a header": '[request.headers]\nX-Api-Key = "{s}"\n',
    "a parameter": '[request.query]\nlabel = "{s}"\n',
    "a subprotocol": '[request]\nsubprotocols = ["{s}"]\n',
    "its name": 'name = "{s}"\n',
    "another profile's name": 'extends = "{s}"\n',
    "a name that no profile has": "secret = '{s}'\n",
}


@pytest.mark.parametrize("place", IN_A_PROFILE)
def test_a_secret_in_a_profile_is_not_shown(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    """A profile is shared, and printed as a whole."""
    secret, content = PLANTED["a random secret"], IN_A_PROFILE[place]
    base = "" if "extends" in content else 'extends = "edge"\n'
    write(tmp_path, "in the agent id", PLANTED["a token"])
    (tmp_path / "edgecheck.toml").write_text(base + content.replace("{s}", secret))
    monkeypatch.chdir(tmp_path)
    for words in (
        ("profile",),
        ("profile", "--check", "edgecheck.toml"),
        ("profile", "--json"),
        ("snippet", "python"),
        ("doctor", "--offline", "--json"),
        ("doctor", "--timeout", str(SHORT_LIMIT), "--verbose"),
    ):
        edgecheck.cli.run(words)

        shown = capsys.readouterr()
        assert found(secret, shown.out + shown.err) == [], words


ALPHABETS = {
    "hexadecimal": "0123456789abcdef",
    "base64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
}


@pytest.mark.parametrize("alphabet", ALPHABETS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_random_is_found(alphabet: str, data: st.DataObject) -> None:
    """Sixteen random bytes, however they are written, in the value of a setting."""
    size = 32 if alphabet == "hexadecimal" else 22
    letters = st.sampled_from(ALPHABETS[alphabet])
    random = data.draw(st.lists(letters, min_size=size, max_size=64).map("".join))
    kinds = [any(test(one) for one in random) for test in (str.isdigit, str.islower, str.isupper)]
    if alphabet == "hexadecimal" and not kinds[0]:
        random += "0"
    elif alphabet == "base64" and not all(kinds):
        random += "0aA"

    assert random in credentials_in(f"edge_1 {random}")


def test_random_letters_are_told_from_names() -> None:
    """Two of a hundred random values of 16 bytes have no digit, and some secrets never have one."""
    random = Random(1)
    for alphabet in (string.ascii_letters, string.ascii_lowercase):
        drawn = ["".join(random.choices(alphabet, k=24)) for _ in range(1000)]

        assert sum(bool(credentials_in(f"edge_{word}")) for word in drawn) > 970


ORDINARY = (
    "wss://backend-production-1a2b3c.up.railway.app/edge/ws?edge_agent_id=edge_1",
    "wss://a0f1e2d3c4b5a6978899aabbccddeeff-1234567890.us-east-1.elb.amazonaws.com",
    "wss://key.example:8443/edge/ws",
    "wss://host:8080/x?mail=a@b.example",
    "edge_1234567890123456789012",
    "/home/somebody/projects/agent-2026-11-28/.env",
    "my-agent-in-the-cellar-2026-11-28",
    "LOG_LEVEL=debug",
    "TOKEN_TYPE=bearer",
    "HTTPPasswordManagerWithDefaultRealm",
    "Donaudampfschifffahrtsgesellschaft",
    "edge_xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "Zaehlerstand_Halle3_2024",
    "ThinkPad-X1-Carbon-Gen9",
    "EDGE-1234-fix-reconnect",
    "shelly1pm-84CCA8A12B34",
    "shellyplus1-a8032abe54dc",
    "agent-20261128T091244Z-eu1",
    "Halle3_Tor12_Sensor4711",
    'LABELS={"site":"Halle3","Line":12}',
    "PATTERN=^[A-Za-z0-9]{3,20}$",
    "DSN=sqlite:///data/Db1.sqlite?mode=rw&cache=shared",
)


WORDED = (
    "wss://h.example/edge/ws?edge_agent_id=edge_1&token={p}",
    "wss://h.example/ws?a=b;password={p}",
    "wscat -c wss://h.example --auth {p}",
    "curl --token '{p}' https://h.example",
    "LABEL=x:y SECRET={p}",
)


@pytest.mark.parametrize("text", WORDED)
def test_what_a_name_tells_is_found_behind_other_names(text: str) -> None:
    """A password that people can remember looks like any word; its name alone tells what it is."""
    password = "Tr0ub4dor"

    assert password in credentials_in(text.replace("{p}", password))


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("between", [" ", "-"])
def test_a_secret_in_groups_is_found(size: int, between: str) -> None:
    """As a person copies a long number by hand; an id of that form is left alone."""
    secret = PLANTED["a random secret"]
    groups = between.join(secret[at : at + size] for at in range(0, len(secret), size))

    assert groups in credentials_in(f"EDGE_AGENT_ID={groups}")
    assert credentials_in("2026 11 28 1234 5678 9012 3456 7890 1234") == ()


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_ordinary_is_left_alone(text: str) -> None:
    """Names of deployments, ids and folders are long and have digits too."""
    assert credentials_in(text) == ()


@pytest.mark.parametrize(
    "word",
    [
        "--env-file={folder}/3f9a1c5e7b2d4860af13c57e9b2d8640/.env",
        "{folder}/3f9a1c5e7b2d4860af13c57e9b2d8640",
        "reports/3f9a1c5e7b2d4860af13c57e9b2d8640.html",
        "Report-2026-11-28T09-12-44Z-agent-Berlin-3.html",
        "Report-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.json",
        "--ca-file=DigiCertTLSECCP384RootG5.crt.pem",
        "S3-eu-West-1-Agent-4-B-17-C-2.env",
        "Donaudampfschifffahrtsgesellschaft.env",
        "a0f1e2d3c4b5a6978899aabbccddeeff-1234567890.us-east-1.elb.amazonaws.com",
        "wss://key.example:8443/edge/ws",
    ],
)
def test_the_name_of_what_is_there_is_shown(tmp_path: Path, word: str) -> None:
    """And so is that of a file that may be written: only what is nowhere may be a secret."""
    (tmp_path / "3f9a1c5e7b2d4860af13c57e9b2d8640").mkdir()
    there = {"reports", *map(str, tmp_path.iterdir())}

    assert (
        credentials_in_argument(word.replace("{folder}", str(tmp_path)), there.__contains__) == ()
    )


NAMES = (
    "edge_17",
    "K8s-Prod-EU-West-1-Node-17",
    "S3-eu-West-1-Agent-4-B-17-C-2",
    "Agent of Mr. Müller, 3rd floor",
    "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "web-5d4f7c9b8d-x2k9q",
    "ip-10-0-12-34.eu-west-1.compute.internal",
)


def test_a_secret_is_told_from_a_name() -> None:
    """Agents are named by place, time, number and UUID."""
    assert [name for name in NAMES if credentials_in_name(name)] == []
    for secret in PLANTED.values():
        for form in ("{s}", "agent-{s}", "Agent_{s}-old", "{s}.env"):
            assert credentials_in_name(form.replace("{s}", secret)), form


BASE64 = "q83v/+9Zm9vYmFyQUJD+/w=="
# What a program makes of a value is what `env` is asked; only the first line of these is told more.
ASKED = {
    "alone": ("EDGE_AGENT_ID={s}\n", True),
    "beside another secret": (
        "EDGE_SECRET=Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE\nEDGE_AGENT_ID={s}\n",
        True,
    ),
    "in both": ("EDGE_SECRET={s}\nEDGE_AGENT_ID={s}\n", False),
    "id and secret exchanged": ("EDGE_SECRET=edge_1\nEDGE_AGENT_ID={s}\n", False),
    "a line end lost": ("EDGE_AGENT_ID=edge_1EDGE_SECRET={s}\n", False),
    "under a name of its own": ("API_KEY={s}\nEDGE_AGENT_ID=${API_KEY}\n", False),
    "in an address": ("EDGE_AGENT_ID=wss://h.example/{s}\n", False),
}


@pytest.mark.parametrize("layout", ASKED)
def test_env_shows_what_programs_make_of_base64_unless_it_is_the_secret(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    layout: str,
) -> None:
    """Programs differ in how they read `+`, `/` and `=`, and a mask would hide that."""
    content, is_shown = ASKED[layout]
    (tmp_path / ".env").write_text(content.replace("{s}", BASE64))
    monkeypatch.chdir(tmp_path)
    edgecheck.cli.run(["env", "--all", "--json"])
    readers = json.loads(capsys.readouterr().out)["readers"]
    values = {one["settings"]["EDGE_AGENT_ID"]["value"] for one in readers}

    assert (BASE64 in values) is is_shown
    assert is_shown or found(BASE64, json.dumps(readers)) == []


def test_env_does_not_show_a_private_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its head tells what it is, on one line as on several."""
    body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/+Zm9vYmFyQUJDabcd0123456789"
    monkeypatch.chdir(tmp_path)
    for end in ("\n", "\\n"):
        key = end.join(("-----BEGIN PRIVATE KEY-----", body, "-----END PRIVATE KEY-----"))
        (tmp_path / ".env").write_text(f'EDGE_AGENT_ID="{key}"\n')
        edgecheck.cli.run(["env", "--all", "--json"])

        assert found(body, capsys.readouterr().out) == []
