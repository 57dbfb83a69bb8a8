"""Which files did the caller mean? Files, folders and patterns become a list in a fixed order."""

import difflib
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkvalve.cli.output import INVESTIGATION
from checkvalve.errors import Usage


@dataclass
class Inputs:
    """The files to read, and what was left out, with the reason in words."""

    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def expand(arguments: Sequence[str]) -> Inputs:
    """Which files do the arguments name?

    A folder stands for every file in it and in its folders, sorted by name; hidden ones and the results of former
    investigations are left out. A pattern with ``*``, ``?`` or ``[`` stands for what it matches. A file that is
    named twice counts once. What is told as left out: a file whose name is not UTF-8, for no result could name it;
    of a folder or pattern also what is no file, and a link to another folder. Raises `Usage` for an argument that
    names nothing.
    """
    inputs = Inputs()
    seen: set[str] = set()
    for argument in arguments:
        for path in _named(argument, inputs.left_out):
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            if (name := shown(path)) == str(path):
                inputs.files.append(path)
            else:
                inputs.left_out.append(f"{name}: the name is not UTF-8; rename the file to have it read")
    if not inputs.files:
        raise Usage(inputs.left_out[0])
    return inputs


def shown(path: Path) -> str:
    r"""The name of a file as text; bytes that are no UTF-8 are written out.

    >>> shown(Path("web/access.log")), shown(Path(os.fsdecode(b"\xff.log")))
    ('web/access.log', '\\xff.log')
    """
    return os.fsencode(path).decode(errors="backslashreplace")


def _named(argument: str, left_out: list[str]) -> list[Path]:
    if not argument:
        raise Usage("the name of an input is empty", todo="name a file or folder; '.' is the current one")
    path = Path(argument)
    if path.is_dir():
        before = len(left_out)
        found = list(_walk(path, left_out))
        if not found and len(left_out) == before:
            raise Usage("the folder holds no file", where=argument, todo="name the files, or another folder")
        return found
    if path.exists():
        return [_regular(path)]
    if glob.has_magic(argument):
        return _matching(argument, left_out)
    if argument == "-":
        raise Usage("standard input cannot be read twice", where="-", todo="save it to a file and name that")
    if path.is_symlink():
        raise Usage("a link that leads to no file", where=argument, todo="name the file that it should lead to")
    raise Usage("no such file or folder", where=argument, todo=_suggestion(path))


def _regular(path: Path) -> Path:
    if not path.is_file():
        raise Usage("not a regular file, and it is read twice", where=str(path), todo="save it to a file first")
    return path


def _matching(pattern: str, left_out: list[str]) -> list[Path]:
    found: list[Path] = []
    before = len(left_out)
    for path in sorted(map(Path, glob.glob(pattern, recursive=True))):  # noqa: PTH207  Path.glob wants a folder apart
        if path.is_file() and not _is_result(path):
            found.append(path)
        elif path.is_dir() and "**" not in pattern:
            found.extend(_walk(path, left_out))
        elif reason := _unreadable(path):
            left_out.append(f"{shown(path)}: {reason}")
    if not found and len(left_out) == before:
        raise Usage("no file matches this pattern", where=pattern, todo="check it with 'ls', and quote it")
    return found


def _walk(top: Path, left_out: list[str]) -> Iterator[Path]:
    """Every file below ``top``, sorted, folder by folder."""

    def tell(error: OSError) -> None:
        left_out.append(f"{error.filename}: {error.strerror}")

    for folder, folders, names in os.walk(top, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        left_out.extend(
            f"{shown(path)}: a link to a folder elsewhere; name that folder to have it read"
            for path in (Path(folder, name) for name in folders)
            if path.is_symlink() and not path.resolve().is_relative_to(top.resolve())
        )
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            if reason := _unreadable(path):
                left_out.append(f"{shown(path)}: {reason}")
            elif not _is_result(path):
                yield path


def _unreadable(path: Path) -> str | None:
    """Why what a folder or a pattern names cannot be read; None for files and folders."""
    if path.is_file() or path.is_dir():
        return None
    if path.is_symlink() and not path.exists():
        return "a link that leads to no file"
    return "not a regular file, and it is read twice; save it to a file first"


def _is_result(path: Path) -> bool:
    """Did a former investigation write this file?"""
    return path.name in INVESTIGATION and all((path.parent / name).exists() for name in INVESTIGATION)


def _suggestion(path: Path) -> str:
    try:
        there = [each.name for each in path.parent.iterdir()]
    except OSError:
        return f"check the path; there is no folder {path.parent}"
    near = difflib.get_close_matches(path.name, there, n=1)
    return f"did you mean {path.parent / near[0]}?" if near else "check the spelling"
