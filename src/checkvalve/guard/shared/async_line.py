"""Connections that an event loop keeps, over which many calls go out together, and answers come back as bytes."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from checkvalve.guard.shared.line import ERROR, PROTOCOLS, error_of, pack
from checkvalve.native import answering

_AT_ONCE = 1 << 18
"""Bytes that are read at once: the answers of many calls."""


class AsyncLine:
    """A connection of the client for one group of calls at a time; errors are the client's."""

    def __init__(self, connection: Any, errors: Any, timeout_s: float) -> None:
        self._connection, self._errors, self._timeout_s = connection, errors, timeout_s

    async def together(self, commands: Sequence[bytes]) -> list[Any]:
        """What is answered to each command: its bytes, or the error that the server tells."""
        connection = self._connection
        reader = getattr(connection, "_reader", None)
        if reader is not None and (reader.at_eof() or reader.exception() is not None or reader._buffer):
            # it was closed meanwhile, or something came that nobody asked for; what is sent next connects
            await connection.disconnect(nowait=True)
        if not connection.is_connected:
            await connection.connect()
        await connection.send_packed_command([b"".join(commands)], check_health=False)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._answers(connection._reader, len(commands))
        except TimeoutError as error:
            await connection.disconnect(nowait=True)
            raise self._errors.TimeoutError("no answer in time") from error
        except ValueError as error:
            await connection.disconnect(nowait=True)
            raise self._errors.ConnectionError(f"the connection broke: {error}") from error
        except BaseException:
            await connection.disconnect(nowait=True)  # what is read next would be these answers
            raise

    async def _answers(self, reader: asyncio.StreamReader, count: int) -> list[Any]:
        assert answering is not None
        found: list[Any] = []
        rest = b""
        while len(found) < count:
            data = await reader.read(_AT_ONCE)
            if not data:
                raise self._errors.ConnectionError("the server closed the connection")
            rest, at = rest + data, 0
            while len(found) < count and (size := answering.ended(memoryview(rest)[at:], 1)):
                raw = rest[at : at + size]
                found.append(error_of(raw, self._errors) if raw[0] == ERROR else raw)
                at += size
            rest = rest[at:]
        if rest:
            raise self._errors.ConnectionError("the server answers what nobody asked")
        return found

    async def close(self) -> None:
        """Let the connection go."""
        await self._connection.disconnect()


class AsyncLines:
    """As many lines as there are groups of calls on their way."""

    def __init__(self, pool: Any, errors: Any, timeout_s: float) -> None:
        self._pool, self._errors, self._timeout_s = pool, errors, timeout_s
        self._idle: deque[AsyncLine] = deque()

    async def together(self, commands: Sequence[bytes]) -> list[Any]:
        """What is answered to each command: its bytes, or the error that the server tells."""
        line = self._idle.pop() if self._idle else None
        line = line or AsyncLine(self._pool.make_connection(), self._errors, self._timeout_s)
        try:
            return await line.together(commands)
        finally:
            self._idle.append(line)

    async def close(self) -> None:
        """Let all connections go that are not used now."""
        while self._idle:
            await self._idle.pop().close()


def readable(pool: Any) -> bool:
    """Can answers be read here that come over the connections of a pool?"""
    return answering is not None and pack is not None and pool.make_connection().protocol in PROTOCOLS
