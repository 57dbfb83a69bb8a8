"""Who writes to a few numbers again and again: the business's own test, somebody who harasses a person, or a pumper?

A test is a program at one address that does not hide, and goes by a clock. Who harasses a person lets many forms take
turns, so that each sees a message now and then. A pumper who is down to a few numbers is as visible as can be, and has
no reason to wait.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.one_address import is_customer, is_home, is_served, programs
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.scene import Scene
from checkvalve.statistics.evenness import evenness
from checkvalve.statistics.grouping import distinct, found_in

_MOST_TESTED, _TESTED_WITHIN, _ALONE = 20, 100, 0.8
"""A business tests with so many numbers, which lie so close together, from one address."""
_LEAST_BESIDE, _DEAD = 10, 0.2
"""A healthy audience enters 45 to 90 % of its codes, an attacked one less than 20 (published rates)."""
_PAYS_USD, _PUMPERS_SHARE = 10.0, 0.3
"""For less nobody pumps, all in all or in an hour (judgement); of the price at most three tenths come back to the
pumper."""
_NEARLY_ALL = 0.98
_PAUSE_S = 60.0
_MOST_VICTIMS = 3
_NEIGHBOURS = 100
"""Contracts of one sale lie closer together than this (judgement)."""
_MOST_A_MINUTE = 2.0
"""Programs that harass go round 40 to 80 forms (CloudSEK), so that each is asked once or twice a minute at most."""
_CLOCK_NATS = 6.9
"""A clock is known when chance would be so even once in a thousand times."""


def goes_on_until_s(scene: Scene) -> float:
    """Until when do messages to the case's few numbers follow each other within a minute? Its end, of many numbers.

    The tests count a number once a day, so of few numbers that get codes again and again they see the first minutes.
    """
    numbers = _numbers(scene)
    if len(numbers) > _MOST_TESTED:
        return scene.end_s
    later = scene.store.rows(
        f"""SELECT epoch(sent_at) FROM send_rows WHERE list_contains(?, number)
        AND epoch(sent_at) > {scene.end_s} ORDER BY sent_at""",
        [numbers.tolist()],
    )
    times_s = np.array([scene.end_s, *(at_s for (at_s,) in later)])
    return float(times_s[np.argmax(np.append(np.diff(times_s) > _PAUSE_S, True))])


def is_own_test(found: Weighed) -> bool:
    """Does one program at one address send to a few neighbouring numbers by the clock, or for too little to pay?

    One number has no neighbours; then the clock must tell it. So it must where the business is at home, but pays dear.
    """
    if not looks_tested(found):
        return False
    small = _share_usd(found) < _PAYS_USD and is_customer(found.scene) and len(_busiest(found.scene)) > 1
    return small or _by_the_clock(found.scene)


def looks_tested(found: Weighed) -> bool:
    """Does one program at one address send to a number, or a few neighbours, where the business has its customers?"""
    numbers = _busiest(found.scene)
    if not 0 < len(numbers) <= _MOST_TESTED or numbers[-1] - numbers[0] >= _TESTED_WITHIN:
        return False
    if found.accused or not _one_program(found):
        return False
    return is_customer(found.scene) or is_home(found.scene)


def is_one_victim(found: Weighed) -> bool:
    """Did everything go to a handful of numbers, again and again, that may be one person's, or strangers'?

    A person's numbers were bought together, and those of several people lie anywhere: numbers of one block that are no
    neighbours are of somebody who has the block.
    """
    reuse = [alarm for alarm in found.scene.alarms if alarm.kind == "reuse"]
    numbers = found.fact("destinations", "numbers", len(reuse))
    if not reuse or len(reuse) < len(found.scene.alarms) or numbers > _MOST_VICTIMS:
        return False
    return not _of_one_holder(np.array(sorted({alarm.key for alarm in reuse})))


def _of_one_holder(numbers: NDArray[np.int64]) -> bool:
    """Do some of a few numbers, in order, lie in one block of 10,000, and are no neighbours?"""
    apart = np.diff(numbers)
    return bool(((apart >= _NEIGHBOURS) & (numbers[1:] // 10_000 == numbers[:-1] // 10_000)).any())


def is_harassed(found: Weighed) -> bool:
    """Is it a person in a served country, among living numbers, and pays it no pumper, by its sum or by its pace?"""
    if not is_one_victim(found) or found.alive is True or found.accused or among_dead(found.scene):
        return False
    share_usd = _share_usd(found)
    if share_usd < _PAYS_USD and is_customer(found.scene):
        return True
    hours = max((found.scene.end_s - found.scene.start_s) / 3600, 1.0)
    slow = len(_times_s(found.scene)) <= 60 * _MOST_A_MINUTE * hours
    return slow and share_usd < _PAYS_USD * hours and is_served(found.scene)


def among_dead(scene: Scene) -> bool:
    """Do hardly any codes come back from the other numbers of the same blocks? Then somebody pumps them."""
    rows = scene.rows
    own = distinct(rows.number[scene.inside])
    beside = found_in(rows.number // 10_000, own // 10_000) & ~found_in(rows.number, own) & rows.known
    return bool(beside.sum() >= _LEAST_BESIDE and rows.entered[beside].mean() < _DEAD)


def _numbers(scene: Scene) -> NDArray[np.int64]:
    """The numbers of the scene, in order."""
    return distinct(scene.rows.number[scene.inside])


def _busiest(scene: Scene) -> NDArray[np.int64]:
    """The fewest numbers that hold nearly all messages, in order: a range may hold somebody else's number too."""
    rows, inside = scene.rows, scene.inside
    numbers, place = np.unique(rows.number[inside], return_inverse=True)
    sends = np.bincount(place, rows.sends[inside], len(numbers))
    order = np.argsort(-sends, kind="stable")
    before = np.cumsum(sends[order]) - sends[order]
    return np.sort(numbers[order[before < _NEARLY_ALL * sends.sum()]])


def _share_usd(found: Weighed) -> float:
    """What a pumper would get of it."""
    return _PUMPERS_SHARE * found.fact("cost", "usd")


def _one_program(found: Weighed) -> bool:
    """Do agents that are no browser or app ask for nearly all of it, at one address?"""
    origins = found.origins
    if origins is None:
        return False
    alone = any(one.kind == "ip" and one.requests >= _ALONE * origins.linked for one in origins.top)
    return alone and programs(found.scene, origins)


def _by_the_clock(scene: Scene) -> bool:
    """Do the messages come more evenly than chance would have them?"""
    return evenness(_times_s(scene)) >= _CLOCK_NATS


def _times_s(scene: Scene) -> NDArray[np.float64]:
    """When the scene's messages went out, in order."""
    rows = scene.store.rows(f"SELECT epoch(sent_at) FROM send_rows WHERE {scene.where} ORDER BY sent_at")
    return np.array([at_s for (at_s,) in rows], np.float64)
