"""The words that every format shares; none of them needs rich (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..backend.builtin import EDGE
from ..escapes import escape, is_unsafe
from ..facts import Facts, Target
from ..terms import Confidence, Severity, Side
from ..wording.commands import command
from ..wording.units import counted, milliseconds

if TYPE_CHECKING:
    from ..diagnose import Finding, Verdict
    from ..report import Report

NEXT_STEP = {
    Side.CLIENT: "Next step: you",
    Side.NETWORK: "Next step: your network's administrators",
    Side.INTERMEDIARY: "Next step: the operators of the proxy, CDN or hosting platform in between",
    Side.BACKEND: "Next step: the backend's team",
}
# A report that was passed on is read by somebody who did not run the checkup.
NEXT_STEP_FOR_OTHERS = {
    **NEXT_STEP,
    Side.CLIENT: "Next step: the operators of this agent",
    Side.NETWORK: "Next step: the administrators of the agent's network",
}
HOW_SURE = {
    Confidence.CERTAIN: "certain, because no other cause fits what was seen",
    Confidence.LIKELY: "likely, because what was seen points to this, but does not prove it",
    Confidence.POSSIBLE: "possible, because this is one of several causes that fit what was seen",
}
HOW_BAD = {
    Severity.ERROR: "error: the connection fails, or is going to fail",
    Severity.WARNING: "warning: the connection works, but is fragile, insecure or misleading",
    Severity.INFO: "note: good to know",
}

# Our own characters, and ASCII for terminals and files that cannot show them: one character for
# one, so that columns stay aligned.
ASCII = str.maketrans("✓✗–—━█·…→‘’“”≥", "+x--=#-~>''\"\">")


def instruction(side: Side) -> str:
    """Return the line above the remedies: who has to act, and that the remedies are theirs."""
    return f"{NEXT_STEP[side]}. Do this{'' if side is Side.CLIENT else ', or pass it on'}:"


def shown(text: str) -> str:
    """Escape every character that must not reach a terminal, line ends too.

    Every text passes through here last, also one that was never escaped before. Unlike
    `escapes.escape` it leaves backslashes alone, so that escaped text stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(character) if is_unsafe(character) else character for character in text)


def headline(report: Report) -> str:
    """Say in one line how a checkup ended."""
    facts, diagnosis = report.facts, report.diagnosis
    if diagnosis.verdict is not None:
        return diagnosis.verdict.title
    if facts.interrupted:
        return "Interrupted: this is what is known so far"
    if not facts.reached_its_end:
        return (
            "No problem in the settings; nothing was sent"
            if facts.config is not None
            else "Nothing was examined"
        )
    warnings = len(diagnosis.warnings)
    healthy = healthy_until(facts)
    return f"{healthy}, with {counted(warnings, 'warning')}" if warnings else healthy


NOT_CHECKED = "Later stages were not checked, because of --until {until}."


def healthy_until(facts: Facts) -> str:
    """Say how far all is well."""
    return f"Healthy as far as {facts.until}" if facts.until else "Healthy"


def nothing_sent(facts: Facts) -> str:
    """Say that only the settings were judged, if anything was."""
    words = "No problem in the settings." if facts.config is not None else "Nothing was examined."
    again = command("edgecheck doctor", facts.target.options)
    return f"{words} Nothing was sent: to try the connection, run {again}."


def proven(facts: Facts) -> str:
    """List what worked, from the name to the answered ping."""
    parts = []
    if facts.dns is not None and not facts.dns.literal:
        parts.append(f"{facts.dns.host} resolved")
    if facts.tcp is not None and facts.tcp.address:
        port = f" port {facts.tcp.port}" if facts.tcp.port else ""
        parts.append(f"connected to {facts.tcp.address}{port}")
    if facts.proxy is not None:
        parts.append("the proxy let us through")
    if facts.tls is not None:
        parts.append(
            f"{facts.tls.version or 'TLS'} "
            f"{'verified' if facts.tls.verified else 'NOT verified (--insecure)'}"
        )
    if facts.upgrade is not None:
        parts.append("upgrade accepted")
    if facts.session is not None and facts.session.round_trip_ms is not None:
        parts.append(f"ping answered in {milliseconds(facts.session.round_trip_ms)}")
    return ", ".join(parts)


def the_way(target: Target) -> list[tuple[str, str]]:
    """Return how the connection differs from the ordinary one, with a word for each difference."""
    differences = (
        ("connected to", target.connect_to),
        ("over", target.unix_socket),
        ("out through", target.interface),
    )
    return [(name, value) for name, value in differences if value]


def disturbed(facts: Facts) -> str:
    """Say what a checkup that opened a session may have disturbed; empty if nothing."""
    agent_id, rules = facts.target.agent_id, facts.profile.agent_id
    if facts.session is None or not agent_id or rules.shared or agent_id == rules.probe_id:
        return ""
    return f"If the backend allows one connection for each id, this one ended that of {agent_id}."


def which_run(facts: Facts) -> list[tuple[str, str]]:
    """Return what tells this run from others: its id, and a profile that is not the default."""
    profile = facts.profile.name if facts.profile.name != EDGE.name else ""
    return [(name, value) for name, value in (("profile", profile), ("run", facts.run_id)) if value]


def follows(finding: Finding, root: Verdict | None) -> bool:
    """Tell whether a finding is only a consequence of the verdict's cause."""
    return (
        root is not None
        and finding.severity is Severity.ERROR
        and finding.code in root.alternatives
    )


def by_severity(found: Iterable[Finding]) -> list[Finding]:
    """Return findings, the worst first."""
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Return up to three known words that are similar to a word, the most similar first."""
    import difflib  # needed only for a mistake

    return difflib.get_close_matches(word[:80].lower(), list(known), n=3, cutoff=0.5)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean …?``, or nothing if no known word is similar."""
    near = nearest(word, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""
