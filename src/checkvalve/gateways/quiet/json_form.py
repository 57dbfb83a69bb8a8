"""In which form does an application write JSON: spaces, indent, escapes?"""

import json
from collections.abc import Callable
from typing import Any

_FORMS: tuple[tuple[int | None, tuple[str, str]], ...] = (
    (None, (",", ":")),
    (None, (", ", ": ")),
    (2, (",", ": ")),
    (4, (",", ": ")),
)


def written(body: bytes, record: Any) -> Callable[[Any], bytes] | None:
    """What writes JSON as this body writes this record; None where none of the usual forms does.

    >>> form = written(b'{"id": 7}\\n', {"id": 7})
    >>> form({"id": 8}) if form else None
    b'{"id": 8}\\n'
    """
    end = body[len(body.rstrip()) :]
    for indent, separators in _FORMS:
        for ascii_only in (False, True):

            def form(
                value: Any, *, indent: int | None = indent, separators: Any = separators, plain: bool = ascii_only
            ) -> bytes:
                text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=plain)
                return text.encode("utf-8", "surrogatepass") + end

            if form(record) == body:
                return form
    return None
