"""Whose last message was which? For the requests that bring codes."""

import hashlib
import secrets
from collections import OrderedDict
from threading import Lock


class Recent:
    """The last attempt of numbers and accounts, in bounded memory; they are kept as digests only.

    >>> recent = Recent(100)
    >>> recent.asked("a1", "+447700900123", "user-7")
    >>> recent.found("+447700900123", None), recent.found(None, "user-7"), recent.found(None, "user-8")
    ('a1', 'a1', None)
    """

    def __init__(self, most: int) -> None:
        self._most, self._key, self._lock = most, secrets.token_bytes(16), Lock()
        self._last: OrderedDict[bytes, str] = OrderedDict()

    def asked(self, attempt_id: str, phone: str, account: str | None) -> None:
        """A message was let through."""
        with self._lock:
            for kind, value in (("p", phone), ("a", account)):
                if value:
                    key = self._digest(kind, value)
                    self._last[key] = attempt_id
                    self._last.move_to_end(key)
            while len(self._last) > self._most:
                self._last.popitem(last=False)

    def found(self, phone: str | None, account: str | None) -> str | None:
        """The last attempt of this number, or else of this account."""
        with self._lock:
            for kind, value in (("p", phone), ("a", account)):
                found = self._last.get(self._digest(kind, value)) if value else None
                if found is not None:
                    return found
        return None

    def _digest(self, kind: str, value: str) -> bytes:
        return hashlib.blake2b(f"{kind}{value}".encode("utf-8", "replace"), digest_size=12, key=self._key).digest()
