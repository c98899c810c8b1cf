"""The example in the README, made afresh: `make docs` puts it there, and a test compares it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from edgecheck.simulator import Scenario, simulate

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
COMMAND = "edgecheck doctor"
# Where the simulator listens by default, as a person who follows the README sees it.
PORT = 8787
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
RUN_ID = "7k3mq2x5vb4d"

_BLOCK = re.compile(rf"(?<=^```console\n\$ {COMMAND}\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def screen() -> str:
    """Run `doctor` on a secret that begins with a word too many, and return what it shows."""
    with tempfile.TemporaryDirectory() as name:
        shown, url = asyncio.run(_shown(Path(name)))
    return _as_in_the_readme(shown, url.rpartition(":")[2])


async def _shown(folder: Path) -> tuple[str, str]:
    async with simulate(Scenario(secret=SECRET)) as backend:
        lines = (
            f"BACKEND_URL={backend.url}",
            f'EDGE_SECRET="Bearer {SECRET}"',
            "EDGE_AGENT_ID=edge_1\n",
        )
        await asyncio.to_thread(_write, folder / ".env", "\n".join(lines))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *COMMAND.split()),
            cwd=folder,
            env={
                "COLUMNS": "80",
                "HOME": str(folder),
                "LC_ALL": "C.UTF-8",
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(ROOT),
            },
            stdout=asyncio.subprocess.PIPE,
        )
        shown, _ = await process.communicate()
    return shown.decode(), backend.url


def _write(file: Path, text: str) -> None:
    file.touch(0o600)
    file.write_text(text, encoding="utf-8")


def _as_in_the_readme(shown: str, port: str) -> str:
    """Give every run the same port and id; times stay in their column."""
    lines = []
    for line in re.sub(r"\brun [a-z2-7]{12}\b", f"run {RUN_ID}", shown).splitlines():
        steadied = line.replace(f"127.0.0.1:{port}", f"127.0.0.1:{PORT}")
        shift = " " * (len(line) - len(steadied))
        lines.append(re.sub(r" (?=[\d.]+ m?s$)", f" {shift}", steadied))
    return "\n".join([*lines, ""])


def example(readme: str) -> str:
    """Return the screen that the README shows."""
    found = _BLOCK.search(readme)
    assert found is not None
    return found[0]


def steady(shown: str) -> list[str]:
    """Return a screen's lines without what differs between runs: version, times and bars."""
    lines = (re.sub(r"^edgecheck [\d.]+|[\d.]+ m?s$|█", "", line) for line in shown.splitlines())
    return [" ".join(line.split()) for line in lines]


def main() -> None:
    """Put the screen of today into the README, unless only its times would change."""
    readme, today = README.read_text(encoding="utf-8"), screen()
    before = example(readme)
    if steady(before) != steady(today):
        README.write_text(readme.replace(before, today), encoding="utf-8")


if __name__ == "__main__":
    main()
