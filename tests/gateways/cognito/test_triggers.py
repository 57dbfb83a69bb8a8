"""Cognito's triggers: what they ask, tell and send, with events as AWS describes them."""

import json
import logging
import sys
from base64 import b64encode
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.api import Api
from checkvalve.gateways.cognito import codes, custom_sms_sender, guard, post_confirmation, pre_sign_up
from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.policy import NewCountry
from proving.emulators.aws import ACCESS_KEY, SECRET_KEY, Aws
from proving.emulators.local_server import LocalServer, Said
from tests.gateways.guards import HONEST, PUMPED
from tests.gateways.serving import serving

CODE = "561166"
USER = "3f5a1c9e-0000-4000-8000-00000000abcd"
ENCRYPTED = b64encode(b"encrypted:" + CODE.encode()).decode()


def event(trigger: str, phone: str | None = HONEST, **request: Any) -> dict[str, Any]:
    """An event of a trigger."""
    attributes = {"sub": USER, "email": "somebody@example.org", "phone_number_verified": "false"}
    if phone is not None:
        attributes["phone_number"] = phone
    return {
        "version": "1",
        "triggerSource": trigger,
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_Example",
        "userName": "somebody",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client1"},
        "request": {"userAttributes": attributes, **request},
        "response": {},
    }


def sending_event(phone: str | None = HONEST) -> dict[str, Any]:
    """An event of the custom SMS sender."""
    return event(
        "CustomSMSSender_SignUp", phone, type="customSMSSenderRequestV1", code=ENCRYPTED, clientMetadata={"ip": "1"}
    )


def stub() -> ModuleType:
    """What the AWS Encryption SDK is asked for, without the encryption."""
    found = ModuleType("aws_encryption_sdk")

    class Client:
        def __init__(self, commitment_policy: str) -> None:
            assert commitment_policy == "allow"

        def decrypt(self, source: bytes, key_provider: list[str]) -> tuple[bytes, None]:
            assert key_provider == ["arn:aws:kms:eu-west-1:123456789012:key/1"]
            return source.removeprefix(b"encrypted:"), None

    found.__dict__.update(
        EncryptionSDKClient=Client,
        StrictAwsKmsMasterKeyProvider=lambda key_ids: key_ids,
        CommitmentPolicy=SimpleNamespace(REQUIRE_ENCRYPT_ALLOW_DECRYPT="allow"),
    )
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """A guard that refuses one country, served; the environment of a function that asks it."""
    found = Guard(Policy(new_country=NewCountry(closed=("UZ",), learning=0, free_usd=1.0)), capacity=1_000)
    monkeypatch.setenv("KMS_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:key/1")
    monkeypatch.setitem(sys.modules, "aws_encryption_sdk", stub())
    with serving(Api(found)) as url:
        monkeypatch.setenv("CHECKVALVE_URL", url)
        yield found


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A URL that sends."""
    with LocalServer(lambda asked: Said(202)) as server:
        monkeypatch.setenv("SENDER_URL", f"{server.url}/texts")
        monkeypatch.setenv("SENDER_TOKEN", "t")
        yield server


def test_an_allowed_text_is_decrypted_and_sent(asked: Guard, sender: LocalServer) -> None:
    """The sender gets the code in the text, and Cognito its event as it came."""
    given = sending_event()
    assert custom_sms_sender.handler(given, None) == sending_event()
    [arrived] = sender.asked
    told = json.loads(arrived.body)
    assert (told["to"], told["text"], told["purpose"]) == (HONEST, f"Your code is {CODE}.", "SignUp")
    assert arrived.headers["authorization"] == "Bearer t"


def test_a_refused_text_looks_like_a_sent_one_to_cognito(asked: Guard, sender: LocalServer) -> None:
    """Nothing is sent, and nothing raised."""
    assert custom_sms_sender.handler(sending_event(PUMPED), None) == sending_event(PUMPED)
    assert sender.asked == []


def test_a_confirmed_user_is_an_entered_code(asked: Guard, sender: LocalServer) -> None:
    """A confirmation with a verified number finds the text by pool and user; one by e-mail says nothing."""
    custom_sms_sender.handler(sending_event(), None)
    confirmed = event("PostConfirmation_ConfirmSignUp")
    assert post_confirmation.handler(confirmed, None) == confirmed
    digest = asked.learner.places.of(Attempt("a", 0.0, HONEST)).digest
    assert digest not in asked.learner.people.verified
    confirmed["request"]["userAttributes"]["phone_number_verified"] = "true"
    post_confirmation.handler(confirmed, None)
    assert digest in asked.learner.people.verified


def test_a_login_refunds_and_verifies_nothing(asked: Guard, sender: LocalServer) -> None:
    """Whoever got in finished, by whatever factor: the open code is closed, the number not verified."""
    custom_sms_sender.handler(sending_event(), None)
    assert len(asked.learner.open.by_attempt) == 1
    post_confirmation.handler(event("PostAuthentication_Authentication"), None)
    assert len(asked.learner.open.by_attempt) == 0
    assert len(asked.learner.people.verified) == 0


def test_a_sign_up_is_refused_without_a_reason(asked: Guard) -> None:
    """Where Cognito sends, the sign-up itself is decided about; who asks for no text is not asked about."""
    given = event("PreSignUp_SignUp", validationData=None)
    assert pre_sign_up.handler(given, None) == given
    with pytest.raises(pre_sign_up.SignUpRefused) as refused:
        pre_sign_up.handler(event("PreSignUp_SignUp", PUMPED), None)
    assert "try again later" in str(refused.value)
    for passing in (event("PreSignUp_AdminCreateUser", PUMPED), event("PreSignUp_SignUp", None)):
        assert pre_sign_up.handler(passing, None) == passing


@pytest.mark.parametrize(("broken", "sent"), [("send", 1), ("refuse", 0)])
def test_a_guard_that_does_not_answer(
    asked: Guard, sender: LocalServer, monkeypatch: pytest.MonkeyPatch, broken: str, sent: int
) -> None:
    """Without an answer the text is sent or refused, as the environment says; a confirmation goes on in any case."""
    monkeypatch.setenv("CHECKVALVE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CHECKVALVE_WHEN_BROKEN", broken)
    custom_sms_sender.handler(sending_event(), None)
    assert len(sender.asked) == sent
    login = event("PostAuthentication_Authentication")
    assert post_confirmation.handler(login, None) == login


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", f"a@{'b' * 3_000}"), ("sub", "s" * 5_000), ("sub", "\ud800"), ("email", "a@\ud800")],
)
def test_nobody_writes_themselves_past_the_guard(asked: Guard, sender: LocalServer, name: str, value: str) -> None:
    """Whatever a user's attributes and name are, the guard is asked: a refused number stays refused."""
    for phone, sent in ((PUMPED, 0), (HONEST, 1)):
        given = sending_event(phone)
        given["request"]["userAttributes"][name] = value
        given["userName"], given["triggerSource"] = f"\ud800{'u' * 3_000}", f"CustomSMSSender_{'x' * 3_000}"
        custom_sms_sender.handler(given, None)
        assert len(sender.asked) == sent


@pytest.mark.parametrize(("status", "sent"), [(400, 0), (401, 0), (403, 0), (422, 0), (429, 1), (500, 1), (503, 1)])
def test_a_refused_question_is_no_silence(
    asked: Guard, sender: LocalServer, monkeypatch: pytest.MonkeyPatch, status: int, sent: int
) -> None:
    """A guard that refuses the question has answered, and nothing is sent; one that fails or is busy has not."""
    with LocalServer(lambda asked: Said(status)) as refusing:
        monkeypatch.setenv("CHECKVALVE_URL", refusing.url)
        custom_sms_sender.handler(sending_event(), None)
    assert len(sender.asked) == sent


@pytest.mark.parametrize("text", ["abc", "nan", "-1", "inf", ""])
def test_a_time_that_is_none_is_the_usual_one(
    asked: Guard, sender: LocalServer, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A mistake in how long is waited does not turn the guard off, nor does a line break behind the token."""
    monkeypatch.setenv("CHECKVALVE_TIMEOUT_S", text)
    monkeypatch.setenv("CHECKVALVE_TOKEN", "token\n")
    custom_sms_sender.handler(sending_event(PUMPED), None)
    assert sender.asked == []


def test_a_user_is_not_named() -> None:
    """A user's name, which may be their number, is not what the text is called; all triggers call it the same."""
    given = sending_event() | {"userName": HONEST}
    assert HONEST[1:] not in guard.name_of(given)
    assert guard.name_of(given) == guard.name_of(event("PostConfirmation_ConfirmSignUp") | {"userName": HONEST})
    assert guard.name_of(given) != guard.name_of(sending_event())


def test_a_missing_sdk_says_what_to_do(asked: Guard, sender: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the AWS Encryption SDK, or without a key, the function fails with what is missing; nothing is sent."""
    monkeypatch.setitem(sys.modules, "aws_encryption_sdk", None)
    with pytest.raises(codes.NotDecrypted, match="--with FOLDER"):
        custom_sms_sender.handler(sending_event(), None)
    monkeypatch.delenv("KMS_KEY_ARN")
    with pytest.raises(codes.NotDecrypted, match="KMS_KEY_ARN"):
        custom_sms_sender.handler(sending_event("+447700900124"), None)
    assert sender.asked == []


def test_aws_sends_with_the_functions_role(asked: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a URL it is SNS, and with an origination identity End User Messaging, through real boto3."""
    with Aws() as aws:
        before = len(aws.published())
        for name, value in {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        custom_sms_sender.handler(sending_event(), None)
        assert [one[1:] for one in aws.published()[before:]] == [[HONEST, f"Your code is {CODE}."]]
        monkeypatch.setenv("ORIGINATION_IDENTITY", "+15005550006")
        monkeypatch.setenv("CONFIGURATION_SET", "codes")
        monkeypatch.setenv("MESSAGE", "{code} opens example.org")
        custom_sms_sender.handler(sending_event("+447700900124"), None)
        [text] = aws.texts
        assert (text["MessageBody"], text["ConfigurationSetName"]) == (f"{CODE} opens example.org", "codes")


def test_nothing_is_believed_that_the_caller_writes() -> None:
    """``clientMetadata`` is written by whoever calls Cognito: no part of the attempt comes from it."""
    given = sending_event()
    given["request"]["clientMetadata"] = {"ip": "203.0.113.7", "phone_number": PUMPED, "account_id": "x"}
    assert guard.attempt_of(given) == guard.attempt_of(sending_event())


VALUES = st.none() | st.text(max_size=5) | st.integers() | st.dictionaries(st.text(max_size=3), st.text(max_size=3))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["triggerSource", "userPoolId", "userName", "other"]), VALUES), VALUES)
def test_no_event_breaks_reading(outer: dict[str, Any], phone: Any) -> None:
    """Whatever stands in an event, it is an attempt or none."""
    found = guard.attempt_of({**outer, "request": {"userAttributes": {"phone_number": phone}}})
    assert (found is not None) == (isinstance(phone, str) and bool(phone))


def test_neither_code_nor_number_is_logged(
    asked: Guard, sender: LocalServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a function logs holds neither, whatever happens."""
    with caplog.at_level(logging.DEBUG):
        custom_sms_sender.handler(sending_event(PUMPED), None)
        monkeypatch.setenv("CHECKVALVE_URL", "http://127.0.0.1:9")
        custom_sms_sender.handler(sending_event(), None)
    assert "a text was refused" in caplog.text
    for hidden in (CODE, HONEST[1:], PUMPED[1:]):
        assert hidden not in caplog.text
