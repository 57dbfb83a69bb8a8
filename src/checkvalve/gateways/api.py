"""The guard over HTTP: a plain ASGI application that any ASGI server runs.

``POST /v1/decisions`` asks, ``POST /v1/outcomes`` tells what became of a message, ``POST /v1/challenges`` how a
challenge was answered, ``POST /v1/events/{source}`` takes what vendors send; ``GET /healthz``, ``/readyz``,
``/metrics`` and ``/openapi.json`` are for those who operate it (`routes`). It is meant for the form's own servers and
says why; nothing of it should be shown to the one who asked.
"""

import asyncio
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from typing import Any

import msgspec

from checkvalve.errors import Unusable, Usage
from checkvalve.gateways.access import Access, Header
from checkvalve.gateways.api_records import (
    AttemptAsked,
    ChallengeAnswered,
    DecisionTold,
    EventsTaken,
    Health,
    OutcomeKnown,
    OutcomeTold,
    Problem,
    told,
)
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.decision_log import DecisionLog
from checkvalve.gateways.exchange import Refused, body_of
from checkvalve.gateways.kept_names import KeptNames
from checkvalve.gateways.routes import CHALLENGES, DECISIONS, EVENTS, OUTCOMES, ROUTES, Route, openapi
from checkvalve.gateways.shared_names import NamesOf, SharedNames
from checkvalve.gateways.vendor_events import TooLarge, VendorEvents
from checkvalve.guard.attempt import Attempt, Decision, epoch_s
from checkvalve.guard.clock import Clock
from checkvalve.guard.decider import Decider
from checkvalve.guard.engine import Guard
from checkvalve.guard.keeping import MOST_NAMES, Keeping
from checkvalve.guard.policy_file import PolicyFile
from checkvalve.guard.recent import Recent
from checkvalve.guard.shared.tenants import SharedTenants
from checkvalve.guard.tenants import PolicyFolder, Tenants

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = ROUTES[0].largest
LOOK_S = 1.0
"""So often is the policy file looked at."""
_JSON = b"application/json"
_EVENTS = EVENTS.partition("{")[0]
_log = logging.getLogger("checkvalve.guard")
_encode = msgspec.json.Encoder().encode


class Reply(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request."""

    status: int
    body: bytes
    kind: bytes = _JSON


class Api:
    """The application.

    Args:
        guard: decides.
        policy: its policy file, or folder of them, read again when it changes; a change that cannot be used is
            logged, and the policy before it goes on.
        clock: epoch seconds now; by default one that believes no sudden step ahead at once.
        challenges: what challenged callers are shown; a proof of work if left out.
        keeping: keeps what the guard remembers, and the other names of its decisions.
        token: what callers must show; without one everybody may ask.
        log: gets every decision.
        names: other names of decisions, where they are kept elsewhere.
        secret: digests the names that callers give, so that they are known after a restart; the guard's.
        steady: seconds by a clock that is never set: when the policy is looked at.
    """

    def __init__(
        self,
        guard: Decider,
        policy: PolicyFile | PolicyFolder | None = None,
        clock: Callable[[], float] | None = None,
        challenges: Challenges | None = None,
        *,
        keeping: Keeping | None = None,
        token: str = "",
        log: DecisionLog | None = None,
        names: SharedNames | None = None,
        secret: bytes = b"",
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.guard, self.counters, self.keeping, self.log = guard, Counters(), keeping, log
        self._policy = policy
        self.clock: Callable[[], float] = clock or Clock()
        self._steady, self._looked = steady, -LOOK_S
        self._access = Access(token)
        self.challenges = challenges or Challenges(guard, clock=self.clock)
        kept: NamesOf = names or (keeping.names if keeping else Recent[str](MOST_NAMES))
        put, soon = keeping.name if keeping else kept.put, names.put_soon if names else None
        self.names = KeptNames(put, kept.get, secret, soon)
        """Decisions by the names that callers and vendors have for them."""
        self._remote = isinstance(guard, SharedTenants)
        self.events = VendorEvents(guard, self.names.find, self.names.note, self.counters)
        self.aside = _cores() > 1
        """Is there a core for a thread that sets a proof of work, while others are answered?"""
        self._prefix, self._numbers = f"d{secrets.token_hex(8)}", count(1)
        self._routes = {(route.method, route.path): route for route in ROUTES}
        self._posts: dict[str, Callable[[bytes], Any]] = {
            DECISIONS: self._decide,
            OUTCOMES: self._outcome,
            CHALLENGES: self._challenge,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope.get("headers", ()):
            headers.setdefault(name, value)
        method, path = scope["method"], scope["path"]
        route = self.route(method, path)
        try:
            body = await body_of(receive, route.largest if route else LARGEST_BODY)
        except Refused as refused:
            reply = self.refusal(refused)
        else:
            if self.waits(path):
                reply = await self.replied(method, path, headers.get, body)
            else:
                found = self.begin(method, path, headers.get, body)
                reply = found if isinstance(found, Reply) else await asyncio.to_thread(found)
        told_headers = [
            (b"content-type", reply.kind),
            (b"content-length", str(len(reply.body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": told_headers})
        await send({"type": "http.response.body", "body": reply.body})

    def route(self, method: str, path: str) -> Route | None:
        """The route that a request is for."""
        found = self._routes.get((method, path))
        if found is None and method == "HEAD":
            found = self._routes.get(("GET", path))
        if found is None and path.startswith(_EVENTS):
            return self._routes.get((method, EVENTS))
        return found

    def waits(self, path: str) -> bool:
        """Does an answer there take long: is somebody asked over the network, or much read?"""
        if path.startswith(_EVENTS):
            return True
        return path in self._posts if self._remote else path == CHALLENGES and self.challenges.remote

    def reply(self, method: str, path: str, header: Header, body: bytes) -> Reply:
        """The answer to one whole request."""
        found = self.begin(method, path, header, body)
        return found if isinstance(found, Reply) else found()

    def begin(self, method: str, path: str, header: Header, body: bytes) -> Reply | Callable[[], Reply]:
        """The answer to one whole request, or what makes it: a proof of work takes as long as a few decisions.

        It is worth a thread where that has a core of its own; on the same one everybody waits longer with it.
        """
        try:
            found = self._reply(method, path, header, body)
        except Refused as refused:
            return self.refusal(refused)
        except Exception:
            return self._failed()
        if isinstance(found, Reply):
            self.counters.answered(found.status)
        return found

    def _made(self, make: Callable[[], Any]) -> Reply:
        try:
            reply = Reply(200, _encode(make()))
        except Exception:
            return self._failed()
        self.counters.answered(reply.status)
        return reply

    def _failed(self) -> Reply:
        _log.exception("a request could not be answered")  # its body is not in the log
        self.counters.answered(500)
        return Reply(500, _encode(Problem("internal error")))

    async def replied(self, method: str, path: str, header: Header, body: bytes) -> Reply:
        """The answer to a request for which `waits` holds: others are answered meanwhile."""
        if self._remote or not path.startswith(_EVENTS):
            return await asyncio.to_thread(self.reply, method, path, header, body)
        try:
            self._admitted(method, path, header, body)
            source, now = path.removeprefix(_EVENTS), self.clock()
            with _refusing():
                taken = await self.events.taken(source, body, now)
            reply = Reply(200, _encode(self._told_vendor(source, taken, header, now)))
        except Refused as refused:
            return self.refusal(refused)
        except Exception:
            _log.exception("a vendor's records could not be taken")
            reply = Reply(500, _encode(Problem("internal error")))
        self.counters.answered(reply.status)
        return reply

    def refusal(self, refused: Refused) -> Reply:
        """The answer to a request that cannot be carried out."""
        self.counters.answered(refused.status)
        return Reply(refused.status, _encode(Problem(refused.what)))

    def look(self) -> None:
        """Has the policy changed?"""
        now = self._steady()
        if self._policy is None or now - self._looked < LOOK_S:
            return
        self._looked = now
        try:
            changed = self._policy.changed()
        except Usage as error:
            self.counters.failed_reload()
            _log.error("the policy was changed and cannot be used, the one before goes on: %s", error)
            return
        if not changed:
            return
        if isinstance(self._policy, PolicyFolder) and isinstance(self.guard, Tenants | SharedTenants):
            self.guard.reload(self._policy.policy, self._policy.own)
        else:
            self.guard.reload(self._policy.policy)
        _log.info("the policy was changed")

    def _admitted(self, method: str, path: str, header: Header, body: bytes) -> Route:
        """The route of a request that may be carried out; raises `Refused` for any other."""
        route = self.route(method, path)
        if route is None:
            if any(known == path for _, known in self._routes) or path.startswith(_EVENTS):
                raise Refused(405, "another method is meant for this path")
            raise Refused(404, "nothing is here")
        if not route.public and not self._access.granted(header):
            raise Refused(401, "a token is needed: Authorization: Bearer ...")
        if len(body) > route.largest:
            raise Refused(413, f"a request holds at most {route.largest} bytes")
        return route

    def _reply(self, method: str, path: str, header: Header, body: bytes) -> Reply | Callable[[], Reply]:
        route = self._admitted(method, path, header, body)
        post = self._posts.get(path)
        if post is not None:
            self.look()
            found = post(body)
            if not isinstance(found, partial):
                return Reply(200, _encode(found))
            return partial(self._made, found) if self.aside else Reply(200, _encode(found()))
        if route.path == EVENTS:
            return Reply(200, _encode(self._vendor(path.removeprefix(_EVENTS), header, body)))
        if path == "/openapi.json":
            return Reply(200, openapi())
        if path == "/metrics":
            return Reply(200, self.counters.text(self._gauges()).encode(), b"text/plain; version=0.0.4")
        failing = self.keeping is not None and self.keeping.failing
        if isinstance(self.guard, SharedTenants):
            failing = self.guard.unreachable
        return Reply(200, _encode(Health("ok", "failing" if failing else None)))

    def _decide(self, body: bytes) -> Any:
        asked = _decoded(_attempt, body)
        _phone_once(body)
        decision_id = f"{self._prefix}{next(self._numbers):x}"
        try:
            attempt = asked.attempt(decision_id, self.clock())
        except Unusable as error:
            raise Refused(422, str(error)) from error
        decision = self.guard.decide(attempt)
        self.counters.decided(decision)
        if asked.attempt_id and decision.action in ("allow", "challenge"):
            self.names.note_soon(decision_id, _own("", asked.attempt_id))
            if asked.tenant:
                self.names.note_soon(decision_id, _own(asked.tenant, asked.attempt_id))
        if self.log is not None:
            self.log.add(attempt, decision, asked.attempt_id)
        if decision.action == "challenge":
            return partial(self._challenged, decision, attempt)
        return told(decision)

    def _challenged(self, decision: Decision, attempt: Attempt) -> DecisionTold:
        return told(decision, self.challenges.issue(decision, attempt))

    def _outcome(self, body: bytes) -> OutcomeKnown:
        heard = _decoded(_outcome, body)
        at = now = self.clock()
        if heard.at is not None:
            try:
                at = min(epoch_s(heard.at), now)
            except ValueError as error:
                raise Refused(422, "bad_field: at must be an ISO 8601 time") from error
        provided = f"{heard.provider}:{heard.message_id}" if heard.provider and heard.message_id else ""
        attempt_id = self._named(heard, provided)
        known = self.guard.outcome(attempt_id, heard.event, at)
        if known and provided:
            self.names.note(attempt_id, provided)
        self.counters.heard(heard.event, known)
        return OutcomeKnown(known)

    def _challenge(self, body: bytes) -> Any:
        answered = _decoded(_answer, body)
        if answered.solved is None and answered.payload is None:
            raise Refused(422, "payload must be what the widget found, or solved true or false")
        decision_id, solved = self._named(answered), bool(answered.solved)
        if answered.payload is not None:
            solved = self.challenges.check(decision_id, answered.payload, ip=answered.ip)
        decision = self.guard.answer(decision_id, solved, self.clock())
        if decision is None:
            raise Refused(404, "no challenge is open under that id")
        self.counters.decided(decision)
        return told(decision)

    def _vendor(self, source: str, header: Header, body: bytes) -> EventsTaken:
        now = self.clock()
        with _refusing():
            taken = self.events.take(source, body, now)
        return self._told_vendor(source, taken, header, now)

    def _told_vendor(self, source: str, taken: EventsTaken, header: Header, now: float) -> EventsTaken:
        request = header(b"x-amz-firehose-request-id")
        if request is not None:
            taken.request_id, taken.timestamp = request.decode("latin-1"), int(now * 1_000)
        self.counters.taken(source, taken)
        return taken

    def _named(self, record: OutcomeTold | ChallengeAnswered, provided: str = "") -> str:
        """The decision that a record names by one of its ids; "" where it is not remembered."""
        if record.decision_id:
            return record.decision_id
        if record.attempt_id:
            return self.names.find(_own(record.tenant, record.attempt_id)) or ""
        if provided:
            return self.names.find(provided) or ""
        raise Refused(422, "decision_id or attempt_id is needed")

    def _gauges(self) -> dict[str, float]:
        guards = {"": self.guard} if isinstance(self.guard, Guard) else getattr(self.guard, "guards", {})
        found = dict(self.keeping.gauges()) if self.keeping is not None else {}
        if self.log is not None:
            found |= self.log.gauges()
        found["checkvalve_tenants"] = float(max(len(guards), 1))
        learners = {id(guard.learner): guard.learner for guard in guards.values()}.values()
        found["checkvalve_places"] = float(sum(len(one.nodes.table) for one in learners))
        found["checkvalve_numbers"] = float(sum(len(one.people.table) for one in learners))
        found["checkvalve_open_codes"] = float(sum(len(one.open.by_number) for one in learners))
        if isinstance(self.clock, Clock):
            found["checkvalve_clock_steps_total"] = float(self.clock.steps)
        own = getattr(self.guard, "gauges", None)
        return found | (own() if own is not None else {})


def _cores() -> int:
    """How many cores may this process use?"""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_attempt = msgspec.json.Decoder(AttemptAsked)
_outcome = msgspec.json.Decoder(OutcomeTold)
_answer = msgspec.json.Decoder(ChallengeAnswered)


def _own(tenant: str | None, attempt_id: str) -> str:
    """The name of a decision by its caller's own id; tenants that have the same ones tell which is meant."""
    return f"{tenant or ''}/{attempt_id}"


@contextmanager
def _refusing() -> Iterator[None]:
    """A vendor's payload that cannot be taken is refused."""
    try:
        yield
    except KeyError as error:
        raise Refused(404, "no source has that name; 'checkvalve sources' lists them") from error
    except TooLarge as error:
        raise Refused(413, str(error)) from error


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """What the body holds; raises `Refused` for what is no JSON, or not of the right kind."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refused(422, f"bad_field: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "the body is no JSON") from error


def _phone_once(body: bytes) -> None:
    """Raises `Refused` for an attempt that names two numbers: whoever sends might take the other one."""
    if body.count(b'"phone"') == 1 and (b"\\" not in body or _ESCAPED_LETTER.search(body) is None):
        return
    with suppress(RecursionError):
        pairs = json.loads(body, object_pairs_hook=list)
        if sum(name == "phone" for name, _ in pairs) > 1:
            raise Refused(400, "phone is there twice")


_ESCAPED_LETTER = re.compile(rb"\\u00[67]", re.IGNORECASE)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
