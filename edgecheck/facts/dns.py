"""The resolver's answer, and after a failure what each name server says."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class NameServer:
    """One of this machine's name servers, asked for the same name after a failure.

    Args:
        address: as it is configured.
        code: of its answer (``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, ``REFUSED``); None if it kept
            silent.
        milliseconds: until it answered.
        aliases: the names that the alias chain leads through, the one that was asked for first.
        addresses: what it has for the name.
        reasons: why it failed, in numbers and words (RFC 8914).
        unchecked_code: its code when asked not to check DNSSEC (RFC 4035, section 3.2.2); None if
            it kept silent.
        root_code: its code for another question, the root's name servers; None if it kept silent.
        refused: nothing listens there (ICMP).
        kept_back: this machine's own firewall did not let the question out.
        unanswered: the types that it does not answer for, although it answers for another one.
        truncated: its answer to a question as glibc sends it is too long for UDP.
        over_tcp: it answers over TCP; None if that was not tried.
    """

    address: str
    code: str | None = None
    milliseconds: float | None = None
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unchecked_code: str | None = None
    root_code: str | None = None
    refused: bool = False
    kept_back: bool = False
    unanswered: tuple[str, ...] = ()
    truncated: bool = False
    over_tcp: bool | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it answered no question at all."""
        return self.code is None and self.root_code is None and self.unchecked_code is None

    @property
    def works(self) -> bool:
        """Whether it answers another question as a resolver should."""
        return self.root_code in ("NOERROR", "NXDOMAIN")


@dataclass(frozen=True)
class DnsFacts:
    """The addresses of one name.

    Args:
        span: when the resolver was asked.
        host: the name that was looked up: the proxy's if one is used, else the backend's.
        family: the kind of addresses that was asked for: ``any``, ``ipv4`` or ``ipv6``.
        literal: the host is an address, so that there was nothing to look up.
        addresses: in the order in which the resolver gave them (RFC 6724).
        failure: None if at least one address was found.
        servers: this machine's name servers; asked only after a failure, or a very slow answer.
        search: the domains that are appended to short names (resolv.conf(5)).
        resolver_words: what systemd-resolved itself says; empty where it does not run.
        late_ms: when the resolver answered after all, after the limit; None if it did not.
        hosts_line: where the hosts file has the name (``/etc/hosts:3``), if an address is from
            there; looked for only after a failure.
    """

    span: Span
    host: str
    family: str = "any"
    literal: bool = False
    addresses: tuple[str, ...] = ()
    failure: Failure | None = None
    servers: tuple[NameServer, ...] = ()
    search: tuple[str, ...] = ()
    resolver_words: str = ""
    late_ms: float | None = None
    hosts_line: str = ""
