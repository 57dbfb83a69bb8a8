"""Twilio Verify: a code that is to be sent is decided about, and one that was entered is an outcome.

Codes by text and by call are decided about; those by e-mail and other channels are passed on. A refused code is
answered as a started verification; what is asked about it later, and codes that are tried against it, are answered
from here, until its ten minutes are over.
"""

import re
from base64 import b64decode
from collections import OrderedDict
from typing import Any, Literal

from checkvalve.gateways.exchange import Answer, Refusing, Request
from checkvalve.gateways.fronts import twilio_records as records
from checkvalve.gateways.fronts.handing_on import Errand, Way, hand_on, number_in, paced, send, wish_of
from checkvalve.gateways.fronts.made_up import MadeUps
from checkvalve.gateways.fronts.twilio_forms import fields_of
from checkvalve.gateways.heard import name_of
from checkvalve.gateways.in_path.pace import Kind
from checkvalve.gateways.in_path.receipts import Receipts
from checkvalve.gateways.in_path.upstream import record_of
from checkvalve.sources.twilio_words import VERDICTS

START = re.compile(r"/v2/Services/(?P<service>VA[0-9a-f]{32})/Verifications/?", re.I)
ONE = re.compile(r"/v2/Services/(?P<service>VA[0-9a-f]{32})/Verifications/(?P<sid>[^/]+)", re.I)
CHECK = re.compile(r"/v2/Services/(?P<service>VA[0-9a-f]{32})/VerificationCheck/?", re.I)
ATTEMPTS = re.compile(r"/v2/Attempts(?:/VL[0-9a-f]{32})?/?", re.I)
_CHANNELS: dict[str, Literal["sms", "voice"]] = {"sms": "sms", "call": "voice", "auto": "sms"}
_MOST_OPEN = 20_000
_WORN_OUT = "Max send attempts reached"


class Verify:
    """The part of Twilio's API that sends and checks codes."""

    def __init__(self, way: Way, refusing: Refusing = "accepted", region: str = "") -> None:
        self._way, self._refusing, self._region = way, refusing, region
        self._receipts = Receipts(way.desk)
        self._made_ups = MadeUps(life_s=records.PENDING_S)
        self._open: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        """Verifications of Twilio's own that are open, by service and number."""
        self._accounts: dict[str, str] = {}

    async def answer(self, request: Request, errand: Errand) -> Answer | None:
        """The answer to a request about verifications; None for any other request."""
        path = errand.request.path
        start, check, one = START.fullmatch(path), CHECK.fullmatch(path), ONE.fullmatch(path)
        if start is not None and request.method == "POST":
            return await self._start(request, errand, start["service"])
        if check is not None and request.method == "POST":
            return await self._check(errand, check["service"])
        if one is not None:
            made_up = self._made_up(request, errand, one["service"], one["sid"])
            return await self._passed(errand, "fetch") if made_up is None else await paced(self._way, made_up)
        if ATTEMPTS.fullmatch(path) and request.method == "GET":
            return await self._attempts(errand)
        return None

    async def _attempts(self, errand: Errand) -> Answer:
        """Twilio's list of attempts names the price of each code, and which were entered."""
        answer = await hand_on(self._way, errand)
        if answer.status == 200:
            await self._way.desk.told(self._receipts.hear, "twilio.verify_attempts", record_of(answer))
        return answer

    async def _start(self, request: Request, errand: Errand, service: str) -> Answer:
        fields = fields_of(errand.request)
        to, channel = fields.get("To"), fields.get("Channel", "").lower()
        if to is None or channel not in _CHANNELS:
            return await self._passed(errand)
        number = number_in(to, self._region)
        if number is None:
            return records.error(60200, 400, "Invalid parameter `To`")
        wish = wish_of(self._way, request, number, "twilio.verify", _CHANNELS[channel])
        verdict = await self._way.desk.asked(wish)
        if not verdict.send:
            await self._way.pace.wait()
            return self._refused(errand.request, service, number, channel, verdict.retry_after_s)
        handed = await send(self._way, errand, verdict)
        answer, record = handed.answer, record_of(handed.answer)
        if answer.status in (200, 201) and isinstance(record.get("sid"), str):
            await self._started(verdict.attempt_id, service, number, record)
        elif handed.refused and VERDICTS.get(str(record.get("code"))) != "fraud":
            await self._way.desk.told(self._way.desk.failed, verdict.attempt_id)
        return answer

    async def _started(self, attempt_id: str, service: str, to: str, record: dict[str, Any]) -> None:
        attempts = record.get("send_code_attempts")
        codes = (
            [one.get("attempt_sid") for one in attempts if isinstance(one, dict)]
            if isinstance(attempts, list)
            else []
        )
        names = [record["sid"], *(code for code in codes[-1:] if isinstance(code, str))]
        desk = self._way.desk
        await desk.told(desk.sent, attempt_id, *(name_of("twilio", name) for name in names))
        key = self._key(service, to)
        self._made_ups.forget(key)
        began, before = self._open.get(key, (0.0, {}))
        self._open[key] = (began if before.get("sid") == record["sid"] else self._way.desk.now(), record)
        self._open.move_to_end(key)
        while len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)
        if isinstance(record.get("account_sid"), str):
            self._accounts[service] = record["account_sid"]

    def _refused(self, request: Request, service: str, to: str, channel: str, retry_after_s: float) -> Answer:
        if self._refusing == "error":
            if retry_after_s:
                return records.error(60203, 429, _WORN_OUT, retry_after_s)
            return records.error(60410, 403, "Verification delivery attempt blocked")
        now, key = self._way.desk.now(), self._key(service, to)
        of, before = self._running(key, now), self._made_ups.find(key, now)
        if records.worn_out(of or (before.record if before else None)):
            return records.error(60203, 429, _WORN_OUT)
        if of is not None:  # one more code for a verification that Twilio has open: checks go on to Twilio
            record = records.verification(service, str(of["account_sid"]), to, channel, now, of=of)
            self._open[key] = (self._open[key][0], record)
            return records.created(record)
        account = self._accounts.get(service) or _caller(request) or "AC" + "0" * 32
        record = records.verification(service, account, to, channel, now, of=before.record if before else None)
        checks = before.checks if before else 0
        for name in (key, record["sid"]):
            self._made_ups.keep(name, record, before.at if before else now, checks)
        return records.created(record)

    def _running(self, key: str, now: float) -> dict[str, Any] | None:
        began, record = self._open.get(key, (0.0, {}))
        usable = {"sid", "account_sid", "send_code_attempts", "date_created"} <= record.keys() and isinstance(
            record["send_code_attempts"], list
        )
        return record if usable and now - began < records.PENDING_S else None

    async def _check(self, errand: Errand, service: str) -> Answer:
        fields = fields_of(errand.request)
        named = fields.get("VerificationSid") or self._key(service, fields.get("To", ""))
        now = self._way.desk.now()
        found = self._made_ups.find(named, now)
        if found is None:
            return await self._passed(errand, "check")
        await self._way.pace.wait("check")
        if found.checks >= records.MOST_CHECKS:
            return records.error(60202, 429, "Max check attempts reached")
        for name in (self._key(service, str(found.record["to"])), str(found.record["sid"])):
            self._made_ups.checked(name)
        return records.created(records.check(found.record, now), 200)

    def _made_up(self, request: Request, errand: Errand, service: str, sid: str) -> Answer | None:
        now = self._way.desk.now()
        found = self._made_ups.find(sid, now) or self._made_ups.find(self._key(service, sid), now)
        if found is None:
            return None
        record = found.record
        if request.method == "POST":
            status = fields_of(errand.request).get("Status", "canceled")
            record = {**record, "status": status, "valid": status == "approved"}
            self._made_ups.forget(self._key(service, str(record["to"])))
            self._made_ups.forget(str(record["sid"]))
        return records.created(record, 200)

    def _key(self, service: str, to: str) -> str:
        return f"{service.lower()}/{number_in(to, self._region) or to}"

    async def _passed(self, errand: Errand, kind: Kind | None = None) -> Answer:
        answer = await hand_on(self._way, errand, kind)
        if answer.status in (200, 201):
            await self._heard(record_of(answer))
        return answer

    async def _heard(self, record: dict[str, Any]) -> None:
        """A verification that Twilio calls approved was entered rightly, whichever answer says so."""
        service, to = record.get("service_sid"), record.get("to")
        if record.get("status") != "pending" and isinstance(service, str) and isinstance(to, str):
            self._open.pop(self._key(service, to), None)
        if record.get("status") == "approved" and isinstance(record.get("sid"), str):
            await self._way.desk.told(self._way.desk.heard, name_of("twilio", record["sid"]), "verified")


def _caller(request: Request) -> str | None:
    """The account that a request names in its own credentials; None where it uses an API key."""
    scheme, _, given = (request.header("authorization") or "").partition(" ")
    try:
        user = b64decode(given, validate=True).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        return None
    return user if user.startswith("AC") else None
