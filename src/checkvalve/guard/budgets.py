"""How much may still be spent: by hour or day, of everything, one country or one tenant.

Money is taken when a message is let through, under the guard's lock: callers at the same time cannot exceed a
budget together.
"""

from collections.abc import Sequence

from checkvalve.guard.policy import Budget
from checkvalve.numbering import countries

_LATEST = 0.1
SECONDS = {"hour": 3_600, "day": 86_400}


class Budgets:
    """What was spent in the running hour and day, by budget and by what it is counted for."""

    def __init__(self) -> None:
        self.spent: dict[tuple[str, str, str], tuple[int, float]] = {}
        """By period, country and tenant: the number of the period, and dollars."""
        self.prices_usd: dict[int, float] = {}
        """What a message to a country lately cost, by its index, where a provider has said so."""

    def exceeded(
        self, budgets: Sequence[Budget], country: int, tenant: str, price_usd: float, now: float
    ) -> list[Budget]:
        """Which budgets would a message of this price break?"""
        return [
            budget
            for budget in budgets
            if (name := counted(budget, country, tenant)) is not None
            and self._so_far(name, now) + price_usd > budget.usd
        ]

    def take(self, budgets: Sequence[Budget], country: int, tenant: str, price_usd: float, now: float) -> None:
        """A message of this price is let through."""
        if not budgets:
            return
        for name in {found for budget in budgets if (found := counted(budget, country, tenant)) is not None}:
            self.spent[name] = (int(now // SECONDS[name[0]]), self._so_far(name, now) + price_usd)

    def priced(self, country: int, price_usd: float) -> None:
        """A message to a country cost so much; a later one counts for a tenth."""
        before = self.prices_usd.get(country, price_usd)
        self.prices_usd[country] = before + _LATEST * (price_usd - before)

    def _so_far(self, name: tuple[str, str, str], now: float) -> float:
        period, usd = self.spent.get(name, (-1, 0.0))
        return usd if period == int(now // SECONDS[name[0]]) else 0.0


def counted(budget: Budget, country: int, tenant: str) -> tuple[str, str, str] | None:
    """Under which name is a message counted for a budget? None where the budget is not about it."""
    here = countries()[country] or ""
    if budget.country not in (None, "each", here) or budget.tenant not in (None, "each", tenant):
        return None
    return budget.per, here if budget.country else "", tenant if budget.tenant else ""
