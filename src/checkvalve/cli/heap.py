"""The memory of a process that makes and drops large arrays all the time."""

import ctypes
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
"""What `mallopt` calls its parameters (malloc.h of the GNU C library)."""
_NEVER = 2**31 - 1


def reuse_memory() -> None:
    """Have arrays made of memory that others gave back, in place of new pages of the kernel for each.

    By default the GNU C library maps each large array by itself and lets it go at once: the kernel clears its pages
    before they are used, which took a quarter of the time of what comes after the reading. One heap for all threads,
    as arrays are made in one and dropped in another. Holds for the whole process, so it is for a program, not for a
    library. Other C libraries stay as they are.
    """
    if sys.platform != "linux":
        return
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_ARENA_MAX, 1)):
            mallopt(parameter, value)
