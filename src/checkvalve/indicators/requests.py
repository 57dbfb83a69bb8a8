"""Do the requests behind the messages come from where regular operation never came from?

Messages and requests are linked by time (`evidence/links.py`), so a single link may be wrong; what counts is the
difference between the requests linked to the case's messages and those linked to all others: addresses never seen
before, one agent or network that carries them, known bad networks.
"""

from dataclasses import dataclass

from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.weights import capped, count, divergence, percent

_LEAST = 10
_KINDS = {
    "ip": "r.ip",
    "network": (
        "CASE WHEN contains(r.ip, ':') THEN array_to_string(string_split(r.ip, ':')[1:4], ':') || '::/64' "
        "ELSE regexp_extract(r.ip, '^(.*)\\.[0-9]+$', 1) || '.0/24' END"
    ),
    "user_agent": "r.user_agent",
    "ja4": "r.ja4",
}


@dataclass(frozen=True, slots=True)
class OriginCount:
    """One origin of the case's requests. ``others`` counts its links to messages outside the case."""

    kind: str
    value: str
    requests: int
    others: int
    first_s: float
    known_before: bool
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the case's requests came from; ``linked`` of its ``sends`` messages have a request beside them."""

    sends: int
    linked: int
    addresses: int
    fresh: int
    """Linked requests of addresses that had never been seen an hour before."""
    usual_fresh: float
    """The same share among requests linked to other messages (after the first day)."""
    listed: int
    top: list[OriginCount]


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
    sends = scene.store.row(f"SELECT count(*) FROM send_rows WHERE {scene.where}")[0]
    linked, addresses, fresh, listed = scene.store.row(
        """SELECT count(*), count(DISTINCT ip), coalesce(sum(fresh), 0), coalesce(sum(bad), 0)
        FROM linked WHERE in_case"""
    )
    (usual,) = scene.store.row(
        "SELECT (sum(fresh) + 1) / (count(*) + 2) FROM linked WHERE NOT in_case AND NOT first_day"
    )
    top = [one for kind, sql in _KINDS.items() for one in _top(scene, kind, sql)]
    return Origins(sends, linked, addresses, int(fresh), float(usual or 0.5), int(listed), top)


def _prepare(scene: Scene) -> None:
    scene.store.run(
        f"""CREATE OR REPLACE TEMP TABLE linked AS
        WITH first AS (SELECT ip, min(epoch(occurred_at)) AS first_s FROM request_rows GROUP BY ip),
        listed AS (SELECT DISTINCT value FROM watchlist WHERE kind = 'ip'),
        begun AS (SELECT min(epoch(occurred_at)) AS s FROM request_rows),
        sent AS (SELECT rowid AS message, ({scene.where}) AS in_case FROM send_rows)
        SELECT r.rowid AS request, r.ip, r.user_agent, r.ja4, epoch(r.occurred_at) AS at_s, f.first_s,
               s.in_case,
               CASE WHEN f.first_s >= epoch(r.occurred_at) - 3600 THEN 1 ELSE 0 END AS fresh,
               epoch(r.occurred_at) < begun.s + 86400 AS first_day,
               CASE WHEN w.value IS NOT NULL THEN 1 ELSE 0 END AS bad
        FROM links AS l
        JOIN sent AS s ON l.message = s.message
        JOIN request_rows AS r ON l.request = r.rowid
        LEFT JOIN first AS f ON r.ip = f.ip
        LEFT JOIN listed AS w ON r.ip = w.value, begun"""
    )


def _top(scene: Scene, kind: str, sql: str) -> list[OriginCount]:
    rows = scene.store.rows(
        f"""SELECT {sql} AS value, count(*) FILTER (in_case) AS requests, count(*) FILTER (NOT in_case) AS others,
               min(first_s) AS first_s, max(bad) AS bad
        FROM linked AS r WHERE {sql} IS NOT NULL GROUP BY value
        HAVING count(*) FILTER (in_case) > 0 ORDER BY requests DESC LIMIT 40"""
    )
    total_in, total_out = scene.store.row(
        "SELECT count(*) FILTER (in_case), count(*) FILTER (NOT in_case) FROM linked"
    )
    made = []
    for value, requests, others, first_s, bad in rows:
        share, usual = requests / max(total_in, 1), others / max(total_out, 1)
        telling = share > 3 * usual and divergence(requests, max(total_in, 1), max(usual, 1e-4)) >= 3
        if telling or bad:
            known = float(first_s) < scene.start_s - 3600
            note = None if not bad else "on a watch list" if kind == "ip" else "used by listed addresses too"
            made.append(OriginCount(kind, value, requests, others, float(first_s), known, note))
    return made[:20]


def finding(scene: Scene, found: Origins | None) -> Finding | None:
    """How unlike regular operation are the origins of the case's requests?"""
    if found is None or found.linked < _LEAST:
        return None
    nats = 0.0
    share = found.fresh / found.linked
    if share > found.usual_fresh * 1.2:
        nats += min(divergence(found.fresh, found.linked, found.usual_fresh), 4.0)
    elif share < found.usual_fresh * 1.1:
        nats -= 1.0
    carrying = [one for one in found.top if one.requests >= 0.2 * found.linked and not one.known_before]
    heavy = [one for one in found.top if one.kind == "ip" and one.requests >= 0.2 * found.linked]
    lockstep = [
        one for one in found.top if one.kind in ("user_agent", "ja4") and one.requests >= 0.3 * found.linked
    ]
    nats += 3.0 * bool(heavy) + 2.0 * bool(carrying or lockstep) + min(found.listed * 0.5, 3.0)
    heaviest = max((one.requests for one in found.top if one.kind == "ip"), default=0)
    fresh = (
        f"{percent(found.fresh, found.linked)} of the requests beside these messages come from addresses never seen "
        f"before (usual: {found.usual_fresh:.0%}), {count(found.addresses, 'address', 'addresses')} in all"
    )
    said = [fresh]
    if heaviest >= 0.2 * found.linked:
        said.append(f"the busiest address alone made {percent(heaviest, found.linked)} of them")
    if lockstep:
        said.append(f"one agent made {percent(lockstep[0].requests, found.linked)} of them")
    if found.listed:
        said.append(f"{count(found.listed, 'request')} came from listed addresses")
    return Finding(
        id="requests",
        nats=capped(nats),
        observed=f"{percent(found.fresh, found.linked)} from new addresses",
        expected=f"{found.usual_fresh:.0%}",
        explanation="; ".join(said) + ".",
        examples=[
            Example(
                "Requests to sending endpoints in the case's time, by address",
                f"""SELECT ip, user_agent, count(*) AS requests, min(occurred_at)::VARCHAR AS first,
       max(occurred_at)::VARCHAR AS last
FROM requests WHERE endpoint IS NOT NULL
  AND occurred_at BETWEEN {timestamp(scene.start_s - 15)} AND {timestamp(scene.end_s + 15)}
GROUP BY ALL ORDER BY requests DESC""",
            )
        ],
        facts={
            "linked": found.linked,
            "sends": found.sends,
            "addresses": found.addresses,
            "fresh": found.fresh,
            "usual_fresh": found.usual_fresh,
            "heaviest": heaviest,
            "lockstep": float(bool(lockstep)),
            "listed": found.listed,
        },
    )
