"""Printed commands carry the options in use, quoted for a shell, and never a credential."""

from __future__ import annotations

import subprocess
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.cli.commands import loaded
from edgecheck.cli.doctor import DoctorOptions
from edgecheck.cli.option_groups import OutputOptions
from edgecheck.cli.options import Given
from edgecheck.cli.table import COMMANDS
from edgecheck.escapes import escape
from edgecheck.wording.commands import CONNECTING, TAKEN, carrying, command, quoted, to_fill_in
from tests.printed_commands import commands_in, differences, options_of
from tests.timing import PATIENCE

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
# An option of each sort, with what a shell would take apart.
RICH = (
    *("--url", "wss://backend.example/a?b=c&d=$HOME"),
    *("--agent-id", "edge_1", "--secret-file", "my secret", "-e", "it's here/.env"),
    *("--profile", "websocket", "--timeout", "7", "--ca-file", "a b.pem", "-4"),
    *("--allow-plaintext", "-H", 'X-Tenant: a "b" $(c)', "-H", "X-Other: ä", "--origin"),
    *("https://app.example", "--subprotocol", "chat", "--connect-to", "127.0.0.1:8443"),
    *("--reader", "systemd"),
)


def words_of(folder: Path, *arguments: str) -> tuple[tuple[str, ...], ...]:
    """Return the options of a run as the report has them."""
    options = options_of(["doctor", *arguments], folder).words
    return tuple(tuple(map(escape, option)) for option in options)


def test_every_command_of_the_catalogue_keeps_the_options(tmp_path: Path) -> None:
    """Whatever an entry tells to run: the command line reads the same from it as from the run."""
    words = words_of(tmp_path, *RICH)
    original = options_of(["doctor", *RICH], tmp_path)
    texts = [text for problem in PROBLEMS.values() for text in problem.remedies]
    plain = commands_in(texts)
    carried = commands_in([carrying(text, words) for text in texts])
    # Not what a person has to fill in, and not what names files that have to be there.
    pairs = {
        (other, one)
        for one, other in zip(plain, carried, strict=True)
        if not any(part in one for part in ("{", "<host", "-H @", "--cert"))
    }

    assert len(pairs) > 15
    for other, one in pairs:
        assert differences(other, one, original, tmp_path) == []


def test_curl_takes_the_same_way() -> None:
    """It has most options, under its own names; a place to connect to stands for every host."""
    words = (("-4",), ("--proxy", "http://p:3128"), ("--ca-file", "a b"), ("--timeout", "7"))
    there = (("--connect-to", "10.0.0.7"), ("--no-proxy",))
    shown = "See: `curl -i http://h/`."

    assert carrying(shown, words) == (
        "See: `curl -i -4 --proxy http://p:3128 --cacert 'a b' http://h/`."
    )
    assert carrying(shown, there) == (
        "See: `curl -i --connect-to ::10.0.0.7: --noproxy '*' http://h/`."
    )
    assert carrying("`curl -x http://p -I https://example.com`", words).count("-4") == 0


def test_openssl_takes_the_same_way() -> None:
    """It has most options, under its own names; the name that is asked for stays."""
    shown = "See: `openssl s_client -connect h.example:443 -servername h.example </dev/null`."
    bare = "See: `openssl s_client -connect h.example:443 -tls1_2 </dev/null`."
    words = (
        *(("--connect-to", "10.0.0.7"), ("--ca-file", "a b"), ("--cert", "c.pem"), ("-4",)),
        *(("--key", "k"), ("--key-password-file", "p"), ("--interface", "10.0.0.2")),
    )

    assert carrying(shown, words) == (
        "See: `openssl s_client -connect 10.0.0.7:443 -CAfile 'a b' -cert c.pem -4 -key k -pass "
        "file:p -bind 10.0.0.2:0 -servername h.example </dev/null`."
    )
    assert carrying(bare, (("--connect-to", "[::1]:8443"), ("--interface", "eth0"))) == (
        "See: `openssl s_client -connect '[::1]:8443' -servername h.example -tls1_2 </dev/null`."
    )
    assert carrying(bare, (("--unix-socket", "/run/a b"),)) == (
        "See: `openssl s_client -unix '/run/a b' -servername h.example -tls1_2 </dev/null`."
    )
    assert carrying(bare, (("--proxy", "http://p:3128"), ("--timeout", "7"))) == (
        "See: `openssl s_client -connect h.example:443 -proxy p:3128 -tls1_2 </dev/null`."
    )
    for other in ("***", "socks5://p:1080", "https://p:3128"):
        assert carrying(bare, (("--proxy", other),)) == bare
    mine = "`openssl s_client -connect h:1 -servername h -cert client.pem -key client.key`"
    assert carrying(mine, (("--cert", "c.pem"),)) == (
        "`openssl s_client -connect h:1 -cert c.pem -servername h`"
    )


@pytest.mark.parametrize(
    ("option", "shown", "expected"),
    [
        ("--connect-to", "curl -i http://h/", 'curl -i --connect-to "::${CONNECT_TO:?}" http://h/'),
        (
            "--connect-to",
            "openssl s_client -connect h:443 -tls1_2",
            'openssl s_client -connect "${CONNECT_TO:?}" -servername h -tls1_2',
        ),
        (
            "--unix-socket",
            "curl -i http://h/",
            'curl -i --unix-socket "${UNIX_SOCKET:?}" http://h/',
        ),
        (
            "--unix-socket",
            "openssl s_client -connect h:443 -servername h",
            'openssl s_client -unix "${UNIX_SOCKET:?}" -servername h',
        ),
    ],
)
def test_a_place_that_is_not_shown_comes_from_its_variable(
    option: str, shown: str, expected: str
) -> None:
    """The one that is to be set; whatever stands in it, curl takes it for every host."""
    hidden = ((option, "***"),)

    assert carrying(f"`{shown}`", hidden) == f"`{expected}`"
    assert to_fill_in(hidden).count(option.strip("-").replace("-", "_").upper()) == 1


def test_what_a_command_says_itself_counts() -> None:
    """It is neither repeated nor contradicted, under whichever of its names."""
    words = (
        ("-e", "a"),
        ("--proxy", "http://p:1"),
        ("-6",),
        ("--timeout", "5"),
        ("--until", "tls"),
    )

    assert command("edgecheck doctor --env-file b -4 --no-proxy --timeout 30", words) == (
        "edgecheck doctor --until tls --env-file b -4 --no-proxy --timeout 30"
    )
    assert command("edgecheck doctor --offline", words) == (
        "edgecheck doctor -e a --proxy http://p:1 -6 --timeout 5 --offline"
    )
    assert command("edgecheck explain 4001", words) == "edgecheck explain 4001"
    assert command("edgecheck doctor --fix", (("--demo",), ("--fault", "x"))) == (
        "edgecheck doctor --fix"
    )


@pytest.mark.parametrize(
    "word", ["a b", "it's", "$(x)`y`", "a\nb\x1b[2J", "\udcff", "\u202e", "a\\n", "ä", "", "*"]
)
def test_a_word_comes_through_the_shell(word: str) -> None:
    """Whatever it has in it; what cannot be shown is not on the screen either."""
    shown = quoted(word)
    said = subprocess.run(
        ["bash", "-c", f"printf %s {shown}"], capture_output=True, check=True, timeout=PATIENCE
    )

    assert said.stdout == word.encode("utf-8", "surrogateescape")
    assert shown.isprintable()
    assert "`" not in shown


def test_no_credential_is_repeated(tmp_path: Path) -> None:
    """A header comes from a file, an address from a variable that has to be set."""
    words = words_of(
        tmp_path, "-H", f"Authorization: Bearer {SECRET}", "-H", "X: y", "-H", f"Cookie: a={SECRET}"
    )
    hidden = (*words, ("--url", "***"), ("--proxy", "***"))

    assert command("edgecheck doctor", hidden) == (
        'edgecheck doctor -H @headers.txt -H \'X: y\' --url "${URL:?}" --proxy "${PROXY:?}"'
    )
    assert to_fill_in(hidden) == (
        "The commands show no credentials: first set URL and PROXY in this shell and write the "
        "header Authorization and Cookie into headers.txt."
    )
    assert to_fill_in(words[1:2]) == ""
    assert command("edgecheck doctor -H @headers.txt", words) == (
        "edgecheck doctor -H 'X: y' -H @headers.txt"
    )


def test_a_forged_report_adds_nothing_to_a_command() -> None:
    """An option that no command has, one in another form, and one with a command in it."""
    forged = ((), ("--report", "/etc/x"), ("--insecure", "; id"), ("-e",), ("-e", "a; id"))

    assert command("edgecheck doctor", forged) == "edgecheck doctor -e 'a; id'"


def options_in(kind: type) -> set[str]:
    """Return the names of the fields of a dataclass of options, with those of its groups."""
    found = set()
    for field in fields(kind):
        default = field.default
        nested = is_dataclass(default) and not isinstance(default, type)
        found |= options_in(type(default)) if nested else {field.name}
    return found


def test_every_option_on_the_target_and_the_way_is_carried(tmp_path: Path) -> None:
    """One that is added to the command line fails here, until commands carry it."""
    about_the_output = options_in(OutputOptions)
    of_doctor = {"offline", "replay", "strict", "fix", "yes", "report", "form", "watch", "every"}
    of_doctor.add("otlp")  # where else a trace goes
    renamed = {"env_file": "-e", "header": "-H", "ipv4": "-4", "ipv6": "-6", "address": "--url"}
    renamed["kept"] = "--for"
    given = options_in(Given) - about_the_output
    doctors = options_in(DoctorOptions) - of_doctor

    def spelled(names: set[str]) -> set[str]:
        return {renamed.get(name, f"--{name.replace('_', '-')}") for name in names}

    assert spelled(given) == set(CONNECTING)
    assert spelled(given | doctors) == set(TAKEN["doctor"])


def test_each_command_has_the_options_that_it_is_given() -> None:
    """The command line would refuse others."""
    for name, taken in TAKEN.items():
        parsed = loaded(COMMANDS[name.split()[0]])
        if " " in name:
            parsed = parsed.commands[name.split()[1]]
        known = {option for parameter in parsed.params for option in parameter.opts}

        assert set(taken) <= known, name


def test_openssl_sends_no_address_as_a_name() -> None:
    """As no client does."""
    step = "`openssl s_client -connect {0}:443 -servername {0} </dev/null`"

    assert carrying(step.format("h.example"), ()) == step.format("h.example")
    assert "-connect 10.0.0.7:443 -noservername <" in carrying(step.format("10.0.0.7"), ())
    assert "-connect [::1]:443 -noservername <" in carrying(step.format("::1"), ())
