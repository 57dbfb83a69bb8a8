"""Twilio's message log as BulkExport delivers it: one JSON object a line, ISO dates, no currency."""

import json
from pathlib import Path

from checkvalve.simulation.clock import iso
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.base import Disorder, open_text
from checkvalve.simulation.vendors.twilio import Account, Resource, resource

DOUBLED_SHARE = 0.005
LATE_SHARE = 0.01


class TwilioBulkExport:
    """Writes JSON lines; a few messages appear twice, first as ``sent``."""

    def __init__(self, path: Path, account: Account) -> None:
        self._account = account
        self._file = open_text(path)
        random = stream(account.seed, "bulk export")
        self._rows = Disorder(self._file.write, random, LATE_SHARE, DOUBLED_SHARE)

    def add(self, event: Event) -> None:
        """Write the message; other events are none of this log's business."""
        if isinstance(event, Message):
            last = resource(event, self._account)
            earlier = self._line(event, last, "sent", None, last.sent)
            self._rows.put(event.at, self._line(event, last, last.status, last.error, last.updated), earlier)

    def _line(self, message: Message, last: Resource, status: str, error: int | None, updated: float) -> str:
        record = {
            "sid": last.sid,
            "account_sid": self._account.account_sid,
            "messaging_service_sid": self._account.messaging_service_sid,
            "date_created": iso(last.created),
            "date_sent": iso(last.sent),
            "date_updated": iso(updated),
            "direction": "outbound-api",
            "from": last.sender,
            "to": f"+{message.number}",
            "body": last.body,
            "status": status,
            "num_segments": "1",
            "num_media": "0",
            "price": last.price,
            "error_code": error,
        }
        return json.dumps(record, separators=(",", ":")) + "\n"

    def close(self) -> None:
        """Write what was held back."""
        self._rows.flush()
        self._file.close()
