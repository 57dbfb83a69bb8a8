"""Repeated events become one row: the status events of one message, a record that was exported twice.

A message is its provider's id. Its furthest status wins (so status never goes backwards, whatever the order of
arrival), and what one event leaves open another fills. It was handed over at the earliest time that an event says so;
events that are heard before (queued, scheduled) count only where there is no other. Price and currency are one fact: a
price that names its currency stands before one that does not, and a price for the whole message before prices of its
parts; those add up within a file.
"""

from collections import Counter

from checkvalve.events import Charge, Complaint, Event, Request, Send, Verification
from checkvalve.evidence import tables
from checkvalve.evidence.overlaps import drop_overlaps
from checkvalve.evidence.store import Store

_RANK = (
    "CASE status WHEN 'accepted' THEN 1 WHEN 'sent' THEN 2 WHEN 'failed' THEN 3 WHEN 'blocked' THEN 4 "
    "WHEN 'delivered' THEN 5 ELSE 0 END"
)
_KEY = ("provider", "send_id")
_MONEY = ("price", "currency", "price_usd")
_PLACE = ("source_file", "source_line")
_TELLING = {"verified_at": "min", "delivered_at": "min", "event_at": "max", "provider_verdict": "min"}
"""Columns whose merged value is not that of the furthest event."""
_SURE = "nth + CASE WHEN currency IS NULL AND price_usd IS NULL THEN 0 ELSE count_of_all END"
_WHOLE = f"(arg_max({{{{'it': {{0}}}}}}, {_SURE}) FILTER (price IS NOT NULL AND price_is_part IS NOT TRUE)).it"


def merge(store: Store) -> Counter[str]:
    """Merge what repeats; how many records of each file went into the row of another record?

    Also writes the table ``gone`` of their places.
    """
    store.run("CREATE OR REPLACE TEMP TABLE gone (source_file VARCHAR, source_line BIGINT)")
    _merge_sends(store)
    for event in (Verification, Charge, Complaint):
        _keep_last(store, event, "event_id")
    # a trail may deliver an event twice, and so may a push of logs; the lines of an access log are requests each,
    # whatever their ids
    _keep_last(store, Request, "request_id, occurred_at, path", where="source = 'aws.cognito'")
    _keep_last(store, Request, "request_id", where="source = 'cloudflare.http'")
    drop_overlaps(store)
    return merged_records(store)


def merged_records(store: Store) -> Counter[str]:
    """How many records of each file have gone into the row of another record so far?"""
    if not store.row("SELECT count(*) FROM gone")[0]:
        return Counter()
    still = " UNION ALL ".join(
        f"SELECT source_file, source_line FROM {table} WHERE source_file IN (SELECT source_file FROM gone)"
        for table in tables.ROWS.values()
    )
    merged = store.rows(
        f"""SELECT source_file, count(*) FROM (SELECT DISTINCT * FROM gone)
        ANTI JOIN ({still}) AS still USING (source_file, source_line) GROUP BY source_file"""
    )
    return Counter(dict(merged))


def _merge_sends(store: Store) -> None:
    parts = store.message_tables()
    ids = store.arrays("SELECT hash(provider, send_id) AS id FROM send_rows")["id"]
    ids.sort()
    repeated = ids[1:][ids[1:] == ids[:-1]]
    if not len(repeated):
        return
    store.connection.register("repeated", {"id": repeated})
    # what an event says orders it before where it stands, so that the order of arrival changes nothing
    said = ", ".join(name for name in tables.columns(Send) if name not in _PLACE)
    order = f"{_RANK}, event_at NULLS FIRST, hash({said}), {', '.join(_PLACE)}"
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE again AS
        SELECT * EXCLUDE (rowid), rowid AS place,
               row_number() OVER (PARTITION BY provider, send_id ORDER BY {order}) AS nth,
               count(*) OVER (PARTITION BY provider, send_id) AS count_of_all,
               {_RANK} = max({_RANK}) OVER (PARTITION BY provider, send_id) AS furthest
        FROM send_rows
        WHERE hash(provider, send_id) IN (SELECT id FROM repeated)"""
    )
    for table, place in parts:
        store.run(f"DELETE FROM {table} WHERE {place} IN (SELECT place FROM again)")
    chosen = ", ".join(f"{_chosen(name)} AS {name}" for name in tables.columns(Send))
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE one AS
        WITH each_part AS (
            SELECT provider, send_id, source_file, max(price) AS price, max(price_usd) AS price_usd
            FROM again WHERE price_is_part AND price IS NOT NULL
            GROUP BY provider, send_id, source_file, part, CASE WHEN part IS NULL THEN source_line END),
        each_file AS (
            SELECT provider, send_id, sum(price) AS price, sum(price_usd) AS price_usd
            FROM each_part GROUP BY provider, send_id, source_file),
        parts AS (
            SELECT provider, send_id, max(price) AS parts_price, max(price_usd) AS parts_price_usd
            FROM each_file GROUP BY provider, send_id)
        SELECT {chosen}
        FROM again LEFT JOIN parts USING (provider, send_id)
        GROUP BY provider, send_id"""
    )
    store.put_back(Send, "one")
    store.run(
        """INSERT INTO gone SELECT DISTINCT source_file, source_line FROM again
        ANTI JOIN one USING (provider, send_id, source_file, source_line)"""
    )
    store.run("DROP TABLE again; DROP TABLE one")
    store.connection.unregister("repeated")


def _chosen(name: str) -> str:
    """SQL of one column of the merged row."""
    if name in _KEY:
        return name
    if name in _MONEY:
        own = "arg_max(currency, nth)" if name == "currency" else f"any_value(parts_{name})"
        return f"CASE WHEN {_WHOLE.format('price')} IS NOT NULL THEN {_WHOLE.format(name)} ELSE {own} END"
    if name == "price_is_part":
        return f"CASE WHEN {_WHOLE.format('price')} IS NULL THEN bool_or(price_is_part) END"
    if name == "unverified":
        return "CASE WHEN min(verified_at) IS NULL THEN bool_or(unverified) END"
    if name == "error_code":
        return "arg_max(error_code, nth) FILTER (furthest)"
    if name == "sent_at":
        return "coalesce(min(sent_at) FILTER (status IS DISTINCT FROM 'accepted'), min(sent_at))"
    return f"{_TELLING[name]}({name})" if name in _TELLING else f"arg_max({name}, nth)"


def _keep_last(store: Store, event: type[Event], key: str, where: str = "true") -> None:
    """Of rows with one vendor id the last one read counts."""
    table, named = tables.ROWS[event], f"{where} AND {key.partition(',')[0]} IS NOT NULL"
    again = f"""FROM {table} WHERE {named} AND rowid NOT IN (
        SELECT max(rowid) FROM {table} WHERE {named} GROUP BY source, {key})"""
    if store.row(f"SELECT count(*) {again}")[0]:
        store.run(f"INSERT INTO gone SELECT source_file, source_line {again}")
        store.run(f"DELETE FROM {store.table(event)} WHERE rowid IN (SELECT rowid {again})")
