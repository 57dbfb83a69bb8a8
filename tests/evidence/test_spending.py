"""How many messages there are, when, and what they cost is asked once, for the whole evidence."""

from checkvalve.evidence.costs import settle_costs
from checkvalve.evidence.spending import span_s, totals
from tests.evidence.filling import BEGIN, sent, store_with


def test_totals_count_every_message_by_what_its_cost_rests_on() -> None:
    """Own prices, estimates from other messages and list prices are told apart; who has no number is counted too."""
    own = [sent(f"{nth}", float(nth), price=0.5, currency="USD") for nth in range(20)]
    with store_with(*own, sent("same", 30.0)) as store:
        settle_costs(store)
        found = totals(store)
    assert (found.sends, found.priced, found.verified, found.hidden) == (21, 21, 0, 0)
    assert (found.usd, found.same_usd, found.listed_usd, found.estimated_usd) == (10.5, 0.5, 0.0, 0.5)


def test_the_span_is_from_the_first_to_the_last_message() -> None:
    """The first and the last moment are those of any message; without messages there is none."""
    with store_with(sent("1", 7.0), sent("2", 5.0)) as store:
        assert span_s(store) == (BEGIN.timestamp() + 5.0, BEGIN.timestamp() + 7.0)
    with store_with() as store:
        assert span_s(store) is None


def test_what_no_longer_changes_is_asked_once() -> None:
    """Whoever asks the same again, on another way to the evidence too, gets the answer that is there."""
    with store_with(sent("1", 7.0)) as store, store.aside() as other:
        assert store.once("SELECT count(*) FROM send_rows") == [(1,)]
        store.run("DELETE FROM kept_sends")
        assert other.once("SELECT count(*) FROM send_rows") == [(1,)]
