"""Write the snippets for the default profile into the package: make docs."""

from __future__ import annotations

from pathlib import Path

import edgecheck
from edgecheck.backend.builtin import EDGE
from edgecheck.cli.snippet import SNIPPETS
from edgecheck.render.client import client

if __name__ == "__main__":
    folder = Path(edgecheck.__file__).parent / "snippets"
    for name, (ending, _) in SNIPPETS.items():
        text = client(f"{name}{ending}", EDGE, snippet=name)
        (folder / f"{name}{ending}").write_text(text, encoding="utf-8")
