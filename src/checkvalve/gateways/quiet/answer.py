"""An answer to a request."""

from typing import NamedTuple

import msgspec


class Answer(NamedTuple):
    """Status, headers and body; the length is counted when it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of the first header of that name."""
        return next((value for known, value in self.headers if known == name), None)


def json_answer(status: int, content: object, *headers: tuple[str, str]) -> Answer:
    """An answer of JSON that nobody keeps.

    >>> json_answer(400, {"error": "phone"}).body
    b'{"error":"phone"}'
    """
    plain = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Answer(status, (*plain, *headers), msgspec.json.encode(content))
