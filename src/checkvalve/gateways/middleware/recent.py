"""Whose last message was which? For the requests that bring codes."""

from checkvalve.gateways.in_path.ledger import Ledger


class Recent:
    """The last attempt of numbers and accounts, in bounded memory; they are kept as digests only.

    >>> recent = Recent(100)
    >>> recent.asked("a1", "+447700900123", "user-7")
    >>> recent.found("+447700900123", None), recent.found(None, "user-7"), recent.found(None, "user-8")
    ('a1', 'a1', None)
    """

    def __init__(self, most: int) -> None:
        self._last = Ledger(most)

    def asked(self, attempt_id: str, phone: str, account: str | None) -> None:
        """A message was let through."""
        self._last.note(attempt_id, *_names(phone, account))

    def found(self, phone: str | None, account: str | None) -> str | None:
        """The last attempt of this number, or else of this account."""
        return next((found for name in _names(phone, account) if (found := self._last.find(name))), None)


def _names(phone: str | None, account: str | None) -> list[str]:
    return [f"{kind}:{value}" for kind, value in (("phone", phone), ("account", account)) if value]
