"""Forms in parts: whatever a framework makes of one, the guard has seen the same or refuses it."""

import sys
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from checkvalve.gateways.inbound.fields import Contents, field
from checkvalve.gateways.inbound.header_value import header_value
from checkvalve.gateways.inbound.multipart import multipart
from checkvalve.gateways.inbound.request import Refused, Request

NUMBER = b"+447700900123"
PHONE = b'form-data; name="phone"'
KIND = "multipart/form-data; boundary=b"


def part(*headers: bytes, disposition: bytes = PHONE, content: bytes = NUMBER) -> bytes:
    """One part, without the end of the body."""
    lines = (b"--b", b"Content-Disposition: " + disposition, *headers, b"", content, b"")
    return b"\r\n".join(lines)


def phone_of(body: bytes, kind: str = KIND, name: str = "form:phone") -> str | None:
    """The number that the guard finds."""
    return Contents(Request("POST", "/otp", headers={"content-type": kind}, body=body)).one((field(name),))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (part() + b"--b--\r\n", KIND),
        (part() + b"--b--", KIND),
        (
            part(b"Content-Type: text/plain; charset=utf-8", disposition=b"form-data; name=phone") + b"--b--\r\n",
            KIND,
        ),
        (
            part(b"Content-Type: text/plain; charset=US-ASCII", b"Content-Transfer-Encoding: 8bit") + b"--b--\r\n",
            KIND,
        ),
        (part(b"content-length: 13") + b"--b--\r\n", KIND),
        (part(disposition=b'form-data; name="a"; filename="a, b.png"') + part() + b"--b--\r\n", KIND),
        (part() + b"--b--\r\n", 'Multipart/Form-Data; charset=UTF-8; boundary="b";'),
    ],
)
def test_what_clients_write_is_read(body: bytes, kind: str) -> None:
    """Forms as browsers, curl, .NET and Java write them are read."""
    assert phone_of(body, kind) == NUMBER.decode()


REFUSED = {
    "a message within": part(b"Content-Type: message/rfc822"),
    "a partial message": part(b"Content-Type: message/partial"),
    "a report": part(b"Content-Type: message/delivery-status"),
    "parts within": part(b"Content-Type: multipart/mixed; boundary=c"),
    "a name of its kind": part(b'Content-Type: text/plain; name="x"'),
    "no text": part(b"Content-Type: application/json"),
    "two names": part(disposition=b'form-data; name="x"; name="phone"'),
    "a name with a star": part(disposition=b"form-data; name=\"x\"; name*=utf-8''phone"),
    "two headers": part(b'Content-Disposition: form-data; name="x"'),
    "a space before the colon": part().replace(b"Disposition:", b"Disposition :"),
    "a folded header": part(disposition=b'form-data;\r\n name="phone"'),
    "a backslash": part(disposition=b'form-data; name="pho\\ne"'),
    "a comment": part(disposition=b'form-data (c); name="phone"'),
    "an encoded word": part(disposition=b'form-data; name="=?utf-8?q?phone?="'),
    "a file of that name": part(disposition=b'form-data; name="phone"; filename=""'),
    "another encoding": part(b"Content-Transfer-Encoding: base64"),
    "other letters": part(b"Content-Type: text/plain; charset=utf-7"),
    "another length": part(b"Content-Length: 3"),
    "another header": part(b"X-Name: phone"),
    "bare line feeds": part().replace(b"\r\n", b"\n"),
    "a bare return in a head": part(b"Content-Type: text/plain\rX: y"),
    "text before": b"text\r\n" + part(),
    "a delimiter in a text": part(content=b"x\n--b\n") + part(),
    "an end before": b"--b--\r\n" + part(),
    "spaces behind the delimiter": part().replace(b"--b\r\n", b"--b  \r\n"),
    "a name with a zero": part(disposition=b'form-data; name="phone[]"'),
    "an encoded name": part(disposition=b'form-data; name="%70hone"'),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_frameworks_read_in_their_own_ways_is_refused(body: bytes) -> None:
    """A part that one framework takes for the number and another does not is refused, never passed unasked."""
    with pytest.raises(Refused):
        phone_of(body + b"--b--\r\n")
    with pytest.raises(Refused):
        phone_of(body + part(disposition=b'form-data; name="other"') + b"--b--\r\n")


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=zz; boundary=b",
        "multipart/form-data; boundary=zz; boundary*=utf-8''b",
        "multipart/form-data; boundary*0=b",
        "multipart/form-data, text/plain; boundary=b",
        "multipart/form-data; boundary=b; charset=utf-16",
        'multipart/form-data; boundary="b\\b"',
        "multipart/mixed; boundary=b",
        "application/x-www-form-urlencoded-too",
        "application/x-www-form-urlencoded; charset=utf-7",
        f"multipart/form-data; boundary={'b' * 71}",
    ],
)
def test_a_kind_that_can_be_read_in_two_ways_is_refused(kind: str) -> None:
    """Where it is not certain what a body is, or where its parts end, it is refused."""
    with pytest.raises(Refused):
        phone_of(part() + b"--b--\r\n", kind)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream", "application/json"])
def test_any_body_may_be_a_form(kind: str) -> None:
    """Frameworks that take any body for a form see no more than the guard does."""
    assert phone_of(b"a={}&phone=%2B447700900123", kind) == NUMBER.decode()


@pytest.mark.parametrize(
    "query", ["a=1;phone=2", "phone%00=2", "%20phone=2", "phone%01=2", "phone%20=2", "a;b&c=1;Phone", "%2570hone=2"]
)
def test_a_name_that_some_take_for_the_fields_own_is_refused(query: str) -> None:
    """A query whose names frameworks read in several ways is refused, also where the number may be missing."""
    with pytest.raises(Refused):
        Contents(Request("GET", "/otp", query)).one((field("query:phone"),))
    assert Contents(Request("GET", "/otp", query)).one((field("query:other"),)) is None


def test_headers_that_applications_do_not_tell_apart_are_one() -> None:
    """``X_Phone`` is ``X-Phone`` to many applications, so it is asked about; where both are there they agree."""
    request = Request("POST", "/otp", headers={"x_phone": "1"})
    assert Contents(request).one((field("header:x-phone"),)) == "1"
    with pytest.raises(Refused):
        Contents(Request("POST", "/otp", headers={"x_phone": "1", "x-phone": "2"})).one((field("header:X-Phone"),))


WORDS = (
    b'--b -- b +44 name="phone" ; form-data Content-Type: Content-Disposition: " text/plain message/rfc822 filename=x '
    b"= \\ phone"
)
PIECES = st.sampled_from([*WORDS.split(b" "), b"\r\n", b"\n", b"\r", b" ", b"\0"])


@given(st.lists(PIECES, max_size=4), st.lists(PIECES, max_size=4), st.integers(0, 90), st.integers(0, 90))
def test_no_framework_sees_a_number_that_the_guard_does_not(
    one: list[bytes], other: list[bytes], at: int, then: int
) -> None:
    """Whatever is put into a form, Werkzeug finds no other number in it than the guard, or the guard refuses it."""
    body = part() + b"--b--\r\n"
    for where, pieces in ((at, one), (then, other)):
        body = body[:where] + b"".join(pieces) + body[where:]
    try:
        ours = phone_of(body) or ""
    except Refused:
        return
    try:
        _, form, _ = FormDataParser(silent=False).parse(
            BytesIO(body), "multipart/form-data", len(body), {"boundary": "b"}
        )
    except (ValueError, HTTPException):
        return
    assert [one.strip() for one in form.getlist("phone") if one.strip()] in ([ours.strip()] if ours else [], [ours])


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Disposition: form-data; " + b"a*0*=x;" * 36_000 + b"\r\n\r\n\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="' + b"=?utf-8?q?a?= " * 18_000 + b'"\r\n\r\n\r\n--b--',
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 5_000 + b"--b--",
        b"--b" * 85_000,
        b"\r\n--b" * 50_000,
        b"--b\r\n" + b"\r\n" * 125_000 + b"--b--",
    ],
)
def test_the_work_is_bounded(body: bytes) -> None:
    """The largest body that is taken is read in a few steps, whatever stands in it, and nothing is read again."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(step)
    try:
        with pytest.raises(Refused):
            multipart(header_value(KIND), body)
    finally:
        sys.setprofile(None)
    assert steps < 25_000
