"""Lines of text that name their values (``to=+998… id=7``): which pattern finds them, for a proposal of a mapping?"""

import re
from collections import Counter
from collections.abc import Sequence

_PAIR = re.compile(r"""(?<![\w.-])([A-Za-z_][\w.-]{0,40})=("[^"]*"|[^\s",;]+)""")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\]]*"
_BEGINS_WITH_TIME = re.compile(rf"\W?{_TIME}")
_OFTEN = 0.5
_NEARLY_ALWAYS = 0.9
_MOST_NAMES = 24
_NO_LETTER = re.compile(r"\W")


def pattern_of(lines: Sequence[str]) -> str | None:
    """A pattern that finds the time at the beginning and the values that lines name; ``None`` where they name none.

    >>> found = pattern_of([f"2026-05-26 10:00:{n} INFO sent id=a{n} to=+99893941234{n % 10}" for n in range(10, 30)])
    >>> re.match(found, "2026-05-26 10:01:00 WARN sent id=b to=+998939412345").groupdict()
    {'at': '2026-05-26 10:01:00', 'id': 'b', 'to': '+998939412345'}
    """
    named = [(line, dict(_PAIR.findall(line))) for line in lines]
    telling = [(line, pairs) for line, pairs in named if len(pairs) > 1]
    if len(telling) < _OFTEN * len(lines):
        return None
    counts = Counter(name for _, pairs in telling for name in pairs)
    kept = [name for name, count in counts.items() if count >= _OFTEN * len(telling)][:_MOST_NAMES]
    groups = {name: _NO_LETTER.sub("_", name) for name in kept}
    if len(kept) < 2 or len(set(groups.values())) < len(kept):
        return None
    timed = sum(_BEGINS_WITH_TIME.match(line) is not None for line, _ in telling)
    begin = rf"\W?(?P<{_free('at', groups)}>{_TIME})" if timed >= _NEARLY_ALWAYS * len(telling) else ""
    parts = [_finder(name, groups[name], [pairs[name] for _, pairs in telling if name in pairs]) for name in kept]
    always = [counts[name] == len(telling) for name in kept]
    return begin + "".join(part if needed else f"(?:{part})?" for part, needed in zip(parts, always, strict=True))


def _free(name: str, groups: dict[str, str]) -> str:
    return f"line_{name}" if name in groups.values() else name


def _finder(name: str, group: str, written: Sequence[str]) -> str:
    """Looks for one value from the beginning of the line, so that names may stand in any order."""
    quoted = all(value.startswith('"') for value in written)
    value = f'"(?P<{group}>[^"]*)"' if quoted else f'"?(?P<{group}>[^\\s",;]+)'
    return rf"(?=.*?(?<![\w.-]){re.escape(name)}={value})"
