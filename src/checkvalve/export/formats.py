"""Numbers, money and times the way a person under pressure reads them. All functions are pure and never raise."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

UNKNOWN = "unknown"
_MINUTE_S = 60


def money(usd: float | None) -> str:
    """How much is it? US dollars with cents, without cents from a million on.

    >>> money(1234.5), money(0.004), money(0), money(-3), money(2_500_000.4), money(None)
    ('$1,234.50', 'under $0.01', '$0.00', '-$3.00', '$2,500,000', 'unknown')
    """
    if usd is None or not math.isfinite(usd):
        return UNKNOWN
    if 0 < usd < 0.005:
        return "under $0.01"
    sign, size = ("-" if usd <= -0.005 else ""), abs(usd)
    return f"{sign}${size:,.0f}" if size >= 1e6 else f"{sign}${size:,.2f}"


def count(number: float | None) -> str:
    """How many are there? Whole numbers with thousands marked; small expectations keep one decimal.

    >>> count(12345), count(3.2), count(0.04), count(1234.5), count(None)
    ('12,345', '3.2', '<0.1', '1,234', 'unknown')
    """
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if number == int(number) or abs(number) >= 100:
        return f"{number:,.0f}"
    return "<0.1" if 0 < number < 0.1 else f"{number:,.1f}"


def compact(number: float | None) -> str:
    """How many are there, in the room of an axis label?

    >>> compact(940), compact(12_400), compact(12_000), compact(2.5e6), compact(0.5)
    ('940', '12.4k', '12k', '2.5M', '0.5')
    """
    if number is None or not math.isfinite(number):
        return UNKNOWN
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.1f}".removesuffix(".0") + letter
    return f"{number:g}"


def axis_money(usd: float) -> str:
    """How much is it, in the room of an axis label?

    >>> axis_money(0), axis_money(2.5), axis_money(1500), axis_money(0.05)
    ('$0', '$2.50', '$1.5k', '$0.05')
    """
    if usd and abs(usd) < 100 and usd != int(usd):
        return f"${usd:.2f}"
    return f"${compact(usd)}"


def percent(share: float | None) -> str:
    """Which share is it? One decimal below ten percent, and never a rounded 0% or 100% that is not exact.

    >>> percent(0.972), percent(0.0123), percent(0.0001), percent(0.9999), percent(1), percent(0), percent(None)
    ('97%', '1.2%', 'under 0.1%', 'over 99.9%', '100%', '0%', 'unknown')
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if share in (0, 1):
        return f"{share:.0%}"
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    return f"{share:.1%}" if share < 0.0995 or 0.99 < share < 1 else f"{share:.0%}"


def confidence(probability: float | None) -> str:
    """How sure is it? No finding is certain, so neither end of the scale is ever reached.

    >>> confidence(1.0), confidence(0.97), confidence(0.0), confidence(None)
    ('over 99.9%', '97%', 'under 0.1%', 'unknown')
    """
    return percent(None if probability is None else min(max(probability, 0.0001), 0.9999))


def signed(number: float) -> str:
    """What does it add or take away? One decimal, with its sign.

    >>> signed(9.44), signed(-0.8), signed(0)
    ('+9.4', '−0.8', '+0.0')
    """
    return f"{number:+.1f}".replace("-", "−")


def moment(when: datetime | None, every_s: float = _MINUTE_S) -> str:
    """When was it? In UTC, with the zone written out: to the minute, or to the second among moments in between.

    >>> begin = datetime(2026, 5, 26, 10, 0, 30, tzinfo=UTC)
    >>> moment(begin), moment(begin, every_s=30), moment(begin, every_s=300), moment(None)
    ('2026-05-26 10:00 UTC', '2026-05-26 10:00:30 UTC', '2026-05-26 10:00 UTC', 'unknown')
    """
    if when is None:
        return UNKNOWN
    clock = "%H:%M:%S" if every_s % _MINUTE_S else "%H:%M"
    return f"{when.astimezone(UTC):%Y-%m-%d {clock}} UTC"


def period(start: datetime | None, end: datetime | None) -> str:
    """From when to when? The day is written once where both ends share it.

    >>> begin = datetime(2026, 5, 26, 10, tzinfo=UTC)
    >>> period(begin, begin.replace(hour=13)), period(begin, None)
    ('2026-05-26 10:00 to 13:00 UTC', '2026-05-26 10:00 UTC to unknown')
    """
    if start is None and end is None:
        return UNKNOWN
    if start is None or end is None:
        return f"{moment(start)} to {moment(end)}"
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    closing = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} to {closing} UTC"


def iso(when: datetime) -> str:
    """What does a machine read? ISO 8601 in UTC for ``<time datetime>``.

    >>> iso(datetime(2026, 5, 26, 10, tzinfo=UTC))
    '2026-05-26T10:00:00Z'
    """
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def listed(words: Sequence[str], at_most: int = 0) -> str:
    """How does one say several things in a row? From ``at_most`` on (zero: never) the rest is counted.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], 2), listed([])
    ('a', 'a, b and c', 'a, b and 2 more', '')
    """
    if at_most and len(words) > at_most:
        words = [*words[:at_most], f"{len(words) - at_most:,} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def sentence(text: str) -> str:
    """How does a half-sentence stand alone? With a capital letter and a full stop.

    >>> sentence("no calendar was given"), sentence("Why?"), sentence(" ")
    ('No calendar was given.', 'Why?', '')
    """
    clean = text.strip()
    return clean and clean[0].upper() + clean[1:] + ("" if clean[-1] in ".!?…" else ".")


def plural(number: float, one: str, many: str | None = None) -> str:
    """How many of what?

    >>> plural(1, "message"), plural(1200, "message"), plural(2, "country", "countries")
    ('1 message', '1,200 messages', '2 countries')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"
