"""From evidence to the action that is expected to cost least."""

import math
from collections.abc import Iterable

import msgspec

from checkvalve.guard.attempt import Action
from checkvalve.guard.nodes import SUSPECTED_NATS, View
from checkvalve.guard.places import BLOCKING, KINDS, NARROW, RANGES, Kind
from checkvalve.guard.policy import Harm, Policy

CROWD_CAP_NATS = {Kind.BLOCK100: 6.0, Kind.BLOCK1000: 6.0, Kind.BLOCK10000: 6.0, Kind.NETWORK: 3.0}
"""What crowding may add: it calls for a challenge sooner, and never blocks by itself."""
UNASSIGNED_NATS = 2.0
"""More than a fifth of pumped numbers lie in ranges that were never assigned, and hardly an honest one does."""
CROWDED_SHARE = 0.9
PROBED_NATS = 8.0
"""What crowding may come to where codes come back: it calls for a challenge even then, and never blocks by itself."""
CHANCE_NATS = 3.0
"""Nats of crowding that any range comes to at times, being looked at after each of some thousand numbers."""
UNASKED = 10.0
"""So many messages, at least, go the same way where nobody asks who is there (judgement): asking pays for cheap ones
too."""
LIKELY = 0.5
EXPLAINS = 0.9
"""From this probability on a place explains its messages: wider places do not hear of them."""
EXPLAINING = tuple([LIKELY if kind is Kind.FORM else EXPLAINS for kind in KINDS])
"""The same by kind. A form does as soon as it is likely: else everybody in the network is asked at all its forms for
what is done at one."""
WIDE = frozenset(Kind) - BLOCKING - NARROW - {Kind.NUMBER}
"""Places in which people have nothing to do with one another."""
_BELIEVED = 0.05
"""So much of a person is believed to be in a wide place from which no code came back (judgement)."""
PEOPLE_NATS = -4.0
"""From here down challenges say that people are there: they are asked again, and never blocked."""
_STRANGE, _HARDLY = 3.0, 0.01
"""A place is nobody's if fewer codes than that came back lately (as in `policy.NewCountry.known_after`), and fewer than
one in a hundred of those that were lost."""
MOST_CROWD_NATS = CHANCE_NATS + PROBED_NATS
CROWD_CAPS = tuple([CROWD_CAP_NATS.get(kind, 0.0) for kind in KINDS])
_BLOCKING = tuple([kind in BLOCKING for kind in KINDS])
ASSIGNED = tuple([kind in BLOCKING and kind in RANGES for kind in KINDS])
PROBED = tuple([kind in BLOCKING or kind is Kind.NETWORK for kind in KINDS])

exp = math.exp


class Suspicion(msgspec.Struct, frozen=True, gc=False):
    """How probable is fraud, by the place that says so most loudly?"""

    p_fraud: float
    kind: Kind | None
    key: int
    view: View | None


_NONE = Suspicion(0.0, None, 0, None)


class Suspicions(msgspec.Struct, frozen=True, gc=False):
    """The loudest place of all, and the loudest of those that may be blocked."""

    worst: Suspicion
    blocking: Suspicion


_NOTHING = Suspicions(_NONE, _NONE)


def probability(view: View, prior_log_odds: float, unassigned: bool) -> float:
    """How probable is it that a message there is fraud?

    The odds that an attack is under way are those that one begins with a message, times M (`credit`); crowding
    and an unassigned range add a few nats; then the part of the messages that is fraud where there is one. Or else
    machines ask there that may well enter their codes: then crowding and challenges speak.

    >>> from checkvalve.guard.places import key
    >>> round(probability(View(key(Kind.BLOCK1000, 447700900), 14.0, 0.97, 0.0, 0.0), -9.2, False), 2)
    0.96
    """
    nats, crowd, kind = view.credit_nats, view.crowd_nats, view.key & 63
    share = view.share if nats > 0.0 else CROWDED_SHARE
    if crowd > SUSPECTED_NATS:
        cap = CROWD_CAPS[kind]
        nats += crowd if crowd < cap else cap
    if unassigned and ASSIGNED[kind]:
        prior_log_odds += UNASSIGNED_NATS
    p = share / (1.0 + exp(-(nats + prior_log_odds)))
    if PROBED[kind] and (crowd > CHANCE_NATS or view.machines):
        of_machines = _of_machines(view, prior_log_odds)
        return p if p > of_machines else of_machines
    if kind == Kind.FORM and view.machines and nats + prior_log_odds > 0.0:
        # everybody new is asked there: what they solve says what part is machines, as long as codes say that some are
        return max(p, view.machines / (1.0 + exp(-(view.answer_nats + prior_log_odds))))
    return p


def _of_machines(view: View, prior_log_odds: float) -> float:
    """How probable is it that a message was asked for by a machine, whatever becomes of its code?"""
    nats, share = view.answer_nats, view.machines
    crowd = min(view.crowd_nats - CHANCE_NATS, PROBED_NATS)
    if crowd > 0.0:
        nats += crowd
        # in a network, who is asked while it is crowded is everybody new: what they solve says how many are people
        share = max(share, CROWDED_SHARE) if _BLOCKING[view.key & 63] or not share else share
    elif not _BLOCKING[view.key & 63]:
        return 0.0
    return share / (1.0 + exp(-(nats + prior_log_odds)))


def may_be_blocked(view: View) -> bool:
    """May a place be blocked? Where people solve challenges, no; wide ones, only if hardly a code came back lately.

    >>> from checkvalve.guard.places import key
    >>> network = key(Kind.NETWORK, 7)
    >>> may_be_blocked(View(network, 16, 0.99, 0, 0, entered=0, lost=90))
    True
    >>> may_be_blocked(View(network, 16, 0.99, 0, 0, entered=3, lost=900))
    False
    """
    if view.answer_nats <= PEOPLE_NATS:
        return False
    return _BLOCKING[view.key & 63] or (view.entered < _STRANGE and view.entered < _HARDLY * view.lost)


def suspicions(views: Iterable[View], prior_log_odds: float, unassigned: bool) -> Suspicions:
    """Which of an attempt's ranges and origins (`Nodes.views`) speak most loudly for fraud?"""
    worst = blocking = None
    highest = highest_blocking = 0.0
    for view in views:
        nats, crowd = view.credit_nats, view.crowd_nats
        if crowd > SUSPECTED_NATS or view.machines or unassigned:
            if nats <= 0.0 and crowd <= SUSPECTED_NATS:
                continue
            p = probability(view, prior_log_odds, unassigned)
        elif nats > 0.0:
            p = view.share / (1.0 + exp(-(nats + prior_log_odds)))  # as `probability` has it
        else:
            continue
        if p > highest_blocking:
            if p > highest:
                highest, worst = p, view
            if (_BLOCKING[view.key & 63] and view.answer_nats > PEOPLE_NATS) or may_be_blocked(view):
                highest_blocking, blocking = p, view
    if worst is None:
        return _NOTHING
    return Suspicions(_suspicion(highest, worst), _suspicion(highest_blocking, blocking))


def _suspicion(p_fraud: float, view: View | None) -> Suspicion:
    return _NONE if view is None else Suspicion(p_fraud, KINDS[view.key & 63], view.key, view)


class Choice(msgspec.Struct, frozen=True, gc=False):
    """An action and what it is expected to cost, fraud and trouble together."""

    action: Action
    cost_usd: float


def cheapest(found: Suspicions, price_usd: float, policy: Policy, *, solved: bool) -> Choice:
    """Which of allow, challenge and block is expected to cost least?

    Allow: P price. Challenge: P price (share that machines solve) + (1 - P) harm; it saves what would go the same way
    as well. Block: (1 - P) harm.
    A challenge that was solved is not asked again, and opens whatever holds more than one person's surroundings: else
    a whole network would never clear. Only what may be blocked is blocked.

    >>> found = Suspicions(Suspicion(0.6, Kind.NETWORK, 0, None), _NONE)
    >>> cheapest(found, 0.2, Policy(), solved=False).action
    'challenge'
    """
    p, harm, blocking = found.worst.p_fraud, policy.harm, found.blocking
    action: Action = "allow"
    least = p * price_usd
    if policy.challenge.available and not solved:
        cost_usd = least * policy.challenge.solved_by_machines + (1.0 - p) * harm.challenged_usd
        if cost_usd < least * _go_the_same_way(p, found.worst.view):
            action, least = "challenge", min(cost_usd, least)
    if blocking.kind is not None and not (solved and blocking.kind not in BLOCKING):
        cost_usd = (1.0 - blocking.p_fraud) * harm.blocked_usd
        if cost_usd < least:
            action, least = "block", cost_usd
    return Choice(action, least)


def worth_usd(view: View, harm: Harm) -> float:
    """What may those cost who solve challenges in a wide place under attack, before one more of them is refused?

    As much as it would cost to refuse the people who are known to be there: who entered their codes lately, each at
    the harm of a block, and a twentieth of a person where nobody did. So whoever has few challenges solved for many
    attempts, where nobody honest is known, gets a message or two.

    >>> from checkvalve.guard.places import key
    >>> worth_usd(View(key(Kind.NETWORK, 7), 16, 0.99, 0, 0, entered=0, lost=90), Harm())
    0.25
    """
    return (_BELIEVED + view.entered) * harm.blocked_usd


def _go_the_same_way(p_fraud: float, view: View | None) -> float:
    """How many messages does a question decide about? Where wide places are likely under attack, or a crowd is
    unknown, all until then."""
    if view is None:
        return 1.0
    likely = p_fraud >= LIKELY and view.key & 63 in WIDE
    if not likely and view.crowd_nats < MOST_CROWD_NATS:
        return 1.0
    return UNASKED if PEOPLE_NATS < view.answer_nats < -PEOPLE_NATS else 1.0
