"""Connections that are kept between calls: a pool's care for each call costs as much as the call itself."""

import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from checkvalve.native import answering

LOOK_AFTER_S = 0.1
"""After so long without a call: was the connection closed meanwhile? Nothing is sent twice to find out."""
_AT_ONCE = 1 << 16
"""Bytes that are read at once; a decision's answer has one or two thousand."""
ERROR = ord("-")
"""With this byte begins an answer that is an error."""
QUEUED = b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*"
"""So begins what is answered to a transaction (`request.Request.together`), and nothing else."""
PROTOCOLS = (2, "2")
"""Of the protocol what is read here; an address may ask for another version."""

try:
    from hiredis import pack_command
except ImportError:
    pack: Callable[..., bytes] | None = None
else:
    pack = pack_command  # as the client does, but for a look at each word before

Word = bytes | str | int | float


class Line:
    """A connection of the client for one caller at a time; ``errors`` are the client's, and are what is raised here.

    The client connects, with all that belongs to it (password, database, TLS). Over a socket without TLS, bytes then
    go to and fro without it: of a server nearby, the client's care for each call would take longer than the server.
    """

    def __init__(self, connection: Any, errors: Any) -> None:
        self._connection, self._errors = connection, errors
        self._socket: socket.socket | None = None
        self._used_s = time.monotonic()
        self._waits = False
        """Was something sent whose answer was not received? What is read next would be that."""

    def send(self, packed: bytes | None, words: tuple[Word, ...] = ()) -> None:
        """Send a command, packed or in words; nothing else is sent before its answer was received."""
        now = time.monotonic()
        if self._waits or (now - self._used_s > LOOK_AFTER_S and self._closed()):
            self.close()  # what is sent next connects
        self._used_s, self._waits = now, True
        connection = self._connection
        if packed is None:
            packed = b"".join(connection.pack_command(*words)) if pack is None else pack(words)
        plain = self._socket or self._plain()
        if plain is None:
            connection.send_packed_command([packed], check_health=False)
            return
        try:
            plain.sendall(packed)
        except OSError as error:
            raise self._broken(error) from error
        except BaseException:
            self.close()
            raise

    @property
    def plain(self) -> bool:
        """Do bytes go over its socket as they are? A line that is not connected yet connects."""
        if self._socket is not None:
            return True
        try:
            return self._plain() is not None
        except OSError as error:
            raise self._broken(error) from error

    def receive(self) -> Any:
        """What the server answers."""
        said = self.received()
        if self._socket is None or answering is None:
            return said
        try:
            return answering.read(said)
        except ValueError as error:
            raise self._broken(error) from error

    def received(self, answers: int = 1) -> Any:
        """What the server answers: its bytes where they can be read here (`native.answering`), or what they say.

        Args:
            answers: to a transaction one to each of its commands. The first that is an error is raised.
        """
        plain = self._socket
        if plain is None or answering is None:
            return self._said()
        try:
            raw = plain.recv(_AT_ONCE)
            while raw and not (end := answering.ended(raw, answers)):
                raw = raw + more if (more := plain.recv(_AT_ONCE)) else b""
        except (OSError, ValueError) as error:
            raise self._broken(error) from error
        except BaseException:
            self.close()  # what is read next would be this answer
            raise
        if not raw or end != len(raw):
            self.close()
            raise self._errors.ConnectionError("the server closed the connection, or answers what nobody asked")
        self._waits = False
        if raw[0] == ERROR or (answers > 1 and not raw.startswith(QUEUED)):
            found = error_of(_refusal(raw), self._errors)
            if isinstance(found, self._errors.ConnectionError):
                self.close()
            raise found
        return raw

    def _said(self) -> Any:
        """What the client reads."""
        try:
            said = self._connection.read_response()
        except self._errors.ResponseError:
            self._waits = False
            raise
        self._waits = False
        return said

    def call(self, words: tuple[Word, ...]) -> Any:
        """What a command answers."""
        self.send(None, words)
        return self.receive()

    def close(self) -> None:
        """Let the connection go; a call makes it anew."""
        self._socket, self._waits = None, False
        self._connection.disconnect()

    def _plain(self) -> socket.socket | None:
        """The socket, connected if it is not yet, where bytes may go over it as they are."""
        connection = self._connection
        connection.connect()
        plain = getattr(connection, "_sock", None)
        if answering is None or type(plain) is not socket.socket or connection.protocol not in PROTOCOLS:
            return None
        seconds = plain.gettimeout()
        if seconds is not None:
            # the kernel looks after the time: without a look at the socket before each time that it is used
            span = struct.pack("ll", int(seconds), max(int(seconds % 1.0 * 1e6), 0 if seconds >= 1.0 else 1))
            plain.setblocking(True)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)
        self._socket = plain
        return plain

    def _broken(self, error: Exception) -> Exception:
        """What the client would raise; the connection is let go."""
        self.close()
        if isinstance(error, TimeoutError | BlockingIOError):
            late: Exception = self._errors.TimeoutError("no answer in time")
            return late
        broken: Exception = self._errors.ConnectionError(f"the connection broke: {error}")
        return broken

    def _closed(self) -> bool:
        plain = self._socket
        try:
            if plain is None:
                return bool(self._connection.can_read())
            plain.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except (self._errors.ConnectionError, OSError):
            return True
        return True  # it was closed, or something came that nobody asked for


def _refusal(raw: bytes) -> bytes:
    """The first answer of several that is an error."""
    lines = raw.split(b"\r\n")
    return next((line for line in lines if line[:1] == b"-"), b"-ERR the server answers what nobody asked")


def error_of(raw: bytes, errors: Any) -> Exception:
    """What the client would raise for an error that the server tells."""
    said = raw[1:].decode("utf-8", "replace").rstrip("\r\n")
    word, _, rest = said.partition(" ")
    kinds = {
        "NOSCRIPT": errors.NoScriptError,
        "READONLY": errors.ReadOnlyError,
        "OOM": errors.OutOfMemoryError,
        "LOADING": errors.BusyLoadingError,
        "NOPERM": errors.NoPermissionError,
    }
    found: Exception = kinds[word](rest) if word in kinds else errors.ResponseError(said)
    return found


class Lines:
    """As many lines as there are callers at the same time; any thread may call.

    Args:
        pool: makes their connections.
        errors: the client's, which are what is raised.
    """

    def __init__(self, pool: Any, errors: Any) -> None:
        self._pool, self._errors = pool, errors
        self._idle: deque[Line] = deque()

    def call(self, *words: Word) -> Any:
        """What a command answers."""
        line = self.taken()
        try:
            return line.call(words)
        finally:
            self.back(line)

    def taken(self) -> Line:
        """A line that nobody else uses; to be given `back`."""
        try:
            return self._idle.pop()
        except IndexError:
            return Line(self._pool.make_connection(), self._errors)

    def back(self, line: Line) -> None:
        """A line is free: its answer was received, or it broke."""
        self._idle.append(line)

    def close(self) -> None:
        """Let all connections go that nobody uses now."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
