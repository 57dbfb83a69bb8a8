"""A form that breaks loses the codes of its usual users everywhere; pumping comes on top of people."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.broken_form import broken_form
from checkvalve.cases.rivals import by_status, weigh
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import Finding
from tests.indicators.scenes import scene_of
from tests.indicators.synthetic import DAY_S, START, Messages, honest, store_of

BROKEN_S = START + 5 * DAY_S + 8 * 3600.0
END_S = BROKEN_S + 12 * 3600.0


def _broken(places: tuple[str, ...], part: float = 1.0) -> Messages:
    """A week of people in two countries whose codes were lost in some of them for twelve hours."""
    people = honest(1, per_day=400)
    here = np.isin(people.number // 10**9, [{"PL": 48, "ES": 34}[one] for one in places])
    lost = here & (people.at_s >= BROKEN_S) & (people.at_s <= END_S) & (np.arange(len(people)) % 100 < 100 * part)
    return replace(people, verified_s=np.where(lost, np.nan, people.verified_s))


def _weighed(sent: Messages, *findings: Finding) -> tuple[str | None, list[str]]:
    """What shows it, and which rivals are accepted, with the codes of both countries and what else was found."""
    with store_of(sent) as store:
        one = scene_of(store, BROKEN_S, END_S, countries=("PL", "ES"))
        inside = one.rows.known & (one.rows.first_s >= BROKEN_S) & (one.rows.first_s <= END_S)
        facts = {"verified": float(one.rows.entered[inside].sum()), "of": float(inside.sum()), "usual": 0.75}
        codes = Finding("conversion", 8.0, "", "", "", facts=facts)
        found = Weighed(one, {each.id: each for each in (codes, *findings)}, None)
        return broken_form(found), [rival.id for rival in by_status(weigh(found), "accepted")]


def test_codes_that_are_lost_everywhere_at_once_break_a_form() -> None:
    """Two countries lose their codes while no more people come than usual: the form is broken."""
    shown, accepted = _weighed(_broken(("PL", "ES")))
    assert shown is not None
    assert "in all others at once" in shown
    assert accepted == ["broken_form"]


@pytest.mark.parametrize("part", [1.0, 0.95])
def test_one_country_alone_is_no_form(part: float) -> None:
    """Where the codes of one country fail and the other's do not, it is not the form."""
    assert _weighed(_broken(("PL",), part))[0] is None


def test_more_numbers_than_usual_are_no_form() -> None:
    """Lost codes on top of the usual people are somebody else's."""
    more = honest(9, per_day=2_000, start_s=BROKEN_S, days=0.5, steady=True, audience=7)
    more = replace(more, verified_s=np.full(len(more), np.nan))
    assert _weighed(_broken(("PL", "ES")) + more.where(more.at_s <= END_S))[0] is None


@pytest.mark.parametrize("indicator", ["requests", "destinations", "surplus"])
def test_whatever_a_form_does_not_explain_speaks_against_it(indicator: str) -> None:
    """New addresses, strange numbers, or codes lost on top of those entered: no broken form does that."""
    facts = {"crowded": 0.0, "numbers": 200.0, "fullest": 3.0}
    assert _weighed(_broken(("PL", "ES")), Finding(indicator, 5.0, "", "", "", facts=facts))[0] is None
