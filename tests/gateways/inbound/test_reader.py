"""From a request to an attempt."""

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.client import Clients
from checkvalve.gateways.inbound.fields import Contents
from checkvalve.gateways.inbound.path import readings
from checkvalve.gateways.inbound.reader import ConfirmationReader, RouteReader
from checkvalve.gateways.inbound.request import Refused, Request
from checkvalve.gateways.inbound.route import Confirmation, Route, pattern

ROUTE = Route(
    "/users/{id}/otp",
    ("json:/phone",),
    name="signup",
    region="GB",
    account=("path:id",),
    email=("json:/email",),
    tenant=("header:x-tenant",),
)
CLIENTS = Clients(("10.0.0.0/8",))


def request(phone: str = "+447700900123", peer: str = "10.0.0.1") -> Request:
    """A request with all that can be read of one."""
    headers = {
        "x-forwarded-for": "203.0.113.7",
        "user-agent": "Mozilla/5.0",
        "x-ja4": "t13d1516h2_8daaf6152771_b186095e22b6",
        "x-tenant": "acme",
    }
    body = f'{{"phone": "{phone}", "email": "Jane.Doe@Mail.Example.org"}}'.encode()
    return Request("POST", "/users/7/otp", "", headers, peer, body)


def test_all_of_it_is_read() -> None:
    """An attempt has everything that the request says, with the number in one form and no name of the mailbox."""
    asked = RouteReader(ROUTE, CLIENTS, "X-JA4").asked(request("07700 900123"), {"id": ("7",)}, "a1", 5.0)
    assert asked is not None
    attempt = asked.attempt
    assert (asked.written, attempt.phone) == ("07700 900123", "+447700900123")
    assert (attempt.ip, attempt.user_agent, attempt.endpoint) == ("203.0.113.7", "Mozilla/5.0", "signup")
    assert (attempt.account_id, attempt.email_domain, attempt.tenant) == ("7", "mail.example.org", "acme")
    assert (attempt.ja4 or "").startswith("t13d1516h2")


def test_a_fingerprint_is_believed_of_our_proxies_only() -> None:
    """Whoever is no proxy of ours cannot say which fingerprint they have."""
    asked = RouteReader(ROUTE, CLIENTS, "X-JA4").asked(request(peer="203.0.113.9"), {"id": ("7",)}, "a1", 5.0)
    assert asked is not None
    assert (asked.attempt.ja4, asked.attempt.ip) == (None, "203.0.113.9")


def test_what_is_no_number_is_refused() -> None:
    """A number that cannot be one is refused, since an application might read it after all."""
    with pytest.raises(Refused) as caught:
        RouteReader(ROUTE, CLIENTS).asked(request("12"), {"id": ("7",)}, "a1", 5.0)
    assert caught.value.status == 422


def test_no_number_is_no_attempt() -> None:
    """A request that names no number asks for no message."""
    assert RouteReader(ROUTE, CLIENTS).asked(Request("POST", "/users/7/otp"), {}, "a1", 5.0) is None


@pytest.mark.parametrize(
    ("path", "asked", "parts"),
    [
        ("/otp", "/otp", {}),
        ("/otp", "/otp/", {}),
        ("/otp/", "/otp", {}),
        ("/otp", "/OTP", {}),
        ("/api/otp", "//api//otp", {}),
        ("/api/otp", "/x/../api/./otp", {}),
        ("/api/otp", "/../api/otp", {}),
        ("/otp", "/otp/more", None),
        ("/u/{id}/otp", "/u/a.b-7/otp", {"id": ("a.b-7",)}),
        ("/otp", "/otp;a=b", {}),
        ("/api/otp", "/api;v=1/otp", {}),
        ("/api/otp", "/api/otp;a=b/", {}),
        ("/api/otp", "/x/..;/api/otp", {}),
        ("/api/otp", "/api/otp#x", {}),
        ("/api/otp", "/api/otp?phone=1", {}),
        ("/api/otp", "/api/otp\0.png", {}),
        ("/api/otp", "/api/otp%20", {}),
        ("/api/otp", "/api%2Fotp", {}),
        ("/api/otp", "/api\\otp", {}),
        ("/api/otp", "/api/ otp", {}),
        ("/{a}/otp", "/../otp", {"a": ("..",)}),
        ("/u/{id}/otp", "/u/7;a=b/otp", {"id": ("7;a=b", "7")}),
        ("/u/{id}/otp", "/u/a/b/otp", None),
        ("/a.b", "/axb", None),
        ("/", "/", {}),
    ],
)
def test_paths(path: str, asked: str, parts: dict[str, tuple[str, ...]] | None) -> None:
    """A path is matched whole, however an application or a proxy might let it be written."""
    assert pattern("POST", path).matches("POST", asked) == parts
    assert pattern("POST", path).matches("GET", asked) is None


@pytest.mark.parametrize(
    ("wanted", "asked", "is_it"),
    [
        ("POST", "post", True),
        ("POST", "Post ", True),
        ("GET", "HEAD", True),
        ("GET", "head", True),
        ("HEAD", "GET", None),
        ("POST", "HEAD", False),
        ("POST", "PUT", False),
    ],
)
def test_methods(wanted: str, asked: str, is_it: bool | None) -> None:
    """A method is what frameworks take it for: capitals do not count, and HEAD runs what GET runs."""
    if is_it is None:
        with pytest.raises(Usage):
            pattern(wanted, "/otp")
    else:
        assert (pattern(wanted, "/otp").matches(asked, "/otp") is not None) is is_it


def test_a_slash_within_a_part_is_told_from_one_between_parts() -> None:
    """Where the path is known as it was sent, an encoded slash may belong to a part or end it."""
    read = readings("/u/a/b/otp", "/u/a%2Fb/otp")
    assert pattern("POST", "/u/{id}/otp").among("POST", read) == {"id": ("a%2Fb",)}
    assert pattern("POST", "/u/a/b/otp").among("POST", read) == {}


def test_a_number_in_a_path_that_can_be_read_in_two_ways_is_refused() -> None:
    """Where two servers would find two numbers in a path, nobody is asked about either."""
    reader = RouteReader(Route("/u/{phone}/otp", ("path:phone",)), CLIENTS)
    path = "/u/+447700900123;x=1/otp"
    parts = reader.pattern.matches("POST", path)
    assert parts is not None
    with pytest.raises(Refused):
        reader.asked(Request("POST", path), parts, "a1", 5.0)


def test_mistakes_are_told() -> None:
    """A route or a confirmation that cannot be meant is a mistake that names it."""
    for route, says in (
        (Route("otp", ("json:/phone",)), "no path"),
        (Route("/otp", ()), "no field holds the number"),
        (Route("/otp", ("phone",)), "names no field"),
        (Route("/otp", ("json:/phone",), method="post"), "no method"),
        (Route("/otp", ("json:/phone",), region="UK1"), "no country"),
        (Route("/otp", ("json:/phone",), region="UK"), "no country"),
        (Route("/otp?a=1", ("json:/phone",)), "no path"),
        (Route("/otp#a", ("json:/phone",)), "no path"),
        (Route("/{a}/{a}", ("json:/phone",)), "twice"),
        (Route("/otp", ("json:/phone",), accepted="sent"), "no field of an answer"),
    ):
        with pytest.raises(Usage, match=says):
            RouteReader(route, CLIENTS)
    with pytest.raises(Usage, match="neither number nor account"):
        ConfirmationReader(Confirmation("/verify"))


def test_whose_code_it_is() -> None:
    """A confirmation names the number or the account; one that cannot be read names nobody."""
    reader = ConfirmationReader(Confirmation("/verify", ("json:/phone",), ("cookie:sid",), region="GB"))
    body = b'{"phone": "07700900123"}'
    cookie = {"cookie": "sid=s1"}
    found = reader.whose(Contents(Request("POST", "/verify", "", cookie, body=body)))
    assert found == ("+447700900123", "s1", "07700900123")
    broken = {**cookie, "content-type": "application/json"}
    assert reader.whose(Contents(Request("POST", "/verify", "", broken, body=b"{"))) == (None, None, "")
