"""Twilio's signature of callbacks, beside the SDK's own validator."""

from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from checkvalve.gateways.exchange import Request
from checkvalve.gateways.fronts.twilio_signature import genuine, signature

TOKEN = "made-up-token"
URLS = st.sampled_from([
    "https://front.example/callbacks/twilio",
    "https://front.example:8443/callbacks/twilio?tenant=a%20b",
    "http://front.example/c",
    "http://front.example:80/c?x=1",
])  # fmt: skip
FIELDS = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6)
FORM = ("content-type", "application/x-www-form-urlencoded")


def callback(fields: dict[str, str], given_signature: str, *more: tuple[str, str]) -> Request:
    """A callback as it arrives."""
    headers = (FORM, ("x-twilio-signature", given_signature), *more)
    return Request("POST", "/callbacks/twilio", headers, urlencode(fields).encode())


@settings(max_examples=30, deadline=None)
@given(URLS, FIELDS.filter(lambda found: all(text.isprintable() for pair in found.items() for text in pair)))
def test_the_sdk_and_we_agree(url: str, fields: dict[str, str]) -> None:
    """What the SDK computes we compute, and what it holds genuine is genuine here, with either algorithm."""
    for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
        theirs = RequestValidator(TOKEN).compute_signature(url, fields, algorithm)
        assert signature(url, list(fields.items()), TOKEN, algorithm) == theirs
        settings_header = ("x-twilio-webhooks-signature-settings", f"key=k,algorithm={algorithm}")
        assert genuine(callback(fields, theirs, settings_header), url, TOKEN)


@settings(max_examples=40, deadline=None)
@given(URLS, FIELDS, st.text(max_size=30))
def test_a_wrong_signature_is_none(url: str, fields: dict[str, str], wrong: str) -> None:
    """Any other text, another token and another field are refused."""
    encodable = {key: value.encode("utf-8", "replace").decode() for key, value in fields.items()}
    assert not genuine(callback({}, wrong.encode().decode("latin-1")), url, TOKEN)
    right = signature(url, list(encodable.items()), TOKEN)
    assert not genuine(callback({**encodable, "Extra": "1"}, right), url, TOKEN)
    assert not genuine(callback(encodable, right), url, TOKEN + "x")


def test_a_json_body_is_covered_by_its_hash() -> None:
    """A body that is no form is held by the hash in the URL, which the signature covers."""
    body = b'{"property": "value", "boolean": true}'
    digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    request = Request(
        "POST",
        f"/myapp.php?foo=1&bar=2&bodySHA256={digest}",
        (("content-type", "application/json"), ("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4=")),
        body,
    )
    base = url.partition("?")[0]
    assert genuine(request, base, "12345")
    assert not genuine(request._replace(body=body + b" "), base, "12345")


def test_an_unknown_algorithm_is_refused() -> None:
    """A way of signing that is not known is no signature."""
    more = ("x-twilio-webhooks-signature-settings", "algorithm=HMAC_MD5")
    right = signature("https://front.example/c", [], TOKEN)
    assert not genuine(callback({}, right, more), "https://front.example/c", TOKEN)
