"""Files of settings for the lint: a good one, and ones with something wrong in them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue.problem import Example
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.lint.defect import Defect
from edgecheck.settings.model import Origin, SecretSetting, Setting, Settings, Source
from edgecheck.settings.secret import Secret
from edgecheck.settings.sources import Options, load
from tests.conftest import require_program
from tests.timing import PATIENCE

URL = "wss://backend.example"
SECRET = "3f9a1c5e7b2d4860af13c57e9b2d8640"
AGENT = "edge_7"
CLEAN = f"BACKEND_URL={URL}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n"


def read(
    folder: Path, env: str | bytes | None, options: Options | None = None, **environ: str
) -> Settings:
    path = folder / ".env"
    if env is not None:
        path.write_bytes(env if isinstance(env, bytes) else env.encode())
        path.chmod(0o600)
    return load(options or Options(), environ=environ, cwd=folder, stdin=io.BytesIO())


def found(defects: tuple[Defect, ...]) -> list[tuple[str, str]]:
    return [(defect.code, defect.severity) for defect in defects]


def with_secret(value: str, quote: str = "") -> str:
    return f"BACKEND_URL={URL}\nEDGE_SECRET={quote}{value}{quote}\nEDGE_AGENT_ID={AGENT}\n"


def with_url(value: str) -> str:
    return f"BACKEND_URL='{value}'\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n"


def with_agent(value: str) -> str:
    return f"BACKEND_URL={URL}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID='{value}'\n"


def made(url: str | None = URL, secret: str | None = SECRET, agent: str | None = AGENT) -> Settings:
    """Make settings from the environment, whatever the values are."""

    def origin(name: str) -> Origin:
        return Origin(Source.ENVIRONMENT, name)

    return Settings(
        backend_url=Setting(url, origin("BACKEND_URL")) if url is not None else None,
        secret=SecretSetting(Secret(secret), origin("EDGE_SECRET")) if secret is not None else None,
        agent_id=Setting(agent, origin("EDGE_AGENT_ID")) if agent is not None else None,
    )


def materialised(example: Example, folder: Path) -> Settings:
    example = example.filled(
        url=URL, secret=SECRET, agent_id=AGENT, endpoint=EDGE.path, folder=str(folder)
    )
    if example.env is not None:
        path = folder / ".env"
        path.write_bytes(example.env if isinstance(example.env, bytes) else example.env.encode())
        path.chmod(example.mode)
    if example.git:
        subprocess.run(
            [require_program("git"), "init", "-q", str(folder)], check=True, timeout=PATIENCE
        )
    words = iter(example.arguments)
    options: dict[str, Any] = {
        word.removeprefix("--").replace("-", "_"): next(words) for word in words
    }
    if "reader" in options:
        options["readers"] = (Reader(options.pop("reader")),)
    return load(Options(**options), environ=example.environ, cwd=folder, stdin=io.BytesIO())
