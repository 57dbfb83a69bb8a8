"""Files are cut into the same numbered records, however their bytes arrive."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources import text
from checkvalve.sources.base import Broken, Record
from checkvalve.sources.framing import Layout, Piece, is_binary, layouts, pieces

LAYOUTS = (Layout("line"), Layout("json"), Layout("json", whole=True), Layout("csv"), Layout("ics"))
CONTENTS = (
    b'{"a": 1}\r\n\n{"b": 2}\n{"c"\n',
    b'{"events": [{"timestamp": 1, "message": "x"}, {"timestamp": 2, "message": "{}"}], "nextToken": "t"}',
    b'a,b\n1,"two\nlines"\n#,\n1\n',
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "first\nsecond é\n".encode("utf-16"),
)


def cut(layout: Layout, content: bytes, size: int | None = None) -> list[Piece]:
    """The pieces of a content that comes in blocks of that size, or in one."""
    size = size or len(content) or 1
    return list(pieces(layout, blocks(content, size)))


def blocks(content: bytes, size: int) -> Iterator[bytes]:
    """The content in blocks of that size."""
    return (content[at : at + size] for at in range(0, len(content), size))


def records(layout: Layout, content: bytes) -> list[Record | Broken | None]:
    """The pieces without their numbers."""
    return [piece.record for piece in cut(layout, content)]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@given(content=st.binary(max_size=80) | st.sampled_from(CONTENTS), size=st.integers(1, 90))
def test_blocks_change_nothing(layout: Layout, content: bytes, size: int) -> None:
    """The same pieces come out in whatever blocks the bytes arrive, numbered from 1 without a gap."""
    whole = cut(layout, content)
    assert cut(layout, content, size) == whole
    assert [piece.number for piece in whole] == list(range(1, len(whole) + 1))


@given(content=st.binary(max_size=200) | st.text('{}[]",:ab1\n;=', max_size=200).map(str.encode))
def test_any_bytes(content: bytes) -> None:
    """Whatever the bytes are, there is a way to cut them, and each way gives records, broken pieces or nothing."""
    found = layouts(content)
    assert found
    for layout in found:
        for record in records(layout, content):
            assert record is None or isinstance(record, str | dict | Broken)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"BEGIN:VCALENDAR\r\n", [Layout("ics")]),
        (b"\xef\xbb\xbfbegin:vcalendar\n", [Layout("ics")]),
        (b'{"a": 1}', [Layout("json"), Layout("line")]),
        (b'{"a": 1}\n{"b": 2}\n', [Layout("json"), Layout("line")]),
        (b'{"a": 1}\n\n{"b": 2}\n', [Layout("json"), Layout("line")]),
        (b'{"a": "\\x22"}\n{"b": 2}\n', [Layout("json"), Layout("line")]),
        (b'{"a" 1, "b"}\n{"b": 2}\n', [Layout("json"), Layout("line")]),
        (b'"b": 5}\n{"a": 1}\n{"b": 2}\n', [Layout("json"), Layout("line")]),
        (b'{\n "a": 1\n}', [Layout("json", whole=True), Layout("line")]),
        (b'[{"a": 1}]', [Layout("json", whole=True), Layout("line")]),
        (b'[\n{"a": 1}\n]', [Layout("json", whole=True), Layout("line")]),
        (b'{"a": 1}{"b": 2}', [Layout("json", whole=True), Layout("line")]),
        (b'{"Records": [{"a": 1}, {"b"', [Layout("json", whole=True), Layout("line")]),
        (b"a,b\n1,2\n", [Layout("csv"), Layout("line")]),
        (b'\xef\xbb\xbf"a";"b"\n', [Layout("csv", delimiter=";"), Layout("line")]),
        (b"# made\na\tb c\n", [Layout("csv", delimiter="\t"), Layout("line")]),
        (b'203.0.113.7 - - [x] "GET / HTTP/1.1"\n', [Layout("line")]),
        (b"203.0.113.7\n", [Layout("line")]),
        (b"", [Layout("line")]),
        (b"x" * 200_000, [Layout("line")]),
        (b'"' + b"x" * 200_000 + b'","b"', [Layout("line")]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_layouts(head: bytes, expected: list[Layout]) -> None:
    """The ways to cut a file follow from how it begins; one damaged line at the top does not change them."""
    assert layouts(head) == expected


def test_lines() -> None:
    """Blank lines keep the numbers right and are no records."""
    assert cut(Layout("line"), b"\na\r\n \nb") == [Piece(1, None), Piece(2, "a"), Piece(3, None), Piece(4, "b")]


def test_json_lines() -> None:
    """Objects, batches, text and damage on lines of their own are told apart."""
    content = b'{"a": 1}\n[{"b": 2}, {"c": 3}]\nstarted\n\n{"d"\n'
    assert records(Layout("json"), content) == [
        {"a": 1}, {"b": 2}, {"c": 3}, "started", None, Broken("bad_json", '{"d"'),
    ]  # fmt: skip


def test_envelopes_are_opened_in_every_layout() -> None:
    """Records come out of their envelopes in lines, documents, tables and text."""
    assert records(Layout("json"), b'{"messages": [{"sid": "SM1"}], "page_size": 1}\n') == [{"sid": "SM1"}]
    assert records(Layout("json", whole=True), b'{"messages": [{"sid": "SM1"}],\n"page_size": 1}') == [
        {"sid": "SM1"}
    ]
    assert records(Layout("csv"), b'@timestamp,@message\n1,"{""a"": 1}"\n') == [None, {"a": 1}]
    assert records(Layout("line"), b'2026-05-26T10:00:00.000Z {"a": 1}\n') == [{"a": 1}]


def test_numbers_count_records() -> None:
    """Records of one line are numbered one by one, and the lines behind it go on from there."""
    found = cut(Layout("json"), b'[{"a": 1}, {"b": 2}]\n{"c": 3}\n')
    assert [piece.number for piece in found] == [1, 2, 3]


@pytest.mark.parametrize("layout", [Layout("line"), Layout("json"), Layout("csv"), Layout("ics")], ids=str)
def test_long_line(monkeypatch: pytest.MonkeyPatch, layout: Layout) -> None:
    """A line that is too long is reported in every layout that goes by lines."""
    monkeypatch.setattr(text, "MAX_LINE", 20)
    found = records(layout, b"a,b\n" + b"x" * 50 + b"\nc,d\n")
    assert Broken("line_too_long", "x" * 20) in found
    found = records(layout, b"a,b\n" + b"x" * 50)
    assert Broken("line_too_long", "x" * 20) in found


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\n"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_nothing_in_it(layout: Layout, content: bytes) -> None:
    """A file of nothing but blank lines has no records."""
    assert all(record is None for record in records(layout, content))


def test_binary() -> None:
    """Control characters in plenty tell binary content from text, and UTF-16 is text."""
    assert is_binary(bytes(range(256)))
    assert is_binary(b"\xd4\xc3\xb2\xa1" + bytes(100))
    assert not is_binary("text\n".encode("utf-16"))
    assert not is_binary("a,b\r\n\tcafé\x1b[0m\n".encode("latin-1"))
    assert not is_binary(b"203.0.113.7 - - " + b"\x16\x03\x01" + b"x" * 200)
    assert not is_binary(b"")
