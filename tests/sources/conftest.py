"""What the tests of the sources need from outside: tshark, which is installed where that can be done."""

import os
import shutil
import subprocess

import pytest

from checkvalve.sources import captures


@pytest.fixture(scope="session")
def tshark() -> bool:
    """Is tshark there? A machine that is ours to change (root, apt) gets it."""
    if shutil.which("tshark") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "tshark"]
        for command in (install, ["apt-get", "update"], install):
            if shutil.which("tshark") is None:
                environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
        captures.tshark.cache_clear()
    return shutil.which("tshark") is not None


@pytest.fixture
def with_tshark(tshark: bool) -> None:
    """The test needs tshark."""
    if not tshark:
        pytest.skip("tshark is not installed, and cannot be installed from here")
