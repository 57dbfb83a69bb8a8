"""What a shared guard makes of an answer is the same, compiled or not, and answers that are broken are errors."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import Policy
from checkvalve.guard.policy import Budget, NewCountry
from checkvalve.guard.shared import judge as judges
from checkvalve.guard.shared import records
from checkvalve.guard.shared.judge import Judge
from checkvalve.guard.shared.names import Names
from checkvalve.native import answering
from tests.guard.attempts import START, attempt
from tests.native.test_records import NOW, known

pytestmark = pytest.mark.skipif(answering is None, reason="it was not built: there was no C compiler")

SAID = st.recursive(
    st.one_of(st.none(), st.binary(max_size=40), st.integers(-(10**17), 10**17)),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)


def written(said: Any) -> bytes:
    """An answer as a server writes it."""
    if said is None:
        return b"$-1\r\n"
    if isinstance(said, bytes):
        return b"$%d\r\n%s\r\n" % (len(said), said)
    if isinstance(said, int):
        return b":%d\r\n" % said
    return b"*%d\r\n" % len(said) + b"".join(map(written, said))


@given(SAID, st.data())
def test_an_answer_is_read_as_it_was_written(said: Any, data: st.DataObject) -> None:
    """What was written is read again where lists are not deeper than a script's; half of it is known to be half."""
    assert answering is not None
    whole = written(said)
    assert answering.ended(whole, 1) == len(whole)
    assert answering.ended(whole + b":1\r\n", 1) == len(whole)
    assert answering.ended(whole + b":1\r\n", 2) == len(whole) + 4
    assert answering.ended(whole[: data.draw(st.integers(0, len(whole) - 1))], 1) == 0
    assert answering.ended(whole, 2) == 0
    try:
        assert answering.read(whole) == said
    except ValueError:
        assert whole.count(b"*") > 3


@given(st.one_of(st.binary(max_size=60), st.text("*$:-+0123456789\r\n", max_size=60).map(str.encode)))
def test_nonsense_is_an_error_and_nothing_worse(said: bytes) -> None:
    """Whatever the bytes are, they are read within their bounds."""
    assert answering is not None
    calls: tuple[Callable[[], object], ...] = (
        lambda: answering.ended(said, 2),
        lambda: answering.read(said),
        lambda: answering.laid(said, 3, 2, bytearray(320)),
    )
    for call in calls:
        with suppress(ValueError):
            call()


def test_a_list_longer_than_any_answer_is_not_whole() -> None:
    """Lists in lists that tell of more than numbers hold are never whole, though their sum begins anew at nothing."""
    assert answering is not None
    most, lines = 10**18 - 1, 19
    last = 2**64 + lines - 1 - (lines - 1) * most
    assert answering.ended(b"*%d\r\n" % most * (lines - 1) + b"*%d\r\n" % last, 1) == 0


def test_a_record_of_another_size_is_refused() -> None:
    """A record that is none, memory that is too short, and an answer that is too short are errors."""
    assert answering is not None
    for said, memory in (
        ([None, None, None, bytes(159), 5], 160),
        ([None, None, None, bytes(160), 5], 159),
        ([None, None, None, bytes(160)], 160),
        ([None, None, None], 160),
        ([None, None, None, 7, 5], 160),
    ):
        with pytest.raises(ValueError, match=r"read|short"):
            answering.laid(written(said), 3, 1, bytearray(memory))
    assert answering.laid(written([b"a", None, b"c", bytes(160), 5]), 3, 1, bytearray(160)) == [b"a", None, b"c", 5]


def test_a_transaction_says_what_the_script_says() -> None:
    """The answers to a transaction's commands are laid as those of the script; where one is missing they are not."""
    assert answering is not None
    before: list[Any] = [b"a", None, b"c"]
    read, rest = written([*before, bytes(160), None]), written([2, 1]) + written(5)
    whole = b"+OK\r\n" + b"+QUEUED\r\n" * 3 + b"*3\r\n" + read + rest
    memory = bytearray(320)
    assert answering.ended(whole, 5) == len(whole)
    assert answering.laid(whole, 3, 2, memory) == [*before, [2, 1], 5]
    assert answering.laid(written([*before, bytes(160), None, [2, 1], 5]), 3, 2, memory) == [*before, [2, 1], 5]
    for broken in (whole[5:], whole[:-4], whole.replace(b"*5", b"*4"), whole.replace(b"+QUEUED", b"-ERR no", 1)):
        with pytest.raises(ValueError, match="read"):
            answering.laid(broken, 3, 2, memory)


POLICIES = (
    Policy(new_country=NewCountry(mode="off")),
    Policy(budgets=(Budget(usd=5.0, per="day"),), new_country=NewCountry(learning=0)),
)
COUNTRIES = st.one_of(
    st.none(), st.tuples(*[st.integers(0, 900).map(float)] * 4).map(lambda known: (*known, 3, *[0.0] * 5))
)


@settings(max_examples=60)
@given(
    known(),
    st.lists(st.integers(1, 4), min_size=5, max_size=5),
    COUNTRIES,
    st.sampled_from(POLICIES),
    st.booleans(),
)
def test_both_judge_alike(
    held: tuple[list[int], bytes],
    flying: list[int],
    country: tuple[Any, ...] | None,
    policy: Policy,
    solved: bool,
) -> None:
    """An answer comes to the same decision, from the same records, compiled or not."""
    asked = attempt(1, max(NOW, START), 447_700_900_123, ip="203.0.113.9", account_id="ann", user_agent="a browser")
    judge, other = [Judge(policy, b"a secret of the tests", Names("one")) for _ in range(2)]
    place = judge.places.of(asked)
    request = judge.request(asked, place, solved=solved)
    there = [held[1][160 * nth : 160 * nth + 160] or None for nth in range(len(place.keys))]
    whole = records.told_whole(judge.learner)
    told = (
        None
        if country is None
        else records._CROWD.pack(*country) + bytes(records._COUNTRY.size - records._CROWD.size)
    )
    said = [
        whole,
        told,
        None,
        *there,
        *([None] if solved else []),
        flying,
        17,
        *[2_000_000 for _ in request.budgets],
    ]
    with pytest.MonkeyPatch.context() as patched:
        counters = judges._counters(request.spot)
        found = judge.judged(request, written(said))
        memory = judge._nodes.memory[: 160 * len(place.keys)]
        patched.setattr(judges, "answering", None)
        assert judges._counters(request.spot) == counters
        assert other.judged(request, said) == found
        assert other._nodes.memory[: 160 * len(place.keys)] == memory
    assert found.behind == 17
