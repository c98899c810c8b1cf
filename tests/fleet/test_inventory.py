"""From paths to agents, and from an agent to its settings."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edgecheck.fleet.inventory import Inventory, NoAgents
from edgecheck.fleet.target import Loader, Target, Unusable
from edgecheck.settings.choices import Until
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options

MARK = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
URL = "wss://backend.example.com"


def env_text(number: int) -> str:
    return f"BACKEND_URL={URL}\nEDGE_SECRET={MARK}{number}\nEDGE_AGENT_ID=edge_{number}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def named(inventory: Inventory) -> list[str]:
    return [target.name for target in inventory]


def only(folder: Path, text: str, name: str = "agents.toml") -> Target:
    write(folder / name, text)
    (target,) = Inventory([name], folder)
    return target


def loaded(target: Target, until: Until | None = None, **environ: str) -> Settings:
    return Loader(Options(), environ=environ, until=until).settings(target)


def test_a_folder_gives_its_env_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Templates, hidden folders, libraries and folders called .env hold no agents."""
    for name in ("b/.env", "a/x.env", "a/.env.example", "readme.md", ".git/.env"):
        write(tmp_path / "fleet" / name, env_text(1))
    write(tmp_path / "fleet/node_modules/lib/.env", env_text(1))
    (tmp_path / "fleet/.env").mkdir()

    assert named(Inventory(["fleet"], tmp_path)) == ["fleet/a/x.env", "fleet/b/.env"]


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    """A link to a folder may lead back to where the search came from."""
    write(tmp_path / "fleet/a.env", env_text(1))
    (tmp_path / "fleet/again").symlink_to(tmp_path / "fleet")

    assert named(Inventory(["fleet"], tmp_path)) == ["fleet/a.env"]


def test_a_file_named_by_several_paths_is_checked_once(tmp_path: Path) -> None:
    """A folder, a pattern and a name may lead to the same file; it is said."""
    write(tmp_path / "a.env", env_text(1))
    inventory = Inventory([".", "*.env", "a.env", str(tmp_path / "a.env")], tmp_path)

    assert named(inventory) == ["a.env"]
    assert len(inventory.notes) == 3
    assert named(inventory) == ["a.env"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.env", "no such file"),
        ("*.env", "no .env"),
        ("empty", "no .env"),
        ("none.jsonl", "names no agent"),
    ],
)
def test_a_path_without_agents_is_an_error(tmp_path: Path, path: str, reason: str) -> None:
    """A mistyped path must not look like a healthy fleet."""
    (tmp_path / "empty").mkdir()
    write(tmp_path / "none.jsonl", "\n")

    with pytest.raises(NoAgents, match=reason):
        Inventory([path], tmp_path)


def test_an_inventory_in_toml_says_where_each_agent_stands(tmp_path: Path) -> None:
    """The line of the heading is what a person looks for."""
    text = f"""\
[defaults]
url = "{URL}"
ca_file = "ca.pem"

[[agent]]
name = "berlin"
agent_id = "edge_1"

[[agent]]
agent_id = "edge_2"
profile = "websocket"
"""
    write(tmp_path / "agents.toml", text)
    berlin, other = Inventory(["agents.toml"], tmp_path)

    assert (berlin.name, berlin.source, berlin.agent_id) == ("berlin", "agents.toml:5", "edge_1")
    assert (other.name, other.source, other.url) == ("edge_2", "agents.toml:9", URL)
    assert (other.profile, other.ca_file) == ("websocket", "ca.pem")


def test_json_lines_are_read_beside_broken_ones(tmp_path: Path) -> None:
    """One broken line is one agent's problem."""
    lines = [
        json.dumps({"name": "a", "url": URL}),
        "{not json",
        "",
        json.dumps({"name": "c", "url": URL, "agentid": "edge_1"}),
        json.dumps(["d"]),
        json.dumps({"name": "e", "url": 7}),
        json.dumps({"name": "f"}),
        json.dumps({"name": "g", "url": URL, "secret_file": "s", "secret_env": "S"}),
        "x" * 100_000,
        json.dumps({"name": "a", "url": URL}),
    ]
    write(tmp_path / "agents.jsonl", "\n".join(lines))
    inventory = Inventory(["agents.jsonl"], tmp_path)
    found = {target.name: target.error for target in inventory}

    assert found["a"] == found["a (agents.jsonl:10)"] == ""
    assert "not JSON" in found["agents.jsonl:2"]
    assert "did you mean agent_id?" in found["c"]
    assert "not an object" in found["agents.jsonl:5"]
    assert "url: not a text" in found["e"]
    assert "url: not given" in found["f"]
    assert "exclude each other" in found["g"]
    assert "longer" in found["agents.jsonl:9"]
    assert inventory.notes == ("agents.jsonl:10: another agent has the name a, too",)


@pytest.mark.parametrize(
    "text",
    [
        f'[[agent]]\nurl = "{URL}"\nsecret = "{MARK}"\n',
        f'[[agent]]\nurl = "{URL}"\n{MARK}\n',
        f'[[agents]]\nurl = "{MARK}"\n',
        f'agent = "{MARK}"\n',
        f'[defaults]\nname = "{MARK}"\n[[agent]]\n',
    ],
)
def test_a_broken_inventory_says_why_without_its_values(tmp_path: Path, text: str) -> None:
    """A value may be a secret in the wrong place."""
    target = only(tmp_path, text)

    assert target.error
    assert MARK not in repr(target)
    with pytest.raises(Unusable):
        loaded(target)


def test_one_agents_variables_do_not_leak_into_another(tmp_path: Path) -> None:
    """The process environment is one agent's, if it is any agent's; a file may refer to others."""
    write(tmp_path / "a.env", f"BACKEND_URL={URL}\nEDGE_SECRET=${{SITE_SECRET}}\n")
    (target,) = Inventory(["a.env"], tmp_path)
    found = loaded(target, EDGE_SECRET="of-another", EDGE_AGENT_ID="edge_9", SITE_SECRET=MARK)

    assert found.agent_id is None
    assert found.secret is not None
    assert found.secret.secret.reveal() == MARK


def test_an_entry_reads_its_secret_from_its_own_file_or_variable(tmp_path: Path) -> None:
    """Paths begin at the folder of the inventory."""
    write(tmp_path / "secrets/a", f"{MARK}a\n")
    entry = f'[[agent]]\nurl = "{URL}"\nagent_id = "edge_1"\n'
    write(tmp_path / "sub/x.toml", f'{entry}secret_file = "../secrets/a"\n')
    (by_file,) = Inventory(["sub/x.toml"], tmp_path)
    by_variable = only(tmp_path, f'{entry}secret_env = "SITE_1"\n')
    first, second = loaded(by_file), loaded(by_variable, SITE_1=f"{MARK}b")

    assert first.secret is not None
    assert first.secret.secret.reveal() == f"{MARK}a"
    assert second.secret is not None
    assert second.secret.secret.reveal() == f"{MARK}b"
    assert str(second.secret.origin) == "$SITE_1"
    assert str(second.backend_url.origin if second.backend_url else "") == "agents.toml:1"
    with pytest.raises(Unusable, match="SITE_1"):
        loaded(by_variable)


def test_an_entry_without_a_secret_says_what_to_write(tmp_path: Path) -> None:
    """The nearest .env of another agent is not its secret's place."""
    write(tmp_path / ".env", env_text(1))
    target = only(tmp_path, f'[[agent]]\nurl = "{URL}"\nagent_id = "edge_1"\n')

    assert loaded(target).secret is None  # not needed up to tls
    with pytest.raises(Unusable, match="secret_file"):
        loaded(target, Until.SESSION)


@pytest.mark.parametrize(
    ("profile", "wanted", "until"),
    [
        ("", None, Until.TLS),
        ("", Until.SESSION, None),
        ("", Until.DNS, Until.DNS),
        ("[agent_id]\nshared = true\n", None, None),
        ('[agent_id]\nprobe_id = "edge_0"\n', None, None),
        ("[agent_id]\nshared = true\n", Until.TLS, Until.TLS),
    ],
)
def test_a_fleet_does_not_throw_its_own_agents_out(
    tmp_path: Path, profile: str, wanted: Until | None, until: Until | None
) -> None:
    """It goes past TLS only if nobody is disturbed, or the person says so."""
    write(tmp_path / "a.env", env_text(7))
    if profile:
        write(tmp_path / "edgecheck.toml", profile)
    (target,) = Inventory(["a.env"], tmp_path)
    found = loaded(target, wanted)

    assert found.connection.until is until
    assert found.sent_id == ("edge_0" if "probe_id" in profile else "edge_7")


def test_the_id_for_looking_stands_in_for_that_of_an_entry(tmp_path: Path) -> None:
    """The id of an entry is the running agent's, and no wish of the person who looks."""
    write(tmp_path / "edgecheck.toml", '[agent_id]\nprobe_id = "edge_0"\n')
    target = only(tmp_path, f'[[agent]]\nurl = "{URL}"\nagent_id = "edge_1"\nsecret_env = "S"\n')

    assert loaded(target, S=MARK).sent_id == "edge_0"


def test_a_broken_profile_is_one_agents_problem(tmp_path: Path) -> None:
    """It raises what the check turns into an outcome."""
    write(tmp_path / "a/.env", env_text(1))
    write(tmp_path / "b/.env", env_text(2))
    write(tmp_path / "b/edgecheck.toml", "nonsense = 1\n")
    good, bad = Inventory(["."], tmp_path)

    assert loaded(good).agent_id is not None
    with pytest.raises(Unusable, match="nonsense"):
        loaded(bad)


def test_a_name_with_control_characters_is_escaped(tmp_path: Path) -> None:
    """The name of a file comes from elsewhere, too."""
    write(tmp_path / "a\x1b[2J.env", env_text(1))

    assert named(Inventory(["."], tmp_path)) == ["a\\x1b[2J.env"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[[agent]\n", b"[[agents]]\n", b"\xff\xfe", b"agent = 1\n", b"[defaults]\nname = 'a'\n"],
)
def test_a_whole_file_that_cannot_be_used_is_no_agent(tmp_path: Path, content: bytes) -> None:
    """It is told apart from an entry of its own, so that the caller can refuse it."""
    (tmp_path / "broken.toml").write_bytes(content)
    write(tmp_path / "a.jsonl", f'{{"url": "{URL}"}}\nbroken\n')
    alone, both = (
        Inventory(paths, tmp_path) for paths in (["broken.toml"], ["broken.toml", "a.jsonl"])
    )

    assert [target.whole_file for target in both] == [True, False, False]
    assert both.faults() == ()
    assert [each.partition(":")[0] for each in alone.faults()] == ["broken.toml"]


def test_an_inventory_named_twice_is_read_once(tmp_path: Path) -> None:
    """Also by a link to it, and by a pattern."""
    write(tmp_path / "a.jsonl", f'{{"name": "a", "url": "{URL}"}}\n')
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "a.jsonl")
    inventory = Inventory(["a.jsonl", "a.jsonl", "*.jsonl"], tmp_path)

    assert named(inventory) == ["a"]
    assert len(inventory.notes) == 3
    assert named(inventory) == ["a"]


def test_a_link_to_itself_is_one_agents_problem(tmp_path: Path) -> None:
    """The others of its folder are checked."""
    write(tmp_path / "fleet/a.env", env_text(1))
    for name in ("self.env", "other"):
        (tmp_path / "fleet" / name).symlink_to(name)
    first, second = Inventory(["fleet"], tmp_path)
    file = loaded(second).env_file

    assert (first.name, second.name) == ("fleet/a.env", "fleet/self.env")
    assert file is not None
    assert "symbolic links" in (file.error or "")
    assert not first.error


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX's")
@pytest.mark.parametrize("key", ["secret_file", "ca_file", "profile", "env_file"])
def test_a_file_of_an_entry_that_is_a_pipe_is_not_opened(tmp_path: Path, key: str) -> None:
    """It would stop the checks of all others until somebody writes into it."""
    os.mkfifo(tmp_path / "pipe")
    entry = {"url": URL, "agent_id": "edge_1", "secret_env": "A", key: "./pipe"}
    if key == "secret_file":
        del entry["secret_env"]
    target = only(tmp_path, json.dumps(entry), "agents.jsonl")
    try:
        file = loaded(target, A=MARK).env_file
        said = (file.error or "") if file is not None else ""
    except Unusable as error:
        said = str(error)

    assert "it is not a regular file" in said


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX's")
def test_a_pipe_named_like_an_inventory_is_not_opened(tmp_path: Path) -> None:
    """Nobody may ever write into it."""
    os.mkfifo(tmp_path / "agents.jsonl")

    assert Inventory(["agents.jsonl"], tmp_path).faults() == (
        "agents.jsonl: it cannot be read: it is not a regular file",
    )


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_may_not_be_read_is_one_targets_problem(tmp_path: Path) -> None:
    """The others are checked."""
    write(tmp_path / "a/x.env", env_text(1))
    (tmp_path / "b").mkdir(0o000)
    first, second = Inventory(["a", "b"], tmp_path)

    assert not first.error
    assert "cannot be read" in second.error


def test_a_link_that_cannot_be_followed_is_an_agent_that_cannot_be_read(tmp_path: Path) -> None:
    """As into a folder that may not be entered; here its target is too long for a name."""
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet/a.env").symlink_to("e" * 300)

    assert named(Inventory(["fleet/*"], tmp_path)) == ["fleet/a.env"]
