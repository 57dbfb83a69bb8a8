"""People who ask on their telephone's line or at home, and strangers at homes, with their requests in a store."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations, destinations
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.store import Store
from tests.indicators.synthetic import DAY_S, DIGITS, PREFIXES, START, Messages, ask, messages, store_of

DAYS = 21
FRAUD_S = START + 12 * DAY_S
Addresses = list[str]


def numbers_of(country: str, count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers all over a country's networks, and which of them each belongs to."""
    which = rng.integers(0, len(PREFIXES[country]), count)
    free = DIGITS[country] - len(PREFIXES[country][0])
    heads = np.array([int(prefix) for prefix in PREFIXES[country]])
    return heads[which] * 10**free + rng.integers(0, 10**free, count), which


def asking(
    country: str,
    per_day: float,
    mobile: float,
    *,
    begin_s: float = START,
    end_s: float = START + DAYS * DAY_S,
    matched: bool = True,
    seed: int = 1,
) -> tuple[Messages, Addresses]:
    """Numbers that come once and enter their codes; ``mobile`` of them through a carrier's network, else at home.

    ``matched``: through their own carrier's; else through any.
    """
    rng = np.random.default_rng([seed, sum(map(ord, country))])
    at_s = np.sort(rng.uniform(begin_s, end_s, rng.poisson(per_day * (end_s - begin_s) / DAY_S)))
    number, which = numbers_of(country, len(at_s), rng)
    network = which if matched else rng.permutation(which)
    place = np.where(rng.random(len(at_s)) < mobile, network, 9)
    high = 60 + sorted(PREFIXES).index(country)
    tail = rng.integers(1, 250, (len(at_s), 2))
    addresses = [f"{high}.{net}.{a}.{b}" for net, (a, b) in zip(place.tolist(), tail.tolist(), strict=True)]
    return messages(at_s, number, at_s + 30.0), addresses


def together(*parts: tuple[Messages, Addresses]) -> tuple[Messages, Addresses]:
    """All of them in order of time."""
    sent = parts[0][0]
    for more, _ in parts[1:]:
        sent += more
    at_s = np.concatenate([one.at_s for one, _ in parts])
    addresses = [address for _, some in parts for address in some]
    return sent, [addresses[place] for place in np.argsort(at_s, kind="stable").tolist()]


@contextmanager
def linked(parts: tuple[Messages, Addresses], path: str = "/send") -> Iterator[tuple[Store, Destinations]]:
    """A store in which each message has a request of its address, one second before, and its rows."""
    sent, addresses = parts
    with store_of(sent) as store:
        ask(store, sent.at_s - 1, addresses, user_agent="'a'", status="200", path=f"'{path}'")
        store.run("INSERT INTO send_endpoints VALUES ('POST', ?, ?, 'stated')", [path, f"POST {path}"])
        link_requests(store)
        yield store, destinations(store)


PEOPLE = together(asking("PL", 20.0, 0.6), asking("ES", 60.0, 0.6))
STRANGERS = asking("PL", 35.0, 0.3, begin_s=FRAUD_S, matched=False, seed=7)
