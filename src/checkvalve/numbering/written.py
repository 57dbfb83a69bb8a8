"""Numbers as people and logs write them: from a text to E.164, and back to a text, whole or masked."""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.automaton import MAX_DIGITS
from checkvalve.numbering.plan import Length, classify, classify_one

_CANONICAL = re.compile(r"\+[1-9][0-9]{4,17}", re.ASCII)
_SEPARATORS = re.compile(r"[\s().\[\]/\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DIGITS = re.compile(r"\d")
_LONGEST_TEXT = 60
_HIDDEN = 4
_SHORTEST_SUBSCRIBER_NUMBER = 7  # a text of unknown country with that many digits may lead to a person


def e164(text: str | None, *, bare: bool = False) -> int | None:
    """Which number does this text mean? The digits of its E.164 form as an int, or None if it means none.

    Written as ``+…`` or ``00…``, with spaces, dashes, dots, slashes, brackets, invisible direction marks, and
    digits of any script. A masked number, one with letters, or one of a length that its calling code does not know
    is None; a possible number in an unassigned range is kept. Where a national prefix may have been left in
    (``+49 (0) 171 …``), ``phonenumbers`` decides.

    Args:
        text: the number; None and the empty text mean none.
        bare: also take digits without ``+`` or ``00`` as international, for sources whose format promises that.

    >>> e164("+998 (93) 941-23-45"), e164("00998939412345"), e164("+49 (0) 171 1234567")
    (998939412345, 998939412345, 491711234567)
    >>> e164("+1415XXX2671"), e164("+1"), e164("998939412345"), e164("998939412345", bare=True)
    (None, None, None, 998939412345)
    """
    if not text or len(text) > _LONGEST_TEXT:
        return None
    digits = text[1:] if _CANONICAL.fullmatch(text) else _international_digits(text, bare)
    if not digits or len(digits) > MAX_DIGITS:
        return None
    number = int(digits)
    facts = classify_one(number)
    if not facts.canonical:
        return _without_national_prefix(number) if facts.calling_code else None
    return number if facts.possible else None


def e164_many(texts: Iterable[str | None], *, bare: bool = False) -> NDArray[np.int64]:
    """Which number does each text mean? `e164` for many texts, 0 where there is none.

    >>> e164_many(["+998939412345", "+49 0171 1234567", "unknown", None]).tolist()
    [998939412345, 491711234567, 0, 0]
    """
    written = list(texts)
    canonical = _CANONICAL.fullmatch
    numbers = np.array([int(text) if text and canonical(text) else 0 for text in written], dtype=np.int64)
    found = classify(numbers)
    known: dict[str | None, int] = {}
    for index in np.flatnonzero(~(found.possible & found.canonical)):
        text = written[index]
        if text not in known:
            known[text] = e164(text, bare=bare) or 0
        numbers[index] = known[text]
    return numbers


def format_e164(number: int) -> str:
    """How is this number written for the world?

    >>> format_e164(998939412345)
    '+998939412345'
    """
    return f"+{number}"


def mask(number: str | int) -> str:
    """How may this number stand in a log line? With its last four digits hidden.

    What is too short to be a whole number (the prefix of a range) is left as it is. A text that does not say its
    country is hidden from seven digits on.

    >>> mask(998939412345), mask("+998 93 941-23-45"), mask("+99893941")
    ('+99893941••••', '+998 93 941-••-••', '+99893941')
    """
    text = format_e164(number) if isinstance(number, int) else number
    positions = [found.start() for found in _DIGITS.finditer(text)]
    if not _may_be_whole(text, len(positions)):
        return text
    characters = list(text)
    for position in positions[-_HIDDEN:]:
        characters[position] = "•"
    return "".join(characters)


def _may_be_whole(text: str, digit_count: int) -> bool:
    digits = _international_digits(text, bare=False)
    if digits and len(digits) <= MAX_DIGITS:
        facts = classify_one(int(digits))
        if facts.calling_code:
            return facts.length not in (Length.TOO_SHORT, Length.LOCAL_ONLY)
    return digit_count >= _SHORTEST_SUBSCRIBER_NUMBER


def _international_digits(text: str, bare: bool) -> str | None:
    """The ASCII digits after ``+`` or ``00``, or None if the text holds anything else."""
    if not text.isascii():
        text = "".join("+" if char == "＋" else str(unicodedata.decimal(char, char)) for char in text)
    text = _SEPARATORS.sub("", text)
    if text.startswith("+"):
        digits = text[1:]
    elif text.startswith("00"):
        digits = text[2:]
    else:
        digits = text if bare else ""
    return digits if digits.isascii() and digits.isdigit() and digits[0] != "0" else None


def _without_national_prefix(number: int) -> int | None:
    """What ``phonenumbers`` makes of digits that may hold a national prefix."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(format_e164(number))
    except phonenumbers.NumberParseException:
        return None
    canonical = int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return canonical if classify_one(canonical).possible else None
