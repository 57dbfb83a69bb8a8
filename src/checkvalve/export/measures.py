"""Measures in groups: what is done alike to many ranges or addresses of one case is one thing to decide."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from checkvalve.durations import duration
from checkvalve.export.formats import listed, plural
from checkvalve.export.wording import NOUNS, words
from checkvalve.investigation import Measure


class Group(NamedTuple):
    """Measures of one case that do the same to things of one kind; never empty."""

    measures: list[Measure]

    @property
    def text(self) -> str:
        """What is done, to how many."""
        return action_text(self.measures[0], len(self.measures))

    @property
    def target(self) -> str:
        """To what: the first ones by name."""
        return listed([target(measure) for measure in self.measures], 2 if len(self.measures) == 2 else 1)

    @property
    def stops_sends(self) -> int:
        """Messages of the case that the measures would have stopped together; their targets do not overlap."""
        return sum(measure.stops_sends for measure in self.measures)

    @property
    def collateral_sends(self) -> int:
        """Honest messages that they would have stopped as well."""
        return sum(measure.collateral_sends for measure in self.measures)

    @property
    def effect(self) -> str:
        """What it would have brought, and for how long it is meant."""
        honest = plural(self.collateral_sends, "honest one") if self.collateral_sends else "no honest one"
        stopped = f"would have stopped {plural(self.stops_sends, 'message')} and {honest}"
        return f"{stopped}; for {duration(self.measures[0].ttl_s)}"


def grouped(measures: Sequence[Measure]) -> list[Group]:
    """Which measures are one decision? Those of one case that do the same; the planner's order stays."""
    together: dict[tuple[object, ...], list[Measure]] = {}
    for one in measures:
        together.setdefault((one.case_id, one.action, _kind(one), one.scope, one.ttl_s), []).append(one)
    return [Group(members) for members in together.values()]


def once(groups: Sequence[Group]) -> list[Group]:
    """What several cases ask to be done to one thing, told once, where it is asked for first, with all that it stops.

    Endpoints are named several in one measure: whoever asks for some of another's asks for the same.
    """
    told: list[Group] = []
    for group in groups:
        alike = next((nth for nth, other in enumerate(told) if _same(group, other)), None)
        if alike is None:
            told.append(group)
        else:
            told[alike] = _joined(told[alike].measures[0], group.measures[0])
    return told


def _same(group: Group, other: Group) -> bool:
    if len(group.measures) != 1 or len(other.measures) != 1:
        return False
    one, two = group.measures[0], other.measures[0]
    here, there = _things(one), _things(two)
    alike = (one.action, one.scope, one.ttl_s) == (two.action, two.scope, two.ttl_s)
    return alike and one.case_id != two.case_id and (here <= there or there <= here)


def _things(measure: Measure) -> set[str]:
    return set(measure.target.split(", ")) if measure.action == "challenge_endpoint" else {measure.target}


def _joined(one: Measure, two: Measure) -> Group:
    wider = max(one, two, key=lambda measure: len(_things(measure)))
    stops, honest = one.stops_sends + two.stops_sends, one.collateral_sends + two.collateral_sends
    return Group([msgspec.structs.replace(wider, stops_sends=stops, collateral_sends=honest, case_id=None)])


def of_case(measures: Sequence[Measure], case_id: str) -> list[Measure]:
    """Which measures are proposed for this case?"""
    return [measure for measure in measures if measure.case_id == case_id]


def action_text(measure: Measure, number: int = 1) -> str:
    """What does it do, to how many things of its kind?

    >>> one = Measure(action="block_origin", target="ip 192.0.2.7", scope="", ttl_s=60, stops_sends=1,
    ...               collateral_sends=0, why="")
    >>> action_text(one), action_text(one, 6), target(one)
    ('Block address', 'Block 6 addresses', '192.0.2.7')
    """
    verb, _, noun = measure.action.partition("_")
    named = NOUNS.get(_kind(measure) or noun)
    if named is None:
        return words(measure.action) if number == 1 else f"{words(measure.action)} ({number:,} times)"
    return f"{words(verb)} {named[0]}" if number == 1 else f"{words(verb)} {plural(number, *named)}"


def target(measure: Measure) -> str:
    """To what is it done? Without the word for its kind, which `action_text` says."""
    return measure.target.partition(" ")[2] if _kind(measure) else measure.target


def _kind(measure: Measure) -> str:
    """The kind of origin that the target names, empty where it names none."""
    kind, _, value = measure.target.partition(" ")
    return kind if value and measure.action.endswith("_origin") and kind in NOUNS else ""
