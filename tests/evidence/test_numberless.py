"""A log that names no numbers is told, with what helps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkvalve.events import Send
from checkvalve.evidence.numberless import numberless
from checkvalve.evidence.store import Store
from tests.evidence.filling import at, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path) as made:
        yield made


def sent(count: int, destination: str | None = None, country: str | None = None) -> list[Send]:
    """So many messages."""
    name = destination or country or "x"
    return [
        Send(
            send_id=f"{name}{n}",
            provider="p",
            sent_at=at(n),
            destination=destination,
            country=country,
            channel="sms",
        )
        for n in range(count)
    ]


def test_hidden_numbers(store: Store) -> None:
    """A log of masked numbers says that no range can be seen in it, how many countries are known, and what helps."""
    put(store, [*sent(6), *sent(3, country="UZ")])
    [told] = numberless(store, None)
    assert "9 of 9 messages have no number that says where it leads" in told
    assert "of 3 the country is known" in told
    assert "logs.default_country" in told


def test_a_country_that_did_not_help(store: Store) -> None:
    """Where the country is set already, it is not asked for again."""
    put(store, sent(2))
    [told] = numberless(store, "GB")
    assert "were read as those of GB" in told


def test_a_few_hidden_numbers(store: Store) -> None:
    """A log of which most messages have their number is not told."""
    put(store, [*sent(4, "+998939412345"), *sent(4)])
    assert numberless(store, None) == []
    assert numberless(store, "GB") == []
