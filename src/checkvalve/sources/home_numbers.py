"""Numbers as dialled at home, without their country: read where a record or the settings name it, else unknown."""

from functools import lru_cache

from checkvalve.errors import Usage
from checkvalve.numbering import e164
from checkvalve.settings import Logs
from checkvalve.sources.activity_words import country_code

_LONGEST = 60


def home_country(logs: Logs) -> str | None:
    """Of which country are numbers that do not say it? Raises `Usage` for a setting that is no country.

    >>> home_country(Logs(default_country="gb")), home_country(Logs())
    ('GB', None)
    """
    if logs.default_country is None:
        return None
    found = country_code(logs.default_country)
    if found is None:
        raise Usage(
            f"{logs.default_country!r} is no country",
            where="settings, logs.default_country",
            todo="write its two letters, such as 'GB'",
        )
    return found


@lru_cache(maxsize=1 << 14)
def home_number(text: str, country: str | None) -> str | None:
    """Which number, ``+`` and digits, is dialled so in that country? ``None`` for no possible one, or no country.

    >>> home_number("07700 900123", "GB"), home_number("07700 900123", None), home_number("12", "GB")
    ('+447700900123', None, None)
    """
    if country is None or len(text) > _LONGEST:
        return None
    import phonenumbers  # takes long, and most logs write numbers with their country

    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    number = e164(str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)))
    return None if number is None else f"+{number}"
