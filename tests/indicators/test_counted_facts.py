"""Alarms that count facts: one number used again and again, and verdicts of the provider."""

from dataclasses import replace

import numpy as np

from checkvalve.evidence.cells import destinations
from checkvalve.evidence.store import Store
from checkvalve.indicators import provider_verdict, reuse
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, pool, put, store_of

NUMBER = 48501000001
NOON_S = START + 12 * 3600.0


def reused(sent: Messages) -> list[Alarm]:
    """Alarms on single numbers."""
    with store_of(sent) as store:
        destinations(store)
        return reuse.alarms(store)


def again(count: int, at_s: float = NOON_S, every_s: float = 60.0) -> Messages:
    """One number, so many times."""
    return messages(at_s + every_s * np.arange(count), NUMBER)


def test_a_number_used_again_and_again_alarms() -> None:
    """Thirty messages on one day to a number that entered no code: due at the twentieth."""
    sent = again(30)
    (alarm,) = reused(honest(1, days=1) + sent)
    assert (alarm.level, alarm.key, alarm.country) == (Level.NUMBER, NUMBER, country_index("PL"))
    assert (alarm.onset_s, alarm.end_s, alarm.observed) == (sent.begin_s, sent.end_s, 30)
    assert alarm.alarm_s == sent.at_s[reuse.LEAST_SENDS - 1]


def test_patient_people_do_not_alarm() -> None:
    """Nineteen messages on a day, or many over many days, or with a code entered before the twentieth, are no reuse."""
    assert reused(again(19)) == []
    assert reused(again(60, every_s=DAY_S / 6)) == []
    assert reused(replace(again(30), verified_s=np.where(np.arange(30) == 5, NOON_S + 400.0, np.nan))) == []


def test_only_the_busy_days_of_a_number_count() -> None:
    """What the number got on quiet days before neither begins the alarm nor makes it due."""
    quiet = again(10, at_s=START + 60.0, every_s=600.0)
    busy = again(25, at_s=START + 9 * DAY_S)
    (alarm,) = reused(quiet + busy)
    assert alarm.onset_s == busy.begin_s
    assert alarm.alarm_s == busy.at_s[19]
    assert alarm.observed == 25


def test_a_code_entered_later_does_not_undo_an_alarm() -> None:
    """What comes after the alarm was due changes nothing about it."""
    sent = again(30)
    late = replace(sent, verified_s=np.where(np.arange(30) == 28, sent.at_s + 30, np.nan))
    assert [alarm.alarm_s for alarm in reused(late)] == [
        alarm.alarm_s for alarm in reused(sent.until(sent.at_s[20]))
    ]


def test_reuse_is_weighed_by_its_messages() -> None:
    """The finding counts the numbers and the most used one, and speaks for pumping; without alarms it is silent."""
    sent = again(30)
    with store_of(honest(1, days=1), sent) as store:
        scene = scene_of(store, sent.begin_s, sent.end_s)
        assert reuse.finding(scene) is None
        scene.alarms = reuse.alarms(store)
        finding = reuse.finding(scene)
    assert finding is not None
    assert finding.nats > 2
    assert finding.facts == {"numbers": 1, "most": 30}


def judged_fraud(store: Store, sent: Messages, verdict: str = "fraud") -> None:
    """Messages that the provider stopped."""
    put(store, sent, provider_verdict=f"'{verdict}'")


def test_five_verdicts_of_fraud_on_a_block_alarm() -> None:
    """The provider's fifth verdict of fraud makes the alarm due; four are its caution, and policy is no fraud."""
    sent = pool(NOON_S, count=8)
    for some, kind, due in ((sent, "fraud", 1), (sent.where(np.arange(8) < 4), "fraud", 0), (sent, "policy", 0)):
        with store_of(honest(2, days=1)) as store:
            judged_fraud(store, some, kind)
            found = provider_verdict.alarms(store)
        assert len(found) == due
    with store_of() as store:
        judged_fraud(store, sent)
        (alarm,) = provider_verdict.alarms(store)
    assert (alarm.key, alarm.country) == (int(POOL), country_index("PL"))
    assert (alarm.onset_s, alarm.end_s, alarm.alarm_s) == (sent.begin_s, sent.end_s, sent.at_s[4])


def test_a_verdict_counts_from_when_it_came() -> None:
    """The alarm is due with the fifth verdict, not with the message that it is about; the case begins with that."""
    sent = pool(NOON_S, count=8, every_s=1.0, receipt_s=NOON_S + 900.0 - 10.0 * np.arange(8))
    with store_of() as store:
        judged_fraud(store, sent)
        (alarm,) = provider_verdict.alarms(store)
    assert (alarm.onset_s, alarm.alarm_s) == (sent.begin_s, NOON_S + 870.0)


def test_verdicts_on_unassigned_numbers_find_their_country() -> None:
    """A block under a shared calling code that nobody was given counts for the code's main country."""
    sent = pool(NOON_S, prefix="1200000", digits=11, count=8)
    with store_of() as store:
        judged_fraud(store, sent)
        (alarm,) = provider_verdict.alarms(store)
    assert alarm.country == country_index("US")


def test_the_finding_counts_both_kinds_of_verdict() -> None:
    """Fraud weighs two nats each up to the cap, policy nothing; without any verdict nothing is said."""
    sent = pool(NOON_S, count=10)
    with store_of() as store:
        put(store, sent, provider_verdict="CASE WHEN at_s < 1e18 AND number % 2 = 0 THEN 'fraud' ELSE 'policy' END")
        scene = scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)])
        finding = provider_verdict.finding(scene)
        fraud = int((sent.number % 2 == 0).sum())
        assert finding is not None
        assert finding.facts["fraud"] == fraud
        assert finding.nats == min(2.0 * fraud, 8.0)
    with store_of() as store:
        put(store, sent)
        assert (
            provider_verdict.finding(scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)])) is None
        )
