"""Values in the wrong place: two settings in one line, or the secret in another setting (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from ...backend.profile import Profile
from ...dotenv import edit
from ...dotenv.text import EnvFile, Line, LineKind
from ...frozen import dataclass, replace
from ...late import compiled
from ...lint.defect import Defect
from ...settings.credentials import is_credential, is_credential_name, is_generated, is_uuid
from ...settings.model import Settings
from ...settings.url import BackendUrl, is_backend
from ...settings.url import parse as parse_url
from ...wording.units import joined
from ..finding import ERROR, WARNING, finding, readable_file, value_of, without_spaces
from ..repair import LeftAlone
from .secret import is_placeholder

# What may be between two settings that lost the line end between them: blanks, a separator, a line
# end as it is written in a string, and a second `export`.
_BETWEEN = compiled(r"(?:\s|;|,|\\n|\\r|\bexport\s+)*\Z")
# What is before the first word of a line, inside quotes that swallowed it.
_LINE_START = compiled(r"[\r\n][^\S\r\n]*(?:export\s+)?\Z")


def _names(profile: Profile) -> tuple[str, ...]:
    names = profile.variables
    return names.url, names.secret, names.agent_id


# --- two settings in one line --------------------------------------------------------------------


@dataclass(frozen=True)
class _Assigned:
    """What a statement assigns.

    Args:
        names: in the order of the text, its own name first.
        starts: where those after its own name begin.
        comment: where the comment begins, or the end of the text.
    """

    names: tuple[str, ...]
    starts: tuple[int, ...]
    comment: int


def _assigned(file: EnvFile, line: Line, names: tuple[str, ...], text: str, head: int) -> _Assigned:
    """Return what a statement assigns.

    What is in quotes may be a text about settings, such as the options of another program. It
    counts only in the value of a setting or at the start of a line, as a lost quote leaves it, and
    only if no other statement sets that name.

    Args:
        file: the whole file.
        line: the statement.
        names: of the settings.
        text: of the statement.
        head: where its value begins; 0 if it has no name of its own.
    """
    own = line.key if line.kind is LineKind.ASSIGNMENT else None
    elsewhere = {
        name
        for name in names
        if any(each is not line and each.value is not None for each in file.statements(name))
    }
    found: list[re.Match[str]] = []
    comment, value_of_setting = len(text), head if own in names else -1
    for piece in _pieces(names).finditer(text, head):
        if piece["name"]:
            # Another program's options may name a setting that has a line of its own.
            if own is None or own in names or piece["name"] not in elsewhere:
                found.append(piece)
            value_of_setting = piece.end()
        elif piece["quote"]:
            in_setting = piece.start() == value_of_setting
            found += (
                inside
                for inside in _assignment(names).finditer(text, piece.start() + 1, piece.end() - 1)
                if inside["name"] not in elsewhere
                and (in_setting or _LINE_START.search(text, 0, inside.start()))
            )
        # Directly after a closing quote it begins a comment, too, as for python-dotenv.
        stop = piece.end() - bool(piece["comment"])
        if not piece["name"] and text.startswith("#", stop):
            comment = stop
            break
    told = [own] if own is not None else []
    return _Assigned(
        (*told, *(match["name"] for match in found)),
        tuple(match.start() for match in found),
        comment,
    )


@lru_cache(maxsize=8)
def _assignment(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?P<name>{'|'.join(map(re.escape, names))})\s*=")


@lru_cache(maxsize=8)
def _pieces(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds an assignment of a setting, a value in quotes, and the start of a comment.

    A comment begins after white space.
    """
    quoted = r"(?<==)[^\S\r\n]*(?P<quote>['\"])(?:\\.|(?!(?P=quote))[^\\])*(?P=quote)(?=[\s;,#]|\Z)"
    return re.compile(rf"{_assignment(names).pattern}|{quoted}|(?P<comment>(?<=\s)#)", re.DOTALL)


def _merged_lines(file: EnvFile, names: tuple[str, ...]) -> Iterator[tuple[Line, list[str]]]:
    """Yield the lines with more than one setting, each with the names of those settings."""
    for line in file.lines:
        if line.kind is LineKind.COMMENT or not any(name in line.raw for name in names):
            continue
        # Of an assignment, `raw` is what follows the `=`.
        head = int(line.kind is LineKind.ASSIGNMENT)
        told = _assigned(file, line, names, "=" * head + line.raw, head).names
        if len(set(told)) > 1:
            yield line, list(told)


def line_merged(settings: Settings) -> Iterator[Defect]:
    """Find lines that hold more than one setting, because a line end between them is lost."""
    file, names = readable_file(settings), _names(settings.profile)
    for line, told in _merged_lines(file, names) if file is not None else ():
        lost = [name for name in told[1:] if name != told[0]]
        merged = finding(
            "env-line-merged",
            settings,
            ERROR,
            f"the line assigns {joined(told)}; programs read only the first of them",
            setting=told[0] if told[0] in names else lost[0],
            where=f"{file.path}:{line.number}" if file is not None else "",
            line=str(line.number),
            first=told[0],
            lost=joined(lost),
        )
        yield replace(merged, covers=tuple(lost))


def divided(file: EnvFile, defect: Defect, profile: Profile) -> bytes | None:
    """Put every setting of a line into a line of its own, unless another line sets it too."""
    names = _names(profile)
    line = next(each for each in file.lines if str(each.number) == defect.values["line"])
    text = file.content.decode("utf-8")
    before, statement, after = edit.divided(text.removeprefix("\ufeff"), line)
    end = re.search(r"[\r\n]*\Z", statement)
    assert end is not None
    body = statement[: end.start()]
    is_set = line.kind is LineKind.ASSIGNMENT
    head = len(edit.pieces(line, body).head) if is_set else 0
    assigned = _assigned(file, line, names, body, head)
    told = assigned.names
    others = [each for each in file.lines if each is not line and each.key in told]
    if others or len(set(told)) < len(told):
        raise LeftAlone("A setting of this line is also set elsewhere. Decide first which counts.")
    stops = [*assigned.starts, assigned.comment]
    parts = [body[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]
    # What follows the last setting is a part of its value, but for a mark that all have.
    lines = [*(_BETWEEN.sub("", part) for part in parts[:-1]), parts[-1]]
    marks = {_mark_after(part) for part in parts[:-1]} - {""}
    last = parts[-1].rstrip()
    for mark in marks if len(marks) == 1 else ():
        lines[-1] = last.removesuffix(mark) + parts[-1][len(last) :]
    # A quote around more than one setting: which part belongs to what is a guess.
    if any(part.count(quote) % 2 for part in lines for quote in "'\""):
        return None
    lines[-1] += body[assigned.comment :]
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    joined_again = (end[0] or "\n").join(filter(None, lines))
    return f"{mark}{before}{joined_again}{end[0]}{after}".encode()


def _mark_after(part: str) -> str:
    """Return what separates a setting from the next one, beside blanks and ``export``."""
    between = _BETWEEN.search(part)
    return re.sub(r"\s|export", "", between[0]) if between is not None else ""


# --- the secret in another setting ---------------------------------------------------------------

# What can be put right: two settings are exchanged, or the secret goes out of the address's query.
_EXCHANGED, _IN_QUERY = "exchanged", "in the query"


def secret_misplaced(settings: Settings) -> Iterator[Defect]:
    """Find the secret in the agent id or in the address, and settings that changed places."""
    url, secret, agent_id = (
        without_spaces(value_of(settings, name) or "")
        for name in (settings.names.url, settings.names.secret, settings.names.agent_id)
    )
    names, profile = settings.profile.variables, settings.profile
    missing = not secret or is_placeholder(secret)
    is_other = bool(agent_id) and not profile.is_agent_id(agent_id)
    is_hidden = (is_credential(agent_id) or is_generated(agent_id)) and is_other
    if is_other and profile.is_agent_id(secret):
        what = f"the secret, and {names.secret} the agent id"
        yield _misplaced(settings, names.agent_id, what, _EXCHANGED, covers=(names.secret,))
    elif is_hidden and (missing or not is_uuid(agent_id)):
        what = "what looks like a secret"
        yield _misplaced(settings, names.agent_id, what, covers=(names.secret,) * missing)
    elif agent_id and agent_id == secret and not profile.is_agent_id(agent_id):
        yield _misplaced(settings, names.agent_id, f"the same value as {names.secret}")
    if is_backend(secret) and url and not is_backend(url):
        what = f"the secret, and {names.secret} the address"
        yield _misplaced(settings, names.url, what, _EXCHANGED, covers=(names.secret,))
        return
    if is_credential(url) and "." not in url and "/" not in url:
        yield _misplaced(
            settings, names.url, "what looks like a secret", covers=(names.secret,) * missing
        )
        return
    found = list(_in_query(parse_url(url), secret))
    if found:
        listed = joined(f"`{name}`" for name, _ in found)
        is_ours = missing or any(value == secret for _, value in found)
        yield _misplaced(
            settings,
            names.url,
            f"a secret in its query ({listed})",
            _IN_QUERY,
            covers=(names.secret,) * missing,
            warning=not is_ours,
        )


def _in_query(parts: BackendUrl, secret: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of an address that hold a credential, with their values."""
    for pair in (parts.query or "").split("&"):
        name, sign, value = pair.partition("=")
        value = unquote(value)
        told = is_credential_name(name) or value == secret or is_credential(value)
        if sign and value and told:
            yield name, value


def _misplaced(
    settings: Settings,
    setting: str,
    what: str,
    how: str = "",
    *,
    covers: tuple[str, ...] = (),
    warning: bool = False,
) -> Defect:
    names = settings.profile.variables
    found = finding(
        "secret-misplaced",
        settings,
        WARNING if warning else ERROR,
        *((f"{name} is not set" for name in covers) if how != _EXCHANGED else ()),
        "its value is hidden in everything that edgecheck shows, as a secret is",
        setting=setting,
        what=what,
        how=how,
        names=f"{names.url} {names.secret} {names.agent_id}",
    )
    return replace(found, covers=covers)


def put_right(file: EnvFile, defect: Defect, _: Profile) -> bytes | None:
    """Exchange two settings that changed places, or move the secret out of the address's query."""
    url, secret, agent_id = defect.values["names"].split()
    values = {
        name: lines[-1].value
        for name in (url, secret, agent_id)
        if (lines := file.statements(name)) and lines[-1].value is not None
    }
    how, own = defect.values["how"], values.get(defect.setting)
    if own is None:
        return None
    if how == _EXCHANGED and (other := values.get(secret)) is not None:
        content = edit.with_value(file.content, defect.setting, without_spaces(other))
        return edit.with_value(content, secret, without_spaces(own))
    if how != _IN_QUERY:
        raise LeftAlone("Which value belongs there instead, only the backend's team knows.")
    parts = parse_url(own)
    found = list(_in_query(parts, values.get(secret) or ""))
    if any(pair and "=" not in pair for pair in (parts.query or "").split("&")) or "#" in own:
        return None  # a value with an `&` or a `#` that nobody encoded: where it ends is a guess
    known = values.get(secret) or ""
    if len(found) != 1 or (known and not is_placeholder(known) and known != found[0][1]):
        return None
    content = edit.with_value(file.content, url, _without_parameter(own, found[0][0]))
    return content if known == found[0][1] else edit.with_value(content, secret, found[0][1])


def _without_parameter(address: str, name: str) -> str:
    base, _, tail = address.partition("?")
    query, sign, fragment = tail.partition("#")
    kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] != name)
    return f"{base}{'?' if kept else ''}{kept}{sign}{fragment}"
