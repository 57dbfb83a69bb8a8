"""Which inputs hold nothing that another does not: the same content again, or its beginning.

A rotated or repacked copy has the same content under another name; a log copied at noon is the beginning of the
same log copied in the evening. Both would count every request twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from checkvalve.sources.opening import Opened, head_of

_KEY = 512


def copies(paths: Iterable[Path]) -> dict[Path, Path]:
    """Which of the files are contained whole at the beginning of another, and in which.

    Files are compared by unpacked content. An empty file is no copy of anything. Raises `Surroundings` when a file
    cannot be read.
    """
    groups: dict[bytes, list[Path]] = defaultdict(list)
    short: list[Path] = []
    for path in paths:
        head = head_of(path, _KEY)
        if len(head) < _KEY:
            short.append(path)
        else:
            groups[head].append(path)
    found: dict[Path, Path] = {}
    for group in [*groups.values(), short]:
        found.update(_within(group))
    return found


def _within(group: list[Path]) -> dict[Path, Path]:
    found: dict[Path, Path] = {}
    for index, one in enumerate(group):
        for other in group[index + 1 :]:
            if one in found:
                break
            if other in found:
                continue
            shorter = _shorter_if_contained(one, other)
            if shorter == "first":
                found[one] = other
            elif shorter == "second":
                found[other] = one
    return found


def _shorter_if_contained(one: Path, other: Path) -> str | None:
    """Does one content begin with the other? Equal content makes the second the copy; empty files are none."""
    left, right = Opened(one).blocks(), Opened(other).blocks()
    a = b = b""
    compared = 0
    while True:
        a = a or _next(left)
        b = b or _next(right)
        if not a or not b:
            break
        size = min(len(a), len(b))
        if a[:size] != b[:size]:
            return None
        compared += size
        a, b = a[size:], b[size:]
    if not compared:
        return None
    return "second" if not b else "first"


def _next(blocks: Iterator[bytes]) -> bytes:
    for block in blocks:
        if block:
            return block
    return b""
