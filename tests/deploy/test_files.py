"""The files of deploy/ as the programs that they are for check them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgecheck.monitor.metrics import Own, exposed
from tests.cli.test_help import parse
from tests.conftest import lacking, require_program
from tests.project.documents import ROOT
from tests.timing import LONG_PATIENCE, PATIENCE

DEPLOY = ROOT / "deploy"
PROMETHEUS, KUBERNETES, SYSTEMD = DEPLOY / "prometheus", DEPLOY / "kubernetes", DEPLOY / "systemd"
DASHBOARD = DEPLOY / "grafana" / "edgecheck.json"
# Where the units expect edgecheck.
INSTALLED = "/opt/edgecheck/bin/edgecheck"
# systemd's own figure, 0 to 10: how much a service could do to its machine if it were taken over.
EXPOSURE = 2.0


def checked(program: str, *arguments: str, folder: Path = PROMETHEUS) -> str:
    """Run a program that checks files, which must be content, and return what it says."""
    done = subprocess.run(
        [require_program(program), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    """Return the rules of all groups."""
    groups = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("name", ["prometheus.yml", "probe.yml"])
def test_prometheus_takes_the_configuration(name: str) -> None:
    """With the rules that it names."""
    assert "rules found" in checked("promtool", "check", "config", name)


def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    """Their own unit tests, in the form of promtool."""
    assert "SUCCESS" in checked("promtool", "test", "rules", "rules.test.yml")


def test_every_alert_has_a_unit_test() -> None:
    """And says in one line what is wrong."""
    alerts = [rule for rule in rules() if "alert" in rule]
    tested = (PROMETHEUS / "rules.test.yml").read_text()

    assert alerts
    assert [one["alert"] for one in alerts if one["alert"] not in tested] == []
    assert all(one["annotations"]["summary"] for one in alerts)
    assert all(one["labels"]["severity"] in ("critical", "warning") for one in alerts)


def test_alertmanager_tells_the_side_that_acts_next() -> None:
    """Each side has its receiver; whatever has no side goes to the operators."""
    checked("amtool", "check-config", "alertmanager.yml")
    routes = ("config", "routes", "test", "--config.file", "alertmanager.yml")

    for labels, receiver in (
        ("side=backend", "backend"),
        ("side=network", "network"),
        ("side=intermediary", "network"),
        ("side=client", "operators"),
        ("alertname=EdgecheckMonitorDown", "operators"),
    ):
        assert checked("amtool", *routes, labels).split("\n")[0] == receiver


def test_the_operator_gets_the_same_rules() -> None:
    """`make docs` writes them into the form of the Prometheus Operator."""
    ours = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())
    theirs = yaml.safe_load((KUBERNETES / "prometheusrule.yaml").read_text())

    assert theirs["spec"] == ours


def manifests() -> Iterator[tuple[str, Any]]:
    """Give each document that Kubernetes gets, with the name of its file."""
    for name in yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]:
        for document in yaml.safe_load_all((KUBERNETES / name).read_text()):
            yield name, document


def test_kubernetes_takes_the_manifests() -> None:
    """With no field that its schema does not have."""
    own = Path(os.environ.get("EDGECHECK_RUNTIMES", "/nonexistent")) / "bin"
    path = os.pathsep.join((str(own), os.environ.get("PATH", "")))
    program = shutil.which("kubernetes-validate", path=path)
    if program is None:
        lacking("kubernetes-validate is not installed")
    names = [name for name, each in manifests() if each["apiVersion"].count(".") < 2]
    done = subprocess.run(
        [program, "--strict", *names],
        cwd=KUBERNETES,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed") == len(names) == 4


def test_the_manifests_fit_each_other() -> None:
    """The service and the operator find the pods, by labels and by the name of the port."""
    found = {document["kind"]: document for _, document in manifests()}
    pod = found["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    service = found["Service"]
    monitor = found["ServiceMonitor"]["spec"]
    listed = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}

    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert [one["port"] for one in monitor["endpoints"]] == [service["spec"]["ports"][0]["name"]]
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert f"--listen=:{container['ports'][0]['containerPort']}" in container["args"]
    assert listed == {name for name, _ in manifests()}


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Where edgecheck is installed; and leaves them little of the machine."""
    units = sorted(path for path in SYSTEMD.iterdir() if path.suffix in (".service", ".timer"))
    for unit in units:
        text = unit.read_text().replace(INSTALLED, sys.executable)
        (tmp_path / unit.name).write_text(text)
    names = [f"./{unit.name}" for unit in units]
    # It also reads the units that they depend on, and says what it thinks of them.
    said = checked("systemd-analyze", "verify", *names, folder=tmp_path)

    assert [line for line in said.splitlines() if "edgecheck" in line] == []
    for unit in units:
        if unit.suffix == ".service":
            checked(
                "systemd-analyze",
                "security",
                "--offline=true",
                f"--threshold={EXPOSURE * 10:g}",
                unit.name,
                folder=tmp_path,
            )


def test_the_image_is_built_of_what_is_copied(tmp_path: Path) -> None:
    """The files of COPY are enough for the package, and the builder is sent all of them."""
    lines = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    words = [shlex.split(line) for line in lines if line.startswith("COPY ")]
    sources = [word for each in words if "--from" not in each[1] for word in each[1:-1]]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    for name in sources:
        if (ROOT / name).is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "made"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_PATIENCE,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "made").glob("*.whl"))) == 1
    assert {f"!{name}" for name in sources} == {one for one in ignored if one.startswith("!")}
    assert [line for line in lines if line.startswith("USER ")] == ["USER 65532:65532"]


def expressions() -> dict[str, str]:
    """Return the query of each panel of the dashboard, under its title."""
    board = json.loads(DASHBOARD.read_text())
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in board["panels"]
        for target in panel["targets"]
    }


def test_prometheus_takes_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    """Each of them, with values in place of Grafana's variables."""
    filled = [
        {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(expressions().values())
    ]
    written = {"groups": [{"name": "dashboard", "rules": filled}]}
    (tmp_path / "dashboard.yml").write_text(yaml.safe_dump(written))

    said = checked("promtool", "check", "rules", "dashboard.yml", folder=tmp_path)
    assert f"{len(filled)} rules found" in said


def test_alerts_and_dashboard_ask_for_metrics_that_there_are() -> None:
    """Those of the monitor, and what the rules make of them."""
    content, _ = exposed("", [], Own(targets=0, running=0, read=True))
    known = {
        name
        for kind in re.findall(r"^# TYPE (\S+) ", content.decode(), re.MULTILINE)
        for name in (kind, f"{kind}_total")
    }
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = [*expressions().values(), *(rule["expr"] for rule in rules())]
    used = {name for expr in asked for name in re.findall(r"\bedgecheck[_:][\w:]+", expr)}

    assert "edgecheck_problem" in used
    assert used - known - recorded == set()


def commands() -> Iterator[list[str]]:
    """Give the command lines with which units and manifests call edgecheck."""
    for unit in SYSTEMD.glob("*.service"):
        text = unit.read_text().replace("\\\n", " ")
        (line,) = re.findall(rf"^ExecStart={INSTALLED} (.*)$", text, re.MULTILINE)
        yield shlex.split(line)
    for _, document in manifests():
        spec = document.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        for container in spec.get("template", {}).get("spec", {}).get("containers", ()):
            yield container["args"]


def test_every_unit_and_container_calls_edgecheck_as_it_wants_to_be_called() -> None:
    """Each command and each option exists."""
    called = list(commands())
    for words in called:
        parse(["edgecheck", *words])

    assert sorted(words[0] for words in called) == ["fleet", "fleet", "monitor", "monitor"]


def test_the_dashboard_has_a_name_of_its_own_and_only_variables_that_it_declares() -> None:
    """So it can be provisioned again, and works with whatever Prometheus is chosen."""
    board = json.loads(DASHBOARD.read_text())
    declared = {each["name"] for each in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - {"__rate_interval"}
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]

    assert board["uid"] == "edgecheck"
    assert used == declared
    assert len(set(places)) == len(places)
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {"${datasource}"}
