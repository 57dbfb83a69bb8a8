"""Messages handed over by SMPP in a capture, joined with their answers and receipts: what was sent, and its fate.

* A submission and its answer share the connection, the direction and the sequence number; only the answer names the
  message. A submission without an answer comes out at the end.
* A receipt names its message in an optional parameter, else in its text; many centres write the identity in
  hexadecimal in the answer and in decimal in the receipt, so both are tried among the identities that were seen.
* The name of an account is what its connection was bound with.

The text of a message is never kept. Format: SMPP 3.4, sections 4.4 and 4.6, appendix B.
"""

import re
from collections.abc import Iterator
from typing import Any

from checkvalve.sources.capture_frames import Frame, Smpp, Value, Way, at_ms, each, first, texts, way

Handover = dict[str, Any]
"""``protocol`` is ``smpp``; times in milliseconds since 1970; what was not seen is absent."""

_BINDS = frozenset({0x1, 0x2, 0x9})
_SUBMITS = frozenset({0x4, 0x21, 0x103})
_DELIVER = 0x5
_ANSWER = 0x80000000
_RECEIPT_TYPES = frozenset({0x1, 0x4})
"""Message type in the ESM class: a receipt of the centre, or of the handset."""
_IN_TEXT = {
    "message_id": re.compile(rb"\bid:(\S{1,65})"),
    "state": re.compile(rb"\bstat:([A-Za-z]{1,10})"),
    "error": re.compile(rb"\berr:(\w{1,10})"),
}
_NATIONAL_FORM = re.compile(r"[0-9]{1,20}")
_MOST = 1_000_000
_Key = tuple[str, str, int]
"""Connection, port of the side that submits, sequence number."""


class Handovers:
    """The submissions of a capture that wait for their answers, and the messages that receipts may name."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, Handover] = {}
        self._known: dict[str, str] = {}
        self._accounts: dict[str, str] = {}

    def take(self, frame: Frame) -> Iterator[Handover]:
        """What a frame completes."""
        going = way(frame.layers)
        for message in each(frame.layers.smpp) if going else ():
            assert going is not None
            command, sequence = _number(message.command), _number(message.sequence)
            if command in _BINDS:
                self._bound(going, message)
            elif command in _SUBMITS and sequence is not None:
                yield from self._submitted((going.stream, going.source_port, sequence), message, frame, going)
            elif command is not None and command - _ANSWER in _SUBMITS and sequence is not None:
                yield from self._answered((going.stream, going.target_port, sequence), message, frame)
            elif command == _DELIVER:
                yield self._delivered(message, frame, going)

    def rest(self) -> Iterator[Handover]:
        """The submissions that were never answered."""
        left, self._waiting = list(self._waiting.values()), {}
        yield from left

    def _bound(self, going: Way, message: Smpp) -> None:
        account = first(message.system_id)
        if account and len(self._accounts) < _MOST:
            self._accounts[going.stream] = account

    def _submitted(self, key: _Key, message: Smpp, frame: Frame, going: Way) -> Iterator[Handover]:
        before = self._waiting.pop(key, None)
        if before is not None:
            yield before
        self._waiting[key] = {
            "protocol": "smpp",
            "kind": "submit",
            "at_ms": at_ms(frame),
            "message": f"{going.target}/{going.source}:{going.source_port}/{key[2]}@{at_ms(frame)}",
            "centre": going.target,
            "to": [_address(one, message.target_ton) for one in texts(message.target)],
            **self._account(going),
        }
        if len(self._waiting) > _MOST:
            yield self._waiting.pop(next(iter(self._waiting)))

    def _answered(self, key: _Key, message: Smpp, frame: Frame) -> Iterator[Handover]:
        handover = self._waiting.pop(key, None)
        if handover is None:
            return
        handover["answered_ms"] = at_ms(frame)
        handover["status"] = _number(message.status) or 0
        named = first(message.message_id)
        if named:
            handover["message"] = f"{handover['centre']}/{named}"
            if len(self._known) < _MOST:
                self._known[_canonical(named)] = handover["message"]
        yield handover

    def _delivered(self, message: Smpp, frame: Frame, going: Way) -> Handover:
        told = _receipt(message)
        if not told:
            return {"protocol": "smpp", "kind": "inbound", "at_ms": at_ms(frame)}
        named = told.pop("message_id", None)
        found = {
            "protocol": "smpp",
            "kind": "receipt",
            "at_ms": at_ms(frame),
            "centre": going.source,
            "to": [_address(one, message.source_ton) for one in texts(message.source)],
            **told,
            **self._account(going),
        }
        return found | ({"message": self._message(named, going)} if named else {})

    def _message(self, named: str, going: Way) -> str:
        """The message that a receipt names, in the spelling of the answer where one was seen."""
        for spelling in _spellings(named):
            if spelling in self._known:
                return self._known[spelling]
        return f"{going.source}/{named}"

    def _account(self, going: Way) -> Handover:
        account = self._accounts.get(going.stream)
        return {"account": account} if account else {}


def _receipt(message: Smpp) -> dict[str, str]:
    """Identity, state and error that a receipt tells; nothing for a message of a person."""
    if _number(message.message_type) not in _RECEIPT_TYPES:
        return {}
    text = _text(message.message)
    written = {
        name: found[1].decode("ascii", "replace") for name, part in _IN_TEXT.items() if (found := part.search(text))
    }
    told = written | _said(message_id=first(message.receipted_id), state=first(message.state))
    return told or {"state": ""}


def _said(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _text(value: Value) -> bytes:
    try:
        return bytes.fromhex((first(value) or "").replace(":", ""))
    except ValueError:
        return b""


def _address(written: str, ton: Value) -> str:
    """A number with ``+`` where its type says that it is international."""
    international = _number(ton) == 1 and _NATIONAL_FORM.fullmatch(written)
    return f"+{written}" if international else written


def _number(value: Value) -> int | None:
    try:
        return int(first(value) or "", 0)
    except ValueError:
        return None


def _canonical(named: str) -> str:
    return named.strip().lower().lstrip("0")


def _spellings(named: str) -> Iterator[str]:
    """The identity as it is, and between decimal and hexadecimal.

    >>> list(_spellings("1204340602"))
    ['1204340602', '47c8c77a', '77379929602']
    """
    plain = _canonical(named)
    yield plain
    if plain.isascii() and plain.isdigit() and len(plain) <= 20:
        yield f"{int(plain):x}"
    try:
        yield str(int(plain, 16)) if len(plain) <= 16 else plain
    except ValueError:
        return
