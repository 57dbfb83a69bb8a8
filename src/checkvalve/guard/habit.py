"""Do many known numbers of a country ask far more often than known numbers elsewhere?

Numbers that were aged, and then log in again and again, verify as customers do: no credit line hears of them, and
challenges are solved for them. What they cannot hide is that they earn only by messages. So of the numbers of a
country that came back, the part that does so often is compared with that of all other countries, as an investigation
compares them (`indicators.habit`): where people log in with codes every day, they do so everywhere.
"""

import math

import msgspec

from checkvalve.guard.people import DAY_S

OFTEN = 4.0
"""How often a number asked lately (`people.LATELY_S`) that asks often. In two weeks four people of five ask for one
code, and one in a thousand for five (own simulation; judgement)."""
LEAST_NUMBERS = 3.5
"""So many must do so: two or three may monitor the service (as in `nodes.LEAST_NUMBERS`; half a one may have faded)."""
LEAST_OF_MORE = LEAST_NUMBERS - 1.0
"""So many are enough where as many took the habit up elsewhere of late: a campaign may have several countries."""
_MOST = 0.25
"""Where more of a country's people do so, the business has changed its ways (judgement)."""
LEARNING_S = 10 * 86_400.0
"""What is usual is learned freely so long: a week, and what it takes to ask four times."""
_FREE_A_DAY, _GROWTH_A_DAY = 0.01, 1 / 7
"""Later it grows by so many numbers and so large a part a day at most (as in `usual`)."""
_KEPT_S = 90 * 86_400.0


class Habit(msgspec.Struct, array_like=True):
    """Numbers whose codes were entered, and those that asked often, the past fading.

    >>> habit = Habit()
    >>> for day in range(20):
    ...     habit.add(True, True, day * 3_600.0, learning=day < 10)
    >>> round(habit.numbers), round(habit.often), round(habit.usual)
    (20, 20, 11)
    """

    numbers: float = 0.0
    often: float = 0.0
    usual: float = 0.0
    """As many as usually ask often: learned slowly, so that a campaign does not teach it."""
    at: float = 0.0
    learned: float = 0.0
    """When something was last learned of what is usual."""

    def add(self, first: bool, often: bool, now: float, *, learning: bool) -> None:
        """A number has entered its first code in weeks, or has begun to ask often."""
        kept = self.kept(now)
        self.numbers, self.often, self.usual = self.numbers * kept + first, self.often * kept, self.usual * kept
        self.at = max(now, self.at)
        if learning:
            self.learned = self.at
        if often:
            grown = (_FREE_A_DAY + _GROWTH_A_DAY * self.usual) * max(now - self.learned, 0.0) / DAY_S
            self.often += 1.0
            self.usual += 1.0 if learning else min(1.0, grown)
            self.learned = self.at

    def kept(self, now: float) -> float:
        """Which part of what was counted still counts?"""
        return math.exp(min(self.at - now, 0.0) / _KEPT_S)


def probability(there: Habit, everywhere: Habit, prior_log_odds: float) -> float:
    """How probable is it that a number of a country that asks so often is part of an attack?

    The odds are those that an attack begins, times the likelihood ratio of the excess over what is usual everywhere and
    there (Poisson); then the part of such numbers that is more than usual.

    >>> everywhere = Habit(1_300.0, 44.0, 24.0)
    >>> round(probability(Habit(300.0, 20.0), everywhere, -6.9), 2)
    0.7
    >>> probability(Habit(300.0, 20.0, 15.0), everywhere, -6.9) < 0.01
    True
    """
    numbers, often = there.numbers, there.often
    elsewhere = everywhere.often - everywhere.usual - often + there.usual
    if often < (LEAST_NUMBERS if elsewhere < LEAST_OF_MORE else LEAST_OF_MORE) or often > _MOST * numbers:
        return 0.0
    expected = numbers * max((everywhere.usual + 1.0) / (everywhere.numbers + 1.0), there.usual / (numbers + 1.0))
    if often <= expected:
        return 0.0
    nats = often * math.log(often / expected) - often + expected
    return (1.0 - expected / often) / (1.0 + math.exp(-(nats + prior_log_odds)))
