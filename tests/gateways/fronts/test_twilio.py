"""The front of Twilio, between the real SDK and an emulated Twilio."""

import asyncio
import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from checkvalve.gateways.exchange import Refused, Refusing, Request
from checkvalve.gateways.fronts import twilio_records as records
from checkvalve.gateways.fronts.handing_on import Way
from checkvalve.gateways.fronts.twilio import TwilioFront
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.ledger import Ledger
from checkvalve.gateways.in_path.pace import Kind, Pace
from checkvalve.gateways.in_path.upstream import Upstream
from proving.emulators.twilio import ACCOUNT, RIGHT_CODE, SERVICE, TOKEN, Twilio
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording, hurried
from tests.gateways.serving import serving

SENDER = "+15005550006"
CALLBACK = "https://front.example/callbacks/twilio"
NOTHING = Upstream(0.5)
FORM = ("content-type", "application/x-www-form-urlencoded")


class Scene(NamedTuple):
    """Twilio, the front before it, its guard, and the SDK pointed at the front."""

    twilio: Twilio
    guard: Recording
    desk: Desk
    client: Client
    url: str
    clock: list[float]


def pointed_at(url: str) -> Client:
    """The SDK with the client of the documentation, which leads everything to the front."""
    page = Path(__file__).parents[3] / "docs" / "fronts.md"
    if page.exists():
        code = re.search(r"```python\n(from twilio.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        assert code is not None
        names: dict[str, Any] = {}
        exec(code[1].replace("http://front.internal:8080", url), names)
        http: TwilioHttpClient = names["FrontHttpClient"](timeout=10)
        return Client(ACCOUNT, TOKEN, http_client=http)
    raise AssertionError("docs/fronts.md is missing")


def scene(guard: Recording, refusing: Refusing = "accepted") -> Iterator[Scene]:
    """All of it on this machine."""
    clock = [NOW]
    desk = Desk(guard, clock=lambda: clock[0])
    with Twilio(failing={"+447700900666": (400, 21610), "+447700900777": (503, 20503)}) as twilio:
        places = dict.fromkeys(("api.twilio.com", "verify.twilio.com"), twilio.url)
        way = Way(desk, Upstream(5.0), hurried())
        front = TwilioFront(way, refusing=refusing, token=TOKEN, callback_url=CALLBACK, places=places)
        with serving(InPath([front])) as url:
            yield Scene(twilio, guard, desk, pointed_at(url), url, clock)
        way.upstream.close()


@pytest.fixture
def accepted() -> Iterator[Scene]:
    """A front that answers refused texts as accepted ones."""
    yield from scene(Recording(PUMPED))


@pytest.fixture
def erring() -> Iterator[Scene]:
    """A front that answers refused texts with Twilio's own errors."""
    yield from scene(Recording(PUMPED), "error")


def test_an_allowed_message_goes_through(accepted: Scene) -> None:
    """The SDK sees Twilio's own answer, and Twilio the SDK's own request with its credentials."""
    sent = accepted.client.messages.create(to=HONEST, from_=SENDER, body="Your code is 123456")
    assert sent.sid in accepted.twilio.messages
    assert (sent.status, sent.to, sent.body) == ("queued", HONEST, "Your code is 123456")
    [asked] = accepted.guard.asked
    assert (asked.phone, asked.channel, asked.endpoint, asked.challengeable) == (
        HONEST,
        "sms",
        "twilio.messages",
        False,
    )
    [arrived] = accepted.twilio.asked
    assert arrived.headers["host"] == "api.twilio.com"
    assert arrived.headers["user-agent"].startswith("twilio-python/")


def test_a_guard_that_does_not_hear_stops_no_answer(accepted: Scene) -> None:
    """A text that Twilio took is answered as Twilio did, though it cannot be noted: else it would be sent again."""

    class Forgetful(Ledger):
        def note(self, attempt_id: str, *names: str) -> None:
            raise OSError("made to fail")

    accepted.desk.ledger = Forgetful()
    sent = accepted.client.messages.create(to=HONEST, from_=SENDER, body="Your code is 123456")
    assert sent.sid in accepted.twilio.messages
    service = accepted.client.verify.v2.services(SERVICE)
    assert service.verifications.create(to=HONEST, channel="sms").status == "pending"


def test_a_refused_message_looks_like_an_accepted_one(accepted: Scene) -> None:
    """Nothing reaches Twilio, and neither the answer's fields nor later questions tell."""
    real = accepted.client.messages.create(to=HONEST, from_=SENDER, body="Your code is 123456")
    made_up = accepted.client.messages.create(to=PUMPED, from_=SENDER, body="Your code is 123456")
    assert len(accepted.twilio.messages) == 1
    assert re.fullmatch("SM[0-9a-f]{32}", made_up.sid or "")
    for name in ("status", "direction", "error_code", "price", "price_unit", "num_segments", "num_media", "from_"):
        assert getattr(made_up, name) == getattr(real, name), name
    fetched = accepted.client.messages(made_up.sid or "").fetch()
    assert (fetched.status, fetched.sid, fetched.to) == ("queued", made_up.sid, PUMPED)
    accepted.clock[0] += 5.0
    assert accepted.client.messages(made_up.sid or "").fetch().status == "sent"
    assert accepted.client.messages(made_up.sid or "").delete()
    with pytest.raises(TwilioRestException) as gone:
        accepted.client.messages(made_up.sid or "").fetch()
    assert gone.value.status == 404


def test_a_made_up_answer_is_held(accepted: Scene) -> None:
    """Every answer that Twilio did not give is held as long as Twilio takes for one of its kind."""
    held: list[str] = []

    class Watched(Pace):
        async def wait(self, kind: Kind = "send") -> None:
            held.append(kind)

    way = Way(accepted.desk, NOTHING, Watched())
    asked = TwilioFront(way)
    messages, service = f"/2010-04-01/Accounts/{ACCOUNT}/Messages", f"/v2/Services/{SERVICE}"
    form = urlencode({"To": PUMPED, "Body": "x", "Channel": "sms", "Code": "1"}).encode()
    sid = json.loads(asyncio.run(asked.answer(Request("POST", f"{messages}.json", (FORM,), form))).body)["sid"]
    asyncio.run(asked.answer(Request("GET", f"{messages}/{sid}.json")))
    for path in ("Verifications", "VerificationCheck"):
        asyncio.run(asked.answer(Request("POST", f"{service}/{path}", (FORM,), form)))
    asyncio.run(asked.answer(Request("GET", f"{service}/Verifications/{PUMPED}")))
    assert held == ["send", "fetch", "send", "check", "fetch"]


def test_the_two_answers_have_the_same_fields(accepted: Scene) -> None:
    """A made-up message has the fields of Twilio's own, no more and no fewer."""
    sent = accepted.client.messages.create(to=HONEST, from_=SENDER, body="x")
    fields = {"To": PUMPED, "From": SENDER, "Body": "x"}
    assert records.message(fields, ACCOUNT, NOW).keys() == accepted.twilio.messages[sent.sid or ""].keys()
    accepted.client.verify.v2.services(SERVICE).verifications.create(to=HONEST, channel="sms")
    [own] = accepted.twilio.verifications.values()
    assert records.verification(SERVICE, ACCOUNT, PUMPED, "sms", NOW).keys() == own.keys()


def test_a_refused_message_may_be_an_error(erring: Scene) -> None:
    """By setting, the SDK raises an error of Twilio's, without the number or a reason."""
    with pytest.raises(TwilioRestException) as raised:
        erring.client.messages.create(to=PUMPED, from_=SENDER, body="x")
    assert (raised.value.status, raised.value.code) == (400, 30450)
    erring.guard.retry_after_s = 30.0
    with pytest.raises(TwilioRestException) as raised:
        erring.client.messages.create(to=PUMPED, from_=SENDER, body="x")
    assert (raised.value.status, raised.value.code) == (429, 20429)


def test_errors_of_twilio_are_passed_on(accepted: Scene) -> None:
    """An error is Twilio's own, and a text that Twilio takes not is a failed one; its own failure leaves that open."""
    with pytest.raises(TwilioRestException) as raised:
        accepted.client.messages.create(to="+447700900666", from_=SENDER, body="x")
    assert (raised.value.status, raised.value.code, raised.value.msg) == (
        400,
        21610,
        "Unable to create record: made to fail",
    )
    assert accepted.guard.events() == ["failed"]
    with pytest.raises(TwilioRestException) as raised:
        accepted.client.messages.create(to="+447700900777", from_=SENDER, body="x")
    assert raised.value.status == 503
    assert accepted.guard.events() == ["failed"]


def test_wrong_credentials_are_twilios_to_refuse(accepted: Scene) -> None:
    """The front has no credentials: the caller's go to Twilio, whatever they are."""
    client = Client(ACCOUNT, "wrong", http_client=accepted.client.http_client)
    with pytest.raises(TwilioRestException) as raised:
        client.messages.create(to=HONEST, from_=SENDER, body="x")
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "fields", [{"to": f"whatsapp:{PUMPED}"}, {"to": PUMPED, "media_url": ["https://example.org/a.png"]}]
)
def test_what_is_no_text_is_passed_on(accepted: Scene, fields: dict[str, Any]) -> None:
    """Media and other channels are not the guard's: they go on unasked."""
    accepted.client.messages.create(from_=SENDER, body="x", **fields)
    assert accepted.guard.asked == []
    assert len(accepted.twilio.messages) == 1


def test_prices_are_learned_when_they_appear(accepted: Scene) -> None:
    """A price that Twilio names later, on one message or in a list, is what the guard reckons with from then on."""
    sent = accepted.client.messages.create(to=HONEST, from_=SENDER, body="x")
    assert accepted.desk.prices.of(HONEST) is None
    accepted.twilio.settle(sent.sid or "")
    assert accepted.client.messages(sent.sid or "").fetch().price == "-0.04200"
    assert accepted.desk.prices.of(HONEST) == pytest.approx(0.042)
    accepted.client.messages.create(to="+447700900124", from_=SENDER, body="x")
    assert accepted.guard.asked[-1].price_usd == pytest.approx(0.042)
    assert accepted.guard.events() == ["delivered"]
    assert len(accepted.client.messages.list()) == 2


def test_receipts_come_by_callback(accepted: Scene) -> None:
    """Twilio is told to report here where the request names no place, and a report with its signature is heard."""
    sent = accepted.client.messages.create(to=HONEST, from_=SENDER, body="x")
    assert accepted.twilio.callbacks[sent.sid or ""] == CALLBACK
    here = f"{accepted.url}/callbacks/twilio"
    assert accepted.twilio.report(sent.sid or "", "delivered", to=here) == 204
    [attempt] = accepted.guard.asked
    assert accepted.guard.heard == [(attempt.attempt_id, "delivered")]
    with pytest.raises(OSError, match="403"):
        accepted.twilio.report(sent.sid or "", "delivered", to=here, token="wrong")
    assert len(accepted.guard.heard) == 1


def test_a_callback_of_the_application_is_left_alone(accepted: Scene) -> None:
    """A request that names a place for reports keeps it."""
    sent = accepted.client.messages.create(
        to=HONEST, from_=SENDER, body="x", status_callback="https://app.example/s"
    )
    assert accepted.twilio.callbacks[sent.sid or ""] == "https://app.example/s"


def test_an_entered_code_is_an_outcome(accepted: Scene) -> None:
    """A check that Twilio approves is heard once, and a wrong code is not."""
    service = accepted.client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=HONEST, channel="sms")
    assert (started.status, started.valid) == ("pending", False)
    assert service.verification_checks.create(to=HONEST, code="000000").status == "pending"
    assert accepted.guard.events() == []
    assert service.verification_checks.create(to=HONEST, code=RIGHT_CODE).status == "approved"
    [attempt] = accepted.guard.asked
    assert accepted.guard.heard == [(attempt.attempt_id, "verified")]


@pytest.mark.parametrize(
    "host", ["api.twilio.com", "api.dublin.ie1.twilio.com", "127.0.0.1", "front.internal:8080"]
)
def test_the_host_or_the_path_says_which_part_is_meant(accepted: Scene, host: str) -> None:
    """A name of Twilio's that leads here works as well as the bare address with Twilio's paths."""
    given = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    headers = (("host", host), ("authorization", f"Basic {given}"), FORM)
    carrier = Upstream(5.0)
    for target, form in (
        (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", {"To": PUMPED, "Body": "x"}),
        (f"/v2/Services/{SERVICE}/Verifications", {"To": PUMPED, "Channel": "sms"}),
    ):
        answer = carrier.asked(accepted.url, Request("POST", target, headers, urlencode(form).encode()))
        assert (answer.status, json.loads(answer.body)["to"]) == (201, PUMPED)
    carrier.close()
    assert [one.endpoint for one in accepted.guard.asked] == ["twilio.messages", "twilio.verify"]
    assert accepted.twilio.asked == []


def test_an_entered_code_ends_its_verification(accepted: Scene) -> None:
    """Once a code was entered, by whatever name of the verification, a refused one begins another verification."""
    service = accepted.client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=HONEST, channel="sms")
    service.verification_checks.create(verification_sid=started.sid or "", code=RIGHT_CODE)
    accepted.guard.refused.add(HONEST)
    assert service.verifications.create(to=HONEST, channel="sms").sid != started.sid


def test_the_application_may_say_who_asks(accepted: Scene) -> None:
    """What stands in its own headers reaches the guard, and not Twilio."""

    class Telling(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            said = {"X-Checkvalve-IP": "203.0.113.7", "X-Checkvalve-Account": "u1", "X-Checkvalve-Tenant": "shop"}
            kwargs["headers"] = {**kwargs["headers"], **said}
            return super().request(method, url.replace("https://", f"{accepted.url}/twilio/"), *args, **kwargs)

    client = Client(ACCOUNT, TOKEN, http_client=Telling())
    client.messages.create(to=HONEST, from_=SENDER, body="x")
    [asked], [arrived] = accepted.guard.asked, accepted.twilio.asked
    assert (asked.ip, asked.account_id, asked.tenant) == ("203.0.113.7", "u1", "shop")
    assert not [name for name in arrived.headers if "checkvalve" in name]


def test_an_application_with_codes_of_its_own_says_so_itself(accepted: Scene) -> None:
    """A verification that the application calls approved is an outcome too."""
    service = accepted.client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=HONEST, channel="sms")
    service.verifications(started.sid or "").update(status="approved")
    assert accepted.guard.events() == ["verified"]


def test_a_refused_code_looks_like_a_started_verification(accepted: Scene) -> None:
    """Started, asked for, and tried with codes, it behaves as one whose code nobody knows; Twilio hears nothing."""
    service = accepted.client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=PUMPED, channel="sms")
    assert (started.status, started.to, started.account_sid) == ("pending", PUMPED, ACCOUNT)
    assert service.verifications(started.sid or "").fetch().status == "pending"
    assert service.verifications.create(to=PUMPED, channel="sms").sid == started.sid
    for _ in range(records.MOST_CHECKS):
        wrong = service.verification_checks.create(to=PUMPED, code=RIGHT_CODE)
        assert (wrong.status, wrong.valid, wrong.sid) == ("pending", False, started.sid)
    with pytest.raises(TwilioRestException) as raised:
        service.verification_checks.create(verification_sid=started.sid or "", code=RIGHT_CODE)
    assert (raised.value.status, raised.value.code) == (429, 60202)
    assert accepted.twilio.asked == []
    assert accepted.guard.events() == []


def test_a_refused_verification_ends_in_its_time(accepted: Scene) -> None:
    """After ten minutes it is gone, as Twilio's are; a canceled one at once."""
    service = accepted.client.verify.v2.services(SERVICE)
    first = service.verifications.create(to=PUMPED, channel="sms")
    assert service.verifications(first.sid or "").update(status="canceled").status == "canceled"
    second = service.verifications.create(to=PUMPED, channel="sms")
    assert second.sid != first.sid
    accepted.clock[0] += records.PENDING_S + 1.0
    for sid in (first.sid, second.sid):
        with pytest.raises(TwilioRestException) as raised:
            service.verifications(sid or "").fetch()
        assert raised.value.status == 404


def test_a_refused_resend_keeps_the_open_verification(accepted: Scene) -> None:
    """One more code that is refused changes nothing for the code that was sent: it can still be entered."""
    service = accepted.client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=HONEST, channel="sms")
    accepted.guard.refused.add(HONEST)
    again = service.verifications.create(to=HONEST, channel="sms")
    assert again.sid == started.sid
    assert len(again.send_code_attempts or []) == 2
    assert len(accepted.twilio.asked) == 1
    assert service.verification_checks.create(to=HONEST, code=RIGHT_CODE).status == "approved"
    assert accepted.guard.events() == ["verified"]


def test_a_second_verification_has_ten_minutes_of_its_own(accepted: Scene) -> None:
    """A refused resend belongs to the verification that is open now, whatever the number had open before."""
    service = accepted.client.verify.v2.services(SERVICE)
    service.verifications.create(to=HONEST, channel="sms")
    accepted.clock[0] += records.PENDING_S + 1.0
    accepted.twilio.verifications.clear()  # there it is over as well
    second = service.verifications.create(to=HONEST, channel="sms")
    accepted.guard.refused.add(HONEST)
    assert service.verifications.create(to=HONEST, channel="sms").sid == second.sid


@pytest.mark.parametrize("began_at_twilio", [False, True])
def test_a_verification_has_no_more_codes_than_twilio_sends(accepted: Scene, began_at_twilio: bool) -> None:
    """After five codes a refused one is answered as Twilio answers any sixth: too many, until it expires."""
    verifications = accepted.client.verify.v2.services(SERVICE).verifications
    if began_at_twilio:
        accepted.guard.refused.clear()
        verifications.create(to=PUMPED, channel="sms")
        accepted.guard.refused.add(PUMPED)
    shown = [verifications.create(to=PUMPED, channel="sms") for _ in range(4 if began_at_twilio else 5)]
    assert (len({one.sid for one in shown}), len(shown[-1].send_code_attempts or [])) == (1, 5)
    for _ in range(3):
        with pytest.raises(TwilioRestException) as refused:
            verifications.create(to=PUMPED, channel="sms")
        assert (refused.value.status, refused.value.code) == (429, 60203)
    accepted.clock[0] += records.PENDING_S + 1.0
    assert len(verifications.create(to=PUMPED, channel="sms").send_code_attempts or []) == 1


def test_a_refused_code_may_be_an_error(erring: Scene) -> None:
    """By setting it is Fraud Guard's error, and that of too many sends where the caller may come again."""
    service = erring.client.verify.v2.services(SERVICE)
    with pytest.raises(TwilioRestException) as raised:
        service.verifications.create(to=PUMPED, channel="sms")
    assert (raised.value.status, raised.value.code) == (403, 60410)
    erring.guard.retry_after_s = 30.0
    with pytest.raises(TwilioRestException) as raised:
        service.verifications.create(to=PUMPED, channel="sms")
    assert (raised.value.status, raised.value.code) == (429, 60203)


def test_other_channels_of_verify_are_passed_on(accepted: Scene) -> None:
    """A code by e-mail costs no text, and a code by call does."""
    service = accepted.client.verify.v2.services(SERVICE)
    service.verifications.create(to="a@example.org", channel="email")
    assert accepted.guard.asked == []
    service.verifications.create(to=HONEST, channel="call")
    assert [one.channel for one in accepted.guard.asked] == ["voice"]


def test_an_impossible_number_is_twilios_own_error(accepted: Scene) -> None:
    """A text to what is no number is refused as Twilio refuses it, and asks nobody."""
    with pytest.raises(TwilioRestException) as raised:
        accepted.client.messages.create(to="+44", from_=SENDER, body="x")
    assert (raised.value.status, raised.value.code) == (400, 21211)
    assert accepted.guard.asked == []


@pytest.mark.parametrize("written", ["447700900123", "+44 7700 900123", "0044 7700 900123"])
def test_a_number_is_judged_as_twilio_takes_it(accepted: Scene, written: str) -> None:
    """However an application writes a number, the guard sees the one it means, and Twilio what was written."""
    accepted.client.messages.create(to=written, from_=SENDER, body="x")
    accepted.client.verify.v2.services(SERVICE).verifications.create(to=written, channel="sms")
    assert [one.phone for one in accepted.guard.asked] == [HONEST, HONEST]
    assert [one["to"] for one in accepted.twilio.messages.values()] == [written]


def front(guard: Recording | None = None) -> TwilioFront:
    """A front before nothing."""
    return TwilioFront(
        Way(Desk(guard or Recording()), NOTHING, hurried()), places={"api.twilio.com": "http://127.0.0.1:9"}
    )


def test_a_provider_that_is_away_is_no_sent_text() -> None:
    """Where nobody listens the answer is 502, and the attempt a failed one."""
    guard = Recording()
    body = urlencode({"To": HONEST, "Body": "x"}).encode()
    request = Request("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", (), body)
    assert asyncio.run(front(guard).answer(request)).status == 502
    assert guard.events() == ["failed"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ((("content-type", "multipart/form-data; boundary=a"),), b"--a", 415),
        ((("content-type", "application/json"),), json.dumps({"To": PUMPED}).encode(), 415),
        ((), b"To=%2B447700900123&To=%2B998939412345", 400),
    ],
)
def test_what_cannot_be_read_for_sure_is_not_handed_on(
    headers: tuple[tuple[str, str], ...], body: bytes, status: int
) -> None:
    """A form that could mean another number to Twilio than to the front goes nowhere."""
    request = Request("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", headers, body)
    with pytest.raises(Refused) as refused:
        asyncio.run(front().answer(request))
    assert refused.value.status == status


@pytest.mark.parametrize(
    "target", ["/twilio/evil.example/2010-04-01/", "/twilio/api.twilio.com.evil.example/", "/twilio/a@twilio.com/"]
)
def test_it_leads_to_twilio_only(target: str) -> None:
    """A host that is not Twilio's is refused: the front is no open way out."""
    with pytest.raises(Refused) as refused:
        asyncio.run(front().answer(Request("GET", target)))
    assert refused.value.status == 404


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=60), st.sampled_from(["Messages.json", "Messages", "Messages/SM" + "0" * 32 + ".json", "x"])
)
def test_no_form_breaks_it(body: bytes, tail: str) -> None:
    """Whatever the body, the answer is one or a refusal."""
    request = Request("POST", f"/2010-04-01/Accounts/{ACCOUNT}/{tail}", (), body)
    status = 0
    try:
        status = asyncio.run(front().answer(request)).status
    except Refused as refused:
        status = refused.status
    assert status in (400, 415, 502)


def test_no_number_and_no_code_is_logged(accepted: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is decided, neither the text nor a whole number stands in a log of this package."""
    with caplog.at_level(logging.DEBUG, logger="checkvalve"):
        for number in (HONEST, PUMPED):
            accepted.client.messages.create(to=number, from_=SENDER, body="Your code is 123456")
    assert "not sent to" in caplog.text
    assert not re.search(r"123456|\d{11}", caplog.text)
