"""What holds for all tests."""

import os
from importlib import import_module
from pkgutil import walk_packages

from hypothesis import HealthCheck, settings

import checkvalve

# A busy machine is no reason to fail: nothing that is timed decides.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What `scripts/test` decides is decided by the same examples on every machine; looking for new ones is a run of its
# own: HYPOTHESIS_PROFILE=search python -m pytest
settings.register_profile("repeatable", _UNHURRIED, derandomize=True)
settings.register_profile("search", _UNHURRIED, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_collection_finish() -> None:
    """Load every module: hypothesis draws constants of those that are loaded, so examples would depend on the order of
    tests, and on the process that runs them.
    """
    for module in walk_packages(checkvalve.__path__, "checkvalve."):
        if not module.name.endswith("__main__") and not module.name.startswith("checkvalve.native."):
            import_module(module.name)
