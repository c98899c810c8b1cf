"""No run advises ws:// for wss://, a log-in host, or trust in a stand-in certificate: over TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from edgecheck.render.formats import FORMATS
from edgecheck.settings.request import Destination, Way
from tests.backends.certificates import Authority, Issued
from tests.catalogue.test_harm import LOCATIONS, STAND_INS
from tests.doctor import examined, settled
from tests.raw_server import saying, serving
from tests.sights import HOST

# What a log-in or another owner's host looks like in the addresses of LOCATIONS.
OTHERS = ("other.example", "evil", "cloudflareaccess", "microsoftonline", "google", "auth.")


def context_of(issued: Issued) -> ssl.SSLContext:
    """Return the context of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.chain, issued.key)
    return context


@pytest.fixture(name="authority")
def authority_fixture(tmp_path: Path) -> Authority:
    """Return an authority that these tests trust."""
    return Authority(tmp_path)


@pytest.mark.parametrize("location", LOCATIONS)
def test_no_redirect_of_a_real_server_leads_into_harm(authority: Authority, location: str) -> None:
    """Whatever the report says, it sets no address without TLS and none of somebody else."""
    context = context_of(authority.issue("server", names=(HOST,)))
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()

    async def run() -> tuple[str, list[str]]:
        async with serving(saying(answer), context=context) as server:
            report = await examined(
                f"wss://{HOST}",
                way=Way(connect_to=Destination("127.0.0.1", server.port)),
                ca_file=authority.ca_file,
            )
        verdict = report.diagnosis.verdict
        assert verdict is not None
        steps = [*verdict.remedies]
        steps += [step for found in report.diagnosis.findings for step in found.remedies]
        markdown = next(one for one in FORMATS if one.name == "md")
        return markdown.render(report), steps

    text, steps = settled(run())

    assert "BACKEND_URL=ws://" not in text
    assert "--allow-plaintext" not in text
    for step in steps:
        for setting in step.split("BACKEND_URL=")[1:]:
            assert not any(other in setting.split("`")[0] for other in OTHERS), step


@pytest.mark.parametrize(("subject", "code", "names"), STAND_INS)
def test_no_stand_in_certificate_of_a_real_server_is_to_be_trusted(
    authority: Authority, tmp_path: Path, subject: str, code: int, names: tuple[str, ...]
) -> None:
    """Whether it is self-signed, of an unknown issuer, or of another name."""
    common = subject.removeprefix("CN=").partition(",")[0]
    issued = authority.issue("server", names=(common, *names), self_signed=code == 18)
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")

    async def run() -> tuple[str, tuple[str, ...]]:
        async with serving(saying(b""), context=context_of(issued)) as server:
            report = await examined(
                f"wss://{HOST}",
                way=Way(connect_to=Destination("127.0.0.1", server.port)),
                ca_file=authority.ca_file if code == 62 else stranger.ca_file,
            )
        verdict = report.diagnosis.verdict
        assert verdict is not None
        return verdict.code, verdict.remedies

    found, steps = settled(run())

    assert found == "tls-default-certificate"
    assert not any("--ca-file" in step or "--insecure" in step for step in steps)
