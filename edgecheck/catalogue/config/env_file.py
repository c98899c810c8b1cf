"""The ``.env`` file, its lines, and how other programs read them."""

from __future__ import annotations

from ...dotenv.edit import without_mark
from ...facts import Stage
from ...lint import file_repairs
from ...lint.repair import Ignored, Private, Text, TextForReaders
from ...lint.rules import env_file, env_lines, env_names, readers
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import Example, Problem
from .shared import AGENT, SECRET, URL, env

_MISSING = ("url-missing", "secret-missing", "agent-id-missing")

# What a value looks like that a reader has made of another one: quotes kept, a comment kept.
_SEEN_IN_VALUES = (
    "agent-id-whitespace",
    "agent-id-malformed",
    "secret-whitespace",
    "secret-inner-whitespace",
    "secret-line-break",
    "secret-quoted",
    "secret-invisible-character",
    "url-scheme-missing",
    "url-scheme-unknown",
    "url-whitespace",
    "url-malformed",
)

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="env-file-missing",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="No .env file {looked}",
        cause=(
            "The settings come from options, then from the process environment, then from "
            "the nearest .env file, in the working directory or above it. There is no such file. "
            "Programs that load .env files say nothing about that: they go on, and the settings "
            "are not set."
        ),
        remedies=(
            ("Let edgecheck write it, from what the backend's team sent you:\n$ edgecheck init"),
            (
                "Go to the folder that holds the file, or name the file:\n"
                "$ edgecheck doctor --env-file path/to/.env"
            ),
            (
                "Create {file} with the {settings_count} that the backend's team gave you:\n"
                "    {settings_to_write}"
            ),
            (
                "Set them as variables in the environment instead, if a service manager or a "
                "container starts the program."
            ),
        ),
        when=Lint(env_file.env_file_missing, fills=("looked",)),
        reproduction=Example(),
        refines=_MISSING,
        keywords=("no such file or directory", "could not find configuration file", "enoent"),
        left="There is no file to repair; `edgecheck init` writes one.",
    ),
    Problem(
        code="env-file-unreadable",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{where} cannot be read: {reason}",
        cause=(
            "The file exists, but the operating system does not let this program read it, so its "
            "settings are unknown. Some programs crash on such a file, others go on without the "
            "settings."
        ),
        remedies=(
            "See what it is, and who owns it:\n$ ls -ld {file}",
            (
                "Give it to the user that runs the program, and to nobody else, if it is a file:\n"
                '$ sudo chown "$USER" {file}\n'
                "$ chmod 600 {file}"
            ),
            "Name another file:\n$ edgecheck doctor --env-file path/to/.env",
        ),
        when=Lint(env_file.env_file_unreadable, fills=("reason",)),
        reproduction=Example(arguments=("--env-file", "{folder}")),
        refines=_MISSING,
        keywords=(
            "permission denied",
            "is a directory",
            "permissionerror",
            "isadirectoryerror",
            "eacces",
        ),
        left="What cannot be read cannot be repaired.",
    ),
    Problem(
        code="env-file-not-utf8",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{where} is {encoding}, which programs cannot read",
        cause=(
            "Programs read a .env file as UTF-8. PowerShell's `>` and old editors on Windows write "
            "UTF-16 or a code page instead. Then python-dotenv stops with a UnicodeDecodeError, "
            "and other programs find no settings."
        ),
        remedies=(
            (
                "Convert it:\n"
                "$ iconv -f {source_encoding} -t UTF-8 {file} > {file}.utf8 && "
                "mv {file}.utf8 {file}"
            ),
            (
                "Save it again as UTF-8 (in Notepad: Save as, Encoding: UTF-8), or write it from "
                "PowerShell with:\n"
                "    Set-Content -Encoding utf8NoBOM .env"
            ),
        ),
        when=Lint(env_file.env_file_not_utf8, fills=("encoding", "source_encoding")),
        reproduction=Example(env="{url_name}=wss://backend.example\n".encode("utf-16")),
        refines=_MISSING,
        keywords=(
            "unicodedecodeerror",
            "invalid start byte",
            "byte 0xff in position 0",
            "invalid utf8 bytes",
            "utf-16",
        ),
        repair=Text(file_repairs.to_utf8),
        left=(
            "Only a file that is UTF-16 from its beginning to its end is converted. Other bytes do "
            "not show which code page they are in."
        ),
    ),
    Problem(
        code="env-file-bom",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{where} begins with a byte-order mark",
        cause=(
            "The file begins with three invisible bytes, which some editors on Windows write. "
            "python-dotenv skips them. A shell and older programs read them as part of the first "
            "name, so that {lost} is not set."
        ),
        remedies=(
            "Remove the mark:\n$ sed -i '1s/^\\xEF\\xBB\\xBF//' {file}",
            "Save the file as UTF-8 without BOM.",
        ),
        when=Lint(env_file.env_file_bom, fills=("lost",)),
        reproduction=env(url="\ufeff" + URL),
        keywords=("byte-order mark", "\\ufeff", "utf-8-sig", "bom"),
        repair=Text(lambda file, defect, profile: without_mark(file.content)),
    ),
    Problem(
        code="env-line-invalid",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="A line is not a setting: {where}",
        cause=(
            "A line of a .env file is NAME=value, a comment that begins with `#`, or blank. "
            "Programs skip every other line, and at most log it; docker refuses the whole file. "
            "The line sets nothing."
        ),
        remedies=(
            (
                "Write line {line} of {file} as `{name}=value`: without `:` or `set`, with each "
                "quote closed, and with the value on one line."
            ),
            "Put a `#` in front of the line if it is a comment, or remove it.",
        ),
        when=Lint(env_lines.env_line_invalid, fills=("line", "name")),
        reproduction=env(more="this line is not a setting\n"),
        refines=_MISSING,
        keywords=(
            "could not parse statement starting at line",
            "contains whitespaces",
            "no variable name on line",
        ),
        source="python-dotenv, dotenv/parser.py",
        left="The line does not show what it was meant to set.",
    ),
    Problem(
        code="env-key-duplicate",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="The file sets {setting} more than once, to different values: line {used} wins",
        cause=(
            "When several lines have the same name, most programs use the last one, and say "
            "nothing about the others. An edit of an earlier line changes nothing. Deno and uv use "
            "the first one, and kubectl refuses the file."
        ),
        remedies=(
            (
                "Remove the old lines: lines {lines} of {file} set {setting}, and line {used} "
                "counts."
            ),
        ),
        when=Lint(env_lines.env_key_duplicate, fills=("lines", "used")),
        reproduction=env(agent="{agent_name}={agent_id}0\n" + AGENT),
        explains=(Stage.AUTH,),
        keywords=("duplicate",),
        repair=TextForReaders(file_repairs.without_earlier_lines),
        left="Another line uses the setting as `${…}` or `$…`, and would read another value.",
    ),
    Problem(
        code="env-key-misspelled",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{written} is set, and {setting} is not",
        cause=(
            "Programs compare names letter by letter, and capitals count. The client looks for "
            "{setting}, and does not find it under the name that is there."
        ),
        remedies=("Rename it to {setting}:\n$ {rename}",),
        when=Lint(env_names.env_key_misspelled, fills=("written", "rename")),
        reproduction=env(secret="EDGE_SERCET={secret}\n"),  # noqa: S106 - a template
        refines=_MISSING,
        keywords=("misspelled", "edge_sercet", "backend_uri"),
        repair=Text(file_repairs.with_right_name),
        left=(
            "edgecheck renames one line of the file, if its name has one or two wrong letters in a "
            "long word, or a value that tells whose it is. Another name that is nearly the same, "
            "or one in the environment, may belong to another program."
        ),
    ),
    Problem(
        code="env-value-shadowed",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{setting} in {winner} hides another value in {other}",
        cause=(
            "{rule}, and edgecheck does the same. {setting} was exported earlier: in this shell, "
            "in its start-up files, or in a service's unit. The value in {other} is not used."
        ),
        remedies=(
            (
                "Decide which of the two is right. If it is the file's, unset the variable in this "
                "shell:\n"
                "$ unset {setting}"
            ),
            (
                "Find out who sets it, if it comes back:\n"
                "$ grep -n {setting} ~/.profile ~/.bashrc ~/.zshrc /etc/environment"
            ),
            "Put the environment's value into {path}, if that one is right.",
        ),
        when=Lint(env_lines.env_value_shadowed, fills=("winner", "other", "rule", "path")),
        reproduction=Example(
            env=URL + SECRET + "{agent_name}={agent_id}0\n",
            environ={"{agent_name}": "{agent_id}"},
        ),
        explains=(Stage.AUTH,),
        keywords=("override", "shadowed", "override=true"),
        source="measured: see `edgecheck env --all`",
        left="The two values do not show which of them is right.",
    ),
    Problem(
        code="env-value-interpolated",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="The value of {setting} is not what {where} says: a `${{…}}` in it was replaced",
        cause=(
            "python-dotenv replaces `${{NAME}}` by the value of NAME, or by nothing if NAME is not "
            "set, even between quotes. It leaves `$NAME` without braces alone. Node's dotenv and "
            "docker replace neither, so the same line gives them another value."
        ),
        remedies=(
            "Write the value itself, without `${{…}}`, if it was not meant as a reference.",
            (
                "Keep a secret that contains `${{` out of the .env file. Give it in the "
                "environment, or in a file of its own:\n"
                "$ edgecheck doctor --secret-file path/to/secret"
            ),
            (
                "Load the file without replacement in your own program: "
                "`load_dotenv(interpolate=False)`."
            ),
        ),
        when=Lint(readers.env_value_interpolated),
        reproduction=env(secret="{secret_name}={secret}${EDGE_NO_SUCH_NAME}\n"),  # noqa: S106
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("interpolate", "interpolation", "variable expansion"),
        source="python-dotenv, dotenv/variables.py",
        left="The line does not show whether the `${…}` is a reference or a part of the value.",
    ),
    Problem(
        code="env-value-truncated",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{setting} was cut off at a ` #` in {where}",
        cause=(
            "In a value without quotes, a `#` after a blank begins a comment. The part that was "
            "cut off here has no blank in it, so it looks like a part of the value, not like words."
        ),
        remedies=(
            (
                "Put single quotes around the value, if what follows the `#` belongs to it:\n"
                "    {setting}='<the whole value>'"
            ),
            "Write a blank after the `#`, if it is a comment.",
        ),
        when=Lint(readers.env_value_truncated),
        reproduction=env(secret="{secret_name}={secret} #tail\n"),  # noqa: S106 - a template
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("comment", "truncated"),
        left="The line does not show whether what follows the `#` belongs to the value.",
    ),
    Problem(
        code="env-value-dialect",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{what} in {where} reads differently in {loaders}",
        cause=(
            "There is no standard for .env files. python-dotenv, Node's dotenv, `docker run "
            "--env-file` and a shell's `source` disagree about quotes, blanks, `#`, `$`, "
            "backslashes and line ends. Which program reads this file was not found, so edgecheck "
            "reads as python-dotenv does. A client that is started another way may get another "
            "value from the same line."
        ),
        remedies=(
            "Write {write}.",
            (
                "Say which program reads the file, and see what it gets:\n"
                "$ edgecheck env --all\n"
                "$ edgecheck doctor --reader systemd"
            ),
            (
                "Turn Windows line ends into plain ones, if those are the difference:\n"
                "$ sed -i 's/\\r$//' {file}"
            ),
            (
                "Use only letters, digits, `-` and `_` in a new secret; all programs read them "
                "alike:\n"
                "$ openssl rand -hex 32"
            ),
        ),
        when=Lint(readers.env_value_dialect, fills=("what", "loaders", "write")),
        reproduction=env(secret="{secret_name}={secret}  \n"),  # noqa: S106 - a template
        explains=(Stage.AUTH,),
        keywords=(
            "invalid env file",
            "command not found",
            "--env-file",
            "unexpected eof while looking for matching",
        ),
        source="measured: dotenv 18, docker 28, bash 5.2, dash 0.5",
        repair=Text(file_repairs.read_alike),
        left=(
            "No form of this line reads alike in every program, or another line makes one of them "
            "reject the file."
        ),
    ),
    Problem(
        code="env-reader-misreads",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{reader} gets {gets}",
        cause=(
            "Each program that reads .env files has its own rules for quotes, blanks, `#`, `$`, "
            "backslashes and `export`. The one that reads this file here ({program}) makes of the "
            "line something else than what it was meant to say, so the agent starts with a wrong "
            "setting, or without one."
        ),
        remedies=(
            ("See what each program makes of the file:\n$ edgecheck env --all"),
            (
                "Use only letters and digits in a secret; all programs read them alike. If the "
                "backend's team can change it, make a new one:\n"
                "$ edgecheck secret generate"
            ),
            (
                "Keep a value that no form suits in a file of its own, which is not parsed:\n"
                "$ edgecheck doctor --secret-file path/to/secret"
            ),
        ),
        when=Lint(readers.env_reader_misreads, fills=("reader", "gets", "program")),
        reproduction=Example(
            env=URL + "export " + SECRET + AGENT,
            arguments=("--reader", "systemd"),
        ),
        refines=(*_MISSING, *_SEEN_IN_VALUES),
        explains=(Stage.AUTH,),
        keywords=(
            "ignoring invalid environment assignment",
            "invalid environment file",
            "contains whitespaces",
            "poorly formatted environment",
        ),
        source="measured: see `edgecheck env --all`",
        repair=TextForReaders(file_repairs.read_as_meant),
        left=(
            "No form of the line is read right by every program that reads the file here, or "
            "another line makes one of them give up."
        ),
    ),
    Problem(
        code="env-file-exposed",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{where} holds the secret, and {who} may read it (mode {mode})",
        cause=(
            "Anybody who reads {secret_name} can connect as this agent. The permissions of the "
            "file let other users read it, not only its owner."
        ),
        remedies=("Let only its owner read it:\n$ chmod 600 {file}",),
        when=Lint(env_file.env_file_exposed, fills=("who", "mode")),
        reproduction=Example(env=URL + SECRET + AGENT, mode=0o644),
        keywords=("chmod", "0644", "world-readable"),
        repair=Private(),
    ),
    Problem(
        code="env-file-tracked",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="git {state} {where}, which holds the secret",
        cause=(
            "A secret in a git history is known to everybody who has the repository, and it stays "
            "there after the file is removed."
        ),
        remedies=(
            (
                "Tell git to ignore the file, and to stop tracking it if it does:\n"
                "$ echo .env >> .gitignore\n"
                "$ git rm --cached --ignore-unmatch {file}"
            ),
            "Ask the backend's team for a new secret, if the file was pushed anywhere.",
        ),
        when=Lint(env_file.env_file_tracked, fills=("state",)),
        reproduction=Example(env=URL + SECRET + AGENT, git=True),
        keywords=("gitignore", "git add"),
        repair=Ignored(),
        left=(
            "git tracks the file already. The repository's owner has to take it out of the "
            "repository, and to ask for a new secret."
        ),
    ),
)
