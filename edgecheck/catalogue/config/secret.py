"""`EDGE_SECRET`: what can be wrong with its value, or with the file that holds it."""

from __future__ import annotations

from ...facts import Stage
from ...lint.repair import Value
from ...lint.rules import missing, secret, secret_times
from ...settings.secret import MIN_LENGTH
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import Example, Problem
from .shared import AGENT, BACKEND_KNOWS, BLANK_INSIDE, NOTHING_LEFT, URL, env

# The problems that a wrong or unreadable secret may cause.
_REFUSALS: tuple[str | Stage, ...] = (
    Stage.AUTH,
    "upgrade-bad-request",
    "upgrade-refused-regardless",
    "upgrade-server-error",
    "session-dropped",
    "session-server-error",
    "session-closed-without-code",
    "session-closed-normally",
    "upgrade-refused-regardless",
    "upgrade-subprotocol-required",
)
_CLEANED = Value(lambda text, settings: secret.cleaned(text))
# A JWT that ended on 14 November 2023: {"alg":"HS256","typ":"JWT"}, {"sub":"edge_1","exp":…}.
_OLD_TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJlZGdlXzEiLCJleHAiOjE3MDAwMDAwMDB9."
    "dGhpcy1pcy1uby1zaWduYXR1cmUtYXQtYWxs"
)
# Made for examples and used nowhere; strong enough not to be a finding itself.
_OTHER_SECRET = "q7Zt2Vw9Lx4Rb6Ny1Kd8Hs3Gf5Jc0PmA"

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="secret-missing",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} is {state}",
        cause=(
            "The backend knows its agents by a secret that both sides share. Without the secret "
            "the client cannot write its request, and sends nothing."
        ),
        remedies=(
            (
                "Ask the backend's team for the value of its {secret_name}, and put it into "
                "{file}:\n"
                "    {secret_name}=<secret>"
            ),
            (
                "Name a file that holds the secret and nothing else:\n"
                "$ edgecheck doctor --secret-file path/to/secret"
            ),
        ),
        when=Lint(missing.missing_rule("secret-missing", "secret"), fills=("state",)),
        reproduction=env(secret=""),
        keywords=(
            "{secret_name}",
            "missing {secret_name}",
            "{secret_name} not set",
            "keyerror: '{secret_name}'",
        ),
        left=BACKEND_KNOWS,
    ),
    Problem(
        code="secret-placeholder",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} is still the guide's placeholder",
        cause=(
            "Guides and templates show this value where the secret belongs. No backend accepts it."
        ),
        remedies=(
            (
                "Replace it by the backend's own {secret_name}, in {place}. The backend's team has "
                "it."
            ),
        ),
        when=Lint(secret.secret_rule("secret-placeholder", secret.judge_placeholder)),
        reproduction=env(secret="{secret_name}=your-shared-secret-here\n"),  # noqa: S106
        refines=("secret-weak", "secret-inner-whitespace"),
        explains=_REFUSALS,
        keywords=("your-shared-secret-here", "your-secret-here", "changeme"),
        left=BACKEND_KNOWS,
    ),
    Problem(
        code="secret-whitespace",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} {side} with white space",
        cause=(
            "A blank before the secret is sent with it, so that `Bearer` has two after it, and the "
            "backend compares it as a part of the secret. HTTP servers drop a blank after the "
            "secret; other programs that use the same value keep it."
        ),
        remedies=(
            (
                "Remove the blanks, in {place}: nothing between the `=` or the quote and the first "
                "character, nothing after the last one."
            ),
        ),
        when=Lint(secret.secret_rule("secret-whitespace", secret.judge_whitespace), ("side",)),
        reproduction=env(secret='{secret_name}=" {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("leading whitespace", "trailing whitespace", "whitespace", "strip"),
        source="RFC 9112, section 5.1",
        repair=_CLEANED,
        left=NOTHING_LEFT,
    ),
    Problem(
        code="secret-file-unreadable",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The secret cannot be read from {name}: {reason}",
        cause=(
            "--secret-file names the file with the secret, and the secret could not be read from "
            "it. The option wins over {secret_name} in the environment and in the .env file, so "
            "neither of them was used."
        ),
        remedies=(
            "See what is there, and who owns it:\n$ ls -l {path}",
            (
                "Write the secret into it, and nothing else. One line end after the secret does no "
                "harm."
            ),
            "Leave out --secret-file, to use {secret_name}.",
        ),
        when=Lint(secret.secret_file_unreadable, fills=("name", "path", "reason")),
        reproduction=Example(env=URL + AGENT, arguments=("--secret-file", "{folder}/no-such-file")),
        refines=("secret-missing",),
        keywords=("--secret-file", "secret file"),
        left="edgecheck repairs only the .env file.",
    ),
    Problem(
        code="secret-inner-whitespace",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} has {count} inside",
        cause=(
            "A secret is one word. The backend reads it up to the first blank, or "
            "compares a value that it does not know. Usually the blank was copied along, or two "
            "values were."
        ),
        remedies=(
            "Copy the secret again from where the backend has it, into {place}, as one word.",
        ),
        when=Lint(
            secret.secret_rule("secret-inner-whitespace", secret.judge_inner_whitespace),
            fills=("count",),
        ),
        reproduction=env(secret=f'{{secret_name}}="{_OTHER_SECRET[:16]} {_OTHER_SECRET}"\n'),
        explains=_REFUSALS,
        keywords=("blank inside", "space in token"),
        source="RFC 6750, section 2.1",
        left=BLANK_INSIDE,
    ),
    Problem(
        code="secret-line-break",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} has a line break {position}",
        cause=(
            "A line end was copied with the secret, or comes from a file with Windows line ends. "
            "It cannot go into an HTTP header, because it would begin a new field. Libraries "
            "refuse to send it, and some print the whole secret in their error."
        ),
        remedies=(
            "Write the secret on one line, in {place}.",
            (
                "Remove the line end, if a command fills the variable:\n"
                "$ export {secret_name}=\"$(tr -d '\\r\\n' < path/to/secret)\""
            ),
            (
                "Turn Windows line ends into plain ones, if the file has them:\n"
                "$ sed -i 's/\\r$//' {file}"
            ),
        ),
        when=Lint(secret.secret_rule("secret-line-break", secret.judge_line_break), ("position",)),
        reproduction=env(secret='{secret_name}="{secret}\n"\n'),  # noqa: S106 - a template
        refines=("secret-inner-whitespace",),
        explains=_REFUSALS,
        keywords=(
            "invalidheadervalue",
            "invalid authorization header",
            "invalid header value",
            "newline or carriage return",
        ),
        source="RFC 9110, section 5.5",
        repair=_CLEANED,
        left=NOTHING_LEFT,
    ),
    Problem(
        code="secret-quoted",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} has quotes as part of its value",
        cause=(
            "The value begins and ends with quotes that no program removed. `docker run "
            "--env-file` and service managers keep the quotes of a .env file, and every program "
            "keeps the typographic quotes of a word processor. The backend's secret has no quotes."
        ),
        remedies=(
            "Remove the quotes, in {place}, so that the value is the secret alone.",
            "Write it without quotes in a file for docker: {secret_name}=<secret>.",
        ),
        when=Lint(secret.secret_rule("secret-quoted", secret.judge_quoted)),
        reproduction=env(secret="{secret_name}=\"'{secret}'\"\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("quotes", "smart quotes", "typographic"),
        repair=_CLEANED,
        left=NOTHING_LEFT,
    ),
    Problem(
        code="secret-bearer-prefix",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} begins with `Bearer `",
        cause=(
            "The client sends {credential}. If the secret itself begins with `Bearer`, that word "
            "is sent as a part of it, or twice, and the backend refuses it as malformed or as a "
            "wrong secret."
        ),
        remedies=(
            (
                "Remove the word `Bearer` and the blank after it, in {place}, so that the value is "
                "the secret alone."
            ),
        ),
        when=Lint(secret.secret_rule("secret-bearer-prefix", secret.judge_bearer)),
        reproduction=env(secret='{secret_name}="Bearer {secret}"\n'),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=("bearer bearer", "double bearer", "bearer prefix"),
        source="RFC 6750, section 2.1",
        repair=_CLEANED,
        left=NOTHING_LEFT,
    ),
    Problem(
        code="secret-invisible-character",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} has {count}: {character}",
        cause=(
            "Text that is copied from a chat, a web page or a document can contain characters that "
            "nobody sees. They are a part of the value: the backend compares another secret, or "
            "the client cannot write its request."
        ),
        remedies=(
            (
                "Type the beginning and the end of the value again, in {place}, or copy the secret "
                "from a place that shows plain text."
            ),
            (
                "Look at the bytes around the position that the evidence names, on a screen that "
                "nobody else sees:\n"
                "$ cat -A {file}"
            ),
        ),
        when=Lint(
            secret.secret_rule("secret-invisible-character", secret.judge_invisible),
            fills=("count", "character"),
        ),
        reproduction=env(secret="{secret_name}={secret}\u200b\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=(
            "zero width",
            "zero-width",
            "non-breaking space",
            "\\u200b",
            "\\xa0",
            "invisible",
        ),
        repair=_CLEANED,
        left=NOTHING_LEFT,
    ),
    Problem(
        code="secret-non-ascii",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} has {count} that HTTP headers may not carry: {character}",
        cause=(
            "An HTTP header holds ASCII. Some libraries send other characters as Latin-1, others "
            "send them as UTF-8, and the rest refuse them, so the two sides compare different "
            "bytes. A letter that looks Latin may also come from another alphabet."
        ),
        remedies=(
            "Copy the secret again from where the backend has it, into {place}.",
            (
                "Ask for a new secret of letters and digits, if the backend's own secret has such "
                "a character:\n"
                "$ openssl rand -hex 32"
            ),
        ),
        when=Lint(
            secret.secret_rule("secret-non-ascii", secret.judge_non_ascii),
            fills=("count", "character"),
        ),
        reproduction=env(secret="{secret_name}={secret}é\n"),  # noqa: S106 - a template
        explains=_REFUSALS,
        keywords=(
            "'latin-1' codec can't encode",
            "ordinal not in range",
            "unicodeencodeerror",
            "non-ascii",
        ),
        source="RFC 9110, section 5.5",
        left="The right character would be a guess.",
    ),
    Problem(
        code="secret-weak",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{secret_name} in {where} may be easy to guess ({why})",
        cause=(
            f"A secret of fewer than {MIN_LENGTH} characters, or of few different ones, can be "
            "found by trying. For the same reason edgecheck does not show its fingerprint: others "
            "could search for the secret with it."
        ),
        remedies=(
            (
                "Make a new secret, and give it to the backend's team: both sides have to change "
                "{secret_name} at the same time.\n"
                "$ openssl rand -hex 32"
            ),
        ),
        when=Lint(secret.secret_rule("secret-weak", secret.judge_weak), fills=("why",)),
        reproduction=env(secret="{secret_name}=open-sesame\n"),  # noqa: S106
        keywords=("weak secret", "short secret", "entropy"),
        left="Both sides have to set a new secret at the same time.",
    ),
    Problem(
        code="secret-expired",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{secret_name} in {where} is a token that {state}",
        cause=(
            "The secret is a JWT, and its own times say when it is valid. The backend refuses it "
            "outside of them, whatever else is right. The times were read here; nothing was sent "
            "for that."
        ),
        remedies=(
            (
                "Ask the backend's team for a new token, or for a way to renew it, and put it into "
                "{place}."
            ),
            "Compare this machine's time with a clock, if the token should be valid: `date -u`.",
        ),
        when=Lint(secret_times.expired, fills=("state",)),
        reproduction=env(secret="{secret_name}=" + _OLD_TOKEN + "\n"),
        explains=_REFUSALS,
        inevitable=True,
        keywords=("token has expired", "jwt expired", "access token has expired", "exp claim"),
        source="RFC 7519, sections 4.1.4 and 4.1.5",
        left=BACKEND_KNOWS,
    ),
)
