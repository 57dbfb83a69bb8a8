"""Whether the application would refuse a request, whoever sends it."""

from typing import Any

import pytest

from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import LEAST, Of
from checkvalve.gateways.quiet.shape import FEW, Shape, Shapes, shape

NOT_FOUND = Answer(404, (), b"not found")


def asked(
    kind: str = "json", headers: tuple[str, ...] = (), written: str = "+447700900123", **fields: Any
) -> Shape:
    """A request with these fields."""
    return shape(kind, written, [("phone", written), *fields.items()], headers, "/otp")


def of(at: int) -> Of:
    """A person."""
    return Of((f"+44770090{at:04}",), frozenset({str(at)}))


def learned(*accepted: Shape) -> Shapes:
    """What was learned from these."""
    shapes = Shapes("POST /otp")
    for one in accepted:
        shapes.accepted(one)
    return shapes


def mails(count: int = LEAST) -> list[Shape]:
    """Requests with a word, and an address of their own."""
    return [asked(kind="json", channel="sms", mail=f"{'ab' * at}@example.org") for at in range(1, count + 1)]


@pytest.mark.parametrize(
    "odd",
    [
        asked(kind="text", channel="sms", mail="c@example.org"),
        asked(headers=("x-token",), channel="sms", mail="c@example.org"),
        asked(written="+44 7700 900123", channel="sms", mail="c@example.org"),
        asked(channel="pigeon", mail="c@example.org"),
        asked(channel=5, mail="c@example.org"),
        asked(channel="sms"),
        asked(channel="sms", mail="c@example.org", more=None),
    ],
)
def test_what_is_otherwise_is_a_deviation(odd: Shape) -> None:
    """Another type, field, kind, word, header or way to write the number is refused as others with it were."""
    shapes = learned(*mails())
    assert shapes.deviates(odd)
    assert shapes.refusal(odd, of(99), 0.0) is None
    for at in range(FEW):
        shapes.refused(odd, NOT_FOUND, of(at), 0.0)
    found = shapes.refusal(odd, of(99), 0.0)
    assert found is not None
    assert found.answer == NOT_FOUND
    shapes.accepted(odd)
    assert shapes.refusal(odd, of(99), 0.0) is None


def test_values_of_their_own_are_no_words() -> None:
    """A field in which everybody writes something else has no words, and another value is no deviation."""
    shapes = learned(*mails(10))
    assert shapes.refusal(asked(channel="sms", mail="somebody.else@mail.example.net"), of(99), 0.0) is None


def test_one_refusal_is_not_enough() -> None:
    """How one person was refused is not told another; a like deviation is refused alike when it is known."""
    shapes = learned(*mails())
    shapes.refused(asked(channel="pigeon", mail="c@example.org"), NOT_FOUND, of(1), 0.0)
    other = asked(channel="owl", mail="c@example.org")
    assert shapes.refusal(other, of(99), 0.0) is None
    shapes.refused(other, NOT_FOUND, of(2), 0.0)
    found = shapes.refusal(asked(channel="crow", mail="c@example.org"), of(99), 0.0)
    assert found is not None
    assert found.answer == NOT_FOUND


def test_a_path_is_the_applications_to_know() -> None:
    """A path that was not asked for before may be known to the application, and it is not guessed."""
    found = learned(*mails()).refusal({**mails()[0], "path": frozenset({"/OTP"})}, of(99), 0.0)
    assert found is not None
    assert (found.kind, found.answer) == ("path", None)


def test_nothing_is_a_deviation_until_enough_is_known() -> None:
    """Until as many were accepted as an answer is learned from, nobody knows what is otherwise."""
    assert learned(*mails(LEAST - 1)).refusal(asked(kind="text"), of(1), 0.0) is None
