"""Cut the secret out of what the lint says (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from ..backend.profile import Variables
from ..frozen import replace
from ..settings.credentials import SHORTEST
from ..settings.model import Settings
from ..settings.pieces import longest_first
from ..settings.secret import Secret
from .defect import Defect
from .finding import readable_file, value_of
from .rules.secret import SecretShape, is_placeholder


def secrets_in(*settings: Settings) -> list[Secret]:
    """Return every value that is the secret or looks like a credential, the longest first."""
    found = [each for one in settings for each in (*read_as_secret(one), *one.credentials)]
    return _maskable({each.reveal() for each in found})


def read_as_secret(settings: Settings) -> list[Secret]:
    """Return every value that is the secret, or that some reader reads as the secret."""
    texts = {value_of(settings, settings.names.secret) or ""}
    file = readable_file(settings)
    if file is not None:
        # What no rule has read, no rule can show.
        name = settings.names.secret
        texts.update(readings.value(name) or "" for readings in file.read_so_far)
        for line in file.statements(name):
            texts.update((line.value or "", line.written or ""))
    clean = {SecretShape.of(text).clean for text in texts}
    return _maskable(texts | clean)


def _maskable(texts: Iterable[str]) -> list[Secret]:
    # A shorter value can occur in any sentence by chance, and a placeholder is not a secret.
    long = filter(lambda text: len(text) >= SHORTEST and not is_placeholder(text), texts)
    return [Secret(text) for text in longest_first(long)]


def cleared(defect: Defect, secrets: Iterable[Secret], names: Variables) -> Defect:
    """Cut secrets out of a defect's texts; the names of the settings stay."""
    secrets = tuple(secrets)
    texts = (defect.where, *defect.evidence, *defect.values.values(), *defect.remedies)
    together = "\n".join(texts)
    # Most hold none, which one look at all of them tells.
    if all(value.cut_out_of(together, names.all) == together for value in secrets):
        return defect

    def clear(text: str) -> str:
        for value in secrets:
            text = value.cut_out_of(text, names.all)
        return text

    return replace(
        defect,
        where=clear(defect.where),
        evidence=tuple(map(clear, defect.evidence)),
        values={name: clear(value) for name, value in defect.values.items()},
        remedies=tuple(map(clear, defect.remedies)),
    )
