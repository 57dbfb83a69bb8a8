"""Which messages did their users follow up on the site, where no log tells of codes?

Who enters a code, or signs up with it, sends the site something again after the message: a request that is no visit
of a page (anything but GET, HEAD and OPTIONS) to what sends no messages, and it is answered. It is told by address and
agent, and vouches for the last message before it only.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.evidence.joins import LATE_CODE_S
from checkvalve.evidence.links import AFTER_S, BEFORE_S
from checkvalve.evidence.store import Store
from checkvalve.statistics.grouping import order_of

USUAL = 0.2
"""Where fewer of the messages are followed by anything, the log does not show what people do afterwards."""
_LEAST = 30
_CROWDED = 5.0
"""Where so many requests come on average when a message's may have come, one in a hundred has none beside it."""
_DAY_S = 86_400.0
_MOMENTS = """SELECT request, at_s, lag(at_s) OVER in_turn AS before_s, lead(at_s) OVER in_turn AS after_s
    FROM asked WINDOW in_turn AS (ORDER BY at_s, request)"""
_CERTAIN = """CREATE OR REPLACE TEMP TABLE certain AS
    SELECT l.message, epoch(s.sent_at) AS sent_s, s.number, epoch(r.occurred_at) AS at_s, r.ip,
           coalesce(r.user_agent, '') AS agent, r.method || ' ' || r.path AS endpoint
    FROM links AS l JOIN send_rows AS s ON l.message = s.rowid JOIN request_rows AS r ON l.request = r.rowid {beside}
    WHERE r.ip IS NOT NULL AND s.number IS NOT NULL AND s.verified_at IS NULL AND s.unverified IS NULL
      AND (l.basis = 'id' {or_alone})"""
_BESIDE = f"JOIN ({_MOMENTS}) AS m ON l.request = m.request"
_OR_ALONE = f"""OR (coalesce(m.before_s < epoch(s.sent_at) - {BEFORE_S}, true)
                    AND coalesce(m.after_s > epoch(s.sent_at) + {AFTER_S}, true))"""
_FOLLOWED = f"""
    WITH next AS (SELECT id, ip, coalesce(user_agent, '') AS agent, at_s FROM later),
    vouched AS (
        SELECT a.message, min(n.at_s) AS followed_s
        FROM next AS n ASOF JOIN certain AS a ON n.ip = a.ip AND n.agent = a.agent AND n.at_s > a.at_s
        WHERE n.at_s - a.at_s <= {LATE_CODE_S} GROUP BY a.message),
    told AS (
        SELECT a.number, a.sent_s, a.endpoint,
               CASE WHEN v.followed_s IS NULL THEN -1 ELSE greatest(v.followed_s, a.sent_s) END AS followed_s
        FROM certain AS a LEFT JOIN vouched AS v ON a.message = v.message
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
    if rows.known.all() or _certain(store) < _LEAST:
        return None
    know_later(store)
    found = store.arrays(_FOLLOWED)
    if not len(found["number"]):
        return None
    row = _rows_of(rows, found["number"], np.floor(found["sent_s"] / _DAY_S).astype(np.int64))
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


def _rows_of(rows: Destinations, number: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row of each number and day, -1 where there is none. Rows come in order of time."""
    order = order_of(rows.number)
    numbers, days = rows.number[order], np.floor(rows.first_s[order] / _DAY_S).astype(np.int64)
    least, span = int(days.min()), int(days.max() - days.min()) + 1
    distinct = numbers[np.concatenate([[True], np.diff(numbers) != 0])]
    key = np.searchsorted(distinct, numbers) * span + days - least
    asked = np.minimum(np.searchsorted(distinct, number), len(distinct) - 1)
    wanted = asked * span + day - least
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    good = (distinct[asked] == number) & (key[place] == wanted)
    return np.where(good, order[place], -1)


def _certain(store: Store) -> int:
    """Make the table ``certain`` of messages whose request is certain; how many are they?

    Where so many requests come that hardly any is alone, only ids are looked at: nobody sorts them for nothing.
    """
    asked, span_s = store.row("SELECT count(*), max(at_s) - min(at_s) FROM asked")
    crowded = asked * (BEFORE_S + AFTER_S) > _CROWDED * max(float(span_s or 0.0), 1.0) and asked > _LEAST
    parts = {"beside": "", "or_alone": ""} if crowded else {"beside": _BESIDE, "or_alone": _OR_ALONE}
    store.run(_CERTAIN.format(**parts))
    return int(store.row("SELECT count(*) FROM certain")[0])
