"""Each scenario has the shape of what it is modelled on."""

from collections import Counter
from functools import cache

from checkvalve.simulation.scenarios import SCENARIOS, campaign, outage, trickle
from checkvalve.simulation.traffic.events import Complaint, Hit, Message


@cache
def sends_of(scenario: str, scale: float = 0.3) -> list[Message]:
    """All messages of a scenario."""
    return [event for event in SCENARIOS[scenario](9, scale).events() if isinstance(event, Message)]


def fraud_of(scenario: str) -> list[Message]:
    """Its fraud messages."""
    return [send for send in sends_of(scenario) if send.campaign is not None]


def conversion(sends: list[Message]) -> float:
    """The share of messages whose code was entered."""
    return sum(send.verified_s is not None for send in sends) / len(sends)


def test_burst_is_minutes_one_block_and_mostly_one_address() -> None:
    """Nearly all of the burst falls within four minutes, on one block of 10,000, from one address."""
    fraud = fraud_of("burst")
    first = fraud[0].at
    assert sum(send.at < first + 240 for send in fraud) > 0.99 * len(fraud)
    assert len({send.number[:-4] for send in fraud}) == 1
    assert Counter(send.address for send in fraud).most_common(1)[0][1] > 0.9 * len(fraud)
    assert conversion(fraud) < 0.02


def test_burst_agent_is_a_real_one_of_the_app() -> None:
    """The burst's agent is one that honest people have too, only rarely."""
    agent = Counter(send.agent for send in fraud_of("burst")).most_common(1)[0][0]
    honest = [send for send in sends_of("burst", 1.0) if send.campaign is None]
    assert 0 < sum(send.agent == agent for send in honest) < 0.03 * len(honest)


def test_flood_is_a_night_of_many_addresses() -> None:
    """The flood comes from thousands of addresses, one to three sends each, to many blocks of three countries."""
    fraud = fraud_of("flood")
    by_address = Counter(send.address for send in fraud)
    assert len(by_address) > 2_000
    assert len(fraud) / len(by_address) < 3
    assert len({send.country.iso for send in fraud}) == 3
    assert 5 <= len({send.number[:-4] for send in fraud}) <= 30
    assert fraud[-1].at - fraud[0].at < 5 * 3_600


def test_trickle_is_a_few_an_hour_in_countries_with_honest_traffic() -> None:
    """No range of the trickle sees more than a handful of sends an hour, in countries with honest people."""
    fraud = fraud_of("trickle")
    knobs = trickle.Knobs()
    hours = Counter((send.number[:-4], int(send.at // 3_600)) for send in fraud)
    assert max(hours.values()) <= 6
    assert len({send.number[:-4] for send in fraud}) == knobs.ranges
    assert fraud[-1].at - fraud[0].at > 20 * 86_400
    assert conversion(fraud) < 0.05
    honest = {send.country.iso for send in sends_of("trickle") if send.campaign is None}
    assert {send.country.iso for send in fraud} <= honest


def test_campaign_multiplies_its_countries_and_converts() -> None:
    """The push multiplies sends of its countries by three to ten, with conversion and carriers as on other days."""
    knobs = campaign.Knobs()
    own = [send for send in sends_of("campaign", 1.0) if send.country.iso in knobs.push_countries]
    inside = [send for send in own if knobs.push_at <= send.at < knobs.push_at + knobs.push_s]
    offset = knobs.push_at % 86_400
    usual = [send for send in own if offset <= send.at % 86_400 < offset + knobs.push_s and send not in inside]
    assert 3 < len(inside) / (len(usual) / (campaign.DAYS - 1)) < 10
    assert abs(conversion(inside) - conversion(usual)) < 0.12
    assert len({send.number[:-4] for send in inside}) > 0.5 * len(inside)


def test_outage_stops_one_carrier_only() -> None:
    """In the outage nobody on the carrier gets a code and people ask again; before, after and beside it they do."""
    knobs = outage.Knobs()
    events = list(SCENARIOS["outage"](9, 1.0).events())
    sends = [event for event in events if isinstance(event, Message)]
    own = [send for send in sends if (send.country.iso, send.carrier.name) == (knobs.country, knobs.carrier)]
    inside = [send for send in own if knobs.outage_at <= send.at < knobs.outage_at + knobs.outage_s]
    outside = [send for send in own if send not in inside]
    beside = [send for send in sends if send.carrier.name != knobs.carrier]
    assert len(inside) > 60
    assert conversion(inside) == 0
    assert len(inside) / len({send.session for send in inside}) > 1.8
    assert min(conversion(outside), conversion(beside)) > 0.6
    complaints = [event for event in events if isinstance(event, Complaint)]
    late = knobs.outage_at + knobs.outage_s + 6 * 3_600
    assert sum(one.kind == "not_received" and knobs.outage_at < one.at < late for one in complaints) >= 3


def test_quiet_has_days_and_weeks() -> None:
    """The quiet month is busy in the evening, calm at night and calmer on week-ends and the holiday."""
    sends = sends_of("quiet", 1.0)
    hours = Counter(int((send.at + send.country.offset_h * 3_600) % 86_400 // 3_600) for send in sends)
    assert hours[19] > 4 * hours[3]
    weekdays = Counter(int(send.at // 86_400 + 3) % 7 for send in sends)
    assert (weekdays[5] + weekdays[6]) / 2 < (weekdays[1] + weekdays[2] + weekdays[3]) / 3


def test_attack_requests_stand_beside_their_sends() -> None:
    """Every fraud send has a request from its address to the sending path less than three seconds before."""
    events = list(SCENARIOS["flood"](9, 0.1).events())
    hits = [
        event
        for event in events
        if isinstance(event, Hit) and event.campaign is not None and event.method == "POST"
    ]
    by_address: dict[str, list[float]] = {}
    for hit in hits:
        by_address.setdefault(hit.address, []).append(hit.at)
    for send in (event for event in events if isinstance(event, Message) and event.campaign is not None):
        assert any(0 <= send.at - at < 3 for at in by_address[send.address])
