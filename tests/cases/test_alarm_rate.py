"""The promise of few false alarms, held on quiet traffic: the tests on cells, without a store and without cases.

Alarms are counted at a promise so loose that there are some to count; the default promise differs from it by a
constant of nats and by nothing else. The quiet tenants differ in size, countries, loyalty, conversion and failures.
"""

from collections import Counter
from functools import cache
from itertools import starmap

import numpy as np
import pytest

from checkvalve.cases.watch import Thresholds, threshold_nats
from checkvalve.evidence.cells import Destinations, Hours
from checkvalve.indicators import conversion, delivery, dilution, surge, volume
from checkvalve.indicators.outcomes import outcomes
from checkvalve.numbering import plan
from checkvalve.numbering.tree import Level
from checkvalve.settings import Detection, Settings
from proving.score.intervals import poisson
from tests.indicators.synthetic import Messages, honest, receipts, rows_of

LOOSE = 20.0
"""False alarms a week that are allowed: enough to see whether the tests keep to them."""
TENANTS, WEEKS = 6, 3
SHARES = {"volume": 0.65, "conversion": 0.1, "delivery": 0.1, "surge": 0.1, "dilution": 0.05}
"""Parts of the promise that the kinds of tests have."""


def tenant(seed: int) -> Messages:
    """Three quiet weeks: people who come back or not, codes and receipts as they are anywhere."""
    rng = np.random.default_rng(seed)
    names = [["PL"], ["PL", "ES"], ["PL", "ES", "UZ", "MA"]][seed % 3]
    sent = honest(
        seed,
        days=7.0 * WEEKS,
        per_day=float(rng.choice([60, 200, 500])),
        countries=names,
        conversion=float(rng.uniform(0.5, 0.9)),
        blocks=int(rng.choice([40, 120, 400])),
        returning=float(rng.uniform(0.2, 0.7)),
        failing=float(rng.uniform(0.005, 0.08)),
        audience=seed,
    )
    return receipts(sent, seed)


def by_hour(sent: Messages) -> Hours:
    """The messages by country and hour, as `evidence.cells.hours` makes them."""
    hour = np.floor(sent.at_s / 3600).astype(np.int64)
    first, width = int(hour.min()), int(np.ptp(hour)) + 1
    names, country = np.unique(plan.classify(sent.number).country, return_inverse=True)
    numbers = np.zeros((len(names), width))
    _, one_each = np.unique(np.stack([sent.number, hour]), axis=1, return_index=True)
    np.add.at(numbers, (country[one_each], hour[one_each] - first), 1.0)
    return Hours([plan.countries()[one] for one in names], first, numbers, numbers, numbers * 0.05)


@cache
def watched(seed: int) -> tuple[Destinations, Hours]:
    """What the tests read of a tenant."""
    sent = tenant(seed)
    return rows_of(sent), by_hour(sent)


def heard(seed: int, promised: float, louder_nats: float) -> Counter[str]:
    """How many alarms of each kind a tenant's quiet weeks set off."""
    rows, hours = watched(seed)
    settings = Settings(detection=Detection(false_alarms_per_week=promised))
    at = Thresholds(*(one - louder_nats for one in threshold_nats(rows, settings)))
    found = outcomes(rows, settings.detection.conversion_floor)
    made = [alarm for level in volume.LEVELS for alarm in volume.alarms(rows, level, at.volume)]
    made += volume.alarms(rows, Level.BLOCK10000, at.volume, of=Level.ALL)
    made += [one for level in conversion.LEVELS for one in conversion.alarms(rows, found, level, at.conversion)]
    made += delivery.failing(rows, at.delivery)
    made += surge.alarms(hours, at.surge)
    thin = sum(len(dilution.alarms(rows, found, level, at.dilution)) for level in dilution.LEVELS)
    return Counter(alarm.kind for alarm in made) + Counter(dilution=thin)


@cache
def counted(tenants: int, promised: float, louder_nats: float = 0.0) -> Counter[str]:
    """The alarms of all tenants together."""
    each = starmap(heard, ((seed, promised, louder_nats) for seed in range(tenants)))
    return sum(each, Counter[str]())


@pytest.mark.parametrize("promised", [LOOSE, Detection().false_alarms_per_week])
def test_quiet_traffic_alarms_no_more_than_promised(promised: float) -> None:
    """The measured rate of false alarms, of all kinds and of each, is not above the promise within its interval."""
    found, weeks = counted(TENANTS, promised), TENANTS * WEEKS
    assert poisson(found.total())[0] <= promised * weeks
    for kind, share in SHARES.items():
        assert poisson(found[kind])[0] <= share * promised * weeks, kind


def test_the_measure_would_tell() -> None:
    """With thresholds six nats lower the same traffic breaks the promise: the measure can fail."""
    assert poisson(counted(1, LOOSE, 6.0).total())[0] > LOOSE * WEEKS
