"""`edgecheck doctor --report`: files to send, and what a workflow of GitHub Actions shows."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edgecheck.simulator import Backend
from tests.cli.conftest import COMMAND
from tests.cli.test_screen import silent  # noqa: F401 a fixture
from tests.doctor import SECRET, Setup, in_thread, run_here, set_up, simulated
from tests.processes import started
from tests.raw_server import saying, serving
from tests.render.hostile import PIECES
from tests.render.test_github import read
from tests.timing import AMPLE_LIMIT, PATIENCE, until

FILES = ("report.json", "report.md", "report.html", "report.xml")
ALL = tuple(word for name in FILES for word in ("--report", name))
TITLE = "The backend does not accept this secret"


def contents(folder: Path) -> dict[str, str]:
    """Return what was written."""
    return {
        name: (folder / name).read_text(encoding="utf-8")
        for name in FILES
        if (folder / name).exists()
    }


def test_each_file_is_written_as_its_name_says(tmp_path: Path) -> None:
    """Beside the screen, for the owner alone, with the same verdict; and said on standard error."""
    with simulated("auth-secret-rejected") as backend:
        outcome = run_here(set_up(tmp_path, backend), *ALL)
    written = contents(tmp_path)

    assert outcome.code == 1
    assert TITLE in outcome.stdout
    assert outcome.stderr.splitlines() == [f"Report: {name}" for name in FILES]
    assert all(TITLE in content for content in written.values())
    assert json.loads(written["report.json"])["verdict"]["code"] == "auth-secret-rejected"
    assert written["report.md"].startswith("# ")
    assert written["report.html"].startswith("<!doctype html>")
    assert ET.fromstring(written["report.xml"]).get("failures") == "1"
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in FILES} == {0o600}


@pytest.mark.parametrize(
    "options",
    [
        ("--offline",),
        ("--demo",),
        ("--demo", "--fault", "tls-self-signed"),
        ("--json",),
        ("--quiet",),
    ],
)
def test_it_goes_with_every_way_to_examine(tmp_path: Path, options: tuple[str, ...]) -> None:
    """What standard output says does not change."""
    with simulated() as backend:
        setup = set_up(tmp_path, backend)
        outcome = run_here(setup, *options, *ALL)

    report = json.loads(contents(tmp_path)["report.json"])
    assert len(contents(tmp_path)) == 4
    assert outcome.code == (0 if report["ok"] else 1)
    if options == ("--json",):
        assert outcome.report == report
    assert (outcome.stderr == "") == (options == ("--quiet",))


def test_a_replayed_report_gives_the_others(tmp_path: Path) -> None:
    """Whoever got the document makes a page of it."""
    with simulated("auth-secret-rejected") as backend:
        run_here(set_up(tmp_path, backend), "--report", "kept.json")
    outcome = run_here(Setup(tmp_path, {}), "--replay", "kept.json", *ALL)

    assert outcome.code == 1
    assert (tmp_path / "kept.json").read_text() == contents(tmp_path)["report.json"]
    assert all(TITLE in content for content in contents(tmp_path).values())


@pytest.mark.parametrize(
    ("form", "begins"),
    [("json", "{"), ("md", "# "), ("html", "<!doctype"), ("junit", "<?xml"), ("XML", "<?xml")],
)
def test_a_format_can_be_named(tmp_path: Path, form: str, begins: str) -> None:
    """For a file of any name, and for standard output, which then holds nothing else."""
    run_here(Setup(tmp_path, {}), "--demo", "--report", "report", "--format", form)
    outcome = run_here(Setup(tmp_path, {}), "--demo", "--report", "-", "--format", form)

    assert (tmp_path / "report").read_text().startswith(begins)
    assert outcome.stdout.startswith(begins)
    assert "━" not in outcome.stdout
    assert outcome.stderr == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--report", "report.txt"), ".html"),
        (("--report", "report"), "--format"),
        (("--report", "-"), "--format"),
        (("--report", "report.txt", "--format", "htm"), "Did you mean html?"),
        (("--format", "html"), "--report"),
        (("--format", "lin"), "Did you mean line?"),
        (("--report", "missing/report.md"), "missing/report.md: there is no such folder"),
        (("--report", ".env/report.md"), ".env/report.md: there is no such folder"),
        (("--report", ".", "--format", "md"), "folder"),
        (("--report", "x" * 300 + ".md"), "too long"),
        (("--report", "-", "--format", "md", "--json"), "exclude each other"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """A checkup whose report is lost would have to be done again."""
    log: list[str] = []
    with simulated(log=log.append) as backend:
        outcome = run_here(set_up(tmp_path, backend), *options)

    assert outcome.code == 2
    assert words in outcome.stderr
    assert log == []
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize("options", [(), ("--json",), ("--quiet",)])
def test_a_file_that_cannot_be_written_ends_with_one(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """After the result was shown; the other files are there."""
    outcome = run_here(
        Setup(tmp_path, {}), "--demo", "--report", "/dev/full", "--format", "md", *options
    )
    other = run_here(Setup(tmp_path, {}), "--demo", "--report", "/proc/report.md", *ALL, *options)

    for one, words in (
        (outcome, "/dev/full cannot be written: No space left"),
        (other, "/proc/report.md cannot be written"),
    ):
        assert one.code == 1
        assert words in one.stderr
        assert "Traceback" not in one.stderr
        assert "Healthy" in one.stdout or options == ("--quiet",) or one.report["ok"]
    assert len(contents(tmp_path)) == 4


def test_an_interrupted_run_writes_what_it_knows(
    tmp_path: Path,
    environ: Mapping[str, str],
    silent: tuple[str, ...],  # noqa: F811
) -> None:
    """Ctrl-C loses nothing."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with started(
        [*COMMAND, "doctor", "--verbose", *silent, *ALL], cwd=tmp_path, env=dict(environ), **streams
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("✓ tcp"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    written = contents(tmp_path)

    assert process.returncode == 130
    assert json.loads(written["report.json"])["interrupted"] is True
    assert all("interrupted" in content.lower() for content in written.values())


def test_watching_writes_it_anew(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Each run's own; the last one says that all is well."""
    with simulated() as backend:
        set_up(tmp_path, backend)
        good = (tmp_path / ".env").read_text()
        (tmp_path / ".env").write_text(good.replace(SECRET, SECRET[::-1]))
        report = tmp_path / "report.json"
        command = [
            *COMMAND,
            "doctor",
            "--watch",
            "--report",
            "report.json",
            "--report",
            "report.html",
        ]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with started(command, cwd=tmp_path, env=dict(environ), **streams) as process:
            until(report.exists, process=process)
            first = json.loads(report.read_text())
            (tmp_path / ".env").write_text(good)
            _, told = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert first["verdict"]["code"] == "auth-secret-rejected"
    assert json.loads(report.read_text())["ok"] is True
    assert "Healthy" in (tmp_path / "report.html").read_text()
    assert told.count("Report: report.json") == 1


# --- GitHub Actions -------------------------------------------------------------------------------


def test_in_a_workflow_the_verdict_is_marked_and_summed_up(tmp_path: Path) -> None:
    """Annotations are on standard error, and a summary follows what stands in its file.

    Standard output is the answer, as ever.
    """
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    with simulated("auth-secret-rejected") as backend:
        setup = set_up(tmp_path, backend)
        for _ in range(2):
            variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
            outcome = run_here(Setup(setup.folder, variables, setup.arguments), "--json")

    assert outcome.verdict == "auth-secret-rejected"
    marked = [read(line) for line in outcome.stderr.splitlines()]
    assert [command.name for command in marked if command] == ["error"]
    text = summary.read_text()
    assert text.startswith("# Before\n# ")
    assert text.count(f"# {TITLE}") == 2


def test_a_workflow_without_a_summary_is_one_too(tmp_path: Path) -> None:
    """A healthy run marks nothing, and a summary that cannot be written changes no exit code.

    Elsewhere there is neither.
    """
    quiet = run_here(Setup(tmp_path, {"GITHUB_ACTIONS": "true"}), "--demo")
    full = run_here(
        Setup(tmp_path, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "/dev/full"}), "--demo"
    )
    elsewhere = run_here(
        Setup(tmp_path, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}),
        "--demo",
        "--fault",
        "tls-self-signed",
    )

    assert (quiet.code, quiet.stderr) == (0, "")
    assert full.code == 0
    assert "summary" in full.stderr
    assert (elsewhere.code, elsewhere.stderr) == (1, "")
    assert not (tmp_path / "summary").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--verbose",),
        ("--json",),
        *(("--report", "-", "--format", form) for form in ("md", "html", "junit")),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        "::stop-commands::x",
        "x ##[error]owned",
        "a " * 40 + "::add-mask::a " * 9,
        "\n::error::owned\n  ::warning::owned",
        PIECES[6],
    ],
)
def test_a_server_gives_the_runner_no_command(
    tmp_path: Path, body: str, options: tuple[str, ...]
) -> None:
    """Wherever its words stand, whatever the format, and however the lines are broken."""
    said = body.encode()
    answer = (
        b"HTTP/1.1 403 ::error::x\r\nServer: ##[error]x\r\n::warning::x: 1\r\nContent-Length: "
        b"%d\r\n\r\n%s"
    ) % (len(said), said)
    with in_thread(lambda: serving(saying(answer))) as server:
        setup = set_up(tmp_path, Backend(f"ws://127.0.0.1:{server.port}", SECRET, "edge_1"))
        variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
        outcome = run_here(
            Setup(setup.folder, variables),
            "--timeout",
            str(AMPLE_LIMIT),
            "--no-experiments",
            *options,
        )

    commands = [
        command
        for line in (outcome.stdout + outcome.stderr).splitlines()
        if (command := read(line))
    ]
    assert [
        (command.name, command.properties["title"].partition(":")[0]) for command in commands
    ] == [("error", "edgecheck")]
    assert [read(line) for line in outcome.stdout.splitlines() if read(line)] == []
    assert options != ("--json",) or outcome.verdict
