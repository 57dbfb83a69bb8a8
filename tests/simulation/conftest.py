"""Small scenarios, written once a test run."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from checkvalve.simulation.write import write

SCALE = 0.08


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a small edition of a scenario, each once."""

    @cache
    def folder(scenario: str) -> Path:
        target = tmp_path_factory.mktemp(scenario)
        write(scenario, seed=5, folder=target, scale=SCALE)
        return target

    return folder
