"""JSON values of a document, an array or a stream without separators; what is whole is saved from a torn one.

JSON is read as vendors write it: beyond the standard, ``\\xHH`` (nginx's escapes, and bytes that are no UTF-8), raw
control characters and halves of surrogate pairs (a text cut inside an emoji) are understood.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from checkvalve.sources.base import Broken, Record

MAX_DOCUMENT = 256 << 20
_SHOWN = 2000
_SPACE = re.compile(r"[\s,\x1e]*")
_CONTAINER = re.compile(r"[{\[]")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_PAIR = r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
_HALF = r"\\u[dD][89a-fA-F][0-9A-Fa-f]{2}"
_ESCAPE = re.compile(rf"((?:\\x[0-9A-Fa-f]{{2}})+)|({_PAIR})|({_HALF})|\\.", re.DOTALL)
_SURROGATE = re.compile(_HALF)
_RUN = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_DECODER = json.JSONDecoder(strict=False)
_decode = msgspec.json.Decoder().decode


def json_value(text: str) -> Any:
    """Which value does the text hold? Raises `ValueError` where it is no JSON.

    >>> json_value(r'{"agent": "caf\\xc3\\xa9 \\xe9"}')
    {'agent': 'café \\\\xe9'}
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    try:
        return _DECODER.decode(_ESCAPE.sub(_mended, text))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _mended(escape: re.Match[str]) -> str:
    run, _, half = escape.group(1, 2, 3)
    if run:
        return _mended_run(run)
    return "\N{REPLACEMENT CHARACTER}" if half else escape[0]


@lru_cache(maxsize=4096)
def _mended_run(run: str) -> str:
    written = bytes.fromhex(run.replace("\\x", "")).decode("utf-8", "backslashreplace")
    return json.dumps(written, ensure_ascii=False)[1:-1]


def json_values(blocks: Iterable[bytes], limit: int = MAX_DOCUMENT) -> Iterator[Record | Broken]:
    """The objects of the content, in order; elements of arrays one by one.

    Of a value that ends early or is damaged, the elements of its list that are whole come out; what is not whole is
    `Broken`.

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
            yield Broken("document_too_large", b"".join(data)[:_SHOWN].decode("utf-8", "backslashreplace"))
            return
    text = b"".join(data).decode("utf-8", "backslashreplace")
    try:
        value = _decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        yield from _stream(text, _saved)
    else:
        yield from objects(value)


def line_values(line: str) -> Iterator[Record | Broken]:
    """The objects on one line of JSON lines; a line of text comes out as it is, a damaged object as `Broken`.

    >>> list(line_values('{"a": 1}{"b": 2}')), list(line_values("started")), list(line_values('{"a": 1'))
    ([{'a': 1}, {'b': 2}], ['started'], [Broken(reason='bad_json', raw='{"a": 1')])
    """
    try:
        value = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        mended = _mended_line(line) if "\\x" in line else None
        if mended is not None:
            yield from objects(mended)
        elif _CONTAINER.match(line.lstrip()):
            yield from _stream(line, lambda text, at, end: iter((_broken("bad_json", text[at:end]),)))
        else:
            yield line
    else:
        yield from objects(value)


def object_of(line: str) -> dict[str, Any] | None:
    """The object that a line is, whole or whole but for its escapes; None for any other line.

    >>> object_of('{"status": 200}'), object_of(r'{"agent": "\\x22"}'), object_of("200 OK")
    ({'status': 200}, {'agent': '"'}, None)
    """
    try:
        found = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        found = _mended_line(line) if "\\x" in line else None
    return found if type(found) is dict else None


def _mended_line(line: str) -> Any:
    """The value of a line that is whole but for its escapes; None for any other line."""
    only_bytes = line.count("\\") == line.count("\\x")
    try:
        return _decode(_RUN.sub(_mended_bytes, line) if only_bytes else _ESCAPE.sub(_mended, line))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _mended_bytes(run: re.Match[str]) -> str:
    return _mended_run(run[0])


def objects(value: Any) -> Iterator[Record | Broken]:
    """The objects in a value, arrays flattened, however deep; what is neither is `Broken`.

    >>> list(objects([[{"a": 1}], 2]))
    [{'a': 1}, Broken(reason='not_an_object', raw='2')]
    """
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            yield _broken("not_an_object", json.dumps(value))


_HARMFUL = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_HARMFUL_BYTES = re.compile(
    rb"\x7f|\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
)


def harmless(encoded: bytes) -> bytes:
    r"""The same JSON, with characters escaped that would steer a terminal or turn a line around where it is shown.

    >>> harmless('"safe\u202egnp.exe"'.encode())
    b'"safe\\u202egnp.exe"'
    """
    if _HARMFUL_BYTES.search(encoded) is None:
        return encoded
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded.decode()).encode()


def _broken(reason: str, raw: str) -> Broken:
    return Broken(reason, raw[:_SHOWN])


_Save = Callable[[str, int, int], Iterator[Record | Broken]]
"""What to do with a damaged value that stands in a text from one place to another."""


def _stream(text: str, save: _Save) -> Iterator[Record | Broken]:
    at = _skip(text, 0)
    while at < len(text):
        start = _CONTAINER.search(text, at)
        if start is None or start.start() > at:
            end = start.start() if start else len(text)
            yield _broken("not_an_object", text[at:end])
            at = end
            continue
        found = _whole(text, at)
        if found is not None:
            yield from objects(found[0])
            at = found[1]
        else:
            end = _end(text, at) or len(text)
            yield from save(text, at, end)
            at = end
        at = _skip(text, at)


def _whole(text: str, at: int) -> tuple[Any, int] | None:
    """The value that begins there and where it ends; None for a damaged one."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        if not _SURROGATE.search(text, at, end):
            return value, end
    except (ValueError, RecursionError):
        end = _end(text, at) or 0
    try:
        return (json_value(text[at:end]), end) if end else None
    except ValueError:
        return None


def _end(text: str, at: int) -> int | None:
    """Where does the object or array that begins there end, by its brackets? None where it never does."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None


def _saved(text: str, at: int, end: int) -> Iterator[Record | Broken]:
    """The whole elements of the list in a damaged value; what is not whole, as broken pieces."""
    start = _list_in(text, at, end)
    damaged = False
    if start is not None:
        at = _skip(text, start + 1)
        while at < end and text[at] in '{["':
            found = _whole(text, at)
            element_end = found[1] if found else _end(text, at)
            if element_end is None or element_end > end:
                break
            if found is not None:
                yield from objects(found[0])
            else:
                damaged = True
                yield _broken("bad_json", text[at:element_end])
            at = _skip(text, element_end)
    if not (damaged and text[at : at + 1] == "]"):
        yield _broken("truncated_json", text[at:end])


def _list_in(text: str, at: int, end: int) -> int | None:
    """Where does the list of a damaged value begin: the outermost open one, else the longest closed one?"""
    opened: list[tuple[str, int]] = []
    longest, place = 0, None
    for token in _TOKEN.finditer(text, at, end):
        if token[0] in "{[":
            opened.append((token[0], token.start()))
        elif token[0] in "}]" and opened:
            bracket, start = opened.pop()
            if bracket == "[" and len(opened) <= 1 and token.end() - start > longest:
                longest, place = token.end() - start, start
    return next((start for bracket, start in opened if bracket == "["), place)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
