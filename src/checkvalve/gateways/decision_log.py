"""Every decision as a line of JSON, for those who operate the guard: numbers masked, no codes, no accounts.

What callers name in their own way (their id of the attempt, the form, the tenant) stands as it is, but for what could
be a number in it.
"""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import msgspec

from checkvalve.errors import Surroundings
from checkvalve.export.masking import mask
from checkvalve.gateways.masked import masked
from checkvalve.guard.attempt import Attempt, Decision

MOST_WAITING = 16 << 20
_LOGGED_EACH = 600
"""One in so many failures in a row is logged."""
_log = logging.getLogger("checkvalve.guard")


class DecisionLog:
    """Appends to a file, at once in memory and with `flush` on disk; a file that was moved away begins anew.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     log = DecisionLog(Path(folder) / "decisions.jsonl")
    ...     log.add(Attempt("d1", 0.0, "+447700900123"), Decision("d1", "allow", 0.0), "a1")
    ...     _ = log.flush()
    ...     msgspec.json.decode(log.path.read_bytes())["phone"]
    '+44770090••••'
    """

    def __init__(self, path: Path) -> None:
        """Open the file; raises `Surroundings` where that cannot be."""
        self.path = path
        self.lost = 0
        """Lines that found no room while the disk took nothing."""
        self.failures = 0
        """Times that the disk took nothing."""
        self.failing = False
        """Did the disk take nothing when it was last asked to?"""
        self._waiting = bytearray()
        self._lock = Lock()
        try:
            self._open()
        except OSError as error:
            raise Surroundings(
                f"the log of decisions cannot be written: {(error.strerror or str(error)).lower()}",
                where=str(path),
                todo="name a file that this user may write to",
            ) from error

    def add(self, attempt: Attempt, decision: Decision, given: str | None) -> None:
        """Note a decision about an attempt; ``given`` is its caller's own id."""
        line = {
            "at": datetime.fromtimestamp(attempt.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "decision_id": decision.attempt_id,
            "attempt_id": given and mask(given),
            "tenant": mask(attempt.tenant),
            "phone": masked(attempt.phone),
            "endpoint": mask(attempt.endpoint),
            "ip": attempt.ip,
            "action": decision.action,
            "would": decision.would,
            "p_fraud": round(decision.p_fraud, 6),
            "expected_cost_usd": round(decision.expected_cost_usd, 6),
            "reasons": [
                {"code": one.code, "message": one.message, "shadow": one.shadow} for one in decision.reasons
            ],
        }
        content = msgspec.json.encode(line) + b"\n"
        with self._lock:
            if len(self._waiting) > MOST_WAITING:
                self.lost += 1
            else:
                self._waiting += content

    def noted(self) -> int:
        """How many bytes wait to be written?"""
        return len(self._waiting)

    def flush(self) -> bool:
        """Write what waits; False where the disk takes nothing: that is logged, and it waits on."""
        with self._lock:
            content, self._waiting = self._waiting, bytearray()
        left = memoryview(content)
        try:
            if not self._is_ours():
                moved = self._file
                self._open()
                os.close(moved)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            self._failed(error)
            with self._lock:
                self._waiting = bytearray(left) + self._waiting
            return False
        self.failing = False
        return True

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values."""
        return {
            "checkvalve_decision_log_failing": float(self.failing),
            "checkvalve_decision_log_failures_total": float(self.failures),
            "checkvalve_decision_log_lost_total": float(self.lost),
        }

    def _failed(self, error: OSError) -> None:
        if not self.failing or self.failures % _LOGGED_EACH == 0:
            what = f"decisions cannot be noted, {self.lost} are lost"
            _log.error("%s: %s (%s); deciding goes on", self.path, what, error.strerror or error)
        self.failures += 1
        self.failing = True

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def _is_ours(self) -> bool:
        try:
            return os.stat(self.path).st_ino == os.fstat(self._file).st_ino  # noqa: PTH116 (the open file's twin)
        except FileNotFoundError:
            return False
