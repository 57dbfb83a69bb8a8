"""Bill against messages, and messages against requests."""

import pytest

from checkvalve.events import Charge
from checkvalve.evidence import links
from checkvalve.evidence.store import Store
from checkvalve.indicators import reconciliation, requests
from checkvalve.indicators.reconciliation import Gap
from checkvalve.indicators.scene import Scene
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, START, Messages, ask, honest, load, pool, put, store_of

ATTACK_S = START + 5 * DAY_S + 40_000.0


def bill(
    store: Store,
    quantity: float,
    *,
    day: int,
    days: int = 1,
    country: str | None = "PL",
    provider: str = "twilio",
    counts: bool = True,
) -> None:
    """One line of a bill, over so many days from a day of the evidence on."""
    begin_s = START + day * DAY_S
    load(
        store,
        Charge,
        {},
        provider=f"'{provider}'",
        period_start=f"to_timestamp({begin_s})",
        period_end=f"to_timestamp({begin_s + days * DAY_S})",
        category="'sms'",
        country=f"'{country}'" if country else "NULL",
        quantity=str(quantity),
        amount=str(quantity * 0.05),
        currency="'USD'",
        counts_messages=str(counts),
    )


def by_country(store: Store) -> dict[str | None, Gap]:
    """The gaps."""
    return {gap.country: gap for gap in reconciliation.gaps(store)}


def sent_on(sent: Messages, day: int) -> int:
    """Messages of one day."""
    return int(((sent.at_s >= START + day * DAY_S) & (sent.at_s < START + (day + 1) * DAY_S)).sum())


def test_what_is_billed_and_not_sent_is_a_gap() -> None:
    """A country that is billed for more than the logs hold is telling, one whose books match is not."""
    poles, spaniards = honest(1, countries=("PL",)), honest(2, countries=("ES",))
    with store_of(poles, spaniards) as store:
        for day in range(7):
            bill(store, sent_on(poles, day) + 40, day=day)
            bill(store, sent_on(spaniards, day) + 1, day=day, country="ES")
        found = by_country(store)
    assert found["PL"].sent == len(poles)
    assert found["PL"].excess == pytest.approx(280)
    assert found["PL"].telling
    assert found["PL"].billed_usd == pytest.approx(found["PL"].billed * 0.05)
    assert not found["ES"].telling


def test_only_what_both_cover_is_compared() -> None:
    """A bill of a whole month is no match for a week of logs; a bill of two days is held against those days."""
    sent = honest(1, countries=("PL",))
    with store_of(sent) as store:
        bill(store, 5000, day=0, days=31)
        assert by_country(store) == {}
    with store_of(sent) as store:
        for day in (2, 3):
            bill(store, sent_on(sent, day) + 100, day=day)
        found = by_country(store)["PL"]
    assert found.sent == sent_on(sent, 2) + sent_on(sent, 3)
    assert found.excess == 200
    assert found.telling


def test_each_provider_answers_for_its_own_bill() -> None:
    """Messages handed to another provider do not fill the gap in a bill."""
    sent, others = honest(1, countries=("PL",)), honest(2, countries=("PL",))
    with store_of(sent) as store:
        put(store, others, provider="aws")
        for day in range(7):
            bill(store, sent_on(sent, day) + 60, day=day)
        found = by_country(store)["PL"]
    assert (found.sent, found.excess) == (len(sent), 420)


def test_a_bill_without_countries_is_held_against_all_messages() -> None:
    """Where no line names a country, the whole is compared; other lines (fees, parents) count nothing."""
    sent = honest(1)
    with store_of(sent) as store:
        for day in range(7):
            bill(store, sent_on(sent, day) + 30, day=day, country=None)
            bill(store, 10_000, day=day, country=None, counts=False)
        found = by_country(store)
    assert set(found) == {None}
    assert found[None].excess == 210


def test_no_bill_no_gap() -> None:
    """Without a bill, or without messages, there is nothing to compare."""
    with store_of(honest(1)) as store:
        assert reconciliation.gaps(store) == []
    with store_of() as store:
        bill(store, 100, day=0)
        assert reconciliation.gaps(store) == []


def linked(scene: Scene) -> int:
    """How many messages of the scene have a request beside them."""
    origins = requests.origins(scene)
    assert origins is not None
    return origins.linked


def test_messages_that_were_not_looked_at_miss_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only some messages are linked, they alone are compared, and the counts shown are of all."""
    people, attack = honest(1), pool(ATTACK_S)
    monkeypatch.setattr(links, "MOST_SENDS", -(-(len(people) + len(attack)) // 3))
    with store_of(people, attack) as store:
        ask(store, people.at_s - 1, "203.0.113.1")
        ask(store, attack.at_s - 1, "203.0.113.2")
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        found = reconciliation.finding(scene, linked(scene))
    assert found is not None
    assert (found.nats, found.facts["linked_share"], found.facts["usual_linked"]) == (0, 1, 1)
    assert found.explanation.startswith("60 messages of 60 have a request")


def test_messages_that_nobody_asked_for_are_told() -> None:
    """Where other messages have requests and the case's have none, somebody uses the provider directly."""
    people, attack = honest(1), pool(ATTACK_S)
    with store_of(people, attack) as store:
        ask(store, people.at_s - 1, "203.0.113.1")
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        store.run("DELETE FROM links WHERE message IN (SELECT rowid FROM send_rows WHERE " + scene.where + ")")
        found = reconciliation.finding(scene, 0)
        assert found is not None
        assert found.nats == 4
        assert found.facts["linked_share"] == 0
        assert found.facts["usual_linked"] > 0.9
        assert reconciliation.finding(scene, None) is None


def test_messages_with_requests_weigh_nothing() -> None:
    """As many requests beside the case's messages as beside all others: no evidence."""
    people, attack = honest(1), pool(ATTACK_S)
    with store_of(people, attack) as store:
        ask(store, people.at_s - 1, "203.0.113.1")
        ask(store, attack.at_s - 1, "203.0.113.2")
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        found = reconciliation.finding(scene, linked(scene))
        assert found is not None
        assert found.nats == 0


def test_a_web_log_that_ends_before_the_case_says_nothing() -> None:
    """Days without any web log are no proof that nobody asked."""
    people, attack = honest(1), pool(ATTACK_S)
    with store_of(people, attack) as store:
        early = people.at_s[people.at_s < START + 4 * DAY_S]
        ask(store, early - 1, "203.0.113.1")
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        assert reconciliation.finding(scene, 0) is None
