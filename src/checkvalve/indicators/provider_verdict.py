"""Which ranges did the provider itself call fraud, or stop?"""

from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Example, Finding, country_of
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count
from checkvalve.numbering.tree import Level

LEAST_VERDICTS = 5
"""Fewer verdicts on a block are a provider's caution, not a case."""
NATS_EACH = 2.0
_QUERY = """SELECT number // 10000 AS block, min(epoch(sent_at)) AS first_s, max(epoch(sent_at)) AS last_s,
           count(*) AS verdicts, min(number) AS number,
           list_sort(list(epoch(CASE WHEN event_at > sent_at THEN event_at ELSE sent_at END)))[{least}] AS alarm_s
    FROM send_rows WHERE provider_verdict = 'fraud' AND number IS NOT NULL AND sent_at IS NOT NULL
    GROUP BY number // 10000 HAVING count(*) >= {least}"""


def alarms(store: Store) -> list[Alarm]:
    """Which blocks of 10,000 numbers drew verdicts of fraud, from when to when? A verdict counts from when it came."""
    made = []
    for block, first_s, last_s, verdicts, number, alarm_s in store.rows(_QUERY.format(least=LEAST_VERDICTS)):
        made.append(
            Alarm(
                kind="provider_verdict",
                level=Level.BLOCK10000,
                key=block,
                country=country_of(number),
                onset_s=first_s,
                alarm_s=alarm_s,
                end_s=last_s,
                nats=min(NATS_EACH * verdicts, 40.0),
                observed=float(verdicts),
                expected=0.0,
            )
        )
    return made


def finding(scene: Scene) -> Finding | None:
    """How often did the provider itself call these messages fraud, or stop them?"""
    fraud, policy, of = scene.store.row(
        f"""SELECT count(*) FILTER (provider_verdict = 'fraud'), count(*) FILTER (provider_verdict = 'policy'),
                   count(*) FROM {scene.messages} WHERE {scene.where_time}"""
    )
    if not fraud and not policy:
        return None
    return Finding(
        id="provider_verdict",
        nats=capped(NATS_EACH * fraud),
        observed=f"{fraud:,} fraud, {policy:,} policy",
        expected="0",
        explanation=(
            f"The provider stopped or marked {count(fraud, 'message')} of {of:,} as fraud and {policy:,} by policy."
        ),
        examples=[
            Example(
                "Verdicts of the provider",
                f"""SELECT provider_verdict, error_code, status, count(*) AS messages
FROM sends WHERE {scene.where} AND provider_verdict IS NOT NULL
GROUP BY ALL ORDER BY messages DESC, provider_verdict, error_code, status""",
            )
        ],
        facts={"fraud": fraud},
    )
