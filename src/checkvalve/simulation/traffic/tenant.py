"""The business whose logs are written: its size, its countries, its app and its site."""

import msgspec
import numpy as np

from checkvalve.simulation.traffic.countries import COUNTRIES, Country
from checkvalve.simulation.traffic.draws import Floats, stream

SIZES = {"tiny": 200, "small": 2_000, "mid": 20_000, "large": 500_000}
"""Sends a day of the four sizes of tenant."""


class Paths(msgspec.Struct, frozen=True):
    """What the site calls the requests that matter, and a few that only look like them."""

    host: str
    send: str
    check: str
    form: str
    password: str
    interface: str


class Tenant(msgspec.Struct, frozen=True):
    """One business. ``countries`` stand in order of size; their shares follow Zipf's law with ``zipf``."""

    app: str
    sends_per_day: float
    countries: tuple[Country, ...]
    paths: Paths
    zipf: float = 1.3
    app_share: float = 0.35
    returning_share: float = 0.64
    visits_per_send: float = 1.1
    weekend: float = 1.0

    def shares(self) -> Floats:
        """Each country's share of the sends."""
        weights = np.arange(1, len(self.countries) + 1, dtype=np.float64) ** -self.zipf
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def prices(self, seed: int) -> dict[tuple[str, str], float]:
        """What one message costs this tenant by country and carrier, everywhere: an attack goes anywhere."""
        contract = stream(seed, "contract").uniform(0.94, 1.08)
        prices = {}
        for country in COUNTRIES.values():
            random = stream(seed, "price", country.iso)
            for carrier in country.carriers:
                prices[country.iso, carrier.name] = round(
                    country.price_usd * contract * random.uniform(0.88, 1.14), 4
                )
        return prices
