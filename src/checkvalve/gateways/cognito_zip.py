"""The zip that AWS Lambda runs: the files of `checkvalve.gateways.cognito`, and packages that are given along.

The files are named ``checkvalve_cognito`` in it and import nothing of checkvalve. The same files make the same zip,
byte for byte, so that a deployment sees when nothing changed.
"""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from checkvalve.errors import Surroundings, Usage

PACKAGE = "checkvalve_cognito"
LARGEST_BYTES = 250 << 20
"""What Lambda takes at most, unpacked, with all layers."""
_OWN = Path(__file__).with_name("cognito")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write(to: Path, packages: Path | None = None) -> int:
    """Write the zip; how many files are in it?

    Args:
        to: the zip, replaced if it is there.
        packages: a folder whose content is put beside, as ``pip install --target`` makes one.

    Raises:
        Usage: where there is no such folder, or it is too large for Lambda.
        Surroundings: where the zip cannot be written.
    """
    members = [*_own()]
    if packages is not None:
        if not packages.is_dir():
            todo = "make it with 'pip install --target FOLDER …'"
            raise Usage("there is no such folder", where=str(packages), todo=todo)
        members += _beside(packages)
    size = sum(path.stat().st_size for _, path in members)
    if size > LARGEST_BYTES:
        raise Usage(f"{size:,} bytes are more than Lambda takes ({LARGEST_BYTES:,})", where=str(packages))
    part = to.with_name(f"{to.name}.part")
    try:
        with ZipFile(part, "w") as archive:
            for name, path in members:
                info = ZipInfo(name, _EPOCH)
                info.external_attr, info.compress_type = 0o644 << 16, ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
        part.replace(to)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Surroundings(f"the zip cannot be written ({error.strerror})", where=str(to)) from error
    return len(members)


def _own() -> Iterator[tuple[str, Path]]:
    for path in sorted(_OWN.glob("*.py")):
        yield f"{PACKAGE}/{path.name}", path


def _beside(packages: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(packages.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(packages).as_posix(), path
