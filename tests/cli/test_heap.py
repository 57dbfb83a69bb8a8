"""Memory that is given back is used again."""

import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource
from checkvalve.cli.heap import reuse_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(64 << 20)  # cleared by hand where its memory was used before, by the kernel where it is new
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if {reused}:
    reuse_memory()
faults()
print(faults())
"""


def faults_of_the_second(*, reused: bool) -> int:
    """How many new pages does a large array take whose like was there before?"""
    script = _FAULTS.format(reused=reused)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(found.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries stay as they are")
def test_the_memory_of_an_array_is_there_for_the_next() -> None:
    """A large array that follows another takes hardly a new page; by default it takes all of its own."""
    assert faults_of_the_second(reused=True) * 10 < faults_of_the_second(reused=False)
