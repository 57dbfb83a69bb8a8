"""``checkvalve``, also as ``python -m checkvalve``: an interruption is heeded before the rest is imported."""

import os
import signal


def main() -> None:
    """Run the command of the command line."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)
    from checkvalve.cli.main import main as commands

    commands()


def _leave(number: int, frame: object) -> None:
    """Nothing has begun, so there is nothing to clean up."""
    del frame
    try:
        os.write(2, b"checkvalve: interrupted; nothing was written\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()
