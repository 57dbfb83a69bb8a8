"""Country names for readers: ISO 3166-1 alpha-2 codes to short English names (``country_names.csv``)."""

import csv
from functools import cache
from importlib.resources import files


@cache
def _names() -> dict[str, str]:
    text = files(__package__).joinpath("country_names.csv").read_text(encoding="utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


def country_name(code: str | None) -> str:
    """What is the country called? An unknown code answers itself, none answers ``unknown country``.

    >>> country_name("UZ"), country_name("ZZ"), country_name(None)
    ('Uzbekistan', 'ZZ', 'unknown country')
    """
    if not code:
        return "unknown country"
    return _names().get(code.upper(), code)
