"""Alarms on newcomers who are asked for through networks that are another carrier's own."""

from dataclasses import replace

from checkvalve.evidence.own_networks import asked_through
from checkvalve.indicators import foreign_network
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from tests.indicators.mobile import FRAUD_S, PEOPLE, Addresses, asking, linked, together
from tests.indicators.synthetic import DAY_S, START, Messages

THRESHOLD = 10.0
FEW = asking("PL", 12.0, 1.0, begin_s=FRAUD_S, matched=False, seed=7)


def alarms(parts: tuple[Messages, Addresses]) -> list[Alarm]:
    """What alarms."""
    with linked(parts) as (store, rows):
        found = asked_through(store, rows)
        return foreign_network.alarms(rows, found, THRESHOLD) if found else []


def moved(parts: tuple[Messages, Addresses]) -> tuple[Messages, Addresses]:
    """The same, each carrier's customers through the next one's network."""
    sent, addresses = parts
    heads = (address.split(".", 2) for address in addresses)
    return sent, [f"{a}.{(int(b) + 1) % 3 if int(b) < 3 else b}.{rest}" for a, b, rest in heads]


def test_few_strangers_on_telephones_of_any_carrier_are_told() -> None:
    """Strangers who are fewer than the people are told by the networks that do not match."""
    (one,) = alarms(together(PEOPLE, FEW))
    assert (one.kind, one.key) == ("own_network", country_index("PL"))
    assert abs(one.onset_s - FRAUD_S) <= 2 * DAY_S
    assert one.observed > 4 * one.expected


def test_people_at_home_do_not_alarm() -> None:
    """Whoever asks through a provider that is nobody's own is not strange."""
    assert alarms(together(PEOPLE, asking("PL", 20.0, 0.0, begin_s=FRAUD_S, seed=7))) == []


def test_networks_that_change_hands_do_not_alarm() -> None:
    """Where customers of before come through the other network as well, it is the network that changed."""
    before = asking("PL", 20.0, 0.8, end_s=FRAUD_S)
    later = asking("PL", 20.0, 0.8, begin_s=FRAUD_S, seed=5)
    again = replace(before[0], at_s=before[0].at_s + 9 * DAY_S, verified_s=before[0].verified_s + 9 * DAY_S)
    back = again.at_s >= FRAUD_S
    regulars = again.where(back), [one for one, kept in zip(before[1], back.tolist(), strict=True) if kept]
    people = (before, asking("ES", 60.0, 0.6, end_s=START + 21 * DAY_S))
    assert len(alarms(together(*people, moved(later)))) == 1
    assert alarms(together(*people, moved(later), moved(regulars))) == []
