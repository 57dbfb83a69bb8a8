"""What to shut, for how long, and whom it would stop besides: proposals, nothing is carried out here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checkvalve.cases.assess import Judged
from checkvalve.cases.elsewhere import counted_elsewhere
from checkvalve.cases.identity import case_id
from checkvalve.cases.origin_measures import origin_measures
from checkvalve.cases.range_counts import RangeCount
from checkvalve.indicators.scene import timestamp
from checkvalve.indicators.weights import count, expectation
from checkvalve.investigation import Measure
from checkvalve.numbering.country_names import country_name
from checkvalve.numbering.network import network_names
from checkvalve.numbering.plan import countries
from checkvalve.numbering.tree import Level

_DAY_S = 86400
_RANGE_TTL_S = 7 * _DAY_S
_WHO = {
    "returns": "that never came back",
    "own_network": "that came on a single day, through networks that are not their own,",
}
"""What gave the named numbers away, by the alarm."""


def measures(judged: Sequence[Judged], counts: Mapping[str, Sequence[RangeCount]]) -> list[Measure]:
    """Proposed measures, the one that stops most fraud for the least honest traffic first.

    ``counts`` is what the ranges of each case got, by case.
    """
    found: list[Measure] = []
    for one in judged:
        if one.verdict != "benign":
            id_ = case_id(one.scene)
            single = {each.prefix for place in one.among for each in place.numbers}
            wide = [each for each in counts[id_] if each.range.prefix not in single]
            proposed = [_range(each, one.verdict) for each in wide] + _newcomers(one, judged)
            proposed += origin_measures(one, judged) + _endpoint_limit(one, judged)
            for measure in proposed:
                measure.case_id = id_
            found += proposed
    return sorted(found, key=lambda one: (one.collateral_sends - one.stops_sends, one.action))


def _range(one: RangeCount, verdict: str) -> Measure:
    """Block what is an attack; let people through a challenge where it is only suspicious."""
    attack = verdict == "attack"
    return Measure(
        action="block_range" if attack else "challenge_range",
        target=f"+{one.range.prefix}",
        scope=("" if attack else "a challenge before ")
        + "messages to numbers that begin so, except numbers that entered a code before",
        ttl_s=_RANGE_TTL_S,
        stops_sends=one.stops,
        collateral_sends=one.stops_honest,
        why=f"{count(one.met_numbers, 'number')} against {expectation(one.range.expected)} expected; "
        f"{one.stops_honest:,} honest messages to numbers that had entered no code went there in the whole evidence.",
    )


def _newcomers(one: Judged, judged: Sequence[Judged]) -> list[Measure]:
    """Numbers drawn at random do not come again: what stops them is a challenge before a network's new numbers."""
    found = []
    elsewhere = counted_elsewhere(one.scene, judged)
    for each in one.among:
        alarm, numbers = each.alarm, each.numbers
        who = _WHO.get(alarm.kind, "that never confirmed")
        limited = alarm.level is Level.NETWORK
        holder = network_names()[alarm.key & 0xFFFF] if limited else None
        place = replace(
            one.scene, ranges=[], countries=[alarm.country], networks=[alarm.key] if limited and holder else []
        )
        stops, honest = one.scene.store.row(
            f"""SELECT count(*) FILTER (counted), count(*) FILTER (NOT counted AND NOT elsewhere)
            FROM (SELECT ({one.scene.where_counted}) IS TRUE AS counted, ({elsewhere}) IS TRUE AS elsewhere, sent_at,
                         min(sent_at) OVER (PARTITION BY number) AS first_at
                  FROM send_rows WHERE {place.where_ranges} AND number IS NOT NULL)
            WHERE sent_at < first_at + INTERVAL 1 DAY"""
        )
        found.append(
            Measure(
                action="challenge_newcomers",
                target=", ".join(filter(None, (holder, country_name(countries()[alarm.country])))),
                scope="a challenge before the first messages to numbers that never got any; all others pass",
                ttl_s=_RANGE_TTL_S,
                stops_sends=stops,
                collateral_sends=honest,
                why=f"{count(len(numbers), 'number')} {who} lie among those of people, so no range can "
                f"be closed. {honest:,} first messages there went to others in the whole evidence; people pass.",
            )
        )
    return found


def _endpoint_limit(one: Judged, judged: Sequence[Judged]) -> list[Measure]:
    scene = one.scene
    if not scene.endpoints or not scene.ranges:
        return []
    stops = scene.store.row(f"SELECT count(*) FROM {scene.messages} WHERE {scene.where_counted_time}")[0]
    unknown = scene.store.row(
        f"""SELECT count(*) FROM send_rows
        WHERE ({scene.where_ranges}) IS NOT TRUE AND ({counted_elsewhere(scene, judged)}) IS NOT TRUE
        AND verified_at IS NULL AND country IN (SELECT DISTINCT country FROM send_rows WHERE {scene.where})
        AND sent_at >= {timestamp(scene.start_s)} AND sent_at <= {timestamp(scene.end_s)}"""
    )[0]
    return [
        Measure(
            action="challenge_endpoint",
            target=", ".join(endpoint.label for endpoint in scene.endpoints[:3]),
            scope="first messages to unconfirmed numbers of these countries: proof of work or captcha before sending",
            ttl_s=_DAY_S,
            stops_sends=stops,
            collateral_sends=unknown,
            why="Slows what moves on to the next range; people pass a challenge, so collateral is friction, not loss.",
        )
    ]
