"""Requests that two logs saw (a network in front, a firewall, a load balancer, the web server) become one row.

By the request's id where both logs have it. Else by what both say: the same client address (the peer, or one that a
proxy handed on), method, path and status, at the same time after the difference of the two clocks is taken off. Such
pairs are made one to one, so six equal requests stay six; and two logs are joined only where most requests of the one
are found in the other, so the logs of two servers side by side stay apart. The row of the log that stands furthest
outside remains, and takes from the other what it leaves open.
"""

from dataclasses import dataclass
from itertools import combinations

from checkvalve.events import Request
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store, text_literal

APART_S = 4
"""After the clocks' difference is taken off, the two records of a request lie within so many seconds."""
CLOCKS_S = 300
"""Clocks that differ by more are not believed to be the same hour."""
ENOUGH = 0.5
"""Two logs see the same traffic when this part of the smaller one's requests is found in the other."""
_LEAST_ALONE = 20
"""So many requests that occur once in both logs tell how far the clocks are apart."""
_OUTSIDE = ("cloudflare.http", "aws.cloudfront", "aws.waf", "aws.alb", "aws.elb", "aws.apigateway")
"""From the client inwards; whatever is not named stands behind these."""
_OWN = {"occurred_at", "ip", "request_id", *tables.ORIGIN}
"""Columns that are not filled from the other row."""
_ID = r"""lower(regexp_replace(CASE WHEN request_id LIKE '%1-________-________________________%'
    THEN regexp_extract(request_id, '1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}') ELSE request_id END,
    '^([0-9a-fA-F]{16})-[A-Za-z]{3}$', '\1'))"""
"""A request id without what some logs write around it: a trace's ``Root=``, the place behind a ray."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One log's requests: from when to when."""

    source: str
    low_s: float
    high_s: float

    @property
    def where(self) -> str:
        """SQL: is the row of this log?"""
        return f"source = {text_literal(self.source)}"


def join_requests(store: Store) -> list[str]:
    """Keep each request once; what was joined, and what could not be, in words.

    The records that went into another row are written into the table ``gone`` of `merging.merge`.
    """
    rows = store.rows(
        """SELECT source, epoch(min(occurred_at)), epoch(max(occurred_at))
        FROM request_rows GROUP BY source"""
    )
    seen = [_Seen(*row) for row in rows]
    seen.sort(key=lambda one: (_OUTSIDE.index(one.source) if one.source in _OUTSIDE else len(_OUTSIDE), one.source))
    pairs = [
        (a, b)
        for a, b in combinations(seen, 2)
        if a.low_s <= b.high_s + CLOCKS_S and b.low_s <= a.high_s + CLOCKS_S
    ]
    by_id = [_by_id(store, outer, inner) for outer, inner in pairs]
    notes = []
    for (outer, inner), same in zip(pairs, by_id, strict=True):
        notes += _noted(store, outer, inner, same)
    return notes


def _noted(store: Store, outer: _Seen, inner: _Seen, by_id: int) -> list[str]:
    offset_s, by_time = _by_time(store, outer, inner)
    names = f"{outer.source} and {inner.source}"
    if by_id or by_time:
        said = f"{by_id:,} by id, {by_time:,} by address, path and time"
        clocks = f", clocks {offset_s:+.1f} s apart" if by_time else ""
        return [f"{by_id + by_time:,} requests were seen by {names} and count once: {said}{clocks}"]
    if not _alike(store, outer, inner):
        return []
    told = f"{names} tell of the same paths at the same time without an id or an address in common"
    return [f"{told}: a request may count twice; name the proxies in the setting logs.trusted_proxies"]


def _by_id(store: Store, outer: _Seen, inner: _Seen) -> int:
    turn = "row_number() OVER (PARTITION BY id ORDER BY at_s, request) AS nth"
    sides = [
        f"""SELECT request, id, at_s, {turn} FROM (
            SELECT rowid AS request, {_ID} AS id, epoch(occurred_at) AS at_s
            FROM request_rows WHERE {side.where} AND request_id IS NOT NULL)"""
        for side in (outer, inner)
    ]
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE same AS
        SELECT o.request AS kept, i.request AS twin FROM ({sides[0]}) AS o JOIN ({sides[1]}) AS i
          ON o.id = i.id AND o.nth = i.nth WHERE abs(i.at_s - o.at_s) <= {CLOCKS_S}"""
    )
    return _keep_one(store)


def _by_time(store: Store, outer: _Seen, inner: _Seen) -> tuple[float, int]:
    """How far the clocks are apart, and how many requests were joined."""
    _sides(store, outer, inner)
    offset_s = _offset_s(store)
    store.run("CREATE OR REPLACE TEMP TABLE same (kept BIGINT, twin BIGINT)")
    for shift_s in (0.0, APART_S / 2):
        bins = f"CAST(floor((at_s + {{}} + {shift_s}) / {APART_S}) AS BIGINT)"
        turn = "row_number() OVER (PARTITION BY address, method, path, status, bin ORDER BY at_s, request) AS nth"
        o, i = (
            f"""SELECT *, {turn} FROM (SELECT *, {bins.format(off)} AS bin FROM {side}
            WHERE request NOT IN (SELECT {mine} FROM same))"""
            for side, off, mine in (("outer_side", 0.0, "kept"), ("inner_side", -offset_s, "twin"))
        )
        store.run(
            f"""INSERT INTO same SELECT o.request, i.request FROM ({o}) AS o JOIN ({i}) AS i
            ON o.address = i.address AND o.method = i.method AND o.path = i.path AND o.status = i.status
            AND o.bin = i.bin AND o.nth = i.nth"""
        )
    overlap = "epoch(occurred_at) - {} BETWEEN {} AND {} AND method IS NOT NULL"
    (found,) = store.row("SELECT count(*) FROM same")
    there = min(
        store.row(f"SELECT count(*) FROM request_rows WHERE {mine.where} AND {overlap.format(off, *other)}")[0]
        for mine, off, other in (
            (outer, 0.0, (inner.low_s - offset_s, inner.high_s - offset_s)),
            (inner, offset_s, (outer.low_s, outer.high_s)),
        )
    )
    if not found or found < ENOUGH * there:
        return offset_s, 0
    return offset_s, _keep_one(store)


def _sides(store: Store, outer: _Seen, inner: _Seen) -> None:
    """The tables ``outer_side`` and ``inner_side``: what both logs say of a request, with the address in common.

    Statuses are held against each other only where both logs write them.
    """
    silent = any(
        store.row(f"SELECT count(status) * 2 < count(*) FROM request_rows WHERE {side.where}")[0]
        for side in (outer, inner)
    )
    status = "0" if silent else "coalesce(status, 0)"
    said = f"rowid AS request, method, path, {status} AS status, epoch(occurred_at) AS at_s"
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE outer_side AS SELECT {said}, ip AS address FROM request_rows
        WHERE {outer.where} AND ip IS NOT NULL AND method IS NOT NULL"""
    )
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE inner_side AS
        WITH told AS (
            SELECT rowid AS request, ip AS address, 1000000 AS place FROM request_rows WHERE {inner.where}
            UNION ALL
            SELECT request, trim(parts[place]) AS address, place FROM (
                SELECT rowid AS request, string_split(forwarded_for, ',') AS parts,
                       unnest(generate_series(1, len(string_split(forwarded_for, ',')))) AS place
                FROM request_rows WHERE {inner.where} AND forwarded_for IS NOT NULL)),
        known AS (
            SELECT request, arg_max(address, place) AS address FROM told
            WHERE address IN (SELECT address FROM outer_side) GROUP BY request)
        SELECT s.*, k.address FROM (SELECT {said} FROM request_rows WHERE {inner.where} AND method IS NOT NULL) AS s
        JOIN known AS k ON s.request = k.request"""
    )


def _offset_s(store: Store) -> float:
    """How much later is the inner log's clock, by the requests that occur once in both?"""
    once = "SELECT address, method, path, min(at_s) AS at_s FROM {} GROUP BY ALL HAVING count(*) = 1"
    gap_s, alone = store.row(
        f"""SELECT median(i.at_s - o.at_s), count(*)
        FROM ({once.format("outer_side")}) AS o JOIN ({once.format("inner_side")}) AS i
          ON o.address = i.address AND o.method = i.method AND o.path = i.path
        WHERE abs(i.at_s - o.at_s) <= {CLOCKS_S}"""
    )
    return float(gap_s) if alone >= _LEAST_ALONE else 0.0


def _keep_one(store: Store) -> int:
    """Fill the kept rows from their twins, and take the twins out; how many were there?"""
    (count,) = store.row("SELECT count(*) FROM same")
    if not count:
        return 0
    kept = store.table(Request, *tables.columns(Request))
    filled = ", ".join(
        f'"{name}" = coalesce(r."{name}", t."{name}")' for name in tables.columns(Request) if name not in _OWN
    )
    store.run(
        f"""UPDATE {kept} AS r SET {filled}, request_id = coalesce(t.request_id, r.request_id)
        FROM (SELECT s.kept, a.* FROM same AS s JOIN request_rows AS a ON a.rowid = s.twin) AS t
        WHERE r.rowid = t.kept"""
    )
    twins = "WHERE rowid IN (SELECT twin FROM same)"
    store.run(f"INSERT INTO gone SELECT source_file, source_line FROM request_rows {twins}")
    store.run(f"DELETE FROM {kept} {twins}")
    return int(count)


def _alike(store: Store, outer: _Seen, inner: _Seen) -> bool:
    """Do both logs tell of the same paths while both run?"""
    low_s, high_s = max(outer.low_s, inner.low_s), min(outer.high_s, inner.high_s)
    both = f"epoch(occurred_at) BETWEEN {low_s} AND {high_s} AND method IS NOT NULL AND path IS NOT NULL"
    shared, all_ = store.row(
        f"""SELECT coalesce(sum(least(coalesce(o.n, 0), i.n)), 0), coalesce(sum(i.n), 0)
        FROM (SELECT method, path, count(*) AS n FROM request_rows WHERE {inner.where} AND {both} GROUP BY ALL) AS i
        LEFT JOIN (
            SELECT method, path, count(*) AS n FROM request_rows WHERE {outer.where} AND {both} GROUP BY ALL) AS o
          ON i.method = o.method AND i.path = o.path"""
    )
    return bool(all_ and shared >= ENOUGH * all_)
