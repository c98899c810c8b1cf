"""What `doctor --fix` would repair: the findings, and the change of the file, masked (pure)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from ..backend.profile import Profile, Variables
from ..diagnose import noticed
from ..dotenv.edit import divided, from_utf16, pieces
from ..dotenv.text import Encoding, EnvFile, Line, LineKind, parse
from ..escapes import escape
from ..late import compiled
from ..lint.defect import Defect
from ..lint.finding import CLOSING_QUOTES, OPENING_QUOTES, is_space
from ..lint.masking import secrets_in
from ..lint.rules.env_names import is_slip
from ..lint.rules.secret import BEARER
from ..mend import Plan
from ..settings.model import Settings
from ..settings.pieces import MASK
from ..settings.url import parse as parse_url
from .layout import line, prose
from .styled import Text

_HIDDEN = "***"
# A name that looks like a variable's. Any other name may be a piece of the secret, for instance the
# second line of one in Base64, and is masked.
_ORDINARY = compiled(r"[A-Z]{1,12}|[A-Z0-9]{1,16}(?:_[A-Z0-9]{1,16})+")
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def overview(plan: Plan, width: int) -> list[Text]:
    """List what would be repaired; and what would not, with the reason."""
    path = plan.before.path if plan.before is not None else ".env"
    lines: list[Text] = []
    if plan.repaired:
        lines.append(line((f"edgecheck can repair in {path}:", "bold")))
        for title in _titles(plan.repaired, plan.after.profile):
            lines += _item("·", "green", title, width)
    else:
        lines.append(
            line(
                (
                    f"There is nothing in {path} that edgecheck can repair."
                    if plan.left
                    else f"Nothing to repair in {path}.",
                    "bold",
                )
            )
        )
    if plan.left:
        lines += [line(""), line(("It does not change:", "bold"))]
        for title, one in zip(
            _titles([one.defect for one in plan.left], plan.after.profile), plan.left, strict=True
        ):
            lines += _item("–", "yellow", title, width)
            lines += prose(one.reason, width, "    ", style="dim")
    return [*lines, line("")]


def _titles(defects: Iterable[Defect], profile: Profile) -> list[str]:
    return [
        found.title if found.where in found.title else f"{found.where}: {found.title}"
        for found in noticed(defects, profile)
    ]


def _item(mark: str, style: str, text: str, width: int) -> list[Text]:
    first, *rest = prose(text, width, "    ", break_words=True)
    return [line("  ", (mark, style), " ", first.plain.lstrip()), *rest]


def difference(plan: Plan, settings: Settings) -> list[Text]:
    """Return the unified diff of the file's text, with every secret masked; empty if unchanged.

    Args:
        plan: the repairs.
        settings: before the repairs.
    """
    before, after = plan.before, plan.after.env_file
    if plan.content is None or before is None or after is None:
        return []
    # Also a secret that was pasted into another setting, such as the address.
    secrets = {*secrets_in(settings), *secrets_in(plan.after)}

    def cleared(text: str) -> str:
        for secret in secrets:
            text = secret.cut_whole_out_of(text)
        return text

    return unified(
        [cleared(each) for each in _masked(before, settings.names)],
        [cleared(each) for each in _masked(after, settings.names)],
        before.path,
    )


def unified(before: Sequence[str], after: Sequence[str], path: str) -> list[Text]:
    """Return the unified diff of two texts, given by their lines; unsafe characters are escaped."""
    import difflib  # needed only for a repair

    changes = difflib.unified_diff(
        list(map(_visible, before)), list(map(_visible, after)), path, path, lineterm=""
    )
    return [
        line((each, "bold" if number < 2 else _STYLES.get(each[:1], "")))
        for number, each in enumerate(changes)
    ]


def _visible(text: str) -> str:
    bare = text.rstrip(" ")
    return escape(bare) + "\\x20" * (len(text) - len(bare))


def _masked(file: EnvFile, names: Variables) -> list[str]:
    """Return the lines of the file, with everything masked that may be secret."""
    if file.encoding is Encoding.UTF16:
        file = parse(from_utf16(file.content, names.all), {}, path=file.path)
    text = file.content.decode("utf-8")
    mark, text = ("\ufeff", text[1:]) if file.bom else ("", text)
    for each in sorted(file.lines, key=lambda each: -each.number):
        before, statement, after = divided(text, each)
        masked = _masked_statement(each, statement, names)
        if masked.count("\n") != statement.count("\n"):
            masked = re.sub(r"[^\r\n]+", _HIDDEN, statement)
        text = before + masked + after
    return (mark + text).removesuffix("\n").split("\n")


def _masked_statement(one: Line, statement: str, names: Variables) -> str:
    if one.kind is LineKind.COMMENT:
        return re.sub(r"#[^\r\n]*", "# …", statement)
    if one.key is None:
        return re.sub(r"[^\r\n]+", _HIDDEN, statement)
    parts = pieces(one, statement)
    name = next(
        (name for name in names.all if one.key == name or is_slip(one.key, name, names)), ""
    )
    key = parts.key if name or _ORDINARY.fullmatch(one.key) else _HIDDEN
    comment = re.sub(r"#.*", "# …", parts.comment)
    return (
        parts.start
        + key
        + parts.equals
        + _masked_value(name, parts.value, names)
        + comment
        + parts.end
    )


def _masked_value(name: str, text: str, names: Variables) -> str:
    if name == names.agent_id:
        return text
    if not name:
        return re.sub(r"[^\r\n]*[^\s][^\r\n]*", _HIDDEN, text)
    start, end = _core(text, bearer=name == names.secret)
    core = text[start:end]
    masked = parse_url(core).masked if name == names.url else "".join(_masked_words(core))
    return text[:start] + masked + text[end:]


def _core(text: str, *, bearer: bool) -> tuple[int, int]:
    """Return where a value begins and ends without the blanks, quotes and prefix around it."""
    start, end = 0, len(text)
    while start < end:
        if is_space(text[start]) or text[start] in OPENING_QUOTES:
            start += 1
        elif bearer and (prefix := BEARER.match(text, start)):
            start = prefix.end()
        else:
            break
    while end > start and (is_space(text[end - 1]) or text[end - 1] in CLOSING_QUOTES):
        end -= 1
    return start, end


def _masked_words(text: str) -> Iterator[str]:
    for spaces, characters in itertools.groupby(text, is_space):
        yield "".join(characters) if spaces else MASK
