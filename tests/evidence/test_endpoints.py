"""The paths that send messages are found by what happens when they are asked, and only those."""

import random

import pytest

from checkvalve.events import Event, Request, Send
from checkvalve.evidence.endpoints import find_endpoints, unasked
from tests.evidence.filling import asked, rows, sent, store_with

HOURS = 6


def moments(chance: random.Random, per_hour: int) -> list[float]:
    """Moments over some hours, more of them in the middle as people come."""
    return [
        3600 * hour + chance.uniform(0, 3600)
        for hour in range(HOURS)
        for _ in range(per_hour * (1 + min(hour, HOURS - 1 - hour)))
    ]


def browsing(chance: random.Random) -> list[Request]:
    """Requests that have nothing to do with messages, but with the same hours of the day."""
    paths = (("GET", "/"), ("GET", "/help"), ("POST", "/api/cart"), ("POST", "/api/login"))
    return [asked(moment, path, method) for method, path in paths for moment in moments(chance, 40)]


def site(seed: int, *senders: str, delay_s: float = 1.0) -> list[Event]:
    """A day of a site on which the named paths send a message each time that they are asked."""
    chance = random.Random(seed)
    events: list[Event] = list(browsing(chance))
    for path in senders:
        for moment in moments(chance, 25):
            number = f"+1202555{chance.randrange(10_000):04d}"
            events += [asked(moment, path), sent(f"{path}{moment}", moment + delay_s * chance.random(), number)]
    return events


def found(events: list[Event], *stated: str) -> set[str]:
    """The endpoints of a site."""
    with store_with(*events) as store:
        return {one.label for one in find_endpoints(store, stated)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("senders", [("/otp",), ("/signup/code", "/login/code", "/invite")], ids=len)
def test_senders_are_found(seed: int, senders: tuple[str, ...]) -> None:
    """Every path that sends is found, and none that is only busy at the same hours."""
    assert found(site(seed, *senders)) == {f"POST {path}" for path in senders}


@pytest.mark.parametrize("seed", range(3))
def test_slow_sender(seed: int) -> None:
    """A path is found too when its messages go out some seconds after the request."""
    assert found(site(seed, "/otp", delay_s=8)) == {"POST /otp"}


@pytest.mark.parametrize("seed", range(5))
def test_nothing_causes_messages(seed: int) -> None:
    """Where messages go out at moments of their own, no path is named, though all follow the same day."""
    chance = random.Random(seed)
    messages: list[Send] = [sent(str(moment), moment) for moment in moments(chance, 60)]
    assert found([*browsing(chance), *messages]) == set()


def test_preflight_is_no_sender() -> None:
    """What browsers ask before the request (OPTIONS) and HEAD requests are never named."""
    events = site(1, "/otp")
    doubled = [asked(0, "/otp", method) for method in ("OPTIONS", "HEAD")]
    moves = [
        Request(occurred_at=event.occurred_at, method=one.method, path=one.path)
        for event in events
        if isinstance(event, Request) and event.path == "/otp"
        for one in doubled
    ]
    assert found([*events, *moves]) == {"POST /otp"}


def test_stated_paths() -> None:
    """Paths that settings state are taken as they are, with every method that occurs, and nothing is looked for."""
    events: list[Event] = [asked(0, "/a"), asked(1, "/a", "GET"), asked(2, "/b", "PUT"), asked(3, "/a", "OPTIONS")]
    assert found(events, "/a") == {"POST /a", "GET /a"}
    assert found(events, "post /a", "/b", "/nowhere") == {"POST /a", "PUT /b"}


def test_a_path_that_is_stated_twice_is_one_endpoint() -> None:
    """However often and in whichever way an endpoint is stated, each of its requests counts once."""
    with store_with(asked(0, "/a"), asked(1, "/a", "GET")) as store:
        find_endpoints(store, ["/a", "POST /a", "post  /a", "/a"])
        assert store.row("SELECT count(*) FROM requests") == (2,)
        assert sorted(store.rows("SELECT endpoint FROM send_endpoints")) == [("GET /a",), ("POST /a",)]


def test_a_stated_path_that_nobody_asks_for() -> None:
    """A path or a method that no request has is told as it was stated, where there are requests."""
    with store_with(asked(0, "/a")) as store:
        assert unasked(store, ["/a", "GET /a", "POST /a", "/b", "/b"]) == ["GET /a", "/b"]
    with store_with(sent("a")) as store:
        assert unasked(store, ["/a"]) == []


def test_written_down() -> None:
    """What was found is written into the evidence with its reason, and requests name the endpoint that they hit."""
    with store_with(*site(1, "/otp")) as store:
        (one,) = find_endpoints(store)
        assert rows(store, "send_endpoints", order="path") == [
            {"method": "POST", "path": "/otp", "endpoint": "POST /otp", "basis": one.basis}
        ]
        hits = store.row(
            "SELECT count(*) FILTER (endpoint = 'POST /otp'), count(*) FILTER (path = '/otp') FROM requests"
        )
        assert hits[0] == hits[1] > 0


@pytest.mark.parametrize(
    "events",
    [
        [],
        [asked(0)],
        [sent("a")],
        [one for n in range(4) for one in (sent(str(n), 900 * n), asked(900 * n))],
        [Send(send_id="a", provider="p"), asked(0)],
    ],
    ids=["nothing", "requests", "messages", "a coincidence", "no time"],
)
def test_too_little_to_tell(events: list[Event]) -> None:
    """With nothing, or next to nothing, no endpoint is named and nothing fails."""
    assert found(events) == set()


def test_a_clock_that_was_wrong_hides_no_endpoint() -> None:
    """A message and a request decades away make no age of empty bins, and the path is found as before."""
    strays: list[Event] = [
        sent("stray", -20 * 365 * 86_400.0),
        asked(10 * 365 * 86_400.0),
        asked(-15 * 365 * 86_400.0),
    ]
    assert found([*site(1, "/api/otp/send"), *strays]) == {"POST /api/otp/send"}


def test_logs_of_different_times_show_no_endpoint() -> None:
    """Where messages and requests never overlap, nothing can be seen to cause anything."""
    late = [asked(86_400.0 * 30 + nth) for nth in range(50)]
    assert found([*(sent(f"{nth}", nth) for nth in range(50)), *late]) == set()
