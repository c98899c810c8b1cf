"""Judge the answer to the question for a setting (pure).

It is repaired if that needs no guess; what remains wrong is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.config import LINT
from ..dotenv.text import EnvFile
from ..lint.defect import Defect
from ..lint.masking import cleared
from ..lint.repair import Value
from ..settings.model import Connection, Origin, SecretSetting, Setting, Settings
from ..settings.secret import Secret
from ..terms import Severity
from .answers import hidden_in


@dataclass(frozen=True)
class Judgement:
    """The judgement on one answer.

    Args:
        value: after the repairs.
        repaired: the findings that the repairs removed.
        left: the findings that remain.
    """

    value: str = field(repr=False)
    repaired: tuple[Defect, ...]
    left: tuple[Defect, ...]

    @property
    def usable(self) -> bool:
        """Whether a connection can be tried with it."""
        return all(defect.severity != Severity.ERROR for defect in self.left)


def judged(
    name: str,
    text: str,
    origin: Origin,
    known: Mapping[str, str],
    *,
    allow_plaintext: bool = False,
    profile: Profile = EDGE,
) -> Judgement:
    """Judge an answer, and repair it. No finding has a part of the answer that could be the secret.

    Args:
        name: of the setting.
        text: as given.
        origin: the name of the place where it came from.
        known: the other settings, as far as they are known.
        allow_plaintext: `Connection.allow_plaintext`.
        profile: how the backend wants to be spoken to.
    """
    connection = Connection(allow_plaintext=allow_plaintext)
    names = profile.variables
    hidden = list(map(Secret, hidden_in(text))) if name == names.url else []
    seen: dict[str, Defect] = {}
    tried = {text}
    while True:
        settings = _settings({**known, name: text}, origin, connection, profile)
        found = {
            defect.code: cleared(defect, hidden, names)
            for defect in LINT.lint(settings)
            if defect.setting == name
        }
        seen = {**seen, **{code: defect for code, defect in found.items() if code not in seen}}
        repaired = next(
            (
                value
                for code in found
                if (value := _repaired(code, text, settings)) is not None and value not in tried
            ),
            None,
        )
        if repaired is None:
            gone = tuple(defect for code, defect in seen.items() if code not in found)
            return Judgement(text, gone, tuple(found.values()))
        text = repaired
        tried.add(text)


def _repaired(code: str, text: str, settings: Settings) -> str | None:
    repair = PROBLEMS[code].repair
    return repair.function(text, settings) if isinstance(repair, Value) else None


def _settings(
    values: Mapping[str, str], origin: Origin, connection: Connection, profile: Profile
) -> Settings:
    names = profile.variables

    def setting(name: str) -> Setting | None:
        return Setting(values[name], origin) if name in values else None

    secret = SecretSetting(Secret(values[names.secret]), origin) if names.secret in values else None
    # With an empty file: the other settings are not missing, only not answered yet.
    return Settings(
        setting(names.url),
        secret,
        setting(names.agent_id),
        EnvFile(".env"),
        connection=connection,
        profile=profile,
    )
