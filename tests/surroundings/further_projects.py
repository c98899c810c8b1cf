"""Projects as people have them: variables, templates, plugins and other programs' files."""

from __future__ import annotations

from edgecheck.dotenv.readers.reading import Reader

# Each is a project: its files, and where each reader is found.
FURTHER: dict[str, tuple[dict[str, str], dict[Reader, str]]] = {
    "compose anchors": (
        {
            "docker-compose.prod.yml": (
                "x-common: &c\n"
                "  env_file: .env\n"
                "  restart: always\n"
                "services:\n"
                "  a:\n"
                "    <<: *c\n"
                "    image: x\n"
            )
        },
        {Reader.COMPOSE: "docker-compose.prod.yml:2"},
    ),
    "compose command interpolation": (
        {
            "compose.yaml": (
                "services:\n"
                "  a:\n"
                "    image: x:${TAG}\n"
                '    command: ["--secret", "${EDGE_SECRET}"]\n'
            )
        },
        {Reader.COMPOSE: "compose.yaml:4"},
    ),
    "docker run in README": (
        {"README.md": ("# Run\n```sh\ndocker run --rm --env-file .env agent\n```\n")},
        {Reader.DOCKER: "README.md:3"},
    ),
    "docker with a variable of make for the folder": (
        {"Makefile": "run:\n\tdocker run --env-file=$(CURDIR)/.env x\n"},
        {Reader.DOCKER: "Makefile:2"},
    ),
    "a variable of make": (
        {"Makefile": ("ENV_FILE ?= .env\nrun:\n\tdocker run --env-file $(ENV_FILE) x\n")},
        {Reader.DOCKER: "Makefile:3"},
    ),
    "a variable of a script": (
        {"start.sh": ('ENV_FILE="./.env"\ndocker run --env-file "$ENV_FILE" x\n')},
        {Reader.DOCKER: "start.sh:2"},
    ),
    "devcontainer": (
        {
            ".devcontainer/devcontainer.json": (
                '{"runArgs": ["--env-file", "${localWorkspaceFolder}/.env"]}'
            )
        },
        {Reader.DOCKER: ".devcontainer/devcontainer.json:1"},
    ),
    "podman-compose": (
        {"start.sh": "podman-compose --env-file .env up\n"},
        {Reader.PYTHON_DOTENV: "start.sh:1"},
    ),
    "a unit that takes the file back": (
        {
            "agent.service": (
                "[Service]\nEnvironmentFile=/srv/agent/.env\nEnvironmentFile=\nExecStart=/x\n"
            )
        },
        {},
    ),
    "unit drop-in override": (
        {
            "deploy/agent.service.d/override.conf": (
                "[Service]\nEnvironmentFile=\nEnvironmentFile=/srv/agent/.env\n"
            )
        },
        {Reader.SYSTEMD: "deploy/agent.service.d/override.conf:3"},
    ),
    "unit several files": (
        {
            "agent.service": (
                "[Service]\n"
                "EnvironmentFile=-/etc/default/agent\n"
                "EnvironmentFile=-/srv/agent/.env\n"
                "ExecStart=/x\n"
            )
        },
        {Reader.SYSTEMD: "agent.service:3"},
    ),
    "unit commented": (
        {
            "agent.service": (
                "[Service]\n"
                "#EnvironmentFile=/srv/agent/.env\n"
                ";EnvironmentFile=/srv/agent/.env\n"
                "ExecStart=/x\n"
            )
        },
        {},
    ),
    "a unit that a script writes": (
        {
            "install.sh": (
                "cat > /etc/systemd/system/agent.service <<EOF\n"
                "[Service]\n"
                "EnvironmentFile=/srv/agent/.env\n"
                "ExecStart=/x\n"
                "EOF\n"
            )
        },
        {Reader.SYSTEMD: "install.sh:3"},
    ),
    "a NixOS module": (
        {"module.nix": 'serviceConfig.EnvironmentFile = "/srv/agent/.env";\n'},
        {Reader.SYSTEMD: "module.nix:1"},
    ),
    "a template of a unit": (
        {"templates/agent.service.j2": "[Service]\nEnvironmentFile={{ agent_dir }}/.env\n"},
        {Reader.SYSTEMD: "templates/agent.service.j2:2"},
    ),
    "node env-file engines 20": (
        {
            "package.json": (
                "{\n"
                '  "engines": {"node": "20.x"},\n'
                '  "scripts": {\n'
                '    "start": "node --env-file=.env src/index.js"\n'
                "  }\n"
                "}"
            )
        },
        {Reader.NODE20_ENV_FILE: "package.json:4"},
    ),
    "node tool-versions 20": (
        {
            ".tool-versions": "nodejs 20.11.1\n",
            "package.json": '{"scripts": {"start": "node --env-file=.env i.js"}}',
        },
        {Reader.NODE20_ENV_FILE: "package.json:1"},
    ),
    "node Dockerfile FROM 20": (
        {"Dockerfile": ('FROM node:20-alpine\nCMD ["node","--env-file=.env","i.js"]\n')},
        {Reader.NODE20_ENV_FILE: "Dockerfile:2"},
    ),
    "nodemon.json": (
        {"nodemon.json": '{"exec": "node --env-file=.env i.js"}'},
        {Reader.NODE_ENV_FILE: "nodemon.json:1"},
    ),
    "dotenv-cli without dashes": (
        {
            "package.json": (
                '{"scripts": {"dev": "dotenv node i.js"},"devDependencies":{"dotenv-cli":"^7"}}'
            )
        },
        {Reader.DOTENV_EXPAND: "package.json:1"},
    ),
    "dotenvx": (
        {"package.json": '{"scripts": {"dev": "dotenvx run -- node i.js"}}'},
        {Reader.DOTENV_EXPAND: "package.json:1"},
    ),
    "dotenvx -f": (
        {"package.json": ('{"scripts": {"dev": "dotenvx run -f .env -- node i.js"}}')},
        {Reader.DOTENV_EXPAND: "package.json:1"},
    ),
    "Vite": (
        {
            "vite.config.ts": (
                "import { defineConfig, loadEnv } from 'vite'\nexport default defineConfig({})\n"
            ),
            "package.json": '{"devDependencies": {"vite": "^5"}}',
        },
        {Reader.DOTENV_EXPAND: "vite.config.ts:1"},
    ),
    "NestJS": (
        {
            "src/app.module.ts": (
                "import { ConfigModule } from '@nestjs/config';\n"
                "@Module({ imports: [ConfigModule.forRoot()] })\n"
            )
        },
        {Reader.NODE_DOTENV: "src/app.module.ts:1"},
    ),
    "loadEnvFile import": (
        {"index.mjs": ("import { loadEnvFile } from 'node:process';\nloadEnvFile();\n")},
        {Reader.NODE_ENV_FILE: "index.mjs:2"},
    ),
    "envrc source_env": (
        {".envrc": "source_env .env\n"},
        {Reader.SOURCE: ".envrc:1"},
    ),
    "just that does not load": (
        {"justfile": "set dotenv-load := false\nrun:\n  x\n"},
        {},
    ),
    "just with another file": (
        {"justfile": 'set dotenv-filename := "other.env"\nrun:\n  x\n'},
        {},
    ),
    "Taskfile": (
        {
            "Taskfile.yml": (
                "version: '3'\ndotenv: ['.env', '{{.HOME}}/.env']\ntasks:\n  run:\n    cmd: x\n"
            )
        },
        {Reader.GODOTENV: "Taskfile.yml:2"},
    ),
    "Taskfile task-level": (
        {"Taskfile.yml": ("version: '3'\ntasks:\n  run:\n    dotenv: ['.env']\n    cmd: x\n")},
        {Reader.GODOTENV: "Taskfile.yml:4"},
    ),
    "supervisor": (
        {
            "supervisord.conf": (
                "[program:agent]\n"
                'command=/bin/bash -c "set -a && source /srv/agent/.env && ex'
                'ec python -m agent"\n'
            )
        },
        {Reader.SOURCE: "supervisord.conf:2"},
    ),
    "supervisor dotenv": (
        {
            "supervisor/agent.conf": (
                "[program:agent]\ncommand=/srv/agent/venv/bin/dotenv run python -m agent\n"
            )
        },
        {Reader.PYTHON_DOTENV: "supervisor/agent.conf:2"},
    ),
    "a plugin of Poetry": (
        {"pyproject.toml": ('[tool.poetry.requires-plugins]\npoetry-dotenv-plugin = "*"\n')},
        {Reader.PYTHON_DOTENV: "pyproject.toml:2"},
    ),
    "PDM": (
        {"pyproject.toml": '[tool.pdm.scripts]\n_.env_file = ".env"\n'},
        {Reader.PYTHON_DOTENV: "pyproject.toml:2"},
    ),
    "environs": (
        {"main.py": ("from environs import Env\nenv = Env()\nenv.read_env()\n")},
        {Reader.PYTHON_DOTENV: "main.py:1"},
    ),
    "zsh script": (
        {"run.sh": "#!/usr/bin/env zsh\nset -a; source .env; set +a\n"},
        {Reader.ZSH: "run.sh:2"},
    ),
    "dash script": (
        {"run.sh": "#!/bin/dash\nset -a; . ./.env; set +a\n"},
        {Reader.DASH: "run.sh:2"},
    ),
    "a file of zsh": (
        {"dev.zsh": "source .env\n"},
        {Reader.ZSH: "dev.zsh:1"},
    ),
    "env cat": (
        {"start.sh": "env $(cat .env) python -m agent\n"},
        {Reader.EXPORT_XARGS: "start.sh:1"},
    ),
    "export cat": (
        {"start.sh": "export $(cat .env)\n"},
        {Reader.EXPORT_XARGS: "start.sh:1"},
    ),
    "a source in Go": (
        {"main.go": 'import _ "github.com/joho/godotenv/autoload"\n'},
        {Reader.GODOTENV: "main.go:1"},
    ),
    "godotenv as a command": (
        {"Makefile": "run:\n\tgodotenv -f .env go run .\n"},
        {Reader.GODOTENV: "Makefile:2"},
    ),
    "a source in Ruby": (
        {"main.rb": "require 'dotenv/load'\n"},
        {Reader.RUBY_DOTENV: "main.rb:1"},
    ),
    "a call that is commented out": (
        {"main.py": "import os\n# load_dotenv() is not used\n"},
        {},
    ),
    "a reader that is not known": (
        {"package.json": '{"scripts": {"dev": "env-cmd -f .env node i.js"}}'},
        {},
    ),
    "make includes it": (
        {"Makefile": "include .env\nexport\nrun:\n\tpython -m agent\n"},
        {},
    ),
    "an image that it is copied into": (
        {"Dockerfile": "FROM x\nCOPY .env /app/.env\n"},
        {},
    ),
    "a script that writes it": (
        {"start.sh": ('echo "A=1" >> .env\ncat .env\ngrep EDGE .env\nrm .env\n')},
        {},
    ),
    "a kustomization of whole files": (
        {"kustomization.yaml": "secretGenerator:\n- name: a\n  files: [.env]\n"},
        {},
    ),
    "quadlet both": (
        {
            "agent.container": (
                "[Container]\n"
                "EnvironmentFile=/srv/agent/.env\n"
                "[Service]\n"
                "EnvironmentFile=/srv/agent/.env\n"
            )
        },
        {Reader.PODMAN: "agent.container:2", Reader.SYSTEMD: "agent.container:4"},
    ),
    "documentation": (
        {"docs/x.md": "docker run --env-file .env x\n"},
        {},
    ),
    "a drop-in that takes the file back": (
        {
            "agent.service": "[Service]\nEnvironmentFile=/srv/agent/.env\nExecStart=/x\n",
            "agent.service.d/10-env.conf": (
                "[Service]\nEnvironmentFile=\nEnvironmentFile=/etc/agent/secrets\n"
            ),
        },
        {},
    ),
    "Next.js in one line": (
        {"package.json": '{"dependencies": {"react": "19", "next": "^15.0.0"}}'},
        {Reader.DOTENV_EXPAND: "package.json:1"},
    ),
    "devcontainer on several lines": (
        {".devcontainer/devcontainer.json": '{"runArgs": [\n  "--env-file",\n  ".env"\n]}'},
        {Reader.DOCKER: ".devcontainer/devcontainer.json:2"},
    ),
    "a source in PHP": (
        {"public/index.php": "<?php\n$d = Dotenv\\Dotenv::createImmutable(__DIR__ . '/..');\n"},
        {Reader.PHPDOTENV: "public/index.php:2"},
    ),
    "a target of Nx": (
        {"project.json": '{"targets": {"serve": {"command": "node --env-file .env main.js"}}}'},
        {Reader.NODE_ENV_FILE: "project.json:1"},
    ),
    "Dynaconf": (
        {"config.py": "from dynaconf import Dynaconf\ns = Dynaconf(load_dotenv=True)\n"},
        {Reader.PYTHON_DOTENV: "config.py:2"},
    ),
    "a variable with a default": (
        {"deploy.sh": 'FILE=${1:-.env}\ndocker run --env-file "$FILE" agent\n'},
        {Reader.DOCKER: "deploy.sh:2"},
    ),
    "what another command makes of it": (
        {"run.sh": "set -a\nsource <(grep -v '^#' .env)\n"},
        {Reader.SOURCE: "run.sh:2"},
    ),
    "eval": (
        {"run.sh": "eval \"$(grep -v '^#' .env | sed 's/^/export /')\"\n"},
        {Reader.SOURCE: "run.sh:1"},
    ),
    "cron": (
        {"crontab": "*/5 * * * * set -a; . /srv/agent/.env; python -m agent\n"},
        {Reader.SOURCE: "crontab:1"},
    ),
    "an editor's launch.json": (
        {".vscode/launch.json": '{"configurations": [{"envFile": "${workspaceFolder}/.env"}]}'},
        {},
    ),
}
