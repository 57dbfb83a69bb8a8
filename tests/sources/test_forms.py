"""A form stands for its lines only where the reader says the same of all of them."""

import json

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.forms import Form, form_of, holes_of
from checkvalve.sources.framing import Layout
from checkvalve.sources.registry import source

PIECES = (
    b'{"notification":{"messageId":"',
    b'","timestamp":"',
    b'"},"delivery":{"phoneCarrier":"Example Mobile","mnc":5,"numberOfMessageParts":2,"destination":"+',
    b'","priceInUSD":0.00645,"smsType":"Transactional","mcc":234,"providerResponse":"Delivered","dwellTimeMs":',
    b',"dwellTimeMsUntilDeviceAck":',
    b'},"status":"SUCCESS"}',
)


def asked(pieces: tuple[bytes | None, ...]) -> Form | None:
    """What is known of a form of deliveries."""
    holes = holes_of("aws.sns", "json")
    assert holes is not None
    return form_of(pieces, holes, Layout("json"), source("aws.sns").reader(Logs()))


def changed(old: bytes, new: bytes) -> tuple[bytes | None, ...]:
    """The form of an ordinary delivery with another text in it."""
    assert any(old in piece for piece in PIECES)
    return tuple(piece.replace(old, new) for piece in PIECES)


def test_what_a_form_settles() -> None:
    """Network, price, parts and outcome are the form's, and that its texts are delivered when their wait is over."""
    form = asked(PIECES)
    assert form is not None
    send = form.send
    assert (send.network, send.network_name, send.price, send.segments) == ("234-05", "Example Mobile", 0.00645, 2)
    assert (send.status, send.purpose, form.waits) == ("delivered", "transactional", True)


def test_a_failure_waits_for_nothing() -> None:
    """A form of texts that were not delivered has no time of delivery, whatever its wait says."""
    form = asked(changed(b"SUCCESS", b"FAILURE"))
    assert form is not None
    assert (form.send.status, form.waits) == ("failed", False)
    without = asked((*PIECES[:4], PIECES[5], None))
    assert without is not None
    assert not without.waits
    assert without.send.delivered_at is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            b'"status":"SUCCESS"',
            b'"status":"SUCCESS","notification":{"messageId":"other","timestamp":"2026-01-01"}',
        ),
        (b'","priceInUSD"', b'","destination":"+12025550199","priceInUSD"'),
        (b'"notification":{', b'"other":{'),
        (b'"},"delivery":{', b'Z"},"delivery":{'),
        (b',"dwellTimeMsUntilDeviceAck":', b'.5,"dwellTimeMsUntilDeviceAck":'),
        (b',"dwellTimeMsUntilDeviceAck":', b'e1,"dwellTimeMsUntilDeviceAck":'),
        (b',"dwellTimeMsUntilDeviceAck":', b',"x":1,"x":{"dwellTimeMsUntilDeviceAck":'),
        (b'"SUCCESS"}', b'"SUCCESS"}{}'),
        (b'"SUCCESS"}', b'"SUCCESS"'),
        (b'"priceInUSD":0.00645', b'"priceInUSD":"much"'),
        (b'"delivery":{', b'"delivery":{"smsType":"x"},"delivery2":{'),
    ],
)
def test_forms_that_the_reader_is_asked_about_each_time(old: bytes, new: bytes) -> None:
    """Where a value does not stand where it should, stands there twice, or is refused, every line is read by itself."""
    assert asked(changed(old, new)) is None


def test_keys_are_those_of_the_record() -> None:
    """The holes of a source are found by the keys that its records have."""
    holes = holes_of("aws.sns", "json")
    assert holes is not None
    record = json.loads(b"0".join(PIECES).replace(b'+0"', b'+4477"'))
    for path in (holes.id, holes.time, holes.number, holes.ignored, holes.wait):
        assert path[1] in record[path[0]]
