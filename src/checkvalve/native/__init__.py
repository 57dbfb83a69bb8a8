"""The few loops that run once for every record, compiled. Everything works without them, more slowly.

``kernels.c`` is built with the package where there is a C compiler (``pyproject.toml``: optional). What it does is
also written in Python or SQL, and tests hold the two equal: `numbering.automaton`, and the reader and the SQL twin of
each source that is read by its forms (`sources.forms`).
"""

from importlib import import_module
from types import ModuleType


def _built() -> ModuleType | None:
    try:
        return import_module("checkvalve.native.kernels")
    except ImportError:
        return None


kernels = _built()
"""The compiled module; None where it was not built."""
