"""What makes days unequal without anybody cheating: a push, an outage, a holiday."""

from typing import Literal

import msgspec
import numpy as np

from checkvalve.simulation.traffic.draws import Floats


class Surge(msgspec.Struct, frozen=True):
    """More people for a while: up to ``peak`` times as many, rising over ``ramp_s``, dying away over ``tail_s``."""

    start: float
    end: float
    peak: float
    countries: frozenset[str]
    ramp_s: float = 1_800.0
    tail_s: float = 5_400.0
    newcomers: float = 0.5
    """Share of the extra people who are new."""
    resets: float = 0.0
    """Share of the extra people who are known and ask for a new password."""

    def factor(self, iso: str, times: Floats) -> Floats:
        """By how much it multiplies arrivals in that country at these times."""
        if iso not in self.countries:
            return np.ones_like(times)
        rise = np.clip((times - self.start) / self.ramp_s, 0.0, 1.0)
        fall = np.exp(-np.clip(times - self.end, 0.0, None) / self.tail_s)
        return np.asarray(1.0 + (self.peak - 1.0) * rise * fall, dtype=np.float64)


class Outage(msgspec.Struct, frozen=True):
    """One carrier delivers nothing (but a ``delivered`` share) while people press resend."""

    country: str
    carrier: str
    start: float
    end: float
    delivered: float = 0.0
    persistence: float = 0.72
    """How likely somebody without a code asks for another."""
    complaints: float = 0.2
    receipts: Literal["failed", "delivered"] = "failed"
    """What the carrier reports of what it lost."""

    def strikes(self, iso: str, carrier: str, at: float) -> bool:
        """Whether a message to that carrier at that time falls into it."""
        return iso == self.country and carrier == self.carrier and self.start <= at < self.end


class Holiday(msgspec.Struct, frozen=True):
    """A day (UTC) on which some countries do less, or more."""

    start: float
    level: float
    countries: frozenset[str]

    def factor(self, iso: str, times: Floats) -> Floats:
        """By how much it multiplies arrivals in that country at these times."""
        inside = (times >= self.start) & (times < self.start + 86_400) & (iso in self.countries)
        return np.where(inside, self.level, 1.0)


class Conditions(msgspec.Struct, frozen=True):
    """Everything unusual of one scenario's honest traffic."""

    surges: tuple[Surge, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    outages: tuple[Outage, ...] = ()

    def factor(self, iso: str, times: Floats) -> Floats:
        """By how much all of it together multiplies arrivals."""
        result = np.ones_like(times)
        for surge in self.surges:
            result = result * surge.factor(iso, times)
        for holiday in self.holidays:
            result = result * holiday.factor(iso, times)
        return result

    def newcomers(self, iso: str, at: float) -> float:
        """The share of people at that time who came for a push and are new."""
        times = np.array([at])
        for surge in self.surges:
            factor = float(surge.factor(iso, times)[0])
            if factor > 1.05:
                return surge.newcomers * (1.0 - 1.0 / factor)
        return 0.0

    def resets(self, iso: str, at: float) -> float:
        """The share of people at that time who are known and ask for a new password."""
        times = np.array([at])
        for surge in self.surges:
            factor = float(surge.factor(iso, times)[0])
            if factor > 1.05:
                return surge.resets * (1.0 - 1.0 / factor)
        return 0.0

    def outage(self, iso: str, carrier: str, at: float) -> Outage | None:
        """The outage that a message runs into, if any."""
        return next((one for one in self.outages if one.strikes(iso, carrier, at)), None)
