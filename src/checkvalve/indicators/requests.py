"""Do the requests behind the messages come from where regular operation never came from?

Messages and requests are linked by time (`evidence/links.py`), so a single link may be wrong; what counts is the
difference between the requests linked to the case's messages and those linked to all others: addresses never seen
before, one agent or network that carries them, known bad networks.
"""

from dataclasses import dataclass

from checkvalve.evidence.links import linked_every
from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.strange_networks import NOTHING_STRANGE, Strange, strange_networks
from checkvalve.indicators.weights import TELLING_NATS, capped, count, divergence, percent

ORIGIN = "CASE WHEN contains(ip, ':') THEN network ELSE ip END"
"""SQL: whose an address is. Customers of IPv6 have a /64 each, and change among its addresses."""
_LEAST = 10
_HORIZON_S = 3600.0
_AGAIN = 5
"""An address that asks for so many numbers is one of a pool (whoever gets no code asks again, but for one number),"""
_ALONE = 0.2
"""unless it makes this part of the requests by itself."""
_POOL_CAP_NATS = 4.0
_MORE_FRESH, _FRESH_CAP_NATS = 1.2, 4.0
_MORE_OF_FORM = 3.0
"""A form carries a case as no others where three times their part goes there, as of origins that tell (`_top`)."""
_MORE_POOLED, _LEAST_POOLED = 1.5, 0.1
"""A pool that makes less than a tenth of the requests is not what made the case."""
_KINDS = {
    "ip": (ORIGIN, "bad_address"),
    "network": ("network", "false"),
    "asn": ("CAST(asn AS VARCHAR)", "bad_asn"),
    "user_agent": ("user_agent", "bad_agent"),
    "ja4": ("ja4", "bad_ja4"),
}
"""Kind of origin → its value, and whether a watch list names that value itself; columns of the table ``linked``."""
_MOST_TOLD = 20
_LISTED = "on a watch list"


@dataclass(frozen=True, slots=True)
class OriginCount:
    """One origin of the requests beside the messages in a case's place and time.

    ``others`` are beside messages elsewhere.
    """

    kind: str
    value: str
    requests: int
    others: int
    first_s: float
    known_before: bool
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the case's requests came from; ``linked`` of its ``sends`` messages have a request beside them.

    All counts are of the messages looked at for links, one of ``every``.
    """

    sends: int
    linked: int
    addresses: int
    fresh: int
    """Linked requests of addresses that had never been seen an hour before the case."""
    usual_fresh: float
    """The same share among requests linked to other messages (after the first day), in as much time."""
    pooled: int
    """Linked requests of such addresses that asked for five numbers or more, none of them for a fifth of all."""
    pool: int
    """How many such addresses."""
    usual_pooled: float
    """The share of requests linked to other messages whose address did that in as much time."""
    listed: int
    top: list[OriginCount]
    every: int = 1
    form: float = 0.0
    """The share of linked requests that went to the form that most of them went to,"""
    usual_form: float = 1.0
    """and the same form's share of requests linked to other messages."""
    strange: Strange = NOTHING_STRANGE
    """Linked requests from networks of providers through which nobody asked for these countries before."""


def origins(scene: Scene) -> Origins | None:
    """Which origins carry the case's requests? None when no log holds requests to a sending endpoint then."""
    if not scene.endpoints:
        return None
    covered = scene.store.row(
        f"""SELECT count(*) FROM request_rows WHERE occurred_at BETWEEN {timestamp(scene.start_s - 3600)}
        AND {timestamp(scene.end_s + 3600)}"""
    )[0]
    if not covered:
        return None
    _prepare(scene)
    every = linked_every(scene.store)
    sends = scene.store.row(f"SELECT count(*) FROM send_rows WHERE {scene.where} AND rowid % {every} = 0")[0]
    linked, addresses, fresh, listed = scene.store.row(
        f"""SELECT count(*), count(DISTINCT {ORIGIN}), coalesce(sum(fresh), 0), coalesce(sum(bad), 0)
        FROM linked WHERE in_case"""
    )
    (usual,) = scene.store.row(
        "SELECT (sum(fresh) + 1) / (count(*) + 2) FROM linked WHERE NOT in_case AND NOT first_day"
    )
    top = [one for kind in _KINDS for one in _top(scene, kind)]
    return Origins(
        sends,
        linked,
        addresses,
        int(fresh),
        float(usual or 0.5),
        *_pool(scene, linked),
        int(listed),
        top,
        every,
        *_form(scene),
        strange_networks(scene, _ALONE * max(linked, 1)),
    )


def _pool(scene: Scene, linked: int) -> tuple[int, int, float]:
    """How many requests did new addresses make that each asked for many numbers, how many are they, what is usual?"""
    pooled, pool = scene.store.row(
        f"""SELECT coalesce(sum(n), 0), count(*) FROM (
            SELECT count(*) AS n, count(DISTINCT number) AS numbers
            FROM linked WHERE in_case AND fresh = 1 GROUP BY {ORIGIN})
        WHERE numbers >= {_AGAIN} AND n < {_ALONE * max(linked, 1)}"""
    )
    (usual,) = scene.store.row(
        f"""SELECT (sum(CASE WHEN numbers >= {_AGAIN} THEN young ELSE 0 END) + 1) / (sum(all_) + 2) FROM (
            SELECT count(DISTINCT number) FILTER (fresh > 0) AS numbers, sum(fresh) AS young, count(*) AS all_
            FROM linked WHERE NOT in_case AND NOT first_day GROUP BY {ORIGIN})"""
    )
    return int(pooled), int(pool), float(usual or 0.5)


def _form(scene: Scene) -> tuple[float, float]:
    """To which form did most of the requests go: which share of them, and which share of the others?"""
    forms = scene.store.rows(
        """SELECT coalesce(count(*) FILTER (in_case) / sum(count(*) FILTER (in_case)) OVER (), 0) AS share,
               coalesce(count(*) FILTER (NOT in_case) / sum(count(*) FILTER (NOT in_case)) OVER (), 1)
        FROM linked GROUP BY form ORDER BY share DESC, form LIMIT 1"""
    )
    return (float(forms[0][0]), float(forms[0][1])) if forms else (0.0, 1.0)


def _prepare(scene: Scene) -> None:
    """Make the table ``linked``: each linked request with what is known of its origin.

    ``fresh`` says whether the address was new to the case; of other requests, how probably it would have been new to
    a case that lasted as long.
    """
    lasted_s = max(scene.end_s - scene.start_s, 1.0)
    scene.store.run(
        f"""CREATE OR REPLACE TEMP TABLE linked AS
        WITH begun AS (SELECT epoch(min(occurred_at)) AS s FROM request_rows),
        lists AS (SELECT kind, value, max(coalesce(epoch(valid_until), 'infinity'::DOUBLE)) AS until_s
                  FROM watchlist GROUP BY kind, value),
        sent AS (SELECT rowid AS message, coalesce(number, -rowid) AS number, country,
                        ({scene.where}) IS TRUE AS in_case FROM send_rows),
        request AS (
            SELECT r.rowid AS id, r.method || ' ' || r.path AS form, r.ip, r.asn, r.user_agent, r.ja4,
                   epoch(r.occurred_at) AS at_s, a.network, a.first_s,
                   a.listed IS NOT NULL AND epoch(r.occurred_at) <= a.listed_until_s AS bad_address
            FROM request_rows AS r LEFT JOIN addresses AS a ON r.ip = a.ip
            WHERE r.rowid IN (SELECT request FROM links))
        SELECT r.*, s.number, s.country, s.in_case,
               CASE WHEN NOT s.in_case THEN
                        greatest(0, least(1, ({lasted_s} + {_HORIZON_S} - (r.at_s - r.first_s)) / {lasted_s}))
                    WHEN r.first_s >= {scene.start_s - _HORIZON_S} THEN 1 ELSE 0 END AS fresh,
               r.at_s < begun.s + 86400 AS first_day,
               coalesce(r.at_s <= n.until_s, false) AS bad_asn,
               coalesce(r.at_s <= u.until_s, false) AS bad_agent,
               coalesce(r.at_s <= j.until_s, false) AS bad_ja4,
               CASE WHEN bad_address OR bad_asn OR bad_agent OR bad_ja4 THEN 1 ELSE 0 END AS bad
        FROM links AS l
        JOIN sent AS s ON l.message = s.message
        JOIN request AS r ON l.request = r.id
        LEFT JOIN lists AS n ON n.kind = 'asn' AND n.value = CAST(r.asn AS VARCHAR)
        LEFT JOIN lists AS u ON u.kind = 'user_agent' AND u.value = r.user_agent
        LEFT JOIN lists AS j ON j.kind = 'ja4' AND j.value = r.ja4, begun"""
    )


def _top(scene: Scene, kind: str) -> list[OriginCount]:
    """The origins of one kind that tell something: the busiest, and as many more that a list names."""
    value_sql, listed_sql = _KINDS[kind]
    rows = scene.store.rows(
        f"""SELECT {value_sql} AS value, count(*) FILTER (in_case) AS requests,
               count(*) FILTER (NOT in_case) AS others,
               bool_or({listed_sql}) AS listed, max(bad) AS bad
        FROM linked WHERE value IS NOT NULL GROUP BY value
        HAVING count(*) FILTER (in_case) > 0 ORDER BY listed DESC, requests DESC, value LIMIT {3 * _MOST_TOLD}"""
    )
    total_in, total_out = scene.store.row(
        "SELECT count(*) FILTER (in_case), count(*) FILTER (NOT in_case) FROM linked"
    )
    telling = []
    for value, requests, others, listed, bad in rows:
        share, usual = requests / max(total_in, 1), others / max(total_out, 1)
        if bad or (share > 3 * usual and divergence(requests, max(total_in, 1), max(usual, 1e-4)) >= 3):
            note = _LISTED if listed else "used by listed addresses too" if bad else None
            telling.append((value, requests, others, note))
    telling.sort(key=lambda one: -one[1])
    told = telling[:_MOST_TOLD] + [one for one in telling[_MOST_TOLD:] if one[-1] == _LISTED][:_MOST_TOLD]
    first_s = _first_seen(scene, kind, [value for value, *_ in told])
    return [
        OriginCount(kind, value, requests, others, first_s[value], first_s[value] < scene.start_s - 3600, note)
        for value, requests, others, note in told
    ]


def _first_seen(scene: Scene, kind: str, values: list[str]) -> dict[str, float]:
    """When was each origin first seen in the whole evidence, whatever it asked for?"""
    if not values:
        return {}
    value_sql = _KINDS[kind][0]
    if kind == "ip":
        seen = scene.store.rows(
            f"""SELECT {value_sql} AS value, min(first_s) FROM addresses
            WHERE list_contains(?, {value_sql}) GROUP BY value""",
            [values],
        )
        return {str(value): float(first_s) for value, first_s in seen}
    joined = "" if kind != "network" else "LEFT JOIN addresses USING (ip)"
    rows = scene.store.rows(
        f"""SELECT {value_sql} AS value, min(epoch(occurred_at)) FROM request_rows {joined}
        WHERE list_contains(?, {value_sql}) GROUP BY value""",
        [values],
    )
    return {str(value): float(first_s) for value, first_s in rows}


def finding(scene: Scene, found: Origins | None) -> Finding | None:
    """How unlike regular operation are the origins of the case's requests?"""
    if found is None or found.linked < _LEAST:
        return None
    share, fresh_nats = found.fresh / found.linked, _fresh_nats(found)
    nats = fresh_nats
    if not fresh_nats and share < found.usual_fresh * 1.1:
        nats -= 1.0
    carrying = [one for one in found.top if one.requests >= 0.2 * found.linked and not one.known_before]
    heavy = [one for one in found.top if one.kind == "ip" and one.requests >= 0.2 * found.linked]
    lockstep = [
        one for one in found.top if one.kind in ("user_agent", "ja4") and one.requests >= 0.3 * found.linked
    ]
    pool_nats = _pool_nats(found)
    nats += pool_nats + found.strange.nats
    nats += 3.0 * bool(heavy) + 2.0 * bool(carrying or lockstep) + min(found.listed * 0.5, 3.0)
    heaviest = max((one.requests for one in found.top if one.kind == "ip"), default=0)
    return Finding(
        id="requests",
        nats=capped(nats),
        observed=f"{percent(found.fresh, found.linked)} from new addresses",
        expected=f"{found.usual_fresh:.0%}",
        explanation="; ".join(_said(found, heaviest, pool_nats, lockstep)) + ".",
        examples=[
            Example(
                "Requests to sending endpoints in the case's time, by address",
                f"""SELECT ip, user_agent, count(*) AS requests, min(occurred_at)::VARCHAR AS first,
       max(occurred_at)::VARCHAR AS last
FROM requests WHERE endpoint IS NOT NULL
  AND occurred_at BETWEEN {timestamp(scene.start_s - 15)} AND {timestamp(scene.end_s + 15)}
GROUP BY ALL ORDER BY requests DESC, ip, user_agent""",
            )
        ],
        facts={
            "linked": found.linked,
            "sends": found.sends,
            "addresses": found.addresses,
            "fresh": found.fresh,
            "usual_fresh": found.usual_fresh,
            "pooled": found.pooled,
            "pool_nats": pool_nats,
            "strange_nats": found.strange.nats,
            "form_nats": _form_nats(found) if fresh_nats >= TELLING_NATS else 0.0,
            "heaviest": heaviest,
            "lockstep": float(bool(lockstep)),
            "listed": found.listed,
        },
    )


def _said(found: Origins, heaviest: int, pool_nats: float, lockstep: list[OriginCount]) -> list[str]:
    """What the origins of the case's requests show, one after the other."""
    least = "at least " if found.every > 1 else ""
    fresh = (
        f"{percent(found.fresh, found.linked)} of the requests beside these messages come from addresses never seen "
        f"before (usual: {found.usual_fresh:.0%}), {least}{count(found.addresses, 'address', 'addresses')} in all"
    )
    said = [fresh]
    if heaviest >= 0.2 * found.linked:
        said.append(f"the busiest address alone made {percent(heaviest, found.linked)} of them")
    if pool_nats:
        said.append(
            f"{least}{count(found.pool, 'new address', 'new addresses')} made {percent(found.pooled, found.linked)} "
            "of them, each for many numbers"
        )
    if found.strange.nats:
        said.append(
            f"{percent(found.strange.strange, found.strange.of)} of them come from networks through which nobody asked "
            f"for messages to these countries before (usual: {found.strange.usual:.0%})"
        )
    if lockstep:
        said.append(f"one agent made {percent(lockstep[0].requests, found.linked)} of them")
    if found.listed:
        said.append(f"{count(found.listed * found.every, 'request')} came from listed addresses")
    return said


def _fresh_nats(found: Origins) -> float:
    """How surely do more of the requests come from new addresses than usual?"""
    if found.fresh <= _MORE_FRESH * found.usual_fresh * found.linked:
        return 0.0
    return min(divergence(found.fresh, found.linked, found.usual_fresh), _FRESH_CAP_NATS)


def _form_nats(found: Origins) -> float:
    """How surely does a form carry it through which few of the others go?"""
    if found.form <= _MORE_OF_FORM * found.usual_form:
        return 0.0
    return capped(divergence(round(found.form * found.linked), found.linked, found.usual_form))


def _pool_nats(found: Origins) -> float:
    """How surely do more of the requests come from new addresses that ask for many numbers than usual?"""
    if found.pooled <= max(_MORE_POOLED * found.usual_pooled, _LEAST_POOLED) * found.linked:
        return 0.0
    return min(divergence(found.pooled, found.linked, found.usual_pooled), _POOL_CAP_NATS)
