"""A file adds nothing when its content stands whole at the beginning of another."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.sources import copies as module
from checkvalve.sources.copies import copies


def written(folder: Path, *contents: bytes) -> list[Path]:
    """The contents as files, in order."""
    paths = [folder / f"{number}.log" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.mark.parametrize("size", [10, 5000, 20_000])
def test_same_content(tmp_path: Path, size: int) -> None:
    """Of equal files, packed or not, the first given is the original."""
    one, packed, again = written(tmp_path, b"a" * size, gzip.compress(b"a" * size), b"a" * size)
    assert copies([one, packed, again]) == {packed: one, again: one}
    assert copies([again, packed, one]) == {packed: again, one: again}


@pytest.mark.parametrize("size", [10, 5000])
def test_beginning(tmp_path: Path, size: int) -> None:
    """The copy of a log that has grown since is contained in it, whichever is given first."""
    noon, evening = written(tmp_path, b"a" * size, b"a" * size + b"b")
    assert copies([noon, evening]) == copies([evening, noon]) == {noon: evening}


@pytest.mark.parametrize("size", [10, 5000])
def test_different_ends(tmp_path: Path, size: int) -> None:
    """Files that only begin alike are no copies."""
    assert copies(written(tmp_path, b"a" * size + b"b", b"a" * size + b"c", b"a" * size + b"d")) == {}


def test_empty_files(tmp_path: Path) -> None:
    """An empty file is no copy of anything, and nothing is a copy of it."""
    assert copies(written(tmp_path, b"", b"", b"a")) == {}


def test_same_path_twice(tmp_path: Path) -> None:
    """A path given twice is one file and no copy of itself."""
    (path,) = written(tmp_path, b"a")
    assert copies([path, path]) == {}


@given(contents=st.lists(st.text("ab", max_size=12).map(str.encode), max_size=9))
def test_law(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    """Exactly the files that another begins with are copies, and each names a file that begins with it."""
    folder = tmp_path_factory.getbasetemp()
    paths = written(folder, *contents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_HEAD", 3)
        found = copies(paths)
    expected = {
        path
        for path, one in zip(paths, contents, strict=True)
        for other_path, other in zip(paths, contents, strict=True)
        if one and other.startswith(one) and (len(other) > len(one) or other_path < path)
    }
    assert found.keys() == expected
    for copy, original in found.items():
        assert copy != original
        assert original.read_bytes().startswith(copy.read_bytes())


def test_vanished(tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    (path,) = written(tmp_path, b"a")
    with pytest.raises(Surroundings) as caught:
        copies([path, tmp_path / "gone"])
    assert caught.value.where == str(tmp_path / "gone")
