"""Rule sets that a backtest sets beside the guard, on the same history and in the same closed loop.

They are what people usually have: nothing, limits per number and address, budgets of codes that were not entered
by country (the idea of Authgear's fraud protection, 2026), and a limit per block of numbers. Each either lets
through or refuses; the values are those that their kind is usually set to.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping

from checkvalve.guard.attempt import Attempt, Decision, Event, Reason
from checkvalve.guard.places import facts_country
from checkvalve.numbering import e164

HOUR_S, DAY_S = 3_600.0, 86_400.0


class _Window:
    """How often did something happen within the last seconds, by key?"""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def add(self, key: str, at: float) -> int:
        """Note it once more; how often was it by now?"""
        times = self._times[key]
        times.append(at)
        while times[0] <= at - self._length_s:
            times.popleft()
        return len(times)


class RuleSet:
    """Lets everything through; the others say when they would not."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def refuses(self, attempt: Attempt, number: str) -> str | None:
        """The rule that refuses an attempt, if there is one."""
        del attempt, number
        return None

    def verified(self, number: str, at: float) -> None:
        """A code was entered."""

    def decide(self, attempt: Attempt) -> Decision:
        """Allow or block."""
        number = e164(attempt.phone)
        rule = "bad_number" if number is None else self.refuses(attempt, str(number))
        if rule is not None:
            return Decision(attempt.attempt_id, "block", 0.0, (Reason(rule, "block", rule),))
        self._numbers[attempt.attempt_id] = str(number)
        return Decision(attempt.attempt_id, "allow", 0.0)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """There are no challenges."""
        del attempt_id, solved, at
        return None

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Hear of a code that was entered."""
        number = self._numbers.get(attempt_id)
        if number is not None and event == "verified":
            self.verified(number, at)
        return number is not None


class Limits(RuleSet):
    """Five messages a number and day, ten an address and ten minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._by_number, self._by_address = _Window(DAY_S), _Window(600.0)

    def refuses(self, attempt: Attempt, number: str) -> str | None:
        """Too many to the number or from the address?"""
        if self._by_number.add(number, attempt.at) > 5:
            return "per_number"
        if attempt.ip and self._by_address.add(attempt.ip, attempt.at) > 10:
            return "per_address"
        return None


class CountryBudget(RuleSet):
    """Codes that were not entered, by country: more than a part of the busiest of the last 14 days are refused."""

    RATIO, LEAST, DAYS = 0.3, 20.0, 14

    def __init__(self) -> None:
        super().__init__()
        self._level: dict[int, tuple[float, float]] = {}
        self._entered: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def refuses(self, attempt: Attempt, number: str) -> str | None:
        """Is the country's bucket full? It leaks as much as it holds in a day."""
        country = facts_country(int(number))
        most = self._most(country, attempt.at)
        at, level = self._level.get(country, (attempt.at, 0.0))
        level = max(0.0, min(level, most) - (attempt.at - at) * most / DAY_S) + 1.0
        self._level[country] = (attempt.at, level)
        return "country_budget" if level > most else None

    def verified(self, number: str, at: float) -> None:
        """An entered code makes room again."""
        country = facts_country(int(number))
        self._entered[country][int(at // DAY_S)] += 1
        since, level = self._level.get(country, (at, 0.0))
        self._level[country] = (since, max(0.0, level - 1.0))

    def _most(self, country: int, at: float) -> float:
        today = int(at // DAY_S)
        best = max((n for day, n in self._entered[country].items() if day > today - self.DAYS), default=0)
        return max(self.LEAST, self.RATIO * best)


class BlockLimit(RuleSet):
    """Twenty messages a block of ten thousand numbers and day."""

    def __init__(self) -> None:
        super().__init__()
        self._by_block = _Window(DAY_S)

    def refuses(self, attempt: Attempt, number: str) -> str | None:
        """Too many to the block?"""
        return "per_block" if self._by_block.add(number[:-4], attempt.at) > 20 else None


RULE_SETS: Mapping[str, Callable[[], RuleSet]] = {
    "nothing": RuleSet,
    "limits_per_number_and_address": Limits,
    "country_budget_of_unverified": CountryBudget,
    "limit_per_block": BlockLimit,
}
"""Every rule set by its name."""
