"""How many authorities this machine trusts, counted as the TLS context finds them."""

from __future__ import annotations

import platform
import ssl
from pathlib import Path

_KEPT_ELSEWHERE = platform.system() in ("Windows", "Darwin")


def trusted_roots() -> int | None:
    """Count the certificates of the trust store; None where the store is not in files.

    Windows and macOS keep it elsewhere, and are never without one. Reads what truststore reads: the
    file and the folder of OpenSSL, or the usual files of Linux.
    """
    if _KEPT_ELSEWHERE:
        return None
    from truststore import _openssl  # slow, and needed after a failure alone

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with _openssl._configure_context(context):  # noqa: SLF001
            count = context.cert_store_stats()["x509_ca"]
    except (OSError, ssl.SSLError):
        return None
    folder = ssl.get_default_verify_paths().capath
    try:
        # Certificates of a folder are read one by one when they are asked for.
        return count + (sum(1 for _ in Path(folder).glob("*.[0-9]")) if folder else 0)
    except OSError:
        return count
