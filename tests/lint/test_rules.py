"""Rules and repairs of the lint: what they decide, and what they leave to a person."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue.config import LINT
from edgecheck.dotenv.text import EnvFile, parse
from edgecheck.facts.surroundings import Surroundings
from edgecheck.lint.defect import Defect
from edgecheck.lint.file_repairs import read_alike
from edgecheck.lint.repair import LeftAlone, Text, Value
from edgecheck.lint.rules.env_lines import shadowed
from edgecheck.lint.rules.localhost import refused_in_container
from edgecheck.lint.rules.url_repairs import without_endpoint
from edgecheck.settings.choices import Until
from edgecheck.settings.model import EDGE_AGENT_ID, Origin, Setting, Settings, Source
from edgecheck.settings.request import ClientCertificate, Request, header_field
from edgecheck.settings.sources import Options
from tests.catalogue.settings_files import URL, made, read

PLACE = Origin(Source.FILE, ".env", 1)
DEFECT = Defect("env-value-dialect", "warning", ".env:1", EDGE_AGENT_ID)


def file(text: str) -> EnvFile:
    """Return a file with this text."""
    return parse(text.encode(), {}, path=".env")


# --- repairs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('EDGE_AGENT_ID="edge$x"\n', b"EDGE_AGENT_ID='edge$x'\n"),
        ("EDGE_AGENT_ID= edge_7\n", b"EDGE_AGENT_ID=edge_7\n"),
        ("X=7\nEDGE_AGENT_ID= edge_${X}\n", None),
        ("EDGE_AGENT_ID= edge_7 #tail\n", None),
        ("EDGE_AGENT_ID\n", None),
    ],
)
def test_a_line_is_rewritten_for_every_reader_unless_its_value_is_in_doubt(
    text: str, content: bytes | None
) -> None:
    """A reference, what a `#` cuts off, and a name alone need a decision first."""
    assert read_alike(file(text), DEFECT, EDGE) == content


def test_a_new_value_needs_a_line_with_a_value() -> None:
    """A name alone, or another setting's line, is left."""
    repair = Value(lambda value, settings: value.upper())

    assert repair.content(Settings(env_file=file("EDGE_AGENT_ID=a\n")), DEFECT) == (
        b"EDGE_AGENT_ID=A\n"
    )
    for text in ("EDGE_AGENT_ID\n", "OTHER=a\n", ""):
        with pytest.raises(LeftAlone):
            repair.content(Settings(env_file=file(text)), DEFECT)


@pytest.mark.parametrize(
    "unread",
    [
        None,
        dataclasses.replace(file("A=1\n"), error="Permission denied"),
        dataclasses.replace(file(""), missing=True),
    ],
    ids=["no file", "unreadable", "missing"],
)
def test_a_file_that_was_not_read_is_left(unread: EnvFile | None) -> None:
    """What is in it is not known, so nothing is written."""
    repair = Text(lambda file, defect, profile: b"A=2\n")

    assert repair.content(Settings(env_file=file("A=1\n")), DEFECT) == b"A=2\n"
    with pytest.raises(LeftAlone):
        repair.content(Settings(env_file=unread), DEFECT)


@pytest.mark.parametrize(
    ("address", "repaired"),
    [
        ("wss://backend.example/edge/ws", "wss://backend.example"),
        ("backend.example/edge/ws?a=1", "wss://backend.example?a=1"),
        ("'wss://backend.example/edge/ws'", "wss://backend.example"),
        ("wss://back end.example/edge/ws", None),
        ("ftp://backend.example/edge/ws", None),
    ],
)
def test_the_path_of_the_endpoint_is_removed_from_an_address_that_is_known(
    address: str, repaired: str | None
) -> None:
    """With a blank inside, or the scheme of another protocol, the address would be a guess."""
    assert without_endpoint(address, Settings()) == repaired


@pytest.mark.parametrize(
    ("address", "repaired"),
    [
        ("wss://ws.example.com/ws", "wss://ws.example.com"),
        ("https://ws:8080/ws/ws?a=/ws", "wss://ws:8080?a=/ws"),
        ("ws.example.com/ws", "wss://ws.example.com"),
    ],
)
def test_a_host_that_begins_like_the_path_is_kept(address: str, repaired: str) -> None:
    profile = dataclasses.replace(EDGE, request=dataclasses.replace(EDGE.request, path="/ws"))

    assert without_endpoint(address, Settings(profile=profile)) == repaired


# --- the environment and the file -----------------------------------------------------------------


def test_a_value_is_hidden_only_if_both_values_are_known() -> None:
    """A file that is not there any more hides nothing, and neither does a setting without value."""
    agent_id = Setting("edge_8", Origin(Source.ENVIRONMENT, EDGE_AGENT_ID))
    both = Settings(
        agent_id=agent_id,
        env_file=file("EDGE_AGENT_ID=edge_7\n"),
        shadowed=((EDGE_AGENT_ID, PLACE),),
    )

    assert list(shadowed(both)) == [(EDGE_AGENT_ID, PLACE, "edge_8", "edge_7")]
    assert list(shadowed(dataclasses.replace(both, agent_id=None))) == []
    assert list(shadowed(dataclasses.replace(both, env_file=None))) == []


# --- addresses, certificates and secrets ---------------------------------------------------------

POD = Surroundings(container="/.dockerenv", kubernetes=True)


@pytest.mark.parametrize(
    ("url", "around", "found"),
    [
        ("ws://localhost:8787", Surroundings(), None),
        ("wss://backend.example", POD, None),
        ("ws://localhost:8787", POD, ("error", "`ws://SERVICE.NAMESPACE.svc:PORT`")),
        (
            "wss://localhost",
            Surroundings(container="$container"),
            ("error", "in compose, `wss://SERVICE:PORT`"),
        ),
        (
            "ws://127.0.0.1:8787",
            Surroundings(wsl=True),
            ("warning", "the address of Windows, if the backend runs there"),
        ),
    ],
)
def test_a_loopback_address_leads_elsewhere_in_a_container(
    url: str, around: Surroundings, found: tuple[str, str] | None
) -> None:
    """The way to the machine around it depends on what is around."""
    defects = list(refused_in_container(made(url=url), around))

    assert len(defects) == (found is not None)
    for defect in defects:
        assert found is not None
        assert defect.severity == found[0]
        assert found[1] in defect.values["other"]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        (made(url="ws://0.0.0.0:8787"), "url-malformed", "0.0.0.0 is where a server listens"),
        (made(url="wss://[::]:8787"), "url-malformed", ": :: is where a server listens"),
        (made(secret="ab"), "secret-weak", "2 characters, fewer than"),
        (made(secret="ab" * 20), "secret-weak", "40 characters, only 2 of them different"),
        (made(secret="a" * 60 + "bcdefghijk"), "secret-weak", "most of them the same few"),
    ],
)
def test_a_defect_says_what_is_wrong(settings: Settings, code: str, words: str) -> None:
    """In its evidence, which is what the person reads first."""
    defects = {each.code: " ".join(each.evidence) for each in LINT.lint(settings)}

    assert words in defects[code]


@pytest.mark.parametrize("outdated", ["", "not_before", "not_after"])
def test_a_client_certificate_out_of_date_is_told_with_its_dates(outdated: str) -> None:
    """Before a server refuses it."""
    certificate = ClientCertificate(
        Path("agent.pem"),
        subject="CN=agent",
        issuer="CN=Acme CA",
        not_before="2026-01-01T00:00:00Z",
        not_after="2026-03-01T00:00:00Z",
        outdated=outdated,
    )
    settings = made()
    connection = settings.connection
    way = dataclasses.replace(connection.way, certificate=certificate)
    settings = dataclasses.replace(settings, connection=dataclasses.replace(connection, way=way))
    found = [each for each in LINT.lint(settings) if each.code.startswith("mtls-")]

    assert [each.values[outdated] for each in found] == (
        [getattr(certificate, outdated)] if outdated else []
    )
    assert all(each.evidence[1] == "CN=agent, issued by CN=Acme CA" for each in found)


# --- what a run does without ----------------------------------------------------------------------

OWN = Request((header_field("Authorization: Bearer made-elsewhere"),))
URL_ALONE, PLAIN = f"BACKEND_URL={URL}\n", "BACKEND_URL=ws://backend.example\n"
WHY_TLS, WHY_HEADER = "not needed: --until tls", "not needed: --header gives the credentials"


def test_a_profile_that_needs_only_an_address_needs_no_file(tmp_path: Path) -> None:
    """The secret may be set, and is not."""
    options = Options(profile="websocket", url="wss://backend.example/socket")

    assert not LINT.lint(read(tmp_path, None, options))
    assert LINT.lint(read(tmp_path, None, Options(profile="websocket")))


@pytest.mark.parametrize(
    ("options", "env", "code", "severity", "why"),
    [
        (Options(), URL_ALONE, "secret-missing", "error", ""),
        (Options(until=Until.UPGRADE), URL_ALONE, "secret-missing", "error", ""),
        (Options(until=Until.TLS), URL_ALONE, "secret-missing", "info", WHY_TLS),
        (Options(until=Until.TLS), URL_ALONE, "agent-id-missing", "info", WHY_TLS),
        (Options(until=Until.TLS, url=URL), None, "env-file-missing", "info", WHY_TLS),
        (Options(url=URL), None, "env-file-missing", "error", ""),
        (Options(until=Until.TLS), None, "env-file-missing", "error", ""),
        (Options(until=Until.TLS, url=URL, env_file="a"), None, "env-file-missing", "error", ""),
        (Options(), PLAIN, "url-plaintext", "error", ""),
        (Options(until=Until.TCP), PLAIN, "url-plaintext", "warning", ""),
        (Options(request=OWN), URL_ALONE, "secret-missing", "info", WHY_HEADER),
        (Options(request=OWN), URL_ALONE, "agent-id-missing", "error", ""),
        (Options(request=OWN), PLAIN, "url-plaintext", "error", ""),
    ],
)
def test_what_a_run_does_without_is_no_error(
    tmp_path: Path, options: Options, env: str | None, code: str, severity: str, why: str
) -> None:
    """A file that is missing is none either, if nothing is missing that was to stand in it."""
    settings = read(tmp_path, env, options)
    (found,) = [defect for defect in LINT.lint(settings) if defect.code == code]

    assert found.severity == severity
    assert any("not needed" in line for line in found.evidence) is bool(why)
    assert not why or found.evidence[-1] == why
