"""Who asked for a message through the network that the number belongs to?

Most people who ask on their telephone's own line come through the carrier of their number; whoever hires addresses and
numbers cannot match them. Which provider's addresses are a carrier's own is learned from the evidence: those through
which hardly anybody asks but for numbers of that carrier. At home people ask through a provider that serves all
carriers' customers, which is why not everybody does, but of a place's people always about the same part.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.addresses import PROVIDER
from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.certain import know_certain, rows_of
from checkvalve.evidence.store import Store
from checkvalve.statistics.grouping import Groups, groups_of

_LEAST_OF_PROVIDER, _MOST_OF_PROVIDER = 5, 30
"""Whose it is, the first messages through a provider tell, from so many up to so many: later ones may be fraud's."""
_LEAST_OF_FORM = 50
"""So many messages of a form say whether people ask for themselves by it (judgement)."""
_RATHER = 1.5
"""Of a form by which people ask for themselves, so many times more come through their own network than by chance."""
_MOST_OF_ADDRESS = 5
"""An address through which more new numbers ask in a day is an office's, a machine's or a guest network's."""
_ASKED = f"""SELECT c.number, c.sent_s, hash(coalesce(CAST(c.asn AS VARCHAR), {PROVIDER})) >> 1 AS provider,
           hash(c.ip) >> 1 AS address, hash(c.endpoint) >> 1 AS endpoint
    FROM certain AS c JOIN addresses AS a ON c.ip = a.ip WHERE a.network IS NOT NULL
    ORDER BY c.sent_s, c.message"""
_NOBODY = -1
_DAY_S = 86_400.0
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]


class Through(NamedTuple):
    """Numbers whose request of a day is certain, in order of time, (M,) each."""

    row: _Ints
    """The row of the number and the day."""
    own: _Bools
    """Did the request come through the number's own network?"""
    foreign: _Bools
    """Or through another carrier's own? All others came through nobody's, such as one at home."""


def asked_through(store: Store, rows: Destinations) -> Through | None:
    """Who asked through their own network? None where the logs tell it of nobody.

    Whose a network is, is said in hindsight, so that the same is counted before and after it was known. To be asked
    after `evidence.links.link_requests`.
    """
    know_certain(store)
    found = store.arrays(_ASKED)
    row = rows_of(rows, found["number"], found["sent_s"])
    kept = np.flatnonzero((row >= 0) & (rows.network[row] & 0xFFFF > 0)) if len(rows) else row[:0]
    if not len(kept):
        return None
    kept = np.sort(kept[groups_of(row[kept]).first])
    row = row[kept]
    provider, address, endpoint = (
        found[name][kept].astype(np.int64) for name in ("provider", "address", "endpoint")
    )
    market = _Market.of(rows.network[row].astype(np.int64), rows.country[row])
    owner = _owners(provider, market)
    own = owner == market.carrier
    told = _by_themselves(endpoint, own, market.share(owner)) & (own | ~_crowded(address, rows.first_s[row]))
    if not told.any():
        return None
    return Through(row[told], own[told], ((owner != _NOBODY) & ~own)[told])


class _Market(NamedTuple):
    """To whom the numbers belong."""

    carrier: _Ints
    country: NDArray[np.int32]
    """Of each number, (M,)."""
    carriers: _Ints
    parts: NDArray[np.float64]
    """Every carrier once, ascending, and which part of its country's numbers it has."""

    @classmethod
    def of(cls, carrier: _Ints, country: NDArray[np.int32]) -> "_Market":
        """From the carrier and the country of each of them."""
        groups = groups_of(carrier)
        whole = np.bincount(country)[country[groups.first]]
        return cls(carrier, country, carrier[groups.first], groups.sizes / whole)

    def share(self, owner: _Ints) -> NDArray[np.float64]:
        """Which part of its country's numbers has each carrier ``owner``; 0 for nobody."""
        place = self.carriers.searchsorted(owner)
        return np.where(owner == _NOBODY, 0.0, self.parts.take(place, mode="clip"))


def _owners(provider: _Ints, market: _Market) -> _Ints:
    """Whose network is it through which each of them asked?

    The carrier's that is half-way from its part of the market to all who asked through it.
    """
    owner = np.full(len(provider), _NOBODY)
    for members in _members(groups_of(provider ^ (market.country.astype(np.int64) << 40))):
        first = market.carrier[members[:_MOST_OF_PROVIDER]]
        names, counts = np.unique(first, return_counts=True)
        part = float(market.share(names[counts.argmax()][None])[0])
        if len(first) >= _LEAST_OF_PROVIDER and part < 1 and counts.max() >= (1 + part) / 2 * len(first):
            owner[members] = names[counts.argmax()]
    return owner


def _members(groups: Groups) -> list[_Ints]:
    return np.split(groups.order, groups.starts[1:-1]) if len(groups.order) else []


def _by_themselves(endpoint: _Ints, own: _Bools, by_chance: NDArray[np.float64]) -> _Bools:
    """Which of them used a form by which people ask for their own number? By an invitation they ask for others'."""
    told = np.zeros(len(endpoint), np.bool_)
    for members in _members(groups_of(endpoint)):
        of_form = own[members].sum() > _RATHER * by_chance[members].sum()
        told[members] = of_form and len(members) >= _LEAST_OF_FORM
    return told


def _crowded(address: _Ints, first_s: NDArray[np.float64]) -> _Bools:
    """Through whose address did more new numbers ask that day than a household has?"""
    day = np.floor(first_s / _DAY_S).astype(np.int64)
    groups = groups_of(address ^ (day << 42))
    crowded = np.zeros(len(address), np.bool_)
    crowded[groups.order] = np.repeat(groups.sizes > _MOST_OF_ADDRESS, groups.sizes)
    return crowded
