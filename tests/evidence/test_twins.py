"""An attempt in a verification log and its message in a gateway's become one row, by id or by number and time."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.events import Send
from checkvalve.evidence import twins
from checkvalve.evidence.joins import join_outcomes
from checkvalve.evidence.twins import TWIN_S
from tests.evidence.filling import at, put, rows, sent, store_with


def attempt(name: str, seconds: float = 0, number: str = "+12025550123", **said: Any) -> Send:
    """A verification attempt."""
    return sent(f"VL{name}", seconds, number, **{"verification_id": f"VE{name}", "purpose": "verification"} | said)


def joined(messages: list[Send], attempts: list[Send]) -> list[dict[str, Any]]:
    """The messages in both logs after joining, by id."""
    with store_with() as store:
        put(store, messages, source="twilio.messages", file="m")
        put(store, attempts, source="twilio.verify_attempts", file="v")
        join_outcomes(store)
        return rows(store, "sends", order="send_id")


def test_twin() -> None:
    """A message in the gateway's log and in the verification log is one: the gateway's, with its outcome."""
    (found,) = joined(
        [sent("SM1", 2, status="delivered", price=0.01, currency="USD")],
        [attempt("1", verified_at=at(20), network="310-260", price=0.05, currency="USD")],
    )
    expected = {
        "send_id": "SM1",
        "sent_at": 2,
        "status": "delivered",
        "price": 0.01,
        "verified_at": 20,
        "network": "310-260",
        "verification_id": "VE1",
    }
    assert found | expected == found


def test_twin_brings_the_price() -> None:
    """Where the gateway has not written a price yet, that of the attempt stands in, with its currency."""
    (found,) = joined([sent("SM1")], [attempt("1", unverified=True, price=0.05, currency="USD")])
    assert (found["price"], found["currency"], found["price_usd"], found["unverified"]) == (0.05, "USD", 0.05, True)


@pytest.mark.parametrize(
    "other",
    [
        attempt("1", TWIN_S + 1),
        attempt("1", number="+12025550124"),
        attempt("1", channel="voice"),
        attempt("1", number="masked"),
    ],
    ids=["later", "other number", "a call", "no number"],
)
def test_no_twin(other: Send) -> None:
    """Another time, number or channel is another message."""
    assert len(joined([sent("SM1", channel="sms")], [other])) == 2


@given(
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=6),
    apart=st.integers(0, 15),
)
@settings(max_examples=12)
def test_resends_are_paired_one_to_one(gaps: list[float], apart: int) -> None:
    """However close somebody asks again, each attempt is the twin of one message, and none is left over."""
    attempts = [attempt(str(n), n * apart, verified_at=at(500 + n)) for n in range(len(gaps))]
    messages = [sent(f"SM{n}", n * apart + gap) for n, gap in enumerate(gaps)]
    found = joined(messages, attempts)
    assert [row["send_id"] for row in found] == [f"SM{n}" for n in range(len(gaps))]
    assert sorted(row["verified_at"] for row in found) == [500 + n for n in range(len(gaps))]


def test_a_number_asked_for_again_and_again() -> None:
    """Of messages as near before as after an attempt, the later one is the attempt's own, however long the row is."""
    attempts = [attempt(str(n), 2 * n, verified_at=at(500 + n)) for n in range(100)]
    messages = [sent(f"SM{n:02}", 2 * n + 1) for n in range(100)]
    assert [row["verified_at"] for row in joined(messages, attempts)] == [500 + n for n in range(100)]


def test_pairs_are_walked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pairs are looked at in one go, the same messages are paired."""
    monkeypatch.setattr(twins, "_PAIRS_AT_ONCE", 7)
    test_a_number_asked_for_again_and_again()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
@settings(max_examples=50)
def test_one_to_one(pairs: list[tuple[int, int]]) -> None:
    """A pair is kept exactly when no kept pair before it has its attempt or its message."""
    rows_of = np.array(pairs, np.int64).reshape(-1, 2)
    taken = np.zeros((2, 6), np.bool_)
    attempts, messages = twins.one_to_one(rows_of[:, 0], rows_of[:, 1], taken)
    kept: list[tuple[int, int]] = []
    for one in pairs:
        if all(one[0] != a and one[1] != m for a, m in kept):
            kept.append(one)
    assert list(zip(attempts.tolist(), messages.tolist(), strict=True)) == kept
    assert [set(np.flatnonzero(side).tolist()) for side in taken] == [{a for a, _ in kept}, {m for _, m in kept}]


def test_logs_of_different_messages() -> None:
    """Where few attempts stand beside a message, the logs are of different messages, and none is taken for another."""
    attempts = [attempt(str(n), 100 * n) for n in range(10)]
    assert len(joined([sent("SM0", 1), sent("SMx", 950)], attempts)) == 12


def test_logs_of_different_length() -> None:
    """A gateway's log of one hour is joined although the verification log runs over days."""
    attempts = [attempt(str(n), 86_400 + 100 * n) for n in range(10)] + [
        attempt(f"x{n}", 100 * n) for n in range(90)
    ]
    messages = [sent(f"SM{n}", 86_400 + 100 * n + 1) for n in range(10)]
    assert len(joined(messages, attempts)) == 100


def test_channels_that_the_gateway_does_not_carry() -> None:
    """However many attempts went over WhatsApp, the texts in the gateway's log are those of the others."""
    texts = [attempt(f"s{n}", 500 * n) for n in range(10)]
    others = [attempt(f"w{n}", 200 * n, "+12025550199", channel="whatsapp") for n in range(25)]
    messages = [sent(f"SM{n}", 500 * n + 1) for n in range(10)]
    assert len(joined(messages, texts + others)) == 10 + 25


@pytest.mark.parametrize("provider", ["twilio", "vonage", "sinch"])
def test_twins_of_every_provider(provider: str) -> None:
    """The logs of any provider's verifications and messages are paired, and never with another provider's."""
    messages = [sent("m1", 2, provider=provider), sent("m2", 2, provider="other")]
    (one, _) = joined(messages, [attempt("1", provider=provider, verified_at=at(20))])
    assert (one["send_id"], one["verified_at"]) == ("m1", 20)


@pytest.mark.parametrize("name", ["verification_id", "request_id"])
def test_twins_by_id(name: str) -> None:
    """An id that both logs have tells for certain: no other time or channel stands against it, nor a masked number."""
    asked_for = attempt("1", 0, "masked", verified_at=at(20), provider="vonage", **{name: "R1"})
    found = joined([sent("m1", 3000, channel="mms", **{name: "R1"}), sent("m2", 1)], [asked_for])
    assert {row["send_id"]: row["verified_at"] for row in found} == {"m1": 20, "m2": None}


def test_a_request_for_two_numbers() -> None:
    """Messages of one request go to their own numbers' attempts, whichever come first."""
    one, other = "+12025550123", "+12025550124"
    attempts = [
        attempt("1", 0, one, request_id="R", verified_at=at(11)),
        attempt("2", 0.2, other, request_id="R", verified_at=at(12)),
    ]
    messages = [sent("m2", 0.1, other, request_id="R"), sent("m1", 0.3, one, request_id="R")]
    assert {row["send_id"]: row["verified_at"] for row in joined(messages, attempts)} == {"m1": 11, "m2": 12}


def test_twins_in_one_log() -> None:
    """A stream of events tells of messages and of attempts; they are paired as those of two logs are."""
    with store_with(sent("SM1", 1), attempt("1", verified_at=at(20)), source="twilio.events") as store:
        join_outcomes(store)
        assert [(row["send_id"], row["verified_at"]) for row in rows(store, "sends")] == [("SM1", 20)]


def test_an_account_whose_messages_nobody_handed_in() -> None:
    """However many attempts another account made, one account's texts are those of its own attempts."""
    own = [attempt(f"a{n}", 500 * n, account="AC1") for n in range(10)]
    others = [attempt(f"b{n}", 100 * n, "+12025550199", account="AC2") for n in range(60)]
    messages = [sent(f"SM{n}", 500 * n + 1, account="AC1") for n in range(10)]
    assert len(joined(messages, own + others)) == 10 + 60


def test_an_account_of_which_a_day_was_handed_in() -> None:
    """Which attempts should have found a message, the account's own log says, not another account's longer one."""
    own = [attempt(f"a{n}", 3_600 * n, account="AC1") for n in range(40)]
    messages = [sent(f"SM{n}", 3_600 * n + 1, account="AC1") for n in range(10)]
    others = [sent(f"SN{n}", 3_600 * n, "+12025550199", account="AC2") for n in range(40)]
    assert len(joined(messages + others, own)) == 40 + 40


def test_accounts_in_folders_of_their_own() -> None:
    """Where no record names an account, attempts are judged by the folder that they lie in."""
    with store_with() as store:
        put(store, [sent(f"SM{n}", 500 * n + 1) for n in range(10)], file="one/messages.json")
        put(store, [attempt(f"a{n}", 500 * n) for n in range(10)], file="one/attempts.json")
        others = [attempt(f"b{n}", 100 * n, "+12025550199") for n in range(60)]
        put(store, others, file="two/attempts.json")
        join_outcomes(store)
        assert len(rows(store, "sends")) == 10 + 60


def test_one_number_of_two_accounts() -> None:
    """Of two accounts that write to one number at once, each attempt goes to its own account's message."""
    attempts = [attempt("1", 0, account="AC1", verified_at=at(11)), attempt("2", 1, account="AC2")]
    messages = [sent("SM2", 0.1, account="AC2"), sent("SM1", 0.9, account="AC1")]
    assert {row["send_id"]: row["verified_at"] for row in joined(messages, attempts)} == {"SM1": 11, "SM2": None}
