"""What did it cost beyond what the same traffic usually costs, and where does that lead?"""

import math

from checkvalve.evidence.spending import span_s, totals
from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.scene import Scene, day_of
from checkvalve.indicators.weights import capped

_LONGEST_MEMORY_H = 14 * 24.0
_DAY_S = 86_400.0
_CAP_NATS = 6.0
"""Money alone is no proof, but a hundred days' cost in one night weighs as much as a dead range."""


def finding(scene: Scene) -> Finding | None:
    """How much money went to the ranges in the case's time, against the same ranges and length of time before?"""
    usd, estimated, sends = scene.store.row(
        f"""SELECT coalesce(sum(cost_usd), 0), coalesce(sum(cost_usd) FILTER (cost_basis <> 'price'), 0), count(*)
        FROM {scene.messages} WHERE {scene.where_time}"""
    )
    before_h, before_usd = _before(scene)
    hours = max((scene.end_s - scene.start_s) / 3600, 1 / 60)
    expected = before_usd / before_h * hours if before_h else 0.0
    daily = _others_daily(scene, usd)
    excess = usd - expected
    if excess <= 0 or not sends:
        return None
    basis = f" ({estimated / usd:.0%} of it at estimated prices)" if estimated else ""
    return Finding(
        id="cost",
        nats=capped(1.5 * math.log1p(excess / max(daily, 0.01)), _CAP_NATS),
        observed=f"${usd:,.2f}",
        expected=f"${expected:,.2f}",
        explanation=(
            f"${usd:,.2f}{basis} went to these destinations in {hours:,.1f} h, ${usd / hours:,.2f} an hour; before, "
            f"that time cost ${expected:,.2f}. All other messages together cost ${daily:,.2f} a day."
        ),
        examples=[
            Example(
                "Money by day, inside the case and outside it",
                f"""SELECT {day_of("sent_at")}::VARCHAR AS day,
       round(sum(cost_usd) FILTER ({scene.where_ranges}), 2) AS these_usd,
       round(sum(cost_usd) FILTER (NOT {scene.where_ranges}), 2) AS others_usd
FROM priced GROUP BY {day_of("sent_at")} ORDER BY day""",
            )
        ],
        facts={
            "usd": usd,
            "expected_usd": expected,
            "estimated_usd": estimated,
            "daily_usd": daily,
            "hours": hours,
        },
    )


def _before(scene: Scene) -> tuple[float, float]:
    """Hours before the case that are remembered, and what the ranges cost in them."""
    begin_s = float(scene.rows.first_s[0]) if len(scene.rows) else scene.start_s
    hours = min((scene.start_s - begin_s) / 3600, _LONGEST_MEMORY_H)
    if hours <= 0:
        return 0.0, 0.0
    since = scene.start_s - hours * 3600
    (usd,) = scene.store.row(
        f"""SELECT coalesce(sum(cost_usd), 0) FROM {scene.messages}
        WHERE epoch(sent_at) >= {since} AND epoch(sent_at) < {scene.start_s}"""
    )
    return hours, float(usd)


def _others_daily(scene: Scene, usd: float) -> float:
    """What do all other messages cost a day, where the case's cost so much?"""
    return max(totals(scene.store).usd - usd, 0.0) / max(_others_days(scene), 1.0)


def _others_days(scene: Scene) -> float:
    """How many days lie between the first and the last of the other messages?"""
    known = span_s(scene.store)
    if known and not known[0] < scene.start_s <= scene.end_s < known[1]:
        known = scene.store.row(
            f"SELECT epoch(min(sent_at)), epoch(max(sent_at)) FROM send_rows WHERE ({scene.where}) IS NOT TRUE"
        )
    return (known[1] - known[0]) / _DAY_S if known and known[0] is not None else 0.0
