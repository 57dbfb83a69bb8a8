"""The guard with a shared memory for programs that run in an event loop."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.policy import Policy
from checkvalve.guard.shared.address import async_client, understood
from checkvalve.guard.shared.async_line import AsyncLines, readable
from checkvalve.guard.shared.connection import noted
from checkvalve.guard.shared.core import Core, Deed
from checkvalve.guard.shared.line import pack
from checkvalve.guard.shared.names import NAMELESS
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.shared.request import Call, Request
from checkvalve.native import answering

Found = TypeVar("Found")
_Waiting = tuple[Call | Request, "asyncio.Future[Any]"]


class AsyncSharedGuard(Core):
    """As `SharedGuard`, to be awaited. Calls that are made in one turn of the loop go out together.

    One object belongs to one event loop. A thread of its own tells the memory what was decided, and learns.

    >>> async def asked() -> str:
    ...     async with AsyncSharedGuard(url="valkey://127.0.0.1:1", secret=b"0123456789abcdef") as guard:
    ...         return (await guard.decide(Attempt("a1", 1_780_000_000.0, "+447700900123"))).reasons[0].code
    >>> asyncio.run(asked())
    'state.unreachable'
    """

    def __init__(
        self, policy: Policy | str | Path | None = None, *, url: str, secret: bytes, tenant: str = NAMELESS
    ) -> None:
        super().__init__(policy, url, secret, tenant, background=True)
        self._client: Any = None
        self._lines: AsyncLines | None = None
        self._waiting: list[_Waiting] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._inherited: list[object] = []
        """What belongs to the process that this one was forked off from: to close it would reach into its loop."""

    def renew(self) -> None:
        """After a fork: have a thread and connections of its own; those of before are the other process's."""
        before = self._process
        super().renew()
        if self._process != before:
            self._inherited += [self._client, self._lines, self._waiting, self._sending]
            self._client, self._lines, self._waiting, self._sending = None, None, [], set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Tell the memory what is left, and let another process learn."""
        await asyncio.to_thread(self.close)
        if self._lines is not None:
            await self._lines.close()
        if self._client is not None:
            await self._client.aclose()

    async def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        request = self.requested(attempt)
        if isinstance(request, Decision):
            return request
        try:
            reply = await self._reply(request)
        except Unreachable:
            return self.unremembered(request)
        return self.judged(request, reply)

    async def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id."""
        return await self._done(self.answering(attempt_id, solved, at))

    async def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered, or can be."""
        return await self._done(self.hearing(attempt_id, event, at))

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now, soon."""
        self._until(at)

    async def _done(self, deed: Deed[Found]) -> Found:
        """Make the calls of a deed, one after the other."""
        try:
            call = next(deed)
            while True:
                try:
                    reply = await self._reply(call)
                except Unreachable as error:
                    call = deed.throw(error)
                else:
                    call = deed.send(reply)
        except StopIteration as done:
            found: Found = done.value
            return found

    def _reply(self, call: Call | Request | None) -> Awaitable[Any]:
        if call is None:
            return asyncio.to_thread(self.posts.flush)
        if isinstance(call, Request):
            self.meanwhile(call)
        return self._joined(call)

    def _joined(self, call: Call | Request) -> "asyncio.Future[Any]":
        """The answer to a call, which goes out with all others of this turn."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._send)
        self._waiting.append((call, future))
        return future

    def _send(self) -> None:
        together, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._sent(together))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _sent(self, together: list[_Waiting]) -> None:
        """Send calls together, and tell each its answer."""
        try:
            replies = await self._replies([call for call, _ in together])
        except Exception as error:  # whatever it is, nobody may wait for ever
            replies = [error] * len(together)
        except BaseException:  # the loop ends
            for _, future in together:
                future.cancel()
            raise
        for (_, future), reply in zip(together, replies, strict=True):
            if future.done():
                continue
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)

    async def _replies(self, calls: list[Call | Request]) -> list[Any]:
        from redis import exceptions

        reach = self.connection.reach
        if not reach.may_try():
            raise Unreachable
        try:
            if self._client is None:
                self._client = async_client(self.home.url, self.policy.state.timeout_ms)
                self._lines = self._made_lines(exceptions)
            if self._lines is None:
                replies = await self._together([("EVALSHA", _worded(call)) for call in calls])
            else:
                replies = await self._lines.together([_packed(call) for call in calls])
                replies = [_read(call, reply) for call, reply in zip(calls, replies, strict=True)]
            again = [nth for nth, reply in enumerate(replies) if isinstance(reply, exceptions.NoScriptError)]
            if again:
                whole = await self._together([("EVAL", _worded(calls[nth])) for nth in again])
                for nth, reply in zip(again, whole, strict=True):
                    replies[nth] = reply
        except (exceptions.RedisError, OSError) as error:
            noted(reach, error)
            raise Unreachable from error
        failed = [reply for reply in replies if isinstance(reply, Exception)]
        if failed:
            noted(reach, failed[0])
            return [Unreachable() if isinstance(reply, Exception) else reply for reply in replies]
        reach.worked()
        return replies

    def _made_lines(self, errors: Any) -> AsyncLines | None:
        """Connections of our own; None where the client has to speak: to a cluster, or where nothing was compiled."""
        if understood(self.home.url)[1] or not readable(self._client.connection_pool):
            return None
        return AsyncLines(self._client.connection_pool, errors, self.policy.state.timeout_ms / 1_000.0)

    async def _together(self, commands: list[tuple[str, Call]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for name, call in commands:
            script = call.script.sha if name == "EVALSHA" else call.script.text
            pipeline.execute_command(name, script, len(call.keys), *call.keys, *call.arguments)
        replies: list[Any] = await pipeline.execute(raise_on_error=False)
        return replies


def _worded(call: Call | Request) -> Call:
    return call.call() if isinstance(call, Request) else call


def _packed(call: Call | Request) -> bytes:
    packed = call.packed() if isinstance(call, Request) else None
    if packed is None:
        assert pack is not None
        script, keys, arguments = _worded(call)
        packed = pack(("EVALSHA", script.sha, len(keys), *keys, *arguments))
    return packed


def _read(call: Call | Request, reply: Any) -> Any:
    """What an answer says, or why it cannot be read; a decision's is read with its records (`judge.Judge`)."""
    if isinstance(call, Request) or answering is None or isinstance(reply, Exception):
        return reply
    try:
        return answering.read(reply)
    except ValueError as error:
        return error
