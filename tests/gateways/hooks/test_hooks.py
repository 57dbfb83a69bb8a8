"""What holds for the hook of every identity provider."""

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Answer, Refused, Refusing
from checkvalve.gateways.hooks.hook import PROVIDERS, Hook
from checkvalve.gateways.hooks.provider import Wording
from checkvalve.gateways.hooks.senders import NotSent
from checkvalve.gateways.hooks.text import Text
from checkvalve.gateways.in_path.desk import Desk
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording, hurried
from tests.gateways.hooks.payloads import ADDRESS, CASES, CODE, USER, Case

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


class Kept:
    """A sender that keeps what it is to send, or takes nothing."""

    def __init__(self, *, broken: bool = False) -> None:
        self.texts: list[Text] = []
        self.broken = broken

    async def send(self, text: Text) -> str | None:
        """Keep it."""
        self.texts.append(text)
        if self.broken:
            raise NotSent("HTTP 500")
        return f"hook:m{len(self.texts)}"


def hook(
    case: Case,
    guard: Recording | None = None,
    sender: Kept | None = None,
    refusing: Refusing = "accepted",
    **wording: str,
) -> Hook:
    """The hook of an identity provider."""
    desk = Desk(guard or Recording(PUMPED), clock=lambda: NOW)
    return Hook(
        PROVIDERS[case.name],
        case.proof,
        desk,
        sender or Kept(),
        hurried(),
        refusing=refusing,
        wording=Wording(**wording),
    )


def called(hook: Hook, request: Any) -> Answer:
    """The answer to one call."""
    return asyncio.run(hook.answer(request))


def content(answer: Answer) -> Any:
    """What an answer says, without what is random in it."""
    found = json.loads(answer.body)
    for command in found.get("commands", []):
        for value in command["value"]:
            value["transactionId"] = "…"
    return found


def test_every_provider_has_a_case() -> None:
    """No identity provider is left out of what is held here."""
    assert [case.name for case in CASES] == list(PROVIDERS)


@each
def test_an_allowed_text_is_handed_over_once(case: Case) -> None:
    """A good request is decided about with all that it tells, and its text goes to the sender, once and whole."""
    guard, sender = Recording(), Kept()
    answer = called(hook(case, guard, sender), case.request(HONEST))
    assert answer.status == 200
    [asked], [text] = guard.asked, sender.texts
    assert (text.phone, text.text, text.code, text.channel) == (HONEST, case.text, CODE, "sms")
    assert (asked.phone, asked.challengeable) == (HONEST, False)
    assert asked.endpoint.startswith(case.name)
    assert asked.account_id == (USER if "account_id" in case.knows else None)
    assert asked.ip == (ADDRESS if "ip" in case.knows else None)


@each
def test_a_refused_text_is_answered_like_a_sent_one(case: Case) -> None:
    """Nothing is handed over, and nothing in the answer tells."""
    sender = Kept()
    tried = hook(case, sender=sender)
    sent, refused = called(tried, case.request(HONEST)), called(tried, case.request(PUMPED))
    assert [text.phone for text in sender.texts] == [HONEST]
    assert (refused.status, refused.headers, content(refused)) == (sent.status, sent.headers, content(sent))


@each
def test_a_refused_text_may_be_an_error(case: Case) -> None:
    """By setting the identity provider hears of it; Okta never does, for it would send the text itself."""
    sender = Kept()
    answer = called(hook(case, sender=sender, refusing="error"), case.request(PUMPED))
    assert sender.texts == []
    told = content(answer)
    if case.name == "okta":
        assert told["commands"][0]["value"][0]["status"] == "SUCCESSFUL"
    else:
        assert answer.status == 429 or told.get("code") == "rate_limited" or told["error"]["http_code"] == 429
    assert CODE not in answer.body.decode()
    assert PUMPED[1:] not in answer.body.decode()


@each
def test_a_wrong_proof_is_refused(case: Case) -> None:
    """A request whose body was changed, or that brings another secret or none, is not the identity provider's."""
    guard = Recording()
    tried, good = hook(case, guard), case.request(HONEST)
    proofs = case.headers(good.body).keys()
    for forged in (
        good._replace(headers=tuple(pair for pair in good.headers if pair[0] not in proofs)),
        good._replace(headers=tuple((k, v + "x" if k in proofs else v) for k, v in good.headers)),
        good._replace(headers=tuple((k, "é" if k in proofs else v) for k, v in good.headers)),
    ):
        with pytest.raises(Refused) as refused:
            called(tried, forged)
        assert refused.value.status == 401
    assert guard.asked == []


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.once or one.name == "authgear"], ids=lambda one: one.name
)
def test_a_signature_covers_the_body(case: Case) -> None:
    """Where requests are signed, the signature of one body is none of another."""
    with pytest.raises(Refused) as refused:
        called(hook(case), case.request(HONEST)._replace(body=case.request(PUMPED).body))
    assert refused.value.status == 401


@pytest.mark.parametrize("case", [one for one in CASES if one.once], ids=lambda one: one.name)
def test_a_request_that_comes_again_is_refused(case: Case) -> None:
    """Where requests carry an id or a time, the same one is carried out once, and an old one not at all."""
    sender = Kept()
    tried, request = hook(case, sender=sender), case.request(HONEST)
    assert called(tried, request).status == 200
    with pytest.raises(Refused) as refused:
        called(tried, request)
    assert refused.value.status == 409
    assert len(sender.texts) == 1
    late = Hook(PROVIDERS[case.name], case.proof, Desk(Recording(), clock=lambda: NOW + 301.0), sender, hurried())
    with pytest.raises(Refused) as refused:
        called(late, case.request(HONEST))
    assert refused.value.status == 401


def test_okta_that_asks_again_is_answered_again() -> None:
    """Okta repeats a request whose answer it did not get: the text is not sent twice, and one that failed is tried."""
    case = next(one for one in CASES if one.name == "okta")
    sender = Kept()
    tried, request = hook(case, sender=sender), case.request(HONEST)
    assert content(called(tried, request)) == content(called(tried, request))
    assert len(sender.texts) == 1
    broken = Kept(broken=True)
    tried = hook(case, sender=broken)
    for _ in range(2):
        assert content(called(tried, request))["commands"][0]["value"][0]["status"] == "FAILED"
    assert len(broken.texts) == 2


@each
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"to": 5}', b"[" * 2_000])
def test_a_malformed_payload_is_a_clear_refusal(case: Case, body: bytes) -> None:
    """What is no payload is a 4xx that says where the mistake is, and nothing is asked or sent."""
    guard, sender = Recording(), Kept()
    with pytest.raises(Refused) as refused:
        called(hook(case, guard, sender), case.proved(body))
    assert refused.value.status in (400, 422)
    assert refused.value.what
    assert (guard.asked, sender.texts) == ([], [])


@each
def test_an_impossible_number_is_a_clear_refusal(case: Case) -> None:
    """A number that is none is a 422 that does not repeat it."""
    with pytest.raises(Refused) as refused:
        called(hook(case), case.request("+44"))
    assert refused.value.status == 422
    assert "44" not in refused.value.what


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def leaves(record: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all values in a record."""
    if not isinstance(record, dict):
        return [path]
    return [path, *(place for key, value in record.items() for place in leaves(value, (*path, key)))]


@each
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_payload_breaks_a_hook(case: Case, data: st.DataObject) -> None:
    """Whatever stands where in a payload, the answer is the identity provider's, or a 4xx."""
    record = case.payload(HONEST)
    place = data.draw(st.sampled_from(leaves(record)[1:]))
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = data.draw(VALUES)
    status = 0
    try:
        status = called(hook(case), case.proved(json.dumps(record).encode())).status
    except Refused as refused:
        status = refused.status
    assert status in (200, 400, 422)


@each
def test_a_sender_that_fails_is_told(case: Case) -> None:
    """The identity provider hears that nothing was sent, and the attempt is a failed one."""
    guard = Recording()
    answer = called(hook(case, guard, Kept(broken=True)), case.request(HONEST))
    told = content(answer)
    assert (
        answer.status == 502
        or told.get("code") == "delivery_rejected"
        or told.get("error", {}).get("http_code") == 500
        or told["commands"][0]["value"][0]["status"] == "FAILED"
    )
    assert guard.events() == ["failed"]


@each
def test_outcomes_find_their_text(case: Case) -> None:
    """An entered code is told by the number, by the account where there is one, or by the sender's id."""
    guard = Recording()
    desk = Desk(guard, clock=lambda: NOW)
    called(Hook(PROVIDERS[case.name], case.proof, desk, Kept(), hurried()), case.request(HONEST))
    names = ["hook:m1", f"phone:{HONEST}", *([f"account:{USER}"] if "account_id" in case.knows else [])]
    assert [desk.heard(name, "verified") for name in names] == [True] * len(names)
    assert {attempt for attempt, _ in guard.heard} == {guard.asked[0].attempt_id}


@each
def test_neither_code_nor_number_is_logged(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever becomes of a text, no log at any level holds the code or a whole number."""
    with caplog.at_level(logging.DEBUG):
        called(hook(case), case.request(PUMPED))
        called(hook(case, sender=Kept(broken=True)), case.request(HONEST))
        broken = Recording()
        broken.asked = None  # type: ignore[assignment]  # breaks it on purpose
        called(hook(case, broken), case.request(HONEST))
    assert caplog.text.count("\n") >= 3
    for hidden in (CODE, HONEST[1:], PUMPED[1:]):
        assert hidden not in caplog.text


def case_of(name: str) -> Case:
    """The case of an identity provider."""
    return next(one for one in CASES if one.name == name)


def test_a_text_without_a_code_is_passed_on() -> None:
    """Where nothing can be entered the guard is not asked: it would take silence for fraud."""
    case, guard, sender = case_of("auth0"), Recording(PUMPED), Kept()
    record = case.payload(PUMPED)
    told = {"code": None, "message_type": "blocked_account", "as_text": "Your account was blocked at 20:26."}
    record["notification"] |= told
    assert called(hook(case, guard, sender), case.proved(json.dumps(record).encode())).status == 200
    assert (guard.asked, len(sender.texts)) == ([], 1)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("auth0", ("notification", "code")),
        ("fusionauth", ("code",)),
        ("authgear", ("template_variables", "code")),
        ("zitadel", ("args", "oTP")),
    ],
)
def test_a_code_that_is_not_named_is_asked_about(name: str, place: tuple[str, ...]) -> None:
    """A release that names the code in another way sends none unasked: the text itself shows that it holds one."""
    case, guard, sender = case_of(name), Recording(PUMPED), Kept()
    record = inner = case.payload(PUMPED)
    for key in place[:-1]:
        inner = inner[key]
    inner["renamed"] = inner.pop(place[-1])
    assert called(hook(case, guard, sender), case.proved(json.dumps(record).encode())).status == 200
    assert (len(guard.asked), sender.texts) == (1, [])


@pytest.mark.parametrize(
    ("event", "args", "asks"),
    [
        ("session.otp.sms.challenged", {"oTP": CODE}, True),
        ("user.human.mfa.otp.sms.code.added", {"OTP": CODE}, True),
        ("user.human.phone.code.added", {"code": CODE}, True),
        ("user.human.password.code.added", {"code": CODE, "oTP": None}, True),
        ("session.otp.sms.challenged", {"spelled": "anew"}, True),
        ("session.otp.sms.challenged", None, True),
        ("user.human.password.changed", {"userName": "somebody"}, False),
    ],
)
def test_the_guard_is_asked_about_every_code_of_zitadel(
    event: str, args: dict[str, Any] | None, asks: bool
) -> None:
    """However Zitadel spells the argument that holds the code, no code is sent unasked; a notice is."""
    case, guard, sender = case_of("zitadel"), Recording(PUMPED), Kept()
    record = case.payload(PUMPED)
    record["contextInfo"]["eventType"], record["args"] = event, args
    record["templateData"]["text"] = "A text for somebody"
    assert called(hook(case, guard, sender), case.proved(json.dumps(record).encode())).status == 200
    assert (len(guard.asked), len(sender.texts)) == ((1, 0) if asks else (0, 1))


@pytest.mark.parametrize(
    ("name", "place"), [("logto", ("payload", "code")), ("okta", ("data", "messageProfile", "otpCode"))]
)
def test_nothing_is_sent_that_says_nothing(name: str, place: tuple[str, ...]) -> None:
    """Where neither a code nor a text is given, nothing can be sent, and that is said."""
    case, sender = case_of(name), Kept()
    record = case.payload(HONEST)
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    inner.pop("msgTemplate", None)
    with pytest.raises(Refused) as refused:
        called(hook(case, sender=sender), case.proved(json.dumps(record).encode()))
    assert (refused.value.status, sender.texts) == (422, [])


def test_a_changed_number_is_asked_for_the_new_one() -> None:
    """Supabase names the number that a code goes to apart from the user's own where they differ."""
    case, sender = case_of("supabase"), Kept()
    record = case.payload("+447700900999")
    record["sms"]["phone"] = HONEST.removeprefix("+")
    called(hook(case, sender=sender), case.proved(json.dumps(record).encode()))
    assert [text.phone for text in sender.texts] == [HONEST]


def test_numbers_may_be_written_as_in_a_country() -> None:
    """FusionAuth hands on what the user wrote: with a country in the settings it is read as there."""
    case, sender = case_of("fusionauth"), Kept()
    called(hook(case, sender=sender, region="GB"), case.request("07700 900123"))
    assert [text.phone for text in sender.texts] == [HONEST]


def test_the_wording_is_the_operators() -> None:
    """Where the identity provider gives only the code, the settings say the rest."""
    case, sender = case_of("logto"), Kept()
    called(hook(case, sender=sender, template="{code} opens example.org"), case.request(HONEST))
    assert [text.text for text in sender.texts] == [f"{CODE} opens example.org"]
