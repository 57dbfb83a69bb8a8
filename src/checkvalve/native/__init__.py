"""The few loops that run once for every record, compiled. Everything works without them, more slowly.

They are built with the package where there is a C compiler (``pyproject.toml``: optional). What they do is also
written in Python or SQL, and tests hold the two equal: for ``kernels.c`` `numbering.automaton`, `statistics.ragged`,
and the reader and the SQL twin of each source that is read by its forms (`sources.forms`); for ``records.c``, which
the guard asks for each attempt, `guard.index` and `guard.nodes`.
"""

from importlib import import_module
from types import ModuleType


def _built(name: str) -> ModuleType | None:
    try:
        return import_module(f"checkvalve.native.{name}")
    except ImportError:
        return None


kernels = _built("kernels")
"""The loops of an investigation; None where they were not built."""
records = _built("records")
"""The guard's walks over the records of an attempt; None where they were not built."""
