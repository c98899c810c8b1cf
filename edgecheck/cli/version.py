"""`edgecheck --version`."""

from __future__ import annotations

from .. import __version__


def version_text(*, verbose: bool) -> str:
    """Say which edgecheck this is; where verbose, what it stands on as well."""
    text = f"edgecheck {__version__}"
    if not verbose:
        return text
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
