"""Which records of different logs speak of one message: gateway with verification, by id or by number and time."""

from checkvalve.evidence.store import Store

TWIN_S = 60
"""A verification attempt and its message are handed over within a minute of each other."""
CODE_LIFE_S = 1800
"""A code entered later than this after a message is not counted for it (codes commonly live 10 minutes)."""
_ENOUGH_TWINS = 0.5


def join_outcomes(store: Store) -> list[str]:
    """Say of each message whether its code was entered, as far as any log knows; what was joined, in words."""
    notes = []
    twins = _merge_twins(store)
    if twins:
        notes.append(
            f"{twins:,} verification attempts and gateway messages are the same messages (same number within "
            f"{TWIN_S} s): each is counted once"
        )
    by_id = _approved_by_id(store)
    by_time = _approved_by_number(store)
    if by_id or by_time:
        notes.append(f"entered codes joined to messages: {by_id:,} by id, {by_time:,} by number and time")
    return notes


def _merge_twins(store: Store) -> int:
    """One message seen by the gateway log and by the verification log: keep the gateway's row, with the outcome."""
    if store.row("SELECT count(DISTINCT source) FROM send_rows")[0] < 2:
        return 0
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE twins AS
        WITH a AS (SELECT rowid AS attempt, number, sent_at, verified_at, unverified, verification_id,
                          price, currency, price_usd, network
                   FROM send_rows WHERE source = 'twilio.verify_attempts' AND number IS NOT NULL),
             m AS (SELECT rowid AS message, number, sent_at
                   FROM send_rows WHERE source = 'twilio.messages' AND number IS NOT NULL),
             near AS (SELECT a.attempt, m.message, abs(epoch(a.sent_at) - epoch(m.sent_at)) AS gap_s,
                             a.verified_at, a.unverified, a.verification_id,
                             a.price, a.currency, a.price_usd, a.network
                      FROM a JOIN m ON a.number = m.number
                       AND m.sent_at BETWEEN a.sent_at - INTERVAL {TWIN_S} SECOND
                                         AND a.sent_at + INTERVAL {TWIN_S} SECOND),
             best AS (SELECT *, row_number() OVER (PARTITION BY attempt ORDER BY gap_s, message) AS for_attempt,
                             row_number() OVER (PARTITION BY message ORDER BY gap_s, attempt) AS for_message
                      FROM near)
        SELECT * FROM best WHERE for_attempt = 1 AND for_message = 1"""
    )
    twins, attempts = store.row(
        """SELECT (SELECT count(*) FROM twins),
                  (SELECT count(*) FROM send_rows WHERE source = 'twilio.verify_attempts')"""
    )
    if not attempts or twins < _ENOUGH_TWINS * attempts:
        return 0
    store.run(
        """UPDATE send_rows SET verified_at = t.verified_at, unverified = t.unverified,
               verification_id = coalesce(send_rows.verification_id, t.verification_id),
               network = coalesce(send_rows.network, t.network),
               price = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.price, send_rows.price)
                            ELSE send_rows.price END,
               currency = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.currency, send_rows.currency)
                               ELSE send_rows.currency END,
               price_usd = coalesce(send_rows.price_usd, t.price_usd)
        FROM twins AS t WHERE send_rows.rowid = t.message"""
    )
    store.run("DELETE FROM send_rows WHERE rowid IN (SELECT attempt FROM twins)")
    return int(twins)


def _approved_by_id(store: Store) -> int:
    store.run(
        """CREATE OR REPLACE TEMP TABLE approved AS
        SELECT verification_id, min(occurred_at) AS at FROM verification_rows
        WHERE kind = 'approved' AND verification_id IS NOT NULL GROUP BY verification_id"""
    )
    if not store.row("SELECT count(*) FROM approved")[0]:
        return 0
    store.run(
        """CREATE OR REPLACE TEMP TABLE last_sent AS
        SELECT arg_max(s.rowid, s.sent_at) AS message, any_value(a.at) AS at
        FROM send_rows AS s JOIN approved AS a USING (verification_id)
        WHERE s.sent_at <= a.at AND s.verified_at IS NULL GROUP BY verification_id"""
    )
    return _mark(store)


def _approved_by_number(store: Store) -> int:
    """Where the log of entered codes names numbers: the last message to the number before the code counts."""
    covered = store.row(
        """SELECT min(occurred_at), max(occurred_at) FROM verification_rows
        WHERE kind = 'approved' AND number IS NOT NULL AND verification_id IS NULL"""
    )
    if covered[0] is None:
        return 0
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE last_sent AS
        WITH codes AS (SELECT number, occurred_at AS at FROM verification_rows
                       WHERE kind = 'approved' AND number IS NOT NULL AND verification_id IS NULL)
        SELECT s.rowid AS message, min(c.at) AS at
        FROM codes AS c ASOF JOIN (SELECT number, sent_at, rowid FROM send_rows WHERE number IS NOT NULL) AS s
          ON c.number = s.number AND c.at >= s.sent_at
        WHERE epoch(c.at) - epoch(s.sent_at) <= {CODE_LIFE_S} GROUP BY s.rowid"""
    )
    marked = _mark(store)
    store.run(
        """UPDATE send_rows SET unverified = true
        WHERE verified_at IS NULL AND unverified IS NULL AND number IS NOT NULL AND sent_at BETWEEN
            (SELECT min(occurred_at) FROM verification_rows WHERE number IS NOT NULL)
            AND (SELECT max(occurred_at) FROM verification_rows WHERE number IS NOT NULL)"""
    )
    return marked


def _mark(store: Store) -> int:
    store.run(
        """UPDATE send_rows SET verified_at = l.at, unverified = NULL
        FROM last_sent AS l WHERE send_rows.rowid = l.message AND send_rows.verified_at IS NULL"""
    )
    return int(store.row("SELECT count(*) FROM last_sent")[0])
