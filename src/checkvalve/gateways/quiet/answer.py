"""An answer to a request."""

from typing import NamedTuple

import msgspec


class Answer(NamedTuple):
    """Status, headers and body, as they go out: nothing is added, so that a made answer looks like any other."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In their order, names spelled as they are sent."""
    body: bytes
    phrase: str = ""
    """What stands behind the status, where the application says it (WSGI)."""

    def header(self, name: str) -> str | None:
        """The value of the first header of that name, in lower case."""
        return next((value for known, value in self.headers if known.lower() == name), None)


def sized(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
    """An answer that says how long it is.

    >>> sized(200, (), b"four").headers
    (('content-length', '4'),)
    """
    return Answer(status, (*headers, ("content-length", str(len(body)))), body)


def json_answer(status: int, content: object, *headers: tuple[str, str]) -> Answer:
    """An answer of JSON that nobody keeps.

    >>> json_answer(400, {"error": "phone"}).body
    b'{"error":"phone"}'
    """
    plain = (("content-type", "application/json"), ("cache-control", "no-store"))
    return sized(status, (*plain, *headers), msgspec.json.encode(content))
