"""What else could explain it? Every harmless explanation is weighed against the evidence, none is passed over.

A rival is ``accepted`` when the evidence shows what it predicts and nothing that it cannot explain, ``excluded`` when
something stands that it cannot explain, else ``possible``.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.billed_rivals import billed_rivals
from checkvalve.cases.broken_form import broken_form
from checkvalve.cases.crowd import usual_new
from checkvalve.cases.few_numbers import among_dead, is_harassed, is_one_victim, is_own_test, looks_tested
from checkvalve.cases.one_address import (
    MOST_IN_A_DAY,
    MOST_IN_OFFICE,
    is_customer,
    is_office,
    is_school,
    one_address,
)
from checkvalve.cases.planned import planned
from checkvalve.cases.weighed import NORMAL, Weighed
from checkvalve.durations import duration
from checkvalve.indicators.base import Finding, held
from checkvalve.indicators.conversion import TOO_GOOD
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.weights import TELLING_NATS, count, percent
from checkvalve.investigation import Rival
from checkvalve.numbering.plan import countries
from checkvalve.numbering.tree import Level, block_size
from checkvalve.statistics.grouping import distinct

_DAY_S = 86400.0
_COMPLAIN_LATE_S = 86400.0
"""So long after the last message people still complain of it (judgement)."""
_HARDLY_ANY = 30
_LEAST_PAST_S = 2 * 86400.0
_OPENED = 5.0
"""A country that opens gets so many times more messages than before."""
_MOSTLY_BESIDE = 3.0
_OUTAGE = 0.15
_HARDLY_MORE = 0.05
"""So much more than usual is as usual (judgement)."""
_IN_A_ROW = 0.5
"""A crowd with direct neighbours for more than half of its numbers is a group of numbers (judgement)."""
MOST_IN_FLEET = 300
"""More numbers of one block are no company's fleet but a pool, unless they enrol within a day, as a school does."""


def weigh(found: Weighed) -> list[Rival]:
    """All harmless explanations with their status and why."""
    if found.scene.unlogged:
        return billed_rivals(found.scene)
    return [rival(found) for rival in _RIVALS]


def supported(found: Weighed) -> list[str]:
    """Which rivals that no log can confirm are supported by something positive, and by nothing contradicted?

    An office behind one address, where nobody knows of codes and of what people did afterwards; a customer under a
    rain of codes, where a message costs no more than most; a program at one address and a few neighbouring numbers;
    a campaign, where all that speaks is that newcomers do not come back, or ask at home.
    """
    numbers = found.fact("destinations", "numbers", 0.0)
    office = one_address(found) and found.alive is None and numbers <= MOST_IN_OFFICE and found.at_home is not False
    named = ["fleet_onboarding" if found.concentrated else "shared_nat"] if office else []
    victim = is_one_victim(found) and is_customer(found.scene) and not among_dead(found.scene)
    tested = looks_tested(found) and len(found.scene.ranges) > 0
    named += ["campaign"] if found.only_newcomers and not found.foreign else []
    return named + (["sms_bombing"] if victim else []) + (["load_test"] if tested else [])


EXPLAINS = {
    "campaign": {"volume", "cost", "requests", "destinations", "returns", "own_network"},
    "ticket_sale": {"volume", "cost", "requests"},
    "reset_wave": {"volume", "conversion", "cost", "requests"},
    "launch": {"volume", "cost", "requests", "destinations"},
    "carrier_outage": {"conversion", "afterwards", "cost", "requests", "volume"},
    "broken_form": {"conversion", "afterwards", "cost", "requests"},
    "shared_nat": {"volume", "cost", "requests"},
    "fleet_onboarding": {"volume", "cost", "requests", "destinations"},
    "load_test": {"volume", "afterwards", "surplus", "cost", "requests", "reuse", "conversion", "destinations"},
    "sms_bombing": {"volume", "afterwards", "surplus", "cost", "requests", "reuse", "conversion"},
}
"""What each rival predicts: such findings no longer speak for fraud where it is accepted."""
LASTING = frozenset(("launch",))
"""What stays once it came: however much later, it is the same cause."""


def _rival(id_: str, status: Literal["excluded", "possible", "accepted"], why: str) -> Rival:
    return Rival(id=id_, status=status, why=why)


def _campaign(found: Weighed) -> Rival:
    scene, fitting = found.scene, planned(found.scene)
    calendars = scene.store.row("SELECT count(*) FROM activities")[0]
    if fitting:
        name, owner = fitting
        said = f"“{name}” was planned for that time and place" + (f" (owner: {owner})" if owner else "")
        if found.converts is False:
            return _rival("campaign", "excluded", f"{said}, but it cannot explain that the codes do not come back.")
        if found.concentrated:
            return _rival(
                "campaign", "excluded", f"{said}, but its audience does not live in so few blocks of numbers."
            )
        if found.accused:
            return _rival("campaign", "possible", f"{said}, but the provider calls some of it fraud.")
        shape = found.findings.get("destinations")
        if found.converts is None and shape is not None and shape.nats >= TELLING_NATS:
            return _rival(
                "campaign", "possible", f"{said}, but its numbers are unlike an audience's. Ask the owner."
            )
        codes = "the codes come back" if found.converts else "no log says whether codes came back"
        return _rival("campaign", "accepted", f"{said}; the numbers are spread as always and {codes}.")
    came = found.crowd
    if came and came[0] == "campaign":
        why = "No planned activity fits" if calendars else "No calendar was given"
        return _rival("campaign", "accepted", f"{why}, but they are people: {came[1]}. Ask what brought them.")
    if found.converts is False or found.concentrated:
        why = "No planned activity fits" if calendars else "No calendar was given"
        return _rival(
            "campaign", "excluded", f"{why}, and a campaign brings people, whose codes come back. {_shape(found)}"
        )
    if found.only_newcomers and found.foreign:
        why = "No planned activity fits" if calendars else "No calendar was given"
        why += ", and people who are not at home ask through the network of their own carrier."
        return _rival("campaign", "excluded", why)
    if found.only_newcomers:
        why = "No planned activity fits" if calendars else "No calendar was given"
        whom = "whose people are at home" if "own_network" in found.findings else "whose people never come back"
        why += f"; a lasting campaign {whom} looks the same. Ask whether one ran."
        return _rival("campaign", "possible", why)
    if calendars:
        return _rival(
            "campaign", "possible", "No planned activity fits the time and place; it may be missing there."
        )
    return _rival("campaign", "possible", "No calendar was given; ask the business unit.")


def _shape(found: Weighed) -> str:
    if found.converts is False:
        verified, of = found.fact("conversion", "verified"), found.fact("conversion", "of")
        return f"Here {verified:,.0f} of {of:,.0f} did."
    return f"Here {found.fact('destinations', 'fullest'):,.0f} numbers lie in one block."


def _launch(found: Weighed) -> Rival:
    opened_s = _opened_s(found.scene)
    if found.scene.recurrence:
        return _rival(
            "launch", "excluded", "A market does not come as one group of neighbouring numbers after another."
        )
    if (
        opened_s is None or found.only_newcomers
    ):  # only of places with a past it is asked whether newcomers come back
        known = int(_there(found.scene).searchsorted(found.scene.start_s))
        return _rival(
            "launch", "excluded", f"The countries are not new: {count(known, 'number')} got messages before."
        )
    if found.concentrated and _also_beside(found, opened_s) and not found.accused:
        why = (
            "The countries opened shortly before; codes come back, and most of the new numbers lie elsewhere there."
        )
        return _rival("launch", "accepted", why)
    if found.converts is False or found.concentrated:
        return _rival("launch", "excluded", f"The countries are new, but not like a market. {_shape(found)}")
    blocks = [one for one in found.scene.ranges if one.size <= block_size(Level.BLOCK10000)]
    new = found.scene.rows.number[_new_since(found.scene, opened_s)]
    inside = int(held(blocks, new).sum())
    if inside > len(new) - inside:
        return _rival("launch", "excluded", _mostly_inside(len(blocks), inside, len(new)))
    if found.alive and not found.accused:
        return _rival("launch", "accepted", f"The countries are new, the numbers spread, and {found.living}.")
    shape = found.findings.get("destinations")
    fitting = None if found.accused or (shape is not None and shape.nats >= TELLING_NATS) else planned(found.scene)
    if fitting:
        why = (
            f"The countries are new, the numbers spread, and “{fitting.name}” was planned for that time and place."
        )
        return _rival("launch", "accepted", why)
    but = "the provider calls some of it fraud" if found.accused else "no log says whether codes came back"
    return _rival("launch", "possible", f"The countries are new and {but}.")


def _there(scene: Scene) -> NDArray[np.float64]:
    """When numbers of the case's countries got messages, in order."""
    return scene.rows.first_s[scene.rows.in_countries(scene.countries)]


def _opened_s(scene: Scene) -> float | None:
    """Since when do the countries get messages, if they hardly got any before? None where they always did."""
    times_s = _there(scene)
    begin_s = float(scene.rows.first_s[0]) if len(scene.rows) else scene.start_s
    for days in (0, 1, 3, 7, 14):
        since_s = scene.start_s - days * _DAY_S
        before, until = times_s.searchsorted([since_s, scene.end_s])
        if before >= _HARDLY_ANY:
            continue
        past_s = since_s - begin_s
        if not days:
            return since_s
        if past_s >= _LEAST_PAST_S and until - before >= _OPENED * before * (scene.end_s - since_s) / past_s:
            return since_s
    return None


def _also_beside(found: Weighed, opened_s: float) -> bool:
    """Do most of the countries' new numbers lie outside the ranges, and enter their codes, as those inside may?

    Of a market some block is the fullest, and of few numbers in it few codes more or less say nothing.
    """
    scene = found.scene
    inside, beside = _in_and_beside(scene, opened_s)
    if beside.sum() < _MOSTLY_BESIDE * inside.sum():
        return False
    codes = found.findings.get("conversion")
    if codes is None:
        return found.alive is True
    known = scene.outcomes.verified[beside[scene.outcomes.row]]
    if codes.nats >= TELLING_NATS or len(known) < _HARDLY_ANY:
        return False
    human = codes.facts["verified"] <= TOO_GOOD * codes.facts["of"]
    return bool(known.mean() >= NORMAL * codes.facts["usual"] and human)


def _in_and_beside(scene: Scene, opened_s: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows since the countries opened lie inside the ranges (without any: all do), and which outside?"""
    new, inside = _new_since(scene, opened_s), scene.in_ranges(scene.rows.number)
    return new & inside, new & ~inside


def _new_since(scene: Scene, opened_s: float) -> NDArray[np.bool_]:
    """Which rows of the countries came since these opened?"""
    rows = scene.rows
    return rows.in_countries(scene.countries) & (rows.first_s >= opened_s) & (rows.first_s <= scene.end_s)


def _mostly_inside(blocks: int, inside: int, of: int) -> str:
    return (
        f"The countries are new, but not like a market: {inside:,} of their {count(of, 'new number')} "
        f"lie in {count(blocks, 'block')}."
    )


def _carrier_outage(found: Weighed) -> Rival:
    scene = found.scene
    delivery = [alarm for alarm in scene.alarms if alarm.kind == "delivery"]
    complaints = _complaints(scene)
    told = f", and {count(complaints, 'user')} complained that nothing arrived" if complaints else ""
    if found.concentrated:
        return _rival(
            "carrier_outage", "excluded", f"An outage does not send new numbers to one block. {_shape(found)}"
        )
    if found.pretended:
        spared = "Those who got messages before got theirs, or far more strangers came than ever"
        return _rival(
            "carrier_outage", "excluded", f"{spared}: an outage strikes everybody, and brings nobody new."
        )
    if found.swollen or found.accused:
        said = "the provider calls it fraud" if found.accused else "so many numbers that got none before"
        return _rival("carrier_outage", "excluded", f"An outage stops messages; it does not explain {said}.")
    if delivery and found.failing >= _OUTAGE:
        return _rival(
            "carrier_outage",
            "accepted",
            f"{percent(found.failing, 1)} of the messages failed at the network, which did not happen before{told}; "
            "the numbers are the usual ones.",
        )
    if found.converts is False and complaints:
        return _rival("carrier_outage", "possible", f"Codes stopped coming back{told}; no receipts say why.")
    if found.converts is False:
        return _rival("carrier_outage", "excluded", f"Only {percent(found.failing, 1)} of the deliveries failed.")
    return _rival("carrier_outage", "excluded", "Deliveries did not fail more than usual.")


def _complaints(scene: Scene) -> int:
    names = ", ".join(f"'{countries()[one]}'" for one in scene.countries if countries()[one]) or "''"
    (number,) = scene.store.row(
        f"""SELECT count(*) FROM complaint_rows
        WHERE kind = 'not_received' AND (country IS NULL OR country IN ({names}))
          AND occurred_at BETWEEN {timestamp(scene.start_s)} AND {timestamp(scene.end_s + _COMPLAIN_LATE_S)}"""
    )
    return int(number)


def _broken_form(found: Weighed) -> Rival:
    if found.converts is not False:
        return _rival("broken_form", "excluded", "The codes are entered, or no log knows.")
    shown = broken_form(found)
    if shown:
        return _rival("broken_form", "accepted", f"{shown}: ask what was released then.")
    return _rival("broken_form", "excluded", "A form that breaks loses the codes of its usual users everywhere.")


def _shared_nat(found: Weighed) -> Rival:
    if found.origins is None or not found.origins.linked:
        return _rival("shared_nat", "possible", "No web log covers the time, so origins are unknown.")
    heavy = [one for one in found.origins.top if one.kind == "ip" and one.requests >= 0.2 * found.origins.linked]
    if not heavy:
        return _rival("shared_nat", "excluded", "No single address carries the requests.")
    if found.fact("destinations", "sequential") > _IN_A_ROW * found.fact("destinations", "numbers"):
        return _rival("shared_nat", "excluded", "People who share an address do not have numbers in a row.")
    if found.alive and found.accused:
        return _rival("shared_nat", "possible", f"{found.lives}, but the provider calls some of it fraud.")
    if found.alive and not found.concentrated:
        return _rival("shared_nat", "accepted", f"One address carries many requests; {found.living}.")
    if found.life is not None and found.alive is False and found.converts is None:
        why = "One address carries many requests, and hardly anybody does anything after the message."
        return _rival("shared_nat", "excluded", why)
    if found.alive is None and is_office(found):
        why = "One address with browsers, by day, to numbers of a served country that are spread as customers' are."
        return _rival("shared_nat", "accepted", f"{why} No log says whether codes came back.")
    if found.converts is None and not found.concentrated:
        why = "One address carries many requests, and no log says whether their codes came back."
        return _rival("shared_nat", "possible", why)
    return _rival("shared_nat", "excluded", f"People behind one address would enter their codes. {_shape(found)}")


def _ticket_sale(found: Weighed) -> Rival:
    lasted_s = found.scene.end_s - found.scene.start_s
    if lasted_s > 3 * 3600:
        return _rival("ticket_sale", "excluded", "A rush of buyers is over within minutes to an hour.")
    if found.converts is False or found.concentrated:
        return _rival("ticket_sale", "excluded", f"Buyers enter their codes and live everywhere. {_shape(found)}")
    came = found.crowd
    if came and came[0] == "ticket_sale":
        return _rival("ticket_sale", "accepted", f"Short and sharp, and they are people: {came[1]}.")
    return _rival("ticket_sale", "possible", "Short, sharp and converting: ask whether something went on sale.")


def _reset_wave(found: Weighed) -> Rival:
    inside = found.scene.inside
    new = float(found.scene.rows.new[inside].mean()) if inside.any() else 1.0
    came = found.crowd
    if found.converts is False and not came:
        return _rival("reset_wave", "excluded", f"Known users would enter their codes. {_shape(found)}")
    if found.converts is False and came:
        return _rival("reset_wave", "accepted", f"Something called customers back: {came[1]}.")
    if came and came[0] == "reset_wave":
        return _rival("reset_wave", "accepted", f"{_called_back(new, usual_new(found.scene))}; {came[1]}.")
    if new > 0.6:
        return _rival("reset_wave", "excluded", f"{percent(new, 1)} of the numbers had never got a message before.")
    return _rival("reset_wave", "possible", f"{percent(1 - new, 1)} of the numbers are known users.")


def _called_back(new: float, usual: float) -> str:
    """Why a crowd was called back, by which part of its numbers is ``new`` and which ``usual``-ly is.

    >>> _called_back(0.74, 0.78)
    '74% of the numbers come for the first time (usually 78%), so nothing drew newcomers: customers were called back'
    """
    came = f"{percent(new, 1)} of the numbers come for the first time (usually {percent(usual, 1)})"
    if new <= usual + _HARDLY_MORE:
        return f"{came}, so nothing drew newcomers: customers were called back"
    return f"{came}, and it lasted as long as it takes until all customers who were called back have come"


def _load_test(found: Weighed) -> Rival:
    scene = found.scene
    numbers = found.fact("destinations", "numbers", len(distinct(scene.rows.number[scene.inside])))
    if is_own_test(found):
        why = "One program at one address, a few numbers side by side in a served country, " + (
            "at the usual price." if is_customer(scene) else "in messages as even as a clock."
        )
        return _rival("load_test", "accepted", f"{why} Enter your tests into the calendar, or list their numbers.")
    if numbers > 50:
        return _rival("load_test", "excluded", "Tests and monitors use a handful of numbers of their own.")
    return _rival("load_test", "possible", f"Only {count(numbers, 'number')}: ask whether a test or monitor ran.")


def _sms_bombing(found: Weighed) -> Rival:
    if not is_one_victim(found):
        why = "The messages went to many numbers, or to some of one block, not to one person."
        return _rival("sms_bombing", "excluded", why)
    if is_harassed(found):
        why = (
            "All messages went to so few numbers of a served country, and so slowly or so few that "
            f"${found.fact('cost', 'usd'):,.2f} in {duration(found.scene.end_s - found.scene.start_s)} pay no pumper. "
            "A person is harassed through the form: limit how often one number is written to."
        )
        return _rival("sms_bombing", "accepted", why)
    return _rival(
        "sms_bombing",
        "possible",
        "All messages went to so few numbers that a person may be harassed through the form; pumping one number "
        "looks the same. Compare the price, and ask the person.",
    )


def _fleet_onboarding(found: Weighed) -> Rival:
    if not found.concentrated:
        return _rival("fleet_onboarding", "excluded", "The numbers do not lie together as a company's would.")
    numbers = found.fact("destinations", "numbers")
    if found.alive and found.accused:
        return _rival("fleet_onboarding", "possible", f"{found.lives}, but the provider calls some of it fraud.")
    if found.alive and is_fleet(found.scene, numbers, found.findings.get("conversion")):
        return _rival("fleet_onboarding", "accepted", f"The numbers lie together; {found.living}.")
    if found.alive and found.scene.recurrence:
        why = f"{found.lives}, but {found.scene.recurrence.groups} groups in turn are not one company; ask."
        return _rival("fleet_onboarding", "possible", why)
    if found.converts is None and found.alive is not False and is_school(found):
        heard = found.lives if found.alive else "No log says whether their codes came back"
        why = f"Neighbouring numbers, as many as enrol in a day, behind one address with browsers. {heard}."
        return _rival("fleet_onboarding", "accepted", why)
    if found.alive:
        why = f"{found.lives}, but {count(numbers, 'number')} are more than a company enrols at once; ask."
        return _rival("fleet_onboarding", "possible", why)
    if found.alive is None:
        return _rival(
            "fleet_onboarding", "possible", "The numbers lie together and no log says whether codes came back."
        )
    if found.converts is None:
        why = "A company's people would do something after the message; hardly anybody did."
        return _rival("fleet_onboarding", "excluded", why)
    return _rival("fleet_onboarding", "excluded", f"A company's people would enter their codes. {_shape(found)}")


def is_fleet(scene: Scene, numbers: float, codes: Finding | None) -> bool:
    """Are so many neighbouring numbers no more than a company or a school enrols?"""
    if scene.recurrence:
        return False
    if numbers <= MOST_IN_FLEET:
        return True
    human = codes is not None and codes.facts["verified"] <= TOO_GOOD * codes.facts["of"]
    return human and numbers <= MOST_IN_A_DAY and scene.end_s - scene.start_s <= _DAY_S


_RIVALS: tuple[Callable[[Weighed], Rival], ...] = (
    _campaign,
    _launch,
    _carrier_outage,
    _broken_form,
    _shared_nat,
    _ticket_sale,
    _reset_wave,
    _load_test,
    _sms_bombing,
    _fleet_onboarding,
)


def by_status(rivals: list[Rival], status: str) -> list[Rival]:
    """The rivals with that status."""
    return [rival for rival in rivals if rival.status == status]
