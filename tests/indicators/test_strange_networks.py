"""Whether a case's requests come from networks through which the people of its countries ask."""

from collections.abc import Sequence

import pytest

from checkvalve.indicators import requests
from checkvalve.indicators.strange_networks import Strange
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, START, ask, honest, pool, store_of

ATTACK_S = START + 3 * DAY_S + 3600.0


def strange(attack_ips: Sequence[str], *, before: str = "PL") -> tuple[Strange, str]:
    """Honest messages asked for through two networks, and a pool asked for from these addresses; and what is said."""
    people = honest(1, days=4, per_day=150, countries=(before,))
    attack = pool(ATTACK_S)
    with store_of(people, attack) as store:
        own = [f"198.{51 + nth % 2}.{nth % 30}.{nth % 100}" for nth in range(len(people))]
        ask(store, people.at_s - 1.0, own)
        ask(store, attack.at_s - 1.0, attack_ips)
        scene = scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])
        found = requests.origins(scene)
        told = requests.finding(scene, found)
    assert found is not None
    assert told is not None
    return found.strange, told.explanation


SCATTERED = [f"{20 + nth}.9.113.7" for nth in range(60)]


def test_addresses_of_many_networks_where_customers_are_not_are_strange() -> None:
    """Sixty addresses of as many unknown networks are not the people whose numbers they ask for, and that is said."""
    found, said = strange(SCATTERED)
    assert (found.strange, found.of) == (60, 60)
    assert found.usual < 0.1
    assert found.nats == 4
    assert "100% of them come from networks through which nobody asked" in said


def test_newcomers_of_known_networks_are_not_strange() -> None:
    """New addresses of the networks that customers use tell nothing."""
    found, said = strange([f"198.51.200.{nth}" for nth in range(60)])
    assert (found.strange, found.of, found.nats) == (0, 60, 0)
    assert "through which nobody asked" not in said


def test_one_unknown_network_is_told_by_other_means() -> None:
    """A campus, an office or a rented server is one network, which no crowd of strangers comes through."""
    found, _ = strange([f"203.0.113.{nth}" for nth in range(60)])
    assert found.of == 0
    assert found.nats == 0


def test_a_country_without_a_past_tells_nothing() -> None:
    """Where nobody asked before, every network is unknown, a new market's as well."""
    found, _ = strange(SCATTERED, before="UZ")
    assert (found.of, found.nats) == (0, 0)


@pytest.mark.parametrize(
    ("found", "telling"),
    [
        (Strange(50, 100, 0.1), False),
        (Strange(60, 100, 0.1), True),
        (Strange(60, 100, 0.5), False),
        (Strange(9, 9, 0.1), False),
    ],
)
def test_less_than_half_of_the_usual_part_comes_from_known_networks(found: Strange, telling: bool) -> None:
    """A crowd is strange where it is in known networks less than half as often as customers, and has ten requests."""
    assert (found.nats > 0) == telling
