"""What stands around the code: templates of issues, and hooks, that are valid and to the point."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project.documents import ROOT
from tests.timing import PATIENCE

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
TEMPLATES = [form for form in FORMS if form.name != "config.yml"]
HOOKS = ROOT / ".pre-commit-config.yaml"
# What a host name of a package registry looks like; this project names none.
REGISTRY = re.compile(r"\b(?:pypi|npmjs|rubygems|crates)\.(?:org|com|io)\b")


def read(path: Path) -> Any:
    """Read a YAML file without making anything of it."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def hooks() -> list[dict[str, Any]]:
    """Return the hooks that run before a commit."""
    return [hook for repository in read(HOOKS)["repos"] for hook in repository["hooks"]]


@pytest.mark.parametrize("form", TEMPLATES, ids=lambda path: path.stem)
def test_every_issue_asks_for_the_report_and_the_versions(form: Path) -> None:
    """By the commands that make them; the versions are required everywhere."""
    template = read(form)
    fields = {field.get("id"): field for field in template["body"]}

    assert template["name"]
    assert template["description"]
    assert "edgecheck doctor --report report.json" in fields["report"]["attributes"]["description"]
    assert "edgecheck --version --verbose" in fields["version"]["attributes"]["description"]
    assert fields["version"]["validations"]["required"] is True
    assert all(
        field["type"] in ("markdown", "textarea", "input", "dropdown", "checkboxes")
        for field in template["body"]
    )
    assert all(field["attributes"].get("label") for key, field in fields.items() if key)


def test_forms_are_found() -> None:
    """Otherwise the test above would look at nothing."""
    assert len(TEMPLATES) == 3
    assert read(ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml") == {
        "blank_issues_enabled": True
    }


def test_hooks_fetch_nothing() -> None:
    """Local ones alone, in no environment of pre-commit's making."""
    assert {repository["repo"] for repository in read(HOOKS)["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks()} == {"system"}
    assert not any("additional_dependencies" in hook for hook in hooks())


def test_hooks_run_what_make_lint_runs() -> None:
    """Every program of `make lint` is a hook, from the same folder."""
    linted = {
        line.split()[0].lstrip("@")
        for line in (ROOT / "Makefile")
        .read_text(encoding="utf-8")
        .partition("\nlint:")[2]
        .partition("\n\n")[0]
        .splitlines()[1:]
    }

    assert {hook["entry"].split()[0] for hook in hooks()} == linted


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_the_command_of_every_hook_exists(hook: dict[str, Any]) -> None:
    """Where the tools of developers are installed: it starts, and knows its options."""
    program, *options = hook["entry"].split()
    if not (ROOT / program).exists():
        pytest.skip("make .venv/installed-dev installs what developers use")
    done = subprocess.run(
        [ROOT / program, *options[:1], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in options[1:])


def test_no_file_names_a_registrys_host() -> None:
    """Where packages come from is each person's own setting."""
    own = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    folders = ("docs", "release", ".ci", ".github")
    files = [
        *own,
        *(path for name in folders for path in (ROOT / name).rglob("*") if path.is_file()),
    ]
    found = [
        path.name
        for path in files
        if path.suffix != ".pyc" and REGISTRY.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []
