"""Every message's probability of fraud, and the file that carries it: ``sends.parquet``."""

from collections.abc import Sequence
from pathlib import Path

from checkvalve.cases.assess import Judged
from checkvalve.cases.build import case_id
from checkvalve.evidence.store import Store
from checkvalve.indicators.scene import timestamp

COUNTED = 0.5
"""A message whose code came back belongs to a case only from this probability on."""
BACKGROUND = 0.001
"""Probability of a message in no case: one in a thousand, the prior of `statistics.calibration`."""


def write_labels(store: Store, judged: Sequence[Judged]) -> None:
    """Fill the table ``labels``: a number range, a time, a case, and what a message there is."""
    for one in judged:
        if one.verdict == "benign":
            continue
        scene = one.scene
        for span in scene.ranges:
            store.run(
                f"""INSERT INTO labels VALUES (?, ?, ?, {timestamp(scene.start_s)}, {timestamp(scene.end_s + 0.001)},
                ?, ?)""",
                [case_id(scene), span.low, span.high, one.p_unverified, one.p_verified],
            )


def write_sends(store: Store, path: Path) -> None:
    """Write one row a message: the contract's columns, with ``p_fraud`` and ``case_id`` from the labels.

    Of several labels that hold a message, the one that thinks worst of it counts.
    """
    store.run(
        f"""COPY (
            WITH labelled AS (
                SELECT s.rowid AS message, l.case_id,
                       CASE WHEN s.verified_at IS NULL THEN l.p_unverified ELSE l.p_verified END AS p,
                       s.verified_at IS NULL OR l.p_verified >= {COUNTED} AS counted
                FROM send_rows AS s JOIN labels AS l
                  ON s.number BETWEEN l.low AND l.high AND s.sent_at BETWEEN l.starts_at AND l.ends_at),
            worst AS (
                SELECT message, max(p) AS p, arg_max(case_id, p) FILTER (counted) AS case_id
                FROM labelled GROUP BY message)
            SELECT s.send_id, s.provider, s.sent_at, '+' || s.number AS destination, s.price_usd,
                   CASE WHEN s.verified_at IS NOT NULL THEN true WHEN s.unverified THEN false END AS verified,
                   coalesce(w.p, {BACKGROUND})::DOUBLE AS p_fraud, w.case_id::VARCHAR AS case_id
            FROM send_rows AS s LEFT JOIN worst AS w ON s.rowid = w.message)
        TO '{str(path).replace("'", "''")}' (FORMAT parquet)"""
    )
