"""The fuzzing itself: it finds what is broken, and what reaches new lines is kept."""

import random

import pytest

from proving.fuzz import loop
from proving.fuzz.coverage import Coverage
from proving.fuzz.laws import Account
from proving.fuzz.loop import fuzz
from proving.fuzz.mutants import mutant
from proving.fuzz.targets import FRAMES, Target, targets


def test_same_seed_same_mutants() -> None:
    """A finding can be had again: the same seed changes a content in the same way."""
    content = b'{"at": 1, "to": "x"}\n' * 3
    assert [mutant(content, random.Random(n)) for n in range(50)] == [
        mutant(content, random.Random(n)) for n in range(50)
    ]
    assert len({mutant(content, random.Random(n)) for n in range(50)}) > 25


def test_first_time_only() -> None:
    """A line counts when it is reached for the first time, and never again."""
    coverage, (target,) = Coverage(), targets(["web.combined"])
    first = coverage(lambda: target.read(target.seeds[0], False))
    again = coverage(lambda: target.read(target.seeds[0], False))
    assert first > 20
    assert again == 0


def test_new_lines_are_kept() -> None:
    """Mutants that reach lines beyond the samples are mutated further, and no law is broken on the way."""
    report = fuzz(targets([FRAMES])[0], 200, seed=1)
    assert report.findings == []
    assert report.lines > report.lines_of_seeds
    assert report.kept > 0


def _breaks(content: bytes, _: bool) -> Account:
    if b"9" in content:
        raise ZeroDivisionError("nine")
    return Account("x", records=2, used=1)


def test_findings() -> None:
    """A failure and a broken law are found, each once, with the content that shows it."""
    report = fuzz(Target("x", [b"1 2 3"], _breaks), 300, seed=1)
    told = sorted(finding.error.partition(": ")[2] for finding in report.findings)
    assert told == ["AssertionError: the sum", "ZeroDivisionError: nine"]
    assert all(b"9" in one.content for one in report.findings if "nine" in one.error)


def test_slow_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A content that takes too long is a finding."""
    monkeypatch.setattr(loop, "SLOW_S", -1.0)
    report = fuzz(Target("x", [b"a"], lambda content, among_all: Account("x")), 1, seed=1)
    assert [finding.error.partition(":")[0] for finding in report.findings] == ["time"]
