"""The profile in force, with the codes that it names looked up in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..backend.profile import Expect, Profile
from ..settings.profiles import Chosen, ProfileError
from ..settings.sources import Options
from ..settings.sources import profile_in_force as found
from ..terms import Severity

# The stages of which a close code and a greeting can tell.
_STAGES = ("upgrade", "auth", "session")
# Most profiles name only some of these, and are used without the catalogue, which is slow to
# import. A test looks them up.
USUAL = frozenset(
    {
        "auth-forbidden",
        "auth-header-rejected",
        "auth-secret-rejected",
        "auth-unauthorized",
        "session-replaced",
        "session-try-later",
        "upgrade-not-found",
        "upgrade-rate-limited",
        "upgrade-subprotocol-required",
    }
)


def profile_in_force(options: Options, *, environ: Mapping[str, str], cwd: Path) -> Chosen:
    """Return the profile that describes the backend, and why it is this one.

    Args:
        options: of the command line.
        environ: variables of the process.
        cwd: its working directory, absolute.

    Raises:
        ProfileError: it cannot be used.
    """
    return known(found(options, environ=environ, cwd=cwd))


def known(chosen: Chosen) -> Chosen:
    """Return a profile of which every code is in the catalogue.

    Raises:
        ProfileError: one is not.
    """
    profile = chosen.profile
    if profile.origin:  # a test looks up those of the built-in ones
        wrong = [f"{profile.origin}: {place}: {words}" for place, words in unknown_codes(profile)]
        if wrong:
            raise ProfileError("\n".join(wrong))
    return chosen


_MILDER = (Severity.WARNING, Severity.INFO)


def unknown_codes(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the places of a profile where a code is not that of a problem of the backend's."""
    codes = {f"close[{number}].problem": each.problem for number, each in enumerate(profile.close)}
    codes |= {
        f"refusal[{number}].problem": each.problem for number, each in enumerate(profile.refusal)
    }
    codes |= {
        f"session.greeting[{number}].problem": step.problem
        for number, step in enumerate(profile.session.greeting)
        if isinstance(step, Expect)
    }
    if USUAL.issuperset(filter(None, codes.values())):
        return
    # The catalogue, which most profiles do without.
    from ..backend.kinds import unknown
    from ..catalogue import PROBLEMS

    fitting = [code for code, problem in PROBLEMS.items() if problem.stage in _STAGES]
    for place, code in codes.items():
        if code and code in PROBLEMS and code not in fitting:
            yield place, f"{code} belongs to the stage {PROBLEMS[code].stage_name}, not a later one"
        elif code in fitting and PROBLEMS[code].severity in _MILDER:
            yield place, f"a problem that ends a connection; {code} is only noticed on one"
        elif code and code not in PROBLEMS:
            yield place, f"{code} is {unknown(code, fitting, 'a problem of the catalogue')}"
