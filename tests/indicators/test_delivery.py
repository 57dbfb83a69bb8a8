"""Alarms on networks and countries that begin to lose their messages."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.indicators import delivery
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.tree import Level
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import DAY_S, PREFIXES, START, Messages, honest, receipts, rows_of

THRESHOLD = 16.0
OUTAGE_S = START + 4 * DAY_S + 36_000.0


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms of all levels."""
    rows = rows_of(sent)
    return delivery.failing(rows, threshold)


def outage(sent: Messages, prefix: str, hours: float, share: float = 0.9) -> Messages:
    """The same messages with most to one prefix lost for some hours."""
    rng = np.random.default_rng(1)
    hit = (sent.number // 10 ** (11 - len(prefix)) == int(prefix)) & (rng.random(len(sent)) < share)
    hit &= (sent.at_s >= OUTAGE_S) & (sent.at_s < OUTAGE_S + hours * 3600)
    return replace(sent, failed=sent.failed | hit, verified_s=np.where(hit, np.nan, sent.verified_s))


def test_a_network_that_loses_its_messages_alarms() -> None:
    """Nine in ten lost for six hours: the network alarms, from when it began to when it was over."""
    sent = outage(honest(1, per_day=900), PREFIXES["PL"][0], 6.0)
    network = [alarm for alarm in alarms(sent) if alarm.level is Level.NETWORK]
    (alarm,) = network
    assert abs(alarm.onset_s - OUTAGE_S) < 1200
    assert abs(alarm.end_s - (OUTAGE_S + 6 * 3600)) < 1800
    assert OUTAGE_S < alarm.alarm_s < OUTAGE_S + 3 * 3600
    assert alarm.observed > 5 * alarm.expected


def test_usual_losses_do_not_alarm() -> None:
    """One route in ten messages poor for ever is usual there, and busy minutes are no outage."""
    assert alarms(honest(2, days=10, failing=0.1)) == []
    assert alarms(honest(3, days=0.05, per_day=400_000, countries=("PL",), steady=True, returning=0.0)) == []


def test_a_long_outage_ends_when_deliveries_do() -> None:
    """However much evidence an outage gives, its end is where failures became usual again."""
    sent = outage(honest(4, days=6, per_day=2000, returning=0.0), PREFIXES["PL"][0], 20.0, share=1.0)
    (alarm,) = [alarm for alarm in alarms(sent) if alarm.level is Level.NETWORK]
    assert alarm.nats > 300
    assert abs(alarm.end_s - (OUTAGE_S + 20 * 3600)) < 1800


def test_a_few_failures_are_no_outage() -> None:
    """Four failures in a row alarm at no threshold; they are no more than bad luck."""
    sent = outage(honest(5, per_day=60, failing=0.0), PREFIXES["PL"][0], 24.0, share=1.0)
    failures = np.flatnonzero(sent.failed)
    few = replace(sent, failed=np.isin(np.arange(len(sent)), failures[:4]))
    assert alarms(few, 5.0) == []
    assert len(failures) > 4
    assert alarms(sent, 5.0) != []


def test_an_outage_is_known_when_its_receipts_come() -> None:
    """With receipts two hours late the alarm is two hours later, and still tells when the outage began."""
    sent = outage(honest(1, per_day=900), PREFIXES["PL"][0], 6.0)
    late = replace(sent, receipt_s=np.where(sent.failed, sent.at_s + 7200.0, sent.at_s))
    (soon,) = [alarm for alarm in alarms(sent) if alarm.level is Level.NETWORK]
    (later,) = [alarm for alarm in alarms(late) if alarm.level is Level.NETWORK]
    assert later.alarm_s >= soon.alarm_s + 3600
    assert abs(later.onset_s - OUTAGE_S) < 1200


@given(st.integers(0, 3), st.floats(3.5, 6.9))
@settings(max_examples=8)
def test_later_messages_change_no_earlier_alarm(seed: int, days: float) -> None:
    """Every alarm due at a moment is found, with its beginning, on what was known at that moment."""
    sent = receipts(outage(honest(seed, per_day=300), PREFIXES["PL"][seed % 3], 12.0), seed)
    moment_s = sent.at_s[np.searchsorted(sent.at_s, START + days * DAY_S, side="right") - 1]
    found = assert_no_lookahead(lambda known: alarms(known, 8.0), sent, float(moment_s))
    if days > 5.5:
        assert found
