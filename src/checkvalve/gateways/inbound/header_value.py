"""A header such as ``text/plain; charset=utf-8``, read in the one way in which every reader reads it.

Readers differ in all the rest: which of two parameters of a name counts, what a backslash means, whether ``name*`` goes
before ``name``, what stands behind a semicolon. So all of that is refused.
"""

import re
from typing import NamedTuple

from checkvalve.gateways.inbound.request import Refused

LONGEST = 1_000
_MAIN = re.compile(r"[ \t]*([A-Za-z0-9!#$&^_.+-]+(?:/[A-Za-z0-9!#$&^_.+-]+)?)[ \t]*")
_PARAMETER = re.compile(r';[ \t]*([A-Za-z0-9_-]+\*?)=(?:"([^"\\;\r\n\0]*)"|([A-Za-z0-9!#$&\'^_`|~.+%-]+))[ \t]*')


class HeaderValue(NamedTuple):
    """The value before the first ``;``, and the parameters behind it; both without capitals, values as written."""

    main: str
    parameters: dict[str, str]


def header_value(text: str) -> HeaderValue:
    """What stands in such a header.

    Raises:
        Refused: where two readers might read it in two ways.

    >>> header_value('Multipart/Form-Data; boundary="a b"')
    HeaderValue(main='multipart/form-data', parameters={'boundary': 'a b'})
    """
    found = _MAIN.match(text) if len(text) <= LONGEST else None
    if found is None:
        raise Refused(400, "unreadable")
    main, at = found[1].lower(), found.end()
    parameters: dict[str, str] = {}
    while text[at:].strip(" \t;"):
        found = _PARAMETER.match(text, at)
        if found is None or found[1].lower() in parameters:
            raise Refused(400, "unreadable")
        parameters[found[1].lower()] = found[2] if found[2] is not None else found[3]
        at = found.end()
    return HeaderValue(main, parameters)
