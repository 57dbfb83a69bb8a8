"""SNS's daily usage report: one CSV a day, one row a message part, numbers without ``+``."""

import csv
import io
from pathlib import Path

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import open_text
from checkvalve.simulation.vendors.sns import response

HEADER = (
    "PublishTimeUTC,MessageId,DestinationPhoneNumber,MessageType,DeliveryStatus,PriceInUSD,PartNumber,TotalParts"
)


class SnsUsage:
    """Writes ``SMSUsageReports/<region>/<year>/<month>/<day>/001.csv.gz``."""

    def __init__(self, folder: Path, account: AwsAccount) -> None:
        self._folder = folder / "SMSUsageReports" / account.region
        self._account = account
        self._day = ""
        self._file: io.TextIOBase | None = None

    def add(self, event: Event) -> None:
        """Write the message into its day's report."""
        if not isinstance(event, Message):
            return
        day = clock(event.at, "%Y/%m/%d")
        if day != self._day or self._file is None:
            self.close()
            self._day = day
            self._file = open_text(self._folder / day / "001.csv.gz")
            self._file.write(HEADER + "\n")
        row = (
            f"{clock(event.at, '%Y-%m-%dT%H:%M:%S')}.{int(event.at * 1_000) % 1_000:03d}Z",
            self._account.message_id(event),
            event.number,
            "Transactional",
            response(event),
            f"{event.price_usd:.5f}",
            0 if event.failure else 1,
            1,
        )
        csv.writer(self._file, lineterminator="\n").writerow(row)

    def close(self) -> None:
        """Finish the day's report."""
        if self._file is not None:
            self._file.close()
            self._file = None
