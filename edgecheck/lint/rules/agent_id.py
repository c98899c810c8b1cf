"""`EDGE_AGENT_ID` (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from ...backend.profile import Profile
from ...escapes import escape
from ...late import compiled
from ...lint.defect import Defect
from ...settings.model import Settings
from ...wording.units import counted
from ..finding import (
    CLOSING_QUOTES,
    ERROR,
    OPENING_QUOTES,
    SHOWN,
    WARNING,
    WITHOUT_QUOTES,
    command_that_sets,
    finding,
    is_space,
    located,
    named,
    origin_of,
    trimmed,
    value_of,
    without_spaces,
)

# Characters that need no escape in a query or in a header field, and have no meaning there
# (RFC 3986, section 3.4; RFC 9110, section 5.5).
_HARMLESS = compiled(r"[A-Za-z0-9._~:@!$*(),-]*")


def agent_id_whitespace(settings: Settings) -> Iterator[Defect]:
    """Find white space and invisible characters in the agent id."""
    text = value_of(settings, settings.names.agent_id)
    if text is None or not without_spaces(text):
        return
    evidence = located(text, is_space)
    if evidence:
        bare = without_spaces(text)
        yield finding(
            "agent-id-whitespace",
            settings,
            ERROR,
            *evidence,
            setting=settings.names.agent_id,
            count=counted(sum(map(is_space, text)), "character"),
            character=named(next(filter(is_space, text))),
            set_it=command_that_sets(
                origin_of(settings, settings.names.agent_id),
                settings.names.agent_id,
                escape(bare, SHOWN),
            ),
        )


def cleaned(text: str) -> str | None:
    """Repair white space at the ends and invisible characters."""
    return trimmed(text)


def agent_id_malformed(settings: Settings) -> Iterator[Defect]:
    """Find an id of another form, and characters that mean something in an address or a header."""
    text, profile = value_of(settings, settings.names.agent_id), settings.profile
    cleaned = without_spaces(text or "")
    if not cleaned or not profile.sends_agent_id or profile.is_agent_id(cleaned):
        return
    harmful = located(cleaned, lambda character: not _HARMLESS.fullmatch(character))
    shown = escape(cleaned, 80)
    unquoted = _unquoted(cleaned, profile)
    yield finding(
        "agent-id-malformed",
        settings,
        ERROR if harmful else WARNING,
        f"`{shown}` does not have the form {profile.agent_id.form}",
        *(f"{line}: it changes the address or the header" for line in harmful),
        setting=settings.names.agent_id,
        remedies=[WITHOUT_QUOTES] if unquoted else [],
        given=shown,
        set_it=command_that_sets(
            origin_of(settings, settings.names.agent_id), settings.names.agent_id, unquoted
        )
        if unquoted
        else "",
    )


def _unquoted(text: str, profile: Profile) -> str:
    """Return the id between quotes; empty if there is no id between quotes."""
    bare = text.lstrip(OPENING_QUOTES).rstrip(CLOSING_QUOTES)
    quoted = text[0] in OPENING_QUOTES and text[-1] in CLOSING_QUOTES
    return bare if quoted and profile.is_agent_id(bare) else ""
