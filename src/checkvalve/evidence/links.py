"""Which request may have caused which message: the nearest request to a sending endpoint before it.

By id where both logs carry one. Otherwise by time, which is never certain for one message: another request may have
come just then. So each link carries the probability that a request stands there by chance, and only groups are
judged with it (`indicators/requests.py`).
"""

from checkvalve.evidence.store import Store

BEFORE_S = 15
"""A form hands its message over within seconds; the log of the request is written when the answer goes out."""
AFTER_S = 3
"""Clocks of two machines may differ by this much."""
MOST_SENDS = 3_000_000
"""Above this only so many messages, evenly chosen, are linked."""


def link_requests(store: Store) -> bool:
    """Make the table ``links`` (message rowid → request rowid, ``gap_s``, ``basis``); is there anything to link?"""
    store.run("CREATE OR REPLACE TABLE links (message BIGINT, request BIGINT, gap_s DOUBLE, basis VARCHAR)")
    asked = store.row(
        "SELECT count(*) FROM request_rows AS r JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path"
    )[0]
    sends = store.row("SELECT count(*) FROM send_rows WHERE sent_at IS NOT NULL")[0]
    if not asked or not sends:
        return False
    every = max(1, -(-sends // MOST_SENDS))
    store.run(
        f"""INSERT INTO links
        WITH asked AS (
            SELECT r.rowid AS request, epoch(r.occurred_at) AS at_s, r.request_id
            FROM request_rows AS r JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path),
        sent AS (SELECT rowid AS message, epoch(sent_at) AS sent_s, request_id FROM send_rows
                 WHERE sent_at IS NOT NULL AND rowid % {every} = 0),
        by_id AS (SELECT s.message, a.request, s.sent_s - a.at_s AS gap_s, 'id' AS basis
                  FROM sent AS s JOIN asked AS a ON s.request_id = a.request_id),
        by_time AS (
            SELECT s.message, a.request, s.sent_s - a.at_s AS gap_s, 'time' AS basis
            FROM (SELECT message, sent_s, sent_s + {AFTER_S} AS latest_s FROM sent
                  WHERE message NOT IN (SELECT message FROM by_id)) AS s
            ASOF JOIN asked AS a ON s.latest_s >= a.at_s)
        SELECT * FROM by_id UNION ALL SELECT * FROM by_time WHERE gap_s <= {BEFORE_S}"""
    )
    return True
