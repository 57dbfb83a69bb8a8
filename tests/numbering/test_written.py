"""A number's text is read as its writer meant it, or not at all."""

import numpy as np
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.plan import Length, classify_one, metadata_version
from checkvalve.numbering.written import e164, e164_many, format_e164, mask
from tests.numbering.samples import sample_numbers

SAMPLES = sample_numbers(seed=11, per_pattern=1)
POSSIBLE = st.sampled_from([number for number in SAMPLES if classify_one(number).length is Length.POSSIBLE])
CANONICAL = POSSIBLE.filter(lambda number: classify_one(number).canonical)
SEPARATORS = st.sampled_from(["", "", "", " ", "-", ".", "(", ")", "/", "\u00a0", "\u2011", "\u202a"])


def by_phonenumbers(number: int) -> int | None:
    """What phonenumbers makes of the digits, if that is possible."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@pytest.mark.skipif(metadata_version() != phonenumbers.__version__, reason="the metadata are of two versions")
def test_digits_are_read_as_phonenumbers_reads_them() -> None:
    """With or without a national prefix left in, possible or not, + and digits mean what phonenumbers says."""
    different = [number for number in SAMPLES if e164(f"+{number}") != by_phonenumbers(number)]

    assert different == []
    assert len(SAMPLES) > 5_000


@given(st.text() | st.text("+0123456789 -().x", max_size=24))
def test_any_text_is_a_possible_number_or_none(text: str) -> None:
    """No text raises, and what is read is possible for phonenumbers too."""
    number = e164(text)

    assert number is None or phonenumbers.is_possible_number(phonenumbers.parse(f"+{number}"))


@given(CANONICAL, st.data(), st.sampled_from(["+", "00", "＋", " (+", "\u200e+"]))
def test_writing_changes_nothing(number: int, data: st.DataObject, start: str) -> None:
    """Spaces, dashes, dots, slashes, brackets and direction marks between the digits leave the number as it is."""
    between = data.draw(st.lists(SEPARATORS, min_size=18, max_size=18))
    text = start + "".join(digit + gap for digit, gap in zip(str(number), between, strict=False))

    assert number == e164(text)


@given(CANONICAL)
def test_what_is_written_is_read(number: int) -> None:
    """Formatting and reading give the number back."""
    assert number == e164(format_e164(number))


@given(CANONICAL)
def test_bare_digits_need_a_promise(number: int) -> None:
    """Digits without + or 00 are a number only where the source promises the international form."""
    assert e164(str(number)) is None
    assert number == e164(str(number), bare=True)


@given(CANONICAL, st.integers(0, 3), st.sampled_from("XxY*•#?"))
def test_a_masked_number_is_none(number: int, place: int, hidden: str) -> None:
    """One hidden digit is enough to know nothing."""
    text = f"+{number}"
    cut = len(text) - 1 - place

    assert e164(text[:cut] + hidden + text[cut + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "+",
        "00",
        "+1",
        "+998",
        "1XXX5550100",
        "+1415555",
        "+9989394123456789",
        "+49" + "1" * 17,
        "+0998939412345",
        "+44+7700900123",
        "+999123456789",
        "+998939412345 ext. 5",
        "9.98939E+11",
        "unknown",
        "+998939412345, +998939412346",
        "+" + "9" * 100,
    ],
)
def test_what_is_no_number(text: str | None) -> None:
    """Empty, masked, too short, too long, of no calling code, doubled or worded: no number."""
    assert e164(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 (0) 171 1234567", 491711234567),
        ("+44 (0)7700 900123", 447700900123),
        ("0044 7700 900123", 447700900123),
        ("+39 06 6982", 39066982),
        ("+٩٩٨٩٣٩٤١٢٣٤٥", 998939412345),
        ("+998100000000", 998100000000),
    ],
)
def test_what_is_a_number(text: str, number: int) -> None:
    """A national prefix goes, an Italian zero stays, other digits count, an unassigned range is kept."""
    assert number == e164(text)


@given(st.lists(st.none() | POSSIBLE.map(lambda n: f"+{n}") | st.text("+0123456789 X", max_size=16), max_size=30))
def test_many_are_read_like_one(texts: list[str | None]) -> None:
    """`e164_many` reads each text as `e164` does, 0 standing for None."""
    assert [e164(text) or 0 for text in texts] == e164_many(texts).tolist()
    assert [e164(text, bare=True) or 0 for text in texts] == e164_many(texts, bare=True).tolist()


def test_many_of_none() -> None:
    """No texts make an empty array of numbers."""
    empty = e164_many([])

    assert ((0,), np.dtype(np.int64)) == (empty.shape, empty.dtype)


@given(POSSIBLE)
def test_a_mask_hides_the_last_four_digits(number: int) -> None:
    """Of a possible number everything but the last four digits is shown, as int and as text alike."""
    expected = f"+{number // 10_000}••••"

    assert expected == mask(number)
    assert expected == mask(f"+{number}")


@pytest.mark.parametrize("prefix", ["+998", "+99893941", "+9989394123", "+1415", "+14155550", "UZ", "", "unknown"])
def test_a_prefix_is_not_masked(prefix: str) -> None:
    """What is too short to be a whole number stays as it is."""
    assert prefix == mask(prefix)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+998 93 941-23-45", "+998 93 941-••-••"),
        ("07700 900123", "07700 90••••"),
        ("+99893941234567", "+9989394123••••"),
        ("tel 0171/1234567 (home)", "tel 0171/123•••• (home)"),
        ("+49" + "1" * 30, "+49" + "1" * 26 + "••••"),
    ],
)
def test_whatever_may_lead_to_a_person_is_masked(text: str, masked: str) -> None:
    """National, overlong and oddly written numbers lose their last four digits too."""
    assert masked == mask(text)


@given(st.text())
def test_masking_never_fails(text: str) -> None:
    """Any text can be masked, and keeps its length."""
    assert len(text) == len(mask(text))


def test_samples_hold_both_kinds() -> None:
    """The numbers that these tests draw from include ones with a national prefix left in."""
    assert {True, False} == {classify_one(number).canonical for number in SAMPLES}
