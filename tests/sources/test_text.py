"""Bytes become clean lines with the right numbers, whatever the encoding and wherever the blocks are cut."""

import codecs
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkvalve.sources import text
from checkvalve.sources.text import Chunk, TooLong, chunks, decoded, text_lines, text_of


def lines(content: bytes) -> list[str | TooLong]:
    """All lines of a content that comes in one block."""
    return list(text_lines([content]))


def numbered(found: list[Chunk]) -> dict[int, str]:
    """Line number → line, over all chunks."""
    return {
        number: chunk.overlong.get(number, line)
        for chunk in found
        for number, line in enumerate(chunk.lines(), chunk.first_line)
    }


def in_blocks(content: bytes, size: int) -> Iterator[bytes]:
    """The content in blocks of that size."""
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"\n", [""]),
        (b"\n\na", ["", "", "a"]),
        (b"a\r\nb\nc\r\n", ["a", "b", "c"]),
        (b"a\rb\nc", ["a\rb", "c"]),
        (b"a\r\n\r\nb", ["a", "", "b"]),
        (b"a\0b\n\x01\n", ["a\0b", "\x01"]),
        (b"a\x0bb\x0cc\x1cd\xc2\x85e\xe2\x80\xa8f\n", ["a\x0bb\x0cc\x1cd\x85e\u2028f"]),
    ],
)
def test_lines(content: bytes, expected: list[str]) -> None:
    """Only a line feed, alone or behind a return, ends a line; everything else stays in it."""
    assert lines(content) == expected


def test_utf_8_mark() -> None:
    """A byte-order mark is no part of the first line."""
    assert lines(codecs.BOM_UTF8 + "é\n".encode()) == ["é"]


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(name: str) -> None:
    """UTF-16 is told by its mark, in either order of bytes."""
    mark = {"utf-16": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[name]
    assert lines(mark + "é\r\n😀\n".encode(name)) == ["é", "😀"]


def test_torn_utf_16() -> None:
    """Half a character at the end of UTF-16 is a replacement mark and no failure."""
    assert lines("ab".encode("utf-16")[:-1]) == ["a\N{REPLACEMENT CHARACTER}"]


def test_other_encodings_stay_visible() -> None:
    """Bytes that are no UTF-8 can still be read as what they are."""
    assert lines("café\n".encode("latin-1") + b"\xc3\n\xa9") == ["caf\\xe9", "\\xc3", "\\xa9"]


def test_text_of_a_head() -> None:
    """A text cut inside a character loses nothing but that character."""
    assert text_of("aé".encode()[:-1]) == "a\\xc3"


@given(content=st.binary(max_size=60), size=st.integers(1, 70), limit=st.integers(1, 40), chunk=st.integers(1, 80))
@example(content=b"a\nbbbb", size=1, limit=3, chunk=80)
@example(content=b"aaa\r\nb", size=1, limit=3, chunk=1)
@example(content=codecs.BOM_UTF8 + b"a", size=1, limit=9, chunk=1)
@example(content="aé".encode("utf-16"), size=1, limit=9, chunk=1)
def test_blocks_change_nothing(content: bytes, size: int, limit: int, chunk: int) -> None:
    """The same lines come out with the same numbers, however the content is cut into blocks and chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "MAX_LINE", limit)
        whole = list(chunks([content]))
        cut = list(chunks(in_blocks(content, size), chunk))
    assert numbered(cut) == numbered(whole)
    assert {number: line for one in cut for number, line in one.overlong.items()} == {
        number: line for one in whole for number, line in one.overlong.items()
    }


@given(content=st.binary(max_size=60), limit=st.integers(1, 40))
def test_every_line_is_there(content: bytes, limit: int) -> None:
    """There are as many lines as line ends, too long ones included, and each is whole or reported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "MAX_LINE", limit)
        found = lines(content)
    plain = b"".join(decoded([content])).replace(b"\r\n", b"\n")
    expected = plain.removesuffix(b"\n").split(b"\n") if plain else []
    assert len(found) == len(expected)
    for line, original in zip(found, expected, strict=True):
        assert isinstance(line, TooLong) == (len(original) > limit)
        if isinstance(line, str):
            assert line == original.decode("utf-8", "backslashreplace")


def test_endless_line_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of megabytes is passed over block by block: only its beginning is kept, and the numbers stay right."""
    monkeypatch.setattr(text, "MAX_LINE", 10_000)
    gathered = text._Gathered()
    found = []
    for block in (b"first\nlong", *([b"x" * 1000] * 5000), b"\nlast"):
        gathered.add(block)
        assert gathered.size <= 20_000
        if gathered.size >= 10_000:
            found += list(gathered.cut())
    found += list(gathered.finish())
    shown = numbered(found)
    assert (shown[1], shown[2][:6], shown[3]) == ("first", "longxx", "last")
    assert len(shown[2]) <= 2000
    assert [number for one in found for number in one.overlong] == [2]


@pytest.mark.parametrize("content", [b"xxxxxx", b"a\nxxxxxx", b"xxxxxx\n", b"xxxxxx\nb", b"xxxxxx\r\nxxxxxx"])
def test_long_line_anywhere(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A line that is too long is reported wherever it stands, also at the very end without a line end."""
    monkeypatch.setattr(text, "MAX_LINE", 5)
    found = lines(content)
    assert len(found) == len(content.split())
    assert [isinstance(line, TooLong) for line in found] == [b"x" in word for word in content.split()]
