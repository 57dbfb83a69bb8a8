"""Do fewer codes come back from a range than the same country's traffic usually returns?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import last_of, onset
from checkvalve.indicators.outcomes import MARGIN, Outcomes, Told, of_newcomers, usual_beside
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, divergence, percent
from checkvalve.indicators.windows import Due, by_window, due, window_end
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import order_of, starts_of
from checkvalve.statistics.ragged import RATE_FACTORS, rate_walk

TOO_GOOD = 0.93
"""No honest audience enters so many codes (published conversion: 45 to 90 %)."""
_OVER_NATS = float(np.log(100))
_Numbers = NDArray[np.float64]
LEVELS = (Level.BLOCK1000, Level.BLOCK10000, Level.NETWORK, Level.COUNTRY)


def alarms(rows: Destinations, found: Outcomes, level: Level, threshold_nats: float) -> list[Alarm]:
    """Which nodes of a level return too few codes, since when, and how surely?"""
    return failing(rows, found, level, threshold_nats)


def failing(rows: Destinations, found: Outcomes, level: Level, threshold_nats: float) -> list[Alarm]:
    """The same of any outcomes that come back, or do not."""
    if not len(found.row):
        return []
    key = rows.key(level)[found.row]
    order = order_of(key)
    cells = _cells(rows, found, order, key[order], level)
    starts = starts_of(key[order[cells.first]])
    walk = rate_walk(starts, cells.good, cells.bad, cells.usual)
    row = found.row[order[cells.first]]
    return [_alarm(level, one, cells) for one in due(rows, level, row, walk, threshold_nats, cells.bad, 1)]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Outcomes of one node that were known at one time, or in one window of a busy node. All (C,)."""

    first: NDArray[np.int64]
    """Index of its first outcome."""
    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    usual: NDArray[np.float64]
    known_s: NDArray[np.float64]
    """When all of it was known."""
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]
    """When its first and last messages were sent."""


def _cells(
    rows: Destinations, found: Outcomes, order: NDArray[np.int64], key: NDArray[np.int64], level: Level
) -> _Cells:
    first = last = np.arange(len(order))
    known_s = found.known_s[order]
    if level >= Level.NETWORK:
        first, last = by_window(key, known_s)
        known_s = window_end(known_s[first])
    good = np.add.reduceat(found.verified[order].astype(np.float64), first)
    sent_s = rows.first_s[found.row[order]]
    return _Cells(
        first,
        good,
        (last - first + 1).astype(np.float64) - good,
        found.usual[order][first],
        known_s,
        np.minimum.reduceat(sent_s, first),
        np.maximum.reduceat(sent_s, first),
    )


def _alarm(level: Level, node: Due, cells: _Cells) -> Alarm:
    mine, walk, alarm = node.cells, node.walk, node.alarm
    good = cells.good[mine]
    surplus = _surplus(good, cells.bad[mine], cells.usual[mine], alarm)
    first = onset(alarm, surplus)
    end = _over(surplus, alarm) + 1
    last = last_of(cells.known_s[mine][:end], first, alarm, surplus[:end])
    inside = slice(first, last + 1)
    return Alarm(
        kind="conversion",
        level=level,
        key=node.key,
        country=node.country,
        onset_s=float(cells.from_s[mine][inside].min()),
        alarm_s=float(cells.known_s[mine][alarm]),
        end_s=float(cells.until_s[mine][inside].max()),
        nats=float(walk.log_e[inside].max()),
        observed=float(good[inside].sum()),
        expected=float(walk.expected[inside].sum()),
    )


def _surplus(good: _Numbers, bad: _Numbers, usual: _Numbers, alarm: int) -> _Numbers:
    """How many nats does each cell add to "so many fewer codes than usual"?

    Until the alarm for the bet that explains best what led to it (generalised likelihood ratio over beginnings and
    bets). After it for the weakest bet, and against what was usual when it came: what is usual follows the days
    before, so that fraud which goes on for a week would become its own standard, and seem over.
    """
    held = usual.copy()
    held[alarm:] = np.maximum(held[alarm:], usual[alarm])
    bets = np.stack([bad * (np.log1p(-held * one) - np.log1p(-held)) + good * np.log(one) for one in RATE_FACTORS])
    led = np.cumsum(bets[:, alarm::-1], axis=1).max(axis=1)
    surplus: _Numbers = bets[int(np.argmax(RATE_FACTORS))]
    surplus[: alarm + 1] = bets[int(np.argmax(led)), : alarm + 1]
    return surplus


def _over(surplus: _Numbers, alarm: int) -> int:
    """After which cell is it a hundred to one that codes come back as usual again? The last, if never."""
    since = np.cumsum(surplus[alarm + 1 :])
    fallen = np.flatnonzero(np.maximum.accumulate(np.maximum(since, 0.0)) - since >= _OVER_NATS)
    return alarm + 1 + int(fallen[0]) if len(fallen) else len(surplus) - 1


def finding(scene: Scene) -> Finding | None:
    """How many codes came back from the ranges, against what is usual in the same countries?

    Few codes speak for pumping, the usual number against it. More than nearly all, from many numbers, speaks for
    nobody honest either: people mistype and give up. Of messages without a code none of this says anything, so the
    codes of a few messages weigh little against pumping.
    """
    rows, found = scene.rows, scene.outcomes
    inside = scene.inside[found.row]
    of = int(inside.sum())
    if not of:
        return None
    verified = int(rows.entered[found.row[inside]].sum())
    floor = scene.settings.detection.conversion_floor
    usual = usual_beside(rows, found, inside, scene.countries, floor)
    heard = of / max(int((scene.inside & ~rows.pardoned).sum()), of)
    fresh = _newcomers_that_fail(scene) if verified >= usual * MARGIN * of else None
    if fresh:
        verified, of, usual = fresh
    rate = verified / of
    if rate < usual * MARGIN:
        nats = divergence(verified, of, usual * MARGIN)
    elif of >= 50 and rate > max(TOO_GOOD, usual):
        nats = 0.0
    else:
        nats = -capped(divergence(verified, of, usual * 0.2)) * heard
    failed = int((scene.inside & rows.pardoned).sum())
    whose = "those of these numbers that were new" if fresh else "these numbers"
    return Finding(
        id="conversion",
        nats=capped(nats),
        observed=f"{verified:,} of {of:,} ({percent(verified, of)})",
        expected=f"{usual:.0%}",
        explanation=(
            f"{percent(verified, of)} of the codes to {whose} were entered: {verified:,} of {of:,} whose outcome is "
            f"known, one for each number and day ({failed:,} more were never delivered). Usual there: {usual:.0%}."
        ),
        examples=[
            Example(
                "Codes entered, inside the case and outside it",
                f"""SELECT ({scene.where}) AS in_case, count(*) AS messages, count(verified_at) AS verified,
       count(*) FILTER (unverified) AS known_not_verified, count(*) FILTER (status = 'failed') AS failed
FROM sends GROUP BY in_case""",
            )
        ],
        facts={"verified": verified, "of": of, "usual": usual, "heard": heard, "new": float(fresh is not None)},
    )


def _newcomers_that_fail(scene: Scene) -> Told | None:
    """The codes of those who are new there, where an alarm on a whole network or country is about them alone."""
    if scene.ranges or not any(one.kind == "conversion" and one.level >= Level.NETWORK for one in scene.alarms):
        return None
    floor = scene.settings.detection.conversion_floor
    told = of_newcomers(scene.rows, scene.outcomes, scene.inside, scene.countries, floor)
    return told if told.fails else None
