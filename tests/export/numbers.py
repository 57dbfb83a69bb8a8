"""Complete phone numbers, and the ways in which people and machines write them."""

import re
from urllib.parse import quote, quote_plus

import phonenumbers
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

REGIONS = (
    "UZ",
    "AZ",
    "US",
    "DE",
    "AT",
    "ID",
    "GB",
    "LK",
    "NG",
    "CU",
    "TN",
    "EE",
    "CK",
    "WS",
    "SB",
    "MV",
    "BY",
    "TJ",
)
INVISIBLE = ("", "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\x00", "\x1b", "\u00ad")


def _lengths(code: int) -> list[int]:
    """How long a mobile number may be behind this calling code, asked of the plan number by number."""
    mobile, possible = phonenumbers.PhoneNumberType.MOBILE, phonenumbers.ValidationResult.IS_POSSIBLE
    return [
        length
        for length in range(4, 14)
        if phonenumbers.is_possible_number_for_type_with_reason(
            phonenumbers.PhoneNumber(country_code=code, national_number=10 ** (length - 1)), mobile
        )
        == possible
    ]


CODES = {region: phonenumbers.country_code_for_region(region) for region in REGIONS}
LENGTHS = {code: _lengths(code) for code in CODES.values()}


@st.composite
def complete_numbers(draw: DrawFn) -> str:
    """The digits of a number that somebody could have."""
    code = draw(st.sampled_from(sorted(LENGTHS)))
    length = draw(st.sampled_from(LENGTHS[code]))
    first = draw(st.integers(1, 9))
    rest = draw(st.text("0123456789", min_size=length - 1, max_size=length - 1))
    return f"{code}{first}{rest}"


@st.composite
def written(draw: DrawFn, digits: str) -> str:
    """One way to write the number down. Without a plus sign only numbers of ten digits or more are recognised."""
    forms: list[SearchStrategy[str]] = [
        st.just(f"+{digits}"),
        _grouped(digits),
        _disturbed(digits),
        _foreign(digits),
        _in_query(digits),
    ]
    if len(digits) >= 10:
        forms += [st.just(digits), st.just(f"00{digits}"), st.just(f"%2B{digits}"), st.just(f"tel={digits}&x=1")]
    return draw(st.one_of(forms))


@st.composite
def _grouped(draw: DrawFn, digits: str) -> str:
    separator = draw(st.sampled_from((" ", "-", ".", "\u00a0", "\u2011", ") ", " (")))
    groups, rest = [], digits
    while rest:
        size = draw(st.integers(2, 4))
        groups.append(rest[:size])
        rest = rest[size:]
    return "+" + separator.join(groups)


@st.composite
def _in_query(draw: DrawFn, digits: str) -> str:
    """As a query, a form or a file name holds it, once or twice escaped."""
    written = draw(_grouped(digits))
    escaped = draw(st.sampled_from((quote(written), quote_plus(written), _by_underscores(written))))
    return quote(escaped, safe="+") if draw(st.booleans()) else escaped


def _by_underscores(written: str) -> str:
    return "+" + "_".join(group for group in re.split(r"\D+", written) if group)


@st.composite
def _disturbed(draw: DrawFn, digits: str) -> str:
    return "+" + "".join(digit + draw(st.sampled_from(INVISIBLE)) for digit in digits)


@st.composite
def _foreign(draw: DrawFn, digits: str) -> str:
    zero = draw(st.sampled_from("٠०０"))
    return draw(st.sampled_from("+＋")) + "".join(chr(ord(zero) + int(digit)) for digit in digits)
