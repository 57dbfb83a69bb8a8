"""From evidence and rivals to the word: attack, suspicious or benign."""

from checkvalve.cases.planned import planned
from checkvalve.cases.rivals import EXPLAINS, by_status, supported
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import Finding
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.investigation import Rival
from checkvalve.statistics.calibration import probability

ATTACK = 0.95
SUSPICIOUS = 0.5


def verdict_of(p: float, weighed: Weighed, rivals: list[Rival]) -> str:
    """What is it, at this probability? An attack needs two telling indicators, and no rival that explains them all.

    A rival that is only possible counts when something positive supports it (`rivals.supported`); then somebody has
    to be asked, and until then it is suspicious. So it is where all that speaks is what any campaign brings, and the
    numbers lie as honest ones do; but no campaign brings hired addresses (`weighed.hired`).
    """
    if by_status(rivals, "accepted"):
        return "benign"
    if p >= ATTACK and len(_telling(weighed)) >= 2 and not open_rival(weighed):
        return "attack"
    return "suspicious" if p >= SUSPICIOUS else "benign"


def open_rival(weighed: Weighed) -> bool:
    """Is there a harmless explanation of all that tells, which nothing contradicts and nothing confirms?"""
    if weighed.scene.unlogged:
        return planned(weighed.scene) is not None
    telling = _telling(weighed)
    places = weighed.findings.get("destinations")
    honest_places = places is not None and places.nats < 0.0 and weighed.at_home is not False
    strangers = weighed.hired or weighed.fact("requests", "form_nats") >= TELLING_NATS
    if honest_places and not strangers and telling <= EXPLAINS["campaign"]:
        return True
    return any(telling <= EXPLAINS[name] for name in supported(weighed))


def confidence_of(p: float, weighed: Weighed) -> float:
    """How probable is fraud, with an open rival taken into account?

    Such a rival predicts what was seen as well as fraud does, and nothing is known of which of them is more frequent,
    so they share the odds, ``p / (1 + p)`` (the principle of indifference); what is suspicious stays at even odds.
    """
    return min(p, max(p / (1 + p), SUSPICIOUS)) if open_rival(weighed) else p


def _telling(weighed: Weighed) -> set[str]:
    return {one.id for one in weighed.findings.values() if one.nats >= TELLING_NATS}


def unexplained(findings: list[Finding], rivals: list[Rival]) -> float:
    """How probable is fraud still, when what accepted rivals predict no longer speaks for it?"""
    explained = {name for one in by_status(rivals, "accepted") for name in EXPLAINS[one.id]}
    return float(probability(sum(min(one.nats, 0.0) if one.id in explained else one.nats for one in findings)))
