"""E1 to E3 of the playbook, decided by stated rules, and the decision that follows."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.build import exhibit_ids
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.investigation import Criterion, Escalation

_STRANGE = ("conversion", "destinations", "reuse", "provider_verdict", "watchlist")
"""Indicators that tell numbers nobody honest has from an audience."""


def escalation(world: World, judged: Sequence[Judged]) -> Escalation:
    """Escalate when E1 or E2 is met by a case worth its money; keep watching what is suspicious or pending."""
    guilty = [one for one in judged if one.verdict != "benign"]
    criteria = [_e1(guilty), _e2(guilty), _e3(world, guilty)]
    worth = [one for one in guilty if _usd(one) >= world.settings.detection.minimum_loss_usd]
    met = any(one.met for one in criteria)
    if met and any(one.verdict == "attack" for one in worth):
        return Escalation(decision="escalate", criteria=criteria)
    return Escalation(decision="monitor" if guilty else "close", criteria=criteria)


def _usd(one: Judged) -> float:
    found = one.finding("cost")
    return found.facts["usd"] if found else 0.0


def _e1(guilty: list[Judged]) -> Criterion:
    """Volume beyond expectation in named ranges, and numbers or codes that no honest audience has."""
    facts, shown = [], []
    for one in guilty:
        told = [one.finding(name) for name in _STRANGE]
        strange = [found for found in told if found is not None and found.nats >= TELLING_NATS]
        volume = one.finding("volume")
        if one.scene.ranges and strange and volume is not None and volume.nats >= TELLING_NATS:
            facts += [volume.explanation, *(found.explanation for found in strange)]
            shown += [id_ for found in (volume, *strange) for id_ in exhibit_ids(one.scene, found)]
    told_none = ["No range with numbers of that kind was found."]
    return Criterion(id="E1", met=bool(facts), facts=facts or told_none, exhibits=shown)


def _e2(guilty: list[Judged]) -> Criterion:
    telling = [
        (one, found)
        for one in guilty
        if (found := one.finding("requests")) is not None and found.nats >= TELLING_NATS
    ]
    facts = [found.explanation for _, found in telling] or ["No origin outside regular operation was found."]
    shown = [id_ for one, found in telling for id_ in exhibit_ids(one.scene, found)]
    return Criterion(id="E2", met=bool(telling), facts=facts, exhibits=shown)


def _e3(world: World, guilty: list[Judged]) -> Criterion:
    """Unexplained cost. Whether it persists is for the business unit to say, so it waits for the answer."""
    costly = [(one, found) for one in guilty if (found := one.finding("cost")) is not None]
    facts = [found.explanation for _, found in costly]
    shown = [id_ for one, found in costly for id_ in exhibit_ids(one.scene, found)]
    if not facts:
        return Criterion(id="E3", met=False, facts=["No cost beyond what the period should cost."])
    if world.store.row("SELECT count(*) FROM activities")[0]:
        facts.append("No activity in the calendars given explains it.")
    answer = world.settings.detection.inquiry
    if answer == "explained":
        return Criterion(id="E3", met=False, facts=[*facts, "The business unit explained it."], exhibits=shown)
    if answer == "unexplained":
        facts.append("The business unit was asked and knows no explanation.")
        return Criterion(id="E3", met=True, facts=facts, exhibits=shown)
    pending = (
        "Ask the business unit whether an activity explains it, put the answer into the setting detection.inquiry "
        "(explained or unexplained), and run again."
    )
    return Criterion(id="E3", met=False, facts=facts, pending=pending, exhibits=shown)
