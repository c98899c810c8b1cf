"""What every rendering says in the same words, without rich (pure)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..backend.edge import EDGE
from ..facts import Facts
from ..facts.text import escape, is_unsafe
from ..terms import Confidence, Severity, Side

if TYPE_CHECKING:
    from ..diagnose import Finding, Verdict
    from ..report import Report

WHOSE_TURN = {
    Side.CLIENT: "Your turn.",
    Side.NETWORK: "Turn of the people who run your network.",
    Side.INTERMEDIARY: "Turn of whoever runs the proxy, CDN or hosting platform in between.",
    Side.BACKEND: "Turn of the backend's people.",
}
# Whoever reads what was handed on did not run the checkup.
WHOSE_TURN_FOR_OTHERS = {**WHOSE_TURN, Side.CLIENT: "Turn of whoever runs this agent."}
HOW_SURE = {
    Confidence.CERTAIN: "certain: what was seen admits no other cause",
    Confidence.LIKELY: "likely: what was seen points here, without proving it",
    Confidence.POSSIBLE: "possible: one of several causes that fit what was seen",
}
HOW_BAD = {
    Severity.ERROR: "error: the connection cannot work, or fails",
    Severity.WARNING: "warning: it works now, but is fragile, insecure or misleading",
    Severity.INFO: "note: worth knowing",
}

# What stands for our own characters where a terminal or a file cannot show them: one for one, so
# that columns stay.
ASCII = str.maketrans("✓✗–—━█·…→‘’“”≥", "+x--=#-~>''\"\">")


def shown(text: str) -> str:
    """Escape what must not reach a terminal, line ends included: the last door, for text that came by no other.

    Unlike `facts.text.escape` it leaves a backslash alone, so that text which was escaped before
    stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(character) if is_unsafe(character) else character for character in text)


def headline(report: Report) -> str:
    """Say in a line how a checkup ended."""
    facts, diagnosis = report.facts, report.diagnosis
    if diagnosis.verdict is not None:
        return diagnosis.verdict.title
    if facts.interrupted:
        return "Interrupted: this is what is known so far"
    if facts.session is None:
        return (
            "No problem in the settings; nothing was sent"
            if facts.config is not None
            else "Nothing was examined"
        )
    warnings = len(diagnosis.warnings)
    return f"Healthy, with {count(warnings, 'warning')}" if warnings else "Healthy"


def proven(facts: Facts) -> str:
    """List what worked, up to the answered ping."""
    from ..wording.evidence import milliseconds

    parts = []
    if facts.dns is not None and not facts.dns.literal:
        parts.append(f"{facts.dns.host} resolved")
    if facts.tcp is not None and facts.tcp.address:
        parts.append(f"{facts.tcp.address} port {facts.tcp.port} connected")
    if facts.proxy is not None:
        parts.append("the proxy let us through")
    if facts.tls is not None:
        parts.append(
            f"{facts.tls.version or 'TLS'} "
            f"{'verified' if facts.tls.verified else 'NOT verified (--insecure)'}"
        )
    parts.append("upgrade accepted")
    if facts.session is not None and facts.session.round_trip_ms is not None:
        parts.append(f"ping answered in {milliseconds(facts.session.round_trip_ms)}")
    return ", ".join(parts)


def which_run(facts: Facts) -> list[tuple[str, str]]:
    """Return what tells this run from others: its id, and a profile that is not the default."""
    profile = facts.profile.name if facts.profile.name != EDGE.name else ""
    return [(name, value) for name, value in (("profile", profile), ("run", facts.run_id)) if value]


def follows(finding: Finding, root: Verdict | None) -> bool:
    """Tell whether a finding is only what a verdict's cause led to."""
    return (
        root is not None
        and finding.severity is Severity.ERROR
        and finding.code in root.alternatives
    )


def by_severity(found: Iterable[Finding]) -> list[Finding]:
    """Return findings, the worst first."""
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def count(number: int, noun: str) -> str:
    """Say how many, in English."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Return the up to three known words that a word was probably meant to be, the likeliest first."""
    return difflib.get_close_matches(word[:80].lower(), list(known), n=3, cutoff=0.5)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean …?``, or nothing where nothing is near."""
    near = nearest(word, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""
