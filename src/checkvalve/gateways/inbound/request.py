"""One HTTP request, whichever server or proxy brought it."""

import msgspec


class Request(msgspec.Struct, frozen=True):
    """What is looked at of a request.

    ``headers`` have names in lower case; one that came several times is joined with ``, ``.
    """

    method: str
    path: str
    query: str = ""
    """As it was sent, without ``?``."""
    headers: dict[str, str] = {}
    peer: str | None = None
    """The address that the connection came from; None for a socket file."""
    body: bytes = b""
    unseen: bool = False
    """There may be a body that nobody shows us."""

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case."""
        return self.headers.get(name)


class Refused(Exception):
    """A request that cannot be read, or not safely: a status, and a word for the one who sent it."""

    def __init__(self, status: int, word: str) -> None:
        self.status, self.word = status, word
        super().__init__(word)
