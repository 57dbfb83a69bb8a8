"""The few loops that run once for every record, compiled. Everything works without them, more slowly.

They are built with the package where there is a C compiler (``pyproject.toml``: optional). What they do is also written
in Python or SQL, and tests hold the two equal: for ``forms.c`` the reader and the SQL twin of each source that is read
by its forms (`sources.forms`), for ``access.c`` those of access logs (`sources.web_combined` and
`sources.scan_combined`), for ``walks.c`` `numbering.automaton` and `statistics.ragged`, for ``series.c``
`statistics.screening`, for ``records.c`` and ``placing.c``, which the guard asks for each attempt, `guard.index`,
`guard.nodes` and `guard.places`, and for ``asking.c`` and ``answering.c``, which a guard with a shared memory asks
before and after each call, `guard.shared`.
"""

import warnings
from importlib import import_module
from types import ModuleType

_LAYOUT = 3
"""As in ``module.h``: raised with what is called and how records lie, so that nothing asks a module built before."""


def _built(name: str) -> ModuleType | None:
    try:
        module = import_module(f"checkvalve.native.{name}")
    except ImportError:
        return None
    if getattr(module, "LAYOUT", None) == _LAYOUT:
        return module
    told = f"checkvalve.native.{name} was built from other source and is left out: install checkvalve again"
    warnings.warn(told, RuntimeWarning, stacklevel=2)
    return None


forms = _built("forms")
"""Cuts lines into forms; None where it was not built."""
access = _built("access")
"""Cuts plain lines of access logs; None where it was not built."""
walks = _built("walks")
"""Walks over the number plan and the cells of the tests on ranges; None where it was not built."""
series = _built("series")
"""Counts and screens before the tests on ranges; None where it was not built."""
records = _built("records")
"""The guard's walks over the records of an attempt; None where it was not built."""
placing = _built("placing")
"""Where an attempt belongs in the guard's memory; None where it was not built."""
asking = _built("asking")
"""What a guard with a shared memory asks of it, as it goes over the wire; None where it was not built."""
answering = _built("answering")
"""What it makes of the answer; None where it was not built."""
