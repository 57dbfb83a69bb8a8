"""The two pictures of a case as figures: messages over time against expectation, and the tree around the excess."""

import math
from collections import Counter
from typing import Literal, NamedTuple

from checkvalve.cases.networks import one_spelling
from checkvalve.indicators.base import Range
from checkvalve.indicators.scene import Scene, timestamp, utc
from checkvalve.investigation import Destination, Series, TreeNode

_BUCKETS = 160
_WIDTHS_S = (10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 86400)
_MOST_NODES = 12
_LEAST_PAD_S = 600.0
_STRAGGLERS = 0.2
"""Nine tenths of the messages within this part of the time: the rest are stragglers."""


def series(scene: Scene) -> Series | None:
    """Messages, codes and money of the case's ranges in equal buckets, a while before and after the case too."""
    first_s, last_s = scene.store.row("SELECT min(epoch(sent_at)), max(epoch(sent_at)) FROM send_rows")
    if first_s is None:
        return None
    shown_s = _shown(scene)
    pad_s = max(0.35 * (shown_s[1] - shown_s[0]), _LEAST_PAD_S)
    low_s, high_s = max(shown_s[0] - pad_s, float(first_s)), min(shown_s[1] + pad_s, float(last_s))
    width_s = next((w for w in _WIDTHS_S if (high_s - low_s) / w <= _BUCKETS), _WIDTHS_S[-1])
    begin_s = math.floor(low_s / width_s) * width_s
    buckets = int((high_s - begin_s) // width_s) + 1
    sends, verified, usd = [0] * buckets, [0] * buckets, [0.0] * buckets
    for bucket, count, good, cost in scene.store.rows(
        f"""SELECT CAST(floor((epoch(sent_at) - {begin_s}) / {width_s}) AS BIGINT) AS bucket, count(*),
                   count(verified_at), coalesce(sum(cost_usd), 0)
        FROM priced WHERE {scene.where_ranges} AND sent_at BETWEEN {timestamp(begin_s)} AND {timestamp(high_s)}
        GROUP BY bucket"""
    ):
        if 0 <= bucket < buckets:
            sends[bucket], verified[bucket], usd[bucket] = count, good, round(cost, 4)
    by_hour = _usual_by_hour(scene, float(first_s))
    expected = [
        round(by_hour[int((begin_s + nth * width_s) // 3600) % 24] * width_s / 3600, 4) for nth in range(buckets)
    ]
    return Series(
        start=utc(begin_s), bucket_s=width_s, sends=sends, expected=expected, verified=verified, cost_usd=usd
    )


def core(scene: Scene) -> tuple[float, float, float]:
    """From when to when nine tenths of the case's messages went out, and what those cost in USD."""
    low, high = scene.store.row(
        f"""SELECT quantile_disc(epoch(sent_at), 0.05), quantile_disc(epoch(sent_at), 0.95)
        FROM send_rows WHERE {scene.where}"""
    )
    low_s, high_s = float(low or scene.start_s), float(high or scene.end_s)
    (usd,) = scene.store.row(
        f"""SELECT coalesce(sum(cost_usd), 0) FROM priced
        WHERE {scene.where} AND epoch(sent_at) BETWEEN {low_s} AND {high_s}"""
    )
    return low_s, high_s, float(usd)


def _shown(scene: Scene) -> tuple[float, float]:
    """The stretch that the picture is about: all of the case, or its core where a few stragglers make it long."""
    low_s, high_s, _ = core(scene)
    if high_s - low_s > _STRAGGLERS * (scene.end_s - scene.start_s):
        return scene.start_s, scene.end_s
    return min(low_s, scene.start_s) if low_s - scene.start_s < high_s - low_s else low_s, high_s


def _usual_by_hour(scene: Scene, first_s: float) -> list[float]:
    """Messages an hour to the ranges before the case, by hour of the day (UTC); a flat mean for a short past."""
    days = max((scene.start_s - first_s) / 86400, 0.0)
    rows = scene.store.rows(
        f"""SELECT CAST(floor(epoch(sent_at) / 3600) AS BIGINT) % 24 AS hour, count(*) FROM send_rows
        WHERE {scene.where_ranges} AND sent_at < {timestamp(scene.start_s)} GROUP BY hour"""
    )
    total = float(sum(number for _, number in rows))
    if days < 2:
        return [total / max(days * 24, 1.0)] * 24
    found = dict(rows)
    return [found.get(hour, 0) / days for hour in range(24)]


def tree(scene: Scene, destinations: list[Destination]) -> TreeNode | None:
    """Everything, the case's countries, their networks and blocks, in the case's time.

    A block of the case is expected to get what its range was; any other what it got in as much time before.
    """
    rows = _rows(scene)
    if not rows:
        return None
    named = {one.prefix[: _block_digits(one)] for one in scene.ranges}
    shown = {one.country for one in destinations} or _largest(rows)
    nodes = []
    for country in sorted({row.country for row in rows}, key=str):
        if country not in shown:
            continue
        inside = [row for row in rows if row.country == country]
        networks = [
            _network(name or "unknown network", [row for row in inside if row.network == name], named)
            for name in {row.network for row in inside}
        ]
        nodes.append(_sum("country", country or "unknown country", _sorted(networks), inside))
    return _sum("all", "All messages of that time", _sorted(nodes), rows)


class _Row(NamedTuple):
    """What one block of a network got in the case's time."""

    country: str | None
    network: str | None
    block: int
    sends: int
    verified: int
    known: int
    usd: float
    expected: float


def _rows(scene: Scene) -> list[_Row]:
    (first_s,) = scene.store.row("SELECT min(epoch(sent_at)) FROM send_rows")
    if first_s is None:
        return []
    past_s = max(scene.start_s - float(first_s), 0.0)
    scale = (scene.end_s - scene.start_s) / past_s if past_s else 0.0
    when = scene.where_time
    found = scene.store.rows(
        f"""SELECT country, network_name, number // 10000 AS block, count(*) FILTER ({when}) AS sends,
                   count(verified_at) FILTER ({when}),
                   max(CASE WHEN {when} AND (verified_at IS NOT NULL OR unverified) THEN 1 ELSE 0 END) AS known,
                   coalesce(sum(cost_usd) FILTER ({when}), 0),
                   {scale}::DOUBLE * count(*) FILTER (sent_at < {timestamp(scene.start_s)})
        FROM priced WHERE number IS NOT NULL AND sent_at <= {timestamp(scene.end_s)}
        GROUP BY ALL HAVING count(*) FILTER ({when}) > 0"""
    )
    counts: Counter[str | None] = Counter()
    for _, name, _, sends, *_rest in found:
        counts[name] += sends
    spelling = one_spelling(counts)
    of_case = {int(one.prefix[: _block_digits(one)]): one.expected for one in scene.ranges}
    rows = [_Row(*row)._replace(network=spelling[row[1]]) for row in found]
    return [row._replace(expected=of_case.get(row.block, row.expected)) for row in _joined(rows)]


def _joined(rows: list[_Row]) -> list[_Row]:
    """One row a block, where spellings of its network were several."""
    found: dict[tuple[str | None, str | None, int], _Row] = {}
    for row in rows:
        before = found.get(row[:3])
        if before is not None:
            row = _Row(
                *row[:3],
                before.sends + row.sends,
                before.verified + row.verified,
                max(before.known, row.known),
                before.usd + row.usd,
                before.expected + row.expected,
            )
        found[row[:3]] = row
    return list(found.values())


def _block_digits(one: Range) -> int:
    return min(len(one.prefix), one.digits - 4)


def _largest(rows: list[_Row]) -> set[str | None]:
    totals: Counter[str | None] = Counter()
    for row in rows:
        totals[row.country] += row.sends
    return {name for name, _ in totals.most_common(4)}


def _network(label: str, rows: list[_Row], named: set[str]) -> TreeNode:
    """A network with its blocks, the named ones first; small ones are left to its sum."""
    lengths = {len(one) for one in named}
    blocks = [
        TreeNode(
            level="block10000",
            label=f"+{row.block}",
            prefix=f"+{row.block}",
            sends=row.sends,
            expected=round(row.expected, 2),
            verified=row.verified if row.known else None,
            cost_usd=round(row.usd, 4),
            named=any(str(row.block)[:length] in named for length in lengths),
        )
        for row in sorted(rows, key=lambda row: -row.sends)
    ]
    top = sorted(blocks, key=lambda block: (not block.named, -block.sends))[:_MOST_NODES]
    return _sum("network", label, top, rows)


def _sum(
    level: Literal["all", "country", "network"], label: str, children: list[TreeNode], rows: list[_Row]
) -> TreeNode:
    return TreeNode(
        level=level,
        label=label,
        prefix=None,
        sends=sum(row.sends for row in rows),
        expected=round(sum(row.expected for row in rows), 2),
        verified=sum(row.verified for row in rows) if any(row.known for row in rows) else None,
        cost_usd=round(sum(row.usd for row in rows), 4),
        children=children,
    )


def _sorted(nodes: list[TreeNode]) -> list[TreeNode]:
    return sorted(nodes, key=lambda node: -node.sends)[:_MOST_NODES]
