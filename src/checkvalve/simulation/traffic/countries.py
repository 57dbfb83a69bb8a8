"""The countries of the world of the scenarios: number plan, carriers, clock and price of a message."""

import csv
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import msgspec


class Carrier(msgspec.Struct, frozen=True):
    """One mobile operator. ``mcc`` and ``mnc`` keep their leading zeros; ``digits`` counts a national number."""

    name: str
    mcc: str
    mnc: str
    share: float
    prefixes: tuple[str, ...]
    digits: int


class Country(msgspec.Struct, frozen=True):
    """One country. ``offset_h`` is its distance from UTC in May and June, when all scenarios play."""

    iso: str
    calling_code: str
    offset_h: float
    locale: str
    price_usd: float
    carriers: tuple[Carrier, ...]

    def carrier(self, name: str) -> Carrier:
        """The carrier of that name. Raises ``KeyError`` for an unknown one."""
        return {carrier.name: carrier for carrier in self.carriers}[name]


def _country(iso: str, rows: list[dict[str, str]]) -> Country:
    carriers = tuple(
        Carrier(
            name=row["carrier"],
            mcc=row["mcc"],
            mnc=row["mnc"],
            share=float(row["share"]),
            prefixes=tuple(row["prefixes"].split()),
            digits=int(row["digits"]),
        )
        for row in rows
    )
    first = rows[0]
    return Country(
        iso=iso,
        calling_code=first["calling_code"],
        offset_h=float(first["offset_h"]),
        locale=first["locale"],
        price_usd=float(first["price"]),
        carriers=carriers,
    )


def read(lines: Iterable[str]) -> dict[str, Country]:
    """The countries of a table with one row a carrier, by ISO code."""
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {iso: _country(iso, list(group)) for iso, group in groupby(rows, key=lambda row: row["country"])}


COUNTRIES = read(Path(__file__).with_name("countries.csv").read_text(encoding="utf-8").splitlines())


def countries(codes: str) -> tuple[Country, ...]:
    """The countries of a list of codes.

    >>> [country.calling_code for country in countries("GB MM")]
    ['44', '95']
    """
    return tuple(COUNTRIES[code] for code in codes.split())
