"""How many messages each range of a case got: the case's own, and honest ones that closing it would stop."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkvalve.cases.assess import Judged
from checkvalve.cases.elsewhere import counted_there_too
from checkvalve.cases.identity import case_id
from checkvalve.indicators.base import Range
from checkvalve.indicators.scene import Scene


@dataclass(frozen=True, slots=True)
class RangeCount:
    """The messages to one range of a case.

    ``sends``, ``numbers`` and ``cost_usd`` are the case's; ``verified`` came back in its time. ``met_numbers`` are all
    numbers of its time. ``honest`` are the messages that no case counts, in the whole evidence. Closing the range to
    numbers that have entered no code yet stops ``stops`` of the case's messages and ``stops_honest`` of the others.
    """

    range: Range
    sends: int
    numbers: int
    met_numbers: int
    verified: int
    cost_usd: float
    network: str | None
    honest: int
    stops: int
    stops_honest: int


def range_counts(judged: Sequence[Judged]) -> dict[str, list[RangeCount]]:
    """What each range got, by case, in their order there; what another guilty case counts is not honest."""
    return {case_id(one.scene): _of_scene(one.scene, judged) for one in judged}


def _of_scene(scene: Scene, judged: Sequence[Judged]) -> list[RangeCount]:
    if not scene.ranges:
        return []
    ranges = ", ".join(f"({nth}, {one.low}, {one.high})" for nth, one in enumerate(scene.ranges))
    in_ranges = " UNION ALL ".join(
        f"""SELECT r.nth, m.* FROM {scene.messages} AS m JOIN ranges AS r ON m.number // {size} = r.low // {size}
            WHERE r.high - r.low + 1 = {size}"""
        for size in sorted({one.size for one in scene.ranges})
    )
    counted = scene.where_time + ("" if scene.counts_verified else " AND verified_at IS NULL")
    rows = scene.store.rows(
        f"""WITH ranges(nth, low, high) AS (VALUES {ranges}),
        met AS (
            SELECT nth, number, sent_at, verified_at, cost_usd, network_name,
                   ({counted}) IS TRUE AS counted, ({scene.where_time}) IS TRUE AS in_time,
                   ({counted_there_too(scene, judged)}) IS TRUE AS elsewhere,
                   min(verified_at) OVER (PARTITION BY nth, number) AS known_since
            FROM ({in_ranges})),
        asked AS (
            SELECT *, NOT counted AND NOT elsewhere AS honest,
                   known_since IS NULL OR sent_at IS NULL OR sent_at <= known_since AS stopped
            FROM met)
        SELECT nth, count(*) FILTER (counted), count(DISTINCT number) FILTER (counted),
               count(DISTINCT number) FILTER (in_time), count(verified_at) FILTER (in_time),
               coalesce(sum(cost_usd) FILTER (counted), 0), mode(network_name), count(*) FILTER (honest),
               count(*) FILTER (counted AND stopped), count(*) FILTER (honest AND stopped)
        FROM asked GROUP BY nth"""
    )
    found = {nth: RangeCount(scene.ranges[nth], *rest) for nth, *rest in rows}
    nothing = (0, 0, 0, 0, 0.0, None, 0, 0, 0)
    return [found.get(nth) or RangeCount(one, *nothing) for nth, one in enumerate(scene.ranges)]
