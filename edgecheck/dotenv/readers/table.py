"""Which readers there are, which version of each was measured, and how to read as one (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ...frozen import dataclass
from .reading import Reader, Readings, Winner


@dataclass(frozen=True)
class Program:
    """One reader.

    Args:
        what: the program, and the versions that were measured.
        wins: whose value counts if the process environment has the name too.
        module: its rules, in this package. They are imported when they are needed.
    """

    what: str
    wins: Winner
    module: str


_FILE, _PROCESS = Winner.FILE, Winner.PROCESS
PROGRAMS: Mapping[Reader, Program] = {
    Reader.PYTHON_DOTENV: Program("python-dotenv 1.2.4", _PROCESS, "python_dotenv"),
    Reader.NODE_DOTENV: Program("npm's dotenv 16.6 and 18.0", _PROCESS, "node_dotenv"),
    Reader.DOTENV_EXPAND: Program("npm's dotenv-expand 1000", _PROCESS, "dotenv_expand"),
    Reader.NODE_ENV_FILE: Program(
        "node --env-file and process.loadEnvFile, 22.23, 24.22 and 26.12", _PROCESS, "node_env_file"
    ),
    Reader.NODE20_ENV_FILE: Program("node --env-file, 20.20", _PROCESS, "node20_env_file"),
    Reader.BUN: Program("bun 1.4, --env-file and its own .env", _PROCESS, "bun"),
    Reader.DENO: Program("deno --env-file, 2.9", _PROCESS, "deno"),
    Reader.DOCKER: Program("docker run --env-file, 28.2", _FILE, "docker"),
    Reader.PODMAN: Program("podman --env-file and Quadlet, 5.4", _FILE, "podman"),
    Reader.KUBECTL: Program("kubectl create --from-env-file, 1.32", _FILE, "kubectl"),
    Reader.COMPOSE: Program("docker compose, env_file:, 2.26", _FILE, "compose"),
    Reader.SYSTEMD: Program("EnvironmentFile=, 252, 257 and 262", _FILE, "systemd"),
    Reader.SOURCE: Program("bash 5.2: set -a; . ./.env", _FILE, "source"),
    Reader.DASH: Program("dash 0.5.12, sh on Debian: set -a; . ./.env", _FILE, "dash"),
    Reader.ZSH: Program("zsh 5.9: set -a; . ./.env", _FILE, "zsh"),
    Reader.EXPORT_XARGS: Program(
        "bash 5.2: export $(grep -v '^#' .env | xargs)", _FILE, "export_xargs"
    ),
    Reader.DIRENV: Program("direnv 2.32, dotenv", _FILE, "direnv"),
    Reader.RUBY_DOTENV: Program("Ruby's dotenv 3.2", _PROCESS, "ruby_dotenv"),
    Reader.GODOTENV: Program("Go's godotenv 1.5", _PROCESS, "godotenv"),
    Reader.PHPDOTENV: Program("PHP's vlucas/phpdotenv 5.6", _PROCESS, "phpdotenv"),
    Reader.UV: Program("uv run --env-file, 0.13", _PROCESS, "uv"),
}


def read(reader: Reader, text: str, environ: Mapping[str, str]) -> Readings:
    """Return what a program makes of a file. Never raises.

    Args:
        reader: the program.
        text: of the file, with its byte-order mark and its line ends.
        environ: the process environment, which ``$NAME`` refers to.
    """
    module = import_module(f"{__package__}.{PROGRAMS[reader].module}")
    found: Readings = module.read(text, environ)
    return found
