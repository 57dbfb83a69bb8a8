"""Values that gateways write alike: network codes in one word, prices of parts."""

import re

from checkvalve.sources import values

_MCC_MNC = re.compile(r"\s*([2-7]\d\d|90[12])-?(\d{2,3})(?:\s.*)?", re.ASCII | re.DOTALL)


def joined_network(value: object) -> str | None:
    """Which ``MCC-MNC`` is written in one word? ``None`` for anything else (``US-FIXED``).

    >>> joined_network("23415"), joined_network(310260), joined_network("US-FIXED"), joined_network("12345")
    ('234-15', '310-260', None, None)
    """
    found = _MCC_MNC.fullmatch(values.text(value) or "")
    return f"{found[1]}-{found[2]}" if found else None
