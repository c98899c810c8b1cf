"""The command line: credentials in the open, and a client certificate out of date (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...escapes import escape
from ...settings.model import Settings
from ...wording.certificates import validity_of_own
from ..defect import Defect
from ..finding import ERROR, WARNING, finding


def header_credential_exposed(settings: Settings) -> Iterator[Defect]:
    """Find a credential that was given on the command line."""
    exposed = [field for field in settings.connection.request.fields if field.exposed]
    if exposed:
        names = ", ".join(escape(field.name) for field in exposed)
        yield finding(
            "header-credential-exposed",
            settings,
            WARNING,
            f"--header gives {names}",
            where="--header",
            names=names,
        )


def client_certificate_rule(code: str, date: str) -> Callable[[Settings], Iterator[Defect]]:
    """Return the rule for a client certificate that this machine's clock contradicts.

    Args:
        code: of the entry.
        date: which date is wrong, ``not_before`` or ``not_after``.
    """

    def rule(settings: Settings) -> Iterator[Defect]:
        certificate = settings.connection.way.certificate
        if certificate is None or certificate.outdated != date:
            return
        yield finding(
            code,
            settings,
            ERROR,
            validity_of_own(certificate.not_before, certificate.not_after),
            f"{escape(certificate.subject)}, issued by {escape(certificate.issuer)}",
            where="--cert",
            cert_file=escape(str(certificate.file)),
            **{date: getattr(certificate, date)},
        )

    return rule
