"""Facts in which every text from outside is hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from edgecheck.facts import (
    Answer,
    Certificate,
    ConfigFacts,
    Experiment,
    ExperimentName,
    Facts,
    Failure,
    HttpResponse,
    Kind,
    Message,
    MessageKind,
    ProxyFacts,
    SessionFacts,
    Span,
    Target,
    TlsFacts,
)
from edgecheck.lint.defect import Defect
from tests.sights import HEALTHY, SPAN, answered, closed, failed

# Each of these means something somewhere: in a page, in XML, in Markdown, on GitHub, in a runner's
# log, in a template or in a terminal.
PIECES = (
    "<script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title = \'owned\'">',
    "</title></style></pre></svg><h1>big</h1>",
    "<!-- ]]> <![CDATA[",
    "&lt;b&gt; &amp; &#x3c;",
    "javascript:alert(1)",
    "::error file=x::owned",
    "##[error]owned",
    "[click](http://evil.example/)",
    "![picture](http://evil.example/x.png)",
    "<http://evil.example> https://evil.example www.evil.example me@evil.example",
    "@octocat #1 octo/repo#2 GH-3 :smile:",
    "**bold** __bold__ ~~gone~~ $x^2$",
    "`code` ``` ~~~ `",
    "| a | b | \\| c",
    "{{ 7 * 7 }} {% raw %} {host} %s",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202egnp.exe\u202c\u200b\ufeff",
    "line\nend\r\n# heading\n- point\n> quote\n",
    "\ud800\ufffe\x00",
)
HOSTILE = " ".join(PIECES)

# Texts that rules compare, or that are our own, and so never come from outside.
_KEPT = {
    (Facts, "profile"),
    (Defect, "code"),
    (Defect, "severity"),
    (Defect, "setting"),
    (ProxyFacts, "scheme"),
    (SessionFacts, "closed_by"),
}
_T = TypeVar("_T")


def poisoned(value: _T, said: str) -> _T:
    """Return facts in which every text from outside is replaced."""
    result: Any = value
    if isinstance(value, str) and not isinstance(value, Enum):
        result = said
    elif isinstance(value, tuple):
        result = tuple(poisoned(each, said) for each in value)
    elif isinstance(value, Mapping):
        result = dict.fromkeys([said], said)
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {
            each.name: poisoned(getattr(value, each.name), said)
            for each in fields(value)
            if (type(value), each.name) not in _KEPT
        }
        result = replace(value, **changed)
    return result  # type: ignore[no-any-return]


_CERTIFICATE = Certificate(
    "subject",
    "issuer",
    ("name", "name"),
    "2026",
    "2027",
    "RSA 2048",
    "sha256",
    issuer_organization="O",
)
_EVERYTHING = replace(
    HEALTHY,
    run_id="abcdefgh2345",
    target=Target(
        "wss://backend.example",
        "backend.example",
        443,
        "edge_1",
        "sha256:1",
        "http://proxy.example",
    ),
    config=ConfigFacts(
        ".env",
        {"BACKEND_URL": ".env:1"},
        request_possible=True,
        span=SPAN,
    ),
    proxy=ProxyFacts(
        SPAN,
        "http://proxy.example",
        "--proxy",
        "http",
        "proxy.example",
        3128,
        HttpResponse("HTTP/1.1", 200, "OK"),
    ),
    tls=TlsFacts(
        SPAN,
        "backend.example",
        "TLSv1.3",
        "AES",
        verified=True,
        chain=(_CERTIFICATE, _CERTIFICATE),
        first_bytes="bytes",
    ),
    experiments=tuple(Experiment(name, Answer(403, reason="no")) for name in ExperimentName),
)


def _with(facts: Facts, **more: Any) -> Facts:
    return replace(
        facts,
        config=_EVERYTHING.config,
        proxy=_EVERYTHING.proxy,
        tls=_EVERYTHING.tls,
        experiments=_EVERYTHING.experiments,
        **more,
    )


_MESSAGE = Message(MessageKind.UNKNOWN, "excerpt", "detail")
_CHAIN_FAILED = TlsFacts(
    SPAN,
    "backend.example",
    verified=False,
    chain=(_CERTIFICATE,),
    failure=Failure(Kind.TLS_CERTIFICATE, "message", verify_code=18),
    first_bytes="bytes",
)
_CLOSED = closed(1008, "reason").session
assert _CLOSED is not None

DEFECTS: tuple[Defect, ...] = poisoned(
    (
        Defect("secret-bearer-prefix", "error", ".env:2", "EDGE_SECRET", ("seen",)),
        Defect(
            "env-file-exposed",
            "warning",
            ".env",
            "",
            ("seen",),
            {"where": ".env", "mode": "0644", "who": "all"},
        ),
    ),
    HOSTILE,
)
POISONED = {
    name: poisoned(facts, HOSTILE)
    for name, facts in {
        "healthy": _with(HEALTHY),
        "settings": replace(_EVERYTHING, session=None, upgrade=None),
        "refused": _with(answered(403, "body", "reason", Server="x", Location="y")),
        "closed": _with(
            HEALTHY,
            session=replace(
                _CLOSED, messages=(_MESSAGE, _MESSAGE), messages_seen=5, span=Span(3.0, 1.0)
            ),
        ),
        "name": failed(Kind.DNS_NOT_FOUND),
        "address": failed(Kind.TCP_REFUSED),
        "proxy": replace(
            failed(Kind.PROXY_DENIED),
            proxy=replace(_EVERYTHING.proxy, failure=Failure(Kind.PROXY_DENIED, "no")),
        ),  # type: ignore[type-var]
        "certificate": replace(HEALTHY, tls=_CHAIN_FAILED, upgrade=None, session=None),
    }.items()
}
