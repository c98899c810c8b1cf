"""`edgecheck --version`."""

from __future__ import annotations

from .. import __version__


def version_text(*, verbose: bool) -> str:
    """Return the version of edgecheck; if verbose, also those of Python and its libraries."""
    text = f"edgecheck {__version__}"
    if not verbose:
        return text
    # Slow, and scripts ask only for the version.
    import platform
    import ssl
    from importlib.metadata import version

    return "\n".join(
        (
            text,
            f"Python {platform.python_version()} on {platform.platform()}",
            f"websockets {version('websockets')}",
            ssl.OPENSSL_VERSION,
        )
    )
