"""E1 to E3 of the playbook, decided by stated rules, and the decision that follows."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.exhibits import Fact, Shelf, findings, told
from checkvalve.cases.identity import case_id
from checkvalve.cases.leftover import Leftover, leftover, told_open
from checkvalve.evidence.spending import totals
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.investigation import Criterion, Escalation

_STRANGE = (
    "conversion",
    "afterwards",
    "destinations",
    "reuse",
    "habit",
    "returns",
    "own_network",
    "provider_verdict",
    "watchlist",
)
"""Indicators that tell numbers nobody honest has from an audience."""
_COUNTED = ("conversion", "afterwards", "destinations", "reuse", "habit", "returns", "own_network")
"""Those of them that count too many of something against what is usual elsewhere, not against the place's own past."""


def escalation(
    world: World, judged: Sequence[Judged], shelf: Shelf | None = None, left: Leftover | None = None
) -> Escalation:
    """Escalate when E1 or E2 is met by a case worth its money; keep watching what is suspicious, pending or not seen.

    Each fact has its exhibit; those about the whole evidence are put on the shelf. ``left`` is what no case explains,
    looked up where it is not given.
    """
    shelf, left = shelf or Shelf(world.store), left or leftover(world, judged)
    guilty = [one for one in judged if one.verdict != "benign"]
    criteria = [_e1(world, guilty, shelf), _e2(world, guilty, shelf), _e3(world, guilty, shelf, left)]
    worth = [one for one in guilty if _usd(one) >= world.settings.detection.minimum_loss_usd]
    met = any(one.met for one in criteria)
    if met and any(one.verdict == "attack" for one in worth):
        return Escalation(decision="escalate", criteria=criteria)
    watched = guilty or left.open or left.blind or not len(world.rows)
    return Escalation(decision="monitor" if watched else "close", criteria=criteria)


def _usd(one: Judged) -> float:
    """What the case cost; it may be no more than its own, fraudulent past cost."""
    found, scene = one.finding("cost"), one.scene
    if found is not None or scene.unlogged:
        return found.facts["usd"] if found else 0.0
    return float(
        scene.store.row(
            f"SELECT coalesce(sum(cost_usd), 0) FROM {scene.messages} WHERE {scene.where_counted_time}"
        )[0]
    )


def _criterion(id_: str, met: bool, facts: list[Fact], pending: str | None = None) -> Criterion:
    return Criterion(
        id=id_,
        met=met,
        facts=[fact.text for fact in facts],
        pending=pending,
        exhibits=[fact.exhibit for fact in facts],
    )


def _e1(world: World, guilty: list[Judged], shelf: Shelf) -> Criterion:
    """Volume beyond expectation, and numbers or codes that no honest audience has, in ranges or over a network.

    Fraud that is older than the logs is its own past, so that no volume is beyond what it lets expect. In an attack
    it is volume enough that more numbers lie in one block, or more codes are lost, than elsewhere.
    """
    facts: list[Fact] = []
    for one in guilty:
        strange = [found for _, found in findings([one], *_STRANGE) if found.nats >= TELLING_NATS]
        volume = [found for _, found in findings([one], "volume", "surplus") if found.nats >= TELLING_NATS]
        counted = one.verdict == "attack" and any(found.id in _COUNTED for found in strange)
        placed = bool(one.scene.ranges) or one.verdict == "attack"
        if placed and strange and (volume or counted):
            facts += [told(case_id(one.scene), found) for found in (*volume, *strange)]
    if facts:
        return _criterion("E1", True, facts)
    if not len(world.rows):
        return _criterion("E1", False, [shelf.fact("No log of messages with numbers and times was given.", "logs")])
    return _criterion("E1", False, [shelf.fact("No range with numbers of that kind was found.", "numbers")])


def _e2(world: World, guilty: list[Judged], shelf: Shelf) -> Criterion:
    billed = [one for one in guilty if one.scene.unlogged]
    origins = [*findings(guilty, "requests"), *findings(billed, "reconciliation")]
    telling = [(one, found) for one, found in origins if found.nats >= TELLING_NATS]
    if telling:
        return _criterion("E2", True, [told(case_id(one.scene), found) for one, found in telling])
    if world.has_links:
        return _criterion("E2", False, [shelf.fact("No origin outside regular operation was found.", "origins")])
    return _criterion(
        "E2", False, [shelf.fact("No log of requests to a sending endpoint tells of origins.", "logs")]
    )


def _e3(world: World, guilty: list[Judged], shelf: Shelf, left: Leftover) -> Criterion:
    """Unexplained cost. Whether it persists is for the business unit to say, so it waits for the answer."""
    facts = [told(case_id(one.scene), found) for one, found in findings(guilty, "cost")]
    facts += told_open(left, shelf)
    if not facts and not totals(world.store).priced:
        return _criterion("E3", False, [shelf.fact("No log tells what messages cost, and when.", "logs")])
    if not facts:
        return _criterion("E3", False, [shelf.fact("No cost beyond what the period should cost.", "cost")])
    cost = facts[0].exhibit
    if world.store.row("SELECT count(*) FROM activities")[0]:
        facts.append(shelf.fact("No activity in the calendars given explains it.", "activities"))
    answer = world.settings.detection.inquiry
    if answer == "explained":
        return _criterion("E3", False, [*facts, Fact("The business unit explained it.", cost)])
    if answer == "unexplained":
        facts.append(Fact("The business unit was asked and knows no explanation.", cost))
        return _criterion("E3", True, facts)
    pending = (
        "Ask the business unit whether an activity explains it, put the answer into the setting detection.inquiry "
        "(explained or unexplained), and run again."
    )
    return _criterion("E3", False, facts, pending)
