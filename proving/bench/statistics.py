"""How long do the tests of `checkvalve.statistics` take on 100,000 series of 288 windows?

Run as ``python -m proving.bench.statistics``; a smaller number of series may be given as the argument.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from checkvalve import statistics as stats

WINDOWS = 288
EVENTS = 300_000
LAW = stats.DelayLaw.lognormal(median_s=25.0, sigma=0.8)


def sparse_counts(rng: np.random.Generator, series: int) -> tuple[np.ndarray, np.ndarray]:
    """Means and counts of series of which most windows are empty."""
    mean = rng.gamma(0.3, 1.0, series) + 1e-3
    return mean, rng.poisson(mean[:, None], (series, WINDOWS)).astype(np.float64)


def tasks(series: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is timed, with its name."""
    rng = np.random.default_rng(1)
    mean, counts = sparse_counts(rng, series)
    yield f"empty windows: {(counts == 0).mean():.0%}", lambda: None
    yield "volume e-detector, all windows", lambda: stats.volume_edetector(counts, mean, 5.0)
    yield (
        "level baseline, all windows",
        lambda: stats.level_baseline(counts, 1.0, mean, half_life_windows=288.0),
    )
    yield (
        "volume watch (baseline, detector, freezing), all windows",
        lambda: stats.volume_watch(counts, 1.0, mean, threshold_nats=17.0, half_life_windows=288.0),
    )
    parent = counts + 40.0
    share = mean / (mean + 40.0)
    yield "share e-detector, binomial, all windows", lambda: stats.share_edetector(counts, parent, share)
    sent = counts.astype(np.int64)
    verified = rng.binomial(sent, 0.65)
    labels = np.stack([verified, np.zeros_like(verified)], axis=2).astype(np.int32)
    model = stats.ConversionModel(LAW)
    yield (
        "conversion e-detector, 2 delays, all windows",
        lambda: stats.conversion_cells(sent, labels, 0.6, model, window_s=300.0),
    )
    yield (
        "conversion baseline with bounds, all windows",
        lambda: stats.conversion_baseline(sent, verified, 0.6, half_life_windows=4000.0),
    )
    yield "negative-binomial tail, newest window", lambda: stats.nb_log_sf(counts[:, -1], mean, 5.0)
    yield "dollar CUSUM, all windows", lambda: stats.spend_cusum(counts, mean)


def streams() -> Iterator[tuple[str, Callable[[], object]]]:
    """Event-exact detectors on one series, at several rates."""
    rng = np.random.default_rng(2)
    model = stats.ConversionModel(LAW)
    for rate in (1 / 600, 0.25, 5.0):
        sent = np.cumsum(rng.exponential(1.0 / rate, EVENTS))
        verified = np.where(rng.random(EVENTS) < 0.65, sent + rng.lognormal(3.2, 0.8, EVENTS), np.nan)

        def run(sent: np.ndarray = sent, verified: np.ndarray = verified) -> object:
            return stats.conversion_stream(sent, verified, 0.65, model)

        yield f"conversion stream, {EVENTS:,} messages at {rate:.4g}/s", run
        yield (
            f"message detector, {EVENTS:,} messages",
            lambda sent=sent, rate=rate: stats.poisson_stream(sent, rate, origin_s=0.0),  # type: ignore[misc]  # defaults bind now
        )


def main(series: int = 100_000) -> None:
    """Print wall-clock and processor seconds of each."""
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"{series:,} series x {WINDOWS} windows; wall and processor seconds")
    for source in (tasks(series), streams()):
        for name, work in source:
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            print(f"{time.perf_counter() - wall:8.2f} {time.process_time() - cpu:8.2f}  {name}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
