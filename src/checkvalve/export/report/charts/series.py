"""A case's time series in as many columns as a chart has room for."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from checkvalve.investigation import Series


class Column(NamedTuple):
    """One column of a chart: what happened in ``width_s`` seconds from ``start`` on."""

    start: datetime
    width_s: int
    sends: float
    expected: float
    verified: float
    cost_usd: float


def columns_of(series: Series, at_most: int) -> list[Column]:
    """Which columns show the series? Neighbouring buckets are added up until ``at_most`` columns remain.

    Lists of unequal length count as zero where they end, so that a chart of incomplete data still appears.

    >>> from datetime import UTC
    >>> begin = datetime(2026, 5, 26, tzinfo=UTC)
    >>> series = Series(start=begin, bucket_s=60, sends=[1, 2, 3], expected=[1.0], verified=[], cost_usd=[])
    >>> [(column.width_s, column.sends, column.expected) for column in columns_of(series, 2)]
    [(120, 3, 1.0), (60, 3, 0)]
    """
    buckets = max(len(series.sends), len(series.expected), len(series.verified), len(series.cost_usd))
    together = max(1, math.ceil(buckets / at_most))
    return [
        Column(
            series.start + timedelta(seconds=series.bucket_s * first),
            series.bucket_s * (min(first + together, buckets) - first),
            *(
                sum(values[first : first + together])
                for values in (series.sends, series.expected, series.verified, series.cost_usd)
            ),
        )
        for first in range(0, buckets, together)
    ]
