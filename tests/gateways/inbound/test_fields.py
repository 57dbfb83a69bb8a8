"""Where values stand in a request."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.fields import Contents, field
from checkvalve.gateways.inbound.request import Refused, Request

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+447700900123\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="phone"\r\n\r\ncontent\r\n--b--\r\n'
)
NUMBER = "+447700900123"


def value(name: str, body: bytes = b"", headers: dict[str, str] | None = None, query: str = "") -> str | None:
    """What stands in a field of a request."""
    request = Request("POST", "/otp", query, headers or {}, body=body)
    return Contents(request, {"number": (NUMBER,)}).one((field(name),))


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("json:/phone", b'{"phone": "+447700900123"}', JSON),
        ("json:/phone", b'{"phone": "+447700900123"}', {}),
        ("json:/user/phones/1", b'{"user": {"phones": ["", "+447700900123"]}}', JSON),
        ("json:/a~1b/m~0n", b'{"a/b": {"m~n": "+447700900123"}}', JSON),
        ("json:/phone", '{"phone": "+447700900123"}'.encode("utf-16"), JSON),
        ("json:/phone", b'{"Phone": "+447700900123"}', JSON),
        ("form:phone", b"phone=%2B447700900123&name=x", FORM),
        ("form:phone", PARTS, MULTIPART),
        ("header:X-Phone", b"", {"x-phone": NUMBER}),
        ("cookie:phone", b"", {"cookie": "a=b; phone=%2B447700900123"}),
        ("path:number", b"", {}),
    ],
)
def test_a_value_is_found(name: str, body: bytes, headers: dict[str, str]) -> None:
    """Each part of a request can hold the number, in every form that frameworks read."""
    assert value(name, body, headers) == NUMBER


def test_a_number_may_be_a_number() -> None:
    """JSON may hold the digits as a whole number, and null is no value."""
    assert value("json:/phone", b'{"phone": 447700900123}') == "447700900123"
    assert value("json:/phone", b'{"phone": null}') is None
    assert value("query:p", query="p=%2B447700900123") == NUMBER


@pytest.mark.parametrize(
    ("name", "body", "headers", "status"),
    [
        ("json:/phone", b'{"phone": ', JSON, 400),
        ("json:/phone", b'{"phone": "+44"}', {**JSON, "content-encoding": "gzip"}, 415),
        ("json:/phone", b'{"phone": "+441", "phone": "+442"}', JSON, 400),
        ("json:/phone", b'{"phone": "+441", "Phone": "+442"}', JSON, 400),
        ("json:/user/phone", b'{"user": {"phone": "+441"}, "User": {"phone": "+442"}}', JSON, 400),
        ("form:phone", b"phone=1&phone=2", FORM, 400),
        ("form:phone", b"phone=1&PHONE=2", FORM, 400),
        ("form:phone", b"&".join([b"a=1"] * 501), FORM, 400),
        ("form:phone", b"phone=1", {"content-type": "multipart/form-data"}, 400),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(
    name: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    """A body that an application might read differently from us does not pass unseen."""
    with pytest.raises(Refused) as caught:
        value(name, body, headers)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("json:/phone", b'{"phone": ["+447700900123"]}', JSON),
        ("json:/phone", b'{"phone": [["+447700900123"]]}', {}),
        ("json:/phone", b'{"phone": {"0": "+447700900123"}}', JSON),
        ("json:/phone", b'{"phone": 447700900123.0}', JSON),
        ("json:/phone", b'{"phone": 4.47700900123e11}', JSON),
        ("json:/phone", b'{"phone": NaN}', JSON),
        ("json:/phone", b'{"phone": true}', JSON),
        ("json:/phone", b'[{"phone": "+447700900123"}]', JSON),
        ("json:/user/phone", b'{"user": [{"phone": "+447700900123"}]}', JSON),
        ("form:phone", b"phone[]=%2B447700900123", FORM),
        ("form:phone", b"phone=%2B447700900123&Phone[0]=%2B998993941234", FORM),
        ("form:phone", b"+phone%5B%5D=%2B447700900123", FORM),
        ("form:phone", PARTS.replace(b'"phone"', b'"phone[]"', 1), MULTIPART),
    ],
)
def test_a_value_that_is_there_and_is_no_text_is_refused(name: str, body: bytes, headers: dict[str, str]) -> None:
    """A number in a list, in an object or as a broken number is refused: an application might read it after all."""
    with pytest.raises(Refused) as caught:
        value(name, body, headers)
    assert caught.value.status == 400


def test_a_field_may_have_brackets_of_its_own() -> None:
    """A form whose fields are written ``user[phone]`` is read under that name."""
    assert value("form:user[phone]", b"user%5Bphone%5D=%2B447700900123&user[name]=x", FORM) == NUMBER


def test_two_fields_must_agree() -> None:
    """Where several fields may hold the number, those that are there hold the same."""
    fields = (field("json:/phone"), field("query:phone"))
    same = Request("POST", "/otp", "phone=1", JSON, body=b'{"phone": "1"}')
    assert Contents(same).one(fields) == "1"
    with pytest.raises(Refused):
        Contents(Request("POST", "/otp", "phone=2", JSON, body=b'{"phone": "1"}')).one(fields)


def test_deep_json_is_no_json() -> None:
    """JSON that is nested without end is refused, not followed."""
    with pytest.raises(Refused):
        value("json:/phone", b'{"phone":' + b"[" * 100_000, JSON)


NAMES = st.sampled_from(["a", "b", "c"])


@given(st.recursive(st.none() | st.text(max_size=3) | st.integers(), lambda one: st.dictionaries(NAMES, one)))
def test_any_pointer_is_followed_or_leads_nowhere(document: object) -> None:
    """Whatever stands in JSON, a pointer leads to the text that is there, to nothing, or to a refusal."""
    inner = document.get("a") if isinstance(document, dict) else None
    expected = inner.get("b") if isinstance(inner, dict) else None
    if isinstance(expected, dict):
        with pytest.raises(Refused):
            value("json:/a/b", json.dumps(document).encode(), JSON)
        return
    found = value("json:/a/b", json.dumps(document).encode(), JSON)
    if isinstance(expected, str) and expected.strip():
        assert found == expected
    elif not isinstance(expected, int):
        assert found is None


@pytest.mark.parametrize("name", ["phone", "json:phone", "body:/phone", "header:", ""])
def test_what_names_no_field_is_told(name: str) -> None:
    """A setting that names no field is a mistake, with how to write it."""
    with pytest.raises(Usage, match="write json:/phone"):
        field(name)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/otp", "/otp?a=1"),
        ("//evil.example.net/../otp", "/otp?a=1"),
        ("/\\evil.example.net/../otp", "/otp?a=1"),
        ('/u/"x', "/u/%22x?a=1"),
    ],
)
def test_a_form_is_sent_again_to_this_host(path: str, target: str) -> None:
    """Where a request was sent to leads to this host, however it was written."""
    assert Contents(Request("POST", path, "a=1")).target == target


def test_a_path_is_known_without_its_parts() -> None:
    """Requests of one route that differ in a named part only have one path; how it is spelled otherwise stays."""
    for value in ("1", "22"):
        request = Request("POST", f"/v1//users/{value}/otp/")
        assert Contents(request, {"id": (value,)}).spelled == "/v1//users/{id}/otp/"


@pytest.mark.parametrize(
    ("headers", "body", "somebody"),
    [
        ({"user-agent": "x", "accept": "*/*", "sec-fetch-mode": "cors"}, b'{"phone": "1"}', False),
        ({"cookie": "a=b"}, b'{"phone": "1"}', True),
        ({"authorization": "Bearer x"}, b'{"phone": "1"}', True),
        ({"x-session": "x"}, b'{"phone": "1"}', True),
        ({}, b'{"phone": "1", "token": "x"}', True),
        ({}, b"not JSON", False),
    ],
)
def test_who_may_be_known_to_the_application(headers: dict[str, str], body: bytes, somebody: bool) -> None:
    """A cookie, a token or a second field may tell the application who asks; what every client sends does not."""
    assert Contents(Request("POST", "/otp", headers=headers, body=body)).names_somebody is somebody
