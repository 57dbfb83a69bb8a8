"""From evidence and rivals to the word."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checkvalve.cases.verdict import verdict_of
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import Finding
from checkvalve.indicators.requests import OriginCount, Origins
from checkvalve.investigation import Rival
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm
from tests.indicators.scenes import scene_of
from tests.indicators.synthetic import Messages, honest, messages, pool, store_of

PEOPLE = honest(1)


@contextmanager
def weighed(
    *strong: str,
    sent: Messages = PEOPLE,
    numbers: int = 100,
    share: int = 0,
    agent: str = "Mozilla",
    **facts: float,
) -> Iterator[Weighed]:
    """A scene with these strong findings; of a hundred requests one address made so many."""
    findings = {name: Finding(name, 8.0, "", "", "", facts=facts) for name in strong}
    findings["destinations"] = Finding("destinations", 0.0, "", "", "", facts={"numbers": numbers, "crowded": 0.0})
    top = [
        OriginCount("ip", "203.0.113.1", share, 0, ATTACK_S, known_before=False),
        OriginCount("user_agent", agent, share, 0, ATTACK_S, known_before=False),
    ]
    origins = Origins(100, 100, 30, 20, 0.2, 0, 0, 0.1, 0, top) if share else None
    with store_of(PEOPLE, sent) as store:
        store.run("CREATE TABLE agents (user_agent VARCHAR, kind VARCHAR)")
        store.run("INSERT INTO agents VALUES ('Mozilla', 'browser'), ('curl', 'library')")
        reused = alarm("reuse", Level.NUMBER, int(sent.number[-1]))
        scene = scene_of(store, ATTACK_S, ATTACK_S + 3600, alarms=[reused] if numbers == 1 else [])
        yield Weighed(scene, findings, origins)


def test_a_verdict_needs_two_kinds_of_evidence() -> None:
    """However strong one kind is, alone it makes a case suspicious at most; an accepted rival makes it benign."""
    explained = Rival(id="campaign", status="accepted", why="")
    with weighed("volume") as one, weighed("volume", "conversion") as two:
        assert verdict_of(0.99, one, []) == "suspicious"
        assert verdict_of(0.99, two, []) == "attack"
        assert verdict_of(0.94, two, []) == "suspicious"
        assert verdict_of(0.4, two, []) == "benign"
        assert verdict_of(0.99, two, [explained]) == "benign"


@pytest.mark.parametrize(
    ("share", "agent", "also", "expected"),
    [
        (90, "Mozilla", "requests", "suspicious"),
        (0, "Mozilla", "requests", "attack"),
        (90, "curl", "requests", "attack"),
        (90, "Mozilla", "reuse", "attack"),
    ],
)
def test_an_office_that_explains_all_that_speaks_makes_it_no_attack(
    share: int, agent: str, also: str, expected: str
) -> None:
    """Browsers behind one address whose codes nobody knows of are suspicious; a program, or more evidence, is not."""
    with weighed("volume", also, share=share, agent=agent) as one:
        assert verdict_of(0.99, one, []) == expected


@pytest.mark.parametrize(("price", "expected"), [(0.05, "suspicious"), (0.5, "attack")])
def test_one_victim_at_the_usual_price_is_not_yet_pumping(price: float, expected: str) -> None:
    """Codes that rain on one number of a served country are an attack only where they cost more than others."""
    victim = pool(ATTACK_S, count=1).number[0]
    rain = messages(ATTACK_S + 10.0 * PEOPLE.at_s[:50] / PEOPLE.at_s[0], victim, price_usd=price)
    with weighed("volume", "reuse", sent=rain, numbers=1) as one:
        one.scene.ranges = []
        one.scene.start_s, one.scene.end_s = ATTACK_S - 60, ATTACK_S + 3600
        assert verdict_of(0.99, one, []) == expected


def test_what_any_campaign_brings_is_no_attack_where_the_numbers_are_as_honest_ones() -> None:
    """More messages, new origins and more money to numbers that lie as everybody's do: somebody has to be asked."""
    with weighed("volume", "requests", "cost") as one:
        one.findings["destinations"] = Finding("destinations", -2.0, "", "", "")
        assert verdict_of(0.99, one, []) == "suspicious"
        one.findings["conversion"] = Finding("conversion", 8.0, "", "", "")
        assert verdict_of(0.99, one, []) == "attack"


@pytest.mark.parametrize("fact", ["pool_nats", "strange_nats", "form_nats"])
@pytest.mark.parametrize(("nats", "expected"), [(0.0, "suspicious"), (4.0, "attack")])
def test_no_campaign_brings_hired_addresses(fact: str, nats: float, expected: str) -> None:
    """Addresses that ask for many, that live elsewhere or that know one rare form are no audience's."""
    with weighed("volume", "requests", "cost") as one:
        one.findings["requests"] = Finding("requests", 8.0, "", "", "", facts={fact: nats})
        one.findings["destinations"] = Finding("destinations", -2.0, "", "", "")
        assert verdict_of(0.99, one, []) == expected
