"""Phone numbers in texts: complete ones lose their last four digits, everything else stays readable."""

import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checkvalve.export.masking import MASK, known_ranges, mask, mask_cell, mask_query, missing_digits, room_behind
from tests.export.attack import NUMBERS
from tests.export.examples import example_attack
from tests.export.numbers import complete_numbers, written

AROUND = st.text(st.sampled_from("ab +-.:/\"'<>=&%|,\n"), max_size=6)


def digits_of(text: str) -> str:
    """What remains of a text when only digits (of any script) and masks are kept."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
        if character.isdecimal() or character == MASK
    )


@given(st.data())
def test_no_complete_number_remains(data: st.DataObject) -> None:
    """However a complete number is written and whatever stands around it, its last digits are gone."""
    number = data.draw(complete_numbers())
    text = data.draw(AROUND) + data.draw(written(number)) + data.draw(AROUND)
    shown = mask(text)
    assert number not in digits_of(shown)
    assert len(shown) == len(text)


@given(st.data())
def test_two_numbers_in_one_text(data: st.DataObject) -> None:
    """A second number in the same text is hidden as well."""
    first, second = data.draw(complete_numbers()), data.draw(complete_numbers())
    assume(first not in second and second not in first)
    between = data.draw(st.sampled_from((", ", " and ", ";", "\n", '","', " +", "/")))
    shown = digits_of(mask(f"{data.draw(written(first))}{between}{data.draw(written(second))}"))
    assert first not in shown
    assert second not in shown


@given(complete_numbers())
def test_exactly_the_last_four_digits_are_hidden(number: str) -> None:
    """A plain number keeps everything but its last four digits."""
    assert mask(f"+{number}") == f"+{number[:-4]}{MASK * 4}"


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    """What was masked is safe: a second pass finds no further number."""
    assert mask(mask(text)) == mask(text)


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_texts_without_digits_stay(text: str) -> None:
    """Masking touches digits only."""
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "range +99899394",
        "ranges +99899394, +99899395 and +2637741",
        "+99899394 1,240 messages since 10:00",
        "2026-05-26 10:00:00 to 2026-05-27 11:30:00",
        "26-05-2026 10:12",
        "backup-20260526101530.log",
        "203.0.113.41, 198.51.100.7",
        "2001:db8:77:1234:5678:9012::/48",
        "Chrome/120.0.6099.109 Safari/537.36",
        "t13d1516h2_8daaf6152771_b186095e22b6",
        "SM0123456789012345678901234567890a",
        "6f1ed002-1234-5678-9012-123456789012",
        "12,345,678 messages of $1,234,567.89",
        "0.30000000000000004",
        "AS64496",
        "up by +5 +10 +200 +3000, or 12%20 of 4%2C000",
        "sms_2026_05_26_101530.csv.gz, exotel_20260526_120000",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    """Prefixes, dates, addresses, versions, fingerprints, ids and counts are not touched."""
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+201512251130", "+20151225••••"),
        ("(415) 555-0100", "(415) 555-••••"),
        ("0912 3456789", "0912 345••••"),
        ("destination = '998993941207'", "destination = '99899394••••'"),
        ("998993941207998993945518", "998993" + MASK * 18),
        ("+68271234", "+6827••••"),
        ("GET /otp?to=%2B998%2099%20394%2012%2034", "GET /otp?to=%2B998%2099%20394%20••%20••"),
        ("phone=%2B44+7700+900123", "phone=%2B44+7700+90••••"),
        ("phone=%252B44%25207700%2520900123", "phone=%252B44%25207700%252090••••"),
        ("+998_99_394_12_34", "+998_99_394_••_••"),
        ("0176-12345678", "0176-1234••••"),
        ("tel=07700+900123", "tel=07700+90••••"),
        ("tel=%28415%29+555-0100", "tel=%28415%29+555-••••"),
        ("LIKE '%447700900123'", "LIKE '%44770090••••'"),
    ],
)
def test_other_ways_to_write(text: str, shown: str) -> None:
    """National writing, bare digits, numbers that run together, short numbers of small countries, and queries."""
    assert mask(text) == shown


def test_a_known_range_stays_in_full() -> None:
    """A range as long as another country's numbers is shown when the result knows it as a range."""
    text = "close +6281234567 now, not +628123456789"
    assert mask(text, frozenset({"6281234567"})) == "close +6281234567 now, not +62812345••••"


def test_ranges_of_a_result() -> None:
    """Destinations with several numbers and inner tree nodes are ranges; a complete number never is."""
    investigation = example_attack()
    case = investigation.cases[1]
    case.destinations[0].prefix = NUMBERS[0]
    known = known_ranges(investigation)
    assert {"99899395", "998993940", "48"} <= known
    assert NUMBERS[0].removeprefix("+") not in known


def test_a_single_number_is_no_range() -> None:
    """A destination with one distinct number is that number, even where the plan has longer ones."""
    investigation = example_attack()
    destination = investigation.cases[1].destinations[0]
    destination.prefix, destination.distinct_numbers = "+6281234567", 1
    assert "6281234567" not in known_ranges(investigation)


@given(st.integers(1000, 9999999))
def test_number_columns_hide_from_seven_digits_on(number: int) -> None:
    """In a column of numbers a bare subscriber number is hidden; in a column of counts it stays."""
    text = str(number)
    assert mask_cell(text, "rows") == text
    assert mask_cell(text, "destination") == (text[:-4] + MASK * 4 if len(text) == 7 else text)


@given(complete_numbers(), st.integers(4, 9))
def test_missing_digits_complete_a_number(number: str, kept: int) -> None:
    """Where all mobile numbers of a country are equally long, prefix and missing digits make one."""
    missing = missing_digits(number[:kept])
    if missing is not None:
        filled = phonenumbers.parse("+" + number[:kept] + "9" * missing, None)
        assert phonenumbers.is_possible_number(filled)
    assert room_behind(number[:kept]) >= (missing or 0)


@given(complete_numbers(), st.integers(2, 4))
def test_bounds_of_a_range_stay_in_a_query(number: str, size: int) -> None:
    """A query by range runs as it is shown: its bounds say no more than the prefix. Any other number is hidden."""
    prefix = number[:-size]
    bounds = f"number BETWEEN {prefix}{'0' * size} AND {prefix}{'9' * size}"
    assert mask_query(bounds) == bounds
    if len(number) >= 10 and number[-size:] not in ("0" * size, "9" * size):
        assert number not in mask_query(f"{bounds} OR number = {number}")
        assert number not in mask_query(f"number BETWEEN {number} AND {prefix}{'9' * size}")


def test_bounds_must_be_those_of_one_range() -> None:
    """Two numbers with BETWEEN are no range when their prefixes or lengths differ."""
    for query in (
        "number BETWEEN 998993940000 AND 998993959999",
        "number BETWEEN 9989939400 AND 99899394999",
        "number BETWEEN 998993941200 AND 998993941298",
    ):
        assert MASK in mask_query(query)


@pytest.mark.parametrize("digits", range(7, 16))
def test_no_query_names_a_single_number(digits: int) -> None:
    """Numbers that a case names one by one are hidden in its queries, however short; heads of blocks stay."""
    numbers = [int("376312345678901"[:digits]) + nth for nth in range(3)]
    listed = ", ".join(map(str, numbers))
    heads = f"number // 10000 BETWEEN {numbers[0] // 10_000} AND {numbers[0] // 10_000} AND "
    bounds = " OR ".join(f"number BETWEEN {one} AND {one}" for one in numbers)
    blocks = "number // 100 IN (37631)"
    for query in (
        bounds,
        f"({heads}({bounds}))",
        f"({heads}(number // 1 IN (SELECT unnest([{listed}])) OR {blocks}))",
    ):
        shown = mask_query(query)
        assert not any(str(one) in shown for one in numbers)
        assert (blocks in query) is (blocks in shown)
        assert digits > 13 or (heads in query) is (heads in shown)
        assert len(shown) == len(query)
