"""What only a bill knows, on the page and in the terminal."""

import msgspec

from checkvalve.export import render, summary_text
from checkvalve.investigation import Case, Investigation, Surplus, SurplusDay, Task
from tests.export.attack import attack_case
from tests.export.clock import DAY
from tests.export.examples import example_attack
from tests.export.report.markup import Page


def billed() -> Investigation:
    """An attack on two countries that only the bill shows, on two days; no range can be named."""
    days = [SurplusDay(day=DAY, billed=930, logged=30, surplus=900, cost_usd=63.5)]
    found = [
        Surplus(country=one, provider="aws", billed=930, logged=30, surplus=900, cost_usd=63.5, days=days)
        for one in ("PL", None)
    ]
    case: Case = msgspec.structs.replace(attack_case(), destinations=[], unlogged_in=["PL"], billed=found)
    task = Task(id="C-4", stage="containment", task="Screen", status="open", result="Dispute 1,800 messages.")
    return msgspec.structs.replace(example_attack(), cases=[case], playbook=[task], containment=[])


def words(investigation: Investigation) -> str:
    """All that the page says."""
    return Page(render(investigation)).all("body")[0].words


def test_the_page_tells_countries_and_days_of_a_surplus() -> None:
    """Each country and each day: billed, in the logs, too many, and what that cost; and where no range is, why."""
    told = words(billed())
    assert "Poland aws 1 day 930 30 900 $63.50" in told
    assert "not told aws 1 day 930 30 900 $63.50" in told
    assert f"{DAY:%Y-%m-%d} 930 30 900 $63.50" in told
    assert "the bill tells countries and days, not numbers" in told
    assert "dispute them with the provider" in told


def test_a_page_without_a_surplus_does_not_speak_of_bills() -> None:
    """The table is there for cases about a bill only."""
    assert "On the bill, in no log" not in words(example_attack())


def test_the_terminal_tells_the_surplus_and_the_first_step() -> None:
    """A line for each country, and to dispute the bill is the first step where nothing can be closed."""
    text = summary_text(billed(), [])
    assert "On the bill, in no log" in text
    assert "Poland (aws), 1 day from" in text
    assert "1. Dispute the bill: Dispute 1,800 messages." in text


def test_the_terminal_counts_the_countries_that_it_leaves_out() -> None:
    """Of many countries the terminal shows some, and says how many more are in the report."""
    many = billed()
    many.cases[0].billed = many.cases[0].billed[:1] * 30
    assert "more countries in the report" in summary_text(many, [])
