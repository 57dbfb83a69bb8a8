"""JSON values of a document, an array or a stream without separators; what is whole is saved from a torn one."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from checkvalve.sources.base import Broken, Record

MAX_DOCUMENT = 256 << 20
_SPACE = re.compile(r"[\s,\x1e]*")
_LIST = re.compile(r"\[\s*(?=[\[{\"])")
_DECODER = json.JSONDecoder()


def json_values(blocks: Iterable[bytes], limit: int = MAX_DOCUMENT) -> Iterator[Record | Broken]:
    """The objects of the content, in order; elements of arrays one by one.

    A value that ends early gives the elements of its first list that are whole, then one `Broken`.

    >>> list(json_values([b'{"a": 1}{"b": 2}']))
    [{'a': 1}, {'b': 2}]
    >>> list(json_values([b'{"events": [{"a": 1}, {"a"']))
    [{'a': 1}, Broken(reason='truncated_json', raw='{"a"')]
    """
    data, size = [], 0
    for block in blocks:
        data.append(block)
        size += len(block)
        if size > limit:
            yield Broken("document_too_large", b"".join(data)[:2000].decode("utf-8", "backslashreplace"))
            return
    text = b"".join(data).decode("utf-8", "backslashreplace")
    try:
        yield from _records(msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        yield from _stream(text)


def _stream(text: str) -> Iterator[Record | Broken]:
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            yield from _torn(text, at)
            return
        yield from _records(value)
        at = _skip(text, at)


def _torn(text: str, at: int) -> Iterator[Record | Broken]:
    """The whole elements of the first list that can be read, then the rest as one broken piece."""
    start = _LIST.search(text, at)
    if start is not None:
        at = start.end()
        while at < len(text):
            try:
                value, at = _DECODER.raw_decode(text, at)
            except (json.JSONDecodeError, RecursionError):
                break
            yield from _records(value)
            at = _skip(text, at)
    yield Broken("truncated_json", text[at : at + 2000])


def _records(value: Any) -> Iterator[Record | Broken]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _records(item)
    else:
        yield Broken("not_an_object", json.dumps(value)[:2000])


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
