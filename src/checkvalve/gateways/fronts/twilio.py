"""The front of Twilio: what Twilio's SDKs are pointed at instead of ``https://api.twilio.com`` and its sisters.

A request comes in one of three ways: with the host in the path (``/twilio/api.twilio.com/2010-04-01/…``), with the
host in ``Host`` (a name that leads here, or a plain proxy), or with neither, where the path says which part of
Twilio is meant. It goes on with the caller's own credentials, and with nothing changed.
"""

import re
from collections.abc import Mapping

from checkvalve.gateways.exchange import Answer, Refused, Refusing, Request
from checkvalve.gateways.fronts.handing_on import Errand, Way, addressed, hand_on
from checkvalve.gateways.fronts.twilio_messages import Messages
from checkvalve.gateways.fronts.twilio_signature import genuine
from checkvalve.gateways.fronts.twilio_verify import Verify
from checkvalve.gateways.in_path.receipts import Receipts

PREFIX = "/twilio/"
CALLBACKS = "/callbacks/twilio"
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+){0,2}\.twilio\.com")
_BY_PATH = (
    (re.compile(r"/2010-04-01/"), "api.twilio.com"),
    (re.compile(r"/v2/Services/VA[0-9a-f]{32}(?:/|$)", re.I), "verify.twilio.com"),
)


class TwilioFront:
    """Answers for Twilio.

    Args:
        way: who decides and who carries.
        refusing: how a refused text is answered.
        token: the account's token, with which Twilio signs what it calls back; empty: callbacks are refused.
        callback_url: the public URL of `CALLBACKS` here, as it is given to Twilio; with it, messages whose request
            names no status callback report here.
        region: the country (two letters) of numbers that are written as in that country.
        places: the place (scheme, host and port) of a host of Twilio's, where it is not its own: for tests, or a
            way out of the network.
    """

    def __init__(
        self,
        way: Way,
        *,
        refusing: Refusing = "accepted",
        token: str = "",
        callback_url: str = "",
        region: str = "",
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._way, self._token, self._callback_url = way, token, callback_url
        self._places = dict(places or {})
        self._messages = Messages(way, refusing, callback_url, region)
        self._verify = Verify(way, refusing, region)
        self._receipts = Receipts(way.desk)

    def takes(self, host: str, path: str) -> bool:
        """Is a request to this host and path for this front?"""
        if path.startswith(PREFIX) or path == CALLBACKS or _HOST.fullmatch(host):
            return True
        return any(form.match(path) for form, _ in _BY_PATH)

    async def answer(self, request: Request) -> Answer:
        """The answer to a request; raises `Refused` where it is none for Twilio."""
        if request.path == CALLBACKS:
            return await self._called_back(request)
        errand = self._errand(request)
        for part in (self._messages, self._verify):
            answer = await part.answer(request, errand)
            if answer is not None:
                return answer
        return await hand_on(self._way, errand)

    def _errand(self, request: Request) -> Errand:
        host, target = request.host, request.target
        if target.startswith(PREFIX):
            host, _, rest = target.removeprefix(PREFIX).partition("/")
            target = f"/{rest}"
        elif not _HOST.fullmatch(host):
            host = next((named for form, named in _BY_PATH if form.match(request.path)), "")
        if not _HOST.fullmatch(host):
            raise Refused(404, "no host of Twilio's is named")
        return Errand(self._places.get(host, f"https://{host}"), addressed(request, host, target))

    async def _called_back(self, request: Request) -> Answer:
        if request.method != "POST":
            raise Refused(405, "POST is the only method here")
        if not self._token or not self._callback_url or not genuine(request, self._callback_url, self._token):
            raise Refused(403, "the signature is not Twilio's")
        await self._way.desk.aside(self._receipts.hear, "twilio.callbacks", request.body.decode("utf-8", "replace"))
        return Answer(204)
