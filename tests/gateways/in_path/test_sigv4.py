"""AWS's signature, beside botocore's own."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Request
from checkvalve.gateways.in_path.sigv4 import scope_of, signed, verified

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "sns.eu-west-1.amazonaws.com"


def botocore_signed(method: str, target: str, body: bytes, headers: dict[str, str], token: str | None) -> Request:
    """A request as botocore signs it, now."""
    made = AWSRequest(method, f"https://{HOST}{target}", headers=headers, data=body)
    SigV4Auth(Credentials(KEY, SECRET, token), "sns", "eu-west-1").add_auth(made)
    pairs = [(key.lower(), value) for key, value in made.headers.items()]
    if "host" not in dict(pairs):
        pairs.append(("host", HOST))
    return Request(method, target, tuple(pairs), body)


TEXTS = st.text(alphabet="abz09-_.~ +/=&%é", max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), TEXTS, st.none() | st.just("token"))
def test_what_botocore_signs_is_genuine(body: bytes, kind: str, token: str | None) -> None:
    """A request signed by botocore is found genuine, and one whose body was changed is not."""
    headers = {"Content-Type": kind.strip().encode("ascii", "ignore").decode() or "text/plain"}
    request = botocore_signed("POST", "/", body, headers, token)
    now = datetime.now(UTC)
    assert verified(request, SECRET, now)
    assert not verified(request._replace(body=body + b"x"), SECRET, now)
    assert not verified(request, SECRET + "x", now)


def test_our_signature_is_botocores() -> None:
    """The same request at the same moment gets the signature that botocore gives it."""
    theirs = botocore_signed("POST", "/", b"Action=Publish", {"Content-Type": "text/plain"}, None)
    stamp = theirs.header("x-amz-date")
    assert stamp is not None
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = signed(theirs, KEY, SECRET, "eu-west-1", "sns", at)
    found, wanted = scope_of(ours), scope_of(theirs)
    assert found is not None
    assert wanted is not None
    assert (found.signature, found.signed) == (wanted.signature, wanted.signed)


def test_another_host_breaks_the_signature() -> None:
    """The signature covers the host: a request for one cannot be handed to another."""
    request = botocore_signed("POST", "/", b"", {}, None)
    moved = request._replace(headers=tuple((k, "127.0.0.1" if k == "host" else v) for k, v in request.headers))
    assert not verified(moved, SECRET, datetime.now(UTC))


def test_an_old_signature_is_refused() -> None:
    """A signature holds for fifteen minutes."""
    request = botocore_signed("POST", "/", b"", {}, None)
    assert not verified(request, SECRET, datetime.now(UTC) + timedelta(minutes=16))


@pytest.mark.parametrize(
    "authorization", ["", "Basic abc", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA256 " * 3]
)
def test_what_is_no_signature_is_none(authorization: str) -> None:
    """Anything else in the header is no signature, and breaks nothing."""
    request = Request("POST", "/", (("authorization", authorization), ("host", HOST)))
    assert scope_of(request) is None
    assert not verified(request, SECRET, datetime.now(UTC))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=20))
def test_no_header_breaks_the_check(authorization: str, stamp: str) -> None:
    """Whatever stands in the headers, the answer is no."""
    request = Request("POST", "/", (("authorization", authorization), ("x-amz-date", stamp)))
    assert not verified(request, SECRET, datetime.now(UTC))
