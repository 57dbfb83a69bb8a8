"""Entered codes find their messages, by id or by number and time, and silence is known where codes are logged."""

from collections.abc import Sequence
from typing import Any

import pytest

from checkvalve.events import Event, Verification
from checkvalve.evidence.joins import LATE_CODE_S, SILENCE_S, join_outcomes
from checkvalve.evidence.store import Store
from tests.evidence.filling import approved, at, put, rows, sent, store_with


def outcomes(store: Store) -> dict[str, tuple[float | None, bool | None]]:
    """Id → when its code was entered, and whether it is known that none was."""
    join_outcomes(store)
    return {row["send_id"]: (row["verified_at"], row["unverified"]) for row in rows(store, "sends")}


def test_only_one_log() -> None:
    """Without a second log nothing is joined and nothing is said."""
    with store_with(sent("a"), sent("b"), source="twilio.messages") as store:
        assert join_outcomes(store) == []
        assert store.row("SELECT count(*) FROM sends") == (2,)


def test_what_is_said() -> None:
    """What was joined is told in numbers."""
    with store_with(sent("SM1"), approved(9, destination="+12025550123"), source="twilio.messages") as store:
        twin = sent("VL1", verification_id="VE1", purpose="verification")
        put(store, [twin], source="twilio.verify_attempts", file="v")
        twins, codes = join_outcomes(store)
    assert twins.startswith("1 verification attempts and gateway messages")
    assert codes.endswith("0 by id, 1 by number and time")


def test_only_what_was_joined_is_said() -> None:
    """A code of a message whose own record knows that it was entered is not counted as joined."""
    with store_with(sent("a", verified_at=at(5)), approved(9, destination="+12025550123")) as store:
        assert join_outcomes(store) == []


def test_code_by_id() -> None:
    """A code that names its verification belongs to the last message of it before the code, and to no other."""
    messages = [
        sent("a", 0, verification_id="1"),
        sent("b", 30, verification_id="1"),
        sent("c", 90, verification_id="1"),
    ]
    with store_with(*messages, sent("d", verification_id="2"), approved(60, verification_id="1")) as store:
        found = outcomes(store)
    assert {name: when for name, (when, _) in found.items()} == {"a": None, "b": 60, "c": None, "d": None}


def test_earliest_code_of_a_verification() -> None:
    """A code that is told twice counts when it first came."""
    codes = [approved(80, verification_id="1"), approved(60, verification_id="1")]
    with store_with(sent("a", verification_id="1"), *codes) as store:
        assert outcomes(store)["a"][0] == 60


def test_code_by_number() -> None:
    """A code that names a number belongs to the last message to it before the code, within the life of a code."""
    number, other = "+12025550123", "+12025550124"
    events: list[Event] = [
        sent("a", 0, number),
        sent("b", 30, number),
        sent("c", 31, other),
        sent("d", 90, number),
        sent("e", 100, "masked"),
        approved(60, destination=number),
        approved(100 + LATE_CODE_S, destination=other),
    ]
    with store_with(*events) as store:
        found = outcomes(store)
    assert {name: when for name, (when, _) in found.items()} == dict.fromkeys("acde") | {"b": 60}


def silent(codes: Sequence[float], *messages: float) -> list[bool | None]:
    """What is known of messages at these times, none of which had a code, from a log with codes at those."""
    number, other = "+12025550123", "+12025550124"
    events: list[Event] = [sent(f"{nth}", seconds, other) for nth, seconds in enumerate(messages)]
    events += [approved(seconds, destination=number) for seconds in codes]
    events += [sent("joined", codes[0] - 5, number)]
    with store_with(*events) as store:
        found = outcomes(store)
    assert found.pop("joined")[0] == codes[0]
    assert all(when is None for when, _ in found.values())
    return [found[f"{nth}"][1] for nth in range(len(messages))]


def test_silence_is_known_only_while_codes_are_logged() -> None:
    """A message without a code is unverified while the log of codes runs, and open before and after it."""
    end = 4 * LATE_CODE_S
    assert silent([10, end], -10, 30, end + 10) == [None, True, None]


def test_a_code_may_still_come_when_the_log_ends() -> None:
    """A message is unverified only where the log runs on for the life of its code."""
    end = 4 * LATE_CODE_S
    assert silent([10, end], end - LATE_CODE_S - 1, end - LATE_CODE_S + 1) == [True, None]
    assert silent([10, 60], 30) == [None]


def test_a_log_that_pauses_for_days_knows_nothing_of_them() -> None:
    """Between two pieces of a log, days apart, silence says nothing; in a quiet night it does."""
    codes = [0, LATE_CODE_S, 10 * 3600, SILENCE_S * 4, SILENCE_S * 4 + 2 * LATE_CODE_S]
    assert silent(codes, 5 * 3600, 2 * SILENCE_S, SILENCE_S * 4 + 10) == [True, None, True]


def test_only_the_log_that_names_codes_by_number_covers_time() -> None:
    """Another log with numbers, which runs on for longer, does not stretch what the log of codes knows."""
    number, other = "+12025550123", "+12025550124"
    codes = [approved(0, destination=number), approved(3 * LATE_CODE_S, destination=number)]
    starts = [Verification(occurred_at=at(n * LATE_CODE_S), kind="started", destination=number) for n in range(20)]
    messages = [sent("in", 60, other), sent("out", 10 * LATE_CODE_S, other), sent("own", -5, number)]
    with store_with(*messages, *codes, source="auth0.logs") as store:
        put(store, starts, source="aws.cognito", file="c")
        found = outcomes(store)
    assert (found["in"][1], found["out"][1]) == (True, None)


@pytest.mark.parametrize(
    ("other", "known"),
    [
        ({}, True),
        ({"provider": "aws"}, None),
        ({"purpose": "notice"}, None),
        ({"channel": "whatsapp"}, None),
        ({"channel": "sms"}, True),
        ({"purpose": "promotional"}, None),
    ],
)
def test_silence_is_known_of_messages_whose_codes_are_logged(other: dict[str, Any], known: bool | None) -> None:
    """No code is missed of a provider, a purpose or a channel of whose messages the log of codes knows none."""
    number = "+12025550123"
    codes = [approved(seconds, destination=number) for seconds in (60, 4 * LATE_CODE_S)]
    with store_with(sent("own", 0, number), sent("x", 90, "+12025550124", **other), *codes) as store:
        found = outcomes(store)
    assert found == {"own": (60, None), "x": (None, known)}


def test_a_notice_before_a_code_is_entered_is_no_code() -> None:
    """One code in thousands that came just after a message of another kind does not make codes of that kind."""
    number = "+12025550123"
    notices = [sent(f"n{n:04}", n, f"+1202555{n:04}", purpose="notice") for n in range(1500)]
    codes = [approved(seconds, destination=number) for seconds in (123, 4 * LATE_CODE_S)]
    with store_with(*notices, *codes) as store:
        found = outcomes(store)
    assert found.pop("n0123") == (123, None)
    assert set(found.values()) == {(None, None)}


def test_a_code_is_of_no_promotional_message() -> None:
    """A promotional message between a code's message and its entry has no code, and no silence."""
    number = "+12025550123"
    codes = [approved(seconds, destination=number) for seconds in (60, 4 * LATE_CODE_S)]
    with store_with(
        sent("own", 0), sent("x", 30, purpose="promotional"), sent("y", 90, purpose="promotional"), *codes
    ) as store:
        assert outcomes(store) == {"own": (60, None), "x": (None, None), "y": (None, None)}


def test_a_service_that_calls_all_messages_promotional() -> None:
    """Where only promotional messages are followed by codes (the default of SNS), they are what carries codes."""
    number = "+12025550123"
    codes = [approved(seconds, destination=number) for seconds in (60, 4 * LATE_CODE_S)]
    said = {"purpose": "promotional", "provider": "aws"}
    with store_with(sent("own", 0, **said), sent("x", 90, "+12025550124", **said), *codes) as store:
        assert outcomes(store) == {"own": (60, None), "x": (None, True)}


def test_known_outcome_is_kept() -> None:
    """What a message's own record says of its code is not overwritten."""
    events: list[Event] = [sent("a", 0, verified_at=at(5)), approved(60, destination="+12025550123")]
    with store_with(*events) as store:
        assert outcomes(store)["a"][0] == 5


def test_a_code_belongs_to_the_messages_of_its_verification() -> None:
    """A code that names a verification is joined by number only where no log has a message of that verification."""
    code = approved(60, destination="+12025550123", verification_id="other")
    with store_with(sent("a"), code) as store:
        assert outcomes(store)["a"][0] == 60
    with store_with(sent("a"), sent("b", 30, "+12025550124", verification_id="other"), code) as store:
        found = outcomes(store)
    assert (found["a"][0], found["b"][0]) == (None, 60)


def test_a_code_of_an_account_has_the_number_that_it_asked_for() -> None:
    """One log names the account that entered the code, another the number that the account gave: together they tell."""
    number, other = "+12025550123", "+12025550124"
    said: list[Event] = [
        Verification(occurred_at=at(-1), kind="started", destination=other, account_id="u1"),
        Verification(occurred_at=at(0), kind="started", destination=number, account_id="u1"),
        Verification(occurred_at=at(0), kind="started", destination=other, account_id="u2"),
        approved(40, account_id="u1"),
        approved(2 + LATE_CODE_S, account_id="u2"),
    ]
    with store_with(sent("a", 1, number, provider="aws"), sent("b", 1, other, provider="aws")) as store:
        put(store, said, source="aws.cognito", file="c")
        found = outcomes(store)
    assert (found["a"][0], found["b"][0]) == (40, None)
