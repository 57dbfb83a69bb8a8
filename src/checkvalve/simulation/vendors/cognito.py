"""Amazon Cognito as CloudTrail sees it: who signed up, asked again and confirmed, without any number."""

import json
from pathlib import Path
from typing import Any

from checkvalve.simulation.clock import clock, iso
from checkvalve.simulation.traffic.draws import digest, stream
from checkvalve.simulation.traffic.events import Check, Event, Message
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import open_text, uuid

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
CONFIRMATIONS = {"signup": "ConfirmSignUp", "reset": "ConfirmForgotPassword", "login": "RespondToAuthChallenge"}
DOUBLED_SHARE = 0.003
MOST_RECORDS = 20_000
"""A busy day comes in several files."""
SDK = "aws-sdk-js/3.826.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.14.0 api/cognito-identity-provider#3.826.0"


class Cognito:
    """Writes ``{"Records": […]}``, one a day or several, in no order, some twice; the tenant's server calls."""

    def __init__(self, folder: Path, account: AwsAccount) -> None:
        self._folder, self._account = folder, account
        self._random = stream(account.seed, "cognito")
        self._client = digest(16, "client", account.seed).hex()[:26]
        self._day, self._part = "", 0
        self._records: list[dict[str, Any]] = []
        self._count = 0

    def add(self, event: Event) -> None:
        """Note the call that a message or an entered code stands for."""
        if isinstance(event, Message):
            self._put(event.at, *self._started(event))
        elif isinstance(event, Check):
            self._put(event.at, *self._answered(event))

    def _started(self, message: Message) -> tuple[str, dict[str, Any], dict[str, Any] | None, str, str | None]:
        sub = message.account
        if message.purpose == "login":
            asked = {"authFlow": "USER_PASSWORD_AUTH", "authParameters": HIDDEN}
            given = {"challengeName": "SMS_MFA", "session": HIDDEN, "challengeParameters": HIDDEN}
            return "InitiateAuth", asked, given, sub, None
        if message.purpose == "reset":
            return "ForgotPassword", {"username": HIDDEN}, {"codeDeliveryDetails": HIDDEN}, sub, None
        if message.resend:
            return "ResendConfirmationCode", {"username": HIDDEN}, {"codeDeliveryDetails": HIDDEN}, sub, None
        asked = {"username": HIDDEN, "password": HIDDEN, "userAttributes": HIDDEN}
        made: dict[str, Any] = {"userConfirmed": False, "codeDeliveryDetails": HIDDEN, "userSub": sub}
        return "SignUp", asked, made, sub, None

    @staticmethod
    def _answered(check: Check) -> tuple[str, dict[str, Any], dict[str, Any] | None, str, str | None]:
        name = CONFIRMATIONS[check.purpose]
        asked = {"username": HIDDEN, "confirmationCode": HIDDEN}
        if name == "RespondToAuthChallenge":
            asked = {"challengeName": "SMS_MFA", "challengeResponses": HIDDEN, "session": HIDDEN}
        return name, asked, None, check.account, None if check.right else "CodeMismatchException"

    def _put(
        self,
        at: float,
        name: str,
        asked: dict[str, Any],
        given: dict[str, Any] | None,
        sub: str,
        error: str | None,
    ) -> None:
        day = clock(at, "%Y%m%d")
        if day != self._day or len(self._records) >= MOST_RECORDS:
            self._write_day()
            self._part = self._part + 1 if day == self._day else 0
            self._day = day
        record = self._record(at, name, asked, given, sub, error)
        self._records += [record, record] if self._random.uniform() < DOUBLED_SHARE else [record]

    def _record(
        self,
        at: float,
        name: str,
        asked: dict[str, Any],
        given: dict[str, Any] | None,
        sub: str,
        error: str | None,
    ) -> dict[str, Any]:
        self._count += 1
        key = (self._account.seed, name, self._count)
        failure = {"errorCode": error, "errorMessage": "Invalid verification code provided"} if error else {}
        return {
            "eventVersion": "1.09",
            "userIdentity": {"type": "Unknown", "principalId": "Anonymous"},
            "eventTime": iso(at),
            "eventSource": "cognito-idp.amazonaws.com",
            "eventName": name,
            "awsRegion": self._account.region,
            "sourceIPAddress": ("52.14.83.20", "52.14.83.77")[self._count % 2],
            "userAgent": SDK,
            **failure,
            "requestParameters": {"clientId": self._client, **asked},
            "responseElements": given,
            "additionalEventData": {"sub": sub},
            "requestID": uuid("request", *key),
            "eventID": uuid("event", *key),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self._account.number,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"cognito-idp.{self._account.region}.amazonaws.com",
            },
        }

    def _write_day(self) -> None:
        if not self._records:
            return
        order = self._random.permutation(len(self._records)).tolist()
        part = (self._part,) if self._part else ()
        number = digest(8, "trail", self._account.seed, self._day, *part).hex()
        name = f"{self._account.number}_CloudTrail_{self._account.region}_{self._day}T2355Z_{number}.json.gz"
        with open_text(self._folder / name) as file:
            file.write(json.dumps({"Records": [self._records[place] for place in order]}, separators=(",", ":")))
        self._records = []

    def close(self) -> None:
        """Write the last day."""
        self._write_day()
