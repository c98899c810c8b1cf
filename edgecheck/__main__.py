"""`edgecheck`, and `python -m edgecheck`: signals are handled before anything else is imported."""

import os

from . import signals

signals.note()


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
