"""Which numbers live in a country: carriers by market share, their live blocks unevenly full."""

from functools import lru_cache

import numpy as np

from checkvalve.simulation.traffic.countries import Carrier, Country
from checkvalve.simulation.traffic.draws import Floats, Ints, share_index, stream, traits

LIVE_BLOCKS = 500
"""At most so many blocks of 10,000 numbers are alive in one carrier."""
LIVE_SHARE = 0.6


def random_blocks(country: Country, carrier: Carrier, count: int, random: np.random.RandomState) -> list[str]:
    """So many different blocks (all digits but the last four) of a carrier's own prefixes, alive or not."""
    blocks: dict[str, None] = {}
    while len(blocks) < count:
        prefix = carrier.prefixes[random.randint(len(carrier.prefixes))]
        free = carrier.digits - len(prefix) - 4
        middle = f"{random.randint(10**free):0{free}d}" if free else ""
        blocks[country.calling_code + prefix + middle] = None
    return list(blocks)


def _possible_blocks(carrier: Carrier) -> int:
    return sum(int(10 ** (carrier.digits - len(prefix) - 4)) for prefix in carrier.prefixes)


@lru_cache(maxsize=1024)
def live_blocks(country: Country, carrier: Carrier, seed: int) -> tuple[list[str], Floats]:
    """The live blocks of a carrier and what share of its users each holds: Zipf with an exponent of 0.3 to 0.7."""
    random = stream(seed, "blocks", country.iso, carrier.name)
    count = max(1, min(LIVE_BLOCKS, int(LIVE_SHARE * _possible_blocks(carrier))))
    blocks = random_blocks(country, carrier, count, random)
    occupancy = np.arange(1, count + 1, dtype=np.float64) ** -random.uniform(0.3, 0.7)
    return blocks, occupancy / occupancy.sum()


def numbers_of(country: Country, people: Ints, seed: int) -> tuple[list[str], Ints]:
    """Each person's number and the index of its carrier; the same person has always the same."""
    shares = np.array([carrier.share for carrier in country.carriers])
    carriers = share_index(traits(people, seed, country.iso, "carrier"), shares)
    seats = traits(people, seed, country.iso, "block")
    lines = (traits(people, seed, country.iso, "line") * 10_000).astype(np.int64)
    numbers = [""] * len(people)
    for index, carrier in enumerate(country.carriers):
        blocks, occupancy = live_blocks(country, carrier, seed)
        rows = np.flatnonzero(carriers == index)
        places = share_index(seats[rows], occupancy)
        for row, place, line in zip(rows.tolist(), places.tolist(), lines[rows].tolist(), strict=True):
            numbers[row] = f"{blocks[place]}{line:04d}"
    return numbers, carriers
