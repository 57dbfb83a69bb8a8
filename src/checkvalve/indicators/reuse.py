"""Does one number get messages as no person asks for them?

People ask again when a code is late: three to five times. A number that got `LEAST_SENDS` messages on one day before
a single code was entered is either being bombed, or pumped, or a test.
"""

from collections.abc import Sequence

from checkvalve.evidence.cells import BUSY_SENDS
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, Example, Finding, country_of
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count
from checkvalve.numbering.tree import Level

LEAST_SENDS = BUSY_SENDS
NATS_EACH = 1.0
_BUSY = f"""busy AS (
        SELECT s.number, d.day, min(epoch(s.sent_at)) AS first_s, max(epoch(s.sent_at)) AS last_s, count(*) AS sends,
               list_sort(list(epoch(s.sent_at)))[{LEAST_SENDS}] AS alarm_s, min(epoch(s.verified_at)) AS code_s
        FROM busy_days AS d
        JOIN send_rows AS s ON s.number = d.number AND CAST(floor(epoch(s.sent_at) / 86400) AS BIGINT) = d.day
        GROUP BY s.number, d.day)"""
_QUERY = f"""WITH {_BUSY}
    SELECT number, min(first_s), max(last_s), sum(sends)::BIGINT, min(alarm_s) FROM busy
    WHERE code_s IS NULL OR code_s > alarm_s GROUP BY number ORDER BY number"""
_CODED = f"""WITH {_BUSY}
    SELECT number, min(first_s), max(last_s), sum(sends)::BIGINT, max(last_s) FROM busy
    WHERE code_s <= alarm_s AND list_contains(?, day)
      AND number NOT IN (SELECT number FROM busy_days WHERE NOT list_contains(?, day))
    GROUP BY number ORDER BY number"""


def alarms(store: Store) -> list[Alarm]:
    """Which single numbers got more messages than a person asks for? Only the days on which they did count."""
    return _alarms(store.rows(_QUERY))


def coded_alarms(store: Store, days: Sequence[int]) -> list[Alarm]:
    """The same on some days (since 1970, UTC) of numbers whose codes were entered, and that were not busy otherwise.

    A monitor's number is like that every day, so it is asked only where a day cost more than others do; that is known
    when the number's messages of the day are.
    """
    return _alarms(store.rows(_CODED, [list(days), list(days)]))


def _alarms(found: Sequence[tuple[int, float, float, int, float]]) -> list[Alarm]:
    return [
        Alarm(
            kind="reuse",
            level=Level.NUMBER,
            key=number,
            country=country_of(number),
            onset_s=first_s,
            alarm_s=alarm_s,
            end_s=last_s,
            nats=min(NATS_EACH * sends, 40.0),
            observed=float(sends),
            expected=3.0,
        )
        for number, first_s, last_s, sends, alarm_s in found
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
            f"{count(len(mine), 'number')} got at least {LEAST_SENDS} messages on one day, "
            f"one of them {most:,.0f}; a person who waits for a code asks three to five times."
        ),
        examples=[
            Example(
                "Numbers by messages",
                f"""SELECT '+' || number AS destination, count(*) AS messages, min(sent_at)::VARCHAR AS first,
       max(sent_at)::VARCHAR AS last
FROM sends WHERE {scene.where} GROUP BY number ORDER BY messages DESC, destination""",
            )
        ],
        facts={"numbers": len(mine), "most": most},
    )
