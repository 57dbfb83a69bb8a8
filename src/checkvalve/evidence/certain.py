"""Which messages have a request that is surely theirs: by id, or the only one that came when it may have come."""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.links import AFTER_S, BEFORE_S
from checkvalve.evidence.store import Store
from checkvalve.statistics.grouping import order_of

_LEAST = 30
_CROWDED = 5.0
"""Where so many requests come on average when a message's may have come, one in a hundred has none beside it."""
_DAY_S = 86_400.0
_MOMENTS = """SELECT request, at_s, lag(at_s) OVER in_turn AS before_s, lead(at_s) OVER in_turn AS after_s
    FROM asked WINDOW in_turn AS (ORDER BY at_s, request)"""
_CERTAIN = """CREATE OR REPLACE TEMP TABLE certain AS
    SELECT l.message, epoch(s.sent_at) AS sent_s, s.number, epoch(r.occurred_at) AS at_s, r.ip, r.asn,
           coalesce(r.user_agent, '') AS agent, r.method || ' ' || r.path AS endpoint,
           s.verified_at IS NOT NULL OR s.unverified IS NOT NULL AS heard
    FROM links AS l JOIN send_rows AS s ON l.message = s.rowid JOIN request_rows AS r ON l.request = r.rowid {beside}
    WHERE r.ip IS NOT NULL AND s.number IS NOT NULL AND (l.basis = 'id' {or_alone})"""
_BESIDE = f"JOIN ({_MOMENTS}) AS m ON l.request = m.request"
_OR_ALONE = f"""OR (coalesce(m.before_s < epoch(s.sent_at) - {BEFORE_S}, true)
                    AND coalesce(m.after_s > epoch(s.sent_at) + {AFTER_S}, true))"""


def know_certain(store: Store) -> None:
    """Make the table ``certain``, once: messages whose request is certain, what it was, and if a log knows the code.

    Where so many requests come that hardly any is alone, only ids are looked at: nobody sorts them for nothing.
    """
    if store.row("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'certain'")[0]:
        return
    asked, span_s = store.row("SELECT count(*), max(at_s) - min(at_s) FROM asked")
    crowded = asked * (BEFORE_S + AFTER_S) > _CROWDED * max(float(span_s or 0.0), 1.0) and asked > _LEAST
    parts = {"beside": "", "or_alone": ""} if crowded else {"beside": _BESIDE, "or_alone": _OR_ALONE}
    store.run(_CERTAIN.format(**parts))


def rows_of(rows: Destinations, number: NDArray[np.int64], sent_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row of each number on the day of each time, -1 where there is none. Rows come in order of time."""
    if not len(rows) or not len(number):
        return np.full(len(number), -1)
    day = np.floor(sent_s / _DAY_S).astype(np.int64)
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
