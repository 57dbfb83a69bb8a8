"""Did the application accept a request? Its status says so, or a field of its answer."""

import json
from typing import Any, NamedTuple

from checkvalve.errors import Usage


class Accepted(NamedTuple):
    """What an accepting answer has: a status below 400 and, with a pointer, a field that is true or has a value.

    >>> Accepted("/status", "approved").by(200, b'{"status": "pending"}')
    False
    >>> Accepted("/ok", None).by(200, b'{"ok": true}'), Accepted("", None).by(404, b"")
    (True, False)
    """

    pointer: str
    value: str | None

    def by(self, status: int, body: bytes | None) -> bool:
        """Is this such an answer? ``body`` is None where it was too long to be kept: then it is none."""
        if status >= 400 or not self.pointer:
            return status < 400
        try:
            found = json.loads(body or b"")
        except (ValueError, RecursionError):
            return False
        for step in self.pointer[1:].split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found not in (None, False, "", 0) if self.value is None else _text(found) == self.value


def accepted(text: str, where: str) -> Accepted:
    """What a setting says. Raises `Usage` for one that names no field.

    >>> accepted("/status=approved", "")
    Accepted(pointer='/status', value='approved')
    """
    pointer, equals, value = text.partition("=")
    if text and not pointer.startswith("/"):
        raise Usage(
            f"{text!r} names no field of an answer", where=where, todo="write /verified, or /status=approved"
        )
    return Accepted(pointer, value if equals else None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
