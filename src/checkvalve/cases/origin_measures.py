"""Which addresses to shut out, and what that would have done to the messages of the evidence."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged
from checkvalve.cases.elsewhere import counted_elsewhere
from checkvalve.evidence.store import Store
from checkvalve.indicators.requests import ORIGIN, OriginCount
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import count
from checkvalve.investigation import Measure

_TTL_S = 86_400
_MOST_ADDRESSES = 20
_LEAST_REQUESTS = 5
_VALUES = {"ip": ORIGIN, "ja4": "ja4"}
"""Kinds of origin that nobody else shares, and what they are in a request."""


def origin_measures(one: Judged, judged: Sequence[Judged]) -> list[Measure]:
    """Block the addresses that the case brought with it, the busiest ones.

    Beside what messages of the case, and beside what messages that no case counts, did they ask?
    """
    if one.origins is None:
        return []
    heavy = [
        origin
        for origin in one.origins.top
        if origin.kind in _VALUES and origin.requests >= _LEAST_REQUESTS and not origin.known_before
    ][:_MOST_ADDRESSES]
    every, found = one.origins.every, []
    stopped = _stopped(one.scene, heavy, counted_elsewhere(one.scene, judged))
    for origin in heavy:
        stops, honest = (number * every for number in stopped[origin.kind, origin.value])
        found.append(
            Measure(
                action="block_origin",
                target=f"{origin.kind} {origin.value}",
                scope="requests to the sending endpoints",
                ttl_s=_TTL_S,
                stops_sends=stops,
                collateral_sends=honest,
                why=f"{count(stops, 'request')} beside messages of the case, {honest:,} beside messages that no case "
                "counts; never seen before it.",
            )
        )
    return found


def _stopped(
    scene: Scene, origins: Sequence[OriginCount], elsewhere: str
) -> dict[tuple[str, str], tuple[int, int]]:
    """By kind and value: linked requests beside the case's messages, and beside those that no case counts."""
    found = {(origin.kind, origin.value): (0, 0) for origin in origins}
    for kind in sorted({origin.kind for origin in origins}):
        values = [origin.value for origin in origins if origin.kind == kind]
        for value, stops, honest in _beside(scene.store, _VALUES[kind], values, scene.where_counted, elsewhere):
            found[kind, value] = stops, honest
    return found


def _beside(
    store: Store, value_sql: str, values: list[str], counted: str, elsewhere: str
) -> list[tuple[str, int, int]]:
    return store.rows(
        f"""WITH asked AS (
            SELECT l.message, {value_sql} AS value
            FROM links AS l JOIN request_rows AS r ON l.request = r.rowid LEFT JOIN addresses AS a USING (ip)
            WHERE list_contains(?, {value_sql})),
        sent AS (
            SELECT rowid AS message, ({counted}) IS TRUE AS counted, ({elsewhere}) IS TRUE AS elsewhere
            FROM send_rows WHERE rowid IN (SELECT message FROM asked))
        SELECT value, count(*) FILTER (counted), count(*) FILTER (NOT counted AND NOT elsewhere)
        FROM asked JOIN sent USING (message) GROUP BY value""",
        [values],
    )
