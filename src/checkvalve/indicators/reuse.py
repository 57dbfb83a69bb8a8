"""Does one number get messages as no person asks for them?

People ask again when a code is late: three to five times. A number that got `LEAST_SENDS` messages on one day
without a single code entered is either being bombed, or pumped, or a test.
"""

from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count
from checkvalve.numbering.plan import classify_one, country_index
from checkvalve.numbering.tree import Level

LEAST_SENDS = 20
NATS_EACH = 1.0
_QUERY = f"""SELECT number, min(epoch(sent_at)) AS first_s, max(epoch(sent_at)) AS last_s, count(*) AS sends,
           list_sort(list(epoch(sent_at)))[{LEAST_SENDS}] AS alarm_s
    FROM send_rows
    WHERE number IN (SELECT number FROM destination_days WHERE sends >= {LEAST_SENDS} AND verified = 0)
      AND sent_at IS NOT NULL
    GROUP BY number"""


def alarms(store: Store) -> list[Alarm]:
    """Which single numbers got more messages than a person asks for?"""
    return [
        Alarm(
            kind="reuse",
            level=Level.NUMBER,
            key=number,
            country=country_index(classify_one(number).country),
            onset_s=first_s,
            alarm_s=alarm_s,
            end_s=last_s,
            nats=min(NATS_EACH * sends, 40.0),
            observed=float(sends),
            expected=3.0,
        )
        for number, first_s, last_s, sends, alarm_s in store.rows(_QUERY)
    ]


def finding(scene: Scene) -> Finding | None:
    """How often were the same numbers used?"""
    mine = [alarm for alarm in scene.alarms if alarm.kind == "reuse"]
    if not mine:
        return None
    most = max(alarm.observed for alarm in mine)
    return Finding(
        id="reuse",
        nats=capped(sum(NATS_EACH * (alarm.observed - LEAST_SENDS / 2) for alarm in mine)),
        observed=f"up to {count(most, 'message')} to one number",
        expected="at most five",
        explanation=(
            f"{count(len(mine), 'number')} got at least {LEAST_SENDS} messages without a code ever being entered, one "
            f"of them {most:,.0f}; a person who waits for a code asks three to five times."
        ),
        examples=[
            Example(
                "Numbers by messages",
                f"""SELECT '+' || number AS destination, count(*) AS messages, min(sent_at)::VARCHAR AS first,
       max(sent_at)::VARCHAR AS last
FROM sends WHERE {scene.where} GROUP BY number ORDER BY messages DESC""",
            )
        ],
        facts={"numbers": len(mine), "most": most},
    )
