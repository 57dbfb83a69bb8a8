"""The scene of a draft in a small store, for the tests of findings."""

from collections.abc import Sequence

import numpy as np

from checkvalve.evidence.cells import destinations, hours
from checkvalve.evidence.endpoints import Endpoint
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, AlarmKind, Range
from checkvalve.indicators.outcomes import outcomes
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.settings import Settings
from tests.indicators.synthetic import POOL, Messages

SENDING = Endpoint("POST", "/send", "stated")


def pool_range(sent: Messages, prefix: str = POOL, digits: int = 11, expected: float = 0.1) -> Range:
    """The range of a pool, as a case names it."""
    return Range(prefix, digits, country_index("PL"), float(len(sent)), expected)


def alarm(kind: AlarmKind, level: Level = Level.BLOCK10000, key: int = int(POOL), **more: float) -> Alarm:
    """An alarm of a kind; times and counts as given, else small ones."""
    given = {
        "onset_s": 0.0,
        "alarm_s": 10.0,
        "end_s": 100.0,
        "nats": 30.0,
        "observed": 60.0,
        "expected": 0.5,
        **more,
    }
    return Alarm(kind=kind, level=level, key=key, country=country_index("PL"), **given)


def scene_of(
    store: Store,
    start_s: float,
    end_s: float,
    *,
    ranges: Sequence[Range] = (),
    alarms: Sequence[Alarm] = (),
    countries: Sequence[str] = ("PL",),
    settings: Settings | None = None,
) -> Scene:
    """The scene of these ranges and times; requests of the store are linked when they hit ``POST /send``."""
    settings = settings or Settings()
    if not store.row("SELECT count(*) FROM send_endpoints")[0]:
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
    linked = link_requests(store)
    rows = destinations(store)
    return Scene(
        store=store,
        settings=settings,
        rows=rows,
        outcomes=outcomes(rows, settings.detection.conversion_floor),
        hours=hours(store, rows),
        endpoints=[SENDING] if linked else [],
        alarms=list(alarms),
        ranges=list(ranges),
        countries=[country_index(name) for name in countries],
        suspect=np.isnan(rows.verified_s),
        start_s=start_s,
        end_s=end_s,
    )
