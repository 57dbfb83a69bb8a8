"""What holds for every test on the evidence: what comes later changes no alarm that was due before."""

from collections.abc import Callable, Iterable

from checkvalve.indicators.base import Alarm
from tests.indicators.synthetic import Messages

Found = Callable[[Messages], Iterable[Alarm]]


def due(alarms: Iterable[Alarm], moment_s: float) -> set[tuple[object, ...]]:
    """The alarms that are due by a moment, as far as they were known then."""
    return {(one.kind, one.level, one.key, one.onset_s, one.alarm_s) for one in alarms if one.alarm_s <= moment_s}


def assert_no_lookahead(found: Found, sent: Messages, moment_s: float) -> int:
    """The same alarms are due at the moment, whether the rest has happened yet or not; how many were there?"""
    then, now = due(found(sent.until(moment_s)), moment_s), due(found(sent), moment_s)
    assert then == now
    return len(now)
