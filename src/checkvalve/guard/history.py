"""Attempts of the past with what followed, one JSON object a line, as a replay reads them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Attempt, attempt_of


class Followed(NamedTuple):
    """What follows if the message is sent; only the driver of a replay may look at it. None: never."""

    delivered_s: float | None = None
    verified_s: float | None = None
    solves_challenge: bool = True


class Line(NamedTuple):
    """One line: its number in the file, and the attempt or why it cannot be used."""

    number: int
    attempt: Attempt | None
    followed: Followed
    at: str = ""
    reason: str = ""


def lines(texts: Iterable[bytes]) -> Iterator[Line]:
    """Every line that is not blank, in order.

    >>> next(lines([b'{"attempt_id": "a", "phone": "+15005550006"}'])).reason
    'missing_field: at is needed'
    """
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        try:
            record = msgspec.json.decode(text)
            if not isinstance(record, dict):
                raise Unusable("not_an_object", "a line holds one JSON object")
            yield Line(number, attempt_of(record), _followed(record.get("outcome")), str(record.get("at")))
        except Unusable as error:
            yield Line(number, None, Followed(), reason=str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Line(number, None, Followed(), reason=f"not_json: {error}")


def _followed(outcome: Any) -> Followed:
    if outcome is None:
        return Followed()
    if not isinstance(outcome, dict):
        raise Unusable("bad_field", "outcome must be an object")
    solves = outcome.get("solves_challenge")
    return Followed(_seconds(outcome, "delivered_s"), _seconds(outcome, "verified_s"), solves is not False)


def _seconds(outcome: dict[str, Any], name: str) -> float | None:
    value = outcome.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise Unusable("bad_field", f"outcome.{name} must be seconds from 0 on")
    return float(value)
