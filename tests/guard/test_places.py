"""Where attempts belong."""

import pytest

from checkvalve.guard.places import UNREADABLE, addresses


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
    ],
)
def test_an_address_is_found_in_what_is_around_it(written: str, means: str) -> None:
    """Ports, brackets, blanks and mapped forms make no other origin."""
    assert addresses(written) == addresses(means) != UNREADABLE


@pytest.mark.parametrize("written", ["unknown", "203.0.113.7, 10.0.0.1", "_hidden", "999.1.1.1", "[]", "1.2.3:80"])
def test_what_is_no_address_is_one_origin(written: str) -> None:
    """Texts that are no address count together, and with no address that there is."""
    assert addresses(written) == UNREADABLE
    assert addresses("255.255.255.255") != UNREADABLE != addresses("::1")
