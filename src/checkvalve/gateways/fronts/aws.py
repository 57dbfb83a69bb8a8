"""The front of AWS: what boto3 is pointed at instead of SNS and End User Messaging.

AWS signs a request with the host that it was made for, so a request cannot simply be sent on to another host. There
are two ways, told apart by ``Host``:

* The host is AWS's own (``sns.eu-west-1.amazonaws.com``), because boto3 was told to go through this front as a plain
  HTTP proxy. The request goes on untouched and with the application's own signature: the signature does not cover
  the scheme, so it holds over https. No secret is known here.
* Any other host (``endpoint_url`` leads here). The signature was made for that host: it is checked with the
  secret of its access key, which must be known here, and a new one is made for AWS with the same key. Temporary
  credentials cannot be checked, so they need the first way.

docs/decisions/aws-front.md says why.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import msgspec

from checkvalve.gateways.exchange import Answer, Refused, Refusing, Request
from checkvalve.gateways.fronts import aws_records as records
from checkvalve.gateways.fronts.handing_on import (
    Errand,
    Way,
    addressed,
    hand_on,
    number_in,
    send,
    wish_of,
)
from checkvalve.gateways.heard import name_of
from checkvalve.gateways.in_path.desk import Verdict
from checkvalve.gateways.in_path.sigv4 import Scope, scope_of, signed, verified
from checkvalve.gateways.in_path.upstream import readable, record_of

PREFIX = "/aws"
SERVICES = frozenset({"sns", "sms-voice"})
_HOST = re.compile(
    r"(?P<service>sns|sms-voice)(?:-fips)?\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
_MESSAGE_ID = re.compile(rb"<MessageId>([^<]{1,100})</MessageId>")
_TARGETS = {"SendTextMessage": "sms", "SendVoiceMessage": "voice"}


class AwsFront:
    """Answers for SNS and End User Messaging.

    Args:
        way: who decides and who carries.
        refusing: how a refused text is answered.
        keys: secrets by access key, for applications whose ``endpoint_url`` leads here.
        places: the place (scheme, host and port) of a host of AWS's, where it is not its own: for tests, or an
            endpoint in a network of one's own. ``Host``, and so the signature, stays AWS's.
    """

    def __init__(
        self,
        way: Way,
        *,
        refusing: Refusing = "accepted",
        keys: Mapping[str, str] | None = None,
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._way, self._refusing = way, refusing
        self._keys, self._places = dict(keys or {}), dict(places or {})

    def takes(self, host: str, path: str) -> bool:
        """Is a request to this host and path for this front?"""
        return path.rstrip("/") == PREFIX or _HOST.fullmatch(host) is not None

    async def answer(self, request: Request) -> Answer:
        """The answer to a request; raises `Refused` where it is none for AWS."""
        scope = scope_of(request)
        if scope is None or scope.service not in SERVICES:
            raise Refused(403, "the request has no signature for sns or sms-voice")
        found = _HOST.fullmatch(request.host)
        if found is not None:
            host = request.host
            errand = Errand(self._places.get(host, f"https://{host}"), addressed(request, host, request.target))
        else:
            again = self._signed_again(request, scope)
            if again is None:
                return _unknown(scope.service)
            errand = again
        part = self._publish if scope.service == "sns" else self._send_text
        return await part(request, errand)

    def _signed_again(self, request: Request, scope: Scope) -> Errand | None:
        secret, now = self._keys.get(scope.access_key), datetime.fromtimestamp(self._way.desk.now(), UTC)
        if secret is None or not verified(request, secret, now):
            return None
        china = ".cn" if scope.region.startswith("cn-") else ""
        host = f"{scope.service}.{scope.region}.amazonaws.com{china}"
        moved = addressed(request, host, f"/?{request.query}" if request.query else "/")
        again = signed(moved, scope.access_key, secret, scope.region, scope.service, now)
        return Errand(self._places.get(host, f"https://{host}"), again)

    async def _publish(self, request: Request, errand: Errand) -> Answer:
        written_in = (errand.request.query, request.body.decode("utf-8", "replace"))  # SNS takes fields from both
        pairs = [pair for text in written_in for pair in parse_qsl(text, keep_blank_values=True)]
        fields = dict(pairs)
        if len(fields) != len(pairs):
            return records.sns_error("InvalidParameter", 400, "Invalid parameter: a field is there twice")
        written = fields.get("PhoneNumber")
        if fields.get("Action") != "Publish" or written is None:
            return await hand_on(self._way, errand)
        phone = number_in(written, "")
        if phone is None:
            return records.sns_error("InvalidParameter", 400, "Invalid parameter: PhoneNumber")
        verdict = await self._way.desk.asked(wish_of(self._way, request, phone, "aws.sns"))
        if not verdict.send:
            await self._way.pace.wait()
            if self._refusing == "error":
                return records.sns_error(
                    "InvalidParameter", 400, "Invalid parameter: PhoneNumber Reason: not valid"
                )
            return records.published()
        return await self._sent(errand, verdict)

    async def _send_text(self, request: Request, errand: Errand) -> Answer:
        channel = _TARGETS.get((request.header("x-amz-target") or "").rpartition(".")[2])
        try:
            record = msgspec.json.decode(request.body) if channel else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return records.eum_error("SerializationException", "the body is no JSON")
        if channel is None or not isinstance(record, dict) or record.get("DryRun") is True:
            return await hand_on(self._way, errand)
        written = record.get("DestinationPhoneNumber")
        phone = number_in(written, "") if isinstance(written, str) else None
        if phone is None:
            return records.eum_error(
                "ValidationException", "DestinationPhoneNumber", Reason="FIELD_VALIDATION_FAILED"
            )
        verdict = await self._way.desk.asked(wish_of(self._way, request, phone, "aws.eum", channel))
        if not verdict.send:
            await self._way.pace.wait()
            return records.sent() if self._refusing == "accepted" else _blocked(verdict)
        return await self._sent(errand, verdict)

    async def _sent(self, errand: Errand, verdict: Verdict) -> Answer:
        handed = await send(self._way, errand, verdict)
        answer = handed.answer
        found = _MESSAGE_ID.search(readable(answer))
        message_id = found[1].decode("ascii", "replace") if found else record_of(answer).get("MessageId")
        desk = self._way.desk
        if answer.status == 200 and isinstance(message_id, str):
            await desk.told(desk.sent, verdict.attempt_id, name_of("aws", message_id))
        elif handed.refused:
            await desk.told(desk.failed, verdict.attempt_id)
        return answer


def _unknown(service: str) -> Answer:
    """The signature is of no key that is known here, or is wrong."""
    text = "The signature does not match the key, or the front does not know the key"
    if service == "sns":
        return records.sns_error("SignatureDoesNotMatch", 403, text)
    return records.eum_error("AccessDeniedException", text, 403)


def _blocked(verdict: Verdict) -> Answer:
    if verdict.retry_after_s:
        return records.eum_error("ThrottlingException", "Too many requests")
    return records.eum_error(
        "ConflictException",
        "The destination is blocked",
        Reason="DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    )
