"""How people say, in a calendar, which countries a campaign goes to and how many messages it sends.

The conventions, for descriptions and for columns of a table:

* ``countries: UZ, KZ`` (also ``country:``, ``=``, small letters): ISO 3166-1 alpha-2 codes, and UK for GB; a word
  that is no code is passed over as long as one code in capitals stands there; ``all``, ``any``, ``everywhere``,
  ``global`` and ``worldwide`` mean every country.
* ``expected sends: 40,000`` (also ``messages``, ``sms``, ``texts``, ``volume``; ``40k``, ``1.5m``, ``~``).
"""

import re
from functools import lru_cache

from checkvalve.errors import Unusable
from checkvalve.numbering import countries as numbering_countries
from checkvalve.sources.values import shown

_COUNTRIES = re.compile(r"(?i)\bcountr(?:y|ies)\s*[:=]\s*([^\n;.]*)")
_EXPECTED = re.compile(r"(?i)\bexpected[ _-]*(?:sends|messages|sms|texts|volume)\s*[:=]\s*([^\n;]*)")
_COUNT = re.compile(r"~?\s*(\d[\d ,._'’]*)\s*([km])?\b", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:[ ,._'’]\d{3})+|\d+", re.ASCII)
_DECIMAL = re.compile(r"\d+[.,]\d{1,2}", re.ASCII)
_MARKUP = re.compile(r"<(?:br|/p|/li|/div)[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_EVERYWHERE = frozenset({"all", "any", "everywhere", "global", "worldwide", "*"})
_ALIASES = {"UK": "GB"}


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(code for code in numbering_countries() if code is not None) | _ALIASES.keys()


def country_code(text: str) -> str | None:
    """Which country does a two-letter word name? ``None`` unless it is a code in use.

    >>> country_code("uz"), country_code("UK"), country_code("ZZ")
    ('UZ', 'GB', None)
    """
    code = text.strip().upper()
    return _ALIASES.get(code, code) if code in _codes() else None


def country_list(text: str) -> tuple[str, ...]:
    """Which countries does a list name, in its order? Empty means everywhere.

    Raises `Unusable` ``unknown_country`` where something is named that is no code: an activity must not explain
    traffic that it was never meant for.

    >>> country_list("UZ, kz; GB"), country_list("all")
    (('UZ', 'KZ', 'GB'), ())
    """
    words = [word for word in re.split(r"[\s,;|/+&]+", text.strip()) if word]
    if not words or any(word.lower() in _EVERYWHERE for word in words):
        return ()
    found = [country_code(word) for word in words]
    if None in found:
        found = [country_code(word) for word in words if word.isupper() and len(word) == 2]
    known = tuple(dict.fromkeys(code for code in found if code is not None))
    if not known:
        raise Unusable("unknown_country", f"countries: {shown(text.strip())}; write codes such as UZ, KZ")
    return known


def count(text: str) -> int | None:
    """How many? ``None`` where no number stands at the beginning.

    >>> count("40,000"), count("~1.5k a day"), count("2 000 000"), count("many")
    (40000, 1500, 2000000, None)
    """
    match = _COUNT.match(text.strip())
    if match is None:
        return None
    digits, unit = match[1].rstrip(" ,._'’"), {"k": 1_000, "m": 1_000_000}.get((match[2] or "").lower(), 1)
    if _GROUPED.fullmatch(digits):
        number = float(re.sub(r"\D", "", digits, flags=re.ASCII)[:18])
    elif _DECIMAL.fullmatch(digits):
        number = float(digits.replace(",", ".")[:18])
    else:
        return None
    return round(number * unit)


def plain(text: str) -> str:
    """A description without the markup that some calendars put into it.

    >>> plain("countries: <b>UZ</b><br>see the wiki")
    'countries: UZ\\nsee the wiki'
    """
    return _TAG.sub("", _MARKUP.sub("\n", text)) if "<" in text else text


def said_countries(description: str) -> tuple[str, ...] | None:
    """Which countries does a description name? ``None`` when it says nothing about countries.

    >>> said_countries("Spring sale\\ncountries: UZ, KZ"), said_countries("Spring sale")
    (('UZ', 'KZ'), None)
    """
    match = _COUNTRIES.search(description)
    return None if match is None else country_list(match[1])


def said_expected_sends(description: str) -> int | None:
    """How many sends does a description expect?

    >>> said_expected_sends("expected sends: 40,000\\ncountries: UZ")
    40000
    """
    match = _EXPECTED.search(description)
    return None if match is None else count(match[1])
