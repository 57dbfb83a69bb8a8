"""Do more newcomers come to a country, and so many fewer through their own networks as those too many explain?

Of a country's people always about the same part asks on the telephone's own line, through the carrier that the number
belongs to (`evidence.own_networks`). Fraud that enters its codes as often and as late as people do, from homes hired in
the numbers' own country, still asks for numbers of all carriers through all networks. If a part f of the newcomers is
not people, there are 1 / (1 - f) times as many, and 1 - f times the part that asks through its own network: the test
is that of `dilution`, with the network in place of the code.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.addresses import PROVIDER
from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.own_networks import Through
from checkvalve.indicators import dilution, foreign_network
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.outcomes import Outcomes
from checkvalve.indicators.scene import Scene, timestamp, utc
from checkvalve.indicators.weights import TELLING_NATS, capped, count, divergence, expectation, percent
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import groups_of

_PEOPLE = dilution.Honest(margin=0.75, least_before=8, steady=False)
"""More or fewer people are at home on some days; and how many usually are, those tell who came before (judgement)."""


def alarms(rows: Destinations, through: Through, threshold_nats: float) -> list[Alarm]:
    """To which countries do newcomers come too often, and too seldom through their own networks?"""
    outcomes = Outcomes(through.row, rows.first_s[through.row], through.own, np.ones(len(through.row)))
    made = dilution.alarms(rows, outcomes, Level.COUNTRY, threshold_nats, _PEOPLE)
    found = [replace(one, kind="own_network") for one in made]
    known = {one.country for one in found}
    return found + [
        one for one in foreign_network.alarms(rows, through, threshold_nats) if one.country not in known
    ]


class Elsewhere(NamedTuple):
    """Newcomers of an alarm's place and time who asked through other networks than their own."""

    row: NDArray[np.int64]
    """Their first rows, (M,)."""
    foreign: NDArray[np.bool_]
    """Whose network was another carrier's own, (M,)."""
    foreign_people: float
    """How many of those are people, by the part that they had of all before."""
    people: float
    """How many of them are people, by those who asked through their own."""
    own: int
    of: int
    """So many of so many newcomers asked through their own network."""
    usual: float
    """Which part did so before."""
    foreign_nats: float
    """How surely more of those on a telephone's line used another carrier's than before?"""

    @property
    def fraud(self) -> float:
        """How many are too many."""
        return max(len(self.row) - self.people, 0.0)


def elsewhere(rows: Destinations, through: Through, alarm: Alarm, *, once: bool = False) -> Elsewhere:
    """Who asked through another network while the alarm went on, and how many of them are people?

    For each one who asks through the own network there are so many people who do not as there were before. ``once``:
    only of those who got messages on a single day.
    """
    row, first_s = through.row, rows.first_s[through.row]
    mine = rows.new[row] & (rows.key(alarm.level, row) == alarm.key)
    if once:
        mine &= _on_one_day(rows)[row]
    before, when = mine & (first_s < alarm.onset_s), mine & (first_s >= alarm.onset_s) & (first_s <= alarm.end_s)
    own_before, own = int((before & through.own).sum()), int((when & through.own).sum())
    people = own * (int(before.sum()) - own_before + 0.5) / (own_before + 0.5)
    usual = (own_before + 0.5) / (int(before.sum()) + 1.0)
    foreign, foreign_before = int((when & through.foreign).sum()), int((before & through.foreign).sum())
    rate = (foreign_before + 0.5) / (foreign_before + own_before + 1.0) / _PEOPLE.margin
    more = foreign > rate * (foreign + own)
    nats = divergence(foreign, foreign + own, rate) if more else 0.0
    strange = when & ~through.own
    foreign_people = own * (foreign_before + 0.5) / (own_before + 0.5)
    return Elsewhere(
        row[strange], through.foreign[strange], foreign_people, people, own, int(when.sum()), usual, nats
    )


def _on_one_day(rows: Destinations) -> NDArray[np.bool_]:
    groups = groups_of(rows.number)
    alone = np.zeros(len(rows), np.bool_)
    alone[groups.first] = groups.sizes == 1
    return alone


def finding(scene: Scene, through: Through | None) -> Finding | None:
    """How many of those who came first while it went on asked through their own network, against before?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "own_network"]
    if not mine or through is None:
        return None
    found = [elsewhere(scene.rows, through, one) for one in mine]
    own, of = sum(one.own for one in found), sum(one.of for one in found)
    usual = sum(one.usual * one.of for one in found) / max(of, 1)
    others, people = sum(len(one.row) for one in found), sum(one.people for one in found)
    whole = replace(scene, ranges=[], networks=[], countries=sorted({one.country for one in mine}))
    foreign = sum(one.foreign_nats for one in found) >= TELLING_NATS
    begin_s, end_s = min(one.onset_s for one in mine), max(one.end_s for one in mine)
    return Finding(
        id="own_network",
        nats=capped(sum(one.nats for one in mine)),
        observed=f"{own:,} of {count(of, 'new number')} ({percent(own, of)})",
        expected=f"{usual:.0%}",
        explanation=(
            f"Of {count(of, 'number')} that came first since {utc(begin_s):%d %B}, {percent(own, of)} were asked for "
            f"through the network of the number's own carrier; before, {usual:.0%} were. Of the {others:,} that were "
            f"asked for through others, at most {expectation(people)} are people's, by those who used their own."
            + (" Many came through another carrier's own network, as nobody does at home." if foreign else "")
        ),
        examples=[
            Example(
                "Networks through which messages to these countries were asked for, before and since",
                f"""SELECT {PROVIDER} AS provider, s.holder, count(*) FILTER (NOT since) AS before,
       count(*) FILTER (since) AS since
FROM (SELECT rowid AS message, holder, sent_at >= {timestamp(begin_s)} AS since FROM send_rows
      WHERE sent_at <= {timestamp(end_s)} AND {whole.where_ranges}) AS s
JOIN links AS l ON l.message = s.message JOIN request_rows AS r ON r.rowid = l.request
JOIN addresses AS a ON a.ip = r.ip
GROUP BY ALL ORDER BY since DESC, provider, holder LIMIT 40""",
            )
        ],
        facts={
            "foreign_nats": sum(one.foreign_nats for one in found),
            "new": of,
            "own": own,
            "usual": usual,
            "people": people,
            "fraud": _of_all(scene, through, mine, sum(one.fraud for one in found)),
        },
    )


def _of_all(scene: Scene, through: Through, mine: list[Alarm], fraud: float) -> float:
    """So many of all newcomers, when of those whose request is certain so many are."""
    rows = scene.rows
    when = np.zeros(len(rows), np.bool_)
    for one in mine:
        when |= (
            rows.new
            & (rows.key(one.level) == one.key)
            & (rows.first_s >= one.onset_s)
            & (rows.first_s <= one.end_s)
        )
    return fraud * int(when.sum()) / max(int(when[through.row].sum()), 1)
