"""Which messages had their codes entered: gateways' messages joined to verification logs and to logs of codes.

A verification log and a gateway's are joined first (`twins.py`). Entered codes then find their messages by the
verification's id, by number and time, or by the account that asked for the code (Cognito's trail knows the account,
only its triggers know the number).
"""

from collections.abc import Sequence

from checkvalve.evidence.store import Store
from checkvalve.evidence.twins import TWIN_S, merge_twins
from checkvalve.evidence.widths import Part

LATE_CODE_S = 1800
"""A code entered up to so much later is joined to its message: some codes live half an hour, some logs write late.

Whether it came back in time is asked with `cells.CODE_LIFE_S`.
"""
SILENCE_S = 86_400
"""A log of codes without an event for a day did not run then."""
_MARKED = ("verified_at", "unverified")
_PROMOTIONAL = "promotional"
_LEAST_SHARE = 0.001
"""A kind of message of which fewer have a code in the log has none: a notice may come between a code and its entry."""


def join_outcomes(store: Store) -> list[str]:
    """Say of each message whether its code was entered, as far as any log knows; what was joined, in words."""
    notes = []
    same, near = merge_twins(store)
    if same or near:
        how = " and ".join(
            filter(None, (f"{same:,} by id" * bool(same), f"{near:,} by number within {TWIN_S} s" * bool(near)))
        )
        notes.append(
            f"{same + near:,} verification attempts and gateway messages are the same messages ({how}): each is "
            "counted once"
        )
    by_id = _approved_by_id(store)
    by_time = _approved_by_number(store)
    if by_id or by_time:
        notes.append(f"entered codes joined to messages: {by_id:,} by id, {by_time:,} by number and time")
    return notes


def _approved_by_id(store: Store) -> int:
    store.run(
        """CREATE OR REPLACE TEMP TABLE approved AS
        SELECT verification_id, min(occurred_at) AS at FROM verification_rows
        WHERE kind = 'approved' AND verification_id IS NOT NULL GROUP BY verification_id"""
    )
    if not store.row("SELECT count(*) FROM approved")[0]:
        return 0
    parts = store.message_tables(*_MARKED)
    store.run(
        """CREATE OR REPLACE TEMP TABLE last_sent AS
        SELECT arg_max(s.rowid, s.sent_at) AS message, any_value(a.at) AS at
        FROM send_rows AS s JOIN approved AS a USING (verification_id)
        WHERE s.sent_at <= a.at AND s.verified_at IS NULL GROUP BY verification_id"""
    )
    return _mark(store, parts)


def _approved_by_number(store: Store) -> int:
    """Where the log of entered codes names numbers: the last message to the number before the code counts.

    A code that names a verification belongs to that one's messages, wherever a log has them. Promotional messages
    carry no codes, unless nothing else does: SNS calls every message promotional until somebody sets another type.
    """
    _number_accounts(store)
    codes = """kind = 'approved' AND number IS NOT NULL AND (verification_id IS NULL OR verification_id NOT IN (
        SELECT verification_id FROM send_rows WHERE verification_id IS NOT NULL))"""
    if not store.row(f"SELECT count(*) FROM verification_rows WHERE {codes}")[0]:
        return 0
    parts = store.message_tables(*_MARKED)
    for carriers in (f"lower(purpose) IS DISTINCT FROM '{_PROMOTIONAL}'", "true"):
        store.run(
            f"""CREATE OR REPLACE TEMP TABLE last_sent AS
            WITH codes AS (SELECT number, occurred_at AS at FROM verification_rows WHERE {codes}),
            messages AS (SELECT number, sent_at, rowid FROM send_rows WHERE number IS NOT NULL AND {carriers})
            SELECT s.rowid AS message, min(c.at) AS at
            FROM codes AS c ASOF JOIN messages AS s ON c.number = s.number AND c.at >= s.sent_at
            WHERE epoch(c.at) - epoch(s.sent_at) <= {LATE_CODE_S} GROUP BY s.rowid"""
        )
        if store.row("SELECT count(*) FROM last_sent")[0]:
            break
    marked = _mark(store, parts)
    _mark_silence(store, parts, codes)
    return marked


def _number_accounts(store: Store) -> None:
    """An entered code without a number has that of the verification which the same account asked for before it."""
    open_codes = "kind = 'approved' AND number IS NULL AND account_id IS NOT NULL"
    store.run(
        f"""UPDATE verification_rows SET number = known.number
        FROM (SELECT c.rowid AS code, v.number, epoch(c.occurred_at) - epoch(v.occurred_at) AS age_s
              FROM (SELECT rowid, account_id, occurred_at FROM verification_rows WHERE {open_codes}) AS c
              ASOF JOIN (SELECT account_id, occurred_at, number FROM verification_rows
                         WHERE kind = 'started' AND number IS NOT NULL AND account_id IS NOT NULL) AS v
                ON c.account_id = v.account_id AND c.occurred_at >= v.occurred_at) AS known
        WHERE verification_rows.rowid = known.code AND known.age_s <= {LATE_CODE_S}"""
    )


def _mark_silence(store: Store, parts: Sequence[Part], codes: str) -> None:
    """Where the log of codes runs on until no code would be joined any more, none came; outside it nobody knows.

    That goes only for the kinds of message (provider, purpose and channel) whose codes the log knows.
    """
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE covered AS
        WITH logged AS (
            SELECT epoch(occurred_at) AS at_s FROM verification_rows
            WHERE number IS NOT NULL
              AND source IN (SELECT source FROM verification_rows WHERE {codes})),
        steps AS (SELECT at_s, at_s - lag(at_s) OVER (ORDER BY at_s) AS pause_s FROM logged),
        numbered AS (
            SELECT at_s, sum(CASE WHEN pause_s > {SILENCE_S} THEN 1 ELSE 0 END)
                   OVER (ORDER BY at_s ROWS UNBOUNDED PRECEDING) AS stretch
            FROM steps)
        SELECT min(at_s) AS low_s, max(at_s) - {LATE_CODE_S} AS high_s FROM numbered GROUP BY stretch"""
    )
    kind = "coalesce(provider, ''), coalesce(lower(purpose), ''), coalesce(channel, 'sms')"
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE carriers AS
        SELECT row({kind}) AS kind FROM send_rows AS s LEFT JOIN last_sent AS l ON s.rowid = l.message
        GROUP BY kind HAVING count(l.message) > 0 AND count(l.message) >= {_LEAST_SHARE} * count(*)"""
    )
    for table, place in parts:
        store.run(
            f"""UPDATE {table} SET unverified = true WHERE {place} IN (
                SELECT s.rowid FROM send_rows AS s, covered
                WHERE verified_at IS NULL AND unverified IS NULL AND number IS NOT NULL
                  AND row({kind}) IN (SELECT kind FROM carriers) AND epoch(sent_at) BETWEEN low_s AND high_s)"""
        )


def _mark(store: Store, parts: Sequence[Part]) -> int:
    """Note when the codes of the messages in ``last_sent`` were entered; of how many was that not known yet?"""
    marked = [
        store.row(
            f"""UPDATE {table} AS s SET verified_at = l.at, unverified = NULL
            FROM last_sent AS l WHERE s.{place} = l.message AND s.verified_at IS NULL"""
        )[0]
        for table, place in parts
    ]
    return sum(map(int, marked))
