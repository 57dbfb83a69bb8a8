"""Which records of different logs speak of one message: gateway with verification, by id or by number and time."""

from checkvalve.evidence.store import Store

TWIN_S = 60
"""A verification attempt and its message are handed over within a minute of each other."""
CODE_LIFE_S = 1800
"""A code entered later than this after a message is not counted for it (codes commonly live 10 minutes)."""
SILENCE_S = 86_400
"""A log of codes without an event for a day did not run then."""
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
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE near AS
        SELECT a.rowid AS attempt, m.rowid AS message, abs(epoch(a.sent_at) - epoch(m.sent_at)) AS gap_s
        FROM send_rows AS a JOIN send_rows AS m ON a.number = m.number
         AND m.sent_at BETWEEN a.sent_at - INTERVAL {TWIN_S} SECOND AND a.sent_at + INTERVAL {TWIN_S} SECOND
        WHERE a.source = 'twilio.verify_attempts' AND m.source = 'twilio.messages'
          AND coalesce(a.channel, m.channel, '') = coalesce(m.channel, a.channel, '')"""
    )
    store.run("CREATE OR REPLACE TEMP TABLE twins (attempt BIGINT, message BIGINT)")
    while _pair_nearest(store):
        pass
    twins = int(store.row("SELECT count(*) FROM twins")[0])
    if not twins or twins < _ENOUGH_TWINS * _attempts_beside_messages(store):
        return 0
    store.run(
        """UPDATE send_rows SET verified_at = coalesce(send_rows.verified_at, t.verified_at),
               unverified = CASE WHEN send_rows.verified_at IS NULL THEN t.unverified END,
               verification_id = coalesce(send_rows.verification_id, t.verification_id),
               network = coalesce(send_rows.network, t.network),
               price = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.price, send_rows.price)
                            ELSE send_rows.price END,
               currency = CASE WHEN send_rows.price_usd IS NULL THEN coalesce(t.currency, send_rows.currency)
                               ELSE send_rows.currency END,
               price_usd = coalesce(send_rows.price_usd, t.price_usd)
        FROM (SELECT twins.message, a.* FROM twins JOIN send_rows AS a ON a.rowid = twins.attempt) AS t
        WHERE send_rows.rowid = t.message"""
    )
    store.run("DELETE FROM send_rows WHERE rowid IN (SELECT attempt FROM twins)")
    return twins


def _pair_nearest(store: Store) -> int:
    """Take out the pairs that are each other's nearest; those left may then be nearest to each other."""
    store.run(
        """CREATE OR REPLACE TEMP TABLE nearest AS
        SELECT attempt, message FROM (
            SELECT attempt, message, row_number() OVER (PARTITION BY attempt ORDER BY gap_s, message) AS of_attempt,
                   row_number() OVER (PARTITION BY message ORDER BY gap_s, attempt) AS of_message FROM near)
        WHERE of_attempt = 1 AND of_message = 1"""
    )
    store.run("INSERT INTO twins SELECT * FROM nearest")
    store.run(
        """DELETE FROM near WHERE attempt IN (SELECT attempt FROM nearest)
        OR message IN (SELECT message FROM nearest)"""
    )
    return int(store.row("SELECT count(*) FROM near")[0])


def _attempts_beside_messages(store: Store) -> int:
    """How many verification attempts were made while the gateway's log runs?"""
    return int(
        store.row(
            """SELECT count(*) FROM send_rows WHERE source = 'twilio.verify_attempts' AND number IS NOT NULL
            AND sent_at BETWEEN (SELECT min(sent_at) FROM send_rows WHERE source = 'twilio.messages')
                            AND (SELECT max(sent_at) FROM send_rows WHERE source = 'twilio.messages')"""
        )[0]
    )


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
    codes = "kind = 'approved' AND number IS NOT NULL AND verification_id IS NULL"
    if not store.row(f"SELECT count(*) FROM verification_rows WHERE {codes}")[0]:
        return 0
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE last_sent AS
        WITH codes AS (SELECT number, occurred_at AS at FROM verification_rows WHERE {codes})
        SELECT s.rowid AS message, min(c.at) AS at
        FROM codes AS c ASOF JOIN (SELECT number, sent_at, rowid FROM send_rows WHERE number IS NOT NULL) AS s
          ON c.number = s.number AND c.at >= s.sent_at
        WHERE epoch(c.at) - epoch(s.sent_at) <= {CODE_LIFE_S} GROUP BY s.rowid"""
    )
    marked = _mark(store)
    _mark_silence(store, codes)
    return marked


def _mark_silence(store: Store, codes: str) -> None:
    """Where the log of codes runs on for a code's life and has none, none came; outside it nobody knows."""
    store.run(
        f"""CREATE OR REPLACE TEMP TABLE covered AS
        WITH logged AS (
            SELECT epoch(occurred_at) AS at_s FROM verification_rows
            WHERE number IS NOT NULL AND verification_id IS NULL
              AND source IN (SELECT source FROM verification_rows WHERE {codes})),
        steps AS (SELECT at_s, at_s - lag(at_s) OVER (ORDER BY at_s) AS pause_s FROM logged),
        numbered AS (
            SELECT at_s, sum(CASE WHEN pause_s > {SILENCE_S} THEN 1 ELSE 0 END)
                   OVER (ORDER BY at_s ROWS UNBOUNDED PRECEDING) AS stretch
            FROM steps)
        SELECT min(at_s) AS low_s, max(at_s) - {CODE_LIFE_S} AS high_s FROM numbered GROUP BY stretch"""
    )
    store.run(
        """UPDATE send_rows SET unverified = true FROM covered
        WHERE verified_at IS NULL AND unverified IS NULL AND number IS NOT NULL
          AND epoch(sent_at) BETWEEN low_s AND high_s"""
    )


def _mark(store: Store) -> int:
    store.run(
        """UPDATE send_rows SET verified_at = l.at, unverified = NULL
        FROM last_sent AS l WHERE send_rows.rowid = l.message AND send_rows.verified_at IS NULL"""
    )
    return int(store.row("SELECT count(*) FROM last_sent")[0])
