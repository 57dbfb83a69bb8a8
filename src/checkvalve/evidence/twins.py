"""Which message of a gateway's log is which attempt of a verification log? The gateway's row stays, with the outcome.

By the verification's or the request's id, where both logs have it and the numbers do not differ; else by number and
time within one provider. Many asked for at one number in a short time are paired one to one, nearest first.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store, text_literal
from checkvalve.evidence.widths import Part

TWIN_S = 60
"""A verification attempt and its message are handed over within a minute of each other."""
_ENOUGH_TWINS = 0.5
_FROM_ATTEMPTS = (
    *("verified_at", "unverified", "status", "verification_id", "purpose", "account_id"),
    *("network", "price", "currency", "price_usd"),
)
_TENANT = "coalesce(s.account, parse_dirpath(s.source_file), '')"
"""Whose attempts are judged together: an account's; where none is named, those of one folder."""
_PAIRS_AT_ONCE = 200_000
"""Pairs are walked in pieces of so many, so that memory does not grow with how often a number was asked."""


def merge_twins(store: Store) -> tuple[int, int]:
    """Messages seen by a gateway's log and by a verification log: keep the gateway's row, with the outcome.

    How many were the same by an id that both logs have, and how many by number and time?
    """
    providers = store.rows(
        "SELECT DISTINCT provider FROM send_rows WHERE purpose = 'verification' ORDER BY provider"
    )
    if (
        not providers
        or not store.row("SELECT count(*) FROM send_rows WHERE purpose IS DISTINCT FROM 'verification'")[0]
    ):
        return 0, 0
    parts = store.message_tables(*_FROM_ATTEMPTS)
    store.run("CREATE OR REPLACE TEMP TABLE twins (attempt BIGINT, message BIGINT, basis VARCHAR)")
    for name in ("verification_id", "request_id"):
        _pair(store, name, f"a.{name} = m.{name} AND (a.number IS NULL OR m.number IS NULL OR a.number = m.number)")
    within = f"""a.provider = m.provider AND a.number = m.number AND m.sent_at
        BETWEEN a.sent_at - INTERVAL {TWIN_S} SECOND AND a.sent_at + INTERVAL {TWIN_S} SECOND
        AND coalesce(a.channel, m.channel, '') = coalesce(m.channel, a.channel, '')"""
    same = _count(store)
    for (provider,) in providers:
        mine = f"provider = {text_literal(provider)}"
        _pair(store, provider, f"a.{mine} AND {within}")
        _drop_chance(store, provider, mine)
    found = _count(store)
    if found:
        _keep_messages(store, parts)
    return same, found - same


def _count(store: Store) -> int:
    return int(store.row("SELECT count(*) FROM twins")[0])


def _pair(store: Store, basis: str, fit: str) -> None:
    """Add pairs of a verification's message and a gateway's that fit, one to one.

    Those of one account go first, then the nearest in time; of two as near, the one whose message comes after its
    attempt, as it should.
    """
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE near AS
        SELECT a.rowid AS attempt, m.rowid AS message
        FROM send_rows AS a JOIN send_rows AS m ON {fit}
        WHERE a.purpose = 'verification' AND m.purpose IS DISTINCT FROM 'verification'
          AND a.rowid NOT IN (SELECT attempt FROM twins) AND m.rowid NOT IN (SELECT message FROM twins)
        ORDER BY a.account IS DISTINCT FROM m.account, abs(epoch(a.sent_at) - epoch(m.sent_at)),
                 m.sent_at < a.sent_at, attempt, message"""
    )
    pairs = store.row("SELECT count(*) FROM near")[0]
    highest = store.row("SELECT coalesce(max(rowid), 0) FROM send_rows")[0]
    taken = np.zeros((2, highest + 1), np.bool_)
    for first in range(0, pairs, _PAIRS_AT_ONCE):
        found = store.arrays(
            f"""SELECT attempt, message FROM near WHERE rowid >= {first} AND rowid < {first + _PAIRS_AT_ONCE}
            ORDER BY rowid"""
        )
        _insert(store, basis, *one_to_one(found["attempt"], found["message"], taken))


def one_to_one(
    attempts: NDArray[np.int64], messages: NDArray[np.int64], taken: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of pairs in order, those whose attempt and whose message are not ``taken`` (2, rows) by an earlier pair.

    >>> rows = np.array([0, 0, 1]), np.array([1, 0, 0])
    >>> [found.tolist() for found in one_to_one(*rows, np.zeros((2, 2), np.bool_))]
    [[0, 1], [1, 0]]
    """
    open_pairs = np.flatnonzero(~taken[0, attempts] & ~taken[1, messages])
    used: tuple[set[int], set[int]] = set(), set()
    kept = []
    for nth, attempt, message in zip(
        open_pairs.tolist(), attempts[open_pairs].tolist(), messages[open_pairs].tolist(), strict=True
    ):
        if attempt not in used[0] and message not in used[1]:
            used[0].add(attempt)
            used[1].add(message)
            kept.append(nth)
    rows = np.array(kept, np.int64)
    taken[0, attempts[rows]] = True
    taken[1, messages[rows]] = True
    return attempts[rows], messages[rows]


def _insert(store: Store, basis: str, attempts: NDArray[np.int64], messages: NDArray[np.int64]) -> None:
    if len(attempts):
        store.connection.register("settled", {"attempt": attempts, "message": messages})
        store.run("INSERT INTO twins SELECT attempt, message, ? FROM settled", [basis])
        store.connection.unregister("settled")


def _drop_chance(store: Store, basis: str, mine: str) -> None:
    """Forget the pairs of an account's channel in which few attempts found a message: its messages stand elsewhere.

    Counted are attempts made while the account's log of messages runs (the provider's, where no message names the
    account). Other channels, which that log may never carry, do not count, nor do other accounts, whose messages
    nobody may have handed in. Attempts that name no account are taken together by the folder that they lie in.
    """
    store.run(
        f"""DELETE FROM twins WHERE basis = ? AND attempt IN (
            WITH spans AS (
                SELECT account, min(sent_at) AS low, max(sent_at) AS high FROM send_rows
                WHERE {mine} AND purpose IS DISTINCT FROM 'verification' GROUP BY account),
            whole AS (SELECT min(low) AS low, max(high) AS high FROM spans),
            attempts AS (
                SELECT s.rowid AS attempt, s.channel, s.sent_at, t.basis, {_TENANT} AS tenant,
                       coalesce(p.low, w.low) AS low, coalesce(p.high, w.high) AS high
                FROM send_rows AS s LEFT JOIN twins AS t ON s.rowid = t.attempt
                LEFT JOIN spans AS p ON s.account = p.account, whole AS w
                WHERE {mine} AND purpose = 'verification' AND number IS NOT NULL),
            enough AS (
                SELECT channel, tenant,
                       count(*) FILTER (basis = ?) >= {_ENOUGH_TWINS} * count(*) FILTER (
                           basis IS NULL AND sent_at BETWEEN low AND high OR basis = ?) AS met
                FROM attempts GROUP BY channel, tenant)
            SELECT attempt FROM attempts AS a JOIN enough AS e
              ON a.channel IS NOT DISTINCT FROM e.channel AND a.tenant = e.tenant
            WHERE NOT e.met)""",
        [basis, basis, basis],
    )


def _keep_messages(store: Store, parts: Sequence[Part]) -> None:
    for part in parts:
        _tell_outcome(store, part)
    for table, place in parts:
        store.run(f"DELETE FROM {table} WHERE {place} IN (SELECT attempt FROM twins)")


def _tell_outcome(store: Store, part: Part) -> None:
    """Write into the messages of a table what their attempts know."""
    store.run(
        f"""UPDATE {part.table} AS send_rows SET verified_at = coalesce(send_rows.verified_at, t.verified_at),
               unverified = CASE WHEN send_rows.verified_at IS NULL
                                 THEN coalesce(send_rows.unverified, t.unverified) END,
               status = coalesce(send_rows.status, t.status),
               verification_id = coalesce(send_rows.verification_id, t.verification_id),
               purpose = coalesce(send_rows.purpose, t.purpose),
               account_id = coalesce(send_rows.account_id, t.account_id),
               network = coalesce(send_rows.network, t.network),
               price = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.price, send_rows.price)
                            ELSE send_rows.price END,
               currency = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.currency, send_rows.currency)
                               ELSE send_rows.currency END,
               price_usd = coalesce(send_rows.price_usd, t.price_usd)
        FROM (SELECT twins.message, a.* FROM twins JOIN send_rows AS a ON a.rowid = twins.attempt) AS t
        WHERE send_rows.{part.place} = t.message"""
    )
