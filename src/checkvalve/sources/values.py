"""What does one field of a vendor record say? Times, numbers, money and numbers to call, as all sources read them.

A field that says nothing (absent, ``null``, empty, hidden by the vendor) is ``None``; a field that says something
unreadable raises `Unusable` with the field's name, so the record goes to quarantine instead of losing its cost or
its place in time. The text shown with the reason has its long digit runs cut: a shifted column may hold a number.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from ipaddress import ip_address
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkvalve.errors import Unusable, Usage
from checkvalve.settings import Logs

_BLANK = frozenset({"", "null", "NULL", "None"})
_NOTHING: Mapping[str, Any] = {}
_LARGE = 10**32
_EXACT = 2**53
_EXACT_DIGITS = 15
_LONGEST_TIME = _LONGEST_ADDRESS = 64
_LONGEST_CODE = 16
_DAY_LENGTH = 10
_LONG_DIGITS = re.compile(r"\+\d(?:\W*\d){6,}|\d{7,}")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1990, datetime.now(UTC).year + 2
"""A log tells of the past. A later year is that of a clock that jumped, and would stretch every series to it."""
FIRST_US = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
END_US = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
"""Between which times a reader believes a log, in microseconds."""
_LAST_PLANNED_YEAR = 2099
_EARLIEST_S = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_LATEST_S = datetime(_LAST_PLANNED_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()
_SCALES = tuple((scale, _EARLIEST_S * scale, _LATEST_S * scale) for scale in (1, 1_000, 1_000_000, 1_000_000_000))
"""Units of a second, and the numbers in that unit between which a time lies."""
_FLOATS_ARE_NOT_EXACT = 1_000_000_000
"""Nanoseconds have more digits than a float, which tells microseconds apart in these years."""
_EPOCH_TEXT = re.compile(r"\d{9,20}(?:\.\d+)?", re.ASCII)
_RFC_2822_UTC = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", re.ASCII)
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{2}):(\d{2})(?::(\d{2}))?\s+([+-]\d{4}|[A-Za-z]{1,3})",
    re.ASCII,
)
# fmt: off
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}
_ZONE_HOURS = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}
# fmt: on

THREE_DIGIT_MNC = frozenset(
    {302, *range(310, 317), 334, 338, 342, 344, 346, 348, 352, 354, 356, 358, 360, 365, 366, 376, 708, 722, 732}
)
_PHONE = re.compile(r"\+[0-9]{1,32}")
_BARE_PHONE = re.compile(r"[0-9]{1,32}")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
"""An address of IPv4 as it is always written."""
_UP_TO_3_DIGITS = re.compile(r"[0-9]{1,3}")


def as_object(record: str | dict[str, Any]) -> dict[str, Any]:
    """Which object is the record? Raises `Unusable` ``not_an_object`` for a line of text.

    >>> as_object({"a": 1})
    {'a': 1}
    """
    if isinstance(record, dict):
        return record
    raise Unusable("not_an_object", "expected an object or a CSV row")


def inner(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Which object stands under the key? An empty one where the vendor put nothing, or hid it behind a marker text.

    >>> inner({"authParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "authParameters")
    {}
    """
    value = record.get(key)
    return value if isinstance(value, dict) else _NOTHING


def text(value: object) -> str | None:
    """Which text does the field hold? ``None`` for nothing, for a container and for a ``HIDDEN_…`` marker.

    >>> text(" CO "), text(310), text("HIDDEN_FOR_SECURITY_REASONS"), text("null")
    ('CO', '310', None, None)
    """
    if isinstance(value, str):
        found = value.strip()
        return None if found in _BLANK or (found[0] == "H" and found.startswith("HIDDEN_")) else found
    if value is None:
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGE else None


def required(value: object, field: str) -> str:
    """Which text does a field hold without which the record means nothing? Raises `Unusable` ``missing_field``."""
    found = text(value)
    if found is None:
        raise Unusable("missing_field", field)
    return found


def shown(value: object) -> str:
    """How may the value be shown to a person? Short, and without anything that could be a phone number.

    >>> shown("+14155550100 tomorrow"), shown("+1 (415) 555-0100")
    ("'+1415… tomorrow'", "'+1 (4…'")
    """
    written = value[:200] if isinstance(value, str) else text(value) or type(value).__name__
    return repr(_LONG_DIGITS.sub(lambda run: run[0][: 5 if run[0][0] == "+" else 4] + "…", written)[:60])


WRITES_UTC = frozenset({
    "auth0.logs", "aws.alb", "aws.apigateway", "aws.cloudfront", "aws.cognito", "aws.cur", "aws.elb", "aws.eum",
    "aws.pinpoint", "aws.sns", "aws.sns_usage", "aws.waf", "azure.acs", "billing.focus", "cloudflare.http",
    "google.identity", "ocsf.api", "ocsf.http", "okta.logs", "pcap.http", "pcap.smpp", "sinch.reports", "supabase.auth",
    "twilio.alerts", "twilio.events", "twilio.usage", "twilio.verify_attempts", "twilio.verify_events",
    "watchlist.stix", "zeek.conn", "zeek.http", "zeek.ssl",
})  # fmt: skip
"""Sources whose vendor or format fixes UTC: a time without a zone is UTC there, whatever the settings say."""


def log_zone(logs: Logs) -> tzinfo:
    """Which zone do times without one stand in? Raises `Usage` for a zone that does not exist.

    >>> log_zone(Logs(time_zone="Asia/Tashkent"))
    zoneinfo.ZoneInfo(key='Asia/Tashkent')
    """
    try:
        return UTC if logs.time_zone == "UTC" else ZoneInfo(logs.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Usage(
            f"unknown time zone {logs.time_zone!r}",
            where="settings, logs.time_zone",
            todo="name a zone of the IANA data base, such as 'Europe/Berlin'",
        ) from error


def timestamp(value: object, field: str, zone: tzinfo = UTC) -> datetime:
    """At which moment? Aware and in UTC.

    Reads ISO 8601 with every offset form and any number of fraction digits (SNS's space form too), RFC 2822, and
    epoch seconds, milliseconds, microseconds or nanoseconds as number or text. ``zone`` holds where the text has
    none. Raises `Unusable` ``bad_time``, also before 1990 and more than two years ahead: such a value is a
    placeholder, a unit error or a clock that jumped.

    >>> timestamp("2022-03-08 19:09:37.3", "timestamp").isoformat()
    '2022-03-08T19:09:37.300000+00:00'
    >>> timestamp("Fri, 24 May 2019 19:44:50 +0200", "date_sent").isoformat()
    '2019-05-24T17:44:50+00:00'
    """
    found = optional_timestamp(value, field, zone)
    if found is None:
        raise Unusable("bad_time", f"{field}: nothing there")
    return found


def optional_timestamp(
    value: object, field: str, zone: tzinfo = UTC, *, last_year: int = LAST_YEAR
) -> datetime | None:
    """At which moment, if any? As `timestamp`, but ``None`` where the field holds nothing.

    >>> optional_timestamp(None, "date_sent") is optional_timestamp("", "date_sent") is None
    True
    """
    if value is None:
        return None
    found: datetime | None = None
    if isinstance(value, str):
        found = _from_text(value, zone) if len(value) <= _LONGEST_TIME else None
        if found is None and value.strip() in _BLANK:
            return None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _from_epoch(value)
    if found is None:
        raise Unusable("bad_time", f"{field}: {shown(value)}")
    return plausible(found, value, field, last_year)


def plausible(found: datetime, value: object, field: str, last_year: int = LAST_YEAR) -> datetime:
    """The moment, where a log can tell of it; raises `Unusable` ``bad_time`` for the year of a wrong clock."""
    if FIRST_YEAR <= found.year <= last_year:
        return found
    raise Unusable("bad_time", f"{field}: {shown(value)}, the year of a clock that is wrong")


def planned_time(value: object, field: str, zone: tzinfo = UTC) -> datetime | None:
    """At which moment, if any, in a list or a calendar? As `optional_timestamp`, but any time ahead may be meant.

    >>> planned_time("2099-12-31T00:00:00Z", "valid_until").year
    2099
    """
    return optional_timestamp(value, field, zone, last_year=_LAST_PLANNED_YEAR)


def repeated_timestamp(value: object, field: str) -> datetime:
    """At which moment? As `timestamp`, for fields in which the same text stands many times: days and hours of bills.

    >>> repeated_timestamp("2026-05-26 10:00:00", "start").hour
    10
    """
    return _known_timestamp(value, field) if isinstance(value, str) else timestamp(value, field)


_known_timestamp = lru_cache(maxsize=1 << 12)(timestamp)


def number(value: object, field: str) -> float | None:
    """Which finite number? Reads numbers, and texts such as ``-0.00750`` or ``"1"`` in quotes.

    Raises `Unusable` ``bad_number`` for anything else.

    >>> number("-0.00750", "price"), number('"1"', "segments"), number("", "price")
    (-0.0075, 1.0, None)
    """
    if value is None:
        return None
    if type(value) is float and isfinite(value):
        return value
    try:
        if isinstance(value, str):
            written = value.strip().strip('"').strip()
            if written in _BLANK:
                return None
            found = float(written if "_" not in written else "")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found = float(value)
        else:
            raise Unusable("bad_number", f"{field}: {type(value).__name__}")
    except (ValueError, OverflowError):
        raise Unusable("bad_number", f"{field}: {shown(value)}") from None
    if not isfinite(found):
        raise Unusable("bad_number", f"{field}: {shown(value)}")
    return found


def integer(value: object, field: str) -> int | None:
    """Which whole number? As `number`; a fraction raises `Unusable` ``bad_number``.

    >>> integer('"1"', "number_of_message_parts"), integer(3.0, "parts"), integer(None, "parts")
    (1, 3, None)
    """
    if type(value) is int and -_EXACT < value < _EXACT:
        return value
    if type(value) is str and len(value) <= _EXACT_DIGITS and value.isdigit() and value.isascii():
        return int(value)
    found = number(value, field)
    if found is None:
        return None
    if found != int(found) or abs(found) > _EXACT:
        raise Unusable("bad_number", f"{field}: {shown(value)}")
    return int(found)


def positive_integer(value: object, field: str) -> int | None:
    """Which whole number above zero? ``None`` for the zero that vendors write before they know (parts, networks).

    >>> positive_integer("0", "num_segments"), positive_integer("2", "num_segments")
    (None, 2)
    """
    found = integer(value, field)
    return found if found is not None and found > 0 else None


def money(value: object, field: str) -> float | None:
    """How much money, whatever sign the vendor gives to a charge?

    >>> money("-0.00750", "price"), money(0.00645, "priceInUSD"), money("", "price")
    (0.0075, 0.00645, None)
    """
    found = number(value, field)
    return None if found is None else abs(found)


def currency(value: object) -> str | None:
    """Which ISO 4217 code? ``None`` unless the text is three letters.

    >>> currency("usd"), currency("dollars")
    ('USD', None)
    """
    return _code(value, 3) if isinstance(value, str) and len(value) <= _LONGEST_CODE else None


def country(value: object) -> str | None:
    """Which ISO 3166-1 alpha-2 code? ``None`` unless the text is two letters.

    >>> country("co"), country("United States")
    ('CO', None)
    """
    return _code(value, 2) if isinstance(value, str) and len(value) <= _LONGEST_CODE else None


@lru_cache(maxsize=1 << 10)
def _code(written: str, letters: int) -> str | None:
    found = text(written)
    fits = found is not None and len(found) == letters and found.isascii() and found.isalpha()
    return found.upper() if found is not None and fits else None


def destination(value: object, *, bare: bool = False) -> str | None:
    """Which number was written to? ``+`` and digits, else ``None`` (a masked number, an address, a sender name).

    ``bare`` is for vendors that leave the ``+`` out.

    >>> destination("+12025550100"), destination("+1XXX5550100"), destination(12025550100, bare=True)
    ('+12025550100', None, '+12025550100')
    """
    found = text(value)
    if found is None:
        return None
    if _PHONE.fullmatch(found):
        return found
    return f"+{found}" if bare and _BARE_PHONE.fullmatch(found) else None


def network(mcc: object, mnc: object) -> str | None:
    """Which ``MCC-MNC``? ``None`` where either is absent, zero or not digits.

    Texts keep their zeros. Integers have lost theirs: the MNC is filled to three digits in the areas that assign
    three (ITU-T E.212: most of +1, Mexico, Argentina, Colombia, Honduras), else to two.

    >>> network("310", "05"), network(310, 5), network(262, 2), network(0, 0), network(310, None)
    ('310-05', '310-005', '262-02', None, None)
    """
    if not isinstance(mcc, str | int) or not isinstance(mnc, str | int) or not mnc:
        return None
    return _network(mcc, mnc)


@lru_cache(maxsize=1 << 12, typed=True)
def _network(mcc: str | int, mnc: str | int) -> str | None:
    mcc_text, mnc_text = text(mcc) or "", text(mnc) or ""
    if not (_UP_TO_3_DIGITS.fullmatch(mcc_text) and _UP_TO_3_DIGITS.fullmatch(mnc_text)) or int(mcc_text) == 0:
        return None
    if isinstance(mnc, int):
        mnc_text = mnc_text.zfill(3 if int(mcc_text) in THREE_DIGIT_MNC else 2)
    return f"{mcc_text.zfill(3)}-{mnc_text}"


def ip(value: object) -> str | None:
    """Which address? ``None`` where the vendor names a service instead.

    >>> ip("203.0.113.7"), ip("cognito-idp.amazonaws.com")
    ('203.0.113.7', None)
    """
    found = text(value)
    if found is None or IPV4.fullmatch(found):
        return found
    return _address(found) if len(found) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=1 << 14)
def _address(written: str) -> str | None:
    try:
        return str(ip_address(written))
    except ValueError:
        return None


def _from_text(value: str, zone: tzinfo) -> datetime | None:
    try:
        if value[4:5] == "-":
            return _from_iso(value, zone)
        if _RFC_2822_UTC.fullmatch(value):
            date = f"{value[12:16]}-{_MONTHS[value[8:11]]:02}-{value[5:7]}"
            return datetime.fromisoformat(f"{date}T{value[17:25]}+00:00")
        written = value.strip()
        if _EPOCH_TEXT.fullmatch(written):
            return _from_epoch(float(written) if "." in written else int(written))
        return _from_iso(written, zone) if written[4:5] == "-" else _from_rfc_2822(written)
    except (ValueError, OverflowError, KeyError):
        return None


def _from_iso(written: str, zone: tzinfo) -> datetime:
    try:
        return iso_time(written, zone)
    except ValueError:
        return iso_time(_plain_iso(written), zone)


def iso_time(written: str, zone: tzinfo = UTC) -> datetime:
    """Which moment, in UTC, is an ISO 8601 text? ``zone`` holds where it has none.

    Raises `ValueError`, and `OverflowError` where the zone leads out of the years 1 to 9999.

    >>> iso_time("2026-05-26T12:00:00+02:00") == iso_time("2026-05-26 10:00:00")
    True
    """
    found = datetime.fromisoformat(written)
    if found.tzinfo is None:
        # To read the text again is four times as fast as to put a zone into what was read.
        again = zone is UTC and len(written) > _DAY_LENGTH
        found = datetime.fromisoformat(written + "Z") if again else found.replace(tzinfo=zone)
    return found if found.tzinfo is UTC else found.astimezone(UTC)


def _plain_iso(written: str) -> str:
    """Capital letters, and no space before the offset, which may be spelt UTC or GMT."""
    upper = written.strip().upper()
    clock, _, offset = upper[11:].partition(" ")
    return upper[:11] + clock + ("Z" if offset in ("UTC", "GMT") else offset)


@lru_cache(maxsize=1 << 12)
def _from_rfc_2822(written: str) -> datetime | None:
    """Every legal form; the one that vendors write, in UTC and of fixed width, never comes here."""
    match = _RFC_2822.fullmatch(written)
    if match is None:
        return None
    day, month, year, hour, minute, second, zone = match.groups()
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    else:
        offset = timezone(timedelta(hours=_ZONE_HOURS[zone.upper()]))
    number_of_month = _MONTHS[month.capitalize()]
    found = datetime(int(year), number_of_month, int(day), int(hour), int(minute), int(second or 0), tzinfo=offset)
    return found.astimezone(UTC)


def _from_epoch(value: float) -> datetime | None:
    """The unit follows from the size: the four scales of the years 1990 to 2100 do not touch."""
    for per_second, earliest, latest in _SCALES:
        if value < earliest:
            return None
        if value < latest:
            if per_second < _FLOATS_ARE_NOT_EXACT:
                return datetime.fromtimestamp(value / per_second, UTC)
            if isinstance(value, int):
                return _EPOCH + timedelta(microseconds=value * 1_000_000 // per_second)
            return _EPOCH + timedelta(microseconds=round(value * 1_000_000 / per_second))
    return None
