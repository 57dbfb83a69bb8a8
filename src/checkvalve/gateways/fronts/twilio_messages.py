"""Twilio's Messages: a new one is decided about; what Twilio says of the others is heard.

A text to one number is decided about. Media, and other channels (``whatsapp:`` and the like), are passed on.
"""

import re
from typing import Any

from checkvalve.gateways.exchange import Answer, Refusing, Request
from checkvalve.gateways.fronts import twilio_records as records
from checkvalve.gateways.fronts.handing_on import Errand, Way, hand_on, number_in, paced, send, wish_of
from checkvalve.gateways.fronts.made_up import MadeUps
from checkvalve.gateways.fronts.twilio_forms import changed, fields_of
from checkvalve.gateways.heard import name_of
from checkvalve.gateways.in_path.pace import Kind
from checkvalve.gateways.in_path.receipts import Receipts
from checkvalve.gateways.in_path.upstream import record_of
from checkvalve.sources.twilio_words import VERDICTS

ALL = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})/(?:SMS/)?Messages(?:\.json|\.xml|\.csv)?/?", re.I
)
ONE = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})/(?:SMS/)?Messages/(?P<sid>(?:SM|MM)[0-9a-f]{32})(?:\.json)?",
    re.I,
)


class Messages:
    """The part of Twilio's API that sends texts.

    Args:
        way: who decides and who carries.
        refusing: how a refused text is answered.
        callback: where Twilio is told to report on a message whose request names no place; empty for nowhere.
        region: the country of numbers that are written as in that country.
    """

    def __init__(self, way: Way, refusing: Refusing = "accepted", callback: str = "", region: str = "") -> None:
        self._way, self._refusing, self._callback, self._region = way, refusing, callback, region
        self._receipts = Receipts(way.desk)
        self._made_ups = MadeUps()

    async def answer(self, request: Request, errand: Errand) -> Answer | None:
        """The answer to a request about messages; None for any other request."""
        path = errand.request.path
        one, all_ = ONE.fullmatch(path), ALL.fullmatch(path)
        if one is not None:
            made_up = self._made_up(request, one["sid"])
            return await self._passed(errand, "fetch") if made_up is None else await paced(self._way, made_up)
        if all_ is None:
            return None
        return await (
            self._new(request, errand, all_["account"]) if request.method == "POST" else self._passed(errand)
        )

    async def _new(self, request: Request, errand: Errand, account: str) -> Answer:
        fields = fields_of(errand.request)
        to = fields.get("To")
        if to is None or ":" in to or any(name.startswith("MediaUrl") for name in fields):
            return await hand_on(self._way, errand)
        number = number_in(to, self._region)
        if number is None:
            return records.error(21211, 400, "Invalid 'To' Phone Number")
        verdict = await self._way.desk.asked(wish_of(self._way, request, number, "twilio.messages"))
        if not verdict.send:
            await self._way.pace.wait()
            return self._refused({**fields, "To": number}, account, verdict.retry_after_s)
        if self._callback and "StatusCallback" not in fields:
            errand = errand._replace(request=changed(errand.request, "StatusCallback", self._callback))
        handed = await send(self._way, errand, verdict)
        answer, record, desk = handed.answer, record_of(handed.answer), self._way.desk
        if answer.status in (200, 201) and isinstance(record.get("sid"), str):
            await desk.told(desk.sent, verdict.attempt_id, name_of("twilio", record["sid"]))
            await self._heard(record)
        elif handed.refused and VERDICTS.get(str(record.get("code"))) != "fraud":
            await desk.told(desk.failed, verdict.attempt_id)
        return answer

    def _refused(self, fields: dict[str, str], account: str, retry_after_s: float) -> Answer:
        if self._refusing == "error":
            if retry_after_s:
                return records.error(20429, 429, "Too many requests", retry_after_s)
            return records.error(30450, 400, "Message delivery blocked")
        now = self._way.desk.now()
        record = records.message(fields, account, now)
        self._made_ups.keep(record["sid"], record, now)
        return records.created(record)

    def _made_up(self, request: Request, sid: str) -> Answer | None:
        now = self._way.desk.now()
        found = self._made_ups.find(sid, now)
        if found is None:
            return None
        if request.method == "DELETE":
            self._made_ups.forget(sid)
            return Answer(204)
        return records.created(records.message_later(found.record, found.at, now), 200)

    async def _passed(self, errand: Errand, kind: Kind | None = None) -> Answer:
        """Pass a request on, and hear what the answer says of messages: prices come this way."""
        answer = await hand_on(self._way, errand, kind)
        if answer.status == 200:
            await self._heard(record_of(answer))
        return answer

    async def _heard(self, record: dict[str, Any]) -> None:
        if record:
            await self._way.desk.told(self._receipts.hear, "twilio.messages", record)
