"""How long does a decision of the guard take while very many ranges and origins live, and what do they weigh?

Run as ``python -m proving.bench.guard``; the number of live entities may be given as the argument (a million unless
given). Beside it, in the same run and on the same attempts: three limits of the ``limits`` package (number, address,
prefix) where it is installed, which is what people put in front of a form otherwise.

Timed is the call, one at a time, on one core: ``decide``, of people never seen before (each is remembered in six
places more) and of people who came before, and ``decide`` with ``outcome`` (seven of ten codes are entered) and all
that falls due in between. What else runs on the machine lengthens the times by the clock, the processor's less.
"""

import argparse
import gc
import importlib
import importlib.util
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from msgspec import structs

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.decider import Decider
from checkvalve.guard.keeping import Keeping
from checkvalve.guard.policy import Harm, NewCountry, Outstanding
from checkvalve.guard.tenants import Tenants

SECRET = b"a secret of the bench"
POLICY = Policy(
    harm=Harm(challenged_usd=10.0, blocked_usd=100.0),
    new_country=NewCountry(mode="off"),
    outstanding=Outstanding(network=1_000_000, country=1_000_000, block10000=1_000, block1000=1_000),
)
"""All rules are asked; twenty a second from the first second on are no attack, and who enters no code because the load
never does is not challenged for it."""
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


class Took(NamedTuple):
    """How long each call took by the clock, and of the processor, in microseconds."""

    wall: np.ndarray
    processor: np.ndarray


def timed(call: Callable[[Attempt], object], stream: list[Attempt], between: Callable[[Attempt], None]) -> Took:
    """Microseconds of each call; what is done before each is not timed."""
    clock, processor = time.perf_counter_ns, time.thread_time_ns
    wall, busy = np.empty(len(stream)), np.empty(len(stream))
    for nth, one in enumerate(stream):
        between(one)
        began, began_busy = clock(), processor()
        call(one)
        busy[nth] = (processor() - began_busy) / 1_000.0
        wall[nth] = (clock() - began) / 1_000.0
    return Took(wall, busy)


def resident_mb() -> float:
    """Memory of this process now, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # the kernel's file
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def told(name: str, took: Took) -> str:
    """One line of the table."""
    p50, p99, p999 = np.percentile(took.wall, [50, 99, 99.9])
    busy50, busy99 = np.percentile(took.processor, [50, 99])
    mean = took.processor.mean()
    return f"| {name} | {p50:.0f} | {p99:.0f} | {p999:.0f} | {mean:.0f} | {busy50:.0f} | {busy99:.0f} |"


def nothing(one: Attempt) -> None:
    """Do nothing before a call."""
    del one


def filled(entities: int) -> tuple[Guard, int]:
    """A guard that knows so many ranges, origins and numbers, and how many attempts that took."""
    guard = Guard(POLICY, capacity=max(entities * 2, 10_000))
    done = 0
    while live(guard) < entities:
        for one in attempts(min(5_000, entities), done, done):
            step(guard, one)
        done += min(5_000, entities)
    return guard, done


def live(guard: Guard) -> int:
    """How many ranges, origins and numbers does a guard know?"""
    return len(guard.learner.nodes.table) + len(guard.learner.people.table)


def guarded(entities: int, sample: int) -> list[str]:
    """The guard's lines."""
    before = resident_mb()
    guard, done = filled(entities)
    weight = (resident_mb() - before) * 1e6 / live(guard)
    gc.collect()
    began = time.perf_counter()
    gc.collect()
    collected_ms = (time.perf_counter() - began) * 1_000.0
    gc.freeze()
    third = sample // 3
    stream = attempts(3 * third, done, 1)
    whole = timed(lambda one: step(guard, one), stream[:third], nothing)

    def catch_up(one: Attempt) -> None:
        guard.tick(one.at)
        outcome(guard, one)

    def ticked(one: Attempt) -> None:
        guard.tick(one.at)

    alone = timed(guard.decide, stream[third : 2 * third], catch_up)
    again = [
        structs.replace(one, attempt_id=f"b{nth}", at=stream[-1].at + nth * EVERY_S)
        for nth, one in enumerate(stream[: third // 2])
    ]
    known = timed(guard.decide, again, ticked)
    return [
        told(f"guard, `decide`, {live(guard):,} entities live, nobody seen before", alone),
        told("the same, everybody seen before", known),
        told("`decide` with all learning: `outcome`, and what falls due", whole),
        remembered(weight, collected_ms),
        kept(guard),
    ]


def remembered(weight: float, collected_ms: float) -> str:
    """What the memory weighs, and what the collector makes of it."""
    return (
        f"Memory: {weight:,.0f} bytes for each live entity, all together {resident_mb():,.0f} MB. "
        f"A full collection of garbage with all of them alive: {collected_ms:,.0f} ms."
    )


def kept(guard: Guard) -> str:
    """What keeping the memory costs: a pause for a snapshot written aside, its size, and how long a start takes."""
    with TemporaryDirectory() as folder:
        tenants = Tenants(POLICY, capacity=guard.learner.nodes.table.capacity, secret=SECRET)
        tenants.guards[""] = guard
        keeping = Keeping(Path(folder), tenants, SECRET)
        began = time.perf_counter()
        keeping.save(aside=True)
        pause_ms = (time.perf_counter() - began) * 1_000.0
        while keeping.settle() is None:
            time.sleep(0.02)
        written_s = time.perf_counter() - began
        keeping.close()
        size = (Path(folder) / "snapshot").stat().st_size / 1e6
        began = time.perf_counter()
        again = Tenants(POLICY, capacity=guard.learner.nodes.table.capacity, secret=SECRET)
        Keeping(Path(folder), again, SECRET).close()
        start_s = time.perf_counter() - began
    return (
        f"Keeping: a snapshot of {size:,.0f} MB is on disk after {written_s:.1f} s, written aside; decisions pause for "
        f"{pause_ms:.0f} ms meanwhile. To read it, and write it again: {start_s:.1f} s."
    )


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

    timed(call, attempts(sample, 0, 2), nothing)
    took = timed(call, attempts(sample, sample, 3), nothing)
    return [told(f"limits {limits.__version__}, three moving windows, in memory", took)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="proving.bench.guard", description=__doc__)
    parser.add_argument("entities", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--sample", type=int, default=20_000, help="calls that are timed")
    options = parser.parse_args(arguments)
    print("\n".join(report(options.entities, options.sample)))
    return 0


def report(entities: int, sample: int) -> list[str]:
    """All lines: the table, and what is said below it."""
    lines = guarded(entities, sample)
    return [
        f"Python {platform.python_version()}, {platform.machine()}; {sample:,} calls timed, in microseconds;",
        f"load {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| | clock: p50 | p99 | p99.9 | processor: mean | p50 | p99 |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *lines[:3],
        *limited(sample),
        "",
        *lines[3:],
    ]


if __name__ == "__main__":
    sys.exit(main())
