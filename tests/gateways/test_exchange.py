"""Requests read whole, and answers sent, whatever the server hands over."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Answer, Refused, Request, answered, host_of, received


def read(parts: list[bytes], scope: dict[str, Any] | None = None, largest: int = 100) -> Request:
    """The request of a connection whose body comes in parts."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages: list[Any] = [*waiting, {"type": "http.request", "body": b""}]

    async def receive() -> Any:
        return messages.pop(0)

    default = {"method": "POST", "path": "/", "headers": [(b"Host", b"a:1"), (b"X", b"\xe9")]}
    return asyncio.run(received({**default, **(scope or {})}, receive, largest))


def test_a_body_in_parts_is_one() -> None:
    """The parts of a body are put together, and header names are in lower case."""
    request = read([b"ab", b"", b"c"])
    assert (request.body, request.header("x"), request.host) == (b"abc", "é", "a")


def test_a_body_that_is_too_large_is_refused() -> None:
    """More than is allowed is refused while it comes, and a caller that leaves early too."""
    with pytest.raises(Refused) as refused:
        read([b"a" * 60] * 2)
    assert refused.value.status == 413

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Refused) as refused:
        asyncio.run(received({"method": "POST", "path": "/", "headers": []}, gone))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("raw", "query", "target"),
    [
        (b"/a%20b", b"c=d", "/a%20b?c=d"),
        (b"/a?c=d", b"c=d", "/a?c=d"),
        (b"http://sns.eu-west-1.amazonaws.com/", b"", "/"),
        (b"http://sns.eu-west-1.amazonaws.com", b"", "/"),
        (b"https://a.example/b%2Fc", b"d", "/b%2Fc?d"),
    ],
)
def test_a_target_is_a_path_as_it_was_sent(raw: bytes, query: bytes, target: str) -> None:
    """The target keeps its escapes; in the form that proxies get, host and scheme are taken off."""
    assert read([], {"raw_path": raw, "query_string": query}).target == target


@pytest.mark.parametrize(
    ("raw", "query"), [(b"/\xc3\xa9", b""), (b"/a b", b""), (b"/", b"a=\xe9"), (b"/\x00", b"")]
)
def test_a_target_that_is_none_is_refused(raw: bytes, query: bytes) -> None:
    """What would have to be encoded in a target is refused before anybody is asked or told."""
    with pytest.raises(Refused) as refused:
        read([], {"raw_path": raw, "query_string": query})
    assert refused.value.status == 400


def test_a_path_is_encoded_where_the_server_decoded_it() -> None:
    """A server that keeps only the decoded path gives a target that can be handed on."""
    assert read([], {"path": "/é b"}).target == "/%C3%A9%20b"
    assert read([], {"raw_path": b"http://[", "path": "http://["}).target == "/"


def test_no_body_is_measured_where_there_is_none() -> None:
    """An answer says how long its body is, unless its status has none; headers of one connection stay behind."""
    for status, length in ((200, b"2"), (204, None)):
        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        headers = (("Connection", "close"), ("content-length", "9"), ("x-a", "b"))
        asyncio.run(answered(send, Answer(status, headers, b"ok" if length else b"")))
        found = dict(sent[0]["headers"])
        assert (found.get(b"content-length"), found[b"x-a"], b"Connection" in found) == (length, b"b", False)


@given(st.text(max_size=30))
def test_any_host_is_a_host_or_none(text: str) -> None:
    """Whatever stands in ``Host``, reading it breaks nothing."""
    assert host_of(text) == host_of(text).lower()
