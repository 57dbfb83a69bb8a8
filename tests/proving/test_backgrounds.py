"""Recorded rhythms keep their shape when they are thinned, and attacks are laid over them."""

import os
from pathlib import Path

import numpy as np
import pytest

from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.traffic.recorded import SLOTS_A_DAY, Recorded, counts_of
from proving.score.backgrounds import FOLDER, main, plan_of, series


def test_thinning_keeps_the_shape() -> None:
    """A day has about as many arrivals as asked for, and a busy hour stays busy."""
    counts = np.full(SLOTS_A_DAY, 50, np.int64)
    counts[96:108] = 500
    times = Recorded(counts, 0.0, 0, "x").of_day(0, 600.0, np.ones(96))
    busy = ((times >= 96 * 300) & (times < 108 * 300)).mean()
    assert 500 < len(times) < 700
    assert abs(busy - 6_000 / (6_000 + 276 * 50)) < 0.06
    assert np.all(np.diff(times) >= 0)


def test_sparse_series_are_multiplied() -> None:
    """A series with fewer counts than messages are wanted gives as many as are wanted all the same."""
    times = Recorded(np.ones(SLOTS_A_DAY, np.int64), 0.0, 0, "x").of_day(1, 1_000.0, np.ones(96))
    assert 864 <= len(times) <= 1_152
    assert times[0] >= 86_400


def test_half_hours_are_spread() -> None:
    """A row of thirty minutes becomes six of five."""
    lines = ["timestamp,value", "2014-07-01 00:00:00,60", "2014-07-01 00:30:00,12"]
    assert counts_of(lines).tolist() == [10] * 6 + [2] * 6


def test_plans_hold_the_attack_and_the_rhythm() -> None:
    """A burst is fraud over honest traffic of the recorded pace; nothing is no fraud."""
    recorded = [np.tile(np.array([0] * 144 + [40] * 144, np.int64), 9)]
    for kind, attacked in (("nothing", False), ("burst", True)):
        sends = [one for one in plan_of(kind, 3, "tiny", recorded).events() if isinstance(one, Message)]
        assert any(one.campaign for one in sends) is attacked
        assert len(sends) > 1_000


def test_the_folder_must_be_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the folder of series the program says which variable names it."""
    monkeypatch.delenv(FOLDER, raising=False)
    assert main([]) == 2
    assert FOLDER in capsys.readouterr().err


def test_real_series_can_be_read() -> None:
    """Where the series are at hand, each is read whole."""
    if FOLDER not in os.environ:
        pytest.skip(f"{FOLDER} names no folder")
    found = series(Path(os.environ[FOLDER]))
    assert len(found) >= 10
    assert all(one.min() >= 0 and len(one) > 1_000 for one in found)
