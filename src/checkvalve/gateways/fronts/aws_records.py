"""What SNS and End User Messaging answer, made up: an accepted text, and errors of theirs.

SNS speaks XML (the Query protocol), End User Messaging JSON 1.0. Forms: docs.aws.amazon.com/sns/latest/api/API_Publish
and docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.
"""

from uuid import uuid4
from xml.sax.saxutils import escape

import msgspec

from checkvalve.gateways.exchange import Answer

_XMLNS = "http://sns.amazonaws.com/doc/2010-03-31/"
_XML = ("content-type", "text/xml")
_JSON = ("content-type", "application/x-amz-json-1.0")


def published() -> Answer:
    """SNS accepted a text."""
    request = str(uuid4())
    body = (
        f'<PublishResponse xmlns="{_XMLNS}"><PublishResult><MessageId>{uuid4()}</MessageId></PublishResult>'
        f"<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></PublishResponse>"
    )
    return Answer(200, (_XML, ("x-amzn-requestid", request)), body.encode())


def sns_error(code: str, status: int, text: str) -> Answer:
    """An error as SNS answers with one."""
    request = str(uuid4())
    body = (
        f'<ErrorResponse xmlns="{_XMLNS}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(text)}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
    )
    return Answer(status, (_XML, ("x-amzn-requestid", request)), body.encode())


def sent() -> Answer:
    """End User Messaging accepted a text."""
    return _json({"MessageId": str(uuid4())}, 200)


def eum_error(kind: str, text: str, status: int = 400, **more: str) -> Answer:
    """An error as End User Messaging answers with one."""
    return _json({"__type": kind, "Message": text, **more}, status)


def _json(value: dict[str, str], status: int) -> Answer:
    return Answer(status, (_JSON, ("x-amzn-requestid", str(uuid4()))), msgspec.json.encode(value))
