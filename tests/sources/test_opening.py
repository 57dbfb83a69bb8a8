"""Files are opened whatever they are packed in, and what is whole of a broken one is read."""

import bz2
import gzip
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.sources import opening
from checkvalve.sources.opening import Opened, head_of

Pack = Callable[[bytes], bytes]

PACKINGS: dict[str, Pack] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
}
CONTENT = b"".join(b"line %d of a log\n" % number for number in range(5000))

each_packing = pytest.mark.parametrize("name", PACKINGS)
each_compression = pytest.mark.parametrize("name", [name for name in PACKINGS if name != "plain"])


def opened(path: Path, content: bytes) -> tuple[Opened, bytes]:
    """The file after it was written and read to its end, and what came out."""
    path.write_bytes(content)
    file = Opened(path)
    return file, b"".join(file.blocks())


@each_packing
@given(content=st.binary(max_size=300))
def test_same_content(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    """Whatever a file is packed in, the same bytes come out, and nothing is to be said about it."""
    content = b"x" + content
    file, found = opened(tmp_path_factory.getbasetemp() / "content", PACKINGS[name](content))
    assert (found, file.packing, file.note) == (content, name, None)


@each_packing
def test_digest_of_the_file_on_disk(tmp_path: Path, name: str) -> None:
    """The digest is that of the packed file, so that anybody can check it."""
    packed = PACKINGS[name](CONTENT)
    file, _ = opened(tmp_path / "file", packed)
    assert file.sha256 == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 80_000, len(CONTENT)])
def test_digest_of_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The digest is that of the whole file, of however many blocks, and whoever reads may stop at any."""
    monkeypatch.setattr(opening, "BLOCK", 1000)
    file, found = opened(tmp_path / "file", CONTENT[:size])
    assert (found, file.sha256) == (CONTENT[:size], hashlib.sha256(CONTENT[:size]).hexdigest())
    blocks = file.blocks()
    assert CONTENT.startswith(next(blocks))
    del blocks


@each_compression
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, name: str, share: float) -> None:
    """A packed file that ends early gives what can be unpacked of it, and a note."""
    packed = PACKINGS[name](CONTENT)
    file, found = opened(tmp_path / "file", packed[: int(len(packed) * share)])
    assert CONTENT.startswith(found)
    assert file.note is not None
    assert "end early" in file.note


def test_truncated_gives_what_is_whole(tmp_path: Path) -> None:
    """Of a gzip file that lacks its last bytes nearly all of the content comes out."""
    _, found = opened(tmp_path / "file", gzip.compress(CONTENT)[:-20])
    assert len(found) > 0.9 * len(CONTENT)


@each_compression
def test_damaged(tmp_path: Path, name: str) -> None:
    """A packed file with damage in the middle gives the beginning, and a note that says so."""
    packed = bytearray(PACKINGS[name](CONTENT))
    packed[len(packed) // 2 :] = b"\xaa" * (len(packed) - len(packed) // 2)
    file, found = opened(tmp_path / "file", bytes(packed))
    assert len(found) <= len(CONTENT) + opening.BLOCK
    assert file.note is not None


@each_compression
def test_several_members(tmp_path: Path, name: str) -> None:
    """Packed files that were put one behind another (log shippers do) are one content."""
    members = [CONTENT[at : at + 1000] for at in range(0, len(CONTENT), 1000)]
    file, found = opened(tmp_path / "file", b"".join(map(PACKINGS[name], members)))
    assert (found, file.note) == (CONTENT, None)


@each_compression
@pytest.mark.parametrize("zeros", [1, 511, 100_000])
def test_padding(tmp_path: Path, name: str, zeros: int) -> None:
    """Zeros behind a packed file (tapes and block devices leave them) are no damage."""
    file, found = opened(tmp_path / "file", PACKINGS[name](CONTENT) + bytes(zeros))
    assert (found, file.note) == (CONTENT, None)


def test_rubbish_behind(tmp_path: Path) -> None:
    """What stands behind a packed file and is none of it does not cost the content, and is told."""
    file, found = opened(tmp_path / "file", gzip.compress(CONTENT) + b"no gzip")
    assert found == CONTENT
    assert file.note is not None


@each_compression
def test_blocks_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A small file of a very long monotonous content is unpacked in pieces and never held whole."""
    monkeypatch.setattr(opening, "_SLICE", 256)
    long = bytes(32 << 20)
    (tmp_path / "file").write_bytes(PACKINGS[name](long))
    sizes = [len(block) for block in Opened(tmp_path / "file").blocks()]
    assert sum(sizes) == len(long)
    assert max(sizes) <= len(long) // 2


def test_text_that_begins_like_a_packing(tmp_path: Path) -> None:
    """A text whose first letters are those of a packed file is still a text."""
    file, found = opened(tmp_path / "file", b"BZhang was here\n")
    assert (found, file.packing, file.note) == (b"BZhang was here\n", "plain", None)


def test_empty_file(tmp_path: Path) -> None:
    """An empty file has no content and nothing wrong with it."""
    file, found = opened(tmp_path / "file", b"")
    assert (found, file.note) == (b"", None)


def test_unreadable(tmp_path: Path) -> None:
    """What cannot be opened is a matter of the surroundings, with the place and the system's reason."""
    with pytest.raises(Surroundings) as caught:
        list(Opened(tmp_path).blocks())
    assert caught.value.where == str(tmp_path)
    assert "directory" in caught.value.what


def test_vanished(tmp_path: Path) -> None:
    """A file that is no longer there says so in words."""
    with pytest.raises(Surroundings, match="no such file"):
        head_of(tmp_path / "gone")


class _BreaksLater(io.FileIO):
    """A file whose disk fails after the first block."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_disk_that_fails_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before the disk failed is kept, and the failure is told."""
    monkeypatch.setattr(opening, "BLOCK", 100)
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    monkeypatch.setattr(Path, "open", lambda *_: _BreaksLater(path))
    file = Opened(path)
    assert b"".join(file.blocks()) == CONTENT[:100]
    assert file.note is not None
    assert "input/output error" in file.note


@pytest.mark.parametrize(("block", "line"), [(100, 7), (64 << 10, 90), (64 << 10, 40_000)])
def test_plain_blocks_end_with_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, line: int
) -> None:
    """Where lines are short, each block but the first and last ends with one; else nothing is lost either."""
    monkeypatch.setattr(opening, "BLOCK", block)
    content = (b"x" * (line - 1) + b"\n") * (10 * block // line)
    (tmp_path / "file").write_bytes(content)
    blocks = list(Opened(tmp_path / "file").blocks())
    assert b"".join(blocks) == content
    torn = [one for one in blocks[1:-1] if not one.endswith(b"\n")]
    assert not torn or line > 32 << 10


@given(size=st.integers(1, 6000), cut=st.integers(1, 500))
def test_head(tmp_path_factory: pytest.TempPathFactory, size: int, cut: int) -> None:
    """The head of a file is its first bytes, unpacked, and never more than asked for."""
    path = tmp_path_factory.getbasetemp() / "head"
    path.write_bytes(gzip.compress(CONTENT[:cut]) + gzip.compress(CONTENT[cut:]))
    assert head_of(path, size) == CONTENT[:size]
