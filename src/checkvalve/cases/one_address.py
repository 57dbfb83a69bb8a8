"""Who asks from one address: an office, a school, the business's own test? And does anybody earn by it?"""

import numpy as np

from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.requests import Origins
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.numbering.local_time import hours_of_week
from checkvalve.numbering.plan import countries

_DAY_S = 86400.0
_CARRIES = 0.2
_TOGETHER = 0.9
_SERVED, _AT_HOME = 0.05, 0.2
_DEAR = 1.5
MOST_IN_A_DAY = 500
"""So many neighbours enrol in a day, as a school does."""
MOST_IN_OFFICE = 2_000
_OPENS_H, _CLOSES_H, _MOSTLY = 8, 20, 0.9


def one_address(found: Weighed) -> bool:
    """Does a single address carry much of it, and browsers, as people use them?"""
    origins = found.origins
    if origins is None or not origins.linked:
        return False
    heavy = any(one.kind == "ip" and one.requests >= _CARRIES * origins.linked for one in origins.top)
    return heavy and not programs(found.scene, origins)


def is_customer(scene: Scene) -> bool:
    """Does the victim live where the business has many customers, and costs a message there no more than most?"""
    inside, usual = scene.store.row(
        f"""SELECT avg(cost_usd) FILTER ({scene.where}), median(cost_usd) FILTER (({scene.where}) IS NOT TRUE)
        FROM priced"""
    )
    return (inside is None or usual is None or bool(inside <= _DEAR * usual)) and is_served(scene)


def is_served(scene: Scene) -> bool:
    """Do many of all other messages go to the scene's countries, at (nearly) the same price?"""
    return _share_of_others(scene) >= _SERVED


def is_home(scene: Scene) -> bool:
    """Is it where the business is at home: a good part of all other messages goes there, whatever they cost?"""
    return _share_of_others(scene) >= _AT_HOME


def _share_of_others(scene: Scene) -> float:
    """Which part of the messages outside of the scene goes to its countries? None, where its own cost far more."""
    names = ", ".join(f"'{countries()[one]}'" for one in scene.countries if countries()[one]) or "''"
    inside, usual, others, all_ = scene.store.row(
        f"""SELECT avg(cost_usd) FILTER (mine), median(cost_usd) FILTER (NOT mine AND country IN ({names})),
               count(*) FILTER (NOT mine AND country IN ({names})), count(*) FILTER (NOT mine)
        FROM (SELECT *, ({scene.where}) IS TRUE AS mine FROM priced)"""
    )
    dear = inside is not None and usual is not None and inside > _DEAR * usual
    return 0.0 if dear else float(others) / max(float(all_), 1.0)


def is_school(found: Weighed) -> bool:
    """Do neighbouring numbers, no more than enrol in a day, sign up behind one address, where nobody earns by it?

    They do something after the message, as others do; where nobody knows, where and at what price they live must tell.
    """
    numbers, fullest = found.fact("destinations", "numbers"), found.fact("destinations", "fullest")
    short = found.scene.end_s - found.scene.start_s <= _DAY_S
    together = short and fullest >= _TOGETHER * numbers and numbers <= MOST_IN_A_DAY
    if not together or found.accused or not one_address(found):
        return False
    return found.alive is True or is_customer(found.scene)


def is_office(found: Weighed) -> bool:
    """Does one address write by day to a served country's numbers, spread as customers are, at the usual price?

    So an office invites its people. A pumper at one address writes to what pays, at night in seven of ten incidents.
    Better than the price tells whether the numbers live where the customers of before do, if that is known.
    """
    scene, shape = found.scene, found.findings.get("destinations")
    if not one_address(found) or found.accused or found.concentrated or shape is None or shape.facts["crowded"]:
        return False
    few = shape.facts["numbers"] <= MOST_IN_OFFICE and scene.end_s - scene.start_s <= _DAY_S
    if not few or not is_served(scene) or not _by_day(scene):
        return False
    if found.at_home is None:
        return is_customer(scene) and shape.nats < TELLING_NATS
    return found.at_home


def _by_day(scene: Scene) -> bool:
    """Did (nearly) all of it go out between eight and eight, by the clock of the numbers' country?"""
    rows, inside = scene.rows, scene.inside
    by_day = 0
    for one in np.unique(rows.country[inside]):
        minutes = (rows.first_s[inside & (rows.country == one)] // 60).astype(np.int64)
        hour = hours_of_week(countries()[one], minutes) % 24
        by_day += int(((hour >= _OPENS_H) & (hour < _CLOSES_H)).sum())
    return bool(by_day >= _MOSTLY * inside.sum())


def programs(scene: Scene, found: Origins) -> bool:
    """Do agents that are no browser or app carry much of it?"""
    agents = [
        one.value for one in found.top if one.kind == "user_agent" and one.requests >= _CARRIES * found.linked
    ]
    if not agents or not scene.store.row("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'agents'")[0]:
        return False
    return bool(
        scene.store.row(
            """SELECT count(*) FROM agents
            WHERE list_contains(?, user_agent) AND kind IN ('library', 'headless', 'robot')""",
            [agents],
        )[0]
    )
