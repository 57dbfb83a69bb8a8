"""Which messages did their users follow up on the site, where no log tells of codes?

Who enters a code, or signs up with it, sends the site something again after the message: a request that is no visit
of a page (anything but GET, HEAD and OPTIONS) to what sends no messages, and it is answered. It is told by address and
agent, and vouches for the last message before it only.
"""

from dataclasses import replace

import numpy as np

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.evidence.certain import know_certain, rows_of
from checkvalve.evidence.joins import LATE_CODE_S
from checkvalve.evidence.store import Store

USUAL = 0.2
"""Where fewer of the messages are followed by anything, the log does not show what people do afterwards."""
_LEAST = 30
_FOLLOWED = f"""
    WITH unheard AS (SELECT * FROM certain WHERE NOT heard),
    next AS (SELECT id, ip, coalesce(user_agent, '') AS agent, at_s FROM later),
    vouched AS (
        SELECT a.message, min(n.at_s) AS followed_s
        FROM next AS n ASOF JOIN unheard AS a ON n.ip = a.ip AND n.agent = a.agent AND n.at_s > a.at_s
        WHERE n.at_s - a.at_s <= {LATE_CODE_S} GROUP BY a.message),
    told AS (
        SELECT a.number, a.sent_s, a.endpoint,
               CASE WHEN v.followed_s IS NULL THEN -1 ELSE greatest(v.followed_s, a.sent_s) END AS followed_s
        FROM unheard AS a LEFT JOIN vouched AS v ON a.message = v.message
        WHERE a.sent_s <= (SELECT max(at_s) FROM later) - {CODE_LIFE_S}),
    usable AS (
        SELECT endpoint FROM told GROUP BY endpoint
        HAVING count(*) >= {_LEAST} AND count(*) FILTER (followed_s >= 0) >= {USUAL} * count(*))
    SELECT number, sent_s, followed_s FROM told JOIN usable USING (endpoint)"""


def know_later(store: Store) -> None:
    """Make the table ``later``, once: the requests that may come after a message."""
    if store.row("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'later'")[0]:
        return
    store.run(
        """CREATE TEMP TABLE later AS
        SELECT r.rowid AS id, r.ip, r.user_agent, epoch(r.occurred_at) AS at_s
        FROM request_rows AS r LEFT JOIN send_endpoints AS e ON r.method = e.method AND r.path = e.path
        WHERE e.path IS NULL AND r.method NOT IN ('GET', 'HEAD', 'OPTIONS') AND r.status < 400 AND r.ip IS NOT NULL"""
    )


def following(store: Store, rows: Destinations) -> Destinations | None:
    """The rows as the web log tells them: ``known`` where it says whether the user went on, ``verified_s`` when.

    Only of messages of which no log says whether their code was entered, whose request is certain (by id, or the only
    one that came when it may have come), to endpoints after which people usually go on, and while the log runs on long
    enough to tell. None without any.
    """
    if rows.known.all():
        return None
    know_certain(store)
    if store.row("SELECT count(*) FROM certain WHERE NOT heard")[0] < _LEAST:
        return None
    know_later(store)
    found = store.arrays(_FOLLOWED)
    if not len(found["number"]):
        return None
    row = rows_of(rows, found["number"], found["sent_s"])
    told = np.zeros(len(rows), np.bool_)
    told[row[row >= 0]] = True
    at_s = np.full(len(rows), np.inf)
    went_on = (found["followed_s"] >= 0) & (row >= 0)
    np.minimum.at(at_s, row[went_on], found["followed_s"][went_on])
    told &= ~rows.known
    return replace(rows, known=told, verified_s=np.where(told & np.isfinite(at_s), at_s, np.nan))


def told_by(rows: Destinations, went_on: Destinations) -> Destinations:
    """The rows with what the web log tells where no log knows of codes."""
    return replace(
        rows,
        known=rows.known | went_on.known,
        verified_s=np.where(went_on.known, went_on.verified_s, rows.verified_s),
    )
