"""Settings that are not set (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...dotenv.text import EnvFile, Line, LineKind
from ...late import compiled
from ...lint.defect import Defect
from ...settings.model import Settings, Source
from ..finding import ERROR, finding, origin_of, readable_file, value_of, without_spaces

_SET_REFERENCE = (
    "Set the variable that the `${{…}}` in {place} names, or write the value itself there."
)


def missing_rule(code: str, kind: str) -> Callable[[Settings], Iterator[Defect]]:
    """Return the rule for one setting that is not set, or is empty.

    Args:
        code: of the entry.
        kind: which of `Variables`.
    """

    def rule(settings: Settings) -> Iterator[Defect]:
        name: str = getattr(settings.names, kind)
        if not settings.profile.needs(name):
            return
        text = value_of(settings, name)
        if text is not None and without_spaces(text):
            return
        file = readable_file(settings)
        remedies = []
        if text is not None:
            what = "white space only" if text else "an empty value"
            evidence = [f"{origin_of(settings, name)} sets it to {what}"]
            if _is_unset_reference(settings, name):
                evidence.append("it is a `${…}` of a variable that is not set: replaced by nothing")
                remedies.append(_SET_REFERENCE)
        else:
            evidence = ["it is not in the process environment"]
            evidence.append(
                f"{file.path} has no line for it" if file is not None else "no .env file was read"
            )
            if file is not None and (comment := _commented_out(file, name)):
                evidence.append(f"{file.path}:{comment.number} has it in a comment")
        state = "not set" if text is None else "empty"
        yield finding(
            code, settings, ERROR, *evidence, setting=name, remedies=remedies, state=state
        )

    return rule


def _is_unset_reference(settings: Settings, name: str) -> bool:
    """Tell whether the setting's line refers to a variable that does not exist."""
    origin, file = origin_of(settings, name), readable_file(settings)
    if origin is None or origin.source is not Source.FILE or file is None:
        return False
    last = file.statements(name)[-1:]
    return any(not known for line in last for _, known in line.expanded)


def _commented_out(file: EnvFile, name: str) -> Line | None:
    pattern = compiled(rf"#\s*(?:export\s+)?{name}\s*=")
    return next(
        (line for line in file.lines if line.kind is LineKind.COMMENT and pattern.match(line.raw)),
        None,
    )
