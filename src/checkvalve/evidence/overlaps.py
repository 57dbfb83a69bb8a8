"""Files of one source that cover the same time: a day's log and the month's, two exports whose windows overlap.

Where the vendor gives an event an id, the id tells that it is the same (`merging`). The others are told by their
content: two files overlap where, inside the time that both cover, all that the one holds is held by the other, and as
often, or where one holds all of the other. Then a content that stands in both counts as often as in the file that has
it more often. Two logs that run side by side (two servers) hold no such piece of each other and stay apart, and six
equal lines of one file stay six.
"""

from collections.abc import Mapping

from checkvalve.events import Activity, Charge, Complaint, Event, Request, Verification
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store

SAMPLE = 400_000
"""So many rows tell whether files overlap; of more, whole moments are looked at, the same ones in every file."""
SHARED = 0.98
"""A file's contents inside the common time are the other's when this part of them stands there as often."""

_AT: Mapping[type[Event], str] = {
    Request: "occurred_at",
    Verification: "occurred_at",
    Complaint: "occurred_at",
    Charge: "period_start",
    Activity: "starts_at",
}
_NAMED = frozenset({Verification, Complaint, Charge})
"""Kinds whose rows may carry the vendor's own id; those that do are not looked at."""


def drop_overlaps(store: Store) -> None:
    """Keep what several files of one source hold once; the others' records go into the table ``gone``."""
    for event in _AT:
        if _files_overlap(store, event):
            _pairs(store, event)
            if store.row("SELECT count(*) FROM pairs")[0]:
                _drop(store, event)


def _rows(event: type[Event]) -> str:
    """The rows without an id, their moment and where they stand."""
    where = "WHERE event_id IS NULL" if event in _NAMED else ""
    return f"(SELECT *, rowid AS place, {_AT[event]} AS moment FROM {tables.ROWS[event]} {where})"


def _said(event: type[Event]) -> str:
    return (
        f"hash({', '.join(name for name in tables.columns(event) if name not in ('source_file', 'source_line'))})"
    )


def _files_overlap(store: Store, event: type[Event]) -> bool:
    """Does the time of any file reach into that of another of its source? Notes the files."""
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE files AS
        SELECT source, source_file, min(moment) AS low, max(moment) AS high, min(place) AS turn, count(*) AS n
        FROM {_rows(event)} GROUP BY source, source_file"""
    )
    (overlap,) = store.row(
        """SELECT coalesce(bool_or(low <= before), false) FROM (
            SELECT low, max(high) OVER (PARTITION BY source ORDER BY low, high, source_file
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM files)"""
    )
    return bool(overlap)


def _pairs(store: Store, event: type[Event]) -> None:
    """The table ``pairs`` of files that overlap, the first given first."""
    (count,) = store.row("SELECT sum(n) FROM files")
    share = max(1, int(count) // SAMPLE)
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE held AS
        SELECT source_file, moment, {_said(event)} AS said, count(*) AS n
        FROM {_rows(event)} WHERE hash(moment) % {share} = 0 GROUP BY ALL"""
    )
    # inside: a second off either edge, where a window may have cut between lines of the same time
    low = "greatest(f.low, g.low) + INTERVAL 1 SECOND"
    high = "least(f.high, g.high) - INTERVAL 1 SECOND"
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE pairs AS
        WITH shared AS (
            SELECT a.source_file AS one, b.source_file AS other, a.moment, least(a.n, b.n) AS n, a.n = b.n AS alike
            FROM held AS a JOIN held AS b
              ON a.said = b.said AND a.moment = b.moment AND a.source_file <> b.source_file),
        met AS (
            SELECT one, other, max({low}) AS low, max({high}) AS high,
                   sum(s.n) AS shared,
                   count(*) FILTER (
                       alike AND s.moment > {low} AND s.moment < {high}) AS inside
            FROM shared AS s JOIN files AS f ON f.source_file = one JOIN files AS g ON g.source_file = other
            WHERE f.source = g.source GROUP BY one, other),
        weighed AS (
            SELECT m.one, m.other, any_value(m.shared) AS shared, any_value(m.inside) AS inside, sum(h.n) AS whole,
                   count(*) FILTER (h.moment > m.low AND h.moment < m.high) AS both_cover
            FROM met AS m JOIN held AS h ON h.source_file = m.one GROUP BY m.one, m.other),
        same AS (SELECT one, other FROM weighed WHERE shared = whole OR inside > 0 AND inside >= {SHARED} * both_cover)
        SELECT DISTINCT CASE WHEN f.turn < g.turn THEN one ELSE other END AS earlier,
                        CASE WHEN f.turn < g.turn THEN other ELSE one END AS later
        FROM same JOIN files AS f ON f.source_file = one JOIN files AS g ON g.source_file = other"""
    )


def _drop(store: Store, event: type[Event]) -> None:
    turn = "row_number() OVER (PARTITION BY source_file, said ORDER BY source_line)"
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE again AS
        WITH rows AS (
            SELECT place, source_file, said, {turn} AS nth
            FROM (SELECT place, source_file, source_line, {_said(event)} AS said FROM {_rows(event)}
                  WHERE source_file IN (SELECT earlier FROM pairs UNION SELECT later FROM pairs)))
        SELECT DISTINCT late.place
        FROM pairs JOIN rows AS early ON early.source_file = earlier
        JOIN rows AS late ON late.source_file = later AND late.said = early.said AND late.nth = early.nth"""
    )
    where = "WHERE rowid IN (SELECT place FROM again)"
    store.run(f"INSERT INTO gone SELECT source_file, source_line FROM {tables.ROWS[event]} {where}")
    store.run(f"DELETE FROM {store.table(event)} {where}")
