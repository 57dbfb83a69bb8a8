"""How the tests read what the generator wrote."""

import gzip
from functools import cache
from pathlib import Path

import zstandard


def text_of(path: Path) -> str:
    """The text of a file, whatever it is compressed with."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    return data.decode()


@cache
def logs_of(folder: Path) -> dict[str, str]:
    """The text of every log of a written scenario, by its path under ``logs``."""
    base = folder / "logs"
    return {str(path.relative_to(base)): text_of(path) for path in sorted(base.rglob("*")) if path.is_file()}
