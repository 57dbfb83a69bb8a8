"""A judged draft as the `Case` that the result file holds: ranges, origins, figures over time, the tree, exhibits."""

from collections import Counter
from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.billed import billed_ranges, billed_summary, billed_title, surpluses
from checkvalve.cases.charts import Core, core, series
from checkvalve.cases.destination_tree import tree
from checkvalve.cases.elsewhere import NOWHERE, counted_there_too
from checkvalve.cases.exhibits import exhibit, exhibit_ids
from checkvalve.cases.identity import case_id
from checkvalve.cases.networks import one_spelling
from checkvalve.cases.range_counts import RangeCount
from checkvalve.durations import duration
from checkvalve.evidence.origins import network_owners
from checkvalve.evidence.spending import span_s
from checkvalve.indicators import watchlist
from checkvalve.indicators.scene import Scene, timestamp, utc
from checkvalve.indicators.weights import count, percent
from checkvalve.investigation import (
    Case,
    Conversion,
    Costs,
    Destination,
    Indicator,
    Origin,
)
from checkvalve.numbering.country_names import country_name
from checkvalve.numbering.plan import countries

_ONGOING_S = 3600.0
_LEAST_S = 60.0
"""What was lost in less time says too little about an hour (judgement)."""
_HOUR_S = 3600.0
_ABBREVIATIONS = frozenset(("sms", "nat"))


def case_of(judged: Judged, world: World, counts: Sequence[RangeCount], above: Sequence[Judged] = ()) -> Case:
    """The case, with everything that the report shows about it.

    ``counts`` is what its ranges got; ``above`` are the cases that are listed before it.
    """
    scene = judged.scene
    id_, held = case_id(scene), core(scene)
    sends, usd = _totals(scene)
    early, early_usd = _totals(scene, judged.detectable_s)
    shared, shared_usd = _shared(scene, above)
    found = judged.finding("conversion")
    destinations = billed_ranges(scene) if scene.unlogged else _destinations(counts)
    return Case(
        id=id_,
        title=_title(judged),
        verdict=judged.verdict,  # type: ignore[arg-type] # one of the three words, made in assess.py
        confidence=judged.confidence,
        started_at=utc(scene.start_s),
        ended_at=utc(scene.end_s),
        detectable_at=utc(judged.detectable_s),
        destinations=destinations,
        origins=_origins(judged),
        endpoints=_endpoints(scene, world),
        sends=sends,
        cost_usd=round(usd, 4),
        sends_before_detectable=early,
        cost_usd_before_detectable=round(early_usd, 4),
        indicators=[
            Indicator(
                id=one.id,
                weight=round(one.nats, 2),
                observed=one.observed,
                expected=one.expected,
                explanation=one.explanation,
                exhibits=exhibit_ids(id_, one),
            )
            for one in sorted(judged.findings, key=lambda one: -one.nats)
        ],
        rival_explanations=judged.rivals,
        summary=_summary(judged, sends, usd),
        costs=_costs(judged, usd, held),
        conversion=Conversion(
            sent=int(found.facts["of"]),
            verified=int(found.facts["verified"]),
            expected_rate=round(found.facts["usual"], 4),
        )
        if found
        else None,
        series=series(scene, held),
        tree=tree(scene, destinations),
        exhibits=[
            exhibit(scene.store, example, name, scene)
            for one in judged.findings
            for name, example in zip(exhibit_ids(id_, one), one.examples, strict=True)
        ],
        addresses=judged.origins.addresses if judged.origins else None,
        unlogged_in=sorted(one.country for one in scene.unlogged if one.country),
        billed=surpluses(scene),
        shared_sends=shared,
        shared_cost_usd=round(shared_usd, 4),
    )


def _totals(scene: Scene, until_s: float | None = None) -> tuple[int, float]:
    """Messages of the case and what they cost; those up to a moment, if one is given."""
    if scene.unlogged:
        days = [day for one in scene.unlogged for day in one.days if until_s is None or day.start_s < until_s]
        return round(sum(day.messages for day in days)), sum(day.usd for day in days)
    more = "" if until_s is None else f"AND sent_at <= {timestamp(until_s)}"
    sends, usd = scene.store.row(
        f"SELECT count(*), coalesce(sum(cost_usd), 0) FROM {scene.messages} WHERE {scene.where_counted_time} {more}"
    )
    return int(sends), float(usd)


def _shared(scene: Scene, above: Sequence[Judged]) -> tuple[int, float]:
    """Messages of the case that cases above it count too, and what they cost."""
    elsewhere = counted_there_too(scene, above)
    if scene.unlogged or elsewhere == NOWHERE:
        return 0, 0.0
    sends, usd = scene.store.row(
        f"""SELECT count(*), coalesce(sum(cost_usd), 0) FROM {scene.messages}
        WHERE {scene.where_counted_time} AND ({elsewhere}) IS TRUE"""
    )
    return int(sends), float(usd)


def _destinations(counts: Sequence[RangeCount]) -> list[Destination]:
    sent: Counter[str | None] = Counter()
    for one in counts:
        sent[one.network] += one.sends
    spelling = one_spelling(sent)
    found = [
        Destination(
            prefix=f"+{one.range.prefix}",
            country=countries()[one.range.country],
            network=spelling[one.network],
            sends=one.sends,
            distinct_numbers=one.numbers,
            verified=one.verified,
            cost_usd=round(one.cost_usd, 4),
            honest_sends=one.honest,
        )
        for one in counts
    ]
    return sorted(found, key=lambda one: -one.sends)


def _origins(judged: Judged) -> list[Origin]:
    if judged.verdict == "benign":
        return []
    found = judged.origins
    listed = [
        Origin(
            kind="email_domain",
            value=one.value,
            requests=one.requests,
            first_seen=utc(one.first_s),
            known_before=one.known_before,
            note=one.listed,
        )
        for one in watchlist.domains(judged.scene)
    ]
    if found is None:
        return listed
    owners = network_owners(judged.scene.store)
    return [
        Origin(
            kind=one.kind,  # type: ignore[arg-type] # one of the words of requests._KINDS
            value=one.value,
            requests=one.requests * found.every,
            first_seen=utc(one.first_s),
            share=round(one.requests / max(found.linked, 1), 4),
            known_before=one.known_before,
            note=one.listed,
            name=owners.get(one.value) if one.kind == "asn" else None,
        )
        for one in found.top
    ] + listed


def _endpoints(scene: Scene, world: World) -> list[str]:
    if not world.has_links:
        return []
    rows = scene.store.rows(
        f"""SELECT e.endpoint, count(*) AS n
        FROM links AS l
        JOIN (SELECT rowid AS id FROM send_rows WHERE {scene.where}) AS s ON l.message = s.id
        JOIN request_rows AS r ON l.request = r.rowid
        JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path
        GROUP BY e.endpoint ORDER BY n DESC"""
    )
    return [endpoint for endpoint, number in rows if number >= 0.02 * rows[0][1]]


def _costs(judged: Judged, usd: float, held: Core) -> Costs | None:
    found = judged.finding("cost")
    if found is None:
        return None
    scene = judged.scene
    sent = span_s(scene.store)
    ongoing = sent is not None and sent[1] - scene.end_s < max(_ONGOING_S, 0.05 * (scene.end_s - scene.start_s))
    elapsed_s = sent[1] - scene.start_s if sent is not None and ongoing else None
    per_hour = _usd_per_hour(scene, held, usd, elapsed_s)
    estimated = found.facts["estimated_usd"] / found.facts["usd"] if found.facts["usd"] else 0.0
    basis = (
        "as billed"
        if scene.unlogged
        else "every message carries its price"
        if estimated == 0
        else f"{percent(estimated, 1)} of it is estimated from other messages to the same country or from list prices"
    )
    return Costs(
        so_far_usd=round(usd, 2),
        per_hour_usd=round(per_hour, 2),
        projected_30d_usd=round(per_hour * 720, 2) if ongoing else 0.0,
        ongoing=ongoing,
        estimated_share=round(estimated, 4),
        basis=basis,
    )


def _usd_per_hour(scene: Scene, held: Core, usd: float, elapsed_s: float | None) -> float:
    """Money an hour while most of it was spent: the time that holds nine tenths of the messages, an hour at least.

    So what is over within an hour lost no more in any hour than it did in all. Of what still runs, ``elapsed_s`` after
    it began, nobody knows what the rest of its first hour brings: it goes on as it began.
    """
    if scene.unlogged:
        return _totals(scene)[1] / max((scene.end_s - scene.start_s) / _HOUR_S, 1.0)
    if elapsed_s is not None and elapsed_s < _HOUR_S:
        return usd / max(elapsed_s, _LEAST_S) * _HOUR_S
    return held.usd / max((held.high_s - held.low_s) / _HOUR_S, 1.0)


def _title(judged: Judged) -> str:
    scene = judged.scene
    where = _where(scene)
    accepted = next((one.id for one in judged.rivals if one.status == "accepted"), None)
    if judged.verdict == "benign":
        return f"{_spoken(accepted) if accepted else 'Traffic that stood out'}: {where}"
    if scene.unlogged:
        return billed_title(judged, where)
    what = "SMS pumping" if judged.verdict == "attack" else "Suspicious messages"
    ranges = f"{_places(judged)} in " if len(scene.ranges) > 1 else ""
    return f"{what} to {ranges}{where}"


def _where(scene: Scene) -> str:
    """The countries of a case in words, four by name."""
    names = [country_name(countries()[one]) for one in scene.countries]
    named = [*names[:4], f"{len(names) - 4} more"] if len(names) > 4 else names
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:]))) or "all countries"


def _spoken(identifier: str) -> str:
    """An explanation's id as a title begins.

    >>> _spoken("sms_bombing"), _spoken("shared_nat"), _spoken("reset_wave")
    ('SMS bombing', 'Shared NAT', 'Reset wave')
    """
    first, *others = [word.upper() if word in _ABBREVIATIONS else word for word in identifier.split("_")]
    return " ".join([first[0].upper() + first[1:], *others])


def _places(judged: Judged) -> str:
    """How many ranges are named, and how many numbers one by one?"""
    single = sum(len(one.numbers) for one in judged.among)
    wide = len(judged.scene.ranges) - single
    parts = [count(wide, "range")] if wide or not single else []
    return " and ".join([*parts, *([count(single, "number")] if single else [])])


def _summary(judged: Judged, sends: int, usd: float) -> str:
    scene = judged.scene
    if scene.unlogged:
        return billed_summary(scene)
    lasted = duration(scene.end_s - scene.start_s)
    if judged.verdict == "benign":
        accepted = next((one for one in judged.rivals if one.status == "accepted"), None)
        return accepted.why if accepted else "It stood out, but nothing about it speaks of fraud."
    where = _places(judged) if scene.ranges else _where(scene)
    late = duration(max(judged.detectable_s - scene.start_s, 0))
    return (
        f"{count(sends, 'message')} (${usd:,.2f}) in {lasted} to {where}; it could have "
        f"been noticed {late} after it began."
    )
