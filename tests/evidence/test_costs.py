"""Each message has a cost, and it is said where that comes from."""

from typing import Any

import pytest

from checkvalve.events import Send
from checkvalve.evidence.costs import settle_costs
from checkvalve.numbering.prices import list_price
from tests.evidence.filling import rows, sent, store_with

UZ, FR, UNASSIGNED_US = "+998939412345", "+33612345678", "+12005550123"


def priced(*messages: Send) -> dict[str, tuple[float | None, str | None]]:
    """Id → cost in USD and its basis."""
    with store_with(*messages) as store:
        settle_costs(store)
        settle_costs(store)
        return {row["send_id"]: (row["cost_usd"], row["cost_basis"]) for row in rows(store, "priced")}


def usd(country: str) -> float:
    """The list price of a message to a country."""
    price = list_price(country)
    assert price is not None
    return price.usd


def many(price: float, count: int = 20, **said: Any) -> list[Send]:
    """Messages with a price."""
    number = said.pop("number", UZ)
    return [sent(f"p{n}", number=number, price=price, currency="USD", **said) for n in range(count)]


def test_own_price() -> None:
    """A message that has a price costs it, whatever the others cost and whether it arrived."""
    own = sent("a", number=UZ, price=0.7, currency="USD", status="failed")
    assert priced(own, *many(0.1))["a"] == (0.7, "price")


def test_price_of_the_evidence() -> None:
    """A message without a price costs the median of the priced ones to its country, once there are enough of them."""
    messages = [*many(0.1, 15), *many(0.5, 5, provider="aws"), sent("a", number=UZ)]
    assert priced(*messages)["a"] == (0.1, "evidence")


def test_list_price() -> None:
    """With few priced messages to the country the list price stands in, and is marked as such."""
    found = priced(*many(0.1, 19), sent("a", number=UZ), sent("b", number=FR))
    assert found["a"] == (usd("UZ"), "list")
    assert found["b"] == (usd("FR"), "list")


def test_free_messages_are_no_price_level() -> None:
    """Messages that cost nothing (failures, tests) do not make the others look free."""
    assert priced(*many(0.0, 50), *many(0.4, 20, number=UZ)[-1:], sent("a", number=UZ))["a"] == (usd("UZ"), "list")


@pytest.mark.parametrize("status", ["failed", "blocked"])
def test_failure_without_a_price(status: Any) -> None:
    """A failure that carries no price cost nothing where its provider writes prices, else an estimate."""
    writes = priced(*many(0.1, 1), sent("a", number=UZ, status=status))
    assert writes["a"] == (0.0, "price")
    silent = priced(*many(0.1, 1, provider="aws"), sent("a", number=UZ, status=status))
    assert silent["a"] == (usd("UZ"), "list")


def test_unassigned_number() -> None:
    """A number in a range that nobody holds costs what its calling code's main country costs."""
    assert priced(sent("a", number=UNASSIGNED_US))["a"] == (usd("US"), "list")
    messages = many(0.02, number="+12025550123")
    assert priced(*messages, sent("a", number=UNASSIGNED_US))["a"] == (0.02, "evidence")


def test_country_without_a_number() -> None:
    """A masked number whose country is known costs that country's price; with nothing known the cost is unknown."""
    found = priced(sent("a", number="masked", country="UZ"), sent("b", number="masked"))
    assert found == {"a": (usd("UZ"), "list"), "b": (None, None)}


def test_too_few_prices_of_a_place_without_a_list_price() -> None:
    """Where there is no list price, fewer than twenty priced messages do not tell what another one costs."""
    for count, expected in ((19, (None, None)), (20, (0.1, "evidence"))):
        told = many(0.1, count, number="masked", country="TA")
        assert priced(*told, sent("a", number="masked", country="TA"))["a"] == expected


def test_foreign_currency_without_a_rate() -> None:
    """A price in a currency that has no rate is estimated in dollars like a missing one."""
    assert priced(sent("a", number=UZ, price=5000.0, currency="UZS"))["a"] == (usd("UZ"), "list")


def test_nothing_sent() -> None:
    """Without messages there is nothing to price."""
    assert priced() == {}


def test_another_message_without_a_price_changes_nothing_for_those_with_one() -> None:
    """Where all have a price they cost the same, in the same columns, as beside one that has none."""
    messages = [
        *many(0.1, 3),
        sent("a", number=FR, price=0.0, currency="USD"),
        sent("b", price=0.3, currency="USD"),
    ]
    with store_with(*messages) as alone, store_with(*messages, sent("c", number=UZ)) as beside:
        for store in (alone, beside):
            settle_costs(store)
        expected = [row for row in rows(beside, "priced") if row["send_id"] != "c"]
        assert sorted(rows(alone, "priced"), key=str) == sorted(expected, key=str)
