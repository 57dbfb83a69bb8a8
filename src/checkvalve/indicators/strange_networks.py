"""Do the requests come from networks through which the people of these countries ask?

People reach a site through the providers of where they live; newcomers come through the same ones as customers. Who
hires homes and servers all over the world has other networks than the people whose numbers he asks for.
"""

from typing import NamedTuple

import numpy as np

from checkvalve.evidence.addresses import PROVIDER
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import divergence
from checkvalve.statistics.unseen import unseen_share

_LEAST_PAST, _LEAST = 30, 10
_TELLING = 0.5
"""Where fewer of a country's requests come from known networks, these tell nothing."""
_UNLIKE = 0.5
"""Newcomers come from known networks in nearly the same part as customers; who does in half of it is not of them."""
_CAP_NATS = 4.0


class Strange(NamedTuple):
    """``strange`` of the case's ``of`` requests came from networks that were unknown in their country.

    Of customers that is the share ``usual``. Only countries count whose networks are known.
    """

    strange: int
    of: int
    usual: float

    @property
    def nats(self) -> float:
        """How surely are they not the people of those countries?"""
        if self.of < _LEAST or self.of - self.strange >= _UNLIKE * (1 - self.usual) * self.of:
            return 0.0
        return min(divergence(self.strange, self.of, self.usual), _CAP_NATS)


NOTHING_STRANGE = Strange(0, 0, 1.0)


def strange_networks(scene: Scene, most_alone: float) -> Strange:
    """How many of the case's requests come from networks where nobody asked for messages to that country before?

    Read from the table ``linked`` (`indicators.requests`). An unknown network that makes ``most_alone`` requests or
    more by itself is left out: an office, a campus or a machine, which its address, agent or ASN tells.
    """
    rows = scene.store.rows(
        f"""SELECT country, count(*) FILTER (in_case) AS came,
               count(*) FILTER (NOT in_case AND at_s < {scene.start_s}),
               sum(count(*) FILTER (in_case)) OVER (PARTITION BY {PROVIDER})
        FROM linked WHERE network IS NOT NULL AND country IS NOT NULL GROUP BY country, {PROVIDER}"""
    )
    strange = of = 0
    usual = 0.0
    for country in sorted({row[0] for row in rows}):
        came, before, alone = np.array([row[1:] for row in rows if row[0] == country], dtype=np.int64).T
        if before.sum() < _LEAST_PAST:
            continue
        unseen = unseen_share(np.repeat(np.arange(len(before)), before))
        if 1 - unseen < _TELLING:
            continue
        unknown = int(came[(before == 0) & (alone < most_alone)].sum())
        known = int(came[before > 0].sum())
        strange, of, usual = strange + unknown, of + unknown + known, usual + unseen * (unknown + known)
    return Strange(strange, of, usual / of if of else 1.0)
