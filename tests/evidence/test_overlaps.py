"""Files that cover the same time add up to what happened, and two logs side by side stay two."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.events import Activity, Charge, Complaint, Event, Request, Verification
from checkvalve.evidence import overlaps
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from tests.evidence.filling import at, put, store_with


def request(second: float, path: str = "/otp", ip: str = "203.0.113.7") -> Request:
    """A request without an id."""
    return Request(occurred_at=at(second), method="POST", path=path, ip=ip, status=200)


def kept(*files: list[Event], table: str = "request_rows") -> int:
    """How many rows of these files are left, and nothing else is lost than what is told."""
    with store_with() as store:
        for number, events in enumerate(files):
            put(store, events, file=f"{number}.log")
        merged = merge(store)
        assert not merge(store)
        (left,) = store.row(f"SELECT count(*) FROM {table}")
    assert left + merged.total() == sum(map(len, files))
    return int(left)


DAY: list[Event] = [request(second, f"/{second % 7}") for second in range(100) for _ in range(1 + second % 3)]


def test_day_and_month() -> None:
    """A day's file and the month's that holds it add up to the month's, whichever comes first."""
    month = [*DAY, *(request(200 + second) for second in range(50))]
    assert kept(DAY, [request(-5), *month]) == kept([request(-5), *month], DAY) == len(month) + 1


def test_windows_that_overlap() -> None:
    """Two exports whose windows overlap add up to the whole, with equal requests as often as they were."""
    assert kept(DAY[:120], DAY[60:]) == len(DAY)


def test_three_windows() -> None:
    """So do three, each of which overlaps with the next, and one with all."""
    assert kept(DAY[:90], DAY[60:150], DAY[120:], DAY[10:140]) == len(DAY)


def test_order_within_a_file() -> None:
    """The order in which a file holds its records changes nothing."""
    other = DAY[60:]
    random.Random(1).shuffle(other)
    assert kept(DAY[:120], other) == len(DAY)


def test_two_servers() -> None:
    """Two logs that run side by side stay apart, though the same client asks both for the same at times."""
    one: list[Event] = [request(second, ip=f"203.0.113.{second}") for second in range(60)]
    other: list[Event] = [request(second, ip=f"198.51.100.{second}") for second in range(60)]
    assert kept([*one, request(30.5)], [*other, request(30.5)]) == 122


def test_other_source() -> None:
    """Logs of two sources are two views and no copies."""
    with store_with() as store:
        put(store, DAY, source="one", file="1.log")
        put(store, DAY, source="other", file="2.log")
        merge(store)
        assert store.row("SELECT count(*) FROM request_rows")[0] == 2 * len(DAY)


@pytest.mark.parametrize(
    ("event", "table"),
    [
        (Verification(occurred_at=at(1), kind="started"), "verification_rows"),
        (Charge(provider="p", period_start=at(0), period_end=at(9), category="sms", amount=1.0), "charges"),
        (Complaint(occurred_at=at(1), kind="not_received"), "complaint_rows"),
        (Activity(name="sale", starts_at=at(0), ends_at=at(9)), "activities"),
    ],
    ids=["verification", "charge", "complaint", "activity"],
)
def test_kinds(event: Event, table: str) -> None:
    """What was exported twice counts once, and what stands twice in one file twice."""
    assert kept([event], [event], table=table) == 1
    assert kept([event, event], [event], table=table) == 2


def test_samples_of_large_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large logs are compared by some of their moments, with the same result."""
    monkeypatch.setattr(overlaps, "SAMPLE", 20)
    assert kept(DAY[:120], DAY[60:]) == len(DAY)
    assert kept(DAY[:100:2], DAY[1:100:2]) >= len(DAY[:100]) - 20


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_any_windows(tmp_path_factory: pytest.TempPathFactory, seconds: list[int], a: int, b: int) -> None:
    """However windows are laid over a log, no request is lost, and none counts more often than given.

    A window holds a moment whole: of equal lines on both sides of a cut nobody can say how many there were.
    """
    log = sorted(seconds)
    files = [[second for second in log if second < max(a, b)], [second for second in log if second >= min(a, b)]]
    folder: Path = tmp_path_factory.mktemp("any")
    with Store(folder) as store:
        for number, file in enumerate(files):
            put(store, [request(second) for second in file], file=f"{number}.log")
        merge(store)
        left = Counter(
            int(s) for (s,) in store.rows(f"SELECT epoch(occurred_at) - {at(0).timestamp()} FROM request_rows")
        )
    given_twice = Counter(files[0]) + Counter(files[1])
    assert Counter(log) <= left <= given_twice
