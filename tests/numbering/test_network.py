"""The holder of a range is the one that the carrier data names for the longest prefix."""

import numpy as np
import phonenumbers
import pytest
from phonenumbers import carrier
from phonenumbers.carrierdata import CARRIER_DATA

from checkvalve.numbering.compile_network import compile_network
from checkvalve.numbering.network import (
    holder_gap,
    network_index,
    network_names,
    networks,
    shipped_table,
)
from tests.numbering.samples import sample_numbers

same_metadata = pytest.mark.skipif(
    str(shipped_table()["metadata_version"]) != phonenumbers.__version__,
    reason="another version of phonenumbers is installed than the shipped table was made from",
)


def holder(number: int) -> str | None:
    """The longest prefix's name, looked up the slow way."""
    text = str(number)
    found = (CARRIER_DATA[text[:length]] for length in range(9, 0, -1) if text[:length] in CARRIER_DATA)
    entry = next(found, None)
    return (entry.get("en") or min(entry.values())) if entry else None


def tried_numbers() -> list[int]:
    """Numbers inside every prefix, just beside it, and far from any."""
    inside = [int(f"{prefix}123456"[:12]) for prefix in CARRIER_DATA]
    return [*inside, *(number + 10**6 for number in inside), *sample_numbers(seed=7, per_pattern=1)]


@same_metadata
def test_every_prefix() -> None:
    """Inside, beside and far from every prefix of the carrier data, the holder is the longest prefix's."""
    numbers = tried_numbers()
    names = [network_names()[index] for index in networks(np.array(numbers))]

    assert [n for n, name in zip(numbers, names, strict=True) if name != holder(n)] == []
    assert len(numbers) > 60_000


@same_metadata
def test_english_names_are_those_of_phonenumbers() -> None:
    """Where the data has an English name for the prefix, it is what phonenumbers says of the number."""
    prefixes = [prefix for prefix, entry in CARRIER_DATA.items() if "en" in entry][::10]
    numbers = [int(f"{prefix}123456"[:12]) for prefix in prefixes]
    expected = [carrier.name_for_valid_number(phonenumbers.parse(f"+{number}"), "en") for number in numbers]

    assert expected == [network_names()[index] for index in networks(np.array(numbers))]


@same_metadata
def test_the_shipped_table_is_what_would_be_compiled() -> None:
    """The table in the package equals the one that the build script would make from the same metadata."""
    compiled = compile_network()
    shipped = shipped_table()

    assert compiled.keys() == shipped.keys()
    assert [name for name in compiled if not np.array_equal(compiled[name], shipped[name])] == []


def test_one_and_many_agree() -> None:
    """`network_index` says of a number what `networks` says of it in an array."""
    numbers = sample_numbers(seed=7, per_pattern=1)[::50]

    assert [network_index(number) for number in numbers] == networks(np.array(numbers)).tolist()


def test_known_and_gap() -> None:
    """A number has a holder, or lies in a gap between holders of its country, or its country has no data."""
    known_gap_nothing = np.array([998901234567, 998101234567, 14155550100])

    assert (networks(known_gap_nothing) > 0).tolist() == [True, False, False]
    assert holder_gap(known_gap_nothing).tolist() == [False, True, False]


def test_the_area_code_stands_for_the_country_under_plus_one() -> None:
    """The carrier data of the Bahamas make gaps there and not in the United States."""
    bahamas, california = 12420000000, 14150000000

    assert holder_gap(np.array([bahamas, california])).tolist() == [True, False]
