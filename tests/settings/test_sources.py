"""Where settings come from, and which source wins."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.dotenv.text import MAX_BYTES, Encoding, Tracking
from edgecheck.settings.model import Family, Settings, Source
from edgecheck.settings.sources import MAX_SECRET_BYTES, Options, load
from tests.conftest import require_program
from tests.timing import PATIENCE

ENV = "BACKEND_URL=wss://file.example\nEDGE_SECRET=from-the-file\nEDGE_AGENT_ID=edge_1\n"


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Settings]:
    """Load the settings from the folder of the test."""

    def loaded(
        options: Options | None = None, cwd: Path = tmp_path, stdin: bytes = b"", **environ: str
    ) -> Settings:
        return load(options or Options(), environ=environ, cwd=cwd, stdin=io.BytesIO(stdin))

    return loaded


# --- precedence -----------------------------------------------------------------------------------


def test_nothing_anywhere_is_nothing(loaded, tmp_path: Path) -> None:
    found = loaded()

    assert (found.backend_url, found.secret, found.agent_id, found.env_file) == (
        None,
        None,
        None,
        None,
    )
    assert found.folder == str(tmp_path)


def test_files_of_other_names_are_noted_where_there_is_none(loaded, tmp_path: Path) -> None:
    """Folders, such as a Python environment, do not count; nothing does if the file was found."""
    for name in (".env.example", ".env.txt", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "env").mkdir()

    assert loaded().beside == (".env.txt", ".env.example")
    assert loaded(Options(env_file="x.env")).beside == ()
    (tmp_path / ".env").touch()
    assert loaded().beside == ()


def test_the_file_is_read_with_the_line_of_each_setting(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    found = loaded()

    assert (found.backend_url.text, str(found.backend_url.origin)) == (
        "wss://file.example",
        ".env:1",
    )
    assert (found.secret.secret.reveal(), str(found.secret.origin)) == ("from-the-file", ".env:2")
    assert (found.agent_id.text, str(found.agent_id.origin)) == ("edge_1", ".env:3")


def test_the_environment_wins_over_the_file(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    found = loaded(EDGE_SECRET="from-the-environment")

    assert found.secret.secret.reveal() == "from-the-environment"
    assert str(found.secret.origin) == "$EDGE_SECRET"
    assert [(name, str(origin)) for name, origin in found.shadowed] == [("EDGE_SECRET", ".env:2")]


def test_an_option_wins_over_the_environment_and_shadows_nothing(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    found = loaded(
        Options(url="wss://option.example", agent_id="edge_9"),
        BACKEND_URL="wss://environment.example",
    )

    assert (found.backend_url.text, str(found.backend_url.origin)) == (
        "wss://option.example",
        "--url",
    )
    assert (found.agent_id.text, found.agent_id.origin.source) == ("edge_9", Source.OPTION)
    assert found.shadowed == ()


def test_an_empty_variable_is_set(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)

    assert loaded(EDGE_AGENT_ID="").agent_id.text == ""


def test_the_same_value_twice_shadows_nothing(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)

    assert loaded(EDGE_AGENT_ID="edge_1").shadowed == ()


def test_a_bare_name_takes_an_earlier_value_away_as_in_python_dotenv(
    loaded, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(ENV + "export EDGE_SECRET\n")

    assert loaded().secret is None


# --- the file -------------------------------------------------------------------------------------


def test_the_nearest_file_upwards_is_taken(loaded, tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text("EDGE_AGENT_ID=edge_1\n")
    (tmp_path / "a" / ".env").write_text("EDGE_AGENT_ID=edge_2\n")
    found = loaded(cwd=deep)

    assert found.agent_id.text == "edge_2"
    assert str(found.agent_id.origin) == "../.env:1"
    assert found.env_file.absolute == str(tmp_path / "a" / ".env")


def test_a_file_far_above_is_shown_by_the_shorter_path(loaded, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefghijklmnopqrstuvwxyz")
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text(ENV)

    assert loaded(cwd=deep).env_file.path == min(
        "../" * 26 + ".env", str(tmp_path / ".env"), key=len
    )


def test_a_named_file_is_taken_from_the_working_directory(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / "other").write_text("EDGE_AGENT_ID=edge_2\n")
    found = loaded(Options(env_file=Path("other")))

    assert found.env_file_named
    assert str(found.agent_id.origin) == "other:1"
    assert found.backend_url is None


def test_a_named_file_that_is_not_there_is_missing(loaded) -> None:
    found = loaded(Options(env_file="gone"))

    assert found.env_file.missing
    assert found.env_file.path == "gone"


def test_a_folder_of_that_name_is_passed_by(loaded, tmp_path: Path) -> None:
    deep = tmp_path / "a"
    (deep / ".env").mkdir(parents=True)
    (tmp_path / ".env").write_text(ENV)

    assert loaded(cwd=deep).agent_id.text == "edge_1"


def test_a_folder_of_that_name_is_told_where_there_is_no_file(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert loaded().env_file.error == "it is a directory"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero")
def test_a_device_is_no_file(loaded) -> None:
    assert loaded(Options(env_file="/dev/zero")).env_file.error == "it is not a regular file"


def test_the_null_device_is_an_empty_file(loaded) -> None:
    assert loaded(Options(env_file=os.devnull)).env_file.is_read


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_not_waited_for(loaded, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")

    assert loaded().env_file.error == "it is not a regular file"


def test_a_link_to_nowhere_is_missing(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / "gone")

    assert loaded().env_file.missing


def test_a_huge_file_is_read_no_further_than_the_limit(loaded, tmp_path: Path) -> None:
    with (tmp_path / ".env").open("wb") as file:
        file.truncate(1 << 33)  # a hole: nothing is written
    found = loaded()

    assert "larger than" in found.env_file.error
    assert found.env_file.content == b""


def test_a_file_of_exactly_the_limit_is_read(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(ENV.encode() + b"#" * (MAX_BYTES - len(ENV)))

    assert loaded().agent_id.text == "edge_1"


def test_a_file_in_utf16_sets_nothing(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(ENV.encode("utf-16"))
    found = loaded()

    assert found.env_file.encoding is Encoding.UTF16
    assert found.secret is None


@pytest.mark.skipif(os.name != "posix", reason="no permission bits")
def test_the_permission_bits_are_kept(loaded, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / ".env").chmod(0o640)

    assert loaded().env_file.mode == 0o640


def test_control_characters_in_a_path_are_escaped(loaded) -> None:
    assert loaded(Options(env_file="a\x1b[2Jb")).env_file.path == "a\\x1b[2Jb"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_path_that_cannot_be_one_is_an_error_of_the_file(loaded, name: str) -> None:
    assert loaded(Options(env_file=name)).env_file.error
    assert loaded(Options(secret_file=name)).secret_file.error


# --- the secret's own file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"abc", "abc"),
        (b"abc\n", "abc"),
        (b"abc\r\n", "abc"),
        (b"abc\n\n", "abc\n"),
        (b" abc \n", " abc "),
        (b"abc\r", "abc\r"),
    ],
)
def test_one_line_end_is_dropped_and_nothing_else(
    loaded, tmp_path: Path, content: bytes, secret: str
) -> None:
    (tmp_path / "secret").write_bytes(content)
    found = loaded(Options(secret_file="secret"), EDGE_SECRET="environment")

    assert found.secret.secret.reveal() == secret
    assert (found.secret.origin.source, str(found.secret.origin)) == (Source.OPTION, "secret")
    assert found.secret_file.error is None
    assert found.shadowed == ()


def test_a_dash_reads_standard_input(loaded) -> None:
    found = loaded(Options(secret_file="-"), stdin=b"piped\n")

    assert found.secret.secret.reveal() == "piped"
    assert str(found.secret.origin) == "standard input"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"\xff\xfea\0", "not UTF-8"),
        (b"x" * (MAX_SECRET_BYTES + 1), "larger than"),
    ],
)
def test_what_holds_no_secret_is_an_error_and_nothing_takes_its_place(
    loaded, content: bytes, words: str
) -> None:
    found = loaded(Options(secret_file="-"), stdin=content, EDGE_SECRET="environment")

    assert words in found.secret_file.error
    assert found.secret is None


def test_a_secret_file_that_is_not_there_is_an_error(loaded, tmp_path: Path) -> None:
    assert loaded(Options(secret_file="gone")).secret_file.error == "No such file or directory"
    assert loaded(Options(secret_file=tmp_path)).secret_file.error == "Is a directory"


# --- git ------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git = require_program("git")
    subprocess.run([git, "init", "-q", str(tmp_path)], check=True, timeout=PATIENCE)
    (tmp_path / ".env").write_text(ENV)
    return tmp_path


def test_git_does_not_ignore_a_new_file(loaded, repository: Path) -> None:
    assert loaded().env_file.tracked is Tracking.NOT_IGNORED


def test_git_ignores_what_it_is_told_to(loaded, repository: Path) -> None:
    (repository / ".gitignore").write_text(".env\n")

    assert loaded().env_file.tracked is Tracking.IGNORED


def test_git_tracks_what_was_added_ignored_or_not(loaded, repository: Path) -> None:
    subprocess.run(["git", "-C", str(repository), "add", ".env"], check=True, timeout=PATIENCE)
    (repository / ".gitignore").write_text(".env\n")

    assert loaded().env_file.tracked is Tracking.TRACKED


def test_a_hook_s_variables_do_not_lead_git_astray(loaded, repository: Path) -> None:
    assert loaded(GIT_DIR="/nonexistent").env_file.tracked is Tracking.NOT_IGNORED


def test_git_is_not_asked_about_a_file_without_a_secret(loaded, repository: Path) -> None:
    (repository / ".env").write_text("EDGE_AGENT_ID=edge_1\n")

    assert loaded().env_file.tracked is None


def test_without_a_repository_or_without_git_nothing_is_known(
    loaded, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / ".env").write_text(ENV)

    assert loaded(cwd=outside).env_file.tracked is None
    assert loaded(PATH="/nonexistent").env_file.tracked is None


# --- the proxy ------------------------------------------------------------------------------------


def proxy(
    loaded, url: str = "wss://host.example", options: Options | None = None, **environ: str
) -> tuple[str, str] | None:
    found = loaded(options or Options(url=url), **environ).connection.proxy
    return (found.text, str(found.origin)) if found else None


P, Q, R = "http://p:1", "http://q:2", "http://r:3"


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("wss://h.example", {}, None),
        ("wss://h.example", {"HTTPS_PROXY": P}, (P, "$HTTPS_PROXY")),
        ("wss://h.example", {"https_proxy": P, "HTTPS_PROXY": Q}, (P, "$https_proxy")),
        ("wss://h.example", {"HTTP_PROXY": P}, None),
        ("wss://h.example", {"HTTP_PROXY": P, "ALL_PROXY": Q}, (Q, "$ALL_PROXY")),
        ("ws://h.example", {"HTTP_PROXY": P, "ALL_PROXY": Q}, (P, "$HTTP_PROXY")),
        ("ws://h.example", {"HTTPS_PROXY": P, "HTTP_PROXY": Q}, (P, "$HTTPS_PROXY")),
        ("ws://h.example", {"all_proxy": R}, (R, "$all_proxy")),
        ("wss://h.example", {"HTTPS_PROXY": ""}, None),
        ("wss://h.example", {"https_proxy": "", "HTTPS_PROXY": P}, None),
        ("wss://h.example", {"HTTPS_PROXY": P, "NO_PROXY": "h.example"}, None),
        ("wss://h.example", {"HTTPS_PROXY": P, "no_proxy": ".example"}, None),
        ("wss://h.example:99", {"HTTPS_PROXY": P, "NO_PROXY": "h.example:99"}, None),
        ("wss://h.example", {"HTTPS_PROXY": P, "NO_PROXY": "*"}, None),
        ("wss://h.example", {"HTTPS_PROXY": P, "NO_PROXY": "other.example"}, (P, "$HTTPS_PROXY")),
        ("wss://[::1]", {"HTTPS_PROXY": P, "NO_PROXY": "::1"}, None),
        ("no address", {"HTTPS_PROXY": P}, (P, "$HTTPS_PROXY")),
    ],
)
def test_the_proxy_is_chosen_as_documented(
    loaded, url: str, environ: dict[str, str], expected: tuple[str, str] | None
) -> None:
    assert proxy(loaded, url, **environ) == expected


def test_options_win_over_the_environment_s_proxy(loaded) -> None:
    assert proxy(
        loaded, options=Options(url="wss://h.example", proxy=Q), HTTPS_PROXY=P, NO_PROXY="*"
    ) == (Q, "--proxy")
    assert proxy(loaded, options=Options(url="wss://h.example", proxy=""), HTTPS_PROXY=P) is None
    assert (
        proxy(loaded, options=Options(url="wss://h.example", no_proxy=True, proxy=Q), HTTPS_PROXY=P)
        is None
    )


def test_a_proxy_s_password_is_not_in_a_repr(loaded) -> None:
    assert "hunter2" not in repr(loaded(HTTPS_PROXY="http://me:hunter2@p:1"))


# --- the rest -------------------------------------------------------------------------------------


def test_how_to_connect_is_taken_from_the_options(loaded, tmp_path: Path) -> None:
    connection = loaded(
        Options(
            ca_file="ca.pem",
            insecure=True,
            family=Family.IPV6,
            timeout=3.0,
            allow_plaintext=True,
            experiments=False,
        )
    ).connection

    assert connection.ca_file == tmp_path / "ca.pem"
    assert (connection.insecure, connection.family, connection.timeout) == (True, Family.IPV6, 3.0)
    assert (connection.allow_plaintext, connection.experiments) == (True, False)


def test_names_of_the_environment_are_kept_and_no_values(loaded) -> None:
    found = loaded(EDGE_SERCET="hidden")

    assert found.environment_names == ("EDGE_SERCET",)
    assert "hidden" not in repr(found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_of_a_file_make_it_raise(loaded, tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    (tmp_path / "secret").write_bytes(content)

    loaded()
    loaded(Options(secret_file="secret"))
