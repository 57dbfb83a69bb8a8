"""The picture of a case over time as figures: messages against expectation."""

import math
from typing import NamedTuple

from checkvalve.evidence.spending import span_s
from checkvalve.indicators.scene import Scene, timestamp, utc
from checkvalve.investigation import Series

_BUCKETS = 160
_WIDTHS_S = (10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 86400)
_LEAST_PAD_S = 600.0
_STRAGGLERS = 0.2
"""Nine tenths of the messages within this part of the time: the rest are stragglers."""


class Core(NamedTuple):
    """From when to when nine tenths of the case's messages went out, and what those cost."""

    low_s: float
    high_s: float
    usd: float


def series(scene: Scene, held: Core) -> Series | None:
    """Messages, codes and money of the case's ranges in equal buckets, a while before and after the case too."""
    sent = span_s(scene.store)
    if sent is None:
        return None
    first_s, last_s = sent
    shown_s = _shown(scene, held)
    pad_s = max(0.35 * (shown_s[1] - shown_s[0]), _LEAST_PAD_S)
    low_s, high_s = max(shown_s[0] - pad_s, first_s), min(shown_s[1] + pad_s, last_s)
    width_s = next((w for w in _WIDTHS_S if (high_s - low_s) / w <= _BUCKETS), _WIDTHS_S[-1])
    begin_s = math.floor(low_s / width_s) * width_s
    buckets = int((high_s - begin_s) // width_s) + 1
    sends, verified, usd = [0] * buckets, [0] * buckets, [0.0] * buckets
    for bucket, count, good, cost in scene.store.rows(
        f"""SELECT CAST(floor((epoch(sent_at) - {begin_s}) / {width_s}) AS BIGINT) AS bucket, count(*),
                   count(verified_at), coalesce(sum(cost_usd), 0)
        FROM {scene.messages} WHERE sent_at BETWEEN {timestamp(begin_s)} AND {timestamp(high_s)}
        GROUP BY bucket"""
    ):
        if 0 <= bucket < buckets:
            sends[bucket], verified[bucket], usd[bucket] = count, good, round(cost, 4)
    by_hour = _usual_by_hour(scene, first_s)
    expected = [
        round(by_hour[int((begin_s + nth * width_s) // 3600) % 24] * width_s / 3600, 4) for nth in range(buckets)
    ]
    return Series(
        start=utc(begin_s), bucket_s=width_s, sends=sends, expected=expected, verified=verified, cost_usd=usd
    )


def core(scene: Scene) -> Core:
    """When did nine tenths of the case's messages go out, and what did they cost?"""
    low, high = scene.store.row(
        f"""SELECT quantile_disc(epoch(sent_at), 0.05), quantile_disc(epoch(sent_at), 0.95)
        FROM {scene.messages} WHERE {scene.where_time}"""
    )
    low_s, high_s = float(low or scene.start_s), float(high or scene.end_s)
    (usd,) = scene.store.row(
        f"""SELECT coalesce(sum(cost_usd), 0) FROM {scene.messages}
        WHERE {scene.where_time} AND epoch(sent_at) BETWEEN {low_s} AND {high_s}"""
    )
    return Core(low_s, high_s, float(usd))


def _shown(scene: Scene, held: Core) -> tuple[float, float]:
    """The stretch that the picture is about: all of the case, or its core where a few stragglers make it long."""
    low_s, high_s, _ = held
    if high_s - low_s > _STRAGGLERS * (scene.end_s - scene.start_s):
        return scene.start_s, scene.end_s
    return min(low_s, scene.start_s) if low_s - scene.start_s < high_s - low_s else low_s, high_s


def _usual_by_hour(scene: Scene, first_s: float) -> list[float]:
    """Messages an hour to the ranges before the case, by hour of the day (UTC); a flat mean for a short past."""
    days = max((scene.start_s - first_s) / 86400, 0.0)
    rows = scene.store.rows(
        f"""SELECT CAST(floor(epoch(sent_at) / 3600) AS BIGINT) % 24 AS hour, count(*) FROM {scene.messages}
        WHERE sent_at < {timestamp(scene.start_s)} GROUP BY hour"""
    )
    total = float(sum(number for _, number in rows))
    if days < 2:
        return [total / max(days * 24, 1.0)] * 24
    found = dict(rows)
    return [found.get(hour, 0) / days for hour in range(24)]
