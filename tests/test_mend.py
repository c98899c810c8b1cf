"""Broken files, each by itself and several defects at once.

One run repairs what can be repaired, and nothing else in the file changes.
"""

from __future__ import annotations

import io
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.config import LINT
from edgecheck.dotenv.text import parse
from edgecheck.mend import MAX_STEPS, plan
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load, with_content
from tests.doctor import Setup, run_here
from tests.test_secret_hunt import found as traces_found

URL = "wss://backend.example"
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
AGENT = "edge_7"
GOOD = f"BACKEND_URL={URL}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n"
# What else people have in such a file, and nothing of it is ours.
BEFORE = "# The agent's settings.\n\nexport LOG_LEVEL='debug'   # loud\n"
AFTER = '\nDATABASE_URL=postgres://a:b@c/d\nMOTD="two\nlines"\n\t# end'


@dataclass(frozen=True)
class Broken:
    """One file.

    Args:
        file: what it holds.
        becomes: what it holds then.
        codes: what would be repaired.
        left: what cannot be.
        mode: permissions before.
    """

    file: bytes
    becomes: bytes
    codes: set[str]
    left: tuple[str, ...] = ()
    mode: int = 0o600


def broken(
    wrong: str,
    *codes: str,
    right: str = GOOD,
    before: str = BEFORE,
    after: str = AFTER,
    left: tuple[str, ...] = (),
    mode: int = 0o600,
) -> Broken:
    """Make a file of good lines around the wrong ones."""
    return Broken(
        (before + wrong + after).encode(), (before + right + after).encode(), set(codes), left, mode
    )


def line(name: str, wrong: str) -> str:
    """Return the three settings, one of whose lines is another."""
    return re.sub(rf"(?m)^{name}=.*$", lambda _: wrong, GOOD)


def secret(wrong: str) -> str:
    return line("EDGE_SECRET", f"EDGE_SECRET={wrong}")


def url(wrong: str) -> str:
    return line("BACKEND_URL", f"BACKEND_URL={wrong}")


WINDOWS = (BEFORE + GOOD).replace("\n", "\r\n")
FILES = {
    "white space before the secret": broken(secret(f'" {SECRET}"'), "secret-whitespace"),
    "white space after the secret": broken(secret(f'"{SECRET}\t "'), "secret-whitespace"),
    "blanks that nobody sees": broken(
        secret(f"{SECRET}  "), "env-value-dialect", before="# for docker\n\n"
    ),
    "quotes in quotes": broken(secret(f"\"'{SECRET}'\""), "secret-quoted"),
    "quotes of a word processor": broken(secret(f"“{SECRET}”"), "secret-quoted"),
    "the word Bearer": broken(secret(f'"Bearer {SECRET}"'), "secret-bearer-prefix"),
    "the whole header": broken(
        secret(f"'Authorization: bearer {SECRET}'  # from the guide"),
        "secret-bearer-prefix",
        right=secret(f"{SECRET}  # from the guide"),
    ),
    "an invisible character": broken(
        secret(f"{SECRET[:9]}\u200b{SECRET[9:]}"), "secret-invisible-character"
    ),
    "no-break spaces": broken(secret(f'"\u00a0{SECRET}\u00a0"'), "secret-invisible-character"),
    "a line end in the secret": broken(secret(f'"{SECRET}\n"'), "secret-line-break"),
    "a secret over two lines": broken(
        secret(f"'{SECRET[:20]}\n{SECRET[20:]}'"), "secret-line-break"
    ),
    "two settings in one line": broken(GOOD.replace(f"{SECRET}\n", SECRET), "env-line-merged"),
    "all settings in one line": broken(
        f"BACKEND_URL={URL}; EDGE_SECRET={SECRET} export EDGE_AGENT_ID={AGENT}\n",
        "env-line-merged",
    ),
    "id and secret exchanged": broken(
        f"BACKEND_URL={URL}\nEDGE_SECRET={AGENT}\nEDGE_AGENT_ID={SECRET}\n", "secret-misplaced"
    ),
    "address and secret exchanged": broken(
        f"BACKEND_URL={SECRET}\nEDGE_SECRET={URL}\nEDGE_AGENT_ID={AGENT}\n", "secret-misplaced"
    ),
    "the secret in the address": broken(
        f"BACKEND_URL={URL}?token={SECRET}\nEDGE_SECRET=\nEDGE_AGENT_ID={AGENT}\n",
        "secret-misplaced",
    ),
    "the secret in the address too": broken(
        url(f"{URL}?a=b&token={SECRET}"),
        "secret-misplaced",
        right=url(f"{URL}?a=b"),
        left=("url-has-query",),
    ),
    "https": broken(url("https://backend.example"), "url-scheme-http"),
    "no scheme": broken(
        url("backend.example  # host"), "url-scheme-missing", right=url(f"{URL}  # host")
    ),
    "a slip of the scheme": broken(url("wws://backend.example"), "url-scheme-unknown"),
    "a blank after the address": broken(url('"wss://backend.example "'), "url-whitespace"),
    "quotes as part of the address": broken(url("‘wss://backend.example’"), "url-malformed"),
    "the endpoint's path": broken(url("wss://backend.example/edge/ws"), "url-has-endpoint"),
    "the whole address of a log": broken(
        url(f"{URL}/edge/ws?edge_agent_id={AGENT}"), "url-has-endpoint", "url-has-query"
    ),
    "a blank in the agent id": broken(
        line("EDGE_AGENT_ID", f'EDGE_AGENT_ID=" {AGENT}"'), "agent-id-whitespace"
    ),
    "a setting twice": broken(f"EDGE_AGENT_ID=edge_6\n{GOOD}", "env-key-duplicate"),
    "a setting three times": broken(
        f"EDGE_SECRET=a\nexport EDGE_SECRET='b\nc' # old\n{GOOD}", "env-key-duplicate"
    ),
    "a misspelt name": broken(GOOD.replace("EDGE_SECRET", "EDGE_SERCET"), "env-key-misspelled"),
    "names in small letters": broken(
        GOOD.replace("BACKEND_URL", "backend_url").replace("EDGE_AGENT_ID", "edge_agent_id"),
        "env-key-misspelled",
    ),
    "PowerShell's way": broken(
        line("EDGE_SECRET", f'$env:EDGE_SECRET = "{SECRET}"'),
        "env-key-misspelled",
        "env-value-dialect",
    ),
    "blanks around the equals sign": broken(
        line("BACKEND_URL", f"BACKEND_URL = {URL}"), "env-value-dialect"
    ),
    "a hash sign in the secret": broken(
        secret(f"{SECRET}#x"), "env-value-dialect", right=secret(f"'{SECRET}#x'")
    ),
    "a dollar sign in the secret": broken(
        secret(f"{SECRET}$x"), "env-value-dialect", right=secret(f"'{SECRET}$x'")
    ),
    "line ends of Windows": Broken(
        WINDOWS.encode(), (BEFORE + GOOD).encode(), {"env-value-dialect"}
    ),
    "a byte-order mark": Broken(
        b"\xef\xbb\xbf" + (BEFORE + GOOD).encode(), (BEFORE + GOOD).encode(), {"env-file-bom"}
    ),
    "UTF-16": Broken(
        (BEFORE + GOOD).encode("utf-16"), (BEFORE + GOOD).encode(), {"env-file-not-utf8"}
    ),
    "UTF-16 without a mark, and all that was hidden in it": Broken(
        (BEFORE + secret(f'"Bearer {SECRET}"')).replace("\n", "\r\n").encode("utf-16-le"),
        (BEFORE + GOOD).encode(),
        {"env-file-not-utf8", "env-value-dialect", "secret-bearer-prefix", "env-file-exposed"},
        mode=0o644,
    ),
    "readable for all": broken(GOOD, "env-file-exposed", mode=0o644),
    "nearly everything": broken(
        f"BACKEND_URL='https://backend.example/edge/ws?edge_agent_id={AGENT} "
        "'\nEDGE_AGENT_ID=edge_1\n"
        f"export EDGE_SERCET = \" 'Bearer {SECRET[:5]}\u200b{SECRET[5:]}' \" # no "
        f'comment\nEDGE_AGENT_ID="{AGENT} "\n',
        "url-scheme-http",
        "url-whitespace",
        "url-has-endpoint",
        "url-has-query",
        "env-key-misspelled",
        "env-key-duplicate",
        "env-value-dialect",
        "env-file-exposed",
        "secret-whitespace",
        "secret-quoted",
        "secret-bearer-prefix",
        "secret-invisible-character",
        "agent-id-whitespace",
        right=(
            f"BACKEND_URL={URL}\nexport EDGE_SECRET={SECRET} # no comment\nEDGE_AGENT_ID={AGENT}\n"
        ),
        mode=0o664,
    ),
    "what can be repaired beside what cannot": broken(
        url("https://backend.example/api").replace(
            f"={SECRET}", f'="Bearer {SECRET[:16]} {SECRET}"'
        ),
        "url-scheme-http",
        "secret-bearer-prefix",
        right=url("wss://backend.example/api").replace(f"={SECRET}", f"='{SECRET[:16]} {SECRET}'"),
        left=("url-has-path", "secret-inner-whitespace"),
    ),
    "a line that is none": broken(
        f"EDGE_AGENT_ID: {AGENT}\n{url('https://backend.example')}",
        "url-scheme-http",
        right=f"EDGE_AGENT_ID: {AGENT}\n{GOOD}",
        left=("env-line-invalid",),
    ),
}


def read(folder: Path, **environ: str) -> Settings:
    return load(Options(), environ=environ, cwd=folder, stdin=io.BytesIO())


def written(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / ".env"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def dotenv(content: bytes) -> dict[str, str | None]:
    """Read as the real python-dotenv does, but for the settings themselves."""
    text = content.decode().removeprefix("\ufeff")
    return {
        name: value
        for name, value in dotenv_values(stream=io.StringIO(text, newline=None)).items()
        if name not in EDGE.variables.all
    }


@pytest.mark.parametrize("name", FILES)
def test_one_run_repairs_a_file(name: str, tmp_path: Path) -> None:
    """It passes the lint where it can, the rest is as it was, the copy is the old file.

    The secret is nowhere to be seen.
    """
    file = FILES[name]
    path = written(tmp_path, file.file, file.mode)
    outcome = run_here(Setup(tmp_path, {}), "--offline", "--fix", "--yes")

    assert path.read_bytes() == file.becomes
    assert tuple(defect.code for defect in LINT.lint(read(tmp_path))) == file.left
    assert outcome.code == int("secret-inner-whitespace" in file.left)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    copies = [each for each in tmp_path.iterdir() if each != path]
    if file.becomes == file.file:
        assert copies == []
    else:
        (copy,) = copies
        assert copy.name == ".env.bak"
        assert copy.read_bytes() == file.file
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert traces_found(SECRET, outcome.stdout + outcome.stderr) == []


@pytest.mark.parametrize("name", FILES)
def test_the_plan_says_what_it_repairs_and_what_it_leaves(name: str, tmp_path: Path) -> None:
    file = FILES[name]
    written(tmp_path, file.file, file.mode)
    settings = read(tmp_path)
    found = plan(
        settings,
        lambda content: with_content(settings, content, Options(), environ={}, cwd=tmp_path),
    )

    assert {defect.code for defect in found.repaired} == file.codes
    assert tuple(one.defect.code for one in found.left) == file.left
    assert all(one.reason for one in found.left)


@pytest.mark.parametrize("name", FILES)
def test_a_second_run_changes_nothing(name: str, tmp_path: Path) -> None:
    file = FILES[name]
    path = written(tmp_path, file.file, file.mode)
    run_here(Setup(tmp_path, {}), "--offline", "--fix", "--yes")
    before = {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in tmp_path.iterdir()
    }
    outcome = run_here(Setup(tmp_path, {}), "--offline", "--fix", "--yes")

    assert {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in tmp_path.iterdir()
    } == before
    assert path.read_bytes() == file.becomes
    assert "othing" in outcome.stdout.partition("\n")[0]


def test_no_more_steps_are_taken_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no step was left for stays, and is said; a repair cannot go on without end."""
    content = GOOD.replace("wss:", "https:").replace(SECRET, f"'Bearer {SECRET}'")
    written(tmp_path, content.encode())
    monkeypatch.setattr("edgecheck.mend.MAX_STEPS", 1)
    settings = read(tmp_path)
    found = plan(
        settings,
        lambda content: with_content(settings, content, Options(), environ={}, cwd=tmp_path),
    )

    assert [one.code for one in found.repaired] == ["url-scheme-http"]
    assert [one.defect.code for one in found.left] == ["secret-bearer-prefix"]


@pytest.mark.parametrize(
    "useless", [lambda content: content + b"# more\n", lambda content: content]
)
def test_a_step_that_does_not_help_is_not_taken(
    useless: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, url("https://backend.example").encode())
    settings = read(tmp_path)
    monkeypatch.setattr(
        type(LINT), "repaired", lambda lint, defect, settings: useless(settings.env_file.content)
    )
    found = plan(
        settings,
        lambda content: with_content(settings, content, Options(), environ={}, cwd=tmp_path),
    )

    assert (found.repaired, found.content) == ((), None)
    assert [one.defect.code for one in found.left] == ["url-scheme-http"]
    assert "does not help here" in found.left[0].reason


def test_there_are_twenty_and_each_repairable_code_among_them() -> None:
    repairable = {code for code, problem in PROBLEMS.items() if problem.repair is not None}

    assert len(FILES) > 20
    # git is asked about in the tests of the command; who reads the file, below.
    assert repairable - set().union(*(file.codes for file in FILES.values())) == {
        "env-file-tracked",
        "env-reader-misreads",
    }


# --- any file at all ------------------------------------------------------------------------------

_URLS = [
    "https://h.example",
    "wss://h.example/edge/ws?edge_agent_id=edge_7",
    " h.example:1 ",
    "ftp://h",
    "wss://u:p@h/x#y",
    "'wss//h'",
    "",
    "${A}",
    "\u200b",
]
_SECRETS = [
    SECRET,
    f"Bearer {SECRET}",
    f" '{SECRET}'",
    f"{SECRET} #x",
    f"{SECRET}\u200b",
    f"{SECRET} {SECRET}",
    "${B}",
    "",
    "\u201c\u201d",
    "x\ny",
]
_AGENTS = ["edge_7", " edge_7", "edge 7", "agent", "edge_7\u00a0", ""]
_KEYS = {
    "BACKEND_URL": _URLS,
    "EDGE_SECRET": _SECRETS,
    "EDGE_AGENT_ID": _AGENTS,
    "EDGE_SERCET": _SECRETS,
    "backend_url": _URLS,
    "OTHER": ["1", "a b", "it's"],
}
_STATEMENTS = st.sampled_from(sorted(_KEYS)).flatmap(
    lambda key: st.builds(
        lambda start, equals, quote, value, end: f"{start}{key}{equals}{quote}{value}{quote}{end}",
        st.sampled_from(["", "export ", " "]),
        st.sampled_from(["=", " = ", "= ", "", ": "]),
        st.sampled_from(["", "'", '"', "`", "\u2019"]),
        st.sampled_from(_KEYS[key]),
        st.sampled_from(["", " ", " # words to say", "#", "'"]),
    )
)
_LINES = _STATEMENTS | st.sampled_from(["# comment", "", "words", "A='", 'B="'])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_LINES, max_size=7),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([0o600, 0o644]),
    st.dictionaries(st.sampled_from(["A", "EDGE_SECRET"]), st.sampled_from(["a", f" {SECRET}"])),
)
def test_any_file_is_brought_to_an_end_and_only_to_the_better(
    lines: list[str], end: str, encoding: str, mode: int, environ: dict[str, str]
) -> None:
    """What is said to be repaired is gone, and what is left cannot be repaired.

    Other names keep their values.
    """
    content = "".join(line + end for line in lines).encode(encoding)
    nothing = load(
        Options(env_file="/dev/null"), environ=environ, cwd=Path("/"), stdin=io.BytesIO()
    )
    start = replace(nothing, env_file=parse(content, environ, path=".env", mode=mode))

    def reread(content: bytes) -> Settings:
        return with_content(start, content, Options(), environ=environ, cwd=Path("/"))

    first = replace(reread(content), env_file=start.env_file)
    found = plan(first, reread)

    repaired = {(defect.code, defect.setting) for defect in found.repaired}
    assert not repaired & {(defect.code, defect.setting) for defect in LINT.lint(found.after)}
    assert bool(repaired) == (found.content is not None or found.private)
    assert plan(found.after, reread).repaired == ()
    if found.content is not None and encoding != "utf-16":
        kept = dotenv(content)
        renamed = {name for name in kept if name in ("EDGE_SERCET", "backend_url")}
        assert {
            name: value for name, value in dotenv(found.content).items() if name not in renamed
        } == {name: value for name, value in kept.items() if name not in renamed}
    assert len(repaired) < MAX_STEPS
