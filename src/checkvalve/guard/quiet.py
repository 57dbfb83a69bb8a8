"""Nearly always no rule has anything to say: when is that certain, so that none needs to be asked?

It errs on the side of asking: what the rules say of an attempt that passes here is nothing at all, and a test holds
the two together. What it looks for at ranges and origins is compiled as well (``native/noticing.h``).
"""

import math
import struct
from collections.abc import Iterable, Sequence

from checkvalve.guard.habit import LEAST_OF_MORE
from checkvalve.guard.loss import (
    ASSIGNED,
    CHANCE_NATS,
    CROWD_CAPS,
    CROWDED_SHARE,
    LIKELY,
    MOST_CROWD_NATS,
    PROBED,
    PROBED_NATS,
    UNASSIGNED_NATS,
    suspicions,
)
from checkvalve.guard.nodes import DAY_S, PACE_S, Nodes, Standing
from checkvalve.guard.places import KINDS
from checkvalve.guard.policy import Policy, Spread

LOUD = -1.0
"""In place of a probability: a rule may have something to say."""
_LOUDNESS = (MOST_CROWD_NATS, CROWDED_SHARE, UNASSIGNED_NATS, CHANCE_NATS, PROBED_NATS)


class Quiet:
    """What a policy says of that.

    >>> quiet = Quiet(Policy())
    >>> len(quiet.figures), quiet.figures == Quiet(Policy(mode="shadow")).figures
    (1232, True)
    """

    def __init__(self, policy: Policy) -> None:
        limits, country, harm = policy.outstanding, policy.new_country, policy.harm
        self._least: list[float] = [getattr(limits, kind.name.lower(), math.inf) for kind in KINDS]
        self._of_usual, self._most_countries = limits.of_usual, policy.spread.countries
        figures = (self._of_usual, PACE_S, DAY_S, PACE_S / 3_600.0, self._most_countries, *_LOUDNESS)
        self.figures = struct.pack(
            "=138d64s64s", *figures, *self._least, *CROWD_CAPS, bytes(ASSIGNED), bytes(PROBED)
        )
        """As compiled walks read them."""
        self._others = bool(policy.budgets or policy.allow or country.closed)
        """Some rules speak of nearly every attempt, and are asked each time."""
        self._mildest_usd = min(harm.challenged_usd, harm.blocked_usd)
        self._free_usd, self._known_after, self._learning = country.free_usd, country.known_after, country.learning

    def p_fraud(
        self,
        standing: Sequence[Standing],
        countries: Iterable[tuple[int, int]],
        nodes: Nodes,
        prior_log_odds: float,
        now: float,
        began_s: float,
        unassigned: bool,
    ) -> float:
        """How probable is fraud, where no rule has anything to say of ranges and origins? `LOUD` where one may."""
        if max([count for _, count in countries], default=0) > self._most_countries:
            return LOUD
        for key, _, _, crowd, waiting, _, _, solved, unsolved in standing:
            if crowd >= MOST_CROWD_NATS or solved or unsolved:
                return LOUD
            least = self._least[key & 63]
            if waiting >= 1.0 and waiting >= least:
                pace = nodes.pace_per_hour(key, now, began_s)
                if waiting >= least + int(self._of_usual * pace):
                    return LOUD
        return suspicions(nodes.seen(standing), prior_log_odds, unassigned).worst.p_fraud

    def passes(
        self, p_fraud: float, wait_s: float, price_usd: float, often: float, verified: int, verified_anywhere: int
    ) -> bool:
        """Is it certain that no rule has anything to say?

        Args:
            p_fraud: as above.
            wait_s: for so long the number must wait.
            price_usd: what the message costs.
            often: known numbers of the country that ask often (`habit.Habit`).
            verified: numbers that verified there for the first time.
            verified_anywhere: and everywhere.
        """
        if p_fraud < 0.0 or wait_s > 0.0 or self._others or often >= LEAST_OF_MORE:
            return False
        if p_fraud >= LIKELY or p_fraud * price_usd > (1.0 - p_fraud) * self._mildest_usd:
            return False  # else a challenge costs more than it saves, and so does a block
        known = verified >= self._known_after or verified_anywhere < self._learning
        return known or price_usd <= self._free_usd


NEVER = Quiet(Policy(spread=Spread(countries=-1)))
"""Where nothing is decided: whoever asks is noticed only."""
