"""config: what is wrong with the settings, before anything is sent (pure).

Every entry has a rule: a function of the settings that yields what it found, where, and in what words, without any part of the
secret. A defect is judged after the repair of the others: `'Bearer abc'` is quoted and has a prefix, and it has no blank inside.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ..facts import ConfigFacts, Defect, Stage
from ..facts.text import escape, is_unsafe
from ..settings.envfile import Encoding, EnvFile, Line, LineKind, Loader, Reading, Tracking
from ..settings.model import BACKEND_URL, EDGE_AGENT_ID, EDGE_SECRET, REQUIRED, Origin, Settings, Source
from ..settings.secret import MIN_LENGTH, Secret
from ..settings.url import BackendUrl, is_loopback
from ..settings.url import parse as parse_url
from .problem import Example, Lint, Problem, Severity, Side

# How many positions, names or lines are listed before the rest is only counted.
_LISTED = 5
# The longest value that is shown whole.
_SHOWN = 200

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


# --- what a rule has at hand -------------------------------------------------------------------------------------------------


def _text(settings: Settings, name: str) -> str | None:
    """Return a setting's value; None where it is not set."""
    if name == EDGE_SECRET:
        return settings.secret.secret.reveal() if settings.secret else None
    setting = settings.backend_url if name == BACKEND_URL else settings.agent_id
    return setting.text if setting else None


def _origin(settings: Settings, name: str) -> Origin | None:
    setting = {BACKEND_URL: settings.backend_url, EDGE_SECRET: settings.secret, EDGE_AGENT_ID: settings.agent_id}[name]
    return setting.origin if setting else None


def _unset(settings: Settings) -> tuple[str, ...]:
    return tuple(name for name in REQUIRED if _text(settings, name) is None)


def _readable(settings: Settings) -> EnvFile | None:
    """Return the file where there is one that loaders can read."""
    return settings.env_file if settings.env_file is not None and settings.env_file.is_read else None


def _found(
    code: str,
    settings: Settings,
    severity: Severity,
    *evidence: str,
    setting: str = "",
    where: str = "",
    **values: str,
) -> Defect:
    """Build a finding. Its texts can be filled with ``where``, ``place``, ``file`` and ``setting``, beside its own values."""
    origin = _origin(settings, setting) if setting else None
    path = settings.env_file.path if settings.env_file is not None else ".env"
    where = where or (str(origin) if origin else "")
    common = {"where": where or path, "file": shlex.quote(path), "place": _place(origin, path)}
    if setting:
        common["setting"] = setting
    return Defect(code, severity, where, setting, evidence, common | values)


def _place(origin: Origin | None, path: str) -> str:
    """Say where to edit, for the middle of a sentence."""
    if origin is None:
        return path
    match origin.source:
        case Source.FILE:
            return f"line {origin.line} of {origin.name}"
        case Source.ENVIRONMENT:
            return f"the environment variable {origin.name}"
        case _:
            return origin.name


def _command_that_sets(origin: Origin | None, name: str, value: str) -> str:
    """Return a command that puts a value, no secret, in the place of the one that is set."""
    if origin is None or origin.source is Source.ENVIRONMENT:
        return f"export {name}={shlex.quote(value)}"
    if origin.source is Source.OPTION:
        return f"edgecheck doctor {origin.name} {shlex.quote(value)}"
    escaped = re.sub(r"([\\|&])", r"\\\1", value)
    return f"sed -i {shlex.quote(f'{origin.line}s|=.*|={escaped}|')} {shlex.quote(origin.name)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(items: Iterable[object]) -> str:
    texts = [str(item) for item in items]
    more = len(texts) - _LISTED
    return ", ".join(texts[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _and(names: Iterable[str]) -> str:
    texts = list(names)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _described(name: str, value: str) -> str:
    """Show a value, or, of the secret, its length alone."""
    if not value:
        return "an empty value"
    if name == EDGE_SECRET:
        return _count(len(value), "character")
    return f"`{escape(parse_url(value).masked if name == BACKEND_URL else value, _SHOWN)}`"


# --- characters --------------------------------------------------------------------------------------------------------------

_BLANKS = " \t"
_LINE_BREAKS = "\r\n"
_OPENING_QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c"
_CLOSING_QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300d"


def _is_invisible(character: str) -> bool:
    """Tell whether a character shows nothing of itself, the ordinary blanks and line ends aside."""
    # Surrogates (bytes that are no UTF-8), private and unassigned characters are drawn as something: they are not ASCII, no more.
    if character in _BLANKS or character in _LINE_BREAKS or unicodedata.category(character) in ("Cs", "Co", "Cn"):
        return False
    return is_unsafe(character)


def _is_space(character: str) -> bool:
    return character.isspace() or _is_invisible(character)


def _without_spaces(text: str) -> str:
    return "".join(character for character in text if not _is_space(character))


def _named(character: str) -> str:
    """Name a character as Unicode does."""
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return "a byte that is no UTF-8"  # how Python keeps one (PEP 383)
    plain = {" ": "blank", "\t": "tab", "\r": "CR", "\n": "LF"}
    return plain.get(character) or f"U+{number:04X} {unicodedata.name(character, 'control character')}"


def _located(text: str, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """List the wanted characters of a text, each kind with its positions."""
    positions: dict[str, list[int]] = {}
    for position, character in enumerate(text, 1):
        if wanted(character):
            positions.setdefault(character, []).append(position)
    lines = [f"{_named(character)} at position {_listed(places)} of {len(text)}" for character, places in list(positions.items())[:_LISTED]]
    if len(positions) > _LISTED:
        lines.append(f"and {_count(len(positions) - _LISTED, 'other kind')} of character")
    return tuple(lines)


# --- the file ----------------------------------------------------------------------------------------------------------------


def _env_file_missing(settings: Settings) -> Iterator[Defect]:
    file, unset = settings.env_file, _unset(settings)
    if file is not None and file.missing:
        looked, severity = file.path, _ERROR if unset else _WARNING
    elif file is None and unset:
        looked, severity = f"{settings.folder} or any folder above it", _ERROR
    else:
        return
    evidence = [f"looked for: {file.absolute if file is not None else f'.env in {looked}'}"]
    if unset:
        evidence.append(f"not set anywhere else: {_and(unset)}")
    yield _found("env-file-missing", settings, severity, *evidence, where=file.path if file is not None else "", looked=looked)


def _file_severity(settings: Settings) -> Severity:
    """A file that nobody needs is no error, unless it was asked for."""
    return _ERROR if settings.env_file_named or _unset(settings) else _WARNING


def _env_file_unreadable(settings: Settings) -> Iterator[Defect]:
    file = settings.env_file
    if file is None or file.error is None:
        return
    severity = _file_severity(settings)
    if severity is _WARNING and "directory" in file.error:
        return  # a virtual environment of that name, and all is set without it
    yield _found("env-file-unreadable", settings, severity, f"{file.absolute}: {file.error}", where=file.path, reason=file.error)


def _env_file_not_utf8(settings: Settings) -> Iterator[Defect]:
    file = settings.env_file
    if file is None or file.encoding is Encoding.UTF8:
        return
    if file.encoding is Encoding.UTF16:
        marked = file.content[:2] in (b"\xff\xfe", b"\xfe\xff")
        evidence = f"it begins with the bytes {file.content[:2].hex(' ')}, the mark of UTF-16" if marked else "every other byte is zero"
        encoding, source = "UTF-16", "UTF-16" if marked else "UTF-16LE" if file.content[1:2] == b"\0" else "UTF-16BE"
    else:
        evidence = f"line {file.bad_line} has a byte that is no UTF-8"
        encoding, source = "not UTF-8", "WINDOWS-1252"
    yield _found(
        "env-file-not-utf8",
        settings,
        _file_severity(settings),
        evidence,
        where=file.path,
        encoding=encoding,
        source_encoding=source,
    )


def _env_file_bom(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    if file is not None and file.bom:
        first = next((line for line in file.lines if line.kind is not LineKind.COMMENT), None)
        lost = first.key if first is not None and first.key in REQUIRED and first.number == 1 else "the first line"
        yield _found("env-file-bom", settings, _WARNING, "it begins with the bytes ef bb bf (U+FEFF)", where=file.path, lost=lost)


def _env_line_invalid(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    if file is None:
        return
    harmless: list[Line] = []
    for before, line in zip((None, *file.lines), file.lines, strict=False):
        if not _is_no_setting(line, file):
            continue
        needed = _needed_by(line, settings)
        wrapped = _goes_on(before, line)
        if not needed and not wrapped:
            harmless.append(line)
            continue
        evidence = [f"{file.path}:{line.number}: {_why_no_setting(line)}"]
        if wrapped:
            evidence.append(f"the line before it sets {wrapped}: does its value go on here?")
        yield _found(
            "env-line-invalid",
            settings,
            _ERROR if needed else _WARNING,
            *evidence,
            setting=needed or wrapped,
            where=f"{file.path}:{line.number}",
            line=str(line.number),
            name=needed or wrapped,
        )
    if harmless:
        yield _found(
            "env-line-invalid",
            settings,
            _WARNING,
            *(f"{file.path}:{line.number}: {_why_no_setting(line)}" for line in harmless[:_LISTED]),
            *([f"and {_count(len(harmless) - _LISTED, 'more line')}"] if len(harmless) > _LISTED else []),
            where=f"{file.path}:{harmless[0].number}",
            line=_listed(line.number for line in harmless),
            name="NAME",
        )


def _is_no_setting(line: Line, file: EnvFile) -> bool:
    if line.kind is LineKind.BARE and line.exported:
        # `export NAME` after `NAME=value` is what shells want; python-dotenv then forgets the value.
        return line.key in REQUIRED or not any(other.value is not None for other in file.statements(line.key or ""))
    return line.kind in (LineKind.BARE, LineKind.INVALID)


def _needed_by(line: Line, settings: Settings) -> str:
    first = line.raw.partition("\n")[0]
    for name in _unset(settings):
        if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", first):
            return name
    return ""


def _goes_on(before: Line | None, line: Line) -> str:
    """Return the setting whose value seems to be broken over two lines."""
    if before is None or before.key not in REQUIRED or before.quote or before.number + 1 != line.number:
        return ""
    return before.key if before.value and len(line.raw.split()) == 1 else ""


def _why_no_setting(line: Line) -> str:
    """Say what keeps a line from being a setting, without showing any of it: it may hold the secret."""
    text = line.raw.partition("\n")[0].strip()
    if line.kind is LineKind.BARE and line.exported:
        return "`export` with a name alone: python-dotenv forgets the value that the name had"
    if match := re.match(r"(?:set|setx|env|declare|local|typeset|const|let|var)\s", text, re.IGNORECASE):
        return f"begins with `{match[0].strip()}`, which is no part of a .env file"
    if re.match(r"['\"]?(?:export\s+)?[A-Za-z_]\w*['\"]?\s*:", text):
        return "a `:` where the `=` is due"
    if "=" not in text:
        return "no `=`"
    if match := re.search(r"=\s*(['\"])", text):
        closed = text.count(match[1], match.end())
        return "something stands after the closing quote" if closed else f"the quote ({match[1]}) after the `=` is never closed"
    if re.match(r"[^=]*\s[^=]*=", text):
        return "a blank in the name before the `=`"
    return "it is not of the form NAME=value"


def _env_key_duplicate(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    for name, _, last in _decisive(settings):
        statements = [line for line in file.statements(name) if line.value is not None] if file is not None else []
        if len({line.value for line in statements}) < 2:
            continue
        yield _found(
            "env-key-duplicate",
            settings,
            _WARNING,
            *(
                f"{_at(file, line)}: {_described(name, line.value or '')}, {'used' if line is last else 'dropped'}"
                for line in statements[-_LISTED:]
            ),
            setting=name,
            where=_at(file, last),
            lines=_and(str(line.number) for line in statements),
            used=str(last.number),
            dropped=str(statements[0].number),
        )


# Two slips are a misspelling, three are another name (EDGE_SECRET and EDGE_SERVER differ by three).
_MAX_SLIPS = 2


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _is_near(written: str, name: str) -> bool:
    """Tell whether a name looks like a slip of another."""
    if written in REQUIRED or len(written) > 2 * len(name) + 8:
        return False
    bare = written.removeprefix("$env:").strip("'\"$")
    theirs, ours = _letters(bare), _letters(name)
    if theirs == ours or _slips(theirs, ours) <= _MAX_SLIPS:
        return True
    # A prefix or suffix in words: VITE_BACKEND_URL, EDGE_SECRET_KEY; or one left out: AGENT_ID.
    parts, wanted = bare.upper().split("_"), name.split("_")
    if not re.fullmatch(r"[A-Z_]+", bare.upper()):
        return False
    longer, shorter = (parts, wanted) if len(parts) > len(wanted) else (wanted, parts)
    return len(shorter) > 1 and any(longer[i : i + len(shorter)] == shorter for i in range(len(longer) - len(shorter) + 1))


def _slips(one: str, other: str) -> int:
    """Count the letters to insert, delete, replace or swap with a neighbour (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _env_key_misspelled(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    for name in _unset(settings):
        line = next((line for line in file.lines if line.value and line.key and _is_near(line.key, name)), None) if file else None
        if file is not None and line is not None and line.key is not None:
            written, where = escape(line.key), f"{file.path}:{line.number}"
            rename = f"sed -i {shlex.quote(f'{line.number}s/{re.escape(line.key)}/{name}/')} {shlex.quote(file.path)}"
            foreign = line.key
        else:
            variable = next((variable for variable in settings.environment_names if _is_near(variable, name)), None)
            if variable is None:
                continue
            written, where, foreign = escape(variable), f"${escape(variable)}", variable
            rename = f'export {name}="${variable}"' if re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII) else f"export {name}=…"
        yield _found(
            "env-key-misspelled",
            settings,
            _ERROR,
            f"{where} sets `{written}`",
            *_located(foreign, lambda character: not character.isascii()),
            setting=name,
            where=where,
            written=written,
            rename=rename,
        )


def _env_value_shadowed(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    for name, origin in settings.shadowed:
        used = _text(settings, name)
        other = file.statements(name)[-1].value if file is not None and file.statements(name) else None
        if used is None or other is None:
            continue
        yield _found(
            "env-value-shadowed",
            settings,
            _WARNING,
            f"used: {_origin(settings, name)}, {_described(name, used)}",
            f"not used: {origin}, {_described(name, other)}",
            setting=name,
            other=str(origin),
        )


def _at(file: EnvFile | None, line: Line) -> str:
    return f"{file.path}:{line.number}" if file is not None else f"line {line.number}"


def _decisive(settings: Settings) -> Iterator[tuple[str, EnvFile, Line]]:
    """Yield, for each setting in the file, the line that decides it."""
    file = _readable(settings)
    if file is None:
        return
    for name in REQUIRED:
        statements = file.statements(name)
        if statements and statements[-1].value is not None:
            yield name, file, statements[-1]


def _env_value_interpolated(settings: Settings) -> Iterator[Defect]:
    for name, file, line in _decisive(settings):
        if not line.expanded:
            continue
        evidence = []
        for variable, known in line.expanded[:_LISTED]:
            # What stands in the braces may be a piece of the secret, unless it is a name that means something here.
            secret = name == EDGE_SECRET and not (known and variable in settings.environment_names)
            shown = "${…}" if secret else f"${{{escape(variable)}}}"
            evidence.append(f"`{shown}`: {'replaced by its value' if known else 'there is no such variable: replaced by nothing'}")
        yield _found(
            "env-value-interpolated",
            settings,
            _WARNING,
            *evidence,
            f"python-dotenv reads {_described(name, line.value or '')}",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


def _env_value_truncated(settings: Settings) -> Iterator[Defect]:
    for name, file, line in _decisive(settings):
        # With a blank in it, it reads like words: an ordinary comment. A `#` alone, or several, draws a line.
        if not line.cut.strip("#") or any(character.isspace() for character in line.cut):
            continue
        read, cut = _described(name, line.value or ""), _count(len(line.cut), "character")
        yield _found(
            "env-value-truncated",
            settings,
            _WARNING,
            f"python-dotenv reads {read}, and takes the {cut} from ` #` on for a comment",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


_OTHERS = (Loader.NODE, Loader.DOCKER, Loader.SHELL)


def _env_value_dialect(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    invalid = {line.number for line in file.lines if line.kind in (LineKind.BARE, LineKind.INVALID)} if file is not None else set()
    for name, _, line in _decisive(settings):
        value = line.value or ""
        others = {loader: _reading(file, loader, name) for loader in _OTHERS}
        # A loader that stopped at a line which is no setting did not get here: that line is the finding (env-line-invalid).
        if all(reading.stopped_at in invalid or reading.value == value for reading in others.values()) or not _differs(line, others):
            continue
        yield _found(
            "env-value-dialect",
            settings,
            _WARNING,
            f"{Loader.PYTHON}: {_described(name, value)}",
            *(f"{loader}: {_compared(name, reading, value)}" for loader, reading in others.items()),
            setting=name,
            where=_at(file, line),
            what=name,
            loaders=_and(str(loader) for loader, reading in others.items() if reading.value != value),
            write=f"{name}={_quoted_value(name, value)}",
        )
    if file is not None and file.windows_line_ends and any(file.holds(name) for name in REQUIRED):
        yield _found(
            "env-value-dialect",
            settings,
            _WARNING,
            f"{_count(file.windows_line_ends, 'line')} of {file.path} end in CR LF, as Windows writes them",
            f"{Loader.SHELL}: keeps the CR as the last character of the value",
            f"{Loader.PYTHON}, {Loader.NODE} and {Loader.DOCKER}: drop it",
            where=file.path,
            what="every line",
            loaders=str(Loader.SHELL),
            write="LF line ends",
        )


def _reading(file: EnvFile | None, loader: Loader, name: str) -> Reading:
    absent = Reading(None, "it does not see the line")
    return file.readings[loader].get(name, absent) if file is not None else absent


def _quoted_value(name: str, value: str) -> str:
    """Show how to write a value so that nearly all loaders agree."""
    if name == EDGE_SECRET or "'" in value:
        return f"'<{'the secret' if name == EDGE_SECRET else 'value'}>'"
    return f"'{_described(name, value).strip('`')}'"


def _differs(line: Line, others: dict[Loader, Reading]) -> bool:
    """Tell whether loaders read a line differently in a way that its writer can hardly have meant.

    docker takes quotes, `export` and comments for part of the line. Everybody who writes them for the other loaders
    knows or soon learns that, so docker alone counts for blanks at the end, which nobody sees.
    """
    value = line.value or ""
    if any(others[loader].value != value for loader in (Loader.NODE, Loader.SHELL)):
        return True
    docker = others[Loader.DOCKER].value
    return docker is not None and docker != value and not line.cut and docker.strip() == value


def _compared(name: str, reading: Reading, value: str) -> str:
    """Describe what another loader reads, by what is different."""
    other = reading.value
    if other is None:
        return f"nothing: {reading.note}"
    if other == value:
        return "the same"
    how = ""
    if other[1:-1] == value and other[:1] == other[-1:] and other[:1] in ("'", '"', "`"):
        how = "with the quotes"
    elif value.startswith(other):
        how = f"cut off after character {len(other)}"
    elif other.strip() == value:
        how = f"with {_located_ends(other)}"
    elif other.startswith(value):
        how = f"with {_count(len(other) - len(value), 'character')} more at its end"
    elif "${" in other and "${" not in value:
        how = "with `${…}` as it is written"
    described = _described(name, other)
    return f"{described}, {how}" if how else f"{described}, another value" if name == EDGE_SECRET else described


def _located_ends(text: str) -> str:
    ends = text[: len(text) - len(text.lstrip())] + text[len(text.rstrip()) :]
    return _and(_count(number, _named(character)) for character, number in Counter(ends).items())


def _env_file_exposed(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    # 0o044: read for the group, read for others.
    if file is None or file.mode is None or not file.mode & 0o044 or not file.holds(EDGE_SECRET):
        return
    who = _and([who for bit, who in ((0o040, "its group"), (0o004, "everybody on this machine")) if file.mode & bit])
    yield _found("env-file-exposed", settings, _WARNING, f"mode {file.mode:04o}", where=file.path, who=who, mode=f"{file.mode:04o}")


def _env_file_tracked(settings: Settings) -> Iterator[Defect]:
    file = _readable(settings)
    if file is None or file.tracked in (None, Tracking.IGNORED) or not file.holds(EDGE_SECRET):
        return
    tracked = file.tracked is Tracking.TRACKED
    yield _found(
        "env-file-tracked",
        settings,
        _WARNING,
        "git ls-files lists it" if tracked else "git check-ignore does not know it: `git add .` takes it along",
        where=file.path,
        state="tracks" if tracked else "does not ignore",
    )


# --- a setting that is not there ---------------------------------------------------------------------------------------------


def _missing(code: str, name: str) -> Callable[[Settings], Iterator[Defect]]:
    def rule(settings: Settings) -> Iterator[Defect]:
        text = _text(settings, name)
        if text is not None and _without_spaces(text):
            return
        file = _readable(settings)
        if text is not None:
            what = "nothing but white space" if text else "an empty value"
            evidence = [f"{_origin(settings, name)} sets it to {what}"]
        else:
            evidence = ["it is not in the process environment"]
            evidence.append(f"{file.path} has no line for it" if file is not None else "no .env file was read")
            if file is not None and (comment := _commented_out(file, name)):
                evidence.append(f"{file.path}:{comment.number} has it in a comment")
        state = "not set" if text is None else "empty"
        yield _found(code, settings, _ERROR, *evidence, setting=name, state=state)

    return rule


def _commented_out(file: EnvFile, name: str) -> Line | None:
    pattern = re.compile(rf"#\s*(?:export\s+)?{name}\s*=")
    return next((line for line in file.lines if line.kind is LineKind.COMMENT and pattern.match(line.raw)), None)


# --- the secret --------------------------------------------------------------------------------------------------------------

# "Authorization:" is taken along where somebody copied the whole field.
_BEARER = re.compile(r"(?i)(?:authorization\s*:\s*)?bearer\s+")
# The guide's own, and those that templates and examples use. Compared without case, blanks and punctuation.
_PLACEHOLDERS = frozenset(
    [
        "yoursharedsecrethere",
        "yoursharedsecret",
        "yoursecrethere",
        "yoursecret",
        "yourtokenhere",
        "yourtoken",
        "yourkeyhere",
        "changeme",
        "changethis",
        "changeit",
        "replaceme",
        "replacethis",
        "placeholder",
        "secret",
        "edgesecret",
        "sharedsecret",
        "mysecret",
        "secrethere",
        "secretgoeshere",
        "insertsecrethere",
        "todo",
        "fixme",
        "tbd",
        "none",
        "null",
        "undefined",
    ]
)


@dataclass(frozen=True)
class _SecretShape:
    """What is wrong with a secret, each defect seen as if the others were repaired.

    Args:
        text: as configured.
        leading, trailing: blanks and tabs at the ends.
        quotes: the pair that it stands in.
        bearer: how long the `Bearer ` prefix is.
        clean: what remains after the repairs that need no guess.
        inner: blanks inside that.
    """

    text: str
    leading: str
    trailing: str
    quotes: str
    bearer: int
    clean: str
    inner: tuple[int, ...]
    is_placeholder: bool

    @classmethod
    def of(cls, text: str) -> _SecretShape:
        leading = trailing = quotes = ""
        bearer = 0
        rest = text
        while True:
            before = rest
            rest = rest.lstrip(_BLANKS)
            leading += before[: len(before) - len(rest)]
            shorter = rest.rstrip(_BLANKS)
            trailing += rest[len(shorter) :]
            rest = _stripped_of(shorter, lambda character: character in _LINE_BREAKS or _is_invisible(character))
            if len(rest) > 2 and rest[0] in _OPENING_QUOTES and rest[-1] in _CLOSING_QUOTES:
                quotes = quotes or rest[0] + rest[-1]
                rest = rest[1:-1]
            if match := _BEARER.match(rest):
                bearer = bearer or len(match[0])
                rest = rest[match.end() :]
            if rest == before:
                break
        clean = "".join(character for character in rest if character not in _LINE_BREAKS and not _is_invisible(character))
        inner = tuple(position for position, character in enumerate(clean, 1) if character in _BLANKS)
        return cls(text, leading, trailing, quotes, bearer, clean, inner, _is_placeholder(clean))


def _stripped_of(text: str, unwanted: Callable[[str], bool]) -> str:
    start, end = 0, len(text)
    while start < end and unwanted(text[start]):
        start += 1
    while end > start and unwanted(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_placeholder(text: str) -> bool:
    if re.fullmatch(r"<.*>|\[.*\]|\{.*\}|x{3,}|X{3,}|\*{3,}|\.{3,}|…", text, re.DOTALL):
        return True
    words = re.sub(r"[\W_]", "", text).casefold()
    return words in _PLACEHOLDERS or re.fullmatch(r"your[a-z]{2,30}here", words) is not None


def _secret(settings: Settings) -> _SecretShape | None:
    """Return the secret's shape; None where there is nothing to judge."""
    text = _text(settings, EDGE_SECRET)
    return _SecretShape.of(text) if text is not None and _without_spaces(text) else None


# How bad, what is the evidence, and what the texts are filled with; None where there is nothing wrong.
_Judged = tuple[Severity, tuple[str, ...], dict[str, str]] | None


def _secret_rule(code: str, judge: Callable[[_SecretShape], _Judged]) -> Lint:
    def rule(settings: Settings) -> Iterator[Defect]:
        secret = _secret(settings)
        judged = judge(secret) if secret is not None else None
        if judged is not None:
            severity, evidence, values = judged
            yield _found(code, settings, severity, *evidence, setting=EDGE_SECRET, **values)

    return Lint(rule)


def _judge_placeholder(shape: _SecretShape) -> _Judged:
    return (_ERROR, ("the value is one that guides and templates put in the secret's place",), {}) if shape.is_placeholder else None


def _judge_whitespace(shape: _SecretShape) -> _Judged:
    if not shape.leading and not (shape.trailing and shape.text[-1] not in _LINE_BREAKS):
        return None
    ends = [("before", shape.leading), ("after", shape.trailing)]
    evidence = tuple(
        f"{_and(_count(number, _named(character)) for character, number in Counter(end).items())} {side} the value"
        for side, end in ends
        if end
    )
    side = "begins" if shape.leading else "ends"
    return _ERROR if shape.leading else _WARNING, evidence, {"side": side}


def _judge_inner_whitespace(shape: _SecretShape) -> _Judged:
    if not shape.inner:
        return None
    count = len(shape.inner)
    return (
        _ERROR,
        (f"{_count(count, 'blank')} inside, at position {_listed(shape.inner)} of {len(shape.clean)}",),
        {"count": _count(count, "blank")},
    )


def _judge_line_break(shape: _SecretShape) -> _Judged:
    breaks = _located(shape.text, lambda character: character in _LINE_BREAKS)
    at_end = not any(character in shape.text.rstrip(_LINE_BREAKS) for character in _LINE_BREAKS)
    return (_ERROR, breaks, {"position": "at its end" if at_end else "inside it"}) if breaks else None


def _judge_quoted(shape: _SecretShape) -> _Judged:
    if not shape.quotes:
        return None
    opening, closing = (_named(quote) for quote in shape.quotes)
    return _ERROR, (f"first character: {opening}", f"last character: {closing}"), {}


def _judge_bearer(shape: _SecretShape) -> _Judged:
    return (_ERROR, (f"the first {shape.bearer} characters are the prefix",), {}) if shape.bearer else None


def _judge_invisible(shape: _SecretShape) -> _Judged:
    evidence = _located(shape.text, _is_invisible)
    count = sum(map(_is_invisible, shape.text))
    first = next(filter(_is_invisible, shape.text), "")
    return (_ERROR, evidence, {"count": _count(count, "invisible character"), "character": _named(first)}) if evidence else None


def _judge_non_ascii(shape: _SecretShape) -> _Judged:
    position = next((i for i, character in enumerate(shape.clean, 1) if not character.isascii()), None)
    if position is None:
        return None
    count = sum(not character.isascii() for character in shape.clean)
    # The first one is named, and no more: the rest is the secret's own business.
    evidence = (f"{_named(shape.clean[position - 1])} at position {position} of {len(shape.clean)}",)
    return _ERROR, evidence, {"count": _count(count, "character"), "character": _named(shape.clean[position - 1])}


def _judge_weak(shape: _SecretShape) -> _Judged:
    if not Secret(shape.clean).is_weak:
        return None
    length, distinct = len(shape.clean), len(set(shape.clean))
    return _WARNING, (f"{_count(length, 'character')}, {distinct} of them different",), {"length": _count(length, "character")}


def _secret_file_unreadable(settings: Settings) -> Iterator[Defect]:
    file = settings.secret_file
    if file is not None and file.error is not None:
        name = "standard input" if file.name == "-" else file.name
        yield _found(
            "secret-file-unreadable",
            settings,
            _ERROR,
            f"{name}: {file.error}",
            setting=EDGE_SECRET,
            where=f"--secret-file {file.name}",
            name=name,
            path=shlex.quote(file.name),
            reason=file.error,
        )


# --- the address -------------------------------------------------------------------------------------------------------------

# `wss//host`, `wss;//host`, `wss:\\host`: a scheme, and not what should follow it.
_SCHEME_SLIP = re.compile(r"(?i)(wss?|https?)(?:[;.,:]?[/\\]+|[;,])(.*)", re.DOTALL)
_SCHEME_TWICE = re.compile(r"(?i)[a-z]+:[/\\]+(?=(?:wss?|https?):)")


@dataclass(frozen=True)
class _Address:
    """`BACKEND_URL`, repaired step by step, so that each defect is seen by itself.

    Args:
        text: as configured.
        cleaned: without white space and quotes.
        quoted: quotes stood around it.
        scheme: what is wrong with the scheme: ``http``, ``missing``, ``unknown``, or nothing.
        offered: the address with its scheme repaired.
        parts: the parts of that.
        allow_plaintext: the person allows ``ws://`` to another machine.
    """

    text: str
    cleaned: str
    quoted: bool
    scheme: str
    offered: str
    parts: BackendUrl
    allow_plaintext: bool

    @classmethod
    def of(cls, text: str, *, allow_plaintext: bool) -> _Address:
        cleaned = _without_spaces(text)
        quoted = len(cleaned) > 2 and cleaned[0] in _OPENING_QUOTES and cleaned[-1] in _CLOSING_QUOTES
        if quoted:
            cleaned = cleaned[1:-1]
        scheme, offered = _repaired_scheme(cleaned)
        return cls(text, cleaned, quoted, scheme, offered, parse_url(offered), allow_plaintext)

    @property
    def shown(self) -> str:
        """The repaired address, to show."""
        return escape(self.parts.masked, _SHOWN)


def _repaired_scheme(text: str) -> tuple[str, str]:
    """Return what is wrong with an address's scheme, and the address without it."""
    if twice := _SCHEME_TWICE.match(text):
        return "unknown", _repaired_scheme(text[twice.end() :])[1]
    parts = parse_url(text)
    if parts.scheme in ("ws", "wss") and parts.slashes == 2:
        return "", text
    scheme, rest = parts.scheme, text[len(parts.scheme) :].lstrip(":")
    if not scheme and (slip := _SCHEME_SLIP.match(text)):
        scheme, rest = slip[1].lower(), slip[2]
    rest = rest.lstrip("/\\")
    if scheme in ("http", "https"):
        return "http", f"{'wss' if scheme == 'https' else 'ws'}://{rest}"
    if scheme:
        return "unknown", f"{'ws' if scheme == 'ws' else 'wss'}://{rest}"
    return "missing", f"{'ws' if is_loopback(parse_url(f'ws://{rest}').host) else 'wss'}://{rest}"


def _address(settings: Settings) -> _Address | None:
    """Return the address; None where there is nothing to judge."""
    text = _text(settings, BACKEND_URL)
    if text is None or not _without_spaces(text):
        return None
    return _Address.of(text, allow_plaintext=settings.connection.allow_plaintext)


def _url_rule(code: str, judge: Callable[[_Address], _Judged]) -> Lint:
    def rule(settings: Settings) -> Iterator[Defect]:
        address = _address(settings)
        judged = judge(address) if address is not None else None
        if address is not None and judged is not None:
            severity, evidence, values = judged
            corrected = values.get("offered", address.shown)
            common = {
                "offered": corrected,
                "given": escape(parse_url(address.text).masked, _SHOWN),
                "set_it": _command_that_sets(_origin(settings, BACKEND_URL), BACKEND_URL, corrected),
            }
            yield _found(code, settings, severity, *evidence, setting=BACKEND_URL, **{**common, **values})

    return Lint(rule)


def _judge_scheme(kind: str) -> Callable[[_Address], _Judged]:
    def judge(address: _Address) -> _Judged:
        if address.scheme != kind:
            return None
        written = escape(parse_url(address.cleaned).scheme or address.cleaned[:5], 20)
        return _ERROR, (f"given: `{escape(parse_url(address.text).masked, _SHOWN)}`", f"meant: `{address.shown}`"), {"written": written}

    return judge


def _judge_url_whitespace(address: _Address) -> _Judged:
    evidence = _located(address.text, _is_space)
    count = sum(map(_is_space, address.text))
    first = next(filter(_is_space, address.text), "")
    return (_ERROR, evidence, {"count": _count(count, "character"), "character": _named(first)}) if evidence else None


def _judge_url_malformed(address: _Address) -> _Judged:
    parts = address.parts
    if address.quoted:
        reason = "quotes stand around it, and are part of the value"
    elif not parts.host:
        reason = "it names no host"
    elif parts.port == -1:
        reason = "its port is no number from 1 to 65535"
    elif not parts.host_valid:
        reason = f"`{escape(parts.host, 80)}` is no host name"
    else:
        return None
    return _ERROR, (f"`{escape(parse_url(address.text).masked, _SHOWN)}`: {reason}",), {"reason": reason}


def _base(parts: BackendUrl, path: str = "") -> str:
    """Return scheme, host and port of an address, without credentials."""
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    port = f":{parts.port}" if parts.port is not None and parts.port > 0 else ""
    return escape(f"{parts.scheme}://{host}{port}{path}", _SHOWN)


def _judge_has_endpoint(address: _Address) -> _Judged:
    parts = address.parts
    if not parts.has_endpoint:
        return None
    trimmed = parts.path.rstrip("/").removesuffix("/edge/ws").rstrip("/")
    return _WARNING, (f"its path is `{escape(parts.path, 80)}`",), {"offered": _base(parts, trimmed)}


def _judge_has_path(address: _Address) -> _Judged:
    parts = address.parts
    if not parts.path.strip("/") or parts.has_endpoint:
        return None
    path = escape(parts.path, 80)
    requested = escape(f"{parts.path.rstrip('/')}/edge/ws", 80)
    return _WARNING, (f"its path is `{path}`", f"edgecheck asks for `{requested}`"), {"path": path, "offered": _base(parts)}


def _judge_has_query(address: _Address) -> _Judged:
    parts = address.parts
    if parts.query is None and parts.fragment is None:
        return None
    what = _and([kind for kind, value in (("a query", parts.query), ("a fragment", parts.fragment)) if value is not None])
    names = [escape(pair.partition("=")[0], 40) for pair in (parts.query or "").split("&") if "=" in pair]
    evidence = [f"it has {what}"]
    if names:
        evidence.append(f"names in the query: {_listed(names)}")
    return _WARNING, tuple(evidence), {"what": what, "offered": _base(parts, parts.path.rstrip("/"))}


def _judge_has_credentials(address: _Address) -> _Judged:
    parts = address.parts
    if parts.credentials is None:
        return None
    return _ERROR, (f"`{escape(parts.masked, _SHOWN)}`",), {"offered": _base(parts, parts.path)}


def _judge_plaintext(address: _Address) -> _Judged:
    parts = address.parts
    # Of an address whose scheme is wrong, the repair is another matter: the person sees the offered one first.
    if address.scheme or parts.scheme != "ws" or not parts.host_valid or is_loopback(parts.host):
        return None
    allowed = address.allow_plaintext
    evidence = [f"`{address.shown}`: {escape(parts.host, 80)} is not this machine"]
    if allowed:
        evidence.append("--allow-plaintext was given: the secret is sent all the same")
    offered = _base(parts, parts.path).replace("ws://", "wss://", 1)
    return _WARNING if allowed else _ERROR, tuple(evidence), {"offered": offered, "host": escape(parts.host, 80)}


def _judge_port_mismatch(address: _Address) -> _Judged:
    parts = address.parts
    usual = {("wss", 80): 443, ("ws", 443): 80}.get((parts.scheme, parts.port or 0))
    if usual is None or address.scheme == "missing":
        return None
    other = "ws" if parts.scheme == "wss" else "wss"
    bare = replace(parts, port=None)
    offered = _base(bare, parts.path) if parts.scheme == "wss" else _base(bare, parts.path).replace("ws://", "wss://", 1)
    values = {"offered": offered, "scheme": parts.scheme, "port": str(parts.port), "other": other}
    return _WARNING, (f"`{address.shown}`: port {parts.port} is where {other}:// is served",), values


# --- the agent id ------------------------------------------------------------------------------------------------------------

# What may stand in a query and in a header field as it is, and means nothing there (RFC 3986, section 3.4; RFC 9110, section 5.5).
_HARMLESS = re.compile(r"[A-Za-z0-9._~:@!$*(),-]*")


def _agent_id_whitespace(settings: Settings) -> Iterator[Defect]:
    text = _text(settings, EDGE_AGENT_ID)
    if text is None or not _without_spaces(text):
        return
    evidence = _located(text, _is_space)
    if evidence:
        cleaned = _without_spaces(text)
        yield _found(
            "agent-id-whitespace",
            settings,
            _ERROR,
            *evidence,
            setting=EDGE_AGENT_ID,
            count=_count(sum(map(_is_space, text)), "character"),
            character=_named(next(filter(_is_space, text))),
            set_it=_command_that_sets(_origin(settings, EDGE_AGENT_ID), EDGE_AGENT_ID, escape(cleaned, _SHOWN)),
        )


def _agent_id_malformed(settings: Settings) -> Iterator[Defect]:
    text = _text(settings, EDGE_AGENT_ID)
    cleaned = _without_spaces(text or "")
    if not cleaned or re.fullmatch(r"edge_[0-9]+", cleaned):
        return
    harmful = _located(cleaned, lambda character: not _HARMLESS.fullmatch(character))
    shown = escape(cleaned, 80)
    yield _found(
        "agent-id-malformed",
        settings,
        _ERROR if harmful else _WARNING,
        f"`{shown}` is not `edge_` and digits",
        *(f"{line}: it changes the address or the header" for line in harmful),
        setting=EDGE_AGENT_ID,
        given=shown,
    )


# --- the table ---------------------------------------------------------------------------------------------------------------

_MISSING = ("url-missing", "secret-missing", "agent-id-missing")
# What a backend, or what stands before it, answers to a secret that is not the one it knows, or cannot be read at all.
_REFUSALS: tuple[str | Stage, ...] = (
    Stage.AUTH,
    "upgrade-bad-request",
    "upgrade-server-error",
    "session-dropped",
    "session-server-error",
    "session-closed-without-code",
    "session-closed-normally",
)
# What answers where another path was asked for.
_ELSEWHERE = ("upgrade-not-found", "upgrade-header-dropped", "upgrade-not-websocket", "auth-forbidden")

_URL = "BACKEND_URL={url}\n"
_SECRET = "EDGE_SECRET={secret}\n"
_AGENT = "EDGE_AGENT_ID={agent_id}\n"
# Made for examples: strong enough to be no finding of their own, and used nowhere.
_OTHER_SECRET = "q7Zt2Vw9Lx4Rb6Ny1Kd8Hs3Gf5Jc0PmA"


def _env(*, url: str = _URL, secret: str = _SECRET, agent: str = _AGENT, more: str = "") -> Example:
    return Example(env=url + secret + agent + more)


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="env-file-missing",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="No .env file: {looked}",
        cause="The three settings are taken from options, then from the process environment, then from the nearest .env file, which is"
        " looked for from the working directory upwards. There is no such file, and loaders say nothing when there is none: the"
        " program goes on with what is not set.",
        remedies=(
            "Go to the folder that holds the file, or name the file:\n$ edgecheck doctor --env-file path/to/.env",
            (
                "Create {file} with the three settings that whoever runs the backend gave you:\n"
                "    BACKEND_URL=wss://<host>\n    EDGE_SECRET=<secret>\n    EDGE_AGENT_ID=edge_<number>"
            ),
            "Set the three variables in the environment instead, where a service manager or a container starts the program.",
        ),
        when=Lint(_env_file_missing),
        reproduction=Example(),
        refines=_MISSING,
        keywords=("no such file or directory", "could not find configuration file", "enoent"),
    ),
    Problem(
        code="env-file-unreadable",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="{where} cannot be read: {reason}",
        cause="The file is there, and the operating system does not hand out its content, so that none of its settings is known. Some"
        " loaders crash on it, others go on without the settings.",
        remedies=(
            "Look at what it is, and whose:\n$ ls -ld {file}",
            'Give it to the user that runs the program, readable for nobody else:\n$ sudo chown "$USER" {file}\n$ chmod 600 {file}',
            "Name another file:\n$ edgecheck doctor --env-file path/to/.env",
        ),
        when=Lint(_env_file_unreadable),
        reproduction=Example(arguments=("--env-file", "{folder}")),
        refines=_MISSING,
        keywords=("permission denied", "is a directory", "permissionerror", "isadirectoryerror", "eacces"),
    ),
    Problem(
        code="env-file-not-utf8",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="{where} is {encoding}, which loaders cannot read",
        cause="A .env file is read as UTF-8. PowerShell's `>` and old editors on Windows write UTF-16 or a code page of their own:"
        " python-dotenv then stops with a UnicodeDecodeError, and other loaders find no settings at all.",
        remedies=(
            "Convert it:\n$ iconv -f {source_encoding} -t UTF-8 {file} > {file}.utf8 && mv {file}.utf8 {file}",
            (
                "Save it anew as UTF-8 (in Notepad: Save as, Encoding: UTF-8), or write it from PowerShell with:\n"
                "    Set-Content -Encoding utf8NoBOM .env"
            ),
        ),
        when=Lint(_env_file_not_utf8),
        reproduction=Example(env="BACKEND_URL=wss://backend.example\nEDGE_AGENT_ID=edge_1\n".encode("utf-16")),
        refines=_MISSING,
        keywords=("unicodedecodeerror", "invalid start byte", "byte 0xff in position 0", "invalid utf8 bytes", "utf-16"),
    ),
    Problem(
        code="env-file-bom",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{where} begins with a byte-order mark",
        cause="Three invisible bytes stand before the first character, as some editors on Windows write them. python-dotenv skips them; a"
        " shell and older loaders take them for part of the first name, so that {lost} is not set.",
        remedies=(
            "Remove the mark:\n$ sed -i '1s/^\\xEF\\xBB\\xBF//' {file}",
            "Save the file as UTF-8 without BOM.",
        ),
        when=Lint(_env_file_bom),
        reproduction=_env(url="\ufeff" + _URL),
        keywords=("byte-order mark", "\\ufeff", "utf-8-sig", "bom"),
    ),
    Problem(
        code="env-line-invalid",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{where} is no setting",
        cause="A line of a .env file is NAME=value, a comment that begins with `#`, or blank. What is anything else is skipped by loaders"
        " with a word in the log at most, and docker refuses the whole file. What the line was meant to set is not set.",
        remedies=(
            "Write line {line} of {file} as `{name}=value`: no `:`, no `set`, a quote closed where one is opened, the value on one line.",
            "Put a `#` before it where it is a remark, or remove it.",
        ),
        when=Lint(_env_line_invalid),
        reproduction=_env(more="this line is no setting\n"),
        refines=_MISSING,
        keywords=("could not parse statement starting at line", "contains whitespaces", "no variable name on line"),
        source="python-dotenv, dotenv/parser.py",
    ),
    Problem(
        code="env-key-duplicate",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{setting} stands in the file more than once, with different values: line {used} wins",
        cause="Of lines with the same name loaders use the last one, and say nothing about the others. Whoever changes another of them"
        " changes nothing.",
        remedies=("Remove the lines that are out of date: lines {lines} of {file} set {setting}, and line {used} counts.",),
        when=Lint(_env_key_duplicate),
        reproduction=_env(agent="EDGE_AGENT_ID=edge_4711\n" + _AGENT),
        explains=(Stage.AUTH,),
        keywords=("duplicate",),
    ),
    Problem(
        code="env-key-misspelled",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="{written} is set, and {setting} is not",
        cause="Names are compared letter by letter, capitals included. The client looks for {setting}, and does not find it under the name"
        " that is there.",
        remedies=("Rename it to {setting}:\n$ {rename}",),
        when=Lint(_env_key_misspelled),
        reproduction=_env(secret="EDGE_SERCET={secret}\n"),  # noqa: S106 - a template
        refines=_MISSING,
        keywords=("misspelled", "edge_sercet", "backend_uri"),
    ),
    Problem(
        code="env-value-shadowed",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{setting} in the environment hides another value in {other}",
        cause="A variable of the process environment wins over the same name in the .env file, in edgecheck as in python-dotenv. Somebody"
        " exported {setting} earlier, in this shell, its start-up files or a service's unit, and what the file says is not used.",
        remedies=(
            "Decide which of the two is right. Where it is the file's, forget the variable in this shell:\n$ unset {setting}",
            "Find who sets it, where it comes back:\n$ grep -n {setting} ~/.profile ~/.bashrc ~/.zshrc /etc/environment",
            "Put the environment's value into {other}, where that is the right one.",
        ),
        when=Lint(_env_value_shadowed),
        reproduction=Example(env=_URL + _SECRET + "EDGE_AGENT_ID=edge_4711\n", environ={"EDGE_AGENT_ID": "{agent_id}"}),
        explains=(Stage.AUTH,),
        keywords=("override", "shadowed", "override=true"),
        source="python-dotenv, load_dotenv(override=False)",
    ),
    Problem(
        code="env-value-interpolated",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{setting} is not what {where} says: a `${{…}}` in it was replaced",
        cause="python-dotenv replaces `${{NAME}}` by the value of NAME, or by nothing where there is none, even between quotes; a `$NAME`"
        " without braces it leaves alone. Node's dotenv and docker replace neither, so that the same line means different values.",
        remedies=(
            "Write the value that is meant, without `${{…}}`, where that was no reference.",
            (
                "Keep a secret with `${{` in it out of the .env file: give it in the environment, or in a file of its own:\n"
                "$ edgecheck doctor --secret-file path/to/secret"
            ),
            "Load the file without replacement in a program of your own: `load_dotenv(interpolate=False)`.",
        ),
        when=Lint(_env_value_interpolated),
        reproduction=_env(secret="EDGE_SECRET={secret}${EDGE_NO_SUCH_NAME}\n"),  # noqa: S106 - a template
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("interpolate", "interpolation", "variable expansion"),
        source="python-dotenv, dotenv/variables.py",
    ),
    Problem(
        code="env-value-truncated",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{setting} was cut off at a ` #` in {where}",
        cause="A `#` after a blank begins a comment where the value has no quotes. What was cut off here has no blank in it, and looks"
        " like a part of the value rather than like words.",
        remedies=(
            "Put single quotes around the value, where what follows the `#` belongs to it:\n    {setting}='<the whole value>'",
            "Write a blank after the `#`, where it is a comment.",
        ),
        when=Lint(_env_value_truncated),
        reproduction=_env(secret="EDGE_SECRET={secret} #tail\n"),  # noqa: S106 - a template
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("comment", "truncated"),
    ),
    Problem(
        code="env-value-dialect",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{what} in {where} reads differently in {loaders}",
        cause="There is no standard for .env files. python-dotenv, Node's dotenv, `docker run --env-file` and a shell's `source` disagree"
        " about quotes, blanks, `#`, `$`, backslashes and line ends. edgecheck reads as python-dotenv does; a client that is started"
        " another way may get another value from the same line.",
        remedies=(
            (
                "Write it so that the loaders which you use agree. In single quotes python-dotenv, Node's dotenv and a shell read the same:\n"
                "    {write}"
            ),
            "Turn Windows line ends into plain ones, where those are the difference:\n$ sed -i 's/\\r$//' {file}",
            "Use letters, digits, `-` and `_` alone in a new secret; every loader reads them alike:\n$ openssl rand -hex 32",
        ),
        when=Lint(_env_value_dialect),
        reproduction=_env(secret="EDGE_SECRET={secret}#tail\n"),  # noqa: S106 - a template
        explains=(Stage.AUTH,),
        keywords=("invalid env file", "command not found", "--env-file", "unexpected eof while looking for matching"),
        source="measured: dotenv 18, docker 28, bash 5.2, dash 0.5",
    ),
    Problem(
        code="env-file-exposed",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="{where} holds the secret, and {who} may read it (mode {mode})",
        cause="Whoever reads EDGE_SECRET can connect as this agent. The file's permissions let others than its owner read it.",
        remedies=("Keep it to its owner:\n$ chmod 600 {file}",),
        when=Lint(_env_file_exposed),
        reproduction=Example(env=_URL + _SECRET + _AGENT, mode=0o644),
        keywords=("chmod", "0644", "world-readable"),
    ),
    Problem(
        code="env-file-tracked",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="git {state} {where}, which holds the secret",
        cause="A secret in a git history is known to everybody who has the repository, and stays there after the file is removed.",
        remedies=(
            (
                "Tell git to ignore it, and to forget it where it is tracked already:\n$ echo .env >> .gitignore\n"
                "$ git rm --cached --ignore-unmatch {file}"
            ),
            "Ask whoever runs the backend for a new secret, where the file was pushed anywhere.",
        ),
        when=Lint(_env_file_tracked),
        reproduction=Example(env=_URL + _SECRET + _AGENT, git=True),
        keywords=("gitignore", "git add"),
    ),
    Problem(
        code="secret-missing",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET is {state}",
        cause="The backend knows an agent by a secret that both share. Without it the Authorization header cannot be written, and nothing"
        " is sent.",
        remedies=(
            "Ask whoever runs the backend for the value of its EDGE_SECRET, and put it into {file}:\n    EDGE_SECRET=<secret>",
            "Name a file that holds nothing but the secret:\n$ edgecheck doctor --secret-file path/to/secret",
        ),
        when=Lint(_missing("secret-missing", EDGE_SECRET)),
        reproduction=_env(secret=""),
        keywords=("edge_secret", "missing edge_secret", "edge_secret not set", "keyerror: 'edge_secret'"),
    ),
    Problem(
        code="secret-placeholder",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} is still the guide's placeholder",
        cause="The value is the one that stands in guides and templates where the secret belongs. No backend knows it.",
        remedies=("Put the backend's own EDGE_SECRET in its place, in {place}; whoever runs the backend has it.",),
        when=_secret_rule("secret-placeholder", _judge_placeholder),
        reproduction=_env(secret="EDGE_SECRET=your-shared-secret-here\n"),  # noqa: S106
        refines=("secret-weak", "secret-inner-whitespace"),
        explains=_REFUSALS,
        keywords=("your-shared-secret-here", "your-secret-here", "changeme"),
    ),
    Problem(
        code="secret-whitespace",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} {side} with white space",
        cause="A blank before the secret stays in the header, `Bearer` and two blanks, and the backend compares it: it is another secret."
        " A blank after it is dropped by HTTP servers; other code that uses the same value keeps it.",
        remedies=(
            "Remove the blanks, in {place}: nothing between the `=` or the quote and the first character, nothing after the last one.",
        ),
        when=_secret_rule("secret-whitespace", _judge_whitespace),
        reproduction=_env(secret='EDGE_SECRET=" {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("leading whitespace", "trailing whitespace", "whitespace", "strip"),
        source="RFC 9112, section 5.1",
    ),
    Problem(
        code="secret-file-unreadable",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="The secret cannot be read from {name}: {reason}",
        cause="--secret-file names where the secret stands, and it was not to be had there. It wins over EDGE_SECRET in the environment and"
        " in the .env file, so that neither was used in its place.",
        remedies=(
            "Look at what is there, and whose:\n$ ls -l {path}",
            "Write the secret into it, and nothing else; one line end after it does no harm.",
            "Leave --secret-file out, to use EDGE_SECRET.",
        ),
        when=Lint(_secret_file_unreadable),
        reproduction=Example(env=_URL + _AGENT, arguments=("--secret-file", "{folder}/no-such-file")),
        refines=("secret-missing",),
        keywords=("--secret-file", "secret file"),
    ),
    Problem(
        code="secret-inner-whitespace",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has {count} inside",
        cause="A secret is one word: the backend reads the header's value up to the first blank, or compares a value that it does not know."
        " Mostly the blank was copied along, or two values were.",
        remedies=("Copy the secret again from where the backend has it, into {place}, as one word.",),
        when=_secret_rule("secret-inner-whitespace", _judge_inner_whitespace),
        reproduction=_env(secret=f'EDGE_SECRET="{_OTHER_SECRET[:16]} {_OTHER_SECRET}"\n'),
        explains=_REFUSALS,
        keywords=("blank inside", "space in token"),
        source="RFC 6750, section 2.1",
    ),
    Problem(
        code="secret-line-break",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has a line break {position}",
        cause="A line end was pasted along, or was kept from a file with Windows line ends. It cannot go into an HTTP header, where it"
        " would begin a new field: libraries refuse to send it, and some print the whole secret as they do.",
        remedies=(
            "Write the secret on one line, in {place}.",
            "Drop the line end, where a command fills the variable:\n$ export EDGE_SECRET=\"$(tr -d '\\r\\n' < path/to/secret)\"",
            "Turn Windows line ends into plain ones, where the file has them:\n$ sed -i 's/\\r$//' {file}",
        ),
        when=_secret_rule("secret-line-break", _judge_line_break),
        reproduction=_env(secret='EDGE_SECRET="{secret}\n"\n'),  # noqa: S106 - a template
        refines=("secret-inner-whitespace",),
        explains=_REFUSALS,
        keywords=("invalidheadervalue", "invalid authorization header", "invalid header value", "newline or carriage return"),
        source="RFC 9110, section 5.5",
    ),
    Problem(
        code="secret-quoted",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has quotes as part of its value",
        cause="The value begins and ends with quotes that nobody took off. `docker run --env-file` and service managers keep the quotes of a"
        " .env file, and loaders keep typographic ones, which a word processor makes. The backend's secret has none.",
        remedies=(
            "Remove the quotes, in {place}, so that the value is the secret alone.",
            "Write it without quotes in a file for docker: EDGE_SECRET=<secret>.",
        ),
        when=_secret_rule("secret-quoted", _judge_quoted),
        reproduction=_env(secret="EDGE_SECRET=\"'{secret}'\"\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("quotes", "smart quotes", "typographic"),
    ),
    Problem(
        code="secret-bearer-prefix",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} begins with `Bearer `",
        cause="The client writes `Authorization: Bearer ` itself, before the secret. With the word in the secret too, the header reads"
        " `Bearer Bearer …`, which the backend takes for malformed or for a wrong secret.",
        remedies=("Remove the word `Bearer` and the blank after it, in {place}: the secret alone belongs there.",),
        when=_secret_rule("secret-bearer-prefix", _judge_bearer),
        reproduction=_env(secret='EDGE_SECRET="Bearer {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("bearer bearer", "double bearer", "bearer prefix"),
        source="RFC 6750, section 2.1",
    ),
    Problem(
        code="secret-invisible-character",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has {count}: {character}",
        cause="Text that is copied from a chat, a web page or a document brings characters along that show nothing. They are part of the"
        " value all the same: the backend compares another secret, or the header cannot be written.",
        remedies=(
            "Type the value's end and beginning anew, in {place}, or copy the secret from a place that shows plain text.",
            "Look at the bytes around the position that the evidence names, on a screen that nobody else sees:\n$ cat -A {file}",
        ),
        when=_secret_rule("secret-invisible-character", _judge_invisible),
        reproduction=_env(secret="EDGE_SECRET={secret}\u200b\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("zero width", "zero-width", "non-breaking space", "\\u200b", "\\xa0", "invisible"),
    ),
    Problem(
        code="secret-non-ascii",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has {count} that no HTTP header carries reliably: {character}",
        cause="An HTTP header holds ASCII. What else a value has is sent as Latin-1 by some libraries, as UTF-8 by others, and refused by"
        " the rest, so that the two sides compare different bytes. A letter that looks like a Latin one may also be from another"
        " alphabet.",
        remedies=(
            "Copy the secret again from where the backend has it, into {place}.",
            "Ask for a new secret of letters and digits, where the backend's own has such a character:\n$ openssl rand -hex 32",
        ),
        when=_secret_rule("secret-non-ascii", _judge_non_ascii),
        reproduction=_env(secret="EDGE_SECRET={secret}é\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("'latin-1' codec can't encode", "ordinal not in range", "unicodeencodeerror", "non-ascii"),
        source="RFC 9110, section 5.5",
    ),
    Problem(
        code="secret-weak",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} is easy to guess ({length})",
        cause=f"A secret of fewer than {MIN_LENGTH} characters, or of few different ones, can be found by trying. For the same reason"
        " edgecheck shows no fingerprint of it, which others could search.",
        remedies=(
            (
                "Make a new one, and give it to whoever runs the backend, for its EDGE_SECRET and for this side at the same time:\n"
                "$ openssl rand -hex 32"
            ),
        ),
        when=_secret_rule("secret-weak", _judge_weak),
        reproduction=_env(secret="EDGE_SECRET=open-sesame\n"),  # noqa: S106
        keywords=("weak secret", "short secret", "entropy"),
    ),
    Problem(
        code="url-missing",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is {state}",
        cause="It says where the backend is. Without it there is nothing to connect to.",
        remedies=(
            "Ask whoever runs the backend for its address, and put it into {file}:\n    BACKEND_URL=wss://<host>",
            "Give it on the command line, to try it:\n$ edgecheck doctor --url wss://<host>",
        ),
        when=Lint(_missing("url-missing", BACKEND_URL)),
        reproduction=_env(url=""),
        keywords=("backend_url", "missing backend_url", "keyerror: 'backend_url'"),
    ),
    Problem(
        code="url-scheme-http",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL begins with {written}:// where a WebSocket's scheme is due",
        cause="The backend speaks WebSocket, whose addresses begin with wss:// (over TLS) or ws:// (in the clear). It is the same host and"
        " port as for https:// or http://, and client libraries refuse the web's scheme.",
        remedies=(
            "Write `{offered}`, in {place}:\n$ {set_it}",
            "Use wss:// for a host that is not this machine: over ws:// the secret travels in the clear.",
        ),
        when=_url_rule("url-scheme-http", _judge_scheme("http")),
        reproduction=_env(url="BACKEND_URL=https://127.0.0.1:8787\n"),
        keywords=("scheme isn't ws or wss", "isn't a valid uri", "invaliduri", "https://", "invalid url scheme"),
        source="RFC 6455, section 3",
    ),
    Problem(
        code="url-scheme-missing",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has no scheme",
        cause="An address begins with how to speak: wss:// for a WebSocket over TLS. A host alone does not say, and client libraries do not"
        " guess.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=_url_rule("url-scheme-missing", _judge_scheme("missing")),
        reproduction=_env(url="BACKEND_URL=127.0.0.1:8787\n"),
        keywords=("scheme isn't ws or wss", "isn't a valid uri", "no scheme"),
        source="RFC 6455, section 3",
    ),
    Problem(
        code="url-scheme-unknown",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL does not begin with wss:// or ws://: `{given}`",
        cause="A WebSocket's address begins with wss:// or ws://, with exactly one colon and two slashes. What stands here is a slip of"
        " that, or another protocol.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=_url_rule("url-scheme-unknown", _judge_scheme("unknown")),
        reproduction=_env(url="BACKEND_URL=wws://127.0.0.1:8787\n"),
        keywords=("wws://", "wss:/", "wss//", "scheme isn't ws or wss", "isn't a valid uri"),
        source="RFC 6455, section 3",
    ),
    Problem(
        code="url-whitespace",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has {count} that does not belong there: {character}",
        cause="An address has no blank in it. One that was copied along makes another host name or another path of it; which one, no two"
        " libraries agree on.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=_url_rule("url-whitespace", _judge_url_whitespace),
        reproduction=_env(url='BACKEND_URL="{url} "\n'),
        keywords=("url can't contain control characters", "whitespace in url"),
        source="RFC 3986, section 2",
    ),
    Problem(
        code="url-malformed",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is no address: {reason}",
        cause="An address is wss://, then a host name or IP address, then perhaps a colon and a port from 1 to 65535. Something in this one"
        " cannot be read as that.",
        remedies=(
            "Compare it with what whoever runs the backend gave you, and correct it in {place}:\n    BACKEND_URL=wss://<host>",
            "Remove quotes, brackets and placeholders such as `<host>`.",
        ),
        when=_url_rule("url-malformed", _judge_url_malformed),
        reproduction=_env(url="BACKEND_URL=wss://127.0.0.1:87870\n"),
        keywords=("hostname isn't provided", "port out of range", "port could not be cast", "label empty or too long", "invalid port"),
        source="RFC 3986, section 3.2",
    ),
    Problem(
        code="url-has-endpoint",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL already ends in /edge/ws",
        cause="The client appends /edge/ws itself. edgecheck sees that it is there and does not double it; a client that does not look asks"
        " for /edge/ws/edge/ws, which no backend has.",
        remedies=("Leave the path out, in {place}:\n$ {set_it}",),
        when=_url_rule("url-has-endpoint", _judge_has_endpoint),
        reproduction=_env(url="BACKEND_URL={url}/edge/ws\n"),
        refines=("url-has-path",),
        explains=_ELSEWHERE,
        keywords=("/edge/ws/edge/ws",),
    ),
    Problem(
        code="url-has-path",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL has a path: {path}",
        cause="The client appends /edge/ws to the address, path and all. That is right where a reverse proxy serves the backend under that"
        " path, and asks for a page that is not there everywhere else.",
        remedies=("Leave the path out, in {place}, unless whoever runs the backend gave it to you:\n$ {set_it}",),
        when=_url_rule("url-has-path", _judge_has_path),
        reproduction=_env(url="BACKEND_URL={url}/api\n"),
        explains=_ELSEWHERE,
    ),
    Problem(
        code="url-has-query",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL has {what}",
        cause="The client appends the path /edge/ws and a query of its own. After a `?` or a `#` that path becomes part of the query or of"
        " the fragment, unless the client takes the address apart as edgecheck does; some libraries refuse a fragment altogether.",
        remedies=("Leave out what follows the `?` or `#`, in {place}:\n$ {set_it}",),
        when=_url_rule("url-has-query", _judge_has_query),
        reproduction=_env(url="BACKEND_URL={url}/?debug=1\n"),
        explains=_ELSEWHERE,
        keywords=("fragment identifier is meaningless",),
        source="RFC 6455, section 3",
    ),
    Problem(
        code="url-has-credentials",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has a user name or password in it",
        cause="Libraries make an Authorization header of them, which takes the place of the secret's or stands beside it: the backend then"
        " sees no `Bearer`. An address is also logged in many places, password and all.",
        remedies=(
            "Remove all up to the `@`, in {place}:\n$ {set_it}",
            "Put the secret into EDGE_SECRET, where that is what stood there.",
        ),
        when=_url_rule("url-has-credentials", _judge_has_credentials),
        reproduction=_env(url="BACKEND_URL=wss://user:password@127.0.0.1:8787\n"),
        keywords=("username provided without password", "user:password@"),
        source="RFC 3986, section 3.2.1",
    ),
    Problem(
        code="url-plaintext",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is ws://, so the secret would travel to {host} in the clear",
        cause="Over ws:// everybody on the way can read the Authorization header, and connect as this agent. edgecheck sends the secret in"
        " the clear to this machine only, unless --allow-plaintext says that the way is safe.",
        remedies=(
            "Use wss://, in {place}:\n$ {set_it}",
            "Allow it for this run, where the network is yours alone:\n$ edgecheck doctor --allow-plaintext",
        ),
        when=_url_rule("url-plaintext", _judge_plaintext),
        reproduction=_env(url="BACKEND_URL=ws://backend.example\n"),
        keywords=("ws://", "plaintext", "allow-plaintext", "insecure websocket", "mixed content"),
        source="RFC 6750, section 5.3",
    ),
    Problem(
        code="url-port-mismatch",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL is {scheme}:// on port {port}, where {other}:// is served as a rule",
        cause="Port 443 speaks TLS and port 80 does not, nearly everywhere. The other scheme on either of them ends in a handshake that"
        " nobody understands.",
        remedies=("Leave the port out, or make the scheme fit, in {place}:\n$ {set_it}",),
        when=_url_rule("url-port-mismatch", _judge_port_mismatch),
        reproduction=_env(url="BACKEND_URL=wss://127.0.0.1:80\n"),
        explains=("tls-not-tls", "upgrade-to-tls-port", "tcp-refused", "tcp-timeout"),
        keywords=("wrong version number", "plain http request was sent to https port"),
    ),
    Problem(
        code="agent-id-missing",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID is {state}",
        cause="The backend registers each agent under its id, which the client sends as a header and in the address. Without it nothing is"
        " sent.",
        remedies=(
            "Ask whoever runs the backend for this agent's id, and put it into {file}:\n    EDGE_AGENT_ID=edge_<number>",
            "Give it on the command line, to try it:\n$ edgecheck doctor --agent-id edge_1",
        ),
        when=Lint(_missing("agent-id-missing", EDGE_AGENT_ID)),
        reproduction=_env(agent=""),
        keywords=("edge_agent_id", "missing edge_agent_id", "keyerror: 'edge_agent_id'"),
    ),
    Problem(
        code="agent-id-whitespace",
        stage=Stage.CONFIG,
        severity=_ERROR,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID has {count} that does not belong there: {character}",
        cause="The id stands in a header, where blanks at its ends are dropped, and in the address, where they are not: the backend sees"
        " two different ids, or one that it does not know.",
        remedies=("Write it without, in {place}:\n$ {set_it}",),
        when=Lint(_agent_id_whitespace),
        reproduction=_env(agent='EDGE_AGENT_ID="{agent_id} "\n'),
        source="RFC 9112, section 5.1",
    ),
    Problem(
        code="agent-id-malformed",
        stage=Stage.CONFIG,
        severity=_WARNING,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID is `{given}`, not `edge_` and digits",
        cause="Ids have the form edge_<digits>, such as edge_12. A backend may not know another one; and a character with a meaning in an"
        " address, such as `&` or `#`, makes the header and the address say different ids.",
        remedies=("Ask whoever runs the backend for this agent's id, and put it into {place}:\n    EDGE_AGENT_ID=edge_<number>",),
        when=Lint(_agent_id_malformed),
        reproduction=_env(agent="EDGE_AGENT_ID=agent-7\n"),
        explains=("auth-forbidden", "upgrade-bad-request"),
        keywords=("invalid agent id", "unknown agent"),
    ),
)

_BY_CODE = {problem.code: problem for problem in PROBLEMS}
_ORDER = {problem.code: place for place, problem in enumerate(PROBLEMS)}


# --- what the checkup asks for -----------------------------------------------------------------------------------------------


def lint(settings: Settings) -> tuple[Defect, ...]:
    """Return what is wrong with the settings, in the order of the file and then of the catalogue; of two that say the same, the more exact.

    No part of the secret is in it. Never raises.
    """
    found = [defect for problem in PROBLEMS if isinstance(problem.when, Lint) for defect in problem.when.function(settings)]
    kept = [defect for defect in found if not any(_says_more(other, defect) for other in found)]
    secrets = _secrets(settings)
    return tuple(_cleared(defect, secrets) for defect in sorted(kept, key=lambda defect: _place_in_file(defect, settings)))


def _says_more(other: Defect, defect: Defect) -> bool:
    if defect.code not in _BY_CODE[other.code].refines:
        return False
    # What is wrong with the file as a whole accounts for every setting, where it is an error.
    return other.setting == defect.setting or (not other.setting and other.severity == _ERROR)


def _place_in_file(defect: Defect, settings: Settings) -> tuple[int, int, int]:
    path = settings.env_file.path if settings.env_file is not None else ""
    number = defect.where.removeprefix(f"{path}:")
    if defect.where.startswith(f"{path}:") and number.isdigit():
        return 1, int(number), _ORDER[defect.code]
    return 2 if defect.setting else 0, 0, _ORDER[defect.code]


def _secrets(settings: Settings) -> list[Secret]:
    """Return every value that is or might have become the secret, to be cut out of what is said."""
    texts = {_text(settings, EDGE_SECRET) or ""}
    file = _readable(settings)
    if file is not None:
        texts.update(reading.value or "" for readings in file.readings.values() for reading in [readings.get(EDGE_SECRET, Reading())])
        texts.update(line.value or "" for line in file.statements(EDGE_SECRET))
    clean = {_SecretShape.of(text).clean for text in texts}
    # A shorter one is in every sentence, and no placeholder is a secret.
    return [Secret(text) for text in texts | clean if len(text) >= 6 and not _is_placeholder(text)]


def _cleared(defect: Defect, secrets: list[Secret]) -> Defect:
    def clear(text: str) -> str:
        for secret in secrets:
            text = secret.cut_out_of(text)
        return text

    return replace(
        defect,
        where=clear(defect.where),
        evidence=tuple(map(clear, defect.evidence)),
        values={name: clear(value) for name, value in defect.values.items()},
    )


def config_facts(settings: Settings) -> ConfigFacts:
    """Return where each setting came from, and what is wrong with it."""
    origins = {name: str(_origin(settings, name)) for name in REQUIRED if _origin(settings, name) is not None}
    defects = lint(settings)
    return ConfigFacts(
        env_file=settings.env_file.path if settings.env_file is not None and settings.env_file.is_read else None,
        origins=origins,
        defects=defects,
        request_possible=_is_possible(settings, defects),
    )


# What websockets lets into a header field (its datastructures.py and http11.py), and RFC 9110, section 5.5, allows.
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def request_possible(settings: Settings) -> bool:
    """Tell whether the opening handshake can be written as the person's own client would write it, and may be sent."""
    return _is_possible(settings, lint(settings))


def _is_possible(settings: Settings, defects: Iterable[Defect]) -> bool:
    if not all(_text(settings, name) for name in REQUIRED) or settings.endpoint is None:
        return False
    if any(defect.severity == _ERROR and defect.setting in (BACKEND_URL, EDGE_AGENT_ID) for defect in defects):
        return False
    return _FIELD_VALUE.fullmatch(_text(settings, EDGE_SECRET) or "") is not None


def cleaned_secret(settings: Settings) -> Secret | None:
    """Return the secret as the rules would repair it without guessing.

    White space and quotes around it are removed, a `Bearer ` before it, invisible characters and line breaks anywhere.

    Returns:
        None where that changes nothing, or leaves nothing that a header can carry.
    """
    shape = _secret(settings)
    if shape is None or shape.is_placeholder or shape.clean in ("", shape.text) or not _FIELD_VALUE.fullmatch(shape.clean):
        return None
    return Secret(shape.clean)
