"""Hide the last four digits of every complete phone number, wherever a text holds one.

Three ways in which a number stands in a text, in the order in which they are looked for:

1. after a plus sign, in one piece or grouped: complete from ten digits on, or earlier where the country's plan
   allows a mobile number of that length (Cook Islands: eight);
2. ten or more digits in a row, without a plus sign (``998…``, ``%2B998…``, ``00998…``);
3. grouped in the national way: ``(415) 555-0100``.

What is no number keeps its digits: a known range (see `known_ranges`), a date, a time stamp, a decimal fraction, a
hexadecimal id. Digits of any script count, and invisible characters between them do not help to hide a number; nor does
the way in which a query or a form writes a space, a plus sign or brackets (``%2B44%207700…``, ``%2B44+7700…``).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import phonenumbers

from checkvalve.investigation import Investigation, TreeNode

MASK: Final = "•"
_HIDDEN_DIGITS = 4
_COMPLETE_DIGITS = 10
_SHORTEST, _LONGEST = 7, 15

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_DATE = rf"20[0-9]{{2}}-{_MONTH}-{_DAY}|{_DAY}-{_MONTH}-20[0-9]{{2}}"
_CLOCK = r"(?:[0-5][0-9]){1,2}"
_SPARED = re.compile(
    rf"(?<![0-9+])(?:{_DATE})(?:[ T][0-9]{{2}}(?::[0-9]{{2}}){{1,2}})?(?![0-9])"
    rf"|(?<![0-9+])20[2-3][0-9]{_MONTH}{_DAY}(?:[01][0-9]|2[0-3]){_CLOCK}(?![0-9])"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
    r"|\b(?:[A-Z]{2})?(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b"
    r"|\b[tqd][0-9]{2}[di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}\b"
    r"|\A-?[0-9]{1,9}\.[0-9]+(?:e-?[0-9]+)?\Z"
)
_INTERNATIONAL = re.compile(r"\+[ (]{0,2}[0-9]+(?:(?:[ ().\-/]{1,3}|[_+()]{1,3})[0-9]+)*")
_IN_A_ROW = re.compile(rf"[0-9]{{{_COMPLETE_DIGITS},}}")
_NATIONAL = re.compile(r"(?<![0-9.,:$])\(?[0-9]{1,7}(?:(?:[ ()\-]{1,2}|[+()]{1,2})[0-9]{2,9}){1,5}(?![0-9])")
_RUN = re.compile(r"[0-9]+")
_ESCAPED = re.compile(r"%(?:25)*([0-9a-fA-F]{2})")
"""A character as a query writes it, also where that was written into another query."""
_BOUNDS = re.compile(r"\bBETWEEN ([0-9]{2,13}?)(0{2,}) AND \1(9{2,})(?![0-9])")
_ONE_BY_ONE = re.compile(
    r"\bnumber BETWEEN ([0-9]+) AND \1(?![0-9])|\bnumber // 1 IN \((?:SELECT unnest\(\[[0-9, ]*\]\)|[0-9, ]*)\)"
)
_SHORT_NUMBER = re.compile(r"(?<![0-9])([0-9]{3,5})[0-9]{4}(?![0-9])")
_NUMBER_COLUMN = re.compile(r"^(to|from)$|destination|number|phone|msisdn|recipient|call(er|ee)|subscriber", re.I)
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-")
_PLUSES = {"\uff0b": "+", "\ufe62": "+"}


def mask(text: str, ranges: frozenset[str] = frozenset()) -> str:
    """What may be shown of this text? Digits of ``ranges`` (without plus sign) are no complete numbers and stay.

    >>> mask("to +998993941234, then +998 99 394 12 34; range +99899394; call (415) 555-0100")
    'to +99899394••••, then +998 99 394 •• ••; range +99899394; call (415) 555-••••'
    >>> mask("GET /otp?to=%2B998993941234 on 2026-05-26 10:00:00")
    'GET /otp?to=%2B99899394•••• on 2026-05-26 10:00:00'
    >>> mask("+6281234567 of Indonesia", frozenset({"6281234567"}))
    '+6281234567 of Indonesia'
    """
    if sum(map(str.isdecimal, text)) < _SHORTEST:
        return text
    readings = [_folded(text), _folded(text, escaped=True)] if "%" in text else [_folded(text)]
    hidden = [places[position] for folded, places in readings for position in _hidden(folded, ranges)]
    if not hidden:
        return text
    shown = list(text)
    for place in hidden:
        shown[place] = MASK
    return "".join(shown)


def mask_query(query: str, ranges: frozenset[str] = frozenset()) -> str:
    """What may be shown of this SQL? The bounds of a range stay, so that it runs: they say no more than its prefix.

    A number that is a range of its own is hidden, also where it is short (Andorra: nine digits with the country's).

    >>> mask_query("WHERE number BETWEEN 998993940000 AND 998993949999 AND number <> 998993941234")
    'WHERE number BETWEEN 998993940000 AND 998993949999 AND number <> 99899394••••'
    >>> mask_query("WHERE number BETWEEN 376312345 AND 376312345")
    'WHERE number BETWEEN 37631•••• AND 37631••••'
    """
    query = _ONE_BY_ONE.sub(
        lambda found: _SHORT_NUMBER.sub(lambda number: number[1] + MASK * _HIDDEN_DIGITS, found[0]), query
    )
    pieces: list[str] = []
    position = 0
    for found in _BOUNDS.finditer(query):
        if len(found[2]) == len(found[3]):
            pieces += (mask(query[position : found.start()], ranges), found[0])
            position = found.end()
    return "".join(pieces) + mask(query[position:], ranges)


def mask_cell(text: str, column: str, ranges: frozenset[str] = frozenset()) -> str:
    """What may be shown of a table's cell? In a column of numbers seven bare digits are a number already.

    >>> mask_cell("5551234", "destination"), mask_cell("5551234", "rows")
    ('555••••', '5551234')
    """
    masked = mask(text, ranges)
    if not _NUMBER_COLUMN.search(column) or masked != text or text.lstrip().startswith("+"):
        return masked
    folded, places = _folded(text)
    shown = list(text)
    for run in _RUN.finditer(folded):
        if len(run[0]) >= _SHORTEST:
            for position in range(run.end() - _HIDDEN_DIGITS, run.end()):
                shown[places[position]] = MASK
    return "".join(shown)


def known_ranges(investigation: Investigation) -> frozenset[str]:
    """Which digit strings are ranges, not numbers, although they are as long as numbers elsewhere?

    A destination with several distinct numbers, or an inner node of a destination tree, is a range, unless the
    country's plan has no longer numbers.
    """
    prefixes = [
        destination.prefix
        for case in investigation.cases
        for destination in case.destinations
        if destination.distinct_numbers > 1
    ]
    for case in investigation.cases:
        if case.tree is not None:
            prefixes += [node.prefix for node in _nodes(case.tree) if node.prefix and node.level != "number"]
    digits = (prefix.removeprefix("+") for prefix in prefixes)
    return frozenset(prefix for prefix in digits if prefix.isdecimal() and room_behind(prefix) >= 2)


@lru_cache(maxsize=4096)
def room_behind(digits: str) -> int:
    """How many digits can a mobile number still have behind this prefix? Zero where the plan says it is complete.

    >>> room_behind("99899394"), room_behind("998993941234")
    (4, 0)
    """
    lengths = _mobile_lengths(digits)
    return max((length - len(digits) for length in lengths if length >= len(digits)), default=0)


@lru_cache(maxsize=4096)
def missing_digits(digits: str) -> int | None:
    """How many digits are missing behind this prefix? None where the country's mobile numbers differ in length.

    >>> missing_digits("99899394"), missing_digits("4915112"), missing_digits("0")
    (4, None, None)
    """
    rooms = {length - len(digits) for length in _mobile_lengths(digits) if length > len(digits)}
    return rooms.pop() if len(rooms) == 1 else None


def _mobile_lengths(digits: str) -> tuple[int, ...]:
    """Lengths, country code included, that the plan allows for mobile numbers which begin like this."""
    if not digits.isascii():
        return ()
    for code_length in (1, 2, 3):
        code = digits[:code_length]
        if code.isdecimal() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE and not code.startswith("0"):
            return _lengths_of(int(code))
    return ()


@lru_cache(maxsize=512)
def _lengths_of(country_code: int) -> tuple[int, ...]:
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    code_length = len(str(country_code))
    return tuple(
        code_length + length
        for length in range(4, _LONGEST - code_length + 1)
        if phonenumbers.is_possible_number_for_type_with_reason(
            phonenumbers.PhoneNumber(country_code=country_code, national_number=int("9" * length)),
            phonenumbers.PhoneNumberType.MOBILE,
        )
        == possible
    )


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _folded(text: str, *, escaped: bool = False) -> tuple[str, list[int]]:
    """The text with plain digits, spaces and dashes and without invisible characters, and where each stood.

    With ``escaped``, ``%20`` is a space; without, it may be the beginning of a number (``LIKE '%2012…'``).
    """
    characters: list[str] = []
    places: list[int] = []
    place, end = 0, len(text)
    while place < end:
        folded, after = (
            _unescaped(text, place) if escaped and text[place] == "%" else (_fold(text[place]), place + 1)
        )
        if folded:
            characters.append(folded)
            places.append(after - 1)
        place = after
    return "".join(characters), places


def _unescaped(text: str, place: int) -> tuple[str, int]:
    """What a percent sign stands for, and where that ends."""
    found = _ESCAPED.match(text, place)
    if found is None:
        return "%", place + 1
    byte = int(found[1], 16)
    return _fold(chr(byte)) if byte < 0x80 else "", found.end()


def _fold(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Mn", "Me"):
        return ""
    return _DASHES.get(character) or _PLUSES.get(character) or character


def _hidden(folded: str, ranges: frozenset[str]) -> Iterator[int]:
    """Positions of the digits to hide. What one rule has decided is blotted out before the next one looks."""
    rest = _SPARED.sub(_blot, folded)
    decided: list[tuple[int, int]] = []
    position = 0
    while found := _INTERNATIONAL.search(rest, position):
        digits, position = _international(found, ranges)
        if digits or not _joins(rest, found.start()):
            decided.append((found.start(), position))
        yield from _last_of(digits)
    rest = _blotted(rest, decided)
    for run in _IN_A_ROW.finditer(rest):
        yield from _last_of(range(*run.span()))
    rest = _IN_A_ROW.sub(_blot, rest)
    for group in _NATIONAL.finditer(rest):
        digits = [position for position in range(*group.span()) if rest[position].isdecimal()]
        if len(digits) >= _COMPLETE_DIGITS:
            yield from _last_of(digits)


def _international(found: re.Match[str], ranges: frozenset[str]) -> tuple[Sequence[int], int]:
    """Positions of the digits of a complete number behind a plus sign (none: a prefix), and where it ends."""
    offset = found.start()
    runs = [(offset + run.start(), offset + run.end(), run[0]) for run in _RUN.finditer(found[0])]
    start, end, first = runs[0]
    if first in ranges:
        return (), end
    if len(first) >= _COMPLETE_DIGITS or _planned(first):
        return range(start, end), end
    best: tuple[Sequence[int], int] = ((), end)
    together, places, certain = "", list[int](), False
    for start, end, digits in runs:
        together += digits
        places += range(start, end)
        if len(together) > _LONGEST:
            break
        grouped = len(first) < _SHORTEST and len(together) >= _COMPLETE_DIGITS
        if _planned(together) or (grouped and not certain):
            best = (tuple(places), end)
            certain = _planned(together)
    return best


def _joins(text: str, plus: int) -> bool:
    """Is this plus sign a space between two groups, as a query writes it?"""
    return plus > 0 and text[plus - 1] in "0123456789)"


def _planned(digits: str) -> bool:
    """Does the country's plan have mobile numbers of exactly this length?"""
    return len(digits) >= _SHORTEST and len(digits) in _mobile_lengths(digits)


def _last_of(digits: Sequence[int]) -> Sequence[int]:
    """The digits to hide: the last four, or all behind the sixth where several numbers may run together."""
    return digits[6:] if len(digits) > _LONGEST else digits[-_HIDDEN_DIGITS:]


def _blot(found: re.Match[str]) -> str:
    return "#" * len(found[0])


def _blotted(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], "#" * (end - start))
        position = end
    return "".join(pieces) + text[position:]
