"""One hook: who calls is known, the text is read, decided about, and handed to the sender; the caller is answered."""

import logging
import time
from collections.abc import Mapping
from types import MappingProxyType

from checkvalve.gateways.exchange import Answer, Refused, Refusing, Request
from checkvalve.gateways.hooks import auth0, authgear, fusionauth, kratos, logto, okta, supabase, zitadel
from checkvalve.gateways.hooks.once import Firsts, Once
from checkvalve.gateways.hooks.proofs import Proof
from checkvalve.gateways.hooks.provider import Provider, Wording
from checkvalve.gateways.hooks.senders import NotSent, Sender
from checkvalve.gateways.hooks.text import Text
from checkvalve.gateways.in_path.desk import Desk, Wish
from checkvalve.gateways.in_path.pace import Pace

PREFIX = "/hooks/"
PROVIDERS: Mapping[str, Provider] = MappingProxyType({
    one.PROVIDER.name: one.PROVIDER
    for one in (supabase, auth0, okta, kratos, zitadel, logto, fusionauth, authgear)
})  # fmt: skip
"""All identity providers, by the name in their path."""
_log = logging.getLogger("checkvalve.gateways")


class Hook:
    """Answers one identity provider at ``/hooks/<name>``.

    Args:
        provider: whose requests it reads.
        proof: how it knows that they are.
        desk: decides.
        sender: sends what is let through.
        pace: how long sending takes, so that a refused text is answered as late.
        refusing: how a refused text is answered.
        wording: what the settings add.
        once: knows which requests came; of this process alone if left out.
        tenant: whose texts they are.
    """

    def __init__(
        self,
        provider: Provider,
        proof: Proof,
        desk: Desk,
        sender: Sender,
        pace: Pace,
        *,
        refusing: Refusing = "accepted",
        wording: Wording = Wording(),  # noqa: B008 (it cannot be changed)
        once: Firsts | None = None,
        tenant: str = "",
    ) -> None:
        self._provider, self._proof, self._desk = provider, proof, desk
        self._sender, self._pace = sender, pace
        self._refusing, self._wording = refusing, wording
        self._once: Firsts = Once() if once is None else once
        self._tenant = tenant

    def takes(self, host: str, path: str) -> bool:  # noqa: ARG002 (every part is asked with both)
        """Is a request to this path for this hook?"""
        return path.rstrip("/") == PREFIX + self._provider.name

    async def answer(self, request: Request) -> Answer:
        """The answer to a call; raises `Refused` for one that is not the identity provider's, or cannot be read."""
        if request.method != "POST":
            raise Refused(405, "POST is the only method here")
        now = self._desk.now()
        once = self._proof.check(request, now)
        text = self._provider.read(request.body, self._wording)
        if once is not None and not await self._first(once, now):
            raise Refused(409, "the request came before")
        if text.request_id is not None and not await self._first(f"request:{text.request_id}", now):
            return self._provider.sent(text)  # asked again for want of an answer: it was sent, or refused
        if not text.asks:
            return await self._send(text, None)
        endpoint = self._endpoint(text)
        wish = Wish(text.phone, text.channel, endpoint, text.ip, text.user_agent, text.account_id, self._tenant)
        verdict = await self._desk.asked(wish)
        if verdict.send:
            return await self._send(text, verdict.attempt_id)
        await self._pace.wait()
        return (self._provider.sent if self._refusing == "accepted" else self._provider.refused)(text)

    async def _first(self, name: str, now: float) -> bool:
        return await self._desk.aside(self._once.first, name, now)

    def _endpoint(self, text: Text) -> str:
        return f"{self._provider.name}.{text.purpose}" if text.purpose else self._provider.name

    async def _send(self, text: Text, attempt_id: str | None) -> Answer:
        began = time.monotonic()
        try:
            name = await self._sender.send(text)
        except NotSent as error:
            _log.warning("%s: a text could not be handed over (%s)", self._provider.name, error)
            if attempt_id is not None:
                await self._desk.told(self._desk.failed, attempt_id)
            if text.request_id is not None:
                await self._desk.told(self._once.forget, f"request:{text.request_id}")
            return self._provider.failed(text)
        self._pace.took(time.monotonic() - began)
        if attempt_id is not None and name is not None:
            await self._desk.told(self._desk.sent, attempt_id, name)
        return self._provider.sent(text)
