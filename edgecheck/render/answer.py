"""What `init` says about an answer (pure)."""

from __future__ import annotations

import re

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..diagnose import Finding, noticed
from ..intake.answers import hidden_in
from ..intake.judgement import Judgement
from ..settings.credentials import is_random
from ..settings.secret import Secret
from ..settings.url import parse as parse_url
from ..terms import Severity
from ..wording.units import counted
from .layout import line, marked, prose
from .styled import Text
from .text import MARKS

_SIGN, _TEXT = "  ", "    "


def id_form(profile: Profile = EDGE) -> str:
    """Say that an id does not have the form of the profile's ids."""
    return f"This id does not have the form {profile.agent_id.form}."


def understood(name: str, value: str, profile: Profile = EDGE) -> str:
    """Describe a value: an address or id as it is, the secret by its length and fingerprint.

    An id of another form may be the secret, so that only its length is shown.
    """
    names = profile.variables
    if name == names.secret:
        fingerprint = Secret(value).fingerprint
        return counted(len(value), "character") + (f", {fingerprint}" if fingerprint else "")
    if name == names.agent_id:
        has_form = profile.is_agent_id(value)
        return (
            value
            if has_form and not is_random(value)
            else f"{counted(len(value), 'character')}, not shown"
        )
    hidden = "|".join(map(re.escape, hidden_in(value)))
    # The query may hold a token.
    shown = re.sub(r"[?#].*", "?…", parse_url(value).masked)
    return re.sub(hidden, "…", shown, flags=re.IGNORECASE) if hidden else shown


def offered(name: str, value: str, where: str, profile: Profile = EDGE) -> str:
    """Describe the value that an empty answer selects."""
    names = profile.variables
    if name == names.url or profile.is_agent_id(value):
        return understood(name, value, profile)
    fingerprint = Secret(value).fingerprint if name == names.secret else None
    return f"keep {fingerprint or f'the one in {where}'}"


def lines(name: str, answer: Judgement, width: int, profile: Profile = EDGE) -> list[Text]:
    """Lay out how an answer was understood, what was repaired in it, and what is still wrong."""
    laid_out = []
    if answer.usable:
        laid_out = signed(("✓", "green"), understood(name, answer.value, profile), width)
    for finding in noticed(answer.repaired, profile):
        laid_out += prose(f"repaired: {finding.title}", width, _TEXT, style="dim", break_words=True)
    for finding in noticed(answer.left, profile):
        laid_out += problem(finding, width, profile)
    return laid_out


def refusal(text: str, width: int) -> list[Text]:
    """Lay out why an answer cannot be used."""
    return signed(MARKS[Severity.ERROR], text, width)


def warning(text: str, width: int) -> list[Text]:
    """Lay out what may be wrong with an answer."""
    return signed(MARKS[Severity.WARNING], text, width)


def problem(finding: Finding, width: int, profile: Profile = EDGE) -> list[Text]:
    """Lay out what is wrong, and the first step."""
    # The catalogue's title would show the value.
    title = id_form(profile) if finding.code == "agent-id-malformed" else finding.title
    laid_out = signed(MARKS[finding.severity], title, width)
    remedy = finding.remedies[0].partition("\n")[0]
    # A command after a colon would change a file, which may not exist yet.
    return laid_out + marked(
        prose(f"{remedy[:-1]}." if remedy.endswith(":") else remedy, width, _TEXT)
    )


def signed(sign: tuple[str, str], text: str, width: int) -> list[Text]:
    """Lay out a paragraph after a sign."""
    said = prose(text, width, _TEXT, break_words=True)
    return [line(_SIGN, sign, " ", said[0].plain.lstrip()), *said[1:]]
