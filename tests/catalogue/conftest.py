"""The lint of a file of settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.config import LINT
from edgecheck.lint.defect import Defect
from edgecheck.settings.sources import Options
from tests.catalogue.settings_files import CLEAN, read


@pytest.fixture
def lint(tmp_path: Path) -> Callable[..., tuple[Defect, ...]]:
    """Lint a file's text, read from disk as always; each defect fills what its entry says."""

    def lint(
        env: str | bytes | None = CLEAN, options: Options | None = None, **environ: str
    ) -> tuple[Defect, ...]:
        defects = LINT.lint(read(tmp_path, env, options, **environ))
        for defect in defects:
            assert set(PROBLEMS[defect.code].fills) <= set(defect.values), defect.code
        return defects

    return lint
