"""The closed loop: an attempt that a rule refuses sends no message, and nothing is learned from it."""

import heapq
import math
from collections.abc import Sequence

import msgspec

from proving.baselines.attacker import Attacker
from proving.baselines.rule import Rule
from proving.baselines.stream import Attempt


class Campaign(msgspec.Struct, frozen=True):
    """What became of one campaign."""

    usd: float
    sent_usd: float
    noticed: bool
    """Something of it was refused or challenged."""


class Outcome(msgspec.Struct, frozen=True):
    """What a rule did to one stream."""

    family: str
    kind: str
    seed: int
    size: str
    rule: str
    values: dict[str, float]
    moving: bool
    """Whether the attacker moved on where he was refused."""
    fraud: int
    fraud_sent: int
    fraud_usd: float
    fraud_sent_usd: float
    honest: int
    honest_refused: int
    users: int
    """People to whom honest attempts would have sent: a number is a person, however many accounts a script made."""
    users_shut_out: int
    """Of them, those who got no message at all."""
    users_blocked: int
    """Of those, the ones who were refused outright, or though they had solved a challenge."""
    sent_before: int
    """Fraudulent messages that were sent before the first refusal of one."""
    honest_challenged: int = 0
    campaigns: dict[str, Campaign] = {}


class Replayed(msgspec.Struct, frozen=True):
    """What became of each attempt of a stream, and what the rule was never told because the stream had ended."""

    sent: list[bool]
    challenged: list[bool]
    left: list[Attempt]


def replay(rule: Rule, stream: Sequence[Attempt], attacker: Attacker | None = None) -> Replayed:
    """Which attempts were sent? In event time: outcomes come to the rule before the attempts after them."""
    waiting: list[tuple[float, int, str, Attempt]] = []
    sent: list[bool] = []
    challenged: list[bool] = []
    for place, planned in enumerate(stream):
        while waiting and waiting[0][0] <= planned.at:
            at, _, what, told = heapq.heappop(waiting)
            (rule.verified if what == "verified" else rule.delivered)(told, at)
        attempt = planned
        if attacker is not None and planned.campaign is not None:
            attempt = attacker.moved(msgspec.structs.replace(planned))
        decision = rule.allows(attempt)
        challenged.append(decision == "challenge")
        sent.append(rule.answered(attempt, attempt.solves) if decision == "challenge" else decision)
        if attacker is not None and planned.campaign is not None:
            attacker.told(planned.number[:-4], planned.ip, sent[-1])
        if sent[-1]:
            for what, after_s in (("delivered", attempt.delivered_s), ("verified", attempt.verified_s)):
                if after_s is not None:
                    heapq.heappush(waiting, (attempt.at + after_s, place, what, attempt))
    return Replayed(sent, challenged, [one for _, _, what, one in sorted(waiting) if what == "verified"])


def judge(
    made: Replayed, stream: Sequence[Attempt], named: tuple[str, str, int, str], rule: str, moving: bool
) -> Outcome:
    """What was prevented, and who was shut out. ``named``: family, kind, seed and size of the stream."""
    fraud = [(one, ok) for one, ok in zip(stream, made.sent, strict=True) if one.campaign is not None]
    honest = [(one, ok) for one, ok in zip(stream, made.sent, strict=True) if one.campaign is None]
    users, blocked = _users(made, stream)
    first = next((place for place, (_, ok) in enumerate(fraud) if not ok), len(fraud))
    family, kind, seed, size = named
    return Outcome(
        family=family,
        kind=kind,
        seed=seed,
        size=size,
        rule=rule,
        values={},
        moving=moving,
        fraud=len(fraud),
        fraud_sent=sum(ok for _, ok in fraud),
        fraud_usd=math.fsum(one.price_usd for one, _ in fraud),
        fraud_sent_usd=math.fsum(one.price_usd for one, ok in fraud if ok),
        honest=len(honest),
        honest_refused=sum(not ok for _, ok in honest),
        users=len(users),
        users_shut_out=sum(not ok for ok in users.values()),
        users_blocked=sum(not users[number] for number in blocked),
        sent_before=first,
        honest_challenged=sum(
            asked for one, asked in zip(stream, made.challenged, strict=True) if one.campaign is None
        ),
        campaigns=_campaigns(made, stream),
    )


def _users(made: Replayed, stream: Sequence[Attempt]) -> tuple[dict[str, bool], set[str]]:
    """Every honest user and whether any message came; and who was refused, but for challenges not solved."""
    got: dict[str, bool] = {}
    blocked = set()
    for one, ok, asked in zip(stream, made.sent, made.challenged, strict=True):
        if one.campaign is not None:
            continue
        got[one.number] = got.get(one.number, False) or ok
        if not ok and (one.solves or not asked):
            blocked.add(one.number)
    return got, blocked


def _campaigns(made: Replayed, stream: Sequence[Attempt]) -> dict[str, Campaign]:
    """What each campaign asked for, in dollars, and what it got."""
    found: dict[str, Campaign] = {}
    for one, ok, asked in zip(stream, made.sent, made.challenged, strict=True):
        if one.campaign is not None:
            so_far = found.get(one.campaign, Campaign(0.0, 0.0, noticed=False))
            found[one.campaign] = Campaign(
                so_far.usd + one.price_usd,
                so_far.sent_usd + one.price_usd * ok,
                so_far.noticed or asked or not ok,
            )
    return found
