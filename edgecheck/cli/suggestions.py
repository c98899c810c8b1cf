"""What somebody meant who typed an option that a command does not have."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

# How alike a name has to be: a letter missing, doubled or exchanged is, another word is not.
_ALIKE = 0.75
# A name that is less alike than the best one by more than this was not meant.
_AS_GOOD = 0.05
# What other programs call it (curl, wscat, websocat, ssh), or what somebody would guess.
_ELSEWHERE = {
    "--address": ("--url",),
    "--agent": ("--agent-id",),
    "--backend": ("--url",),
    "--cacert": ("--ca-file",),
    "--debug": ("--verbose",),
    "--endpoint": ("--url",),
    "--env": ("--env-file",),
    "--host": ("--url",),
    "--id": ("--agent-id",),
    "--ipv4": ("-4",),
    "--ipv6": ("-6",),
    "--max-time": ("--timeout",),
    "--output": ("--output", "--report"),
    "--password": ("--secret-file",),
    "--port": ("--port", "--url"),
    "--resolve": ("--connect-to",),
    "--secret": ("--secret-file",),
    "--server": ("--url",),
    "--silent": ("--quiet",),
    "--token": ("--secret-file",),
    "--trace": ("--verbose",),
    "--format": ("--format", "--json"),
}


def meant(typed: str, known: Sequence[str]) -> list[str]:
    """Return the options that fit what was typed, the best first; none rather than a wrong one.

    Args:
        typed: with its dashes, without a value.
        known: the options of the command, long and short.
    """
    name = typed.lower().replace("_", "-")
    if elsewhere := [one for one in _ELSEWHERE.get(name, ()) if one in known][:1]:
        return elsewhere
    long = [one for one in known if one.startswith("--")]
    if longer := [one for one in long if one.startswith(f"{name}-")]:
        return longer
    alike = {one: difflib.SequenceMatcher(None, name, one).ratio() for one in long}
    best = max(alike.values(), default=0.0)
    return [
        one
        for one in sorted(long, key=lambda one: -alike[one])
        if alike[one] >= _ALIKE and alike[one] >= best - _AS_GOOD
    ]
