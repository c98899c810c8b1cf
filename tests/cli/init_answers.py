"""Answers for `edgecheck init`, and what it leaves behind."""

from __future__ import annotations

import hashlib
import stat
import subprocess
from pathlib import Path

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
OTHER = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
ANSWERS = ("--url", "wss://edge.example", "--secret-file", "-", "--agent-id", "edge_7")
WRITTEN = f"BACKEND_URL=wss://edge.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_7\n"
MESSAGES = [
    f"Hello,\nhost: https://edge.example\nsecret: {SECRET}\nagent id: edge_7",
    f"BACKEND_URL=https://edge.example EDGE_SECRET={SECRET} EDGE_AGENT_ID=edge_7",
    f"- **Token:** `{SECRET}`\n- **Address:** `https://edge.example`\n- **ID:** `edge_7`\n",
    f"edge.example\n{SECRET}\nedge_7\n",
]
THERE = f"""\
# Edge agent 7, see the wiki
LOG_LEVEL=debug   # noisy

export EDGE_AGENT_ID="edge_7" # ours
BACKEND_URL='wss://old.example'
OTHER='a  b'
EDGE_SECRET={OTHER}
"""


def fingerprint(secret: str) -> str:
    """As the contract has it."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return what stands on standard error, however it is wrapped."""
    return " ".join(done.stderr.split())


def mode_of(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def content_of(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder hold."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
