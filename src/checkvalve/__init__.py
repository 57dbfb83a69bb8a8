"""checkvalve: finds SMS pumping in past logs, says what it cost, and shuts the leak.

``from checkvalve import Guard`` gives the guard; it is imported when it is asked for, so that commands start fast.
"""

from typing import Any

__version__ = "0.1.0"
_GUARD = ("Action", "Attempt", "Decision", "Event", "Guard", "Policy", "Reason")


def __getattr__(name: str) -> Any:
    """The guard's names, imported now."""
    if name in _GUARD:
        from importlib import import_module

        return getattr(import_module("checkvalve.guard"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All public names."""
    return [*globals(), *_GUARD]
