"""Who asked, behind proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.client import Clients

PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.5", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.5", "192.0.2.1, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("10.0.0.5", "nonsense, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.5", "203.0.113.7:5050", "203.0.113.7"),
        ("10.0.0.5", '"[2001:db8::1]:443"', "2001:db8::1"),
        ("10.0.0.5", "203.0.113.7, unknown", None),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),
        ("2001:db8:ffff::1", "203.0.113.7", "203.0.113.7"),
        (None, "203.0.113.7", "203.0.113.7"),
    ],
)
def test_the_list_is_read_from_the_right(peer: str | None, forwarded: str, client: str | None) -> None:
    """The client is the first address from the right that is not a proxy of ours; a stranger's list is not believed."""
    assert Clients(PROXIES).address(peer, {"x-forwarded-for": forwarded}) == client


def test_nobody_is_believed_without_proxies() -> None:
    """Where no proxy is named, only the connection counts."""
    assert Clients().address("203.0.113.9", {"x-forwarded-for": "192.0.2.1"}) == "203.0.113.9"
    assert Clients().address(None, {"x-forwarded-for": "192.0.2.1"}) is None


@given(st.text(alphabet="0123456789., abcx:[]", max_size=60))
def test_nothing_that_a_stranger_writes_hides_them(written: str) -> None:
    """Whatever stands to the left of what our proxy wrote, the client is what our proxy wrote."""
    headers = {"x-forwarded-for": f"{written}, 203.0.113.7"}
    assert Clients(PROXIES).address("10.0.0.5", headers) == "203.0.113.7"


def test_what_is_no_network_is_told() -> None:
    """A mistake in the list of proxies is found at the start."""
    with pytest.raises(Usage, match="trusted_proxies"):
        Clients(("10.0.0.0/99",))
