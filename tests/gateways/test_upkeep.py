"""What a server does between requests."""

import asyncio
import time
from pathlib import Path

import pytest

from checkvalve.gateways.app import Setup, build
from checkvalve.guard import Attempt
from checkvalve.guard.tenants import Tenants

SECRET = "random text that is kept"


def test_what_changed_is_on_disk_soon_and_all_when_it_stops(tmp_path: Path) -> None:
    """Within a second a change is in the journal; when the server stops, everything is in a snapshot."""
    state = tmp_path / "state"

    async def live() -> None:
        served = build(Setup(state=state, secret=SECRET, capacity=1_000, snapshot_s=60.0))
        served.upkeep.start()
        served.guard.decide(Attempt("a1", time.time(), "+447700900123"))
        deadline = time.monotonic() + 20.0
        while not list(state.glob("journal-*")) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert list(state.glob("journal-*"))
        await served.upkeep.stop()

    asyncio.run(live())
    assert (state / "snapshot").exists()
    again = build(Setup(state=state, secret=SECRET, capacity=1_000))
    assert again.guard.outcome("a1", "verified", time.time())
    assert again.api.keeping is not None
    again.api.keeping.close()


@pytest.mark.parametrize(("much", "failing"), [(1, False), (1, True), (1 << 20, False)])
def test_much_is_written_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, much: int, failing: bool
) -> None:
    """Where much was noted, changes and decisions are written before the next flush; not where the disk failed."""
    monkeypatch.setattr("checkvalve.gateways.upkeep.FLUSH_S", 1e9)
    monkeypatch.setattr("checkvalve.gateways.upkeep.MUCH", much)
    state, log = tmp_path / "state", tmp_path / "decisions.jsonl"

    async def live() -> None:
        served = build(Setup(state=state, secret=SECRET, capacity=1_000, decision_log=log))
        api, soon = served.api, much == 1 and not failing
        assert api.keeping is not None
        assert api.log is not None
        api.keeping.failing = api.log.failing = failing
        served.upkeep.start()
        headers: dict[bytes, bytes] = {}
        answer = api.reply("POST", "/v1/decisions", headers.get, b'{"phone": "+447700900123"}')
        assert answer.status == 200
        deadline = time.monotonic() + (20.0 if soon else 0.2)
        while not (list(state.glob("journal-*")) and log.stat().st_size) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        assert bool(list(state.glob("journal-*"))) == soon
        assert bool(log.stat().st_size) == soon
        await served.upkeep.stop()

    asyncio.run(live())


def test_snapshots_come_by_themselves(tmp_path: Path) -> None:
    """A snapshot is written aside at its time, and what it holds is let go of."""
    state = tmp_path / "state"

    async def live() -> None:
        served = build(Setup(state=state, secret=SECRET, capacity=1_000, snapshot_s=0.1))
        served.upkeep.start()
        deadline = time.monotonic() + 20.0
        while not (state / "snapshot").exists() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert (state / "snapshot").exists()
        await served.upkeep.stop()

    asyncio.run(live())


def test_nothing_stops_the_upkeep(tmp_path: Path) -> None:
    """Where learning fails, the upkeep goes on with the rest."""

    async def live() -> None:
        served = build(Setup(state=tmp_path / "state", secret=SECRET, capacity=1_000))
        assert isinstance(served.guard, Tenants)
        served.guard.guards = {**served.guard.guards, "broken": None}  # type: ignore[dict-item]  # breaks it on purpose
        served.upkeep.start()
        await asyncio.sleep(0.1)
        del served.guard.guards["broken"]
        await served.upkeep.stop()

    asyncio.run(live())
    assert (tmp_path / "state" / "snapshot").exists()


def test_a_guard_that_a_wrong_clock_took_along_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A guard that is ahead of the clock is set back at the next look, which is told; what is kept is too."""
    ahead_s = time.time() + 30 * 86_400.0
    state = tmp_path / "state"

    async def live() -> None:
        served = build(Setup(state=state, secret=SECRET, capacity=1_000))
        served.guard.decide(Attempt("a1", ahead_s, "+447700900123"))
        served.upkeep.start()
        deadline = time.monotonic() + 20.0
        assert isinstance(served.guard, Tenants)
        while served.guard.guards[""].learner.now > time.time() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        later = Attempt("a2", time.time() + 60.0, "+447700900123")
        assert served.guard.decide(later).action == "allow"
        served.guard.tick(ahead_s)
        await served.upkeep.stop()

    asyncio.run(live())
    again = build(Setup(state=state, secret=SECRET, capacity=1_000))
    assert isinstance(again.guard, Tenants)
    assert again.guard.guards[""].learner.now <= time.time()
    assert again.api.keeping is not None
    again.api.keeping.close()
    assert sum("ahead of the clock" in one.message for one in caplog.records) == 2
