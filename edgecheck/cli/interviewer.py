"""Hold the interview of `init` at the terminal: ask, and show the result of each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ..catalogue.config import LINT
from ..diagnose import noticed
from ..intake.answers import may_be_drawn
from ..intake.interview import ANSWER, Interview, NotTaken, Outcome, Question
from ..render.answer import id_form, lines, offered, problem, refusal, signed, warning
from ..render.comparison import command
from ..render.layout import remedy
from ..render.styled import Text
from ..render.words import shown
from ..settings.model import Settings
from ..settings.secret import Secret
from ..wording.units import joined
from .console import prompt
from .console.output import is_terminal, tell
from .ends import UsageError
from .process import Process
from .settings_file import SettingsFile

# In the order of `Variables`: the address, the secret, the agent id.
_QUESTIONS = ("Backend's address", "Shared secret, not shown", "This agent's id")
_OPTIONS = ("--url", "--secret-file (or --generate-secret)", "--agent-id")
_NOUNS = ("the address", "the secret", "the agent's id")
_ADDRESS_FORM = "An address begins with wss://, or has a dot or a port in it."
_REFUSALS = {
    NotTaken.NOT_AN_ADDRESS: f"That is not an address. {_ADDRESS_FORM}",
    NotTaken.SECRET_AS_ADDRESS: f"That looks like the secret. {_ADDRESS_FORM}",
    NotTaken.MORE_THAN_AN_ID: "That is more than an agent's id, which has the form {form}.",
    NotTaken.SECRET_AS_ID: "That looks like the secret. An agent's id has the form {form}.",
    NotTaken.ADDRESS_AS_SECRET: "That looks like the address, not like a secret.",
    NotTaken.ID_AS_SECRET: "That looks like the agent's id, not like a secret.",
    NotTaken.UNWRITABLE: (
        "It has too many kinds of quotes and signs: programs that read .env files would read "
        "different values."
    ),
}
_COUNTS = {1: "One setting", 2: "Two settings", 3: "Three settings"}
_GREETING = (
    "{count} connect this agent to its backend, and the backend's team has sent them to you."
)
_PASTE = " Paste them one at a time, or the whole message at once."
_LEAVE = " Ctrl-C leaves everything as it is."


class Interviewer:
    """Leads an interview.

    Args:
        process: where the user is.
        interview: already has the answers of the options.
        no_color: the option.
    """

    def __init__(self, process: Process, interview: Interview, *, no_color: bool) -> None:
        self._process, self._interview, self._no_color = process, interview, no_color
        self._profile = interview.profile

    def _named(self, words: tuple[str, ...], name: str) -> str:
        """Return the word for a setting."""
        return words[self._profile.variables.all.index(name)]

    def hold(self, file: SettingsFile) -> dict[str, str] | None:
        """Find the values of the settings.

        Args:
            file: the file to write them to.

        Returns:
            None if one of them cannot be used and nobody can be asked for another; the reason
            was shown.

        Raises:
            KeyboardInterrupt: the user wants to stop.
            UsageError: an answer is missing, and nobody can be asked.
        """
        interview = self._interview
        if interview.asking:
            self._greet(file)
        elif interview.missing:
            raise UsageError(
                "There is no terminal to ask on. Missing: "
                f"{', '.join(self._named(_OPTIONS, name) for name in interview.missing)}."
            )
        while (step := interview.step()) is not None:
            self._show(interview.answer(self._ask(step)) if isinstance(step, Question) else step)
        return interview.values

    def _greet(self, file: SettingsFile) -> None:
        # If the cursor cannot be moved, pasted text is on the screen before it can be checked.
        paste = _PASTE if is_terminal(self._process.stderr, self._process.environ) else ""
        keep = (
            "" if file.before.missing else f" An empty answer keeps what is in {file.before.path}."
        )
        count = len(self._profile.names)
        greeting = _GREETING.format(count=_COUNTS[count])
        self.say(greeting + paste + _LEAVE + keep)

    def _ask(self, question: Question) -> str:
        name, offer, hint = question.name, question.offer, ""
        if offer is not None:
            hint = f" [{shown(offered(name, offer.text, str(offer.origin), self._profile))}]"
        self.say("")
        return prompt.ask(
            self._process,
            f"{self._named(_QUESTIONS, name)}{hint}: ",
            lambda text: not may_be_drawn(text, name, self._profile),
            hidden=name == self._profile.variables.secret,
        )

    def _show(self, outcome: Outcome) -> None:
        name = outcome.name
        if outcome.given_by is not None:
            whence = "" if outcome.given_by == ANSWER else f", from {outcome.given_by}"
            self.say(f"{self._named(_QUESTIONS, name).partition(',')[0]}{whence}:")
        if outcome.holds:
            lacks = " or ".join(self._named(_NOUNS, one) for one in outcome.lacks)
            self.say(
                f"It holds {joined(self._named(_NOUNS, other) for other in outcome.holds)}"
                f"{f', but not {lacks}' if lacks else ''}.",
                "  ",
            )
        if outcome.unclear:
            self.say(
                f"It is not clear which part is {self._named(_NOUNS, name)}. Paste only that.", "  "
            )
        if outcome.judgement is not None:
            self._tell(partial(lines, name, outcome.judgement, profile=self._profile))
        if outcome.refusal is not None:
            self._tell(partial(refusal, self._words_of(outcome, outcome.refusal)))
        if outcome.other_id:
            self._tell(partial(warning, f"The address names another one: {outcome.other_id}"))

    def _words_of(self, outcome: Outcome, why: NotTaken) -> str:
        if why is NotTaken.EMPTY:
            way_out = (
                "Paste what the backend's team sent you, or end with Ctrl-C."
                if self._interview.asking
                else "The backend's team has its value."
            )
            return f"{outcome.name} is empty. {way_out}"
        if why is NotTaken.ID_OF_ANOTHER_FORM:
            words = id_form(self._profile)
        else:
            words = _REFUSALS[why].format(form=self._profile.agent_id.form)
        if not outcome.can_insist:
            return words
        meant = f" Enter alone takes {outcome.meant}." if outcome.meant else ""
        return f"{words} If it is what you were given, answer the same again.{meant}"

    def tell_end(self, done: Iterable[str], settings: Settings) -> None:
        """Say what was done, and what is still wrong.

        Args:
            done: what was done, in sentences.
            settings: as they are now.
        """
        self.say("")
        for sentence in done:
            self._tell(partial(signed, ("✓", "green"), sentence))
        others = [defect for defect in LINT.lint(settings) if not self._interview.was_told(defect)]
        for finding in noticed(others, settings.profile):
            self._tell(partial(problem, finding, profile=settings.profile))

    def tell_fingerprint(self, secret: Secret) -> None:
        """Say how both sides can compare the secret."""
        if secret.fingerprint is None:
            return
        digits = secret.fingerprint.removeprefix("sha256:")
        printed = command(self._profile.variables.secret)
        self.say("")
        self.say(f"The backend has the same secret if this prints {digits} there:\n$ {printed}")

    def wants(self, question: str, *, otherwise: bool) -> bool:
        """Ask whether to go on; return False if nobody can be asked."""
        if not self._interview.asking:
            return False
        known = {"y": True, "yes": True, "n": False, "no": False, "": otherwise}
        choice = f"{question} [{'Y/n' if otherwise else 'y/N'}] "
        while True:
            # A longer answer was meant for another question, and may contain the secret.
            text = prompt.ask(self._process, choice, lambda text: len(text) > len("yes"))
            answer = text.strip().lower()
            if answer in known:
                return known[answer]
            self.say("Answer y for yes, n for no.", "  ")

    def say(self, text: str, indent: str = "") -> None:
        """Write a paragraph, and the command that follows it, if any."""
        self._tell(lambda width: remedy(text, width, indent))

    def _tell(self, lines: Callable[[int], Iterable[Text]]) -> None:
        tell(self._process, lines, no_color=self._no_color)
