"""When people come: a Poisson process whose rate follows local day and week and a slow noise of its own."""

import numpy as np

from checkvalve.simulation.traffic.countries import Country
from checkvalve.simulation.traffic.draws import Floats, stream

SLOT_S = 900
NOISE_SIGMA = 0.22
NOISE_MEMORY = 0.8


def _bump(hour: Floats, peak: float, width: float) -> Floats:
    away = np.minimum(np.abs(hour - peak), 24 - np.abs(hour - peak))
    return np.asarray(np.exp(-((away / width) ** 2)), dtype=np.float64)


def day_shape(local_hour: Floats) -> Floats:
    """How busy an hour of the local day is; the mean over a day is one, the night a tenth of the evening."""
    return (0.13 + 0.95 * _bump(local_hour, 11.5, 3.6) + 1.2 * _bump(local_hour, 19.5, 3.2)) / 0.6662


def week_shape(weekday: Floats, weekend: float) -> Floats:
    """How busy a day of the local week is (0 is Monday); the mean over a week is one."""
    curve = np.where(weekday >= 5, weekend, 1.0)
    return np.asarray(curve * 7 / (5 + 2 * weekend), dtype=np.float64)


class Arrivals:
    """The arrivals in one country from ``start`` for so many days, day by day."""

    def __init__(self, country: Country, start: float, days: int, weekend: float, seed: int) -> None:
        self._start = start
        self._random = stream(seed, "arrivals", country.iso)
        slots = days * 86_400 // SLOT_S
        self.slot_starts = start + SLOT_S * np.arange(slots, dtype=np.float64)
        local = self.slot_starts + SLOT_S / 2 + country.offset_h * 3_600
        weekday = (local // 86_400 + 3) % 7
        rhythm = day_shape(local % 86_400 / 3_600) * week_shape(weekday, weekend)
        self._shape = rhythm * self._noise(stream(seed, "noise", country.iso), slots)

    @staticmethod
    def _noise(random: np.random.RandomState, slots: int) -> Floats:
        """A slow multiplicative noise, by the hour, that makes counts vary more than Poisson's."""
        shocks = random.normal(size=slots * SLOT_S // 3_600 + 1) * NOISE_SIGMA * np.sqrt(1 - NOISE_MEMORY**2)
        level, levels = 0.0, []
        for shock in shocks.tolist():
            level = NOISE_MEMORY * level + shock
            levels.append(level)
        return np.repeat(np.exp(np.array(levels) - NOISE_SIGMA**2 / 2), 3_600 // SLOT_S)[:slots]

    def of_day(self, day: int, per_day: float, factors: Floats) -> Floats:
        """Sorted times of one day, of which there are ``per_day`` on an average day. ``factors`` has one a slot."""
        first = day * 86_400 // SLOT_S
        rows = slice(first, first + 86_400 // SLOT_S)
        counts = self._random.poisson(per_day * SLOT_S / 86_400 * self._shape[rows] * factors)
        times = np.repeat(self.slot_starts[rows], counts) + SLOT_S * self._random.uniform(size=int(counts.sum()))
        return np.sort(times)

    def slots_of_day(self, day: int) -> Floats:
        """The middles of one day's slots."""
        first = day * 86_400 // SLOT_S
        return self.slot_starts[first : first + 86_400 // SLOT_S] + SLOT_S / 2
