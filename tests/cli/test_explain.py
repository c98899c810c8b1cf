"""`explain`: whatever somebody has at hand leads to the entry that helps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.condition import OnClose, OnStatus, claimed_by
from edgecheck.explain.find import find
from edgecheck.wording.values import keywords_of, profile_values
from tests.cli.conftest import Run

# What stands in real logs and exceptions, and what it must lead to.
PASTED = [
    ("4001", "auth-header-rejected"),
    ("1008", "auth-secret-rejected"),
    ("403", "auth-forbidden"),
    ("404", "upgrade-not-found"),
    ("502", "upgrade-bad-gateway"),
    ("1006", "session-dropped"),
    ("HTTP 429", "upgrade-rate-limited"),
    ("Missing Authorization header", "client-headers-not-sent"),
    ("extra_headers", "client-keyword-renamed"),
    (
        (
            "TypeError: BaseEventLoop.create_connection() got an unexpected keyword argument "
            "'extra_headers'"
        ),
        "client-keyword-renamed",
    ),
    ("[Errno -2] Name or service not known", "dns-not-found"),
    ("ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 8787)", "tcp-refused"),
    ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "tls-not-tls"),
    ("certificate verify failed: certificate has expired (_ssl.c:1006)", "tls-certificate-expired"),
    (
        (
            "websockets.exceptions.ConnectionClosedError: received 1008 (policy violation) Token "
            "verification failed; then sent 1008"
        ),
        "auth-secret-rejected",
    ),
    ("Application failed to respond", "platform-app-down"),
    ("AUTH-SECRET-REJECTED", "auth-secret-rejected"),
    ("auth_secret_rejected", "auth-secret-rejected"),
]


@pytest.mark.parametrize(("pasted", "code"), PASTED, ids=[pasted for pasted, _ in PASTED])
def test_what_is_pasted_leads_to_its_entry(pasted: str, code: str) -> None:
    """Among the matches, and exactly named."""
    matches = find(pasted, PROBLEMS)

    assert code in [match.problem.code for match in matches]
    assert matches[0].exact


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_explains_itself(code: str) -> None:
    """A code names one entry and no other."""
    assert [match.problem.code for match in find(code, PROBLEMS)] == [code]


def test_every_status_and_close_code_that_an_entry_claims_finds_it() -> None:
    """What the catalogue decides by, `explain` finds by."""
    for problem in PROBLEMS.values():
        for number in (
            *claimed_by(problem.when, OnStatus),
            *claimed_by(problem.when, OnClose),
        ):
            assert problem.code in [match.problem.code for match in find(str(number), PROBLEMS)], (
                problem.code,
                number,
            )


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_keyword_finds_its_entry(code: str) -> None:
    """No keyword is hidden behind stronger ones, unless another entry has the same."""
    values = profile_values(EDGE)
    keywords = {
        other: set(keywords_of(problem.keywords, values)) for other, problem in PROBLEMS.items()
    }
    for keyword in keywords[code]:
        owners = {other for other, own in keywords.items() if keyword in own}

        assert owners & {match.problem.code for match in find(keyword, PROBLEMS)}, keyword


def test_alone_it_lists_every_problem_by_stage(run: Run) -> None:
    """A line each, the stages in order, at most eighty columns."""
    done = run("explain")

    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")] == list(
        PROBLEMS
    )
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert run("explain", "--list").stdout == done.stdout


def test_the_list_as_json_has_the_contracts_keys(run: Run) -> None:
    """An array of every code."""
    rows = json.loads(run("explain", "--list", "--json").stdout)

    assert [row["code"] for row in rows] == list(PROBLEMS)
    assert all(set(row) == {"code", "stage", "severity", "side", "title"} for row in rows)
    assert {row["stage"] for row in rows} == {
        "config",
        "dns",
        "tcp",
        "proxy",
        "tls",
        "upgrade",
        "auth",
        "session",
        "client",
    }


def test_one_entry_as_json_is_one_object(run: Run) -> None:
    """With its texts."""
    entry = json.loads(run("explain", "auth-secret-rejected", "--json").stdout)

    assert entry["code"] == "auth-secret-rejected"
    assert entry["side"] == PROBLEMS["auth-secret-rejected"].side
    assert entry["remedies"]
    assert "1008" in entry["keywords"]


def test_an_entry_says_what_to_do_and_how_to_see_it(run: Run) -> None:
    """Numbered remedies and a command."""
    shown = run("explain", "auth-secret-rejected").stdout

    assert "  1. " in shown
    assert "edgecheck doctor --demo --fault auth-secret-rejected" in shown


def test_a_stage_lists_its_problems(run: Run) -> None:
    """For whoever knows where it fails."""
    listed = [
        line.split()[0]
        for line in run("explain", "dns").stdout.splitlines()
        if line.startswith("  ")
    ]

    assert listed == [code for code, problem in PROBLEMS.items() if problem.stage == "dns"]


def test_words_without_quotes_are_one_question(run: Run) -> None:
    """Who forgets the quotes is understood."""
    assert (
        run("explain", "Missing", "Authorization", "header").stdout
        == run("explain", "Missing Authorization header").stdout
    )


@pytest.mark.parametrize("word", ["auth-secret-rejcted", "tcp-refusd"])
def test_an_unknown_word_suggests_the_nearest(run: Run, word: str) -> None:
    """Exit code 2, on standard error."""
    done = run("explain", word)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "Did you mean" in done.stderr


def test_what_means_nothing_exits_two_with_json_too(run: Run) -> None:
    """One document that says so."""
    done = run("explain", "xyzzy", "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]


def test_a_hostile_question_is_shown_escaped(run: Run) -> None:
    """What is pasted from a log is hostile as well."""
    done = run("explain", "\x1b[2Jxyzzy")

    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_a_huge_question_is_answered(run: Run) -> None:
    """A whole log file on the command line neither hangs nor crashes."""
    done = run("explain", "error 4001 " * 5000)

    assert done.returncode == 0
    assert "auth-header-rejected" in done.stdout


def test_a_pasted_line_is_answered_with_the_sign_that_led_to_it(run: Run) -> None:
    """The sign is quoted, and the texts are filled in with what the line says."""
    shown = run("explain", "Error: connect ECONNREFUSED edge.example.com:8443").stdout

    assert "━━ tcp-refused ━" in shown
    assert "connect ECONNREFUSED”" in shown
    assert "edge.example.com refuses connections on port 8443" in shown


def test_a_pasted_line_as_json_has_its_signs_and_scores(run: Run) -> None:
    """The best entry, the others, and why."""
    entry = json.loads(run("explain", "Unexpected server response: 401", "--json").stdout)

    assert entry["code"] == "auth-unauthorized"
    assert entry["exact"] is True
    assert entry["signs"][0]["text"] == "Unexpected server response: 401"
    assert entry["signs"][0]["codes"][0] == "auth-unauthorized"
    assert entry["scores"]["auth-unauthorized"] >= max(entry["scores"].values())
    assert len(entry["also"]) <= 3


def test_the_settings_here_fill_in_what_the_line_does_not_say(run: Run, tmp_path: Path) -> None:
    """The host of the .env file, and never its secret."""
    secret = "0123456789abcdef" * 4
    (tmp_path / ".env").write_text(
        f"BACKEND_URL=wss://orders.example.net\nEDGE_SECRET={secret}\nEDGE_AGENT_ID=edge_7\n"
    )
    done = run("explain", f"ConnectionRefusedError: Bearer {secret}")

    assert "orders.example.net refuses connections" in done.stdout
    assert secret not in done.stdout


def test_a_line_without_a_sign_is_not_guessed_at(run: Run) -> None:
    """It says so, and what to do instead."""
    done = run("explain", "INFO the agent has been up and running for three days")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "edgecheck doctor" in done.stderr


def test_a_secret_in_a_pasted_line_is_not_repeated(run: Run) -> None:
    """Neither where it is quoted nor where nothing fits."""
    secret = "sk-0123456789abcdefghijkl"
    for line in (
        f"invalid Authorization header: Bearer {secret}",
        f"token={secret} was there and everything else went well",
    ):
        for arguments in ((), ("--json",)):
            done = run("explain", line, *arguments)

            assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("number", "words"),
    [("4403", "closed with 4403"), ("1013", "closed with 1013"), ("401", "answered HTTP 401")],
)
def test_a_number_alone_stands_in_its_explanation(run: Run, number: str, words: str) -> None:
    """A close code or a status is what happened, and no placeholder is left for it."""
    title = " ".join(run("explain", number).stdout.split("\n\n")[1].split())

    assert words in title
    assert "<" not in title
