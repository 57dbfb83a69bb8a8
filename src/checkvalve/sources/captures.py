"""Packet captures, dissected by tshark: what HTTP and SMPP say in the clear, frame by frame.

A capture is known by its first bytes: pcap in either byte order, with micro- or nanoseconds, and pcapng. Its bytes
go to tshark through a pipe, so it may be packed and of any length. Of what tshark tells only named fields are kept:
never the body of a request, never the text of a message, never a password.

Needs tshark on the path (package ``tshark`` of Debian and Ubuntu, ``wireshark-cli`` of Fedora).
Format: libpcap, "pcap-savefile"; IETF draft-ietf-opsawg-pcapng; tshark, ``-T ek``.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from threading import Event, Thread
from typing import IO

import msgspec

from checkvalve.sources.base import Broken
from checkvalve.sources.capture_frames import Frame

MISSING = "a packet capture; to read it install tshark (apt install tshark, or dnf install wireshark-cli)"
STALLED_S = 300.0
"""So long tshark may neither take a block nor tell of a frame before it is stopped."""
_LAST_S = 10.0

_MAGIC = re.compile(
    rb"\xa1\xb2\xc3\xd4|\xd4\xc3\xb2\xa1|\xa1\xb2\x3c\x4d|\x4d\x3c\xb2\xa1"
    rb"|\x0a\x0d\x0d\x0a.{4}(?:\x1a\x2b\x3c\x4d|\x4d\x3c\x2b\x1a)",
    re.DOTALL,
)
_WANTED = "tcp && (http.request || http.response || http2.headers || smpp || tls.handshake.type == 1)"
_LAYERS = "ip ipv6 tcp http http2 smpp tls"
_ARGUMENTS = ("-n", "-l", "-r", "-", "-Y", _WANTED, "-T", "ek", "-J", _LAYERS, "-d", "tcp.port==2775,smpp")
_FRAME = b'{"timestamp"'
_CUT_SHORT = "cut short"
_DAMAGED = "damaged or corrupt"
_decode = msgspec.json.Decoder(Frame).decode


def is_capture(head: bytes) -> bool:
    """Do these bytes begin a packet capture?

    >>> is_capture(b"\\xd4\\xc3\\xb2\\xa1\\x02\\x00\\x04\\x00"), is_capture(b"\\n\\r\\r\\n")
    (True, False)
    """
    return _MAGIC.match(head) is not None


@cache
def tshark() -> str | None:
    """Where is tshark? None where it is not installed."""
    return shutil.which("tshark")


def frames(blocks: Iterable[bytes], stalled_s: float = STALLED_S) -> Iterator[Frame | Broken]:
    """What the frames of a capture say, in order; at the end what went wrong, if anything did."""
    program = tshark()
    if program is None:
        yield Broken("no_tshark", MISSING)
        return
    with tempfile.TemporaryDirectory(prefix="checkvalve-") as folder, tempfile.TemporaryFile() as told:
        # settings of whoever runs this must not change what is read
        environment = {**os.environ, "WIRESHARK_CONFIG_DIR": folder, "HOME": folder, "LC_ALL": "C.UTF-8"}
        process = subprocess.Popen(  # noqa: S603 (the words are our own)
            [program, *_ARGUMENTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            env=environment,
            cwd=folder,
        )
        run = _Run(process, blocks, stalled_s)
        try:
            yield from run.frames()
        finally:
            run.end()
        told.seek(0)
        yield from run.verdict(told.read().decode("utf-8", "replace"))


class _Run:
    """One tshark at work: a thread feeds it, another stops it when it stalls."""

    def __init__(self, process: subprocess.Popen[bytes], blocks: Iterable[bytes], stalled_s: float) -> None:
        self._process, self._stalled_s = process, stalled_s
        self._failure: BaseException | None = None
        self._moved = time.monotonic()
        self._waiting = self._stalled = self._told_all = False
        self._done = Event()
        self._feeder = Thread(target=self._feed, args=(blocks,), daemon=True)
        self._watch = Thread(target=self._stop_when_stalled, daemon=True)
        self._feeder.start()
        self._watch.start()

    def frames(self) -> Iterator[Frame | Broken]:
        assert self._process.stdout is not None
        for line in self._lines(self._process.stdout):
            if line.startswith(_FRAME):
                try:
                    frame = _decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    yield Broken("bad_frame", "a frame that cannot be made out")
                else:
                    yield frame

    def _lines(self, output: IO[bytes]) -> Iterator[bytes]:
        while True:
            self._moved, self._waiting = time.monotonic(), True
            line = output.readline()
            self._waiting = False
            if not line:
                self._told_all = True
                return
            yield line

    def _feed(self, blocks: Iterable[bytes]) -> None:
        """All blocks are taken, also when tshark is gone: the file's digest needs them."""
        assert self._process.stdin is not None
        listening = True
        try:
            for block in blocks:
                if listening:
                    try:
                        self._process.stdin.write(block)
                    except OSError:
                        listening = False
                self._moved = time.monotonic()
        except BaseException as error:  # it is raised again where the frames are read
            self._failure = error
        finally:
            with suppress(OSError):
                self._process.stdin.close()

    def _stop_when_stalled(self) -> None:
        while not self._done.wait(min(5.0, self._stalled_s)):
            if self._waiting and time.monotonic() - self._moved > self._stalled_s:
                self._stalled = True
                self._process.kill()
                return

    def end(self) -> None:
        """Leave nothing behind: a tshark that has not told all is stopped."""
        self._done.set()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_S if self._told_all else 0)
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._feeder.join()
        self._watch.join()

    def verdict(self, told: str) -> Iterator[Broken]:
        """What went wrong, without anything that the capture holds."""
        if self._failure is not None:
            raise self._failure
        if self._stalled:
            yield Broken("tshark_stalled", f"tshark did nothing for {self._stalled_s:.0f} s and was stopped")
        elif _CUT_SHORT in told:
            yield Broken("truncated_capture", "the capture ends in the middle of a packet")
        elif _DAMAGED in told:
            yield Broken("damaged_capture", "the capture is damaged from here on")
        elif self._process.returncode:
            yield Broken("tshark_failed", f"tshark ended with status {self._process.returncode}")
