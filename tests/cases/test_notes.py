"""What a reader must know before believing a figure is said, and nothing else."""

import pytest

from checkvalve.cases.notes import notes
from checkvalve.events import Send
from checkvalve.evidence import links
from checkvalve.evidence.costs import settle_costs
from checkvalve.settings import Detection, Logs, Settings
from tests.evidence.filling import asked, sent, store_with


def said(*stated: str) -> list[str]:
    """The notes of an investigation of requests for one path, with these endpoints stated."""
    with store_with(asked(0, "/otp")) as store:
        settle_costs(store)
        return notes(store, [], [], Settings(detection=Detection(send_paths=stated)))


def test_a_misspelt_endpoint_is_named() -> None:
    """An endpoint that is stated and that no request asks for is named in the notes."""
    assert said("/otp") == []
    (note,) = said("/otp", "POST /opt")
    assert "POST /opt" in note


def test_a_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not every message is linked with requests, the notes say which part is."""
    monkeypatch.setattr(links, "MOST_SENDS", 2)
    with store_with(asked(0, "/otp"), *(sent(f"{nth}", nth) for nth in range(5))) as store:
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/otp', 'POST /otp', 'stated')")
        settle_costs(store)
        (note,) = (one for one in notes(store, [], [], Settings()) if "linked with requests" in one)
    assert "one message in 3" in note


def test_a_tiny_share_of_deliveries_is_not_called_none() -> None:
    """What SNS logs of successful deliveries is never rounded to nothing."""
    logs = Logs(sns_success_sample_rate=1e-9)
    with store_with(sent("a")) as store:
        store.run(f"UPDATE {store.table(Send, 'source')} SET source = 'aws.sns'")
        settle_costs(store)
        told = notes(store, [], [], Settings(logs=logs))
    assert any("SNS logs only under 0.1% of successful deliveries" in one for one in told)


def test_currencies_without_a_rate() -> None:
    """Prices that cannot be added up are named by their currency and number of messages, with what to set."""
    prices = (("EUR", 0.05), ("EUR", 0.06), ("GBP", 0.04), (None, 0.04), ("USD", 0.04), (None, None))
    sends = (sent(f"{nth}", nth, price=price, currency=code) for nth, (code, price) in enumerate(prices))
    with store_with(*sends) as store:
        settle_costs(store)
        told = [one for one in notes(store, [], [], Settings()) if "passed over" in one]
    assert "prices in EUR (2 messages), GBP (1 message) have no rate" in told[0]
    assert "usd_per under [logs]" in told[0]
    assert "prices of 1 message name no currency" in told[1]


def test_currencies_with_a_rate() -> None:
    """Where the settings state the rate, nothing needs to be said."""
    logs = Logs(usd_per={"EUR": 1.1}, currency="EUR")
    with store_with(sent("a", 0, price=0.05, currency="EUR"), sent("b", 1, price=0.05), logs=logs) as store:
        settle_costs(store)
        assert not [one for one in notes(store, [], [], Settings(logs=logs)) if "passed over" in one]
