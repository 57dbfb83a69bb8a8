"""Sending a text from a Lambda function: a URL of one's own, End User Messaging, or SNS."""

import json
import os
from typing import Any
from urllib.request import Request, urlopen


def send(phone: str, code: str, purpose: str, account_id: str) -> None:
    """Send a code as the environment says; whatever goes wrong is raised."""
    text = os.environ.get("MESSAGE", "Your code is {code}.").replace("{code}", code)
    if os.environ.get("SENDER_URL"):
        told = {
            "to": phone,
            "text": text,
            "code": code,
            "channel": "sms",
            "purpose": purpose,
            "account_id": account_id,
        }
        _to_url(os.environ["SENDER_URL"], told)
    elif os.environ.get("ORIGINATION_IDENTITY"):
        _by_end_user_messaging(phone, text)
    else:
        kind = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
        _client("sns").publish(PhoneNumber=phone, Message=text, MessageAttributes=kind)


def _to_url(url: str, told: dict[str, Any]) -> None:
    if not url.startswith(("https://", "http://")):
        raise ValueError("SENDER_URL is no URL")
    headers = {"content-type": "application/json"}
    if os.environ.get("SENDER_TOKEN"):
        headers["authorization"] = f"Bearer {os.environ['SENDER_TOKEN']}"
    request = Request(url, json.dumps(told).encode(), headers)  # noqa: S310 (http, as checked)
    with urlopen(request, timeout=2.5) as answer:  # noqa: S310 (as above)
        answer.read()


def _by_end_user_messaging(phone: str, text: str) -> None:
    given = {
        "DestinationPhoneNumber": phone,
        "OriginationIdentity": os.environ["ORIGINATION_IDENTITY"],
        "MessageBody": text,
        "MessageType": "TRANSACTIONAL",
    }
    if os.environ.get("CONFIGURATION_SET"):
        given["ConfigurationSetName"] = os.environ["CONFIGURATION_SET"]
    _client("pinpoint-sms-voice-v2").send_text_message(**given)


def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)
