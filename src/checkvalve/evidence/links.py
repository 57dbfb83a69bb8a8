"""Which request may have caused which message: the request to a sending endpoint that came just then.

By id where both logs carry one. Otherwise by time, which is never certain for one message: another request may have
come just then. So only groups are judged with it (`indicators/requests.py`). How long a message usually comes after
its request is learned from the messages that have only one request near them; where requests share one moment (many
logs count whole seconds), the messages of that moment are dealt out to them in turn.
"""

from checkvalve.evidence.addresses import place_addresses
from checkvalve.evidence.store import Store

BEFORE_S = 15
"""A form hands its message over within seconds; the log of the request is written when the answer goes out."""
AFTER_S = 3
"""Clocks of two machines may differ by this much."""
MOST_SENDS = 3_000_000
"""Above this only so many messages, evenly chosen, are linked (`linked_every`)."""
_LEAST_ALONE = 20
"""So many messages with one request near them tell how long a message usually takes."""


def link_requests(store: Store) -> bool:
    """Make the table ``links`` (message rowid → request rowid, ``gap_s``, ``basis``); is there anything to link?

    At most one link a message. Also makes the table ``addresses`` of the linked requests.
    """
    store.run("CREATE OR REPLACE TABLE links (message BIGINT, request BIGINT, gap_s DOUBLE, basis VARCHAR)")
    store.run(
        """CREATE OR REPLACE TEMP TABLE asked AS
        SELECT r.rowid AS request, epoch(r.occurred_at) AS at_s, r.request_id
        FROM request_rows AS r JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path"""
    )
    asked = store.row("SELECT count(*) FROM asked")[0]
    sends = _sends(store)
    if asked and sends:
        _link(store, linked_every(store))
    place_addresses(store)
    return bool(asked and sends)


def linked_every(store: Store) -> int:
    """One message of how many was looked at for links? Those whose rowid it divides; 1: all of them."""
    return max(1, -(-_sends(store) // MOST_SENDS))


def _sends(store: Store) -> int:
    return int(store.row("SELECT count(*) FROM send_rows WHERE sent_at IS NOT NULL")[0])


def _link(store: Store, every: int) -> None:
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE sent AS
        SELECT rowid AS message, epoch(sent_at) AS sent_s, request_id FROM send_rows
        WHERE sent_at IS NOT NULL AND rowid % {every} = 0"""
    )
    store.run(
        """INSERT INTO links
        SELECT s.message, arg_min(a.request, abs(s.sent_s - a.at_s)),
               arg_min(s.sent_s - a.at_s, abs(s.sent_s - a.at_s)), 'id'
        FROM sent AS s JOIN asked AS a ON s.request_id = a.request_id GROUP BY s.message"""
    )
    store.run("DELETE FROM sent WHERE message IN (SELECT message FROM links)")
    store.run(
        f"""INSERT INTO links
        WITH moments AS (SELECT at_s, list(request ORDER BY request) AS requests FROM asked GROUP BY at_s),
        aimed AS (SELECT message, sent_s, sent_s - {_usual_gap_s(store)} AS aim_s FROM sent),
        earlier AS (SELECT a.*, m.at_s FROM aimed AS a ASOF LEFT JOIN moments AS m ON a.aim_s >= m.at_s),
        later AS (SELECT a.message, m.at_s FROM aimed AS a ASOF LEFT JOIN moments AS m ON a.aim_s <= m.at_s),
        nearest AS (
            SELECT e.message, e.sent_s,
                   CASE WHEN e.at_s IS NULL OR l.at_s - e.aim_s < e.aim_s - e.at_s THEN l.at_s ELSE e.at_s END AS at_s
            FROM earlier AS e JOIN later AS l ON e.message = l.message),
        dealt AS (SELECT *, row_number() OVER (PARTITION BY at_s ORDER BY sent_s, message) - 1 AS nth FROM nearest)
        SELECT d.message, m.requests[d.nth % len(m.requests) + 1], d.sent_s - d.at_s, 'time'
        FROM dealt AS d JOIN moments AS m ON d.at_s = m.at_s
        WHERE d.sent_s - d.at_s BETWEEN -{AFTER_S} AND {BEFORE_S}"""
    )


def _usual_gap_s(store: Store) -> float:
    """How long after its request does a message usually come, by those with a single request near them?"""
    gap_s, alone = store.row(
        f"""WITH ranked AS (
            SELECT at_s, max(nth) AS nth FROM (SELECT at_s, row_number() OVER (ORDER BY at_s) AS nth FROM asked)
            GROUP BY at_s),
        until AS (SELECT s.message, s.sent_s - r.at_s AS gap_s, r.nth
                  FROM (SELECT message, sent_s, sent_s + {AFTER_S} AS last_s FROM sent) AS s
                  ASOF JOIN ranked AS r ON s.last_s >= r.at_s),
        since AS (SELECT s.message, coalesce(r.nth, 0) AS nth
                  FROM (SELECT message, sent_s - {BEFORE_S} AS first_s FROM sent) AS s
                  ASOF LEFT JOIN ranked AS r ON s.first_s > r.at_s)
        SELECT median(u.gap_s), count(*) FROM until AS u JOIN since AS s ON u.message = s.message
        WHERE u.nth = s.nth + 1"""
    )
    return float(gap_s) if alone >= _LEAST_ALONE else 0.0
