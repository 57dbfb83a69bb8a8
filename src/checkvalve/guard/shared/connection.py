"""The one way to the shared memory: scripts by their digest, commands in one go, errors as `Unreachable`."""

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from checkvalve.guard.shared.address import client, module, named, understood
from checkvalve.guard.shared.line import Lines, Word
from checkvalve.guard.shared.reach import Reach, Unreachable
from checkvalve.guard.shared.request import ANSWERS, Request
from checkvalve.guard.shared.scripts import Script


def noted(reach: Reach, error: Exception) -> None:
    """Note that a call failed."""
    from redis.exceptions import TimeoutError as Late

    if isinstance(error, Late | TimeoutError):
        reach.late()
    else:
        reach.failed(type(error).__name__)


def _words(request: Request) -> tuple[Word, ...]:
    script, keys, arguments = request.call()
    return ("EVALSHA", script.sha, len(keys), *keys, *arguments)


class Connection:
    """Calls to the memory at an address; safe to be used by threads. Raises `Usage` where the client is missing."""

    def __init__(self, url: str, timeout_ms: float) -> None:
        self.reach = Reach(named(url))
        self._url, self._timeout_ms = url, timeout_ms
        self._errors = module("redis").exceptions
        self._making = RLock()
        """Held while what all threads share is made: what one made for itself beside would never be closed."""
        self._client: Any = None
        self._lines: Lines | None = None
        self._call: Callable[..., Any] | None = None
        self._together = True

    @property
    def client(self) -> Any:
        """The client, made when it is first needed: a cluster asks its nodes at once."""
        if self._client is None:
            with self._making:
                self._client = self._client or client(self._url, self._timeout_ms)
        return self._client

    @property
    def _execute(self) -> Callable[..., Any]:
        """Makes a call: over a connection that is kept, or to the node of a cluster that has the keys."""
        if self._call is None:
            with self._making:
                if self._lines is None and not understood(self._url)[1]:
                    self._lines = Lines(self.client.connection_pool, self._errors)
                self._call = self.client.execute_command if self._lines is None else self._lines.call
        return self._call

    def call(self, script: Script, keys: Sequence[bytes], arguments: Sequence[Word]) -> Any:
        """What does a script answer? One round trip; two where the server does not know the script yet."""
        errors = self._errors
        if not self.reach.may_try():
            raise Unreachable
        try:
            try:
                reply = self._execute("EVALSHA", script.sha, len(keys), *keys, *arguments)
            except errors.NoScriptError:
                reply = self._execute("EVAL", script.text, len(keys), *keys, *arguments)
        except (self._errors.RedisError, OSError) as error:
            raise self._failed(error) from error
        self.reach.worked()
        return reply

    def ask(self, request: Request, meanwhile: Callable[[Request], None]) -> Any:
        """What does the memory answer to a decision's request? ``meanwhile`` is done while it is on its way.

        Bytes as the server wrote them, or what they say, as the line has it (`line.Line.received`).
        """
        if not self.reach.may_try():
            raise Unreachable
        execute = self._execute
        try:
            try:
                if self._lines is None:
                    reply = self._asked_of_cluster(request, meanwhile)
                else:
                    reply = self._asked(self._lines, request, meanwhile)
            except self._errors.NoScriptError:
                script, keys, arguments = request.call()
                reply = execute("EVAL", script.text, len(keys), *keys, *arguments)
        except (self._errors.RedisError, OSError) as error:
            raise self._failed(error) from error
        self.reach.worked()
        return reply

    def _asked(self, lines: Lines, request: Request, meanwhile: Callable[[Request], None]) -> Any:
        line, answers = lines.taken(), 1
        try:
            packed = request.together() if self._together and line.plain else None
            if packed is not None:
                answers = ANSWERS
            else:
                packed = request.packed()
            line.send(packed, () if packed else _words(request))
            try:
                meanwhile(request)
            except BaseException:
                line.close()  # its answer is nobody else's
                raise
            return line.received(answers)
        except self._errors.NoPermissionError:
            self._together = False  # scripts may be allowed where transactions are not
            raise
        finally:
            lines.back(line)

    def _asked_of_cluster(self, request: Request, meanwhile: Callable[[Request], None]) -> Any:
        meanwhile(request)
        return self._execute(*_words(request))

    def many(self, commands: Sequence[tuple[Word, ...]]) -> list[Any]:
        """What do commands answer that are sent together? All keys must share a hash tag."""
        if not self.reach.may_try():
            raise Unreachable
        try:
            pipeline = self.client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            replies: list[Any] = pipeline.execute()
        except (self._errors.RedisError, OSError) as error:
            raise self._failed(error) from error
        self.reach.worked()
        return replies

    def _failed(self, error: Exception) -> Unreachable:
        noted(self.reach, error)
        return Unreachable()

    def close(self) -> None:
        """Let the connections go."""
        if self._lines is not None:
            self._lines.close()
        if self._client is not None:
            self._client.close()
