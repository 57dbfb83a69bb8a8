"""JSON is read as vendors write it, and what is whole is saved from what is torn."""

import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.base import Broken, Record
from checkvalve.sources.json_values import harmless, json_value, json_values, line_values, objects

Found = list[Record | Broken]

documents = st.lists(
    st.dictionaries(
        st.text(max_size=5),
        st.none()
        | st.integers(-9, 9)
        | st.text(max_size=8)
        | st.lists(st.text('{}[]",\\', max_size=4), max_size=3),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=5,
)


def found(content: bytes) -> Found:
    """What comes out of a content that comes in one block."""
    return list(json_values([content]))


def encode(value: object) -> bytes:
    """The value as JSON."""
    return msgspec.json.encode(value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b" \n ", []),
        (b"{}", [{}]),
        (b'{"a": 1}', [{"a": 1}]),
        (b'[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
        (b'[[{"a": 1}], [[]], [{"b": 2}]]', [{"a": 1}, {"b": 2}]),
        (b'{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        (b'{"a": 1}\n\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        (b'{"a": 1},\n{"b": 2},\n', [{"a": 1}, {"b": 2}]),
        (b'\x1e{"a": 1}\n\x1e{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        (b'[{"a": 1}][{"b": 2}]', [{"a": 1}, {"b": 2}]),
    ],
)
def test_shapes(content: bytes, expected: Found) -> None:
    """Documents, arrays, streams with and without separators and JSON text sequences give their objects in order."""
    assert found(content) == expected


def test_what_is_no_object() -> None:
    """A value that is no object is broken, and the objects beside it are not."""
    assert found(b'[{"a": 1}, 5, "x"]') == [{"a": 1}, Broken("not_an_object", "5"), Broken("not_an_object", '"x"')]
    assert found(b'{"a": 1} and {"b": 2}') == [{"a": 1}, Broken("not_an_object", "and "), {"b": 2}]
    assert found(b"no JSON") == [Broken("not_an_object", "no JSON")]


@given(items=documents, data=st.data())
def test_torn_page(items: list[dict[str, Any]], data: st.DataObject) -> None:
    """A page that ends early gives its elements that are whole, then one broken piece."""
    page = encode({"tags": ["x"], "items": items, "next": "/page/2"})
    ends = [page.index(b"[{") + len(encode(items[:count])) - 1 for count in range(len(items) + 1)]
    cut = data.draw(st.integers(page.index(b"[{") + 1, len(page) - 1))
    whole = sum(end <= cut for end in ends[1:])
    *records, last = found(page[:cut])
    assert records == items[:whole]
    assert isinstance(last, Broken)
    assert last.reason == "truncated_json"


@given(items=documents, data=st.data())
def test_any_truncation(items: list[dict[str, Any]], data: st.DataObject) -> None:
    """However a document is cut, only its own elements come out, from the first on, and at most one broken piece."""
    document = encode(items)
    cut = document[: data.draw(st.integers(0, len(document) - 1))]
    out = found(cut)
    records = [one for one in out if not isinstance(one, Broken)]
    assert records == items[: len(records)]
    assert len(out) - len(records) == bool(cut)


def test_torn_list_of_others() -> None:
    """The list that the tear is in counts, not a list of words before it and not one inside an element."""
    assert found(b'{"filters": ["x"], "logEvents": [{"id": 1}, {"id": 2, "more": [{"z": 1}, {"z"')[:-1] == [
        {"id": 1}
    ]
    assert found(b'{"meta": {"keys": [1]}, "attempts": [{"id": 1}, {"id"')[:-1] == [{"id": 1}]


def test_torn_behind_the_list() -> None:
    """A page that ends behind its list has lost none of its elements."""
    assert found(b'{"items": [{"id": 1}, {"id": 2}], "next": "/pa') == [
        {"id": 1},
        {"id": 2},
        Broken("truncated_json", '], "next": "/pa'),
    ]


@given(items=documents, data=st.data())
def test_damaged_element(items: list[dict[str, Any]], data: st.DataObject) -> None:
    """An element that is damaged but closed costs itself, and not those behind it."""
    place = data.draw(st.integers(0, len(items)))
    written = [encode(item) for item in items]
    written.insert(place, b'{"a" 1}')
    expected: Found = [*items[:place], Broken("bad_json", '{"a" 1}'), *items[place:]]
    assert found(b'{"items": [' + b",".join(written) + b'], "next": null}') == expected
    assert [one for one in found(b"".join(written)) if not isinstance(one, Broken)] == items


def test_document_too_large() -> None:
    """A document over the limit is refused as one piece, whose beginning is shown."""
    (only,) = json_values([b"[" + b'{"a": 1},' * 100] * 10, limit=500)
    assert isinstance(only, Broken)
    assert (only.reason, only.raw[:10]) == ("document_too_large", '[{"a": 1},')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'{"a": "\xc3\xa9\x22"}', {"a": 'é"'}),
        (r'{"a": "\xe9"}', {"a": r"\xe9"}),
        (r'{"a": "\\xe9"}', {"a": r"\xe9"}),
        (r'{"a": "x\ud83d"}', {"a": "x\N{REPLACEMENT CHARACTER}"}),
        (r'{"a": "\ude00\ud83d\ude00", "b": "\xff"}', {"a": "\N{REPLACEMENT CHARACTER}😀", "b": r"\xff"}),
        ('{"a": "x\ty\nz\x01"}', {"a": "x\ty\nz\x01"}),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
    ],
)
def test_as_vendors_write_it(text: str, expected: object) -> None:
    r"""Bytes as ``\xHH``, raw control characters and halves of emoji are understood, in lines and in documents."""
    assert json_value(text) == expected
    assert list(line_values(text)) == [expected]
    assert found(text.encode()) == [expected]
    assert found(b'{"z": 1}' + text.encode()) == [{"z": 1}, expected]


def test_latin_1_stays_visible() -> None:
    """A byte that is no UTF-8 costs neither its record nor those around it."""
    assert found('[{"a": "é"}, {"b": 1}]'.encode("latin-1")) == [{"a": r"\xe9"}, {"b": 1}]


@given(text=st.text() | st.text('{}[]":,\\ux1dDeE \n'))
def test_any_text(text: str) -> None:
    """Whatever the text is, every piece is an object that can be written down again, or broken."""
    for one in (*found(text.encode()), *line_values(text)):
        assert isinstance(one, dict | Broken | str)
        if isinstance(one, dict):
            msgspec.json.encode(one)


@pytest.mark.parametrize("depth", [500, 5_000, 20_000])
def test_deep_nesting(depth: int) -> None:
    """Nesting deeper than any log's is a broken piece and no failure."""
    for content in ('{"a":' * depth + "1" + "}" * depth, "[" * depth, "[" * depth + "]" * depth):
        assert len(found(content.encode())) <= 1
        assert len(list(line_values(content))) <= 1


@pytest.mark.parametrize("text", ['{"a": ' + "9" * 5000 + "}", '{"a": 1e999}'])
def test_large_numbers(text: str) -> None:
    """A number that no machine holds is no failure."""
    assert len(list(line_values(text))) == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        (' {"a": 1} ', [{"a": 1}]),
        ('[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        ("Starting up", ["Starting up"]),
        ('{"a": [{"b": 1}, {"c"', [Broken("bad_json", '{"a": [{"b": 1}, {"c"')]),
        ('{"a": 1}{"b"', [{"a": 1}, Broken("bad_json", '{"b"')]),
        ("5", [Broken("not_an_object", "5")]),
    ],
)
def test_line(line: str, expected: Found) -> None:
    """A line gives its objects; a line of text stays a line; of a torn line no part is taken for a record."""
    assert list(line_values(line)) == expected


def test_objects_of_a_long_flat_value() -> None:
    """Arrays are flattened in order, without a limit on how deep they are."""
    nested: Any = {"a": 1}
    for _ in range(10_000):
        nested = [nested]
    assert list(objects([nested, {"b": 2}])) == [{"a": 1}, {"b": 2}]


STEERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN", "B", "S"})


@given(st.text() | st.text("a\x1b\x9b\x7f\u202e\u2066\u2028\ufeff"))
def test_harmless(text: str) -> None:
    """What would steer a terminal or turn a line around is escaped in JSON, and means the same as before."""
    encoded = harmless(msgspec.json.encode({"agent": text}))
    assert msgspec.json.decode(encoded) == {"agent": text}
    written = encoded.decode().replace("\U000e0001", "")
    assert not [one for one in written if one < "\uffff" and unicodedata.category(one) == "Cc"]
    assert not [one for one in written if one < "\uffff" and unicodedata.bidirectional(one) in STEERING - {"BN"}]
