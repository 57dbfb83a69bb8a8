"""In which country, and in whose network, is an address? From data bases in MaxMind's format that the user has.

The format is that of GeoLite2 and GeoIP2, and DB-IP, IPinfo, IP2Location and others sell or give away data bases in
it; none comes with the product, and nothing is downloaded. Each provider names its fields in its own way, and all
that are known are tried: ``country.iso_code``, ``country_code``, ``country`` with two letters;
``autonomous_system_number``, ``asn`` as a number or as ``AS64500``. Where a country is only that of the
registration or of a represented embassy, it is not taken: that is not where the address is.

Source: MaxMind DB File Format Specification 2.0, and the field lists of the providers named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import maxminddb

from checkvalve.errors import Usage

_COUNTRY = ("iso_code", "code")
_FLAT_COUNTRY = ("country_code", "country")
_NUMBER = ("autonomous_system_number", "asn", "as_number")
_NAME = ("autonomous_system_organization", "as_name", "as_organization", "as_desc", "organization", "name")
_LARGEST_ASN = 1 << 32


@dataclass(frozen=True, slots=True)
class Place:
    """What the data bases say of an address; what none says is None."""

    country: str | None = None
    asn: int | None = None
    network_name: str | None = None
    """Whom the network (ASN) belongs to."""


NOWHERE = Place()


class Places:
    """Several data bases, asked in their order; the first that says something counts."""

    def __init__(self, files: Sequence[str]) -> None:
        """Open the data bases; raises `Usage` for a file that is missing or is none."""
        self._readers = [_opened(Path(file)) for file in files]
        self._versions = [reader.metadata().ip_version for reader in self._readers]
        self.told = [_told(reader, Path(file)) for file, reader in zip(files, self._readers, strict=True)]

    def __enter__(self) -> "Places":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            reader.close()

    def place(self, address: str) -> Place:
        """Where an address is; `NOWHERE` for what is no address, and for those that no network is known for."""
        try:
            found: IPv4Address | IPv6Address = ip_address(address)
        except ValueError:
            return NOWHERE
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if isinstance(found, IPv6Address) and int(found) >> 32 == 0:
            return NOWHERE  # there the format keeps the networks of IPv4
        place = NOWHERE
        for reader, version in zip(self._readers, self._versions, strict=True):
            if found.version > version:
                continue
            record = reader.get(found)
            if isinstance(record, Mapping):
                said = place_of(record)
                place = Place(
                    place.country or said.country,
                    place.asn or said.asn,
                    place.network_name or said.network_name,
                )
        return place


def place_of(record: Mapping[str, Any]) -> Place:
    """What one record of any provider says.

    >>> place_of({"country": {"iso_code": "UZ"}, "registered_country": {"iso_code": "NL"}})
    Place(country='UZ', asn=None, network_name=None)
    >>> place_of({"asn": "AS64500", "as_name": "Example Hosting", "country": "nl"})
    Place(country='NL', asn=64500, network_name='Example Hosting')
    """
    inside = record.get("country")
    country = None
    if isinstance(inside, Mapping):
        country = next((code for name in _COUNTRY if (code := _letters(inside.get(name)))), None)
    country = country or next((code for name in _FLAT_COUNTRY if (code := _letters(record.get(name)))), None)
    number = next((asn for name in _NUMBER if (asn := _asn(record.get(name)))), None)
    called = next((text for name in _NAME if isinstance(text := record.get(name), str) and text), None)
    return Place(country, number, called if number else None)


def _letters(value: object) -> str | None:
    is_code = isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha()
    return str(value).upper() if is_code else None


def _asn(value: object) -> int | None:
    if isinstance(value, Mapping):
        return next((found for name in ("asn", "number") if (found := _asn(value.get(name)))), None)
    text = str(value).upper().removeprefix("AS") if isinstance(value, int | str) else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return number if 0 < number < _LARGEST_ASN else None


def _opened(path: Path) -> maxminddb.Reader:
    where = "settings, logs.address_databases"
    try:
        return maxminddb.open_database(str(path), maxminddb.MODE_AUTO)
    except OSError as error:
        raise Usage(
            f"{path} cannot be read ({(error.strerror or str(error)).lower()})", where=where, todo="check the path"
        ) from error
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise Usage(
            f"{path} is no data base in MaxMind's format",
            where=where,
            todo="name a file that ends in .mmdb, unpacked, as its provider gives it",
        ) from error


def _told(reader: maxminddb.Reader, path: Path) -> str:
    """The data base in words, with its age: addresses move."""
    about = reader.metadata()
    return f"{about.database_type or path.name} of {datetime.fromtimestamp(about.build_epoch, UTC):%Y-%m-%d}"
