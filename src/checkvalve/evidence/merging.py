"""Repeated events become one row: the status events of one message, a record that was exported twice.

A message is its provider's id. Its furthest status wins (so status never goes backwards, whatever the order of
arrival), and what one event leaves open another fills. Prices of parts add up within a file.
"""

from collections import Counter

from checkvalve.events import Charge, Complaint, Event, Send, Verification
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store

_RANK = (
    "CASE status WHEN 'accepted' THEN 0 WHEN 'sent' THEN 1 WHEN 'failed' THEN 2 WHEN 'blocked' THEN 3 ELSE 4 END"
)
_FURTHEST = f"({_RANK}) * 1e12 + coalesce(epoch(event_at), 0) + source_line * 1e-6"
_MOST_TELLING = {"verified_at": "min", "delivered_at": "min", "event_at": "max", "provider_verdict": "min"}
_WITH_STATUS = ("status", "error_code")
_ORIGIN = tuple(tables.ORIGIN)


def merge(store: Store) -> Counter[str]:
    """Merge what repeats; how many records of each file went into the row of another record?"""
    merged = _merge_sends(store)
    for event in (Verification, Charge, Complaint):
        merged += _keep_last(store, event)
    return merged


def _merge_sends(store: Store) -> Counter[str]:
    store.run(
        """CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT hash(provider, send_id) AS id FROM send_rows GROUP BY id HAVING count(*) > 1"""
    )
    if not store.row("SELECT count(*) FROM repeated")[0]:
        return Counter()
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE again AS
        SELECT *, {_FURTHEST} AS furthest FROM send_rows
        WHERE hash(provider, send_id) IN (SELECT id FROM repeated)"""
    )
    store.run("DELETE FROM send_rows WHERE hash(provider, send_id) IN (SELECT id FROM repeated)")
    chosen = ", ".join(f"{_chosen(name)} AS {name}" for name in tables.columns(Send))
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE one AS
        WITH per_file AS (
            SELECT provider, send_id, sum(price) AS price FROM again WHERE price_is_part
            GROUP BY provider, send_id, source_file),
        parts AS (SELECT provider, send_id, max(price) AS parts_price FROM per_file GROUP BY provider, send_id)
        SELECT {chosen}
        FROM again LEFT JOIN parts USING (provider, send_id)
        GROUP BY provider, send_id"""
    )
    store.run("INSERT INTO send_rows SELECT * FROM one")
    gone = store.rows(
        """SELECT source_file, count(DISTINCT source_line) FROM again
        WHERE (source_file, source_line) NOT IN (SELECT (source_file, source_line) FROM one) GROUP BY source_file"""
    )
    store.run("DROP TABLE again; DROP TABLE one; DROP TABLE repeated")
    return Counter(dict(gone))


def _chosen(name: str) -> str:
    """SQL of one column of the merged row."""
    whole = "arg_max(price, furthest) FILTER (price_is_part IS NOT TRUE)"
    price = f"coalesce({whole}, any_value(parts_price))"
    if name in ("provider", "send_id"):
        return name
    if name == "price":
        return price
    if name == "price_usd":
        return f"{price} * arg_max(price_usd / nullif(price, 0), furthest)"
    if name in _MOST_TELLING:
        return f"{_MOST_TELLING[name]}({name})"
    if name in _WITH_STATUS:
        return f"arg_max({{'it': {name}}}, furthest).it"
    if name in _ORIGIN:
        return f"arg_max({name}, furthest)"
    return f"arg_max({name}, furthest)"


def _keep_last(store: Store, event: type[Event]) -> Counter[str]:
    """Of rows with one vendor id the last one read counts."""
    table = tables.ROWS[event]
    again = f"""FROM {table} WHERE event_id IS NOT NULL AND rowid NOT IN (
        SELECT max(rowid) FROM {table} WHERE event_id IS NOT NULL GROUP BY source, event_id)"""
    gone = store.rows(f"SELECT source_file, count(DISTINCT source_line) {again} GROUP BY source_file")
    if gone:
        store.run(f"DELETE {again}")
    return Counter(dict(gone))
