"""What a bill says in all: each line with its own part, so that no money counts twice and no fee is lost.

Three things repeat money. A category may sum others (Twilio's ``sms-outbound`` holds ``sms-outbound-longcode``), and a
month may stand beside its days: such a line keeps only what the lines below it leave open, never less than nothing. So
where only the sum was fetched it counts whole, and a fee that stands outside its sum is kept. And one account may be
billed in two formats (a cost report and its FOCUS export): of the lines of both in the same time, those of the longer
bill count.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store

_SUMMING = """SELECT rowid, provider || '/' || coalesce(account, '') AS account, category, sums,
           epoch(period_start) AS start_s, epoch(period_end) AS end_s,
           coalesce(amount_usd, 0) AS usd, coalesce(quantity, 0) AS quantity
    FROM charges WHERE sums IS NOT NULL"""
_TWICE = """SELECT c.rowid AS line FROM charges AS c
    JOIN (SELECT provider, coalesce(account, '') AS account, source, count(*) AS lines,
                 min(period_start) AS low, max(period_end) AS high
          FROM charges GROUP BY ALL) AS own
      ON c.provider = own.provider AND coalesce(c.account, '') = own.account AND c.source = own.source
    JOIN (SELECT provider, coalesce(account, '') AS account, source, count(*) AS lines,
                 min(period_start) AS low, max(period_end) AS high
          FROM charges GROUP BY ALL) AS other
      ON own.provider = other.provider AND own.account = other.account AND own.source <> other.source
     AND (other.lines > own.lines OR (other.lines = own.lines AND other.source < own.source))
     AND c.period_start < other.high AND c.period_end > other.low"""


@dataclass(frozen=True, slots=True)
class Line:
    """A billing line that may sum others: of categories that its own begins, of shorter periods within its own."""

    category: str
    sums_categories: bool
    start_s: float
    end_s: float


def settle_charges(store: Store) -> None:
    """Make the view ``own_charges``: every billing line, with ``own_usd`` and ``own_quantity`` that may be added up."""
    rows = store.rows(_SUMMING)
    accounts: dict[str, list[int]] = defaultdict(list)
    for nth, (_, account, *_rest) in enumerate(rows):
        accounts[account].append(nth)
    usd, quantity = np.zeros(len(rows)), np.zeros(len(rows))
    for mine in accounts.values():
        lines = [Line(rows[nth][2], rows[nth][3] == "categories", rows[nth][4], rows[nth][5]) for nth in mine]
        usd[mine] = own_parts(lines, np.array([rows[nth][6] for nth in mine], dtype=np.float64))
        quantity[mine] = own_parts(lines, np.array([rows[nth][7] for nth in mine], dtype=np.float64))
    store.connection.register(
        "own_parts", {"line": np.array([row[0] for row in rows], dtype=np.int64), "usd": usd, "quantity": quantity}
    )
    store.run("CREATE OR REPLACE TABLE charge_parts AS SELECT * FROM own_parts")
    store.connection.unregister("own_parts")
    store.run(f"CREATE OR REPLACE TABLE charges_twice AS SELECT DISTINCT line FROM ({_TWICE})")
    store.run(
        """CREATE OR REPLACE VIEW own_charges AS
        SELECT c.*,
               CASE WHEN t.line IS NOT NULL THEN 0 WHEN p.line IS NULL OR c.amount_usd IS NULL THEN c.amount_usd
                    ELSE p.usd END AS own_usd,
               CASE WHEN t.line IS NOT NULL THEN 0 WHEN p.line IS NULL OR c.quantity IS NULL THEN c.quantity
                    ELSE p.quantity END AS own_quantity
        FROM (SELECT rowid AS line, * FROM charges) AS c
        LEFT JOIN charge_parts AS p ON c.line = p.line
        LEFT JOIN charges_twice AS t ON c.line = t.line"""
    )


def own_parts(lines: Sequence[Line], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is each line's own, beyond the lines of one account that it sums? (N,), never below zero.

    A line of another length counts for the part of it that lies in the line's time.

    >>> day, month = (0.0, 86400.0), (0.0, 30 * 86400.0)
    >>> lines = [Line("sms", True, *day), Line("sms-outbound", True, *day), Line("sms-outbound-longcode", False, *day)]
    >>> own_parts(lines, np.array([10.0, 9.0, 9.0])).tolist()
    [1.0, 0.0, 9.0]
    >>> own_parts([Line("sms", True, *month), Line("sms", True, *day)], np.array([30.0, 4.0])).tolist()
    [26.0, 4.0]
    """
    own = values.astype(np.float64)
    start = np.array([one.start_s for one in lines])
    end = np.array([one.end_s for one in lines])
    length = np.maximum(end - start, 1.0)
    names, of = np.unique([one.category for one in lines], return_inverse=True)
    below = {
        name: np.array([other.startswith(f"{name}-") for other in names], dtype=np.bool_)[of]
        for name in map(str, names)
    }
    # the deepest categories first, of each the shortest periods first: what lies below a line is settled before it
    depth = np.array([one.category.count("-") for one in lines])
    done = np.zeros(len(lines), np.bool_)
    for nth in np.lexsort((length, -depth)):
        line = lines[nth]
        within = np.clip(np.minimum(end, line.end_s) - np.maximum(start, line.start_s), 0.0, None) / length
        same = (of == of[nth]) & (length < length[nth])
        lower = done & (same | (below[line.category] if line.sums_categories else False))
        own[nth] = max(values[nth] - float((own * within)[lower].sum()), 0.0)
        done[nth] = True
    return own
