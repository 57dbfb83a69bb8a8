"""What the challenges say that were answered lately at a place: do people ask there, or machines?

The log likelihood ratio of machines against people, from the shares of challenges that each solve
(`policy.Challenge`). It is kept apart from the credit line: codes that are entered pay for that one, and machines
enter the codes of their own numbers. Only challenges tell such a crowd from a firm that enrols its staff.
"""

import math
from typing import NamedTuple

MOST = 64.0
"""So many answers of a place are looked back at (judgement): enough to be certain, and few enough to turn."""
_HIGHEST_NATS = 16.0
_CERTAIN = 0.99


class Answers(NamedTuple):
    """The share of challenges that people solve, and machines.

    >>> answers = Answers(0.92, 0.3)
    >>> answers.nats(0, 3) > 6, answers.nats(6, 0) < -6, answers.machines(1, 9)
    (True, True, 0.99)
    """

    by_people: float
    by_machines: float

    def nats(self, solved: float, unsolved: float) -> float:
        """How strongly do so many answers speak for machines?"""
        if self.by_machines >= self.by_people:
            return 0.0
        said = solved * math.log(self.by_machines / self.by_people)
        said += unsolved * math.log((1.0 - self.by_machines) / (1.0 - self.by_people))
        return max(-_HIGHEST_NATS, min(_HIGHEST_NATS, said))

    def machines(self, solved: float, unsolved: float) -> float:
        """Which part of those who were asked is machines, by what they solved? At most 0.99; 0 without answers."""
        if not unsolved or self.by_machines >= self.by_people:
            return 0.0
        part = (self.by_people - solved / (solved + unsolved)) / (self.by_people - self.by_machines)
        return max(0.0, min(_CERTAIN, part))
