"""Origins: the large ones are seen, thousands of small ones are told in a sentence."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.export.origins import origins_of
from checkvalve.investigation import Origin
from tests.export.attack import attack_case
from tests.export.clock import at


def origin(kind: str, value: str, requests: int, *, known: bool = False, note: str | None = None) -> Origin:
    """An origin with so many of a thousand requests."""
    return Origin(
        kind=kind,  # type: ignore[arg-type] # words of the tests below
        value=value,
        requests=requests,
        first_seen=at(1),
        share=requests / 1000,
        known_before=known,
        note=note,
    )


ORIGINS = st.lists(
    st.builds(
        origin,
        st.sampled_from(("ip", "network", "user_agent", "ja4")),
        st.sampled_from(("192.0.2.7", "192.0.2.0/24", "2001:db8::/64", "2001:db8::1", "x")),
        st.integers(0, 1000),
        known=st.booleans(),
        note=st.none() | st.just("listed"),
    ),
    max_size=40,
)


@given(ORIGINS)
def test_only_repeated_networks_are_left_out(origins: list[Origin]) -> None:
    """Every origin is among the large or the small ones, but for networks that repeat one of their addresses."""
    case = attack_case()
    case.origins = origins
    shown = origins_of(case)
    kept = [*shown.large, *shown.small]
    missing = [one for one in origins if not any(one is other for other in kept)]
    assert len(kept) + len(missing) == len(origins)
    assert all(one.kind == "network" for one in missing)
    assert len(shown.large) <= 8


def test_thousands_of_small_addresses_are_one_sentence() -> None:
    """Where no address makes a hundredth, none is listed; how many there were and the largest share are said."""
    case = attack_case()
    case.origins = [origin("ip", f"192.0.2.{n}", 2, note="listed" if n < 3 else None) for n in range(200)]
    case.sends, case.addresses = 3604, 1213
    shown = origins_of(case)
    assert shown.told == (
        "3,604 messages, requested from 1,213 addresses; no address that stands out made more than 0.2%."
    )
    assert shown.large == []
    assert shown.rest == "200 origins, none above 0.2%, 3 of them with a note"


def test_a_large_address_is_listed() -> None:
    """Then the sentence says nothing about the largest share, for the list does."""
    case = attack_case()
    case.origins, case.sends, case.addresses = [origin("ip", "192.0.2.7", 950)], 1000, 7
    shown = origins_of(case)
    assert (shown.told, shown.large) == ("1,000 messages, requested from 7 addresses.", case.origins)


def test_a_common_agent_is_not_large() -> None:
    """What regular operation knows must carry a fifth of the requests to be listed first."""
    case = attack_case()
    common, carrying = origin("user_agent", "common", 180, known=True), origin("user_agent", "x", 400, known=True)
    case.origins = [common, carrying]
    assert origins_of(case).large == [carrying]
    assert origins_of(case).small == [common]


def test_a_network_that_is_one_address_is_left_out() -> None:
    """A network is kept where it holds more requests than its address, or another one's."""
    case = attack_case()
    address = origin("ip", "192.0.2.7", 95)
    same, more = origin("network", "192.0.2.0/24", 95), origin("network", "192.0.2.0/24", 99)
    elsewhere = origin("network", "198.51.100.0/24", 95)
    case.origins = [address, same, more, elsewhere]
    assert [one.value for one in origins_of(case).large] == ["192.0.2.0/24", "198.51.100.0/24", "192.0.2.7"]


def test_what_is_said_without_origins() -> None:
    """A web log without telling origins is not the same as no web log."""
    case = attack_case()
    case.origins, case.addresses, case.sends = [], 622, 691
    assert origins_of(case).told == "691 messages, requested from 622 addresses; none of them stands out."
    case.addresses = None
    assert origins_of(case).told == ""
