"""Do bill, messages and requests tell the same story?

Billed but not sent by us: an aggregator invents traffic, or a key has leaked. Sent but not asked for through the web:
somebody uses the provider's interface directly.
"""

from dataclasses import dataclass

from checkvalve.evidence.books import TOLERANCE
from checkvalve.evidence.charges import settle_charges
from checkvalve.evidence.links import linked_every
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.billing import LEAST_EXCESS
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, percent

_WEB_COVERED = """CAST(floor(epoch(sent_at) / 86400) AS BIGINT) IN (
    SELECT DISTINCT CAST(floor(epoch(occurred_at) / 86400) AS BIGINT) FROM request_rows)"""
"""SQL: was the message sent on a day that the web log covers at all?"""


@dataclass(frozen=True, slots=True)
class Gap:
    """What the bill counts for a country against what the message logs hold, over the days that both cover.

    Without a country: the provider's bill names none, and counts all of its messages.
    """

    country: str | None
    billed: float
    sent: float
    billed_usd: float

    @property
    def excess(self) -> float:
        """Messages on the bill that no log knows."""
        return self.billed - self.sent

    @property
    def telling(self) -> bool:
        """Is it more than honest differences?"""
        return self.excess > LEAST_EXCESS and self.excess > TOLERANCE * self.billed


def gaps(store: Store) -> list[Gap]:
    """Where do bill and message logs differ, country by country? Empty without a bill that counts messages."""
    if not store.row("SELECT count(*) FROM charges")[0]:
        return []
    settle_charges(store)
    rows = store.rows(
        """WITH logged AS (
            SELECT provider, date_trunc('day', min(sent_at)) AS low,
                   date_trunc('day', max(sent_at)) + INTERVAL 1 DAY AS high
            FROM send_rows WHERE sent_at IS NOT NULL GROUP BY provider),
        lines AS (
            SELECT c.* FROM own_charges AS c JOIN logged AS l ON c.provider = l.provider
            WHERE c.period_start >= l.low AND c.period_end <= l.high),
        counted AS (SELECT * FROM lines WHERE counts_messages AND quantity IS NOT NULL),
        billed AS (
            SELECT provider, min(period_start) AS low, max(period_end) AS high,
                   bool_or(country IS NOT NULL) AS by_country
            FROM counted GROUP BY provider),
        bill AS (
            SELECT country, sum(own_quantity) AS billed FROM counted JOIN billed USING (provider)
            WHERE country IS NOT NULL OR NOT by_country GROUP BY country),
        money AS (SELECT country, sum(own_usd) AS usd FROM lines GROUP BY country),
        sent AS (
            SELECT CASE WHEN b.by_country THEN s.country END AS country, sum(coalesce(segments, 1)) AS sent
            FROM send_rows AS s JOIN billed AS b ON s.provider = b.provider
            WHERE status IS DISTINCT FROM 'blocked' AND s.sent_at >= b.low AND s.sent_at < b.high GROUP BY ALL)
        SELECT b.country, b.billed, coalesce(s.sent, 0), coalesce(m.usd, 0)
        FROM bill AS b
        LEFT JOIN sent AS s ON b.country IS NOT DISTINCT FROM s.country
        LEFT JOIN money AS m ON b.country IS NOT DISTINCT FROM m.country"""
    )
    found = [Gap(country, float(billed), float(sent), float(usd)) for country, billed, sent, usd in rows]
    return sorted(found, key=lambda gap: -gap.excess)


def finding(scene: Scene, linked: int | None) -> Finding | None:
    """How many of the case's messages have a request beside them, against all other messages?"""
    if linked is None:
        return None
    every = linked_every(scene.store)
    looked_at = f"{_WEB_COVERED} AND rowid % {every} = 0"
    sends = scene.store.row(f"SELECT count(*) FROM send_rows WHERE {scene.where} AND {looked_at}")[0]
    others, others_linked = scene.store.row(
        f"""SELECT count(*), count(l.message)
        FROM (SELECT rowid AS id FROM send_rows WHERE ({scene.where}) IS NOT TRUE AND {looked_at}) AS s
        LEFT JOIN links AS l ON l.message = s.id"""
    )
    if sends < 10 or others < 10:
        return None
    usual, share = others_linked / others, linked / sends
    missing = usual - share
    if usual < 0.5:
        return None
    nats = 4.0 if missing > 0.4 else 0.0
    looked_at_only = f" AND rowid % {every} = 0" if every > 1 else ""
    return Finding(
        id="reconciliation",
        nats=capped(nats),
        observed=f"{percent(linked, sends)} with a request",
        expected=f"{usual:.0%}",
        explanation=(
            f"{count(linked * every, 'message')} of {sends * every:,} have a request to a sending endpoint beside "
            f"them; of all other messages {usual:.0%} have."
            + (" These were not asked for through the web: check provider keys and back-end jobs." if nats else "")
        ),
        examples=[
            Example(
                "Messages of the case without a request beside them, by hour",
                f"""SELECT date_trunc('hour', s.sent_at)::VARCHAR AS hour, count(*) AS messages,
       count(l.message) AS with_request
FROM (SELECT rowid AS id, sent_at FROM send_rows WHERE {scene.where}{looked_at_only}) AS s
LEFT JOIN links AS l ON l.message = s.id
GROUP BY hour ORDER BY hour""",
            )
        ],
        facts={"linked_share": share, "usual_linked": usual},
    )
