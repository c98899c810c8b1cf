"""What was seen: frozen values, one file for each stage (pure).

A fact that is not known is None. No rule takes None for False.
"""

from __future__ import annotations

from collections.abc import Callable

from ..backend.builtin import EDGE
from ..backend.message import Message, MessageKind
from ..backend.profile import Close, Pattern, Profile, Refusal
from ..backend.texts import matches
from ..escapes import unescape
from ..frozen import dataclass, kept
from .auth import Answer, AuthFacts, Experiment, ExperimentName
from .config import ConfigFacts
from .dns import DnsFacts, NameServer
from .failure import Failure, Kind
from .http import HttpResponse
from .kernel import AgainFacts, KernelFacts, LookName, LookOutcome
from .path import Hop, PathFacts, Said
from .proxy import ProxyFacts
from .session import Greeting, Instead, Life, SessionFacts
from .span import Span
from .stage import Stage
from .tcp import Attempt, TcpFacts
from .tls import Certificate, ClientCertificateFacts, TlsFacts
from .upgrade import UpgradeFacts

__all__ = [
    "AgainFacts",
    "Answer",
    "Attempt",
    "AuthFacts",
    "Certificate",
    "ClientCertificateFacts",
    "ConfigFacts",
    "DnsFacts",
    "Experiment",
    "ExperimentName",
    "Facts",
    "Failure",
    "Greeting",
    "Hop",
    "HttpResponse",
    "Instead",
    "KernelFacts",
    "Kind",
    "Life",
    "LookName",
    "LookOutcome",
    "Message",
    "MessageKind",
    "NameServer",
    "Observer",
    "PathFacts",
    "ProxyFacts",
    "Said",
    "SessionFacts",
    "Span",
    "Stage",
    "Target",
    "TcpFacts",
    "TlsFacts",
    "UpgradeFacts",
    "ignore",
]


# Going away, internal error, service restart, try again later, bad gateway: about the server, and
# never about the client (RFC 6455, section 7.4.1; IANA, WebSocket Close Code Number Registry).
_THE_SERVERS_OWN = frozenset({1001, 1011, 1012, 1013, 1014})
# By convention 404 and 429 of HTTP: not found, too many requests. They are not about credentials.
_OF_NO_CREDENTIALS = frozenset({4404, 4429})

# The answer that opens the socket (RFC 6455, section 4.2.2).
_SWITCHED = 101


@dataclass(frozen=True)
class Target:
    """What the checkup tried to reach.

    Args:
        url: the whole address with its password masked; as configured if it is malformed.
        host, port: of the backend; None if the address has none.
        agent_id: as configured; None if it is not set.
        secret_fingerprint: see `settings.secret.Secret.fingerprint`.
        proxy: the proxy's address with its password masked; None for a direct connection.
        connect_to, unix_socket: what was connected to in place of the host's own address.
        interface: what the connection went out through, if that was chosen.
        options: of the command line, each with its value, as far as they say what is examined;
            ``***`` for a credential.
    """

    url: str | None = None
    host: str | None = None
    port: int | None = None
    agent_id: str | None = None
    secret_fingerprint: str | None = None
    proxy: str | None = None
    connect_to: str | None = None
    unix_socket: str | None = None
    interface: str | None = None
    options: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Facts:
    """All that one checkup saw. A stage that was not reached is None.

    Args:
        started_at: this machine's clock at the start, RFC 3339, UTC.
        run_id: names this run in everything that is shown or written of it; None where not known,
            as in a report of 0.1.0.
        total_ms: how long the checkup took.
        interrupted: the person stopped it.
        until: the last stage of the checkup; None for one that goes on to the pong.
        profile: the protocol that the backend was expected to speak.
    """

    started_at: str = ""
    run_id: str | None = None
    target: Target = Target()
    config: ConfigFacts | None = None
    dns: DnsFacts | None = None
    tcp: TcpFacts | None = None
    proxy: ProxyFacts | None = None
    tls: TlsFacts | None = None
    upgrade: UpgradeFacts | None = None
    session: SessionFacts | None = None
    experiments: tuple[Experiment, ...] = ()
    total_ms: float = 0.0
    interrupted: bool = False
    until: Stage | None = None
    profile: Profile = EDGE

    @kept
    def auth(self) -> AuthFacts | None:
        """What happened to the credentials, from the other facts; None if they were not judged."""
        session, upgrade = self.session, self.upgrade
        if session is not None:
            return AuthFacts(Span(session.span.started_ms, 0.0), self.experiments)
        if upgrade is not None and upgrade.response is not None:
            return AuthFacts(
                Span(upgrade.span.started_ms + upgrade.span.duration_ms, 0.0), self.experiments
            )
        return AuthFacts(Span(0.0, 0.0), self.experiments) if self.experiments else None

    @kept
    def meaning(self) -> str:
        """The problem that the profile sees in the session's end; empty if it sees none.

        A close code that the profile lists means what it says there. Otherwise the end is that of
        the message of the greeting in whose place it came, unless the close code says that the
        server itself goes away or failed, or something else than credentials. An answer to the
        opening handshake that it lists means what it says there.
        """
        session = self.session
        if session is None:
            listed_answer = self.listed_answer
            return listed_answer.meaning if listed_answer is not None else ""
        if session.failure is None:
            return ""
        closed = session.failure.kind is Kind.SESSION_CLOSED
        code = session.close_code if closed else None
        listed = next((each for each in self.profile.close if each.code == code), None)
        if listed is not None:
            return listed.meaning
        if session.greeting is None or session.greeting.instead is None or code in _THE_SERVERS_OWN:
            return ""
        problem = session.greeting.problem
        return "" if code in _OF_NO_CREDENTIALS and problem.startswith("auth-") else problem

    @kept
    def listed_answer(self) -> Refusal | None:
        """What the profile says of the answer that refused the handshake; None if nothing."""
        upgrade = self.upgrade
        response = upgrade.response if upgrade is not None else None
        if not self.profile.refusal or response is None or response.status == _SWITCHED:
            return None
        content = unescape(response.body)
        fitting = (
            one
            for one in self.profile.refusal
            if one.status == response.status
            and (not one.body or matches(content.strip(), Pattern(text=one.body.strip())))
        )
        return next(fitting, None)

    @property
    def own_words(self) -> Close | Refusal | None:
        """What the profile says in words of its own of how the connection was refused or ended."""
        if self.session is None:
            answer = self.listed_answer
            return answer if answer is not None and not answer.problem else None
        return self.profile.own_words(self.session.close_code)

    @property
    def is_of_network(self) -> bool:
        """Whether anything was tried, and not only the settings read."""
        stages = (self.dns, self.tcp, self.proxy, self.tls, self.upgrade, self.session)
        return any(one is not None for one in stages)

    @kept
    def failures(self) -> tuple[Failure, ...]:
        """Why the stages that failed did so, in their order."""
        stages = (self.dns, self.tcp, self.proxy, self.tls, self.upgrade, self.session)
        return tuple(one.failure for one in stages if one is not None and one.failure is not None)

    @property
    def failure(self) -> Failure | None:
        """Why the first stage that failed did so; None where none did."""
        return self.failures[0] if self.failures else None

    def is_past_the_end(self, stage: Stage) -> bool:
        """Tell whether a stage was not to be reached, because the checkup ends before it."""
        if self.until is None:
            return False
        order = tuple(Stage)
        return order.index(stage) > order.index(self.until)

    @property
    def reached_its_end(self) -> bool:
        """Whether the last stage of the checkup was reached."""
        last = self.until or Stage.SESSION
        if last is Stage.TLS and self.tls is None:
            last = Stage.TCP  # ws:// has no TLS
        return getattr(self, last.value) is not None

    def experiment(self, name: ExperimentName) -> Experiment | None:
        """Return an experiment; None if it was not made."""
        return next((one for one in self.experiments if one.name is name), None)


# A function that is called when a stage begins and when it ends, with the facts so far.
Observer = Callable[[Stage, Facts], None]


def ignore(*_: object) -> None:
    """Observe nothing: what an observer is called with is of no interest."""
