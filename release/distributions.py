"""Build the wheel and the sdist, and check that they hold what nothing else would miss.

python release/distributions.py FOLDER [OPTIONS OF build]: builds both into the folder; ends with 1
where a file is missing.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Ends of names. A program runs without any of these files, so that no other test fails for them.
WHEEL: tuple[str, ...] = (
    ".dist-info/licenses/LICENSE",
    "edgecheck/py.typed",
    "edgecheck/render/templates/report.html",
    "edgecheck/snippets/python.py",
)
SDIST: tuple[str, ...] = (
    "/CHANGELOG.md",
    "/CONTRIBUTING.md",
    "/LICENSE",
    "/Makefile",
    "/README.md",
    "/SECURITY.md",
    "/docs/design.md",
    "/edgecheck/py.typed",
    "/tests/conftest.py",
)
METADATA = ("License-Expression: MIT", "License-File: LICENSE")


class IncompleteError(Exception):
    """A distribution lacks something; the text says what."""


def build(folder: Path, *options: str) -> list[Path]:
    """Build both into a folder that may be missing, and check them.

    Args:
        folder: gets an sdist and a wheel that is built from it.
        options: of `python -m build`; ``--no-isolation`` uses the hatchling that is installed.

    Raises:
        IncompleteError: one lacks something.
        subprocess.CalledProcessError: the build failed; its words are on standard error.
    """
    before = set(folder.glob("*")) if folder.is_dir() else set()
    subprocess.run(
        [sys.executable, "-m", "build", *options, "--outdir", folder, ROOT],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    made = sorted(set(folder.glob("*")) - before)
    for each in made:
        missing = lacks(each)
        if missing:
            raise IncompleteError(f"{each.name} lacks {', '.join(missing)}")
    if {each.suffix for each in made} != {".whl", ".gz"}:
        raise IncompleteError(f"{folder} got {[each.name for each in made]}, not two new files")
    return made


def lacks(distribution: Path) -> list[str]:
    """Return what a wheel or an sdist should hold and does not."""
    if distribution.suffix == ".whl":
        with zipfile.ZipFile(distribution) as wheel:
            names = wheel.namelist()
            (of_metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
            metadata, wanted = wheel.read(of_metadata).decode(), WHEEL
    else:
        with tarfile.open(distribution) as sdist:
            names = sdist.getnames()
            of_metadata = f"{distribution.name.removesuffix('.tar.gz')}/PKG-INFO"
            metadata, wanted = _read(sdist, of_metadata), SDIST
    missing = [end for end in wanted if not any(name.endswith(end) for name in names)]
    return missing + [line for line in METADATA if line not in metadata.splitlines()]


def _read(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    assert file is not None  # a regular file has content
    return file.read().decode()


if __name__ == "__main__":
    try:
        for path in build(Path(sys.argv[1]), *sys.argv[2:]):
            print(path)
    except IncompleteError as error:
        sys.exit(f"release/distributions.py: {error}")
