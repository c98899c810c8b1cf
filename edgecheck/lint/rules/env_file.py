"""The ``.env`` file and its lines (pure)."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from ...dotenv.readers.reading import Reader, Reading
from ...dotenv.text import Encoding, EnvFile, Line, LineKind, Tracking
from ...facts.text import escape
from ...lint.defect import Defect
from ...settings.model import EDGE_SECRET, EXAMPLES, OTHERS, REQUIRED, Origin, Settings, Source
from ...terms import Severity
from ...wording.units import LISTED, counted, joined, listed
from ..finding import (
    ERROR,
    WARNING,
    described,
    finding,
    located,
    named,
    origin_of,
    readable_file,
    slips,
    unset_names,
    value_of,
    without_spaces,
)


def env_file_missing(settings: Settings) -> Iterator[Defect]:
    """Find that there is no file where one was named or is needed."""
    file, unset = settings.env_file, unset_names(settings)
    if file is not None and file.missing:
        looked, severity = f"at {file.path}", ERROR if unset else WARNING
    elif file is None and unset:
        looked, severity = f"in {settings.folder} or any folder above it", ERROR
    else:
        return
    evidence = [f"looked for: {file.absolute if file is not None else f'.env {looked}'}"]
    if unset:
        evidence.append(f"not set anywhere else: {joined(unset)}")
    evidence += [
        f"`{name}` is there, which is another name: nobody looks for it" for name in settings.beside
    ]
    yield finding(
        "env-file-missing",
        settings,
        severity,
        *evidence,
        where=file.path if file is not None else "",
        remedies=[_taken(name) for name in settings.beside[:1]],
        looked=looked,
    )


def _taken(name: str) -> str:
    """Say how a file of another name becomes the one that is looked for."""
    if name in EXAMPLES:
        return (
            "Copy the example, then fill in what whoever runs the backend sent you:\n$ cp "
            f"{name} .env"
        )
    if name in OTHERS:
        return f"Copy {name}, where it holds the settings:\n$ cp {name} .env"
    return f"Rename {name}, where it holds the settings:\n$ mv {name} .env"


def _file_severity(settings: Settings) -> Severity:
    """A file that nobody needs is no error, unless it was asked for."""
    return ERROR if settings.env_file_named or unset_names(settings) else WARNING


def env_file_unreadable(settings: Settings) -> Iterator[Defect]:
    """Find a file that the operating system does not hand out."""
    file = settings.env_file
    if file is None or file.error is None:
        return
    severity = _file_severity(settings)
    if severity is WARNING and "directory" in file.error:
        return  # a virtual environment of that name, and all is set without it
    yield finding(
        "env-file-unreadable",
        settings,
        severity,
        f"{file.absolute}: {file.error}",
        where=file.path,
        reason=file.error,
    )


def env_file_not_utf8(settings: Settings) -> Iterator[Defect]:
    """Find a file in UTF-16 or in a code page."""
    file = settings.env_file
    if file is None or file.encoding is Encoding.UTF8:
        return
    if file.encoding is Encoding.UTF16:
        marked = file.content[:2] in (b"\xff\xfe", b"\xfe\xff")
        evidence = (
            f"it begins with the bytes {file.content[:2].hex(' ')}, the mark of UTF-16"
            if marked
            else "every other byte is zero"
        )
        encoding, source = (
            "UTF-16",
            "UTF-16" if marked else "UTF-16LE" if file.content[1:2] == b"\0" else "UTF-16BE",
        )
    else:
        evidence = f"line {file.bad_line} has a byte that is no UTF-8"
        encoding, source = "not UTF-8", "WINDOWS-1252"
    yield finding(
        "env-file-not-utf8",
        settings,
        _file_severity(settings),
        evidence,
        where=file.path,
        encoding=encoding,
        source_encoding=source,
    )


def env_file_bom(settings: Settings) -> Iterator[Defect]:
    """Find a byte-order mark."""
    file = readable_file(settings)
    if file is not None and file.bom:
        first = next((line for line in file.lines if line.kind is not LineKind.COMMENT), None)
        lost = (
            first.key
            if first is not None and first.key in REQUIRED and first.number == 1
            else "the first line"
        )
        yield finding(
            "env-file-bom",
            settings,
            WARNING,
            "it begins with the bytes ef bb bf (U+FEFF)",
            where=file.path,
            lost=lost,
        )


def env_line_invalid(settings: Settings) -> Iterator[Defect]:
    """Find lines that set nothing: those that were meant to set what is missing one by one, the others together."""
    file = readable_file(settings)
    if file is None:
        return
    harmless: list[Line] = []
    told: set[str] = set()
    for before, line in zip((None, *file.lines), file.lines, strict=False):
        if not _is_no_setting(line, file):
            continue
        needed = _needed_by(line, settings)
        wrapped = _goes_on(before, line)
        name = needed or wrapped
        if not name or name in told:
            harmless.append(line)
            continue
        told.add(name)
        evidence = [f"{file.path}:{line.number}: {_why_no_setting(line)}"]
        if wrapped:
            evidence.append(f"the line before it sets {wrapped}: does its value go on here?")
        yield finding(
            "env-line-invalid",
            settings,
            ERROR if needed else WARNING,
            *evidence,
            setting=name,
            where=f"{file.path}:{line.number}",
            line=str(line.number),
            name=name,
        )
    if harmless:
        yield finding(
            "env-line-invalid",
            settings,
            WARNING,
            *(f"{file.path}:{line.number}: {_why_no_setting(line)}" for line in harmless[:LISTED]),
            *(
                [f"and {counted(len(harmless) - LISTED, 'more line')}"]
                if len(harmless) > LISTED
                else []
            ),
            where=f"{file.path}:{harmless[0].number}",
            line=listed(line.number for line in harmless),
            name="NAME",
        )


def _is_no_setting(line: Line, file: EnvFile) -> bool:
    if line.kind is LineKind.BARE and line.exported:
        # `export NAME` after `NAME=value` is what shells want; python-dotenv then forgets the
        # value.
        return line.key in REQUIRED or not any(
            other.value is not None for other in file.statements(line.key or "")
        )
    return line.kind in (LineKind.BARE, LineKind.INVALID)


def _needed_by(line: Line, settings: Settings) -> str:
    first = line.raw.partition("\n")[0]
    for name in unset_names(settings):
        if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", first):
            return name
    return ""


def _goes_on(before: Line | None, line: Line) -> str:
    """Return the setting whose value seems to be broken over two lines."""
    if (
        before is None
        or before.key not in REQUIRED
        or before.quote
        or before.number + 1 != line.number
    ):
        return ""
    return before.key if before.value and len(line.raw.split()) == 1 else ""


def _why_no_setting(line: Line) -> str:
    """Say what keeps a line from being a setting, without showing any of it: it may hold the secret."""
    text = line.raw.partition("\n")[0].strip()
    if line.kind is LineKind.BARE and line.exported:
        return "`export` with a name alone: python-dotenv forgets the value that the name had"
    if match := re.match(
        r"(?:set|setx|env|declare|local|typeset|const|let|var)\s", text, re.IGNORECASE
    ):
        return f"begins with `{match[0].strip()}`, which is no part of a .env file"
    if re.match(r"['\"]?(?:export\s+)?[A-Za-z_]\w*['\"]?\s*:", text):
        return "a `:` where the `=` is due"
    if "=" not in text:
        return "no `=`"
    if match := re.search(r"=\s*(['\"])", text):
        closed = text.count(match[1], match.end())
        return (
            "something stands after the closing quote"
            if closed
            else f"the quote ({match[1]}) after the `=` is never closed"
        )
    if re.match(r"[^=]*\s[^=]*=", text):
        return "a blank in the name before the `=`"
    return "it is not of the form NAME=value"


def env_key_duplicate(settings: Settings) -> Iterator[Defect]:
    """Find settings that stand in the file twice, with different values."""
    file = readable_file(settings)
    for name, _, last in _decisive(settings):
        statements = (
            [line for line in file.statements(name) if line.value is not None]
            if file is not None
            else []
        )
        if len({line.value for line in statements}) < 2:
            continue
        yield finding(
            "env-key-duplicate",
            settings,
            WARNING,
            *(
                (
                    f"{_at(file, line)}: {described(name, line.value or '')}, "
                    f"{'used' if line is last else 'dropped'}"
                )
                for line in statements[-LISTED:]
            ),
            setting=name,
            where=_at(file, last),
            lines=joined(str(line.number) for line in statements),
            used=str(last.number),
            dropped=str(statements[0].number),
        )


# Two slips are a misspelling, three are another name (EDGE_SECRET and EDGE_SERVER differ by three).
_MAX_SLIPS = 2


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _bare(written: str) -> str:
    return written.removeprefix("$env:").strip("'\"$")


def is_slip(written: str, name: str) -> bool:
    """Tell whether a name is another one, but for a letter or two, capitals and punctuation."""
    if written in REQUIRED or len(written) > 2 * len(name) + 8:
        return False
    theirs, ours = _letters(_bare(written)), _letters(name)
    return theirs == ours or slips(theirs, ours) <= _MAX_SLIPS


def _is_near(written: str, name: str) -> bool:
    """Tell whether a name looks like another one, by its letters or by its words."""
    if written in REQUIRED or len(written) > 2 * len(name) + 8:
        return False
    if is_slip(written, name):
        return True
    bare = _bare(written)
    # A prefix or suffix in words: VITE_BACKEND_URL, EDGE_SECRET_KEY; or one left out: AGENT_ID.
    parts, wanted = bare.upper().split("_"), name.split("_")
    if not re.fullmatch(r"[A-Z_]+", bare.upper()):
        return False
    longer, shorter = (parts, wanted) if len(parts) > len(wanted) else (wanted, parts)
    return len(shorter) > 1 and any(
        longer[i : i + len(shorter)] == shorter for i in range(len(longer) - len(shorter) + 1)
    )


def near_lines(file: EnvFile, name: str) -> list[Line]:
    """Return the lines that set something under a name which is nearly this one."""
    return [line for line in file.lines if line.value and line.key and _is_near(line.key, name)]


def env_key_misspelled(settings: Settings) -> Iterator[Defect]:
    """Find names that are nearly those of settings that are not set."""
    file = readable_file(settings)
    for name in unset_names(settings):
        line = next(iter(near_lines(file, name)), None) if file is not None else None
        if file is not None and line is not None and line.key is not None:
            written, where = escape(line.key), f"{file.path}:{line.number}"
            pattern = re.sub(r"([\\/.*^$\[\]])", r"\\\1", line.key)
            rename = (
                f"sed -i {shlex.quote(f'{line.number}s/{pattern}/{name}/')} "
                f"{shlex.quote(file.path)}"
            )
            foreign = line.key
        else:
            variable = next(
                (variable for variable in settings.environment_names if _is_near(variable, name)),
                None,
            )
            if variable is None:
                continue
            written, where, foreign = escape(variable), f"${escape(variable)}", variable
            rename = (
                f'export {name}="${variable}"'
                if re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII)
                else f"export {name}=…"
            )
        yield finding(
            "env-key-misspelled",
            settings,
            ERROR,
            f"{where} sets `{written}`",
            *located(foreign, lambda character: not character.isascii()),
            setting=name,
            where=where,
            written=written,
            rename=rename,
        )


def shadowed(settings: Settings) -> Iterator[tuple[str, Origin, str, str]]:
    """Yield, for each setting that the environment takes from elsewhere than the file, the place in the file and both values."""
    file = readable_file(settings)
    for name, origin in settings.shadowed:
        used = value_of(settings, name)
        other = (
            file.statements(name)[-1].value if file is not None and file.statements(name) else None
        )
        if used is not None and other is not None:
            yield name, origin, used, other


def env_value_shadowed(settings: Settings) -> Iterator[Defect]:
    """Find settings that the environment takes from elsewhere than the file."""
    for name, origin, used, other in shadowed(settings):
        yield finding(
            "env-value-shadowed",
            settings,
            WARNING,
            f"used: {origin_of(settings, name)}, {described(name, used)}",
            f"not used: {origin}, {described(name, other)}",
            setting=name,
            other=str(origin),
        )


def _at(file: EnvFile | None, line: Line) -> str:
    return f"{file.path}:{line.number}" if file is not None else f"line {line.number}"


def _decisive(settings: Settings) -> Iterator[tuple[str, EnvFile, Line]]:
    """Yield, for each setting in the file, the line that decides it."""
    file = readable_file(settings)
    if file is None:
        return
    for name in REQUIRED:
        statements = file.statements(name)
        if statements and statements[-1].value is not None:
            yield name, file, statements[-1]


def env_value_interpolated(settings: Settings) -> Iterator[Defect]:
    """Find values in which python-dotenv replaced a reference."""
    for name, file, line in _decisive(settings):
        if not line.expanded:
            continue
        evidence = []
        for variable, known in line.expanded[:LISTED]:
            # What stands in the braces may be a piece of the secret, unless it is a name that means
            # something here.
            secret = name == EDGE_SECRET and not (known and variable in settings.environment_names)
            shown = "${…}" if secret else f"${{{escape(variable)}}}"
            evidence.append(
                f"`{shown}`: "
                f"{'replaced by its value' if known else 'there is no such variable: replaced by nothing'}"
            )
        yield finding(
            "env-value-interpolated",
            settings,
            WARNING,
            *evidence,
            f"python-dotenv reads {described(name, line.value or '')}",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


def env_value_truncated(settings: Settings) -> Iterator[Defect]:
    """Find values that a `#` cut off."""
    for name, file, line in _decisive(settings):
        if not line.lost:
            continue
        read, cut = described(name, line.value or ""), counted(len(line.lost), "character")
        yield finding(
            "env-value-truncated",
            settings,
            WARNING,
            f"python-dotenv reads {read}, and takes the {cut} from ` #` on for a comment",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


_OTHERS = (Reader.NODE, Reader.DOCKER, Reader.SHELL)


def _alike(name: str, value: str, others: Mapping[Reader, Reading]) -> str:
    """Say how to write a line so that the loaders that matter read it alike."""
    if all(
        reading.value == value for loader, reading in others.items() if loader is not Reader.DOCKER
    ):
        return "the line anew, without the blanks at its end, which nobody sees"
    return (
        f"`{name}={_quoted_value(name, value)}`, which python-dotenv, Node's dotenv and a "
        "shell read the same"
    )


def env_value_dialect(settings: Settings) -> Iterator[Defect]:
    """Find lines that other loaders read differently, and Windows line ends."""
    file = readable_file(settings)
    invalid = (
        {line.number for line in file.lines if line.kind in (LineKind.BARE, LineKind.INVALID)}
        if file is not None
        else set()
    )
    for name, _, line in _decisive(settings):
        value = line.value or ""
        others = {loader: _reading(file, loader, name) for loader in _OTHERS}
        # A loader that stopped at a line which is no setting did not get here: that line is the
        # finding (env-line-invalid).
        if all(
            reading.stopped_at in invalid or reading.value == value for reading in others.values()
        ) or not _differs(line, others):
            continue
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            f"{Reader.PYTHON}: {described(name, value)}",
            *(f"{loader}: {_compared(name, reading, value)}" for loader, reading in others.items()),
            setting=name,
            where=_at(file, line),
            what=name,
            loaders=joined(
                str(loader) for loader, reading in others.items() if reading.value != value
            ),
            write=_alike(name, value, others),
        )
    if file is not None and file.windows_line_ends and any(file.holds(name) for name in REQUIRED):
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            (
                f"{counted(file.windows_line_ends, 'line')} of {file.path} end in CR LF, as "
                "Windows "
                "writes them"
            ),
            f"{Reader.SHELL}: keeps the CR as the last character of the value",
            f"{Reader.PYTHON}, {Reader.NODE} and {Reader.DOCKER}: drop it",
            where=file.path,
            what="every line",
            loaders=str(Reader.SHELL),
            write="plain line ends (LF)",
        )


def _reading(file: EnvFile | None, loader: Reader, name: str) -> Reading:
    absent = Reading(None, "it does not see the line")
    return file.readings[loader].get(name, absent) if file is not None else absent


def _quoted_value(name: str, value: str) -> str:
    """Show how to write a value so that nearly all loaders agree."""
    if name == EDGE_SECRET or "'" in value:
        return f"'<{'the secret' if name == EDGE_SECRET else 'value'}>'"
    return f"'{described(name, value).strip('`')}'"


def _differs(line: Line, others: dict[Reader, Reading]) -> bool:
    """Tell whether loaders read a line differently in a way that its writer can hardly have meant.

    docker takes quotes, `export` and comments for part of the line. Everybody who writes them for
    the other loaders knows or soon learns that, so docker alone counts for blanks at the end, which
    nobody sees.
    """
    value = line.value or ""
    if any(others[loader].value != value for loader in (Reader.NODE, Reader.SHELL)):
        return True
    docker = others[Reader.DOCKER].value
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
        how = f"with {counted(len(other) - len(value), 'character')} more at its end"
    elif "${" in other and "${" not in value:
        how = "with `${…}` as it is written"
    words = described(name, other)
    return f"{words}, {how}" if how else f"{words}, another value" if name == EDGE_SECRET else words


def _located_ends(text: str) -> str:
    ends = text[: len(text) - len(text.lstrip())] + text[len(text.rstrip()) :]
    return joined(counted(number, named(character)) for character, number in Counter(ends).items())


def env_file_exposed(settings: Settings) -> Iterator[Defect]:
    """Find a file with the secret that others may read."""
    file = readable_file(settings)
    # 0o044: read for the group, read for others.
    if file is None or file.mode is None or not file.mode & 0o044 or not file.holds(EDGE_SECRET):
        return
    who = joined(
        [
            who
            for bit, who in ((0o040, "its group"), (0o004, "everybody on this machine"))
            if file.mode & bit
        ]
    )
    yield finding(
        "env-file-exposed",
        settings,
        WARNING,
        f"mode {file.mode:04o}",
        where=file.path,
        who=who,
        mode=f"{file.mode:04o}",
    )


def env_file_tracked(settings: Settings) -> Iterator[Defect]:
    """Find a file with the secret that git has, or would take."""
    file = readable_file(settings)
    if file is None or file.tracked in (None, Tracking.IGNORED) or not file.holds(EDGE_SECRET):
        return
    tracked = file.tracked is Tracking.TRACKED
    yield finding(
        "env-file-tracked",
        settings,
        WARNING,
        "git ls-files lists it"
        if tracked
        else "git check-ignore does not know it: `git add .` takes it along",
        where=file.path,
        state="tracks" if tracked else "does not ignore",
    )


# --- a setting that is not there ---------------------------------------------------------------------------------------------


def missing_rule(code: str, name: str) -> Callable[[Settings], Iterator[Defect]]:
    """Return the rule for one setting that is not there, or empty."""

    def rule(settings: Settings) -> Iterator[Defect]:
        text = value_of(settings, name)
        if text is not None and without_spaces(text):
            return
        file = readable_file(settings)
        remedies = []
        if text is not None:
            what = "nothing but white space" if text else "an empty value"
            evidence = [f"{origin_of(settings, name)} sets it to {what}"]
            if _is_unset_reference(settings, name):
                evidence.append(
                    "a `${…}` stands there, and there is no such variable: replaced by nothing"
                )
                remedies.append(
                    "Set the variable that the `${{…}}` in {place} names, or write the value itself "
                    "there."
                )
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
    """Tell whether a setting is taken from a line with a reference to a variable that there is not."""
    origin, file = origin_of(settings, name), readable_file(settings)
    if origin is None or origin.source is not Source.FILE or file is None:
        return False
    return any(not known for _, known in file.statements(name)[-1].expanded)


def _commented_out(file: EnvFile, name: str) -> Line | None:
    pattern = re.compile(rf"#\s*(?:export\s+)?{name}\s*=")
    return next(
        (line for line in file.lines if line.kind is LineKind.COMMENT and pattern.match(line.raw)),
        None,
    )
