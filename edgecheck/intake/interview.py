"""The interview of `init`: what to ask next, what to offer, and what an answer means (pure).

The caller asks each `Question`, and shows each `Outcome`:

    while (step := interview.step()) is not None:
        show(interview.answer(ask(step)) if isinstance(step, Question) else step)

Laws: a value that was given before its question is not asked for, unless it cannot be used. A value
that looks like another setting's is doubted once, and taken if it is given again. No sentence has a
part of a text that may be the secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..dotenv.edit import written
from ..lint.defect import Defect
from ..lint.finding import without_spaces
from ..settings.model import Origin, Source
from .answers import (
    SettingsInText,
    agent_id_in,
    agent_id_meant,
    is_agent_id,
    may_be_address,
    may_be_secret,
    read,
)
from .judgement import Judgement, judged

# The origin of a value that was typed or pasted.
ANSWER = Origin(Source.OPTION, "your answer")


class NotTaken(StrEnum):
    """Why an answer is not taken."""

    EMPTY = "empty"
    NOT_AN_ADDRESS = "not an address"
    SECRET_AS_ADDRESS = "the secret, in place of the address"
    MORE_THAN_AN_ID = "more than an agent's id"
    SECRET_AS_ID = "the secret, in place of the agent's id"
    # These are doubts: the same answer is taken the second time.
    ADDRESS_AS_SECRET = "the address, in place of the secret"
    ID_AS_SECRET = "the agent's id, in place of the secret"
    ID_OF_ANOTHER_FORM = "an agent's id of another form"
    # The value can be used for a connection, but programs read it differently in a .env file.
    UNWRITABLE = "not readable alike"


@dataclass(frozen=True)
class Candidate:
    """A possible value of a setting.

    Args:
        text: as given.
        origin: the name of the place where it came from.
    """

    text: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True)
class Question:
    """What to ask next.

    Args:
        name: of the setting.
        offer: the value that an empty answer takes; None if there is none.
    """

    name: str
    offer: Candidate | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of an answer.

    Args:
        name: of the setting that it was for.
        given_by: where it was given before the question; None for an answer to the question.
        holds: the settings that it gave values for, unless it was clearly one value.
        lacks: the settings that are needed, and that a message with others did not hold.
        unclear: it is not certain which part is the value, so the question is asked again.
        judgement: of its value; None if there is no value to judge.
        refusal: why it is not taken, independent of the judgement; None if it is taken.
        can_insist: the same answer is taken if it is given again.
        meant: the agent id that an empty answer takes now, because this answer may mean it;
            otherwise empty.
        other_id: the agent id in the address, if the answer is another one; otherwise empty.
    """

    name: str
    given_by: Origin | None = None
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    unclear: bool = False
    judgement: Judgement | None = None
    refusal: NotTaken | None = None
    can_insist: bool = False
    meant: str = ""
    other_id: str = ""

    @property
    def usable(self) -> bool:
        """Whether the setting has a value now."""
        return self.judgement is not None and self.judgement.usable and self.refusal is None


class Interview:
    """Finds the values of the settings that the profile has.

    Args:
        there: what the file already has.
        asking: there is a user to ask; otherwise what the file has is an answer, too.
        allow_plaintext: `Connection.allow_plaintext`.
        profile: says how an agent id looks.
    """

    def __init__(
        self,
        there: Mapping[str, Candidate],
        *,
        asking: bool,
        allow_plaintext: bool = False,
        profile: Profile = EDGE,
    ) -> None:
        self.asking, self.profile, self._names = asking, profile, profile.variables
        self._there, self._allow_plaintext = there, allow_plaintext
        # What was given, unchanged; the results; the settings that are still to be asked for.
        self._given: dict[str, Candidate] = {}
        self._values: dict[str, str] = {}
        self._left: list[str] | None = None
        self._recalled: set[str] = set()
        # The settings that the backend does not need, and that were answered with nothing.
        self._left_out: set[str] = set()
        # The answers that were doubted already, and the agent id that the last doubt proposed.
        self._doubted: set[tuple[str, str]] = set()
        self._meant: str | None = None
        self._told: set[tuple[str, str]] = set()

    # --- what is known ---------------------------------------------------------------------------

    def take(self, name: str, text: str, origin: Origin) -> None:
        """Record an answer that an option gives before its question.

        A text that names nothing is judged as it is.
        """
        self._note(read(text, name, self.profile).values or {name: text}, name, origin)

    @property
    def missing(self) -> tuple[str, ...]:
        """The settings that have no answer, if there is no user to ask."""
        return tuple(
            name
            for name in self.profile.names
            if self.profile.needs(name) and name not in self._given and self._offered(name) is None
        )

    @property
    def values(self) -> dict[str, str] | None:
        """The values to write; None as long as a setting that is needed has no value."""
        names = self.profile.names
        if any(self.profile.needs(name) and name not in self._values for name in names):
            return None
        return {name: self._values[name] for name in names if name in self._values}

    def was_told(self, defect: Defect) -> bool:
        """Tell whether a finding was part of a judgement, and need not be shown again."""
        return _key(defect) in self._told

    def _note(self, found: Mapping[str, str], asked: str, origin: Origin) -> None:
        for name, value in found.items():
            before = self._given.get(name)
            if name == asked or before is None:
                self._given[name] = Candidate(value, origin)
            elif name not in self._values and before.origin == origin and before.text != value:
                del self._given[name]  # two answers said different things: it is asked for

    # --- step by step ----------------------------------------------------------------------------

    def step(self) -> Question | Outcome | None:
        """Return the result of an answer given before, or what to ask now; None at the end."""
        left = self._left = self._order() if self._left is None else self._left
        while left:
            name = left[0]
            if name not in self._recalled and name not in self._values:
                self._recalled.add(name)
                known = self._given.get(name)
                if known is None and not self.asking:
                    known = self._offered(name)
                if known is not None:
                    return self._accepted(name, known, given_by=known.origin)
            elif self.asking and name not in self._values and name not in self._left_out:
                return self._question(name)
            else:
                left.pop(0)
        return None

    def answer(self, text: str) -> Outcome:
        """Return the result of an answer to the question that `step` returned.

        The text may have values of other settings, too: they are answers for those settings.
        """
        assert self._left  # a question is open
        name = self._left[0]
        offer = self._question(name).offer
        if offer is not None and not text.strip():
            return self._accepted(name, offer)
        if not text.strip() and not self.profile.needs(name):
            self._left_out.add(name)
            return Outcome(name)
        message = read(text, name, self.profile)
        self._note(message.values, name, ANSWER)
        if message.values.get(name) == text:
            return self._accepted(name, self._given[name])
        holds = tuple(message.values)
        lacks = self._lacking(message) if holds else ()
        if name in message.values:
            return replace(self._accepted(name, self._given[name], holds=holds), lacks=lacks)
        unclear = name in message.unclear or not holds
        return Outcome(name, holds=holds, lacks=lacks, unclear=unclear)

    def _lacking(self, message: SettingsInText) -> tuple[str, ...]:
        """Return the settings that are still to be asked for, and of which a message says nothing.

        A part of the message that is not clear is told when it is asked for.
        """
        return tuple(
            name
            for name in self.profile.names
            if self.profile.needs(name)
            and name not in (*message.values, *message.unclear, *self._values, *self._given)
        )

    def _order(self) -> list[str]:
        # A secret that is known is removed from the texts about the other settings. A user is asked
        # for the address first.
        names = self._names
        order = [names.secret, names.url, names.agent_id]
        if self.asking and names.secret not in self._given:
            order = list(names.all)
        return [name for name in order if name in self.profile.names]

    def _question(self, name: str) -> Question:
        offer = self._offered(name)
        usable = offer is not None and self._judged(name, offer).usable
        return Question(name, offer if usable else None)

    def _offered(self, name: str) -> Candidate | None:
        """Return the value that an empty answer takes.

        It is the agent id that was meant, or the one in the address; otherwise what the file has.
        """
        if name == self._names.agent_id and self._meant is not None:
            return Candidate(self._meant, ANSWER)
        if name == self._names.agent_id and (named := self._named_id):
            return Candidate(named, Origin(Source.OPTION, "the address"))
        return self._there.get(name)

    @property
    def _named_id(self) -> str | None:
        """The agent id in the address."""
        address = self._given.get(self._names.url) or self._there.get(self._names.url)
        return agent_id_in(address.text, self.profile) if address is not None else None

    # --- what an answer is worth -----------------------------------------------------------------

    def _judged(self, name: str, candidate: Candidate) -> Judgement:
        known = self._values
        if name == self._names.url and (named := self._named_id):
            known = {**known, self._names.agent_id: named}  # then it is not part of the address
        return judged(
            name,
            candidate.text,
            candidate.origin,
            known,
            allow_plaintext=self._allow_plaintext,
            profile=self.profile,
        )

    def _accepted(
        self,
        name: str,
        candidate: Candidate,
        *,
        given_by: Origin | None = None,
        holds: tuple[str, ...] = (),
    ) -> Outcome:
        """Judge a value, and take it if it can be used."""
        judgement = self._judged(name, candidate)
        if refusal := self._impossible(name, candidate.text, judgement.value):
            return Outcome(name, given_by, holds, refusal=refusal)
        if refusal := self._doubt(name, judgement.value):
            return Outcome(
                name,
                given_by,
                holds,
                refusal=refusal,
                can_insist=self.asking,
                meant=self._meant or "",
            )
        self._told.update(map(_key, judgement.left))
        if judgement.usable and written(judgement.value) is None:
            return Outcome(name, given_by, holds, judgement=judgement, refusal=NotTaken.UNWRITABLE)
        if judgement.usable:
            self._values[name] = judgement.value
        named = self._named_id if name == self._names.agent_id else None
        other_id = named if named is not None and named != judgement.value else ""
        return Outcome(name, given_by, holds, judgement=judgement, other_id=other_id)

    def _impossible(self, name: str, text: str, value: str) -> NotTaken | None:
        """Say why a setting can never have this value.

        Args:
            name: of the setting.
            text: as given.
            value: after the repairs.
        """
        if not without_spaces(text):
            return NotTaken.EMPTY
        if name == self._names.url and not may_be_address(text):
            return NotTaken.SECRET_AS_ADDRESS if may_be_secret(text) else NotTaken.NOT_AN_ADDRESS
        if name == self._names.agent_id and re.search(r"\s", value) is not None:
            return NotTaken.MORE_THAN_AN_ID
        if name == self._names.agent_id and value == self._values.get(self._names.secret):
            return NotTaken.SECRET_AS_ID
        return None

    def _doubt(self, name: str, value: str) -> NotTaken | None:
        """Say what makes a value doubtful, unless it was doubted before."""
        doubt: NotTaken | None = None
        has_id_form = is_agent_id(value, self.profile)
        if name == self._names.secret and has_id_form and self.profile.tells_agent_ids:
            doubt = NotTaken.ID_AS_SECRET
        elif name == self._names.secret and may_be_address(value):
            doubt = NotTaken.ADDRESS_AS_SECRET
        elif name == self._names.agent_id and self.asking and not has_id_form:
            # Without a user to ask, it is a finding of the judgement.
            doubt = NotTaken.ID_OF_ANOTHER_FORM
        if doubt is None or (name, value) in self._doubted:
            return None
        self._doubted.add((name, value))
        self._meant = agent_id_meant(value, self.profile) if name == self._names.agent_id else None
        return doubt


def _key(defect: Defect) -> tuple[str, str]:
    return defect.code, defect.setting
