"""All tests on all nodes: the alarms of an investigation, at the false-alarm rate that was promised."""

import numpy as np

from checkvalve.evidence.cells import Destinations, Hours
from checkvalve.evidence.store import Store
from checkvalve.indicators import conversion, delivery, provider_verdict, reuse, surge, volume
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import Outcomes
from checkvalve.numbering.tree import Level
from checkvalve.settings import Settings
from checkvalve.statistics.calibration import alarm_threshold_nats

_TESTS = len(volume.LEVELS) + 1 + len(conversion.LEVELS) + len(delivery.LEVELS) + 1
_WEEK_S = 7 * 86400.0


def threshold_nats(rows: Destinations, settings: Settings) -> float:
    """At how many nats does each node alarm, so that all together keep the promised rate?

    A node's test takes a step at each event of its parent, so over all nodes of a level a week has (nodes x events)
    steps; the promise is shared by the levels of all tests.
    """
    if not len(rows):
        return alarm_threshold_nats(settings.detection.false_alarms_per_week, _TESTS, 1.0)
    weeks = max((float(rows.first_s[-1]) - float(rows.first_s[0])) / _WEEK_S, 1 / 7)
    nodes = len(np.unique(rows.number // 10_000)) / max(len(np.unique(rows.country)), 1)
    return alarm_threshold_nats(
        settings.detection.false_alarms_per_week, _TESTS * max(nodes, 1.0), len(rows) / weeks
    )


def alarms(
    rows: Destinations, found: Outcomes, by_hour: Hours | None, store: Store, threshold: float
) -> list[Alarm]:
    """Everything that any test found on any node."""
    made = [alarm for level in volume.LEVELS for alarm in volume.alarms(rows, level, threshold)]
    made += volume.alarms(rows, Level.BLOCK10000, threshold, of=Level.ALL)
    made += [alarm for level in conversion.LEVELS for alarm in conversion.alarms(rows, found, level, threshold)]
    made += [alarm for level in delivery.LEVELS for alarm in delivery.alarms(rows, level, threshold)]
    return made + surge.alarms(by_hour, threshold) + provider_verdict.alarms(store) + reuse.alarms(store)
