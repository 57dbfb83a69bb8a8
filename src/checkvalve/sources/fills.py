"""Which columns does each source fill? Read off its sample logs by ``scripts/docs``, and held to them by the tests."""

from functools import cache
from importlib.resources import files

import msgspec

Fills = dict[str, dict[str, tuple[str, ...]]]
"""Source → table → columns."""


@cache
def fills() -> Fills:
    """Source → table → the columns that it fills; a source that nobody measured is not there.

    >>> "destination" in fills()["twilio.messages"]["sends"]
    True
    """
    return msgspec.json.decode(files(__package__).joinpath("fills.json").read_bytes(), type=Fills)


def sources_of(table: str, columns: tuple[str, ...]) -> list[str]:
    """Which sources fill all these columns of a table?

    >>> "web.combined" in sources_of("requests", ("path", "ip"))
    True
    """
    return [name for name, tables in fills().items() if set(columns) <= set(tables.get(table, ()))]
