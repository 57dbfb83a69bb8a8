"""The rules beside the evidence: each answers with a reason, or not at all. None reads a clock."""

import math
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import structs

from checkvalve.guard.attempt import Action, Reason
from checkvalve.guard.credit import MACHINES
from checkvalve.guard.loss import PEOPLE_NATS, Choice, Suspicion, Suspicions
from checkvalve.guard.nodes import Nodes, View
from checkvalve.guard.places import KINDS, Kind, Place
from checkvalve.guard.policy import Budget, Mode, NewCountry, Outstanding, Policy
from checkvalve.numbering import countries, network_names

WORDS = {
    Kind.BLOCK100: "block of 100 numbers",
    Kind.BLOCK1000: "block of 1,000 numbers",
    Kind.BLOCK10000: "block of 10,000 numbers",
    Kind.NETWORK: "network",
    Kind.COUNTRY: "country",
    Kind.FORM: "this form in the",
    Kind.ADDRESS: "address",
    Kind.ADDRESSES: "network of the address",
    Kind.ACCOUNT: "account",
    Kind.ASN: "operator of the address",
    Kind.JA4: "client fingerprint",
    Kind.AGENT: "user agent",
    Kind.DOMAIN: "e-mail domain",
}
_SIZES = {Kind.BLOCK100: 100, Kind.BLOCK1000: 1_000, Kind.BLOCK10000: 10_000}
_LIMITS = {
    Kind.BLOCK100: "block100",
    Kind.BLOCK1000: "block1000",
    Kind.BLOCK10000: "block10000",
    Kind.NETWORK: "network",
    Kind.COUNTRY: "country",
    Kind.ADDRESS: "address",
    Kind.ACCOUNT: "account",
}
_LIMITED = tuple([_LIMITS.get(kind) for kind in KINDS])
_OUTSTANDING = tuple([f"outstanding.{kind.name.lower()}" for kind in KINDS])


class Spoken(msgspec.Struct, frozen=True, gc=False):
    """A reason and how long to wait, from a rule in this mode."""

    reason: Reason
    mode: Mode
    retry_after_s: float = 0.0


def spoken(mode: Mode, code: str, action: Action, message: str, retry_after_s: float = 0.0) -> Spoken:
    """A rule's answer."""
    return Spoken(Reason(code, action, message, mode == "shadow"), mode, retry_after_s)


def named(kind: Kind, place: Place) -> str:
    """A range or kind of origin in words, without a whole number and without anybody's address.

    >>> named(Kind.BLOCK10000, Place(998939412345, 0, (), 0, False))
    'block of 10,000 numbers +99893941'
    """
    words = WORDS[kind]
    if kind in _SIZES:
        size = max(_SIZES[kind], 1_000)  # a block of a hundred would show all but two digits
        return f"{words} {'in ' if size > _SIZES[kind] else ''}+{place.number // size}"
    if kind is Kind.NETWORK:
        key = next((key for key in place.keys if key & 63 == kind), 0) >> 6
        return f"{words} {network_names()[key & 0xFFFF]} ({countries()[key >> 16]})"
    if kind is Kind.FORM:
        wider = Kind.NETWORK if any(key & 63 == Kind.NETWORK for key in place.keys) else Kind.COUNTRY
        return f"{words} {named(wider, place)}"
    if kind is Kind.COUNTRY:
        return f"{words} {countries()[place.country] or 'unknown'}"
    return words


def evidence(found: Suspicions, choice: Choice, place: Place, mode: Mode) -> Spoken:
    """The credit lines' answer in words."""
    by: Suspicion = found.blocking if choice.action == "block" else found.worst
    assert by.kind is not None
    assert by.view is not None
    parts = []
    if by.view.credit_nats > 0.0:
        machines = math.isclose(by.view.share, MACHINES, abs_tol=1e-6)
        what = "more codes come back than people enter" if machines else "too few codes come back"
        parts.append(f"{by.view.credit_nats:.1f} nats that {what}")
    if by.view.crowd_nats > 0.0:
        parts.append(f"{by.view.crowd_nats:.1f} nats that it draws more new numbers than its share")
    why = " and ".join(parts) or "never assigned"
    text = f"{named(by.kind, place)}: {why}; fraud with probability {by.p_fraud:.3f}"
    return spoken(mode, f"evidence.{by.kind.name.lower()}", choice.action, text)


def outstanding(
    place: Place, views: Iterable[View], nodes: Nodes, rule: Outstanding, now: float, began_s: float
) -> Spoken | None:
    """Are too many codes open at once in a range or from an origin?"""
    for view in views:
        waiting, kind = view.open, view.key & 63
        limited = _LIMITED[kind]
        if waiting < 1.0 or limited is None:
            continue
        least: int = getattr(rule, limited)
        if waiting < least:
            continue
        limit = least + int(rule.of_usual * nodes.pace_per_hour(view.key, now, began_s))
        if view.answer_nats <= 2 * PEOPLE_NATS:
            continue
        if view.answer_nats < 0.0:  # people solve challenges there
            limit *= 1 + int(view.solved)
        if waiting >= limit:
            text = f"{named(KINDS[kind], place)}: {waiting:.0f} codes are open, {limit:.0f} may be"
            return spoken(rule.mode, _OUTSTANDING[kind], "challenge", text)
    return None


def spread(place: Place, counts: Iterable[tuple[int, int]], mode: Mode, most: int) -> Spoken | None:
    """Does one address or account, by their kinds, ask for codes of too many countries?"""
    for of, count in counts:
        if count > most:
            kind = KINDS[of]
            text = f"{named(kind, place)}: codes for {count} countries in a day, none of them entered"
            return spoken(mode, f"spread.{kind.name.lower()}", "challenge", text)
    return None


def new_country(
    country: int, verified_there: int, verified_anywhere: int, price_usd: float, rule: NewCountry
) -> Spoken | None:
    """May numbers of this country that never verified have codes?"""
    name = countries()[country]
    if name is not None and name in rule.closed:
        text = f"{name} is closed to numbers that never verified"
        return spoken(rule.mode, "country.closed", "block", text)
    if price_usd <= rule.free_usd or verified_there >= rule.known_after or verified_anywhere < rule.learning:
        return None
    text = (
        f"{name or 'unknown country'}: {verified_there} numbers verified so far, {rule.known_after} make it known"
    )
    return spoken(rule.mode, "country.new", rule.action, text)


def resend(wait_s: float, mode: Mode) -> Spoken:
    """The number must wait for its next code."""
    return spoken(mode, "resend", "delay", f"the number's next code may be sent in {wait_s:.0f} s", wait_s)


def habit(place: Place, p_fraud: float, wait_s: float, mode: Mode, who: str) -> Spoken:
    """A known number, or an account, asks too often, where many do."""
    where = countries()[place.country] or "its country"
    text = f"{who} that asks often, as many do in {where} and few elsewhere: "
    text += f"fraud with probability {p_fraud:.3f}; its next code may be sent in {wait_s:.0f} s"
    return spoken(mode, "habit", "delay", text, wait_s)


def budgets(broken: list[Budget], *, solved: bool) -> Iterator[Spoken]:
    """Budgets that the message would break; one that asks for a challenge is satisfied by a solved one."""
    for budget in broken:
        if solved and budget.action == "challenge":
            continue
        of = " ".join(part for part in (budget.country, budget.tenant) if part)
        text = f"the budget of {budget.usd:,.2f} USD per {budget.per}{' of ' + of if of else ''} is used up"
        yield spoken(budget.mode, "budget", budget.action, text)


def without_challenge(policy: Policy, reason: Reason) -> Reason:
    """What becomes of a challenge that cannot be shown: a delay, which costs an honest person least."""
    if reason.action != "challenge" or policy.challenge.available:
        return reason
    return Reason(reason.code, "delay", reason.message, reason.shadow)


def unchallenging(policy: Policy) -> Policy:
    """The same policy where no challenge can be shown.

    >>> unchallenging(Policy()).challenge.available
    False
    """
    return structs.replace(policy, challenge=structs.replace(policy.challenge, available=False))
