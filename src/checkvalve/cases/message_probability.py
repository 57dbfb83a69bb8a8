"""How probably is a message of a case fraud, when its code did not come back, and when it did?

How many people there would be anyway tells the past of the ranges; how many of them enter their codes, the usual rate.
Codes beyond that number were entered by those who filled the ranges: pumpers enter some, as bots and rogue aggregators
do. Where the ranges have no past that could tell, and where a whole country is looked at, those who entered a code
are taken for people.
"""

from typing import NamedTuple

from checkvalve.cases.suspects import LEAST_PAST_S
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import NEWCOMERS, held
from checkvalve.indicators.outcomes import MARGIN
from checkvalve.indicators.scene import Scene
from checkvalve.statistics.ragged import PRIOR_HITS

PEOPLE = 0.02
"""Of those who entered a code where codes fail and nothing says otherwise, so many may be fraud's (judgement)."""
_LEAST_USUAL = 0.1
"""Where even fewer codes are usual, an entered one stands for no more than ten people (judgement)."""


class Probabilities(NamedTuple):
    """Probabilities of fraud of a message whose code did not come back, and of one whose code did."""

    unverified: float
    verified: float


def message_probabilities(scene: Scene, weighed: Weighed, verdict: str, p: float) -> Probabilities:
    """The probabilities of the case's messages; ``p`` is that of the case."""
    if verdict == "benign" or scene.unlogged:
        return Probabilities(0.0, 0.0)
    expected = sum(one.expected for one in scene.ranges) if scene.ranges else weighed.fact("volume", "expected")
    if not scene.ranges:
        expected = max(expected, _met(scene) - _too_many(weighed, _met(scene)))
    if weighed.converts is not False:
        share = p * _share(expected, _met(scene))
        return Probabilities(share, share)
    observed = float(scene.inside.sum())
    verified = float((scene.inside & scene.rows.entered).sum())
    usual = max(weighed.fact("conversion", "usual", MARGIN), _LEAST_USUAL)
    anyway = _entered_anyway(scene)
    people = max(expected, verified / usual) if anyway is None else anyway / usual
    entered = verified if anyway is None else min(anyway, verified)
    lost = max(min(people, observed) - entered, 0.0)
    fraud_entered = max(p * _share(entered, verified), PEOPLE) if verified else PEOPLE
    return Probabilities(p * _share(lost, observed - verified), fraud_entered)


def _too_many(weighed: Weighed, most: float) -> float:
    """How many newcomers are fraud's, as far as anything counts them; else ``most``."""
    told = [weighed.fact(name, "fraud") for name in NEWCOMERS if name in weighed.findings]
    return max(told, default=most)


def _entered_anyway(scene: Scene) -> float | None:
    """How many codes would people have entered in the ranges? None where no past tells.

    For each one that was entered beside them in these countries meanwhile, as many as before the case: whatever lifts
    or lowers the countries as a whole cancels. Half a code stands for what was never seen.
    """
    rows = scene.rows
    if not scene.ranges or not len(rows) or scene.start_s - float(rows.first_s[0]) < LEAST_PAST_S:
        return None
    entered = rows.entered & rows.in_countries(scene.countries)
    there = scene.in_ranges(rows.number)
    before = rows.first_s < scene.start_s
    meanwhile = ~before & (rows.first_s <= scene.end_s + 1)
    came, came_beside = ((entered & before & one).sum() + PRIOR_HITS for one in (there, ~there))
    return float(came / came_beside * (entered & meanwhile & ~there).sum())


def _share(honest: float, of: float) -> float:
    """Which part is fraud, when so many of them are honest?"""
    return min(max(1 - honest / max(of, 1.0), 0.0), 1.0)


def _met(scene: Scene) -> float:
    """What lies in the case's place and time, counted as its ranges count: of single numbers the messages."""
    rows, inside = scene.rows, scene.inside
    single = inside & held([one for one in scene.ranges if one.size == 1], rows.number)
    return float((inside & ~single).sum() + rows.sends[single].sum())
