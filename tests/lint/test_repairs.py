"""Each entry carries its own repair, or says why it has none."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.config import LINT
from edgecheck.catalogue.problem import Example, Problem
from edgecheck.diagnose import noticed
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.text import Tracking
from edgecheck.facts import Stage
from edgecheck.mend import Plan, plan
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load, with_content
from tests.catalogue.settings_files import AGENT, CLEAN, SECRET, URL, made, materialised, read

# The others are about options of the command line.
CONFIG = [
    problem
    for problem in PROBLEMS.values()
    if problem.stage is Stage.CONFIG and isinstance(problem.reproduction, Example)
]
REPAIRED = [problem for problem in CONFIG if problem.repair is not None]
LEFT = [problem for problem in CONFIG if problem.repair is None]
# Of these the entry's own example is an occurrence that needs a guess.
OTHER_EXAMPLES = {
    "url-malformed": Example(env=CLEAN.replace(URL, f"\"'{URL}'\"")),
    "url-has-query": Example(env=CLEAN.replace(URL, f"{URL}/?edge_agent_id={AGENT}")),
}


def planned(
    settings: Settings, folder: Path, options: Options | None = None, **environ: str
) -> Plan:
    """Plan the repairs, with the environment and the options that the settings were read with."""
    return plan(
        settings,
        lambda content: with_content(
            settings, content, options or Options(), environ=environ, cwd=folder
        ),
    )


def codes(plan: Plan) -> tuple[list[str], list[str]]:
    """Return what would be repaired, and what is left."""
    return [defect.code for defect in plan.repaired], [one.defect.code for one in plan.left]


def by_code(problem: Problem) -> str:
    return problem.code


@pytest.mark.parametrize("problem", REPAIRED, ids=by_code)
def test_its_own_example_is_repaired(problem: Problem, tmp_path: Path) -> None:
    """And what then stands in the file passes the lint without that code."""
    example = OTHER_EXAMPLES.get(problem.code, problem.reproduction)
    assert isinstance(example, Example)
    settings = materialised(example, tmp_path)
    assert problem.code in [defect.code for defect in LINT.lint(settings)]

    found = planned(settings, tmp_path)

    assert codes(found)[0] == [problem.code]
    assert problem.code not in [defect.code for defect in LINT.lint(found.after)]
    if found.content is not None:
        (tmp_path / ".env").write_bytes(found.content)
        again = load(Options(), environ={}, cwd=tmp_path, stdin=None)  # type: ignore[arg-type]
        assert problem.code not in [defect.code for defect in LINT.lint(again)]


@pytest.mark.parametrize("problem", LEFT, ids=by_code)
def test_what_needs_a_guess_is_left_and_the_reason_said(problem: Problem, tmp_path: Path) -> None:
    assert isinstance(problem.reproduction, Example)
    settings = materialised(problem.reproduction, tmp_path)

    found = planned(settings, tmp_path, **problem.reproduction.environ)

    assert codes(found) == ([], [problem.code])
    assert found.left[0].reason == problem.left
    assert found.content is None
    assert not found.private
    assert not found.ignored


@pytest.mark.parametrize("problem", CONFIG, ids=by_code)
def test_a_reason_is_a_sentence(problem: Problem) -> None:
    """Only what is always repaired needs none."""
    assert problem.left or problem.repair is not None
    if problem.left:
        assert problem.left.endswith(".")
        assert not problem.left.startswith(" ")


def test_what_no_settings_file_is_to_blame_for_has_neither() -> None:
    for problem in PROBLEMS.values():
        if problem.stage is not Stage.CONFIG:
            assert problem.repair is None
            assert not problem.left


@pytest.mark.parametrize("problem", CONFIG, ids=by_code)
def test_the_report_offers_the_repair_where_there_is_one(problem: Problem, tmp_path: Path) -> None:
    """First of all remedies, and only where this very occurrence is repaired."""
    assert isinstance(problem.reproduction, Example)
    settings = materialised(problem.reproduction, tmp_path)
    (defect,) = LINT.judged(settings)[1]
    repaired = bool(planned(settings, tmp_path, **problem.reproduction.environ).repaired)

    assert bool(defect.fix) == repaired
    (finding,) = noticed([defect])
    assert finding.remedies[0].endswith("$ edgecheck doctor --fix") == repaired
    assert (
        finding.remedies[1 if repaired else 0 :]
        == noticed([dataclasses.replace(defect, fix="")])[0].remedies
    )


def test_the_offered_command_names_the_file_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "prod settings.env").write_text(CLEAN.replace("wss:", "https:"))
    (tmp_path / "prod settings.env").chmod(0o600)
    settings = load(Options(env_file="prod settings.env"), environ={}, cwd=tmp_path, stdin=None)

    assert [defect.fix for defect in LINT.judged(settings)[1]] == [
        "edgecheck doctor --fix --env-file 'prod settings.env'"
    ]


# --- what a guess is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("https://backend.example", "wss://backend.example"),
        ("HTTPS://Backend.Example/", "wss://Backend.Example/"),
        ("http://localhost:8787", "ws://localhost:8787"),
        ("backend.example:8443", "wss://backend.example:8443"),
        ("localhost:8787", "ws://localhost:8787"),
        ("wws://backend.example", "wss://backend.example"),
        ("wss//backend.example", "wss://backend.example"),
        ("wss:/backend.example", "wss://backend.example"),
        ("htps://backend.example", "wss://backend.example"),
        ("htp://localhost", "ws://localhost"),
        ("https://wss://backend.example", "wss://backend.example"),
        ("wss:\\\\backend.example", "wss://backend.example"),
        ("ftp://backend.example", None),
        ("ss://backend.example", None),
        ("mqtt://backend.example", None),
        ("https://<host>", None),
        ("https://back end.example", None),
        ("wss://backend.example ", "wss://backend.example"),
        ("\u200bwss://backend\u200b.example\u00a0", "wss://backend.example"),
        ("wss://backend. example", None),
        ("wss://backend\n.example", None),
        ("\u201cwss://backend.example\u201d", "wss://backend.example"),
        ("' https://backend.example '", "wss://backend.example"),
        ("'<host>'", None),
        ("wss://backend.example:99999", None),
        ("wss://backend.example/edge/ws", "wss://backend.example"),
        ("wss://backend.example/edge/ws/", "wss://backend.example"),
        ("wss://backend.example/edge/ws/edge/ws", "wss://backend.example"),
        ("wss://edge/edge/ws", "wss://edge"),
        ("wss://backend.example/edge/ws?edge_agent_id=edge_7", "wss://backend.example"),
        ("wss://backend.example?edge_agent_id=edge%5F7", "wss://backend.example"),
        ("wss://backend.example/?", "wss://backend.example/"),
        ("wss://backend.example/#", "wss://backend.example/"),
        ("wss://backend.example?edge_agent_id=edge_8", None),
        ("wss://backend.example?edge_agent_id=edge_7&debug=1", None),
        ("wss://backend.example#top", None),
        ("wss://user:pass word@backend.example", None),
        ("wss://backend.example/api", None),
        ("ws://backend.example", None),
        ("wss://backend.example:80", None),
    ],
)
def test_an_address_is_repaired_only_where_one_can_be_meant(
    url: str, becomes: str | None, tmp_path: Path
) -> None:
    escaped = url.replace("\\", "\\\\")
    settings = read(
        tmp_path, f'BACKEND_URL="{escaped}"\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n'
    )
    assert settings.url is not None
    assert settings.url.text == url

    found = planned(settings, tmp_path)

    if becomes is None:
        assert found.content is None
        assert found.left
    else:
        assert found.left == ()
        assert (
            found.content
            == f"BACKEND_URL={becomes}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n".encode()
        )


def test_credentials_and_the_rest_of_an_address_stay_as_they_are(tmp_path: Path) -> None:
    settings = read(
        tmp_path, CLEAN.replace(URL, "https://User:pa%20ss@Backend.Example:8443/API/edge/ws")
    )
    found = planned(settings, tmp_path)

    assert (
        found.content == CLEAN.replace(URL, "wss://User:pa%20ss@Backend.Example:8443/API").encode()
    )
    assert codes(found)[1] == ["url-has-path", "url-has-credentials"]


@pytest.mark.parametrize(
    ("name", "is_renamed"),
    [
        ("EDGE_SERCET", True),
        ("edge_secret", True),
        ("EDGESECRET", True),
        ("EDGE-SECRET", True),
        ("$env:EDGE_SECRET", True),
        ("ЕDGE_SECRET", True),
        ("VITE_EDGE_SECRET", False),
        ("EDGE_SECRET_KEY", False),
    ],
)
def test_a_name_is_corrected_where_it_is_a_slip(
    name: str, is_renamed: bool, tmp_path: Path
) -> None:
    """A name that differs by a word may belong to another program."""
    settings = read(tmp_path, CLEAN.replace("EDGE_SECRET", name))
    found = planned(settings, tmp_path)

    assert found.content == (CLEAN.encode() if is_renamed else None)


@pytest.mark.parametrize(
    ("name", "wrong", "is_renamed"),
    [
        ("EDGE_SECRET", f"EDGE_SERCTE={SECRET}", True),
        ("EDGE_SECRET", f"EDGESERCET={SECRET}", True),
        ("BACKEND_URL", f"BAKCEND_URL={URL}", True),
        ("BACKEND_URL", "BACKENDURL=backend.example", True),
        ("BACKEND_URL", "BACKED_URL=https://backend.example", True),
        ("BACKEND_URL", "BACKED_URL=backend.example", True),
        ("BACKEND_URL", "BACKED_URL=postgres://db.example/app", False),
        ("BACKEND_URL", "BACKED_URL=Europe/Berlin", False),
        ("EDGE_AGENT_ID", f"EDGE_AGNET_ID='{AGENT} '", True),
        ("EDGE_AGENT_ID", "EDGE_AGNET_ID=Mozilla", False),
        ("BACKEND_URL", f"BACKEND_URI={URL}", True),
        ("BACKEND_URL", f"BACKEND_UR={URL}", True),
        ("EDGE_AGENT_ID", f"EDGE_AGENT_I={AGENT}", True),
        ("EDGE_AGENT_ID", f"EDGE_AGENT_IDD={AGENT}", True),
        ("EDGE_AGENT_ID", "EDGE_AGENT_IP=10.1.2.3", False),
    ],
)
def test_a_misspelt_name_is_corrected_if_its_value_fits(
    name: str, wrong: str, is_renamed: bool, tmp_path: Path
) -> None:
    line = next(each for each in CLEAN.splitlines() if each.startswith(name))
    found = planned(read(tmp_path, CLEAN.replace(line, wrong)), tmp_path)

    assert found.content == (CLEAN.encode() if is_renamed else None)
    assert "env-key-misspelled" in codes(found)[not is_renamed]


def test_a_host_with_a_port_is_an_address(tmp_path: Path) -> None:
    """As of a service of compose."""
    found = planned(
        read(tmp_path, CLEAN.replace(f"BACKEND_URL={URL}", "BAKEND_URL=edge:8080")), tmp_path
    )

    assert found.content is not None
    assert b"BACKEND_URL=" in found.content


def test_a_quote_within_a_value_begins_no_comment(tmp_path: Path) -> None:
    """So that what follows it is seen."""
    text = f"EDGE_AGENT_ID={AGENT}\nEDGE_SECRET=a'#b{SECRET} BACKEND_URL={URL}\n"

    assert "env-line-merged" in [defect.code for defect in LINT.lint(read(tmp_path, text))]


def test_a_setting_that_a_lost_quote_swallowed_is_found_after_export(tmp_path: Path) -> None:
    """As at the very beginning of a line."""
    others = f"BACKEND_URL={URL}\nEDGE_AGENT_ID={AGENT}\n"
    text = f'{others}export MOTD="hello\nexport EDGE_SECRET={SECRET}\nexport GREETING="\n'

    assert "env-line-merged" in [defect.code for defect in LINT.lint(read(tmp_path, text))]


def test_the_names_of_other_programs_are_left_beside_short_ones(tmp_path: Path) -> None:
    """Of a short name, one wrong letter makes another name; and a short word is soon another."""
    variables = dataclasses.replace(EDGE.variables, url="WS_URL", secret="API_KEY", agent_id="ID")
    profile = dataclasses.replace(EDGE, variables=variables)
    text = f"DB_URL=postgres://app@db.example/app\nAPP_KEY={SECRET}\nTZ=Europe/Berlin\n"
    (tmp_path / ".env").write_text(text)
    settings = load(Options(), environ={}, cwd=tmp_path, stdin=io.BytesIO(), profile=profile)
    found = planned(settings, tmp_path)

    assert found.content is None
    assert codes(found) == ([], ["env-key-misspelled", "url-missing", "agent-id-missing"])


def test_of_two_misspelt_names_none_is_the_obvious_one(tmp_path: Path) -> None:
    settings = read(
        tmp_path, CLEAN.replace("EDGE_SECRET=", f"EDGE_SERCET={SECRET[::-1]}\nEDGE_SECRT=")
    )

    assert codes(planned(settings, tmp_path)) == ([], ["env-key-misspelled"])


@pytest.mark.parametrize(
    ("options", "environ", "origin"),
    [
        (Options(url="https://backend.example"), {}, "--url"),
        (Options(), {"BACKEND_URL": "https://backend.example"}, "$BACKEND_URL"),
        (Options(), {"EDGE_SECRET": f"Bearer {SECRET}"}, "$EDGE_SECRET"),
        (Options(), {"EDGE_AGENT_ID": "edge_7 "}, "$EDGE_AGENT_ID"),
    ],
)
def test_what_comes_from_elsewhere_is_not_the_files_to_repair(
    options: Options, environ: dict[str, str], origin: str, tmp_path: Path
) -> None:
    settings = read(tmp_path, CLEAN, options, **environ)
    found = planned(settings, tmp_path, options, **environ)

    assert found.repaired == ()
    reasons = [one.reason for one in found.left if one.defect.code != "env-value-shadowed"]
    assert reasons == [f"It comes from {origin}, and only the .env file is repaired."]


def test_settings_without_a_file_have_nothing_to_repair(tmp_path: Path) -> None:
    settings = made(url="https://backend.example")

    assert codes(planned(settings, tmp_path)) == ([], ["url-scheme-http"])


@pytest.mark.parametrize(
    "line",
    [
        f"EDGE_SECRET=Bearer {SECRET} #tail",
        f"EDGE_SECRET=Bearer ${{NO_SUCH_NAME}}{SECRET}",
        f'EDGE_SECRET="Bearer {SECRET}${{NO_SUCH_NAME}}"',
    ],
)
def test_a_line_whose_value_is_in_doubt_is_left_whole(line: str, tmp_path: Path) -> None:
    """Writing what was read would settle the doubt without saying so."""
    found = planned(read(tmp_path, CLEAN.replace(f"EDGE_SECRET={SECRET}", line)), tmp_path)

    assert found.content is None
    assert "secret-bearer-prefix" in codes(found)[1]
    reason = next(one.reason for one in found.left if one.defect.code == "secret-bearer-prefix")
    assert "which value is meant" in reason


def test_a_secret_that_no_form_carries_is_left(tmp_path: Path) -> None:
    found = planned(
        read(
            tmp_path,
            f'BACKEND_URL={URL}\nEDGE_SECRET="Bearer {SECRET}\'\\""\nEDGE_AGENT_ID={AGENT}\n',
        ),
        tmp_path,
    )

    assert found.content is None
    reason = next(one.reason for one in found.left if one.defect.code == "secret-bearer-prefix")
    assert reason == (
        "It cannot be written: no form of the value of EDGE_SECRET is read alike by every reader."
    )


@pytest.mark.parametrize("readers", [(), (Reader.SOURCE,)])
@pytest.mark.parametrize(
    "use", ["${EDGE_AGENT_ID}", "$EDGE_AGENT_ID", '"is $EDGE_AGENT_ID"', "${EDGE_AGENT_ID:-x}"]
)
def test_a_setting_that_another_line_refers_to_keeps_its_earlier_lines(
    use: str, readers: tuple[Reader, ...], tmp_path: Path
) -> None:
    options = Options(readers=readers)
    settings = read(tmp_path, f"EDGE_AGENT_ID=edge_6\nNAME={use}\n{CLEAN}", options)
    found = planned(settings, tmp_path, options)

    assert found.content is None
    assert found.left[0].reason == PROBLEMS["env-key-duplicate"].left


def test_a_longer_name_or_a_comment_refers_to_no_setting(tmp_path: Path) -> None:
    text = f"# not $EDGE_AGENT_ID\nNAME='$EDGE_AGENT_ID_OLD'\n{CLEAN}"
    found = planned(read(tmp_path, f"EDGE_AGENT_ID=edge_6\n{text}"), tmp_path)

    assert found.content == text.encode()


ELSEWHERE = "A setting of this line is also set elsewhere. Decide first which counts."
QUOTED = "A quote goes around more than one setting. Which part belongs to what is a guess."
A_GUESS = "Which value belongs to which setting is a guess."
NOBODY_KNOWS = "Which value belongs there instead, only the backend's team knows."
NO_SECRET = f"EDGE_SECRET=\nEDGE_AGENT_ID={AGENT}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CLEAN.replace(URL, f"{URL} EDGE_AGENT_ID=edge_6"), ELSEWHERE),
        (f'BACKEND_URL="{URL} EDGE_AGENT_ID={AGENT}"\nEDGE_SECRET={SECRET}\n', QUOTED),
        (f'FOO="x\nEDGE_AGENT_ID={AGENT}\nBAR="\nEDGE_SECRET={SECRET}\n', QUOTED),
        (f"BACKEND_URL={SECRET}\n{NO_SECRET}", NOBODY_KNOWS),
        (CLEAN.replace(AGENT, SECRET), NOBODY_KNOWS),
        (f"BACKEND_URL={URL}?token={SECRET}&x\n{NO_SECRET}", A_GUESS),
        (f"BACKEND_URL='{URL}?token={SECRET}#x'\n{NO_SECRET}", A_GUESS),
        (f"BACKEND_URL={URL}?token={SECRET}&key={SECRET[::-1]}\n{NO_SECRET}", A_GUESS),
        (CLEAN.replace(URL, f"{URL}?token={SECRET[::-1]}"), A_GUESS),
        (CLEAN.replace(URL, f"{URL}?token={SECRET}\nexport BACKEND_URL"), A_GUESS),
    ],
)  # fmt: skip
def test_a_value_is_moved_only_where_it_is_clear_what_is_meant(
    text: str, reason: str, tmp_path: Path
) -> None:
    """Two secrets, an end that is not certain, or another secret in its own setting."""
    options = Options(readers=(Reader.SOURCE,) if "export" in text else ())
    found = planned(read(tmp_path, text, options), tmp_path, options)

    assert found.content is None
    assert reason in [one.reason for one in found.left]


@pytest.mark.parametrize(
    "text",
    [
        CLEAN.replace(AGENT, f'"{AGENT}" # belongs to EDGE_SECRET='),
        f'{CLEAN}FOO="x" # old EDGE_SECRET={SECRET[::-1]}\n',
        f'{CLEAN}ARGS="-e BACKEND_URL=$BACKEND_URL -e EDGE_SECRET=$EDGE_SECRET"\n',
        f"{CLEAN}SCRIPT='run\nEDGE_SECRET=$1 go'\n",
        f"{CLEAN}DOCKER_OPTS=-e EDGE_SECRET=$EDGE_SECRET -e BACKEND_URL=$BACKEND_URL\n",
        f'{CLEAN}CMD=sh -c "EDGE_SECRET=x run"\n',
        CLEAN.replace(AGENT, f"'{AGENT}'#EDGE_SECRET=x"),
    ],
)
def test_a_comment_or_a_text_in_quotes_assigns_nothing(text: str, tmp_path: Path) -> None:
    found = [defect.code for defect in LINT.lint(read(tmp_path, text))]

    assert "env-line-merged" not in found


OLD = "# don't use BACKEND_URL=wss://old.example"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (
            f"EDGE_AGENT_ID={AGENT}, EDGE_SECRET={SECRET},",
            f"EDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET}",
        ),
        (
            f"EDGE_AGENT_ID={AGENT}; EDGE_SECRET={SECRET};",
            f"EDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET}",
        ),
        (
            f'EDGE_SECRET={SECRET}; EDGE_AGENT_ID="{AGENT}";',
            f'EDGE_SECRET={SECRET}\nEDGE_AGENT_ID="{AGENT}"',
        ),
        (
            f"EDGE_AGENT_ID={AGENT} EDGE_SECRET={SECRET},",
            f"EDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET},",
        ),
        (
            f"EDGE_AGENT_ID={AGENT} EDGE_SECRET={SECRET} {OLD}",
            f"EDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET} {OLD}",
        ),
        (
            f"EDGE_AGENT_ID='{AGENT}' EDGE_SECRET='{SECRET}'",
            f"EDGE_AGENT_ID='{AGENT}'\nEDGE_SECRET='{SECRET}'",
        ),
        (
            f"MY_EDGE_SECRET=a EDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET}",
            f"MY_EDGE_SECRET=a\nEDGE_AGENT_ID={AGENT}\nEDGE_SECRET={SECRET}",
        ),
    ],
)
def test_each_setting_of_a_line_gets_its_own_with_all_of_its_value_and_the_comment(
    line: str, lines: str, tmp_path: Path
) -> None:
    found = planned(read(tmp_path, f"BACKEND_URL={URL}\n{line}\n"), tmp_path)

    assert codes(found)[0][0] == "env-line-merged"
    assert found.content == f"BACKEND_URL={URL}\n{lines}\n".encode()


def test_the_name_of_a_parameter_does_not_decide_what_is_moved(tmp_path: Path) -> None:
    """It may have any words in it."""
    found = planned(
        read(tmp_path, f"BACKEND_URL={URL}?brand_token={SECRET}\n{NO_SECRET}"), tmp_path
    )

    assert found.content == CLEAN.encode()


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("deno", f"EDGE_AGENT_ID=edge_6\n{CLEAN}"),
        ("kubectl", f"EDGE_AGENT_ID=edge_6\n{CLEAN}"),
        ("uv", f"1NOTE=a b\n{CLEAN}"),
    ],
)
def test_what_a_reader_takes_otherwise_is_left(reader: str, text: str, tmp_path: Path) -> None:
    """It takes the first of two lines, refuses two, or gives up at another line."""
    options = Options(readers=(Reader(reader),))
    found = planned(read(tmp_path, text, options), tmp_path, options)

    assert found.content is None
    assert found.repaired == ()
    assert found.left


def test_a_repair_after_which_a_program_reads_less_is_left(tmp_path: Path) -> None:
    """Whatever the repair of one line does to another one."""
    options = Options(readers=(Reader.DOCKER,))
    settings = read(tmp_path, CLEAN.replace("wss:", "https:"), options)

    def reread(content: bytes) -> Settings:
        quoted = content.replace(b"edge_7", b"'edge_7'")
        return with_content(settings, quoted, options, environ={}, cwd=tmp_path)

    found = plan(settings, reread)

    assert found.content is None
    assert [one.defect.code for one in found.left] == ["url-scheme-http"]
    assert "does not help here" in found.left[0].reason


def test_a_line_is_not_rewritten_for_what_another_line_does(tmp_path: Path) -> None:
    """The parenthesis makes a shell give up the file; no form of the setting's own line helps."""
    found = planned(read(tmp_path, f"NOTE=a(b\n{CLEAN}"), tmp_path)

    assert found.content is None
    assert {one.reason for one in found.left} == {PROBLEMS["env-value-dialect"].left}


def test_a_file_of_no_settings_files_size_is_left(tmp_path: Path) -> None:
    found = planned(read(tmp_path, CLEAN.replace("wss:", "https:") + "# filler\n" * 2000), tmp_path)

    assert found.content is None
    assert found.left[0].reason == "The file is larger than 16 KiB: settings files are smaller."


def test_a_file_that_git_tracks_is_left(tmp_path: Path) -> None:
    settings = read(tmp_path, CLEAN)
    assert settings.env_file is not None
    settings = dataclasses.replace(
        settings, env_file=dataclasses.replace(settings.env_file, tracked=Tracking.TRACKED)
    )
    found = planned(settings, tmp_path)

    assert not found.ignored
    assert [(one.defect.code, one.reason) for one in found.left] == [
        ("env-file-tracked", PROBLEMS["env-file-tracked"].left)
    ]
