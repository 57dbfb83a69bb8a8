"""Every message's probability of fraud, and the file that carries it: ``sends.parquet``."""

from collections.abc import Sequence
from pathlib import Path

from checkvalve.cases.assess import Judged
from checkvalve.cases.identity import case_id
from checkvalve.evidence.store import Store, for_its_owner, text_literal
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.numbering.network import network_names
from checkvalve.numbering.plan import countries
from checkvalve.statistics.calibration import PRIOR

COUNTED = 0.5
"""A message whose code came back belongs to a case only from this probability on."""
_MOST_REPEATED = 1_000
"""Texts of more kinds than this are written as they are."""
BACKGROUND = PRIOR
"""Probability of a message in no case: that before any evidence."""


def write_labels(store: Store, judged: Sequence[Judged]) -> None:
    """Fill the table ``labels``: where, from when to when, of which case, and what a message there is.

    Where is a range of numbers; in a case without ranges a country or a network, or everything (all of them NULL).
    """
    for one in judged:
        if one.verdict == "benign" or one.scene.unlogged:
            continue
        scene = one.scene
        low, high, country, holder = map(list, zip(*_places(scene), strict=True))
        # all at once: there may be thousands, and each statement by itself is written to the disk
        store.run(
            f"""INSERT INTO labels SELECT ?, unnest(?::BIGINT[]), unnest(?::BIGINT[]), {timestamp(scene.start_s)},
            {timestamp(scene.end_s + 0.001)}, ?, ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), ?""",
            [
                case_id(scene),
                low,
                high,
                one.p_unverified,
                one.p_verified,
                country,
                holder,
                one.draft.only_newcomers,
            ],
        )


_Place = tuple[int | None, int | None, str | None, str | None]


def _places(scene: Scene) -> list[_Place]:
    if scene.ranges:
        return [(one.low, one.high, None, None) for one in scene.ranges]
    names = [countries()[one] for one in scene.countries if countries()[one]]
    holders = [network_names()[one & 0xFFFF] for one in scene.networks]
    return [(None, None, name, holder) for name in names or [None] for holder in holders or [None]]


def write_sends(store: Store, path: Path) -> None:
    """Write one row a message: the contract's columns, with ``p_fraud`` and ``case_id`` from the labels.

    Of several labels that hold a message, the one that thinks worst of it counts. There may be thousands of ranges:
    they are found by the number's head, for each size that ranges have. Identifiers and numbers hardly get smaller by
    compression (a fifth), which takes a third of the time; so does the search for a dictionary of them.
    """
    sizes = store.rows("SELECT DISTINCT high - low + 1 FROM labels ORDER BY ALL")
    held = " UNION ALL ".join(_held(size) for (size,) in sizes) or _held(None)
    store.run(
        f"""COPY (
            WITH held AS ({held}),
            labelled AS (
                SELECT message, case_id, CASE WHEN verified_at IS NULL THEN p_unverified ELSE p_verified END AS p,
                       verified_at IS NULL OR p_verified >= {COUNTED} OR counts_verified AS counted
                FROM held),
            worst AS (
                SELECT message, max(p) AS p, arg_max(case_id, p) FILTER (counted) AS case_id
                FROM labelled GROUP BY message)
            SELECT s.send_id, {_provider(store)} AS provider, s.sent_at,
                   '+' || s.number AS destination, s.price_usd,
                   CASE WHEN s.verified_at IS NOT NULL THEN true WHEN s.unverified THEN false END AS verified,
                   coalesce(w.p, {BACKGROUND})::DOUBLE AS p_fraud, w.case_id::VARCHAR AS case_id
            FROM send_rows AS s LEFT JOIN worst AS w ON s.rowid = w.message)
        TO '{str(path).replace("'", "''")}'
        (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT {_MOST_REPEATED})"""
    )
    for_its_owner(path)


def _held(size: int | None) -> str:
    """SQL of the messages in places of one size, or in those that are no ranges (None), with what is said of each."""
    place = (
        "(l.country IS NULL OR s.country = l.country) AND (l.holder IS NULL OR s.holder = l.holder)"
        if size is None
        else f"s.number // {size} = l.low // {size}"
    )
    return f"""
                SELECT s.rowid AS message, s.verified_at, l.case_id, l.p_unverified, l.p_verified, l.counts_verified
                FROM send_rows AS s
                JOIN (SELECT * FROM labels WHERE high - low + 1 IS NOT DISTINCT FROM {size or "NULL"}) AS l
                  ON {place} AND s.sent_at BETWEEN l.starts_at AND l.ends_at"""


def _provider(store: Store) -> str:
    """SQL of a message's provider, ``s``, with the dictionary of all: then it need not be gathered row by row."""
    names = [name for (name,) in store.rows("SELECT DISTINCT provider FROM send_rows ORDER BY provider NULLS LAST")]
    known = [text_literal(name) for name in names if name is not None]
    if not known:
        return "s.provider"
    return f"{known[0] if len(names) == 1 else 's.provider'}::ENUM({', '.join(known)})"
