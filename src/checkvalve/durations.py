"""Lengths of time as people say them: one function, so that the same length reads alike wherever it is told."""

import math
from datetime import timedelta

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86_400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s"))


def duration(length: timedelta | float) -> str:
    """How long is it? The two largest units that matter, rounded; a number counts seconds.

    >>> duration(11_520), duration(86_400 * 2 + 3600), duration(45), duration(0.2), duration(600)
    ('3 h 12 min', '2 d 1 h', '45 s', 'under 1 s', '10 min')
    >>> duration(90), duration(1170), duration(3_599), duration(math.inf)
    ('1 min 30 s', '20 min', '1 h', 'unknown')
    """
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if not math.isfinite(seconds):
        return "unknown"
    if 0 < seconds < 1:
        return "under 1 s"
    whole = _rounded(max(seconds, 0.0))
    for position, (size, name) in enumerate(_UNITS):
        if whole >= size:
            parts = [f"{whole // size} {name}"]
            if rest := whole % size:
                smaller, smaller_name = _UNITS[position + 1]
                parts.append(f"{rest // smaller} {smaller_name}")
            return " ".join(parts)
    return "0 s"


def _rounded(seconds: float) -> int:
    """To hours from a day on, to minutes from two minutes on, else to seconds."""
    to = _HOUR if seconds >= _DAY else _MINUTE if seconds >= 2 * _MINUTE else _SECOND
    return round(seconds / to) * to
