"""Who reads the ``.env`` file of a project, found in files as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgecheck.dotenv.readers.reading import Reader
from edgecheck.surroundings.starters.search import Search, used_readers
from tests.surroundings.further_projects import FURTHER

GOOD = "BACKEND_URL=wss://h.example\nEDGE_SECRET=abc\nEDGE_AGENT_ID=edge_1\n"

UNIT = """\
[Unit]
Description=The agent
[Service]
ExecStart=/usr/bin/python3 -m agent
EnvironmentFile=-/srv/agent/.env
[Install]
WantedBy=multi-user.target
"""
QUADLET = "[Container]\nImage=agent\nEnvironmentFile=/srv/agent/.env\n"
COMPOSE = "services:\n  agent:\n    image: agent\n    env_file: .env\n"
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent}
spec:
  template:
    spec:
      containers:
        - name: agent
          envFrom:
            - secretRef: {name: agent}
"""
# Each is a project: its files, and where each reader is found.
PROJECTS: dict[str, tuple[dict[str, str], dict[Reader, str]]] = {
    **FURTHER,
    "a unit": ({"agent.service": UNIT}, {Reader.SYSTEMD: "agent.service:5"}),
    "a unit in a folder": (
        {"deploy/systemd/agent.service": UNIT.replace("-/srv", "/srv")},
        {Reader.SYSTEMD: "deploy/systemd/agent.service:5"},
    ),
    "a unit with a specifier": (
        {"agent.service": "[Service]\nEnvironmentFile=%h/agent/.env\n"},
        {Reader.SYSTEMD: "agent.service:2"},
    ),
    "a drop-in": (
        {"agent.service.d/env.conf": "[Service]\nEnvironmentFile=/srv/agent/.env\n"},
        {Reader.SYSTEMD: "agent.service.d/env.conf:2"},
    ),
    "a unit that starts node": (
        {"agent.service": "[Service]\nExecStart=/usr/bin/node --env-file=/srv/.env index.js\n"},
        {Reader.NODE_ENV_FILE: "agent.service:2"},
    ),
    "a unit that starts docker": (
        {"agent.service": "[Service]\nExecStart=/usr/bin/docker run --env-file /srv/.env x\n"},
        {Reader.DOCKER: "agent.service:2"},
    ),
    "a Quadlet": ({"agent.container": QUADLET}, {Reader.PODMAN: "agent.container:3"}),
    "compose": ({"compose.yaml": COMPOSE}, {Reader.COMPOSE: "compose.yaml:4"}),
    "compose, a list": (
        {"docker-compose.yml": COMPOSE.replace(" .env", "\n      - .env")},
        {Reader.COMPOSE: "docker-compose.yml:5"},
    ),
    "compose, the long form": (
        {"compose.yml": COMPOSE.replace(" .env", "\n      - path: ./.env\n        required: true")},
        {Reader.COMPOSE: "compose.yml:5"},
    ),
    "compose, raw": (
        {"compose.yml": COMPOSE.replace(" .env", "\n      - {path: .env, format: raw}")},
        {Reader.DOCKER: "compose.yml:5"},
    ),
    "compose that passes variables on": (
        {"compose.yaml": "services:\n  a:\n    environment:\n      - EDGE_SECRET\n"},
        {Reader.COMPOSE: "compose.yaml:4"},
    ),
    "a manifest": ({"k8s/agent.yaml": MANIFEST}, {Reader.KUBECTL: "k8s/agent.yaml:10"}),
    "a kustomization": (
        {"kustomization.yaml": "secretGenerator:\n  - name: agent\n    envs: [.env]\n"},
        {Reader.KUBECTL: "kustomization.yaml:3"},
    ),
    "docker in a Makefile": (
        {"Makefile": "IMAGE = x\nrun:\n\tdocker run --rm \\\n\t  --env-file .env $(IMAGE)\n"},
        {Reader.DOCKER: "Makefile:3"},
    ),
    "podman in a script": (
        {"start.sh": "#!/bin/sh\nexec podman run --env-file=.env agent\n"},
        {Reader.PODMAN: "start.sh:2"},
    ),
    "kubectl in a script": (
        {"deploy.sh": "kubectl create secret generic a --from-env-file=.env\n"},
        {Reader.KUBECTL: "deploy.sh:1"},
    ),
    "node's own": (
        {"package.json": '{"scripts": {\n"start": "node --env-file=.env index.js"\n}}\n'},
        {Reader.NODE_ENV_FILE: "package.json:2"},
    ),
    "node 20": (
        {"package.json": '{"scripts": {"start": "node --env-file .env ."}}', ".nvmrc": "v20\n"},
        {Reader.NODE20_ENV_FILE: "package.json:1"},
    ),
    "npm's dotenv, preloaded": (
        {"package.json": '{"scripts": {\n"start": "node -r dotenv/config index.js"}}\n'},
        {Reader.NODE_DOTENV: "package.json:2"},
    ),
    "npm's dotenv, imported": (
        {"package.json": "{}", "src/index.mjs": "import fs from 'fs'\nimport 'dotenv/config'\n"},
        {Reader.NODE_DOTENV: "src/index.mjs:2"},
    ),
    "dotenv-expand": (
        {"index.js": "const x = require('dotenv-expand')\nx.expand(require('dotenv').config())\n"},
        {Reader.DOTENV_EXPAND: "index.js:1"},
    ),
    "dotenv-cli": (
        {"package.json": '{"scripts": {\n"start": "dotenv -e .env -- node index.js"}}\n'},
        {Reader.DOTENV_EXPAND: "package.json:2"},
    ),
    "Next.js": (
        {"package.json": '{"dependencies": {\n  "next": "^16.0.0"\n}}\n'},
        {Reader.DOTENV_EXPAND: "package.json:2"},
    ),
    "pm2": (
        {"ecosystem.config.js": "module.exports = {apps: [{\n  env_file: '.env',\n}]}\n"},
        {Reader.NODE_DOTENV: "ecosystem.config.js:2"},
    ),
    "pm2 with node's own": (
        {"ecosystem.config.js": "module.exports = {apps: [{\n  node_args: '--env-file=.env'}]}\n"},
        {Reader.NODE_ENV_FILE: "ecosystem.config.js:2"},
    ),
    "bun": ({"bun.lock": "{}\n", "package.json": "{}"}, {Reader.BUN: "bun.lock:1"}),
    "deno": (
        {"deno.json": '{"tasks": {\n"start": "deno run -N -E --env-file=.env main.ts"}}\n'},
        {Reader.DENO: "deno.json:2"},
    ),
    "deno, the file not named": (
        {"deno.json": '{"tasks": {\n"start": "deno run -NE --env-file main.ts"}}\n'},
        {Reader.DENO: "deno.json:2"},
    ),
    "uv": (
        {"justfile": "run:\n    uv run --env-file .env agent.py\n"},
        {Reader.UV: "justfile:2"},
    ),
    "direnv": ({".envrc": "# settings\ndotenv\n"}, {Reader.DIRENV: ".envrc:2"}),
    "direnv, if it exists": (
        {".envrc": "use nix\ndotenv_if_exists .env\n"},
        {Reader.DIRENV: ".envrc:2"},
    ),
    "a shell that sources it": (
        {"run.sh": '#!/bin/bash\nset -a\nsource "$(dirname "$0")/.env"\nset +a\nexec agent\n'},
        {Reader.SOURCE: "run.sh:3"},
    ),
    "a shell that sources it, with a dot": (
        {"bin/start": "#!/bin/sh\nset -a; . ./.env; set +a\n"},
        {Reader.SOURCE: "bin/start:2"},
    ),
    "export and xargs": (
        {"start.sh": "export $(grep -v '^#' .env | xargs)\n"},
        {Reader.EXPORT_XARGS: "start.sh:1"},
    ),
    "export and cat": (
        {"start.sh": "#!/bin/sh\nexport $(cat .env | xargs) && exec agent\n"},
        {Reader.EXPORT_XARGS: "start.sh:2"},
    ),
    "a Procfile": (
        {"Procfile": "agent: node --env-file=.env .\n"},
        {Reader.NODE_ENV_FILE: "Procfile:1"},
    ),
    "a Dockerfile": (
        {"Dockerfile": 'FROM node\nCOPY . .\nCMD ["node", "--env-file=.env", "index.js"]\n'},
        {Reader.NODE_ENV_FILE: "Dockerfile:3"},
    ),
    "python-dotenv": (
        {"agent/main.py": "import os\nfrom dotenv import load_dotenv\n"},
        {Reader.PYTHON_DOTENV: "agent/main.py:2"},
    ),
    "pydantic": (
        {"settings.py": "class S(BaseSettings):\n    c = SettingsConfigDict(env_file='.env')\n"},
        {Reader.PYTHON_DOTENV: "settings.py:2"},
    ),
    "uvicorn": (
        {"Makefile": "run:\n\tuvicorn app:app --env-file .env\n"},
        {Reader.PYTHON_DOTENV: "Makefile:2"},
    ),
    "ruby": ({"Gemfile": 'gem "rails"\ngem "dotenv"\n'}, {Reader.RUBY_DOTENV: "Gemfile:2"}),
    "go": (
        {"go.mod": "module x\nrequire github.com/joho/godotenv v1.5.1\n"},
        {Reader.GODOTENV: "go.mod:2"},
    ),
    "php": (
        {"composer.json": '{"require": {\n"vlucas/phpdotenv": "^5.6"}}'},
        {Reader.PHPDOTENV: "composer.json:2"},
    ),
    # Two ways to start it.
    "a unit for operation, python-dotenv for developers": (
        {"agent.service": UNIT, "main.py": "from dotenv import load_dotenv\n"},
        {Reader.SYSTEMD: "agent.service:5", Reader.PYTHON_DOTENV: "main.py:1"},
    ),
    # Nothing that reads this file.
    "nothing": ({"main.py": "import os\nprint(os.environ['EDGE_SECRET'])\n"}, {}),
    "another file": ({"compose.yaml": COMPOSE.replace(".env", "other.env")}, {}),
    "another project's file": ({"sub/compose.yaml": COMPOSE, "sub/.env": "A=1\n"}, {}),
    "a comment": ({"start.sh": "# docker run --env-file .env x\n// node --env-file=.env\n"}, {}),
    "a unit without a file": ({"agent.service": "[Service]\nExecStart=/usr/bin/agent\n"}, {}),
    "a virtual environment": ({".venv/lib/x.py": "from dotenv import load_dotenv\n"}, {}),
    "a file that is not YAML": ({"compose.yaml": "services: [\n  env_file: .env\n"}, {}),
    "a manifest that sets nothing": (
        {"k8s/a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: environment}\n"},
        {},
    ),
}


def made(folder: Path, files: dict[str, str]) -> Path:
    env_file = folder / ".env"
    env_file.write_text(GOOD)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return env_file


@pytest.mark.parametrize("name", PROJECTS)
def test_the_readers_of_a_project_are_found_where_they_are_named(name: str, tmp_path: Path) -> None:
    files, expected = PROJECTS[name]
    found = used_readers(made(tmp_path, files), {"HOME": str(tmp_path / "home")})

    assert {one.reader: one.where for one in found} == expected


def test_a_search_for_many_files_finds_what_each_alone_would(tmp_path: Path) -> None:
    """Files of one folder share what is read there, and each has its own readers."""
    (tmp_path / "a.service").write_text("[Service]\nEnvironmentFile=/srv/one.env\n")
    (tmp_path / "compose.yaml").write_text(COMPOSE.replace(".env", "two.env"))
    for folder in ("", "first", "second"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in ("one.env", "two.env", "three.env"):
            (tmp_path / folder / name).write_text(GOOD)
    (tmp_path / "second/b.service").write_text("[Service]\nEnvironmentFile=/srv/three.env\n")
    environ = {"HOME": str(tmp_path / "home")}
    files = sorted(tmp_path.rglob("*.env"))
    search = Search(environ)
    found = [search(file) for file in (*files, *files)]
    alone = [used_readers(file, environ) for file in files]

    assert found == alone + alone
    assert len({str(each) for each in alone}) > 2
