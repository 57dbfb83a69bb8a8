"""Every message's probability of fraud, and the file that carries it: ``sends.parquet``."""

from collections.abc import Sequence
from pathlib import Path

from checkvalve.cases.assess import Judged
from checkvalve.cases.build import case_id
from checkvalve.evidence.store import Store
from checkvalve.indicators.scene import timestamp

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
    """Write one row a message: the contract's columns, with ``p_fraud`` and ``case_id`` from the labels."""
    columns = """s.send_id, s.provider, s.sent_at, '+' || s.number AS destination, s.price_usd,
        CASE WHEN s.verified_at IS NOT NULL THEN true WHEN s.unverified THEN false END AS verified"""
    if store.row("SELECT count(*) FROM labels")[0]:
        p = f"coalesce(CASE WHEN s.verified_at IS NULL THEN l.p_unverified ELSE l.p_verified END, {BACKGROUND})"
        case = "CASE WHEN s.verified_at IS NULL OR l.p_verified >= 0.5 THEN l.case_id END"
        joined = """LEFT JOIN labels AS l
            ON s.number BETWEEN l.low AND l.high AND s.sent_at BETWEEN l.starts_at AND l.ends_at"""
    else:
        p, case, joined = f"CAST({BACKGROUND} AS DOUBLE)", "CAST(NULL AS VARCHAR)", ""
    store.run(
        f"""COPY (SELECT {columns}, {p} AS p_fraud, {case} AS case_id FROM send_rows AS s {joined})
        TO '{path}' (FORMAT parquet)"""
    )
