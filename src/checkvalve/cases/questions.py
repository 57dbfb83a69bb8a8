"""The four questions of the playbook, answered from evidence with facts, or `unknown` with what is missing."""

from collections.abc import Sequence
from typing import Literal

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.exhibits import Fact, Shelf, findings, told
from checkvalve.cases.identity import case_id
from checkvalve.cases.leftover import DEAR, LEAST_DAYS, Leftover, leftover, told_open
from checkvalve.evidence.charges import settle_charges
from checkvalve.evidence.spending import totals
from checkvalve.indicators.base import Finding
from checkvalve.indicators.weights import count, percent
from checkvalve.investigation import Question

_TEXTS = {
    "Q1": "Is there evidence of a large number of SMS messages being sent to a specific set of phone numbers over a "
    "short period of time?",
    "Q2": "Are there new or unusual IP addresses or user agents accessing the OTP or account verification API?",
    "Q3": "Do legitimate users report that messages they expect do not arrive?",
    "Q4": "Are the costs associated with SMS services higher than the period should cost?",
}

_FEW_STRANGE = 0.1
"""More complaints than this part that nobody understands, and silence about missing messages says nothing."""


def questions(
    world: World, judged: Sequence[Judged], shelf: Shelf | None = None, left: Leftover | None = None
) -> list[Question]:
    """Q1 to Q4, each fact with its exhibit; those about the whole evidence are put on the shelf.

    ``left`` is what no case explains, looked up where it is not given.
    """
    shelf, left = shelf or Shelf(world.store), left or leftover(world, judged)
    guilty = [one for one in judged if one.verdict != "benign"]
    return [
        _q1(world, guilty, shelf, left),
        _q2(world, guilty, shelf),
        _q3(world, judged, shelf),
        _q4(world, guilty, shelf, left),
    ]


def _question(
    id_: str,
    answer: Literal["yes", "no", "unknown"],
    confidence: float,
    facts: list[Fact],
    missing: str | None = None,
) -> Question:
    return Question(
        id=id_,
        question=_TEXTS[id_],
        answer=answer,
        confidence=round(confidence, 4),
        facts=[fact.text for fact in facts],
        missing=missing,
        exhibits=[fact.exhibit for fact in facts],
    )


def _told(found: list[tuple[Judged, Finding]]) -> list[Fact]:
    return [told(case_id(one.scene), finding) for one, finding in found]


def _q1(world: World, guilty: list[Judged], shelf: Shelf, left: Leftover) -> Question:
    if not len(world.rows):
        return _question("Q1", "unknown", 0.0, [], _missing_messages(world))
    ranged = [one for one in guilty if one.scene.ranges]
    if not ranged:
        numbers = count(len(world.rows), "number and day", "numbers and days")
        said = shelf.fact(f"{numbers} were tested at every depth; no range stands out.", "numbers")
        if left.blind:
            return _question("Q1", "unknown", 0.0, [said], _hidden(left))
        return _question("Q1", "no", 0.95, [said])
    facts = _told(findings(ranged, "volume", "destinations"))
    return _question("Q1", "yes", max(one.confidence for one in ranged), facts)


def _hidden(left: Leftover) -> str:
    """Why nothing standing out says little."""
    return (
        f"{left.hidden:,} of {count(left.sends, 'message')} have no number or no time, so no range can be seen in "
        "them: give a log that does not mask numbers ('checkvalve sources' says which)"
    )


def _missing_messages(world: World) -> str:
    """Why nothing can be said of numbers."""
    (sends,) = world.store.row("SELECT count(*) FROM send_rows")
    if not sends:
        return "no message log: give the gateway's log ('checkvalve sources' says how to get it)"
    return (
        f"none of the {count(sends, 'message')} has both a number and a time: give a log that does not mask numbers "
        "('checkvalve sources' says which)"
    )


def _q2(world: World, guilty: list[Judged], shelf: Shelf) -> Question:
    if not world.has_links:
        missing = (
            "no web or identity-provider log with requests to a sending endpoint: give the access log of the time, or "
            "state the path with --endpoint"
        )
        return _question("Q2", "unknown", 0.0, [], missing)
    found = findings(guilty, "requests")
    telling = [(one, finding) for one, finding in found if finding.nats > 0]
    if telling:
        heaviest = max(finding.nats for _, finding in telling)
        return _question("Q2", "yes", min(0.5 + 0.06 * heaviest, 0.98), _told(telling))
    if guilty and not found:
        return _question("Q2", "unknown", 0.0, [], "the web log does not cover the time of the case")
    said = shelf.fact("The origins of requests to sending endpoints are as they were before.", "origins")
    return _question("Q2", "no", 0.8, [said])


def _q3(world: World, judged: Sequence[Judged], shelf: Shelf) -> Question:
    total, missing_reports, strange = world.store.row(
        "SELECT count(*), count(*) FILTER (kind = 'not_received'), count(*) FILTER (not_understood) FROM complaint_rows"
    )
    failing = [one for one in judged if any(alarm.kind == "delivery" for alarm in one.scene.alarms)]
    facts = _told(findings(failing, "delivery"))
    if not total:
        missing = "no support complaints were given: export tickets as CSV (date, kind, phone or country, text)"
        return _question("Q3", "unknown", 0.0, facts, missing)
    said = f"{count(missing_reports, 'complaint')} of {total:,} say that a message did not arrive."
    if strange:
        said += f" {strange:,} of {total:,} are in words that are not understood."
    facts = [*facts, shelf.fact(said, "complaints")]
    if not missing_reports and strange > _FEW_STRANGE * total:
        missing = (
            f"{count(strange, 'complaint')} of {total:,} are in words that are not understood: look at their texts, "
            "and write not_received, unsolicited or other into a column 'kind'"
        )
        return _question("Q3", "unknown", 0.0, facts, missing)
    return _question("Q3", "yes" if missing_reports else "no", 0.9, facts)


def _q4(world: World, guilty: list[Judged], shelf: Shelf, left: Leftover) -> Question:
    sent = totals(world.store)
    if not sent.priced:
        return _question("Q4", "unknown", 0.0, _billed(world, shelf), _missing_prices(sent.sends))
    found = findings(guilty, "cost")
    more = told_open(left, shelf)
    if not found and more:
        return _question("Q4", "yes", 0.8, more)
    if not found and left.days <= LEAST_DAYS:
        missing = (
            f"the messages are of {count(left.days, 'day')}: give the log of some days before, to compare with"
        )
        return _question("Q4", "unknown", 0.0, [], missing)
    if not found:
        said = f"No day cost {DEAR:.0f} times what the days before it let expect."
        return _question("Q4", "no", 0.9, [shelf.fact(said, "cost")])
    costs = [finding for _, finding in found]
    excess = sum(one.facts["usd"] - one.facts["expected_usd"] for one in costs)
    estimated = sum(one.facts["estimated_usd"] for one in costs)
    beside = (
        f"; all other messages together cost ${costs[0].facts['daily_usd']:,.2f} a day"
        if len(costs) == 1
        else f", in {len(costs)} cases"
    )
    said = f"${excess:,.2f} more than expected{beside}."
    facts = [Fact(said, _told(found)[0].exhibit), *_told(found), *more]
    if estimated:
        total = sum(one.facts["usd"] for one in costs)
        rests = f"{percent(estimated, total)} of the money is estimated from other prices or price lists."
        facts.append(shelf.fact(rests, "prices"))
    return _question("Q4", "yes", 0.97 if not estimated else 0.85, facts)


def _billed(world: World, shelf: Shelf) -> list[Fact]:
    settle_charges(world.store)
    lines, usd = world.store.row("SELECT count(*), coalesce(sum(own_usd), 0) FROM own_charges")
    said = f"The bill holds {count(lines, 'line')} about messaging, ${usd:,.2f} in all."
    return [shelf.fact(said, "bill")] if lines else []


def _missing_prices(sends: int) -> str:
    if sends:
        return (
            "no message has a price and no list price is known for their countries: give the gateway's priced log"
        )
    return (
        "no message log: a bill alone says how much, not for which numbers and when; give the gateway's log of the "
        "same time"
    )
