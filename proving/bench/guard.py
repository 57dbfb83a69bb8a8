"""How long does a decision of the guard take while very many ranges and origins live, and what do they weigh?

Run as ``python -m proving.bench.guard``; the number of live entities may be given as the argument (a million unless
given). Beside it, in the same run and on the same attempts: three limits of the ``limits`` package (number, address,
prefix) where it is installed, which is what people put in front of a form otherwise.

Timed is the call, one at a time, on one core: ``decide`` and ``outcome`` of a mixed stream (seven of ten codes are
entered), with all that falls due in between.
"""

import argparse
import gc
import importlib
import importlib.util
import platform
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.decider import Decider
from checkvalve.guard.policy import NewCountry

EVERY_S = 0.05
"""Twenty attempts a second."""
PREFIXES = (4474, 49151, 33612, 34612, 39347, 48501, 99890, 62812, 55119, 91987)


def attempts(count: int, first: int, seed: int) -> list[Attempt]:
    """A stream of attempts by different people: numbers, addresses and accounts hardly repeat."""
    rng = np.random.default_rng(seed)
    prefix = rng.choice(len(PREFIXES), count)
    rest = rng.integers(0, 10**7, count)
    hosts = rng.integers(0, 1 << 32, count, dtype=np.uint64)
    agents = rng.integers(0, 400, count)
    made = []
    for nth in range(count):
        start = str(PREFIXES[prefix[nth]])
        number = (start + f"{rest[nth]:07d}" * 2)[: 12 if start[0] in "4965" else 11]
        host = int(hosts[nth])
        made.append(
            Attempt(
                f"a{first + nth}",
                1_780_000_000.0 + (first + nth) * EVERY_S,
                f"+{number}",
                endpoint="signup",
                ip=f"{host >> 24}.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}",
                user_agent=f"agent {agents[nth]}",
                ja4=f"t13d{agents[nth] % 40}",
                account_id=f"account {first + nth}",
                email_domain=f"mail{agents[nth] % 30}.example",
                price_usd=0.08,
            )
        )
    return made


def timed(call: Callable[[Attempt], object], stream: list[Attempt]) -> np.ndarray:
    """Microseconds of each call."""
    clock = time.perf_counter_ns
    took = np.empty(len(stream))
    for nth, one in enumerate(stream):
        began = clock()
        call(one)
        took[nth] = (clock() - began) / 1_000.0
    return took


def resident_mb() -> float:
    """Memory of this process now, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # the kernel's file
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def told(name: str, took: np.ndarray) -> str:
    """One line of the table."""
    p50, p99, p999 = np.percentile(took, [50, 99, 99.9])
    return f"| {name} | {p50:.0f} | {p99:.0f} | {p999:.0f} | {1e6 / took.mean():,.0f} |"


def guarded(entities: int, sample: int) -> list[str]:
    """The guard's lines."""
    policy = Policy(new_country=NewCountry(mode="off"))
    before = resident_mb()
    guard = Guard(policy, capacity=max(entities * 2, 10_000))
    done = 0
    while len(guard.learner.nodes.table) + len(guard.learner.people.table) < entities:
        for one in attempts(5_000, done, done):
            step(guard, one)
        done += 5_000
    live = len(guard.learner.nodes.table) + len(guard.learner.people.table)
    weight = (resident_mb() - before) * 1e6 / live
    gc.collect()
    gc.freeze()
    stream = attempts(sample, done, 1)
    half = sample // 2
    whole = timed(lambda one: step(guard, one), stream[:half])
    alone = np.concatenate([decided(guard, one) for one in stream[half:]])
    lines = [
        told(f"guard, `decide`, {live:,} entities live", alone),
        told("the same with all learning: `outcome`, and what falls due", whole),
    ]
    return [*lines, f"Memory: {weight:,.0f} bytes for each live entity, all together {resident_mb():,.0f} MB."]


def decided(guard: Guard, one: Attempt) -> np.ndarray:
    """Microseconds of the decision alone; what falls due and the outcome of an earlier attempt are not timed."""
    guard.tick(one.at)
    took = timed(guard.decide, [one])
    outcome(guard, one)
    return took


def step(guard: Guard, one: Attempt) -> None:
    """One attempt, and the outcome of an earlier one."""
    guard.decide(one)
    outcome(guard, one)


def outcome(guard: Decider, one: Attempt) -> None:
    """Seven of ten codes are entered, twenty seconds after they were asked for."""
    number = int(one.attempt_id[1:]) - 400
    if number >= 0 and number % 10 < 7:
        guard.outcome(f"a{number}", "verified", one.at)


def limited(sample: int) -> list[str]:
    """The lines of the ``limits`` package."""
    if importlib.util.find_spec("limits") is None:
        return ["| limits: not installed | | | | |"]
    limits = importlib.import_module("limits")
    strategy = limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage())
    rules = [limits.parse("5/day"), limits.parse("10/10minutes"), limits.parse("20/day")]

    def call(one: Attempt) -> bool:
        keys = (one.phone, one.ip, one.phone[:-4])
        return sum(bool(strategy.hit(rule, key)) for rule, key in zip(rules, keys, strict=True)) == len(rules)

    timed(call, attempts(sample, 0, 2))
    return [
        told(
            f"limits {limits.__version__}, three moving windows, in memory",
            timed(call, attempts(sample, sample, 3)),
        )
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="proving.bench.guard", description=__doc__)
    parser.add_argument("entities", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--sample", type=int, default=20_000, help="calls that are timed")
    options = parser.parse_args(arguments)
    print(
        f"Python {platform.python_version()}, {platform.machine()}; {options.sample:,} calls timed, microseconds."
    )
    print("\n| | p50 | p99 | p99.9 | a second |\n|---|---|---|---|---|")
    lines = guarded(options.entities, options.sample)
    print("\n".join([*lines[:2], *limited(options.sample), "", *lines[2:]]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
