"""The fields of a multipart form (RFC 7578), read as browsers and HTTP clients write it, and in no other way.

Frameworks differ in what they make of everything else: lines that end in a bare line feed, text before the first part,
two headers of one name, parts within parts, ``name*``, other encodings. Whoever finds a difference hides the number in
it. So a body is refused unless every reader would find the same parts in it. One pass over the body, whatever stands in
it: `email.parser` takes minutes for some.
"""

import re

from checkvalve.gateways.inbound.header_value import HeaderValue, header_value
from checkvalve.gateways.inbound.request import Refused

MOST_PARTS = 500
LONGEST_HEAD = 4_000
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_./:=? -]{0,69}[0-9A-Za-z'()+_./:=?]")
_HEADERS = frozenset({"content-disposition", "content-type", "content-length", "content-transfer-encoding"})
_DISPOSITION = frozenset({"name", "filename", "filename*"})
_AS_IT_IS = frozenset({"7bit", "8bit", "binary"})
_SAME_AS_ASCII = frozenset({"us-ascii", "iso-8859-1", "windows-1252"})


def multipart(content_type: HeaderValue, body: bytes) -> list[tuple[str, str | None]]:
    """The fields in their order; None in place of the text of a file, and of a part that is said to be no text.

    Raises:
        Refused: where two readers might find two things in it.

    >>> body = b'--b\\r\\nContent-Disposition: form-data; name="phone"\\r\\n\\r\\n+447700900123\\r\\n--b--\\r\\n'
    >>> multipart(header_value("multipart/form-data; boundary=b"), body)
    [('phone', '+447700900123')]
    """
    boundary = content_type.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise _refused()
    delimiter = b"--" + boundary.encode("ascii")
    first, *parts = (b"\r\n" + body).split(b"\r\n" + delimiter, MOST_PARTS + 1)
    if first or not parts or parts.pop() not in (b"--", b"--\r\n") or _elsewhere(body, delimiter, len(parts) + 1):
        raise _refused()
    return [_field(part) for part in parts]


def _refused() -> Refused:
    return Refused(400, "unreadable")


def _elsewhere(body: bytes, delimiter: bytes, known: int) -> bool:
    """Does the delimiter stand anywhere but where a part ends? Some readers look for no line break before it."""
    at = -1
    for _ in range(known + 1):
        at = body.find(delimiter, at + 1)
        if at < 0:
            return False
    return True


def _field(part: bytes) -> tuple[str, str | None]:
    head, blank, content = part.partition(b"\r\n\r\n")
    if not blank or not head.startswith(b"\r\n") or len(head) > LONGEST_HEAD:
        raise _refused()
    headers = _headers(head[2:])
    disposition = header_value(headers.get("content-disposition", ""))
    given = disposition.parameters
    if disposition.main != "form-data" or "name" not in given or not given.keys() <= _DISPOSITION:
        raise _refused()
    if headers.get("content-transfer-encoding", "binary").lower() not in _AS_IT_IS or "=?" in given["name"]:
        raise _refused()
    if headers.get("content-length", str(len(content))) != str(len(content)):
        raise _refused()
    is_text = _is_text(header_value(headers.get("content-type", "text/plain")), content)
    return given["name"], content.decode("utf-8", "replace") if is_text and len(given) == 1 else None


def _headers(head: bytes) -> dict[str, str]:
    """The headers of a part, by name in lower case."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused() from error
    found: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name not in _HEADERS or name in found or not set(value).isdisjoint("\r\n\0"):
            raise _refused()
        found[name] = value.strip(" \t")
    return found


def _is_text(kind: HeaderValue, content: bytes) -> bool:
    """Is a part the text of a field? Refused is what holds parts of its own, or is written in another way."""
    if kind.main.startswith(("multipart/", "message/")) or "name" in kind.parameters:
        raise _refused()
    charset = kind.parameters.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8") and (charset not in _SAME_AS_ASCII or not content.isascii()):
        raise _refused()
    return kind.main == "text/plain"
