"""From evidence and rivals to the word: attack, suspicious or benign."""

from checkvalve.cases.rivals import EXPLAINS, Weighed, by_status
from checkvalve.indicators.base import Finding
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.investigation import Rival
from checkvalve.statistics.calibration import probability

ATTACK = 0.95
SUSPICIOUS = 0.5


def verdict_of(p: float, weighed: Weighed, rivals: list[Rival]) -> str:
    """What is it, at this probability? An attack needs two telling indicators, and no rival that explains them all.

    A rival that is only possible counts when something positive supports it (`Weighed.supported`); then somebody has
    to be asked, and until then it is suspicious. So it is where all that speaks is what any campaign brings, and the
    numbers lie as honest ones do; but no campaign brings a pool of addresses that ask again and again.
    """
    if by_status(rivals, "accepted"):
        return "benign"
    telling = {one.id for one in weighed.findings.values() if one.nats >= TELLING_NATS}
    places = weighed.findings.get("destinations")
    honest_places = places is not None and places.nats < 0.0
    explained = any(telling <= EXPLAINS[name] for name in weighed.supported)
    pool = weighed.fact("requests", "pool_nats") >= TELLING_NATS
    explained |= honest_places and not pool and telling <= EXPLAINS["campaign"]
    if p >= ATTACK and len(telling) >= 2 and not explained:
        return "attack"
    return "suspicious" if p >= SUSPICIOUS else "benign"


def unexplained(findings: list[Finding], rivals: list[Rival]) -> float:
    """How probable is fraud still, when what accepted rivals predict no longer speaks for it?"""
    explained = {name for one in by_status(rivals, "accepted") for name in EXPLAINS[one.id]}
    return float(probability(sum(min(one.nats, 0.0) if one.id in explained else one.nats for one in findings)))
