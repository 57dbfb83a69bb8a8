"""Networks under one name each, however the records spell them: ``Mobiuz`` and ``MobiUZ`` are the same."""

from collections import Counter, defaultdict
from collections.abc import Mapping


def one_spelling(counts: Mapping[str | None, int]) -> dict[str | None, str | None]:
    """Which spelling is shown for each? Of those that differ in case, spaces and signs only, the most frequent one.

    >>> one_spelling({"Mobiuz": 3, "MobiUZ": 5, "Beeline": 2, None: 1})
    {'Mobiuz': 'MobiUZ', 'MobiUZ': 'MobiUZ', 'Beeline': 'Beeline', None: None}
    """
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in counts.items():
        if name is not None:
            families[_plain(name)][name] += count
    shown = {key: max(sorted(family), key=lambda name: family[name]) for key, family in families.items()}
    return {name: None if name is None else shown[_plain(name)] for name in counts}


def _plain(name: str) -> str:
    """The letters and digits of a name; a name without any stands for itself."""
    return "".join(one for one in name.casefold() if one.isalnum()) or name
