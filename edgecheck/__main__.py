"""`edgecheck`, and `python -m edgecheck`: signals are handled before anything else is imported."""

import _signal  # type: ignore[import-not-found]
import os

_early: list[int] = []
# These modules are in the interpreter; the import of a file takes long enough to be interrupted.
for _number in (_signal.SIGINT, _signal.SIGTERM):
    if _signal.getsignal(_number) != _signal.SIG_IGN:
        _signal.signal(_number, lambda number, _: _early.append(number))

from . import signals  # noqa: E402

signals.note(_early)


def main() -> None:
    """Run the command line of this process and exit."""
    try:
        from .cli import main

        main()
    except KeyboardInterrupt:
        # Another Ctrl-C, before the first one was heeded.
        os._exit(signals.exit_code())


if __name__ == "__main__":
    main()
