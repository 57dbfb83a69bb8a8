"""Where an address is, is what the user's data bases say, and nothing else."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Usage
from checkvalve.network.places import NOWHERE, Place, Places, place_of
from tests.network.mmdb import U32, Value, write_mmdb

COUNTRIES: dict[str, Value] = {
    "203.0.113.0/24": {"country": {"iso_code": "UZ"}},
    "198.51.100.0/25": {"country": {"iso_code": "NL"}},
    "2001:db8::/32": {"country": {"iso_code": "DE"}},
}
NETWORKS: dict[str, Value] = {
    "203.0.113.0/25": {"autonomous_system_number": U32(64500), "autonomous_system_organization": "Example Mobile"},
    "2001:db8:1::/48": {
        "autonomous_system_number": U32(64501),
        "autonomous_system_organization": "Example Hosting",
    },
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A data base of countries, and one of networks."""
    countries = write_mmdb(tmp_path / "country.mmdb", COUNTRIES)
    return str(countries), str(write_mmdb(tmp_path / "asn.mmdb", NETWORKS, "Test-ASN"))


def test_several_data_bases_add_up(files: tuple[str, str]) -> None:
    """Each data base gives what it knows, of either kind of address."""
    with Places(files) as places:
        assert places.place("203.0.113.7") == Place("UZ", 64500, "Example Mobile")
        assert places.place("203.0.113.200") == Place("UZ")
        assert places.place("::ffff:203.0.113.7") == Place("UZ", 64500, "Example Mobile")
        assert places.place("2001:db8:1::7") == Place("DE", 64501, "Example Hosting")
        assert places.told == ["Test-Country of 2026-05-01", "Test-ASN of 2026-05-01"]


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db9::1", "", "-", "host.example.org"])
def test_what_nobody_knows_stays_unknown(address: str, files: tuple[str, str]) -> None:
    """An address outside every network, and what is no address, is nowhere."""
    with Places(files) as places:
        assert places.place(address) == NOWHERE


def test_an_old_data_base_of_short_addresses(tmp_path: Path) -> None:
    """A data base of IPv4 alone is not asked for IPv6."""
    path = write_mmdb(tmp_path / "v4.mmdb", {"203.0.113.0/24": {"country": "UZ"}}, ip_version=4)
    with Places([str(path)]) as places:
        assert (places.place("203.0.113.1").country, places.place("2001:db8::1")) == ("UZ", NOWHERE)


@given(st.ip_addresses())
def test_an_address_is_in_the_networks_that_hold_it(address) -> None:  # type: ignore[no-untyped-def] # either kind of address
    """The tree of bits gives exactly the entry whose network holds the address."""
    with Places([str(_EVERY)]) as places:
        holding = [code for network, code in _CODES.items() if _plain(address) in ip_network(network)]
        assert places.place(str(address)).country == (holding[0] if holding else None)


def _plain(address: Any) -> Any:
    return getattr(address, "ipv4_mapped", None) or address


_CODES = {"0.0.0.0/2": "AA", "64.0.0.0/3": "BB", "4000::/3": "CC", "8000::/1": "DD"}
_EVERY = Path()


@pytest.fixture(autouse=True, scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A data base that holds large parts of all addresses."""
    global _EVERY
    path = tmp_path_factory.mktemp("places") / "every.mmdb"
    _EVERY = write_mmdb(path, {network: {"country_code": code} for network, code in _CODES.items()})


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"country": {"iso_code": "uz"}}, Place("UZ")),
        ({"registered_country": {"iso_code": "NL"}}, NOWHERE),
        ({"country": {"names": {"en": "Uzbekistan"}}}, NOWHERE),
        ({"country": "Uzbekistan"}, NOWHERE),
        ({"asn": "AS64500", "as_name": "A"}, Place(None, 64500, "A")),
        ({"asn": 64500, "name": "A"}, Place(None, 64500, "A")),
        ({"asn": {"asn": "AS64500"}}, Place(None, 64500)),
        ({"asn": "", "as_name": ""}, NOWHERE),
        ({"asn": -1}, NOWHERE),
        ({"asn": 1 << 40}, NOWHERE),
        ({}, NOWHERE),
    ],
)
def test_records_of_every_provider(record: dict[str, Any], place: Place) -> None:
    """Providers name their fields differently; a name in words, and a country of registration, is no country."""
    assert place_of(record) == place


def test_what_is_no_data_base(tmp_path: Path) -> None:
    """A missing file, and one of another kind, is told with the setting that names it."""
    other = tmp_path / "text.mmdb"
    other.write_text("203.0.113.0/24,UZ\n", encoding="utf-8")
    for path in (other, tmp_path / "none.mmdb"):
        with pytest.raises(Usage, match=r"address_databases: .*mmdb .*What to do: "):
            Places([str(path)])


def test_the_address_stays_the_same() -> None:
    """The writer of these tests counts bits as addresses do."""
    assert int(ip_address("128.0.0.0")) >> 31 == 1
