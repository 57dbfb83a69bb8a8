"""The plan answers as phonenumbers does, for one number and for many."""

import sys
from dataclasses import fields
from subprocess import run
from typing import Any

import numpy as np
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.compile_plan import compile_plan
from checkvalve.numbering.plan import (
    Facts,
    Length,
    NumberType,
    classify,
    classify_one,
    countries,
    country_index,
    main_country,
    metadata_version,
    shipped_table,
)
from tests.numbering.samples import sample_numbers

same_metadata = pytest.mark.skipif(
    metadata_version() != phonenumbers.__version__,
    reason="another version of phonenumbers is installed than the shipped table was made from",
)


def reference(number: int) -> tuple[Any, ...] | None:
    """Country, type, valid, possible, calling code by phonenumbers; None where it changes the digits or refuses."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != f"+{number}":
        return None
    region = phonenumbers.region_code_for_number(parsed)
    return (
        None if region == "001" else region,
        phonenumbers.number_type(parsed),
        phonenumbers.is_valid_number(parsed),
        phonenumbers.is_possible_number(parsed),
        parsed.country_code,
    )


class TestAgreement:
    """Tens of thousands of numbers, looked up here and there."""

    @same_metadata
    def test_every_canonical_number(self) -> None:
        """Country, type, validity, possibility and calling code are those of phonenumbers, without exception."""
        numbers = sample_numbers(seed=20261121, per_pattern=7)
        found = classify(np.array(numbers))
        columns = (found.country, found.type, found.valid, found.possible, found.calling_code)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        pairs = [(number, reference(number), row) for number, row in zip(numbers, rows, strict=True)]
        different = [
            (number, expected, row)
            for number, expected, row in pairs
            if expected and expected != (countries()[row[0]], *row[1:])
        ]

        assert different == []
        assert sum(expected is not None for _, expected, _ in pairs) > 40_000
        assert found.valid.sum() > 10_000

    @same_metadata
    def test_canonical_is_certain(self) -> None:
        """What is called canonical and possible is read by phonenumbers, and as it stands."""
        numbers = sample_numbers(seed=20261121, per_pattern=7)
        found = classify(np.array(numbers))
        changed = np.array([reference(number) is None for number in numbers])

        assert not (changed & found.canonical & found.possible).any()
        assert changed.any()

    @same_metadata
    def test_a_valid_mobile_number_needs_no_second_look(self) -> None:
        """No valid mobile number is suspected of a national prefix, so the slow path stays rare."""
        found = classify(np.array(sample_numbers(seed=20261121, per_pattern=7)))

        assert found.canonical[found.type == NumberType.MOBILE].all()


@same_metadata
def test_the_shipped_table_is_what_would_be_compiled() -> None:
    """The table in the package equals the one that the build script would make from the same metadata."""
    compiled = compile_plan()
    shipped = shipped_table()

    assert compiled.keys() == shipped.keys()
    assert [name for name in compiled if not np.array_equal(compiled[name], shipped[name])] == []


def test_number_types_are_those_of_phonenumbers() -> None:
    """Each type has libphonenumber's name and value."""
    theirs = {name: value for name, value in vars(phonenumbers.PhoneNumberType).items() if name.isupper()}

    assert theirs == {kind.name: kind.value for kind in NumberType}


@given(st.integers(min_value=-10, max_value=2**63 - 1))
def test_one_and_many_agree(number: int) -> None:
    """`classify_one` says of any int what `classify` says of it in an array."""
    found = classify(np.array([number]))
    row = {field.name: getattr(found, field.name)[0] for field in fields(found)}

    assert Facts(**{**row, "country": countries()[row["country"]]}) == classify_one(number)


@pytest.mark.parametrize(
    ("number", "country", "kind"),
    [
        (12423591234, "BS", NumberType.MOBILE),
        (14155550100, "US", NumberType.FIXED_LINE_OR_MOBILE),
        (447624000001, "IM", NumberType.MOBILE),
        (77011234567, "KZ", NumberType.MOBILE),
        (79161234567, "RU", NumberType.MOBILE),
        (80012345678, None, NumberType.TOLL_FREE),
        (870773111632, None, NumberType.MOBILE),
        (390669812345, "VA", NumberType.FIXED_LINE),
    ],
)
def test_shared_codes(number: int, country: str | None, kind: NumberType) -> None:
    """Countries under one calling code are told apart; a non-geographic number has a type and no country."""
    facts = classify_one(number)

    assert (country, kind, True) == (facts.country, facts.type, facts.valid)


def test_an_unassigned_number_under_a_shared_code_has_no_country() -> None:
    """Nothing is guessed: +44 with an unassigned range is no country's, though it is mainly the UK's code."""
    found = classify(np.array([441000000000]))

    assert (
        found.country[0],
        found.calling_code[0],
        bool(found.possible[0]),
        bool(found.valid[0]),
    ) == (0, 44, True, False)
    assert country_index("GB") == main_country(found.calling_code)[0]


@pytest.mark.parametrize(
    ("number", "length"),
    [
        (99893941234, Length.TOO_SHORT),
        (998939412345, Length.POSSIBLE),
        (9989394123456, Length.IMPOSSIBLE),
        (12530000, Length.LOCAL_ONLY),
    ],
)
def test_lengths(number: int, length: Length) -> None:
    """The length says whether digits are missing or too many, or make a number within its area only."""
    assert length == classify_one(number).length


def test_phonenumbers_is_not_imported() -> None:
    """Classifying canonical numbers does not load phonenumbers."""
    code = (
        "import sys; from checkvalve.numbering import *; classify_one(998939412345); e164('+998939412345');"
        "networks(__import__('numpy').array([998939412345])); sys.exit('phonenumbers' in sys.modules)"
    )

    assert run([sys.executable, "-c", code], check=False).returncode == 0  # the interpreter, on a constant text
