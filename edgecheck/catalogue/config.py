"""config: what is wrong with the settings, before anything is sent (pure).

Every entry has a rule, in `lint`: a function of the settings that yields what it found.
"""

from __future__ import annotations

from ..dotenv.edit import without_mark
from ..facts import Stage
from ..lint import file_repairs
from ..lint.engine import Check, Linter
from ..lint.finding import ERROR, WARNING
from ..lint.repair import Ignored, Private, Text, Value
from ..lint.rules import agent_id, env_file, secret, url
from ..settings.model import BACKEND_URL, EDGE_AGENT_ID, EDGE_SECRET
from ..settings.secret import MIN_LENGTH
from ..terms import Side
from .problem import Example, Lint, Problem

_MISSING = ("url-missing", "secret-missing", "agent-id-missing")
# What a backend, or what stands before it, answers to a secret that is not the one it knows, or
# cannot be read at all.
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
_ELSEWHERE = (
    "upgrade-not-found",
    "upgrade-bad-request",
    "upgrade-header-dropped",
    "upgrade-not-websocket",
    "auth-forbidden",
)

_URL = "BACKEND_URL={url}\n"
_SECRET = "EDGE_SECRET={secret}\n"
_AGENT = "EDGE_AGENT_ID={agent_id}\n"
_SECRET_CLEANED = Value(lambda text, settings: secret.cleaned(text))
# Why a repair is not made.
_BACKEND_KNOWS = "Only whoever runs the backend knows it."
_UNUSABLE = "Something else in the address is wrong, and which one was meant is a guess."
_BLANK_INSIDE = (
    "White space stands inside it: whether it belongs there, or two values do, is a guess."
)
_NOTHING_LEFT = "Nothing of the value would remain without it."
# Made for examples: strong enough to be no finding of their own, and used nowhere.
_OTHER_SECRET = "q7Zt2Vw9Lx4Rb6Ny1Kd8Hs3Gf5Jc0PmA"


def _env(*, url: str = _URL, secret: str = _SECRET, agent: str = _AGENT, more: str = "") -> Example:
    return Example(env=url + secret + agent + more)


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="env-file-missing",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="No .env file {looked}",
        cause="The three settings are taken from options, then from the process environment, then "
        "from the nearest .env file, which is"
        " looked for from the working directory upwards. There is no such file, and loaders say "
        "nothing when there is none: the"
        " program goes on with what is not set.",
        remedies=(
            "Have it written, from what whoever runs the backend sent you:\n$ edgecheck init",
            (
                "Go to the folder that holds the file, or name the file:\n$ edgecheck doctor "
                "--env-file path/to/.env"
            ),
            (
                "Create {file} with the three settings that whoever runs the backend gave you:\n"
                "    BACKEND_URL=wss://<host>\n    EDGE_SECRET=<secret>\n    "
                "EDGE_AGENT_ID=edge_<number>"
            ),
            (
                "Set the three variables in the environment instead, where a service manager or a "
                "container starts the program."
            ),
        ),
        when=Lint(env_file.env_file_missing),
        reproduction=Example(),
        refines=_MISSING,
        keywords=("no such file or directory", "could not find configuration file", "enoent"),
        left="There is no file to repair; `edgecheck init` writes one.",
    ),
    Problem(
        code="env-file-unreadable",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="{where} cannot be read: {reason}",
        cause="The file is there, and the operating system does not hand out its content, so that "
        "none of its settings is known. Some"
        " loaders crash on it, others go on without the settings.",
        remedies=(
            "Look at what it is, and whose:\n$ ls -ld {file}",
            (
                "Give it to the user that runs the program, readable for nobody else:\n$ sudo "
                "chown "
                '"$USER" {file}\n$ chmod 600 {file}'
            ),
            "Name another file:\n$ edgecheck doctor --env-file path/to/.env",
        ),
        when=Lint(env_file.env_file_unreadable),
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
        severity=ERROR,
        side=Side.CLIENT,
        title="{where} is {encoding}, which loaders cannot read",
        cause="A .env file is read as UTF-8. PowerShell's `>` and old editors on Windows write "
        "UTF-16 or a code page of their own:"
        " python-dotenv then stops with a UnicodeDecodeError, and other loaders find no settings "
        "at all.",
        remedies=(
            (
                "Convert it:\n$ iconv -f {source_encoding} -t UTF-8 {file} > {file}.utf8 && mv "
                "{file}.utf8 {file}"
            ),
            (
                "Save it anew as UTF-8 (in Notepad: Save as, Encoding: UTF-8), or write it from "
                "PowerShell with:\n"
                "    Set-Content -Encoding utf8NoBOM .env"
            ),
        ),
        when=Lint(env_file.env_file_not_utf8),
        reproduction=Example(
            env="BACKEND_URL=wss://backend.example\nEDGE_AGENT_ID=edge_1\n".encode("utf-16")
        ),
        refines=_MISSING,
        keywords=(
            "unicodedecodeerror",
            "invalid start byte",
            "byte 0xff in position 0",
            "invalid utf8 bytes",
            "utf-16",
        ),
        repair=Text(lambda file, defect: file_repairs.to_utf8(file)),
        left=(
            "Only what is UTF-16 from its beginning to its end is converted: which code page "
            "other bytes are in, they do not say."
        ),
    ),
    Problem(
        code="env-file-bom",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{where} begins with a byte-order mark",
        cause="Three invisible bytes stand before the first character, as some editors on Windows "
        "write them. python-dotenv skips them; a"
        " shell and older loaders take them for part of the first name, so that {lost} is not set.",
        remedies=(
            "Remove the mark:\n$ sed -i '1s/^\\xEF\\xBB\\xBF//' {file}",
            "Save the file as UTF-8 without BOM.",
        ),
        when=Lint(env_file.env_file_bom),
        reproduction=_env(url="\ufeff" + _URL),
        keywords=("byte-order mark", "\\ufeff", "utf-8-sig", "bom"),
        repair=Text(lambda file, defect: without_mark(file.content)),
    ),
    Problem(
        code="env-line-invalid",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{where} is no setting",
        cause="A line of a .env file is NAME=value, a comment that begins with `#`, or blank. "
        "What is anything else is skipped by loaders"
        " with a word in the log at most, and docker refuses the whole file. What the line was "
        "meant to set is not set.",
        remedies=(
            (
                "Write line {line} of {file} as `{name}=value`: no `:`, no `set`, a quote closed "
                "where one is opened, the value on one line."
            ),
            "Put a `#` before it where it is a remark, or remove it.",
        ),
        when=Lint(env_file.env_line_invalid),
        reproduction=_env(more="this line is no setting\n"),
        refines=_MISSING,
        keywords=(
            "could not parse statement starting at line",
            "contains whitespaces",
            "no variable name on line",
        ),
        source="python-dotenv, dotenv/parser.py",
        left="What the line was meant to set does not follow from it.",
    ),
    Problem(
        code="env-key-duplicate",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title=(
            "{setting} stands in the file more than once, with different values: line {used} wins"
        ),
        cause="Of lines with the same name loaders use the last one, and say nothing about the "
        "others. Whoever changes another of them"
        " changes nothing.",
        remedies=(
            (
                "Remove the lines that are out of date: lines {lines} of {file} set {setting}, and "
                "line {used} counts."
            ),
        ),
        when=Lint(env_file.env_key_duplicate),
        reproduction=_env(agent="EDGE_AGENT_ID=edge_4711\n" + _AGENT),
        explains=(Stage.AUTH,),
        keywords=("duplicate",),
        repair=Text(file_repairs.without_earlier_lines),
        left="Another line refers to the setting with `${…}`, and would read another value.",
    ),
    Problem(
        code="env-key-misspelled",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="{written} is set, and {setting} is not",
        cause="Names are compared letter by letter, capitals included. The client looks for "
        "{setting}, and does not find it under the name"
        " that is there.",
        remedies=("Rename it to {setting}:\n$ {rename}",),
        when=Lint(env_file.env_key_misspelled),
        reproduction=_env(secret="EDGE_SERCET={secret}\n"),  # noqa: S106 - a template
        refines=_MISSING,
        keywords=("misspelled", "edge_sercet", "backend_uri"),
        repair=Text(file_repairs.with_right_name),
        left=(
            "Only one line of the file that is a letter or two off is renamed: what differs by a "
            "word, or stands in the environment, may be for another program."
        ),
    ),
    Problem(
        code="env-value-shadowed",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{setting} in the environment hides another value in {other}",
        cause="A variable of the process environment wins over the same name in the .env file, in "
        "edgecheck as in python-dotenv. Somebody"
        " exported {setting} earlier, in this shell, its start-up files or a service's unit, and "
        "what the file says is not used.",
        remedies=(
            (
                "Decide which of the two is right. Where it is the file's, forget the variable in "
                "this shell:\n$ unset {setting}"
            ),
            (
                "Find who sets it, where it comes back:\n$ grep -n {setting} ~/.profile ~/.bashrc "
                "~/.zshrc /etc/environment"
            ),
            "Put the environment's value into {other}, where that is the right one.",
        ),
        when=Lint(env_file.env_value_shadowed),
        reproduction=Example(
            env=_URL + _SECRET + "EDGE_AGENT_ID=edge_4711\n",
            environ={"EDGE_AGENT_ID": "{agent_id}"},
        ),
        explains=(Stage.AUTH,),
        keywords=("override", "shadowed", "override=true"),
        source="python-dotenv, load_dotenv(override=False)",
        left="Which of the two values is right does not follow from them.",
    ),
    Problem(
        code="env-value-interpolated",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{setting} is not what {where} says: a `${{…}}` in it was replaced",
        cause="python-dotenv replaces `${{NAME}}` by the value of NAME, or by nothing where there "
        "is none, even between quotes; a `$NAME`"
        " without braces it leaves alone. Node's dotenv and docker replace neither, so that the "
        "same line means different values.",
        remedies=(
            "Write the value that is meant, without `${{…}}`, where that was no reference.",
            (
                "Keep a secret with `${{` in it out of the .env file: give it in the environment, "
                "or in a file of its own:\n"
                "$ edgecheck doctor --secret-file path/to/secret"
            ),
            (
                "Load the file without replacement in a program of your own: "
                "`load_dotenv(interpolate=False)`."
            ),
        ),
        when=Lint(env_file.env_value_interpolated),
        reproduction=_env(secret="EDGE_SECRET={secret}${EDGE_NO_SUCH_NAME}\n"),  # noqa: S106 - a template
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("interpolate", "interpolation", "variable expansion"),
        source="python-dotenv, dotenv/variables.py",
        left=(
            "Whether the `${…}` is a reference or a part of the value does not follow from the "
            "line."
        ),
    ),
    Problem(
        code="env-value-truncated",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{setting} was cut off at a ` #` in {where}",
        cause="A `#` after a blank begins a comment where the value has no quotes. What was cut "
        "off here has no blank in it, and looks"
        " like a part of the value rather than like words.",
        remedies=(
            (
                "Put single quotes around the value, where what follows the `#` belongs to it:\n  "
                "  "
                "{setting}='<the whole value>'"
            ),
            "Write a blank after the `#`, where it is a comment.",
        ),
        when=Lint(env_file.env_value_truncated),
        reproduction=_env(secret="EDGE_SECRET={secret} #tail\n"),  # noqa: S106 - a template
        refines=("env-value-dialect",),
        explains=(Stage.AUTH,),
        keywords=("comment", "truncated"),
        left="Whether what follows the `#` belongs to the value does not follow from the line.",
    ),
    Problem(
        code="env-value-dialect",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{what} in {where} reads differently in {loaders}",
        cause="There is no standard for .env files. python-dotenv, Node's dotenv, `docker run "
        "--env-file` and a shell's `source` disagree"
        " about quotes, blanks, `#`, `$`, backslashes and line ends. edgecheck reads as "
        "python-dotenv does; a client that is started"
        " another way may get another value from the same line.",
        remedies=(
            "Write {write}.",
            (
                "Turn Windows line ends into plain ones, where those are the difference:\n$ sed -i "
                "'s/\\r$//' {file}"
            ),
            (
                "Use letters, digits, `-` and `_` alone in a new secret; every loader reads them "
                "alike:\n$ openssl rand -hex 32"
            ),
        ),
        when=Lint(env_file.env_value_dialect),
        reproduction=_env(secret="EDGE_SECRET={secret}  \n"),  # noqa: S106 - a template
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
            "No form of this line is read alike by every loader, or another line makes one of "
            "them give up the file."
        ),
    ),
    Problem(
        code="env-file-exposed",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="{where} holds the secret, and {who} may read it (mode {mode})",
        cause=(
            "Whoever reads EDGE_SECRET can connect as this agent. The file's permissions let "
            "others than its owner read it."
        ),
        remedies=("Keep it to its owner:\n$ chmod 600 {file}",),
        when=Lint(env_file.env_file_exposed),
        reproduction=Example(env=_URL + _SECRET + _AGENT, mode=0o644),
        keywords=("chmod", "0644", "world-readable"),
        repair=Private(),
    ),
    Problem(
        code="env-file-tracked",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="git {state} {where}, which holds the secret",
        cause=(
            "A secret in a git history is known to everybody who has the repository, and stays "
            "there after the file is removed."
        ),
        remedies=(
            (
                "Tell git to ignore it, and to forget it where it is tracked already:\n$ echo "
                ".env >> .gitignore\n"
                "$ git rm --cached --ignore-unmatch {file}"
            ),
            "Ask whoever runs the backend for a new secret, where the file was pushed anywhere.",
        ),
        when=Lint(env_file.env_file_tracked),
        reproduction=Example(env=_URL + _SECRET + _AGENT, git=True),
        keywords=("gitignore", "git add"),
        repair=Ignored(),
        left=(
            "git tracks the file already: taking it out of the repository, and a new secret, are "
            "for whoever owns that."
        ),
    ),
    Problem(
        code="secret-missing",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET is {state}",
        cause="The backend knows an agent by a secret that both share. Without it the "
        "Authorization header cannot be written, and nothing"
        " is sent.",
        remedies=(
            (
                "Ask whoever runs the backend for the value of its EDGE_SECRET, and put it into "
                "{file}:\n    EDGE_SECRET=<secret>"
            ),
            (
                "Name a file that holds nothing but the secret:\n$ edgecheck doctor --secret-file "
                "path/to/secret"
            ),
        ),
        when=Lint(env_file.missing_rule("secret-missing", EDGE_SECRET)),
        reproduction=_env(secret=""),
        keywords=(
            "edge_secret",
            "missing edge_secret",
            "edge_secret not set",
            "keyerror: 'edge_secret'",
        ),
        left=_BACKEND_KNOWS,
    ),
    Problem(
        code="secret-placeholder",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} is still the guide's placeholder",
        cause=(
            "The value is the one that stands in guides and templates where the secret belongs. "
            "No backend knows it."
        ),
        remedies=(
            (
                "Put the backend's own EDGE_SECRET in its place, in {place}; whoever runs the "
                "backend "
                "has it."
            ),
        ),
        when=Lint(secret.secret_rule("secret-placeholder", secret.judge_placeholder)),
        reproduction=_env(secret="EDGE_SECRET=your-shared-secret-here\n"),  # noqa: S106
        refines=("secret-weak", "secret-inner-whitespace"),
        explains=_REFUSALS,
        keywords=("your-shared-secret-here", "your-secret-here", "changeme"),
        left=_BACKEND_KNOWS,
    ),
    Problem(
        code="secret-whitespace",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} {side} with white space",
        cause="A blank before the secret stays in the header, `Bearer` and two blanks, and the "
        "backend compares it: it is another secret."
        " A blank after it is dropped by HTTP servers; other code that uses the same value keeps "
        "it.",
        remedies=(
            (
                "Remove the blanks, in {place}: nothing between the `=` or the quote and the first "
                "character, nothing after the last one."
            ),
        ),
        when=Lint(secret.secret_rule("secret-whitespace", secret.judge_whitespace)),
        reproduction=_env(secret='EDGE_SECRET=" {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("leading whitespace", "trailing whitespace", "whitespace", "strip"),
        source="RFC 9112, section 5.1",
        repair=_SECRET_CLEANED,
        left=_NOTHING_LEFT,
    ),
    Problem(
        code="secret-file-unreadable",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="The secret cannot be read from {name}: {reason}",
        cause="--secret-file names where the secret stands, and it was not to be had there. It "
        "wins over EDGE_SECRET in the environment and"
        " in the .env file, so that neither was used in its place.",
        remedies=(
            "Look at what is there, and whose:\n$ ls -l {path}",
            "Write the secret into it, and nothing else; one line end after it does no harm.",
            "Leave --secret-file out, to use EDGE_SECRET.",
        ),
        when=Lint(secret.secret_file_unreadable),
        reproduction=Example(
            env=_URL + _AGENT, arguments=("--secret-file", "{folder}/no-such-file")
        ),
        refines=("secret-missing",),
        keywords=("--secret-file", "secret file"),
        left="It is another file than .env.",
    ),
    Problem(
        code="secret-inner-whitespace",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has {count} inside",
        cause="A secret is one word: the backend reads the header's value up to the first blank, "
        "or compares a value that it does not know."
        " Mostly the blank was copied along, or two values were.",
        remedies=(
            "Copy the secret again from where the backend has it, into {place}, as one word.",
        ),
        when=Lint(secret.secret_rule("secret-inner-whitespace", secret.judge_inner_whitespace)),
        reproduction=_env(secret=f'EDGE_SECRET="{_OTHER_SECRET[:16]} {_OTHER_SECRET}"\n'),
        explains=_REFUSALS,
        keywords=("blank inside", "space in token"),
        source="RFC 6750, section 2.1",
        left=_BLANK_INSIDE,
    ),
    Problem(
        code="secret-line-break",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has a line break {position}",
        cause="A line end was pasted along, or was kept from a file with Windows line ends. It "
        "cannot go into an HTTP header, where it"
        " would begin a new field: libraries refuse to send it, and some print the whole secret "
        "as they do.",
        remedies=(
            "Write the secret on one line, in {place}.",
            (
                "Drop the line end, where a command fills the variable:\n$ export "
                'EDGE_SECRET="$(tr '
                "-d '\\r\\n' < path/to/secret)\""
            ),
            (
                "Turn Windows line ends into plain ones, where the file has them:\n$ sed -i "
                "'s/\\r$//' {file}"
            ),
        ),
        when=Lint(secret.secret_rule("secret-line-break", secret.judge_line_break)),
        reproduction=_env(secret='EDGE_SECRET="{secret}\n"\n'),  # noqa: S106 - a template
        refines=("secret-inner-whitespace",),
        explains=_REFUSALS,
        keywords=(
            "invalidheadervalue",
            "invalid authorization header",
            "invalid header value",
            "newline or carriage return",
        ),
        source="RFC 9110, section 5.5",
        repair=_SECRET_CLEANED,
        left=_NOTHING_LEFT,
    ),
    Problem(
        code="secret-quoted",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has quotes as part of its value",
        cause="The value begins and ends with quotes that nobody took off. `docker run "
        "--env-file` and service managers keep the quotes of a"
        " .env file, and loaders keep typographic ones, which a word processor makes. The "
        "backend's secret has none.",
        remedies=(
            "Remove the quotes, in {place}, so that the value is the secret alone.",
            "Write it without quotes in a file for docker: EDGE_SECRET=<secret>.",
        ),
        when=Lint(secret.secret_rule("secret-quoted", secret.judge_quoted)),
        reproduction=_env(secret="EDGE_SECRET=\"'{secret}'\"\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("quotes", "smart quotes", "typographic"),
        repair=_SECRET_CLEANED,
        left=_NOTHING_LEFT,
    ),
    Problem(
        code="secret-bearer-prefix",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} begins with `Bearer `",
        cause="The client writes `Authorization: Bearer ` itself, before the secret. With the "
        "word in the secret too, the header reads"
        " `Bearer Bearer …`, which the backend takes for malformed or for a wrong secret.",
        remedies=(
            (
                "Remove the word `Bearer` and the blank after it, in {place}: the secret alone "
                "belongs there."
            ),
        ),
        when=Lint(secret.secret_rule("secret-bearer-prefix", secret.judge_bearer)),
        reproduction=_env(secret='EDGE_SECRET="Bearer {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("bearer bearer", "double bearer", "bearer prefix"),
        source="RFC 6750, section 2.1",
        repair=_SECRET_CLEANED,
        left=_NOTHING_LEFT,
    ),
    Problem(
        code="secret-invisible-character",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} has {count}: {character}",
        cause="Text that is copied from a chat, a web page or a document brings characters along "
        "that show nothing. They are part of the"
        " value all the same: the backend compares another secret, or the header cannot be "
        "written.",
        remedies=(
            (
                "Type the value's end and beginning anew, in {place}, or copy the secret from a "
                "place "
                "that shows plain text."
            ),
            (
                "Look at the bytes around the position that the evidence names, on a screen that "
                "nobody else sees:\n$ cat -A {file}"
            ),
        ),
        when=Lint(secret.secret_rule("secret-invisible-character", secret.judge_invisible)),
        reproduction=_env(secret="EDGE_SECRET={secret}\u200b\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=(
            "zero width",
            "zero-width",
            "non-breaking space",
            "\\u200b",
            "\\xa0",
            "invisible",
        ),
        repair=_SECRET_CLEANED,
        left=_NOTHING_LEFT,
    ),
    Problem(
        code="secret-non-ascii",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title=(
            "EDGE_SECRET in {where} has {count} that no HTTP header carries reliably: {character}"
        ),
        cause="An HTTP header holds ASCII. What else a value has is sent as Latin-1 by some "
        "libraries, as UTF-8 by others, and refused by"
        " the rest, so that the two sides compare different bytes. A letter that looks like a "
        "Latin one may also be from another"
        " alphabet.",
        remedies=(
            "Copy the secret again from where the backend has it, into {place}.",
            (
                "Ask for a new secret of letters and digits, where the backend's own has such a "
                "character:\n$ openssl rand -hex 32"
            ),
        ),
        when=Lint(secret.secret_rule("secret-non-ascii", secret.judge_non_ascii)),
        reproduction=_env(secret="EDGE_SECRET={secret}é\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=(
            "'latin-1' codec can't encode",
            "ordinal not in range",
            "unicodeencodeerror",
            "non-ascii",
        ),
        source="RFC 9110, section 5.5",
        left="Which character was meant is a guess.",
    ),
    Problem(
        code="secret-weak",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="EDGE_SECRET in {where} is easy to guess ({length})",
        cause=f"A secret of fewer than {MIN_LENGTH} characters, or of few different ones, can be "
        "found by trying. For the same reason"
        " edgecheck shows no fingerprint of it, which others could search.",
        remedies=(
            (
                "Make a new one, and give it to whoever runs the backend, for its EDGE_SECRET and "
                "for this side at the same time:\n"
                "$ openssl rand -hex 32"
            ),
        ),
        when=Lint(secret.secret_rule("secret-weak", secret.judge_weak)),
        reproduction=_env(secret="EDGE_SECRET=open-sesame\n"),  # noqa: S106
        keywords=("weak secret", "short secret", "entropy"),
        left="A new secret has to be set on both sides at the same time.",
    ),
    Problem(
        code="url-missing",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is {state}",
        cause="It says where the backend is. Without it there is nothing to connect to.",
        remedies=(
            (
                "Ask whoever runs the backend for its address, and put it into {file}:\n    "
                "BACKEND_URL=wss://<host>"
            ),
            "Give it on the command line, to try it:\n$ edgecheck doctor --url wss://<host>",
        ),
        when=Lint(env_file.missing_rule("url-missing", BACKEND_URL)),
        reproduction=_env(url=""),
        keywords=("backend_url", "missing backend_url", "keyerror: 'backend_url'"),
        left=_BACKEND_KNOWS,
    ),
    Problem(
        code="url-scheme-http",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL begins with {written}:// where a WebSocket's scheme is due",
        cause="The backend speaks WebSocket, whose addresses begin with wss:// (over TLS) or "
        "ws:// (in the clear). It is the same host and"
        " port as for https:// or http://, and client libraries refuse the web's scheme.",
        remedies=(
            "Write `{offered}`, in {place}:\n$ {set_it}",
            (
                "Use wss:// for a host that is not this machine: over ws:// the secret travels in "
                "the "
                "clear."
            ),
        ),
        when=Lint(url.url_rule("url-scheme-http", url.judge_scheme("http"))),
        reproduction=_env(url="BACKEND_URL=https://127.0.0.1:8787\n"),
        keywords=(
            "scheme isn't ws or wss",
            "isn't a valid uri",
            "invaliduri",
            "https://",
            "invalid url scheme",
        ),
        source="RFC 6455, section 3",
        repair=Value(url.with_scheme),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-scheme-missing",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has no scheme",
        cause="An address begins with how to speak: wss:// for a WebSocket over TLS. A host alone "
        "does not say, and client libraries do not"
        " guess.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-scheme-missing", url.judge_scheme("missing"))),
        reproduction=_env(url="BACKEND_URL=127.0.0.1:8787\n"),
        keywords=("scheme isn't ws or wss", "isn't a valid uri", "no scheme"),
        source="RFC 6455, section 3",
        repair=Value(url.with_scheme),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-scheme-unknown",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL does not begin with wss:// or ws://: `{given}`",
        cause="A WebSocket's address begins with wss:// or ws://, with exactly one colon and two "
        "slashes. What stands here is a slip of"
        " that, or another protocol.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-scheme-unknown", url.judge_scheme("unknown"))),
        reproduction=_env(url="BACKEND_URL=wws://127.0.0.1:8787\n"),
        keywords=("wws://", "wss:/", "wss//", "scheme isn't ws or wss", "isn't a valid uri"),
        source="RFC 6455, section 3",
        repair=Value(url.with_scheme),
        left=(
            "Only a scheme that is one slip away from ws, wss, http or https is replaced, where "
            "a host follows it."
        ),
    ),
    Problem(
        code="url-whitespace",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has {count} too many: {character}",
        cause="An address has no blank in it. One that was copied along makes another host name "
        "or another path of it; which one, no two"
        " libraries agree on.",
        remedies=("Write `{offered}`, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-whitespace", url.judge_url_whitespace)),
        reproduction=_env(url='BACKEND_URL="{url} "\n'),
        keywords=("url can't contain control characters", "whitespace in url"),
        source="RFC 3986, section 2",
        repair=Value(url.cleaned),
        left=_BLANK_INSIDE,
    ),
    Problem(
        code="url-malformed",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is no address: {reason}",
        cause="An address is wss://, then a host name or IP address, then perhaps a colon and a "
        "port from 1 to 65535. Something in this one"
        " cannot be read as that.",
        remedies=(
            (
                "Compare it with what whoever runs the backend gave you, and correct it in "
                "{place}:\n "
                "   BACKEND_URL=wss://<host>"
            ),
            "Remove quotes, brackets and placeholders such as `<host>`.",
        ),
        when=Lint(url.url_rule("url-malformed", url.judge_url_malformed)),
        reproduction=_env(url="BACKEND_URL=wss://127.0.0.1:87870\n"),
        keywords=(
            "hostname isn't provided",
            "port out of range",
            "port could not be cast",
            "label empty or too long",
            "invalid port",
        ),
        source="RFC 3986, section 3.2",
        repair=Value(url.unquoted),
        left="Quotes around an address are removed; which host or port was meant is a guess.",
    ),
    Problem(
        code="url-has-endpoint",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL already ends in /edge/ws",
        cause="The client appends /edge/ws itself. edgecheck sees that it is there and does not "
        "double it; a client that does not look asks"
        " for /edge/ws/edge/ws, which no backend has.",
        remedies=("Leave the path out, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-has-endpoint", url.judge_has_endpoint)),
        reproduction=_env(url="BACKEND_URL={url}/edge/ws\n"),
        refines=("url-has-path",),
        explains=_ELSEWHERE,
        keywords=("/edge/ws/edge/ws",),
        repair=Value(url.without_endpoint),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-has-path",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL has a path: {path}",
        cause="The client appends /edge/ws to the address, path and all. That is right where a "
        "reverse proxy serves the backend under that"
        " path, and asks for a page that is not there everywhere else.",
        remedies=(
            (
                "Leave the path out, in {place}, unless whoever runs the backend gave it to "
                "you:\n$ "
                "{set_it}"
            ),
        ),
        when=Lint(url.url_rule("url-has-path", url.judge_has_path)),
        reproduction=_env(url="BACKEND_URL={url}/api\n"),
        explains=_ELSEWHERE,
        left="The backend may be served under that path: whoever runs it knows.",
    ),
    Problem(
        code="url-has-query",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL has {what}",
        cause="The client appends the path /edge/ws and a query of its own. After a `?` or a `#` "
        "that path becomes part of the query or of"
        " the fragment, unless the client takes the address apart as edgecheck does; some "
        "libraries refuse a fragment altogether.",
        remedies=("Leave out what follows the `?` or `#`, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-has-query", url.judge_has_query)),
        reproduction=_env(url="BACKEND_URL={url}/?debug=1\n"),
        explains=_ELSEWHERE,
        keywords=("fragment identifier is meaningless",),
        source="RFC 6455, section 3",
        repair=Value(url.without_query),
        left="Only an empty query, and one that repeats the agent id, is certain to be of no use.",
    ),
    Problem(
        code="url-has-credentials",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL has a user name or password in it",
        cause="Libraries make an Authorization header of them, which takes the place of the "
        "secret's or stands beside it: the backend then"
        " sees no `Bearer`. An address is also logged in many places, password and all.",
        remedies=(
            "Remove all up to the `@`, in {place}:\n$ {set_it}",
            "Put the secret into EDGE_SECRET, where that is what stood there.",
        ),
        when=Lint(url.url_rule("url-has-credentials", url.judge_has_credentials)),
        reproduction=_env(url="BACKEND_URL=wss://user:password@127.0.0.1:8787\n"),
        keywords=("username provided without password", "user:password@"),
        source="RFC 3986, section 3.2.1",
        left="Whether they are the secret, or for something on the way, is a guess.",
    ),
    Problem(
        code="url-plaintext",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="BACKEND_URL is ws://, so the secret would travel to {host} in the clear",
        cause="Over ws:// everybody on the way can read the Authorization header, and connect as "
        "this agent. edgecheck sends the secret in"
        " the clear to this machine only, unless --allow-plaintext says that the way is safe.",
        remedies=(
            "Use wss://, in {place}:\n$ {set_it}",
            (
                "Allow it for this run, where the network is yours alone:\n$ edgecheck doctor "
                "--allow-plaintext"
            ),
        ),
        when=Lint(url.url_rule("url-plaintext", url.judge_plaintext)),
        reproduction=_env(url="BACKEND_URL=ws://backend.example\n"),
        keywords=("ws://", "plaintext", "allow-plaintext", "insecure websocket", "mixed content"),
        source="RFC 6750, section 5.3",
        left="Whether the backend speaks TLS does not follow from the address.",
    ),
    Problem(
        code="url-port-mismatch",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="BACKEND_URL is {scheme}:// on port {port}, where {other}:// is served as a rule",
        cause="Port 443 speaks TLS and port 80 does not, nearly everywhere. The other scheme on "
        "either of them ends in a handshake that"
        " nobody understands.",
        remedies=("Leave the port out, or make the scheme fit, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-port-mismatch", url.judge_port_mismatch)),
        reproduction=_env(url="BACKEND_URL=wss://127.0.0.1:80\n"),
        explains=("tls-not-tls", "upgrade-to-tls-port", "tcp-refused", "tcp-timeout"),
        keywords=("wrong version number", "plain http request was sent to https port"),
        left="Whether the port or the scheme is wrong is a guess.",
    ),
    Problem(
        code="agent-id-missing",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID is {state}",
        cause="The backend registers each agent under its id, which the client sends as a header "
        "and in the address. Without it nothing is"
        " sent.",
        remedies=(
            (
                "Ask whoever runs the backend for this agent's id, and put it into {file}:\n    "
                "EDGE_AGENT_ID=edge_<number>"
            ),
            "Give it on the command line, to try it:\n$ edgecheck doctor --agent-id edge_1",
        ),
        when=Lint(env_file.missing_rule("agent-id-missing", EDGE_AGENT_ID)),
        reproduction=_env(agent=""),
        keywords=("edge_agent_id", "missing edge_agent_id", "keyerror: 'edge_agent_id'"),
        left=_BACKEND_KNOWS,
    ),
    Problem(
        code="agent-id-whitespace",
        stage=Stage.CONFIG,
        severity=ERROR,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID has {count} too many: {character}",
        cause="The id stands in a header, where blanks at its ends are dropped, and in the "
        "address, where they are not: the backend sees"
        " two different ids, or one that it does not know.",
        remedies=("Write it without, in {place}:\n$ {set_it}",),
        when=Lint(agent_id.agent_id_whitespace),
        reproduction=_env(agent='EDGE_AGENT_ID="{agent_id} "\n'),
        source="RFC 9112, section 5.1",
        repair=Value(lambda text, settings: agent_id.cleaned(text)),
        left=_BLANK_INSIDE,
    ),
    Problem(
        code="agent-id-malformed",
        stage=Stage.CONFIG,
        severity=WARNING,
        side=Side.CLIENT,
        title="EDGE_AGENT_ID is `{given}`, not `edge_` and digits",
        cause="Ids have the form edge_<digits>, such as edge_12. A backend may not know another "
        "one; and a character with a meaning in an"
        " address, such as `&` or `#`, makes the header and the address say different ids.",
        remedies=(
            (
                "Ask whoever runs the backend for this agent's id, and put it into {place}:\n    "
                "EDGE_AGENT_ID=edge_<number>"
            ),
        ),
        when=Lint(agent_id.agent_id_malformed),
        reproduction=_env(agent="EDGE_AGENT_ID=agent-7\n"),
        explains=("auth-forbidden", "upgrade-bad-request"),
        keywords=("invalid agent id", "unknown agent"),
        left=_BACKEND_KNOWS,
    ),
)

# What the lint walks, in this order.
LINT = Linter(
    Check(problem.code, problem.when.rule, problem.refines, problem.repair, problem.left)
    for problem in PROBLEMS
    if isinstance(problem.when, Lint)
)
