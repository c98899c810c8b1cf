"""What each reader makes of forms that few files have, and which no other reader reads alike.

`test_real_readers` compares the readers with the programs, where these are installed.
"""

from __future__ import annotations

import pytest

from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.readers.table import read

ENVIRON = {"HOME": "/h", "EMPTY": "", "PRE_A": "1", "PRE_B": "2"}
GONE = None  # not set, or not known


@pytest.mark.parametrize(
    ("reader", "text", "values"),
    [
        # --- compose: the operators of a shell, with and without the colon ---
        (Reader.COMPOSE, "K=${NO:-x${HOME}}y", {"K": "x/hy"}),
        (Reader.COMPOSE, "K=${EMPTY-x}|${EMPTY:-x}", {"K": "|x"}),
        (Reader.COMPOSE, "K=${HOME:+set}${NO+not}", {"K": "set"}),
        (Reader.COMPOSE, "K=${HOME?must be}$HOME", {"K": "/h/h"}),
        (Reader.COMPOSE, "K=a$$b", {"K": "a$b"}),
        (Reader.COMPOSE, 'K="a\\0101\\09"', {"K": "aA\\9"}),
        (Reader.COMPOSE, "HOME\nNO\nK=1", {"HOME": "/h", "K": "1"}),
        (Reader.COMPOSE, "K=${NO?must be}", {"K": GONE}),
        (Reader.COMPOSE, "K=${", {"K": GONE}),
        (Reader.COMPOSE, "K=1\nHOME", {"K": "1", "HOME": GONE}),  # no line end follows
        # --- podman: a name alone, and a star ---
        (
            Reader.PODMAN,
            "PRE_*\nHOME\nNO\nK=1",
            {"PRE_A": "1", "PRE_B": "2", "HOME": "/h", "K": "1"},
        ),
        (Reader.PODMAN, "K=1\n=1", {"K": GONE}),
        # --- bun: what is no reference stays ---
        (Reader.BUN, "K=${HOME:-a}b${NO:-c\\}d${HOME}}", {"K": "/hbc\\}d/h"}),
        (Reader.BUN, "K=${HOME+a{b}c", {"K": "${HOME+a{b}c"}),
        (Reader.BUN, "K=${NO/${HOME}x}y", {"K": "${NO/${HOME}x}y"}),
        (Reader.BUN, "HOME=x\nK=$HOME", {"K": "/h"}),
        # --- deno: the last quote closes, unless a comment follows an earlier one ---
        (Reader.DENO, "K='a'b'", {"K": "a'b"}),
        (Reader.DENO, "K='a'b' # c's", {"K": "a'b"}),
        # --- direnv: what the file itself has set comes first ---
        (Reader.DIRENV, "A=1\nK=$A${HOME}", {"A": "1", "K": "1/h"}),
        (Reader.DIRENV, "K=${NO:-x}${HOME:-y}", {"K": "x/h"}),
        (Reader.DIRENV, "K=a${*}b${c", {"K": "abc"}),
        (Reader.DIRENV, "K=a$", {"K": "a$"}),
        (Reader.DIRENV, "K=a$.b$HOME", {"K": "a$.b/h"}),
        # --- dotenv-expand: its operators ---
        (Reader.DOTENV_EXPAND, "K=${EMPTY-x}|${NO-x}", {"K": "|x"}),
        (Reader.DOTENV_EXPAND, "K=${HOME+x}|${NO+x}", {"K": "x|"}),
        (Reader.DOTENV_EXPAND, "K=${HOME:+x}|${EMPTY:+x}", {"K": "x|"}),
        (Reader.DOTENV_EXPAND, "A=b\nB=x${A}\nK=$B", {"B": "xb", "K": "xb"}),
        (Reader.DOTENV_EXPAND, "K=x$K", {"K": GONE}),  # without end
        (Reader.DOTENV_EXPAND, "HOME=x\nK=$HOME", {"K": "/h"}),
        (Reader.DOTENV_EXPAND, "K=$(id)\nA=2", {"K": GONE, "A": "2"}),
        # --- shells ---
        (Reader.SOURCE, "export A=1 \\\n K=2\n", {"A": "1", "K": "2"}),
        (Reader.SOURCE, 'K="a\\\nb"\n', {"K": "ab"}),
        (Reader.SOURCE, "K=${HOME:+x}${EMPTY:+y}${EMPTY+z}\n", {"K": "xz"}),
        (Reader.SOURCE, "K=${NO:-a${NO:-b}c}d\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.SOURCE, "A=1\nif true; then K=2; fi\n", {"A": "1", "K": GONE}),
        (Reader.SOURCE, "some-command && K=1\n", {"K": GONE}),
        (Reader.SOURCE, "true || K=1\nfalse || A=2\n", {"K": GONE, "A": "2"}),
        (Reader.SOURCE, "K=~root/x\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.SOURCE, 'K="a`id`b"\nA=2\n', {"K": GONE, "A": "2"}),
        (Reader.SOURCE, "K=$'a\\nb'\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.SOURCE, "K=${NO:-a\\}b}c\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.SOURCE, "A=1\nK=${NO:-a\n", {"A": "1", "K": GONE}),
        (Reader.SOURCE, "A=1\ncat <<\nK=2\n", {"A": "1", "K": GONE}),
        # A quote in backticks protects nothing after them, not even the end of a line.
        (Reader.SOURCE, "K=`'` \\\nA='x'\n", {"K": GONE, "A": "x"}),
        (Reader.SOURCE, "K=`'`\\\nA='x'\nB=2\n", {"K": GONE, "A": GONE, "B": "2"}),
        (Reader.SOURCE, "K=`'` A=\"a\\\nb'\"\n", {"K": GONE, "A": "ab'"}),
        (Reader.DASH, "export -z K=1\nA=2\n", {"K": GONE, "A": GONE}),
        (Reader.DASH, "A=1\nK=`it's`\n", {"A": GONE, "K": GONE}),
        (Reader.DASH, "K=`exit 1`\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.ZSH, "K=$HOME:h\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.ZSH, "K=$=HOME\nA=2\n", {"K": GONE, "A": "2"}),
        (Reader.ZSH, "A=1\necho a}\nK=2\n", {"A": "1", "K": GONE}),
        (Reader.ZSH, "K=1 -\nA=2\n", {"K": "1", "A": "2"}),
        # --- systemd: a backslash in quotes ---
        (Reader.SYSTEMD, 'K="a\\\nb\\$c\\d"\n', {"K": "ab$c\\d"}),
        (Reader.SYSTEMD, 'K="a\\', {"K": "a"}),
        (Reader.SYSTEMD, "A=1\nK=1\0", {"A": GONE, "K": GONE}),
        # --- uv: a comment after two blanks is one for the value, and none for its end ---
        (Reader.UV, "K=a  # c\nA=1\n", {"K": "a", "A": "1"}),
        (Reader.UV, "K=a  # it's\nA=1\n", {"K": GONE, "A": GONE}),
        # --- the others ---
        (Reader.KUBECTL, "K=1\n=2", {"K": GONE}),
        (Reader.GODOTENV, "K=1 # c\nA", {"K": "1", "A": GONE}),
        (Reader.GODOTENV, "A=1\nK=a\\$A$A", {"K": "a$A1"}),
        (Reader.NODE20_ENV_FILE, "A=1\nK='x", {"A": "1", "K": GONE}),
        (Reader.EXPORT_XARGS, "K=1\0", {"K": GONE}),
        (Reader.RUBY_DOTENV, "K=1\nexport K\n", {"K": "1"}),
        (Reader.RUBY_DOTENV, "export NO\n", {"NO": GONE}),
        (Reader.RUBY_DOTENV, "K=a\\$HOME\nA=$(id)\n", {"K": "a$HOME", "A": GONE}),
        (Reader.PHPDOTENV, 'K="\n"\nA=1', {"K": "\n", "A": "1"}),
        (Reader.PHPDOTENV, "'K'=1\nA=2", {"K": "1", "A": "2"}),
        (Reader.PHPDOTENV, 'K="a\\$b\\\\c"', {"K": "a$b\\c"}),
        (Reader.PHPDOTENV, 'A=1\nK="a\\xb"', {"A": GONE, "K": GONE}),
        (Reader.PHPDOTENV, "A=1\nK='a", {"A": GONE, "K": GONE}),
        (Reader.PHPDOTENV, "A=1\n=2", {"A": GONE}),
    ],
)
def test_a_form_that_few_files_have(
    reader: Reader, text: str, values: dict[str, str | None]
) -> None:
    """Each as its program's own rules have it."""
    readings = read(reader, text, ENVIRON)
    found = {name: readings.value(name) for name in values}

    assert found == values
