"""`edgecheck`, and `python -m edgecheck`: signals are handled before anything else is imported."""

import _signal  # type: ignore[import-not-found]
import os

_early: list[int] = []
# These modules are in the interpreter; the import of a file takes long enough to be interrupted.
if callable(_signal.getsignal(_signal.SIGINT)):
    _signal.signal(_signal.SIGINT, lambda number, _: _early.append(number))

from . import signals  # noqa: E402

signals.note(_early)


def main() -> None:
    """Run the command line of this process and exit."""
    try:
        from .cli import main

        main()
    except KeyboardInterrupt:
        # Another Ctrl-C, before the first one was heeded.
        os._exit(signals.INTERRUPTED)


if __name__ == "__main__":
    main()
