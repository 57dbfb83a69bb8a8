"""Makes the table of time zones by country from the tz database's list (run by ``scripts/build-number-plan``).

The zones that ``phonenumbers`` knows are not used: many of them only keep the same time in some season
(Europe/Paris for Algeria, which has no daylight saving).
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

from checkvalve.numbering.plan import countries

_MOST_PEOPLE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "PS": "Asia/Hebron",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
"""Where the first zone that the tz database lists for a country is not the one in which most of its people live."""

_NOT_LISTED = {"AC": "Atlantic/St_Helena", "TA": "Atlantic/St_Helena", "XK": "Europe/Belgrade"}
"""Numbering regions that have no line of their own in the tz database's list."""


def compile_zones() -> str:
    """The text of ``zones.csv``, from the installed ``tzdata``."""
    chosen = {**_first_listed(), **_MOST_PEOPLE, **_NOT_LISTED}
    lines = [f"{country},{chosen[country]}" for country in countries() if country]
    header = f"# The time zone of most people of each country, from zone.tab of tz database {_version()}."
    return "\n".join((header, "country,zone", *lines, ""))


def _version() -> str:
    return _database().joinpath("tzdata.zi").read_text("utf-8").split("\n", 1)[0].removeprefix("# version ")


def _database() -> Traversable:
    return files("tzdata").joinpath("zoneinfo")


def _first_listed() -> dict[str, str]:
    zones: dict[str, str] = {}
    for line in _database().joinpath("zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, zone)
    return zones
