"""Twilio's message log as the console downloads it: quoted CSV, whose texts may hold line breaks."""

import csv
import io
from pathlib import Path

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.base import Disorder, open_text
from checkvalve.simulation.vendors.twilio import Account, resource

HEADER = "From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,Price,PriceUnit"
LATE_SHARE = 0.01


class TwilioConsole:
    """Writes the CSV; ``ErrorCode`` is 0 where there is none."""

    def __init__(self, path: Path, account: Account) -> None:
        self._account = account
        self._file = open_text(path)
        self._file.write(HEADER + "\n")
        self._rows = Disorder(self._file.write, stream(account.seed, "console"), LATE_SHARE)

    def add(self, event: Event) -> None:
        """Write the message."""
        if not isinstance(event, Message):
            return
        last = resource(event, self._account)
        row = io.StringIO()
        csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            (
                last.sender,
                f"+{event.number}",
                last.body,
                last.status,
                clock(last.sent, "%Y-%m-%dT%H:%M:%S+00:00"),
                "2010-04-01",
                "1",
                last.error or 0,
                self._account.account_sid,
                last.sid,
                "outbound-api",
                last.price or "",
                "USD",
            )
        )
        self._rows.put(event.at, row.getvalue())

    def close(self) -> None:
        """Write what was held back."""
        self._rows.flush()
        self._file.close()
