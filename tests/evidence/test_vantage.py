"""A request that several logs saw is one row, and requests that only look alike stay apart."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.events import Request
from checkvalve.evidence.merging import merge, merged_records
from checkvalve.evidence.store import Store
from checkvalve.evidence.vantage import APART_S, CLOCKS_S, join_requests
from tests.evidence.filling import asked, put, rows, store_with

Logs = dict[str, Sequence[Request]]


def filled(store: Store, logs: Logs) -> list[str]:
    """Put the logs of these sources into the store, and join them; what was said."""
    for source, events in logs.items():
        put(store, events, source=source, file=f"{source}.log")
    merge(store)
    return join_requests(store)


def kept(logs: Logs) -> list[dict[str, Any]]:
    """The requests that remain, in order of time."""
    with store_with() as store:
        filled(store, logs)
        return rows(store, "request_rows", order="occurred_at, source, source_line")


def visits(count: int, shift_s: float = 0.0, *, every_s: float = 10.0, **said: Any) -> list[Request]:
    """Requests of one client each, every ten seconds."""
    return [
        asked(
            nth * every_s + shift_s,
            f"/p/{nth % 7}",
            ip=said.get("ip", f"203.0.113.{nth % 250}"),
            status=said.get("status", 200),
        )
        for nth in range(count)
    ]


def test_by_id() -> None:
    """The same id in two logs is the same request, however each writes it; the outer row is kept and filled."""
    trace = "1-67891233-abcdef012345678912345678"
    (one,) = kept(
        {
            "web.json": [asked(2, "/inside", request_id=f"Self=1-2;Root={trace}", ip="10.0.0.1", status=201)],
            "aws.alb": [asked(0, request_id=f"Root={trace}", ip="203.0.113.7", user_agent="curl/8")],
            "aws.waf": [asked(1, request_id=trace, ip="203.0.113.7", ja4="t13d1516h2_8daaf6152771_02713d6af862")],
        }
    )
    assert (one["source"], one["ip"], one["occurred_at"], one["path"]) == (
        "aws.waf",
        "203.0.113.7",
        1,
        "/api/otp/send",
    )
    assert (one["user_agent"], one["status"]) == ("curl/8", 201)
    assert one["ja4"].startswith("t13d")


def test_a_ray_is_the_same_with_its_place() -> None:
    """The header that an origin logs names the place behind the ray; the network's own log does not."""
    found = kept(
        {
            "cloudflare.http": [asked(0, request_id="8e5c2da581230001", ip="203.0.113.7")],
            "web.json": [asked(0, request_id="8e5c2da581230001-FRA", ip="192.0.2.1")],
        }
    )
    assert [one["ip"] for one in found] == ["203.0.113.7"]


def test_an_id_of_another_day_is_another_request() -> None:
    """Clients may send ids of their own: the same id far apart in time joins nothing."""
    assert (
        len(kept({"aws.alb": [asked(0, request_id="x")], "web.json": [asked(CLOCKS_S + 1, request_id="x")]})) == 2
    )


@pytest.mark.parametrize("apart_s", [0.0, 1.5, -90.0, 200.0])
def test_by_address_path_and_time(apart_s: float) -> None:
    """Without ids, address, method, path, status and time tell, whatever the clocks' difference."""
    logs: Logs = {"aws.alb": visits(100), "web.combined": visits(100, apart_s)}
    with store_with() as store:
        (said,) = filled(store, logs)
        assert store.rows("SELECT source, count(*) FROM request_rows GROUP BY source") == [("aws.alb", 100)]
        assert merged_records(store) == {"web.combined.log": 100}
    assert f"clocks {apart_s:+.1f} s apart" in said
    assert said.startswith("100 requests were seen by aws.alb and web.combined and count once")


def test_behind_a_proxy() -> None:
    """The client that a proxy hands on is the one that the outer log saw; a made-up one before it does no harm."""
    inner = [
        asked(nth * 10, f"/p/{nth % 7}", ip="10.0.0.1", status=200, forwarded_for=f"192.0.2.9, 203.0.113.{nth}")
        for nth in range(60)
    ]
    assert {one["source"] for one in kept({"cloudflare.http": visits(60), "web.combined": inner})} == {
        "cloudflare.http"
    }


def test_a_firewall_writes_no_status() -> None:
    """Where one log has no statuses, the others' are no reason against."""
    found = kept({"aws.waf": visits(50, status=None), "web.combined": visits(50, 0.2, status=302)})
    assert [one["status"] for one in found] == [302] * 50


def test_what_only_one_log_saw_stays() -> None:
    """What a firewall stopped never reached the server; what the server asks itself never came from outside."""
    stopped = [asked(1000 + nth, ip="198.51.100.7", status=403) for nth in range(20)]
    inside = [asked(nth, "/health", "GET", ip="10.0.0.9", status=200) for nth in range(30)]
    found = kept({"aws.waf": visits(100) + stopped, "web.combined": visits(100) + inside})
    assert len(found) == 150


def test_servers_side_by_side_stay_apart() -> None:
    """Two logs of different traffic share a request now and then, and nothing is taken for another."""
    other = [asked(nth * 10, f"/p/{nth % 7}", ip=f"198.51.100.{nth % 250}", status=200) for nth in range(100)]
    assert len(kept({"web.combined": visits(100), "web.json": other + visits(10)})) == 210


def test_a_log_is_not_joined_with_itself() -> None:
    """Equal lines of one log are requests each; that they are another export is for `overlaps` to say."""
    with store_with() as store:
        put(store, [*visits(30), *visits(30)], source="web.combined", file="a")
        assert filled(store, {}) == []
        assert store.row("SELECT count(*) FROM request_rows") == (60,)


def test_without_a_common_address_it_is_said() -> None:
    """A server that sees only its proxy cannot be joined; the reader is told that requests may count twice."""
    inner = visits(60, ip="10.0.0.1")
    with store_with() as store:
        (said,) = filled(store, {"aws.alb": visits(60), "web.combined": inner})
    assert "trusted_proxies" in said
    with store_with() as store:
        assert filled(store, {"aws.alb": visits(60), "web.combined": [asked(5, "/else", ip="10.0.0.1")]}) == []


@settings(max_examples=15)
@given(
    bursts=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 6)), min_size=1, max_size=8, unique_by=lambda b: b[0]
    ),
    jitter=st.floats(0, APART_S / 2 - 0.1),
)
def test_equal_requests_are_joined_one_to_one(bursts: list[tuple[int, int]], jitter: float) -> None:
    """However many equal requests a client makes at once, as many remain."""
    times = [moment * 60.0 for moment, many in bursts for _ in range(many)]
    outer = [asked(at_s, ip="203.0.113.7", status=200) for at_s in times]
    inner = [asked(at_s + jitter, ip="203.0.113.7", status=200) for at_s in times]
    found = kept({"aws.alb": outer, "web.combined": inner})
    assert [(one["source"], one["occurred_at"]) for one in found] == [("aws.alb", at_s) for at_s in sorted(times)]


def test_a_record_that_was_pushed_twice() -> None:
    """Cloudflare may push a record again: the same ray is the same request; other logs repeat ids for other reasons."""
    twice = [asked(1, request_id="8e5c2da581230001"), asked(1, request_id="8e5c2da581230001")]
    with store_with(*twice, source="cloudflare.http") as store:
        assert merge(store) == {"a.log": 1}
        assert store.row("SELECT count(*) FROM request_rows") == (1,)
    with store_with(*twice, source="web.json") as store:
        assert merge(store) == {}
