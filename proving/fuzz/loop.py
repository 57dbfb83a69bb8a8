"""One target, ten thousand mutants: those that reach new lines are mutated further."""

import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from checkvalve.events import Event
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store, file_pattern, text_literal
from proving.fuzz.conversations import AT_ONCE
from proving.fuzz.coverage import Coverage
from proving.fuzz.laws import Account, hold
from proving.fuzz.mutants import mutant
from proving.fuzz.targets import Target

SLOW_S = 2.0
"""A content of a few kilobytes that takes a core longer is a finding."""
_AMONG_ALL = 20
"""One mutant of so many is recognised among all sources."""
_STORED_AT_ONCE = 20_000
_LONGEST = 8_192
_FOR_SLOW = 100
"""Of a target that asks another program, the hundredth part of the mutants are whole contents; the others share one."""


@dataclass
class Finding:
    """A content that broke a law, and how."""

    error: str
    content: bytes


@dataclass
class Report:
    """What fuzzing one target showed."""

    name: str
    mutants: int = 0
    seconds: float = 0.0
    lines_of_seeds: int = 0
    lines: int = 0
    kept: int = 0
    slowest_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def fuzz(target: Target, mutants: int, seed: int) -> Report:
    """Mutate the target's contents and hold the laws; one finding for each place where something breaks."""
    run = _Run(target, random.Random(f"{seed} {target.name}"))
    began = time.perf_counter()
    for content in target.seeds:
        run.try_one(content, among_all=True)
    run.report.lines_of_seeds = len(run.coverage.reached)
    for number in range(max(1, mutants // _FOR_SLOW) if target.slow else mutants):
        run.next(among_all=number % _AMONG_ALL == 0)
    if target.talks is not None:
        run.hear(target.talks, mutants)
    run.store()
    run.report.lines, run.report.seconds = len(run.coverage.reached), time.perf_counter() - began
    return run.report


class _Run:
    """The contents that are worth mutating, and what was found so far."""

    def __init__(self, target: Target, chance: random.Random) -> None:
        self.report, self.coverage = Report(target.name), Coverage()
        self._target, self._chance = target, chance
        self._pool = list(target.seeds)
        self._known: set[str] = set()
        self._events: list[Event] = []

    def next(self, *, among_all: bool) -> None:
        """Try a mutant; the contents that were found last are mutated every other time."""
        latest = self._pool[-8:] if self._chance.random() < 0.5 else self._pool
        other = self._chance.choice(self._pool)
        content = mutant(self._chance.choice(latest), self._chance, other)[:_LONGEST]
        self.report.mutants += 1
        if self.try_one(content, among_all=among_all):
            self._pool.append(content)
            self.report.kept += 1

    def hear(self, talks: Callable[[random.Random], bytes], mutants: int) -> None:
        """Try mutants that share contents: each is a part that the other parts do not touch."""
        for _ in range(0, mutants, AT_ONCE):
            self.try_one(talks(self._chance), among_all=False)
            self.report.mutants += AT_ONCE

    def try_one(self, content: bytes, *, among_all: bool) -> bool:
        """Read a content; did it reach new lines?"""
        done = Account(None)

        def read() -> None:
            nonlocal done
            done = self._target.read(content, among_all)

        began = time.process_time()
        new = 0
        try:
            new = self.coverage(read)
            hold(done)
        except Exception as error:  # whatever it is, it is what is looked for
            self._found(error, content)
        took = time.process_time() - began
        self.report.slowest_s = max(self.report.slowest_s, took)
        if took > SLOW_S and not self._target.slow:
            self._found(TimeoutError(f"{took:.1f} s"), content)
        self._events += done.events
        if len(self._events) >= _STORED_AT_ONCE:
            self.store()
        return bool(new)

    def _found(self, error: Exception, content: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "time"
        if place not in self._known:
            self._known.add(place)
            self.report.findings.append(Finding(f"{place}: {type(error).__name__}: {str(error)[:200]}", content))

    def store(self) -> None:
        """The store takes every event."""
        try:
            put(self._events)
        except Exception as error:  # one of many events, so there is no content to show
            self._found(error, b"")
        self._events = []


def put(events: Sequence[Event]) -> None:
    """Load the events into a store of their own; raises what the engine raises, `AssertionError` for a lost row."""
    with TemporaryDirectory() as folder, Store(Path(folder)) as store:
        for kind in dict.fromkeys(type(event) for event in events):
            rows = [msgspec.json.encode(event) for event in events if type(event) is kind]
            spool = store.spool()
            spool.write_bytes(b"\n".join(rows))
            columns = ", ".join(f"'{name}': '{sql}'" for name, sql in tables.fields(kind).items())
            options = f"format = 'newline_delimited', columns = {{{columns}}}"
            query = f"read_json({text_literal(file_pattern(spool))}, {options})"
            place = "1 AS source_line, 'fuzz' AS source, 'fuzz' AS source_file"
            store.load(kind, f"SELECT *, {place} FROM {query}")
            assert store.row(f"SELECT count(*) FROM {tables.ROWS[kind]}")[0] == len(rows), "a row was lost"
