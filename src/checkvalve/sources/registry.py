"""All sources, in one table. Outsiders add theirs through the entry-point group ``checkvalve.sources``."""

from functools import cache
from importlib.metadata import entry_points

from checkvalve.sources.base import Source
from checkvalve.sources.web_combined import WebCombined

_OWN: tuple[Source, ...] = (WebCombined(),)


@cache
def sources() -> tuple[Source, ...]:
    """Every source, our own first.

    >>> "web.combined" in {source.name for source in sources()}
    True
    """
    outside = tuple(point.load()() for point in entry_points(group="checkvalve.sources"))
    return _OWN + outside


def source(name: str) -> Source:
    """The source of that name; raises `KeyError` for an unknown one."""
    return {one.name: one for one in sources()}[name]
